"""check(): the engine's gradient beside the one derived by hand, the faux one and the exact one."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..expression import parse
from ..graph import StaleGraphError, is_stale
from ..value import Value, topological_order, variables
from ..write import derive, names
from .exact import Derivative, exact_derivatives, exact_value
from .faux import AGREES, DISAGREES, Faux, ridders
from .hand import half_a_unit
from .ledger import Entry, ledger
from .locate import first_wrong_rule, slips, what_became_of
from .rounding import rounding_spread

if TYPE_CHECKING:
    from rich.table import Table

PASS, FAIL, KINK, OUT_OF_DOMAIN = "PASS", "FAIL", "KINK", "OUT OF DOMAIN"
ILL_CONDITIONED, NONDETERMINISTIC, INCONCLUSIVE = "ILL-CONDITIONED", "NONDETERMINISTIC", "INCONCLUSIVE"
WORST_FIRST = (NONDETERMINISTIC, FAIL, INCONCLUSIVE, OUT_OF_DOMAIN, ILL_CONDITIONED, KINK, PASS)
SPREADS, ULPS = 32.0, 8.0  # how many spreads and units in the last place rounding may take
ILL = 1e-4  # a relative spread above this leaves fewer than four digits

FUNCTION_ROUNDING = 1e-11  # relative: what a function of floats may lose
Hand = float | str | Callable[..., Any]


class Figure(NamedTuple):
    """A gradient derived by hand, and how far it may be off by the way it was given."""

    value: float
    unit: float


class InputCheck(NamedTuple):
    """What was found for one input.

    Attributes:
        name: the input's label.
        engine: the engine's gradient.
        hand: the figure derived by hand, None if none was given.
        faux: a numerical derivative with its error and nudge; `faux.judge` says what it can tell.
        exact: the derivative without the engine's rules, with the ones from either side.
        ulps: the engine's distance from it in units in the last place.
        relative_error: the same, relative.
        digits: significant digits that agree.
        rule: PASS or FAIL: is the derivative right? "" if it can't be said.
        rounding: PASS or FAIL: is it as accurate as floats allow here?
        verdict: of all together.
        reason: why, in a sentence.
        causes: likely mistakes in the figure derived by hand, most likely first.
        note: for a gradient that is nan, infinite or next to nothing, where that came from.
        derivation: where a figure derived by hand is wrong, the chain rule written down.
    """

    name: str
    engine: float
    hand: float | None
    faux: Faux
    exact: Derivative
    ulps: float
    relative_error: float
    digits: int
    rule: str
    rounding: str
    verdict: str
    reason: str
    causes: tuple[str, ...] = ()
    note: str = ""
    derivation: str = ""


class Check(NamedTuple):
    """The result of a check.

    Attributes:
        rows: what was found for each input.
        ledger: the kinks and edges of domains that the graph touched.
        hand: the figures derived by hand; `draw(root, hand=result)` shows them.
    """

    rows: tuple[InputCheck, ...]
    ledger: tuple[Entry, ...]
    hand: dict[Value, Figure]

    @property
    def verdict(self) -> str:
        """The worst verdict of all inputs."""
        return next((worst for worst in WORST_FIRST if any(row.verdict == worst for row in self.rows)), PASS)

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong: each input passes, or sits at a kink where a convention chose well."""
        return self.verdict in (PASS, KINK, ILL_CONDITIONED)

    @property
    def exit_code(self) -> int:
        """0 if it passed, else 1: for scripts."""
        return 0 if self.passed else 1

    def to_json(self) -> str:
        """The result as JSON; numbers that aren't finite are text."""
        rows = []
        for row in self.rows:
            entry = {key: value for key, value in row._asdict().items() if key not in ("faux", "exact", "causes")}
            entry |= {"exact": row.exact.value, "left": row.exact.left, "right": row.exact.right}
            entry |= {"exact_method": row.exact.method, "faux": row.faux.value, "faux_error": row.faux.error}
            entry |= {"h": row.faux.h, "faux_says": row.faux.judge(row.engine)}
            rows.append({key: _spelled(value) for key, value in entry.items()} | {"causes": list(row.causes)})
        kinks = [
            {"node": entry.name, "what": entry.what, "chosen": [_spelled(x) for x in entry.chosen]}
            for entry in self.ledger
        ]
        return json.dumps({"verdict": self.verdict, "inputs": rows, "ledger": kinks}, indent=2, ensure_ascii=False)

    def table(self) -> Table:
        """The result as a table of `rich`."""
        from .report import check_table

        return check_table(self)

    def __str__(self) -> str:
        """The result as text."""
        from .report import as_text

        return as_text(self)


