"""Where boxes and edges lie, by Graphviz, and the picture drawn there: SVG with an identifier for each part."""

from __future__ import annotations

import html
import json
import tomllib

from ..drawing import look
from ..drawing.model import Box, Model, Scope
from ..drawing.render import render
from ..program import Edge, Program
from ..registry import read_asset

PARTS: dict[str, str] = tomllib.loads(read_asset(__package__, "diagram.toml"))
CHARACTER, ROW, PADDING = 7.25, 16.0, 8.0  # points, of the diagram's fixed-width letters
FIGURE = 10  # characters of the longest figure
WORD = 6  # of "value " and "grad "
LONGEST = 34  # characters of a heading
SLOPE = "-1.234e-05"
GRAPH = 'digraph { rankdir=LR; ordering="in"; nodesep=0.25; ranksep=0.45; node [shape=box, fixedsize=true, label=""];'
MANY_EDGES = 60  # above that no place is kept for the figures on edges: Graphviz lays that out several times as fast


def drawn(model: Model, program: Program) -> str:
    """The diagram as SVG.

    Args:
        model: the boxes in topological order, and their edges.
        program: the graph that it is a picture of.
    """
    placed = json.loads(render(_digraph(model, program), "json0"))
    left, bottom, right, top = _floats(placed["bb"])
    things = {thing["name"]: thing for thing in placed.get("objects", [])}
    edges = {edge["id"]: edge for edge in placed.get("edges", [])}
    parts = [_scope_part(k, scope[-1], things[f"cluster_{k}"]["bb"], top) for k, scope in enumerate(model.scopes)]
    splines: dict[tuple[int, int], list[str]] = {}  # Graphviz gives parallel edges' to one of them
    for use in program.edges():
        splines.setdefault(use[:2], []).extend(filter(None, edges[_key(use)].get("pos", "").split(";")))
    for use in program.edges():
        tail, head = (things[f"n{k}"]["pos"] for k in use[:2])
        known = splines[use[:2]] or [f"{tail} {tail} {head} {head}"]  # it loses an edge now and then: a straight line
        spline = known.pop() if len(known) > 1 else known[0]
        title = f"{model.boxes[use.tail].name} → {model.boxes[use.head].name}"
        parts.append(_edge_part(_key(use), spline, edges[_key(use)].get("lp"), top, title))
    for k, box in enumerate(model.boxes):
        x, y = _floats(things[f"n{k}"]["pos"])
        parts.append(_box_part(k, box, x, top - y))
    return PARTS["whole"].format(
        many=" many" if len(edges) > MANY_EDGES else "",
        left=left - 10,
        width=right - left + 20,
        height=top - bottom + 20,
        root=_escaped(model.boxes[-1].name),
        count=len(model.boxes),
        parts="\n".join(parts),
    )


def _key(use: Edge) -> str:
    return f"e{use.head}-{use.slot}"


def _floats(numbers: str) -> list[float]:
    return [float(number) for number in numbers.split(",")]


def _escaped(text: str, longest: int = look.LONGEST) -> str:
    return html.escape(look.clean(text, longest))


def heading(box: Box) -> str:
    """What stands in the first row of a box."""
    return look.clean(look.heading(box), LONGEST)


def _size(box: Box) -> tuple[float, float]:
    rows = 2 if box.kind == "constant" else 3
    return 2 * PADDING + CHARACTER * max(len(heading(box)), WORD + FIGURE), 2 * PADDING + ROW * rows - 4


# ---------------------------------------------------------------- to Graphviz
def _digraph(model: Model, program: Program) -> str:
    inside: dict[Scope, list[str]] = {scope: [] for scope in [(), *model.scopes]}
    for k, box in enumerate(model.boxes):
        width, height = _size(box)
        inside[box.scope].append(f"n{k} [width={width / 72:.4f}, height={height / 72:.4f}];")
    for k, scope in sorted(enumerate(model.scopes), key=lambda each: -len(each[1])):  # inner ones first
        title = json.dumps("x" * min(LONGEST, len(scope[-1]) + 4))  # it keeps the place of the name
        opening = f'subgraph cluster_{k} {{ margin=12; fontname="Courier"; fontsize=12; label={title};'
        inside[scope[:-1]] += [opening, *inside[scope], "}"]
    figure = f'label="{SLOPE}", fontname="Courier", fontsize=12' if len(model.edges) <= MANY_EDGES else ""
    edges = (f'n{use.tail} -> n{use.head} [id="{_key(use)}", {figure}];' for use in program.edges())
    return "\n".join((GRAPH, *inside[()], *edges, "}"))


# ---------------------------------------------------------------- to SVG
def _scope_part(k: int, name: str, bounds: str, top: float) -> str:
    x1, y1, x2, y2 = _floats(bounds)
    area = {"x": x1, "y": top - y2, "width": x2 - x1, "height": y2 - y1, "left": x1 + 8, "base": top - y2 + 16}
    return PARTS["scope"].format(k=k, whole=_escaped(name), name=_escaped(name, LONGEST), **area)


def _edge_part(key: str, spline: str, label: str | None, top: float, title: str) -> str:
    points = spline.split(" ")
    end = next((point[2:] for point in points if point.startswith("e,")), None)
    turned = [_turned(point, top) for point in points if "," in point and not point.startswith("e,")]
    way = f"M{turned[0]}C{' '.join(turned[1:])}" + (f"L{_turned(end, top)}" if end else "")
    x, y = (_turned(label, top) if label else turned[len(turned) // 2]).split(",")
    return PARTS["edge"].format(key=key, title=_escaped(title), way=way, x=x, y=float(y) + 4)


def _turned(point: str, top: float) -> str:
    x, y = _floats(point)
    return f"{x:.1f},{top - y:.1f}"


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
