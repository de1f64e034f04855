"""check(): the engine's gradient beside the one derived by hand, the numerical one and the exact one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from importlib import import_module
from typing import Any, NamedTuple, overload

from ..arguments import require
from ..formulas.derivation import derivation
from ..formulas.formula import names
from ..graph import StaleGraphError
from ..program import ByNode, Program
from ..value import Value
from .derivative import Derivative
from .exact import exact_derivatives
from .figures import Demand, HandFigure, Learners, read_demand
from .hand import Hand, judge_hand, read_hand, read_key, relative_error
from .hints import Hint
from .links import CONTRADICTS, FOLLOWS, RIGHT, WRONG, Derivation, Entry, Link
from .mistakes import explain_extreme, find_wrong_rule
from .nonsmooth import find_nonsmooth
from .numerical import ridders_difference
from .recorded import Recorded
from .verdicts import Check, InputCheck


def has_arrays(hand: Any) -> bool:
    """Whether whole arrays are handed in."""
    given = hand.values() if isinstance(hand, Mapping) else ()
    return any(isinstance(each, list) or getattr(each, "ndim", 0) for each in given)


ULPS = 8.0  # units in the last place that a gradient may be off by in any case
USUAL = 1e-12  # a relative error below this goes without saying
SLIGHT = 1e-6  # a relative error below this isn't a wrong rule, but lost digits
ILL = 1e-4  # with a larger relative error fewer than four digits are right
CANCELLED = 1e5  # times the roundings of the backward pass: so far from 0 a gradient that is 0 may be
ROUGH = 1e-3  # what differences of one primitive must at least tell
Judgement = tuple[str, str, str, str]  # rule, rounding, verdict and reason


@overload
def check(
    root: Value,
    hand: ByNode[Hand] | Any = None,
    *,
    wrt: Sequence[Value | str] | None = None,
    order: int = 1,
    digits: int | None = None,
    decimals: int | None = None,
    hint: None = None,
) -> Check: ...
@overload
def check(
    root: Value,
    hand: ByNode[Hand] | Any = None,
    *,
    wrt: Sequence[Value | str] | None = None,
    order: int = 1,
    digits: int | None = None,
    decimals: int | None = None,
    hint: int,
) -> Hint: ...
def check(
    root: Value,
    hand: ByNode[Hand] | Any = None,
    *,
    wrt: Sequence[Value | str] | None = None,
    order: int = 1,
    digits: int | None = None,
    decimals: int | None = None,
    hint: int | None = None,
) -> Check | Hint:
    """Check the gradient of a graph, and the gradients that somebody derived by hand.

    The engine's gradient is compared with an exact one that knows nothing of
    the engine's rules, see `exact_derivatives`, and allowed the roundings that
    this graph's conditioning makes inevitable. A hand figure is judged
    at the digits it is given with; if it is wrong, the mistake is searched for
    among those that people make. Of a whole derivation each link is judged as
    it stands, and given the links above it: what follows rightly from a wrong
    one is said to.

    Args:
        root: the end of the graph. Gradients it had before are forgotten.
        hand: for an input or a stage a number, a formula in text of the graph's labels, or a function of the labelled
            inputs by name. The key is the Value, its label, or a derivative: "net.grad", "∂loss/∂net", "dL/dw";
            "∂output/∂net" is a local one. Or whole arrays, for those of `matrices(root)`: {"dW1": array, "db1": array}.
        wrt: the inputs to check, or their labels; all labelled ones unless given, or all leaves
            where none has a label.
        order: 2 for second derivatives; `hand` is a matrix then, a row for each input.
        digits: how many significant digits figures by hand must have, and are judged at; those they have unless given.
        decimals: the same of decimal places.
        hint: for a Hint in place of the result: 0 for right or wrong, up to 4 for the derivation.

    Returns:
        A Check: a row for each input, a verdict, what the graph touched, and the links of a derivation by hand; of
        second derivatives a MatrixCheck; of whole arrays an ArrayCheck.

    Raises:
        ValueError: the root is a constant, `hand` names no node, or the order is neither 1 nor 2.
        StaleGraphError: a leaf was assigned after the graph was recorded.
        ExpressionError: a formula can't be read.

    Examples:
        >>> x, w = variables(x=3.0, w=2.0)
        >>> result = check((x * w) ** 2, {"w": "2*x*x*w", "x": 36.0})
        >>> [(row.name, row.verdict) for row in result.rows]
        [('x', 'FAIL'), ('w', 'PASS')]
        >>> result.rows[0].likely_mistakes[0]
        'for ∂(x·w)/∂x you wrote x, the same factor again; the derivative of a product is w'
    """
    if has_arrays(hand) and order == 1:
        return import_module(".handed_arrays", __package__).check_arrays(root, hand)  # type: ignore[no-any-return]
    if require_order(order) == 2:
        return _check_second(root, hand, wrt)  # type: ignore[no-any-return]
    program = Program.of(root)
    if program.is_constant(program.roots[0]):
        root.backward()  # which says why there is nothing to check
    demand = read_demand(digits, decimals)
    differing = next(filter(None, (_evaluate_twice(program, k) for k in program.stale())), "")
    program.read_gradients()
    whole = Program.of(root, *program.tags[program.roots[0]].beside)
    beside, hand = _take_beside(hand or {}, program, whole)
    keys = {read_key(key, program): given for key, given in hand.items()}
    figures = _read_figures(keys, program.roots[0], program, whole, demand)
    labelled = [k for k in program.leaves if program.tags[k].label] or program.leaves
    inputs = sorted({*labelled, *figures}) if wrt is None else [program.find(each, "wrt") for each in wrt]
    examination = _Examination(program)
    exact = exact_derivatives(program, inputs)
    rows = _check_inputs(examination, dict(zip(inputs, exact, strict=True)), figures)
    by_node = {program.nodes[k]: figure for k, figure in figures.items()}
    judged = [_judged(k, k, program.roots[0], rows[at], figures) for at, k in enumerate(inputs) if k in figures]
    judged += _check_locals(keys, program, whole, demand)
    links = _judge_links(judged, program, whole) if judged else ()
    rows = [_explain(row, links) for row in (*rows, *(each.row for each in judged if each.above != program.roots[0]))]
    others = [_check_beside(name, number) for name, number in beside.items()]
    rows += [row for row, _ in others]
    links = (*links, *(link for _, link in others))
    result = Check(tuple(rows), tuple(examination.nonsmooth), by_node, links=links)
    result = _reject(result, differing) if differing else result
    return result if hint is None else result.hint(hint)


def _take_beside(hand: Any, program: Program, whole: Program) -> tuple[dict[str, float], dict[Any, Any]]:
    """What was handed in for stages that the root doesn't depend on, as numbers, and the rest."""
    beside, rest = dict[str, float](), dict[Any, Any]()
    for key, given in hand.items():
        name = key.removesuffix(".grad") if isinstance(key, str) else ""
        if (
            name in whole.names
            and name not in program.labels
            and whole.nodes[whole.find(name, "hand")] not in program.places
        ):
            (figure,) = read_hand({program.nodes[program.roots[0]]: given}, program, whole).values()
            beside[name] = figure.value
        else:
            rest[key] = given
    return beside, rest


