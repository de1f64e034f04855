"""The picture model in Mermaid's language, for Markdown pages."""

from __future__ import annotations

from . import look
from .model import Box, Model, inner_scopes

SHAPES = {
    "input": ("([", "])"),
    "parameter": ("[[", "]]"),
    "constant": (">", "]"),
    "folded": ("[/", "/]"),
    "root": ("[", "]"),
}
MAX_EDGES = 500  # Mermaid's own default limit


def flowchart(model: Model, *, detail: str = "full") -> str:
    """Write the picture as a Mermaid flowchart.

    Args:
        model: what to show; at most 500 edges.
        detail: "forward", "backward" or "full".
    """
    text = ["---", f"title: {_quoted(model.title)}", "---"] if model.title else []
    text.append("flowchart LR")
    text += _scoped(model, (), [], detail)
    for number, edge in enumerate(model.edges):
        arrow = "-.->" if edge.slope is None and edge.times == 1 else "-->"
        label = (
            f"×{edge.times}" if edge.times > 1 else "" if edge.slope is None else look.figure(edge.slope, signed=True)
        )
        shown = f'|"{_escaped(label)}"|' if label and detail != "forward" else ""
        ends = (edge.head, edge.tail) if detail == "backward" else (edge.tail, edge.head)
        text.append(f"  {ends[0]} {arrow}{shown} {ends[1]}")
        if edge.dim:
            text.append(f"  linkStyle {number} stroke:{look.FAINT}")
    for kind, fill in look.FILLS.items():
        dashes = ",stroke-dasharray:4" if kind == "constant" else ",stroke-width:3px" if kind == "root" else ""
        text.append(f"  classDef {kind} fill:{fill},stroke:{look.LINE},color:{look.INK}{dashes}")
    text.append(f"  classDef dim fill:#FAFAFA,stroke:{look.FAINT},color:{look.LINE}")
    if model.captions:
        text += [f"  %% {_clean(caption)}" for caption in model.captions]
    return "\n".join(text) + "\n"


def _scoped(model: Model, path: tuple[str, ...], drawn: list[str], detail: str) -> list[str]:
    indent = "  " * (len(path) + 1)
    text = [indent + _node(box, detail) for box in model.boxes if box.scope == path]
    for inside in inner_scopes(model, path):
        drawn.append(f"s{len(drawn)}")
        text.append(f'{indent}subgraph {drawn[-1]}["{_escaped(inside[-1])}"]')
        text += _scoped(model, inside, drawn, detail)
        text.append(f"{indent}end")
    return text


def _node(box: Box, detail: str) -> str:
    opening, closing = SHAPES.get(box.kind, ("[", "]"))
    rows = [_escaped(look.heading(box))]
    if box.kind != "constant":
        rows += [
            _escaped(text if kind == "mark" else f"{kind} {text.strip()}") for kind, text in look.lines(box, detail)
        ]
    kind = "dim" if box.dim else box.kind
    return f'{box.key}{opening}"{"<br/>".join(rows)}"{closing}:::{kind}'


def _escaped(text: str) -> str:
    """Everything that could mean something to Mermaid, as a character code."""
    return "".join(c if (c.isalnum() and c.isascii()) or c in " .+-" else f"#{ord(c)};" for c in text) or " "


def _clean(text: str) -> str:
    return " ".join(text.split()).replace("%", "percent").replace("{", "(").replace("}", ")")


def _quoted(text: str) -> str:
    import json

    return json.dumps(_clean(text), ensure_ascii=True)
