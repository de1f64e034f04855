"""What people write in the place of a local derivative, of paths and of rules: each slip with the gradient it gives.

A gradient is linear in each partial, so that one forward and one backward pass say what every slip on every edge
makes of it.
"""

from __future__ import annotations

import functools
import math
import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from ..formulas.expression import Expression
from ..primitives import settle
from ..program import Edge, Program
from ..registry import read_asset
from .samples import Samples
from .trees import compute, rename, write

LINEAR = frozenset({"add", "sub", "neg", "sum", "identity", "mean"})
CHOOSING = frozenset(
    {"relu", "leaky_relu", "abs", "maximum", "minimum", "clip", "where"}
)  # by cases: the table has all
INDEX = re.compile(r"[\d_₀-₉]+")
VARIABLES = ("x", "y", "u", "v", "du", "dv", "s")  # of the table
OF_ALL, OF_LINKS = ("sign", "missing", "twice", "divided"), ("missing", "twice", "divided")  # entries for all functions
SEVERAL = frozenset({"mul", "dot", "div", "pow", "maximum", "minimum", "where"})  # functions of several numbers
MOST_PATHS = 40  # single paths are looked at where there are no more
Numbers = list[float]  # one for each point
T = TypeVar("T")
Wrong = tuple[
    float, Any, Sequence[str], Callable[[], str], Numbers
]  # cost, rule, what is said, what was written, numbers


class Mistake(NamedTuple):
    """A likely mistake.

    Attributes:
        words: what was done, and what is right.
        hint: which rule to look at, without the answer.
        kind: a short name, to count the same mistakes of many people.
    """

    words: str
    hint: str
    kind: str


class Slip(NamedTuple):
    """A slip in a backward pass.

    Attributes:
        cost: how far-fetched it is, about 1 for what is usual.
        rule: what was done, the same at like edges.
        say: makes the words.
        change: the partials that it changes, by head and slot.
    """

    cost: float
    rule: Any
    say: Callable[[], Mistake]
    change: dict[tuple[int, int], Numbers]


@functools.cache
def _table() -> dict[str, Any]:
    """The table with its formulas read."""
    table = tomllib.loads(read_asset(__package__, "slips.toml"))
    general = table["general"].items()
    table["general"] = {rule: (read_tree(formula, VARIABLES), *others) for rule, (formula, *others) in general}
    for part in ("written", "rules"):
        table[part] = {
            name: [(read_tree(formula, VARIABLES), why, cost) for formula, why, cost in entries]
            for name, entries in table[part].items()
        }
    return table


def read_tree(formula: str, known: Collection[str] = ()) -> Any:
    """A formula as a tree of symbols, with the learner's own structure."""
    return Expression(formula, known).symbol


def stem(name: str) -> str:
    """A name without its indices: what like names have in common."""
    return INDEX.sub("", name)


