"""What is said where a Value is about to leave the graph as a plain number, and its gradient would be lost."""

from __future__ import annotations

import itertools
import linecache
import re
from typing import Any

from .primitives import FUNCTIONS
from .recording import user_frame

_OURS = {"fabs": "abs", "dist": "hypot"}  # what other libraries call otherwise


class LeavingError(TypeError):
    """A Value was about to leave the graph.

    Args:
        message: what was written, and the remedy.
        line: where: name of the file, line and source.
    """

    def __init__(self, message: str, line: str) -> None:
        super().__init__(message)
        self.line: str = line


def leaving_error(node: Any, way: str) -> LeavingError:
    """The error for a way out of the graph, with the remedy that fits what the user wrote.

    Args:
        node: the Value.
        way: what was asked for: float, int, round or complex.
    """
    written = _written()
    called = re.match(r"(?:\w+\.)*(\w+)\s*\(", written)
    name = _OURS.get(called[1], called[1]) if called else way
    if name in FUNCTIONS and not written.startswith(way):
        method = f"x.{name}() or " if hasattr(node, name) else ""
        remedy = f"use {method}tinygrad_neuron.{name}(x), which is recorded"
    else:
        remedy = "use .item() or .data for the plain number, or detach() where it should be a constant"
    what = f"{called[0]}…)" if called else written or f"{way}(…)"
    message = f"{what} takes a Value out of the graph, and its gradient would be lost: {remedy}"
    frame = user_frame()
    return LeavingError(message, quote_line(frame.f_code.co_filename, frame.f_lineno))


def quote_line(filename: str, number: int) -> str:
    """A line of a program as a message shows it.

    Args:
        filename: the file, which is shown without its folder.
        number: of the line.
    """
    text = linecache.getline(filename, number).strip()
    text = text if len(text) <= 60 else text[:58] + " …"
    name = re.split(r"[/\\]", filename)[-1]
    return f"{name}:{number}" + (f", `{text}`" if text else "")


def _written() -> str:
    """The expression outside of this package that is being run, as it stands in the source; "" if it can't be seen."""
    frame = user_frame()
    places = itertools.islice(frame.f_code.co_positions(), frame.f_lasti // 2, None)
    first, last, start, end = next(places, (None, None, None, None))
    if first is None or first != last or start is None:
        return ""
    line = linecache.getline(frame.f_code.co_filename, first).encode()
    return line[start:end].decode(errors="replace").strip()
