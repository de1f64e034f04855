"""The protocol of results: each shows itself as text and in a notebook, and can be saved and taken apart."""

from __future__ import annotations

import html
import os
from collections.abc import Callable, Mapping
from typing import Any

from .files import json_text, write_as

Formats = Mapping[str, Callable[[], str | bytes]]  # what gives a file's content, by the file's suffix


class Result:
    """What a function of this package found out.

    A subclass writes `__str__` and `to_dict`; `_html` and `_formats` where it
    has more to show than that text.
    """

    def to_dict(self) -> dict[str, Any]:
        """The result as dictionaries, lists, numbers and texts."""
        raise NotImplementedError

    def to_json(self) -> str:
        """The result as JSON; numbers that aren't finite are texts, since JSON has none."""
        return json_text(self.to_dict(), indent=2)

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
        return f"<pre>{html.escape(str(self))}</pre>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002
        return {"text/html": self._html(), "text/plain": str(self)}
