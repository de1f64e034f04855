"""Noticing that a training doesn't learn, and saying why: what is stuck, and a remedy that was tried."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from ..checking.mistakes import find_strongest_path
from ..graph import temporary_numbers
from ..program import Program
from .diagnosis import TEXTS, Diagnosis
from .steps import Training
from .trials import Remedy, Trials

FEWEST = 20  # steps, before anything is said
STUCK = 0.5  # of the reference: a loss that isn't below that hasn't learned
SURE = {"plateau": 0.1}  # what a remedy has to reach instead, where less may be samples learned by heart
FLAT = {"tanh": 0.02, "sigmoid": 0.005}  # partials that are next to nothing: 2 % of the largest one
MOSTLY, VANISHED, SMALL = 0.8, 1e-3, 0.5  # parts of neurons and samples, of a gradient, of the targets' deviation
SHIFTED, WIDE = 5.0, 10.0  # a mean in deviations, and a deviation or its reciprocal, of data that aren't scaled
NAMED = 3

DRAWN = [Remedy(draws=True), Remedy(draws=True, rate=0.1), Remedy(draws=True, adam=True)]
RATES = [Remedy(rate=10.0**k) for k in range(1, 6)]
REMEDIES: dict[str, list[Remedy]] = {
    "symmetric": DRAWN,
    "unscaled": [*(Remedy(scales=True, rate=10.0**k) for k in range(4)), Remedy(scales=True, adam=True)],
    "dead": DRAWN,
    "saturated": DRAWN,
    "vanishing": [Remedy(adam=True), DRAWN[2]],
    "slow": RATES,
    "plateau": [RATES[0], Remedy(adam=True), DRAWN[2]],
}


def diagnose(training: Training) -> Diagnosis | None:
    """Why a training that is over hasn't learned; None if it has, or if nothing helps that was tried.

    It has learned if its loss is below half of what the best constant answer
    has and of the first loss, or gets there by going on. A cause is named only
    if its remedy gets there, and to half the loss of going on without it.

    Args:
        training: it stays as it is.
    """
    numbers = training.optimizer.numbers
    if len(training.history) < FEWEST or not all(map(math.isfinite, numbers)):
        return None
    with temporary_numbers(training.optimizer.parameters, numbers), _keep_gradients(training):
        trials = Trials(training)
        wanted = STUCK * trials.reference
        if trials.loss <= wanted or (without := trials.attempt(Remedy())) <= wanted:
            return None
        for symptom in Symptoms(trials).find():
            bar = min(SURE.get(symptom.cause, STUCK) * trials.reference, 0.5 * without)
            for remedy in REMEDIES[symptom.cause]:
                if (found := trials.attempt(remedy)) <= bar:
                    return _report(symptom, remedy, trials, found, without)
    return None


@contextmanager
def _keep_gradients(training: Training) -> Iterator[None]:
    parameters = training.model.parameters()
    kept = [(each, each.has_grad, each.grad) for each in parameters]
    try:
        yield
    finally:
        for parameter, has_grad, gradient in kept:
            parameter.zero_grad()
            if has_grad:
                parameter.grad = gradient


class Symptom(NamedTuple):
    """A possible cause: what it is about, and the numbers of its text."""

    cause: str
    names: Sequence[str] = ()
    numbers: Mapping[str, Any] = {}
    since: int | None = None


def _report(symptom: Symptom, remedy: Remedy, trials: Trials, found: float, without: float) -> Diagnosis:
    names = ", ".join(symptom.names[:NAMED]) + ", …" * (len(symptom.names) > NAMED)
    explanation = TEXTS["causes"][symptom.cause].format(names=names, **symptom.numbers)
    rate = trials.change(remedy).rate_at(0)
    parts = [name for name in ("scales", "draws", "adam") if getattr(remedy, name)] + ["rate"] * (remedy.rate != 1.0)
    text = " and ".join(TEXTS["remedies"][part].format(rate=rate) for part in parts)
    losses = (trials.loss, trials.reference, found, without)
    return Diagnosis(symptom.cause, explanation, tuple(symptom.names), symptom.since, text, trials.steps, *losses)


# ---------------------------------------------------------------- what is stuck
class Neuron(NamedTuple):
    """A place of the model's graph with an activation, the parameters that lead to it alone, and its layer."""

    place: int
    kind: str
    name: str
    parameters: list[int]
    layer: int


