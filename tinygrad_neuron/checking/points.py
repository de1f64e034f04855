"""A formula by hand at many points: right at one point, it may still be another function."""

from __future__ import annotations

import inspect
import math
import random
import re
from collections.abc import Callable, Iterator, Mapping
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


class Formulas:
    """Formulas and functions by hand, of a graph's names, that can be computed at other numbers of its leaves.

    Args:
        given: the expression, or the function of floats, for each place that is differentiated by.
        program: the graph.
        whole: the graph with all that was assigned beside it.
    """

    def __init__(self, given: Mapping[int, Expression | Callable[..., Any]], program: Program, whole: Program) -> None:
        self.given, self.program, self.whole = given, program, whole
        self.names: dict[int, tuple[str, ...]] = {
            k: each.inputs if isinstance(each, Expression) else tuple(inspect.signature(each).parameters)
            for k, each in given.items()
        }
        self._places = {name: whole.find(name, "hand") for names in self.names.values() for name in names}
        nodes = {name: whole.nodes[place] for name, place in self._places.items()}
        roots = [each({name: nodes[name] for name in self.names[k]}) for k, each in self._expressions.items()]
        self._written: Program = Program.of(*roots)
        self._here: list[Any] = _decisions(program)
        self._seen: dict[tuple[float, ...], tuple[dict[int, Derivative], dict[int, float]] | None] = {}

    @property
    def _expressions(self) -> dict[int, Expression]:
        return {k: each for k, each in self.given.items() if isinstance(each, Expression)}

    def compute(self, numbers: Numbers) -> dict[int, float]:
        """What they give where some leaves have other numbers: expressions exactly, functions in floats."""
        exact = dict(zip(self._expressions, exact_values(_move(self._written, numbers)), strict=True))
        found = _move(self.whole, numbers).numbers
        functions: dict[int, Any] = {k: each for k, each in self.given.items() if k not in exact}
        arguments = {k: {name: found[self._places[name]] for name in self.names[k]} for k in functions}
        return exact | {k: plain(each(**arguments[k])) for k, each in functions.items()}

    def look(self, numbers: Numbers) -> tuple[dict[int, Derivative], dict[int, float]] | None:
        """The exact derivatives and the formulas at other numbers; None where a condition decides otherwise."""
        key = tuple(numbers.get(self.program.nodes[k], self.program.numbers[k]) for k in self.program.leaves)
        if key not in self._seen:
            moved, places = _move(self.program, numbers), list(self.given)
            alike = _decisions(moved) == self._here
            exact = dict(zip(places, exact_derivatives(moved, places) if alike else [], strict=alike))
            self._seen[key] = (exact, self.compute(numbers)) if alike else None
        return self._seen[key]

    def look_at(self, k: int, numbers: Numbers) -> tuple[float, float] | None:
        """What one of them gives at other numbers, and the exact derivative; None where there is none."""
        exact, ours = self.look(numbers) or ({}, {})
        known = k in exact and exact[k].kind in SMOOTH and math.isfinite(exact[k].value) and ours[k] == ours[k]
        return (ours[k], exact[k].value) if known else None

    def names_leaf(self, k: int, leaf: Value) -> bool:
        """Whether a formula names a leaf."""
        return any(self.whole.nodes[self._places[name]] is leaf for name in self.names[k])

    def tolerance(self, k: int) -> float:
        """How well it must agree, relative."""
        return EXACT if isinstance(self.given[k], Expression) else IN_FLOATS

    def literals(self, k: int) -> set[float]:
        """The numbers that its text holds."""
        given = self.given[k]
        text = given.text if isinstance(given, Expression) else ""
        return {float(each) for each in re.findall(r"(?<![\w.])(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", text)}


def _move(program: Program, numbers: Numbers) -> Program:
    changes = {program.places[leaf]: number for leaf, number in numbers.items() if leaf in program.places}
    return program.at(changes) if changes else program


class _Try(NamedTuple):
    """What stays as it is while points are drawn: some leaves, and the sums of groups of leaves."""

    words: str
    fixed: frozenset[Value]
    groups: tuple[tuple[Value, ...], ...]


