"""Training: what stops it, what it keeps, and going on after a break to the same bits."""

from __future__ import annotations

import json
import math
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tinygrad_neuron import Value
from tinygrad_neuron.graph import gradient
from tinygrad_neuron.nn import (
    MLP,
    SGD,
    Adam,
    CheckpointError,
    DataError,
    Formula,
    Neuron,
    RMSProp,
    absolute_error,
    cross_entropy,
    fit,
    half_squared_error,
    hinge,
    make_xor,
    mean_squared_error,
)
from tinygrad_neuron.nn.batches import Batches
from tinygrad_neuron.nn.divergence import LossMonitor, largest_curvature

LINE = [(float(x), 2.0 * x + 1.0) for x in range(-3, 4)]


def line(**options):
    model = Neuron(1, "linear", weights=[0.0])
    optimizer = options.pop("optimizer", None) or SGD(model.parameters(), options.pop("rate", 0.05))
    return model, fit(model, options.pop("data", LINE), optimizer=optimizer, **options)


def test_it_is_gradient_descent():
    model, history = line(steps=30, watch=True)
    w = b = 0.0
    for step in range(30):
        errors = [w * x + b - y for x, y in LINE]
        assert history.losses[step] == pytest.approx(math.fsum(e * e for e in errors) / 7, rel=1e-12)
        assert history.values["weights.0"][step] == pytest.approx(w, rel=1e-12)
        slope = math.fsum(2 * e * x for e, (x, _) in zip(errors, LINE, strict=True)) / 7
        assert history.gradients["weights.0"][step] == pytest.approx(slope, rel=1e-10, abs=1e-12)
        w, b = w - 0.05 * slope, b - 0.05 * 2 * math.fsum(errors) / 7
    assert (model.weights[0].data, model.bias.data) == pytest.approx((w, b), rel=1e-10)
    assert (history.stopped, history.message, len(history)) == ("done", "done: 30 steps", 30)


class TestBatches:
    def test_shuffled_goes_through_all_in_each_epoch(self):
        batches = Batches(10, 4, "shuffled", 1)
        epochs = [[k for _ in range(3) for k in next(batches)] for _ in range(3)]
        assert [sorted(epoch) for epoch in epochs] == [list(range(10))] * 3
        assert epochs[0] != epochs[1]
        again = Batches(10, 4, "shuffled", 1)
        assert [[k for _ in range(3) for k in next(again)] for _ in range(3)] == epochs

    def test_drawn_is_pythons_randrange(self):
        batches, chance = Batches(20, 1, "drawn", 4), random.Random(4)
        assert [next(batches)[0] for _ in range(50)] == [chance.randrange(20) for _ in range(50)]

    @pytest.mark.parametrize("order", ["shuffled", "given", "drawn"])
    @pytest.mark.parametrize("done", [0, 1, 2, 3, 7])
    def test_going_on_gives_the_same_batches(self, order, done):
        first = Batches(10, 4, order, 3)
        for _ in range(done):
            next(first)
        second = Batches(10, 4, order, 99)
        second.load_state_dict(json.loads(json.dumps(first.state_dict())))
        assert [list(next(first)) for _ in range(9)] == [list(next(second)) for _ in range(9)]


class TestStops:
    def test_at_a_target(self):
        _, history = line(steps=1000, target=0.01)
        assert history.stopped == "target"
        assert history.losses[-1] < 0.01 <= history.losses[-2]
        assert f"below 0.01, at step {len(history)}" in history.message

    def test_at_a_running_mean(self):
        _, history = line(steps=2000, target=0.01, smoothing=0.9)
        running = history.losses[0]
        means = [running := 0.9 * running + 0.1 * loss for loss in history.losses[1:]]
        assert means[-1] < 0.01 <= means[-2]

    def test_when_patience_ends(self):
        _model, history = line(data=[(0.0, 1.0), (0.0, -1.0)], epochs=500, patience=3, batch_size=1, order="given")
        assert history.stopped == "patience"
        means = history.epoch_losses
        best = means.index(min(means))
        assert len(means) == best + 1 + 3
        assert "in 3 epochs" in history.message

    def test_with_a_remark_if_all_was_in_vain(self):
        model = Neuron(1, "tanh", weights=[0.5])
        history = fit(model, [(1.0, 0.1)], optimizer=SGD(model.parameters(), 300.0), steps=50)
        assert history.stopped == "done"
        assert "the loss is higher than at first" in history.message


