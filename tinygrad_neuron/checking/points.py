"""A formula by hand at many points: right at one point, it may still be another function."""

from __future__ import annotations

import inspect
import math
import random
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any, NamedTuple

from ..formulas.expression import Expression
from ..formulas.neurons import find_net
from ..graph import gradient
from ..primitives import flat, plain
from ..program import Program
from ..value import Value
from .derivative import Derivative
from .exact import exact_derivatives, exact_values

POINTS, TRIES, REACH = 8, 40, 0.3  # points wanted, points drawn for them, and how far a number moves, relative
ENDING = re.compile(r"\d+|_[a-z]+$|(?<=[a-z])[a-z]$")  # what tells leaves of one kind apart
NUDGE = 1e-6  # relative: what moves a leaf, and no condition that isn't at its edge
EXACT, IN_FLOATS = 1e-12, 1e-8  # relative: how well a formula must agree, and a function of floats
FRIENDLY = (0.0, 0.5, 1.0, 2.0)  # numbers that a text often holds for other reasons than that a leaf has them
DERIVATIVE = re.compile(r"\s*[∂d](.+?)\s*/\s*[∂d](.+?)\s*")
DELTA = re.compile(r"(?:δ|delta)(?:_|\s*\(\s*)(.+?)\s*\)?")  # of a neuron
LITERAL = re.compile(r"(?<![\w.])(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
SMOOTH = ("smooth", "edge")
Numbers = Mapping[Value, float]  # of leaves


class Formulas:
    """Formulas and functions by hand, of a graph's names, that can be computed at other numbers of its leaves.

    Args:
        given: the expression, or the function of floats, for each place that is differentiated by.
        program: the graph.
        whole: the graph with all that was assigned beside it.
    """

    given: Mapping[int, Expression | Callable[..., Any]]
    program: Program
    whole: Program

    def __init__(self, given: Mapping[int, Expression | Callable[..., Any]], program: Program, whole: Program) -> None:
        self.given, self.program, self.whole = given, program, whole
        self.names: dict[int, tuple[str, ...]] = {
            k: each.inputs if isinstance(each, Expression) else tuple(inspect.signature(each).parameters)
            for k, each in given.items()
        }
        nodes = {name: find_node(name, whole) for names in self.names.values() for name in names}
        self._places = {name: whole.places[node] for name, node in nodes.items() if node in whole.places}
        roots = [each({name: nodes[name] for name in self.names[k]}) for k, each in self._expressions.items()]
        self._written: Program = Program.of(*roots)
        self._here: list[Any] = decisions(program)
        self._seen: dict[tuple[Any, ...], tuple[dict[int, Derivative], dict[int, float]] | None] = {}

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

    @cached_property
    def _ways(self) -> dict[Value, list[frozenset[int]]]:
        """For each leaf the conditions that decide otherwise when it goes down or up a little."""
        leaves = [self.program.nodes[k] for k in self.program.leaves]
        steps = {leaf: NUDGE * (abs(leaf.data) or 1.0) for leaf in leaves}
        return {leaf: [self._find_other({leaf: leaf.data + way * steps[leaf]}) for way in (-1, 1)] for leaf in leaves}

    @cached_property
    def edges(self) -> frozenset[int]:
        """The conditions that are at their edge."""
        return frozenset().union(*(other for ways in self._ways.values() for other in ways))

    def list_tied(self) -> list[Value]:
        """The leaves that can't move at all without that a condition decides otherwise."""
        return [leaf for leaf, ways in self._ways.items() if all(ways)]

    def depends(self, k: int, leaf: Value) -> bool:
        """Whether a formula gives another number where a leaf is a little larger."""
        return self.compute({leaf: leaf.data + NUDGE * (abs(leaf.data) or 1.0)})[k] != self.compute({})[k]

    def _find_other(self, numbers: Numbers) -> frozenset[int]:
        pairs = zip(self._here, decisions(_move(self.program, numbers)), strict=True)
        return frozenset(place for place, (here, there) in enumerate(pairs) if here != there)

    def look(self, numbers: Numbers, alike: bool) -> tuple[dict[int, Derivative], dict[int, float]] | None:
        """The exact derivatives and the formulas at other numbers; None where a condition decides otherwise.

        Those at their edge may, unless all must be alike.
        """
        leaves = self.program.leaves
        key = alike, *(numbers.get(self.program.nodes[k], self.program.numbers[k]) for k in leaves)
        if key not in self._seen:
            places, other = list(self.given), self._find_other(numbers)
            allowed = not other or (not alike and other <= self.edges)
            exact = exact_derivatives(_move(self.program, numbers), places) if allowed else []
            self._seen[key] = (dict(zip(places, exact, strict=True)), self.compute(numbers)) if allowed else None
        return self._seen[key]

    def look_at(self, k: int, numbers: Numbers, alike: bool) -> tuple[float, float] | None:
        """What one of them gives at other numbers, and the exact derivative; None where there is none."""
        exact, ours = self.look(numbers, alike) or ({}, {})
        known = k in exact and exact[k].kind in SMOOTH and math.isfinite(exact[k].value) and ours[k] == ours[k]
        return (ours[k], exact[k].value) if known else None

    def spell(self, k: int, leaf: Value) -> Iterator[Formulas]:
        """The formula with the leaf's name in the place of its number, each time it holds that."""
        text, name = self.text(k), self.whole.names[self.whole.places[leaf]]
        sign = "-" if leaf.data < 0 else ""
        for literal in LITERAL.finditer(text):
            if float(literal[0]) == abs(leaf.data):
                spelled = f"{text[: literal.start()]}({sign}{name}){text[literal.end() :]}"
                expression = Expression(spelled, self.whole.labels)
                yield Formulas({k: expression}, self.program, self.whole)

    def names_leaf(self, k: int, leaf: Value) -> bool:
        """Whether a formula names a leaf."""
        return any(self.whole.nodes[self._places[name]] is leaf for name in self.names[k] if name in self._places)

    def tolerance(self, k: int) -> float:
        """How well it must agree, relative."""
        return EXACT if isinstance(self.given[k], Expression) else IN_FLOATS

    def text(self, k: int) -> str:
        """A formula as it was given, "" for a function."""
        given = self.given[k]
        return given.text if isinstance(given, Expression) else ""

    def literals(self, k: int) -> set[float]:
        """The numbers that its text holds."""
        return {float(each) for each in LITERAL.findall(self.text(k))}


def find_node(name: str, program: Program) -> Value:
    """What a name in a formula by hand means: a node, or a derivative as a graph of its own.

    Args:
        name: as in loss, net.grad or ∂loss/∂net.
        program: the graph.

    Raises:
        ValueError: there is no such node.
    """
    above, below, is_derivative = read_name(name, program)
    return gradient(program.nodes[above], program.nodes[below])[0] if is_derivative else program.nodes[below]


def read_name(name: str, program: Program) -> tuple[int, int, bool]:
    """The places that a name means: what is differentiated, by what, and whether it is a derivative at all.

    Args:
        name: as in loss, net.grad, ∂loss/∂net or dL/dw; δ_h1 or δ(h1) is the derivative by the net of the neuron h1.
        program: the graph.

    Raises:
        ValueError: there is no such node.
    """
    root = program.roots[0]
    if name not in program.names:
        if found := DERIVATIVE.fullmatch(name):
            with suppress(ValueError):
                above, below = (program.find(each.strip("() "), "hand") for each in found.groups())
                return above, below, True
        if name.endswith(".grad"):
            return root, program.find(name.removesuffix(".grad"), "hand"), True
        if found := DELTA.fullmatch(name):
            return root, find_net(program, found[1]), True
    return root, program.find(name, "hand"), False


def _move(program: Program, numbers: Numbers) -> Program:
    changes = {program.places[leaf]: number for leaf, number in numbers.items() if leaf in program.places}
    return program.at(changes) if changes else program


class _Try(NamedTuple):
    """What stays as it is while points are drawn: some leaves, the sums of groups of leaves, what conditions decide."""

    fixed: frozenset[Value] = frozenset()
    groups: tuple[tuple[Value, ...], ...] = ()
    alike: bool = True

    def say(self, program: Program) -> str:
        """What a formula takes for granted."""
        names = {node: program.names[k] for k, node in enumerate(program.nodes)}
        kept = [f"{names[leaf]} = {leaf.data:.6g}" for leaf in self.fixed]
        kept += [f"{' + '.join(names[leaf] for leaf in group)} = 1" for group in self.groups]
        return f"right as long as {' and '.join(sorted(kept))}" if kept else ""


def judge_formula(formulas: Formulas, k: int) -> tuple[bool, str]:
    """Compare a formula that is right at the given point with the exact derivative at points near it.

    Every condition decides there as at the given point. In a second try leaves whose numbers the text holds stay,
    in a third sums of leaves that are 1. Where a condition is at its edge, all that is near decides otherwise: a
    formula must be right there as well, or not depend on the leaves that move the condition.

    Args:
        formulas: what was derived by hand.
        k: the place that is differentiated by.

    Returns:
        Whether it is right, and in words how far that goes, or where it is wrong.
    """
    seen = False
    for attempt in _list_tries(formulas, k):
        errors = _compare(formulas, k, attempt)
        seen = seen or bool(errors)
        if errors and None not in errors:
            digits = min(int(-math.log10(error)) if error else 17 for error in errors if error is not None)
            agrees = f"the formula agrees to {digits} digits at {len(errors) + 1} points"
            return True, "; ".join(filter(None, (attempt.say(formulas.program), agrees)))
    return (False, _find_counterexample(formulas, k)) if seen else (True, "compared at this point alone")


def _compare(formulas: Formulas, k: int, attempt: _Try) -> list[float | None]:
    """The relative errors of a formula at the points that a try leaves."""
    return [_measure(*found, formulas.tolerance(k)) for _, found in _draw_points(formulas, k, attempt)]


def _measure(found: float, exact: float, tolerance: float) -> float | None:
    """The relative error of a number; None if it is too large."""
    size = max(abs(found), abs(exact))
    error = abs(found - exact) / size if size else 0.0
    return error if error <= tolerance else None


def _list_tries(formulas: Formulas, k: int) -> Iterator[_Try]:
    yield _Try()
    groups = find_shares(formulas.program)
    fixed = _find_held(formulas, k, groups)
    if fixed:
        yield _Try(fixed)
    if groups:
        yield _Try(fixed, groups)
    if formulas.edges:
        tied = [leaf for leaf in formulas.list_tied() if not formulas.depends(k, leaf)]
        yield from (_Try(fixed, groups, alike=False), _Try(fixed.union(tied), groups))


def _find_held(formulas: Formulas, k: int, groups: tuple[tuple[Value, ...], ...]) -> frozenset[Value]:
    """The leaves that a formula has by their numbers; a friendly number must be right with the name in its place."""
    literals, leaves = formulas.literals(k), [formulas.program.nodes[place] for place in formulas.program.leaves]
    meant = [leaf for leaf in leaves if abs(leaf.data) in literals and not formulas.names_leaf(k, leaf)]

    def stands(leaf: Value) -> bool:
        others = frozenset(meant) - {leaf}
        spelled = formulas.spell(k, leaf)
        return any(_agrees(each, k, _Try(others, kept)) for each in spelled for kept in {(), groups})

    return frozenset(leaf for leaf in meant if abs(leaf.data) not in FRIENDLY or stands(leaf))


def _agrees(formulas: Formulas, k: int, attempt: _Try) -> bool:
    errors = _compare(formulas, k, attempt)
    return bool(errors) and None not in errors


def find_shares(program: Program) -> tuple[tuple[Value, ...], ...]:
    """The leaves with names like t1, t2 or t_cat, t_dog whose numbers sum up to 1: one-hot targets, shares."""
    stems: dict[str, list[Value]] = {}
    for k in program.leaves:
        stems.setdefault(ENDING.sub("", program.names[k]), []).append(program.nodes[k])
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
            free = [leaf for leaf in group if leaf in numbers]
            excess = math.fsum(numbers.get(leaf, leaf.data) for leaf in group) - 1.0
            numbers |= {leaf: numbers[leaf] - excess / len(free) for leaf in free}
        if numbers and count < POINTS and (found := formulas.look_at(k, numbers, attempt.alike)):
            count += 1
            yield numbers, found


def decisions(program: Program) -> list[Any]:
    """On which side each operation that bends or jumps is."""
    found: list[Any] = []
    for primitive, row, y in zip(program.primitives, program.operands, program.numbers, strict=True):
        if row and primitive and any(primitive.kinks) and primitive.name not in ("pow", "xlogy", "hypot", "norm"):
            xs = [program.numbers[o] for o in row]
            found.append(y if {*primitive.rules} == {flat} else [(x > y) - (x < y) for x in xs] + [xs[0] > 0])
    return found


def _find_counterexample(formulas: Formulas, k: int) -> str:
    """A point with few and short numbers where a formula is wrong, in words."""
    program, alike = formulas.program, not formulas.list_tied()
    for leaf in sorted(program.leaves, key=lambda place: not formulas.names_leaf(k, program.nodes[place])):
        node, name = program.nodes[leaf], program.names[leaf]
        for number in (node.data + 1.0, 2.0 * node.data, node.data / 2.0, node.data - 1.0, 1.1 * node.data):
            found = formulas.look_at(k, {node: number}, alike)
            if found and _measure(*found, 1e-6) is None:
                figures = f"at {name} = {number:.6g} it gives {found[0]:.6g}, exact {found[1]:.6g}"
                return f"right at {name} = {node.data:.6g}; {figures}"
    for numbers, found in _draw_points(formulas, k, _Try(alike=alike)):
        if _measure(*found, formulas.tolerance(k)) is None:
            named = {program.names[program.places[leaf]]: number for leaf, number in numbers.items()}
            where = ", ".join(f"{name} = {number:.4g}" for name, number in named.items())
            return f"right here; at {where} it gives {found[0]:.6g}, exact {found[1]:.6g}"
    return "right here, and wrong at points near"
