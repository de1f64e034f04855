"""Noticing that a training diverges, and saying why: what grew, and which learning rate would be stable."""

from __future__ import annotations

import copy
import math
import random
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..graph import gradient
from ..ops import dot
from ..program import Program
from ..registry import read_asset
from ..results import Result
from ..value import Value
from .optimizers import Optimizer

TEXTS: dict[str, dict[str, str]] = tomllib.loads(read_asset(__package__, "divergence.toml"))
GROWN = 100.0  # times the loss of the first window
LARGE = 0.25  # of the loss of the first window: below that a loss that stays may well be noise
WINDOWS, TESTED, OVERSHOOT = 10, 20, 1.2  # windows that are compared; steps tested, and the loss after over before
MOST_NODES, ITERATIONS = 20_000, 30  # for the curvature


class LossMonitor:
    """Follows the losses step by step.

    A training diverges when a loss isn't finite, when the losses of a window
    grow 100-fold, or when they stay large while the steps make the loss of
    their own samples larger: they jump over the minimum.

    Args:
        window: how many steps' losses are averaged: those of an epoch.
    """

    def __init__(self, window: int) -> None:
        self.window, self.steps = window, 0
        self.means: list[float] = []
        self.best_mean, self.best_step = math.inf, 0
        self.tests: list[list[float]] | None = None  # losses before and after their steps, while that is tested
        self.jump = [0.0, 0.0]  # their means, when it was tested last
        self._sum, self._count, self._quiet_until = 0.0, 0, 2 * WINDOWS

    def see(self, loss: float) -> str:
        """Take note of a loss, before the step.

        Returns:
            "" if all is well, else "not finite" or "grew" or "stays large".
        """
        if not math.isfinite(loss):
            return "not finite"
        self.steps += 1
        self._sum += loss
        self._count += 1
        if self._count == self.window and self._close_window():
            return "grew"
        if self.tests is not None and len(self.tests) == TESTED and self._end_test(self.tests):
            return "stays large"
        if self.tests is not None:
            self.tests.append([loss, math.nan])
        return ""

    def count_calm(self, losses: Sequence[float]) -> int:
        """How many of the losses of steps that were made elsewhere come before one that needs a closer look."""
        if self._are_low(losses):
            return len(losses)
        trial, windows = copy.copy(self), len(self.means)
        calm = next((k for k, loss in enumerate(losses) if trial.see(loss) or trial.tests is not None), len(losses))
        del self.means[windows:]  # the trial's list is the same one
        return calm

    def follow(self, losses: Sequence[float]) -> None:
        """Take note of steps that were made elsewhere, and are calm."""
        if not self._are_low(losses):
            for loss in losses:
                self.see(loss)
            return
        self.means += losses
        if (lowest := min(losses)) < self.best_mean:
            self.best_mean, self.best_step = lowest, self.steps + list(losses).index(lowest) + 1
        self.steps += len(losses)

    def _are_low(self, losses: Sequence[float]) -> bool:
        """Whether nothing can be wrong with some losses, so that they needn't be looked at one by one."""
        return bool(self.window == 1 and self.means and losses) and max(losses) <= LARGE * self.means[0]

    def _close_window(self) -> bool:
        """Note a window's mean, and test the next steps if the means stay large; whether it grew too much."""
        mean = self._sum / self._count
        self._sum, self._count = 0.0, 0
        self.means.append(mean)
        if mean < self.best_mean:
            self.best_mean, self.best_step = mean, self.steps
        if len(self.means) >= self._quiet_until and self.tests is None:
            recent, earlier = (math.fsum(self.means[-2 * WINDOWS :][half : half + WINDOWS]) for half in (WINDOWS, 0))
            if recent >= 0.9 * earlier and recent > LARGE * WINDOWS * self.means[0]:
                self.tests = []
        return mean > GROWN * max(self.means[0], 1e-12)

    def _end_test(self, tests: list[list[float]]) -> bool:
        self.jump = [math.fsum(losses) / len(tests) for losses in zip(*tests, strict=True)]
        self.tests, self._quiet_until = None, len(self.means) + 2 * WINDOWS
        return self.jump[1] > OVERSHOOT * self.jump[0]


class Snapshots:
    """The parameters' numbers at the start, at their best and before the latest step."""

    def __init__(self, numbers: list[float]) -> None:
        self.start = self.best = self.before = numbers
        self.best_step = 0

    def keep_best(self, numbers: list[float], best_step: int) -> None:
        """Keep the numbers for the best ones if the best step is a new one."""
        if best_step > self.best_step:
            self.best, self.best_step = numbers, best_step


