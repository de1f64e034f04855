"""Eager speed side by side with micrograd: python tests/benchmarks/eager.py

The program is the same for all: a network 2-16-16-1 with relu over 20
samples, hinge loss and weight decay, written with plain operators alone, and
once more with the project's own `nn` and its sums in one node.
Rounds alternate between the engines; the ratio is the median of paired rounds.
Before each step the garbage collector clears what the step before has left.
During it, it is off (the work alone) or on, as it is for users.

The last line says what it costs that `backward()` carries along whether
something flows: it runs on a recorded graph beside a chain rule that doesn't.

minigrad 0.0.6, where it is installed, runs beside it in processes of their own
that take turns: it crashes after some steps.
"""

from __future__ import annotations

import gc
import itertools
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from micrograd.engine import Value as Micrograd
from rich.console import Console
from rich.table import Table

from tinygrad_neuron import Value, dot, mean
from tinygrad_neuron.nn import MLP
from tinygrad_neuron.value import topological_order

ROUNDS = 15


Step = Callable[[], tuple[float, float]]


def network(value: type[Any]) -> Step:
    """A step with plain operators."""
    return timed(*problem(value))


def problem(value: type[Any]) -> tuple[Callable[[], Any], list[Any]]:
    """The loss with plain operators, and the parameters."""
    chance = random.Random(1)
    sizes = [2, 16, 16, 1]
    layers = [
        [([value(chance.uniform(-1, 1)) for _ in range(width)], value(0.0)) for _ in range(height)]
        for width, height in itertools.pairwise(sizes)
    ]
    parameters = [p for layer in layers for weights, bias in layer for p in (*weights, bias)]
    data = samples()

    def score(x: list[Any]) -> Any:
        for depth, layer in enumerate(layers):
            sums = [sum((w * xi for w, xi in zip(weights, x, strict=True)), bias) for weights, bias in layer]
            x = [each.relu() for each in sums] if depth < len(layers) - 1 else sums
        return x[0]

    def loss() -> Any:
        hinge = [(1.0 + -y * score([value(a), value(b)])).relu() for (a, b), y in data]
        return sum(hinge) * (1.0 / len(hinge)) + 1e-4 * sum(p * p for p in parameters)

    return loss, parameters


def own_network() -> Step:
    """The same with the project's own layers."""
    model = MLP([2, 16, 16, 1], "relu", seed=1)
    parameters, data = model.parameters(), samples()

    def loss() -> Any:
        hinge = [(1 + -y * model(x)[0]).relu() for x, y in data]
        return mean(hinge) + 1e-4 * dot(parameters, parameters)

    return timed(loss, parameters)


def samples() -> list[tuple[list[float], float]]:
    """Points with a class each."""
    chance = random.Random(2)
    return [([chance.uniform(-1, 1), chance.uniform(-1, 1)], chance.choice([-1.0, 1.0])) for _ in range(20)]


def timed(loss: Callable[[], Any], parameters: list[Any]) -> Step:
    """A function that runs one step and returns the seconds of its forward and of its backward pass."""

    def step() -> tuple[float, float]:
        gc.collect()
        start = time.perf_counter()
        root = loss()
        middle = time.perf_counter()
        root.backward()
        end = time.perf_counter()
        for p in parameters:
            p.grad = 0.0
        return middle - start, end - middle

    return step


def main() -> None:
    """Measure and print the table."""
    table = Table("engine", "collector", "forward ms", "backward ms", "times as fast: median of pairs (range)")
    for collector in ("off", "on"):
        (gc.enable if collector == "on" else gc.disable)()
        for row in measured():
            table.add_row(row[0], collector, *row[1:])
    if find_spec("minigrad"):
        for collector in ("off", "on"):
            table.add_row(*against_minigrad(collector))
    Console(width=110).print(table)
    ratios = cost_of_conditions()
    print(
        "backward() beside a chain rule that doesn't know conditions:"
        f" {statistics.median(ratios):.2f} times its time ({ratios[0]:.2f} to {ratios[-1]:.2f})"
    )


def cost_of_conditions() -> list[float]:
    """The time of `backward()` by that of a chain rule that passes something on along every edge."""
    loss, parameters = problem(Value)
    root = loss()
    ratios = []
    for _ in range(ROUNDS):
        seconds = []
        for backward in (Value.backward, unconditional_backward):
            root.zero_grad()
            gc.collect()
            start = time.perf_counter()
            backward(root)
            seconds.append(time.perf_counter() - start)
            gradients = [p.grad for p in parameters]
        ratios.append(seconds[0] / seconds[1])
    root.zero_grad()
    root.backward()
    assert gradients == [p.grad for p in parameters]
    return sorted(ratios)


def unconditional_backward(root: Value) -> None:
    """The chain rule as `backward()` has it, without a look at whether something flows."""
    order = topological_order(root)
    for node in order:
        node._grad = 0.0
    root._grad = 1.0
    for node in reversed(order):
        left, right, upstream = node._left, node._right, node._grad
        if left is None:
            continue
        left._grad += upstream * node._dleft
        if right is not None:
            right._grad += upstream * node._dright
            if node._rest[0]:
                for operand, slope in zip(*node._rest, strict=True):
                    operand._grad += upstream * slope


def against_minigrad(collector: str) -> tuple[str, ...]:
    """A row for minigrad, compared with our engine instead of micrograd."""
    rounds = [[passes_of(name, collector) for name in ("tinygrad_neuron", "minigrad")] for _ in range(5)]
    if [] in itertools.chain.from_iterable(rounds):
        return "minigrad 0.0.6", collector, "", "", "crashed twenty times in a row"
    ratios = sorted(sum(ours) / sum(theirs) for ours, theirs in rounds)
    passes = [f"{1000 * statistics.median(theirs[k] for _, theirs in rounds):.2f}" for k in (0, 1)]
    spread = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}), of tinygrad_neuron"
    return "minigrad 0.0.6", collector, *passes, spread


def passes_of(name: str, collector: str) -> list[float]:
    """The seconds of both passes in a process of its own, started anew where it crashes; [] if it always does."""
    command = [sys.executable, "-P", __file__, name, collector]
    for _ in range(20):
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode == 0:
            return list(map(float, done.stdout.split()))
    return []


def few_steps(name: str, collector: str) -> None:
    """Print the median seconds of both passes over three steps after the first."""
    (gc.enable if collector == "on" else gc.disable)()
    step = network(import_module(name).Value)
    step()
    print(*(statistics.median(column) for column in zip(*(step() for _ in range(3)), strict=True)))


def measured() -> list[tuple[str, ...]]:
    """A row for each engine."""
    engines = {
        "tinygrad_neuron": network(Value),
        "tinygrad_neuron.nn": own_network(),
        "micrograd 0.1.0": network(Micrograd),
    }
    for step in engines.values():
        step()
    rounds = [{name: step() for name, step in engines.items()} for _ in range(ROUNDS)]
    rows = []
    for name in engines:
        ratios = sorted(sum(each["micrograd 0.1.0"]) / sum(each[name]) for each in rounds)
        passes = [f"{1000 * statistics.median(each[name][k] for each in rounds):.2f}" for k in (0, 1)]
        rows.append((name, *passes, f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"))
    return rows


if __name__ == "__main__":
    few_steps(*sys.argv[1:]) if sys.argv[1:] else main()
