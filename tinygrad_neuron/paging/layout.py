"""Where boxes and edges lie, and the picture drawn there: SVG with an identifier for each part."""

from __future__ import annotations

import html
import tomllib
from collections.abc import Sequence

from ..drawing import look
from ..drawing.layered import Point, Spacing
from ..drawing.model import Box, View
from ..drawing.nested import HEAD, PAD, Rectangle, Scope, lay_framed
from ..program import Edge, Program
from ..registry import read_asset

PARTS: dict[str, str] = tomllib.loads(read_asset(__package__, "diagram.toml"))
CHARACTER, ROW, PADDING = 7.25, 16.0, 8.0  # points, of the diagram's fixed-width letters
FIGURE = 10  # characters of the longest figure
WORD = 6  # of "value " and "grad "
LONGEST = 34  # characters of a heading
MANY_EDGES = 60  # above that no place is kept for the figures on edges


def drawn(view: View, program: Program) -> str:
    """The diagram as SVG.

    Args:
        view: the boxes in topological order, and their edges.
        program: the graph that it is a picture of.
    """
    uses, sizes = list(program.edges()), [_size(box) for box in view.boxes]
    is_many = len(uses) > MANY_EDGES
    spacing = Spacing(14.0, 34.0, (0.0, 0.0) if is_many else (CHARACTER * FIGURE, 15.0))
    scopes = [box.scope for box in view.boxes]
    placed, frames = lay_framed(sizes, [use[:2] for use in uses], scopes, spacing)
    frames |= {path: _around(path, view, placed.boxes, sizes) for path in view.scopes if path not in frames}
    parts = [_scope_part(k, scope[-1], frames[scope]) for k, scope in enumerate(view.scopes)]
    for use, way, figure in zip(uses, placed.ways, placed.figures, strict=True):
        title = f"{view.boxes[use.tail].name} → {view.boxes[use.head].name}"
        parts.append(_edge_part(_key(use), way, figure or way[len(way) // 2], title))
    parts += [_box_part(k, box, *placed.boxes[k]) for k, box in enumerate(view.boxes)]
    return PARTS["whole"].format(
        many=" many" if is_many else "",
        left=-10,
        width=placed.size[0] + 20,
        height=placed.size[1] + 20,
        root=_escaped(view.boxes[program.roots[0]].name),
        count=len(view.boxes),
        parts="\n".join(parts),
    )


def _around(path: Scope, view: View, boxes: Sequence[Point], sizes: Sequence[Point]) -> Rectangle:
    """The rectangle around a scope that is left and entered again: others may lie inside of it."""
    ends = [
        (x - w / 2, y - h / 2, x + w / 2, y + h / 2)
        for box, (x, y), (w, h) in zip(view.boxes, boxes, sizes, strict=True)
        if box.scope[: len(path)] == path
    ]
    left, top = min(each[0] for each in ends) - PAD, min(each[1] for each in ends) - HEAD
    return left, top, max(each[2] for each in ends) + PAD - left, max(each[3] for each in ends) + PAD - top


def _key(use: Edge) -> str:
    return f"e{use.head}-{use.slot}"


def _escaped(text: str, longest: int = look.LONGEST) -> str:
    return html.escape(look.clean(text, longest))


def heading(box: Box) -> str:
    """What stands in the first row of a box."""
    return look.clean(look.heading(box), LONGEST)


def _size(box: Box) -> tuple[float, float]:
    rows = 2 if box.kind == "constant" else 3
    return 2 * PADDING + CHARACTER * max(len(heading(box)), WORD + FIGURE), 2 * PADDING + ROW * rows - 4


def _scope_part(k: int, name: str, frame: Rectangle) -> str:
    x, y, width, height = (round(each, 1) for each in frame)
    area = {"x": x, "y": y, "width": width, "height": height, "left": x + 8, "base": y + 16}
    return PARTS["scope"].format(k=k, whole=_escaped(name), name=_escaped(name, LONGEST), **area)


def _edge_part(key: str, way: Sequence[Point], figure: Point, title: str) -> str:
    (x, y), *rest = way
    path = f"M{x:.1f},{y:.1f}"
    for place, (a, b) in enumerate(rest, 1):
        middle = f"{(x + a) / 2:.1f}"
        path += f"L{a:.1f},{b:.1f}" if place == len(rest) else f"C{middle},{y:.1f} {middle},{b:.1f} {a:.1f},{b:.1f}"
        x, y = a, b
    return PARTS["edge"].format(
        key=key, title=_escaped(title), way=path, x=f"{figure[0]:.1f}", y=round(figure[1] + 4, 1)
    )


def _box_part(k: int, box: Box, x: float, y: float) -> str:
    """A box around a point; a parameter has a double frame, a constant no gradient."""
    width, height = _size(box)
    x, y = x - width / 2, y - height / 2
    rows = [y + PADDING + 10 + row * ROW for row in range(3)]
    left, right = x + PADDING, x + PADDING + CHARACTER * WORD
    insets = (0, 3) if box.kind == "parameter" else (0,)
    frames = [
        PARTS["frame"].format(x=x + inset, y=y + inset, width=width - 2 * inset, height=height - 2 * inset)
        for inset in insets
    ]
    gradient = "" if box.kind == "constant" else PARTS["gradient"].format(left=left, right=right, row=rows[2])
    texts = {"name": _escaped(box.name), "heading": html.escape(heading(box)), "kind": box.kind}
    return PARTS["node"].format(
        k=k, left=left, right=right, rows=rows, frames="".join(frames), gradient=gradient, **texts
    )
