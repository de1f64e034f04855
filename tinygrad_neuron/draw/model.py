"""The picture model: boxes and edges, before any output format."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ..check.checker import Check
from ..check.hand import Comparison, comparisons
from ..graph import chains, depending_on, first_non_finite, is_stale, node_of
from ..primitive import FUNCTIONS, PRIMITIVES
from ..value import Value, topological_order
from ..write import formulas, names
from ..write.formula import number

SATURATED = 0.01  # of the steepest slope of tanh and sigmoid, which is at 0
STEEPEST = {name: PRIMITIVES[name].partial(0, FUNCTIONS[name](0.0), (0.0,)) for name in ("tanh", "sigmoid")}
WRONG = {"not finite", "not finite, the first", "stale"}  # marks of what needs mending
SHOWN_PATHS, SHOWN_TERMS = 8, 8


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
        dim: whether it is beside the path that is shown.
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
    scope: tuple[str, ...] = ()
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


def inner_scopes(model: Model, path: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The scopes directly inside a scope, in the order of their first boxes."""
    depth = len(path)
    return list(
        dict.fromkeys(
            box.scope[: depth + 1] for box in model.boxes if box.scope[:depth] == path and len(box.scope) > depth
        )
    )


def picture_model(
    root: Value,
    *,
    hand: Mapping[Value | str, float] | Check | None = None,
    path: Value | str | None = None,
    before: Value | None = None,
    title: str = "",
) -> Model:
    """Describe the graph behind a value as boxes and edges.

    Args:
        root: the end of the graph.
        hand: hand-derived gradients for nodes or labels.
        path: a node or label; what isn't on a path from it to the root is dimmed.
        before: the same expression with the numbers before a change.
        title: a heading.

    Raises:
        ValueError: `hand` or `path` names no node, or `before` has another shape.
    """
    order = topological_order(root)
    keys = {node: f"n{k}" for k, node in enumerate(order)}
    called, written = names(root), formulas(root)
    compared = comparisons(root, hand or {})
    earlier = _earlier(order, before)
    start = None if path is None else node_of(root, path, "path")
    lit = set(order) if start is None else depending_on([start], order)
    flowing = _contributions(order)
    marks, scopes = _marks(root, order), _scopes(order)
    boxes = tuple(
        Box(
            keys[node],
            _kind(node, root),
            called[node],
            node.label,
            written[node] if node.primitive else number(node.data) if node.is_constant and not node.label else "",
            node.primitive.name if node.primitive else "",
            node.data,
            node.grad if node.has_grad else None,
            not (node.has_grad or node.is_constant),
            marks[node],
            scopes[node],
            _sentence(node, called, flowing[node]),
            compared.get(node),
            earlier.get(node),
            node not in lit,
        )
        for node in order
    )
    edges = tuple(
        Edge(keys[operand], keys[node], slope, _step(node, operand, slope, called), not {node, operand} <= lit)
        for node in order
        for operand, slope in zip(node.operands, node.partials, strict=True)
    )
    captions = () if start is None else tuple(_paths(start, root, called))
    return Model(boxes, edges, title, captions)


def _kind(node: Value, root: Value) -> str:
    if node is root:
        return "root"
    if node.primitive:
        return "operation"
    return "constant" if node.is_constant else "parameter" if node.is_parameter else "input"


def _scopes(order: list[Value]) -> dict[Value, tuple[str, ...]]:
    """The scopes; a constant of an expression belongs where it is first used."""
    scopes = {node: node.scope for node in order}
    for node in reversed(order):
        for operand in node.operands:
            if operand.is_constant and not operand.label:
                scopes[operand] = scopes[node]
    return scopes


