"""Tables on a terminal, or as text where there is none."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

UNBOUNDED = 10_000  # columns, where there is no terminal to fit in


def print_whole(table: Table) -> None:
    """Print a table, within the terminal or, where there is none, as wide as it is."""
    terminal().print(table)


def table_text(table: Table) -> str:
    """A table as text, as wide as it is."""
    from rich.console import Console

    file = io.StringIO()
    Console(file=file, width=UNBOUNDED).print(table)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()).strip("\n")


def terminal() -> Console:
    """The terminal, or what is as wide as all that is printed where there is none."""
    from rich.console import Console

    console = Console()
    console.width = console.width if console.is_terminal else UNBOUNDED
    return console
