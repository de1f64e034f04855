"""Build the lessons as pages: `python docs/lessons/make.py folder`. A figure that comes out otherwise stops it."""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import fmean

from tinygrad_neuron import lesson
from tinygrad_neuron.examples import celsius, losses, momentum, stochastic

HERE = Path(__file__).parent


def numbers_of(name: str) -> dict[str, float]:
    """What training over data gives, which no single graph has."""
    if name.startswith("3"):
        weight, bias, loss = trained_on_all(0.001)
        return {
            "weight_after": weight,
            "bias_after": bias,
            "loss_after": loss,
            "bias_slow": trained_on_all(0.0001)[1],
            "mean_square": fmean(x**2 for x, _ in celsius.DATA),
        }
    if name.startswith("4"):
        draws = [stochastic.train(0.01, seed) for seed in range(5)]
        w1, w2 = (each.data for each in draws[-1][0].parameters())
        return {f"steps_{seed}": float(len(history)) for seed, (_, history) in enumerate(draws)} | {
            "w1_after": w1,
            "w2_after": w2,
        }
    if name.startswith("6"):
        rates = {"square": 0.05, "absolute": 0.05, "huber": 0.05, "entropy": 200.0}
        runs = {
            short: losses.train(losses.LOSSES[name][0], rate)
            for (name, (short, rate)) in zip(losses.LOSSES, rates.items(), strict=True)
        }
        steps = {f"steps_{short}": float(run.steps) for short, run in runs.items() if run.steps is not None}
        return (
            {f"rate_{short}": run.rate for short, run in runs.items()}
            | steps
            | {"off_absolute": runs["absolute"].off[-1]}
        )
    if name.startswith("7"):
        rates = {"plain": 0.02, "momentum": 0.02, "adam": 2.0}
        return {
            f"steps_{short}": float(momentum.train(make, rates[short]).steps)
            for short, make in zip(rates, momentum.OPTIMIZERS.values(), strict=True)
        }
    return {}


def trained_on_all(rate: float) -> tuple[float, float, float]:
    """Weight, bias and loss after 10,000 steps on all temperatures."""
    model, history = celsius.train(rate)
    weight, bias = (each.data for each in model.parameters())
    return weight, bias, history.losses[-1]


def main(folder: str) -> None:
    """Write a page for each lesson."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(HERE.glob("*.md")):
        made = lesson(path, target / f"{path.stem}.html", numbers=numbers_of(path.name))
        print(f"{path.stem}: {len(made.figures)} figures, {len(made.html):,} characters")


if __name__ == "__main__":
    main(sys.argv[1])
