"""Folding: scopes of a large picture become one box each, until it can be read."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Any

from .model import WRONG, Box, Edge, Model, Scope

MAX_NODES = 150  # boxes that can be read
NEAREST = 40  # boxes of a graph without scopes: a long chain is wide, and its beginning is far
EDGES_A_NODE = 1.5  # more edges than this for each box and nobody can follow them


def fold(model: Model, *, max_nodes: int = MAX_NODES, depth: int | None = None, expand: Collection[str] = ()) -> Model:
    """Fold scopes until there are at most `max_nodes` boxes.

    The deepest scopes are folded first, each into a box; then numbered
    siblings together ("neuron ×16"); then the scopes around them. If the
    graph has no scopes left to fold, some boxes next to the root are kept.

    Args:
        model: the whole picture.
        max_nodes: how many boxes can be read.
        depth: fold all scopes that lie deeper than this, whatever their size;
            0 folds the outermost ones.
        expand: names of scopes that stay open.

    Returns:
        A model that says in its captions what was folded.
    """
    folded = next(_attempts(model, max_nodes, depth, expand))
    if len(folded.boxes) > max_nodes:
        folded = _nearest(folded, min(max_nodes, NEAREST))
    hidden = [box for box in folded.boxes if box.kind == "folded"]
    if not hidden:
        return folded
    said = ", ".join("/".join((*box.scope, box.title)) for box in hidden[:3]) + (", …" if len(hidden) > 3 else "")
    size = sum(box.size for box in hidden)
    return folded._replace(captions=(*folded.captions, f"folded: {size:,} of {len(model.boxes):,} nodes, in {said}"))


def _attempts(model: Model, max_nodes: int, depth: int | None, expand: Collection[str]) -> Iterator[Model]:
    """One model that is small enough; else the smallest there is."""
    if depth is None and len(model.boxes) <= max_nodes:
        yield model
    deepest = max((len(box.scope) for box in model.boxes), default=0)
    smallest = model
    for level in [depth] if depth is not None else range(deepest - 1, -1, -1):
        for named in (str, _sibling):
            smallest = _grouped(model, partial(_group, level=level, named=named, expand=expand))
            if len(smallest.boxes) <= max_nodes and len(smallest.edges) <= EDGES_A_NODE * max_nodes:
                yield smallest
    yield smallest


def _sibling(name: str) -> str:
    """The name without its number: what neuron 1, neuron 2 and neuron 3 have in common."""
    return re.sub(r"[\s_#-]*\d+$", "", name) or name


def _group(box: Box, *, level: int, named: Callable[[str], str], expand: Collection[str]) -> Scope | None:
    """The folded scope that a box lies in, None if it stays as it is."""
    closed = (at for at in range(level, len(box.scope)) if box.scope[at] not in expand)
    at = None if box.kind == "root" else next(closed, None)
    return None if at is None else (*box.scope[:at], named(box.scope[at]))


def _grouped(model: Model, group_of: Callable[[Box], Scope | None]) -> Model:
    members: dict[Scope | str, list[Box]] = {}  # of folded scopes by their paths, and single boxes by their keys
    for box in model.boxes:
        members.setdefault(group_of(box) or box.key, []).append(box)
    paths = [path for path in members if isinstance(path, tuple)]
    folded = {path: _folded(f"g{k}", path, members[path]) for k, path in enumerate(paths)}
    place = {box.key: folded[path].key for path in paths for box in members[path]}
    shown = (folded[path] if isinstance(path, tuple) else inside[0] for path, inside in members.items())
    return model._replace(boxes=tuple(shown), edges=_joined(model.edges, place))


def _folded(key: str, path: Scope, inside: list[Box]) -> Box:
    count = len({box.scope[: len(path)] for box in inside})
    size = sum(box.size for box in inside)
    gradients = [abs(box.gradient) for box in inside if box.gradient is not None]
    largest = max(gradients, key=lambda g: math.inf if g != g else g, default=None)
    title = path[-1] + (f" ×{count}" if count > 1 else "")
    marks = tuple(sorted({mark for box in inside for mark in box.marks if mark in WRONG}))
    awaits = not gradients and any(box.awaits for box in inside)
    return Box(
        key, "folded", title, title, f"{size:,} node{'s' * (size > 1)}", "", None, largest, awaits, marks, path[:-1],
        f"{title}: {size:,} nodes", dim=all(box.dim for box in inside), size=size,
    )  # fmt: skip


def _joined(edges: tuple[Edge, ...], place: dict[str, str]) -> tuple[Edge, ...]:
    """The edges between the boxes that are left, those between the same two as one."""
    joined: dict[Any, list[Edge]] = {}
    for number, edge in enumerate(edges):
        moved = edge._replace(tail=place.get(edge.tail, edge.tail), head=place.get(edge.head, edge.head))
        if moved.tail != moved.head:
            key = number if moved == edge else (moved.tail, moved.head, edge.dim)
            joined.setdefault(key, []).append(moved)
    return tuple(_plain(same[0]._replace(times=sum(edge.times for edge in same))) for same in joined.values())


def _plain(edge: Edge) -> Edge:
    return edge if edge.times == 1 else edge._replace(slope=None, detail=f"{edge.times:,} edges")


def _nearest(model: Model, max_nodes: int) -> Model:
    """The boxes next to the root, and one for all others."""
    root = next(box.key for box in model.boxes if box.kind == "root")
    operands: dict[str, list[str]] = {}
    for edge in model.edges:
        operands.setdefault(edge.head, []).append(edge.tail)
    near = [root]
    for key in near:
        others = dict.fromkeys(tail for tail in operands.get(key, []) if tail not in near)
        near += list(others)[: max(0, max_nodes - 1 - len(near))]
    return _grouped(model, lambda box: None if box.key in near else ("more of the graph",))