class Slips:
    """All slips on the way from a graph's ends to a place.

    Args:
        samples: the graph at some points.
        start: the place that is differentiated by.
        slopes: for each point the partials; None where a path is cut off.
        seeds: for each point what the ends are worth.
    """

    samples: Samples
    program: Program
    start: int
    slopes: Sequence[Sequence[Sequence[float | None]]]
    seeds: Sequence[Mapping[int, float]]
    called: list[str]
    right: list[tuple[str, ...]]
    up: list[list[Any]]
    reach: list[list[float | None]]
    exact: Numbers
    between: set[int]

    def __init__(
        self,
        samples: Samples,
        start: int,
        slopes: Sequence[Sequence[Sequence[float | None]]],
        seeds: Sequence[Mapping[int, float]],
    ) -> None:
        self.samples, self.program, self.start = samples, samples.program, start
        self.slopes, self.seeds = slopes, seeds
        self.called, self.right = samples.called, samples.right
        self.up = [self.program.backward(rows, seeds=seed) for rows, seed in zip(slopes, seeds, strict=True)]
        self.reach = [self._reach(rows) for rows in slopes]
        self.exact = [upstream[start] or 0.0 for upstream in self.up]
        ends = [k for k, reach in enumerate(self.reach[0]) if reach is not None]
        self.between = {k for k in ends if self.up[0][k] is not None}

    def _reach(self, rows: Sequence[Sequence[float | None]]) -> list[float | None]:
        """For each place its derivative by the start; None where it doesn't depend on it."""

        def read(k: int, operands: list[Any]) -> Any:
            pairs = zip(operands, rows[k], strict=True)
            parts = [each * slope for each, slope in pairs if each is not None and slope is not None]
            return sum(parts) if parts else None

        return self.program.forward(read, {self.start: 1.0})

    # ------------------------------------------------------------ what changed partials make of the gradient
    def gradient(self, change: Mapping[tuple[int, int], Numbers], j: int) -> float:
        """The gradient at a point with some partials changed."""
        if len(change) == 1:
            (((head, slot), slopes),) = change.items()
            tail, upstream = self.program.operands[head][slot], self.up[j][head] or 0.0
            moved = slopes[j] - (self.slopes[j][head][slot] or 0.0)
            return self.exact[j] + upstream * moved * (self.reach[j][tail] or 0.0)
        return self.flow(change, j)[self.start] or 0.0

    def flow(self, change: Mapping[tuple[int, int], Numbers], j: int) -> list[Any]:
        """What reaches each place at a point with some partials changed."""
        return self.program.backward(self.changed(change, j), seeds=self.seeds[j])

    def changed(self, change: Mapping[tuple[int, int], Numbers], j: int) -> list[Any]:
        """The partials at a point with some changed."""
        rows: list[Any] = list(self.slopes[j])
        for (head, slot), slopes in change.items():
            rows[head] = [slopes[j] if k == slot else each for k, each in enumerate(rows[head])]
        return rows

    def reaching(self, change: Mapping[tuple[int, int], Numbers], j: int) -> list[float | None]:
        """The derivatives of all places by the start with some partials changed."""
        return self._reach(self.changed(change, j))

    def scale(self, j: int) -> float:
        """The largest part that an edge has in the gradient at a point: what its digits are lost from."""
        up, reach, slopes = self.up[j], self.reach[j], self.slopes[j]
        parts = ((up[e.head] or 0.0) * (slopes[e.head][e.slot] or 0.0) * (reach[e.tail] or 0.0) for e in self.edges)
        return max(map(abs, parts), default=0.0)

    # ------------------------------------------------------------ names
    def partial(self, edge: Edge) -> str:
        """A partial as it is written."""
        return f"∂{self.name(edge.head)}/∂{self.name(edge.tail)}"

    def name(self, k: int) -> str:
        """What a place is called, in parentheses unless it is one name."""
        called = self.called[k]
        return called if re.fullmatch(r"[\w.\[\]]+|\w+\([^()]*\)", called) else f"({called})"

    def rule(self, edge: Edge) -> str:
        """A partial as people write it."""
        return self.right[edge.head][edge.slot]

    def _spell(self, edge: Edge) -> dict[str, Any]:
        """What stands for the names of the table: names, and the numbers of constants."""
        places = _places(edge, self.program.operands[edge.head])
        constants = {key for key, k in places.items() if self.program.is_constant(k) and not self.program.tags[k].label}
        return {key: self.program.numbers[k] if key in constants else self.called[k] for key, k in places.items()}

    def function(self, k: int) -> str:
        """What computes a place, in words."""
        primitive = self.program.primitives[k]
        name = primitive.name if primitive else ""
        return str(_table()["called"].get(name, name))

    @cached_property
    def labelled(self) -> list[int]:
        """The places that have names of their own."""
        return [k for k, tag in enumerate(self.program.tags) if tag.label]

    @cached_property
    def edges(self) -> list[Edge]:
        """The edges on the way."""
        found = (e for e in self.program.edges() if e.head in self.between and e.tail in self.between)
        return [edge for edge in found if self.slopes[0][edge.head][edge.slot] is not None]

    @cached_property
    def uses(self) -> dict[int, list[Edge]]:
        """The edges on the way by their tails."""
        found: dict[int, list[Edge]] = {}
        for edge in self.edges:
            found.setdefault(edge.tail, []).append(edge)
        return found

    # ------------------------------------------------------------ slips on one edge
    def list_partials(self, edge: Edge) -> Iterator[Slip]:
        """What is written for one partial."""
        name = self.program.primitives[edge.head].name  # type: ignore[union-attr]
        spelled = {"d": self.partial(edge), "right": self.rule(edge), "function": self.function(edge.head)}
        spelled |= {"x": self.called[edge.tail], "y": self.called[edge.head]}
        general = self._list_general(edge, name)
        others = () if name in LINEAR else (*self._list_written(edge, name), *self._list_misplaced(edge, name))
        for cost, rule, said, wrote, numbers in (*general, *others):
            words, hint, kind = said
            say = functools.partial(_say, words, wrote, hint.format(**spelled), kind.format(**spelled), spelled)
            yield Slip(cost, rule, say, {(edge.head, edge.slot): numbers})

    def _list_general(self, edge: Edge, name: str) -> Iterator[Wrong]:
        """The entries of the table for all functions, at the numbers of the points."""
        slopes = self.samples.slopes(edge.head, edge.slot)
        numbers = zip(slopes, self.samples.numbers(edge.tail), self.samples.numbers(edge.head), strict=True)
        environments = [dict(zip("sxy", each, strict=True)) for each in numbers]
        is_unit = all(abs(slope) == 1 for slope in slopes) or name in CHOOSING
        for rule, (tree, cost, *said) in _table()["general"].items():
            of_one = rule in ("itself", "input") and name in SEVERAL
            if not ((rule in OF_LINKS and is_unit) or (rule not in OF_ALL and name in LINEAR) or of_one):
                yield cost + 0.2 * (name in LINEAR), rule, said, str, [compute(tree, each) for each in environments]

    def _list_written(self, edge: Edge, name: str) -> Iterator[Wrong]:
        """The entries of the table for a primitive, at the numbers of the points."""
        entries = _table()["written"].get(f"{name}.{edge.slot}") or _table()["written"].get(name, ())
        row = self.program.operands[edge.head]
        if name == "div" and edge.slot == 0 and self.program.is_constant(row[1]):
            return  # a factor, and no function
        places, called = _places(edge, row), self._spell(edge)
        environments = [{key: each.numbers[k] for key, k in places.items()} for each in self.samples.points]
        said = _table()["said"]["written"]
        for at, (tree, why, cost) in enumerate(entries):
            wrote = functools.partial(_write, tree, called, why.replace("factor y", f"factor {called['y']}"))
            yield cost, ("table", name, edge.slot, at), said, wrote, [compute(tree, each) for each in environments]

    def _list_misplaced(self, edge: Edge, name: str) -> Iterator[Wrong]:
        """The wrong variable: another factor, another divisor, or the derivative at another stage."""
        row = self.program.operands[edge.head]
        is_product = name in ("mul", "dot", "div")
        other = row[(edge.slot + len(row) // 2) % len(row)] if is_product else edge.tail
        for m in self.labelled:
            if m not in (edge.head, edge.tail, other) and (found := self._misplace(edge, name, m)):
                what, numbers = found
                label, meant = self.called[m], self.called[other]
                alike = stem(label) == stem(meant)
                cost = 1.3 + 0.15 * (not alike) + 0.2 * (what == "divisor")
                wrote = functools.partial("{}, and not {}".format, label, meant)
                yield cost, (what, alike, _shift(label, meant)), _table()["said"][what], wrote, numbers

    def _misplace(self, edge: Edge, name: str, m: int) -> tuple[str, Numbers] | None:
        """What another stage makes of a partial: as a factor, as a divisor, or as the number it is taken at."""
        row, numbers, entry = (
            self.program.operands[edge.head],
            self.samples.numbers(m),
            self.program.primitives[edge.head],
        )
        if name in ("mul", "dot"):
            return "factor", numbers
        if name == "div" and edge.slot == 0:
            return "divisor", [1 / each if each else math.nan for each in numbers]
        if len(row) == 1 or (name == "pow" and edge.slot == 0):
            points = zip(self.samples.points, numbers, strict=True)
            at = [[x if k == edge.slot else point.numbers[o] for k, o in enumerate(row)] for point, x in points]
            return "at", [_partial(entry, edge.slot, xs) for xs in at]
        return None

    # ------------------------------------------------------------ slips on several edges
    def list_all(self) -> list[Slip]:
        """All slips, the most usual first, without those that change the same partials to the same numbers."""
        found = [*self._list_alike(), *self._list_branches(), *self._list_paths(), *self._list_constants()]
        unique: dict[Any, Slip] = {}
        for each in sorted(found, key=lambda slip: slip.cost):
            change = {edge: numbers for edge, numbers in each.change.items() if self._is_change(edge, numbers)}
            if change and all(all(map(math.isfinite, numbers)) for numbers in change.values()):
                key = tuple(sorted((edge, tuple(f"{n:.9e}" for n in numbers)) for edge, numbers in change.items()))
                unique.setdefault(key, each._replace(change=change))
        return list(unique.values())

    def _is_change(self, edge: tuple[int, int], numbers: Numbers) -> bool:
        slopes = self.samples.slopes(*edge)
        return any(abs(a - b) > 1e-12 * (abs(a) + abs(b)) for a, b in zip(numbers, slopes, strict=True))

    def _list_alike(self) -> Iterator[Slip]:
        """The slips on single edges, and the same slip at all like edges."""
        alike: dict[Any, dict[Edge, dict[Any, Slip]]] = {}
        for edge in self.edges:
            own: dict[Any, Slip] = {}
            for slip in self.list_partials(edge):
                own.setdefault(slip.rule, slip)
                yield slip
            name = self.program.primitives[edge.head].name  # type: ignore[union-attr]
            wide = name, edge.slot if name not in ("add", "sum", "mul", "mean") else 0
            for key in ((*wide, self.signatures[edge.head], self.signatures[edge.tail]), wide):
                alike.setdefault(key, {})[edge] = own
        for key, members in alike.items():
            if len(members) > 1:
                yield from self._list_everywhere(list(members.values()), 0.15 + 0.1 * (len(key) == 2))

    def _list_everywhere(self, members: Sequence[Mapping[Any, Slip]], more: float) -> Iterator[Slip]:
        for rule, first in members[0].items():
            if all(rule in each for each in members):
                change = {edge: numbers for each in members for edge, numbers in each[rule].change.items()}
                yield Slip(first.cost + more, rule, functools.partial(_say_everywhere, first, len(members)), change)

    @cached_property
    def signatures(self) -> list[str]:
        """What like places have in common: the stem of their label, else how they are computed."""

        def read(k: int, operands: list[Any]) -> str:
            label = self.program.tags[k].label
            if label:
                return stem(label) or label
            name = self.program.primitives[k].name if operands else f"{self.program.numbers[k]:g}"  # type: ignore[union-attr]
            return f"{name}({','.join(operands)})" if operands else name

        return self.program.forward(read)

    def _cut(self, edges: Iterable[Edge]) -> dict[tuple[int, int], Numbers]:
        return {(edge.head, edge.slot): [0.0] * len(self.samples) for edge in edges}

    def _list_paths(self) -> Iterator[Slip]:
        """Of several uses of a place one forgotten, or only one taken."""
        hint = "look once more along how many paths the result depends on {}".format
        for tail, uses in self.uses.items():
            name = self.called[tail]
            for edge in uses if len(uses) > 1 else ():
                through = self.called[edge.head]
                several = f"several paths lead on from {name}, add them all"
                words = f"the path from {name} through {through} is missing: {several}"
                missing = Mistake(words, hint(name), "missing path")
                cost = 1.0 if self.program.tags[edge.head].label else 1.1
                yield Slip(cost, "path", always(missing), self._cut([edge]))
                if len(uses) > 2:
                    added = f"the parts of all {len(uses)} paths add up (= was written for +=)"
                    words = f"{name} takes only the gradient through {through}: {added}"
                    only = Mistake(words, hint(name), "= for +=")
                    yield Slip(1.1, "only", always(only), self._cut(e for e in uses if e != edge))

    def _list_branches(self) -> Iterator[Slip]:
        """The branch of a choice that isn't taken here."""
        for k in sorted(self.between - {self.start}):
            if self.program.primitives[k].name == "where":  # type: ignore[union-attr]
                branches = self.program.operands[k][1:]
                slopes = [self.samples.slopes(k, slot) for slot in (1, 2)]
                taken = 1 if slopes[0][0] else 0
                wrong, right = (self.called[branches[at]] for at in (taken, 1 - taken))
                words = f"you took the branch {wrong}; here {right} is taken"
                other = Mistake(words, f"look once more which branch of {self.called[k]} is taken", "other branch")
                change = {(k, slot): [1.0 - s for s in slopes[slot - 1]] for slot in (1, 2)}
                yield Slip(0.95, "branch", always(other), change)

    def _list_constants(self) -> Iterator[Slip]:
        """A stage, or like stages, taken for constants."""
        start, groups = self.called[self.start], dict[str, list[int]]()
        for tail, uses in self.uses.items():
            groups.setdefault(self.signatures[tail], []).append(tail)
            if tail != self.start:
                name, labelled = self.called[tail], bool(self.program.tags[tail].label)
                words = f"{name} was treated as a constant, but it depends on {start}"
                constant = Mistake(words, f"look once more at what depends on {start}", "stage taken for a constant")
                yield Slip(1.05 if labelled else 1.3, "constant", always(constant), self._cut(uses))
        for members in groups.values():
            if len(members) > 1 and self.start not in members:
                together = ", ".join(dict.fromkeys(self.called[k] for k in members))
                many = Mistake(
                    f"{together} were treated as constants",
                    f"look once more at what depends on {start}",
                    "stage taken for a constant",
                )
                yield Slip(1.4, "constants", always(many), self._cut(e for k in members for e in self.uses[k]))
                for k in members if len(members) > 2 else ():
                    only = Mistake(
                        f"only the path through {self.called[k]} was taken, of {together}",
                        f"look once more along how many paths the result depends on {start}",
                        "missing path",
                    )
                    yield Slip(
                        1.2,
                        "one of",
                        always(only),
                        self._cut(e for m in members if m != k for e in self.uses[m]),
                    )

    # ------------------------------------------------------------ what changes no single partial
    def list_rules(self) -> Iterator[tuple[float, Mistake, Numbers]]:
        """What a wrong product or quotient rule makes of the gradient."""
        for k in sorted(self.between - {self.start}):
            name = self.program.primitives[k].name  # type: ignore[union-attr]
            row = self.program.operands[k]
            if name not in ("mul", "div") or row[-1] not in self.between:
                continue
            both = row[0] in self.between
            right = "u′·v + u·v′" if name == "mul" else "(u′·v − u·v′)/v²"
            what = "product" if name == "mul" else "quotient"
            for tree, wrote, cost in _table()["rules"][name] if both or name == "div" else ():
                words = f"{what} rule at {self.called[k]}: you wrote {wrote}; it is {right}"
                mistake = Mistake(words, f"look once more at the {what} rule at {self.called[k]}", f"{what} rule")
                yield (
                    cost + 0.1 * (not both),
                    mistake,
                    [self._replace_rule(tree, k, j) for j in range(len(self.samples))],
                )

    def list_inside(self) -> Iterator[tuple[float, Mistake, Numbers]]:
        """The derivative of the inner function taken inside of the outer one's: f′(u′) for f′(u)·u′."""
        for k in sorted(self.between - {self.start}):
            entry, row = self.program.primitives[k], self.program.operands[k]
            if entry is None or entry.variadic or len(row) != 1 or row[0] == self.start or entry.name in LINEAR:
                continue
            words = f"at {self.called[k]} you wrote f′(u′); the chain rule is f′(u)·u′"
            mistake = Mistake(words, f"look once more at the chain rule at {self.called[k]}", "chain rule")
            inside = [_partial(entry, 0, [reach[row[0]] or 0.0]) for reach in self.reach]
            moved = [
                (up[k] or 0.0) * (x - (reach[k] or 0.0))
                for up, x, reach in zip(self.up, inside, self.reach, strict=True)
            ]
            yield 1.1, mistake, [e + m for e, m in zip(self.exact, moved, strict=True)]

    def _replace_rule(self, tree: Any, k: int, j: int) -> float:
        u, v = self.program.operands[k]
        numbers, reach = self.samples.points[j].numbers, self.reach[j]
        environment = {"u": numbers[u], "v": numbers[v], "du": reach[u] or 0.0, "dv": reach[v] or 0.0}
        return self.exact[j] + (self.up[j][k] or 0.0) * (compute(tree, environment) - (reach[k] or 0.0))

    def list_ways(self) -> Iterator[tuple[float, Mistake, Numbers]]:
        """What a single path forgotten, counted twice or taken alone makes of the gradient."""
        ways = self._find_ways()
        for way in ways if len(ways) > 1 else ():
            worth = [self._weigh(way, j) for j in range(len(self.samples))]
            stages = [self.called[e.head] for at, e in enumerate(way) if self.program.tags[e.head].label or not at]
            said = " → ".join([self.called[self.start], *stages])
            hint = f"look once more along how many paths the result depends on {self.called[self.start]}"
            moved = list(zip(self.exact, worth, strict=True))
            yield (
                1.12,
                Mistake(f"the path {said} is missing: add all {len(ways)} paths", hint, "missing path"),
                [e - w for e, w in moved],
            )
            yield (
                1.5,
                Mistake(f"the path {said} was counted twice", hint, "path counted twice"),
                [e + w for e, w in moved],
            )
            if len(ways) > 2:
                yield 2.2, Mistake(f"only the path {said} was taken, of {len(ways)} paths", hint, "missing path"), worth

    def _weigh(self, way: Sequence[Edge], j: int) -> float:
        return self.seeds[j][way[-1].head] * math.prod(self.slopes[j][e.head][e.slot] or 0.0 for e in way)

    def _find_ways(self) -> list[list[Edge]]:
        """All paths from the start to the ends; none if there are too many."""
        found, open_ = list[list[Edge]](), [[edge] for edge in self.uses.get(self.start, ())]
        while open_ and len(found) + len(open_) <= MOST_PATHS:
            way = open_.pop()
            if way[-1].head in self.seeds[0]:
                found.append(way)
            open_ += [[*way, edge] for edge in self.uses.get(way[-1].head, ())]
        return [] if open_ else found


def always(said: T) -> Callable[[], T]:
    """What says the same each time."""
    return lambda: said


def _places(edge: Edge, row: Sequence[int]) -> dict[str, int]:
    return {"x": edge.tail, "y": edge.head} | dict(zip("uv", row, strict=False))


def _write(tree: Any, called: Mapping[str, Any], why: str) -> str:
    """A formula of the table in the user's names, and why it is written."""
    names = {
        key: f"({name})" if isinstance(name, str) and not re.fullmatch(r"[\w.\[\]]+", name) else name
        for key, name in called.items()
    }
    return f"{write(rename(tree, names))}, {why}"


def _say(words: str, wrote: Callable[[], str], hint: str, kind: str, spelled: Mapping[str, str]) -> Mistake:
    """A slip in words: what was written is only put together where it is said."""
    return Mistake(words.format(wrote=wrote(), **spelled), hint, kind)


def _partial(entry: Any, slot: int, xs: Sequence[float]) -> float:
    return settle(entry.partial(slot, entry.evaluate(*xs), xs)) or 0.0


def _shift(one: str, other: str) -> int:
    """By how much the index of one name is larger."""
    found = [re.search(r"\d+", each) for each in (one, other)]
    return int(found[0][0]) - int(found[1][0]) if found[0] and found[1] else 0


def _say_everywhere(first: Slip, count: int) -> Mistake:
    mistake = first.say()
    return mistake._replace(words=f"at all {count} like places: {mistake.words}")