def _check_beside(name: str, number: float) -> tuple[InputCheck, Link]:
    """The row and the link of a stage that the root doesn't depend on: its gradient is 0."""
    (row,) = check(Value(1.0, label=name) * 0.0, {name: float(number)}).rows
    said = f"the result doesn't depend on {name}: its gradient is 0"
    words = f"your {name} is {'right' if row.hand_agrees else 'wrong'}: {said}"
    verdict = RIGHT if row.hand_agrees else WRONG
    return row._replace(reason=said, likely_mistakes=()), Link(name, repr(number), "", verdict, words)


class _Judged(NamedTuple):
    """A link by hand with its row."""

    below: int
    above: int
    row: InputCheck
    figure: HandFigure
    given: Any


def _judged(k: int, below: int, above: int, row: InputCheck, figures: Mapping[int, HandFigure]) -> _Judged:
    figure = figures[k]
    return _Judged(below, above, row, figure, figure if figure.formula is None else figure.formula.given[k])


def _read_figures(
    keys: Mapping[tuple[int, int], Hand], above: int, program: Program, whole: Program, demand: Demand | None
) -> dict[int, HandFigure]:
    """What was handed in for the derivatives of one place."""
    given = {program.nodes[below]: hand for (top, below), hand in keys.items() if top == above}
    figures = read_hand(given, Program.of(program.nodes[above]), whole)
    return {k: demand.apply(figure) if demand else figure for k, figure in figures.items()}


def _check_locals(
    keys: Mapping[tuple[int, int], Hand], program: Program, whole: Program, demand: Demand | None
) -> list[_Judged]:
    """The rows of local derivatives: of a stage by another."""
    found = []
    for above in dict.fromkeys(top for top, _ in keys if top != program.roots[0]):
        part = Program.of(program.nodes[above])
        part.gradients = part.differentiate()
        figures, examination = _read_figures(keys, above, program, whole, demand), _Examination(part)
        exact = dict(zip(figures, exact_derivatives(part, list(figures)), strict=True))
        for k, row in zip(exact, _check_inputs(examination, exact, figures), strict=True):
            named = row._replace(name=f"∂{program.names[above]}/∂{row.name}")
            found.append(_judged(k, program.places[part.nodes[k]], above, named, figures))
    return found


