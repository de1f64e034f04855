"""Whether the engine is right at the numbers that it recorded: its partials and its sums, one operation at a time.

The exact partial of each operation is found from its forward function alone, at the recorded numbers of its operands.
Chained, they say what the gradient should be. Only the backward pass can round there, so that no cancellation and no
maximum or clip can hide an error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from ..ops import NAMES
from ..program import Program
from .derivative import NotExactError
from .exact import has_flint, has_mpmath
from .numerical import ridders_difference

UNIT, TINY = 2.0**-53, 5e-324  # half a unit in the last place, relative; what underflow takes
RULE, OWN_RULE, GUESSED_RULE = (
    4.0,
    16.0,
    2.0**20,
)  # units that a rule of the table, another's, or an unknown one may lose
SUBNORMAL = 1e-300  # numbers below have fewer digits, or are on the way there
DIFFERENCE = 1e-8  # relative: what a difference of floats is trusted with at best
FELT = frozenset(
    {"silu", "gelu", "gelu_slope", "gaussian", "pow"}
)  # whose rules cancel: the roundings of their arguments are felt


class Slope(NamedTuple):
    """The exact partial along an operand at the recorded numbers.

    Attributes:
        value: the partial; at a tie the engine's own choice, if it lies between the sides.
        allowed: how far the engine's may be off by its roundings.
        tied: whether it had to be chosen.
        chosen_well: whether the engine's choice lies between the sides.
        rough: the primitive's name, where it was found by differences alone.
    """

    value: float | None
    allowed: float = 0.0
    tied: bool = False
    chosen_well: bool = True
    rough: str = ""


class Recorded:
    """The exact partials of a graph at its recorded numbers, and what they chain to.

    Args:
        program: the graph.

    Examples:
        >>> x = Value(0.5)
        >>> value, allowed = Recorded(Program.of(x.tanh())).gradient(0)
        >>> abs(value - (1 - math.tanh(0.5) ** 2)) <= allowed < 1e-14
        True
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.slopes: list[list[Slope | None]] = [self._row(k) for k in range(len(program))]

    def _row(self, k: int) -> list[Slope | None]:
        """The partials of an operation; of an operand in several slots at the first of them."""
        row, wanted = self.program.operands[k], self.program.wanted[k]
        firsts = [want and row.index(o) == slot for slot, (o, want) in enumerate(zip(row, wanted, strict=True))]
        if not any(firsts):
            return [None] * len(row)
        try:
            exact = self._local_partials(k)
        except NotExactError as missing:
            return [self._difference(k, slot, str(missing)) if first else None for slot, first in enumerate(firsts)]
        parts = [[part for o, part in zip(row, exact, strict=True) if o == own and part is not None] for own in row]
        return [self._slope(k, slot, parts[slot]) if first else None for slot, first in enumerate(firsts)]

    def _local_partials(self, k: int) -> Sequence[float | None]:
        program, entry = self.program, self.program.primitives[k]
        row, wanted = program.operands[k], program.wanted[k]
        if has_flint():
            from .enclosure import local_partials
        elif program.at_kink(k):
            return [math.nan if want else None for want in wanted]
        elif has_mpmath():
            from .precise import local_partials
        else:
            raise NotExactError(entry.name)  # type: ignore[union-attr]
        return local_partials(entry, [program.numbers[o] for o in row], row, wanted)  # type: ignore[arg-type]

    def _flows(self, k: int, slot: int) -> list[float]:
        """The engine's partials along the operand in a slot, in all slots that it stands in."""
        row = self.program.operands[k]
        return [
            flow for o, flow in zip(row, self.program.partials[k], strict=True) if o == row[slot] and flow is not None
        ]

    def engine(self, k: int, slot: int) -> float | None:
        """The engine's partial along the operand in a slot; None if nothing flows."""
        flows = self._flows(k, slot)
        return sum(flows) if flows else None

    def _slope(self, k: int, slot: int, parts: Sequence[float]) -> Slope:
        """The partial along an operand, of its parts in all slots where it is used."""
        exact, chosen = sum(parts), self.engine(k, slot)
        if chosen != chosen and any(math.isinf(self.program.numbers[o]) for o in self.program.operands[k]):
            return Slope(chosen, tied=True)  # the forward pass has overflowed
        if exact == 0 and chosen is None:
            return Slope(None)
        if exact != exact:
            return self._convention(k, slot, chosen)
        return Slope(exact, self._allowed(k, slot, max(sum(map(abs, parts)), sum(map(abs, self._flows(k, slot))))))

    def _difference(self, k: int, slot: int, rough: str) -> Slope:
        """The same of a forward function for floats alone: a difference of this operation."""
        engine = self.engine(k, slot)
        if self.program.at_kink(k) or not (engine is None or math.isfinite(engine)):
            return self._convention(k, slot, engine)
        row, operation = self.program.operands[k], self.program.operation(k)
        found = [_difference(operation, each) for each, o in enumerate(row) if o == row[slot]]
        value, error = (sum(column) for column in zip(*found, strict=True))
        if not math.isfinite(value + error):
            return Slope(engine, tied=True)
        return Slope(value, 4.0 * error + DIFFERENCE * abs(value), rough=rough)

    def _convention(self, k: int, slot: int, chosen: float | None) -> Slope:
        """The engine's own choice at a tie, or the side that is nearer."""
        chooses = self.program.primitives[k].name in ("where", "masked")  # type: ignore[union-attr]
        from_sides = None if chooses else self._sides(k, slot)  # they take the branch that is taken, by convention
        if from_sides is None or (chosen is not None and not math.isfinite(chosen)):
            return Slope(chosen, tied=True)
        low, high = sorted(from_sides)
        slack, number = 1e-12 * max(abs(low), abs(high), 1.0) if math.isfinite(high - low) else 0.0, chosen or 0.0
        if low - slack <= number <= high + slack:
            return Slope(chosen, tied=True)
        return Slope(low if number < low else high, tied=True, chosen_well=False)

    def _sides(self, k: int, slot: int) -> tuple[float, float] | None:
        if not has_flint():
            return None
        from .enclosure import local_sides

        row = self.program.operands[k]
        slots = [each for each, o in enumerate(row) if o == row[slot]]
        return local_sides(self.program.primitives[k], [self.program.numbers[o] for o in row], slots)  # type: ignore[arg-type]

    def _allowed(self, k: int, slot: int, size: float) -> float:
        """What the rule of the table may lose: a few units of its result, and what rules that cancel feel."""
        entry: Any = self.program.primitives[k]
        numbers = [self.program.numbers[o] for o in self.program.operands[k]]
        if entry.name in NAMES and entry.name not in FELT:
            return RULE * UNIT * size + RULE * TINY
        y = abs(self.program.numbers[k])
        lost = RULE * TINY * (1.0 + size / y) if entry.name == "gaussian" and 0 < y < SUBNORMAL else 0.0  # by y already
        if size < SUBNORMAL:  # what it multiplies with x or x² has lost digits already
            lost += RULE * TINY * (1.0 + numbers[slot] ** 2)
        if not has_flint():
            return GUESSED_RULE * UNIT * size
        from .enclosure import local_curvature

        felt = abs(numbers[slot] * local_curvature(entry, numbers, slot))
        if entry.name == "pow" and numbers[0] > 0:  # the rule's exponent, b - 1, is rounded
            felt += max(1.0, abs(numbers[1])) * abs(math.log(numbers[0]) * size)
        return (RULE if entry.name in NAMES else OWN_RULE) * UNIT * (size + felt) + lost

    @cached_property
    def _chained(self) -> list[Any]:
        """For each place the exact partials chained, and a bound of what the backward pass may lose on the way."""

        def times(upstream: tuple[float, float], slope: Slope) -> tuple[float, float] | None:
            if slope.value is None:
                return None
            value, error = upstream
            rounding = slope.allowed + UNIT * abs(slope.value)
            return value * slope.value, error * abs(slope.value) + (abs(value) + error) * rounding + TINY

        def plus(known: tuple[float, float], part: tuple[float, float]) -> tuple[float, float]:
            total = known[0] + part[0]
            return total, known[1] + part[1] + UNIT * abs(total)

        return self.program.backward(self.slopes, plus, times, {self.program.roots[0]: (1.0, 0.0)})

    def gradient(self, k: int) -> tuple[float, float]:
        """What the gradient of a place should be at the recorded numbers, and how far roundings may move it."""
        value, error = self._chained[k] or (0.0, 0.0)
        return value, 2.0 * error

    def select(self, wanted: Callable[[Slope], bool]) -> list[int]:
        """The operations that have such a partial, and through which something flows to the root."""
        return [
            k
            for k, row in enumerate(self.slopes)
            if self._chained[k] is not None and any(slope is not None and wanted(slope) for slope in row)
        ]

    def find_wrong(self) -> tuple[int, int] | None:
        """The first operation, inputs first, of which a partial is wrong, and the slot of its operand."""
        for k, row in enumerate(self.slopes):
            for slot, slope in enumerate(row):
                if slope is not None and self._is_wrong(k, slot, slope):
                    return k, slot
        return None

    def _is_wrong(self, k: int, slot: int, slope: Slope) -> bool:
        engine, exact = self.engine(k, slot) or 0.0, slope.value or 0.0
        same = engine == exact or (engine != engine and exact != exact)
        return not (same or abs(engine - exact) <= 2.0 * slope.allowed + TINY)


def _difference(operation: Program, slot: int) -> tuple[float, float]:
    """The slope of one operation by differences of floats, and its error; two nudges must agree, as one may alias."""
    size = min(abs(operation.numbers[slot]), 1.0) or 1.0  # a nudge wider than a period would tell nothing
    wide, narrow = (ridders_difference(operation, slot, nudge * size) for nudge in (1e-2, 1e-4))
    return narrow.value, wide.error + narrow.error + abs(wide.value - narrow.value)