# ---------------------------------------------------------------- what went wrong
@dataclass(frozen=True)
class Divergence(Result):
    """Why a training diverged, and which learning rate would be stable.

    Attributes:
        reason: "not finite", "grew" or "stays large".
        step: the step at which it was noticed.
        optimizer: what made the steps, as text.
        explanation: what went wrong, as a sentence.
        best_step: the step before which the parameters were the best, which the model got back; 0 for the first ones.
        learning_rate: that of the last step.
        stable_rate: the rate below which steps shrink at those parameters; None if the curvature doesn't say.
        curvature: the largest one of the loss there; None if there is none.
        advice: what to do, as a sentence.
    """

    reason: str
    step: int
    optimizer: str
    explanation: str
    best_step: int
    learning_rate: float
    stable_rate: float | None
    curvature: float | None
    advice: str

    def to_dict(self) -> dict[str, Any]:
        """All attributes."""
        return asdict(self)

    def __str__(self) -> str:
        numbers = f"those before step {self.best_step}, the best" if self.best_step > 1 else "the first ones"
        return TEXTS["report"]["whole"].format(**self.to_dict(), numbers=numbers)


def explain(
    reason: str, monitor: LossMonitor, loss: float, gradients: Mapping[str, float], moves: Mapping[str, float]
) -> str:
    """What the losses and gradients did, and which parameter the latest step moved most, in words.

    Args:
        reason: what the monitor has seen.
        monitor: it knows the losses.
        loss: the last one.
        gradients: the last ones, by the parameters' names.
        moves: how far the step before moved each parameter.
    """
    first, last = (monitor.means[0], monitor.means[-1]) if monitor.means else (loss, loss)
    wrong = [name for name, each in gradients.items() if not math.isfinite(each)]
    kind = f"{reason} gradient" if reason == "not finite" and math.isfinite(loss) else reason
    trouble = TEXTS["troubles"][kind].format(first=first, last=last, loss=loss, jump=monitor.jump, wrong=wrong)
    name, largest = max(moves.items(), key=lambda move: move[1])  # nan, where it is the first
    return f"{trouble}; the latest step moved {name} most, by {largest:.4g}" if largest else trouble


# ---------------------------------------------------------------- which rate would be stable
def advise(optimizer: Optimizer, losses: Iterable[Value], wanted: float) -> tuple[Any, ...]:
    """Which learning rate would be stable, from the curvature of the loss at the parameters as they are.

    Args:
        optimizer: what made the steps.
        losses: of some of its batches; the sharpest of them decides.
        wanted: the loss that is wanted, for losses without curvature.

    Returns:
        The learning rate, the stable one, the curvature and the advice, as a `Divergence` has them.
    """
    was, slopes, nodes = optimizer.rate, list[tuple[Value, ...]](), 0
    for loss in losses:
        slopes.append(gradient(loss, *optimizer.parameters))
        nodes += len(Program.of(loss))
        if nodes > MOST_NODES:
            break
    found: list[float] = []

    def curvature(scales: Sequence[float]) -> float:
        found.append(max(largest_curvature(each, optimizer.parameters, scales) for each in slopes))
        return found[-1] or math.inf

    rate = optimizer.stable_rate(curvature)
    squares = sum(each.data * each.data for row in slopes for each in row) / len(slopes)
    stable, curved = (rate, found[-1]) if rate and math.isfinite(rate) else (None, None)
    kind = "curved" if stable else "straight" if squares and math.isfinite(squares) else "unknown"
    numbers = {"rate": stable, "curvature": curved, "was": was, "squares": squares, "wanted": wanted}
    return was, stable, curved, TEXTS["advice"][kind].format(**numbers, ratio=wanted / (squares or math.inf))


def largest_curvature(slopes: Sequence[Value], parameters: Sequence[Value], scales: Sequence[float]) -> float:
    """The largest eigenvalue of the Hessian of a loss by power iteration; Pearlmutter 1994 for its products.

    Args:
        slopes: the gradient of the loss, as a graph.
        parameters: by which it was differentiated.
        scales: the Hessian is divided by the roots of these on both sides.

    Returns:
        The eigenvalue of largest magnitude, without its sign; 0 where there is no curvature.
    """
    chance = random.Random(0)
    roots = [math.sqrt(each) for each in scales]
    direction = [chance.gauss(0.0, 1.0) for _ in parameters]
    for _ in range(ITERATIONS):
        size = math.hypot(*direction)
        if not size or not math.isfinite(size):
            return 0.0
        along: Value = dot(slopes, [each / size / root for each, root in zip(direction, roots, strict=True)])
        if along.is_constant:
            return 0.0
        products = gradient(along, *parameters)
        direction = [each.data / root for each, root in zip(products, roots, strict=True)]
    size = math.hypot(*direction)
    return size if math.isfinite(size) else 0.0
