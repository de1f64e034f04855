"""The table that explains a graph: a row for each node, with all that flows through it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..graph import depending_on
from ..value import Value, as_value, topological_order
from ..write import formulas, names
from .faux import faux_gradient


class Row(NamedTuple):
    """One node of a graph.

    Attributes:
        name: its label, else its formula.
        label: its label, "" for none.
        formula: how it is computed; "" for inputs and constants.
        value: its number.
        partials: the local derivatives ∂consumer/∂node, with the consumers' names.
        gradient: ∂root/∂node; None where it wasn't asked for, and for constants.
        faux: the forward difference with respect to it; None likewise.
    """

    name: str
    label: str
    formula: str
    value: float
    partials: tuple[tuple[str, float], ...]
    gradient: float | None
    faux: float | None


def explain(root: Value, h: float = 1e-4, wrt: Iterable[Value] | None = None) -> list[Row]:
    """Run the backward pass and tabulate values, local derivatives, gradients and faux gradients.

    Args:
        root: the end of the graph. Gradients it had before are forgotten.
        h: the nudge of the faux gradients.
        wrt: the inputs whose gradients, and those on the way to them, are of
            interest; all of them unless given.

    Returns:
        A row for each node, inputs first.

    Raises:
        ValueError: h is 0 or not finite.

    Examples:
        >>> x, w = variables(x=3.0, w=2.0)
        >>> [(row.name, row.gradient) for row in explain((x * w).squared())]
        [('x', 24.0), ('w', 36.0), ('x*w', 12.0), ('squared(x*w)', 1.0)]
    """
    as_value(root).zero_grad()
    if not root.is_constant:
        root.backward()
    order = topological_order(root)
    called, written = names(root), formulas(root)
    asked = {node for node in depending_on(order if wrt is None else wrt, order) if not node.is_constant}
    consumed: dict[Value, list[tuple[str, float]]] = {node: [] for node in order}
    for node in order:
        for operand, slope in zip(node.operands, node.partials, strict=True):
            if slope is not None:
                consumed[operand].append((called[node], slope))
    return [
        Row(
            called[node],
            node.label,
            written[node],
            node.data,
            tuple(consumed[node]),
            node.grad if node in asked else None,
            faux_gradient(root, node, h) if node in asked else None,
        )
        for node in order
    ]