def _spelled(value: Any) -> Any:
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def checked(root: Value, hand: Mapping[Value | str, Hand] | None, wrt: Sequence[Value] | None = None) -> Check:
    """What `check` does."""
    order = topological_order(root)
    differing = next(filter(None, map(_again, order)), "")
    root.zero_grad()
    root.backward()
    figures = _figures(hand or {}, order)
    inputs = list(wrt) if wrt is not None else _inputs(order, figures)
    exact = exact_derivatives(root, inputs)
    spreads = rounding_spread(root, inputs)
    called = names(root)
    touched = ledger(root)
    rows = tuple(
        _row(root, node, called[node], derivative, spread, figures.get(node), touched)
        for node, derivative, spread in zip(inputs, exact, spreads, strict=True)
    )
    if differing:
        rows = tuple(row._replace(verdict=NONDETERMINISTIC, reason=differing) for row in rows)
    return Check(rows, tuple(touched), figures)


def check_function(
    function: Callable[..., Any], point: Mapping[str, float], hand: Mapping[Value | str, Hand] | None = None
) -> Check:
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
    roots = [function(**dict(zip(point, variables(**point), strict=True))) for _ in range(2)]
    first, second = (each.data for each in roots)
    result = checked(roots[0], hand)
    if first == second or (first != first and second != second):
        return result
    reason = f"two calls gave {first!r} and {second!r}"
    return result._replace(rows=tuple(row._replace(verdict=NONDETERMINISTIC, reason=reason) for row in result.rows))


