"""A program as users write it: a neuron by hand, then a network that is trained, checked, drawn and compiled."""

from __future__ import annotations

import sys
from pathlib import Path

import tinygrad_neuron as tn
from tinygrad_neuron import Value, compile, grad, maximum, nn, sum, tanh, where

Sample = tuple[list[float], float]  # a point and its label, 1 or -1


def gradient_by_hand() -> tuple[float, bool]:
    """The gradient of one weight, and whether the figure on paper is right."""
    w, x, b = tn.variables(w=0.5, x=2.0, b=-0.5)
    y = tanh(w * x + b)
    y.backward()
    return w.grad, tn.check(y, {w: 1.5729}).passed


def hinge(score: Value, label: float) -> Value:
    """A margin of 1 with a rounded corner."""
    lacking = maximum(0.0, 1.0 - label * score)
    return where(lacking < 1.0, 0.5 * lacking**2, lacking - 0.5)


def train(network: nn.MLP, samples: list[Sample], steps: int) -> list[float]:
    """Steps on all samples at once; the loss before each."""
    optimizer = nn.SGD(network.parameters(), learning_rate=0.3, momentum=0.5)
    losses: list[float] = []
    for _ in range(steps):
        loss = sum([hinge(network(point)[0], label) for point, label in samples]) / len(samples)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def is_right(network: nn.MLP, sample: Sample) -> bool:
    """Whether the network's answer has the sign of the label."""
    point, label = sample
    with tn.no_grad():
        return bool(network(point)[0] * label > 0)


def curve(x: Value) -> Value:
    """What is compiled below."""
    return (x.sin() + 0.5 * tanh(x)).clip(-1.0, 1.0)


def main(folder: Path) -> None:
    """Print what was found, and leave a picture and a page."""
    slope, right = gradient_by_hand()
    print(f"dy/dw = {slope:.4f}, as on paper: {right}")

    network, samples = nn.MLP([2, 4, 1], seed=1), nn.make_moons(20, seed=1)
    losses = train(network, samples, steps=30)
    hits = [is_right(network, sample) for sample in samples]
    print(f"the loss went down: {losses[-1] < losses[0]}, right: {hits.count(True)} of {len(hits)}")

    point, label = samples[0]
    loss = hinge(network(point)[0], label)
    print(f"its gradients are right: {tn.check(loss).passed}")
    tn.draw(loss, title="One sample").save(folder / "sample.svg")
    loss.page(folder / "sample.html", title="One sample")

    step = compile(curve, wrt="x")
    value, derivative = step(0.25)
    print(f"compiled: {value:.4f}, {derivative:.4f}; as recorded: {curve(Value(0.25)):.4f}, {grad(curve)(0.25):.4f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
