"""A training step by step, and what ends it."""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ..compiling.native import NativeMissingError
from ..compiling.training import TrainingLoop
from ..formulas.listing import LanguageError
from ..value import Value
from .batches import Batches
from .data import Samples
from .divergence import Divergence, LossMonitor, Snapshots, advise, explain
from .history import History
from .losses import LOSSES, half_squared_error
from .module import Module, compute
from .optimizers import Optimizer, clip_gradients

Loss = Callable[[Any, Any], Value]
STRETCH = 0.2  # seconds of machine code between two looks at Ctrl-C, targets and checkpoints
ADVISED = 20  # batches whose curvature is looked at


@dataclass
class StoppingRule:
    """What ends a training before its last step: a loss that is low enough, or that doesn't get lower any more."""

    target: float | None
    smoothing: float
    patience: int | None
    running: float | None = None
    lowest: float = math.inf
    waited: int = 0

    def look(self, history: History) -> None:
        """Write into the history why training ends now, if it does."""
        loss, kept, size = history.losses[-1], self.smoothing, history.steps_per_epoch
        self.running = loss if self.running is None else kept * self.running + (1.0 - kept) * loss
        if self.target is not None and self.running < self.target:
            mean = "the running mean of the loss" if kept else "the loss"
            history.stopped = "target"
            history.message = f"target reached: {mean} is {self.running:.6g}, below {self.target:g}"
        elif self.patience is not None and len(history) % size == 0:
            mean_loss = math.fsum(history.losses[-size:]) / size
            self.waited = 0 if mean_loss < self.lowest else self.waited + 1
            self.lowest = min(self.lowest, mean_loss)
            if self.waited >= self.patience:
                history.stopped, history.message = (
                    "patience",
                    f"no lower loss than {self.lowest:.6g} in {self.waited} epochs",
                )
        if history.stopped:
            history.message += f", at step {len(history):,}"


