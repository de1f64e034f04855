"""Random piecewise programs: conditions between smooth operations, run by any functions of the same names."""

from __future__ import annotations

import operator
import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from tinygrad_neuron.primitives import FUNCTIONS

CONDITIONS = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
JOINING = {"&": operator.and_, "|": operator.or_, "~": operator.invert}
SMOOTH = {
    **dict.fromkeys(("neg", "tanh", "sin", "cos", "sigmoid", "softplus", "atan", "squared", "gelu"), 1),
    **dict.fromkeys(("add", "sub", "mul", "add", "sub", "mul"), 2),
}
WILD = {**dict.fromkeys(("sqrt", "log", "exp", "log1p", "asin"), 1), **dict.fromkeys(("div", "pow", "atan2"), 2)}
BENDING = {
    **dict.fromkeys(("relu", "abs", "step", "clip", "leaky_relu"), 1),
    **dict.fromkeys(("maximum", "minimum"), 2),
}
GRID = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0)
MOST_DRAWS = 20
Functions = Callable[[str], Callable[..., Any]]


class Step(NamedTuple):
    """A function and its arguments: places of earlier numbers or conditions, or plain numbers."""

    name: str
    arguments: tuple[int | float, ...]


class Piecewise(NamedTuple):
    """A program of so many inputs; the root is the sum of the last numbers."""

    seed: int
    width: int
    steps: tuple[Step, ...]
    is_wild: bool

    def run(self, inputs: Sequence[Any], function: Functions = FUNCTIONS.__getitem__) -> tuple[Any, list[Any]]:
        """The root, and the conditions on the way; plain numbers are told from places by their type."""
        numbers, conditions = list(inputs), list[Any]()
        for name, arguments in self.steps:
            pick = lambda each, pool=numbers: pool[each] if isinstance(each, int) else each
            if name in JOINING:
                conditions.append(JOINING[name](*(conditions[int(each)] for each in arguments)))
            elif name in CONDITIONS:
                conditions.append(CONDITIONS[name](*map(pick, arguments)))
            elif name == "where":
                chosen = conditions[int(arguments[0])]
                numbers.append(function("where")(chosen, *map(pick, arguments[1:])))
            else:
                numbers.append(function(name)(*map(pick, arguments)))
        return numbers[-1] + numbers[-2] * 0.5 + numbers[-3] * 0.25, conditions

    def __repr__(self) -> str:
        return f"piecewise({self.seed}): {self.width} inputs, " + "; ".join(f"{n}{a}" for n, a in self.steps)


def piecewise(seed: int) -> Piecewise:
    """The program of a seed."""
    chance = random.Random(seed)
    width, wild = chance.randint(1, 3), chance.random() < 0.4
    arities = {**SMOOTH, **(WILD if wild else {})}
    n_numbers, n_conditions, steps = width, 0, list[Step]()

    def number(constants: float = 0.0) -> int | float:
        return chance.choice(GRID) if chance.random() < constants else chance.randrange(n_numbers)

    for _ in range(chance.randint(4, 12)):
        kind = chance.random()
        if kind < 0.3:
            steps.append(Step(chance.choice(list(CONDITIONS)), (number(), number(0.5))))
            n_conditions += 1
            if n_conditions > 1 and chance.random() < 0.5:
                name = chance.choice("&|~")
                some = tuple(chance.randrange(n_conditions) for _ in range(1 if name == "~" else 2))
                steps.append(Step(name, some))
                n_conditions += 1
        elif kind < 0.55 and n_conditions:
            steps.append(Step("where", (chance.randrange(n_conditions), number(0.1), number(0.3))))
            n_numbers += 1
        else:
            pool = BENDING if kind < 0.75 else arities
            name = chance.choice(list(pool))
            count = pool[name]
            steps.append(Step(name, tuple(number(0.25 * (k > 0)) for k in range(count))))
            n_numbers += 1
    while n_numbers < 3:
        steps.append(Step("sin", (number(),)))
        n_numbers += 1
    if n_conditions:
        steps.append(Step("where", (n_conditions - 1, number(), number())))
    return Piecewise(seed, width, tuple(steps), wild)


def draws(program: Piecewise, outcomes: Callable[[Sequence[float]], list[bool]]) -> list[tuple[float, ...]]:
    """Inputs at which each condition holds and doesn't, or as many as were tried."""
    chance = random.Random(program.seed + 1)
    found, seen = [], [set[bool]() for step in program.steps if step.name in CONDITIONS or step.name in JOINING]
    while len(found) < 2 or (len(found) < MOST_DRAWS and not all(len(each) == 2 for each in seen)):
        found.append(tuple(chance.choice(GRID) if chance.random() < 0.3 else chance.gauss(0, 1.5)
                           for _ in range(program.width)))  # fmt: skip
        for outcome, each in zip(outcomes(found[-1]), seen, strict=True):
            each.add(bool(outcome))
    return found
