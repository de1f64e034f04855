"""A gradient derived by hand beside the engine's: do they agree?"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any, NamedTuple

from ..primitives import plain
from ..program import ByNode, Program


class HandFigure(NamedTuple):
    """A gradient derived by hand, and how far it may be off by the way it was given."""

    value: float
    unit: float


class Comparison(NamedTuple):
    """A hand figure beside the engine's gradient.

    Attributes:
        hand: the hand figure.
        agrees: whether the engine's, rounded to the digits the figure is given
            with, is the same.
        relative_error: |hand - engine| / |engine|.
    """

    hand: float
    agrees: bool
    relative_error: float


def compare(hand: float, engine: float, unit: float | None = None) -> Comparison:
    """Judge a figure at its own precision: -0.0201 agrees with -0.020105.

    Args:
        hand: the hand figure.
        engine: the engine's gradient.
        unit: how far it may be off; half a unit of its last digit unless given.

    Returns:
        The comparison.

    Examples:
        >>> compare(-0.0201, -0.020105429430100793).agrees
        True
        >>> compare(0.0201, -0.020105429430100793).agrees
        False
    """
    relative = relative_error(hand, engine)
    if not (math.isfinite(hand) and math.isfinite(engine)):
        return Comparison(hand, hand == engine or (hand != hand and engine != engine), relative)
    allowed = half_unit(hand) if unit is None else unit
    return Comparison(hand, abs(hand - engine) <= max(allowed, 1e-12 * abs(engine)), relative)


def relative_error(found: float, exact: float) -> float:
    """How far a number is off, relative to the exact one: |found - exact| / |exact|.

    Args:
        found: the number.
        exact: what it should be.
    """
    error = abs(found - exact)
    return 0.0 if error == 0 else error / abs(exact) if exact else math.inf


def half_unit(figure: float) -> float:
    """Half a unit of the last digit that a figure is written with: 0.00005 for -0.0201, and 0 for 0.

    Args:
        figure: a finite number.

    Examples:
        >>> round(half_unit(-0.0201), 9)
        5e-05
    """
    exponent = int(Decimal(repr(figure)).as_tuple().exponent)
    return 0.5 * 10.0 ** min(exponent, 0) * (1 + 1e-9) if figure else 0.0


def compare_figures(program: Program, hand: Any) -> dict[int, Comparison]:
    """Compare hand figures for inputs or stages with the gradients that backward() computed.

    Args:
        program: the graph.
        hand: a figure for each Value or label, or the result of a check.

    Returns:
        A comparison for each place that is named.

    Raises:
        ValueError: no node has that label, or there is no gradient yet.
    """
    found = {}
    given: ByNode[Any] = getattr(hand, "hand", hand)
    for key, figure in given.items():
        k = program.find(key, "hand")
        if not program.has_gradient(k):
            raise ValueError(f"hand: {key!r} has no gradient yet to compare a hand figure with: call backward() first")
        value, unit = figure if isinstance(figure, HandFigure) else (plain(figure), None)
        found[k] = compare(value, program.gradient(k), unit)
    return found
