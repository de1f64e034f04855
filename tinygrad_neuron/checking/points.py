"""A formula by hand at many points: right at one point, it may still be another function."""

from __future__ import annotations

import inspect
import math
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..formulas.expression import Expression
from ..primitives import flat, plain
from ..program import Program
from ..value import Value
from .derivative import Derivative
from .exact import exact_derivatives, exact_values

POINTS, TRIES, REACH = 8, 40, 0.3  # points wanted, points drawn for them, and how far a number moves, relative
EXACT, IN_FLOATS = 1e-12, 1e-8  # relative: how well a formula must agree, and a function of floats
FRIENDLY = (0.0, 0.5, 1.0, 2.0)  # numbers that a text holds for other reasons than that a leaf has them
SMOOTH = ("smooth", "edge")
Numbers = Mapping[Value, float]  # of leaves


class Formula:
    """A formula or function by hand, of a graph's names, that can be computed at other numbers of its leaves.

    Args:
        given: the expression, or the function of floats.
        whole: the graph with all that was assigned beside it.
    """

    def __init__(self, given: Expression | Callable[..., Any], whole: Program) -> None:
        self.given, self.whole = given, whole
        self.names: tuple[str, ...] = (
            given.inputs if isinstance(given, Expression) else tuple(inspect.signature(given).parameters)
        )
        self.places: dict[str, int] = {name: whole.find(name, "hand") for name in self.names}
        self._program: Program | None = None
        if isinstance(given, Expression):
            self._program = Program.of(given({name: whole.nodes[k] for name, k in self.places.items()}))
        self.tolerance: float = EXACT if self._program else IN_FLOATS

    def __call__(self, numbers: Numbers | None = None) -> float:
        """What it gives where some leaves have other numbers: an expression exactly, a function in floats."""
        if self._program is not None:
            return exact_values(_move(self._program, numbers or {}))[0]
        found = _move(self.whole, numbers or {}).numbers
        function: Any = self.given
        return plain(function(**{name: found[k] for name, k in self.places.items()}))

    @property
    def literals(self) -> set[float]:
        """The numbers that its text holds."""
        text = self.given.text if isinstance(self.given, Expression) else ""
        return {float(each) for each in re.findall(r"(?<![\w.])(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", text)}


def _move(program: Program, numbers: Numbers) -> Program:
    return program.at({program.places[leaf]: number for leaf, number in numbers.items() if leaf in program.places})


class _Try(NamedTuple):
    """What stays as it is while points are drawn: some leaves, and the sums of groups of leaves."""

    words: str
    fixed: frozenset[Value]
    groups: tuple[tuple[Value, ...], ...]


def judge_formula(program: Program, k: int, formula: Formula) -> tuple[bool, str]:
    """Compare a formula that is right at the given point with the exact derivative at points near it.

    Every condition decides there as at the given point. In a second try leaves whose numbers the text holds stay,
    in a third sums of leaves that are 1.

    Args:
        program: the graph.
        k: the place that is differentiated by.
        formula: what was derived by hand.

    Returns:
        Whether it is right, and in words how far that goes, or where it is wrong.
    """
    for attempt in _list_tries(program, formula):
        points = list(_draw_points(program, k, attempt))
        found = [(formula(numbers), exact) for numbers, exact in points]
        errors = [_measure(ours, exact.value, formula.tolerance) for ours, exact in found if ours == ours]
        if all(error is not None for error in errors):
            digits = min(
                [17 if not error else int(-math.log10(error)) for error in errors if error is not None], default=17
            )
            agrees = f"the formula agrees to {digits} digits at {len(errors) + 1} points" if errors else ""
            return True, "; ".join(filter(None, (attempt.words, agrees)))
    return False, _find_counterexample(program, k, formula)


def _measure(found: float, exact: float, tolerance: float) -> float | None:
    """The relative error of a number; None if it is too large."""
    size = max(abs(found), abs(exact))
    error = abs(found - exact) / size if size else 0.0
    return error if error <= tolerance else None


