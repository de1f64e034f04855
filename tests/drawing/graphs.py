"""Graphs that the tests of pictures share."""

from __future__ import annotations

import random

from tinygrad_neuron import Value, parse
from tinygrad_neuron.drawing.model import Box
from tinygrad_neuron.drawing.sight import Sight
from tinygrad_neuron.drawing.views import Choice
from tinygrad_neuron.nn import MLP
from tinygrad_neuron.program import Program

TEXT = "net = input*weight + bias; output = tanh(net); error = output - target; loss = error**2/2"


def every_box(program: Program) -> list[Box]:
    """A box for each node, the numbers in formulas as well."""
    every = range(len(program))
    return list(Sight(Choice("operations", program, every)).seen.boxes(every))


def neuron(weight: float = 0.5, *, backward: bool = True) -> Value:
    inputs = {name: Value(number, label=name) for name, number in (("input", 0.4), ("target", 0.7))}
    trained = {name: Value(number, label=name, parameter=True) for name, number in (("weight", weight), ("bias", 0.6))}
    loss = parse(TEXT, inputs | trained)
    if backward:
        loss.backward()
    return loss


def network(sizes: list[int], samples: int = 1) -> Value:
    chance = random.Random(1)
    model = MLP(sizes, seed=chance)
    losses = []
    for _ in range(samples):
        inputs = [Value(chance.uniform(-1, 1), label=f"x{k}") for k in range(1, sizes[0] + 1)]
        losses.append((model(inputs)[0] - 1.0) ** 2)
    loss = sum(losses) if samples > 1 else losses[0]
    loss.label = "loss"
    loss.backward()
    return loss


def chain(length: int) -> Value:
    """A long graph without scopes."""
    y = x = Value(1.0, label="x")
    for _ in range(length // 2):
        y = (y + x).sin()
    y.backward()
    return y
