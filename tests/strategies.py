"""Hypothesis strategies for points and for random expression graphs."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from cases import Case
from hypothesis import strategies as st


def points(case: Case, count: int = 1) -> st.SearchStrategy[list[tuple[float, ...]]]:
    """Points of a primitive's domain, clear of its kinks."""
    point = st.tuples(*(st.floats(low, high) for low, high in case.domains))
    return st.lists(point.filter(lambda xs: case.clear(*xs)), min_size=count, max_size=count)


class Program(NamedTuple):
    """A random expression: its inputs, and steps that name a function and earlier places."""

    inputs: tuple[float, ...]
    steps: tuple[tuple[str, tuple[int, ...]], ...]

    def run(self, inputs: Sequence[Any], function: Callable[[str], Callable[..., Any]]) -> list[Any]:
        places = list(inputs)
        for name, operands in self.steps:
            places.append(function(name)(*(places[k] for k in operands)))
        return places


SMOOTH = dict.fromkeys(("neg", "tanh", "sin", "cos", "sigmoid", "softplus", "atan", "asinh", "silu", "squared"), 1)
BENDING = {"relu": 1, "abs": 1, "gelu": 1, "erf": 1, "add": 2, "sub": 2, "mul": 2, "hypot": 2, "atan2": 2}
WILD = {
    "div": 2,
    "pow": 2,
    "exp": 1,
    "expm1": 1,
    "log": 1,
    "log1p": 1,
    "log2": 1,
    "sqrt": 1,
    "cbrt": 1,
    "asin": 1,
    "acosh": 1,
    "atanh": 1,
    "sinh": 1,
    "tan": 1,
    "floor": 1,
    "sign": 1,
    "step": 1,
    "elu": 1,
    "leaky_relu": 1,
    "clip": 1,
    "maximum": 3,
    "minimum": 2,
    "logsumexp": 3,
    "mean": 3,
    "sum": 3,
    "equal": 2,
    "masked": 2,
    "nonnegative": 1,
    "sech_squared": 1,
}


@st.composite
def programs(draw: st.DrawFn, arities: dict[str, int] = SMOOTH | BENDING, longest: int = 25) -> Program:
    """Random expression graphs with shared nodes, over the functions of `arities`."""
    inputs = draw(st.lists(st.floats(-2.0, 2.0), min_size=1, max_size=4))
    names = draw(st.lists(st.sampled_from(sorted(arities)), min_size=1, max_size=longest))
    seed = draw(st.integers(0, 2**32 - 1))
    return Program(tuple(inputs), wired(names, len(inputs), arities, random.Random(seed)))


def wired(
    names: Sequence[str], count: int, arities: dict[str, int], chance: random.Random
) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Steps of these functions, their operands chosen among the places before, recent ones more often."""
    steps = []
    for k, name in enumerate(names):
        places = count + k
        recent = max(0, places - 4)
        operands = tuple(chance.randrange(recent if chance.random() < 0.6 else 0, places) for _ in range(arities[name]))
        steps.append((name, operands))
    return tuple(steps)


def random_program(chance: random.Random, numbers: Sequence[float], arities: dict[str, int], longest: int) -> Program:
    """A random expression without Hypothesis, for large counts."""
    inputs = tuple(chance.choice(numbers) for _ in range(chance.randint(1, 3)))
    names = [chance.choice(list(arities)) for _ in range(chance.randint(1, longest))]
    return Program(inputs, wired(names, len(inputs), arities, chance))
