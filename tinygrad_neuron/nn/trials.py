"""Trying a remedy on a copy of a training: other numbers, another rate, scaled data; the training stays as it is."""

from __future__ import annotations

import copy
import math
import random
import statistics
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..graph import temporary_numbers
from ..program import Program
from ..value import Value
from .batches import Batches
from .data import Samples
from .losses import absolute_error, cross_entropy, half_squared_error, huber, mean_squared_error
from .module import Module
from .optimizers import Adam, Optimizer
from .steps import Loss, StoppingRule, Training, unwrap

MOST_SAMPLES, MOST_NODES, FEWEST_STEPS, MOST_STEPS = 100, 150_000, 100, 400  # of a trial
ADAM_RATE = 0.03
REGRESSION = (mean_squared_error, half_squared_error, absolute_error, huber)  # whose targets can be scaled


class Remedy(NamedTuple):
    """What is tried: scaled data, weights drawn anew, a rate so many times as large, or Adam."""

    scales: bool = False
    draws: bool = False
    adam: bool = False
    rate: float = 1.0


class Trials:
    """Trials on some samples of a training.

    Attributes:
        loss: that of the training's parameters.
        reference: the loss of the best constant answer, or the first loss if that is lower.
        steps: how many each trial has.
    """

    def __init__(self, training: Training) -> None:
        self.training, self._numbers = training, training.optimizer.numbers
        self.samples: Samples = _choose(training.samples)
        self._found: dict[Remedy, float] = {}
        self.scales_targets: bool = training.loss in REGRESSION
        self._scaled = _scale(self.samples, targets=self.scales_targets)
        self.trial = trial = self._trial(self.samples, training.optimizer)
        self.loss: float = trial.compute_loss()
        with temporary_numbers(training.optimizer.parameters, training.snapshots.start):
            first = trial.compute_loss()
        self._constant = find_constant_loss(training.loss, self.samples, trial.count_outputs())
        self.reference: float = min(first, self._constant)
        nodes = trial.count_nodes() * min(1.0, training.batches.size / len(self.samples))
        self.steps: int = int(max(FEWEST_STEPS, min(MOST_STEPS, MOST_NODES / nodes)))

    def attempt(self, remedy: Remedy) -> float:
        """The loss after the steps with a remedy, in the measure of the data as they are; inf if it diverged."""
        if remedy not in self._found:
            self._found[remedy] = self._run(remedy)
        return self._found[remedy]

    def _run(self, remedy: Remedy) -> float:
        training, optimizer = self.training, self.change(remedy)
        samples = self._scaled if remedy.scales else self.samples
        with temporary_numbers(optimizer.parameters, training.snapshots.start if remedy.scales else self._numbers):
            if remedy.draws:
                draw_anew(training.model)
            trial = self._trial(samples, optimizer)
            loss = trial.run(self.steps)
            outputs = trial.count_outputs()
        scale = self._constant / find_constant_loss(training.loss, samples, outputs) if remedy.scales else 1.0
        return loss * scale if math.isfinite(loss * scale) else math.inf

    def change(self, remedy: Remedy) -> Optimizer:
        """The optimizer of a remedy."""
        own = self.training.optimizer
        if remedy.adam:
            return Adam(own.parameters, ADAM_RATE)
        new = copy.copy(own)
        if remedy != Remedy():  # it begins anew
            new.steps, new.memory = 0, {name: [0.0] * len(own.parameters) for name in own.memory}
            new.learning_rate = lambda steps: remedy.rate * own.rate_at(steps)
        return new

    def _trial(self, samples: Samples, optimizer: Optimizer) -> _Trial:
        of, batches = self.training, self.training.batches
        again = Batches(len(samples), batches.size, batches.order, batches.seed)
        return _Trial(of.model, samples, of.loss, optimizer, again, {}, of.clip, StoppingRule(None, 0.0, None))


class _Trial(Training):
    """A training that isn't explained if it diverges."""

    def run(self, steps: int) -> float:
        """The loss of all samples after some steps; inf if it diverged."""
        while len(self.history) < steps and not self.history.stopped:
            self.advance(steps)
        return math.inf if self.history.stopped else self.compute_loss()

    def compute_loss(self) -> float:
        return self._compute_loss(range(len(self.samples)))

    def count_nodes(self) -> int:
        return len(self.record_loss())

    def record_loss(self) -> Program:
        """The loss of all samples."""
        return Program.of(self._loss_of(range(len(self.samples))))

    def count_outputs(self) -> int:
        return len(self.outputs_of(0))

    def outputs_of(self, sample: int) -> list[Value]:
        """What the model gives for a sample; [] where those are no Values."""
        outputs = self.model(self.samples.inputs[sample])
        outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
        return outputs if all(isinstance(each, Value) for each in outputs) else []

    def _diagnose(self, reason: str, gradients: Sequence[float]) -> Any:  # noqa: ARG002
        return reason


def draw_anew(model: Module) -> None:
    """Draw all weights with deviation 1/√n, n for those of one list; what stands alone, a bias, becomes 0.

    A model without lists has all its parameters drawn in ±1.
    """
    chance, parameters = random.Random(0), model.named_parameters()  # the same ones in the same trial
    lists = [name.rpartition(".")[0] if name.rpartition(".")[2].isdigit() else "" for name in parameters]
    for of, parameter in zip(lists, parameters.values(), strict=True):
        width = math.sqrt(3.0 / lists.count(of)) if of else float(not any(lists))
        parameter.data = chance.uniform(-width, width)


# ---------------------------------------------------------------- samples
def _choose(samples: Samples) -> Samples:
    """Some of many samples."""
    count = len(samples)
    places = range(count) if count <= MOST_SAMPLES else sorted(random.Random(0).sample(range(count), MOST_SAMPLES))
    inputs, targets = ([column[k] for k in places] for column in (samples.inputs, samples.targets))
    return Samples(inputs, targets, samples.input_names, samples.target_names)


def _scale(samples: Samples, *, targets: bool) -> Samples:
    """Samples whose inputs, and targets if wanted, have mean 0 and deviation 1."""
    scaled = _standardize(samples.targets) if targets else samples.targets
    return Samples(_standardize(samples.inputs), scaled, samples.input_names, samples.target_names)


def _standardize(rows: Sequence[Sequence[float]]) -> list[tuple[float, ...]]:
    columns = []
    for column in zip(*rows, strict=True):
        mean, deviation = statistics.fmean(column), statistics.pstdev(column)
        columns.append([(each - mean) / (deviation or 1.0) for each in column])
    return list(zip(*columns, strict=True))


def find_constant_loss(loss: Loss, samples: Samples, outputs: int) -> float:
    """The loss of the best answer that is the same for all samples: a mean, a median, or logits of frequencies."""
    columns = list(zip(*samples.targets, strict=True))
    if loss is cross_entropy:
        answers = [[math.log(columns[0].count(float(k)) + 1e-9) for k in range(outputs)]]
    elif outputs == len(columns):
        answers = [[take(column) for column in columns] for take in (statistics.fmean, statistics.median, _logit)]
    else:
        return math.inf
    targets = [unwrap(row) for row in samples.targets]
    constants = ([Value(each, constant=True) for each in row] for row in answers)
    return min(loss([unwrap(row)] * len(targets), targets).data for row in constants)


def _logit(column: Sequence[float]) -> float:
    share = min(max(statistics.fmean(column), 1e-9), 1.0 - 1e-9)
    return math.log(share / (1.0 - share))
