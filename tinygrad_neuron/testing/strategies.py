"""Hypothesis strategies for points and for random expression graphs."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from ..primitives import FUNCTIONS, PRIMITIVES
from ..program import Program as Program  # noqa: PLC0414 (a name of this room)
from ..value import Value

# smooth and bending functions that are defined everywhere, and how many operands each takes
ARITIES: dict[str, int] = {
    **dict.fromkeys(("neg", "tanh", "sin", "cos", "sigmoid", "softplus", "atan", "asinh", "silu", "squared"), 1),
    **dict.fromkeys(("relu", "abs", "gelu", "erf"), 1),
    **dict.fromkeys(("add", "sub", "mul", "hypot", "atan2"), 2),
}


@st.composite
def programs(draw: st.DrawFn, arities: Mapping[str, int] = ARITIES, longest: int = 25) -> Program:
    """Random expressions with shared nodes.

    Args:
        draw: Hypothesis gives it.
        arities: the functions to use, and how many operands each takes.
        longest: the most steps.
    """
    inputs = draw(st.lists(st.floats(-2.0, 2.0), min_size=1, max_size=4))
    names = draw(st.lists(st.sampled_from(sorted(arities)), min_size=1, max_size=longest))
    seed = draw(st.integers(0, 2**32 - 1))
    return _wire(names, inputs, arities, random.Random(seed))


@st.composite
def graphs(draw: st.DrawFn, arities: Mapping[str, int] = ARITIES, longest: int = 25) -> Value:
    """Random graphs of Values with labelled inputs x0, x1, …; the root is drawn.

    Args:
        draw: Hypothesis gives it.
        arities: the functions to use, primitives of one's own among them.
        longest: the most steps.
    """
    program = draw(programs(arities, longest))
    leaves = [Value(number, label=f"x{k}") for k, number in enumerate(program.inputs)]
    root: Value = program.run(leaves, FUNCTIONS.__getitem__)[-1]
    return root


def points(*domains: tuple[float, float], clear: Callable[..., bool] = lambda *_: True) -> st.SearchStrategy[Any]:
    """Points of a box.

    Args:
        domains: the least and the greatest number for each coordinate.
        clear: whether a point is clear of kinks and poles.
    """
    return st.tuples(*(st.floats(low, high) for low, high in domains)).filter(lambda xs: clear(*xs))


def random_program(
    chance: random.Random, numbers: Sequence[float], arities: Mapping[str, int] = ARITIES, longest: int = 25
) -> Program:
    """A random expression without Hypothesis, for large counts.

    Args:
        chance: where it comes from.
        numbers: what the inputs are chosen from.
        arities: the functions to use, and how many operands each takes.
        longest: the most steps.
    """
    inputs = tuple(chance.choice(numbers) for _ in range(chance.randint(1, 3)))
    names = [chance.choice(list(arities)) for _ in range(chance.randint(1, longest))]
    return _wire(names, inputs, arities, chance)


def _wire(names: Sequence[str], inputs: Sequence[float], arities: Mapping[str, int], chance: random.Random) -> Program:
    """Rows of these functions, their operands chosen among the places before, recent ones more often."""
    operands: list[tuple[int, ...]] = [()] * len(inputs)
    for name in names:
        places = len(operands)
        recent = max(0, places - 4)
        among = (chance.randrange(recent if chance.random() < 0.6 else 0, places) for _ in range(arities[name]))
        operands.append(tuple(among))
    numbers = [*inputs, *[math.nan] * len(names)]
    primitives = [*[None] * len(inputs), *map(PRIMITIVES.__getitem__, names)]
    return Program(primitives, operands, [len(operands) - 1], numbers=numbers)
