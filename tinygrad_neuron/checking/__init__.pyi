"""Checking a gradient against others: by hand, numerical, exact; and the table that explains a graph.

Written by docs/stubs/make.py; a test compares it with what that writes.
"""

from tinygrad_neuron.checking.checker import check as check
from tinygrad_neuron.checking.explanation import Explanation as Explanation
from tinygrad_neuron.checking.explanation import explain as explain
from tinygrad_neuron.checking.hints import Hint as Hint
from tinygrad_neuron.checking.function import assert_gradients as assert_gradients
from tinygrad_neuron.checking.function import check_function as check_function
from tinygrad_neuron.checking.matrices import MatrixCheck as MatrixCheck
from tinygrad_neuron.checking.matrices import check_grad as check_grad
from tinygrad_neuron.checking.matrices import check_hessian as check_hessian
from tinygrad_neuron.checking.matrices import check_jacobian as check_jacobian
from tinygrad_neuron.checking.numerical import numerical_gradient as numerical_gradient
from tinygrad_neuron.checking.verdicts import Check as Check

__all__ = [
    "check",
    "Explanation",
    "explain",
    "Hint",
    "assert_gradients",
    "check_function",
    "MatrixCheck",
    "check_grad",
    "check_hessian",
    "check_jacobian",
    "numerical_gradient",
    "Check",
]
