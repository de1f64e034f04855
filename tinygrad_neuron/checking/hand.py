"""A gradient derived by hand beside the engine's: do they agree?"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..formulas.expression import Expression
from ..primitives import plain
from ..program import ByNode, Program
from ..value import Value
from .figures import NUMBER, HandFigure, Learners, half_unit_of, read_number, read_product
from .points import Formulas, judge_formula, read_name

FUNCTION_ROUNDING = 1e-11  # relative: what a function of floats may lose


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
        figure: a finite number; it is read by its `repr`.

    Examples:
        >>> round(half_unit(-0.0201), 9)
        5e-05
    """
    return min(half_unit_of(repr(figure)), 0.5 * (1 + 1e-9))


Hand = float | str | Callable[..., Any]


def read_hand(hand: ByNode[Hand], program: Program, whole: Program) -> dict[int, HandFigure]:
    """What was derived by hand: numbers with the digits they are given with, formulas, and functions.

    Args:
        hand: for a node or its name a number, a text, or a function of names.
        program: the graph.
        whole: the graph with all that was assigned beside it, whose names formulas may use.

    Raises:
        ValueError: there is no such node.
        ExpressionError: a formula can't be read.
    """
    read = {program.find(key, "hand"): _read(given, program, whole) for key, given in hand.items()}
    formulas = {k: each for k, each in read.items() if not isinstance(each, HandFigure)}
    derived = Formulas(formulas, program, whole)
    _refuse_itself(formulas, program, whole)
    values = derived.compute({}) if formulas else {}
    return {
        k: each if isinstance(each, HandFigure) else _find_value(each, values[k], derived) for k, each in read.items()
    }


def read_key(key: Value | str, program: Program) -> tuple[int, int]:
    """Which derivative is meant: net, net.grad, ∂loss/∂net, dL/dw, or the local ∂output/∂net.

    Args:
        key: a node, its name, or a derivative in text.
        program: the graph.

    Returns:
        The places of what is differentiated and of what it is differentiated by.

    Raises:
        ValueError: there is no such node.
    """
    if not isinstance(key, str):
        return program.roots[0], program.find(key, "hand")
    return read_name(key, program)[:2]


def _read(given: Hand, program: Program, whole: Program) -> HandFigure | Expression | Callable[..., Any]:
    if not isinstance(given, str):
        return given if callable(given) else _read_figure(given)
    if number := read_number(given):
        return number
    expression = Expression(given, whole.labels)
    return expression if expression.inputs else read_product(given, program)


def _refuse_itself(formulas: Mapping[int, Any], program: Program, whole: Program) -> None:
    """Refuse a formula that names the very derivative that it is for."""
    root = program.nodes[program.roots[0]]
    for k, given in formulas.items():
        for name in given.inputs if isinstance(given, Expression) else ():
            above, below, is_derivative = read_name(name, whole)
            if is_derivative and whole.nodes[above] is root and whole.nodes[below] is program.nodes[k]:
                raise ValueError(f"hand: {name} is given by itself: write it in other names")


def _find_value(given: Expression | Callable[..., Any], value: float, derived: Formulas) -> HandFigure:
    """A formula's number is exact, a function's is one of floats."""
    if isinstance(given, Expression):
        return HandFigure(value, 0.0, given.text, derived)
    return HandFigure(value, FUNCTION_ROUNDING * abs(value), "", derived)


def _read_figure(given: Any) -> HandFigure:
    """A number is read by its `repr`."""
    figure = plain(given)
    return HandFigure(figure, half_unit(figure) if math.isfinite(figure) else 0.0, repr(figure))


def judge_hand(
    learners: Learners, k: int, figures: Mapping[int, HandFigure], reference: float, allowed: float
) -> tuple[bool, str]:
    """Whether what was derived by hand is right.

    Args:
        learners: those who may have worked out the graph.
        k: the place that is differentiated by.
        figures: all that was derived by hand, by places; those that are right may have been rounded before this one.
        reference: the exact derivative.
        allowed: how far it may be off itself.

    Returns:
        Whether it is right; and how far that goes, or where a formula is wrong that is right at the given point.
    """
    figure = figures[k]
    if figure.value == reference or abs(figure.value - reference) <= max(figure.unit, allowed):
        if figure.formula is not None:
            return judge_formula(figure.formula, k)
        rounded = figure.unit > max(allowed, 1e-10 * abs(figure.value))
        if rounded and not NUMBER.fullmatch(figure.text.strip()):
            return True, "right, rounded on the way"
        return True, f"{figure.text} agrees at the digits it is given with" if rounded else ""
    if figure.formula is not None or not math.isfinite(reference):
        return False, ""
    stages = (place for place in figures if place != k and learners.program.operands[place])
    earlier = {
        place: figures[place].value for place in stages if figures[place].formula is None and figures[place].agrees
    }
    words = learners.explain_rounding(k, figure, reference, earlier)
    return bool(words), words


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
        read = figure if isinstance(figure, HandFigure) else _read_figure(figure)
        compared = compare(read.value, program.gradient(k), read.unit)
        found[k] = compared if read.agrees is None else compared._replace(agrees=read.agrees)
    return found