@dataclass(eq=False)
class Training:
    """A model, its samples, its optimizer and what ends the training, step by step."""

    model: Module
    samples: Samples
    loss: Loss
    optimizer: Optimizer
    batches: Batches
    watched: dict[str, Value]
    clip: float | None
    rule: StoppingRule

    def __post_init__(self) -> None:
        self.history: History = History(list(self.watched), self.batches.per_epoch)
        self.monitor: LossMonitor = LossMonitor(self.batches.per_epoch)
        self.snapshots: Snapshots = Snapshots(self.optimizer.numbers)
        self.alive: list[int] = [0] * len(self.optimizer.parameters)  # the last step with a gradient, of each
        self._loop: TrainingLoop | None = None
        self._must_compile, self._stretch, self._one_by_one = False, 16, 0

    def advance(self, total: int) -> None:
        """Make a step, or a stretch of them in machine code; the history says if training ends with it."""
        if self._loop and not self._one_by_one and self.monitor.tests is None:
            self._native_steps(self._loop, min(self._stretch, total - len(self.history)))
        else:
            self._one_by_one = max(0, self._one_by_one - 1)
            self._step()

    def _step(self) -> None:
        """Make one step, unless there is trouble."""
        batch = next(self.batches)
        optimizer, history, monitor = self.optimizer, self.history, self.monitor
        loss, numbers = self._loss_of(batch), optimizer.numbers
        for parameter in {*optimizer.parameters, *self.watched.values()}:
            parameter.zero_grad()
        loss.backward()
        gradients = [parameter.grad for parameter in optimizer.parameters]
        history.losses.append(loss.data)
        history.rates.append(optimizer.rate)
        for name, parameter in self.watched.items():
            history.values[name].append(parameter.data)
            history.gradients[name].append(parameter.grad)
        self.alive = [len(history) if slope else last for slope, last in zip(gradients, self.alive, strict=True)]
        trouble = monitor.see(loss.data) if all(map(math.isfinite, gradients)) else "not finite"
        self.snapshots.keep_best(numbers, monitor.best_step)
        if trouble:
            history.stopped, history.divergence = "diverged", self._diagnose(trouble, gradients)
            history.message = str(history.divergence)
            return
        if self.clip is not None:
            clip_gradients(optimizer.parameters, self.clip)
        self.snapshots.before = numbers
        optimizer.step()
        if monitor.tests:
            monitor.tests[-1][1] = self._compute_loss(batch)
        self.rule.look(history)

    # ------------------------------------------------------------ samples
    def _loss_of(self, batch: Sequence[int]) -> Value:
        """The loss of some samples, as a graph."""
        inputs, targets = self.samples.inputs, self.samples.targets
        return self.loss([unwrap(self.model(inputs[k])) for k in batch], [unwrap(targets[k]) for k in batch])

    def _sample_loss(self, inputs: Any, targets: Any) -> Value:
        return self.loss([unwrap(self.model(inputs))], [unwrap(targets)])

    def _compute_loss(self, batch: Sequence[int]) -> float:
        return compute(self._loss_of, batch)[0]

    # ------------------------------------------------------------ for checkpoints
    def state_dict(self) -> dict[str, Any]:
        """What the next steps depend on, and what is said of them."""
        rule = {name: getattr(self.rule, name) for name in ("running", "lowest", "waited")}
        watching = {"monitor": dict(vars(self.monitor)), "snapshots": dict(vars(self.snapshots)), "rule": rule}
        return {**self._position(), **watching, "history": self.history.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        for name in ("monitor", "snapshots", "rule"):
            vars(getattr(self, name)).update(state[name])
        self.history.load_state_dict(state["history"])
        self._go_to(state)

    def _position(self) -> dict[str, Any]:
        """Where the training is: what its next steps depend on."""
        state = {"optimizer": self.optimizer.state_dict(), "batches": self.batches.state_dict()}
        return {"parameters": self.optimizer.numbers, **state}

    def _go_to(self, position: dict[str, Any]) -> None:
        self.optimizer.load_state_dict(position["optimizer"])
        self.batches.load_state_dict(position["batches"])
        self.optimizer.numbers = position["parameters"]

    # ------------------------------------------------------------ machine code
    def compile(self, *, required: bool) -> None:
        """Go on in machine code, if it can be had; what is in the way is raised if it is required."""
        self._must_compile = required
        with self._falling_back():
            if self.loss not in LOSSES.values():
                raise LanguageError("the loss is one of your own: how samples' losses make a batch's isn't known")
            self._compute_loss(range(len(self.samples.inputs)))  # what is wrong with the data shows here
            samples, is_mean = self.samples, self.loss is not half_squared_error
            self._loop = TrainingLoop(
                self._sample_loss, samples.inputs, samples.targets, self.optimizer, mean=is_mean, clip=self.clip
            )
            self.history.backend = "native"

    @contextmanager
    def _falling_back(self) -> Iterator[None]:
        """Without machine code where it can't be had, unless it is required."""
        try:
            yield
        except (NativeMissingError, LanguageError) as error:
            if self._must_compile:
                raise
            self._loop, self.history.backend, self.history.remark = None, "eager", str(error)

    def _native_steps(self, loop: TrainingLoop, count: int) -> None:
        """Some steps in machine code, up to one that needs a closer look or ends the training."""
        began, before, first = time.monotonic(), self._position(), self.optimizer.steps
        done, losses, rows = loop.run(self.batches.take(count), count, watch=bool(self.watched))
        if done < count and loop.is_missing_a_branch:
            self._go_to(before)
            with self._falling_back():
                loop.learn_branch()
            return
        calm = self.monitor.count_calm(losses)
        good = count if calm == count else max(0, calm - 1)  # the step before trouble shows how far it went
        kept = self._note(losses[:good], rows, first)
        if kept < count:
            self._go_to(before)
            if kept:
                loop.run(self.batches.take(kept), kept, watch=False)
            self._one_by_one = 2
        self.monitor.follow(losses[:kept])
        self.snapshots.keep_best(self.optimizer.numbers, self.monitor.best_step)
        seconds = time.monotonic() - began
        self._stretch = max(1, min(4 * self._stretch, int(done * STRETCH / max(seconds, 1e-9))))

    def _note(self, losses: array[float], rows: list[array[float]], first: int) -> int:
        """A stretch of steps in the history, up to where training ends; how many."""
        history, length = self.history, len(self.history)
        if self.rule.target is None and self.rule.patience is None:
            history.losses += losses
        else:
            for loss in losses:
                history.losses.append(loss)
                self.rule.look(history)
                if history.stopped:
                    break
        count = len(history) - length
        rates = self.optimizer.rates(first, count)
        history.rates += [rates] * count if isinstance(rates, float) else rates
        places = self.places
        for name, parameter in self.watched.items():
            k = places.get(parameter)  # None if it isn't the optimizer's: it stays, and has no gradient
            history.values[name] += [parameter.data if k is None else row[k] for row in rows[:count]]
            history.gradients[name] += [0.0 if k is None else row[len(places) + k] for row in rows[:count]]
        return count

    # ------------------------------------------------------------ what went wrong
    def _diagnose(self, reason: str, gradients: Sequence[float]) -> Divergence:
        """Give the model its best parameters back, and say what went wrong."""
        history, optimizer, names = self.history, self.optimizer, self._name_parameters()
        steps = zip(names, optimizer.numbers, self.snapshots.before, strict=True)
        moves, slopes = {name: abs(now - then) for name, now, then in steps}, dict(zip(names, gradients, strict=True))
        explanation = explain(reason, self.monitor, history.losses[-1], slopes, moves)
        best_step = self._restore()
        optimizer.zero_grad()
        count, size = len(self.samples), self.batches.size
        starts = range(0, count, max(size, math.ceil(count / ADVISED)))
        losses = (self._loss_of(range(start, min(start + size, count))) for start in starts)
        advice = advise(optimizer, losses, self.rule.target or 0.01 * history.losses[0])
        return Divergence(reason, len(history), repr(optimizer), explanation, best_step, *advice)

    def _restore(self) -> int:
        """Give the parameters their best numbers, or the first ones if those are better; before which step it was."""
        losses = []
        for numbers in (self.snapshots.best, self.snapshots.start):
            self.optimizer.numbers = numbers
            losses.append(self._compute_loss(range(len(self.samples))))
        if not losses[0] <= losses[1]:
            return 0
        self.optimizer.numbers = self.snapshots.best
        return self.snapshots.best_step

    @property
    def places(self) -> dict[Value, int]:
        """Which of the optimizer's parameters each is."""
        return {parameter: k for k, parameter in enumerate(self.optimizer.parameters)}

    def _name_parameters(self) -> list[str]:
        """What the optimizer's parameters are called: by their label where that tells them apart."""
        names = {parameter: name for name, parameter in self.model.named_parameters().items()}
        places = [names.get(parameter, f"parameter {k}") for k, parameter in enumerate(self.optimizer.parameters, 1)]
        labels = [parameter.label for parameter in self.optimizer.parameters]
        pairs = zip(labels, places, strict=True)
        return [label if label and labels.count(label) == 1 else place for label, place in pairs]


def unwrap(row: Any) -> Any:
    """The only one of a row alone."""
    return row[0] if isinstance(row, (list, tuple)) and len(row) == 1 else row
