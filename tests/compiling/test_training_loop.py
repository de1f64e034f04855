"""Training in machine code: the same as eager within rounding, whatever happens on the way."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from tinygrad_neuron.compiling import training
from tinygrad_neuron.compiling.native import Library
from tinygrad_neuron.formulas.listing import LanguageError
from tinygrad_neuron.nn import (
    MLP,
    SGD,
    Adam,
    AdamW,
    Formula,
    Neuron,
    RMSProp,
    absolute_error,
    binary_cross_entropy,
    cross_entropy,
    exponential_decay,
    fit,
    half_squared_error,
    hinge,
    huber,
    make_moons,
    mean_squared_error,
)

OPTIMIZERS = {
    "SGD": lambda p: SGD(p, 0.05),
    "decay": lambda p: SGD(p, 0.05, weight_decay=0.1),
    "momentum": lambda p: SGD(p, 0.02, momentum=0.9),
    "nesterov": lambda p: SGD(p, 0.02, momentum=0.8, nesterov=True),
    "schedule": lambda p: SGD(p, exponential_decay(0.1, 0.99)),
    "RMSProp": lambda p: RMSProp(p, 0.01, momentum=0.5),
    "Adam": lambda p: Adam(p, 0.02),
    "AdamW": lambda p: AdamW(p, 0.02, weight_decay=0.1),
}
DATA = make_moons(20, seed=3)


def both(make, data, loss, optimizer=OPTIMIZERS["SGD"], **options):
    """Histories and parameters by both ways."""
    found = []
    for backend in ("eager", "native"):
        model = make()
        history = fit(model, data, loss, optimizer(model.parameters()), backend=backend, **options)
        assert history.backend == backend
        found.append((history, list(model.state_dict().values())))
    return found


def assert_same(found, rel=1e-9):
    (eager, first), (native, second) = found
    assert (native.stopped, len(native)) == (eager.stopped, len(eager))
    assert native.losses == pytest.approx(eager.losses, rel=rel)
    assert second == pytest.approx(first, rel=rel, abs=1e-12)
    assert native.rates == eager.rates
    for name in eager.values:
        assert native.values[name] == pytest.approx(eager.values[name], rel=rel, abs=1e-12)
        assert native.gradients[name] == pytest.approx(eager.gradients[name], rel=rel, abs=1e-9)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer(name):
    found = both(lambda: MLP([2, 4, 1], seed=1), DATA, hinge, OPTIMIZERS[name], steps=100, batch_size=3, watch=True)
    assert_same(found, rel=1e-7)


def to(targets):
    return [([x, z], t) for (x, z), t in zip([p for p, _ in DATA], targets, strict=True)]


LOSSES = {
    "half": (half_squared_error, DATA),
    "mse": (mean_squared_error, DATA),
    "abs": (absolute_error, DATA),
    "huber": (huber, DATA),
    "hinge": (hinge, DATA),
    "bce": (binary_cross_entropy, to([float(label > 0) for _, label in DATA])),
    "two": (mean_squared_error, to([[label, -label] for _, label in DATA])),
    "ce": (cross_entropy, to([k % 3 for k in range(20)])),
}


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("order", ["shuffled", "given", "drawn"])
def test_every_loss_and_order(name, order):
    loss, data = LOSSES[name]
    outputs = {"two": 2, "ce": 3}.get(name, 1)
    assert_same(both(lambda: MLP([2, 4, outputs], seed=1), data, loss, steps=50, batch_size=6, order=order, seed=2))


def test_a_long_training_is_compiled_thoroughly_on_its_way_and_gives_the_same_bits(monkeypatch):
    built = []

    def library(*args, quick):
        built.append(quick)
        return Library(*args, quick=quick)

    monkeypatch.setattr(training, "Library", library)
    found = []
    for limit in (0, 300, 1_000_000):
        monkeypatch.setattr(training, "MANY", limit)
        model = MLP([2, 6, 1], "tanh", seed=1)
        history = fit(model, DATA, hinge, Adam(model.parameters(), 0.02), epochs=200, backend="native", patience=500)
        found.append((list(history.losses), model.state_dict()))
    assert found[0] == found[1] == found[2]
    assert built == [True, False, True, False, True]


def test_full_batches_and_clipping():
    assert_same(both(lambda: MLP([2, 4, 1], seed=1), DATA, hinge, epochs=60, clip=0.05))


@pytest.mark.parametrize("options", [{"target": 0.2}, {"target": 0.4, "smoothing": 0.9}, {"patience": 3}], ids=str)
def test_it_stops_at_the_same_step(options):
    data = [*DATA, ([0.0, 0.0], 1.0), ([0.0, 0.0], -1.0)]
    (eager, first), (native, second) = both(
        lambda: MLP([2, 4, 1], seed=1), data, hinge, lambda p: SGD(p, 0.2), steps=3000, batch_size=5, **options
    )
    assert native.stopped == eager.stopped != "done"
    assert len(native) == len(eager)
    assert second == pytest.approx(first, rel=1e-6)
    assert (native.message[:20], eager.best_loss) == (eager.message[:20], pytest.approx(native.best_loss))


@pytest.mark.parametrize(
    ("rate", "loss"), [(0.7, mean_squared_error), (3.0, mean_squared_error), (1.0, absolute_error)]
)
def test_divergence_is_noticed_all_the_same(rate, loss):
    data = [(float(c), 1.8 * c + 32.0) for c in range(-10, 10)]
    (eager, _), (native, second) = both(
        lambda: Neuron(1, "linear", weights=[0.1], bias=0.2),
        data,
        loss,
        lambda p: SGD(p, rate),
        steps=20_000,
        batch_size=1,
        order="drawn",
    )
    assert native.stopped == eager.stopped == "diverged"
    assert len(native) == len(eager)
    assert native.message.split("The parameters")[0][:40] == eager.message.split("The parameters")[0][:40]
    assert all(abs(number) < 1e3 for number in second)


def test_nan_on_the_way():
    data = [(1.0, 0.0), (2.0, 0.0)]
    (eager, first), (native, second) = both(
        lambda: Formula("log(w*x)", ["x"], {"w": 3.0}), data, mean_squared_error, lambda p: SGD(p, 5.0), steps=500
    )
    assert (native.stopped, native.message.split(";")[0]) == (eager.stopped, eager.message.split(";")[0])
    assert second == first


class Branching(Neuron):
    """A model whose branches the samples and the parameters decide."""

    def __call__(self, inputs):
        net = super().__call__(inputs)
        if inputs[0] > 0.5:
            net = net * 2
        return net if net > 0 else net * 0.1


def test_branches_that_depend_on_samples_and_parameters():
    assert_same(
        both(lambda: Branching(2, "linear", seed=1), DATA, mean_squared_error, steps=300, batch_size=4, watch=True)
    )


class Wild(Neuron):
    def __call__(self, inputs):
        return super().__call__(inputs) * int(1000 * getattr(inputs[0], "data", inputs[0]))


def test_too_many_branches():
    model = Wild(2, "linear", seed=1)
    data = [([k / 10, 1.0], 1.0) for k in range(40)]
    with pytest.raises(LanguageError, match="more than 16 different branches"):
        fit(model, data, optimizer=SGD(model.parameters(), 1e-9), steps=50, batch_size=1, backend="native")
    model = Wild(2, "linear", seed=1)
    history = fit(model, data, optimizer=SGD(model.parameters(), 1e-9), steps=50, batch_size=1, backend="auto")
    assert (history.stopped, len(history)) == ("done", 50)


def test_auto_says_which_and_why():
    model = Neuron(1)
    assert fit(model, [(1.0, 0.5)], steps=3, backend="auto").backend == "native"
    own = fit(model, [(1.0, 0.5)], lambda predictions, targets: predictions[0] * 2, steps=3, backend="auto")
    assert own.backend == "eager"
    assert "the loss is one of your own" in own.remark
    with pytest.raises(LanguageError, match="the loss is one of your own"):
        fit(model, [(1.0, 0.5)], lambda predictions, targets: predictions[0] * 2, steps=3, backend="native")
    with pytest.raises(LanguageError, match="depends on b, which the optimizer doesn't train"):
        fit(model, [(1.0, 0.5)], optimizer=SGD([model.weights[0]], 0.1), steps=3, backend="native")
    with pytest.raises(ValueError, match="there is no backend 'gpu'; the backends are eager, native, auto"):
        fit(model, [(1.0, 0.5)], steps=3, backend="gpu")


def test_bad_labels_are_refused_before_the_loop():
    with pytest.raises(ValueError, match=r"a label must be 1 or -1, got 0\.5"):
        fit(Neuron(1), [(1.0, 1.0), (2.0, 0.5)], hinge, steps=3, batch_size=1, backend="native")


def test_the_loop_shows_its_source(tmp_path):
    model = Neuron(1, seed=0)
    optimizer = SGD(model.parameters(), 0.1)
    loop = training.TrainingLoop(
        lambda x, t: mean_squared_error(model(x), t), [(1.0,)], [(0.5,)], optimizer, mean=True, clip=None
    )
    assert "define i64 @train(" in str(loop)
    assert loop.to_dict() == {"parameters": ["w1", "b"], "branches": 1, "source": str(loop)}
    loop.save(tmp_path / "loop.ll")
    assert (tmp_path / "loop.ll").read_text() == f"{loop}\n"


def test_without_llvmlite(monkeypatch):
    monkeypatch.setitem(sys.modules, "llvmlite.binding", None)
    history = fit(Neuron(1), [(1.0, 0.5)], steps=3, backend="auto")
    assert history.backend == "eager"
    assert "pip install 'tinygrad_neuron[native]'" in history.remark


def test_checkpoints_and_the_same_bits(tmp_path):
    def trained(steps, path=None):
        model = MLP([2, 4, 1], seed=0)
        history = fit(
            model,
            DATA,
            hinge,
            Adam(model.parameters(), 0.01),
            steps=steps,
            batch_size=3,
            checkpoint=path,
            backend="native",
            watch=True,
        )
        return history.losses, history.values, model.state_dict()

    for cut in (1, 37, 500):
        path = tmp_path / f"{cut}.json"
        trained(cut, path)
        assert trained(1000, path) == trained(1000)


PROGRAM = """
import sys
from tinygrad_neuron.nn import MLP, Adam, fit, hinge, make_moons
model = MLP([2, 8, 1], seed=0)
print("ready", flush=True)
history = fit(model, make_moons(20, seed=1), hinge, Adam(model.parameters(), 1e-4), steps=int(sys.argv[2]),
              batch_size=5, checkpoint=sys.argv[1] or None, checkpoint_every=0.0, backend="native")
print(history.stopped, len(history), sum(history.losses), model.state_dict())
"""


def run(path, steps, kill_after=None, how=signal.SIGKILL):
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(path), str(steps)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    if kill_after is not None:
        time.sleep(kill_after)
        process.send_signal(how)
    out, err = process.communicate()
    return process.returncode, out, err


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL and sends Ctrl-C otherwise")
def test_a_kill_and_control_c_in_machine_code(tmp_path):
    chance = random.Random(0)
    path = tmp_path / "run.json"
    code, _, _ = run(path, 10_000_000, chance.uniform(1.0, 1.5))
    assert code == -signal.SIGKILL
    code, out, err = run(path, 10_000_000, 1.5, signal.SIGINT)
    assert (code, err) == (0, "")
    word, steps, *_ = out.split()
    assert word == "interrupted"
    assert run(path, steps)[1].split()[1:] == run(tmp_path / "other.json", steps)[1].split()[1:]
