"""Noticing that a training diverges, and saying why: what grew, and which learning rate would be stable."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..graph import gradient
from ..ops import dot
from ..program import Program
from ..value import Value
from .optimizers import Optimizer

GROWN = 100.0  # times the loss of the first window
LARGE = 0.25  # of the loss of the first window: below that a loss that stays may well be noise
WINDOWS, TESTED, OVERSHOOT = 10, 20, 1.2  # windows that are compared; steps tested, and the loss after over before
MOST_NODES, ITERATIONS = 20_000, 30  # for the curvature


class Watchdog:
    """Follows the losses step by step, and keeps the best parameters.

    A training diverges when a loss or gradient isn't finite, when the losses
    of a window grow 100-fold, or when they stay large while the steps make
    the loss of their own samples larger: they jump over the minimum.

    Args:
        optimizer: what makes the steps.
        window: how many steps' losses are averaged: those of an epoch.
    """

    def __init__(self, optimizer: Optimizer, window: int) -> None:
        self._optimizer, self._window = optimizer, window
        self._start = self._best = self._before = optimizer.numbers
        self._best_mean, self._best_step = math.inf, 0
        self._means: list[float] = []
        self._sum, self._count, self._steps, self._known = 0.0, 0, 0, 0
        self._first_moves: list[float] = []
        self._test: list[list[float]] | None = None  # losses before and after their steps, while that is tested
        self._jump = [0.0, 0.0]
        self._quiet_until = 2 * WINDOWS

    @property
    def best_mean(self) -> float:
        """The lowest mean loss of a window."""
        return self._best_mean

    @property
    def is_testing(self) -> bool:
        """Whether the loss after the step is wanted as well."""
        return self._test is not None

    def see(self, loss: float, gradients: Sequence[float]) -> str:
        """Take note of a loss and its gradients, before the step.

        Returns:
            "" if all is well, else "not finite" or "grew" or "stays".
        """
        if not math.isfinite(loss) or not math.isfinite(sum(gradients)):
            return "not finite"
        self._steps += 1
        self._sum += loss
        self._count += 1
        if self._count == self._window and (trouble := self._close_window()):
            return trouble
        if self._test is not None and len(self._test) == TESTED and self._jumps(self._test):
            return "stays"
        if self._test is not None:
            self._test.append([loss, math.nan])
        self._before = self._optimizer.numbers
        return ""

    def follow(self, losses: Sequence[float]) -> int:
        """Take note of steps that were made elsewhere, by their losses alone.

        Args:
            losses: of the steps.

        Returns:
            How many of them were noted: at the next one something has to be looked at more closely.
        """
        is_quiet = self._means and losses and max(losses) <= LARGE * self._means[0]  # they fall, or are small
        if self._window == 1 and is_quiet:
            self._means += losses
            self._steps += len(losses)
            if (lowest := min(losses)) < self._best_mean:
                self._best_mean, self._best_step = lowest, self._steps - len(losses) + list(losses).index(lowest) + 1
            return len(losses)
        for k, loss in enumerate(losses):
            before, windows = dict(vars(self)), len(self._means)
            if self.see(loss, ()) or self.is_testing:
                self.load_state_dict(before)
                del self._means[windows:]
                return k
        return len(losses)

    def arrived(self) -> None:
        """Take the parameters as they are for the best, if the best step was made elsewhere since the last look."""
        if self._best_step > self._known:
            self._best = self._optimizer.numbers
        self._known = self._steps
        if not self._first_moves and self._steps:
            self._first_moves = [each / self._steps for each in self._moves(self._start)]

    def moved(self, after: float | None = None) -> None:
        """Take note of a step that was made, and of its samples' loss after it."""
        if not self._first_moves:
            self._first_moves = self._moves(self._before)
        if after is not None and self._test:
            self._test[-1][1] = after

    def _moves(self, start: Sequence[float]) -> list[float]:
        """How far each parameter went from there."""
        return [abs(now - then) for now, then in zip(self._optimizer.numbers, start, strict=True)]

    def _close_window(self) -> str:
        mean = self._sum / self._count
        self._sum, self._count = 0.0, 0
        self._means.append(mean)
        if mean < self._best_mean:
            self._best_mean, self._best_step, self._best = mean, self._steps, self._optimizer.numbers
        if mean > GROWN * max(self._means[0], 1e-12):
            return "grew"
        if len(self._means) >= self._quiet_until and self._test is None:
            recent, earlier = (math.fsum(self._means[-2 * WINDOWS :][half : half + WINDOWS]) for half in (WINDOWS, 0))
            if recent >= 0.9 * earlier and recent > LARGE * WINDOWS * self._means[0]:
                self._test = []
        return ""

    def _jumps(self, pairs: list[list[float]]) -> bool:
        self._jump = [math.fsum(pair[side] for pair in pairs) / len(pairs) for side in (0, 1)]
        self._test, self._quiet_until = None, len(self._means) + 2 * WINDOWS
        return self._jump[1] > OVERSHOOT * self._jump[0]

    # ------------------------------------------------------------ after the fact
    def restore(self, mean_loss: Callable[[], float]) -> int:
        """Give the parameters their best numbers again.

        Args:
            mean_loss: of all samples, to decide between the best and the first numbers.

        Returns:
            At which step they were the best.
        """
        losses = []
        for numbers in (self._best, self._start):
            self._optimizer.numbers = numbers
            losses.append(mean_loss())
        if not losses[0] <= losses[1]:
            return 0
        self._optimizer.numbers = self._best
        return self._best_step

    def complaint(self, trouble: str, loss: float, gradients: Sequence[float], names: Sequence[str]) -> str:
        """What went wrong, in words: the loss, and the parameter whose steps grew most."""
        first = self._means[0] if self._means else loss
        if trouble == "stays":
            before, after = self._jump
            told = (
                f"the loss stays large ({first:.4g} at first, {self._means[-1]:.4g} now): the steps jump over the "
                f"minimum and make the loss of their own samples larger, from {before:.4g} to {after:.4g} on average"
            )
        elif trouble == "grew":
            told = f"the loss grew from {first:.4g} to {self._means[-1]:.4g}"
        else:
            wrong = [name for name, each in zip(names, gradients, strict=True) if not math.isfinite(each)]
            what = f"the loss is {loss}" if not math.isfinite(loss) else f"the gradient of {wrong[0]} isn't finite"
            told = f"{what}, after {first:.4g} at first"
        return told + self._grown(names)

    def _grown(self, names: Sequence[str]) -> str:
        if not self._first_moves:
            return ""
        last = self._moves(self._before)
        ratios = [now / then if then else 0.0 for now, then in zip(last, self._first_moves, strict=True)]
        k = max(range(len(ratios)), key=lambda each: ratios[each] if ratios[each] == ratios[each] else math.inf)
        if ratios[k] > 2.0:
            return f"; the steps of {names[k]} grew most, from {self._first_moves[k]:.4g} to {last[k]:.4g}"
        k = max(range(len(last)), key=last.__getitem__)
        return f"; the steps of {names[k]} are the largest, {last[k]:.4g} the latest"

    # ------------------------------------------------------------ for checkpoints
    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps of it."""
        kept = {name: value for name, value in vars(self).items() if name not in ("_optimizer", "_window")}
        return kept | {"_means": list(self._means)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        vars(self).update(state)


# ---------------------------------------------------------------- which rate would be stable
def advice(optimizer: Optimizer, losses: Iterable[Value], goal: float) -> str:
    """Which learning rate would be stable, from the curvature of the loss at the parameters as they are.

    Args:
        optimizer: what made the steps.
        losses: of some of its batches; the sharpest of them decides.
        goal: the loss that is wanted, for losses without curvature.
    """
    was = optimizer.rate
    slopes, nodes = list[tuple[Value, ...]](), 0
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
    if rate and math.isfinite(rate):
        return (
            f"Learning rates below about {rate:.2g} are stable at the last good parameters "
            f"(curvature {found[-1]:.4g}); it was {was:.4g}"
        )
    squares = math.fsum(each.data**2 for row in slopes for each in row) / len(slopes)
    if not squares or not math.isfinite(squares):
        return f"Take a smaller learning rate than {was:.4g}"
    return (
        "The loss has no curvature there, so that steps don't shrink at the minimum: they leave an error of about "
        f"the learning rate times {squares:.4g}, the mean square of the gradient; for {goal:.2g} "
        f"take about {goal / squares:.2g}; it was {was:.4g}"
    )


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
    size = math.hypot(*direction)
    for _ in range(ITERATIONS):
        if not size or not math.isfinite(size):
            return 0.0
        direction = [each / size for each in direction]
        along: Value = dot(slopes, [each / root for each, root in zip(direction, roots, strict=True)])
        if along.is_constant:
            return 0.0
        products = gradient(along, *parameters)
        direction = [each.data / root for each, root in zip(products, roots, strict=True)]
        size = math.hypot(*direction)
    return size if math.isfinite(size) else 0.0
