"""What stands above a picture: its title, where the view lies in the whole, and the sentences, wrapped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from . import look
from .model import View
from .typeset import cut, width_of

HEADING, SAID = 16.0, 12.0  # sizes of letters
MOST = 4  # lines of one sentence


class Line(NamedTuple):
    """A line above the picture."""

    text: str
    size: float
    color: str = "soft"
    bold: bool = False


def head_lines(view: View, width: float) -> list[Line]:
    """The title, where the view lies in the whole, and the sentences, wrapped.

    Args:
        view: what is shown.
        width: how wide a line may be.
    """
    texts = [Line(view.title, HEADING, "ink", bold=True)] if view.title else []
    texts += [Line(" › ".join(view.crumbs), SAID)] if view.crumbs else []
    texts += [Line(text, SAID, "ink") for text in view.captions]
    return [line._replace(text=part) for line in texts for part in _wrapped(line, width)]


def _wrapped(line: Line, width: float) -> list[str]:
    style, found = "bold" if line.bold else "sans", [""]
    for word in look.clean(line.text).split(" "):
        longer = f"{found[-1]} {word}" if found[-1] else word
        if width_of(longer, line.size, style) <= width or not found[-1]:
            found[-1] = longer
        else:
            found.append(word)
    return [cut(part, width, line.size, style) for part in found[:MOST]]


def height_of(lines: Sequence[Line], *, legend: bool) -> float:
    """How high the head is.

    Args:
        lines: what it says.
        legend: whether a line below explains the signs.
    """
    return sum(line.size + 6 for line in lines) + (20 if legend else 0) + 16
