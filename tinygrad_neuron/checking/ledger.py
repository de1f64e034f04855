"""The ledger: every kink and edge of a domain that a graph touched, and what was chosen there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from ..program import Program
from ..value import Value

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


def ledger(program: Program, called: Sequence[str]) -> list[Entry]:
    """The nodes of a graph where a derivative had to be chosen or doesn't exist.

    Args:
        program: the graph.
        called: what each place is called.

    Returns:
        An entry for each, inputs first.

    Examples:
        >>> program = Program.of(Value(0.0, label="x").relu())
        >>> [(entry.name, entry.what, entry.chosen) for entry in ledger(program, ["x", "relu(x)"])]
        [('relu(x)', 'kink', (0.0,))]
    """
    entries = []
    for k, node in enumerate(program.nodes):
        chosen = program.slopes[k]
        bent = program.at_kink(k)
        at_edge = program.is_computed(k) and not all(
            slope is None or math.isfinite(slope) for slope in (*chosen, program.numbers[k])
        )
        if bent or at_edge:
            name = program.primitives[k].name  # type: ignore[union-attr]
            pytorch, jax = ELSEWHERE.get(name, ("", "")) if bent else ("", "")
            entries.append(Entry(node, called[k], "kink" if bent else "domain", chosen, pytorch, jax))
    return entries
