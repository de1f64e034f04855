"""Numerical gradients: nudge a number, compute again, and divide."""

from __future__ import annotations

import math
from typing import NamedTuple

from ..arguments import require
from ..primitives import divide, plain
from ..program import Program
from ..value import Value

AGREES, DISAGREES, CANNOT_TELL = "AGREES", "DISAGREES", "CANNOT TELL"
SHRINK, ROWS = 1.4, 10  # Ridders' step ratio, and how many steps are tried
EPSILON = 2.0**-52
LEAST = 1e-290  # numbers nearer to 0 are nudged as 0 is: a tenth of them would underflow


def numerical_gradient(root: Value, node: Value | str, h: float = 1e-4) -> float:
    """The forward difference (f(x + h) - f(x)) / h of a graph with respect to one of its nodes.

    Args:
        root: the end of the graph, f.
        node: a leaf or a computed value, x, or its label; what depends on it is computed again.
        h: the nudge, not 0. The smaller, the closer to the derivative, until
            rounding takes over at about 1e-8.

    Returns:
        The difference; nan or infinite where the function is.

    Raises:
        ValueError: h is 0 or not finite, or there is no such node.

    Examples:
        >>> x = Value(3.0)
        >>> numerical_gradient(x * x, x, h=0.5)
        6.5
    """
    program = Program.of(root)
    return forward_difference(program, program.find(node, "node"), plain(h))


def require_nudge(h: float) -> None:
    """Refuse a nudge that gives no difference."""
    require(0 < abs(h) < math.inf, "h must be a finite number other than 0", h)


def forward_difference(program: Program, k: int, h: float) -> float:
    """The same for a place of a program that is made already."""
    require_nudge(h)
    root = program.roots[0]
    return divide(program.evaluate({k: program.numbers[k] + h})[root] - program.numbers[root], h)


def central_difference(program: Program, k: int, h: float = 6e-6) -> float:
    """The central difference (f(x + h) - f(x - h)) / 2h, with the nudges as they are realised in floats.

    Args:
        program: the graph, f.
        k: the place of a leaf or of a computed value, x.
        h: the nudge, not 0; about the cube root of the rounding unit is best
            where f and x are near 1 (Nocedal and Wright, Numerical Optimization, 8.1).

    Returns:
        The difference; nan or infinite where the function is.

    Examples:
        >>> x = Value(3.0)
        >>> central_difference(Program.of(x * x), 0, h=0.5)
        6.0
    """
    root, above, below = program.roots[0], program.numbers[k] + h, program.numbers[k] - h
    rise = program.evaluate({k: above})[root] - program.evaluate({k: below})[root]
    return divide(rise, above - below)


class NumericalGradient(NamedTuple):
    """A numerical gradient with how far it can be trusted.

    Attributes:
        value: the extrapolated difference.
        error: an estimate of its error.
        h: the first nudge of the row that it came from.
    """

    value: float
    error: float
    h: float

    def judge(self, gradient: float) -> str:
        """AGREES, DISAGREES or CANNOT TELL about a gradient; a difference is never the last word."""
        distance = abs(self.value - gradient)
        if not math.isfinite(distance) or not math.isfinite(self.error):
            return CANNOT_TELL
        scale = max(abs(self.value), abs(gradient))
        if self.error <= 1e-4 * scale or scale == 0:
            return AGREES if distance <= 1e-3 * scale + 4 * self.error else DISAGREES
        return DISAGREES if distance > 100 * self.error else CANNOT_TELL


def ridders_difference(program: Program, k: int, h: float | None = None) -> NumericalGradient:
    """Central differences at shrinking steps, extrapolated to none at all.

    Each entry of Neville's triangle cancels one more power of h². The one
    with the least estimated error is taken (Ridders 1982).

    Args:
        program: the graph.
        k: the place of a leaf or of a computed value.
        h: the first nudge; a tenth of the number unless given, or 0.1 at 0.

    Returns:
        The difference, an estimate of its error, and the nudge.

    Examples:
        >>> x = Value(1.0)
        >>> abs(ridders_difference(Program.of(x.exp()), 0).value - math.e) < 1e-10
        True
    """
    value, x = program.numbers[program.roots[0]], program.numbers[k]
    first = h or 0.1 * (abs(x) if abs(x) > LEAST else 1.0)
    best, before = NumericalGradient(math.nan, math.inf, first), [central_difference(program, k, first)]
    for row in range(1, ROWS):
        step = first / SHRINK**row
        now = [central_difference(program, k, step)]
        for order, coarser in enumerate(before):
            factor = SHRINK ** (2 * (order + 1))
            now.append((factor * now[order] - coarser) / (factor - 1.0))
            rounding = EPSILON * (abs(value) + abs(now[-1] * x)) / step
            error = max(abs(now[-1] - now[order]), abs(now[-1] - coarser), rounding)
            if error <= best.error:
                best = NumericalGradient(now[-1], error, step)
        before = now
    return best


def sweep_nudges(root: Value, node: Value, exact: float) -> list[tuple[float, float, float]]:
    """The errors of forward and central differences over all nudges: two arms of a V for each.

    Args:
        root: the end of the graph.
        node: a leaf or a computed value.
        exact: the derivative to compare with.

    Returns:
        For h = 1, 0.1, … 1e-15 the nudge and the two absolute errors.

    Examples:
        >>> x = Value(1.0)
        >>> rows = sweep_nudges(x.exp(), x, math.e)
        >>> min(rows, key=lambda row: row[1])[0]
        1e-08
    """
    program = Program.of(root)
    k, steps = program.find(node, "node"), [10.0**-power for power in range(16)]
    return [
        (h, abs(forward_difference(program, k, h) - exact), abs(central_difference(program, k, h) - exact))
        for h in steps
    ]
