"""Where a graph isn't smooth: every kink, jump and edge of a domain that it touched, and what was chosen there."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..primitives import PRIMITIVES, flat
from ..program import Program
from ..registry import read_asset

WHERE = PRIMITIVES["where"]
SAME = 1e-12  # what two branches may differ by where they meet

ELSEWHERE = tomllib.loads(read_asset(__package__, "elsewhere.toml"))  # what PyTorch and JAX choose


class NonsmoothPoint(NamedTuple):
    """One node at a kink, or outside of its domain.

    Attributes:
        name: the node's label, or its formula.
        kind: "kink"; "jump" of a `where` whose branches don't meet; "domain" where its value or a partial isn't finite.
        chosen: the partials that were taken.
        pytorch, jax: what they choose, "" where it isn't known.
        sides: of a `where` at its condition's edge, in words: what it is where the condition holds and where not.
    """

    name: str
    kind: str
    chosen: tuple[float | None, ...]
    pytorch: str
    jax: str
    sides: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The point in a line: what is on both sides, or what was chosen there and what others choose."""
        chosen = ", ".join("no gradient" if partial is None else f"{partial:.6g}" for partial in self.chosen)
        others = f"; PyTorch {self.pytorch}, JAX {self.jax}" if self.pytorch else ""
        return f"{self.kind}: {self.name}, {', '.join(self.sides) or f'partial {chosen}{others}'}"


def find_nonsmooth(program: Program, called: Sequence[str]) -> list[NonsmoothPoint]:
    """The nodes of a graph where a derivative had to be chosen or doesn't exist.

    Args:
        program: the graph.
        called: what each place is called.

    Returns:
        A point for each, inputs first.

    Examples:
        >>> program = Program.of(Value(0.0, label="x").relu())
        >>> [(point.name, point.kind, point.chosen) for point in find_nonsmooth(program, ["x", "relu(x)"])]
        [('relu(x)', 'kink', (0.0,))]
    """
    points, acting = [], _find_acting(program)
    edges = _find_edges(program, acting)
    for k in range(len(program)):
        chosen = program.slopes[k]
        bent = acting[k] and program.at_kink(k)
        figures = (*chosen, program.numbers[k])
        at_edge = program.is_computed(k) and not all(each is None or math.isfinite(each) for each in figures)
        if k in edges:
            holds, fails = (program.numbers[branch] for branch in program.operands[k][1:])
            kind = "kink" if math.isclose(holds, fails, rel_tol=SAME, abs_tol=SAME) else "jump"
            sides = _describe_sides(program, k, edges[k], called)
            points.append(NonsmoothPoint(called[k], kind, chosen, "", "", sides))
        elif bent or at_edge:
            name = program.primitives[k].name  # type: ignore[union-attr]
            pytorch, jax = ELSEWHERE.get(name, ("", "")) if bent else ("", "")
            points.append(NonsmoothPoint(called[k], "kink" if bent else "domain", chosen, pytorch, jax))
    return points


def bends(primitive: Any, slot: int) -> bool:
    """Whether something could flow back to an operand of a primitive: not into a condition."""
    return primitive.rules[min(slot, len(primitive.rules) - 1)] is not flat


def _find_acting(program: Program) -> list[bool | None]:
    """Whether each place acts on the root by its number, and not only on a condition."""
    rows = zip(program.primitives, program.operands, strict=True)
    ways = [[bends(primitive, slot) or None for slot in range(len(row))] for primitive, row in rows]
    return program.backward(ways, times=lambda _upstream, way: way, plus=lambda _known, part: part)


def _find_edges(program: Program, acting: Sequence[bool | None]) -> dict[int, list[int]]:
    """For each `where` that another outcome of a comparison at its edge would turn, those comparisons."""
    numbers, found = program.numbers, dict[int, list[int]]()
    choosing = [k for k, counts in enumerate(acting) if counts and program.primitives[k] is WHERE]
    for place in range(len(program)) if choosing else ():
        if numbers[place] in (0.0, 1.0) and program.at_kink(place) and {*program.primitives[place].rules} == {flat}:  # type: ignore[union-attr]
            turned = program.evaluate({place: 1.0 - numbers[place]})
            for k in choosing:
                condition = program.operands[k][0]
                if bool(turned[condition]) != bool(numbers[condition]):
                    found.setdefault(k, []).append(place)
    return found


def _describe_sides(program: Program, k: int, edges: Sequence[int], called: Sequence[str]) -> tuple[str, ...]:
    """Number and derivatives of both branches of a `where`, by the inputs that its condition is computed from."""
    deciding = Program.of(*(program.nodes[place] for place in edges))
    inputs = [program.places[deciding.nodes[leaf]] for leaf in deciding.leaves]
    texts = []
    for branch, where in zip(program.operands[k][1:], ("where the condition holds", "where it doesn't"), strict=True):
        slopes = program.differentiate(root=branch)
        derivatives = ", ".join(f"{slopes[each]:.6g} by {called[each]}" for each in inputs)
        texts.append(f"{program.numbers[branch]:.6g} (derivative {derivatives}) {where}")
    return tuple(texts)
