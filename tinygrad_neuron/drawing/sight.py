"""A graph as a view shows it: boxes and edges, as many as fit into a picture; the others are counted."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from ..formulas.formula import LONGEST, number
from ..formulas.symbol import text
from ..program import Program
from ..recording import symbol, symbols
from .condense import condense, distances, lit_ways, trees
from .layered import in_order
from .layers import natural, stem
from .model import WRONG, About, Box, Edge, Row, Seen, View, describe_paths
from .views import FEW, LARGE, LONG_SUM, NEAR, Choice, Figures, refuse_too_many


class Sight:
    """A graph as a view shows it, before anything is left out.

    Args:
        choice: what is shown.
        figures: what stands beside the gradients.
        title: a heading.
        has_tables: whether parameters that one box alone uses are lines in it, where there are many.
    """

    def __init__(
        self,
        choice: Choice,
        figures: Figures = Figures(),  # noqa: B008
        title: str = "",
        *,
        has_tables: bool = True,
    ) -> None:
        self.choice: Choice = choice
        self.figures: Figures = figures
        self.title: str = title
        program = choice.program
        is_lit, ways = lit_ways(program, figures.path)
        graph, lit, owners = condense(program, choice.places, ways)
        self.graph: Program = graph
        self.named: Mapping[int, str] = _names(choice)
        named = self.named
        inside: dict[int, str] = {}
        if choice.name == "operations":  # whose frames say the rest
            inside = {k: program.short_name(k) for k, name in named.items() if name != program.tags[k].label}
        written = trees(program, named, inside)
        calling = _Calling(program, named, written)
        about = About(calling, written, inside, figures.hand, figures.before, is_lit)
        self.seen: Seen = Seen(program, choice.places, graph, lit, about)
        self._at: dict[int, int] = {k: j for j, k in enumerate(choice.places)}
        rows, inside_boxes = self._rows(owners) if has_tables else ({}, set[int]())
        self.rows: Mapping[int, tuple[Row, ...]] = rows
        self.inside: set[int] = inside_boxes
        self.columns: list[int] = self._columns() if choice.layer else [0] * len(choice.places)
        self._by_distance: list[int] = []

    def _rows(self, owners: Sequence[Mapping[int, Any]]) -> tuple[dict[int, tuple[Row, ...]], set[int]]:
        """The lines inside of boxes by their numbers, and the boxes that these lines stand for."""
        graph, inside = self.graph, set[int]()
        rows: dict[int, tuple[Row, ...]] = {}
        if self.choice.name not in ("stages", "neuron"):
            return {}, inside
        choice, program = self.choice, self.choice.program
        must, at = {*self.figures.hand, self.figures.path}, self._at
        heads = [{use.head for use in uses} for uses in graph.uses]
        free = {j for k, j in at.items() if not graph.operands[j] and len(heads[j]) == 1 and k not in must}
        n_uses = Counter(o for row in program.operands for o in row)
        for k, primitive in enumerate(program.primitives):
            row = program.operands[k]
            if primitive and primitive.name == "dot" and len(row) > 2 * LONG_SUM and len(owners[k]) == 1:
                half = len(row) // 2
                rows[at[next(iter(owners[k]))]] = tuple(map(self._row, row[:half], row[half:]))
                once = {at[o] for o in (row if choice.name == "neuron" else row[:half]) if n_uses[o] == 1 and o in at}
                inside |= once & free
        if len(choice.places) - len(inside) > FEW:
            for j in sorted(free - inside):
                if program.kind(choice.places[j]) == "parameter":
                    (head,) = heads[j]
                    rows[head] = (*rows.get(head, ()), self._row(choice.places[j]))
                    inside.add(j)
        return rows, inside

    def _row(self, k: int, operand: int | None = None) -> Row:
        """A line for a place, and what it is multiplied by."""
        program, called = self.choice.program, self.seen.about.names
        gradient = program.gradient(k) if program.has_gradient(k) else None
        beside = () if operand is None else (called[operand], program.numbers[operand])
        key, other = (f"n{self._at[each]}" if each in self._at else "" for each in (k, operand))
        return Row(called[k], program.numbers[k], gradient, *beside)._replace(key=key, operand_key=other)

    def _columns(self) -> list[int]:
        """The column of each box: the root's is 0, then what is computed of the neurons, their layers, and the rest."""
        graph, layer, places = self.graph, self.choice.layer, self.choice.places
        heads: list[list[int]] = [[] for _ in places]
        for use in graph.edges():
            heads[use.tail].append(use.head)
        ends = [j for j, k in enumerate(places) if k in layer]
        after = graph.depending(ends)
        found = [0] * len(places)
        for j in reversed(range(len(places))):
            if after[j] and places[j] not in layer:
                found[j] = max((found[head] + 1 for head in heads[j]), default=0)
        base = 1 + max((found[j] for j in range(len(places)) if places[j] not in layer and after[j]), default=-1)
        for j in reversed(range(len(places))):
            if places[j] in layer:
                found[j] = base + len(self.choice.headings) - 1 - layer[places[j]]
            elif not after[j]:
                found[j] = max((found[head] + 1 for head in heads[j]), default=0)
        return found

    # ------------------------------------------------------------ the view
    @property
    def everything(self) -> list[int]:
        """The numbers of all boxes."""
        edge = self.choice.edge
        return [j for j in range(len(self.graph)) if j not in self.inside and self.choice.places[j] not in edge]

    @cached_property
    def members(self) -> dict[str, list[int]]:
        """For the key of each box the places of the whole graph that it shows."""
        choice, moved = self.choice, self.choice.moved
        whole = {j: k for k, j in moved.items()} if moved else {}
        alike: dict[Any, list[int]] = {}
        for k in choice.places:
            alike.setdefault(choice.groups.get(k, k), []).append(whole.get(k, k))
        return {f"n{j}": alike[choice.groups.get(k, k)] for j, k in enumerate(choice.places)}

    def view(self, most: int = NEAR, among: Sequence[int] | None = None) -> View:
        """What fits into a picture.

        Args:
            most: how many boxes at most; in each column, for a network.
            among: the numbers of the boxes that are shown, if not the nearest.
        """
        choice, graph = self.choice, self.graph
        everything = self.everything
        chosen, more = everything, dict[str, int]()
        if among is not None:
            chosen, more = list(among), self._left_out(set(among))
        elif choice.name == "nearest" or (choice.name in ("stages", "neuron") and len(everything) > most):
            start = graph.roots[0] if choice.around is None else choice.places.index(choice.around)
            chosen = self._nearest(everything, start, most)
            more = self._left_out(set(chosen))
        edges = list(self.seen.edges(chosen))
        if choice.name != "network":
            refuse_too_many(choice.name, len(chosen), len(edges))
        boxes: Sequence[Box] = list(self.seen.boxes(chosen))
        boxes = [self._dressed(box, j) for box, j in zip(boxes, chosen, strict=True)]
        if choice.groups:
            groups = {f"n{j}": choice.groups[k] for j, k in enumerate(choice.places)}
            boxes, edges = _summed(boxes, edges, groups)
        boxes = _arranged(boxes, edges)
        if choice.name == "network":
            boxes, edges = _elided(boxes, edges, most)
        boxes = [box._replace(more=more.get(box.key, 0)) for box in boxes]
        captions = self._captions((choice.n_boxes or len(everything)) - len(chosen))
        return View(
            choice.name, tuple(boxes), tuple(edges), self.title, captions,
            choice.crumbs, self._headings(boxes), self._formula(),
        )  # fmt: skip

    def _dressed(self, box: Box, j: int) -> Box:
        """A box with what this view adds: its column, its lines, what opens it."""
        choice, k = self.choice, self.choice.places[j]
        if k in choice.layer:
            box = box._replace(kind="neuron", tree=None, formula="")
        return box._replace(
            title=choice.titles.get(k, box.title or choice.names.get(k, "")),
            rows=self.rows.get(j, ()), column=self.columns[j], opens=choice.opens.get(k, ""),
        )  # fmt: skip

    def _headings(self, boxes: Sequence[Box]) -> tuple[str, ...]:
        """The heading of each column of a network, the root's first."""
        if not self.choice.layer:
            return ()
        n_columns, names = 1 + max(box.column for box in boxes), reversed(self.choice.headings)
        first = min(box.column for box in boxes if box.kind == "neuron")
        found = [""] * n_columns
        found[first : first + len(self.choice.headings)] = names
        return (*found[:-1], found[-1] or "inputs")

    def _formula(self) -> Any:
        """The result in what is given: in the view of stages, whose boxes name what lies between."""
        program, called = self.choice.program, self.seen.about.names
        if self.choice.name != "stages" or len(program) > LARGE or len(program.roots) > 1:
            return None
        given = {k: called[k] for k in self.choice.places if not program.operands[k] and k in self.named}
        whole = trees(program, given)[program.roots[0]]
        return whole if text(whole) != text(self.seen.about.trees[program.roots[0]]) else None

    def _captions(self, left_out: int) -> tuple[str, ...]:
        found: list[str] = []
        if self.figures.path is not None and self.figures.path in self.choice.places:
            start = self.choice.places.index(self.figures.path)
            found += describe_paths(self.graph, start, self.seen.called)
        if len(self.graph.roots) > 1:
            found.append(f"gradients of {self.seen.called(self.graph.roots[0])}")
        if self.choice.note:
            found.append(self.choice.note)
        if left_out:
            found.append(f"{left_out:,} more boxes are left out")
        return tuple(found)

    def _nearest(self, among: Sequence[int], start: int, most: int) -> list[int]:
        """The boxes with the fewest edges between them and one: of what it is computed from, and of what uses it."""
        if not self._by_distance:
            steps = distances(self.graph, start)
            wanted = set(among)
            known = [(far, -j) for j, far in enumerate(steps) if far is not None and j in wanted]
            self._by_distance = [j for _, j in sorted(known)]
        return sorted(-j for j in self._by_distance[:most])

    def _left_out(self, chosen: set[int]) -> dict[str, int]:
        """How many operands of each box are left out."""
        missing = set(range(len(self.graph))) - self.inside - chosen
        counts = {f"n{j}": len(missing.intersection(self.graph.operands[j])) for j in sorted(chosen)}
        return {key: count for key, count in counts.items() if count}


