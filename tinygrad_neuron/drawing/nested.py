"""Scopes as frames: each is laid out by itself, and is one box in what lies around it: none holds a stranger."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

from .layered import Placed, Point, Spacing, in_order, lay

PAD, HEAD = 12.0, 22.0  # pixels between a frame and what it holds, and for its name
Scope = tuple[str, ...]
Path = tuple[Scope, ...]  # the scopes around a box that have a frame, the outermost first
Rectangle = tuple[float, float, float, float]  # left, top, width, height


class Gate(NamedTuple):
    """Where the edges of an operand come into a frame, or leave it."""

    side: str
    operand: int


Unit = int | Path | Gate  # a box, a frame inside, or a gate


class Framed(NamedTuple):
    """Where boxes, edges, their figures and frames lie: each by its number or its scope."""

    size: Point
    boxes: dict[int, Point]
    ways: dict[int, list[Point]]
    figures: dict[int, Point]
    frames: dict[Path, Rectangle]
    gates: dict[Unit, float]

    def moved(self, x: float, y: float) -> Framed:
        """The same elsewhere."""
        return self._replace(
            boxes={k: (a + x, b + y) for k, (a, b) in self.boxes.items()},
            ways={n: [(a + x, b + y) for a, b in way] for n, way in self.ways.items()},
            figures={n: (a + x, b + y) for n, (a, b) in self.figures.items()},
            frames={scope: (a + x, b + y, *size) for scope, (a, b, *size) in self.frames.items()},  # type: ignore[misc]
            gates={unit: at + y for unit, at in self.gates.items()},
        )


def lay_framed(
    sizes: Sequence[Point],
    edges: Sequence[tuple[int, int]],
    scopes: Sequence[Scope],
    spacing: Spacing,
    siblings: Sequence[Hashable] = (),
    *,
    standing: bool = False,
) -> tuple[Placed, dict[Scope, Rectangle]]:
    """Place boxes from left to right, or from top to bottom, with a frame around each scope.

    A scope that is left and entered again has no frame: it would be around what happened between.

    Args:
        sizes: width and height of each box, operands first.
        edges: pairs of an operand's and its consumer's place.
        scopes: the names of the scopes around each box.
        spacing: the distances.
        siblings: see `lay`.
        standing: whether from top to bottom; sizes, places and distances are turned for that.
    """
    own: list[Path] = [tuple(scope[:depth] for depth in range(1, len(scope) + 1)) for scope in scopes]
    while cut := _in_cycles(own, edges):
        own = [tuple(scope for scope in path if scope not in cut) for path in own]
    turned = [_turned(size) for size in sizes] if standing else list(sizes)
    laid = _Frame(
        (), turned, dict(enumerate(edges)), own, spacing, list(siblings) or [None] * len(sizes), standing
    ).lay()
    turn = _turned if standing else _kept
    boxes = [turn(laid.boxes[k]) for k in range(len(sizes))]
    ways = [[turn(point) for point in laid.ways[n]] for n in range(len(edges))]
    figures = [turn(laid.figures[n]) if n in laid.figures else None for n in range(len(edges))]
    frames = {path[-1]: (*turn((x, y)), *turn((w, h))) for path, (x, y, w, h) in laid.frames.items()}
    return Placed(turn(laid.size), boxes, ways, figures, []), frames


def _kept(point: Point) -> Point:
    return point


def _turned(point: Point) -> Point:
    return point[1], point[0]


def _in_cycles(scopes: Sequence[Path], edges: Sequence[tuple[int, int]]) -> set[Scope]:
    """Scopes that would lie before and after each other as boxes, or before and after what is beside them."""
    for depth in range(max(map(len, scopes), default=0)):
        before: dict[Any, set[Any]] = {}
        for ends in edges:
            if len({scopes[k][:depth] for k in ends}) == 1:
                tail, head = (scopes[k][: depth + 1] if len(scopes[k]) > depth else k for k in ends)
                if tail != head:
                    before.setdefault(head, set()).add(tail)
        try:
            TopologicalSorter(before).prepare()
        except CycleError as error:
            return {unit[-1] for unit in error.args[1] if isinstance(unit, tuple)}
    return set()


class _Frame:
    """A scope, and what is laid out inside of it: boxes, frames, and gates for the edges from and to the outside."""

    def __init__(
        self,
        path: Path,
        sizes: Sequence[Point],
        edges: dict[int, tuple[int, int]],
        scopes: list[Path],
        spacing: Spacing,
        siblings: Sequence[Hashable],
        standing: bool,
    ) -> None:
        self.path, self.sizes, self.scopes, self.spacing = path, sizes, scopes, spacing
        self.siblings, self.standing = siblings, standing
        own = [k for k, scope in enumerate(scopes) if scope[: len(path)] == path]
        self.inside = set(own)
        self.edges = {n: edge for n, edge in edges.items() if not self.inside.isdisjoint(edge)}
        self.unit: dict[int, Unit] = {k: self._unit_of(k) for k in own}
        paths = dict.fromkeys(unit for unit in self.unit.values() if isinstance(unit, tuple))
        self.frames: dict[Unit, Framed] = {path: self._frame(path) for path in paths}  # type: ignore[arg-type]

    def _unit_of(self, k: int) -> Unit:
        scope, depth = self.scopes[k], len(self.path)
        return scope[: depth + 1] if len(scope) > depth else k

    def _frame(self, path: Path) -> Framed:
        parts = self.edges, self.scopes, self.spacing, self.siblings, self.standing
        return _Frame(path, self.sizes, *parts).lay()

    def _end(self, k: int, gate: Gate) -> Unit:
        return self.unit[k] if k in self.inside else gate

    def lay(self) -> Framed:
        """Lay out the units, and move what lies in frames to where these are."""
        links = {n: (self._end(t, Gate("in", t)), self._end(h, Gate("out", t))) for n, (t, h) in self.edges.items()}
        links = {n: ends for n, ends in links.items() if ends[0] != ends[1]}
        found = dict.fromkeys([*self.unit.values(), *(unit for ends in links.values() for unit in ends)])
        units, spot = list(found), {unit: place for place, unit in enumerate(found)}
        order = in_order(len(units), {(spot[a], spot[b]) for a, b in links.values()}, range(len(units)))
        units = [units[place] for place in order]
        spot = {unit: place for place, unit in enumerate(units)}
        ends = [(spot[tail], spot[head]) for tail, head in links.values()]
        sizes, families = [self._size(unit) for unit in units], [self._family(unit) for unit in units]
        columns = _columns(units, ends)
        placed = lay(sizes, ends, self.spacing, columns=columns, siblings=families)
        return self._gathered(spot, links, placed)

    def _size(self, unit: Unit) -> Point:
        if unit in self.frames:
            return self.frames[unit].size
        return self.sizes[unit] if isinstance(unit, int) else (2.0, 2.0)

    def _family(self, unit: Unit) -> Hashable:
        """Frames inside of a frame keep their order."""
        return self.siblings[unit] if isinstance(unit, int) else "frames" if unit in self.frames else None

    def _gathered(self, spot: dict[Unit, int], links: dict[int, tuple[Unit, Unit]], placed: Placed) -> Framed:
        left, top = ((HEAD, PAD) if self.standing else (PAD, HEAD)) if self.path else (0.0, 0.0)
        end = PAD if self.path else 0.0
        found = Framed((placed.size[0] + left + end, placed.size[1] + top + end), {}, {}, {}, {}, {})
        pieces: dict[int, list[list[Point]]] = {}
        moved: dict[Unit, Framed] = {}
        for unit, k in spot.items():
            x, y = placed.boxes[k][0] + left, placed.boxes[k][1] + top
            if isinstance(unit, int):
                found.boxes[unit] = (x, y)
            elif isinstance(unit, Gate):
                found.gates[unit] = y
            else:
                w, h = self.frames[unit].size
                moved[unit] = inner = self.frames[unit].moved(x - w / 2, y - h / 2)
                found.frames.update({unit: (x - w / 2, y - h / 2, w, h)} | inner.frames)
                found.boxes.update(inner.boxes)
                found.figures.update(inner.figures)
                for n, way in inner.ways.items():
                    pieces.setdefault(n, []).append(way)
        for (n, ends), way, figure in zip(links.items(), placed.ways, placed.figures, strict=True):
            points = [(x + left, y + top) for x, y in way]
            pieces.setdefault(n, []).append(self._to_gates(points, ends, self.edges[n][0], moved, found.size[0]))
            if figure and isinstance(ends[1], int):
                found.figures[n] = (figure[0] + left, figure[1] + top)
        for n, parts in pieces.items():
            found.ways[n] = [point for part in sorted(parts, key=lambda part: part[0][0]) for point in part]
        return found

    def _to_gates(
        self, points: list[Point], ends: tuple[Unit, Unit], operand: int, moved: dict[Unit, Framed], width: float
    ) -> list[Point]:
        """An edge that begins and ends where the frames at its ends, or the one around it, let it through."""
        tail, head = ends
        if tail in moved:
            points[0] = (points[0][0], moved[tail].gates[Gate("out", operand)])
        elif isinstance(tail, Gate):
            points[0] = (0.0, points[0][1])
        if head in moved:
            points[-2:] = [(x, moved[head].gates[Gate("in", operand)]) for x, _ in points[-2:]]
        elif isinstance(head, Gate):
            points[-1] = (width, points[-1][1])
        return points


def _columns(units: Sequence[Unit], ends: Sequence[tuple[int, int]]) -> list[int]:
    """The column of each unit: gates for what comes in stand before all else."""
    columns = [0] * len(units)
    for tail, head in sorted(ends, key=lambda each: -each[1]):
        columns[tail] = max(columns[tail], columns[head] + 1)
    is_first = [isinstance(unit, Gate) and unit.side == "in" for unit in units]
    first = 1 + max((column for gate, column in zip(is_first, columns, strict=True) if not gate), default=0)
    return [first if gate else column for gate, column in zip(is_first, columns, strict=True)]
