"""Learners who work out networks with several units by hand, and how far rounding alike can lead them, as a ball."""

from __future__ import annotations

import math
import random
from itertools import pairwise
from typing import Any, NamedTuple

from flint import arb

MISTAKES = ("sign", "twice", "square", "no slope", "missing path", "other factor", "t - y")
ACTIVATIONS = ("relu", "sigmoid", "tanh")


class Floats:
    """Somebody who rounds to significant digits or to decimals, and writes zeros at the end."""

    def __init__(self, kind: str, digits: int) -> None:
        self.kind, self.digits = kind, digits

    def read(self, number: float) -> Any:
        return number

    def round(self, x: Any) -> Any:
        return float(self.write(x))

    def write(self, x: float) -> str:
        return f"{x:#.{self.digits}g}" if self.kind == "digits" else f"{x:.{self.digits}f}"

    def exp(self, x: Any) -> Any:
        return math.exp(x)

    def activate(self, name: str, x: Any) -> Any:
        return {"tanh": math.tanh, "sigmoid": lambda x: 1 / (1 + math.exp(-x)), "relu": lambda x: max(x, 0.0)}[name](x)

    def is_active(self, y: Any) -> Any:
        return float(y > 0)


class Balls(Floats):
    """All that somebody may get who rounds so: each number on the way is off by up to half a unit."""

    def read(self, number: float) -> Any:
        return arb(number)

    def round(self, x: Any) -> Any:
        largest = float(abs(x).upper())
        decimals = self.digits
        if self.kind == "digits" and largest:
            decimals -= math.floor(math.log10(largest)) + 1
        return x + arb(0, 0.5 * 10.0**-decimals * (1 + 1e-9))

    def exp(self, x: Any) -> Any:
        return x.exp()

    def activate(self, name: str, x: Any) -> Any:
        if name == "relu":
            return x if x > 0 else arb(0) if x < 0 else x.union(arb(0))
        return x.tanh() if name == "tanh" else 1 / (1 + (-x).exp())

    def is_active(self, y: Any) -> Any:
        return arb(1) if y > 0 else arb(0) if y <= 0 else arb(0.5, 0.5)


class Network(NamedTuple):
    """Units in layers, with half squared errors, or softmax with cross-entropy."""

    sizes: list[int]
    activations: list[str]  # "" after the last layer before a softmax
    inputs: dict[str, float]

    @property
    def is_softmax(self) -> bool:
        return not self.activations[-1]

    @classmethod
    def draw(cls, chance: random.Random) -> Network:
        """One to three layers of one to three units."""
        sizes = [chance.randint(1, 3) for _ in range(chance.randint(2, 4))]
        activations = [chance.choice(ACTIVATIONS) for _ in sizes[1:]]
        if chance.random() < 0.4:
            sizes[-1], activations[-1] = chance.choice([2, 3]), ""
        inputs = {f"x{i}": round(chance.uniform(-1.5, 1.5), 2) for i in range(sizes[0])}
        for layer, (before, units) in enumerate(pairwise(sizes), 1):
            weights = [f"w{layer}_{j}_{i}" for j in range(units) for i in range(before)]
            inputs |= {name: round(chance.uniform(-1.5, 1.5), 2) for name in weights}
            inputs |= {f"b{layer}_{j}": round(chance.uniform(-0.5, 0.5), 2) for j in range(units)}
        hot = chance.randrange(sizes[-1])
        targets = [
            round(chance.uniform(-0.9, 0.9), 2) if activations[-1] else float(j == hot) for j in range(sizes[-1])
        ]
        return cls(sizes, activations, inputs | {f"t{j}": target for j, target in enumerate(targets)})

    @property
    def text(self) -> str:
        """The network as an expression."""
        lines, before = [], [f"x{i}" for i in range(self.sizes[0])]
        for layer, (units, name) in enumerate(zip(self.sizes[1:], self.activations, strict=True), 1):
            sums = [" + ".join(f"w{layer}_{j}_{i}*{y}" for i, y in enumerate(before)) for j in range(units)]
            lines += [f"net{layer}_{j} = {total} + b{layer}_{j}" for j, total in enumerate(sums)]
            lines += [f"y{layer}_{j} = {name}(net{layer}_{j})" for j in range(units) if name]
            before = [f"{'y' if name else 'net'}{layer}_{j}" for j in range(units)]
        if not self.is_softmax:
            return "; ".join([*lines, "loss = " + " + ".join(f"({y} - t{j})**2/2" for j, y in enumerate(before))])
        lines += [f"e{j} = exp({y})" for j, y in enumerate(before)]
        lines += ["s = " + " + ".join(f"e{j}" for j in range(len(before)))]
        lines += [f"p{j} = e{j}/s" for j in range(len(before))]
        return "; ".join([*lines, "loss = -(" + " + ".join(f"t{j}*log(p{j})" for j in range(len(before))) + ")"])


