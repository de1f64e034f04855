"""Why a training doesn't learn: the cause is named, the remedy was tried, and trainings that learn hear nothing."""

from __future__ import annotations

import random

import pytest
import trainings

from tinygrad_neuron import Value, tanh
from tinygrad_neuron.cli import main
from tinygrad_neuron.nn import MLP, SGD, Diagnosis, Formula, Module, fit, hinge, make_xor
from tinygrad_neuron.nn.trials import draw_anew

SEED = random.SystemRandom().randrange(1000)  # all of them with many seeds: python tests/nn/trainings.py 10


def some(names, count):
    """Some of the trainings, others each time."""
    return random.Random(SEED).sample(sorted(names), count)


def test_some_trainings_that_learn_get_no_diagnosis():
    for name in some(trainings.HEALTHY, 6):
        history = trainings.HEALTHY[name](SEED)
        assert history.diagnosis is None, (name, SEED, history.message)


def test_some_stuck_ones_get_no_wrong_diagnosis():
    for name in some(trainings.STUCK, 2):
        causes, make = trainings.STUCK[name]
        history = make(SEED)
        assert history.diagnosis is None or history.diagnosis.cause in causes, (name, SEED, history.message)


class TestWhatIsSaid:
    @staticmethod
    def of(name, seed=0):
        history = trainings.STUCK[name][1](seed)
        assert isinstance(history.diagnosis, Diagnosis), history.message
        assert str(history.diagnosis) in history.message
        assert history.to_dict()["diagnosis"] == history.diagnosis.to_dict()
        assert history.diagnosis.loss_with <= 0.5 * min(history.diagnosis.reference, history.diagnosis.loss_without)
        return history.diagnosis

    def test_dead_relus_which_and_since_when(self):
        found = self.of("relus killed by a large step")
        assert found.cause == "dead"
        assert found.names == tuple(f"layer1.neuron{k}" for k in range(1, 7))
        assert found.since == 30
        assert "6 of 6 relus give 0 for every sample, layer1.neuron1" in str(found)
        assert "since step 30" in str(found)
        never = self.of("dead relus from the start")
        assert never.since == 0
        assert "since the start" in str(never)

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("all weights zero", "The neurons of a layer are alike, layer1.neuron1, layer1.neuron2"),
            ("saturated layer", "lies where they are flat, layer1.neuron1"),
            ("deep sigmoids", "layer1.neuron2 → layer2.neuron2 → layer3.neuron2"),
            ("rate too small", "take a learning rate of 0."),
            ("xor's plateau", "all samples get nearly the same answer"),
            ("prices", "x1 has mean"),
        ],
    )
    def test_the_cause_in_words(self, name, words):
        causes = trainings.STUCK[name][0]
        found = self.of(name)
        assert found.cause in causes
        assert words in str(found)

    def test_the_remedy_does_what_was_said(self):
        """A network drawn anew, as the remedy says, has the loss that the trial had."""
        found = self.of("all weights zero")
        assert found.remedy == "draw the weights anew, with deviation 1/√n for n inputs"
        model = MLP([2, 6, 1])
        draw_anew(model)
        again = fit(model, trainings.moons(0), hinge, SGD(model.parameters(), 0.1), steps=found.steps + 1)
        assert again.losses[-1] == pytest.approx(found.loss_with)


def test_the_model_the_optimizer_and_the_history_stay_as_they_are():
    runs = []
    for diagnose in (True, False):
        model = trainings.kill(MLP([2, 4, 1], "relu", seed=0))
        optimizer = SGD(model.parameters(), 0.1, momentum=0.1)
        history = fit(model, trainings.moons(0, 12), hinge, optimizer, steps=60, diagnose=diagnose)
        gradients = [each.grad for each in model.parameters()]
        runs.append((model.state_dict(), optimizer.state_dict(), gradients, history.losses))
        assert (history.diagnosis is not None) == diagnose
    assert runs[0] == runs[1]


def test_in_machine_code_it_is_the_same_but_for_since_when():
    model = trainings.kill(MLP([2, 6, 1], "relu", seed=0))
    optimizer = SGD(model.parameters(), 0.1)
    history = fit(model, trainings.moons(0), hinge, optimizer, steps=200, backend="native")
    assert history.diagnosis.cause == "dead"
    assert history.diagnosis.since is None
    assert "since" not in history.message


def test_models_of_ones_own_and_formulas():
    class Pair(Module):
        def __init__(self):
            self.w = [Value(0.0, parameter=True, label=f"w{k}") for k in range(6)]

        def __call__(self, inputs):
            a, b, c, d, e, f = self.w
            return e * tanh(a * inputs[0] + b * inputs[1]) + f * tanh(c * inputs[0] + d * inputs[1])

    model = Pair()
    history = fit(model, trainings.moons(1), hinge, SGD(model.parameters(), 0.3), steps=100)
    assert history.diagnosis.cause == "symmetric"
    line = Formula("a*x + c", ["x"], {"a": 0.0, "c": 0.0})
    history = fit(line, trainings.line(), optimizer=SGD(line.parameters(), 1e-7), steps=100)
    assert history.diagnosis.cause == "slow"


def test_what_no_remedy_cures_is_not_diagnosed():
    """A single linear neuron can't do exclusive or, and noise has nothing to be learned."""
    neuron = Formula("a*x + b*y + c", ["x", "y"], seed=1)
    history = fit(neuron, make_xor(), optimizer=SGD(neuron.parameters(), 0.1), steps=300)
    assert history.losses[-1] == pytest.approx(1.0, abs=0.01)
    assert history.diagnosis is None


def test_at_the_command_line(tmp_path, capsys):
    path = tmp_path / "line.csv"
    path.write_text("x,y\n" + "\n".join(f"{x},{2 * x + 1}" for x in range(-3, 4)))
    assert (
        main(
            [
                "train",
                str(path),
                "--neuron",
                "a*x + b",
                "--start",
                "a=0",
                "--start",
                "b=0",
                "--lr",
                "1e-7",
                "--steps",
                "50",
            ]
        )
        == 0
    )
    assert "it doesn't learn: " in (printed := capsys.readouterr().out)
    assert "The learning rate is too small" in printed
