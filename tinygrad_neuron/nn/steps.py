"""A training step by step, and what it is after."""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..recording import no_grad
from ..value import Value
from .batches import Batches
from .data import Rows
from .divergence import Watchdog, advice
from .history import History
from .losses import LOSSES, half_squared_error
from .module import Module
from .optimizers import Optimizer, clip_gradients

if TYPE_CHECKING:
    from ..compiling.training import TrainingLoop

Loss = Callable[[Any, Any], Value]
STRETCH = 0.2  # seconds of machine code between two looks at Ctrl-C, targets and checkpoints
ADVISED = 20  # batches whose curvature is looked at


@dataclass(eq=False)
class Training:
    """A model, its samples, its optimizer and what is wanted, step by step."""

    model: Module
    samples: Rows
    loss: Loss
    optimizer: Optimizer
    batches: Batches
    watched: dict[str, Value]
    clip: float | None
    goal: Goal

    def __post_init__(self) -> None:
        self.history: History = History(list(self.watched), self.batches.per_epoch)
        self.watchdog: Watchdog = Watchdog(self.optimizer, self.batches.per_epoch)
        self._loop: TrainingLoop | None = None
        self._must_compile = False
        self._stretch, self._one_by_one = 16, 0

    def advance(self, total: int) -> None:
        """Make a step, or a stretch of them in machine code; the history tells if training ends with it."""
        if self._loop and not self._one_by_one and not self.watchdog.is_testing:
            self._native_steps(self._loop, min(self._stretch, total - len(self.history)))
        else:
            self._one_by_one = max(0, self._one_by_one - 1)
            self._step()

    def _step(self) -> None:
        """Make one step, unless there is trouble."""
        batch = next(self.batches)
        optimizer, history = self.optimizer, self.history
        loss = self.loss_of(batch)
        for parameter in {*optimizer.parameters, *self.watched.values()}:
            parameter.zero_grad()
        loss.backward()
        gradients = [parameter.grad for parameter in optimizer.parameters]
        history.losses.append(loss.data)
        history.rates.append(optimizer.rate)
        for name, parameter in self.watched.items():
            history.values[name].append(parameter.data)
            history.gradients[name].append(parameter.grad)
        if trouble := self.watchdog.see(loss.data, gradients):
            history.stopped, history.message = "diverged", self._diagnosis(trouble, gradients)
            return
        if self.clip is not None:
            clip_gradients(optimizer.parameters, self.clip)
        optimizer.step()
        self.watchdog.moved(self._number(batch) if self.watchdog.is_testing else None)
        self.goal.look(history)

    # ------------------------------------------------------------ samples
    def loss_of(self, batch: Sequence[int]) -> Value:
        """The loss of some samples, as a graph."""
        inputs, targets = self.samples.inputs, self.samples.targets
        return self._loss_of([inputs[k] for k in batch], [targets[k] for k in batch])

    def _loss_of(self, inputs: Sequence[Any], targets: Sequence[Any]) -> Value:
        return self.loss([_unwrapped(self.model(each)) for each in inputs], [_unwrapped(each) for each in targets])

    def _number(self, batch: Sequence[int]) -> float:
        with no_grad():
            return self.loss_of(batch).data

    # ------------------------------------------------------------ for checkpoints
    def state_dict(self) -> dict[str, Any]:
        """What the next steps depend on."""
        return {
            "parameters": self.optimizer.numbers,
            "optimizer": self.optimizer.state_dict(),
            "batches": self.batches.state_dict(),
            "watchdog": self.watchdog.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        self.optimizer.load_state_dict(state["optimizer"])
        self.batches.load_state_dict(state["batches"])
        self.watchdog.load_state_dict(state["watchdog"])
        self.optimizer.numbers = state["parameters"]

    # ------------------------------------------------------------ machine code
    def compile(self, *, required: bool) -> None:
        """Go on in machine code, if it can be had; what is in the way is raised if it is required."""
        from ..compiling.training import LoopError, TrainingLoop

        self._must_compile = required
        with self._falling_back():
            if self.loss not in LOSSES.values():
                raise LoopError("the loss is one of your own: how samples' losses make a batch's isn't known")
            self._number(range(len(self.samples.inputs)))  # what is wrong with the data shows here
            self._loop = TrainingLoop(
                lambda inputs, targets: self._loss_of([inputs], [targets]),
                self.samples.inputs,
                self.samples.targets,
                self.optimizer.parameters,
                self.optimizer.update,
                len(self.optimizer.state_dict()) - 1,
                mean=self.loss is not half_squared_error,
                clip=self.clip,
            )
            self.history.backend = "native"

    @contextmanager
    def _falling_back(self) -> Iterator[None]:
        """Without machine code where it can't be had, unless it is required."""
        from ..compiling.native import NativeMissingError
        from ..compiling.training import LoopError
        from ..formulas.listing import SpellingError

        try:
            yield
        except (NativeMissingError, LoopError, SpellingError) as error:
            if self._must_compile:
                raise
            self._loop, self.history.backend, self.history.remark = None, "eager", str(error)

    def _native_steps(self, loop: TrainingLoop, count: int) -> None:
        """Some steps in machine code, up to one that needs a closer look or ends the training."""
        began, before = time.monotonic(), self.state_dict()
        first = self.optimizer.steps
        done, losses, rows = self._run_loop(loop, count)
        if done < count and loop.is_missing_a_branch:
            self.load_state_dict(before)
            with self._falling_back():
                loop.learn_branch()
            return
        good = self.watchdog.follow(losses)
        good = done if good == done == count else max(0, good - 1)  # the step before trouble tells how far it went
        kept = self._note(losses[:good], rows, first)
        if kept < count:
            self.load_state_dict(before)
            if kept:
                self._run_loop(loop, kept)
            self.watchdog.follow(losses[:kept])
            self._one_by_one = 2
        self.watchdog.arrived()
        seconds = time.monotonic() - began
        self._stretch = max(1, min(4 * self._stretch, int(done * STRETCH / max(seconds, 1e-9))))

    def _run_loop(self, loop: TrainingLoop, count: int) -> tuple[int, array[float], list[array[float]]]:
        optimizer, state, numbers = self.optimizer, self.optimizer.state_dict(), self.optimizer.numbers
        first, *kept = state.values()
        batches, rates = self.batches.take(count), optimizer.rates(first, count)
        done, losses, rows = loop.run(numbers, kept, batches, rates, count, first + 1, watch=bool(self.watched))
        optimizer.load_state_dict({**state, "steps": first + done})
        optimizer.numbers = numbers
        return done, losses, rows

    def _note(self, losses: array[float], rows: list[array[float]], first: int) -> int:
        """A stretch of steps in the history, up to where training ends; how many."""
        history, length = self.history, len(self.history)
        if self.goal.is_open:
            history.losses += losses
        else:
            for loss in losses:
                history.losses.append(loss)
                self.goal.look(history)
                if history.stopped:
                    break
        count = len(history) - length
        rates = self.optimizer.rates(first, count)
        history.rates += [rates] * count if isinstance(rates, float) else rates
        places = {parameter: k for k, parameter in enumerate(self.optimizer.parameters)}
        for name, parameter in self.watched.items():
            k = places.get(parameter)  # None if it isn't the optimizer's: it stays, and has no gradient
            history.values[name] += [parameter.data if k is None else row[k] for row in rows[:count]]
            history.gradients[name] += [0.0 if k is None else row[len(places) + k] for row in rows[:count]]
        return count

    # ------------------------------------------------------------ what went wrong
    def _diagnosis(self, trouble: str, gradients: Sequence[float]) -> str:
        """Give the model its best parameters back, and say what went wrong."""
        history, optimizer = self.history, self.optimizer
        told = self.watchdog.complaint(trouble, history.losses[-1], gradients, self._names())
        count, size = len(self.samples.inputs), self.batches.size
        best = self.watchdog.restore(lambda: self._number(range(count)))
        optimizer.zero_grad()
        starts = range(0, count, max(size, math.ceil(count / ADVISED)))
        batches = (self.loss_of(range(start, min(start + size, count))) for start in starts)
        remedy = advice(optimizer, batches, self.goal.target or 0.01 * history.losses[0])
        back = f"those before step {best}, the best" if best > 1 else "the first ones"
        step = f"step {len(history):,} with {optimizer!r}"
        return f"diverged at {step}: {told}. The parameters are {back}. {remedy}."

    def _names(self) -> list[str]:
        """What the optimizer's parameters are called: by their label where that tells them apart."""
        named = {parameter: name for name, parameter in self.model.named_parameters().items()}
        labels = [parameter.label for parameter in self.optimizer.parameters]
        return [
            label if label and labels.count(label) == 1 else named.get(parameter, f"parameter {k}")
            for k, (parameter, label) in enumerate(zip(self.optimizer.parameters, labels, strict=True), 1)
        ]


def _unwrapped(row: Any) -> Any:
    return row[0] if isinstance(row, (list, tuple)) and len(row) == 1 else row


class Goal:
    """A loss that is low enough, or one that doesn't get lower any more."""

    def __init__(self, target: float | None, smoothing: float, patience: int | None) -> None:
        self.target, self._smoothing, self._patience = target, smoothing, patience
        self.running: float | None = None
        self.lowest, self.waited = math.inf, 0

    @property
    def is_open(self) -> bool:
        """Whether nothing but the count of steps ends the training."""
        return self.target is None and self._patience is None

    def look(self, history: History) -> None:
        """Write into the history why training ends now, if it does."""
        loss, kept = history.losses[-1], self._smoothing
        self.running = loss if self.running is None else kept * self.running + (1.0 - kept) * loss
        if self.target is not None and self.running < self.target:
            mean = "the running mean of the loss" if kept else "the loss"
            history.stopped = "target"
            history.message = f"target reached: {mean} is {self.running:.6g}, below {self.target:g}"
        elif self._patience is not None and len(history) % history.steps_per_epoch == 0:
            mean_loss = math.fsum(history.losses[-history.steps_per_epoch :]) / history.steps_per_epoch
            self.waited = 0 if mean_loss < self.lowest else self.waited + 1
            self.lowest = min(self.lowest, mean_loss)
            if self.waited >= self._patience:
                history.stopped = "patience"
                history.message = f"no lower loss than {self.lowest:.6g} in {self.waited} epochs"
        if history.stopped:
            history.message += f", at step {len(history):,}"
