"""The picture model in Mermaid's language, for Markdown pages."""

from __future__ import annotations

from . import look
from .model import Box, Model, Scope

SHAPES = look.STYLES["mermaid"]
MAX_EDGES = 500  # Mermaid's own default limit


def flowchart(model: Model, *, detail: str = "full") -> str:
    """Write the picture as a Mermaid flowchart.

    Args:
        model: what to show; at most 500 edges.
        detail: "forward", "backward" or "full".
    """
    text = ["---", f"title: {_quoted(model.title)}", "---"] if model.title else []
    inside: dict[Scope, list[str]] = {scope: [] for scope in [(), *model.scopes]}
    for box in model.boxes:
        inside[box.scope].append(f"  {_node(box, detail)}")
    for number, scope in sorted(enumerate(model.scopes), key=lambda each: -len(each[1])):  # inner ones first
        opening = f'subgraph s{number}["{_escaped(scope[-1])}"]'
        inside[scope[:-1]] += [f"  {line}" for line in (opening, *inside[scope], "end")]
    text += ["flowchart LR", *inside[()]]
    for number, edge in enumerate(model.edges):
        arrow = "-.->" if edge.slope is None and edge.times == 1 else "-->"
        label = look.factor(edge).replace(",", "")
        shown = f'|"{_escaped(label)}"|' if label and detail != "forward" else ""
        tail, head = (edge.head, edge.tail) if detail == "backward" else (edge.tail, edge.head)
        text.append(f"  {tail} {arrow}{shown} {head}")
        if edge.dim:
            text.append(f"  linkStyle {number} stroke:{look.FAINT}")
    for kind, (*_, line) in SHAPES.items():
        fill = look.STYLES["box"][kind]["fillcolor"]
        text.append(f"  classDef {kind} fill:{fill},stroke:{look.LINE},color:{look.INK}{line}")
    text.append(f"  classDef dim fill:#FAFAFA,stroke:{look.FAINT},color:{look.LINE}")
    text += [f"  %% {_clean(caption)}" for caption in model.captions]
    return "\n".join(text) + "\n"


def _node(box: Box, detail: str) -> str:
    opening, closing = SHAPES[box.kind][:2]
    lines = look.lines(box, detail) if box.kind != "constant" else []
    rows = [look.heading(box), *(text if kind == "mark" else f"{kind} {text.strip()}" for kind, text in lines)]
    return f'{box.key}{opening}"{"<br/>".join(map(_escaped, rows))}"{closing}:::{"dim" if box.dim else box.kind}'


def _escaped(text: str) -> str:
    """Everything that could mean something to Mermaid, as a character code."""
    return "".join(c if (c.isalnum() and c.isascii()) or c in " .+-" else f"#{ord(c)};" for c in text) or " "


def _clean(text: str) -> str:
    return " ".join(text.split()).replace("%", "percent").replace("{", "(").replace("}", ")")


def _quoted(text: str) -> str:
    import json

    return json.dumps(_clean(text), ensure_ascii=True)
