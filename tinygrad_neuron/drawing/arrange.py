"""Where everything of a view lies: lying, standing, or as a list, whichever can be read at the width that there is."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from . import look
from .faces import DENSE, DENSE_HEIGHT, SMALL, Face, face, list_face
from .head import head_lines, height_of
from .layered import Placed, Point, Spacing, lay
from .layers import stem
from .model import Box, Edge, View
from .nested import Rectangle, Scope, lay_framed
from .typeset import width_of
from .views import NEAR

SHAPES = ("lying", "standing", "list")
MARGIN = 12.0
NARROWEST = 340.0
TALLEST, TALLEST_OPERATIONS = 1000.0, 1800.0  # pixels; of the view of all operations
NEURONS = (16, 12, 10, 8, 7, 6, 5, 4)  # of a column, until it fits
BOXES = (NEAR, 26, 22, 18, 15, 12, 10, 8, 6, 4)  # of another view
PORTS = 6  # operands of a box that each get a place for a figure
LANE, GUTTER, BETWEEN = 11.0, 14.0, 7.0  # of a list: its rails, and the gap between rows
NO_SIZE = (0.0, 0.0)


class Arranged(NamedTuple):
    """Where the parts of a view lie, from the upper left corner.

    Attributes:
        view: what is shown.
        shape: lying, standing or list.
        size: of the whole.
        boxes: the upper left corner of each box, by its key.
        faces: what stands in each box.
        ways: the points of each edge.
        figures: where the figure of each edge stands, if it has one.
        frames: the frame of each scope.
        headings: of columns: where, and what.
    """

    view: View
    shape: str
    size: Point
    boxes: dict[str, Point]
    faces: dict[str, Face]
    ways: Sequence[Sequence[Point]]
    figures: Sequence[Point | None]
    frames: dict[Scope, Rectangle]
    headings: tuple[tuple[float, str], ...] = ()


def scale_of(boxes: Sequence[Box]) -> float:
    """The gradient whose bar is as long as can be: the largest but the root's, which is 1 in any case."""
    known = [abs(box.gradient) for box in boxes if box.gradient and box.kind != "root" and math.isfinite(box.gradient)]
    return max(known, default=1.0)


def fitted(
    view_of: Callable[[int], View],
    width: float,
    *,
    height: float = 0.0,
    shape: str | None = None,
    frames: Sequence[View] = (),
) -> Arranged:
    """The view in the first shape in which it can be read at a width; with fewer boxes, if need be.

    Args:
        view_of: gives the view with so many boxes at most, or so many in each column of a network.
        width: how wide it may be.
        height: how high; as much as a reader scrolls unless given.
        shape: "lying", "standing" or "list" alone.
        frames: views of the same boxes with other figures, which must fit as well.
    """
    whole = view_of(NEURONS[0])
    tallest = height or (TALLEST_OPERATIONS if whole.name == "operations" else TALLEST)
    room = max(width, NARROWEST) - 2 * MARGIN
    views: dict[int, View] = {}
    tried = set[tuple[int, bool, str]]()
    for most, has_tables, each in _attempts(is_network=whole.name == "network"):
        if shape in (None, each):
            view = views.get(most) or views.setdefault(most, view_of(most))
            attempt = len(view.boxes), has_tables, each
            if attempt in tried or not (has_tables or any(box.rows for box in view.boxes)):
                continue
            tried.add(attempt)
            view = view if has_tables else _without_tables(view)
            found = arrange(view, each, room, frames)
            above = height_of(head_lines(view, max(found.size[0], NARROWEST - 2 * MARGIN)), legend=True) + 2 * MARGIN
            if found.size[0] <= room and above + found.size[1] <= tallest:
                return found
    return arrange(view_of(BOXES[-1]), shape or "list", room, frames)


def _attempts(*, is_network: bool) -> Iterator[tuple[int, bool, str]]:
    """How many boxes are tried, with their tables or without, in which shape; of a network so many in a column."""
    if is_network:
        yield NEURONS[0], True, "lying"
        yield from ((most, True, shape) for shape in ("standing", "lying") for most in NEURONS)
        yield NEURONS[-1], True, "list"
    else:
        yield from itertools.product(BOXES, (True, False), SHAPES)


