"""check_function(): the function itself is the judge, called again at other numbers beside replays of its recording."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from itertools import takewhile
from typing import Any, NamedTuple

from .. import ops
from ..formulas.formula import names
from ..leaving import LeavingError, quote_line
from ..primitives import is_number, plain
from ..program import ByNode, Program
from ..recording import Decision, Decisions, keep_decisions, user_frame
from ..value import Value, as_value, variables
from .checker import check, require_order
from .derivative import unknown
from .hand import Hand
from .numerical import NumericalGradient
from .verdicts import VERDICTS, Check, Finding, InputCheck

SIZES = (1e-8, 1e-6, 1e-4, 1e-2, 1e-1)  # of nudges, relative to an input; absolute where that is 0
MOST_ALONE = 16  # more inputs are nudged all together, and one at a time only where that shows something
TOGETHER = 2  # directions, and their opposites, in which all inputs are nudged at once
ROUNDINGS = 8.0  # how many times its rounding a replay may be off
UNUSED = "the function doesn't use it"
WAYS = {"data": "{} is read as a plain number", "detach": "{} is detached", "no_grad": "{} isn't recorded"}
Direction = dict[str, float]  # how far each input is moved, in sizes


def check_function(
    function: Callable[..., Any], point: Mapping[str, float], hand: ByNode[Hand] | Any = None, *, order: int = 1
) -> Check:
    """Check the gradient of a function of Values at a point.

    The function is the judge, not what one call of it records: it is called
    again at numbers near the point, on both sides and in several sizes, and
    each result is compared with the recording computed at the same numbers.
    Where they part, a number has left the graph, a branch was taken, or
    something was held fixed; the verdict says which, and in which line.

    Args:
        function: takes the point's names as keyword arguments, returns a Value.
        point: a number for each name.
        hand: as in `check`.
        order: as in `check`.

    Returns:
        A Check. Its `function` says how often the function was called, and what was seen
        beside the verdict. Inputs that the function ignores have a row too.

    Raises:
        Exception: what the function raises at the point, unless it is a way out of the graph.

    Examples:
        >>> check_function(lambda x, w: (x * w).tanh(), {"x": 0.5, "w": 2.0}).verdict
        'PASS'
        >>> check_function(lambda x: x if x > 0 else 0 * x, {"x": 0.0}).verdict
        'BRANCH'
        >>> check_function(lambda x: x * x.data, {"x": 2.0}).verdict
        'HELD FIXED'
    """
    numbers = {name: plain(number) for name, number in point.items()}
    if require_order(order) == 2:
        matrices: Any = import_module(f"{__package__}.matrices")  # which stands above, and checks by rows
        return matrices.check_hessian(lambda inputs: function(**inputs), hand, numbers)  # type: ignore[no-any-return]
    try:
        judge = _Judge(function, numbers)
    except Exception as error:
        left = _find_way_out(error)
        if left is None:
            raise
        return _judge_left(numbers, left)
    problems = judge.find_problems()
    result = _check_recording(judge, hand or {})
    inputs = {written: name for name, written in judge.write_names().items()}
    rows = tuple(_judge_row(row, problems) for row in result.rows)
    rows = tuple(row._replace(name=inputs.get(row.name, row.name)) for row in rows)
    return replace(result, rows=rows, function=judge.write_finding())


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


# ---------------------------------------------------------------- calls
class _Note(NamedTuple):
    """A decision, or a number that was taken out of the graph: how, which number of what, in which line."""

    way: str
    number: float
    label: str
    line: tuple[str, int]


class _Call(Decisions):
    """What one call decides and holds fixed; some numbers that it reads may be those of another call."""

    def __init__(self, held: Mapping[int, float]) -> None:
        self.held, self.notes = held, list[_Note]()

    def append(self, decision: Decision) -> None:
        self._note("decision", decision[-1])

    def read(self, node: Value, way: str) -> float:
        number = node._data  # noqa: SLF001 (`data` would ask here again)
        return number if node.is_constant else self._note(way, number, node.label or "a value")

    def stop_recording(self) -> None:
        self._note("no_grad", math.nan, "what is computed")

    def _note(self, way: str, number: float, label: str = "") -> float:
        frame = user_frame()
        self.notes.append(_Note(way, number, label, (frame.f_code.co_filename, frame.f_lineno)))
        return self.held.get(len(self.notes) - 1, number)


class _Result(NamedTuple):
    """What a call gave: the Values it was called with, the end of the graph, and what it noted down."""

    inputs: dict[str, Value]
    root: Value
    notes: list[_Note]

    def find_changes(self, other: _Result) -> tuple[list[int], list[_Note]]:
        """Which of the notes have another number in another call, and which of them are decisions."""
        pairs = takewhile(lambda pair: pair[0].line == pair[1].line, zip(self.notes, other.notes, strict=False))
        changed = [k for k, (one, two) in enumerate(pairs) if one.number != two.number]
        return changed, [self.notes[k] for k in changed if self.notes[k].way == "decision"]

    def write_slopes(self, direction: Direction) -> str:
        """The derivatives by the inputs that are moved."""
        program = Program.of(self.root)
        found = dict(zip(program.nodes, program.differentiate(), strict=True))
        return ", ".join(f"{found.get(self.inputs[name], 0.0):.6g}" for name in list(direction)[:3])


class _Step(NamedTuple):
    """A result at nudged numbers: what of its distance from the replay rounding can't be, and what it can."""

    size: float
    at: str
    numbers: dict[str, float]
    result: _Result
    excess: float
    allowed: float


