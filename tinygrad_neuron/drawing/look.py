"""How things look: figures, words and colors that all outputs share."""

from __future__ import annotations

import math
import tomllib
import unicodedata

from ..registry import read_asset
from .model import Box, Edge

STYLES = tomllib.loads(read_asset(__package__, "look.toml"))
COLORS: dict[str, dict[str, str]] = STYLES["colors"]
LONGEST = 2000  # characters of a text; Graphviz refuses those over 16,384 bytes
WIDTH = 10  # characters of the longest figure in text, -1.234e-05
LEAST, MOST = 1e-4, 1e5  # figures between these are written without a power of ten


def figure(x: float, *, signed: bool = False) -> str:
    """Four significant digits; scientific below 1e-3 and from 1e5 on."""
    sign = "+" if signed and x == x else "-"
    if not math.isfinite(x) or x == 0:
        return f"{x:{sign}.3f}"
    text = f"{x:{sign}.3e}"
    exponent = int(text.partition("e")[2])
    return f"{x:{sign}.{max(0, 3 - exponent)}f}" if -3 <= exponent < 5 else text


def short_figure(x: float | None, *, signed: bool = False, digits: int = 3) -> str:
    """A figure for a drawing: few significant digits, a real minus sign; · for what isn't computed yet."""
    if x is None:
        return "·"
    if x == 0 or x != x:
        return "0" if x == 0 else "nan"
    sign = "−" if x < 0 else "+" if signed else ""
    size = abs(x)
    if math.isinf(size):
        return f"{sign}∞"
    mantissa, _, power = f"{size:.{digits - 1}e}".partition("e")
    exponent = int(power)
    if LEAST <= size < MOST:
        return sign + f"{float(f'{mantissa}e{power}'):.{max(0, digits - 1 - exponent)}f}"
    return f"{sign}{mantissa}e{exponent}".replace("-", "−")


def sign_color(x: float | None) -> str:
    """Blue for a positive gradient, orange for a negative one, gray for none."""
    return "soft" if not x or x != x else "plus" if x > 0 else "minus"


def factor(edge: Edge) -> str:
    """What an edge multiplies by."""
    return "" if edge.slope is None else figure(edge.slope, signed=True)


def clean(text: str, longest: int = LONGEST) -> str:
    """Of bounded length, without control characters and other code points that XML has no place for."""
    banned = ("Cc", "Cs", "Cn")
    text = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return "".join(c if unicodedata.category(c) not in banned else "\N{REPLACEMENT CHARACTER}" for c in text)


def padded(text: str) -> str:
    """Signs and points below each other, and boxes that don't jump when a figure changes."""
    return (text if text[0] in "+-" else f" {text}").ljust(WIDTH)


def lines(box: Box) -> list[tuple[str, str]]:
    """The rows of a box in text, below its title: a word that says what it is, and the text."""
    rows = []
    if box.value is not None:
        before = "" if box.before is None else f"{figure(box.before)} → "
        rows.append(("value", before + figure(box.value) if before else padded(figure(box.value))))
    elif box.kind != "more":
        rows.append(("value", padded(" ·")))
    if box.gradient is not None:
        rows.append(("grad", padded(figure(box.gradient, signed=True))))
    elif box.awaits:
        rows.append(("grad", padded(" not yet")))
    if box.hand is not None:
        verdict = f"{'✓' if box.hand.agrees else '✗'} rel {box.hand.relative_error:.0e}"
        rows.append(("hand", f"{figure(box.hand.hand, signed=True)} {verdict}"))
    for row in box.rows:
        gradient = "" if row.gradient is None else f" {figure(row.gradient, signed=True)}"
        operand = "" if row.number is None else f" · {row.operand} {figure(row.number)}"
        rows.append(("row", f"{row.name} {figure(row.value)}{gradient}{operand}"))
    changed = ("changed",) if box.before is not None else ()
    return rows + [("mark", f"{'‼' if box.is_wrong else '!'} {mark}") for mark in (*box.marks, *changed)]


def heading(box: Box) -> str:
    """The title as plain text."""
    return " = ".join(filter(None, (box.title, box.formula))) or box.name
