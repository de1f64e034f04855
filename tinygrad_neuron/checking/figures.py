"""Figures derived by hand: read at the digits they are given with, and worked out with as few digits on the way."""

from __future__ import annotations

import math
import random
import re
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..arguments import require
from ..formulas.expression import Expression
from ..primitives import Primitive, settle
from ..program import Program
from ..value import Value

NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
COMMA = re.compile(r"(?<=\d),(?=\d+(?:[eE]|$))")  # a decimal one
ROUNDED = re.compile(
    r"(?<![\w.])(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)?"
)  # a number with decimals is rounded, a whole one exact
FEWEST = 3  # significant digits that somebody works with who leaves out zeros at the end
MOST_DIGITS = 9  # who gives more didn't round on the way
SKIPS = (0.0, *[0.2] * 15, *[0.5] * 15, *[0.8] * 9)  # how many of the roundings each learner leaves out
SLACK, MOST = 2.0, 0.25  # times as far as the tries lead, others may; of the gradient that is at most this share
Rounding = Callable[[float], float]
Kind = tuple[str, int]  # of a rounding: how many decimals, digits or bits it keeps


class HandFigure(NamedTuple):
    """A gradient derived by hand.

    Attributes:
        value: the number, or what the formula gives.
        unit: half a unit of its last digit, as it was given; 0 for a formula.
        text: as it was given.
        formula: the formulas and functions it is one of, None for a number.
        agrees: the verdict, None before it was judged.
        complaint: what it lacks of what was asked for.
    """

    value: float
    unit: float
    text: str = ""
    formula: Any = None
    agrees: bool | None = None
    complaint: str = ""


def read_number(text: str) -> HandFigure | None:
    """A number with the digits it is written with; None if it is another text.

    Args:
        text: as in "-0.0080", which claims four decimals; −0,0080 is the same.

    Examples:
        >>> read_number("-0.0080").unit < 5.1e-05
        True
    """
    plain = COMMA.sub(".", text.strip().replace("−", "-"))
    return HandFigure(float(plain), half_unit_of(plain), plain) if NUMBER.fullmatch(plain) else None


def half_unit_of(text: str) -> float:
    """Half a unit of the last digit of a number in text, and 0 for a 0 that doesn't claim several decimals."""
    mantissa, _, exponent = text.strip().lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    return 0.5 * 10.0 ** min(300, int(exponent or 0) - decimals) * (1 + 1e-9) if float(text) or decimals > 1 else 0.0


class Demand(NamedTuple):
    """How many digits figures by hand must have.

    Attributes:
        number: how many.
        decimals: whether these are decimal places, and not significant digits.
    """

    number: int
    decimals: bool

    def apply(self, figure: HandFigure) -> HandFigure:
        """The figure as it is judged at these digits, with a complaint if it has fewer; a formula as it is."""
        if figure.formula is not None or not math.isfinite(figure.value):
            return figure
        has, kind = count_digits(figure.text, decimals=self.decimals), "decimals" if self.decimals else "digits"
        short = NUMBER.fullmatch(figure.text.strip()) and figure.value and has < self.number
        lacks = f"{self.number} {kind} are asked for, and {figure.text} has {has}" if short else ""
        first = 0 if self.decimals or not figure.value else math.floor(math.log10(abs(figure.value))) + 1
        return figure._replace(unit=0.5 * 10.0 ** (first - self.number) * (1 + 1e-9), complaint=lacks)


def read_demand(digits: int | None, decimals: int | None) -> Demand | None:
    """What was asked for; None for nothing.

    Raises:
        ValueError: both were, or it isn't a number of digits.
    """
    count = decimals if digits is None else digits
    if count is None:
        return None
    require(digits is None or decimals is None, "digits and decimals can't both be asked for: digits", digits)
    require(0 < count <= 15, "digits and decimals must be from 1 to 15", count)
    return Demand(count, decimals is not None)


def count_digits(text: str, *, decimals: bool = False) -> int:
    """How many significant digits, or decimal places, a number in text claims."""
    mantissa, _, exponent = text.strip().lstrip("+-").lower().partition("e")
    if decimals:
        return max(0, len(mantissa.partition(".")[2]) - int(exponent or 0))
    return len(mantissa.replace(".", "").lstrip("0"))


def read_product(text: str, program: Program) -> HandFigure:
    """A figure given as arithmetic of numbers, as -0.036*0.559*0.4: those with decimals were rounded.

    Args:
        text: an expression without names.
        program: the graph; the numbers of its leaves and constants are exact.
    """
    exact = {abs(x) for x, row in zip(program.numbers, program.operands, strict=True) if not row}
    rounded = [each for each in ROUNDED.finditer(text) if float(each[0]) not in exact]
    names = {f"rounded{k}": each for k, each in enumerate(rounded)}
    named = text
    for name, each in reversed(names.items()):
        named = named[: each.start()] + name + named[each.end() :]
    leaves = {name: Value(float(each[0])) for name, each in names.items()}
    root = Expression(named)(leaves)
    if leaves:
        root.backward()
    spread = math.fsum(abs(leaf.grad) * half_unit_of(names[name][0]) for name, leaf in leaves.items())
    return HandFigure(root.data, spread, text)