class _Judge:
    """A function at a point: what calls near it show that its recording doesn't have."""

    def __init__(self, function: Callable[..., Any], numbers: dict[str, float]) -> None:
        self.function, self.numbers, self.calls = function, numbers, 0
        self.here = self.call(numbers)  # it is what is recorded
        self.program = program = Program.of(self.here.root)
        self.places = {name: program.places[x] for name, x in self.here.inputs.items() if x in program.places}
        entries = enumerate(program.primitives)
        self.stopped = {k: program.numbers[k] for k, each in entries if each and each.name == "stop_gradient"}
        self.agreements: list[bool] = []
        self.remarks: dict[Any, str] = {}  # one for each line or error

    def call(self, numbers: Mapping[str, float], held: Mapping[int, float] | None = None) -> _Result:
        """Call the function with fresh Values."""
        self.calls += 1
        inputs = dict(zip(numbers, variables(**numbers), strict=True))
        noted = _Call(held or {})
        with keep_decisions(noted):
            root = self.function(**inputs)
        return _Result(inputs, Value(root, constant=True) if is_number(root) else as_value(root), noted.notes)

    def write_finding(self) -> Finding:
        """What was seen beside the verdicts."""
        return Finding(self.calls, len(self.agreements), sum(self.agreements), tuple(self.remarks.values()))

    def find_problems(self) -> list[_Problem]:
        """What makes the recording another function than the one that was called."""
        if noise := self._find_noise(self.here, self.numbers):
            return [noise]
        chance, inputs = random.Random(0), list(self.numbers)
        drawn = [{name: chance.choice((-1, 1)) * chance.uniform(0.5, 1) for name in inputs} for _ in range(TOGETHER)]
        drawn += [{name: -far for name, far in direction.items()} for direction in drawn]
        together = self._examine_all(drawn) if len(inputs) > 1 else []
        if len(inputs) > MOST_ALONE and not together:
            return []
        return self._examine_all([{name: side} for name in inputs for side in (1.0, -1.0)]) or together

    def _examine_all(self, directions: list[Direction]) -> list[_Problem]:
        return [problem for each in directions if (problem := self._examine(each))]

    def _examine(self, direction: Direction) -> _Problem | None:
        """Go in one direction, farther each time, to where the function parts from its recording."""
        steps = [step for size in SIZES if (step := self._step(direction, size))]
        parting = next((k for k, step in enumerate(steps) if step.excess), None)
        if parting is not None and _is_near(steps, parting):
            return self._explain(direction, steps[parting])
        for step in steps:
            self._remark(step)
        return None

    def _step(self, direction: Direction, size: float) -> _Step | None:
        """Call the function and replay its recording at nudged numbers; None if the function raises there."""
        numbers = {name: _nudge(number, direction.get(name, 0.0) * size) for name, number in self.numbers.items()}
        at = _shorten([f"{name} = {numbers[name]:.12g}" for name in direction])
        try:
            result = self.call(numbers)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is the user's)
            self.remarks.setdefault(type(error), f"at {at} it raises {type(error).__name__}: {error}")
            return None
        excess, allowed = self._compare(numbers, result, self.stopped)
        self.agreements.append(not excess)
        return _Step(size, at, numbers, result, excess, allowed)

    def _compare(self, numbers: dict[str, float], result: _Result, kept: Mapping[int, float]) -> tuple[float, float]:
        """How far a call is from the replay of the recording, in which some places are kept, beyond rounding."""
        replayed = self.program.evaluate({**{k: numbers[name] for name, k in self.places.items()}, **kept})
        distance = _distance(result.root.data, replayed[self.program.roots[0]])
        if not 0 < distance < math.inf:
            return distance, 0.0
        own = Program.of(result.root)
        allowed = ROUNDINGS * (_bound_rounding(own, own.numbers) + _bound_rounding(self.program, replayed))
        return distance if distance > allowed else 0.0, allowed

    # ------------------------------------------------------------ what it is
    def _remark(self, step: _Step) -> None:
        """Say what is seen at a step, but is too far away, or too slight, to change the gradient here."""
        result = "another" if step.excess else "the same"
        if flips := self.here.find_changes(step.result)[1]:
            said = f"in {quote_line(*flips[0].line)}, a comparison decides otherwise at {step.at}, with {result} result"
            self.remarks.setdefault(flips[0].line, said)
        elif step.excess:
            self.remarks.setdefault("", f"at {step.at} the function gives another result than its recording")

    def _explain(self, direction: Direction, step: _Step) -> _Problem:
        """Why the function parts from its recording at once."""
        concerned = self._called(direction)
        changed, flips = self.here.find_changes(step.result)
        if flips:
            return _Problem("BRANCH", self._compare_sides(flips[0], direction, step), concerned)
        if self.stopped and not self._compare(step.numbers, step.result, {})[0]:
            return _Problem("HELD FIXED", "what stop_gradient() holds fixed moves the result", concerned, True)
        if changed:
            guilty = self._find_guilty(step, changed)
            held = dict.fromkeys(f"in {quote_line(*note.line)}, {WAYS[note.way].format(note.label)}" for note in guilty)
            reason = f"{_shorten(list(held))}: what is held fixed there moves the result"
            return _Problem("HELD FIXED", reason, concerned, all(note.way != "data" for note in guilty))
        reason = f"a number left the graph unseen: at {step.at} the result is {step.excess:.6g} off the recording's"
        return self._find_noise(step.result, step.numbers) or _Problem("LEFT THE GRAPH", reason, concerned)

    def _compare_sides(self, flip: _Note, direction: Direction, step: _Step) -> str:
        """The value and the derivatives on both sides of a decision."""
        sides = (step.result, self.here)
        there, here = (f"{each.root.data + 0.0:.10g} and {each.write_slopes(direction)}" for each in sides)
        otherwise = f"in {quote_line(*flip.line)}, a comparison decides otherwise at {step.at}"
        return f"{otherwise}: value and derivative are {there} there, {here} here"

    def _find_noise(self, first: _Result, numbers: dict[str, float]) -> _Problem | None:
        """Whether another call with the same numbers gives something else."""
        second = self.call(numbers)
        if not _distance(first.root.data, second.root.data):
            return None
        reason = f"two calls gave {first.root.data!r} and {second.root.data!r}"
        return _Problem("NONDETERMINISTIC", reason, self._called(self.numbers))

    def _called(self, inputs: Iterable[str]) -> set[str]:
        """What rows of a check call these inputs."""
        written = self.write_names()
        return {written[name] for name in inputs}

    def write_names(self) -> dict[str, str]:
        """What the recording calls each input: a detached copy may bear the same label."""
        written = names(self.program)
        return {name: written[self.places[name]] if name in self.places else name for name in self.numbers}

    def _find_guilty(self, step: _Step, changed: list[int]) -> list[_Note]:
        """Those of the numbers held fixed that move the result: it changes if a line reads those of the point."""
        notes, guilty = self.here.notes, list[_Note]()
        for line in dict.fromkeys(notes[k].line for k in changed):
            held = {k: notes[k].number for k in changed if notes[k].line == line}
            with suppress(Exception):  # it may be consistent with the true numbers alone
                if _distance(self.call(step.numbers, held).root.data, step.result.root.data) > step.allowed:
                    guilty += [notes[k] for k in held]
        return guilty or [notes[k] for k in changed]