# ---------------------------------------------------------------- what nodes are called
def _names(choice: Choice) -> dict[int, str]:
    """What places are called in formulas: the names of the view, labels, and what leaves without one are called."""
    program = choice.program
    count = Counter(tag.label for tag in program.tags)
    whole: dict[str, str] = {}
    found = dict(choice.names)
    for k in choice.places:
        label = program.tags[k].label
        if k in found or not (label or (not program.operands[k] and not program.is_constant(k))):
            continue
        if label and count[label] == 1:
            found[k] = label
        else:
            whole = whole or symbols(program.names)
            found[k] = whole[program.names[k]]
    return found


class _Calling(dict[int, str]):
    """What places are called in text, found when it is asked for: by their names, else by their formulas."""

    def __init__(self, program: Program, named: Mapping[int, str], written: Sequence[Any]) -> None:
        super().__init__(named)
        self._program, self._written, self._taken = program, written, set(named.values())

    def __missing__(self, k: int) -> str:
        """The formula, unless it is long or another's."""
        program = self._program
        is_number = not program.operands[k]
        own = number(program.numbers[k]) if is_number else text(self._written[k]).text
        is_clear = len(own) <= LONGEST and (is_number or own not in self._taken)
        self[k] = own if is_clear else symbol(program.names[k])
        self._taken.add(self[k])
        return self[k]