class Symptoms:
    """What is unusual in a model and its samples, by the numbers of all neurons for all samples."""

    def __init__(self, trials: Trials) -> None:
        self.trials, self.training, trial = trials, trials.training, trials.trial
        outputs = (trial.outputs_of(k) for k in range(len(trial.samples)))
        self.programs = [Program.of(*each) for each in outputs if each]
        alike = len({tuple(program.operands) for program in self.programs}) == 1
        self.neurons = list(_find_neurons(self.programs[0])) if alike else []
        self.loss = trial.record_loss()
        self.gradient = dict(zip(self.loss.nodes, self.loss.differentiate(), strict=True))

    def find(self) -> Iterator[Symptom]:
        """Those that are there, the ones first that can't be by chance."""
        if self.neurons:
            yield from self._find_symmetric()
        yield from self._find_unscaled()
        if self.neurons:
            yield from self._find_dead()
            yield from self._find_saturated()
            yield from self._find_vanishing()
        yield from self._find_slow()
        if self.neurons:
            yield from self._find_plateau()

    def _find_symmetric(self) -> Iterator[Symptom]:
        numbers = self.programs[0].numbers
        for layer in {neuron.layer for neuron in self.neurons}:
            alike = [neuron for neuron in self.neurons if neuron.layer == layer]
            weights = {tuple(numbers[k] for k in neuron.parameters) for neuron in alike}
            if len(alike) > 1 and len(weights) == 1 and weights != {()}:
                yield Symptom("symmetric", [neuron.name for neuron in alike])
                return

    def _find_unscaled(self) -> Iterator[Symptom]:
        columns, names = self.trials.samples.columns(), []
        scalable = columns if self.trials.scales_targets else self.trials.samples.input_names
        for name in scalable:
            column = columns[name]
            mean, deviation = statistics.fmean(column), statistics.pstdev(column)
            if deviation and (abs(mean) > SHIFTED * deviation or not 1 / WIDE < deviation < WIDE):
                names.append(f"{name} has mean {mean:.3g} and deviation {deviation:.3g}")
        if names:
            yield Symptom("unscaled", names)

    def _find_dead(self) -> Iterator[Symptom]:
        relus = [neuron for neuron in self.neurons if neuron.kind == "relu"]
        dead = [neuron for neuron in relus if not any(program.numbers[neuron.place] for program in self.programs)]
        if len(dead) < 0.5 * len(relus) or not dead:
            return
        nodes, places = self.programs[0].nodes, self.training.places
        parameters = {nodes[k] for neuron in dead for k in neuron.parameters} & places.keys()
        steps = [self.training.alive[places[parameter]] for parameter in parameters]
        known = self.training.history.backend == "eager" and not self.training.history.resumed_at
        since = max(steps, default=0) if known else None
        text = "" if since is None else TEXTS["since"]["step" if since else "start"].format(step=since)
        numbers = {"count": len(dead), "all": len(relus), "since": text}
        yield Symptom("dead", [neuron.name for neuron in dead], numbers, since)

    def _find_saturated(self) -> Iterator[Symptom]:
        curved = [neuron for neuron in self.neurons if neuron.kind in FLAT]
        flat = {neuron.name: statistics.fmean(
            abs(program.partials[neuron.place][0] or 0.0) < FLAT[neuron.kind] for program in self.programs
        ) for neuron in curved}  # fmt: skip
        if flat and (share := statistics.fmean(flat.values())) >= MOSTLY:
            kinds = "/".join(sorted({neuron.kind for neuron in curved}))
            yield Symptom(
                "saturated", [name for name in flat if flat[name] >= MOSTLY], {"share": share, "kinds": kinds}
            )

    def _find_vanishing(self) -> Iterator[Symptom]:
        """By the gradient of the outputs, as that of the loss is small on a plateau anyway."""
        program, slopes = self.programs[0], dict[int, list[float]]()
        gradient = [abs(each or 0.0) for each in program.differentiate()]
        for neuron in self.neurons:
            slopes.setdefault(neuron.layer, []).extend(gradient[k] for k in neuron.parameters)
        first, last = (statistics.fmean(slopes[end(slopes)] or [0.0]) for end in (min, max))
        if first < VANISHED * last:
            start = max((neuron for neuron in self.neurons if neuron.layer == 1), key=lambda each: gradient[each.place])
            places = [start.place, *(edge.head for edge in find_strongest_path(program, start.place))]
            path = dict.fromkeys(_name_neuron(program, k) for k in places if program.tags[k].scope)
            yield Symptom("vanishing", [" → ".join(path)], {"first": first, "last": last})

    def _find_slow(self) -> Iterator[Symptom]:
        now, start = self.training.optimizer.numbers, self.training.snapshots.start
        moved = statistics.fmean(abs(a - b) for a, b in zip(now, start, strict=True))
        if moved < 0.1 * max(0.1, statistics.fmean(map(abs, start))):
            yield Symptom("slow", (), {"rate": self.training.history.rates[0], "moved": moved})

    def _find_plateau(self) -> Iterator[Symptom]:
        answers = [program.numbers[program.roots[0]] for program in self.programs]
        targets = [row[0] for row in self.trials.samples.targets]
        if statistics.pstdev(answers) < SMALL * statistics.pstdev(targets):
            slopes = (abs(self.gradient.get(each) or 0.0) for each in self.training.optimizer.parameters)
            yield Symptom("plateau", (), {"slope": statistics.fmean(slopes)})


def _find_neurons(program: Program) -> Iterator[Neuron]:
    """The places with an activation, from the inputs on."""
    layers: dict[int, int] = {}
    for k, primitive in enumerate(program.primitives):
        if primitive and program.operands[k] and primitive.name in ("relu", *FLAT):
            parameters, below, stack = [], [0], [*program.operands[k]]
            while stack:
                at = stack.pop()
                if at in layers:
                    below.append(layers[at])
                elif program.operands[at]:
                    stack += program.operands[at]
                elif program.nodes[at].is_parameter:
                    parameters.append(at)
            layers[k] = 1 + max(below)
            yield Neuron(k, primitive.name, _name_neuron(program, k), parameters, layers[k])


def _name_neuron(program: Program, k: int) -> str:
    """The scope that a place is in, or what it is called."""
    return program.names[k].rpartition(".")[0] if program.tags[k].scope else program.names[k]
