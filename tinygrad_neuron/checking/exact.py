"""The exact gradient: the recorded graph replayed in high precision at x - h, x and x + h.

It differentiates the forward functions, and so is independent of the rules in
the table. It takes as many digits as it needs, and mpmath (the extra `exact`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from ..program import Program

if TYPE_CHECKING:
    from .precise import Replays

DIGITS = (60, 120, 240, 480)  # decimal digits of the replays
AGREED = 1e-22  # relative difference of two replays that agree


class Derivative(NamedTuple):
    """A derivative found without the table's rules.

    Attributes:
        value: the derivative, correctly rounded; nan where there is none.
        left, right: the derivatives from either side; they differ at a kink.
        kind: "smooth", "kink", "edge" (of a domain), "infinite", "undefined" or "unknown".
    """

    value: float
    left: float
    right: float
    kind: str


UNKNOWN = Derivative(math.nan, math.nan, math.nan, "unknown")


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
    from .precise import Replays

    replays = Replays(program)
    return [_settle(replays, k) for k in places]


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
    from .precise import Replays

    replays = Replays(program)
    more = max((replays.count_more_digits(root) for root in program.roots), default=0)
    try:
        numbers = replays.compute_numbers(DIGITS[0] + min(DIGITS[-1], more))
    except replays.missing:
        return recorded
    return [float(numbers[root].number) for root in program.roots]


def _settle(replays: Replays, k: int) -> Derivative:
    """Replay with doubled precision until two results agree."""
    if not math.isfinite(replays.program.numbers[k]):
        return UNKNOWN
    try:
        slopes = pairwise(replays.compute_slopes(k, digits) for digits in DIGITS)
        return next(filter(None, (_judge(before, now) for before, now in slopes)), UNKNOWN)
    except replays.missing:
        return UNKNOWN


def _judge(before: tuple[Any, Any, Any], now: tuple[Any, Any, Any]) -> Derivative | None:
    """What two replays say together; None if more digits are needed."""
    (left0, right0, across0), (left, right, across) = before, now
    sides = [_find_limit(left0, left), _find_limit(right0, right)]
    if all(side is None for side in sides):
        return None
    defined = [side for side in sides if side is not None and side == side]
    low, high = (math.nan if side is None else float(side) for side in sides)
    if not defined:
        return Derivative(math.nan, low, high, "undefined")
    if len(defined) == 1:
        return Derivative(float(defined[0]), low, high, "edge")
    if any(math.isinf(side) for side in sides):
        return Derivative(low if low == high else math.nan, low, high, "infinite")
    if abs(left - right) <= 1e-9 * max(abs(left), abs(right)) or abs(left - right) < 1e-6 * abs(left0 - right0):
        vanishes = _vanishes(across0, across)
        if not (vanishes or abs(across - across0) <= AGREED * abs(across)):
            return None
        value = float(across * 0 if vanishes else across)
        return Derivative(value, value, value, "smooth")
    return Derivative(math.nan, low, high, "kink")


def _find_limit(before: Any, now: Any) -> Any:
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


def _vanishes(before: Any, now: Any) -> bool:
    """Whether a slope is what the step leaves of it, and so tends to 0."""
    return bool(abs(now) < 1e-18 and abs(now) <= 1e-9 * abs(before))