class _Problem(NamedTuple):
    """A finding that isn't fine, the inputs it concerns, and whether it was meant."""

    verdict: str
    reason: str
    inputs: set[str]
    deliberate: bool = False


def _find_way_out(error: BaseException | None) -> LeavingError | None:
    """The way out of the graph that led to an error; another error may have been raised for it."""
    while error is not None and not isinstance(error, LeavingError):
        error = error.__cause__ or error.__context__
    return error


def _nudge(number: float, size: float) -> float:
    """A number a bit farther on; an infinite one can't be moved."""
    return number + size * (abs(number) or 1.0) if math.isfinite(number) else number


def _is_near(steps: Sequence[_Step], parting: int) -> bool:
    """Whether the slope changes at the point itself: the difference grows no faster than the nudge, and from 0 on."""
    step, before, after = steps[parting], steps[:parting][-1:], steps[parting + 1 :][:1]
    seen_before = any(step.excess * each.size / step.size > 4 * max(each.allowed, step.allowed) for each in before)
    return not seen_before and any(step.excess / step.size >= each.excess / each.size / 10 for each in after)


def _distance(one: float, two: float) -> float:
    """How far two numbers are apart; 0 if they are the same, infinite if one of them alone is none."""
    if one == two or (one != one and two != two):
        return 0.0
    return abs(one - two) if math.isfinite(one) and math.isfinite(two) else math.inf


