"""How well a gradient can be known in floats: replays with every operation's rounding perturbed."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from ..value import Value, topological_order

REPLAYS = 8
MOVE = 4 * 2.0**-52  # relative: the library's functions and the rules are a few units in the last place off


def rounding_spread(
    root: Value, nodes: Sequence[Value], *, replays: int = REPLAYS, inputs_too: bool = False
) -> list[float]:
    """How far the gradients move when each operation's result is off by one rounding.

    Args:
        root: the end of the graph.
        nodes: leaves or computed values.
        replays: how often the passes are repeated with other roundings.
        inputs_too: whether the inputs are off by a rounding as well: the conditioning.

    Returns:
        For each node the largest distance from the mean; inf where a replay isn't finite.

    Examples:
        >>> x = Value(2.0)
        >>> rounding_spread(x * x, [x])[0] < 1e-13
        True
    """
    order = topological_order(root)
    chance = random.Random(0)
    found = [_perturbed(order, root, nodes, chance, inputs_too=inputs_too) for _ in range(replays)]
    spreads = []
    for column in zip(*found, strict=True):
        mean = math.fsum(column) / len(column) if all(map(math.isfinite, column)) else math.nan
        spreads.append(max(abs(each - mean) for each in column) if mean == mean else math.inf)
    return spreads


def _perturbed(
    order: list[Value], root: Value, nodes: Sequence[Value], chance: random.Random, *, inputs_too: bool
) -> list[float]:
    """One forward and one backward pass in which every result is moved by a rounding, up or down."""

    def moved(number: float) -> float:
        return number * (1.0 + chance.choice((-MOVE, MOVE)))

    numbers: dict[Value, float] = {}
    slopes: dict[Value, list[float | None]] = {}
    for node in order:
        if node.primitive is None:
            numbers[node] = moved(node.data) if inputs_too and not node.is_constant else node.data
            continue
        arguments = [numbers[each] for each in node.operands]
        numbers[node] = moved(node.primitive.evaluate(*arguments))
        wanted = [slope is not None for slope in node.partials]
        slopes[node] = node.primitive.partials(numbers[node], arguments, wanted)
    gradients = dict.fromkeys(order, 0.0)
    gradients[root] = 1.0
    for node in reversed(order):
        for operand, slope in zip(node.operands, slopes.get(node, ()), strict=False):
            if slope is not None:
                gradients[operand] = moved(gradients[operand] + gradients[node] * moved(float(slope)))
    return [gradients[node] for node in nodes]
