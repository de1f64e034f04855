"""Views: which nodes of a graph are shown, and as what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from ..arguments import list_names
from ..formulas.symbol import LOWERED, RAISED
from ..program import Program
from .condense import distances, part_of
from .layers import Layers, find_layers
from .nested import Scope

FEW, NEAR = 12, 30  # boxes that are read at a glance, and around a node
MOST_BOXES, MOST_EDGES, MOST_NODES = 300, 500, 150_000  # of a picture, and of a graph
LARGE, CUT = 5_000, 1_500  # nodes of a graph that is cut before it is described, and of what is left of it
LONG_SUM, LEAVES = 3, 8  # products of a `dot`: longer ones are tables; and leaves of a formula
VIEWS = ("network", "stages", "operations", "neuron", "nearest")


class GraphTooLargeError(ValueError):
    """A view would have more boxes than a picture can hold."""


class Figures(NamedTuple):
    """What is shown beside the gradients: figures by hand and values before a change, by their places, and a path."""

    hand: Mapping[int, Any] = {}
    before: Mapping[int, float] = {}
    path: int | None = None


@dataclass(frozen=True)
class Choice:
    """What a view shows of a graph.

    Attributes:
        name: of the view.
        program: the graph, or the part of it that is looked at.
        places: the nodes, in order.
        names: what nodes are called that have no label, or another one here.
        titles: short names in a network, where the column says the rest.
        layer: for the neurons of a network the number of their layer.
        headings: of a network's columns: what stands before the layers, and the layers.
        crumbs: where the view lies.
        opens: for each neuron the view that opens it.
        groups: for nodes of several samples what they are drawn as one with.
        note: a sentence about it.
        n_boxes: how many there would be, if only those near the root were kept before all else.
        edge: nodes that are only there for the formulas of others: what they are computed from was left out.
        around: the node that the nearest are shown of.
        moved: for nodes of the whole graph their place in the part; None if the whole is looked at.
    """

    name: str
    program: Program
    places: Sequence[int]
    names: Mapping[int, str] = field(default_factory=dict)
    titles: Mapping[int, str] = field(default_factory=dict)
    layer: Mapping[int, int] = field(default_factory=dict)
    headings: tuple[str, ...] = ()
    crumbs: tuple[str, ...] = ()
    opens: Mapping[int, str] = field(default_factory=dict)
    groups: Mapping[int, Any] = field(default_factory=dict)
    note: str = ""
    n_boxes: int = 0
    edge: frozenset[int] = frozenset()
    around: int | None = None
    moved: Mapping[int, int] | None = None

    def figures(self, given: Figures) -> Figures:
        """What stands beside the gradients, by the places of the part that is looked at."""
        if self.moved is None:
            return given
        hand, before = ({self.moved[k]: each for k, each in some.items() if k in self.moved} for some in given[:2])
        return Figures(hand, before, None if given.path is None else self.moved.get(given.path))


def operations(program: Program, must: Iterable[int] = ()) -> Choice:
    """Every node but the numbers that stand in formulas."""
    wanted = {*must, *program.roots}
    shown = (k for k in range(len(program)) if program.tags[k].label or not program.is_constant(k) or k in wanted)
    return Choice("operations", program, list(shown))


def stages(program: Program, must: Iterable[int] = ()) -> Choice:
    """What has a name; unnamed steps are parts of formulas, unless several use them or their formula would be long."""
    wanted = {*must, *program.roots}
    n_uses = Counter(o for row in program.operands for o in set(row))
    letter = next(
        each for each in ("s", "u", "v", "step") if not any(tag.label.startswith(each) for tag in program.tags)
    )
    names: dict[int, str] = {}
    kept: list[int] = []

    def read(k: int, weights: list[int]) -> int:
        weight, is_named = sum(weights), k in wanted or bool(program.tags[k].label)
        if weights and not is_named:
            is_sum = program.primitives[k].name in ("add", "sub", "dot", "mul")  # type: ignore[union-attr]
            is_shared = n_uses[k] > 1 and (weight > 1 or n_uses[k] > LONG_SUM)
            if is_shared or (weight > LEAVES and not is_sum):
                names[k] = f"{letter}_{len(names) + 1}"
        if k in names or is_named or not (weights or program.is_constant(k)):
            kept.append(k)
            return 1
        return min(weight, 2 * LEAVES)

    program.forward(read)
    return Choice("stages", program, kept, names)


def network(program: Program, layers: Layers, must: Iterable[int] = (), sample: int | None = None) -> Choice:
    """A box for each neuron, with what goes in, and what is computed of the results.

    Args:
        program: the graph.
        layers: its neurons.
        must: nodes inside of neurons that are shown as well.
        sample: the number of one sample, from 0; the sums over all of them unless given.
    """
    users: dict[int, set[Scope | None]] = {}
    for edge in program.edges():
        users.setdefault(edge.tail, set()).add(layers.unit[edge.head])
    layer, titles, names, opens, groups = _neurons(program, layers)
    feeds: Counter[int | None] = Counter()
    places = []
    for k, tag in enumerate(program.tags):
        own, kind = layers.sample[k], program.kind(k)
        if k not in layer and program.is_computed(k):
            is_shown = layers.unit[k] is None and (bool(tag.label) or k in program.roots)
        elif k not in layer:
            inside = [unit for unit in users.get(k, ()) if unit]
            is_feed = kind != "parameter" and any(tag.scope[: len(unit)] != unit for unit in inside)
            is_shown = is_feed or (not inside and (kind != "constant" or bool(tag.label)))
            if is_feed:
                feeds[own] += 1
                groups[k] = ("input", feeds[own] if own is not None else k)
                names |= {} if tag.label else {k: f"x_{feeds[own]}"}
        if (k in layer or is_shown or k in must) and (sample is None or own in (None, sample)):
            places.append(k)
            groups.setdefault(k, (tag.label, None) if own is not None and tag.label else k)
    n = layers.n_samples
    note = f"values: means of {n} samples; gradients: their sums" if sample is None else f"sample {sample + 1} of {n}"
    headings = tuple("/".join(each) for each in layers.layers)
    grouped = groups if n > 1 and sample is None else {}
    return Choice("network", program, places, names, titles, layer, headings, (), opens, grouped, note if n > 1 else "")


def _neurons(program: Program, layers: Layers) -> tuple[dict[int, Any], ...]:
    """For the results of all neurons: the number of the layer, short and full name, the view that opens it, a key."""
    labels = {tag.label for tag in program.tags}
    found: tuple[dict[int, Any], ...] = ({}, {}, {}, {}, {})
    for place, each in enumerate(layers.layers):
        beside = [scope for scope in layers.outputs if scope[:-1] == each]
        is_end = len(beside) == 1 and place == len(layers.layers) - 1 and "y" not in labels
        for number, scope in enumerate(beside, 1):
            full = f"n{number}".translate(LOWERED) + f"{place + 1}".translate(RAISED).join("⁽⁾")
            for k in layers.outputs[scope]:
                row = place, "y" if is_end else f"n_{number}", "y" if is_end else full, "/".join(scope), scope
                for column, entry in zip(found, row, strict=True):
                    column[k] = entry
    return found


def neuron(program: Program, layers: Layers, scope: Scope, sample: int = 0, *, is_whole: bool = False) -> Choice:
    """One neuron alone: what comes in, its parameters, its stages. The gradients are those of the whole.

    Args:
        program: the graph.
        layers: its neurons.
        scope: of the neuron.
        sample: the number of the sample, from 0.
        is_whole: whether all of its operations are shown.
    """
    end = layers.outputs[scope][sample]
    inside = [unit == scope for unit in layers.unit]
    ways = [[True] * len(row) if own else [None] * len(row) for own, row in zip(inside, program.operands, strict=True)]
    reached = program.backward(ways, lambda known, _: known, lambda known, _way: known, {end: True})
    part, places = part_of(program, [own and bool(known) for own, known in zip(inside, reached, strict=True)], end)
    at = {k: j for j, k in enumerate(places)}
    _, titles, _, _, _ = _neurons(program, layers)
    given = [
        k
        for k in places
        if not inside[k] and program.kind(k) != "parameter" and program.tags[k].scope[: len(scope)] != scope
    ]
    names = {at[k]: titles.get(k) or program.tags[k].label or f"x_{number}" for number, k in enumerate(given, 1)}
    names[at[end]] = titles[end]
    found = (operations if is_whole else stages)(part, names)
    note = f"sample {sample + 1} of {layers.n_samples}" if layers.n_samples > 1 else ""
    return replace(
        found,
        name="operations" if is_whole else "neuron",
        names={**found.names, **names},
        crumbs=(program.names[program.roots[0]], *scope),
        note=note,
        moved=at,
    )


# ---------------------------------------------------------------- the choice of a view
def choose(
    program: Program,
    view: str | None = None,
    *,
    at: int | str | None = None,
    sample: int | None = None,
    must: Iterable[int] = (),
) -> Choice:
    """What is shown of a graph.

    Args:
        program: the graph.
        view: one of `VIEWS`; the one that fits unless given.
        at: for "neuron" its name, or a place in it.
        sample: the number of one sample, from 1.
        must: places that are shown in any case.

    Raises:
        ValueError: the graph has no layers or no such neuron or sample, or the view would be too large.
    """
    is_part = view == "operations" and isinstance(at, str)  # all operations of one neuron
    layers = find_layers(program) if view in (None, "network", "neuron") or is_part or sample is not None else None
    if layers is None and (is_part or view in ("network", "neuron")):
        raise ValueError(f"view={view!r}: the graph has no layers of neurons (scopes such as 'layer 1' and 'neuron 2')")
    if sample is not None and (layers is None or not 1 <= sample <= layers.n_samples):
        n_samples = 1 if layers is None else layers.n_samples
        raise ValueError(f"sample={sample}: the graph has {n_samples} sample{'s' * (n_samples > 1)}")
    if layers is not None and (view == "network" or (view is None and len(layers.outputs) > 1)):
        return network(program, layers, must, None if sample is None else sample - 1)
    if layers is not None and (is_part or view == "neuron"):
        return neuron(program, layers, _scope_of(program, layers, at), (sample or 1) - 1, is_whole=is_part)
    every, named = operations(program, must), stages(program, must)
    n_stages = sum(bool(program.tags[k].label and program.operands[k]) and k not in program.roots for k in named.places)
    if view == "operations" or (view is None and not n_stages and len(every.places) <= FEW):
        refuse_too_many("operations", len(every.places), 0)
        return every
    found = named if view == "stages" or n_stages else every
    name = "stages" if view == "stages" or (view is None and 1 <= n_stages <= FEW) else "nearest"
    around = at if isinstance(at, int) else None
    if len(program) > LARGE and len(found.places) > NEAR:
        return _cut_first(replace(found, name=name, around=around), must)
    return replace(found, name=name, around=around)


def _cut_first(choice: Choice, must: Iterable[int]) -> Choice:
    """The same of the part around the node that the nearest are shown of, where the whole takes long to describe."""
    program = choice.program
    start = program.roots[0] if choice.around is None else choice.around
    steps = distances(program, start)
    near = sorted((far, -k) for k, far in enumerate(steps) if far is not None)[:CUT]
    inside = [False] * len(program)
    for k in (*(-k for _, k in near), *must):
        inside[k] = True
    part, places = part_of(program, inside, start if inside[start] else program.roots[0])
    at = {k: j for j, k in enumerate(places)}
    make = (
        stages
        if choice.names or any(program.tags[k].label and program.operands[k] for k in choice.places)
        else operations
    )
    found = make(part, [at[k] for k in (*must, start)])
    edge = frozenset(j for j, k in enumerate(places) if not inside[k] and program.operands[k])
    return replace(found, name=choice.name, around=at[start], n_boxes=len(choice.places), edge=edge, moved=at)


def _scope_of(program: Program, layers: Layers, at: int | str | None) -> Scope:
    """The neuron that is meant."""
    found = [scope for scope in layers.outputs if at in ("/".join(scope), scope[-1])]
    if isinstance(at, int):
        found = [unit for unit in [layers.unit[at] or program.tags[at].scope] if unit in layers.outputs]
    if len(found) != 1 and len(layers.outputs) > 1:
        names = list_names(["/".join(scope) for scope in layers.outputs])
        raise ValueError(f"at={at!r}: a neuron of the graph is meant, one of {names}")
    return (found or list(layers.outputs))[0]


def refuse_too_many(name: str, n_boxes: int, n_edges: int) -> None:
    """Raise a GraphTooLargeError for what nobody can read."""
    for count, what, most in ((n_boxes, "boxes", MOST_BOXES), (n_edges, "edges", MOST_EDGES)):
        if count > most:
            remedy = f"view='nearest' shows the {NEAR} boxes around a node"
            raise GraphTooLargeError(f"view={name!r}: {count:,} {what} can't be read, at most {most}: {remedy}")
