"""Neurons in layers: what a network is made of, found by the scopes that its nodes were computed in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..program import Program
from .nested import Scope


class Layers(NamedTuple):
    """The neurons of a network: scopes inside of scopes, whose results others use.

    Attributes:
        outputs: of each neuron its result for each sample, by its scope.
        unit: for each place the neuron that it is computed in, None outside.
        sample: for each place the sample that it belongs to alone, None for what several share.
        n_samples: how many there are.
    """

    outputs: Mapping[Scope, Sequence[int]]
    unit: Sequence[Scope | None]
    sample: Sequence[int | None]
    n_samples: int

    @property
    def layers(self) -> list[Scope]:
        """The scopes around the neurons, the first layer first."""
        return list(dict.fromkeys(scope[:-1] for scope in self.outputs))


def find_layers(program: Program) -> Layers | None:
    """The neurons of a graph and their layers; None if it isn't made of such.

    Args:
        program: the graph.
    """
    scopes = [tag.scope for tag in program.tags]
    used = {scope for k, scope in enumerate(scopes) if len(scope) > 1 and program.is_computed(k)}
    outermost = {
        scope: min((s for d in range(2, len(scope) + 1) if (s := scope[:d]) in used), key=len) for scope in used
    }
    unit = [outermost.get(scope) if program.is_computed(k) else None for k, scope in enumerate(scopes)]
    found: dict[Scope, dict[int, None]] = {}
    ends = [(edge.tail, unit[edge.head]) for edge in program.edges()] + [(root, None) for root in program.roots]
    for k, user in ends:
        inside = unit[k]
        if inside is not None and user != inside:
            found.setdefault(inside, {})[k] = None
    outputs = {scope: sorted(found[scope]) for scope in sorted(found, key=lambda scope: [*map(natural, scope)])}
    counts = {len(places) for places in outputs.values()}
    if len(counts) != 1 or not _go_forward(program, unit, outputs):
        return None
    last = next(reversed(outputs))[:-1]
    sample = _samples(program, [places for scope, places in outputs.items() if scope[:-1] == last])
    if any({sample[k] for k in places} != set(range(max(counts))) for places in outputs.values()) and counts != {1}:
        return None
    return Layers(
        {scope: sorted(places, key=lambda k: sample[k] or 0) for scope, places in outputs.items()},
        unit,
        sample,
        *counts,
    )


def _go_forward(program: Program, unit: Sequence[Scope | None], outputs: Mapping[Scope, Any]) -> bool:
    """Whether all edges between layers go from one to a later one."""
    layers = {layer: number for number, layer in enumerate(dict.fromkeys(scope[:-1] for scope in outputs))}
    ends = {(unit[edge.tail], unit[edge.head]) for edge in program.edges()}
    return all(a is None or b is None or a == b or layers[a[:-1]] < layers[b[:-1]] for a, b in ends)


def _samples(program: Program, last: Sequence[Sequence[int]]) -> list[int | None]:
    """The sample that each place belongs to alone: it leads to that one's results, or comes of them."""
    seeds = {k: frozenset({number}) for places in last for number, k in enumerate(places)}
    ways = [[True] * len(row) for row in program.operands]
    below = program.backward(ways, frozenset.union, lambda known, _way: known, seeds)
    above = program.forward(lambda _, known: frozenset().union(*known), seeds)
    either = [under or over for under, over in zip(below, above, strict=True)]
    return [next(iter(each)) if each and len(each) == 1 else None for each in either]


def natural(text: str) -> tuple[Any, ...]:
    """What a text is sorted by so that 2 comes before 10."""
    return tuple((1, int(part), "") if part.isdecimal() else (0, 0, part) for part in re.split(r"(\d+)", text))


def stem(text: str) -> str:
    """A text without its numbers: what n_1 and n_2 have in common."""
    return re.sub(r"[\d₀-₉]+", "#", text)
