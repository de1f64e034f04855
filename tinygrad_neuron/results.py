"""The protocol of results: each shows itself as text and in a notebook, and can be saved and taken apart."""

from __future__ import annotations

import html
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .console import UNBOUNDED, format_csv, format_html, make_table, render_text, wrap_line
from .files import format_json, write_as

if TYPE_CHECKING:
    from rich.table import Table

SHOWN = 20  # rows of a table: the first, the last, and some between

Formats = Mapping[str, Callable[[], str | bytes]]  # what gives a file's content, by the file's suffix


class Result:
    """What a function of this package found out.

    A subclass writes `__str__` and `to_dict`; `_html` and `_formats` where it
    has more to show than that text.
    """

    def __repr__(self) -> str:
        return str(self)

    def to_dict(self) -> dict[str, Any]:
        """The result as dictionaries, lists, numbers and texts."""
        raise NotImplementedError

    def to_json(self) -> str:
        """The result as JSON; numbers that aren't finite are texts, since JSON has none."""
        return format_json(self.to_dict(), indent=2)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the result to a file, whole or not at all.

        Args:
            path: the file; its suffix is the format.

        Raises:
            ValueError: there is no such format; the message lists those that there are.
            RuntimeError: the format needs a package or a program that isn't installed.
            OSError: the file can't be written.
        """
        write_as(path, self._formats())

    def _formats(self) -> Formats:
        """What it can be saved as."""
        return {".txt": lambda: f"{self}\n", ".json": lambda: self.to_json() + "\n"}

    def _html(self) -> str:
        """What a notebook shows."""
        return f'<pre style="white-space:pre-wrap">{html.escape(str(self))}</pre>'

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002
        return {"text/html": self._html(), "text/plain": str(self)}


class TableResult(Result):
    """A result that is a table. A subclass writes `table`, and `_caption` for what stands below it."""

    def table(self) -> Table:
        """The result as a table of `rich`."""
        raise NotImplementedError

    def _caption(self) -> str:
        """What is said about the table."""
        return ""

    def __str__(self) -> str:
        return self.to_text()

    def to_text(self, width: int = UNBOUNDED) -> str:
        """The result as text: the table, and what is said about it.

        Args:
            width: how many columns it may take; what is longer goes on in the next line.
        """
        said = (wrap_line(line, width) for line in self._caption().splitlines())
        return "\n".join((render_text([self.table()], width), "", *said)).rstrip()

    def _html(self) -> str:
        caption = html.escape(self._caption())
        return format_html(self.table()) + (f'<pre style="white-space:pre-wrap">{caption}</pre>' if caption else "")


class ColumnsResult(TableResult):
    """A result whose figures stand in columns, which a subclass gives as `columns`."""

    def columns(self) -> dict[str, Sequence[Any]]:
        """The columns by their headings."""
        raise NotImplementedError

    def table(self, rows: int = SHOWN) -> Table:
        """A table of `rich`: the first rows and the last one, with even gaps between.

        Args:
            rows: how many at most.
        """
        columns = self.columns()
        places = spread(len(next(iter(columns.values()))), rows)
        figures = ([f"{column[k]:.7g}" for column in columns.values()] for k in places)
        return make_table(columns, figures, flush_right=columns)

    def to_dict(self) -> dict[str, Any]:
        """The columns, each as a list."""
        return {"columns": {heading: list(column) for heading, column in self.columns().items()}}

    def to_csv(self) -> str:
        """All rows as CSV."""
        columns = self.columns()
        return format_csv([columns, *zip(*columns.values(), strict=True)])

    def _formats(self) -> Formats:
        return {".csv": self.to_csv, **super()._formats()}


def spread(count: int, most: int) -> list[int]:
    """Places of a sequence, evenly spread from the first to the last.

    Args:
        count: how many places it has.
        most: how many are wanted at most.
    """
    return sorted({round(k * (count - 1) / max(1, most - 1)) for k in range(most)}) if count else []