# ---------------------------------------------------------------- what is left out
def _summed(boxes: Sequence[Box], edges: Sequence[Edge], groups: Mapping[str, Any]) -> tuple[list[Box], list[Edge]]:
    """Boxes of all samples as one each: means of the values, sums of the gradients and of what flows back."""
    first: dict[Any, str] = {}
    members: dict[str, list[Box]] = {}
    for box in boxes:
        members.setdefault(first.setdefault(groups[box.key], box.key), []).append(box)
    merged = [_sum_of(each) for each in members.values()]
    flows: dict[tuple[str, str], list[Edge]] = {}
    for edge in edges:
        ends = first[groups[edge.tail]], first[groups[edge.head]]
        flows.setdefault(ends, []).append(edge)
    return merged, [_sum_of_edges(ends, each) for ends, each in flows.items()]


def _sum_of_edges(ends: tuple[str, str], edges: Sequence[Edge]) -> Edge:
    if len(edges) == 1:
        return edges[0]._replace(tail=ends[0], head=ends[1])
    flows = sum(edge.contribution for edge in edges)
    return Edge(*ends, None, flows, f"the sum over {len(edges):,} edges", all(edge.dim for edge in edges))


def _sum_of(boxes: Sequence[Box]) -> Box:
    if len(boxes) == 1:
        return boxes[0]
    known = [box.gradient for box in boxes if box.gradient is not None]
    value = math.fsum(box.value or 0.0 for box in boxes) / len(boxes)
    gradient = math.fsum(known) if known else None
    detail = f"{boxes[0].name}: mean value {value!r}" + (
        "" if gradient is None else f"; sum of the gradients {gradient!r}"
    )
    marks = tuple(sorted({mark for box in boxes for mark in box.marks if mark in WRONG}))
    return boxes[0]._replace(value=value, gradient=gradient, detail=f"{detail}, of {len(boxes)} samples", marks=marks)