def assert_gradients(
    function: Callable[..., Any], point: Mapping[str, float], hand: Mapping[Value | str, Hand] | None = None
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
def _again(node: Value) -> str:
    """Compute a node again: a complaint if two evaluations differ, an error if it was recorded with other numbers."""
    if not is_stale(node):
        return ""
    numbers = [each.data for each in node.operands]
    first, second = (node.primitive.evaluate(*numbers) for _ in range(2))  # type: ignore[union-attr]
    name = node.label or node.primitive.name  # type: ignore[union-attr]
    if first == second:
        raise StaleGraphError(f"{name} was computed from other numbers: compute the expression again")
    return f"computing {name} again gives {first!r}, and once more {second!r}"


def _inputs(order: list[Value], figures: Mapping[Value, Any]) -> list[Value]:
    leaves = [node for node in order if node.is_leaf and not node.is_constant]
    labelled = [node for node in leaves if node.label] or leaves
    return [node for node in order if node in set(labelled) or node in figures]


def _figures(hand: Mapping[Value | str, Hand], order: list[Value]) -> dict[Value, Figure]:
    """Each hand-derived gradient as a number, and how far it may be off."""
    labelled = {node.label: node for node in order if node.label}
    known = set(order)
    found: dict[Value, Figure] = {}
    for key, given in hand.items():
        node = labelled.get(key) if isinstance(key, str) else key
        if node is None or node not in known:
            raise ValueError(f"hand: the graph has no node {key!r}; its labels are {', '.join(labelled) or 'none'}")
        found[node] = _figure(given, labelled)
    return found


def _figure(given: Hand, labelled: Mapping[str, Value]) -> Figure:
    """A number counts by the digits it is given with, a formula and a function by what they compute."""
    if isinstance(given, str):  # in high precision: 1 - tanh(18)**2 is right, and 0 in floats
        return Figure(exact_value(parse(given, {name: node.data for name, node in labelled.items()})), 0.0)
    if callable(given):
        leaves = {name: node.data for name, node in labelled.items() if node.is_leaf}
        value = float(given(**_wanted(given, leaves)))
        return Figure(value, FUNCTION_ROUNDING * abs(value))
    return Figure(float(given), half_a_unit(float(given)) if math.isfinite(given) else 0.0)


def _wanted(function: Callable[..., Any], numbers: Mapping[str, float]) -> dict[str, float]:
    import inspect

    names = inspect.signature(function).parameters
    if missing := [name for name in names if name not in numbers]:
        raise ValueError(f"hand: a function asks for {', '.join(missing)}; the inputs are {', '.join(numbers)}")
    return {name: numbers[name] for name in names}


# ---------------------------------------------------------------- verdicts
def _row(
    root: Value,
    node: Value,
    name: str,
    exact: Derivative,
    spread: float,
    figure: Figure | None,
    touched: Sequence[Entry],
) -> InputCheck:
    engine, faux = node.grad, ridders(root, node)
    allowed = SPREADS * spread + ULPS * math.ulp(exact.value if math.isfinite(exact.value) else 0.0)
    if exact.kind == "smooth" and abs(engine - exact.value) > allowed:
        allowed += SPREADS * rounding_spread(root, [node], inputs_too=True)[0]
    rule, rounding, verdict, reason = _engine_verdict(root, engine, exact, allowed, faux, touched)
    causes: tuple[str, ...] = ()
    hand = figure and figure.value
    if figure is not None and verdict not in (FAIL, NONDETERMINISTIC):
        verdict, reason, causes = _hand_verdict(root, node, figure, exact, allowed, verdict, reason)
    error = abs(engine - exact.value)
    relative = 0.0 if error == 0 else error / abs(exact.value) if exact.value else math.inf
    relative = relative if exact.value == exact.value else math.nan
    ulps = error / math.ulp(exact.value) if math.isfinite(exact.value) and math.isfinite(error) else relative
    digits = 17 if relative == 0 else 0 if not relative < 1 else min(17, int(-math.log10(relative)))
    figures = (engine, hand, faux, exact, ulps, relative, digits)
    derivation = derive(root, node).text if causes or (hand is not None and verdict == FAIL and rule != FAIL) else ""
    return InputCheck(name, *figures, rule, rounding, verdict, reason, causes, what_became_of(root, node), derivation)


def _engine_verdict(
    root: Value, engine: float, exact: Derivative, allowed: float, faux: Faux, touched: Sequence[Entry]
) -> tuple[str, str, str, str]:
    """Rule, rounding, verdict and reason for the engine's gradient."""
    if exact.kind == "unknown":
        said = faux.judge(engine)
        verdict = {AGREES: PASS, DISAGREES: FAIL}.get(said, INCONCLUSIVE)
        return "", "", verdict, f"there is no exact value; the faux gradient {said.lower()}"
    if exact.kind == "undefined":
        return "", "", OUT_OF_DOMAIN, "the function isn't a number on either side" + _touched(touched)
    if exact.kind in ("kink", "infinite") and exact.value != exact.value:
        return _kink_verdict(engine, exact, touched)
    if exact.kind == "infinite" and engine != exact.value and any(entry.what == "kink" for entry in touched):
        return PASS, PASS, KINK, f"the function jumps here, and {engine:.6g} was chosen" + _touched(touched)
    error = abs(engine - exact.value)
    if engine == exact.value or error <= allowed:
        scale = abs(exact.value)
        if allowed > ILL * scale and math.isfinite(scale) and scale > 0:
            lost = f"roundings alone move it by {allowed / scale:.0e} of itself"
            return PASS, PASS, ILL_CONDITIONED, f"nothing is wrong that floats could show: {lost}"
        where = "on the edge of its domain, from the one side there is" if exact.kind == "edge" else "it is exact"
        return PASS, PASS, PASS, where if exact.kind == "edge" else f"{where} within the roundings of this graph"
    wrong = first_wrong_rule(root)
    if wrong:
        return FAIL, "", FAIL, wrong.reason
    if not math.isfinite(engine):
        return "", "", OUT_OF_DOMAIN, "the engine's gradient isn't finite" + _touched(touched)
    if faux.judge(engine) == DISAGREES or error > 1e-6 * abs(exact.value):
        return FAIL, "", FAIL, "every local derivative is right: a path is missing or wasn't added up"
    return (
        PASS,
        FAIL,
        FAIL,
        f"the rules are right, but {error / max(allowed, 5e-324):.0f} times the inevitable rounding is lost",
    )


def _kink_verdict(engine: float, exact: Derivative, touched: Sequence[Entry]) -> tuple[str, str, str, str]:
    low, high = sorted((exact.left, exact.right))
    sides = f"the derivative is {exact.left:.6g} from the left and {exact.right:.6g} from the right"
    if low <= engine <= high:
        return PASS, PASS, KINK, f"{sides}; {engine:.6g} was chosen" + _touched(touched)
    if engine != engine:
        return "", "", OUT_OF_DOMAIN, f"{sides}; the chain rule gives nan" + _touched(touched)
    return FAIL, "", FAIL, f"{sides}; {engine:.6g} doesn't lie between them"


def _touched(touched: Sequence[Entry]) -> str:
    return f" (at {', '.join(entry.name for entry in touched[:3])})" if touched else ""


def _hand_verdict(
    root: Value, node: Value, figure: Figure, exact: Derivative, allowed: float, verdict: str, reason: str
) -> tuple[str, str, tuple[str, ...]]:
    """The verdict with a figure derived by hand, and what mistakes would give that figure."""
    hand, unit = figure
    reference = exact.value if exact.kind in ("smooth", "edge") else node.grad
    if exact.kind == "kink" and min(exact.left, exact.right) <= hand <= max(exact.left, exact.right):
        return verdict, f"{reason}; the figure by hand lies between as well", ()
    tolerance = max(unit, allowed, 4 * math.ulp(reference) if math.isfinite(reference) else 0.0)
    if hand == reference or abs(hand - reference) <= tolerance:
        digits = f"{hand!r} agrees at the digits it is given with"
        return verdict, f"{reason}; {digits}" if unit > max(allowed, 1e-10 * abs(hand)) else reason, ()

    def agrees(number: float) -> bool:
        return abs(number - hand) <= max(unit, 1e-9 * abs(hand))

    causes = tuple(dict.fromkeys(slips(root, node, reference, agrees)))
    why = f"by hand {hand:.6g}, exact {reference:.6g}"
    return FAIL, why + (f": {causes[0]}" if causes else ""), causes
