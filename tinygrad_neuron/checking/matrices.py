"""Whole matrices of derivatives by hand: each entry is judged, and what the mistakes have in common is named."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..arguments import require
from ..console import make_table
from ..graph import Structure, flatten, gradient
from ..primitives import FUNCTIONS, plain
from ..program import Program
from ..recording import distinct
from ..results import TableResult
from ..value import Value, as_value
from .derivative import Derivative
from .exact import exact_hessian
from .function import check_function
from .hand import half_unit
from .numerical import NumericalGradient, forward_difference, ridders_difference
from .verdicts import Check, InputCheck

if TYPE_CHECKING:
    from rich.table import Table

COMPUTED = 1e-12  # relative: what a figure with all digits may have lost where it was computed
SAME = 1e-9  # relative: figures that a mistake would give
ROUGH = 1e-3  # what differences must at least tell
NUDGE, BEND = 1e-7, 1e-2  # where the differences to both sides are so far apart, there may be a kink
WIDTH = 80  # columns of a terminal; a wider matrix is summed up
Function = Callable[..., Any]
Place = tuple[int, int]
Numbers = dict[Place, float]


@dataclass(frozen=True, repr=False)
class MatrixCheck(TableResult):
    """A matrix of derivatives, each entry judged as `check` judges a gradient.

    Attributes:
        components: the names of its rows.
        inputs: the names of its columns.
        rows: for each component what was found for each input.
        structure: what all mistakes by hand together are, such as "transposed"; "" if they have nothing in common.
        distance: of `check_grad`, SciPy's number; nan else.
    """

    components: tuple[str, ...]
    inputs: tuple[str, ...]
    rows: tuple[tuple[InputCheck, ...], ...]
    structure: str = ""
    distance: float = math.nan

    @property
    def _entries(self) -> Check:
        """All entries in a row, as the check of one gradient."""
        names = (f"{component} by {name}" for component in self.components for name in self.inputs)
        entries = (entry for row in self.rows for entry in row)
        return Check(tuple(e._replace(name=name) for e, name in zip(entries, names, strict=True)), (), {})

    @property
    def verdict(self) -> str:
        """The worst verdict of all entries."""
        return self._entries.verdict

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong: the exit code is 0."""
        return self.exit_code == 0

    @property
    def exit_code(self) -> int:
        """For scripts: 0 if it passed, 1 if something is wrong, 3 if something can't be said."""
        return self._entries.exit_code

    def __float__(self) -> float:
        return self.distance

    def to_dict(self) -> dict[str, Any]:
        """The verdict, the structure of the mistake, the names and all entries."""
        rows = [[entry.to_dict() for entry in row] for row in self.rows]
        names = {"components": list(self.components), "inputs": list(self.inputs)}
        return {"verdict": self.verdict, "structure": self.structure, "distance": self.distance, **names, "rows": rows}

    def table(self) -> Table:
        """The verdicts as a table of `rich`; beside a wrong one the figure by hand and the exact one."""
        rows = [(name, *map(_write_entry, row)) for name, row in zip(self.components, self.rows, strict=True)]
        columns = zip(("", *self.inputs), *rows, strict=True)
        if sum(3 + max(len(line) for cell in column for line in cell.split("\n")) for column in columns) <= WIDTH:
            return make_table(("", *self.inputs), rows)
        judged = (_summarize(row) for row in self.rows)
        return make_table(("", "verdicts"), zip(self.components, judged, strict=True))

    def _caption(self) -> str:
        said = [
            f"{row.name}: {row.verdict}. {row.reason}"
            for row in self._entries.rows
            if row.verdict != "PASS" or row.rule == ""
        ]
        structure = [f"the mistakes together: {self.structure}"] if self.structure else []
        return "\n".join([*said, *structure, f"verdict: {self.verdict}"])


