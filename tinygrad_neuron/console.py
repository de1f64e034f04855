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


def print_whole(table: Table) -> None:
    """Print a table, within the terminal or, where there is none, as wide as it is."""
    terminal().print(table)


def table_text(table: Table) -> str:
    """A table as text, as wide as it is."""
    console = paper()
    console.print(table)
    return text_of(console)


def table_html(table: Table) -> str:
    """A table of `make_table` as HTML, in the colors of the page that it is put into."""
    columns = [_column_html(column) for column in table.columns]
    heading, *rows = (f"<tr>{''.join(cells)}</tr>" for cells in zip(*columns, strict=True))
    caption = f'<caption style="text-align:left">{html.escape(str(table.title))}</caption>' if table.title else ""
    return f"<table>{caption}<thead>{heading}</thead><tbody>{''.join(rows)}</tbody></table>"


def _column_html(column: Any) -> list[str]:
    """The cells of a column, its heading first."""
    tagged = (("th", column.header), *(("td", cell) for cell in column.cells))
    style = f"text-align:{column.justify};white-space:pre;padding:2px 10px"
    return [f'<{tag} style="{style}">{html.escape(cell.plain)}</{tag}>' for tag, cell in tagged]


def csv_text(rows: Iterable[Iterable[Any]]) -> str:
    """A table as CSV.

    Args:
        rows: the first one holds the headings.
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def paper(width: int | None = None, *, colour: bool = False) -> Console:
    """A console that keeps what is printed, for `text_of`, wherever it runs.

    Args:
        width: its columns; as many as are needed unless given.
        colour: whether it keeps a terminal's colour codes.
    """
    from rich.console import Console

    return Console(
        file=io.StringIO(),
        width=width or UNBOUNDED,
        force_terminal=colour,
        color_system="256" if colour else None,
        force_jupyter=False,  # there it would show what is only to be kept
    )


def text_of(console: Console) -> str:
    """What was printed on paper, without blanks at the ends of lines."""
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()).strip("\n")  # type: ignore[attr-defined]


def terminal() -> Console:
    """The terminal, or what is as wide as all that is printed where there is none."""
    from rich.console import Console

    console = Console()
    console.width = console.width if console.is_terminal else UNBOUNDED
    return console
