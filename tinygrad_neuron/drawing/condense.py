"""The graph of some nodes of another: what lies between them is one edge, and one formula."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..formulas.symbol import Symbol
from ..primitives import PRIMITIVES
from ..program import Program

TERMS, DEPTH, SIZE = 12, 12, 100  # of a formula: terms of a sum, levels, names and numbers in all
DOTS = Symbol("…")


Ways = Sequence[dict[int, Any]]  # for each place the shown ones that it is a part of


def condense(
    program: Program, places: Sequence[int], lit: Sequence[Sequence[bool]]
) -> tuple[Program, list[list[bool]], Ways]:
    """The graph of some places, in which an edge stands for all ways between two of them through others.

    Its partials are sums of products of partials: where all operands of a place
    are kept, they are its own.

    Args:
        program: the graph.
        places: those that are kept, in order.
        lit: for each operand of the graph whether its edge is lit.

    Returns:
        The graph, for each of its operands whether a way there is lit, and for each place of the whole graph
        the kept ones that it is a part of: itself, if it is kept.
    """
    at = {k: j for j, k in enumerate(places)}

    def pass_on(reached: dict[int, Any], edge: tuple[int, Any, bool]) -> dict[int, Any]:
        head, slope, light = edge
        if head in at:
            return {head: (slope, light)}
        return {k: (_times(upstream, slope), on and light) for k, (upstream, on) in reached.items()}

    def join(known: dict[int, Any], part: dict[int, Any]) -> dict[int, Any]:
        for k, (slope, light) in part.items():
            before, was = known.get(k, (None, False))
            known[k] = (_plus(before, slope), was or light)
        return known

    edges = [
        [(k, slope, light) for slope, light in zip(slopes, lights, strict=True)]
        for k, (slopes, lights) in enumerate(zip(program.slopes, lit, strict=True))
    ]
    reached = program.backward(edges, join, pass_on, {k: {} for k in places})
    rows: list[list[tuple[int, Any, bool]]] = [[] for _ in places]
    for j, k in enumerate(places):
        for head, (slope, light) in reached[k].items():
            rows[at[head]].append((j, slope, light))
    for j, k in enumerate(places):  # two edges of a square are two edges
        if program.operands[k] and all(o in at or program.is_constant(o) for o in program.operands[k]):
            direct = zip(program.operands[k], edges[k], strict=True)
            rows[j] = [(at[o], slope, light) for o, (_, slope, light) in direct if o in at]
    seen = Program(
        [program.primitives[k] for k in places],
        [tuple(tail for tail, *_ in row) for row in rows],
        [at[root] for root in program.roots],
        numbers=[program.numbers[k] for k in places],
        partials=[tuple(slope for _, slope, _ in row) for row in rows],
        tags=[program.tags[k] for k in places],
        gradients=[program.gradients[k] for k in places],
    )
    owners = [{k: None} if k in at else each or {} for k, each in enumerate(reached)]
    return seen, [[light for *_, light in row] for row in rows], owners


def _times(upstream: float | None, slope: float | None) -> float | None:
    return None if upstream is None or slope is None else upstream * slope


def _plus(known: float | None, slope: float | None) -> float | None:
    return slope if known is None else known if slope is None else known + slope


def part_of(program: Program, inside: Sequence[bool], root: int) -> tuple[Program, list[int]]:
    """The graph of some places, with their operands as leaves.

    Args:
        program: the graph.
        inside: whether each place is one of them.
        root: the place of its end.

    Returns:
        The graph, and the place of each of its own in the whole one.
    """
    kept = sorted({root} | {o for k, own in enumerate(inside) if own for o in (k, *program.operands[k])})
    at = {k: j for j, k in enumerate(kept)}
    rows = [program.operands[k] if inside[k] else () for k in kept]
    found = Program(
        [program.primitives[k] if row or not program.operands[k] else None for k, row in zip(kept, rows, strict=True)],
        [tuple(at[o] for o in row) for row in rows],
        [at[root]],
        numbers=[program.numbers[k] for k in kept],
        partials=[program.partials[k] if row else () for k, row in zip(kept, rows, strict=True)],
        tags=[program.tags[k] for k in kept],
        gradients=[program.gradients[k] for k in kept],
    )
    found.nodes = [program.nodes[k] for k in kept]
    return found, kept


def distances(program: Program, start: int) -> list[int | None]:
    """How many edges lie between a place and each one that it is computed from, or that is computed from it.

    Args:
        program: the graph.
        start: the place.
    """
    ways = [[1] * len(row) for row in program.operands]
    below = program.backward(ways, min, lambda steps, way: steps + way, {start: 0})
    above = program.forward(_one_more, {start: 0})
    return [over if under is None else under for under, over in zip(below, above, strict=True)]


def _one_more(_: int, steps: Sequence[int | None]) -> int | None:
    known = [each for each in steps if each is not None]
    return min(known) + 1 if known else None


# ---------------------------------------------------------------- formulas of what is shown
class _Written(NamedTuple):
    """How a place is computed, as symbols; how deep and large that is, and of how many terms."""

    tree: Any
    depth: int = 0
    size: int = 1
    terms: int = 1


def trees(program: Program, names: Mapping[int, str], inside: Mapping[int, str] = {}) -> list[Any]:
    """How each place is computed from those with names, as symbols: of long sums the first terms and the last one.

    Args:
        program: the graph.
        names: what some places are called in the formulas of others.
        inside: what some of them are called inside of their own scopes.
    """
    own: list[Any] = [None] * len(program)

    def called(o: int, k: int) -> _Written:
        is_inside = o in inside and program.tags[o].scope == program.tags[k].scope
        return _Written(Symbol(inside[o] if is_inside else names[o]))

    def read(k: int, operands: list[_Written]) -> _Written:
        if operands:
            row = zip(program.operands[k], operands, strict=True)
            operands = [called(o, k) if o in names else each for o, each in row]
            written = _operation(program.primitives[k].name, operands)  # type: ignore[union-attr]
            own[k] = written.tree
        else:
            written = _Written(program.numbers[k])
        return written

    program.forward(read)
    return own


def _operation(name: str, operands: list[_Written]) -> _Written:
    first = operands[0]
    if name == "identity":
        return first
    if name == "dot":
        half = len(operands) // 2
        pairs = [_operation("mul", list(pair)) for pair in zip(operands[:half], operands[half:], strict=True)]
        shown = pairs if len(pairs) <= TERMS else [*pairs[: TERMS - 1], _Written(DOTS), pairs[-1]]
        return _sum("add", shown)
    if name in ("add", "sub"):
        return _added(name, *operands)
    if len(operands) > TERMS:
        operands = [*operands[: TERMS - 1], _Written(DOTS), operands[-1]]
    depth, size = 1 + max(each.depth for each in operands), sum(each.size for each in operands)
    if depth > DEPTH or size > SIZE:
        return _Written(Symbol(name, [DOTS for _ in operands]), 1, len(operands))
    return _Written(Symbol(name, [each.tree for each in operands]), depth, size)


def _sum(name: str, terms: list[_Written]) -> _Written:
    total = terms[0] if terms else _Written(0.0)
    for term in terms[1:]:
        total = _added(name, total, term)
    return total


def _added(name: str, left: _Written, right: _Written) -> _Written:
    tree, depth, size, terms = left.tree, max(left.depth, right.depth + 1), left.size + right.size, left.terms + 1
    if left.terms == TERMS:
        tree = Symbol("add", (tree, DOTS))
    elif left.terms > TERMS:
        tree, size, terms = tree.operands[0], left.size, left.terms
    if depth > DEPTH or size > SIZE:
        tree, depth, size, terms = DOTS, right.depth + 1, right.size + 1, 2
    return _Written(Symbol(name, (tree, right.tree)), depth, size, terms)


def lit_ways(program: Program, path: int | None) -> tuple[list[bool], list[list[bool]]]:
    """Whether each place, and each of its edges, is on the path that is shown and leads to a branch that is taken."""
    ways: list[list[bool | None]] = [[True] * len(row) for row in program.operands]
    for way, row, primitive in zip(ways, program.operands, program.primitives, strict=True):
        if primitive is PRIMITIVES["where"]:
            way[2 if program.numbers[row[0]] else 1] = None
    taken = program.backward(
        ways, lambda known, _: known, lambda known, _way: known, dict.fromkeys(program.roots, True)
    )
    beyond = [True] * len(program) if path is None else program.depending([path])
    lit = [bool(leads and depends) for leads, depends in zip(taken, beyond, strict=True)]
    edges = [
        [lit[k] and lit[o] and bool(way) for o, way in zip(row, each, strict=True)]
        for k, (row, each) in enumerate(zip(program.operands, ways, strict=True))
    ]
    return lit, edges