def _judge_links(judged: Sequence[_Judged], program: Program, whole: Program) -> tuple[Link, ...]:
    """The links of the derivation by hand."""
    entries = []
    for below, above, row, figure, given in judged:
        top, bottom = (whole.places[program.nodes[k]] for k in (above, below))
        entries.append(Entry(row.name, top, bottom, given, figure, right=row.hand_agrees))
    return Derivation(whole, entries, Learners(whole)).judge()


def _explain(row: InputCheck, links: Sequence[Link]) -> InputCheck:
    """A row with the likely mistakes of its link."""
    link = next((each for each in links if each.name == row.name), None)
    if link is not None and link.verdict == CONTRADICTS:
        return row._replace(reason=f"{row.reason}; {link.words.partition(', ')[2]}")
    if link is None or row.hand_agrees is not False:
        return row
    mistakes = tuple(each.words for each in link.mistakes)
    reason = link.words if link.verdict == FOLLOWS else ": ".join((row.reason, *mistakes[:1]))
    return row._replace(reason=reason, likely_mistakes=mistakes)


def require_order(order: int) -> int:
    """First or second derivatives, and no others."""
    require(order in (1, 2), "order must be 1 or 2", order)
    return order


def _check_second(root: Value, hand: Any, wrt: Sequence[Value | str] | None) -> Any:
    matrices: Any = import_module(f"{__package__}.matrices")  # which stands above, and checks by rows
    return matrices.second_order(root, hand, wrt)


def _reject(result: Check, reason: str) -> Check:
    """The result of what gives other numbers each time."""
    return replace(result, rows=tuple(row._replace(verdict="NONDETERMINISTIC", reason=reason) for row in result.rows))


# ---------------------------------------------------------------- what is to be checked
class _Examination:
    """A program, and what is found out about it once for all inputs."""

    def __init__(self, program: Program) -> None:
        self.program, self.called, self.recorded = program, names(program), Recorded(program)
        self.learners = Learners(program)
        self.nonsmooth = find_nonsmooth(program, self.called)
        self.where = f" (at {', '.join(point.name for point in self.nonsmooth[:3])})" if self.nonsmooth else ""

    @cached_property
    def wrong_rule(self) -> str:
        """What is wrong with the first operation whose partial is wrong; "" if all are right."""
        return find_wrong_rule(self.recorded, self.called)

    @cached_property
    def is_tied(self) -> bool:
        """Whether a partial was chosen at a tie."""
        return bool(self.recorded.select(lambda slope: slope.tied))

    @cached_property
    def rough(self) -> str:
        """The primitives that could be judged by differences alone."""
        found = (slope.rough for row in self.recorded.slopes for slope in row if slope)
        return ", ".join(dict.fromkeys(filter(None, found)))


def _evaluate_twice(program: Program, k: int) -> str:
    """Compute a place again: a complaint if two evaluations differ, an error if it was recorded with other numbers."""
    entry: Any = program.primitives[k]
    numbers = [program.numbers[o] for o in program.operands[k]]
    first, second = (entry.evaluate(*numbers) for _ in range(2))
    name = program.names[k]
    if first == second:
        raise StaleGraphError(f"{name} was computed from other numbers: compute the expression again")
    return f"computing {name} again gives {first!r}, and once more {second!r}"


# ---------------------------------------------------------------- verdicts
def _check_inputs(
    examination: _Examination, exact: Mapping[int, Derivative], figures: dict[int, HandFigure]
) -> list[InputCheck]:
    """The rows of some inputs; the figures, the last stage first, are told whether they agree."""
    rows = {}
    for k in sorted(exact, reverse=True):
        rows[k] = _check_input(examination, k, exact[k], figures)
        if k in figures:
            figures[k] = figures[k]._replace(agrees=rows[k].hand_agrees)
    return [rows[k] for k in exact]


