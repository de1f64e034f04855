"""The picture model in Graphviz' language."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import look
from .model import Box, Edge, Model, Scope

if TYPE_CHECKING:
    import graphviz

MANY_EDGES = 60  # from here on labels stand at the arrows' heads: Graphviz lays that out several times as fast
Layout = Mapping[str, Mapping[str, str]]  # the attributes that place a thing, by its id
COLORS = {"value": look.VALUE, "grad": look.GRADIENT, "|g| max": look.GRADIENT, "hand": look.HAND, "mark": look.MARK}


def digraph(
    model: Model, *, detail: str = "full", style: str = "box", legend: bool = False, layout: Layout | None = None
) -> graphviz.Digraph:
    """Write the picture as a `graphviz.Digraph`.

    Args:
        model: what to show.
        detail: "forward", "backward" or "full".
        style: "box", or "circuit" with a circle for each operation.
        legend: whether to explain the signs.
        layout: places to draw things at, from `layout_of` another picture.
    """
    import graphviz

    places = layout or {}
    page = places.get("", {})
    caption = _caption(model, legend=legend, width=page.get("lwidth"))
    graph = {**look.STYLES["graph"], "ordering": "in" if detail != "backward" else "", **caption, **page}
    dot = graphviz.Digraph(graph_attr=graph, node_attr=look.STYLES["nodes"], edge_attr=look.STYLES["edges"])
    circles = {box.key for box in model.boxes if box.operation} if style == "circuit" else set()
    parts: dict[Scope, graphviz.Digraph] = {(): dot}
    for number, scope in enumerate(model.scopes):
        key, title = f"cluster_{number}", {"label": f"<{_escaped(scope[-1]) or ' '}>", "tooltip": _plain(scope[-1])}
        parts[scope] = graphviz.Digraph(key)
        parts[scope].attr(id=key, **title, **look.STYLES["cluster"], **places.get(key, {}))
    for box in model.boxes:
        _node(parts[box.scope], box, detail, places.get(box.key, {}), circled=box.key in circles)
    for scope in sorted(model.scopes, key=len, reverse=True):  # inner ones first
        parts[scope[:-1]].subgraph(parts[scope])
    many = len(model.edges) > MANY_EDGES
    for number, edge in enumerate(model.edges):
        head = f"{edge.head}_op" if edge.head in circles else edge.head
        dot.edge(edge.tail, head, id=f"e{number}", **_edge(edge, detail, many=many), **places.get(f"e{number}", {}))
    return dot


def layout_of(drawn: Mapping[str, Any]) -> Layout:
    """Where everything lies in a picture that Graphviz has laid out, from its JSON form.

    Args:
        drawn: the JSON that Graphviz writes as `json0`.
    """
    places = {"": {key: drawn[key] for key in ("bb", "lp", "lheight", "lwidth") if key in drawn}}
    for thing in (*drawn.get("objects", []), *drawn.get("edges", [])):
        is_box = "width" in thing  # unlike an edge and a cluster, which may have a label
        wanted = ("pos", "width", "height") if is_box else ("pos", "bb", "lp")
        places[thing["id"]] = {key: thing[key] for key in wanted if key in thing}
    return places


def _caption(model: Model, *, legend: bool, width: str | None) -> dict[str, str]:
    texts = [(model.title, 15)] if model.title else []
    texts += [(caption, 12) for caption in (*model.captions, *((look.STYLES["legend"],) if legend else ()))]
    rows = "".join(
        f'<tr><td align="left"><font point-size="{size}">{_escaped(text)}</font></td></tr>' for text, size in texts
    )
    wide = f' width="{72 * float(width):.0f}"' if width else ""
    return {"label": f'<<table border="0" cellspacing="0"{wide}>{rows}</table>>'} if rows else {}


def _node(dot: graphviz.Digraph, box: Box, detail: str, place: Mapping[str, str], *, circled: bool) -> None:
    states = {"any": True, box.kind: True, "marked": box.marks, "wrong": box.is_wrong, "dim": box.dim}
    style = _style("box", {**states, "active": box.active})
    texts = {"label": _label(box, detail), "tooltip": _plain(box.detail)}
    dot.node(box.key, id=box.key, **texts, **style, **place)
    if circled:
        symbol, color = _plain(look.STYLES["symbols"].get(box.operation, box.operation)), style["color"]
        dot.node(f"{box.key}_op", symbol, id=f"{box.key}_op", tooltip=symbol, color=color, **look.STYLES["circle"])
        dot.edge(f"{box.key}_op", box.key, color=color, id=f"{box.key}_out")


def _style(thing: str, states: Mapping[str, Any]) -> dict[str, str]:
    """The attributes of a box or an edge: those of all states that it is in, later ones over earlier ones."""
    styles = (look.STYLES[thing][state] for state, holds in states.items() if holds)
    return {key: attribute for style in styles for key, attribute in style.items()}


def _label(box: Box, detail: str) -> str:
    ink = look.LINE if box.dim else look.INK
    joint = " · " if box.kind == "folded" else " = "
    title = joint.join(filter(None, [f"<b>{_escaped(box.title)}</b>" if box.title else "", _escaped(box.formula)]))
    if box.kind == "constant" and not box.title:
        return f'<<font face="Courier" color="{ink}">{_escaped(box.formula)}</font>>'
    rows = [f'<font color="{ink}">{title}</font>'] if title else []
    for kind, text in look.lines(box, detail):
        color, word = ink if box.dim else COLORS[kind], "" if kind == "mark" else kind.ljust(6)
        face = 'face="Helvetica" point-size="11"' if kind == "mark" else 'face="Courier"'
        rows.append(f'<font {face} color="{color}">{_escaped(word + text)}</font>')
    cells = "".join(f'<tr><td align="left">{row}</td></tr>' for row in rows)
    return f'<<table border="0" cellborder="0" cellspacing="0" cellpadding="1">{cells}</table>>'


def _edge(edge: Edge, detail: str, *, many: bool) -> dict[str, str]:
    constant = edge.slope is None and edge.times == 1
    back = detail == "backward" and not constant
    states = {"many": many, "constant": constant, "back": back, "dim": edge.dim, "active": edge.active}
    tip, text = _plain(edge.detail), look.factor(edge) if detail != "forward" else ""
    label = {"headlabel" if many else "label": _plain(f" {text} ")} if text else {}
    return {"tooltip": tip, "labeltooltip": tip, **label, **_style("edge", states)}


def _escaped(text: str) -> str:
    """For HTML-like labels; doubled spaces would be trimmed there, and older versions know backslash escapes."""
    return html.escape(look.clean(text)).replace("  ", "\N{NO-BREAK SPACE}" * 2).replace("\\", "&#92;")


def _plain(text: str) -> str:
    """For plain labels, where a backslash begins an escape, and & an entity."""
    import graphviz

    return str(graphviz.escape(look.clean(text).replace("&", "&amp;")))
