"""How well a gradient can be known in floats: replays with every operation's rounding perturbed."""

from __future__ import annotations

import math
import random

from ..program import Program

REPLAYS = 8
MOVE = 4 * 2.0**-52  # relative: the library's functions and the rules are a few units in the last place off


def measure_spread(program: Program, *, replays: int = REPLAYS, inputs_too: bool = False) -> list[float]:
    """How far the gradients move when each operation's result is off by one rounding.

    Args:
        program: the graph.
        replays: how often the passes are repeated with other roundings.
        inputs_too: whether the inputs are off by a rounding as well: the conditioning.

    Returns:
        For each place the largest distance from the mean; inf where a replay isn't finite.

    Examples:
        >>> x = Value(2.0)
        >>> measure_spread(Program.of(x * x))[0] < 1e-13
        True
    """
    chance = random.Random(0)
    found = [_perturb_passes(program, chance, inputs_too=inputs_too) for _ in range(replays)]
    spreads = []
    for column in zip(*found, strict=True):
        mean = math.fsum(column) / len(column) if all(map(math.isfinite, column)) else math.nan
        spreads.append(max(abs(each - mean) for each in column) if mean == mean else math.inf)
    return spreads


def _perturb_passes(program: Program, chance: random.Random, *, inputs_too: bool) -> list[float]:
    """The gradients of one forward and one backward pass in which every result is moved by a rounding, up or down."""

    def perturb(number: float) -> float:
        return number * (1.0 + chance.choice((-MOVE, MOVE)))

    def read(k: int, arguments: list[float]) -> float:
        if arguments:
            return perturb(program.primitives[k].evaluate(*arguments))  # type: ignore[union-attr]
        return perturb(program.numbers[k]) if inputs_too and not program.is_constant(k) else program.numbers[k]

    found = program.backward(
        program.partials_at(program.forward(read)),
        plus=lambda total, part: perturb(total + part),
        times=lambda upstream, slope: perturb(upstream * perturb(slope)),
    )
    return [each or 0.0 for each in found]