def _check_input(examination: _Examination, k: int, exact: Derivative, hand: Mapping[int, HandFigure]) -> InputCheck:
    """All that is found out about one input."""
    figure = hand.get(k)
    program, called = examination.program, examination.called
    engine, numerical = program.gradient(k), ridders_difference(program, k)
    error, relative = abs(engine - exact.value), relative_error(engine, exact.value)
    ulps = error / math.ulp(exact.value) if math.isfinite(exact.value) and math.isfinite(error) else relative
    digits = 17 if relative == 0 else 0 if not relative < 1 else min(17, int(-math.log10(relative)))
    figures = (engine, figure and figure.value, numerical, exact, ulps, relative, digits)
    verdict = _judge_engine(examination, k, engine, exact)
    row = InputCheck(called[k], *figures, *verdict, note=explain_extreme(program, k, called))
    if figure is None or row.rule == "FAIL":
        return row
    row = row if row.verdict == "FAIL" else _judge_hand(examination, k, row, hand)
    return row._replace(derivation=_write_derivation(program, k)) if row.verdict == "FAIL" else row


def _ulp(number: float) -> float:
    return math.ulp(number if math.isfinite(number) else 0.0)


def _write_derivation(program: Program, k: int) -> str:
    """The chain rule written down; "" where nobody could read it."""
    try:
        return derivation(program, k).text
    except ValueError:
        return ""


def _judge_engine(examination: _Examination, k: int, engine: float, exact: Derivative) -> Judgement:
    """Rule, rounding, verdict and reason: first at the recorded numbers, then beside the function's own derivative."""
    expected, allowed = _allow(examination, k, engine)
    if not _agree(engine, expected, allowed) and (complaint := _complain(examination, engine, expected, allowed)):
        return complaint
    if not math.isfinite(engine):
        return _judge_infinite(engine, exact, examination.where)
    if examination.rough and allowed > ROUGH * abs(expected):
        return (
            "",
            "",
            "INCONCLUSIVE",
            f"there is no exact version of {examination.rough} here, and numerical differences can't tell",
        )
    judge = {
        "unknown": _judge_unknown,
        "undecided": _judge_undecided,
        "undefined": _judge_undefined,
        "tied": _judge_tied,
        "smooth": _judge_smooth,
        "edge": _judge_smooth,
    }.get(exact.kind, _judge_sides)
    return judge(examination, engine, exact, allowed)


def _agree(engine: float, expected: float, allowed: float) -> bool:
    """Whether two gradients are the same within some rounding, or both nan."""
    return engine == expected or abs(engine - expected) <= allowed or (engine != engine and expected != expected)


def _allow(examination: _Examination, k: int, engine: float) -> tuple[float, float]:
    """What the engine should say at the recorded numbers, and how far it may be off."""
    expected, allowed = examination.recorded.gradient(k)
    return expected, max(allowed if allowed == allowed else 0.0, ULPS * _ulp(engine))


def _complain(examination: _Examination, engine: float, expected: float, allowed: float) -> Judgement | None:
    """What is wrong at the recorded numbers; None for what isn't finite, and nothing wrong is found."""
    if math.isfinite(engine) and abs(engine - expected) <= SLIGHT * abs(expected):
        times = abs(engine - expected) / allowed
        lost = f"the rules are right, but {times:.0f} times the inevitable rounding is lost"
        return "PASS" if not examination.wrong_rule else "FAIL", "FAIL", "FAIL", examination.wrong_rule or lost
    if examination.wrong_rule:
        return "FAIL", "", "FAIL", examination.wrong_rule
    if not math.isfinite(engine) or not math.isfinite(expected):
        return None
    return "FAIL", "", "FAIL", "every partial is right: a path is missing or wasn't added up"


def _judge_infinite(engine: float, exact: Derivative, where: str) -> Judgement:
    """The verdict on a gradient that isn't finite."""
    sides = [side for side in (exact.left, exact.right) if side == side]
    if sides and all(side == engine for side in sides):
        return "PASS", "PASS", "PASS", "the slope is infinite here, or too large for a float"
    reason = f"the engine's gradient isn't finite{where}"
    if exact.kind == "kink":
        reason = f"{_describe_sides(exact)}; the chain rule gives {engine}{where}"
    return "", "", "OUT OF DOMAIN", reason


def _judge_unknown(examination: _Examination, engine: float, _exact: Derivative, allowed: float) -> Judgement:
    if examination.is_tied:
        return "PASS", "PASS", "TIE", f"a partial was chosen at a tie{examination.where}"
    if examination.rough:
        digits = int(-math.log10(allowed / abs(engine))) if 0 < allowed < abs(engine) else 0
        reason = f"there is no exact version of {examination.rough} here"
        return "PASS", "PASS", "PASS", f"judged by numerical differences, as {reason}: {digits} digits agree"
    return "PASS", "PASS", "PASS", "every partial is right at the recorded numbers"


def _judge_undecided(examination: _Examination, _engine: float, _exact: Derivative, _allowed: float) -> Judgement:
    return "PASS", "", "INCONCLUSIVE", f"the highest precision can't decide it{examination.where}"