def _without_tables(view: View) -> View:
    """The view with the parameters in its boxes as a number."""
    boxes = (box._replace(rows=(), more=box.more + len(box.rows)) for box in view.boxes)
    return view._replace(boxes=tuple(boxes))


def arrange(view: View, shape: str, room: float, frames: Sequence[View] = ()) -> Arranged:
    """Lay a view out.

    Args:
        view: what is shown.
        shape: "lying", "standing" or "list".
        room: how wide a list is.
        frames: views of the same boxes with other figures, which must fit as well.
    """
    if shape == "list":
        return _listed(view, room)
    standing = shape == "standing"
    faces = _faces(view, frames, standing=standing)
    places = {box.key: k for k, box in enumerate(view.boxes)}
    edges = [(places[edge.tail], places[edge.head]) for edge in view.edges]
    sizes = [(faces[box.key].width, faces[box.key].height) for box in view.boxes]
    if view.name == "network":
        spacing = Spacing(6.0 if _is_dense(view) and not standing else 9.0, 70.0 if standing else 100.0)
        placed = _turned_lay(view, sizes, edges, spacing, standing=standing)
        around: dict[Scope, Rectangle] = {}
    else:
        length = _figure_width(view)
        spacing = Spacing(figure=((15.0, length) if standing else (length, 15.0)) if length else NO_SIZE)
        scopes = [box.scope if view.name == "operations" else () for box in view.boxes]
        siblings = [_stem_of(box) for box in view.boxes]
        placed, around = lay_framed(sizes, edges, scopes, spacing, siblings, standing=standing)
    corners = {box.key: _corner(placed.boxes[k], sizes[k]) for k, box in enumerate(view.boxes)}
    headings = [] if standing else _headings(view, placed)
    return Arranged(view, shape, placed.size, corners, faces, placed.ways, placed.figures, around, tuple(headings))


def _stem_of(box: Box) -> str | None:
    """What boxes have in common that differ in a number alone."""
    return stem(box.title) if any(c.isdigit() for c in box.title) else None


def _corner(center: Point, size: Point) -> Point:
    return center[0] - size[0] / 2, center[1] - size[1] / 2


def _is_dense(view: View) -> bool:
    return max(Counter(box.column for box in view.boxes).values()) > DENSE


def _faces(view: View, frames: Sequence[View], *, standing: bool) -> dict[str, Face]:
    """What stands in the boxes; equal kinds are equally wide, and there is room for the figures in front."""
    scale, dense = scale_of(view.boxes), view.name == "network" and _is_dense(view)
    faces = {box.key: face(box, scale, standing=standing, dense=dense) for box in view.boxes}
    for box in (box for frame in frames for box in frame.boxes if box.key in faces):
        wide = face(box, scale, standing=standing, dense=dense).width
        faces[box.key] = faces[box.key]._replace(width=max(faces[box.key].width, wide))
    kinds = {box.key: "neuron" if box.kind == "neuron" else "leaf" if box.is_leaf else "" for box in view.boxes}
    for kind in ("neuron", "leaf"):
        widest = max((faces[key].width for key, own in kinds.items() if own == kind), default=0.0)
        faces |= {key: faces[key]._replace(width=widest) for key, own in kinds.items() if own == kind}
    if view.name != "network":
        length = _figure_width(view) + 2
        for key, n in Counter(edge.head for edge in view.edges).items():
            made = faces[key]
            if standing and n * length <= NARROWEST - 40:
                faces[key] = made._replace(width=max(made.width, n * length))
            elif not standing and n <= PORTS:
                faces[key] = made._replace(height=max(made.height, 17.0 * (n - 1) + 8))
    return faces


def refaced(box: Box, laid: Arranged, scale: float) -> Face:
    """What stands in a box that shows something else than when it was arranged.

    Args:
        box: what it shows now.
        laid: where the boxes lie.
        scale: the gradient whose bar is as long as can be.
    """
    old = laid.faces[box.key]
    if laid.shape == "list":
        return list_face(box, scale, old.width)._replace(height=old.height)
    made = face(box, scale, standing=laid.shape == "standing", dense=old.height == DENSE_HEIGHT)
    return made._replace(width=old.width, height=old.height)