def judge_formula(formulas: Formulas, k: int) -> tuple[bool, str]:
    """Compare a formula that is right at the given point with the exact derivative at points near it.

    Every condition decides there as at the given point. In a second try leaves whose numbers the text holds stay,
    in a third sums of leaves that are 1.

    Args:
        formulas: what was derived by hand.
        k: the place that is differentiated by.

    Returns:
        Whether it is right, and in words how far that goes, or where it is wrong.
    """
    for attempt in _list_tries(formulas, k):
        errors = [_measure(*found, formulas.tolerance(k)) for _, found in _draw_points(formulas, k, attempt)]
        if None not in errors:
            digits = min([int(-math.log10(error)) if error else 17 for error in errors if error is not None], default=0)
            agrees = f"the formula agrees to {digits} digits at {len(errors) + 1} points" if errors else ""
            return True, "; ".join(filter(None, (attempt.words, agrees)))
    return False, _find_counterexample(formulas, k)


def _measure(found: float, exact: float, tolerance: float) -> float | None:
    """The relative error of a number; None if it is too large."""
    size = max(abs(found), abs(exact))
    error = abs(found - exact) / size if size else 0.0
    return error if error <= tolerance else None


def _list_tries(formulas: Formulas, k: int) -> Iterator[_Try]:
    yield _Try("", frozenset(), ())
    program, literals = formulas.program, formulas.literals(k)
    leaves = {program.nodes[place]: program.names[place] for place in program.leaves}
    held = [leaf for leaf in leaves if abs(leaf.data) in literals and abs(leaf.data) not in FRIENDLY]
    fixed = frozenset(leaf for leaf in held if not formulas.names_leaf(k, leaf))
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


def _draw_points(formulas: Formulas, k: int, attempt: _Try) -> Iterator[tuple[Numbers, tuple[float, float]]]:
    """Points near the given one, with what the formula gives there and the exact derivative."""
    chance, program, count = random.Random(0), formulas.program, 0
    moving = [program.nodes[place] for place in program.leaves if program.nodes[place] not in attempt.fixed]
    for turn in range(TRIES):
        reach = REACH / (1 + turn // POINTS)  # nearer, if too many were refused
        numbers = {leaf: leaf.data + chance.uniform(-reach, reach) * (abs(leaf.data) or 1.0) for leaf in moving}
        for group in attempt.groups:
            excess = (math.fsum(numbers.get(leaf, leaf.data) for leaf in group) - 1.0) / len(group)
            numbers |= {leaf: numbers.get(leaf, leaf.data) - excess for leaf in group}
        if count < POINTS and (found := formulas.look_at(k, numbers)):
            count += 1
            yield numbers, found


def _decisions(program: Program) -> list[Any]:
    """On which side each operation that bends or jumps is."""
    found: list[Any] = []
    for primitive, row, y in zip(program.primitives, program.operands, program.numbers, strict=True):
        if row and primitive and any(primitive.kinks) and primitive.name not in ("pow", "hypot"):
            xs = [program.numbers[o] for o in row]
            found.append(y if {*primitive.rules} == {flat} else [(x > y) - (x < y) for x in xs] + [xs[0] > 0])
    return found


def _find_counterexample(formulas: Formulas, k: int) -> str:
    """A point with few and short numbers where a formula is wrong, in words."""
    program = formulas.program
    for leaf in sorted(program.leaves, key=lambda place: not formulas.names_leaf(k, program.nodes[place])):
        node, name = program.nodes[leaf], program.names[leaf]
        for number in (node.data + 1.0, 2.0 * node.data, node.data / 2.0, node.data - 1.0, 1.1 * node.data):
            found = formulas.look_at(k, {node: number})
            if found and _measure(*found, 1e-6) is None:
                figures = f"at {name} = {number:.6g} it gives {found[0]:.6g}, exact {found[1]:.6g}"
                return f"right at {name} = {node.data:.6g}; {figures}"
    for numbers, found in _draw_points(formulas, k, _Try("", frozenset(), ())):
        if _measure(*found, formulas.tolerance(k)) is None:
            named = {program.names[program.places[leaf]]: number for leaf, number in numbers.items()}
            where = ", ".join(f"{name} = {number:.4g}" for name, number in named.items())
            return f"right here; at {where} it gives {found[0]:.6g}, exact {found[1]:.6g}"
    return "right here, and wrong at points near"
