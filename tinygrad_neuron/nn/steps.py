"""A training step by step, and what it is after."""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..recording import no_grad
from ..value import Value
from .batches import Batches
from .data import Rows
from .divergence import Watchdog, advice
from .history import History
from .losses import AVERAGED, SUMMED
from .module import Module
from .optimisers import Optimiser, clip_gradients

if TYPE_CHECKING:
    from ..compiling.training import TrainingLoop

Loss = Callable[[Any, Any], Value]
STRETCH = 0.2  # seconds of machine code between two looks at Ctrl-C, targets and checkpoints
ADVISED = 20  # batches whose curvature is looked at


class Training:
    """A model, its samples and its optimiser, step by step."""

    def __init__(
        self,
        model: Module,
        samples: Rows,
        loss: Loss,
        optimiser: Optimiser,
        batches: Batches,
        watched: dict[str, Value],
        clip: float | None,
    ) -> None:
        self.model, self.samples, self.loss = model, samples, loss
        self.optimiser, self.batches, self.watched, self.clip = optimiser, batches, watched, clip
        self.history = History(list(watched), batches.per_epoch)
        self.watchdog = Watchdog(optimiser.parameters, batches.per_epoch)
        self.trouble_gradients: list[float] = []
        self.loop: TrainingLoop | None = None
        self.must_compile = False
        self._stretch, self._one_by_one = 16, 0
        self._single = len(samples.targets[0]) == 1

    def step(self) -> str:
        """Make one step, unless there is trouble, which is returned."""
        batch = next(self.batches)
        optimiser, history = self.optimiser, self.history
        loss = self.loss_of(batch)
        for parameter in {*optimiser.parameters, *self.watched.values()}:
            parameter.zero_grad()
        loss.backward()
        gradients = [parameter.grad for parameter in optimiser.parameters]
        history.losses.append(loss.data)
        history.rates.append(optimiser.learning_rate)
        for name, parameter in self.watched.items():
            history.values[name].append(parameter.data)
            history.gradients[name].append(parameter.grad)
        trouble = self.watchdog.see(loss.data, gradients)
        if trouble:
            self.trouble_gradients = gradients
            return trouble
        if self.clip is not None:
            clip_gradients(optimiser.parameters, self.clip)
        optimiser.step()
        self.watchdog.moved(self._number(batch) if self.watchdog.is_testing else None)
        return ""

    def advance(self, goal: Goal, total: int) -> tuple[str, tuple[str, str] | None]:
        """Make a step, or a stretch of them in machine code; trouble, and why training ends now, if it does."""
        if self.loop and not self._one_by_one and not self.watchdog.is_testing:
            return "", self._native_steps(goal, min(self._stretch, total - len(self.history)))
        self._one_by_one = max(0, self._one_by_one - 1)
        trouble = self.step()
        return trouble, None if trouble else goal.reached(self.history)

    def as_loop(self) -> TrainingLoop:
        """This training as machine code."""
        from ..compiling.training import LoopError, TrainingLoop

        if self.loss not in (*AVERAGED, *SUMMED):
            raise LoopError("the loss is one of your own: it isn't known how the losses of samples make one of a batch")
        self._number(range(len(self.samples.inputs)))  # what is wrong with the data shows here
        return TrainingLoop(
            self._sample_loss,
            self.samples.inputs,
            self.samples.targets,
            self.optimiser.parameters,
            self.optimiser.update,
            len(self.optimiser.state_dict()) - 1,
            mean=self.loss in AVERAGED,
            clip=self.clip,
        )

    def _sample_loss(self, inputs: list[Any], targets: list[Any]) -> Value:
        return self.loss([self._unwrapped(self.model(inputs))], [targets[0] if self._single else targets])

    def _native_steps(self, goal: Goal, count: int) -> tuple[str, str] | None:
        """Some steps in machine code, up to one that needs a closer look or ends the training."""
        assert self.loop  # noqa: S101 (for the type checker)
        began, before = time.monotonic(), self._state()
        done, losses, rows = self._run_loop(self.loop, count)
        if done < count and self.loop.is_missing_a_branch:
            self._restore(before)
            self._learn(self.loop)
            return None
        watched = self.watchdog.state_dict()
        good = self.watchdog.follow(losses)
        good = done if good == done == count else max(0, good - 1)  # the step before trouble tells how far it went
        kept, reason = self._note(losses[:good], rows, goal)
        if kept < len(losses):
            self.watchdog.load_state_dict(watched)
            self.watchdog.follow(losses[:kept])
        if kept < count:
            self._restore(before)
            if kept:
                self._run_loop(self.loop, kept)
        if reason:
            return reason
        if kept < count:
            self._one_by_one = 2
        self.watchdog.arrived()
        seconds = time.monotonic() - began
        self._stretch = max(1, min(4 * self._stretch, int(done * STRETCH / max(seconds, 1e-9))))
        return None

    def _learn(self, loop: TrainingLoop) -> None:
        """Compile the branch that a sample took; where there are too many, go on without machine code."""
        from ..compiling.training import LoopError

        try:
            loop.learn_branch()
        except LoopError as error:
            if self.must_compile:
                raise
            self.loop, self.history.backend, self.history.remark = None, "eager", str(error)

    def _run_loop(self, loop: TrainingLoop, count: int) -> tuple[int, array[float], list[array[float]]]:
        optimiser = self.optimiser
        numbers = [parameter.data for parameter in optimiser.parameters]
        state = optimiser.state_dict()
        kept = [column for name, column in state.items() if name != "steps"]
        first = optimiser.steps
        rates = optimiser.rates(first, count)
        batches = self.batches.take(count)
        done, losses, rows = loop.run(numbers, kept, batches, rates, count, first + 1, watch=bool(self.watched))
        state["steps"] = first + done
        optimiser.load_state_dict(state)
        for parameter, number in zip(optimiser.parameters, numbers, strict=True):
            parameter.data = number
        return done, losses, rows

    def _note(self, losses: array[float], rows: list[array[float]], goal: Goal) -> tuple[int, tuple[str, str] | None]:
        """A stretch of steps in the history, up to where training ends; how many, and why it ends."""
        history, reason = self.history, None
        length, first = len(history), self.optimiser.steps - len(losses)
        if goal.is_open:
            history.losses += losses
        else:
            for loss in losses:
                history.losses.append(loss)
                if reason := goal.reached(history):
                    break
        count = len(history) - length
        rates = self.optimiser.rates(first, count)
        history.rates += [rates] * count if isinstance(rates, float) else rates
        parameters = self.optimiser.parameters
        places = {parameter: k for k, parameter in enumerate(parameters)}
        for name, parameter in self.watched.items():
            place = places.get(parameter)
            if place is None:  # not the optimiser's: it stays, and has no gradient
                history.values[name] += [parameter.data] * count
                history.gradients[name] += [0.0] * count
            else:
                history.values[name] += [row[place] for row in rows[:count]]
                history.gradients[name] += [row[len(places) + place] for row in rows[:count]]
        return count, reason

    def _state(self) -> dict[str, Any]:
        return {
            "parameters": [parameter.data for parameter in self.optimiser.parameters],
            "optimiser": self.optimiser.state_dict(),
            "batches": self.batches.state_dict(),
        }

    def _restore(self, state: dict[str, Any]) -> None:
        self.optimiser.load_state_dict(state["optimiser"])
        self.batches.load_state_dict(state["batches"])
        for parameter, number in zip(self.optimiser.parameters, state["parameters"], strict=True):
            parameter.data = number

    def loss_of(self, batch: Sequence[int]) -> Value:
        """The loss of some samples, as a graph."""
        predictions = [self._unwrapped(self.model(self.samples.inputs[k])) for k in batch]
        targets = [self.samples.targets[k][0] if self._single else self.samples.targets[k] for k in batch]
        return self.loss(predictions, targets)

    def _number(self, batch: Sequence[int]) -> float:
        with no_grad():
            return self.loss_of(batch).data

    @staticmethod
    def _unwrapped(output: Any) -> Any:
        return output[0] if isinstance(output, (list, tuple)) and len(output) == 1 else output

    def diagnosis(self, trouble: str, goal: Goal) -> str:
        """Give the model its best parameters back, and say what went wrong."""
        history, watchdog, parameters = self.history, self.watchdog, self.optimiser.parameters
        names = self._names()
        told = watchdog.complaint(trouble, history.losses[-1], self.trouble_gradients, names)
        count = len(self.samples.inputs)
        best = watchdog.restore(lambda: self._number(range(count)))
        for parameter in parameters:
            parameter.zero_grad()
        size = self.batches.size
        starts = range(0, count, max(size, math.ceil(count / ADVISED)))
        batches = (self.loss_of(range(start, min(start + size, count))) for start in starts)
        wanted = goal.target or 0.01 * history.losses[0]
        back = (
            f"The parameters are those before step {best}, the best"
            if best > 1
            else "The parameters are the first ones"
        )
        return (
            f"diverged at step {len(history):,} with {self.optimiser!r}: {told}. {back}. "
            f"{advice(self.optimiser, batches, wanted)}."
        )

    def _names(self) -> list[str]:
        """What the optimiser's parameters are called: by their label where that tells them apart."""
        named = {parameter: name for name, parameter in self.model.named_parameters().items()}
        labels = [parameter.label for parameter in self.optimiser.parameters]
        return [
            label if label and labels.count(label) == 1 else named.get(parameter, f"parameter {k}")
            for k, (parameter, label) in enumerate(zip(self.optimiser.parameters, labels, strict=True), 1)
        ]


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

    def reached(self, history: History) -> tuple[str, str] | None:
        """Why training ends now, if it does."""
        loss = history.losses[-1]
        kept = self._smoothing
        self.running = loss if self.running is None else kept * self.running + (1.0 - kept) * loss
        if self.target is not None and self.running < self.target:
            mean = "the running mean of the loss" if kept else "the loss"
            return (
                "target",
                f"target reached: {mean} is {self.running:.6g}, below {self.target:g}, at step {len(history):,}",
            )
        if self._patience is None or len(history) % history.steps_per_epoch:
            return None
        mean_loss = math.fsum(history.losses[-history.steps_per_epoch :]) / history.steps_per_epoch
        self.waited = 0 if mean_loss < self.lowest else self.waited + 1
        self.lowest = min(self.lowest, mean_loss)
        if self.waited < self._patience:
            return None
        return "patience", f"no lower loss than {self.lowest:.6g} in {self.waited} epochs, at step {len(history):,}"
