"""The likely mistakes in a derivation by hand: of all slips that give what was found, the simplest."""

from __future__ import annotations

import functools
import itertools
import math
import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from ..primitives import FUNCTIONS
from .edits import Edit, Edits
from .slips import Mistake, Numbers, Slip, Slips, always, read_tree, stem
from .trees import Computed, compute, list_names, list_parts

MOST = 3  # causes that are named
NEAR = 1e-8  # relative: how well a slip must give what was found
SURE, FAR_FETCHED = 1.75, 2.95  # below this no pairs are looked for; what costs more isn't said
UNSURE = 2.0  # from here on it is said so
MOST_EDITS, WORK = 12_000, 400_000  # changes of one formula, and parts that they may have together
MOST_SLIPS = 700  # that are tried in pairs
SHAKES, ULP = 3, 2.3e-16
ALIKE = {"missing path": "path", "= for +=": "path", "stage taken for a constant": "path"}  # they say the same
FACTORS = (
    (0.9, "the sign is wrong", "sign", -1.0),
    (1.2, "a factor of 2 is missing", "factor", 0.5),
    (1.2, "there is an extra factor of 2", "factor", 2.0),
    (1.5, "the sign is wrong, and a factor of 2 is missing", "sign and factor", -0.5),
    (1.5, "the sign is wrong, and there is an extra factor of 2", "sign and factor", -2.0),
)
CHECK_FACTORS = "look once more at the signs and the factors"


class Cause(NamedTuple):
    """A mistake with how far-fetched it is."""

    cost: float
    mistake: Mistake


class Given(NamedTuple):
    """What was derived by hand.

    Attributes:
        numbers: what it gives, for each point.
        tree: the formula as symbols; None for a figure or a function.
        environments: for each point the numbers of its names.
        unit: half a unit of a figure's last digit, 0 for a formula.
    """

    numbers: Numbers
    tree: Any = None
    environments: Sequence[Mapping[str, float]] = ()
    unit: float = 0.0


def find_causes(slips: Slips, given: Given) -> list[Cause]:
    """The mistakes that give what was derived by hand, most likely first; at most three.

    Args:
        slips: the graph with all slips on the way to what is differentiated by.
        given: what was derived.
    """
    search = _Search(slips, given)
    found = sorted(search.find(), key=lambda cause: cause.cost)
    named: dict[str, Cause] = {}
    for cause in found:
        if cause.cost <= FAR_FETCHED:
            named.setdefault(ALIKE.get(cause.mistake.kind, cause.mistake.kind), cause)
    return [_doubt(cause) for cause in list(named.values())[:MOST]]


def _doubt(cause: Cause) -> Cause:
    """What is unsure is said as unsure."""
    words = cause.mistake.words
    return cause if cause.cost < UNSURE else cause._replace(mistake=cause.mistake._replace(words=f"perhaps {words}"))


