"""The exact gradient: the recorded graph replayed in high precision, or in complex numbers.

Both differentiate the forward functions, and so are independent of the rules
in the table. With mpmath (the extra `exact`) the graph is replayed at x - h, x
and x + h with as many digits as it takes; without it, at x + ih, where the
operations are analytic (Squire and Trapp 1998).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any, NamedTuple

from ..graph import depending_on
from ..value import Value, topological_order
from .readings import Complex, NotExactError, Reading, replayed

DIGITS, MOST_DIGITS = 60, 480  # decimal digits of the first replay, and of the last
AGREED = 1e-22  # relative difference of two replays that agree
TINY_STEP = 1e-150  # of the complex step: its square vanishes beside any number


class Derivative(NamedTuple):
    """A derivative found without the table's rules.

    Attributes:
        value: the derivative, correctly rounded; nan where there is none.
        left, right: the derivatives from either side; they differ at a kink.
        method: "replay", "complex step", or "" if nothing could be found.
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


def complex_step(root: Value, node: Value) -> Derivative:
    """The derivative with respect to a node from one replay at x + ih.

    Args:
        root: the end of the graph.
        node: a leaf or a computed value.

    Returns:
        The derivative; of unknown kind where an operation isn't analytic.

    Examples:
        >>> x = Value(0.5)
        >>> complex_step(x.exp() * x, x).value == 1.5 * exp(0.5)
        True
    """
    order = topological_order(root)
    scale = TINY_STEP * max(abs(node.data), 1e-100)
    try:
        found = replayed(order, {node: Complex(complex(node.data, scale))}, Complex)[root].number.imag / scale
    except (NotExactError, ArithmeticError, ValueError):
        return UNKNOWN
    return Derivative(found, found, found, "complex step", "smooth")


# ---------------------------------------------------------------- high precision
def exact_derivatives(root: Value, nodes: Sequence[Value]) -> list[Derivative]:
    """The derivatives of a graph with respect to some of its nodes, each with all digits of a float.

    Args:
        root: the end of the graph.
        nodes: leaves or computed values.

    Returns:
        A derivative for each: from replays in high precision if mpmath is
        there, else from a complex step.

    Examples:
        >>> x = Value(1e-5)
        >>> exact_derivatives(1 / x, [x])[0].value
        -9999999999.999998
    """
    if not find_spec("mpmath"):
        return [complex_step(root, node) for node in nodes]
    order = topological_order(root)
    return [_settled(root, node, order) for node in nodes]


def exact_value(root: Value) -> float:
    """What a graph computes, from the numbers of its leaves without any rounding on the way.

    Args:
        root: the end of the graph.

    Returns:
        The number, correctly rounded; the recorded one where mpmath or a form for its numbers is missing.

    Examples:
        >>> x = Value(18.0)
        >>> f"{exact_value(1 - x.tanh() ** 2):.3g}"
        '9.28e-16'
    """
    if not find_spec("mpmath"):
        return root.data
    import mpmath

    from .precise import HighPrecision

    order = topological_order(root)
    with mpmath.workdps(DIGITS + min(MOST_DIGITS, _digits_between(order, root))):
        try:
            return float(replayed(order, {}, HighPrecision)[root].number)
        except NotExactError:
            return root.data


def _settled(root: Value, node: Value, order: list[Value]) -> Derivative:
    """Replay with doubled precision until two results agree."""
    if not math.isfinite(node.data):
        return UNKNOWN
    if not any(each is node for each in order):
        return Derivative(0.0, 0.0, 0.0, "replay", "smooth")
    import mpmath

    from .precise import HighPrecision

    changing = depending_on([node], order)
    more = _digits_between(order, node)
    before: tuple[Any, Any, Any] | None = None
    digits = DIGITS
    while digits <= MOST_DIGITS:
        with mpmath.workdps(digits + more):
            try:
                now = _differences(root, node, order, changing, HighPrecision, digits)
            except NotExactError:
                return complex_step(root, node)
            if before is not None and (found := _judged(before, now)):
                return found
        before, digits = now, digits * 2
    return UNKNOWN


def _digits_between(order: list[Value], node: Value) -> int:
    """How many digits lie between the largest and the smallest number of a graph, so that none hides another."""
    numbers = [abs(each) for one in order for each in (one.data, *(s or 0.0 for s in one.partials))]
    sizes = [math.log10(each) for each in numbers if 0 < each < math.inf]
    tiny = -math.log10(abs(node.data)) if 0 < abs(node.data) < 1 else 0.0
    return math.ceil(max(sizes, default=0.0) - min(sizes, default=0.0) + 3.0 * tiny)


def _differences(
    root: Value, node: Value, order: list[Value], changing: set[Value], kind: type[Reading], digits: int
) -> tuple[Any, Any, Any]:
    """The slopes to the left, to the right and across, with a step of a third of the digits."""
    numbers = replayed(order, {}, kind)
    moving = [each for each in order if each in changing]
    x = numbers[node].number
    h = (abs(x) or 1) * type(x)(10) ** (-(digits // 3))
    ends = []
    for side in (-h, h):
        moved = numbers | {node: kind(x + side)}
        for each in moving:
            if each is not node and each.primitive:
                moved[each] = kind.read_primitive(each.primitive, tuple(moved[operand] for operand in each.operands))
        ends.append(moved[root].number)
    below, here, above = ends[0], numbers[root].number, ends[1]
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
