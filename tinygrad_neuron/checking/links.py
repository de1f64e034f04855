"""A whole derivation by hand, link by link: as each stands, and given the learner's own earlier links."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from ..formulas.expression import Expression
from ..primitives import plain
from ..program import Program
from .figures import HandFigure, Learners
from .points import read_name
from .samples import Samples
from .search import Cause, Given, find_causes
from .slips import Mistake, Slips
from .trees import compute, list_names

RIGHT, FOLLOWS, CONTRADICTS, WRONG, UNCLEAR = "right", "follows", "contradicts", "wrong", "unclear"
NEAR, LOST = 1e-8, 1e-13  # how well a formula must follow from others, relative, and to the largest part of it


class Link(NamedTuple):
    """One link of a derivation by hand, and what is said of it.

    Attributes:
        name: the node that the result is differentiated by, or ∂output/∂net for a local derivative.
        given: what was handed in.
        understood: the formula as it was read; "" for a number or a function.
        verdict: "right"; "follows", if it is wrong but follows rightly from links above it; "contradicts", if it is
            right but doesn't follow from them; "wrong"; or "unclear".
        words: the same in a sentence.
        mistakes: what was likely done, at most three.
        remarks: what was read in one of several possible ways.
    """

    name: str
    given: str
    understood: str
    verdict: str
    words: str
    mistakes: tuple[Mistake, ...] = ()
    remarks: tuple[str, ...] = ()


class Entry(NamedTuple):
    """One link as it was handed in.

    Attributes:
        name: what it is called.
        above, below: the places: what is differentiated, by what.
        given: the number, expression or function.
        figure: the same with its number at the given point.
        right: whether it is right as it stands; None if that can't be said.
    """

    name: str
    above: int
    below: int
    given: Any
    figure: HandFigure
    right: bool | None

    @property
    def is_figure(self) -> bool:
        """Whether it is a number, and no formula."""
        return self.figure.formula is None


class Derivation:
    """All links that were handed in.

    Args:
        program: the graph, with all that was assigned beside it.
        entries: the links.
        learners: those who may have worked out the graph.
    """

    program: Program
    learners: Learners
    entries: list[Entry]

    def __init__(self, program: Program, entries: Sequence[Entry], learners: Learners) -> None:
        self.program, self.learners = program, learners
        self.entries = sorted(entries, key=lambda each: (each.below, each.above != program.roots[0]), reverse=True)
        self.wrong: list[Entry] = []
        self._trees: dict[Entry, Any] = {}

    def judge(self) -> tuple[Link, ...]:
        """The links, those nearest to the result first, each with its verdict."""
        return tuple(self._judge(entry) for entry in self.entries)

    @cached_property
    def _here(self) -> Samples:
        return Samples(self.program, here=True)

    @cached_property
    def _around(self) -> Samples:
        return Samples(self.program)

    # ------------------------------------------------------------ one link
    def _judge(self, entry: Entry) -> Link:
        if entry.right is None:
            return self._say(entry, UNCLEAR, f"nothing can be said of your {entry.name} here")
        flow = self._flow(entry, self._earlier(entry)) if self._is_global(entry) and self.wrong else None
        upstream = self._list_upstream(flow) if flow else []
        follows = flow is not None and bool(upstream) and self._follows(entry, flow)
        theirs = " and ".join(each.name for each in upstream)
        if entry.right:
            if upstream and not follows:
                return self._say(
                    entry, CONTRADICTS, f"your {entry.name} is right, but it doesn't follow from your {theirs}"
                )
            return self._say(entry, RIGHT, f"your {entry.name} is right")
        self.wrong.append(entry)
        if follows:
            return self._say(
                entry, FOLLOWS, f"your {entry.name} is not right, but it follows rightly from your {theirs}"
            )
        return self._name_mistakes(entry, flow if upstream else None, theirs)

    def _say(self, entry: Entry, verdict: str, words: str, causes: Sequence[Cause] = ()) -> Link:
        read = entry.given if isinstance(entry.given, Expression) else None
        mistakes = tuple(each.mistake for each in causes)
        understood, remarks = (read.understood, read.remarks) if read else ("", ())
        return Link(entry.name, entry.figure.text, understood, verdict, words, mistakes, remarks)

    def _name_mistakes(self, entry: Entry, flow: Slips | None, theirs: str) -> Link:
        """What was likely done: alone, or given the links above, whichever is simpler."""
        alone = self._flow(entry, ())
        causes = find_causes(alone, self._read(entry, alone))
        given = find_causes(flow, self._read(entry, flow)) if flow else []
        beside = ""
        if given and (not causes or given[0].cost <= causes[0].cost):
            causes, beside = given, f", given your {theirs}"
        said = causes[0].mistake.words if causes else "no usual mistake gives it"
        return self._say(entry, WRONG, f"your {entry.name} is wrong{beside}: {said}", causes)

    def _is_global(self, entry: Entry) -> bool:
        return entry.above == self.program.roots[0]

    def _earlier(self, entry: Entry) -> list[Entry]:
        """The links above one, which the learner has had before."""
        return [
            each
            for each in self.entries
            if each.below > entry.below or (each.below == entry.below and not self._is_global(each))
        ]

    def _list_upstream(self, flow: Slips) -> list[Entry]:
        """The links above that are wrong, and that this one depends on."""
        reach, up = flow.reach[0], flow.up[0]
        reached = [each for each in self.wrong if reach[each.below] is not None]
        ends = flow.seeds[0].keys()
        return [
            each for each in reached if self._is_global(each) or (each.below not in ends and up[each.above] is not None)
        ]

    # ------------------------------------------------------------ given the links above
    def _flow(self, entry: Entry, earlier: Sequence[Entry]) -> Slips:
        """The backward pass that begins at the links above, with their own local derivatives."""
        used = [*earlier, entry]
        samples = self._here if any(each.is_figure for each in used) else self._around
        ends = {each.below: each for each in earlier if self._is_global(each) and each.below != entry.below}
        slopes, seeds = [], []
        for j in range(len(samples)):
            rows = [
                [None if o in ends else s for o, s in zip(*row, strict=True)]
                for row in zip(self.program.operands, samples.points[j].slopes, strict=True)
            ]
            slopes.append(self._put_locals(rows, [each for each in earlier if not self._is_global(each)], samples, j))
            seeds.append({entry.above: 1.0} | {k: self._number(each, samples, j) for k, each in ends.items()})
        return Slips(samples, entry.below, slopes, seeds)

    def _put_locals(self, rows: list[Any], local: Sequence[Entry], samples: Samples, j: int) -> list[Any]:
        """The partials with the learner's own ones: those on the way from below to above share the ratio."""
        for each in local:
            exact = self.program.backward(samples.points[j].slopes, seeds={each.above: 1.0})
            if slope := exact[each.below]:
                ratio = self._number(each, samples, j) / slope
                for head, row in enumerate(self.program.operands):
                    if exact[head] is not None:
                        rows[head] = [
                            s * ratio if o == each.below and s is not None else s
                            for o, s in zip(row, rows[head], strict=True)
                        ]
        return rows

    def _number(self, entry: Entry, samples: Samples, j: int) -> float:
        """What a link gives at a point."""
        if entry.is_figure:
            return entry.figure.value
        if isinstance(entry.given, Expression):
            names = self._name(entry.given.inputs, samples, j)
            return plain(entry.given(names).data) if entry.given.is_deep else compute(self._tree(entry), names)
        return plain(entry.given(**self._name(inspect.signature(entry.given).parameters, samples, j)))

    def _tree(self, entry: Entry) -> Any:
        if entry not in self._trees:
            self._trees[entry] = entry.given.symbol
        return self._trees[entry]

    def _name(self, names: Iterable[str], samples: Samples, j: int) -> dict[str, float]:
        """The numbers of names at a point; of derivatives the learner's own where they were handed in."""
        return {name: self._find_number(name, samples, j) for name in names}

    def _find_number(self, name: str, samples: Samples, j: int) -> float:
        above, below, is_derivative = read_name(name, self.program)
        if not is_derivative:
            return samples.points[j].numbers[below]
        own = next((each for each in self.entries if (each.above, each.below) == (above, below)), None)
        if own is not None:
            return self._number(own, samples, j)
        return self.program.backward(samples.points[j].slopes, seeds={above: 1.0})[below] or 0.0

    def _follows(self, entry: Entry, flow: Slips) -> bool:
        """Whether a link is what the links above give."""
        given = self._read(entry, flow)
        if entry.is_figure:
            earlier = {each.below: each.figure.value for each in self._earlier(entry) if self._is_global(each)}
            unit = entry.figure.unit
            near = abs(entry.figure.value - flow.exact[0]) <= max(unit, 1e-9 * abs(flow.exact[0]))
            return near or bool(
                self.learners.explain_rounding(entry.below, entry.figure, flow.exact[0], earlier, follow=True)
            )
        pairs = zip(given.numbers, flow.exact, range(len(flow.samples)), strict=True)
        return all(abs(a - b) <= max(NEAR * max(abs(a), abs(b)), LOST * flow.scale(j)) for a, b, j in pairs)

    def _read(self, entry: Entry, flow: Slips) -> Given:
        """What was handed in, at the points of a flow."""
        count = len(flow.samples)
        numbers = [self._number(entry, flow.samples, j) for j in range(count)]
        if not isinstance(entry.given, Expression) or entry.given.is_deep:
            return Given(numbers, unit=entry.figure.unit)
        tree = self._tree(entry)
        names = dict.fromkeys((*(self.program.names[k] for k in flow.labelled), *list_names(tree)))
        environments = [self._name(names, flow.samples, j) for j in range(count)]
        return Given(numbers, tree, environments, entry.figure.unit)
