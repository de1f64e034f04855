"""The reading of the table in names: expressions as trees, and how they are written as text and LaTeX."""

from __future__ import annotations

import math
import re
import tomllib
import unicodedata
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from ..ops import LARGEST
from ..primitives import PRIMITIVES, Gated, Operators, Primitive
from ..recording import indexed
from ..registry import read_asset
from .dialects import LANGUAGES
from .formula import ATOM, POWER, PRODUCT, SIGN, SUM, Notation, Term, number

NUMBERS = (int, float)
ESCAPED = str.maketrans({"\\": r"\textbackslash ", "^": r"\textasciicircum ", "~": r"\textasciitilde "})
ESCAPED |= {ord(sign): rf"\{sign}" for sign in "{}$&#%_"}
LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
RAISED = str.maketrans("0123456789−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
GREEK = {letter: word for word, letter in tomllib.loads(read_asset(__package__, "grammar.toml"))["letters"].items()}
CONSTANTS = {math.e: "e", math.pi: "π"}
LEAST, MOST = 1e-7, 1e16  # numbers between these are written with decimals
NEUTRAL = {"add": 0, "sub": 0, "mul": 1, "div": 1, "pow": 1}  # operands on the right that change nothing


class Symbol(Operators):
    """An expression of names and numbers: a primitive of symbols, or a name where there is none.

    Args:
        head: a primitive's name, or what the symbol is called.
        operands: symbols and numbers; None for a name.
    """

    __slots__ = ("head", "operands")

    def __init__(self, head: str, operands: Sequence[Any] | None = None) -> None:
        self.head: str = head
        self.operands: Sequence[Any] | None = operands

    def read_primitive(self, entry: Primitive, arguments: tuple[Any, ...]) -> Any:
        """The primitive as a symbol, with what is plain to everybody left out."""
        return simplified(entry.name, arguments)

    def __str__(self) -> str:
        return text(self).text


def gated(slope: Any) -> Any:
    """A partial as it is written: a number by cases; what isn't a number is 0 by itself where nothing flows."""
    if not isinstance(slope, Gated):
        return slope
    if isinstance(slope.condition, NUMBERS):
        return slope.slope if slope.condition else 0.0
    return Symbol("where", (slope.condition, slope.slope, 0.0)) if isinstance(slope.slope, NUMBERS) else slope.slope


def simplified(name: str, operands: Sequence[Any]) -> Any:
    """A primitive of symbols, without factors 1 and exponents 1, and without what only keeps IEEE 754's edges."""
    last = operands[-1]
    if name == "dot":
        return PRIMITIVES["dot"].forward(*operands)  # as the products and sums that it stands for
    if name in ("nonnegative", "identity", "stop_gradient"):
        return last
    if name == "refined" or (name == "clip" and operands[1:] == (-LARGEST, LARGEST)):
        return operands[0]
    if name == "exp_difference":
        return Symbol("exp", (simplified("sub", operands),))
    if name == "where" and isinstance(operands[0], NUMBERS):
        return operands[1] if operands[0] else last
    if name == "neg" and isinstance(last, NUMBERS):
        return -last
    if name in ("add", "mul") and operands[0] == NEUTRAL[name]:
        return last
    return operands[0] if name in NEUTRAL and last == NEUTRAL[name] else Symbol(name, tuple(operands))


def text(expression: Any) -> Term:
    """An expression as text, with how tightly it binds."""
    return _term(expression, TEXT, number, str)


def unicode(expression: Any) -> Term:
    """An expression as people typeset it in text: (y − t)·(1 − y²)·x, with how tightly it binds."""
    return _term(expression, UNICODE, unicode_number, unicode_name)


def latex(expression: Any) -> Term:
    """An expression as LaTeX, with how tightly it binds."""
    return _term(expression, LATEX, latex_number, latex_name)


def _term(expression: Any, notation: Notation, figure: Callable[[float], str], called: Callable[[str], str]) -> Term:
    if isinstance(expression, NUMBERS):
        return Term(figure(float(expression)), SIGN if expression < 0 else ATOM)
    if expression.operands is None:
        return Term(called(expression.head), ATOM)
    operands = [_term(each, notation, figure, called) for each in expression.operands]
    return notation.operation(expression.head, operands)


def wrapped(term: Term, least: int) -> str:
    """A term in LaTeX parentheses unless it binds at least so tightly."""
    return term.text if term.binding >= least else rf"\left({term.text}\right)"


def _command(head: str, arguments: str) -> str:
    """A function as LaTeX has it."""
    name = LANGUAGES["latex"]["names"].get(head, head)
    command = rf"\{name}" if name in LANGUAGES["latex"]["commands"].split() else rf"\operatorname{{{escape(name)}}}"
    return rf"{command}\left({arguments}\right)"


def _forms(language: str) -> dict[str, tuple[str, int]]:
    bindings = {"ATOM": ATOM, "POWER": POWER, "PRODUCT": PRODUCT, "SUM": SUM}
    return {name: (form, bindings[binding]) for name, (form, binding) in LANGUAGES[language]["forms"].items()}


class UnicodeNotation(Notation):
    """Operations as people typeset them in text: whole exponents are raised."""

    def operation(self, name: str, operands: Sequence[Term]) -> Term:
        """A primitive and its operands."""
        if name == "pow" and re.fullmatch(r"−?\d{1,3}", operands[1].text):
            return Term(self.enclose(operands[0], ATOM) + operands[1].text.translate(RAISED), POWER)
        if name == "mul" and operands[0].binding == SIGN:
            operands = [operands[0]._replace(binding=PRODUCT), operands[1]]
        term = super().operation(name, operands)
        return Term("−" + term.text[1:], SIGN) if name == "neg" else term


TEXT = Notation(PRODUCT, _forms("text"))
UNICODE = UnicodeNotation(PRODUCT, _forms("unicode"), {"sub": " − ", "mul": "·", "pow": "^", "less_equal": " ≤ "})
LATEX = Notation(PRODUCT, _forms("latex"), {"mul": r" \cdot ", "less_equal": r" \le "}, wrapped, _command)


def latex_name(name: str) -> str:
    """A name as LaTeX: one letter as it is, words upright, scopes as indices, everything special escaped."""
    if parts := indexed(name):
        raised = f"^{{{parts.layer}}}" if parts.layer else ""
        return f"{latex_name(parts.base)}_{{{parts.indices}}}{raised}{parts.number}"
    base, index = re.fullmatch("(.*?)_?([0-9₀-₉]*)", name, re.DOTALL).groups()  # type: ignore[union-attr]
    if index and base:
        return f"{latex_name(base)}_{{{unicodedata.normalize('NFKC', index)}}}"
    letter = GREEK.get(name, name)
    if letter in GREEK.values():
        return rf"\{letter}"
    if len(name) == 1 and name.isascii() and name.isalpha():
        return name
    font = "mathrm" if re.fullmatch(r"[\w.]+", name) else "text"
    return rf"\{font}{{{escape(name)}}}"


def escape(name: str) -> str:
    """A text as LaTeX prints it, without what it can't."""
    return "".join(filter(str.isprintable, name)).translate(ESCAPED)


def unicode_name(name: str) -> str:
    """A name as it is; w₂₁⁽¹⁾ where it is spelled w21(1)."""
    found = re.fullmatch(r"(\D+)(\d*)\((\d+)\)", name)
    if not found:
        return name
    return found[1] + found[2].translate(LOWERED) + found[3].translate(RAISED).join("⁽⁾")


def unicode_number(figure: float) -> str:
    """A number with a real minus sign, and with all its decimals where these are few."""
    if figure in CONSTANTS:
        return CONSTANTS[figure]
    plain = format(Decimal(number(figure)), "f") if LEAST <= abs(figure) < MOST else number(figure)
    return plain.replace("-", "−", 1) if figure < 0 else plain


def latex_number(figure: float) -> str:
    """A number as LaTeX, with a power of ten for an exponent."""
    mantissa, sign, exponent = number(figure).partition("e")
    words = {"inf": r"\infty", "-inf": r"-\infty", "nan": r"\text{nan}"}
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if sign else words.get(mantissa, mantissa)
