"""Formulas in text: the infix dialect of the primitives' table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from ..program import Program

LONGEST = 40  # characters of a formula that stands for an unlabelled node in another formula


class Term(NamedTuple):
    """A formula and how tightly its outermost operation binds."""

    text: str
    binding: int


ATOM, POWER, PRODUCT, SIGN, SUM, COMPARISON = 5, 4, 3, 2, 1, 0
# how each operator is written: symbol, binding, what the left and the right operand must bind at least
OPERATORS = {
    "add": (" + ", SUM, SUM, PRODUCT),
    "sub": (" - ", SUM, SUM, PRODUCT),
    "mul": ("*", PRODUCT, PRODUCT, POWER),
    "div": ("/", PRODUCT, PRODUCT, POWER),
    "pow": ("**", POWER, ATOM, ATOM),
    "less": (" < ", COMPARISON, SUM, SUM),
    "less_equal": (" <= ", COMPARISON, SUM, SUM),
}


def bound(term: Term, least: int) -> str:
    """A term in parentheses unless it binds at least so tightly."""
    return term.text if term.binding >= least else f"({term.text})"


class Notation(NamedTuple):
    """How operations are written: infix operators, and what a notation has a form of its own for.

    Attributes:
        negated: how tightly an operand must bind that a minus sign stands before.
        forms: templates and their bindings, by names of primitives: {0} is the first operand, {1} the same so
            tightly bound as a power's base, {2} and {3} are the others.
        signs: operators that are spelled otherwise.
        enclose: a term in parentheses unless it binds at least so tightly.
        call: how a function and its arguments are written.
    """

    negated: int = POWER
    forms: Mapping[str, tuple[str, int]] = {}
    signs: Mapping[str, str] = {}
    enclose: Callable[[Term, int], str] = bound
    call: Callable[[str, str], str] = "{}({})".format

    def operation(self, name: str, operands: Sequence[Term]) -> Term:
        """A primitive and its operands.

        Args:
            name: of the primitive.
            operands: as they are written.
        """
        first, *others = operands
        if name in self.forms:
            form, binding = self.forms[name]
            return Term(form.format(first.text, self.enclose(first, ATOM), *(each.text for each in others)), binding)
        if name == "neg":
            return Term("-" + self.enclose(first, self.negated), SIGN)
        if name in OPERATORS:
            symbol, binding, left, right = OPERATORS[name]
            sign = self.signs.get(name, symbol)
            return Term(self.enclose(first, left) + sign + self.enclose(others[0], right), binding)
        return Term(self.call(name, ", ".join(each.text for each in operands)), ATOM)


PLAIN = Notation()


class Naming(NamedTuple):
    """How a place of a program is written.

    Attributes:
        term: how it is computed, as it is read inside of its scope; its number, for a leaf.
        name: what it is called anywhere, which no other place is.
        short: what it is called inside of its scope.
    """

    term: Term
    name: Term
    short: Term


def namings(program: Program, called: Callable[[str], str] = str) -> list[Naming]:
    """How each place is computed from its operands, and what it is called: the reading in text.

    Operands with a label stand by their names, others by their own formula
    unless that is long or another's, too.

    Args:
        program: the graph.
        called: how a name is written, if not as it is.
    """
    taken: set[str] = set()

    def read(k: int, operands: list[Naming]) -> Naming:
        tag, row = program.tags[k], program.operands[k]
        names = [each.name for each in operands]
        inside = [
            each.short if program.tags[o].scope == tag.scope else each.name
            for each, o in zip(operands, row, strict=True)
        ]
        whole = _formula(program, k, names)
        term = whole if inside == names else _formula(program, k, inside)
        if program.is_constant(k) and not tag.label:
            return Naming(term, whole, term)
        is_named = bool(tag.label) or len(term.text) > LONGEST
        short = Term(program.short_name(k), ATOM) if is_named else term
        if is_named or len(whole.text) > LONGEST or whole.text in taken:
            return Naming(term, Term(called(program.names[k]), ATOM), short)
        taken.add(whole.text)
        return Naming(term, whole, short)

    return program.forward(read)


def formulas(program: Program) -> list[str]:
    """How each place is computed from its operands: `x*w + b`, `tanh(net)`; "" for leaves.

    Args:
        program: the graph.

    Examples:
        >>> x, w, b = variables(x=1.0, w=2.0, b=3.0)
        >>> formulas(Program.of(x * w + b))
        ['', '', 'x*w', '', 'x*w + b']
    """
    return [each.term.text if program.operands[k] else "" for k, each in enumerate(namings(program))]


def names(program: Program) -> list[str]:
    """What each place is called where it is referred to: its name if it has a label, else its formula or its number.

    Args:
        program: the graph.

    Examples:
        >>> x, w = variables(x=1.0, w=2.0)
        >>> names(Program.of(x * w + 1))
        ['x', 'w', 'x*w', '1', 'x*w + 1']
    """
    return [each.name.text for each in namings(program)]


def _formula(program: Program, k: int, operands: Sequence[Term]) -> Term:
    if not operands:
        return Term(number(program.numbers[k]), SIGN if program.numbers[k] < 0 else ATOM)
    name = program.primitives[k].name  # type: ignore[union-attr]
    if name == "identity":
        return operands[0]
    return _products(operands) if name == "dot" else PLAIN.operation(name, operands)


def _products(operands: Sequence[Term]) -> Term:
    half = len(operands) // 2
    pairs = zip(operands[:half], operands[half:], strict=True)
    products = [f"{bound(w, PRODUCT)}*{bound(x, POWER)}" for w, x in pairs]
    return Term(" + ".join(products) or "0", SUM if half > 1 else PRODUCT)


def number(data: float) -> str:
    """A number as short as it reads back: 2 for 2.0."""
    return repr(data).removesuffix(".0")