def _write_entry(entry: InputCheck) -> str:
    if entry.verdict == "PASS":
        return "PASS"
    hand = "" if entry.hand is None else f"\nhand {entry.hand:.4g}"
    return f"{entry.verdict}{hand}\nexact {entry.exact.value:.4g}"


def _summarize(row: Sequence[InputCheck]) -> str:
    """How often each verdict was given."""
    verdicts = [entry.verdict for entry in row]
    return ", ".join(f"{verdicts.count(each)} {each}" for each in dict.fromkeys(verdicts))


# ---------------------------------------------------------------- what is checked
def check_jacobian(f: Function, J: Any, x: Structure) -> MatrixCheck:  # noqa: N803 (as mathematics has it)
    """Check all derivatives ∂fᵢ/∂xⱼ that somebody derived.

    Args:
        f: takes Values in the structure of x, returns one or a list, tuple, array or dict of them; see `jacobian`.
        J: a row for each component and in it a figure for each input, as lists, an array or dicts;
            or a function of x that gives them.
        x: the point: a number, or a list, tuple, array or dict of them.

    Returns:
        A MatrixCheck: every entry is judged, also where the component doesn't depend on the input.

    Raises:
        ValueError: the shape is another.

    Examples:
        >>> result = check_jacobian(lambda x: [x[0] * x[1], x[0] ** 2], [[3, 4], [2, 0]], [2.0, 3.0])
        >>> result.verdict, result.structure
        ('FAIL', 'transposed')
    """
    given, (numbers, rebuild) = J(x) if callable(J) else J, _flatten(x)
    try:
        like = _as_lists(f(rebuild([Value(plain(each)) for each in numbers])))
    except TypeError:  # a way out of the graph, which is judged later
        like = [0.0] * len(given) if len(_measure(given)) > len(_measure(x)) else 0.0
    return _check_matrix(lambda inputs, k: _flatten(f(inputs))[0][k], given, x, _name(like, "f"), like)


def check_hessian(f: Function, H: Any, x: Structure) -> MatrixCheck:  # noqa: N803 (as mathematics has it)
    """Check all second derivatives ∂²f/∂xᵢ∂xⱼ that somebody derived.

    The engine differentiates its gradient once more. Beside it stand the
    second derivatives of the forward functions, see `exact_hessian`.

    Args:
        f: takes Values in the structure of x, returns one.
        H: a row for each input and in it a figure for each; or a function of x; None to check the engine alone.
        x: the point: a number, or a list, tuple, array or dict of them.

    Returns:
        A MatrixCheck.

    Raises:
        ValueError: the shape is another.

    Examples:
        >>> result = check_hessian(lambda x: x[0] ** 2 * x[1], [[6, 4], [5, 0]], [2.0, 3.0])
        >>> result.structure
        'wrong in the lower triangle only'
    """
    like, (_, rebuild) = _as_lists(x), _flatten(x)

    def differentiate(inputs: Structure, k: int) -> Value:
        return gradient(as_value(f(inputs)), _flatten(inputs)[0][k])[0]

    result = _check_matrix(differentiate, H(x) if callable(H) else H, x, _name(like, "x"), like)
    if any(row.verdict == "LEFT THE GRAPH" for entries in result.rows for row in entries):
        return result
    inputs = [Value(plain(each)) for each in _flatten(x)[0]]
    exact = _second_derivatives(as_value(f(rebuild(inputs))), inputs)
    pairs = (zip(entries, row, strict=True) for entries, row in zip(result.rows, exact, strict=True))
    return replace(result, rows=tuple(tuple(_judge_second(*pair) for pair in row) for row in pairs))


