"""check(): the engine's gradient beside the one derived by hand, the numerical one and the exact one."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from ..formulas.derivation import derivation
from ..formulas.expression import Expression
from ..formulas.formula import names
from ..graph import StaleGraphError
from ..primitives import plain
from ..program import ByNode, Program
from ..value import Value, variables
from .exact import Derivative, exact_derivatives, exact_values
from .hand import HandFigure, half_unit, relative_error
from .mistakes import explain_extreme, find_mistakes, find_wrong_rule
from .nonsmooth import find_nonsmooth
from .numerical import AGREES, CANNOT_TELL, DISAGREES, NumericalGradient, ridders_difference
from .rounding import measure_spread
from .verdicts import Check, InputCheck, Verdict

SPREADS, ULPS = 32.0, 8.0  # how many spreads and units in the last place rounding may take
ILL = 1e-4  # a relative spread above this leaves fewer than four digits
FUNCTION_ROUNDING = 1e-11  # relative: what a function of floats may lose
Hand = float | str | Callable[..., Any]
Judgement = tuple[str, str, Verdict, str]  # rule, rounding, verdict and reason


def check(root: Value, hand: ByNode[Hand] | None = None, *, wrt: Sequence[Value | str] | None = None) -> Check:
    """Check the gradient of a graph, and the gradients that somebody derived by hand.

    The engine's gradient is compared with an exact one that knows nothing of
    the engine's rules, see `exact_derivatives`, and allowed the roundings that
    this graph's conditioning makes inevitable. A hand figure is judged
    at the digits it is given with; if it is wrong, the mistake is searched for
    among those that people make.

    Args:
        root: the end of the graph. Gradients it had before are forgotten.
        hand: for an input (a Value or its label) a number, a formula in text of
            the graph's labels, or a function of the labelled inputs by name.
        wrt: the inputs to check, or their labels; all labelled ones unless given, or all leaves
            where none has a label.

    Returns:
        A Check: a row for each input, a verdict, and what the graph touched.

    Raises:
        ValueError: the root is a constant, or `hand` names no node.
        StaleGraphError: a leaf was assigned after the graph was recorded.
        ExpressionError: a formula can't be read.

    Examples:
        >>> x, w = variables(x=3.0, w=2.0)
        >>> result = check((x * w) ** 2, {"w": "2*x*x*w", "x": 36.0})
        >>> [(row.name, row.verdict) for row in result.rows]
        [('x', 'FAIL'), ('w', 'PASS')]
        >>> result.rows[0].likely_mistakes[0]
        '∂(x*w)/∂(x) = 2: the derivative of the other factor was taken'
    """
    program = Program.of(root)
    if program.is_constant(program.roots[0]):
        root.backward()  # which says why there is nothing to check
    differing = next(filter(None, (_evaluate_twice(program, k) for k in program.stale())), "")
    program.write_gradients()
    figures = _read_figures(hand or {}, program)
    labelled = [k for k in program.leaves if program.tags[k].label] or program.leaves
    inputs = sorted({*labelled, *figures}) if wrt is None else [program.find(each, "wrt") for each in wrt]
    examination = _Examination(program)
    exact = exact_derivatives(program, inputs)
    rows = tuple(_check_input(examination, k, found, figures.get(k)) for k, found in zip(inputs, exact, strict=True))
    by_node = {program.nodes[k]: figure for k, figure in figures.items()}
    result = Check(rows, tuple(examination.nonsmooth), by_node)
    return _reject(result, differing) if differing else result


def check_function(function: Callable[..., Any], point: Mapping[str, float], hand: ByNode[Hand] | None = None) -> Check:
    """Check the gradient of a function of Values at a point.

    Args:
        function: takes the point's names as keyword arguments, returns a Value.
        point: a number for each name.
        hand: as in `check`.

    Returns:
        A Check. It is NONDETERMINISTIC if a second call gives another value.

    Examples:
        >>> check_function(lambda x, w: (x * w).tanh(), {"x": 0.5, "w": 2.0}).verdict
        'PASS'
    """
    numbers = {name: plain(number) for name, number in point.items()}
    roots = [function(**dict(zip(numbers, variables(**numbers), strict=True))) for _ in range(2)]
    first, second = (each.data for each in roots)
    result = check(roots[0], hand)
    if first == second or (first != first and second != second):
        return result
    return _reject(result, f"two calls gave {first!r} and {second!r}")


def _reject(result: Check, reason: str) -> Check:
    """The result of what gives other numbers each time."""
    return replace(result, rows=tuple(row._replace(verdict="NONDETERMINISTIC", reason=reason) for row in result.rows))


def assert_gradients(
    function: Callable[..., Any], point: Mapping[str, float], hand: ByNode[Hand] | None = None
) -> None:
    """Fail a test with a readable report unless a function's gradient checks.

    Args:
        function: takes the point's names as keyword arguments, returns a Value.
        point: a number for each name.
        hand: as in `check`.

    Raises:
        AssertionError: with the table of the check.

    Examples:
        >>> assert_gradients(lambda x: x.sin(), {"x": 0.5}, {"x": "cos(x)"})
    """
    result = check_function(function, point, hand)
    if not result.passed:
        raise AssertionError(str(result))


# ---------------------------------------------------------------- what is to be checked
class _Examination:
    """A program, and what is found out about it once for all inputs."""

    def __init__(self, program: Program) -> None:
        self.program, self.called = program, names(program)
        self.nonsmooth = find_nonsmooth(program, self.called)
        self.spreads = measure_spread(program)
        self.where = f" (at {', '.join(point.name for point in self.nonsmooth[:3])})" if self.nonsmooth else ""

    @cached_property
    def conditioning(self) -> list[float]:
        """The same with the inputs perturbed too."""
        return measure_spread(self.program, inputs_too=True)

    @cached_property
    def wrong_rule(self) -> str:
        """What is wrong with the first operation whose partial is wrong; "" if all are right."""
        return find_wrong_rule(self.program, self.called)


def _evaluate_twice(program: Program, k: int) -> str:
    """Compute a place again: a complaint if two evaluations differ, an error if it was recorded with other numbers."""
    entry: Any = program.primitives[k]
    numbers = [program.numbers[o] for o in program.operands[k]]
    first, second = (entry.evaluate(*numbers) for _ in range(2))
    name = program.names[k]
    if first == second:
        raise StaleGraphError(f"{name} was computed from other numbers: compute the expression again")
    return f"computing {name} again gives {first!r}, and once more {second!r}"


def _read_figures(hand: ByNode[Hand], program: Program) -> dict[int, HandFigure]:
    """Each gradient derived by hand as a number, and how far it may be off."""
    places = {program.find(key, "hand"): given for key, given in hand.items()}
    formulas = {k: Expression(given) for k, given in places.items() if isinstance(given, str)}
    roots = Program.of(*(formula(_numbers_of(program, formula.inputs)) for formula in formulas.values()))
    exact = dict(zip(formulas, exact_values(roots), strict=True))  # 1 - tanh(18)**2 is right, and 0 in floats
    return {k: HandFigure(exact[k], 0.0) if k in exact else _read_figure(places[k], program) for k in places}


def _numbers_of(program: Program, names: Iterable[str]) -> dict[str, float]:
    return {name: program.numbers[program.find(name, "hand")] for name in names}


def _read_figure(given: Hand, program: Program) -> HandFigure:
    """A number counts by the digits it is given with, a function by what it computes."""
    if callable(given):
        value = plain(given(**_numbers_of(program, inspect.signature(given).parameters)))
        return HandFigure(value, FUNCTION_ROUNDING * abs(value))
    figure = plain(given)
    return HandFigure(figure, half_unit(figure) if math.isfinite(figure) else 0.0)


# ---------------------------------------------------------------- verdicts
def _check_input(examination: _Examination, k: int, exact: Derivative, figure: HandFigure | None) -> InputCheck:
    """All that is found out about one input."""
    program, called = examination.program, examination.called
    engine, numerical = program.gradient(k), ridders_difference(program, k)
    allowed = SPREADS * examination.spreads[k] + ULPS * _ulp(exact.value)
    error, relative = abs(engine - exact.value), relative_error(engine, exact.value)
    if exact.kind == "smooth" and error > allowed:
        allowed += SPREADS * examination.conditioning[k]
    ulps = error / math.ulp(exact.value) if math.isfinite(exact.value) and math.isfinite(error) else relative
    digits = 17 if relative == 0 else 0 if not relative < 1 else min(17, int(-math.log10(relative)))
    figures = (engine, figure and figure.value, numerical, exact, ulps, relative, digits)
    verdict = _judge_engine(examination, engine, exact, allowed, numerical)
    row = InputCheck(called[k], *figures, *verdict, note=explain_extreme(program, k, called))
    if figure is None or row.rule == "FAIL":
        return row
    row = row if row.verdict == "FAIL" else _judge_hand(examination, k, row, figure, allowed)
    return row._replace(derivation=_write_derivation(program, k)) if row.verdict == "FAIL" else row


def _ulp(number: float) -> float:
    return math.ulp(number if math.isfinite(number) else 0.0)


def _write_derivation(program: Program, k: int) -> str:
    """The chain rule written down; "" where nobody could read it."""
    try:
        return derivation(program, k).text
    except ValueError:
        return ""


def _judge_engine(
    examination: _Examination, engine: float, exact: Derivative, allowed: float, numerical: NumericalGradient
) -> Judgement:
    """Rule, rounding, verdict and reason for the engine's gradient."""
    if exact.kind == "unknown":
        judgement = numerical.judge(engine)
        verdicts: dict[str, Verdict] = {AGREES: "PASS", DISAGREES: "FAIL", CANNOT_TELL: "INCONCLUSIVE"}
        return "", "", verdicts[judgement], f"there is no exact value; the numerical gradient {judgement.lower()}"
    if exact.kind == "undefined":
        return "", "", "OUT OF DOMAIN", f"the function isn't a number on either side{examination.where}"
    if exact.kind in ("kink", "infinite") and exact.value != exact.value:
        return _judge_kink(engine, exact, examination.where)
    bends = any(point.kind == "kink" for point in examination.nonsmooth)
    if exact.kind == "infinite" and engine != exact.value and bends:
        return "PASS", "PASS", "KINK", f"the function jumps here, and {engine:.6g} was chosen{examination.where}"
    error, scale = abs(engine - exact.value), abs(exact.value)
    if engine == exact.value or error <= allowed:
        if allowed > ILL * scale and math.isfinite(scale) and scale > 0:
            lost = f"roundings alone move it by {allowed / scale:.0e} of itself"
            return "PASS", "PASS", "ILL-CONDITIONED", f"nothing is wrong that floats could show: {lost}"
        if exact.kind == "edge":
            return "PASS", "PASS", "PASS", "on the edge of its domain, from the one side there is"
        return "PASS", "PASS", "PASS", "it is exact within the roundings of this graph"
    if examination.wrong_rule:
        return "FAIL", "", "FAIL", examination.wrong_rule
    if not math.isfinite(engine):
        return "", "", "OUT OF DOMAIN", f"the engine's gradient isn't finite{examination.where}"
    if numerical.judge(engine) == DISAGREES or error > 1e-6 * scale:
        return "FAIL", "", "FAIL", "every partial is right: a path is missing or wasn't added up"
    times = error / max(allowed, 5e-324)
    return "PASS", "FAIL", "FAIL", f"the rules are right, but {times:.0f} times the inevitable rounding is lost"


