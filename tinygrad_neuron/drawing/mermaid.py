"""A view in Mermaid's language, for Markdown pages."""

from __future__ import annotations

from . import look
from .model import Box, View
from .nested import Scope

SHAPES, INK = look.STYLES["mermaid"], look.COLORS["light"]


def flowchart(view: View, *, backward: bool = False) -> str:
    """Write the picture as a Mermaid flowchart.

    Args:
        view: what to show.
        backward: whether arrows point to where gradients flow.
    """
    text = ["---", f"title: {_quoted(view.title)}", "---"] if view.title else []
    inside: dict[Scope, list[str]] = {scope: [] for scope in [(), *view.scopes]}
    for box in view.boxes:
        inside[box.scope].append(f"  {_node(box)}")
    for number, scope in sorted(enumerate(view.scopes), key=lambda each: -len(each[1])):  # inner ones first
        opening = f'subgraph s{number}["{_escaped(scope[-1])}"]'
        inside[scope[:-1]] += [f"  {line}" for line in (opening, *inside[scope], "end")]
    text += ["flowchart LR", *inside[()]]
    for number, edge in enumerate(view.edges):
        arrow = "-.->" if edge.slope is None else "-->"
        label = look.factor(edge)
        shown = f'|"{_escaped(label)}"|' if label else ""
        tail, head = (edge.head, edge.tail) if backward else (edge.tail, edge.head)
        text.append(f"  {tail} {arrow}{shown} {head}")
        if edge.dim or edge.contribution:
            color = INK["hair" if edge.dim else look.sign_color(edge.contribution)]
            text.append(f"  linkStyle {number} stroke:{color}")
    for kind, (*_, fill, line) in SHAPES.items():
        text.append(f"  classDef {kind} fill:{fill},stroke:{INK['line']},color:{INK['ink']}{line}")
    text.append(f"  classDef dim fill:{INK['frame']},stroke:{INK['hair']},color:{INK['line']}")
    text += [f"  %% {_clean(caption)}" for caption in view.captions]
    return "\n".join(text) + "\n"


def _node(box: Box) -> str:
    opening, closing = SHAPES[box.kind][:2]
    said = (f"{kind} {text.strip()}" if kind in ("value", "grad", "hand") else text for kind, text in look.lines(box))
    rows = [look.heading(box), *said]
    return f'{box.key}{opening}"{"<br/>".join(map(_escaped, rows))}"{closing}:::{"dim" if box.dim else box.kind}'


def _escaped(text: str) -> str:
    """Everything that could mean something to Mermaid, as a character code."""
    return "".join(c if (c.isalnum() and c.isascii()) or c in " .+-" else f"#{ord(c)};" for c in text) or " "


def _clean(text: str) -> str:
    return " ".join(text.split()).replace("%", "percent").replace("{", "(").replace("}", ")")


def _quoted(text: str) -> str:
    import json

    return json.dumps(_clean(text), ensure_ascii=True)