def second_order(root: Value, hand: Any = None, wrt: Sequence[Value | str] | None = None) -> MatrixCheck:
    """Check the second derivatives of what was recorded, by replaying it as a function of its leaves.

    Args:
        root: the end of the graph.
        hand: the Hessian by hand; a row for each input, see `check_hessian`.
        wrt: the inputs; all labelled leaves unless given, or all leaves where none has a label.

    Examples:
        >>> x, w = Value(3.0, label="x"), Value(2.0, label="w")
        >>> second_order(x * x * w, [[4, 6], [6, 0]]).verdict
        'PASS'
    """
    program = Program.of(root)
    places = [k for k in program.leaves if program.tags[k].label] or program.leaves
    places = places if wrt is None else [program.find(each, "wrt") for each in wrt]

    def replay(inputs: Mapping[str, Value]) -> Any:
        given = dict(zip(places, inputs.values(), strict=True))
        leaves = [given.get(k, Value(program.numbers[k], constant=True)) for k in program.leaves]
        return program.run(leaves, FUNCTIONS.__getitem__)[program.roots[0]]

    point = {program.names[k]: program.numbers[k] for k in places}
    given = dict(zip(point, (dict(zip(point, row, strict=True)) for row in hand), strict=True)) if hand else None
    return check_hessian(replay, given, point)


def _check_matrix(
    function: Function, given: Any, x: Structure, components: Sequence[str], like: Structure
) -> MatrixCheck:
    """Each component as a function of the inputs by name."""
    (numbers, rebuild), inputs = _flatten(x), _name(_as_lists(x), "x")
    figures = None if given is None else _read_matrix(_as_lists(given), like, _as_lists(x))
    point = dict(zip(inputs, map(plain, numbers), strict=True))

    def component(k: int) -> Function:
        return lambda **named: function(rebuild(list(named.values())), k)

    rows = [_check_row(component(k), point, figures and figures[k]) for k in range(len(components))]
    return MatrixCheck(tuple(components), tuple(inputs), tuple(rows), find_structure(rows))


def _check_row(function: Function, point: Mapping[str, float], figures: Sequence[Any] | None) -> tuple[InputCheck, ...]:
    """The check of a component; a figure with all digits was computed, and isn't asked for its last ones."""
    rows = check_function(function, point).rows
    found = {row.name: row for row in rows}
    given = dict(zip(point, figures or (), strict=figures is not None))
    wrong = {name: each for name, each in given.items() if not _is_near(each, found[name].exact.value)}
    judged = {row.name: row for row in check_function(function, point, wrong).rows} if wrong else {}
    near = {name: found[name]._replace(hand=given[name]) for name in given.keys() - wrong.keys()}
    return tuple((found | judged | near)[name] for name in point)


def _is_near(figure: Any, exact: float) -> bool:
    return isinstance(figure, (int, float)) and abs(figure - exact) <= COMPUTED * abs(exact)


def _second_derivatives(root: Value, inputs: Sequence[Value]) -> list[list[Derivative]]:
    """Those of the forward functions; 0 for an input that isn't in the graph."""
    program = Program.of(root)
    used = [program.places[each] for each in inputs if each in program.places]
    found = exact_hessian(program, used)
    known = {(i, j): each for i, row in zip(used, found, strict=True) for j, each in zip(used, row, strict=True)}
    zero, places = Derivative(0.0, 0.0, 0.0, "smooth"), [program.places.get(each, -1) for each in inputs]
    return [[known.get((i, j), zero) for j in places] for i in places]


def _judge_second(entry: InputCheck, exact: Derivative) -> InputCheck:
    """An entry beside the second derivative of the forward functions."""
    if entry.verdict != "PASS" or exact.kind not in ("smooth", "undefined"):
        return entry
    if exact.kind == "undefined":
        return entry._replace(verdict="INCONCLUSIVE", reason="the function bends here, or a slope of it does")
    if abs(entry.exact.value - exact.value) <= COMPUTED * max(abs(exact.value), abs(entry.engine)):
        return entry
    reason = f"the forward functions give {exact.value:.12g}, so that a rule of the first order is wrong"
    return entry._replace(verdict="FAIL", rule="FAIL", reason=reason, exact=exact)


