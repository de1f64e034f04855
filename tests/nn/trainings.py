"""Trainings that learn, and trainings that are stuck for a known reason: how often the diagnosis is right.

`python tests/nn/trainings.py 20` runs them all with so many seeds, and prints the table.
"""

from __future__ import annotations

import math
import random
import sys
import time
from collections import Counter

from tinygrad_neuron import nn
from tinygrad_neuron.nn import MLP, SGD, Adam, RMSProp, fit


def line(n=30, slope=2.0, noise=0.1, seed=0, shift=0.0):
    chance = random.Random(seed)
    return [([x], slope * x + 1 + shift + chance.gauss(0, noise)) for x in (chance.uniform(-2, 2) for _ in range(n))]


def xor(seed=0):
    return [(x, (y + 1) / 2) for x, y in nn.make_xor()]


def train(model, data, loss=nn.mean_squared_error, optimizer=None, rate=0.1, **options):
    made = (optimizer or SGD)(model.parameters(), rate)
    return fit(model, data, loss, made, progress=False, **{"steps": 200, **options})


def classes(seed):
    chance = random.Random(seed)
    places = [(0.0, 2.0), (2.0, -1.0), (-2.0, -1.0)]
    return [([chance.gauss(x, 0.5), chance.gauss(y, 0.5)], k) for k, (x, y) in enumerate(places) for _ in range(12)]


def bits(data):
    return [(x, (y + 1) / 2) for x, y in data]


def noise(seed, n=40):
    chance = random.Random(seed)
    return [([chance.gauss(0, 1), chance.gauss(0, 1)], chance.gauss(0, 1)) for _ in range(n)]


def moons(seed, n=24):
    return nn.make_moons(n, noise=0.1, seed=seed)


HEALTHY = {  # of a seed: trainings that learn, or have learned all that there is
    "a line": lambda s: train(nn.Neuron(1, "linear", seed=s), line(seed=s)),
    "a line, Adam": lambda s: train(nn.Neuron(1, "linear", seed=s), line(seed=s), optimizer=Adam),
    "a noisy line": lambda s: train(nn.Neuron(1, "linear", seed=s), line(seed=s, slope=0.5, noise=1.0)),
    "a line by absolute errors": lambda s: train(nn.Neuron(1, "linear", seed=s), line(seed=s), nn.absolute_error),
    "noise alone, one neuron": lambda s: train(nn.Neuron(2, "linear", seed=s), noise(s)),
    "noise alone, a network": lambda s: train(MLP([2, 8, 1], seed=s), noise(s)),
    "noise alone, Adam": lambda s: train(MLP([2, 8, 1], seed=s), noise(s), optimizer=Adam, rate=0.01),
    "a noisy line, a network": lambda s: train(MLP([1, 6, 1], seed=s), line(seed=s, slope=0.5, noise=1.0)),
    "slowly": lambda s: train(MLP([2, 8, 1], seed=s), moons(s), nn.hinge, rate=0.02, steps=100),
    "wide inputs that do": lambda s: train(nn.Neuron(1, "linear", seed=s), widen(line(seed=s), 30.0), rate=0.0005),
    "a constant": lambda s: train(nn.Neuron(1, "linear", seed=s), line(seed=s, slope=0.0)),
    "a tanh neuron": lambda s: train(nn.Neuron(1, "tanh", seed=s), [([x / 5], math.tanh(x / 5)) for x in range(-9, 9)]),
    "a wave": lambda s: train(MLP([1, 8, 1], "tanh", seed=s), nn.make_wave(seed=s), optimizer=Adam, rate=0.03),
    "moons, hinge": lambda s: train(MLP([2, 8, 1], "relu", seed=s), moons(s), nn.hinge, rate=0.3),
    "moons, batches": lambda s: train(MLP([2, 8, 1], seed=s), moons(s), nn.hinge, batch_size=5, rate=0.2),
    "moons, cross-entropy": lambda s: train(
        MLP([2, 8, 1], seed=s), bits(moons(s)), nn.binary_cross_entropy, rate=0.5, steps=300
    ),
    "moons, RMSProp": lambda s: train(MLP([2, 8, 1], seed=s), moons(s), nn.hinge, RMSProp, 0.01),
    "circles": lambda s: train(
        MLP([2, 12, 1], "relu", initialization="he", seed=s), nn.make_circles(40, seed=s), nn.hinge, Adam, 0.05
    ),
    "three classes": lambda s: train(MLP([2, 6, 3], seed=s), classes(s), nn.cross_entropy),
    "xor, Adam": lambda s: train(MLP([2, 8, 1], seed=s), xor(), optimizer=Adam, rate=0.1),
    "cut short": lambda s: train(MLP([2, 8, 1], seed=s), moons(s), nn.hinge, rate=0.2, steps=25),
    "deep": lambda s: train(MLP([2, 6, 6, 6, 1], initialization="xavier", seed=s), moons(s, 24), nn.hinge, Adam, 0.02),
    "one sample at a time": lambda s: train(
        nn.Neuron(1, "linear", seed=s), line(seed=s), batch_size=1, order="drawn", rate=0.05
    ),
    "some relus dead": lambda s: train(kill(MLP([2, 12, 1], "relu", seed=s), 4), moons(s), nn.hinge, rate=0.3),
}


