"""A view as a listing for a terminal: a line for each box, operands first."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from ..console import make_table, render_text
from . import look
from .model import Box, Row, View

SIGNS, STYLES = (look.STYLES["terminal"][each] for each in ("signs", "styles"))


def listing(view: View, *, color: bool = False, width: int | None = None) -> str:
    """Write the picture as text.

    Args:
        view: what to show.
        color: whether to add a terminal's color codes.
        width: columns of the terminal; as many as needed unless given.
    """
    title = [Text(view.title, "bold")] if view.title else []
    return render_text([*title, _table(view), *map(Text, view.captions)], width, color=color) + "\n"


def _table(view: View) -> Table:
    names = {box.key: box.name for box in view.boxes}
    incoming: dict[str, list[str]] = {}
    for edge in view.edges:
        incoming.setdefault(edge.head, []).append(f"{names[edge.tail]} {look.factor(edge)}".strip())
    shown = 5 if any(box.gradient is not None or box.awaits for box in view.boxes) else 3  # columns
    table = make_table(("", "node", "value", "gradient", "partials")[:shown], ())
    for box in view.boxes:
        sign = Text(SIGNS.get("wrong" if box.is_wrong else box.kind, "·"))
        row = (sign, _name(box), *_figures(box), Text(", ".join(incoming.get(box.key, []))))
        table.add_row(*row[:shown], style="dim" if box.dim else None)
        for each in box.rows:
            table.add_row(*_parameter(each, len(box.scope) + 1)[:shown])
    return table


def _name(box: Box) -> Text:
    return Text("  " * len(box.scope) + look.heading(box), "bold" if box.title else "")


def _parameter(row: Row, depth: int) -> tuple[Text, ...]:
    """A line of a box's table."""
    gradient = "" if row.gradient is None else look.figure(row.gradient, signed=True)
    partial = "" if row.number is None else f"{row.operand} {look.figure(row.number)}"
    style = STYLES[look.sign_color(row.gradient)]
    return (
        Text(""),
        Text("  " * depth + row.name),
        Text(look.padded(look.figure(row.value)).rstrip()),
        Text(gradient, style),
        Text(partial),
    )


def _figures(box: Box) -> list[Text]:
    """The value, and the gradient with what belongs to it."""
    value, gradient = Text(), Text()
    for kind, text in look.lines(box):
        if kind != "row":
            cell = value if kind in ("value", "mark") else gradient
            style = STYLES[look.sign_color(box.gradient)] if kind == "grad" else STYLES.get(kind, "bold")
            cell.append(("  " if cell else "") + ("hand " if kind == "hand" else "") + text.rstrip(), style)
    return [value, gradient]
