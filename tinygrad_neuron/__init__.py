"""Build an expression, see its backpropagation graph, and trust its gradients."""

from .check import (
    assert_gradients,
    check,
    check_function,
    explain,
    faux_gradient,
    training_sheet,
    worksheet,
)
from .compile import compile
from .draw import draw, frames
from .expression import ExpressionError, parse
from .graph import (
    StaleGraphError,
    first_non_finite,
    grad,
    gradient,
    hessian,
    is_stale,
    jacobian,
    jvp,
    kinks,
    replay,
    value_and_grad,
)
from .ops import *
from .ops import __all__ as _functions
from .primitive import MissingRuleError, primitive
from .store import GraphFileError, dumps, load, loads, save
from .value import Value, keep_sources, no_grad, scope, topological_order, variables
from .write import derive

__version__ = "0.1.0"
__all__ = [
    "ExpressionError",
    "GraphFileError",
    "MissingRuleError",
    "StaleGraphError",
    "Value",
    "assert_gradients",
    "derive",
    "check",
    "check_function",
    "compile",
    "draw",
    "dumps",
    "explain",
    "faux_gradient",
    "first_non_finite",
    "frames",
    "grad",
    "gradient",
    "hessian",
    "is_stale",
    "jacobian",
    "jvp",
    "keep_sources",
    "kinks",
    "load",
    "loads",
    "no_grad",
    "parse",
    "primitive",
    "replay",
    "save",
    "scope",
    "topological_order",
    "training_sheet",
    "value_and_grad",
    "variables",
    "worksheet",
    *_functions,
]