# ---------------------------------------------------------------- structures
def _as_lists(structure: Structure) -> Structure:
    return structure.tolist() if hasattr(structure, "tolist") else structure


def _flatten(structure: Structure) -> tuple[list[Any], Callable[[Sequence[Any]], Structure]]:
    """As `flatten`, for arrays too."""
    if not hasattr(structure, "tolist"):
        return flatten(structure)
    numpy: Any = import_module("numpy")
    shape = numpy.shape(structure)
    return numpy.ravel(structure).tolist(), lambda new: numpy.array(new, dtype=object).reshape(shape)[()]


def _name(like: Structure, name: str) -> list[str]:
    """A name for each number: x1, x2, or the keys of a dict."""
    if isinstance(like, Mapping):
        found = [each for key in like for each in _name(like[key], str(key))]
    elif isinstance(like, (list, tuple)):
        link = "_" if name[-1:].isdigit() else ""
        found = [each for k, part in enumerate(like, 1) for each in _name(part, f"{name}{link}{k}")]
    else:
        return [name]
    return distinct([()] * len(found), found, [False] * len(found))


def _read_matrix(given: Any, outputs: Structure, inputs: Structure) -> list[list[Any]]:
    """The figures row by row."""
    try:
        return [_split(row, inputs) for row in _split(given, outputs)]
    except (KeyError, TypeError, ValueError):
        due, shape = (*_measure(outputs), *_measure(inputs)), _measure(given)
        turned = ": transposed?" if shape == (*_measure(inputs), *_measure(outputs)) else ""
        message = f"the matrix is {_write_shape(shape)}, and {_write_shape(due)} is due{turned}"
        raise ValueError(message) from None


def _split(given: Any, like: Structure) -> list[Any]:
    """The part that belongs to each number of a structure, in its order."""
    given = _as_lists(given)
    if isinstance(like, Mapping):
        if given.keys() != like.keys():
            raise KeyError
        pairs = [(given[key], like[key]) for key in like]
    elif isinstance(like, (list, tuple)):
        pairs = list(zip(given, like, strict=True))
    else:
        return [given]
    return [part for pair in pairs for part in _split(*pair)]


def _measure(structure: Any) -> tuple[int, ...]:
    structure = _as_lists(structure)
    structure = [*structure.values()] if isinstance(structure, Mapping) else structure
    return (len(structure), *_measure(structure[0])) if isinstance(structure, (list, tuple)) and structure else ()


def _write_shape(shape: Sequence[int]) -> str:
    return "×".join(map(str, shape)) or "a number"


# ---------------------------------------------------------------- the structure of the mistakes
def find_structure(rows: Sequence[Sequence[InputCheck]]) -> str:
    """What the wrong figures have in common.

    Args:
        rows: the judged entries.

    Returns:
        A few words, such as "transposed" or "row 2 is scaled by 0.5"; "" if they have nothing in common.
    """
    entries = {(i, j): entry for i, row in enumerate(rows) for j, entry in enumerate(row)}
    wrong = {p for p, e in entries.items() if e.hand is not None and e.verdict == "FAIL" and e.rule != "FAIL"}
    hand = {p: math.nan if e.hand is None else e.hand for p, e in entries.items()}
    exact = {p: e.exact.value if math.isfinite(e.exact.value) else e.engine for p, e in entries.items()}
    return next(_name_mistakes(hand, exact, wrong), "") if wrong else ""


