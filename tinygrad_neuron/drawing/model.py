"""The picture model: boxes and edges, before any output format."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..checking.hand import Comparison, compare_figures
from ..checking.verdicts import Check
from ..formulas.formula import namings, number
from ..graph import chains, non_finite
from ..primitives import FUNCTIONS, PRIMITIVES
from ..program import ByNode, Program
from ..program import Edge as Use
from ..recording import symbols
from ..value import Value

SATURATED = 0.01  # of the steepest slope of tanh and sigmoid, which is at 0
STEEPEST = {name: PRIMITIVES[name].partial(0, FUNCTIONS[name](0.0), (0.0,)) for name in ("tanh", "sigmoid")}
WRONG = {"not finite", "not finite, the first", "stale"}  # marks of what needs mending
SHOWN_PATHS, SHOWN_TERMS = 8, 8
Scope = tuple[str, ...]  # the names of the scopes around a box, the outermost first


class Box(NamedTuple):
    """A node of the graph, or several folded into one.

    Attributes:
        key: its identifier in the output, in topological order.
        kind: input, parameter, constant, operation, root or folded.
        name: what it is called in text.
        title: its label; what a folded one stands for.
        formula: how it is computed.
        operation: the primitive's name.
        value, gradient: the figures; None where there are none (yet).
        awaits: whether it has a gradient that isn't computed yet.
        marks: what a reader should notice.
        scope: the names of the scopes around it.
        detail: a sentence with full precision.
        hand: a figure to compare the gradient with.
        before: the value before a change, if another.
        dim: whether it is beside the path that is shown, or leads only to a branch that isn't taken.
        active: whether this step of an animation is about it.
        size: how many nodes it stands for.
    """

    key: str
    kind: str
    name: str
    title: str
    formula: str = ""
    operation: str = ""
    value: float | None = None
    gradient: float | None = None
    awaits: bool = False
    marks: tuple[str, ...] = ()
    scope: Scope = ()
    detail: str = ""
    hand: Comparison | None = None
    before: float | None = None
    dim: bool = False
    active: bool = False
    size: int = 1

    @property
    def is_wrong(self) -> bool:
        """Whether one of its marks needs mending."""
        return not WRONG.isdisjoint(self.marks)


class Edge(NamedTuple):
    """An operand's edge to what is computed from it; `times` of them where boxes are folded."""

    tail: str
    head: str
    slope: float | None
    detail: str = ""
    dim: bool = False
    active: bool = False
    times: int = 1


class Model(NamedTuple):
    """All that a picture shows."""

    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    title: str = ""
    captions: tuple[str, ...] = ()

    @property
    def scopes(self) -> list[Scope]:
        """All scopes, outer ones first, in the order of their first boxes."""
        paths = (box.scope[:depth] for box in self.boxes for depth in range(1, len(box.scope) + 1))
        return list(dict.fromkeys(paths))


def picture_model(
    program: Program,
    *,
    hand: ByNode[float] | Check | None = None,
    path: Value | str | None = None,
    before: Value | None = None,
    title: str = "",
) -> Model:
    """Describe a graph as boxes and edges.

    Args:
        program: the graph.
        hand: hand-derived gradients for nodes or labels.
        path: a node or label; what isn't on a path from it to the root is dimmed.
        before: the same expression with the numbers before a change.
        title: a heading.

    Raises:
        ValueError: `hand` or `path` names no node, or `before` has another shape.
    """
    read = namings(program, symbols(program.names).__getitem__)
    called, written = [each.name.text for each in read], [each.term.text for each in read]
    compared, earlier = compare_figures(program, hand or {}), _earlier(program, before)
    start = None if path is None else program.find(path, "path")
    ways = _ways(program)
    seeds = dict.fromkeys(program.roots, True)
    taken = program.backward(ways, lambda known, _part: known, lambda _upstream, way: way, seeds)
    beyond = [True] * len(program) if start is None else program.depending([start])
    lit = [bool(leads and depends) for leads, depends in zip(taken, beyond, strict=True)]
    marks, scopes = _marks(program), _scopes(program)
    boxes, edges = [], []
    for k, primitive in enumerate(program.primitives):
        label = program.short_name(k) if program.tags[k].label else ""
        formula = written[k] if program.operands[k] else _constant(program, k)
        operation = primitive.name if primitive and program.is_computed(k) else ""
        gradient = program.gradient(k) if program.has_gradient(k) else None
        awaits = not (program.has_gradient(k) or program.is_constant(k))
        head = f"n{k}", program.kind(k), called[k], label, formula, operation, program.numbers[k], gradient, awaits
        detail = _sentence(program, k, called)
        boxes.append(Box(*head, marks[k], scopes[k], detail, compared.get(k), earlier.get(k), not lit[k]))
    for use in program.edges():
        dim = not (lit[use.tail] and lit[use.head] and ways[use.head][use.slot])
        edges.append(Edge(f"n{use.tail}", f"n{use.head}", program.slope(use), _step(program, use, called), dim))
    captions = () if start is None else tuple(_paths(program, start, called))
    return Model(tuple(boxes), tuple(edges), title, captions)


