"""What a picture shows: boxes and edges with all that is said about them, before any output format."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from ..checking.hand import Comparison
from ..formulas.symbol import text
from ..graph import chains, non_finite
from ..primitives import FUNCTIONS, PRIMITIVES
from ..program import Edge as Use
from ..program import Program
from .nested import Scope

SATURATED = 0.01  # of the steepest slope of tanh and sigmoid, which is at 0
STEEPEST = {name: PRIMITIVES[name].partial(0, FUNCTIONS[name](0.0), (0.0,)) for name in ("tanh", "sigmoid")}
WRONG = {"not finite", "not finite, the first", "stale"}  # marks of what needs mending
SHOWN_PATHS, SHOWN_TERMS = 8, 8


class Row(NamedTuple):
    """A line in a box: a parameter that it alone uses, and what that is multiplied by in a long sum.

    Attributes:
        name, value, gradient: of the parameter.
        operand, number: the name and the value of what it is multiplied by; "" and None if it stands alone.
        key, operand_key: identifiers of both, as boxes have them.
    """

    name: str
    value: float
    gradient: float | None
    operand: str = ""
    number: float | None = None
    key: str = ""
    operand_key: str = ""


class Box(NamedTuple):
    """A node of the graph, or something that stands for several.

    Attributes:
        key: its identifier in the output.
        kind: input, parameter, constant, operation, root, neuron, or more for a number of boxes left out.
        name: what it is called in text.
        title: its label.
        formula: how it is computed from what is shown, as text.
        tree: the same as symbols; None where there is nothing to say.
        operation: the primitive's name.
        value, gradient: the figures; None where there are none (yet).
        awaits: whether it has a gradient that isn't computed yet.
        marks: what a reader should notice.
        scope: the names of the scopes around it.
        detail: a sentence with full precision.
        hand: a figure to compare the gradient with.
        before: the value before a change, if another.
        dim: whether it is beside the path that is shown, or leads only to a branch that isn't taken.
        active: whether this step of an animation is about it.
        rows: parameters and products that are shown inside of it.
        column: the column of a network's box, the root's is 0.
        opens: the view of it alone, if there is one: "layer 1/neuron 2".
        more: how many of its operands are left out.
    """

    key: str
    kind: str
    name: str
    title: str
    formula: str = ""
    tree: Any = None
    operation: str = ""
    value: float | None = None
    gradient: float | None = None
    awaits: bool = False
    marks: tuple[str, ...] = ()
    scope: Scope = ()
    detail: str = ""
    hand: Comparison | None = None
    before: float | None = None
    dim: bool = False
    active: bool = False
    rows: tuple[Row, ...] = ()
    column: int = 0
    opens: str = ""
    more: int = 0

    @property
    def is_wrong(self) -> bool:
        """Whether one of its marks needs mending."""
        return not WRONG.isdisjoint(self.marks)

    @property
    def is_leaf(self) -> bool:
        """Whether it is given, not computed."""
        return self.kind in ("input", "parameter", "constant")


class Edge(NamedTuple):
    """An edge from a box to one that is computed from it.

    Attributes:
        tail, head: the keys of the boxes.
        slope: the partial, of all that lies between; None along a constant and where there is no single one.
        contribution: what flows back along it: upstream × slope.
        detail: a sentence with full precision.
        dim, active: as of a box.
    """

    tail: str
    head: str
    slope: float | None
    contribution: float = 0.0
    detail: str = ""
    dim: bool = False
    active: bool = False


class View(NamedTuple):
    """All that a picture shows.

    Attributes:
        name: network, stages, operations, neuron or nearest.
        boxes: operands first.
        edges: between them.
        title: a heading.
        captions: sentences on top: the product along a path, what is left out.
        crumbs: where the view lies in the whole: ("loss", "layer 1", "neuron 2").
        headings: of the columns of a network, the first column's last.
        formula: how the result is computed from what is given, as symbols, where that says more than its box.
    """

    name: str
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    title: str = ""
    captions: tuple[str, ...] = ()
    crumbs: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    formula: Any = None

    @property
    def scopes(self) -> list[Scope]:
        """All scopes, outer ones first, in the order of their first boxes."""
        paths = (box.scope[:depth] for box in self.boxes for depth in range(1, len(box.scope) + 1))
        return list(dict.fromkeys(paths))


class About(NamedTuple):
    """What is said about some places of a graph, by their numbers: names, formulas, figures by hand, and so on."""

    names: Mapping[int, str]
    trees: Sequence[Any] = ()
    titles: Mapping[int, str] = {}
    hand: Mapping[int, Comparison] = {}
    before: Mapping[int, float] = {}
    lit: Sequence[bool] = ()


@dataclass
class Seen:
    """A graph of some places of another, with what is said about them.

    Attributes:
        whole: the graph.
        places: the places of it that are seen, operands first.
        graph: the graph of these alone, in which a partial is that of all that lies between.
        lit: for each operand of that graph whether a way there is on the path that is shown, and is taken.
        about: names, formulas, figures by hand and so on.
    """

    whole: Program
    places: Sequence[int]
    graph: Program
    lit: Sequence[Sequence[bool]]
    about: About

    def called(self, j: int) -> str:
        """What a place of the graph is called."""
        return self.about.names[self.places[j]]

    @cached_property
    def _at(self) -> dict[int, int]:
        return {k: j for j, k in enumerate(self.places)}

    @cached_property
    def _users(self) -> dict[int, int]:
        """The first user of each constant: a number belongs where it is first used."""
        edges = reversed(list(self.whole.edges()))
        return {use.tail: use.head for use in edges if self.whole.is_constant(use.tail)}

    @cached_property
    def _worst(self) -> int | None:
        """The first place that isn't finite."""
        first = non_finite(self.whole)
        return first and self.whole.places[first.node]

    def boxes(self, chosen: Iterable[int]) -> Iterable[Box]:
        """The boxes of some of these places.

        Args:
            chosen: their numbers in `graph`.
        """
        program, about = self.whole, self.about
        for j in chosen:
            k, name = self.places[j], self.called(j)
            primitive, label = program.primitives[k], program.tags[k].label
            tree = about.trees[k]
            yield Box(
                f"n{j}", program.kind(k), name, about.titles.get(k, name) if label else "",
                text(tree).text if program.is_computed(k) else "", tree,
                primitive.name if primitive and program.is_computed(k) else "", program.numbers[k],
                program.gradient(k) if program.has_gradient(k) else None,
                not (program.has_gradient(k) or program.is_constant(k)),
                tuple(_marks_of(program, k, is_first=k == self._worst)),
                program.tags[k if label else self._users.get(k, k)].scope,
                _sentence(self.graph, j, self.called), about.hand.get(k), about.before.get(k),
                bool(about.lit) and not about.lit[k],
            )  # fmt: skip

    def edges(self, chosen: Iterable[int]) -> Iterable[Edge]:
        """The edges between some of these places.

        Args:
            chosen: their numbers in `graph`.
        """
        graph, known = self.graph, set(chosen)
        for head in sorted(known):
            has_gradient = graph.has_gradient(head)
            row = self.whole.operands[self.places[head]]
            is_direct = all(o in self._at or self.whole.is_constant(o) for o in row)
            for use in graph.edges([head]):
                if use.tail in known:
                    slope = graph.slope(use)
                    flows = 0.0 if slope is None or not has_gradient else graph.gradient(head) * slope
                    said = _step(graph, use, self.called, is_direct=is_direct)
                    yield Edge(f"n{use.tail}", f"n{head}", slope, flows, said, not self.lit[head][use.slot])


