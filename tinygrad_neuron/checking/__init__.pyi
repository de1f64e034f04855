"""Checking a gradient against others: by hand, numerical, exact; and the table that explains a graph.

Written by docs/stubs/make.py; a test compares it with what that writes.
"""

from .checker import assert_gradients as assert_gradients
from .checker import check as check
from .checker import check_function as check_function
from .explanation import Explanation as Explanation
from .explanation import explain as explain
from .numerical import numerical_gradient as numerical_gradient
from .sheet import Worksheet as Worksheet
from .sheet import training_sheet as training_sheet
from .sheet import worksheet as worksheet
from .verdicts import Check as Check

__all__ = [
    "assert_gradients",
    "check",
    "check_function",
    "Explanation",
    "explain",
    "numerical_gradient",
    "Worksheet",
    "training_sheet",
    "worksheet",
    "Check",
]
