"""Formulas as people write them down: like terms collected, powers merged, factors of 1 left out, products kept.

A formula is read as a sum of terms, and a term as a number and powers of factors. A sum inside of a product stays
one factor. Equal factors cancel: x/x is 1, as on paper, where x isn't 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import reduce
from typing import Any, NamedTuple

from .symbol import NUMBERS, Symbol, text

MOST_DENOMINATOR = 10_000  # what is written as a fraction
ONE = 1.0


class Term(NamedTuple):
    """A number times powers of factors, which are kept by their texts.

    Attributes:
        number: the coefficient.
        powers: for each factor the factor itself and its exponent.
    """

    number: float
    powers: dict[str, tuple[Any, float]]

    @property
    def key(self) -> frozenset[tuple[str, float]]:
        """What like terms have in common."""
        return frozenset((name, exponent) for name, (_, exponent) in self.powers.items())


def simplify(tree: Any) -> Any:
    """A formula with the same meaning, as people write it.

    Args:
        tree: symbols and numbers.

    Examples:
        >>> x, y = Symbol("x"), Symbol("y")
        >>> print(simplify(2 * (x - y) * 0.5 * x * x))
        (x - y)*x**2
    """
    return _build(_read(tree))


def multiply(trees: Iterable[Any]) -> Any:
    """The product of some formulas, simplified."""
    whole: Any = ONE
    for tree in trees:
        whole = Symbol("mul", (whole, tree))
    return simplify(whole)


def add(trees: Iterable[Any]) -> Any:
    """The sum of some formulas, simplified."""
    whole: Any = 0.0
    for tree in trees:
        whole = Symbol("add", (whole, tree))
    return simplify(whole)


# ---------------------------------------------------------------- reading
def _read(tree: Any) -> list[Term]:
    """The terms of a formula."""
    if isinstance(tree, NUMBERS):
        return [Term(float(tree), {})] if tree else []
    if tree.operands is None:
        return [_factor(tree)]
    head, operands = tree.head, tree.operands
    if head in ("add", "sum"):
        return _collect(term for each in operands for term in _read(each))
    if head == "sub":
        return _collect([*_read(operands[0]), *_scale(_read(operands[1]), -1.0)])
    if head == "neg":
        return _scale(_read(operands[0]), -1.0)
    if head == "mean":
        return _collect(term for each in operands for term in _scale(_read(each), 1.0 / len(operands)))
    if head in ("mul", "div"):
        return _product(_read(operands[0]), _power(operands[1], 1.0 if head == "mul" else -1.0))
    if head == "squared":
        return [_merge(_power(operands[0], 2.0))]
    if head == "pow" and isinstance(operands[1], NUMBERS):
        return [_merge(_power(operands[0], float(operands[1])))]
    return [_factor(Symbol(head, [simplify(each) for each in operands]))]


def _factor(tree: Any, exponent: float = 1.0) -> Term:
    return Term(ONE, {text(tree).text: (tree, exponent)})


def _power(tree: Any, exponent: float) -> list[Term]:
    """The terms of a power; a sum, or what can't be taken apart, is one factor."""
    terms = _read(tree)
    if exponent == 1.0:
        return terms
    if len(terms) == 1 and exponent.is_integer() and (terms[0].number or exponent > 0):
        number, powers = terms[0]
        return [Term(number**exponent, {name: (base, e * exponent) for name, (base, e) in powers.items()})]
    return [_factor(_build(terms), exponent)]


def _product(left: list[Term], right: list[Term]) -> list[Term]:
    """The product of two sums: one with several terms stays one factor, unless the other is only a sign."""
    for one, other in ((left, right), (right, left)):
        if len(one) == 1 and not one[0].powers and (len(other) < 2 or abs(one[0].number) == ONE):
            return _scale(other, one[0].number)
    if not left or not right:
        return []
    a, b = _merge(left), _merge(right)
    powers = dict(a.powers)
    for name, (base, exponent) in b.powers.items():
        powers[name] = (base, exponent + (powers[name][1] if name in powers else 0.0))
    return [Term(a.number * b.number, {name: power for name, power in powers.items() if power[1]})]


def _merge(terms: list[Term]) -> Term:
    """A sum as one factor, with what all its terms have in common before it."""
    if len(terms) == 1:
        return terms[0]
    if not terms:
        return Term(0.0, {})
    common = terms[0].number if len({abs(term.number) for term in terms}) == 1 else math.copysign(ONE, terms[0].number)
    return Term(common, {**_factor(_build(_scale(terms, 1.0 / common))).powers})


def _scale(terms: list[Term], number: float) -> list[Term]:
    return [term._replace(number=term.number * number) for term in terms] if number else []


def _collect(terms: Iterable[Term]) -> list[Term]:
    """The terms with like ones added up."""
    found: dict[frozenset[tuple[str, float]], Term] = {}
    for term in terms:
        before = found.get(term.key)
        found[term.key] = term if before is None else before._replace(number=before.number + term.number)
    return [term for term in found.values() if term.number]


# ---------------------------------------------------------------- writing
def _build(terms: Sequence[Term]) -> Any:
    """The formula of some terms."""
    if not terms:
        return 0.0
    ordered = sorted(terms, key=lambda term: term.number < 0) if terms[0].number < 0 else terms
    first, *others = ordered
    tree = _write_term(first)
    for term in others:
        size = _write_term(term._replace(number=abs(term.number)))
        tree = Symbol("sub" if term.number < 0 else "add", (tree, size))
    return tree


def _write_term(term: Term) -> Any:
    """A term: the number, the factors, and what they are divided by."""
    above, below = _split(abs(term.number))
    over = [_raise(base, exponent) for base, exponent in term.powers.values() if exponent > 0]
    under = [_raise(base, -exponent) for base, exponent in term.powers.values() if exponent < 0]
    numerator = _multiply([above, *over] if above != ONE or not over else over)
    denominator = _multiply([below, *under] if below != ONE or not under else under)
    tree = numerator if denominator == ONE else Symbol("div", (numerator, denominator))
    if term.number > 0:
        return tree
    return -tree if isinstance(tree, NUMBERS) else Symbol("neg", (tree,))


def _split(number: float) -> tuple[float, float]:
    """A number as numerator and denominator where these are small."""
    fraction = Fraction(number).limit_denominator(MOST_DENOMINATOR) if math.isfinite(number) else Fraction(0)
    small = fraction and float(fraction) == number and fraction.denominator < MOST_DENOMINATOR
    return (float(fraction.numerator), float(fraction.denominator)) if small and _is_plain(fraction) else (number, ONE)


def _is_plain(fraction: Fraction) -> bool:
    """Whether people write it as a fraction, and not with decimals."""
    return fraction.denominator <= 12 or fraction.numerator == 1


def _raise(base: Any, exponent: float) -> Any:
    return base if exponent == ONE else Symbol("pow", (base, exponent))


def _multiply(factors: Sequence[Any]) -> Any:
    first, *others = factors
    return reduce(lambda a, b: Symbol("mul", (a, b)), others, first)
