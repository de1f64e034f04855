"""The table that explains a graph, as JSON, as CSV, and for a terminal."""

from __future__ import annotations

import csv
import io
import json
import math
from typing import TYPE_CHECKING

from .explain import Row

if TYPE_CHECKING:
    from rich.table import Table

FULL, LEAST = 17, 4  # significant digits: those that every float needs to read back, and the fewest that are shown


def as_json(rows: list[Row], h: float) -> str:
    """The rows as JSON.

    Args:
        rows: from `explain`; the last one is the root's.
        h: the nudge of the faux gradients.
    """
    nodes = [
        {
            "name": row.name,
            "label": row.label,
            "formula": row.formula,
            "value": _finite(row.value),
            "local_derivatives": [{"of": consumer, "value": _finite(slope)} for consumer, slope in row.partials],
            "gradient": _finite(row.gradient),
            "faux_gradient": _finite(row.faux),
        }
        for row in rows
    ]
    report = {"root": rows[-1].name, "value": _finite(rows[-1].value), "h": h, "nodes": nodes}
    return json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False)


def _finite(number: float | None) -> float | str | None:
    """JSON has no nan and no infinity: they are written as text."""
    return number if number is None or math.isfinite(number) else str(number)


def as_csv(rows: list[Row]) -> str:
    """The rows as CSV, with a heading.

    Args:
        rows: from `explain`.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["name", "label", "formula", "value", "local derivatives", "gradient", "faux gradient"])
    for row in rows:
        slopes = "; ".join(f"{slope!r} of {consumer}" for consumer, slope in row.partials)
        writer.writerow([row.name, row.label, row.formula, row.value, slopes, row.gradient, row.faux])
    return text.getvalue()


def print_table(rows: list[Row], digits: int | None = None) -> None:
    """Print the rows with as many digits as the terminal has room for; all of them where there is none.

    Args:
        rows: from `explain`.
        digits: significant digits, whatever the room.
    """
    from rich.console import Console

    console = Console()
    unbounded = console.options.update(max_width=10_000)
    if not console.is_terminal:
        console.width = unbounded.max_width
    for shown in [digits] if digits else range(FULL, LEAST - 1, -1):
        table = _table(rows, shown)
        if console.measure(table, options=unbounded).maximum <= console.width:
            break
    console.print(table)


def _table(rows: list[Row], digits: int) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    styles = {"value": "blue", "gradient": "dark_orange3"}
    for heading in ("label", "formula", "value", "local derivative", "gradient", "faux gradient"):
        table.add_column(heading, style=styles.get(heading), overflow="fold")
    for row in rows:
        slopes = "\n".join(f"{_figure(slope, digits)} → {consumer}" for consumer, slope in row.partials)
        figures = [_figure(row.value, digits), slopes, _figure(row.gradient, digits), _figure(row.faux, digits)]
        label = row.label or ("" if row.formula else row.name)
        table.add_row(*map(Text, (label, row.formula, *figures)))
    return table


def _figure(number: float | None, digits: int) -> str:
    if number is None:
        return ""
    text = repr(number) if digits >= FULL else f"{number:.{digits}g}"
    return text if text.startswith("-") else f" {text}"
