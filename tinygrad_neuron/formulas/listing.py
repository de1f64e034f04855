"""Straight-line listings: programs over lines, the common form of all source code that is written from graphs."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..primitives import CONSTANT, Ieee, Operators, Primitive
from ..program import Program
from ..recording import Tag
from ..value import Value
from .formula import ATOM, SIGN, SUM, Notation, Term, bound

LONGEST = 60  # characters of an expression that is written where it is used


class LanguageError(ValueError):
    """A graph, or a training, that can't be written in the language that is asked for."""


class Line(Operators):
    """A place of a listing that isn't a plain number: also the reading of the primitives' table that builds one."""

    __slots__ = ("listing", "place")

    def __init__(self, listing: Listing, place: int) -> None:
        self.listing: Listing = listing
        self.place: int = place

    def read_primitive(self, entry: Primitive, arguments: tuple[Any, ...]) -> Any:
        """The statement that applies a primitive."""
        return self.listing.add(entry, arguments)

    @property
    def label(self) -> str:
        """What it is called, "" for nothing."""
        return self.listing.labels[self.place]

    @label.setter
    def label(self, label: str) -> None:
        self.listing.labels[self.place] = label


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
    """Rows that are added one by one; equal ones are one, and what is computed from constants is one.

    Args:
        spelled: the names of the primitives that the language has a form for;
            others are composed of them.

    Attributes:
        inputs: the lines that are given.
        outputs: lines or numbers.
        guards: comparisons that have to come out as recorded.
        labels: for each row what it is called.
    """

    def __init__(self, spelled: Iterable[str]) -> None:
        self._spelled = frozenset(spelled)
        self._known: dict[tuple[Any, ...], int] = {}
        self._rows: list[tuple[Primitive | None, tuple[int, ...], float]] = []
        self.labels: list[str] = []
        self.inputs: list[Line] = []
        self.outputs: list[Any] = []
        self.guards: list[Guard] = []

    def input(self, label: str) -> Line:
        """A further line that is given."""
        self.inputs.append(Line(self, self._row(None, (), label=label)))
        return self.inputs[-1]

    def add(self, entry: Primitive, arguments: Sequence[Any]) -> Any:
        """The line that applies a primitive; a number if the arguments are numbers."""
        if not any(isinstance(each, Line) for each in arguments):
            return Ieee(entry.evaluate(*map(float, arguments)))
        if (simpler := _simpler(entry.name, arguments)) is not None:
            return simpler
        if entry.name not in self._spelled or (entry.variadic and len(arguments) != 2):
            return self._composed(entry, arguments)
        operands = tuple(map(self.place, arguments))
        return Line(self, self._once((entry.name, operands), entry, operands))

    def place(self, thing: Any) -> int:
        """The place of a line, or of a plain number."""
        if isinstance(thing, Line):
            return thing.place
        number = float(thing)
        return self._once(("number", repr(number)), CONSTANT, (), number)

    def _once(self, key: tuple[Any, ...], *row: Any) -> int:
        if key not in self._known:
            self._known[key] = self._row(*row)
        return self._known[key]

    def _row(self, primitive: Primitive | None, operands: tuple[int, ...], number: float = 0.0, label: str = "") -> int:
        self._rows.append((primitive, operands, number))
        self.labels.append(label)
        return len(self.labels) - 1

    def _composed(self, entry: Primitive, arguments: Sequence[Any]) -> Any:
        """The statements that a primitive without a form of its own is made of."""
        try:
            return entry.composed(*arguments)
        except (TypeError, AttributeError, RecursionError):
            raise LanguageError(
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
        program = Program.of(*outputs)

        def read(k: int, operands: list[Any]) -> Any:
            if not operands:
                return Ieee(program.numbers[k])
            line = self.add(program.primitives[k], operands)  # type: ignore[arg-type]
            if program.tags[k].label and isinstance(line, Line) and not line.label:
                line.label = program.names[k]
            return line

        given = {program.places[node]: each for node, each in places.items() if node in program.places}
        return {**places, **dict(zip(program.nodes, program.forward(read, given), strict=True))}

    @property
    def program(self) -> Program:
        """The listing as a program; its roots are the outputs, then the sides of the guards."""
        ends = [*self.outputs, *(side for guard in self.guards for side in (guard.left, guard.right))]
        roots, tags = [self.place(each) for each in ends], [Tag(label) for label in self.labels]
        primitives, operands, numbers = zip(*self._rows, strict=True) if self._rows else [()] * 3
        return Program(primitives, operands, roots, numbers=numbers, tags=tags)


def reads(program: Program, forms: Mapping[str, str] | None = None) -> list[int | None]:
    """How often each place is read; None where the roots don't need it.

    Args:
        program: of a listing.
        forms: templates by the names of primitives; some read an operand twice.
    """
    weights = [
        [max(1, forms.get(primitive.name, "").count(f"{{{k}}}")) if forms and primitive else 1 for k in range(len(row))]
        for primitive, row in zip(program.primitives, program.operands, strict=True)
    ]
    return program.backward(weights, times=lambda _count, weight: weight, seeds=Counter(program.roots))


def statements(program: Program) -> list[int]:
    """The places that are computed and that the roots need, in order."""
    return [k for k, count in enumerate(reads(program)) if count is not None and program.is_computed(k)]


def _simpler(name: str, arguments: Sequence[Any]) -> Any:
    """What an operation with a plain number comes to, where that is exact."""
    first, last = arguments[0], arguments[-1]
    if name == "identity":
        return first
    if name in ("where", "masked") and not isinstance(first, Line):
        return arguments[1] if first else arguments[2] if name == "where" else 0.0
    if (name, last) in WITH_LAST:
        return WITH_LAST[name, last](first)
    return WITH_LAST[name, first](last) if name == "mul" and (name, first) in WITH_LAST else None


WITH_LAST: dict[tuple[str, float], Callable[[Any], Any]] = {
    ("mul", 1.0): lambda x: x,
    ("mul", -1.0): lambda x: -x,
    ("div", 1.0): lambda x: x,
    ("pow", 0.0): lambda x: 1.0,
    ("pow", 1.0): lambda x: x,
    ("pow", 2.0): lambda x: x * x,
    ("pow", 3.0): lambda x: x * x * x,
}


# ---------------------------------------------------------------- names
class Names:
    """Gives out names that all differ and that every language here reads as one.

    Args:
        taken: names that are not free.
        letters: re.ASCII for a language that has no others.
    """

    def __init__(self, taken: Iterable[str], letters: re.RegexFlag = re.NOFLAG) -> None:
        self._used, self._counts, self._letters = set(taken), Counter[str](), letters

    def name(self, label: str) -> str:
        """A name for a label; t1, t2, … for none."""
        plain = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", label), flags=self._letters).strip("_")
        base = plain if plain and not plain[0].isdigit() else f"v_{plain}" if plain else ""
        name = base
        while not name or name in self._used or keyword.iskeyword(name):
            self._counts[base] += 1
            name = f"{base}_{self._counts[base] + 1}" if base else f"t{self._counts[base]}"
        self._used.add(name)
        return name


# ---------------------------------------------------------------- printing
class Dialect(NamedTuple):
    """How a language writes the primitives.

    Attributes:
        name: of the language.
        forms: for each primitive it has, a template of its operands {0}, {1}, …; operators are the common ones.
        number: how a number is written.
        negation: how a condition is turned round.
        reserved: words that lines can't be called.
        letters: re.ASCII if names have no others.
    """

    name: str
    forms: Mapping[str, str]
    number: Callable[[float], str]
    negation: str = "!({})"
    reserved: frozenset[str] = frozenset()
    letters: re.RegexFlag = re.NOFLAG

    def condition(self, relation: str, outcome: bool) -> str:
        """A template of a comparison that has to hold."""
        comparison = f"{{0}} {relation} {{1}}"
        return comparison if outcome else self.negation.format(comparison)

    @property
    def spelled(self) -> set[str]:
        """The primitives it has a form for."""
        return {*self.forms, *INFIX}

    @property
    def taken(self) -> set[str]:
        """The names that lines can't have: the language's own words, and those that the forms use."""
        used = re.findall(r"[A-Za-z_]\w*", " ".join(self.forms.values()))
        return {*used, *OWN_NAMES, *self.reserved}


INFIX = ("add", "sub", "mul", "div", "neg")
OWN_NAMES = ("captured", "nan", "inf")  # of the functions that are written around listings


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
    program = listing.program
    counts, names = reads(program, dialect.forms), Names(dialect.taken, dialect.letters)
    inputs = [names.name(line.label) for line in listing.inputs]
    given = {line.place: Term(name, ATOM) for line, name in zip(listing.inputs, inputs, strict=True)}
    statements: list[tuple[str | None, str]] = []

    def read(k: int, operands: list[Term]) -> Term | None:
        if counts[k] is None:
            return None
        if not operands:
            number = program.numbers[k]
            return Term(dialect.number(number), ATOM if number >= 0 else SIGN)
        expression, label = _expression(program.primitives[k].name, operands, dialect), program.tags[k].label  # type: ignore[union-attr]
        if inline and not label and counts[k] == 1 and len(expression.text) <= LONGEST:
            return expression
        statements.append((names.name(label), expression.text))
        return Term(statements[-1][0] or "", ATOM)

    terms = program.forward(read, given)
    for guard in listing.guards:
        sides = [bound(terms[listing.place(side)], SUM) for side in (guard.left, guard.right)]
        statements.append((None, dialect.condition(guard.relation, guard.outcome).format(*sides)))
    return Printed(inputs, statements, [terms[listing.place(each)].text for each in listing.outputs])


OPERATORS = Notation(negated=ATOM)  # those that all languages spell alike


def _expression(name: str, operands: list[Term], dialect: Dialect) -> Term:
    if name in dialect.forms:
        return Term(dialect.forms[name].format(*(each.text for each in operands)), ATOM)
    return OPERATORS.operation(name, operands)
