"""Checking a gradient against others: by hand, faux, exact; and the table that explains a graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..lazy import lazily
from ..value import Value

if TYPE_CHECKING:
    from .checker import Check, Hand, InputCheck, assert_gradients, check_function
    from .faux import Faux, central_difference, faux_gradient, ridders, sweep
    from .sheet import Worksheet, training_sheet, worksheet
    from .table import Row, explain

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
# where each name lives; it is imported when it is asked for
_HOMES = {
    **dict.fromkeys(("Check", "InputCheck", "assert_gradients", "check_function"), "checker"),
    **dict.fromkeys(("Row", "explain"), "table"),
    **dict.fromkeys(("Faux", "central_difference", "faux_gradient", "ridders", "sweep"), "faux"),
    **dict.fromkeys(("Worksheet", "training_sheet", "worksheet"), "sheet"),
}


__getattr__ = lazily(__name__, _HOMES)


def check(root: Value, hand: Mapping[Value | str, Hand] | None = None, *, wrt: Sequence[Value] | None = None) -> Check:
    """Check the gradient of a graph, and the gradients that somebody derived by hand.

    The engine's gradient is compared with an exact one that knows nothing of
    the engine's rules, see `exact_derivatives`, and allowed the roundings that
    this graph's conditioning makes inevitable. A hand-derived figure is judged
    at the digits it is given with; if it is wrong, the mistake is searched for
    among the slips that people make.

    Args:
        root: the end of the graph. Gradients it had before are forgotten.
        hand: for an input (a Value or its label) a number, a formula in text of
            the graph's labels, or a function of the labelled inputs by name.
        wrt: the inputs to check; all labelled ones unless given, or all leaves
            where none has a label.

    Returns:
        A Check: a row for each input, a verdict, and what the graph touched.

    Raises:
        ValueError: the root is a constant, or `hand` names no node.
        StaleGraphError: a leaf was assigned after the graph was recorded.
        ExpressionError: a formula can't be read.

    Examples:
        >>> x, w = variables(x=3.0, w=2.0)
        >>> result = check((x * w) ** 2, {"w": "2*x*x*w", "x": 36.0})
        >>> [(row.name, row.verdict) for row in result.rows]
        [('x', 'FAIL'), ('w', 'PASS')]
        >>> result.rows[0].causes[0]
        '∂(x*w)/∂(x) = 2: the derivative of the other factor was taken'
    """
    from .checker import checked

    return checked(root, hand, wrt)