def slope_text(edge: Edge) -> str:
    """The figure on an edge."""
    return "" if edge.slope is None else look.short_figure(edge.slope, signed=True)


def _figure_width(view: View) -> float:
    widths = [width_of(slope_text(edge), SMALL) for edge in view.edges if edge.slope is not None]
    return max(widths) + 6 if widths else 0.0


def _turned_lay(
    view: View, sizes: list[Point], edges: list[tuple[int, int]], spacing: Spacing, *, standing: bool
) -> Placed:
    """A network: columns are given, and so is the order in them."""
    columns = [box.column for box in view.boxes]
    if not standing:
        return lay(sizes, edges, spacing, columns=columns, is_fixed=True)
    found = lay([(h, w) for w, h in sizes], edges, spacing, columns=columns, is_fixed=True)
    ways = [[(y, x) for x, y in way] for way in found.ways]
    return found._replace(size=found.size[::-1], boxes=[(y, x) for x, y in found.boxes], ways=ways)


def _headings(view: View, placed: Placed) -> list[tuple[float, str]]:
    """What stands above the columns of a network."""
    at = {box.column: placed.boxes[k][0] for k, box in enumerate(view.boxes)}
    return [(at[column], text) for column, text in enumerate(view.headings) if text and column in at]


# ---------------------------------------------------------------- a list with rails
def _listed(view: View, room: float) -> Arranged:
    """One column in reading order, edges as rails beside it: it fits every width."""
    boxes = _in_reading_order(view)
    row = {box.key: k for k, box in enumerate(boxes)}
    lanes, n_lanes = _lanes(boxes, view.edges, row)
    pitch = min(LANE, 0.3 * room / max(1, n_lanes))
    left = GUTTER + pitch * n_lanes
    scale, width = scale_of(boxes), room - left
    faces = {box.key: list_face(box, scale, width) for box in boxes}
    corners, y = {}, 0.0
    for box in boxes:
        corners[box.key] = (left, y)
        y += faces[box.key].height + BETWEEN
    coming = Counter(edge.head for edge in view.edges)
    taken: Counter[str] = Counter()
    ways = []
    for edge in view.edges:
        ports = coming[edge.head]
        high = faces[edge.head].height
        step = min(5.0, (high - 12) / max(1, ports - 1))
        start = corners[edge.tail][1] + faces[edge.tail].height / 2 + 4
        end = corners[edge.head][1] + high / 2 + step * (taken[edge.head] - (ports - 1) / 2) - 3
        taken[edge.head] += 1
        x = left - 10 - pitch * lanes[edge.tail]
        ways.append([(left, start), (x, start), (x, end), (left, end)])
    none: list[Point | None] = [None] * len(view.edges)
    return Arranged(view, "list", (room, max(0.0, y - BETWEEN)), corners, faces, ways, none, {})


def _in_reading_order(view: View) -> list[Box]:
    """Operands first, and what is given right above what first uses it."""
    place = {box.key: k for k, box in enumerate(view.boxes)}
    first: dict[str, int] = {}
    for edge in view.edges:
        first[edge.tail] = min(place[edge.head], first.get(edge.tail, len(place)))

    def spot(box: Box) -> tuple[int, int, int]:
        own = place[box.key]
        is_given = (box.is_leaf or box.kind == "more") and box.key in first
        return (first[box.key], 0, own) if is_given else (own, 1, own)

    return sorted(view.boxes, key=spot)


def _lanes(boxes: Sequence[Box], edges: Sequence[Edge], row: dict[str, int]) -> tuple[dict[str, int], int]:
    """The rail of each box that others use, and how many there are side by side."""
    last: dict[str, int] = {}
    for edge in edges:
        last[edge.tail] = max(last.get(edge.tail, 0), row[edge.head])
    lanes: dict[str, int] = {}
    busy: list[int] = []  # the row that each rail is taken to
    for box in boxes:
        if box.key in last:
            free = next((k for k, until in enumerate(busy) if until <= row[box.key]), len(busy))
            busy[free : free + 1] = [last[box.key]]
            lanes[box.key] = free
    return lanes, len(busy)
