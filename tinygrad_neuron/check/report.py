"""The table that explains a graph, as JSON, as CSV, and for a terminal."""

from __future__ import annotations

import csv
import io
import itertools
import json
import math
from typing import TYPE_CHECKING

from ..console import UNBOUNDED, paper, terminal, text_of
from .table import Row

if TYPE_CHECKING:
    from rich.table import Table

    from .checker import Check, InputCheck

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
    console = terminal()
    unbounded = console.options.update(max_width=UNBOUNDED)
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


# ---------------------------------------------------------------- the check
def check_table(result: Check) -> Table:
    """A check as a table, a row for each input.

    Args:
        result: from `check`.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("input", "engine", "hand", "faux (h)", "exact", "ulps", "relative error", "digits", "verdict"):
        table.add_column(heading, overflow="fold")
    for row in result.rows:
        table.add_row(*map(Text, _cells(row)))
    return table


def _cells(row: InputCheck) -> tuple[str, ...]:
    sides = f"{row.exact.left:.6g} | {row.exact.right:.6g}"
    exact = sides if row.exact.value != row.exact.value else f"{row.exact.value:.12g}"
    return (
        row.name,
        f"{row.engine:.12g}",
        "" if row.hand is None else f"{row.hand!r}",
        f"{row.faux.value:.6g} ±{row.faux.error:.0e} ({row.faux.h:.0e})",
        exact,
        f"{row.ulps:.3g}",
        f"{row.relative_error:.1e}",
        str(row.digits),
        row.verdict,
    )


def as_text(result: Check) -> str:
    """A check as text: the table, the reasons, and what the graph touched.

    Args:
        result: from `check`.
    """
    console = paper()
    console.print(check_table(result))
    for row in result.rows:
        says = f"the faux gradient {row.faux.judge(row.engine).lower()}"
        console.print(f"{row.name}: {row.verdict}. {row.reason} ({says})", markup=False, highlight=False)
        if row.note:
            console.print(f"    {row.note}", markup=False, highlight=False)
        for cause in itertools.islice(row.causes, 1, 4):
            console.print(f"    or: {cause}", markup=False, highlight=False)
        for line in row.derivation.splitlines():
            console.print(f"    {line}", markup=False, highlight=False)
    for entry in result.ledger:
        chosen = ", ".join("no gradient" if slope is None else f"{slope:.6g}" for slope in entry.chosen)
        others = f"; PyTorch {entry.pytorch}, JAX {entry.jax}" if entry.pytorch else ""
        console.print(f"{entry.what}: {entry.name}, local derivative {chosen}{others}", markup=False, highlight=False)
    console.print(f"verdict: {result.verdict}", markup=False, highlight=False)
    return text_of(console) + "\n"