def _name_mistakes(hand: Numbers, exact: Numbers, wrong: set[Place]) -> Iterator[str]:
    """What all mistakes together can be called, the most telling first."""
    m, n = (1 + max(place[k] for place in hand) for k in (0, 1))
    turned = {(j, i): number for (i, j), number in exact.items()}
    everything, diagonal = set(hand), {(i, i) for i in range(m)} if m == n else set()
    lines = {f"row {i + 1}": {(i, j) for j in range(n)} for i in range(m)}
    lines |= {f"column {j + 1}": {(i, j) for i in range(m)} for j in range(n)}
    for name, side in (("upper", 1), ("lower", -1)):
        if m == n and _is_same(exact, turned, everything) and all((j - i) * side > 0 for i, j in wrong):
            yield f"wrong in the {name} triangle only"
    if len(wrong) == 1:
        return
    yield from _name_factor(hand, exact, everything, "everywhere", "all are")
    if m == n and _is_same(hand, turned, everything):
        yield "transposed"
    regions = {name: places for name, places in {**lines, "the diagonal": diagonal}.items() if wrong <= places}
    for name, places in regions.items():
        yield from _name_factor(hand, exact, places, f"of {name}", f"{name} is")
        yield from _name_shift(hand, exact, places, f"{name} is", 0 if name.startswith("column") else 1)
    for axis, name in enumerate(("the rows are", "the columns are")):
        yield from _name_shift(hand, exact, everything, name, axis)
    yield from (f"only {name} is wrong" for name in regions)


def _name_factor(hand: Numbers, exact: Numbers, places: set[Place], of: str, name: str) -> Iterator[str]:
    """Whether some figures are the right ones times the same number, which the largest tells best."""
    largest = max(places, key=lambda place: abs(exact[place]), default=None)
    if largest and exact[largest]:
        factor = hand[largest] / exact[largest]
        factor = next((each for each in (-1.0, 2.0, 0.5) if abs(factor - each) < 1e-2), factor)
        if _is_same(hand, {place: factor * exact[place] for place in places}, places):
            yield f"the sign is wrong {of}" if factor == -1 else f"{name} scaled by {factor:.4g}"


def _name_shift(hand: Numbers, exact: Numbers, places: set[Place], name: str, axis: int) -> Iterator[str]:
    """Whether some figures are the right ones of the next places along an axis."""
    count = 1 + max(place[axis] for place in exact)
    for step in (1, -1):
        moved = {(i, j): exact[((i + step) % count, j) if axis == 0 else (i, (j + step) % count)] for i, j in places}
        if _is_same(hand, moved, places):
            yield f"{name} shifted by one"


def _is_same(hand: Numbers, expected: Numbers, places: set[Place]) -> bool:
    """Whether figures agree at their digits."""
    pairs = [(hand[place], expected[place]) for place in places]
    return all(math.isfinite(a) and abs(a - b) <= max(half_unit(a), SAME * abs(b)) for a, b in pairs)


# ---------------------------------------------------------------- SciPy's check_grad
class _Floats:
    """A function of floats alone, as differences see a program."""

    def __init__(self, function: Function, inputs: Sequence[float]) -> None:
        self.function, self.numbers, self.roots = function, [*inputs, function(inputs)], [len(inputs)]

    def evaluate(self, changes: Mapping[int, float]) -> list[float]:
        """The numbers with some of them changed."""
        inputs = [changes.get(k, number) for k, number in enumerate(self.numbers[:-1])]
        return [*inputs, self.function(inputs)]


