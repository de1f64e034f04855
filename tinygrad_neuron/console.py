"""Tables on a terminal, or as text where there is none."""

from __future__ import annotations

import csv
import html
import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from rich.console import Console
    from rich.table import Table

UNBOUNDED = 10_000  # columns, where there is no terminal to fit in


def make_table(
    headings: Iterable[str],
    rows: Iterable[Iterable[str]],
    title: str | None = None,
    styles: Mapping[str, str] = {},
    flush_right: Collection[str] = (),
) -> Table:
    """A table of `rich` whose cells are plain text, that folds where it is too wide.

    Args:
        headings: a text for each column.
        rows: a text for each cell.
        title: what stands above it.
        styles: styles of `rich` for some columns, by their headings.
        flush_right: the headings of columns whose cells end at the right.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left")
    for heading in headings:
        side: Any = "right" if heading in flush_right else "left"
        table.add_column(Text(heading), overflow="fold", style=styles.get(heading), justify=side)
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def format_table(table: Table) -> str:
    """A table as text, as wide as it is."""
    return render_text([table])


def format_html(table: Table) -> str:
    """A table of `make_table` as HTML, in the colors of the page that it is put into."""
    columns = [_format_column(column) for column in table.columns]
    heading, *rows = (f"<tr>{''.join(cells)}</tr>" for cells in zip(*columns, strict=True))
    caption = f'<caption style="text-align:left">{html.escape(str(table.title))}</caption>' if table.title else ""
    return f"<table>{caption}<thead>{heading}</thead><tbody>{''.join(rows)}</tbody></table>"


def _format_column(column: Any) -> list[str]:
    """The cells of a column, its heading first."""
    tagged = (("th", column.header), *(("td", cell) for cell in column.cells))
    style = f"text-align:{column.justify};white-space:pre;padding:2px 10px"
    return [f'<{tag} style="{style}">{html.escape(cell.plain)}</{tag}>' for tag, cell in tagged]


def format_csv(rows: Iterable[Iterable[Any]]) -> str:
    """A table as CSV.

    Args:
        rows: the first one holds the headings.
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def render_text(parts: Iterable[Any], width: int | None = None, *, color: bool = False) -> str:
    """What a terminal would show, as text without blanks at the ends of lines.

    Args:
        parts: what `rich` can print, one below the other.
        width: the terminal's columns; as many as are needed unless given.
        color: whether the terminal's color codes are kept.
    """
    from rich.console import Console

    console = Console(
        file=io.StringIO(),
        width=width or UNBOUNDED,
        force_terminal=color,
        color_system="256" if color else None,
        force_jupyter=False,  # there it would show what is only to be kept
    )
    for part in parts:
        console.print(part)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()).strip("\n")  # type: ignore[attr-defined]


def find_terminal() -> Console:
    """The terminal; where there is none, one that is as wide as all that is printed."""
    from rich.console import Console

    console = Console()
    console.width = console.width if console.is_terminal else UNBOUNDED
    return console
