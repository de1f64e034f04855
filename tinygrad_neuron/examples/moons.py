"""A small network tells two moons apart: 2-16-16-1, hinge loss.

Run it: `python -m tinygrad_neuron.examples.moons moons.png`
"""

from __future__ import annotations

import sys

from tinygrad_neuron.nn import MLP, Adam, History, fit, hinge, make_moons, plot_decision_boundary, save_figure

DATA = make_moons(100, noise=0.1, seed=1)


def train(epochs: int = 30) -> tuple[MLP, History]:
    """A network after so many times through the data."""
    model = MLP([2, 16, 16, 1], "tanh", seed=1)
    return model, fit(model, DATA, hinge, Adam(model.parameters(), 0.02), epochs=epochs, batch_size=10, backend="auto")


def measure_accuracy(model: MLP) -> float:
    """Which part of the samples is on the right side."""
    return sum(model(point)[0].data * label > 0 for point, label in DATA) / len(DATA)


def main(path: str = "") -> None:
    """Train, print how well it went, and plot the boundary to a file if one is given."""
    model, history = train()
    print(model.summary())
    print(f"{history.message}, loss {history.epoch_losses[-1]:.4g}, {measure_accuracy(model):.0%} on the right side")
    if path:
        save_figure(path, plot_decision_boundary, model, DATA)


if __name__ == "__main__":
    main(*sys.argv[1:2])