def check_grad(
    func: Function,
    grad: Function,
    x0: Any,
    *args: Any,
    epsilon: float = 2.0**-26,
    direction: str = "all",
    rng: Any = None,
) -> MatrixCheck:
    """Check a gradient function as `scipy.optimize.check_grad` does, with a verdict for each entry.

    If `func` can be computed with Values, the verdicts are exact. If it takes
    floats alone, differences judge it, and each reason says so.

    Args:
        func: takes an array of numbers and `args`, returns a number.
        grad: takes the same, returns the gradient.
        x0: the point.
        args: further arguments of both.
        epsilon: the nudge of SciPy's number.
        direction: "all", or "random" for SciPy's number along one random direction.
        rng: a NumPy generator for the direction, or its seed.

    Returns:
        A MatrixCheck. `float()` of it is SciPy's number, √Σ(gradient - forward difference)²; it needs NumPy.

    Raises:
        ValueError: the gradient has another shape, or there is no such direction.

    Examples:
        >>> result = check_grad(lambda x: x[0] ** 2 + x[1], lambda x: [2 * x[0], 1.0], [3.0, 5.0])
        >>> result.verdict, float(result) < 1e-6
        ('PASS', True)
    """
    numpy: Any = import_module("numpy")
    point, given = numpy.asarray(x0, dtype=float), grad(numpy.asarray(x0, dtype=float), *args)
    distance = _scipy_distance(numpy, lambda x: func(x, *args), given, point, epsilon, direction, rng)
    try:
        result = check_jacobian(lambda x: func(x, *args), given, point)
        left = any(entry.verdict == "LEFT THE GRAPH" for entry in result.rows[0])
    except Exception:  # noqa: BLE001 (it took floats a moment ago)
        left = True
    if left:
        result = _check_by_differences(lambda xs: float(func(numpy.asarray(xs), *args)), given, point.tolist())
    return replace(result, distance=distance)


def _scipy_distance(
    numpy: Any, function: Function, given: Any, point: Any, epsilon: float, direction: str, rng: Any
) -> float:
    """The number that SciPy's check_grad returns, computed in the same order."""
    if direction == "random":
        along = numpy.random.default_rng(rng).standard_normal(size=point.shape)
        return _scipy_distance(
            numpy, lambda w: function(point + w * along), numpy.dot(given, along), numpy.zeros(1), epsilon, "all", None
        )
    require(direction == "all", 'direction must be "all" or "random"', direction)
    nudges = numpy.where(
        point + epsilon == point, 2.0**-26 * numpy.where(point < 0, -1, 1) * numpy.maximum(1, abs(point)), epsilon
    )
    moved = [point + nudge * unit for nudge, unit in zip(nudges, numpy.eye(len(point)), strict=True)]
    slopes = [(function(each) - function(point)) / (each[k] - point[k]) for k, each in enumerate(moved)]
    return float(numpy.sqrt(numpy.sum(numpy.abs((given - numpy.ravel(slopes)) ** 2))))


def _check_by_differences(function: Function, given: Any, inputs: Sequence[float]) -> MatrixCheck:
    """The judgement of a function that takes floats alone."""
    figures, program = _read_matrix([_as_lists(given)], [0.0], inputs)[0], _Floats(function, inputs)
    names = _name(inputs, "x")
    found = [ridders_difference(program, k) for k in range(len(inputs))]  # type: ignore[arg-type]
    bent = [_bends(program, k) for k in range(len(inputs))]
    row = tuple(map(_judge_difference, names, figures, found, bent))
    return MatrixCheck(("f",), tuple(names), (row,), find_structure([row]))


def _bends(program: Any, k: int) -> bool:
    """Whether the differences to both sides are far apart."""
    above, below = (forward_difference(program, k, side * NUDGE * (abs(program.numbers[k]) or 1.0)) for side in (1, -1))
    return not abs(above - below) <= BEND * max(abs(above), abs(below))


def _judge_difference(name: str, figure: float, numerical: NumericalGradient, bent: bool) -> InputCheck:
    """A figure beside a difference: nobody can say more than its error allows."""
    scale, distance = max(abs(numerical.value), abs(figure)), abs(figure - numerical.value)
    digits = 17 if not distance else max(0, min(17, int(-math.log10(distance / scale)))) if distance < scale else 0
    close = distance <= max(10 * numerical.error, half_unit(figure))
    rough = not numerical.error <= ROUGH * scale
    verdict = "PASS" if close and not rough else "INCONCLUSIVE" if rough or bent else "FAIL"
    reason = f"the function takes floats alone, and Ridders' differences judge: {digits} digits agree"
    value = numerical.value
    exact = Derivative(value, value, value, "unknown")
    return InputCheck(name, math.nan, figure, numerical, exact, math.nan, math.nan, digits, "", "", verdict, reason)