def _bound_rounding(program: Program, numbers: Sequence[float]) -> float:
    """How far the roundings of a replay can move its result, to first order."""
    gradients = program.differentiate(program.partials_at(numbers))
    moved = (abs(number * gradient) for number, gradient in zip(numbers, gradients, strict=True))
    return sum(filter(math.isfinite, moved)) * 2.0**-53


def _shorten(texts: list[str]) -> str:
    return ", ".join(texts[:3] + ["…"] * (len(texts) > 3))


# ---------------------------------------------------------------- rows
def _check_recording(judge: _Judge, hand: Mapping[Any, Hand]) -> Check:
    """The check of what was recorded, with a row for each input that the function ignores."""
    ignored = [name for name in judge.numbers if name not in judge.places]
    unused = _check_unused(judge.numbers, ignored, {name: hand[name] for name in ignored if name in hand})
    used = {judge.here.inputs.get(key, key): given for key, given in hand.items() if key not in ignored}
    root, places = judge.here.root, [judge.program.find(key, "hand") for key in used]
    result = Check((), (), {}) if root.is_constant and not places else check(root, used)
    rows = [row._replace(note="", reason=row.reason if row.verdict == "FAIL" else UNUSED) for row in unused.rows]
    return replace(result, rows=(*result.rows, *rows), hand={**result.hand, **unused.hand})


def _check_unused(numbers: dict[str, float], names: Sequence[str], hand: Mapping[Any, Hand]) -> Check:
    """The check of inputs that move nothing."""
    leaves = variables(**numbers)
    return check(ops.sum([leaf * 0.0 for leaf in leaves]), hand, wrt=names) if names else Check((), (), {})


def _judge_row(row: InputCheck, problems: Sequence[_Problem]) -> InputCheck:
    """A row with the worst of the problems that concern it, unless what it says is worse."""
    concerning = [each for each in problems if row.name in each.inputs]
    worst = min(concerning, key=lambda each: (each.deliberate, [*VERDICTS].index(each.verdict)), default=None)
    if worst is None or row.rule == "FAIL" or (worst.deliberate and row.exit_code):
        return row
    row = row._replace(verdict=worst.verdict, reason=worst.reason, deliberate=worst.deliberate)
    return row._replace(likely_mistakes=(), derivation="")


def _judge_left(numbers: dict[str, float], left: LeavingError) -> Check:
    """The rows where a Value left the graph, so that there is no recording."""
    nothing = (math.nan, None, NumericalGradient(math.nan, math.nan, 0.0), unknown(), math.nan, math.nan, 0, "", "")
    reason = f"in {left.line}, {left}"
    rows = tuple(InputCheck(name, *nothing, "LEFT THE GRAPH", reason) for name in numbers)
    return Check(rows, (), {}, Finding(1, 0, 0, ()))