def _judge_kink(engine: float, exact: Derivative, where: str) -> Judgement:
    low, high = sorted((exact.left, exact.right))
    sides = f"the derivative is {exact.left:.6g} from the left and {exact.right:.6g} from the right"
    if low <= engine <= high:
        return "PASS", "PASS", "KINK", f"{sides}; {engine:.6g} was chosen{where}"
    if engine != engine:
        return "", "", "OUT OF DOMAIN", f"{sides}; the chain rule gives nan{where}"
    return "FAIL", "", "FAIL", f"{sides}; {engine:.6g} doesn't lie between them"


def _judge_hand(examination: _Examination, k: int, row: InputCheck, figure: HandFigure, allowed: float) -> InputCheck:
    """The verdict with a figure derived by hand, and what mistakes would give that figure."""
    (hand, unit), exact = figure, row.exact
    reference = exact.value if exact.kind in ("smooth", "edge") else row.engine
    if exact.kind == "kink" and min(exact.left, exact.right) <= hand <= max(exact.left, exact.right):
        return row._replace(reason=f"{row.reason}; the hand figure lies between as well")
    if hand == reference or abs(hand - reference) <= max(unit, allowed, 4 * _ulp(reference)):
        digits = f"; {hand!r} agrees at the digits it is given with" if unit > max(allowed, 1e-10 * abs(hand)) else ""
        return row._replace(reason=row.reason + digits)

    def agrees(number: float) -> bool:
        return abs(number - hand) <= max(unit, 1e-9 * abs(hand))

    mistakes = tuple(dict.fromkeys(find_mistakes(examination.program, k, examination.called, reference, agrees)))
    reason = ": ".join((f"by hand {hand:.6g}, exact {reference:.6g}", *mistakes[:1]))
    return row._replace(verdict="FAIL", reason=reason, likely_mistakes=mistakes)
