"""Straight-line listings: the common form of all source code that is written from graphs."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..primitive import PRIMITIVES, Ieee, Operators, Primitive
from ..value import Value, topological_order
from .formula import ATOM, OPERATORS, PRODUCT, SIGN, SUM, Term, bound

LONGEST = 60  # characters of an expression that is written where it is used
# what a statement takes along, because it is at hand: 1/cosh(x)² is 1 - tanh(x)² unless that cancels
COMPANIONS = {"sech_squared": "tanh"}


class SpellingError(ValueError):
    """A primitive that can't be written in the language that is asked for."""


class Line(Operators):
    """A statement of a listing, or an input: also the reading of the primitives' table that builds one."""

    __slots__ = ("head", "label", "listing", "operands")

    def __init__(self, listing: Listing, head: str, operands: tuple[Any, ...], label: str = "") -> None:
        self.listing, self.head, self.operands, self.label = listing, head, operands, label

    def read_primitive(self, entry: Primitive, arguments: tuple[Any, ...]) -> Any:
        """The statement that applies a primitive."""
        return self.listing.add(entry, arguments)


class Guard(NamedTuple):
    """A comparison that decided which branch was recorded.

    Attributes:
        relation: "<", "<=", "==" or "!=".
        left, right: lines or numbers.
        outcome: what it was when the branch was recorded.
    """

    relation: str
    left: Any
    right: Any
    outcome: bool


class Listing:
    """Statements in order, each of lines before it; equal ones are one, constants are computed.

    Args:
        spelled: the names of the primitives that the language has a form for;
            others are composed of them.

    Attributes:
        inputs: the lines that are given.
        outputs: lines or numbers.
        guards: comparisons that have to come out as recorded.
    """

    def __init__(self, spelled: Iterable[str]) -> None:
        self._spelled = frozenset(spelled)
        self._known: dict[tuple[Any, ...], Line] = {}
        self._lines: list[Line] = []
        self.inputs: list[Line] = []
        self.outputs: list[Any] = []
        self.guards: list[Guard] = []

    def input(self, label: str) -> Line:
        """A further line that is given."""
        line = Line(self, "input", (), label)
        self.inputs.append(line)
        return line

    def add(self, entry: Primitive, arguments: Sequence[Any]) -> Any:
        """The line that applies a primitive; a number if the arguments are numbers."""
        if not any(isinstance(each, Line) for each in arguments):
            return Ieee(entry.evaluate(*map(float, arguments)))
        if (simpler := _simpler(entry.name, arguments)) is not None:
            return simpler
        if entry.name not in self._spelled or (entry.variadic and len(arguments) != 2):
            return self._composed(entry, arguments)
        operands = tuple(each if isinstance(each, Line) else float(each) for each in arguments)
        if entry.name in COMPANIONS:
            operands += (self.add(PRIMITIVES[COMPANIONS[entry.name]], arguments),)
        key = (entry.name, *(id(each) if isinstance(each, Line) else repr(each) for each in operands))
        line = self._known.get(key)
        if line is None:
            line = self._known[key] = Line(self, entry.name, operands)
            self._lines.append(line)
        return line

    def _composed(self, entry: Primitive, arguments: Sequence[Any]) -> Any:
        """The statements that a primitive without a form of its own is made of."""
        if entry.variadic and len(arguments) == 1:
            return arguments[0]
        try:
            return entry.composed(*arguments)
        except (TypeError, AttributeError, RecursionError):
            raise SpellingError(
                f"{entry.name} can't be written in this language: give primitive(…, composed=…) "
                "the same function in functions of the table"
            ) from None

    def record(self, outputs: Sequence[Value], places: Mapping[Value, Any]) -> dict[Value, Any]:
        """Add the statements of graphs.

        Args:
            outputs: the ends of the graphs.
            places: the inputs, and lines or numbers for leaves; other leaves are constants.

        Returns:
            A line or number for each node.
        """
        found: dict[Value, Any] = dict(places)
        for node in topological_order(*outputs):
            if node in found:
                continue
            if node.primitive is None:
                found[node] = Ieee(node.data)
                continue
            line = self.add(node.primitive, [found[each] for each in node.operands])
            if node.label and isinstance(line, Line) and not line.label:
                line.label = node.label
            found[node] = line
        return found

    def lines(self) -> list[Line]:
        """The statements that the outputs and guards need, in order."""
        needed = [each for each in self._roots() if isinstance(each, Line)]
        alive: set[Line] = set()
        while needed:
            line = needed.pop()
            if line not in alive:
                alive.add(line)
                needed += [each for each in line.operands if isinstance(each, Line)]
        return [line for line in self._lines if line in alive]

    def _roots(self) -> list[Any]:
        return [*self.outputs, *(side for guard in self.guards for side in (guard.left, guard.right))]

    def uses(self, forms: Mapping[str, str]) -> dict[Line, int]:
        """How often each line is read, where some forms read an operand twice."""
        counts: dict[Line, int] = {}
        reads = [(each, 1) for each in self._roots()]
        for line in self.lines():
            form = forms.get(line.head, "")
            reads += [(each, max(1, form.count(f"{{{k}}}"))) for k, each in enumerate(line.operands)]
        for each, times in reads:
            if isinstance(each, Line):
                counts[each] = counts.get(each, 0) + times
        return counts


