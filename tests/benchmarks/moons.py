"""The demo of micrograd, two moons, on both engines: python tests/benchmarks/moons.py

The same program runs with the two imports: a network 2-16-16-1 with relu, 100
samples, hinge loss with weight decay, gradient descent with a falling rate.
Rounds alternate; the ratio is the median of paired rounds, in seconds of the
processor. The garbage collector is on, as it is for users, and clears before
each round what the one before has left.
"""

from __future__ import annotations

import gc
import random
import statistics
import sys
import time
from typing import Any

from micrograd import engine, nn

from tinygrad_neuron import micrograd
from tinygrad_neuron.nn import make_moons

DATA = make_moons(100, noise=0.1, seed=7)


def train(value: Any, network: Any, steps: int) -> tuple[float, list[float]]:
    """The seconds and the losses of a training."""
    gc.collect()
    random.seed(1337)
    model, losses, began = network(2, [16, 16, 1]), [], time.process_time()
    for step in range(steps):
        scores = [model(list(map(value, point))) for point, _ in DATA]
        margins = [(1 + -label * score).relu() for (_, label), score in zip(DATA, scores, strict=True)]
        total = sum(margins) * (1.0 / len(margins)) + 1e-4 * sum(p * p for p in model.parameters())
        model.zero_grad()
        total.backward()
        for p in model.parameters():
            p.data -= (1.0 - 0.9 * step / 100) * p.grad
        losses.append(total.data)
    return time.process_time() - began, losses


def main(rounds: str = "5", steps: str = "3") -> None:
    """Print how many times as fast it is, and how far the losses are apart."""
    ratios, apart = [], 0.0
    for _ in range(int(rounds)):
        ours, own = train(micrograd.Value, micrograd.MLP, int(steps))
        theirs, others = train(engine.Value, nn.MLP, int(steps))
        ratios.append(theirs / ours)
        apart = max(apart, *(abs(a - b) / abs(b) for a, b in zip(own, others, strict=True)))
    low, *_, high = sorted(ratios)
    print(f"two moons, {steps} steps: {statistics.median(ratios):.1f} ({low:.1f} to {high:.1f}) times as fast")
    print(f"the losses differ by {apart:.1g} at most")


if __name__ == "__main__":
    main(*sys.argv[1:])
