"""Where boxes and edges lie, by Graphviz, and the picture drawn there: SVG with an identifier for each part."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ..drawing import look
from ..drawing.model import Box, Model
from ..drawing.render import render

CHARACTER, ROW, PADDING = 7.25, 16.0, 8.0  # points, of the diagram's fixed-width letters
FIGURE = 10  # characters of the longest figure
WORD = 6  # of "value " and "grad "
LONGEST = 34  # characters of a heading
SLOPE = "-1.234e-05"
MANY_EDGES = 60  # above that no place is kept for the figures on edges: Graphviz lays that out several times as fast


class Area(NamedTuple):
    """A rectangle in points, from its upper left corner."""

    x: float
    y: float
    width: float
    height: float


def drawn(model: Model, scopes: Sequence[tuple[str, ...]], operands: Sequence[Sequence[int]]) -> str:
    """The diagram as SVG.

    Args:
        model: the boxes in topological order, and their edges.
        scopes: the paths of all scopes, outer ones first.
        operands: for each box the places of those it is computed from.
    """
    placed = json.loads(render("\n".join(_digraph(model, scopes, operands)), "json0"))
    left, bottom, right, top = _floats(placed["bb"])
    things = {thing["name"]: thing for thing in placed.get("objects", [])}
    edges = {edge["id"]: edge for edge in placed.get("edges", [])}
    parts = [*_scope_parts(scopes, things, top)]
    splines: dict[tuple[int, int], list[str]] = {}  # Graphviz gives parallel edges' to one of them
    for key, tail, head in _uses(operands):
        splines.setdefault((tail, head), []).extend(filter(None, edges[key].get("pos", "").split(";")))
    for key, tail, head in _uses(operands):
        ends = [things[f"n{tail}"]["pos"]] * 2 + [things[f"n{head}"]["pos"]] * 2
        known = splines[tail, head] or [" ".join(ends)]  # it loses an edge now and then: a straight line
        spline = known.pop() if len(known) > 1 else known[0]
        title = f"{model.boxes[tail].name} → {model.boxes[head].name}"
        parts.append(_edge_part(key, spline, edges[key].get("lp"), top, title))
    for k, box in enumerate(model.boxes):
        x, y = _floats(things[f"n{k}"]["pos"])
        width, height = _size(box)
        parts.append(_box_part(k, box, Area(x - width / 2, top - y - height / 2, width, height)))
    many = " many" if len(edges) > MANY_EDGES else ""
    area = f"{left - 10:g} -10 {right - left + 20:g} {top - bottom + 20:g}"
    return (
        f'<svg id="diagram" class="diagram{many}" viewBox="{area}" tabindex="0" role="group" '
        f'aria-label="{html.escape(_described(model))}">\n{ARROWS}<g id="view">\n' + "\n".join(parts) + "\n</g>\n</svg>"
    )


ARROWS = """<defs>
<marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
<path class="arrow" d="M0,1L10,5L0,9z"/></marker>
<marker id="lit" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="4" markerHeight="4" orient="auto-start-reverse">
<path class="arrow lit" d="M0,1L10,5L0,9z"/></marker>
</defs>
"""


def _described(model: Model) -> str:
    return (
        f"The graph of {look.clean(model.boxes[-1].name)}: {len(model.boxes)} nodes. "
        "Up and down go from node to node, left and right step through both passes, Enter edits a number."
    )


def heading(box: Box) -> str:
    """What stands in the first row of a box."""
    return _short(look.clean(look.heading(box)))


def _uses(operands: Sequence[Sequence[int]]) -> Iterator[tuple[str, int, int]]:
    """The edges: an identifier, the operand, and what uses it."""
    return ((f"e{head}-{k}", tail, head) for head, row in enumerate(operands) for k, tail in enumerate(row))


def _floats(numbers: str) -> list[float]:
    return [float(number) for number in numbers.split(",")]


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _size(box: Box) -> tuple[float, float]:
    rows = 2 if box.kind == "constant" else 3
    return 2 * PADDING + CHARACTER * max(len(heading(box)), WORD + FIGURE), 2 * PADDING + ROW * rows - 4


# ---------------------------------------------------------------- to Graphviz
def _digraph(model: Model, scopes: Sequence[tuple[str, ...]], operands: Sequence[Sequence[int]]) -> Iterator[str]:
    yield 'digraph { rankdir=LR; ordering="in"; nodesep=0.25; ranksep=0.45; node [shape=box, fixedsize=true, label=""];'
    yield from _inside((), model, scopes)
    slope = f'label="{SLOPE}", fontname="Courier", fontsize=12' if len(model.edges) <= MANY_EDGES else ""
    for key, tail, head in _uses(operands):
        yield f'n{tail} -> n{head} [id="{key}", {slope}];'
    yield "}"


def _inside(path: tuple[str, ...], model: Model, scopes: Sequence[tuple[str, ...]]) -> Iterator[str]:
    for k, box in enumerate(model.boxes):
        if box.scope == path:
            width, height = _size(box)
            yield f"n{k} [width={width / 72:.4f}, height={height / 72:.4f}];"
    for k, scope in enumerate(scopes):
        if scope[:-1] == path and scope:
            title = json.dumps("x" * min(LONGEST, len(scope[-1]) + 4))  # it keeps the place of the name
            yield f'subgraph cluster_{k} {{ margin=12; fontname="Courier"; fontsize=12; label={title};'
            yield from _inside(scope, model, scopes)
            yield "}"


# ---------------------------------------------------------------- to SVG
def _scope_parts(scopes: Sequence[tuple[str, ...]], things: dict[str, Any], top: float) -> Iterator[str]:
    for k, scope in enumerate(scopes):
        x1, y1, x2, y2 = _floats(things[f"cluster_{k}"]["bb"])
        name, whole = html.escape(_short(look.clean(scope[-1]))), html.escape(look.clean(scope[-1]))
        area = f'x="{x1:g}" y="{top - y2:g}" width="{x2 - x1:g}" height="{y2 - y1:g}"'
        yield (
            f'<g class="scope" id="s{k}"><rect rx="6" {area}/>'
            f'<g class="fold" tabindex="0" role="button" aria-expanded="true" aria-label="{whole}, a scope">'
            f'<text x="{x1 + 8:g}" y="{top - y2 + 16:g}"><tspan class="sign">▾</tspan> {name}</text></g></g>'
        )


def _edge_part(key: str, spline: str, label: str | None, top: float, title: str) -> str:
    points = spline.split(" ")
    end = next((point[2:] for point in points if point.startswith("e,")), None)
    turned = [_turned(point, top) for point in points if "," in point and not point.startswith("e,")]
    way = f"M{turned[0]}C{' '.join(turned[1:])}" + (f"L{_turned(end, top)}" if end else "")
    x, y = _turned(label, top).split(",") if label else turned[len(turned) // 2].split(",")
    return (
        f'<g class="edge" id="{key}" aria-hidden="true"><title>{html.escape(look.clean(title))}</title>'
        f'<path d="{way}"/><text x="{x}" y="{float(y) + 4:g}"></text></g>'
    )


def _turned(point: str, top: float) -> str:
    x, y = _floats(point)
    return f"{x:.1f},{top - y:.1f}"


def _box_part(k: int, box: Box, area: Area) -> str:
    x, y = area.x + PADDING, area.y + PADDING + 10
    figures = x + CHARACTER * WORD
    texts = [("title", x, 0, html.escape(heading(box))), ("word", x, 1, "value"), ("value", figures, 1, "")]
    texts += [("word", x, 2, "grad"), ("gradient", figures, 2, "")] if box.kind != "constant" else []
    rows = "".join(
        f'<text class="{kind}" x="{at:.1f}" y="{y + row * ROW:.1f}">{text}</text>' for kind, at, row, text in texts
    )
    name = html.escape(look.clean(box.name))
    return (
        f'<g class="node {box.kind}" id="n{k}" role="img" aria-label="{name}, {box.kind}"><title>{name}</title>'
        f"{_rectangle(area)}{_rectangle(area, 3) if box.kind == 'parameter' else ''}{rows}</g>"
    )


def _rectangle(area: Area, inset: float = 0) -> str:
    return (
        f'<rect rx="4" x="{area.x + inset:.1f}" y="{area.y + inset:.1f}" '
        f'width="{area.width - 2 * inset:.1f}" height="{area.height - 2 * inset:.1f}"/>'
    )