def _list_tries(program: Program, formula: Formula) -> Iterator[_Try]:
    yield _Try("", frozenset(), ())
    leaves = {program.nodes[k]: program.names[k] for k in program.leaves}
    named = {formula.whole.nodes[k] for k in formula.places.values()}
    held = [leaf for leaf in leaves if abs(leaf.data) in formula.literals and abs(leaf.data) not in FRIENDLY]
    fixed = frozenset(leaf for leaf in held if leaf not in named)
    kept = [f"{leaves[leaf]} = {leaf.data:.6g}" for leaf in fixed]
    if kept:
        yield _Try(f"right as long as {' and '.join(sorted(kept))}", fixed, ())
    groups = _find_shares(program)
    if groups:
        kept += [f"{' + '.join(leaves[leaf] for leaf in group)} = 1" for group in groups]
        yield _Try(f"right as long as {' and '.join(sorted(kept))}", fixed, groups)


def _find_shares(program: Program) -> tuple[tuple[Value, ...], ...]:
    """The leaves with names like t1, t2, t3 whose numbers sum up to 1: one-hot targets, shares."""
    stems: dict[str, list[Value]] = {}
    for k in program.leaves:
        stems.setdefault(re.sub(r"\d+", "", program.names[k]), []).append(program.nodes[k])
    groups = [tuple(group) for group in stems.values() if len(group) > 1]
    return tuple(group for group in groups if abs(math.fsum(leaf.data for leaf in group) - 1.0) < 1e-9)


def _draw_points(program: Program, k: int, attempt: _Try) -> Iterator[tuple[Numbers, Derivative]]:
    """Points near the given one at which every condition decides alike, with the exact derivative."""
    chance, here, found = random.Random(0), _decisions(program), 0
    moving = [program.nodes[place] for place in program.leaves if program.nodes[place] not in attempt.fixed]
    for turn in range(TRIES):
        reach = REACH / (1 + turn // POINTS)  # nearer, if too many were refused
        numbers = {leaf: leaf.data + chance.uniform(-reach, reach) * (abs(leaf.data) or 1.0) for leaf in moving}
        for group in attempt.groups:
            excess = (math.fsum(numbers.get(leaf, leaf.data) for leaf in group) - 1.0) / len(group)
            numbers |= {leaf: numbers.get(leaf, leaf.data) - excess for leaf in group}
        if (exact := _judge_point(program, k, numbers, here)) and (found := found + 1) <= POINTS:
            yield numbers, exact


def _judge_point(program: Program, k: int, numbers: Numbers, here: Sequence[Any]) -> Derivative | None:
    """The exact derivative at other numbers; None where a condition decides otherwise, or there is none."""
    moved = _move(program, numbers)
    if _decisions(moved) != here:
        return None
    exact = exact_derivatives(moved, [k])[0]
    return exact if exact.kind in SMOOTH and math.isfinite(exact.value) else None


def _decisions(program: Program) -> list[Any]:
    """On which side each operation that bends or jumps is."""
    found: list[Any] = []
    for primitive, row, y in zip(program.primitives, program.operands, program.numbers, strict=True):
        if row and primitive and any(primitive.kinks) and primitive.name not in ("pow", "hypot"):
            xs = [program.numbers[o] for o in row]
            found.append(y if {*primitive.rules} == {flat} else [(x > y) - (x < y) for x in xs] + [xs[0] > 0])
    return found


def _find_counterexample(program: Program, k: int, formula: Formula) -> str:
    """A point with few and short numbers where a formula is wrong, in words."""
    here, leaves = (
        _decisions(program),
        sorted(program.leaves, key=lambda place: program.names[place] not in formula.names),
    )
    for leaf in leaves:
        node, name = program.nodes[leaf], program.names[leaf]
        for number in (node.data + 1.0, 2.0 * node.data, node.data / 2.0, node.data - 1.0, 1.1 * node.data):
            exact = _judge_point(program, k, {node: number}, here)
            if exact and _measure(ours := formula({node: number}), exact.value, 1e-6) is None:
                figures = f"at {name} = {number:.6g} it gives {ours:.6g}, exact {exact.value:.6g}"
                return f"right at {name} = {node.data:.6g}; {figures}"
    for numbers, exact in _draw_points(program, k, _Try("", frozenset(), ())):
        if _measure(ours := formula(numbers), exact.value, formula.tolerance) is None:
            where = ", ".join(
                f"{program.names[program.places[leaf]]} = {number:.4g}" for leaf, number in numbers.items()
            )
            return f"right here; at {where} it gives {ours:.6g}, exact {exact.value:.6g}"
    return "right here, and wrong at points near"
