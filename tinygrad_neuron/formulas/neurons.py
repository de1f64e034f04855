"""The neurons of a graph, found by its structure: weighted sums, what is made of each, and the layers they stand in."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..arguments import require_known
from ..primitives import PARAMETER, Gated, apply
from ..program import Program
from ..value import Value
from .symbol import simplified

_TRAINED = re.compile(r"(w|v|b|weight|bias)[^a-z]*", re.IGNORECASE)  # what weights and biases are called
# what follows a weighted sum that no other neuron uses, where it is an activation and not the loss
ACTIVATIONS = frozenset(
    (
        "tanh",
        "sigmoid",
        "relu",
        "leaky_relu",
        "softplus",
        "elu",
        "gelu",
        "silu",
        "sin",
        "cos",
        "atan",
        "gaussian",
        "erf",
    )
)


class LayersError(ValueError):
    """A graph that has no layers of neurons."""


class Weighted(NamedTuple):
    """A term weight·input of a net, as places."""

    weight: int
    input: int


class Neuron(NamedTuple):
    """One neuron at one sample, as places of the program.

    Attributes:
        terms: the products that its net sums up.
        biases: the parameters that are added.
        net: the weighted sum.
        output: what its activation makes of it; the net itself where there is none.
    """

    terms: Sequence[Weighted]
    biases: Sequence[int]
    net: int
    output: int


Terms = tuple[list[Weighted], list[int]]
Layers = list[list[list[Neuron]]]  # for each layer its neurons, each at all samples


def find_neurons(program: Program, parameters: Iterable[Value | str] | None = None) -> Layers:
    """The layers of a network, each with its neurons, and each of those at all samples.

    Args:
        program: the graph of the loss.
        parameters: the weights and biases, or their names; the leaves that are parameters unless given, and where
            there are none, those that are called as weights and biases are.

    Raises:
        LayersError: there are none, or they aren't layers; the message says what to do.
        ValueError: there is no node with such a name.
    """
    trained = _trained(program, parameters)
    sums = program.forward(lambda k, known: _read_terms(program, trained, k, known))
    inner = {o for k, each in enumerate(sums) if each and _is_sum(program, k) for o in program.operands[k]}
    nets = {k: each for k, each in enumerate(sums) if each and each[0] and k not in inner}
    if not nets:
        raise LayersError(
            "there are no neurons: each is a sum of weight·input and a bias. Make the weights parameters, as in "
            "Value(0.5, parameter=True), or name them with parameters="
        )
    owner = _owners(program, nets)
    level = program.forward(lambda k, known: max(known, default=0) + (k in nets))
    alike: dict[tuple[int, frozenset[int]], list[Neuron]] = {}
    for k, (terms, biases) in nets.items():
        own = frozenset([*(each.weight for each in terms), *biases])
        alike.setdefault((level[k], own), []).append(Neuron(terms, biases, k, _find_output(program, nets, owner, k)))
    layers: dict[int, list[list[Neuron]]] = {}
    for (number, _), neuron in sorted(alike.items(), key=lambda item: item[0][0]):
        layers.setdefault(number, []).append(neuron)
    found = [sorted(layer, key=lambda neuron: _order(program, neuron[0].net)) for layer in layers.values()]
    _require_samples(found, owner)
    return found


def _order(program: Program, net: int) -> list[tuple[int, str]]:
    """What the neurons of a layer are sorted by: their scopes, 2 before 10."""
    return [(len(each), each) for each in program.tags[net].scope]


def _trained(program: Program, parameters: Iterable[Value | str] | None) -> Collection[int]:
    if parameters is not None:
        return {program.find(each, "parameters") for each in parameters}
    marked = {k for k in program.leaves if program.primitives[k] is PARAMETER}
    return marked or {k for k in program.leaves if _TRAINED.fullmatch(program.tags[k].label) or _is_added(program, k)}


def _is_added(program: Program, leaf: int) -> bool:
    """Whether it is only added to something, as a bias of any name is."""
    return bool(program.uses[leaf]) and all(_is_sum(program, edge.head) for edge in program.uses[leaf])


def _read_terms(program: Program, trained: Collection[int], k: int, known: Sequence[Terms | None]) -> Terms | None:
    """What a place sums up, if that is all weighted inputs and biases."""
    row, primitive = program.operands[k], program.primitives[k]
    if not row:
        return ([], [k]) if k in trained else ([], []) if program.is_constant(k) and not program.numbers[k] else None
    if primitive.name in ("mul", "dot"):  # type: ignore[union-attr]
        half = len(row) // 2
        pairs = [_weighted(trained, a, b) for a, b in zip(row[:half], row[half:], strict=True)]
        return ([each for each in pairs if each], []) if all(pairs) else None
    parts = [_within(program, k, o, each) for o, each in zip(row, known, strict=True)]
    if not _is_sum(program, k) or None in parts:
        return None
    known_parts = [each for each in parts if each]
    return [t for terms, _ in known_parts for t in terms], [b for _, biases in known_parts for b in biases]


def _is_sum(program: Program, k: int) -> bool:
    return bool(program.operands[k]) and program.primitives[k].name in ("add", "sum", "identity")  # type: ignore[union-attr]


def _weighted(trained: Collection[int], a: int, b: int) -> Weighted | None:
    if (a in trained) == (b in trained):
        return None
    return Weighted(a, b) if a in trained else Weighted(b, a)


def _within(program: Program, k: int, operand: int, terms: Terms | None) -> Terms | None:
    """The terms of a summand, if it isn't a neuron of its own: in another scope than the sum."""
    apart = program.is_computed(operand) and program.tags[operand].scope != program.tags[k].scope
    return None if apart else terms


