"""What a page shows: all views of a graph, laid out for three widths, as places and texts that its script puts in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..drawing import look
from ..drawing.arrange import Arranged, fitted, refaced
from ..drawing.faces import SMALL, Bar, Face, Formula, Piece
from ..drawing.layers import Layers, find_layers, stem
from ..drawing.model import Box, View
from ..drawing.sight import Sight
from ..drawing.svg import MANY_EDGES, curve
from ..drawing.typeset import Set, cut, width_of
from ..drawing.views import NEAR, choose, neuron, operations
from ..program import Program

WIDTHS = (366.0, 720.0, 1200.0)  # pixels: of a phone, a tablet and a screen, without margins
LONGEST = -1.23e-2  # as wide as most figures get; the script squeezes longer ones
USUAL = -0.123  # of a table, where names need the room
PART = 10  # computed boxes of a part of a graph that is too large for one picture
MOST_OPERATIONS = 40  # boxes of the view of all operations


@dataclass
class Sheet:
    """A view of the page: its name in the address and above, its graph, its boxes if not all, and which are given."""

    key: str
    title: str
    sight: Sight
    among: Sequence[int] | None = None
    given: frozenset[str] = frozenset()

    @cached_property
    def whole(self) -> View:
        """The view with as many boxes as it can have."""
        return self.view(NEAR)

    def view(self, most: int) -> View:
        """The view with so many boxes at most."""
        if self.among is not None and "whole" in vars(self):
            return self.whole
        found = self.sight.view(most, self.among)
        boxes = (box._replace(kind="input") if box.key in self.given else box for box in found.boxes)
        return found._replace(boxes=tuple(boxes))


def scenes_of(program: Program) -> dict[str, Any]:
    """All views of a graph, each laid out for every width; views that are alike share their layout.

    Args:
        program: the graph.
    """
    book = _Book()
    for sheets in _list_sheets(program):
        book.add(sheets)
    return {"views": book.views, "scenes": book.scenes, "layouts": book.layouts, "sets": book.sets}


def _list_sheets(program: Program) -> Iterator[list[Sheet]]:
    """The views, those together that are alike but for names and figures: the neurons of a layer, parts of a chain."""
    choice, layers = choose(program), find_layers(program)
    first = Sight(choice)
    yield [Sheet("", choice.name, first)]
    if layers and choice.name == "network":
        yield from _list_neurons(program, layers)
    if choice.name == "nearest" and len(first.everything) > NEAR:
        yield from _list_parts(first)
    every = operations(program)
    if choice.name != "operations" and len(every.places) <= MOST_OPERATIONS:
        yield [Sheet("operations", "operations", Sight(every))]


def _list_neurons(program: Program, layers: Layers) -> Iterator[list[Sheet]]:
    for layer in layers.layers:
        scopes = [scope for scope in layers.outputs if scope[:-1] == layer]
        sheets = [Sheet("/".join(scope), " › ".join(scope), Sight(neuron(program, layers, scope))) for scope in scopes]
        yield from _alike(sheets)


def _list_parts(sight: Sight) -> Iterator[list[Sheet]]:
    """A graph in parts: some computed boxes each, in order, and what they are computed from."""
    operands = sight.graph.operands
    computed = [j for j in sight.everything if operands[j]]
    shown, sheets = set(sight.everything), []
    for start in range(0, len(computed), PART):
        own = computed[start : start + PART]
        around = {o for j in own for o in operands[j] if o in shown}.difference(own)
        given = frozenset(f"n{j}" for j in around if operands[j])
        number = start // PART + 1
        sheets.append(
            Sheet(
                f"part {number}", f"part {number} of {-(-len(computed) // PART)}", sight, sorted({*own, *around}), given
            )
        )
    yield from _alike(sheets)


def _alike(sheets: Sequence[Sheet]) -> Iterator[list[Sheet]]:
    """Views in groups of those that have the same boxes and edges, but for the numbers in their names."""
    groups: dict[Any, list[Sheet]] = {}
    for sheet in sheets:
        view = sheet.whole
        place = {box.key: k for k, box in enumerate(view.boxes)}
        shapes = tuple((box.kind, stem(look.heading(box)), len(box.rows), box.more) for box in view.boxes)
        edges = tuple((place[edge.tail], place[edge.head], edge.slope is None) for edge in view.edges)
        groups.setdefault((shapes, edges), []).append(sheet)
    yield from groups.values()


# ---------------------------------------------------------------- layouts
class _Book:
    """Views, their scenes and layouts as they are collected; equal ones are one."""

    def __init__(self) -> None:
        self.views: list[dict[str, Any]] = []
        self.scenes: list[dict[str, Any]] = []
        self.layouts: list[dict[str, Any]] = []
        self.sets: list[Any] = []
        self._known: dict[str, int] = {}

    def _once(self, kept: list[Any], entry: Any) -> int:
        key = f"{id(kept)} {entry!r}"
        if key not in self._known:
            self._known[key] = len(kept)
            kept.append(entry)
        return self._known[key]

    def add(self, sheets: Sequence[Sheet]) -> None:
        """Lay the first out with room for the last as well, and put all into that layout."""
        first, wide = sheets[0], [_widest(sheet.whole) for sheet in sheets]
        frames = _renamed(wide[0], wide[-1:])
        is_long = first.sight.choice.name == "nearest"
        widths = {width: "list" if is_long and width < WIDTHS[-1] else None for width in WIDTHS}
        if is_long:
            del widths[WIDTHS[1]]  # a list that a phone has room for
        laid = [
            fitted(lambda most: _widest(first.view(most)), width, frames=frames, shape=shape)
            for width, shape in widths.items()
        ]
        drawn = [self._once(self.layouts, _layout(each)) for each in laid]
        for sheet, view in zip(sheets, wide, strict=True):
            members = sheet.sight.members
            scenes = []
            for arranged, layout in zip(laid, drawn, strict=True):
                boxes = _boxes_of(view, wide[0], arranged)
                scene = {
                    "layout": layout,
                    "boxes": [self._box(box, arranged, key, members) for key, box in boxes.items()],
                }
                scenes.append(self._once(self.scenes, scene))
            said = {"key": sheet.key, "title": sheet.title, "name": view.name, "note": sheet.sight.choice.note}
            self.views.append({**said, "scenes": scenes if len(scenes) == len(WIDTHS) else [scenes[0], *scenes]})

    def _box(self, box: Box, laid: Arranged, key: str, members: dict[str, list[int]]) -> list[Any]:
        """The nodes that a box shows, its kind, the view that it opens, and what stands in it."""
        shown = refaced(box._replace(key=key), laid, 1.0)
        members = {**members, key: members.get(box.key, [])}
        return [
            members[key],
            box.kind,
            look.clean(box.opens),
            *(self._piece(each, shown, members) for each in shown.pieces),
        ]

    def _piece(self, piece: Piece, shown: Face, members: dict[str, list[int]]) -> list[Any]:
        """A formula as ["f", …], a bar ["b", …], a value ["v", …], a gradient ["g", …], another text ["t", …]."""
        if isinstance(piece, Formula):
            return ["f", *_round(piece.x, piece.y), self._once(self.sets, typeset(piece.set))]
        if isinstance(piece, Bar):
            left, right = (each + shown.width if each <= 0 else each for each in (piece.left, piece.right))
            return ["b", *_round(left, right, piece.y), members.get(piece.key, [])]
        x = piece.x + (shown.width if piece.x < 0 else 0)
        style = [
            piece.color if piece.color == "soft" else "",
            piece.anchor if piece.anchor != "start" else "",
            "bold" if piece.bold else "",
        ]
        at = [*_round(x, piece.y, piece.size), " ".join(filter(None, style))]
        if piece.slot is None or not members.get(piece.slot.key):
            return ["t", *at, look.clean(piece.text)]
        return [piece.slot.what[0], *at, members[piece.slot.key], piece.slot.digits]


def _widest(view: View) -> View:
    """The view with the longest figures that there can be, and without what is said of those of the moment."""

    def widen(box: Box) -> Box:
        gradient = LONGEST if box.gradient is not None or box.awaits else None
        rows = tuple(
            row._replace(value=USUAL, gradient=USUAL, number=None if row.number is None else USUAL) for row in box.rows
        )
        return box._replace(value=LONGEST, gradient=gradient, awaits=False, marks=(), rows=rows, dim=False)

    edges = tuple(edge._replace(slope=None if edge.slope is None else LONGEST, dim=False) for edge in view.edges)
    return view._replace(boxes=tuple(map(widen, view.boxes)), edges=edges)


def _renamed(first: View, others: Sequence[View]) -> list[View]:
    """Other views with the keys of the first, whose boxes are alike."""
    keys = [box.key for box in first.boxes]
    return [
        view._replace(boxes=tuple(box._replace(key=key) for key, box in zip(keys, view.boxes, strict=True)))
        for view in others
    ]


def _boxes_of(view: View, first: View, laid: Arranged) -> dict[str, Box]:
    """The boxes of a view by the keys that they have in a layout, with as much in them as that has room for."""
    own = dict(zip((box.key for box in first.boxes), view.boxes, strict=True))
    found = ((box, own.get(box.key, box)) for box in laid.view.boxes)
    return {box.key: each._replace(more=box.more, rows=each.rows if box.rows else ()) for box, each in found}


# ---------------------------------------------------------------- as data
def _layout(laid: Arranged) -> dict[str, Any]:
    """Where everything lies."""
    keys = {box.key: k for k, box in enumerate(laid.view.boxes)}
    is_many = laid.view.name == "network" and len(laid.view.edges) > MANY_EDGES
    boxes = [
        [*_round(*laid.boxes[key], laid.faces[key].width, laid.faces[key].height), laid.faces[key].radius]
        for key in keys
    ]
    edges = [
        [keys[edge.tail], keys[edge.head], curve(way, laid.shape, 0 if is_many else 6), *_round(*way[-1]),
         edge.slope is not None and laid.view.name != "network", *(_round(*spot) if spot else ())]
        for edge, way, spot in zip(laid.view.edges, laid.ways, laid.figures, strict=True)
    ]  # fmt: skip
    frames = [[*_round(*frame), cut(look.clean(path[-1]), frame[2] - 16, SMALL)] for path, frame in laid.frames.items()]
    headings = [[round(x, 1), text] for x, text in laid.headings]
    return {"shape": laid.shape, "size": _round(*laid.size), "boxes": boxes, "edges": edges, "frames": frames,
            "headings": headings, "many": is_many}  # fmt: skip


def _round(*numbers: float) -> list[float]:
    return [int(each) if each == int(each) else each for each in (round(number, 1) for number in numbers)]


def typeset(shown: Set) -> list[list[Any]]:
    """Mathematics as data: texts as x, y, size, style, text and width; a fraction's line as x, y and length.

    Args:
        shown: what is set.
    """
    found: list[list[Any]] = []
    for part in shown.parts:
        at = _round(part.x, part.y, part.size)
        if part.style == "rule":
            found.append(at)
        elif part.text:
            wide = _round(width_of(part.text, part.size, "serif"))
            found.append([*at, int(part.style == "italic"), look.clean(part.text), *wide])
    return found
