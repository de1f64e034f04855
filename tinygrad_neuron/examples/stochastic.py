"""Celsius to Fahrenheit, one sample in each step, with the absolute error: stochastic gradient descent.

Run it: `python -m tinygrad_neuron.examples.stochastic stochastic.png`
"""

from __future__ import annotations

import sys
from typing import Any

from tinygrad_neuron import Value
from tinygrad_neuron.nn import SGD, Formula, History, absolute_error, fit, plot_error, plot_predictions, save_figure

DATA = [(float(celsius), 1.8 * celsius + 32.0) for celsius in range(-10, 10)]


def make_neuron(w1: float = 0.1, w2: float = 0.2) -> Formula:
    """A slope and an intercept."""
    return Formula("w1*C + w2", ["C"], {"w1": w1, "w2": w2})


def measure_error(model: Formula, celsius: float) -> Value:
    """How far the neuron is off at one temperature."""
    return absolute_error(model([celsius]), 1.8 * celsius + 32.0)


def train(learning_rate: float, seed: int) -> tuple[Formula, History]:
    """Draw one sample after the other until the running mean of the errors is below 0.25."""
    model = make_neuron()
    descent = SGD(model.parameters(), learning_rate)
    how: dict[str, Any] = {"steps": 20_000, "batch_size": 1, "order": "drawn", "target": 0.25, "smoothing": 0.99}
    return model, fit(model, DATA, absolute_error, descent, seed=seed, **how)


def main(path: str = "") -> None:
    """Print the figures, and plot them to a file if one is given."""
    model = make_neuron()
    w1, w2 = model.parameters()
    off = measure_error(model, 17.0)
    off.backward()
    print(f"at 17 °C: activation {model([17.0]).data!r}, goal 62.6, error {off.data!r}")
    print(f"  ∂error/∂w1 = {w1.grad!r}, ∂error/∂w2 = {w2.grad!r}")
    SGD([w1, w2], 1.0).step()
    print(f"  one step with learning rate 1: w1 = {w1.data!r}, w2 = {w2.data!r}")
    bumped = make_neuron(0.1 + 0.1, 0.2 + 0.1)
    print(f"  both weights bumped by 0.1: activation {bumped([17.0]).data:.10g}")
    print(f"learning rate 1: {train(1.0, seed=0)[1].message}")
    print("learning rate 0.01, until the running mean of the errors is below 0.25:")
    for seed in range(5):
        model, history = train(0.01, seed)
        w1, w2 = model.parameters()
        print(f"  seed {seed}: {len(history)} steps, w1 = {w1.data:.6g}, w2 = {w2.data:.6g}")
    if path:
        save_figure(path, plot, model, panels=3)


def plot(trained: Formula, ax: Any) -> None:
    """Three plots in the place of one: error against input, error against each weight, and the lines."""
    start = make_neuron()
    left, middle, right = ax
    temperatures = [-40.0 + k for k in range(81)]
    signed = [1.8 * celsius + 32.0 - start([celsius]).data for celsius in temperatures]
    left.plot(temperatures, signed)
    left.axhline(0.0, color="gray", linewidth=0.8)
    left.set(xlabel="C", ylabel="goal - activation", title="before training")
    w1, w2 = start.parameters()
    plot_error(lambda: measure_error(start, 17.0), w1, middle, around=(-4.0, 8.0))
    plot_error(lambda: measure_error(start, 17.0), w2, middle, around=(-4.0, 64.0))
    middle.set(title="error at 17 °C", ylabel="error")
    plot_predictions(start, DATA, right, label="before", color="#c0392b")
    plot_predictions(trained, DATA, right, label="after")
    right.set(xlabel="C", ylabel="Fahrenheit")


if __name__ == "__main__":
    main(*sys.argv[1:2])
