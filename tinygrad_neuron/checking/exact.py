"""The exact gradient: the recorded graph replayed in high precision at x - h, x and x + h.

It differentiates the forward functions, and so is independent of the rules in
the table. It takes as many digits as it needs, and mpmath (the extra `exact`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from typing import Any, NamedTuple

from ..program import Program

DIGITS, MOST_DIGITS = 60, 480  # decimal digits of the first replay, and of the last
AGREED = 1e-22  # relative difference of two replays that agree


class Derivative(NamedTuple):
    """A derivative found without the table's rules.

    Attributes:
        value: the derivative, correctly rounded; nan where there is none.
        left, right: the derivatives from either side; they differ at a kink.
        method: "replay", or "" if nothing could be found.
        kind: "smooth", "kink", "edge" (of a domain), "infinite", "undefined" or "unknown".
        number: the derivative with all its digits, where there are more.
    """

    value: float
    left: float
    right: float
    method: str
    kind: str
    number: Any = None


UNKNOWN = Derivative(math.nan, math.nan, math.nan, "", "unknown")


def exact_derivatives(program: Program, places: Sequence[int]) -> list[Derivative]:
    """The derivatives of a graph with respect to some of its places, each with all digits of a float.

    Args:
        program: the graph.
        places: those of leaves or of computed values.

    Returns:
        A derivative for each; of unknown kind where mpmath or a form for its numbers is missing.

    Examples:
        >>> x = Value(1e-5)
        >>> exact_derivatives(Program.of(1 / x), [1])[0].value
        -9999999999.999998
    """
    if not find_spec("mpmath"):
        return [UNKNOWN for _ in places]
    precise = _Precise(program)
    return [_settle(precise, k) for k in places]


def exact_values(program: Program) -> list[float]:
    """What a graph's roots are, from the numbers of its leaves without any rounding on the way.

    Args:
        program: the graph.

    Returns:
        A number for each root, correctly rounded; the recorded one where mpmath or a form for its numbers is missing.

    Examples:
        >>> x = Value(18.0)
        >>> [f"{number:.3g}" for number in exact_values(Program.of(1 - x.tanh() ** 2))]
        ['9.28e-16']
    """
    recorded = [program.numbers[root] for root in program.roots]
    if not find_spec("mpmath"):
        return recorded
    precise = _Precise(program)
    more = max((precise.more_digits(root) for root in program.roots), default=0)
    try:
        numbers = precise.numbers(DIGITS + min(MOST_DIGITS, more))
    except precise.missing:
        return recorded
    return [float(numbers[root].number) for root in program.roots]


class _Precise:
    """A program's numbers in high precision, computed once for each number of digits."""

    def __init__(self, program: Program) -> None:
        from . import precise

        self.program, self.kind, self.missing = program, precise.HighPrecision, precise.NotExactError
        self.read = precise.reading_of(program)
        self._found: dict[int, list[Any]] = {}
        sizes = [abs(each) for numbers in (program.numbers, *program.partials) for each in numbers if each]
        logarithms = [math.log10(each) for each in sizes if each < math.inf]
        self._span = max(logarithms, default=0.0) - min(logarithms, default=0.0)

    @cached_property
    def _reaching(self) -> list[Any]:
        """How large the parts of each place's gradient are, whatever their signs."""
        sizes = [[None if slope is None else abs(slope) for slope in slopes] for slopes in self.program.partials]
        return self.program.backward(sizes)

    def more_digits(self, k: int) -> int:
        """How many digits lie between the largest and the smallest number, so that none hides another.

        A step of x that vanishes on its way to the root takes as many more as that makes it smaller.
        """
        sizes = abs(self.program.numbers[k]), self._reaching[k] or 1.0
        x, slope = (-math.log10(each) if 0 < each < 1 else 0.0 for each in sizes)
        return math.ceil(self._span + 3.0 * x + slope)

    def numbers(self, digits: int) -> list[Any]:
        """The numbers of all places."""
        import mpmath

        if digits not in self._found:
            with mpmath.workdps(digits):
                self._found[digits] = self.program.forward(self.read)
        return self._found[digits]


def _settle(precise: _Precise, k: int) -> Derivative:
    """Replay with doubled precision until two results agree."""
    if not math.isfinite(precise.program.numbers[k]):
        return UNKNOWN
    more = precise.more_digits(k)
    before: tuple[Any, Any, Any] | None = None
    digits = DIGITS
    while digits <= MOST_DIGITS:
        try:
            now = _differences(precise, k, digits, digits + more)
        except precise.missing:
            return UNKNOWN
        if before is not None and (found := _judged(before, now)):
            return found
        before, digits = now, digits * 2
    return UNKNOWN


def _differences(precise: _Precise, k: int, digits: int, in_all: int) -> tuple[Any, Any, Any]:
    """The slopes to the left, to the right and across, with a step of a third of the digits."""
    import mpmath

    numbers, root = precise.numbers(in_all), precise.program.roots[0]
    with mpmath.workdps(in_all):
        x, here = numbers[k].number, numbers[root].number
        h = (abs(x) or 1) * type(x)(10) ** (-(digits // 3))
        below, above = (
            precise.program.forward(precise.read, {k: precise.kind(x + side)}, numbers)[root].number for side in (-h, h)
        )
        return (here - below) / h, (above - here) / h, (above - below) / (2 * h)


def _judged(before: tuple[Any, Any, Any], now: tuple[Any, Any, Any]) -> Derivative | None:
    """What two replays say together; None if more digits are needed."""
    (left0, right0, across0), (left, right, across) = before, now
    sides = [_limit(left0, left), _limit(right0, right)]
    if all(side is None for side in sides):
        return None
    defined = [side for side in sides if side is not None and side == side]
    low, high = (math.nan if side is None else float(side) for side in sides)
    if not defined:
        return Derivative(math.nan, low, high, "replay", "undefined")
    if len(defined) == 1:
        return Derivative(float(defined[0]), low, high, "replay", "edge", defined[0])
    if any(math.isinf(side) for side in sides):
        return Derivative(low if low == high else math.nan, low, high, "replay", "infinite")
    if abs(left - right) <= 1e-9 * max(abs(left), abs(right)) or abs(left - right) < 1e-6 * abs(left0 - right0):
        if not _close(across0, across):
            return None
        value = across * 0 if _vanishes(across0, across) else across
        return Derivative(float(value), float(value), float(value), "replay", "smooth", value)
    return Derivative(math.nan, low, high, "replay", "kink")


def _limit(before: Any, now: Any) -> Any:
    """Where a one-sided slope tends to: a number, infinity, nan, or None if it can't be said."""
    if now != now or now == before:
        return now
    if before != before:
        return None
    if _vanishes(before, now):
        return now * 0
    if abs(now - before) <= 1e-9 * abs(now):
        return now
    if abs(now) > 1e6 * abs(before):
        return math.inf if now > 0 else -math.inf
    return None


def _close(before: Any, now: Any) -> bool:
    return bool(abs(now - before) <= AGREED * abs(now)) or _vanishes(before, now)


def _vanishes(before: Any, now: Any) -> bool:
    """Whether a slope is what the step leaves of it, and so tends to 0."""
    return bool(abs(now) < 1e-18 and abs(now) <= 1e-9 * abs(before))
