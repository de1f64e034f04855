"""The reading of the table in names: expressions as trees, and how they are written as text and LaTeX."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..primitives import PRIMITIVES, Gated, Operators, Primitive
from .formula import ATOM, OPERATORS, POWER, PRODUCT, SIGN, SUM, Term, bound, number

NUMBERS = (int, float)
FUNCTION_NAMES = {
    "log": "ln",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "log10": "log_{10}",
    "log2": "log_2",
}
# entries of the table that are there for their digits alone, as people write them
WRITTEN = {
    "sech_squared": ("1 - tanh({0})**2", SUM),
    "sigmoid_slope": ("sigmoid({0})*(1 - sigmoid({0}))", PRODUCT),
    "one_minus_squared": ("1 - {1}**2", SUM),
    "cbrt_slope": ("1/(3*cbrt({0})**2)", PRODUCT),
    "stop_gradient": ("{1}", ATOM),
}
TYPESET = {
    "sech_squared": (r"1 - \tanh^2\left({0}\right)", SUM),
    "sigmoid_slope": (r"\sigma\left({0}\right) \cdot \left(1 - \sigma\left({0}\right)\right)", PRODUCT),
    "one_minus_squared": ("1 - {1}^{2}", SUM),
    "stop_gradient": ("{1}", ATOM),
    "cbrt_slope": (r"\frac{1}{3 \cdot \sqrt[3]{{0}}^{2}}", PRODUCT),
}
KNOWN_TO_LATEX = {"exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "ln", "arcsin", "arccos", "arctan"}


class Symbol(Operators):
    """An expression of names and numbers: a primitive of symbols, or a name where there is none.

    Args:
        head: a primitive's name, or what the symbol is called.
        operands: symbols and numbers; None for a name.
    """

    __slots__ = ("head", "operands")

    def __init__(self, head: str, operands: Sequence[Any] | None = None) -> None:
        self.head, self.operands = head, operands

    def read_primitive(self, entry: Primitive, arguments: tuple[Any, ...]) -> Any:
        """The primitive as a symbol, with what is plain to everybody left out."""
        return simplified(entry.name, arguments)

    def __str__(self) -> str:
        return text(self).text


def gated(slope: Any) -> Any:
    """A local derivative as it is written: a number by cases; what is no number is 0 by itself where nothing flows."""
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
    if name in ("nonnegative", "identity"):
        return last
    if name == "where" and isinstance(operands[0], NUMBERS):
        return operands[1] if operands[0] else last
    if (name in ("mul", "add") and _is(operands[0], name == "mul")) or (name == "neg" and isinstance(last, NUMBERS)):
        return last if name != "neg" else -last
    if (name in ("mul", "div", "pow") and _is(last, 1)) or (name in ("add", "sub") and _is(last, 0)):
        return operands[0]
    return Symbol(name, tuple(operands))


def _is(operand: Any, value: float) -> bool:
    return isinstance(operand, NUMBERS) and operand == value


def text(expression: Any) -> Term:
    """An expression as text, with how tightly it binds."""
    if isinstance(expression, NUMBERS):
        return Term(number(float(expression)), SIGN if expression < 0 else ATOM)
    if expression.operands is None:
        return Term(expression.head, ATOM)
    terms = [text(each) for each in expression.operands]
    if expression.head in OPERATORS:
        symbol, binding, left, right = OPERATORS[expression.head]
        return Term(bound(terms[0], left) + symbol + bound(terms[1], right), binding)
    if expression.head == "neg":
        return Term("-" + bound(terms[0], PRODUCT), SIGN)
    if expression.head in WRITTEN:
        form, binding = WRITTEN[expression.head]
        return Term(form.format(terms[0].text, bound(terms[0], ATOM)), binding)
    return Term(f"{expression.head}({', '.join(term.text for term in terms)})", ATOM)


def latex(expression: Any) -> Term:
    """An expression as LaTeX, with how tightly it binds."""
    if isinstance(expression, NUMBERS):
        return Term(latex_number(float(expression)), SIGN if expression < 0 else ATOM)
    if expression.operands is None:
        return Term(latex_name(expression.head), ATOM)
    terms = [latex(each) for each in expression.operands]
    head, first = expression.head, terms[0]
    if head == "div":
        return Term(rf"\frac{{{first.text}}}{{{terms[1].text}}}", PRODUCT)
    if head in ("pow", "squared"):
        return Term(f"{wrapped(first, ATOM)}^{{{'2' if head == 'squared' else terms[1].text}}}", POWER)
    if head == "where":
        yes, no = (rf"{each.text} & \text{{{when}}} " for each, when in zip(terms[1:], ("if ", "else"), strict=True))
        return Term(rf"\begin{{cases}} {yes}{first.text} \\ {no}\end{{cases}}", ATOM)
    if head in OPERATORS:
        symbol, binding, left, right = OPERATORS[head]
        sign = {"mul": r" \cdot ", "less_equal": r" \le "}.get(head, symbol)
        return Term(wrapped(first, left) + sign + wrapped(terms[1], right), binding)
    if head == "neg":
        return Term("-" + wrapped(first, PRODUCT), SIGN)
    if head == "sqrt":
        return Term(rf"\sqrt{{{first.text}}}", ATOM)
    if head == "abs":
        return Term(rf"\left|{first.text}\right|", ATOM)
    if head in TYPESET:
        form, binding = TYPESET[head]
        return Term(form.replace("{0}", first.text).replace("{1}", wrapped(first, ATOM)), binding)
    name = FUNCTION_NAMES.get(head, head)
    command = rf"\{name}" if name in KNOWN_TO_LATEX else rf"\operatorname{{{_plain(name)}}}"
    return Term(rf"{command}\left({', '.join(term.text for term in terms)}\right)", ATOM)


def wrapped(term: Term, least: int) -> str:
    """A term in LaTeX parentheses unless it binds at least so tightly."""
    return term.text if term.binding >= least else rf"\left({term.text}\right)"


def latex_name(name: str) -> str:
    """A label as LaTeX: one letter as it is, words upright, everything special escaped."""
    return name if len(name) == 1 and name.isascii() and name.isalpha() else rf"\text{{{_plain(name)}}}"


def _plain(name: str) -> str:
    special = {"\\": r"\textbackslash ", "^": r"\textasciicircum ", "~": r"\textasciitilde "}
    kept = (special.get(c) or (f"\\{c}" if c in "{}$&#%_" else c) for c in name if c.isprintable())
    return "".join(kept)


def latex_number(figure: float) -> str:
    """A number as LaTeX, with a power of ten for an exponent."""
    mantissa, sign, exponent = number(figure).partition("e")
    words = {"inf": r"\infty", "-inf": r"-\infty", "nan": r"\text{nan}"}
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if sign else words.get(mantissa, mantissa)
