"""Formulas set as mathematics: fractions, powers, indices, Greek letters; and how wide letters are."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from ..formulas.formula import ATOM, OPERATORS, POWER, PRODUCT, SIGN, SUM
from ..formulas.symbol import GREEK, NUMBERS, Symbol, unicode_number
from ..registry import read_asset

LETTERS = tomllib.loads(read_asset(__package__, "letters.toml"))
WORDS = {word: letter for letter, word in GREEK.items()}
SMALLEST, INDEX = 11.0, 9.0  # pixels of a letter, and of an index inside of an exponent
CACHED = 4096  # letters and names whose widths are kept
LONGEST_NAME, LONGEST_OPERAND = 11.0, 7.0  # ems of a name, and of one in a formula
# how deep a formula is written and how many terms of a sum, from all to as few as say something
ROOMS = ((8, 12), (8, 2), (5, 2), (4, 2), (3, 2), (2, 2), (1, 2))
ELLIPSIS, DOTS = "…", Symbol("…")
LONGEST_CALL = 3  # operands of a function
BARE = (PRODUCT + POWER) / 2  # how tightly tanh net binds, written without brackets


class Part(NamedTuple):
    """A piece of a formula: a text at a place, or a rule (a fraction's line) as wide as its size."""

    x: float
    y: float
    size: float
    style: str
    text: str


class Set(NamedTuple):
    """Something set on a line: how far it reaches to the right, up and down, and its pieces."""

    width: float
    up: float
    down: float
    parts: tuple[Part, ...] = ()

    def at(self, x: float, y: float) -> tuple[Part, ...]:
        """The pieces, moved."""
        return tuple(part._replace(x=part.x + x, y=part.y + y) for part in self.parts)


class Term(NamedTuple):
    """A formula, and how tightly its outermost operation binds."""

    set: Set
    binding: float

    def bound(self, least: float, size: float) -> Set:
        """The formula in brackets unless it binds at least so tightly."""
        return self.set if self.binding >= least else _bracketed(self.set, size)


def width_of(text: str, size: float, style: str = "sans") -> float:
    """How wide a text is in the widest of the usual fonts; others have room to spare.

    Args:
        text: what is written.
        size: of the letters, in pixels.
        style: "sans", "bold", or "serif" for formulas.
    """
    kind, factor = "serif" if style == "serif" else "sans", 1.1 if style == "bold" else 1.0
    return sum([_em(c, kind) for c in text]) * size * factor


@lru_cache(CACHED)
def _em(c: str, kind: str) -> float:
    if unicodedata.combining(c) or unicodedata.category(c) in ("Mn", "Me", "Cf"):
        return 0.0
    if unicodedata.east_asian_width(c) in "WF" or ord(c) > 0x2FFF:
        return 1.05
    widths = LETTERS[kind]
    found = next((em for letters, em in widths["letters"] if c in letters), None)
    if found is not None:
        return float(found)
    return float(widths["upper" if c.isupper() else "other" if ord(c) < 0x500 else "foreign"])


def cut(text: str, room: float, size: float, style: str = "sans") -> str:
    """A text that fits: its beginning and its end, if it is too long.

    Args:
        text: what is written.
        room: how wide it may be.
        size: of the letters.
        style: see `width_of`.
    """
    if width_of(text, size, style) <= room:
        return text
    most = min(len(text) - 1, int(room / (0.3 * size)) + 1)
    for kept in range(most, 1, -1):
        end = kept // 3
        short = text[: kept - end] + ELLIPSIS + (text[-end:] if end else "")
        if width_of(short, size, style) <= room:
            return short
    return ELLIPSIS


# ---------------------------------------------------------------- putting pieces together
def word(text: str, size: float, style: str = "") -> Set:
    """A text as one piece."""
    return Set(width_of(text, size, "serif"), 0.74 * size, 0.22 * size, (Part(0.0, 0.0, size, style, text),))


def row(*sets: Set) -> Set:
    """One after the other."""
    x = 0.0
    parts: list[Part] = []
    for each in sets:
        parts += each.at(x, 0.0)
        x += each.width
    return Set(x, max(each.up for each in sets), max(each.down for each in sets), tuple(parts))


def stacked(top: Set, bottom: Set) -> Set:
    """One above the other, on the line of the lower one."""
    lift = bottom.up + 4 + top.down
    return Set(max(top.width, bottom.width), top.up + lift, bottom.down, top.at(0.0, -lift) + bottom.parts)


def _raised(base: Set, exponent: Set, size: float) -> Set:
    lift = max(0.42 * size, base.up - 0.45 * exponent.up)
    parts = base.parts + exponent.at(base.width + 1, -lift)
    return Set(base.width + exponent.width + 1, max(base.up, lift + exponent.up), base.down, parts)


def _lowered(base: Set, index: Set, size: float) -> Set:
    drop = 0.2 * size
    parts = base.parts + index.at(base.width + 0.5, drop)
    return Set(base.width + index.width + 0.5, base.up, max(base.down, index.down + drop), parts)


def _fraction(top: Set, bottom: Set, size: float) -> Set:
    width, axis = max(top.width, bottom.width) + 4, 0.3 * size
    above = top.at(2 + (width - top.width) / 2, -axis - top.down - 2)
    below = bottom.at(2 + (width - bottom.width) / 2, -axis + bottom.up + 3)
    rule = (Part(2.0, -axis, width, "rule", ""),)
    return Set(width + 4, axis + top.down + top.up + 2.5, bottom.up + bottom.down + 3 - axis, above + below + rule)


def _bracketed(inside: Set, size: float, left: str = "(", right: str = ")") -> Set:
    big = max(size, (inside.up + inside.down) * 0.95)
    drop, gap = (inside.down - inside.up) / 2 + 0.33 * big, 0.36 * big
    parts = word(left, big).at(0, drop) + inside.at(gap, 0) + word(right, big).at(gap + inside.width, drop)
    return Set(inside.width + 2 * gap, max(inside.up, 0.75 * big - drop), max(inside.down, 0.2 * big + drop), parts)


# ---------------------------------------------------------------- names and formulas
@lru_cache(CACHED)
def name(text: str, size: float, style: str = "italic", longest: float = LONGEST_NAME) -> Set:
    """A name as people write it: w₁ for w1 and w_1, θ for theta, with its indices below and a layer's number above.

    Args:
        text: the name.
        size: of its letters.
        style: "italic", or "" for upright letters.
        longest: how many ems wide it may be.
    """
    stem, index, layer = _parts(text)
    stem = WORDS.get(stem, stem)
    style = style if stem.isidentifier() else ""
    base = word(cut(stem, longest * size, size, "serif"), size, style)
    small = max(SMALLEST if size > SMALLEST + 1 else INDEX, 0.7 * size)
    below = word(index, small, style if index.isalpha() else "")
    whole = _lowered(base, below, size) if index else base
    if not layer:
        return whole
    above = _raised(base, word(layer, small), size)
    parts = whole.parts + above.parts[len(base.parts) :]
    return Set(max(whole.width, above.width), above.up, whole.down, parts)


def _parts(text: str) -> tuple[str, str, str]:
    """The letters, what stands below, and what stands above."""
    if found := re.fullmatch(r"(.+?)([₀-₉,]*)((?:⁽[⁰¹²³⁴-⁹]+⁾)?)", text):
        stem, *small = found.groups()
        if any(small):
            index, layer = (unicodedata.normalize("NFKC", each) for each in small)
            return stem, index, layer
    spelled = r"([^\W\d_]+?)_?[{[]?(\d{1,4}(?:,\d+)*)[]}]?", r"(.*[^\W_])_\{?(\w{1,3})\}?"
    found = next(filter(None, (re.fullmatch(each, text) for each in spelled)), None)
    return (found[1], found[2], "") if found else (text, "", "")


def formula(tree: Any, size: float, room: float) -> Set:
    """An expression as mathematics; of what is too long the first and the last term.

    Args:
        tree: a Symbol or a number.
        size: of its letters, in pixels.
        room: how wide it may be.
    """
    for depth, terms in ROOMS:
        found = _Writer(terms).term(tree, size, depth).set
        if found.width <= room:
            return found
    return word(ELLIPSIS, size)


class _Writer:
    """Sets expressions, with so many terms of a sum."""

    def __init__(self, terms: int) -> None:
        self.most = terms

    def term(self, tree: Any, size: float, depth: int) -> Term:
        if isinstance(tree, NUMBERS):
            return Term(word(unicode_number(float(tree)), size), SIGN if tree < 0 else ATOM)
        if tree.operands is None:
            return Term(name(tree.head, size, longest=LONGEST_OPERAND), ATOM)
        if not depth:
            return Term(word(ELLIPSIS, size), ATOM)
        if tree.head in ("add", "sub", "dot"):
            return self._sum(_terms(tree), size, depth)
        small = max(SMALLEST, 0.72 * size)
        sizes = {"div": (max(SMALLEST, 0.85 * size),) * 2, "pow": (size, small), "exp": (small,)}.get(tree.head, ())
        parts = tree.operands
        if len(parts) > max(self.most, LONGEST_CALL):
            parts = [parts[0], DOTS, parts[-1]]
        given = (*sizes, *[size] * (len(parts) - len(sizes)))
        operands = [self.term(each, own, depth - 1) for each, own in zip(parts, given, strict=True)]
        return _FORMS.get(tree.head, _call)(tree, operands, size)

    def _sum(self, terms: Sequence[tuple[str, Any]], size: float, depth: int) -> Term:
        shown: list[tuple[str, Any] | None] = list(terms)
        if len(terms) > self.most:
            shown = [*terms[: self.most - 1], None, terms[-1]]
        if len(terms) == 1:
            return self.term(terms[0][1], size, depth)
        sets = []
        for place, each in enumerate(shown):
            sign, tree = each or ("+", None)
            if place or sign == "−":
                sets.append(word(f" {sign} " if place else sign, size))
            known = each and self.term(tree, size, depth - 1)
            sets.append(known.bound(SUM if not place else PRODUCT, size) if known else word(ELLIPSIS, size))
        return Term(row(*sets), SUM)


def _terms(tree: Any) -> list[tuple[str, Any]]:
    """The terms of a sum with their signs, from left to right."""
    if tree.head == "dot":
        operands, half = tree.operands, len(tree.operands) // 2
        pairs = zip(operands[:half], operands[half:], strict=True)
        return [("+", Symbol("mul", pair)) for pair in pairs] or [("+", 0.0)]
    found: list[tuple[str, Any]] = []
    while isinstance(tree, Symbol) and tree.operands and tree.head in ("add", "sub"):
        sign = "+" if tree.head == "add" else "−"
        tree, right = tree.operands
        found.append((sign, right))
    left = _terms(tree) if isinstance(tree, Symbol) and tree.head == "dot" and tree.operands else [("+", tree)]
    return [*left, *reversed(found)]


# ---------------------------------------------------------------- operations with a form of their own
Form = Callable[[Symbol, list[Term], float], Term]


def _infix(tree: Symbol, operands: list[Term], size: float) -> Term:
    left: float
    right: float
    _, binding, left, right = OPERATORS[tree.head]
    signs = {"mul": "·", "less": " < ", "less_equal": " ≤ "}
    if binding == PRODUCT:  # -a·b, (tanh a)·b and a·tanh b
        left, right = {SIGN: SIGN, BARE: ATOM}.get(operands[0].binding, left), BARE
    ends = operands[0].bound(left, size), operands[1].bound(right, size)
    return Term(row(ends[0], word(signs[tree.head], size), ends[1]), binding)


def _quotient(_: Symbol, operands: list[Term], size: float) -> Term:
    return Term(_fraction(operands[0].set, operands[1].set, size), POWER)


def _power(tree: Symbol, operands: list[Term], size: float) -> Term:
    exponent = operands[1].set if tree.head == "pow" else word("2", max(SMALLEST, 0.72 * size))
    return Term(_raised(operands[0].bound(ATOM, size), exponent, size), POWER)


def _exponential(_: Symbol, operands: list[Term], size: float) -> Term:
    return Term(_raised(word("e", size, "italic"), operands[0].set, size), POWER)


def _negative(_: Symbol, operands: list[Term], size: float) -> Term:
    return Term(row(word("−", size), operands[0].bound(PRODUCT, size)), SIGN)


def _root(_: Symbol, operands: list[Term], size: float) -> Term:
    return Term(row(word("√", size), operands[0].bound(ATOM, size)), POWER)


def _absolute(_: Symbol, operands: list[Term], size: float) -> Term:
    return Term(_bracketed(operands[0].set, size, "|", "|"), ATOM)


def _choice(_: Symbol, operands: list[Term], size: float) -> Term:
    condition, yes, no = (each.set for each in operands)
    return Term(row(yes, word(" if ", size), condition, word(", else ", size), no), SIGN - 1)


def _call(tree: Symbol, operands: list[Term], size: float) -> Term:
    called = word(LETTERS["functions"].get(tree.head, tree.head), size)
    if len(operands) == 1 and tree.head in LETTERS["bare"] and _is_name(tree.operands[0]):  # type: ignore[index]
        return Term(row(called, word(" ", size), operands[0].set), BARE)
    inside = [piece for each in operands for piece in (each.set, word(", ", size))][:-1]
    return Term(row(called, _bracketed(row(*inside), size) if inside else word("()", size)), ATOM)


def _is_name(tree: Any) -> bool:
    return isinstance(tree, Symbol) and tree.operands is None


_FORMS: dict[str, Form] = {
    **dict.fromkeys(("mul", "less", "less_equal"), _infix),
    "div": _quotient, "pow": _power, "squared": _power, "exp": _exponential, "neg": _negative, "sqrt": _root,
    "abs": _absolute, "where": _choice,
}  # fmt: skip