def work_out(network: Network, name: str, way: Floats, mistake: str = "", wrong: int = 0) -> Any:
    """The gradient of a weight, a bias or an input as a learner finds it, with a mistake in one layer if asked for."""
    numbers = {each: way.read(x) for each, x in network.inputs.items()}
    outputs = _work_forward(network, numbers, way)
    upstream = _work_loss(network, numbers, outputs[-1], way)
    if mistake == "t - y":
        upstream = [-each for each in upstream]
    for layer in range(len(network.sizes) - 1, 0, -1):
        here = mistake if layer == wrong else ""
        kind = network.activations[layer - 1]
        deltas = [_work_slope(kind, u, y, way, here) for u, y in zip(upstream, outputs[layer], strict=True)]
        if name.startswith((f"w{layer}_", f"b{layer}_")):
            j, *i = map(int, name.split("_")[1:])
            factor = numbers[name] if mistake == "other factor" else outputs[layer - 1][i[0]] if i else None
            return way.round(deltas[j] * factor) if i else deltas[j]
        kept = deltas[:-1] if here == "missing path" and len(deltas) > 1 else deltas
        ranges = range(network.sizes[layer - 1])
        products = [[way.round(d * numbers[f"w{layer}_{j}_{i}"]) for j, d in enumerate(kept)] for i in ranges]
        upstream = [way.round(sum(each[1:], each[0])) for each in products]
    return upstream[int(name[1:])]


def is_reached(network: Network, name: str, figure: str) -> bool:
    """Whether rounding alike can lead to a figure: to as many decimals as it has, or to as many digits."""
    mantissa, _, exponent = figure.lstrip("-").partition("e")
    ways = [Balls("digits", max(len(mantissa.replace(".", "").lstrip("0")), 3))]
    if not exponent:
        ways.append(Balls("decimals", len(mantissa.partition(".")[2])))
    return any(way.round(work_out(network, name, way)).overlaps(arb(figure)) for way in ways)


def loses_shares(network: Network) -> bool:
    """Whether a slope of a softmax's division, as it is recorded, is so small that it rounds to nearly nothing.

    Who goes the recorded way then loses what p - t keeps, so that `is_reached` knows too little.
    """
    if not network.is_softmax:
        return False
    powers = [math.exp(y) for y in _work_forward(network, network.inputs, Floats("digits", 15))[-1]]
    return min(powers) / sum(powers) ** 2 < 0.005


def _work_forward(network: Network, numbers: dict[str, Any], way: Floats) -> list[list[Any]]:
    outputs = [[numbers[f"x{i}"] for i in range(network.sizes[0])]]
    for layer, (units, kind) in enumerate(zip(network.sizes[1:], network.activations, strict=True), 1):
        nets = []
        for j in range(units):
            products = [way.round(numbers[f"w{layer}_{j}_{i}"] * y) for i, y in enumerate(outputs[-1])]
            nets.append(way.round(sum(products, numbers[f"b{layer}_{j}"])))
        outputs.append([way.round(way.activate(kind, net)) for net in nets] if kind else nets)
    return outputs


def _work_loss(network: Network, numbers: dict[str, Any], outputs: list[Any], way: Floats) -> list[Any]:
    """p - t or y - t."""
    if network.is_softmax:
        powers = [way.round(way.exp(y)) for y in outputs]
        total = way.round(sum(powers[1:], powers[0]))
        outputs = [way.round(power / total) for power in powers]
    return [way.round(y - numbers[f"t{j}"]) for j, y in enumerate(outputs)]


def _work_slope(kind: str, upstream: Any, y: Any, way: Floats, mistake: str) -> Any:
    slopes = {
        "": lambda: way.read(1.0),
        "tanh": lambda: way.round(1 - way.round(y * y)),
        "sigmoid": lambda: way.round(y * way.round(1 - y)),
        "relu": lambda: way.is_active(y),
    }
    slope = slopes[kind]()
    slope = {"sign": -slope, "twice": 2 * slope, "square": slope * slope, "no slope": way.read(1.0)}.get(mistake, slope)
    return way.round(upstream * slope) if kind or mistake in ("sign", "twice") else upstream
