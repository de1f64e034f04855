"""Three optimizers on one loss surface: plain descent, momentum and Adam find the same line on different paths.

Run it: `python -m tinygrad_neuron.examples.momentum momentum.png`
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from tinygrad_neuron import Value
from tinygrad_neuron.examples.losses import DATA, NEAR, largest_error
from tinygrad_neuron.nn import SGD, Adam, Formula, Optimizer, fit, mean_squared_error, plot_loss_surface, save_figure

STEPS = 600
RATES = [digit * 10.0**power for power in range(-4, 2) for digit in (1, 2, 5)]
OPTIMIZERS: dict[str, Callable[[list[Value], float], Optimizer]] = {
    "plain": SGD,
    "momentum 0.8": lambda parameters, rate: SGD(parameters, rate, momentum=0.8),
    "Adam": Adam,
}


class Run(NamedTuple):
    """The path of a training, and from which step on all its outputs are near their targets."""

    rate: float
    steps: int
    path: tuple[list[float], list[float]]


def make_model() -> Formula:
    """A line before it is trained."""
    return Formula("w1*C + w2", ["C"], {"w1": 0.1, "w2": 0.2})


def train(make: Callable[[list[Value], float], Optimizer], rate: float) -> Run:
    """Slope and intercept at each step, and when they are good for good; STEPS if never."""
    model = make_model()
    optimizer = make(list(model.parameters()), rate)
    history = fit(model, DATA, mean_squared_error, optimizer, steps=STEPS, watch=True, backend="auto")
    w1, w2 = (list(history.values[name]) for name in ("w1", "w2"))
    off = [largest_error(*weights) for weights in zip(w1, w2, strict=True)]
    last = max((step for step, each in enumerate(off) if not each <= NEAR), default=-1)
    return Run(rate, last + 1 if history.stopped == "done" else STEPS, (w1, w2))


def race(make: Callable[[list[Value], float], Optimizer]) -> Run:
    """The training with the rate that needs the fewest steps."""
    return min((train(make, rate) for rate in RATES), key=lambda run: run.steps)


def main(path: str = "") -> None:
    """Print how many steps each needs, and plot the paths to a file if one is given."""
    print(f"Steps until all temperatures are within {NEAR} °F for good, with the best of {len(RATES)} rates:")
    runs = {name: race(make) for name, make in OPTIMIZERS.items()}
    for name, run in runs.items():
        print(f"  {name}: {run.steps} steps (rate {run.rate:g})")
    if path:
        save_figure(path, plot, runs, panels=len(runs))


def plot(runs: dict[str, Run], ax: Any) -> None:
    """The paths to the goal, each on the loss surface."""
    model = make_model()
    w1, w2 = model.parameters()
    inputs, targets = zip(*DATA, strict=True)

    def loss() -> Value:
        return mean_squared_error([model([celsius]) for celsius in inputs], targets)

    for (name, run), place in zip(runs.items(), ax, strict=True):
        plot_loss_surface(loss, (w1, w2), place, path=run.path, around=2.0)
        place.set(title=f"{name}: {run.steps} steps", xlabel="w1", ylabel="w2")


if __name__ == "__main__":
    main(*sys.argv[1:2])