def _owners(program: Program, nets: Collection[int]) -> list[int | None]:
    """For each place the one net that it is a function of, all else being constants; None for other places."""

    def read(k: int, known: list[int | None]) -> int | None:
        if k in nets:
            return k
        found = {each for each, o in zip(known, program.operands[k], strict=True) if not program.is_constant(o)}
        return found.pop() if len(found) == 1 else None

    return program.forward(read)


def _find_output(program: Program, nets: Collection[int], owner: Sequence[int | None], net: int) -> int:
    """What later neurons weigh; in the last layer what an activation makes of the net, or its scope holds."""
    weighed = {each.input for terms, _ in nets.values() for each in terms if owner[each.input] == net}  # type: ignore[attr-defined]
    if weighed:
        return min(weighed)  # type: ignore[no-any-return]
    uses = program.uses[net]
    scope = program.tags[net].scope
    inside = [k for k in range(net, len(program)) if owner[k] == net and scope and program.tags[k].scope == scope]
    if len(inside) > 1:
        return inside[-1]
    heads = {edge.head for edge in uses}
    (head,) = heads if len(heads) == 1 else (net,)
    follows = head != net and owner[head] == net and program.primitives[head].name in ACTIVATIONS  # type: ignore[union-attr]
    return head if follows else net


def _require_samples(layers: Layers, owner: Sequence[int | None]) -> None:
    """Refuse layers whose neurons weren't each computed once for each sample, apart from the others."""
    counts = {len(neuron) for layer in layers for neuron in layer}
    sample = {each.net: s for layer in layers for neuron in layer for s, each in enumerate(neuron)}
    mixed = any(
        sample.get(owner[term.input], s) != s  # type: ignore[arg-type]
        for layer in layers
        for neuron in layer
        for s, each in enumerate(neuron)
        for term in each.terms
    )
    if len(counts) != 1 or mixed:
        raise LayersError(
            "these neurons aren't layers: some are computed more often than others, or with other samples. Each "
            "has to be computed once for each sample, from the outputs of earlier layers: use derive() or explain()"
        )


def find_net(program: Program, name: str) -> int:
    """The weighted sum of a neuron, by the name of the neuron or of its output.

    Raises:
        LayersError: the graph has no layers.
        ValueError: there is no such neuron.
    """
    neurons = [each for layer in find_neurons(program) for neuron in layer for each in neuron]
    names = {program.names[each.output].removesuffix(".output").removesuffix(".net"): each.net for each in neurons}
    names |= {program.names[place]: each.net for each in neurons for place in (each.output, each.net)}
    require_known("neuron", [name], names)
    return names[name]


def between(program: Program, above: int, below: int) -> float:
    """The derivative of a place by one that it is computed from."""
    return program.differentiate(root=above)[below]


def read_symbols(program: Program, cells: Mapping[int, Any]) -> list[Any]:
    """What stands in each place where symbols stand in some; all that doesn't depend on them is a number.

    Args:
        program: the graph.
        cells: the symbols by their places.
    """
    return program.forward(lambda k, xs: apply(program.primitives[k], tuple(xs)), cells, program.numbers)  # type: ignore[arg-type]


def symbolic_gradient(program: Program, cells: Mapping[int, Any]) -> list[Any]:
    """The gradient of the root as expressions of the symbols that stand for some places; None where nothing flows.

    Args:
        program: the graph.
        cells: the symbols by their places; all that doesn't depend on them is a number.
    """
    found = read_symbols(program, cells)
    partials = [[_plain(each) for each in row] for row in program.read_partials(found)]
    return program.backward(partials)


def _plain(slope: Any) -> Any:
    """A partial without its gate: 0 where nothing flows."""
    return simplified("where", (slope.condition, slope.slope, 0.0)) if isinstance(slope, Gated) else slope