def kill(model, count=None):
    """A network whose relus, so many of the first layer, give 0 for all that is not far away."""
    for neuron in model.layers[0].neurons[:count]:
        neuron.bias.data = -50.0
    return model


def leap(model, step):
    """Gradient descent in which one step of all is far too large for the first layer."""

    class Leaping(SGD):
        def step(self):
            super().step()
            if self.steps == step:
                kill(model)

    return Leaping


def same(model, number):
    for name, parameter in model.named_parameters().items():
        parameter.data = 0.0 if "bias" in name else number
    return model


def deep_sigmoid(seed):
    return MLP([2, 4, 4, 4, 4, 4, 1], "sigmoid", seed=seed)


def widen(data, factor, shift=0.0):
    return [([factor * each + shift for each in x], y) for x, y in data]


def prices(seed):
    """Areas and rooms, and what a house costs."""
    chance = random.Random(seed)
    homes = [(chance.uniform(50, 250), chance.randint(1, 8)) for _ in range(30)]
    return [([area, rooms], 2000.0 * area + 5000.0 * rooms) for area, rooms in homes]


STUCK = {  # of a seed: which causes are right, and the training
    "dead relus from the start": (
        {"dead"},
        lambda s: train(kill(MLP([2, 6, 1], "relu", seed=s)), moons(s), nn.hinge, rate=0.1),
    ),
    "relus killed by a large step": (
        {"dead"},
        lambda s: train((model := MLP([2, 6, 1], "relu", seed=s)), moons(s), nn.hinge, leap(model, 30), steps=100),
    ),
    "all weights zero": ({"symmetric"}, lambda s: train(same(MLP([2, 6, 1], seed=s), 0.0), moons(s), nn.hinge)),
    "all weights alike": (
        {"symmetric"},
        lambda s: train(same(MLP([2, 6, 1], seed=s), 0.1 + s / 100), xor(), rate=0.5, steps=300),
    ),
    "saturated tanh": (
        {"saturated"},
        lambda s: train(nn.Neuron(1, "tanh", weights=[-30.0 - s]), SIGNS, rate=0.1),
    ),
    "saturated layer": (
        {"saturated"},
        lambda s: train(far_out(MLP([2, 6, 1], "tanh", seed=s)), moons(s), nn.hinge, rate=0.01),
    ),
    "deep sigmoids": (
        {"vanishing", "plateau"},
        lambda s: train(deep_sigmoid(s), bits(moons(s, 24)), nn.mean_squared_error, rate=0.1),
    ),
    "rate too small": ({"slow"}, lambda s: train(MLP([2, 8, 1], seed=s), moons(s), nn.hinge, rate=1e-4)),
    "rate too small for a line": ({"slow"}, lambda s: train(nn.Neuron(1, "linear", seed=s), line(seed=s), rate=1e-6)),
    "xor's plateau": ({"plateau"}, lambda s: train(MLP([2, 3, 1], "sigmoid", seed=s), xor(), rate=0.2)),
    "inputs in thousands": (
        {"unscaled"},
        lambda s: train(MLP([2, 8, 1], "tanh", seed=s), widen(moons(s), 500.0, 3000.0), nn.hinge, rate=0.005),
    ),
    "prices": ({"unscaled"}, lambda s: train(MLP([2, 6, 1], "tanh", seed=s), prices(s), rate=1e-4)),
}
SIGNS = [([x / 3], math.tanh(x / 3)) for x in (-5, -4, -3, -2, -1, 1, 2, 3, 4, 5)]


def far_out(model):
    """A network whose hidden neurons all lie where they are flat."""
    for k, neuron in enumerate(model.layers[0].neurons):
        neuron.bias.data = 12.0 + k
    return model


def count(make, seeds):
    """How often each cause was found; "" where none was."""
    return Counter(history.diagnosis.cause if history.diagnosis else "" for history in map(make, seeds))


def main(number="5"):
    seeds = range(int(number))
    for name, make in HEALTHY.items():
        began = time.time()
        print(f"learns   {name:30} {dict(count(make, seeds))}  {time.time() - began:.1f} s", flush=True)
    for name, (causes, make) in STUCK.items():
        began = time.time()
        print(f"stuck    {name:30} {dict(count(make, seeds))}  of {causes}  {time.time() - began:.1f} s", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