# ---------------------------------------------------------------- marks
def _marks_of(program: Program, k: int, *, is_first: bool) -> Iterable[str]:
    value, gradient = program.numbers[k], program.gradient(k)
    if is_first:
        yield "not finite, the first"
    elif not math.isfinite(value) or not math.isfinite(gradient):
        yield "not finite"
    if program.is_stale(k):
        yield "stale"
    if program.has_gradient(k) and gradient == 0 and k not in program.roots:
        yield "zero gradient"
    if not program.is_computed(k):
        return
    name, slope = program.primitives[k].name, program.slopes[k][0]  # type: ignore[union-attr]
    if name in STEEPEST and slope is not None and slope < SATURATED * STEEPEST[name]:
        yield "saturated"
    if name == "relu" and slope == 0 and program.numbers[program.operands[k][0]] < 0:
        yield "dead relu"


# ---------------------------------------------------------------- sentences
def _sentence(program: Program, k: int, called: Callable[[int], str]) -> str:
    said = f"{called(k)} = {program.numbers[k]!r}"
    if not program.has_gradient(k):
        return said + ("; a constant" if program.is_constant(k) else "; gradient not computed")
    uses = [use for use in program.uses[k] if program.has_gradient(use.head)]
    flowing = [(program.gradient(use.head), program.slope(use)) for use in uses]
    terms = " + ".join(f"{upstream!r} × {slope!r}" for upstream, slope in flowing[:SHOWN_TERMS])
    terms += f" + … ({len(flowing):,} terms)" if len(flowing) > SHOWN_TERMS else ""
    total, gradient = sum(upstream * slope for upstream, slope in flowing), program.gradient(k)
    if flowing and math.isclose(total, gradient, rel_tol=1e-9):
        return f"{said}; gradient {terms} = {gradient!r}"
    return f"{said}; gradient {gradient!r}" + (f", of which now {terms}" if flowing else "")


def _step(program: Program, use: Use, called: Callable[[int], str], *, is_direct: bool) -> str:
    slope, upstream = program.slope(use), program.gradient(use.head)
    if slope is None:
        return f"{called(use.tail)} is a constant: no gradient flows to it"
    said = (
        f"∂({called(use.head)})/∂({called(use.tail)}) = {slope!r}{'' if is_direct else ', through the steps between'}"
    )
    if not program.has_gradient(use.head):
        return said
    return f"{said}; upstream {upstream!r} × local {slope!r} = {upstream * slope!r}"


# ---------------------------------------------------------------- paths
def describe_paths(seen: Program, start: int, called: Callable[[int], str]) -> Iterable[str]:
    """The chain rule in a line for each path from a place to the root, and their sum.

    Args:
        seen: the graph of what is shown.
        start: the place where the paths begin.
        called: what each place is called.
    """
    found = chains(seen, start, SHOWN_PATHS)
    head = f"∂{called(seen.roots[0])}/∂{called(start)}"
    products, said = [], []
    for path in found.paths:
        slopes = [seen.slope(use) for use in path]
        products.append(math.prod(slopes))
        product = " × ".join(_factor(slope) for slope in slopes) or "1"
        way = " → ".join([called(start), *(called(use.head) for use in path)])
        said.append((way, f"{product} = {signed(products[-1])}"))
    if len(said) == found.total == 1:
        yield f"{head} = {said[0][1]}"
        yield said[0][0]
        return
    yield f"{head} = {signed(found.gradient)}, the sum over {found.total:,} paths"
    for way, product in said:
        yield f"{way}: {product}"
    if found.total > len(said):
        yield f"and {found.total - len(said):,} more paths: {signed(found.gradient - sum(products))}"


def signed(x: float) -> str:
    """A number of six digits with a real minus sign."""
    return f"{x:.6g}".replace("-", "−")


def _factor(slope: float) -> str:
    said = f"{slope:.4g}".replace("-", "−")
    return f"({said})" if slope < 0 else said
