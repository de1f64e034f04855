"""One tanh neuron is trained: three attempts on a sheet, then 100,000 steps.

Run it: `python -m tinygrad_neuron.examples.training training.png`
"""

from __future__ import annotations

import sys
from typing import Any

from tinygrad_neuron.nn import SGD, Formula, History, fit, half_squared_error, plot_loss, plot_parameters, save_figure

DATA = [(0.01, 0.1)]  # one input and its target


def make_neuron() -> Formula:
    """The neuron as it is before."""
    return Formula("tanh(input*weight + bias)", ["input"], {"weight": 0.5, "bias": 0.5})


def train(learning_rate: float, steps: int) -> tuple[Formula, History]:
    """A neuron after so many steps, and their history."""
    model = make_neuron()
    descent = SGD(model.parameters(), learning_rate)
    return model, fit(model, DATA, half_squared_error, descent, steps=steps, watch=True, backend="auto")


def main(path: str = "") -> None:
    """Print the figures, and plot the training to a file if one is given."""
    print("Learning rate 0.1, three attempts:")
    _, attempts = train(0.1, 3)
    for k, loss in enumerate(attempts.losses):
        figures = (
            f"{name} {attempts.values[name][k]:.10f} (gradient {attempts.gradients[name][k]:.10f})"
            for name in ("weight", "bias")
        )
        print(f"  {k + 1}: loss {loss:.10f}, {', '.join(figures)}")
    model, history = train(0.01, 100_000)
    weight, bias = model.parameters()
    print(f"Learning rate 0.01, {len(history):,} steps:")
    print(f"  output {model([0.01]).data!r} for the target 0.1, weight {weight.data!r}, bias {bias.data!r}")
    if path:
        save_figure(path, plot, history, panels=2)


def plot(history: History, ax: Any) -> None:
    """The loss, and the parameters, step by step."""
    left, right = ax
    plot_loss(history, left).set_xscale("log")
    plot_parameters(history, right).set_xscale("log")


if __name__ == "__main__":
    main(*sys.argv[1:2])