def _simpler(name: str, arguments: Sequence[Any]) -> Any:
    """What an operation with a plain number comes to, where that is exact."""
    first, last = arguments[0], arguments[-1]
    match name:
        case "identity":
            return first
        case "mul" if _is(last, 1.0):
            return first
        case "mul" if _is(first, 1.0):
            return last
        case "mul" if _is(last, -1.0):
            return -first
        case "mul" if _is(first, -1.0):
            return -last
        case "div" | "pow" if _is(last, 1.0):
            return first
        case "pow" if _is(last, 2.0):
            return first * first
        case "pow" if _is(last, 3.0):
            return first * first * first
        case "pow" if _is(last, 0.0):
            return 1.0
        case "sub" if _is(last, 0.0):
            return first
        case "masked" if not isinstance(first, Line):
            return last if first else 0.0
        case _:
            return None


def _is(operand: Any, value: float) -> bool:
    return isinstance(operand, (int, float)) and operand == value


# ---------------------------------------------------------------- names
class Names:
    """Gives out names that all differ and that every language here reads as one.

    Args:
        taken: names that are not free.
    """

    def __init__(self, taken: Iterable[str]) -> None:
        self._used, self._count = set(taken), 0

    def name(self, label: str) -> str:
        """A name for a label; t1, t2, … for none."""
        plain = re.sub(r"\W+", "_", label, flags=re.ASCII).strip("_")
        base = plain if plain and not plain[0].isdigit() else f"v_{plain}" if plain else ""
        name, k = base, 1
        while not name or name in self._used or keyword.iskeyword(name):
            if base:
                k += 1
                name = f"{base}_{k}"
            else:
                self._count += 1
                name = f"t{self._count}"
        self._used.add(name)
        return name


# ---------------------------------------------------------------- printing
class Dialect(NamedTuple):
    """How a language writes the primitives.

    Attributes:
        name: of the language.
        forms: for each primitive it has, a template of its operands {0}, {1}, …; operators are the common ones.
        number: how a number is written.
        taken: names that lines can't have.
        negation: how a condition is turned round.
    """

    name: str
    forms: Mapping[str, str]
    number: Callable[[float], str]
    taken: frozenset[str]
    negation: str = "!({})"

    def condition(self, relation: str, outcome: bool) -> str:
        """A template of a comparison that has to hold."""
        comparison = f"{{0}} {relation} {{1}}"
        return comparison if outcome else self.negation.format(comparison)

    @property
    def spelled(self) -> set[str]:
        """The primitives it has a form for."""
        return {*self.forms, *INFIX}


INFIX = ("add", "sub", "mul", "div", "neg")


class Printed(NamedTuple):
    """A listing in a language.

    Attributes:
        inputs: the names of the inputs.
        statements: pairs of a name and its expression, and guards as (None, condition).
        outputs: an expression for each output.
    """

    inputs: list[str]
    statements: list[tuple[str | None, str]]
    outputs: list[str]


def printed(listing: Listing, dialect: Dialect, *, inline: bool = True) -> Printed:
    """Write a listing in a language.

    Args:
        listing: the statements.
        dialect: the language.
        inline: whether an unlabelled line that is read once is written where it is read.
    """
    lines, uses = listing.lines(), listing.uses(dialect.forms)
    names = Names(dialect.taken)
    inputs = [names.name(line.label) for line in listing.inputs]
    terms: dict[Line, Term] = {line: Term(name, ATOM) for line, name in zip(listing.inputs, inputs, strict=True)}

    def term(operand: Any) -> Term:
        if isinstance(operand, Line):
            return terms[operand]
        return Term(dialect.number(float(operand)), ATOM if operand >= 0 else SIGN)

    statements: list[tuple[str | None, str]] = []
    for line in lines:
        expression = _expression(line, [term(each) for each in line.operands], dialect)
        if inline and not line.label and uses[line] == 1 and len(expression.text) <= LONGEST:
            terms[line] = expression
        else:
            terms[line] = Term(names.name(line.label), ATOM)
            statements.append((terms[line].text, expression.text))
    for guard in listing.guards:
        sides = [bound(term(side), SUM) for side in (guard.left, guard.right)]
        statements.append((None, dialect.condition(guard.relation, guard.outcome).format(*sides)))
    return Printed(inputs, statements, [term(each).text for each in listing.outputs])


def _expression(line: Line, operands: list[Term], dialect: Dialect) -> Term:
    if line.head in dialect.forms:
        return Term(dialect.forms[line.head].format(*(each.text for each in operands)), ATOM)
    if line.head == "neg":
        return Term("-" + bound(operands[0], ATOM), SIGN)
    symbol, binding, left, right = OPERATORS[line.head]
    # a sign in the middle of an expression is hard to read
    left_text, right_text = (
        bound(operands[0], max(left, binding)),
        bound(operands[1], right if operands[1].binding != SIGN else ATOM),
    )
    spaced = f" {symbol.strip()} " if binding < PRODUCT else symbol
    return Term(left_text + spaced + right_text, binding)
