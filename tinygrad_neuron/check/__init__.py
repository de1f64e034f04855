"""Checking a gradient against others: by hand, faux, exact; and the table that explains a graph."""

from .checker import Check, InputCheck, assert_gradients, check, check_function
from .explain import Row, explain
from .faux import Faux, central_difference, faux_gradient, ridders, sweep
from .worksheet import Worksheet, training_sheet, worksheet

__all__ = [
    "Check",
    "Faux",
    "InputCheck",
    "Row",
    "Worksheet",
    "assert_gradients",
    "central_difference",
    "check",
    "check_function",
    "explain",
    "faux_gradient",
    "ridders",
    "sweep",
    "training_sheet",
    "worksheet",
]
