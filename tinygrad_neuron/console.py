"""Tables on a terminal, or as text where there is none."""

from __future__ import annotations

import codecs
import contextlib
import csv
import html
import io
import json
import os
import sys
import textwrap
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

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


def wrap_line(line: str, width: int) -> str:
    """A line that goes on below itself, further in, where it is too long."""
    indent = line[: len(line) - len(line.lstrip())] + "    "
    return textwrap.fill(line, width, subsequent_indent=indent, break_on_hyphens=False)


def _leave() -> None:
    """What `rich` would answer with an exit code of its own."""
    raise BrokenPipeError


def find_terminal() -> Console:
    """The terminal; where there is none, one that is as wide as all that is printed."""
    from rich.console import Console

    console = Console()
    console.on_broken_pipe = _leave  # type: ignore[method-assign]
    console.width = console.width if console.is_terminal else UNBOUNDED
    return console


# ---------------------------------------------------------------- standard output of a command
_PLAIN = "∂d ·* ×* ÷/ −- ±+- ≤<= ≥>= ≠!= →-> ←<- √sqrt ∫int Σsum ─- │| ✓ok ✗wrong ‼!! °deg ○o ●* ▾v ½1/2 ²^2 ³^3 ⁻^-"
_PLAIN_WORDS = str.maketrans({pair[0]: pair[1:] for pair in _PLAIN.split()})


@contextlib.contextmanager
def guard_output() -> Iterator[None]:
    """Print any text in any encoding, and notice here what can't be written, not when the interpreter ends.

    Raises:
        OSError: the disk is full, the reader has gone, or standard output is closed.
    """
    if sys.stdout is None:  # closed: an error for those alone who print
        sys.stdout = open(os.open(os.devnull, os.O_RDONLY), closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or io.StringIO()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_write_plainly.__name__)
    try:
        yield
    finally:
        try:
            sys.stdout.flush()
        except OSError:
            with contextlib.suppress(OSError):
                sys.stdout.close()  # else the interpreter tries again
            raise


def _write_plainly(error: Any) -> tuple[str, int]:
    """What stands for a character that an encoding lacks: the nearest plain ones, or its code."""
    character = error.object[error.start]
    near = unicodedata.normalize("NFKD", character.translate(_PLAIN_WORDS)).encode("ascii", "ignore")
    return near.decode() or json.dumps(character)[1:-1], error.start + 1


codecs.register_error(_write_plainly.__name__, _write_plainly)
