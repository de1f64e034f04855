"""The ledger: every kink and edge of a domain that a graph touched, and what was chosen there."""

from __future__ import annotations

import math
from typing import NamedTuple

from ..graph import kinks
from ..value import Value, topological_order
from ..write import names

# what PyTorch and JAX choose where a primitive bends or jumps: facts of torch 2.13 and jax 0.10 that a test holds
ELSEWHERE = {
    "abs": ("0", "1"),
    "sign": ("0", "0"),
    "floor": ("0", "0"),
    "step": ("0", "0"),
    "relu": ("0", "0"),
    "leaky_relu": ("the slope", "1"),
    "maximum": ("equal parts", "equal parts"),
    "minimum": ("equal parts", "equal parts"),
    "clip": ("1", "½"),
    "pow": ("0, 0", "nan, 0"),
    "hypot": ("nan", "½, ½"),
}


class Entry(NamedTuple):
    """One node at a kink, or outside of its domain.

    Attributes:
        node: the node.
        name: what it is called.
        what: "kink", or "domain" where its value or slope isn't a number.
        chosen: the local derivatives that were taken.
        pytorch, jax: what they choose, "" where it isn't known.
    """

    node: Value
    name: str
    what: str
    chosen: tuple[float | None, ...]
    pytorch: str
    jax: str


def ledger(root: Value) -> list[Entry]:
    """The nodes of a graph where a derivative had to be chosen or doesn't exist.

    Args:
        root: the end of the graph.

    Returns:
        An entry for each, inputs first.

    Examples:
        >>> [(entry.name, entry.what, entry.chosen) for entry in ledger(Value(0.0, label="x").relu())]
        [('relu(x)', 'kink', (0.0,))]
    """
    called, bent = names(root), set(kinks(root))
    entries = []
    for node in topological_order(root):
        edge = node.primitive is not None and not all(
            slope is None or math.isfinite(slope) for slope in (*node.partials, node.data)
        )
        if node in bent or edge:
            name = node.primitive.name if node.primitive else ""
            pytorch, jax = ELSEWHERE.get(name, ("", "")) if node in bent else ("", "")
            entries.append(Entry(node, called[node], "kink" if node in bent else "domain", node.partials, pytorch, jax))
    return entries
