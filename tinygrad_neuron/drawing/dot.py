"""A view in Graphviz' language."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import look
from .model import Box, Edge, View
from .nested import Scope

if TYPE_CHECKING:
    import graphviz

DOT = look.STYLES["dot"]
WORDS = {"value": "value ", "grad": "grad  ", "hand": "hand  "}


def digraph(view: View, *, backward: bool = False, legend: bool = True) -> graphviz.Digraph:
    """Write the picture as a `graphviz.Digraph`.

    Args:
        view: what to show.
        backward: whether arrows point to where gradients flow.
        legend: whether to explain the signs.
    """
    import graphviz

    attributes = {**DOT["graph"], "ordering": "" if backward else "in", **_caption(view, legend=legend)}
    dot = graphviz.Digraph(graph_attr=attributes, node_attr=DOT["nodes"], edge_attr=DOT["edges"])
    parts: dict[Scope, graphviz.Digraph] = {(): dot}
    for number, scope in enumerate(view.scopes):
        key, title = f"cluster_{number}", {"label": f"<{_escaped(scope[-1]) or ' '}>", "tooltip": _plain(scope[-1])}
        parts[scope] = graphviz.Digraph(key)
        parts[scope].attr(id=key, **title, **DOT["cluster"])
    for box in view.boxes:
        parts[box.scope].node(box.key, id=box.key, **_node(box))
    for scope in sorted(view.scopes, key=len, reverse=True):  # inner ones first
        parts[scope[:-1]].subgraph(parts[scope])
    for number, edge in enumerate(view.edges):
        dot.edge(edge.tail, edge.head, id=f"e{number}", **_edge(edge, backward=backward))
    return dot


def _caption(view: View, *, legend: bool) -> dict[str, str]:
    texts = [(view.title, 15)] if view.title else []
    texts += [(caption, 12) for caption in (*view.captions, *((DOT["legend"],) if legend else ()))]
    rows = "".join(
        f'<tr><td align="left"><font point-size="{size}">{_escaped(text)}</font></td></tr>' for text, size in texts
    )
    return {"label": f'<<table border="0" cellspacing="0">{rows}</table>>'} if rows else {}


def _node(box: Box) -> dict[str, str]:
    states = {"any": True, box.kind: True, "dim": box.dim}
    return {"label": _label(box), "tooltip": _plain(box.detail), **_style("box", states)}


def _style(thing: str, states: Mapping[str, Any]) -> dict[str, str]:
    """The attributes of a box or an edge: those of all states that it is in, later ones over earlier ones."""
    styles = (DOT[thing].get(state, {}) for state, holds in states.items() if holds)
    return {key: attribute for style in styles for key, attribute in style.items()}


def _label(box: Box) -> str:
    title = " = ".join(filter(None, [f"<b>{_escaped(box.title)}</b>" if box.title else "", _escaped(box.formula)]))
    rows = [title or _escaped(box.name)]
    for kind, text in look.lines(box):
        color = look.sign_color(box.gradient) if kind == "grad" else "ink"
        face = 'face="Courier"' if kind in WORDS else 'face="Helvetica" point-size="11"'
        rows.append(f'<font {face} color="{look.COLORS["light"][color]}">{_escaped(WORDS.get(kind, "") + text)}</font>')
    cells = "".join(f'<tr><td align="left">{row}</td></tr>' for row in rows)
    return f'<<table border="0" cellborder="0" cellspacing="0" cellpadding="1">{cells}</table>>'


def _edge(edge: Edge, *, backward: bool) -> dict[str, str]:
    tip, text = _plain(edge.detail), look.factor(edge)
    states = {"constant": edge.slope is None, "back": backward and edge.slope is not None, "dim": edge.dim}
    label = {"label": _plain(f" {text} ")} if text else {}
    color = {"color": look.COLORS["light"][look.sign_color(edge.contribution)]}
    return {"tooltip": tip, "labeltooltip": tip, **label, **color, **_style("edge", states)}


def _escaped(text: str) -> str:
    """For HTML-like labels; doubled spaces would be trimmed there, and older versions know backslash escapes."""
    return html.escape(look.clean(text)).replace("  ", "\N{NO-BREAK SPACE}" * 2).replace("\\", "&#92;")


def _plain(text: str) -> str:
    """For plain labels, where a backslash begins an escape, and & an entity."""
    import graphviz

    return str(graphviz.escape(look.clean(text).replace("&", "&amp;")))
