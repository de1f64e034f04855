"""What stands in a box: its formula, its figures, a signed bar, and below them what is said about it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from ..formulas.symbol import NUMBERS
from . import look
from .model import Box, Row
from .typeset import Set, cut, formula, name, row, stacked, width_of, word

TITLE, VALUE, LEAF, GRADIENT, SMALL = 14.0, 15.0, 13.0, 12.0, 11.5  # sizes of letters, in pixels
ROOM = 230.0  # of a formula in a box
LINE = 17.0  # height of a line below the figures
DENSE_HEIGHT = 24.0
COLUMN = 100.0  # of a table: a name and a number
DENSE = 10  # neurons of a column: more are drawn as one line each
BAR, WITH_BARS = 146.0, 280.0  # in a list: where the bars begin, from the right, and how wide it must be for them


class Slot(NamedTuple):
    """A place for a figure: "value" or "gradient", the key of the box that has it, and its significant digits."""

    what: str
    key: str
    digits: int = 3


class Text(NamedTuple):
    """A text in a box; a negative x counts from the right edge."""

    x: float
    y: float
    text: str
    size: float
    color: str = "ink"
    anchor: str = "start"
    bold: bool = False
    struck: bool = False
    stays: bool = False  # also where the box is dimmed
    slot: Slot | None = None  # which figure it is, where a page puts in those of the moment


class Formula(NamedTuple):
    """Mathematics in a box."""

    x: float
    y: float
    set: Set


class Bar(NamedTuple):
    """A signed bar from one x to another, whose middle is 0."""

    left: float
    right: float
    y: float
    number: float
    scale: float
    key: str = ""  # of what the number is the gradient of


Piece = Text | Formula | Bar


class Face(NamedTuple):
    """All that stands in a box, and how large the box is for it."""

    width: float
    height: float
    pieces: tuple[Piece, ...]
    radius: float = 5.0


def heading(box: Box, size: float = TITLE, room: float = ROOM) -> Set:
    """The name and the formula of a box, set as mathematics.

    Args:
        box: the box.
        size: of the letters.
        room: how wide they may be together.
    """
    title = look.clean(box.title or ("" if box.tree is not None else box.name))
    own = name(title, size, longest=min(11.0, room / size)) if title else None
    shown = box.tree if not box.is_leaf or (own is None and isinstance(box.tree, NUMBERS)) else None
    if shown is None:
        return own or word(cut(box.name, room, size, "serif"), size)
    if own is None:
        return formula(shown, size, room)
    equals = word(" = ", size)
    whole = formula(shown, size, room - equals.width)
    if own.width + equals.width + whole.width <= room + (60 if room == ROOM else 0):
        return row(own, equals, whole)
    return stacked(own, row(equals, whole))


def _gradient(box: Box) -> str:
    return "" if box.gradient is None else look.short_figure(box.gradient, signed=True)


def _below(box: Box, y: float, left: float = 10.0) -> list[Text]:
    """The lines under the figures: the figure by hand, the value before a change, one badge for all marks."""
    lines: list[Text] = []

    def add(text: str, **how: bool | str) -> None:
        lines.append(Text(left, y + LINE * len(lines), text, SMALL, **how))  # type: ignore[arg-type]

    if box.hand is not None:
        agrees = box.hand.agrees
        figure = f"{box.hand.hand:.6g}".replace("-", "−")
        add(f"{'✓' if agrees else '✗'} by hand {figure}", bold=not agrees, stays=True)
    if box.before is not None:
        add(look.short_figure(box.before), color="soft", struck=True)
    if box.marks:
        more = f" +{len(box.marks) - 1}" if len(box.marks) > 1 else ""
        add(f"{'‼' if box.is_wrong else '!'} {box.marks[0]}{more}", bold=True)
    if box.more:
        add(f"+ {box.more:,} more", color="soft")
    return lines


def face(box: Box, scale: float, *, standing: bool = False, dense: bool = False) -> Face:
    """What stands in a box of a picture.

    Args:
        box: what is shown.
        scale: the gradient whose bar is as long as can be.
        standing: whether the picture goes from top to bottom.
        dense: whether a neuron is one line.
    """
    if box.kind == "more":
        title = word(box.name, GRADIENT)
        return Face(title.width + 20, 26.0, (Formula(10, 17, title),))
    if box.kind == "neuron":
        made = _neuron(box, scale, standing=standing, dense=dense)
    elif box.is_leaf:
        made = _standing_leaf(box, scale) if standing else _leaf(box, scale)
    else:
        made = _stage(box, scale)
    lines = _below(box, made.height + 9 if box.kind != "neuron" else made.height + 8, 8.0 if box.is_leaf else 10.0)
    wide = max([made.width, *(width_of(line.text, line.size, "bold") + 20 for line in lines)])
    return made._replace(width=wide, height=made.height + LINE * len(lines), pieces=(*made.pieces, *lines))


def _bars(box: Box, left: float, right: float, y: float, scale: float) -> list[Bar]:
    return [] if box.gradient is None else [Bar(left, right, y, box.gradient, scale, box.key)]


def _value(box: Box, x: float, y: float, size: float, anchor: str, digits: int = 3) -> Text:
    slot = Slot("value", box.key, digits)
    return Text(x, y, look.short_figure(box.value, digits=digits), size, "ink", anchor, bold=True, slot=slot)


def _slope(box: Box, x: float, y: float) -> list[Text]:
    text = _gradient(box)
    slot = Slot("gradient", box.key)
    return [Text(x, y, text, GRADIENT, look.sign_color(box.gradient), "end", slot=slot)] if text else []


def _leaf(box: Box, scale: float) -> Face:
    title, value = heading(box), look.short_figure(box.value)
    wide, grad = width_of(value, LEAF, "bold"), width_of(_gradient(box), GRADIENT)
    width = title.width + 8 + wide + 16 + (12 + max(grad, 50) if box.gradient is not None or box.awaits else 0)
    pieces: list[Piece] = [
        Formula(8, 18, title),
        _value(box, 16 + title.width, 18, LEAF, "start"),
        *_slope(box, -8, 18),
    ]
    return Face(width, 34.0, (*pieces, *_bars(box, 8, -8, 27, scale)))


def _standing_leaf(box: Box, scale: float) -> Face:
    title, value = heading(box), look.short_figure(box.value)
    wide, grad = width_of(value, LEAF, "bold"), width_of(_gradient(box), GRADIENT)
    width = max(title.width + 8 + wide, grad, 64) + 16
    pieces: list[Piece] = [Formula(8, 18, title), _value(box, -8, 18, LEAF, "end"), *_slope(box, -8, 34)]
    return Face(
        width, 50.0 if box.gradient is not None or box.awaits else 26.0, (*pieces, *_bars(box, 8, -8, 43, scale))
    )


def _stage(box: Box, scale: float) -> Face:
    title = heading(box)
    value, grad = width_of(look.short_figure(box.value), VALUE, "bold"), width_of(_gradient(box), GRADIENT)
    width = max(title.width, value + 14 + max(grad, 50), 80) + 20
    base = 9 + title.up + title.down + 18
    pieces: list[Piece] = [Formula(10, 9 + title.up, title), _value(box, 10, base, VALUE, "start")]
    pieces += [*_slope(box, -10, base), *_bars(box, 10, -10, base + 9, scale)]
    if not box.rows:
        return Face(width, title.up + title.down + 43.0, tuple(pieces))
    table, least, last = _table(box.rows, base + 24)
    return Face(max(width, least), last + 10, (*pieces, *table))


def _table(rows: Sequence[Row], y: float) -> tuple[list[Piece], float, float]:
    """Parameters as lines, with what they are multiplied by; how wide that is, and where the last line stands."""
    pieces: list[Piece] = []
    pairs = any(each.operand for each in rows)
    scale = max((abs(each.gradient) for each in rows if each.gradient and math.isfinite(each.gradient)), default=1.0)
    left = COLUMN if pairs else 0.0
    if pairs:
        for x, text in ((left - 2, "operand"), (left + COLUMN - 6, "weight"), (-10.0, "gradient")):
            pieces.append(Text(x, y, text, SMALL, "soft", "end"))
    top = y + (4 if pairs else -14)
    at = top
    for place, each in enumerate(rows):
        at = top + LINE + 21 * place
        if pairs:
            pieces += [
                Formula(10, at, _row_name(each.operand, each.number)),
                _figure(left - 2, at, each.number, Slot("value", each.operand_key)),
            ]
        pieces.append(Formula(left + 10, at, _row_name(each.name, each.value)))
        pieces.append(_figure(left + COLUMN - 6, at, each.value, Slot("value", each.key)))
        if each.gradient is not None:
            pieces.append(_figure(-10, at, each.gradient, Slot("gradient", each.key)))
            pieces.append(Bar(left + COLUMN + 4, -84, at - 4, each.gradient, scale, each.key))
    return pieces, left + COLUMN + 116, at


def _figure(x: float, y: float, number: float | None, slot: Slot) -> Text:
    """A figure of a table."""
    is_signed = slot.what == "gradient"
    color = look.sign_color(number) if is_signed else "ink"
    return Text(x, y, look.short_figure(number, signed=is_signed), GRADIENT, color, "end", slot=slot)


def _row_name(text: str, number: float | None) -> Set:
    """A name as long as its number leaves room for."""
    room = COLUMN - 24 - width_of(look.short_figure(number), GRADIENT)
    ems = room / LEAF
    while (found := name(text, LEAF, longest=ems)).width > room and ems > 0:
        ems -= 0.5
    return found if found.width <= room else word("…", LEAF)


def _neuron(box: Box, scale: float, *, standing: bool, dense: bool) -> Face:
    title = heading(box, LEAF)
    pieces: list[Piece]
    value = max(width_of(look.short_figure(box.value, digits=2), VALUE, "bold"), 52)
    if standing:
        shown = max(width_of(text, LEAF, "bold") for text in ("−0.99", look.short_figure(box.value, digits=2)))
        wide = max(title.width + 10, shown) + 12
        middle = (wide - title.width) / 2
        pieces = [Formula(middle, 17, title), _value(box, wide / 2, 35, LEAF, "middle", 2)]
        return Face(wide, 54.0, (*pieces, *_bars(box, 6, -6, 45, scale)), 12.0)
    if dense:
        width = max(title.width, 18) + 8 + value + 12 + 46 + 16
        pieces = [Formula(9, 17, title), _value(box, -62, 17, TITLE, "end", 2)]
        return Face(width, DENSE_HEIGHT, (*pieces, *_bars(box, -54, -8, 12, scale)), 12.0)
    pieces = [Formula(10, 18, title), _value(box, -10, 19, VALUE, "end", 2)]
    return Face(title.width + 10 + value + 20, 40.0, (*pieces, *_bars(box, 10, -10, 31, scale)), 12.0)


def list_face(box: Box, scale: float, width: float) -> Face:
    """What stands in a row of a list.

    Args:
        box: what is shown.
        scale: the gradient whose bar is as long as can be.
        width: of the row.
    """
    title = heading(box, TITLE, width - 20)
    value = width_of(look.short_figure(box.value), VALUE, "bold")
    bar = BAR if width >= WITH_BARS else BAR - 62  # from the right edge
    beside = title.width + 24 + value <= width - bar - 10 and not box.rows and title.up + title.down < 20
    if box.kind == "more":
        return Face(width, 26.0, (Formula(10, 17, word(box.name, GRADIENT)),))
    base = 21.0 if beside else 8 + title.up + title.down + 18
    pieces: list[Piece] = [Formula(10, 21.0 if beside else 8 + title.up, title)]
    size = LEAF if box.is_leaf else VALUE
    pieces += [
        _value(box, -bar - 10, base, size, "end"),
        *_slope(box, -10, base),
        *_bars(box, -bar, -84, base - 5, scale),
    ]
    high = base + 12
    if box.rows:
        table, _, last = _table(box.rows, base + 22)
        pieces, high = [*pieces, *table], last + 10
    if box.more and beside and not (box.marks or box.hand or box.before is not None):  # beside the name
        said = f"+ {box.more:,} more"
        if title.width + 24 + width_of(said, SMALL) + 12 + value <= width - bar - 10:
            return Face(width, high, (*pieces, Text(title.width + 24, base, said, SMALL, "soft")))
    lines = _below(box, high + 7)
    return Face(width, high + LINE * len(lines) + 2 * bool(lines), (*pieces, *lines))