class _Search:
    def __init__(self, slips: Slips, given: Given) -> None:
        self.slips, self.given, self.program = slips, given, slips.program
        self.exact, self.count = slips.exact, len(slips.samples)
        self.scale = [slips.scale(j) for j in range(self.count)]
        self.spread = [self._shake(j) for j in range(self.count)]

    def _shake(self, j: int) -> float:
        """What the formula by hand moves by when its names move by their last digit."""
        if self.given.tree is None:
            return 0.0
        chance = random.Random(1)
        shaken = (
            {name: x * (1 + chance.choice((-ULP, ULP))) for name, x in self.given.environments[j].items()}
            for _ in range(SHAKES)
        )
        found = (abs(compute(self.given.tree, each) - self.given.numbers[j]) for each in shaken)
        return max((each for each in found if each == each), default=0.0)

    def near(self, a: float, b: float, j: int) -> bool:
        """Whether two gradients are the same at a point; no formula may buy itself a tolerance by losing digits."""
        if not (math.isfinite(a) and math.isfinite(b)):
            return False
        size = max(abs(a), abs(b))
        return abs(a - b) <= max(
            NEAR * size, 1e-13 * self.scale[j], min(20 * self.spread[j], 1e-6 * size), self.given.unit
        )

    def same(self, a: Sequence[float], b: Sequence[float]) -> bool:
        """Whether they are the same at all points."""
        return all(self.near(x, y, j) for j, (x, y) in enumerate(zip(a, b, strict=True)))

    def is_given(self, numbers: Sequence[float]) -> bool:
        """Whether these numbers are what was derived by hand."""
        return self.same(numbers, self.given.numbers)

    # ------------------------------------------------------------ the layers, the cheap ones first
    def find(self) -> Iterator[Cause]:
        """All causes."""
        found = [
            *self._list_factors(),
            *self._list_others(),
            *self._list_slips(),
            *self._list_rules(),
            *self._list_edits(),
        ]
        yield from found
        exact_enough = self.given.unit <= 1e-7 * abs(self.given.numbers[0])
        if not any(cause.cost < SURE for cause in found) and exact_enough:
            yield from _Pairs(self).find()

    def _list_factors(self) -> Iterator[Cause]:
        """A factor of everything."""
        for cost, words, kind, factor in FACTORS:
            if self.is_given([factor * each for each in self.exact]):
                yield Cause(cost, Mistake(words, CHECK_FACTORS, kind))
        for n in self.counts:
            for cost, words, factor in _list_mistaken_counts(n) if n != 2 else ():
                if self.is_given([factor * each for each in self.exact]):
                    yield Cause(cost, Mistake(words, CHECK_FACTORS, "factor"))
        if self.is_given([0.0] * self.count):
            name = self.slips.called[self.slips.start]
            words = f"the gradient isn't 0: {name} has an effect on the result here"
            yield Cause(1.6, Mistake(words, f"look once more whether the result depends on {name}", "zero"))

    @cached_property
    def counts(self) -> list[float]:
        """Numbers that may be a factor too much or missing: how many like names there are, constants of the graph."""
        stems = Counter(stem(tag.label) for tag in self.program.tags if re.search(r"\d", tag.label))
        constants = {abs(each) for each in self._constants if abs(each) >= 1e-3}
        return sorted({2.0, 3.0, *map(float, stems.values()), *constants} - {0.0, 1.0})

    @cached_property
    def _constants(self) -> list[float]:
        return [x for k, x in enumerate(self.program.numbers) if self.program.is_constant(k) and math.isfinite(x)]

    def _list_others(self) -> Iterator[Cause]:
        """The gradient by another node, a part of the chain alone, or a value itself."""
        if all(abs(each) in (0.0, 1.0) for each in self.given.numbers):
            return
        slips, start = self.slips, self.slips.start
        top, node = slips.name(self.program.roots[0]), slips.name(start)
        for m in slips.labelled:
            if m == start:
                continue
            name, between = slips.name(m), m in slips.between
            if self.is_given([up[m] or 0.0 for up in slips.up]):
                rest = f": the link ∂{name}/∂{node} is still missing" if between else f", not ∂{top}/∂{node}"
                yield Cause(
                    1.08 if between else 1.15,
                    Mistake(
                        f"that is ∂{top}/∂{name}{rest}",
                        "look once more which derivative is asked for",
                        "missing link" if between else "another gradient",
                    ),
                )
            if between and m != self.program.roots[0] and self.is_given([reach[m] or 0.0 for reach in slips.reach]):
                words = f"that is ∂{name}/∂{node} alone: the links from {top} down to {name} are missing"
                yield Cause(1.12, Mistake(words, "a link of the chain is missing", "missing link"))
            if self.is_given(slips.samples.numbers(m)):
                words = f"that is {name} itself, not the derivative by {node}"
                yield Cause(
                    1.4, Mistake(words, "look once more which derivative is asked for", "function for its derivative")
                )

    @cached_property
    def every(self) -> list[Slip]:
        """All slips, the most usual first."""
        return self.slips.list_all()

    def make(self, slip: Slip) -> Numbers:
        """The gradient that a slip gives, for each point."""
        return [self.slips.gradient(slip.change, j) for j in range(self.count)]

    def _list_slips(self) -> Iterator[Cause]:
        for slip in self.every:
            if self.near(self.slips.gradient(slip.change, 0), self.given.numbers[0], 0):
                made = self.make(slip)
                if self.is_given(made) and not self.same(made, self.exact):
                    yield Cause(slip.cost, slip.say())

    @cached_property
    def rules(self) -> list[tuple[float, Mistake, Numbers]]:
        """What changes no single partial, with the gradients that it gives."""
        return [*self.slips.list_rules(), *self.slips.list_inside(), *self.slips.list_ways()]

    def _list_rules(self) -> Iterator[Cause]:
        for cost, mistake, made in self.rules:
            if self.is_given(made) and not self.same(made, self.exact):
                yield Cause(cost, mistake)

    # ------------------------------------------------------------ a small change of the formula makes it right
    @cached_property
    def edits(self) -> Edits | None:
        """All small changes of the formula by hand."""
        if self.given.tree is None:
            return None
        names = [self.slips.called[k] for k in self.slips.labelled]
        symbols = [
            name
            for name in dict.fromkeys((*names, *sorted(list_names(self.given.tree))))
            if name in self.given.environments[0]
        ]
        tiny = sorted({abs(each) for each in self._constants if 0 < abs(each) < 0.02})
        return Edits(self.given.tree, symbols, self.counts, self._calls, tiny)

    @property
    def _calls(self) -> list[Any]:
        """Functions of one name, as the graph has them without a name of their own."""
        rows = zip(self.program.primitives, self.program.operands, self.program.tags, strict=True)
        found = [
            f"{entry.name}({self.slips.called[row[0]]})"
            for entry, row, tag in rows
            if entry and len(row) == 1 and entry.name in FUNCTIONS and not tag.label and self.program.tags[row[0]].label
        ]
        return [read_tree(each, self.program.labels) for each in dict.fromkeys(found)]

    def list_changed(self) -> Iterator[tuple[Edit, float]]:
        """The changes of the formula, each with the number that it gives at the first point."""
        if self.edits is not None:
            computed = Computed(self.given.tree, self.given.environments[0])
            parts = sum(1 for _ in list_parts(self.given.tree))
            for edit in itertools.islice(self.edits, min(MOST_EDITS, WORK // parts)):
                yield edit, computed.with_part(edit.path, edit.part)

    def compute_changed(self, edit: Edit) -> Numbers:
        """What the changed formula gives, for each point."""
        tree = self.edits.apply(edit)  # type: ignore[union-attr]
        return [compute(tree, each) for each in self.given.environments]

    def _list_edits(self) -> Iterator[Cause]:
        for edit, number in self.list_changed():
            if self.near(number, self.exact[0], 0) and self.same(self.compute_changed(edit), self.exact):
                yield Cause(edit.cost, edit.mistake())


def _list_mistaken_counts(n: float) -> Iterator[tuple[float, str, float]]:
    yield 1.2, f"a factor of {n:g} is missing, or 1/{n:g} was taken twice: mean or sum?", 1 / n
    yield 1.2, f"there is an extra factor of {n:g}, or 1/{n:g} is missing: mean or sum?", n
    yield 1.5, f"1/{n - 1:g} stands where 1/{n:g} belongs", n / (n - 1)
    yield 1.5, f"1/{n + 1:g} stands where 1/{n:g} belongs", n / (n + 1)


class _Made(NamedTuple):
    """A slip, a rule or a factor, and the gradients that it gives."""

    cost: float
    mistake: Any  # makes the words
    first: float
    numbers: Any  # makes those of all points


class _Pairs:
    """Two mistakes at once: after the pass of one slip every other on a single edge is one product."""

    def __init__(self, search: _Search) -> None:
        self.search, self.slips = search, search.slips
        self.every = sorted(search.every, key=lambda slip: slip.cost)[:MOST_SLIPS]
        self.target = search.given.numbers[0]
        self.tolerance = NEAR * abs(self.target) + search.given.unit + 1e-300
        self.made: list[_Made] = []

    def find(self) -> Iterator[Cause]:
        found = [*self._list_slips(), *self._list_factors()]
        if min((cause.cost for cause in found), default=math.inf) > 2.3:
            found += self._list_edits()
        yield from sorted(set(found))[:8]

    def _list_slips(self) -> Iterator[Cause]:
        singles = [self._single(slip) for slip in self.every if len(slip.change) == 1]
        for slip in self.every:
            up, reach = self.slips.flow(slip.change, 0), self.slips.reaching(slip.change, 0)
            total = up[self.slips.start] or 0.0
            self.made.append(_Made(slip.cost, slip.say, total, functools.partial(self.search.make, slip)))
            need = self.target - total
            for other, edge, tail, moved in singles:
                part = (up[edge[0]] or 0.0) * moved * (reach[tail] or 0.0)
                if abs(part - need) <= self.tolerance and edge not in slip.change:
                    yield from self._join(slip, other)

    def _single(self, slip: Slip) -> tuple[Slip, tuple[int, int], int, float]:
        ((edge, numbers),) = slip.change.items()
        moved = numbers[0] - (self.slips.slopes[0][edge[0]][edge[1]] or 0.0)
        return slip, edge, self.slips.program.operands[edge[0]][edge[1]], moved

    def _join(self, slip: Slip, other: Slip) -> Iterator[Cause]:
        both = slip.change | other.change
        made = [self.slips.gradient(both, j) for j in range(self.search.count)]
        if self.search.is_given(made) and not self.search.same(made, self.search.exact):
            first, second = sorted((slip, other), key=lambda each: -max(each.change)[0])
            yield Cause(slip.cost + other.cost, _say_both(first.say(), second.say()))

    def _list_factors(self) -> Iterator[Cause]:
        exact = self.search.exact
        self.made += [
            _Made(cost, always(mistake), numbers[0], always(numbers)) for cost, mistake, numbers in self.search.rules
        ]
        if not any(self.search.given.numbers):
            return
        for made, (cost, words, factor) in itertools.product(self.made, self._factors):
            if abs(made.first * factor - self.target) <= self.tolerance:
                numbers = made.numbers()
                if self.search.is_given([factor * each for each in numbers]) and not self.search.same(numbers, exact):
                    factor_of = Mistake(words, CHECK_FACTORS, "sign" if factor < 0 else "factor")
                    yield Cause(made.cost + cost + 0.1, _say_both(made.mistake(), factor_of))

    @cached_property
    def _factors(self) -> list[tuple[float, str, float]]:
        found = [
            (0.8, "the sign is wrong", -1.0),
            (1.0, "a factor of 2 is missing", 0.5),
            (1.0, "there is an extra factor of 2", 2.0),
        ]
        for n in self.search.counts:
            found += (
                [(1.1, f"a factor of {n:g} is missing", 1 / n), (1.1, f"there is an extra factor of {n:g}", n)]
                if n != 2
                else []
            )
        return found

    def _list_edits(self) -> Iterator[Cause]:
        """A slip, and a small change of the formula that leads to it."""
        index: dict[str, list[_Made]] = {}
        exact = self.search.exact
        for cost, words, factor in self._factors:
            mistake = Mistake(words, CHECK_FACTORS, "sign" if factor < 0 else "factor")
            self.made.append(_Made(cost, always(mistake), exact[0] * factor, always([each * factor for each in exact])))
        for made in self.made:
            if math.isfinite(made.first) and made.first:
                index.setdefault(f"{made.first:.6e}", []).append(made)
        for edit, number in self.search.list_changed():
            for made in index.get(f"{number:.6e}", ()) if number == number else ():
                if self.search.near(number, made.first, 0):
                    numbers = made.numbers()
                    if self.search.same(self.search.compute_changed(edit), numbers) and not self.search.same(
                        numbers, exact
                    ):
                        yield Cause(edit.cost + made.cost + 0.45, _say_both(made.mistake(), edit.mistake()))


def _say_both(first: Mistake, second: Mistake) -> Mistake:
    words = f"two mistakes: {first.words}; and {second.words}"
    return Mistake(words, f"there are two mistakes: {first.hint}; and {second.hint}", f"{first.kind}, {second.kind}")