# ---------------------------------------------------------------- rounded on the way
class Learners:
    """All who might have worked out a graph's gradients with few digits, each with roundings of their own.

    Args:
        program: the graph.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self._found: dict[tuple[Any, ...], list[list[float | None]]] = {}

    def explain_rounding(
        self, k: int, figure: HandFigure, exact: float, earlier: Mapping[int, float], *, follow: bool = False
    ) -> str:
        """Why a figure may differ from the exact gradient: the digits that it was worked with; "" if these don't tell.

        The gradient is worked out as a learner does, with all numbers on the way rounded like the figure, in the ways
        that are usual. Others may be led somewhat farther, but not where digits are lost.

        Args:
            k: the place that is differentiated by.
            figure: what was given.
            exact: what it should be.
            earlier: the learner's figures for stages, by their places.
            follow: whether it must follow from these.
        """
        for words, kind, rounding, unit in _list_roundings(figure):
            tries = self._work_out(kind, rounding, earlier)
            found = [gradients[k] or 0.0 for gradients in tries[1::2] if follow] or [each[k] or 0.0 for each in tries]
            errors = [0.0, *(each - exact for each in found if math.isfinite(each))]
            usual = min(SLACK * max(map(abs, errors)), MOST * abs(exact))
            if min(*errors, -usual) - unit <= figure.value - exact <= max(*errors, usual) + unit:
                return words
        return ""

    def _work_out(self, kind: Kind, rounding: Rounding, earlier: Mapping[int, float]) -> list[list[float | None]]:
        """What each of them finds, which is the same for all figures with as many digits."""
        key = kind, *sorted(earlier.items())
        if key not in self._found:
            chance = random.Random(0)
            learners = [_Learner(self.program, rounding, chance, skips) for skips in SKIPS]
            self._found[key] = [learner.work_out(seeds) for learner in learners for seeds in ({}, earlier)]
        return self._found[key]


def _list_roundings(figure: HandFigure) -> Iterator[tuple[str, Kind, Rounding, float]]:
    """The ways in which a figure may have been rounded, with half a unit of its last digit."""
    if not math.isfinite(figure.value) or not figure.unit:  # a 0 without decimals wasn't rounded to it
        return
    mantissa, _, exponent = figure.text.strip().lstrip("+-").lower().partition("e")
    digits = len(mantissa.replace(".", "").lstrip("0"))
    if NUMBER.fullmatch(figure.text.strip()) and digits <= MOST_DIGITS:
        decimals = len(mantissa.partition(".")[2]) - int(exponent or 0)
        if decimals > 1 and not exponent:
            yield "right, rounded on the way", ("decimals", decimals), lambda x: round(x, decimals), figure.unit
        digits = max(digits, FEWEST)
        yield "right, rounded on the way", ("digits", digits), lambda x: float(f"{x:.{digits}g}"), figure.unit
    elif as_float32(figure.value) == figure.value:
        yield "right to float32's 24 bits", ("bits", 24), as_float32, math.ulp(figure.value) * 2.0**29


def as_float32(number: float) -> float:
    """The nearest number of single precision."""
    try:
        return float(struct.unpack("f", struct.pack("f", number))[0])
    except OverflowError:
        return math.copysign(math.inf, number)


class _Learner:
    """Somebody who works out a gradient with rounded numbers, and leaves out some of the roundings.

    Args:
        program: the graph.
        rounding: rounds a number.
        chance: decides which roundings are left out.
        skips: how many, as a share.
    """

    def __init__(self, program: Program, rounding: Rounding, chance: random.Random, skips: float) -> None:
        self.program, self.rounding, self.chance, self.skips = program, rounding, chance, skips

    def keep(self, number: float) -> float:
        """A number as it is written down."""
        skipped = not math.isfinite(number) or self.chance.random() < self.skips
        return number if skipped else self.rounding(number)

    def work_out(self, known: Mapping[int, float]) -> list[float | None]:
        """The gradients of all places, from the root on, or from stages whose gradients are known already."""
        program, numbers = self.program, self.program.forward(self._read)
        rows = zip(program.operands, self._partials(numbers), strict=True)
        cut = [[None if o in known else slope for o, slope in zip(*row, strict=True)] for row in rows]
        seeds = {program.roots[0]: 1.0, **known}
        return program.backward(cut, lambda a, b: self.keep(a + b), lambda a, b: self.keep(a * b), seeds)

    def _read(self, place: int, xs: list[float]) -> float:
        return self.keep(self.program.primitives[place].evaluate(*xs)) if xs else self.program.numbers[place]  # type: ignore[union-attr]

    def _partials(self, numbers: Sequence[float]) -> list[list[float | None]]:
        """The partials as people write them, at the numbers that they have."""
        rows = zip(self.program.primitives, self.program.operands, self.program.wanted, numbers, strict=True)
        return [
            self._write_partials(entry, y, [numbers[o] for o in row], wanted) if entry and row else []
            for entry, row, wanted, y in rows
        ]

    def _write_partials(
        self, entry: Primitive, y: float, xs: Sequence[float], wanted: Sequence[bool]
    ) -> list[float | None]:
        """Of tanh 1 - y², of sigmoid y·(1 - y); of others what the rules say, of a maximum without rounding it."""
        if entry.name == "tanh":
            return [self.keep(1.0 - self.keep(y * y))]
        if entry.name == "sigmoid":
            return [self.keep(y * self.keep(1.0 - y))]
        slopes = map(settle, entry.partials(entry.evaluate(*xs), xs, wanted))
        return [slope if slope is None else self.keep(slope) for slope in slopes]
