"""Build an expression, see its backpropagation graph, and trust its gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .check import check
from .compile import compile
from .draw import draw
from .lazy import lazily
from .ops import *
from .ops import __all__ as _functions
from .page import page
from .primitive import MissingRuleError, primitive
from .value import Value, keep_sources, no_grad, scope, topological_order, variables

if TYPE_CHECKING:
    from .check import assert_gradients, check_function, explain, faux_gradient, training_sheet, worksheet
    from .draw import frames
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
    from .store import GraphFileError, dumps, load, loads, save
    from .write import derive, export

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
    "export",
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
    "page",
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
# where the other names live; they are imported when they are asked for, so that a start takes little time
_HOMES = {
    **dict.fromkeys(
        ("assert_gradients", "check_function", "explain", "faux_gradient", "training_sheet", "worksheet"), "check"
    ),
    "frames": "draw",
    **dict.fromkeys(("ExpressionError", "parse"), "expression"),
    **dict.fromkeys(("StaleGraphError", "first_non_finite", "grad", "gradient", "hessian", "is_stale"), "graph"),
    **dict.fromkeys(("jacobian", "jvp", "kinks", "replay", "value_and_grad"), "graph"),
    **dict.fromkeys(("GraphFileError", "dumps", "load", "loads", "save"), "store"),
    **dict.fromkeys(("derive", "export"), "write"),
}


__getattr__ = lazily(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