def _judge_undefined(examination: _Examination, _engine: float, _exact: Derivative, _allowed: float) -> Judgement:
    return "PASS", "", "OUT OF DOMAIN", f"the function isn't a finite number here{examination.where}"


def _judge_tied(examination: _Examination, engine: float, _exact: Derivative, _allowed: float) -> Judgement:
    return "PASS", "PASS", "TIE", f"a partial was chosen at a tie, and {engine:.6g} is what follows{examination.where}"


def _judge_smooth(examination: _Examination, engine: float, exact: Derivative, allowed: float) -> Judgement:
    """The verdict beside a derivative: how many digits the forward pass has lost."""
    error, scale = abs(engine - exact.value), abs(exact.value)
    if error <= max(allowed, USUAL * scale):
        edge = "on the edge of its domain, from the one side there is"
        return (
            "PASS",
            "PASS",
            "PASS",
            edge if exact.kind == "edge" else "it is exact within the roundings of this graph",
        )
    if math.isinf(exact.value):
        return "PASS", "", "OUT OF DOMAIN", f"the slope is infinite{examination.where}"
    if error > SLIGHT * scale and error > CANCELLED * allowed and examination.is_tied:
        chosen = f"the derivative is {exact.value:.6g}, and the conventions at several ties give {engine:.6g}"
        return "PASS", "PASS", "CONVENTIONS", f"{chosen}{examination.where}"
    if error > ILL * scale and error > CANCELLED * allowed:
        lost = f"they are off by {error / scale:.0e} of it" if scale else f"they leave {engine:.3g} of 0"
        return (
            "PASS",
            "PASS",
            "ILL-CONDITIONED",
            f"the rules are right, but roundings of the forward pass cost digits: {lost}",
        )
    lost = f"roundings of the forward pass move it by {error:.0e}"
    return "PASS", "PASS", "PASS", f"the rules are right; {lost}"


def _judge_sides(examination: _Examination, engine: float, exact: Derivative, allowed: float) -> Judgement:
    """The verdict at a kink or a jump."""
    sides, where = _describe_sides(exact), examination.where
    if exact.kind == "jump":
        return "PASS", "PASS", "KINK", f"the function jumps here, and {engine:.6g} was chosen{where}"
    if not min(exact.left, exact.right) - allowed <= engine <= max(exact.left, exact.right) + allowed:
        verdict = "CONVENTIONS" if examination.is_tied else "ILL-CONDITIONED"
        return (
            "PASS",
            "PASS",
            verdict,
            f"{sides}; {engine:.6g} doesn't lie between them, though each choice is right{where}",
        )
    if exact.presumed:
        verdict = "TIE" if examination.is_tied else "INCONCLUSIVE"
        return "PASS", "PASS", verdict, f"{sides}, if what can't be told apart is equal; {engine:.6g} was chosen{where}"
    return "PASS", "PASS", "KINK", f"{sides}; {engine:.6g} was chosen{where}"


def _describe_sides(exact: Derivative) -> str:
    return f"the derivative is {exact.left:.6g} from the left and {exact.right:.6g} from the right"


def _judge_hand(examination: _Examination, k: int, row: InputCheck, figures: Mapping[int, HandFigure]) -> InputCheck:
    """The verdict with what was derived by hand, and what mistakes would give that figure."""
    figure, exact = figures[k], row.exact
    if figure.complaint:
        return row._replace(verdict="FAIL", reason=figure.complaint, hand_agrees=False)
    reference = exact.value if exact.kind in ("smooth", "edge") else row.engine
    conventions = row.verdict == "CONVENTIONS" and exact.kind in ("smooth", "edge")
    if conventions or exact.kind == "kink":
        low, high = sorted((row.engine, reference) if conventions else (exact.left, exact.right))
        if low - figure.unit * conventions <= figure.value <= high + figure.unit * conventions:
            return row._replace(reason=f"{row.reason}; the hand figure lies between as well", hand_agrees=True)
    worked = row.engine if conventions else reference  # who works it out breaks ties by conventions too
    lost = abs(row.engine - worked) if math.isfinite(worked) else 0.0
    allowed = _allow(examination, k, row.engine)[1] + lost
    agrees, words = judge_hand(examination.learners, k, figures, worked, allowed)
    if agrees:
        return row._replace(reason="; ".join(filter(None, (row.reason, words))), hand_agrees=True)
    reason = words or f"by hand {figure.value:.6g}, exact {reference:.6g}"
    return row._replace(verdict="FAIL", reason=reason, hand_agrees=False)
