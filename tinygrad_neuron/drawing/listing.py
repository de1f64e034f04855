"""The picture model as a listing for a terminal: a line for each box, operands first."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from ..console import make_table, render_text
from . import look
from .model import Box, Model

SIGNS, STYLES = (look.STYLES["terminal"][each] for each in ("signs", "styles"))


def listing(model: Model, *, detail: str = "full", color: bool = False, width: int | None = None) -> str:
    """Write the picture as text.

    Args:
        model: what to show.
        detail: "forward", "backward" or "full".
        color: whether to add a terminal's color codes.
        width: columns of the terminal; as many as needed unless given.
    """
    title = [Text(model.title, "bold")] if model.title else []
    return render_text([*title, _table(model, detail), *map(Text, model.captions)], width, color=color) + "\n"


def _table(model: Model, detail: str) -> Table:
    names = {box.key: box.name for box in model.boxes}
    incoming: dict[str, list[str]] = {}
    for edge in model.edges:
        incoming.setdefault(edge.head, []).append(f"{names[edge.tail]} {look.factor(edge)}".strip())
    shown = 3 if detail == "forward" else 5  # columns
    table = make_table(("", "node", "value", "gradient", "partials")[:shown], ())
    for box in model.boxes:
        if box.kind != "constant" or box.title:
            sign = Text(SIGNS.get("wrong" if box.is_wrong else box.kind, "·"))
            row = (sign, _name(box), *_figures(box, detail), Text(", ".join(incoming.get(box.key, []))))
            table.add_row(*row[:shown], style="dim" if box.dim else None)
    return table


def _name(box: Box) -> Text:
    return Text("  " * len(box.scope) + look.heading(box), "bold" if box.title else "")


def _figures(box: Box, detail: str) -> list[Text]:
    """The value, and the gradient with what belongs to it."""
    value, gradient = Text(), Text()
    for kind, text in look.lines(box, detail):
        cell = value if kind in ("value", "mark") else gradient
        prefix = ("  " if cell else "") + (f"{kind} " if kind in ("hand", "|g| max") else "")
        cell.append(prefix + (text.rstrip() if kind != "mark" else text), STYLES.get(kind, "bold"))
    return [value, gradient]