class TestDivergence:
    def test_steps_that_grow(self):
        model, history = line(rate=0.3, steps=1000)
        assert history.stopped == "diverged"
        assert len(history) < 100
        assert "; the latest step moved w1 most, by " in history.message
        assert (model.weights[0].data, model.bias.data) == (0.0, 0.0)
        assert "The parameters are the first ones" in history.message

    def test_the_report_is_a_result(self, tmp_path):
        _, history = line(rate=0.3, steps=1000)
        report = history.divergence
        assert str(report) == history.message
        assert (report.reason, report.step, report.learning_rate) == ("grew", len(history), 0.3)
        assert report.stable_rate == pytest.approx(0.25)
        assert report.curvature == pytest.approx(8.0)
        assert history.to_dict()["divergence"] == report.to_dict()
        report.save(tmp_path / "report.json")
        assert json.loads((tmp_path / "report.json").read_text()) == report.to_dict()
        assert line(steps=3)[1].divergence is None

    def test_the_rate_it_advises_is_the_border(self):
        """2/λ with λ = 2·(mean of x²) = 8: 0.25."""
        _, history = line(rate=0.3, steps=1000)
        assert "Learning rates below about 0.25 are stable" in history.message
        assert line(rate=0.249, steps=3000)[1].losses[-1] < 1e-6
        assert line(rate=0.251, steps=3000)[1].stopped == "diverged"

    def test_the_rate_with_momentum_is_the_border_too(self):
        for nesterov, border in ((False, 2 * 1.5 / 8), (True, 2 * 1.5 / 8 / 2)):
            for factor, stopped in ((0.98, "done"), (1.02, "diverged")):
                model = Neuron(1, "linear", weights=[0.0])
                optimizer = SGD(model.parameters(), border * factor, momentum=0.5, nesterov=nesterov)
                history = fit(model, LINE, optimizer=optimizer, steps=2000)
                assert history.stopped == stopped
            assert f"below about {border:.2g} are stable" in history.message

    def test_adaptive_optimizers_get_advice_too(self):
        for kind in (Adam, RMSProp):
            model = Neuron(1, "linear", weights=[2.0], bias=1.0)
            data = [(x, y + 1e-3 * (-1) ** k) for k, (x, y) in enumerate(LINE)]
            history = fit(model, data, optimizer=kind(model.parameters(), 50.0), steps=1000)
            assert history.stopped == "diverged", kind
            assert "are stable at the last good parameters" in history.message

    def test_the_best_parameters_are_kept(self):
        """A rate that grows: good at first, too large later."""
        model = Neuron(1, "linear", weights=[0.0])
        history = fit(model, LINE, optimizer=SGD(model.parameters(), lambda step: 0.1 if step < 40 else 3.0), steps=500)
        assert history.stopped == "diverged"
        assert mean_squared_error([model([x]) for x, _ in LINE], [y for _, y in LINE]).data == min(history.losses)
        assert history.best_loss == min(history.losses) < 1e-3

    def test_losses_that_stay_large_because_steps_jump(self):
        model = Formula("w1*C + w2", ["C"], {"w1": 0.1, "w2": 0.2})
        data = [(float(c), 1.8 * c + 32.0) for c in range(-10, 10)]
        history = fit(
            model, data, absolute_error, SGD(model.parameters(), 1.0), steps=20_000, batch_size=1, order="drawn", seed=2
        )
        assert history.stopped == "diverged"
        assert "jump over the minimum" in history.message
        assert "has no curvature" in history.message

    def test_nan_and_infinity(self):
        model = Formula("log(w*x)", ["x"], {"w": 0.5})
        history = fit(model, [(1.0, -9.0)], optimizer=SGD(model.parameters(), 0.2), steps=100)
        assert (history.stopped, model.trained["w"].data) == ("diverged", 0.5)
        assert "the loss is nan" in history.message
        model = Formula("sqrt(w*x)", ["x"], {"w": 0.0})
        history = fit(model, [(1.0, 1.0)], steps=100)
        assert "the gradient of w isn't finite" in history.message

    def test_no_false_alarm(self):
        """Plateaus, noise, losses that end at their floor."""
        for name, data, loss, rate in (
            ("noise", [(float(k % 5), float((k * 7919) % 11)) for k in range(20)], mean_squared_error, 0.02),
            ("at the optimum", [(1.0, 0.5), (1.0, -0.5)], mean_squared_error, 0.1),
            ("zero loss", [(0.0, 0.0), (1.0, 0.0)], mean_squared_error, 0.1),
        ):
            for kind in (SGD, Adam):
                model = Neuron(1, "linear", weights=[0.0])
                history = fit(model, data, loss, kind(model.parameters(), rate), epochs=200, batch_size=1)
                assert history.stopped == "done", (name, kind, history.message)

    def test_curvature_is_the_largest_eigenvalue(self):
        chance = random.Random(0)
        matrix = [[chance.uniform(-1, 1) for _ in range(4)] for _ in range(6)]
        values = [Value(chance.uniform(-1, 1)) for _ in range(4)]
        loss = sum(sum(a * v for a, v in zip(row, values, strict=True)).squared() for row in matrix)
        hessian = 2 * np.array(matrix).T @ np.array(matrix)
        scales = [0.5, 1.0, 2.0, 4.0]
        roots = np.diag(1 / np.sqrt(scales))
        for given, expected in (([1.0] * 4, hessian), (scales, roots @ hessian @ roots)):
            found = largest_curvature(gradient(loss, *values), values, given)
            assert found == pytest.approx(np.linalg.eigvalsh(expected).max(), rel=1e-3)


