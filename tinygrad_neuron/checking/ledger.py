"""The ledger: every kink and edge of a domain that a graph touched, and what was chosen there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from ..primitives import PRIMITIVES, flat
from ..program import Program
from ..value import Value

WHERE = PRIMITIVES["where"]
SAME = 1e-12  # what two branches may differ by where they meet

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


class Side(NamedTuple):
    """What a `where` is on one side of its condition's edge: its number, and the slopes by what decides there."""

    value: float
    slopes: dict[str, float]


class Entry(NamedTuple):
    """One node at a kink, or outside of its domain.

    Attributes:
        node: the node.
        name: what it is called.
        what: "kink"; "jump" of a `where` whose branches don't meet; "domain" where its value or slope isn't a number.
        chosen: the local derivatives that were taken.
        pytorch, jax: what they choose, "" where it isn't known.
        sides: of a `where` at its condition's edge: where the condition holds, and where it doesn't.
    """

    node: Value
    name: str
    what: str
    chosen: tuple[float | None, ...]
    pytorch: str
    jax: str
    sides: tuple[Side, ...] = ()


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
    entries, acting = [], _acting(program)
    edges = _edges(program, acting)
    for k, node in enumerate(program.nodes):
        chosen = program.slopes[k]
        bent = acting[k] and program.at_kink(k)
        at_edge = program.is_computed(k) and not all(
            slope is None or math.isfinite(slope) for slope in (*chosen, program.numbers[k])
        )
        if k in edges:
            entries.append(_branching(program, k, edges[k], called))
        elif bent or at_edge:
            name = program.primitives[k].name  # type: ignore[union-attr]
            pytorch, jax = ELSEWHERE.get(name, ("", "")) if bent else ("", "")
            entries.append(Entry(node, called[k], "kink" if bent else "domain", chosen, pytorch, jax))
    return entries


def _edges(program: Program, acting: Sequence[bool | None]) -> dict[int, list[int]]:
    """For each `where` that another outcome of a comparison at its edge would turn, those comparisons."""
    numbers, found = program.numbers, dict[int, list[int]]()
    choosing = [k for k, counts in enumerate(acting) if counts and program.primitives[k] is WHERE]
    for place in range(len(program)) if choosing else ():
        if numbers[place] in (0.0, 1.0) and program.at_kink(place) and set(program.primitives[place].rules) == {flat}:  # type: ignore[union-attr]
            turned = program.evaluate({place: 1.0 - numbers[place]})
            for k in choosing:
                condition = program.operands[k][0]
                if bool(turned[condition]) != bool(numbers[condition]):
                    found.setdefault(k, []).append(place)
    return found


def _acting(program: Program) -> list[bool | None]:
    """Whether each place acts on the root by its number, and not only on a condition."""
    ways = [
        [True] * len(row)
        if not primitive or primitive.variadic
        else [rule is not flat or None for rule in primitive.rules]
        for primitive, row in zip(program.primitives, program.operands, strict=True)
    ]
    return program.backward(ways, times=lambda _upstream, way: way, plus=lambda _known, part: part)


def _branching(program: Program, k: int, edges: Sequence[int], called: Sequence[str]) -> Entry:
    """The entry of a `where` at its condition's edge."""
    deciding = Program.of(*(program.nodes[place] for place in edges))
    inputs = [program.places[deciding.nodes[leaf]] for leaf in deciding.leaves]
    sides = []
    for branch in program.operands[k][1:]:
        slopes = program.differentiate(root=branch)
        sides.append(Side(program.numbers[branch], {called[each]: slopes[each] for each in inputs}))
    meet = math.isclose(sides[0].value, sides[1].value, rel_tol=SAME, abs_tol=SAME)
    return Entry(program.nodes[k], called[k], "kink" if meet else "jump", program.slopes[k], "", "", tuple(sides))
