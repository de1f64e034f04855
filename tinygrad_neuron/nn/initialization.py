"""Where the weights of a network begin."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from ..arguments import require_known

Initialization = Callable[[random.Random, int, int], float]


def uniform(chance: random.Random, inputs: int, outputs: int) -> float:  # noqa: ARG001
    """A weight drawn uniformly in ±1/√inputs; LeCun and others 1998."""
    bound = inputs**-0.5
    return chance.uniform(-bound, bound)


def xavier(chance: random.Random, inputs: int, outputs: int) -> float:
    """A weight drawn uniformly in ±√(6 / (inputs + outputs)), for tanh; Glorot and Bengio 2010.

    Args:
        chance: where it comes from.
        inputs: how many inputs the neuron takes.
        outputs: how many neurons stand side by side.

    Returns:
        The weight.

    Examples:
        >>> abs(xavier(random.Random(0), 3, 3)) <= 1.0
        True
    """
    bound = math.sqrt(6.0 / (inputs + outputs))
    return chance.uniform(-bound, bound)


def he(chance: random.Random, inputs: int, outputs: int) -> float:  # noqa: ARG001
    """A weight drawn from the normal distribution with deviation √(2/inputs), for relu; He and others 2015."""
    return chance.gauss(0.0, math.sqrt(2.0 / inputs))


INITIALIZATIONS: dict[str, Initialization] = {"uniform": uniform, "xavier": xavier, "he": he}


def find_initialization(name: str | Initialization) -> Initialization:
    """The initialization with this name, or a function that is one already."""
    if not isinstance(name, str):
        return name
    require_known("initialization", [name], INITIALIZATIONS)
    return INITIALIZATIONS[name]


def make_chance(seed: int | random.Random | None) -> random.Random:
    """A source of random numbers; the same for the same seed."""
    return seed if isinstance(seed, random.Random) else random.Random(seed)
