"""How things look: figures, words and colors that all outputs share."""

from __future__ import annotations

import math
import tomllib
import unicodedata

from ..registry import read_asset
from .model import Box, Edge

# Okabe and Ito's palette (2008), which color-blind people tell apart; grays that are legible on white and on black
VALUE, GRADIENT, HAND, MARK = "#00609A", "#A84300", "#7A3B69", "#8A1C4A"
ACTIVE = "#D00070"
INK, LINE, FAINT = "#1A1A1A", "#767676", "#B4B4B4"
COLORS = {"mark": MARK, "active": ACTIVE, "ink": INK, "line": LINE, "faint": FAINT}
STYLES = tomllib.loads(read_asset(__package__, "look.toml", **COLORS))
LONGEST = 2000  # characters of a text; Graphviz refuses those over 16,384 bytes
WIDTH = 10  # characters of the longest figure, -1.234e-05


def figure(x: float, *, signed: bool = False) -> str:
    """Four significant digits; scientific below 1e-3 and from 1e5 on."""
    sign = "+" if signed and x == x else "-"
    if not math.isfinite(x) or x == 0:
        return f"{x:{sign}.3f}"
    text = f"{x:{sign}.3e}"
    exponent = int(text.partition("e")[2])
    return f"{x:{sign}.{max(0, 3 - exponent)}f}" if -3 <= exponent < 5 else text


def factor(edge: Edge) -> str:
    """What an edge multiplies by, or how many edges it stands for."""
    return f"×{edge.times:,}" if edge.times > 1 else "" if edge.slope is None else figure(edge.slope, signed=True)


def clean(text: str, longest: int = LONGEST) -> str:
    """Of bounded length, without control characters and other code points that XML has no place for."""
    banned = ("Cc", "Cs", "Cn")
    text = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return "".join(c if unicodedata.category(c) not in banned else "\N{REPLACEMENT CHARACTER}" for c in text)


def padded(text: str) -> str:
    """Signs and points below each other, and boxes that don't jump when a figure changes."""
    return (text if text[0] in "+-" else f" {text}").ljust(WIDTH)


def lines(box: Box, detail: str) -> list[tuple[str, str]]:
    """The rows of a box below its title: a word that says what it is, and the text."""
    rows, folded = [], box.kind == "folded"
    if box.value is not None:
        before = "" if box.before is None else f"{figure(box.before)} → "
        rows.append(("value", before + figure(box.value) if before else padded(figure(box.value))))
    elif not folded:
        rows.append(("value", padded(" ·")))
    if box.gradient is not None:
        rows.append(("|g| max" if folded else "grad", padded(figure(box.gradient, signed=not folded))))
    elif box.awaits:
        rows.append(("grad", padded(" not yet")))
    if box.hand is not None:
        verdict = f"{'✓' if box.hand.agrees else '✗'} rel {box.hand.relative_error:.0e}"
        rows.append(("hand", f"{figure(box.hand.hand, signed=True)} {verdict}"))
    changed = ("changed",) if box.before is not None else ()
    rows += [("mark", f"{'‼' if box.is_wrong else '!'} {mark}") for mark in (*box.marks, *changed)]
    return [row for row in rows if detail != "forward" or row[0] in ("value", "mark")]


def heading(box: Box) -> str:
    """The title as plain text."""
    return (" · " if box.kind == "folded" else " = ").join(filter(None, (box.title, box.formula))) or box.name
