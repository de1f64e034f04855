"""Four ways to measure an error, raced on the neuron that turns Celsius into Fahrenheit: steps until it is right.

Run it: `python -m tinygrad_neuron.examples.losses losses.png`
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from tinygrad_neuron import Value, ops, variables
from tinygrad_neuron.compiling import compile as compile_step
from tinygrad_neuron.nn import absolute_error, huber, mean_squared_error, save_figure

DATA = [(float(celsius), 1.8 * celsius + 32.0) for celsius in range(-10, 10)]
LOWEST, SPAN = -60.0, 200.0  # °F: where the scale of a thermometer begins, and how long it is
NEAR = 0.25  # °F
STEPS = 1000
RATES = [digit * 10.0**power for power in range(-2, 3) for digit in (1, 2, 5)]
Loss = Callable[[Any, Any], Value]


def half_squared(outputs: Any, targets: Any) -> Value:
    """The mean of (output - target)²/2: its slope is the error itself."""
    return 0.5 * mean_squared_error(outputs, targets)


def cross_entropy_on_a_scale(outputs: Any, targets: Any) -> Value:
    """The mean of -t·log(p) - (1 - t)·log(1 - p), where p and t are parts of a thermometer's scale."""
    parts = [((o - LOWEST) / SPAN, (t - LOWEST) / SPAN) for o, t in zip(outputs, targets, strict=True)]
    return ops.mean([-t * p.log() - (1.0 - t) * (1.0 - p).log() for p, t in parts])  # type: ignore[no-any-return]


LOSSES: dict[str, tuple[Loss, str]] = {
    "half square": (half_squared, "the slope is the error: long steps far away, short ones near the goal"),
    "absolute": (absolute_error, "the slope is 1 however near the goal is: it steps over it, back and forth, for ever"),
    "Huber": (huber, "beyond 1 °F as the absolute error, within it as the half square: slow, then it settles"),
    "cross-entropy": (cross_entropy_on_a_scale, "the slope is the error, and more of it near the ends of the scale"),
}


class Run(NamedTuple):
    """A training, and from which step on all its outputs are near their targets."""

    rate: float
    steps: int | None
    off: list[float]


def train(loss: Loss, rate: float) -> Run:
    """The largest error of all temperatures at each step, and when it is small for good."""
    w1, w2 = variables(w1=0.1, w2=0.2)
    step = compile_step(loss([w1 * celsius + w2 for celsius, _ in DATA], [goal for _, goal in DATA]), wrt=[w1, w2])
    off = []
    for _ in range(STEPS):
        off.append(largest_error(w1.data, w2.data))
        for weight, slope in zip((w1, w2), step()[1], strict=True):
            weight.data -= rate * slope
    last = max((step for step, each in enumerate(off) if not each <= NEAR), default=-1)
    return Run(rate, last + 1 if last + 1 < STEPS else None, off)


def largest_error(w1: float, w2: float) -> float:
    """A line's largest distance from another one is at one of its ends."""
    return max(abs(w1 * celsius + w2 - fahrenheit) for celsius, fahrenheit in (DATA[0], DATA[-1]))


def race(loss: Loss, rates: Sequence[float] = RATES) -> Run:
    """The training with the rate that needs the fewest steps; if none gets there, the one that ends nearest."""
    runs = [train(loss, rate) for rate in rates]
    return min(runs, key=lambda run: (run.steps is None, run.steps or 0, not run.off[-1] < math.inf, run.off[-1]))


def main(path: str = "") -> None:
    """Print who is there first, and plot the errors to a file if one is given."""
    print(f"Steps until all temperatures are within {NEAR} °F for good, with the best of {len(RATES)} rates:")
    runs = {name: race(loss) for name, (loss, _) in LOSSES.items()}
    for name, run in runs.items():
        needed = f"{run.steps:,} steps" if run.steps is not None else f"not within {STEPS:,} steps"
        print(f"  {name}: {needed} (rate {run.rate:g})\n    {LOSSES[name][1]}")
    if path:
        save_figure(path, plot, runs)


def plot(runs: dict[str, Run], ax: Any) -> None:
    """The largest error, step by step, in logarithms."""
    for name, run in runs.items():
        ax.plot(range(1, len(run.off) + 1), run.off, label=f"{name}, rate {run.rate:g}")
    ax.axhline(NEAR, color="gray", linewidth=0.8)
    ax.set(xscale="log", yscale="log", xlabel="step", ylabel="largest error, °F")
    ax.legend()


if __name__ == "__main__":
    main(*sys.argv[1:2])