def _arranged(boxes: Sequence[Box], edges: Iterable[Edge]) -> list[Box]:
    """Operands first, those that differ in a number beside each other in the order of their numbers."""
    at = {box.key: place for place, box in enumerate(boxes)}
    families: dict[Any, int] = {}
    priority = [
        (
            families.setdefault((stem(box.title or box.key), box.column, box.scope[:-1]), place),
            [*map(natural, box.scope)],
            natural(box.title),
        )
        for place, box in enumerate(boxes)
    ]
    order = in_order(len(boxes), ((at[edge.tail], at[edge.head]) for edge in edges), priority)
    return [boxes[place] for place in order]


def _elided(boxes: Sequence[Box], edges: Sequence[Edge], most: int) -> tuple[list[Box], list[Edge]]:
    """Of a long column the first boxes and the last one; the others as a number."""
    into: dict[str, str] = {}
    shown: list[Box] = []
    for column in dict.fromkeys(box.column for box in boxes):
        inside = [box for box in boxes if box.column == column]
        if len(inside) > most:
            hidden = inside[most - 2 : -1]
            into |= {box.key: f"more{column}" for box in hidden}
            shown += [*inside[: most - 2], _more(f"more{column}", len(hidden), column=column), inside[-1]]
        else:
            shown += inside
    flows: dict[tuple[str, str], Edge] = {}
    plain = []
    for edge in edges:
        ends = into.get(edge.tail, edge.tail), into.get(edge.head, edge.head)
        if ends == edge[:2]:
            plain.append(edge)
        else:
            flows.setdefault(ends, Edge(*ends, None, 0.0, "edges that are left out"))
    return sorted(shown, key=lambda box: -box.column), [*plain, *flows.values()]


def _more(key: str, count: int, **figures: Any) -> Box:
    name = f"+ {count:,} more"
    return Box(key, "more", name, name, detail=f"{count:,} more that are left out", **figures)


def every_name(program: Program) -> list[str]:
    """What each node of a graph is called in sentences, the numbers in formulas as well.

    Args:
        program: the graph.
    """
    seen = Sight(Choice("operations", program, range(len(program))), has_tables=False).seen
    return [seen.called(j) for j in range(len(program))]