class TestHistory:
    def test_columns_csv_json_and_table(self, tmp_path):
        _, history = line(epochs=3, batch_size=4, watch=["bias"], seed=1)
        assert list(history.columns()) == ["step", "epoch", "learning rate", "loss", "bias", "gradient of bias"]
        assert list(history.columns()["epoch"]) == [1, 1, 2, 2, 3, 3]
        assert history.epoch_losses == [math.fsum(history.losses[k : k + 2]) / 2 for k in (0, 2, 4)]
        lines = history.to_csv().splitlines()
        assert lines[0] == "step,epoch,learning rate,loss,bias,gradient of bias"
        assert lines[1] == f"1,1,0.05,{history.losses[0]!r},0.0,{history.gradients['bias'][0]!r}"
        data = json.loads(history.to_json())
        assert data["columns"]["loss"] == history.losses
        assert data["stopped"] == "done"
        for name in ("h.csv", "h.json", "h.txt"):
            history.save(tmp_path / name)
        assert (tmp_path / "h.csv").read_text() == history.to_csv()
        assert len(str(history).splitlines()) == 6 + 4
        assert repr(history).startswith("<History of 6 steps, loss ")
        with pytest.raises(
            ValueError, match=r"h\.doc: the suffix must be one of \.csv, \.txt, \.json, \.png, \.svg, \.pdf"
        ):
            history.save(tmp_path / "h.doc")

    def test_a_long_table_shows_the_first_and_the_last(self):
        _, history = line(steps=1000)
        numbers = [row.split()[0] for row in str(history).splitlines()[2:-2]]
        assert (numbers[0], numbers[-1]) == ("1", "1000")
        assert len(numbers) <= 21

    def test_json_of_a_diverged_training_has_no_bare_nan(self):
        model = Formula("log(w*x)", ["x"], {"w": -0.5})
        history = fit(model, [(1.0, 1.0)], steps=3)
        assert json.loads(history.to_json(), parse_constant=pytest.fail)["columns"]["loss"] == ["nan"]


