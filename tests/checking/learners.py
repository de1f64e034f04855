"""Learners who work out a gradient by hand, with a few digits at every stage, and one mistake if asked for."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import NamedTuple

MISTAKES = ("sign", "twice", "square", "no slope", "other factor")
SLOPES = {  # as textbooks have them, of the output
    "tanh": lambda y, rounded: 1 - rounded(y * y),
    "sigmoid": lambda y, rounded: y * rounded(1 - y),
    "relu": lambda y, rounded: float(y > 0),
}
FUNCTIONS = {"tanh": math.tanh, "sigmoid": lambda x: 1 / (1 + math.exp(-x)), "relu": lambda x: max(x, 0.0)}


class HandIn(NamedTuple):
    """What a learner hands in: the task, and a figure in text for an input."""

    text: str
    inputs: dict[str, float]
    name: str
    figure: str


def significant(digits: int) -> tuple[Callable[[float], float], Callable[[float], str]]:
    """Rounds to significant digits, and writes them without zeros at the end."""
    return lambda x: float(f"{x:.{digits - 1}e}"), lambda x: f"{float(f'{x:.{digits - 1}e}')!r}"


def with_zeros(digits: int) -> tuple[Callable[[float], float], Callable[[float], str]]:
    """Rounds to significant digits, and writes all of them."""
    return significant(digits)[0], lambda x: f"{x:#.{digits}g}"


def decimals(places: int) -> tuple[Callable[[float], float], Callable[[float], str]]:
    """Rounds to decimals, and writes them."""
    return lambda x: round(x, places), lambda x: f"{x:.{places}f}"


def hand_in(chance: random.Random, digits: int, mistake: str = "") -> HandIn:
    """A chain of one to three neurons with a half squared error, worked with a few digits at every stage."""
    rounded, written = chance.choice([significant(digits), with_zeros(digits), decimals(digits)])
    layers, kinds = chance.randint(1, 3), []
    inputs = {"x": round(chance.uniform(0.2, 1.5), 2), "t": round(chance.uniform(-0.9, 0.9), 2)}
    text, before, at = [], "x", {"x": inputs["x"]}
    for layer in range(1, layers + 1):
        inputs |= {f"w{layer}": round(chance.uniform(0.3, 1.5), 2), f"b{layer}": round(chance.uniform(-0.5, 0.5), 2)}
        kinds.append(chance.choice(sorted(SLOPES)))
        text += [f"net{layer} = w{layer}*{before} + b{layer}", f"y{layer} = {kinds[-1]}(net{layer})"]
        at[f"net{layer}"] = rounded(inputs[f"w{layer}"] * at[before] + inputs[f"b{layer}"])
        at[f"y{layer}"] = rounded(FUNCTIONS[kinds[-1]](at[f"net{layer}"]))
        before = f"y{layer}"
    text.append(f"loss = (y{layers} - t)**2/2")
    return _work_back(chance, "; ".join(text), inputs, at, kinds, rounded, written, mistake)


def _work_back(chance, text, inputs, at, kinds, rounded, written, mistake) -> HandIn:
    """The backward pass, one rounded product after the other."""
    upstream, layers = rounded(at[f"y{len(kinds)}"] - inputs["t"]), len(kinds)
    target = chance.randint(1, layers)  # the layer whose weight, bias or input is asked for
    wrong = chance.randint(target, layers)
    for layer in range(layers, target - 1, -1):
        slope = rounded(SLOPES[kinds[layer - 1]](at[f"y{layer}"], rounded))
        if mistake and layer == wrong:
            slope = {"sign": -slope, "twice": 2 * slope, "square": slope * slope, "no slope": 1.0}.get(mistake, slope)
        delta = rounded(upstream * slope)
        upstream = rounded(delta * inputs[f"w{layer}"])
    name = chance.choice([f"w{target}", f"b{target}"] + ["x"] * (target == 1))
    before = at["x" if target == 1 else f"y{target - 1}"]
    factor = {"w": before, "b": 1.0, "x": inputs[f"w{target}"]}[name[0]]
    if mistake == "other factor":
        factor = inputs[f"w{target}"] if name[0] == "w" else before
    return HandIn(text, inputs, name, written(rounded(delta * factor)))
