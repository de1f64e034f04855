"""A graph at several points of the piece that it is in: where a formula is right that is right everywhere."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from ..formulas.derivation import local_derivatives, symbols
from ..formulas.symbol import Symbol, simplified, unicode, unicode_number
from ..program import Program
from .points import decisions, find_shares

POINTS, TRIES = 6, 120  # points wanted, and drawn for them
ENOUGH, GOOD = 30, 0.02  # points among which the best are chosen; what is well enough conditioned
WIDTHS, SCALES = (1.0, 0.4, 0.1, 0.02), (1.0, 1.0, 0.6, 0.3)  # how far numbers move, and what they are multiplied with
LONGEST = 60  # characters of a name in a sentence
SMALL = 0.02  # a number below this is moved in proportion alone


class Sample(NamedTuple):
    """The numbers of a graph at one point, and its partials: 0 where a condition lets nothing through."""

    numbers: Sequence[float]
    slopes: Sequence[Sequence[float | None]]


class Samples:
    """A graph at points at which every condition decides as at the given one: all formulas are the same there.

    Any point of that piece decides, it need not be near. Those are kept at which no path is hidden because a function
    is saturated.

    Args:
        program: the graph.
        here: whether the given point alone is taken: a figure says nothing of others.
    """

    program: Program

    def __init__(self, program: Program, *, here: bool = False) -> None:
        self.program = program
        moved = [] if here else self._draw()
        self.points: list[Sample] = [self._read(each) for each in moved] or [self._read(program)]

    def __len__(self) -> int:
        return len(self.points)

    def numbers(self, k: int) -> list[float]:
        """The numbers of a place, one for each point."""
        return [each.numbers[k] for each in self.points]

    def slopes(self, head: int, slot: int) -> list[float]:
        """The partials on an edge, one for each point."""
        return [each.slopes[head][slot] or 0.0 for each in self.points]

    @cached_property
    def called(self) -> list[str]:
        """What each place is called: its label, else its formula, with the middle left out where it is long."""
        program, found = self.program, symbols(self.program)
        return [_name(program, k, found) for k in range(len(program))]

    @cached_property
    def right(self) -> list[tuple[str, ...]]:
        """The partials in names."""
        found = symbols(self.program)
        return local_derivatives(self.program, [_shorten(self.program, k, each) for k, each in enumerate(found)])

    def _read(self, program: Program) -> Sample:
        wanted = zip(program.partials, self.program.wanted, strict=True)
        rows = [[(s or 0.0) if want else None for s, want in zip(*row, strict=True)] for row in wanted]
        return Sample(program.numbers, rows)

    def _draw(self) -> list[Program]:
        """The best conditioned of the points that are drawn."""
        found: list[tuple[float, int, Program]] = []
        pieces = decisions(self.program)
        for turn, changes in enumerate(self._list_changes()):
            try:
                moved = self.program.at(changes)
            except (ValueError, ArithmeticError, TypeError):
                continue
            if not found and turn > TRIES // 2:
                pieces = decisions(moved)  # the given point lies between pieces: any of them
            if decisions(moved) == pieces and (score := _condition(moved)):
                found.append((score, turn, moved))
            if len(found) >= ENOUGH or sum(score > GOOD for score, *_ in found) >= POINTS:
                break
        return [each for *_, each in sorted(found, key=lambda each: -each[0])[:POINTS]]

    def _list_changes(self) -> Iterator[Mapping[int, float]]:
        chance, program = random.Random(7), self.program
        whole = {k for k in program.leaves if program.numbers[k].is_integer() and abs(program.numbers[k]) > 1}
        groups = [[program.places[leaf] for leaf in group] for group in find_shares(program)]
        for turn in range(TRIES):
            width, scale = WIDTHS[turn * len(WIDTHS) // TRIES], SCALES[turn % len(SCALES)]
            held = whole if turn % 2 else set()
            yield _share(
                groups, {k: _move(program.numbers[k], width, scale, chance) for k in program.leaves if k not in held}
            )


def _name(program: Program, k: int, found: Sequence[Any]) -> str:
    """What a place is called in sentences; never by what only the package calls it."""
    if not isinstance(found[k], Symbol):
        return unicode_number(found[k])
    if program.tags[k].label or not program.is_computed(k):
        return unicode(found[k]).text
    name = program.primitives[k].name  # type: ignore[union-attr]
    whole = simplified(name, [_shorten(program, o, found[o]) for o in program.operands[k]])
    written = unicode(whole).text if isinstance(whole, Symbol) else unicode_number(whole)
    return written if len(written) <= LONGEST else f"{written[: LONGEST // 2]}…{written[-LONGEST // 2 :]}"


def _shorten(program: Program, k: int, symbol: Any) -> Any:
    """An operand as a symbol; three dots for one that is too long to have a name."""
    is_long = not program.tags[k].label and isinstance(symbol, Symbol) and symbol.head == program.names[k]
    return Symbol("(…)") if is_long and program.is_computed(k) else symbol


def _move(number: float, width: float, scale: float, chance: random.Random) -> float:
    reach = 0.3 * abs(number) + (0.0 if 0 < abs(number) < SMALL else 0.1)
    return number * scale + width * chance.uniform(-reach, reach)


def _share(groups: Sequence[Sequence[int]], numbers: dict[int, float]) -> dict[int, float]:
    """The numbers with the sums of some groups made 1 again."""
    for group in groups:
        total = math.fsum(abs(numbers[k]) for k in group if k in numbers)
        numbers |= {k: abs(numbers[k]) / total for k in group if k in numbers and total}
    return numbers


def _condition(program: Program) -> float:
    """How well a point shows every path: the least and the largest partial, 1 at best, 0 if something isn't finite."""
    slopes = [abs(slope) for row in program.partials for slope in row if slope]
    if not all(map(math.isfinite, (*program.numbers, *slopes))):
        return 0.0
    return min((min(slope, 10 / slope) for slope in slopes if slope), default=1.0) or 1e-300