def test_bad_arguments_are_refused():
    model = Neuron(1, "linear", weights=[0.0])
    for options, message in (
        ({}, "give either steps or epochs, got steps=None and epochs=None"),
        ({"steps": 1, "epochs": 1}, "either steps or epochs"),
        ({"steps": 0}, "steps must be a whole number of 1 or above, got 0"),
        ({"steps": 1, "batch_size": 1.5}, "batch_size must be a whole number of 1 or above, got 1.5"),
        ({"steps": 1, "patience": -1}, "patience must be a whole number of 1 or above, got -1"),
        ({"steps": 1, "smoothing": 1.0}, "smoothing must be at least 0 and below 1, got 1.0"),
        ({"steps": 1, "clip": 0}, "clip must be above 0, got 0"),
        ({"steps": 1, "order": "random"}, "there is no order 'random'; the orders are shuffled, given, drawn"),
        ({"steps": 1, "watch": ["v"]}, "watch: there is no parameter 'v'; the parameters are weights.0, bias"),
    ):
        with pytest.raises(ValueError, match=message):
            fit(model, LINE, **options)
    with pytest.raises(DataError, match="row 1"):
        fit(model, [(1.0, "a")], steps=1)
    with pytest.raises(ValueError, match="is a constant"):
        fit(model, LINE, lambda predictions, targets: Value(1.0, constant=True), steps=1)


def test_gradients_of_watched_parameters_that_are_not_trained_do_not_pile_up():
    model = Neuron(1, "linear", weights=[2.0], bias=1.5)
    history = fit(model, [(1.0, 1.0)], optimizer=SGD([model.weights[0]], 0.0), steps=3, watch=True)
    assert history.gradients["bias"] == [5.0, 5.0, 5.0]


def test_clip_bounds_the_steps():
    _model, history = line(steps=5, rate=1.0, clip=0.1, watch=True)
    moved = [abs(b - a) for a, b in zip(history.values["bias"], history.values["bias"][1:], strict=False)]
    assert max(moved) <= 0.1


def test_progress_is_silent_away_from_a_terminal_and_shown_on_request(capsys):
    line(steps=5)
    assert capsys.readouterr() == ("", "")
    line(steps=5, progress=True)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "5/5" in shown.err
    assert "loss" in shown.err


# ---------------------------------------------------------------- breaks
PROGRAM = """
import sys, time
from tinygrad_neuron.nn import MLP, Adam, fit, hinge, make_moons
model = MLP([2, 4, 1], seed=0)
{pause}
history = fit(model, make_moons(20, seed=1), hinge, Adam(model.parameters(), 0.02), epochs=60, batch_size=5, seed=7,
              watch=["layers.1.neurons.0.bias"], checkpoint=sys.argv[1], checkpoint_every=0.0)
print(history.stopped, len(history), history.losses, history.gradients, model.state_dict())
"""
PAUSE = """
call = model.__class__.__call__
model.__class__.__call__ = lambda self, x: (time.sleep(0.004), call(self, x))[1]
print("ready", flush=True)
"""