def _earlier(order: list[Value], before: Value | None) -> dict[Value, float]:
    """The values before a change, of the nodes whose value is another now."""
    if before is None:
        return {}
    old = topological_order(before)
    places = [{node: k for k, node in enumerate(nodes)} for nodes in (old, order)]
    shapes = [
        [(node.primitive, [place[each] for each in node.operands]) for node in nodes]
        for nodes, place in zip((old, order), places, strict=True)
    ]
    if shapes[0] != shapes[1]:
        raise ValueError(f"before: a graph of {len(old)} nodes and one of {len(order)} have not the same shape")
    return {node: was.data for was, node in zip(old, order, strict=True) if was.data != node.data}


# ---------------------------------------------------------------- marks
def _marks(root: Value, order: list[Value]) -> dict[Value, tuple[str, ...]]:
    first = first_non_finite(root)
    return {node: tuple(_marks_of(node, first_one=first is not None and node is first.node)) for node in order}


def _marks_of(node: Value, *, first_one: bool) -> Iterable[str]:
    if first_one:
        yield "not finite, the first"
    elif not math.isfinite(node.data) or not math.isfinite(node.grad):
        yield "not finite"
    if is_stale(node):
        yield "stale"
    if node.has_grad and node.grad == 0:
        yield "zero gradient"
    name, slope = node.primitive.name if node.primitive else "", (node.partials or (None,))[0]
    if name in STEEPEST and slope is not None and slope < SATURATED * STEEPEST[name]:
        yield "saturated"
    if name == "relu" and slope == 0 and node.operands[0].data < 0:
        yield "dead relu"


# ---------------------------------------------------------------- sentences
def _contributions(order: list[Value]) -> dict[Value, list[tuple[float, float]]]:
    """For each node what flows back into it: upstream gradients and local derivatives."""
    flowing: dict[Value, list[tuple[float, float]]] = {node: [] for node in order}
    for node in order:
        for operand, slope in zip(node.operands, node.partials, strict=True):
            if slope is not None and node.has_grad:
                flowing[operand].append((node.grad, slope))
    return flowing


def _sentence(node: Value, called: Mapping[Value, str], flowing: list[tuple[float, float]]) -> str:
    text = f"{called[node]} = {node.data!r}"
    if node.is_constant or not node.has_grad:
        return text + ("; a constant" if node.is_constant else "; gradient not computed")
    terms = " + ".join(f"{upstream!r} × {slope!r}" for upstream, slope in flowing[:SHOWN_TERMS])
    terms += f" + … ({len(flowing):,} terms)" if len(flowing) > SHOWN_TERMS else ""
    total = sum(upstream * slope for upstream, slope in flowing)
    if flowing and math.isclose(total, node.grad, rel_tol=1e-9):
        return f"{text}; gradient {terms} = {node.grad!r}"
    return f"{text}; gradient {node.grad!r}" + (f", of which now {terms}" if flowing else "")


def _step(node: Value, operand: Value, slope: float | None, called: Mapping[Value, str]) -> str:
    if slope is None:
        return f"{called[operand]} is a constant: no gradient flows to it"
    text = f"∂({called[node]})/∂({called[operand]}) = {slope!r}"
    return f"{text}; upstream {node.grad!r} × local {slope!r} = {node.grad * slope!r}" if node.has_grad else text


# ---------------------------------------------------------------- paths
def _paths(start: Value, root: Value, called: Mapping[Value, str]) -> Iterable[str]:
    """The chain rule in a line for each path from a node to the root, and their sum."""
    found = chains(root, start, SHOWN_PATHS)
    several = f", the sum over {found.total:,} paths" if found.total > 1 else ""
    yield f"∂{called[root]}/∂{called[start]} = {found.gradient:.6g}{several}"
    shown = []
    for path in found.paths:
        shown.append(math.prod(link.slope for link in path))
        product = " × ".join(f"{link.slope:.4g}" for link in path) or "1"
        way = " → ".join([called[start], *(called[link.node] for link in path)])
        yield f"{way}: {product} = {shown[-1]:.6g}"
    if found.total > len(shown):
        yield f"and {found.total - len(shown):,} more paths: {found.gradient - sum(shown):.6g}"