def _ways(program: Program) -> list[list[bool | None]]:
    """For each operand True; None for the branch of a `where` that isn't taken."""
    ways: list[list[bool | None]] = [[True] * len(row) for row in program.operands]
    for way, row, primitive in zip(ways, program.operands, program.primitives, strict=True):
        if primitive is PRIMITIVES["where"]:
            way[2 if program.numbers[row[0]] else 1] = None
    return ways


def _constant(program: Program, k: int) -> str:
    """The number of a constant without a name."""
    return number(program.numbers[k]) if program.is_constant(k) and not program.tags[k].label else ""


def _scopes(program: Program) -> list[Scope]:
    """The scopes; a constant of an expression belongs where it is first used."""
    scopes = [tag.scope for tag in program.tags]
    for use in reversed(list(program.edges())):
        if program.is_constant(use.tail) and not program.tags[use.tail].label:
            scopes[use.tail] = scopes[use.head]
    return scopes


def _earlier(program: Program, before: Value | None) -> dict[int, float]:
    """The values before a change, of the places whose value is another now."""
    if before is None:
        return {}
    old = Program.of(before)
    shapes = [
        [(primitive if row else None, row) for primitive, row in zip(each.primitives, each.operands, strict=True)]
        for each in (old, program)
    ]
    if shapes[0] != shapes[1]:
        raise ValueError(f"before: a graph of {len(old)} nodes and one of {len(program)} have not the same shape")
    return {k: was for k, (was, now) in enumerate(zip(old.numbers, program.numbers, strict=True)) if was != now}


# ---------------------------------------------------------------- marks
def _marks(program: Program) -> list[tuple[str, ...]]:
    first = non_finite(program)
    worst = first and first.node
    return [tuple(_marks_of(program, k, is_first=node is worst)) for k, node in enumerate(program.nodes)]


def _marks_of(program: Program, k: int, *, is_first: bool) -> Iterable[str]:
    value, gradient = program.numbers[k], program.gradient(k)
    if is_first:
        yield "not finite, the first"
    elif not math.isfinite(value) or not math.isfinite(gradient):
        yield "not finite"
    if program.is_stale(k):
        yield "stale"
    if program.has_gradient(k) and gradient == 0:
        yield "zero gradient"
    if not program.is_computed(k):
        return
    name, slope = program.primitives[k].name, program.slopes[k][0]  # type: ignore[union-attr]
    if name in STEEPEST and slope is not None and slope < SATURATED * STEEPEST[name]:
        yield "saturated"
    if name == "relu" and slope == 0 and program.numbers[program.operands[k][0]] < 0:
        yield "dead relu"


# ---------------------------------------------------------------- sentences
def _sentence(program: Program, k: int, called: Sequence[str]) -> str:
    text = f"{called[k]} = {program.numbers[k]!r}"
    if not program.has_gradient(k):
        return text + ("; a constant" if program.is_constant(k) else "; gradient not computed")
    uses = [use for use in program.uses[k] if program.has_gradient(use.head)]
    flowing = [(program.gradient(use.head), program.slope(use)) for use in uses]
    terms = " + ".join(f"{upstream!r} × {slope!r}" for upstream, slope in flowing[:SHOWN_TERMS])
    terms += f" + … ({len(flowing):,} terms)" if len(flowing) > SHOWN_TERMS else ""
    total, gradient = sum(upstream * slope for upstream, slope in flowing), program.gradient(k)
    if flowing and math.isclose(total, gradient, rel_tol=1e-9):
        return f"{text}; gradient {terms} = {gradient!r}"
    return f"{text}; gradient {gradient!r}" + (f", of which now {terms}" if flowing else "")


def _step(program: Program, use: Use, called: Sequence[str]) -> str:
    slope, upstream = program.slope(use), program.gradient(use.head)
    if slope is None:
        return f"{called[use.tail]} is a constant: no gradient flows to it"
    text = f"∂({called[use.head]})/∂({called[use.tail]}) = {slope!r}"
    if not program.has_gradient(use.head):
        return text
    return f"{text}; upstream {upstream!r} × local {slope!r} = {upstream * slope!r}"


# ---------------------------------------------------------------- paths
def _paths(program: Program, start: int, called: Sequence[str]) -> Iterable[str]:
    """The chain rule in a line for each path from a place to the root, and their sum."""
    found = chains(program, start, SHOWN_PATHS)
    several = f", the sum over {found.total:,} paths" if found.total > 1 else ""
    yield f"∂{called[program.roots[0]]}/∂{called[start]} = {found.gradient:.6g}{several}"
    shown = []
    for path in found.paths:
        slopes = [program.slope(use) for use in path]
        shown.append(math.prod(slopes))
        product = " × ".join(f"{slope:.4g}" for slope in slopes) or "1"
        way = " → ".join([called[start], *(called[use.head] for use in path)])
        yield f"{way}: {product} = {shown[-1]:.6g}"
    if found.total > len(shown):
        yield f"and {found.total - len(shown):,} more paths: {found.gradient - sum(shown):.6g}"