def run(path, pause="", kill_after=None, how=signal.SIGKILL):
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(pause=pause), str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    if kill_after is not None:
        assert process.stdout.readline() == "ready\n"
        time.sleep(kill_after)
        process.send_signal(how)
    out, err = process.communicate()
    return process.returncode, out, err


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    code, out, err = run(tmp_path_factory.mktemp("whole") / "run.json")
    assert (code, err) == (0, "")
    return out


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("seed", range(3))
def test_resuming_after_a_kill_is_bit_identical(seed, uninterrupted, tmp_path):
    """The process is really killed, at random moments, as often as it takes to be sure that it was in the middle."""
    chance, path, steps = random.Random(seed), tmp_path / "run.json", []
    while len(steps) < 2:
        code, _, _ = run(path, PAUSE, chance.uniform(0.2, 2.0))
        assert code == -signal.SIGKILL
        done = len(json.loads(path.read_text())["history"]["losses"]) if path.exists() else 0
        assert done < 240
        steps.append(done)
    assert steps[-1] > 0
    code, out, err = run(path)
    assert (code, err) == (0, "")
    assert out == uninterrupted


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C otherwise")
def test_control_c_ends_after_the_step_at_hand_and_the_same_call_goes_on(uninterrupted, tmp_path):
    path = tmp_path / "run.json"
    code, out, err = run(path, PAUSE, 0.7, signal.SIGINT)
    assert (code, err) == (0, "")
    assert out.startswith("interrupted ")
    done = int(out.split()[1])
    assert 0 < done < 240
    assert len(json.loads(path.read_text())["history"]["losses"]) == done
    assert run(path)[1] == uninterrupted


def test_a_finished_training_is_not_repeated_and_can_be_prolonged(tmp_path):
    path = tmp_path / "run.json"
    _, first = line(steps=20, checkpoint=path)
    _, again = line(steps=20, checkpoint=path)
    assert (again.losses, again.resumed_at) == (first.losses, 20)
    model, more = line(steps=50, checkpoint=path)
    whole, history = line(steps=50)
    assert (more.losses, model.state_dict()) == (history.losses, whole.state_dict())


@pytest.mark.parametrize("optimizer", ["momentum", "rmsprop", "adam"])
def test_every_optimizer_resumes(optimizer, tmp_path):
    def trained(steps, path=None):
        model = MLP([1, 2, 1], seed=0)
        kinds = {
            "momentum": lambda p: SGD(p, 0.01, momentum=0.9),
            "rmsprop": lambda p: RMSProp(p, 0.01, momentum=0.5),
            "adam": lambda p: Adam(p, 0.01),
        }
        history = fit(
            model, LINE, optimizer=kinds[optimizer](model.parameters()), steps=steps, batch_size=2, checkpoint=path
        )
        return history.losses, model.state_dict()

    trained(13, tmp_path / "c.json")
    assert trained(40, tmp_path / "c.json") == trained(40)


def test_checkpoints_of_other_trainings_and_damaged_ones_are_refused(tmp_path):
    path = tmp_path / "run.json"
    line(steps=5, checkpoint=path)
    content = path.read_bytes()
    for options, message in (
        ({"rate": 0.1}, "learning_rate was 0.05, it is 0.1"),
        ({"batch_size": 2}, "batch_size was 7, it is 2"),
        ({"seed": 1}, "seed was 0, it is 1"),
        ({"loss": half_squared_error}, "loss was 'mean_squared_error', it is 'half_squared_error'"),
        ({"data": [(x, y + 1) for x, y in LINE]}, "data was"),
    ):
        with pytest.raises(CheckpointError, match=message):
            line(steps=5, checkpoint=path, **options)
    assert path.read_bytes() == content
    for damage in (content[:100], b"{}", content.replace(b'"version": 1', b'"version": 2'), b"[1]"):
        path.write_bytes(damage)
        with pytest.raises(CheckpointError, match=r"delete it|isn't a checkpoint"):
            line(steps=5, checkpoint=path)


def test_cross_entropy_of_batches():
    data = [([0.0, 1.0], 0), ([1.0, 0.0], 1), ([1.0, 1.0], 2)]
    model = MLP([2, 8, 3], seed=0)
    history = fit(model, data, cross_entropy, Adam(model.parameters(), 0.1), steps=80)
    assert history.losses[-1] < 0.05
    for inputs, right in data:
        outputs = [output.data for output in model(inputs)]
        assert outputs.index(max(outputs)) == right


