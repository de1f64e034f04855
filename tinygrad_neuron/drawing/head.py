"""What stands above a picture: its title, where the view lies in the whole, a formula, and sentences, wrapped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from . import look
from .model import View
from .typeset import ELLIPSIS, Set, cut, formula, name, row, width_of, word

HEADING, FORMULA, SAID = 16.0, 15.0, 12.0  # sizes of letters
MOST = 4  # lines of one sentence


class Line(NamedTuple):
    """A line above the picture: a text, or a formula."""

    text: str
    size: float
    color: str = "soft"
    bold: bool = False
    formula: Set | None = None

    @property
    def height(self) -> float:
        """How high it is, with the gap above."""
        return self.size + 6 if self.formula is None else self.formula.up + self.formula.down + 8


def head_lines(view: View, width: float) -> list[Line]:
    """The title, where the view lies in the whole, the formula of the result, and the sentences, wrapped.

    Args:
        view: what is shown.
        width: how wide a line may be.
    """
    texts = [Line(view.title, HEADING, "ink", bold=True)] if view.title else []
    texts += [Line(" › ".join(view.crumbs), SAID)] if view.crumbs else []
    head = [line._replace(text=part) for line in texts for part in _wrapped(line, width)]
    if whole := headline(view, width):
        head.append(Line("", FORMULA, formula=whole))
    said = (Line(text, SAID, "ink") for text in view.captions or _sentence(view))
    return head + [line._replace(text=part) for line in said for part in _wrapped(line, width)]


def headline(view: View, width: float) -> Set | None:
    """How the result is computed from what is given, if that can be written whole.

    Args:
        view: what is shown.
        width: how wide it may be.
    """
    if view.formula is None:
        return None
    end = next(box for box in view.boxes if box.kind == "root")
    equals = row(name(look.clean(end.title or end.name), FORMULA), word(" = ", FORMULA))
    found = row(equals, formula(view.formula, FORMULA, width))
    return found if found.width <= width and ELLIPSIS not in "".join(part.text for part in found.parts) else None


def _sentence(view: View) -> list[str]:
    """What the gradients say, where nothing else is said."""
    ends = [box for box in view.boxes if box.kind == "root" and box.gradient is not None]
    return [f"A gradient says how fast {ends[0].title or 'the result'} grows with that value."] if ends else []


def _wrapped(line: Line, width: float) -> list[str]:
    style, found = "bold" if line.bold else "sans", [""]
    for part in look.clean(line.text).split(" "):
        longer = f"{found[-1]} {part}" if found[-1] else part
        if width_of(longer, line.size, style) <= width or not found[-1]:
            found[-1] = longer
        else:
            found.append(part)
    return [cut(part, width, line.size, style) for part in found[:MOST]]


def height_of(lines: Sequence[Line], *, legend: bool) -> float:
    """How high the head is.

    Args:
        lines: what it says.
        legend: whether a line below explains the signs.
    """
    return sum(line.height for line in lines) + (20 if legend else 0) + 16
