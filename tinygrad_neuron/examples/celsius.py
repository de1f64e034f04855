"""Celsius to Fahrenheit, all samples in each step: a neuron finds 1.8·C + 32.

Run it: `python -m tinygrad_neuron.examples.celsius celsius.png`
"""

from __future__ import annotations

import sys
from typing import Any

from tinygrad_neuron.nn import SGD, History, Neuron, fit, mean_squared_error, save_figure

DATA = [(float(celsius), 1.8 * celsius + 32.0) for celsius in range(-50, 50)]


def make_neuron() -> Neuron:
    """The neuron as it is before."""
    return Neuron(1, "linear", weights=[0.5], bias=0.5)


def train(learning_rate: float, steps: int = 10_000) -> tuple[Neuron, History]:
    """A neuron after so many steps on all samples, and their history."""
    model = make_neuron()
    descent = SGD(model.parameters(), learning_rate)
    return model, fit(model, DATA, mean_squared_error, descent, steps=steps, backend="auto")


def main(path: str = "") -> None:
    """Print the figures, and plot the lines to a file if one is given."""
    for rate in (0.001, 0.0013):
        model, history = train(rate)
        print(f"learning rate {rate}: {history.message}")
        print(f"  weight {model.weights[0].data!r}, bias {model.bias.data!r}")
        if rate == 0.001:
            print(f"  loss {history.losses[-1]:.3g}")
            trained = model
    if path:
        save_figure(path, plot, trained)


def plot(trained: Neuron, ax: Any) -> None:
    """The true line, the line before training, and the line after."""
    ax.plot(*zip(*DATA, strict=True), color="tab:blue", linewidth=5, alpha=0.5, label="true")
    for model, label, style in ((make_neuron(), "before training", "r-"), (trained, "after training", "g--")):
        ax.plot([c for c, _ in DATA], [model([c]).data for c, _ in DATA], style, label=label)
    ax.legend()
    ax.set(xlabel="Celsius", ylabel="Fahrenheit")


if __name__ == "__main__":
    main(*sys.argv[1:2])