def test_several_targets():
    model = MLP([1, 2], seed=0)
    data = [([x], [2 * x, -x]) for x in (-1.0, 0.5, 2.0)]
    fit(model, data, optimizer=SGD(model.parameters(), 0.2), steps=500)
    assert [output.data for output in model([3.0])] == pytest.approx([6.0, -3.0], abs=1e-6)


def test_xor_needs_a_hidden_layer():
    for sizes, right in (([2, 1], False), ([2, 4, 1], True)):
        model = MLP(sizes, seed=2)
        fit(model, make_xor(), hinge, Adam(model.parameters(), 0.05), steps=400)
        assert all(model(point)[0].data * label > 0 for point, label in make_xor()) == right


def test_pythons_hash_seed_does_not_matter(tmp_path):
    outputs = set()
    for seed in ("0", "1"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM.format(pause=""), str(tmp_path / f"{seed}.json")],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        outputs.add(done.stdout)
    assert len(outputs) == 1
    assert Path(tmp_path / "0.json").exists()


def test_gradients_near_the_largest_float_are_no_trouble_until_the_loss_is():
    model = Formula("1e308*u + 1e308*v + x", ["x"], {"u": 0.0, "v": 0.0})
    first, second = (
        fit(model, [(0.0, 0.0)], lambda predictions, _: predictions[0], SGD(model.parameters(), rate), steps=3)
        for rate in (0.0, 1e-308)
    )
    assert (first.stopped, first.losses) == ("done", [0.0, 0.0, 0.0])
    assert second.message.startswith("diverged at step 2 with SGD(learning_rate=1e-308): the loss is -inf")
    assert "Take a smaller learning rate" in second.message


class TestLossMonitor:
    """When a training counts as diverging, seen from both sides."""

    def watch(self, losses):
        monitor = LossMonitor(1)
        return [monitor.see(loss) for loss in losses]

    def test_it_grew_when_the_loss_is_a_hundred_times_the_first(self):
        assert self.watch([1.0, 50.0, 99.0, 101.0]) == ["", "", "", "grew"]
        assert self.watch([1e-9, 1e-6]) == ["", "grew"]

    @pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
    def test_what_is_not_finite_is_noticed_at_once(self, number):
        assert self.watch([1.0, number]) == ["", "not finite"]

    def test_the_best_window_is_the_one_of_the_lowest_mean(self):
        monitor = LossMonitor(2)
        for loss in (3.0, 5.0, 1.0, 2.0, 9.0, 0.0):
            monitor.see(loss)
        assert (monitor.means, monitor.best_mean, monitor.best_step) == ([4.0, 1.5, 4.5], 1.5, 4)

    @pytest.mark.parametrize(("after", "verdict"), [(1.1, ""), (1.3, "stays large")])
    def test_a_loss_that_stays_is_tested_by_what_its_own_steps_do(self, after, verdict):
        monitor, said = LossMonitor(1), []
        for _ in range(45):
            said.append(monitor.see(1.0))
            if monitor.tests:
                monitor.tests[-1][1] = after
        assert set(said) == {"", verdict}

    def test_what_is_seen_elsewhere_counts_as_if_it_was_seen(self):
        one_by_one, at_once = LossMonitor(1), LossMonitor(1)
        losses = [1.0, 0.9, 0.2, 0.1, 0.15, 0.2]
        for loss in losses:
            one_by_one.see(loss)
        for part in (losses[:2], losses[2:]):
            assert at_once.count_calm(part) == len(part)
            at_once.follow(part)
        assert vars(at_once) == vars(one_by_one)
        assert at_once.count_calm([0.1, 0.2, 500.0, 0.1]) == 2
