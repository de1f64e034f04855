"""The articles' programs: their figures (to the digit where they are exact), and that they run as files."""

from __future__ import annotations

import importlib
import math
import subprocess
import sys
from pathlib import Path

import pytest
import transformer
from matplotlib.figure import Figure

from tinygrad_neuron import Value, backpropagation, check
from tinygrad_neuron.checking.numerical import numerical_gradient
from tinygrad_neuron.cli import main
from tinygrad_neuron.examples import (
    DEMOS,
    celsius,
    gradients,
    losses,
    momentum,
    moons,
    network,
    normalization,
    stochastic,
    training,
)
from tinygrad_neuron.nn import SGD, cross_entropy
from tinygrad_neuron.value import topological_order

FOLDER = Path(gradients.__file__).parent


def test_figures_a():
    loss = gradients.make_neuron()
    found = {node.label: node for node in topological_order(loss) if node.label}
    assert {name: found[name].data for name in ("net", "output", "error", "loss")} == {
        "net": 0.8,
        "output": 0.6640367702678491,
        "error": -0.035963229732150825,
        "loss": 0.0006466769463837285,
    }
    for name, gradient, numerical in (
        ("input", -0.010052714715050396, -0.01004847442496147),
        ("weight", -0.008042171772040318, -0.008039457952816777),
        ("bias", -0.020105429430100793, -0.020088469318535994),
        ("net", -0.020105429430100793, -0.020088469318535994),
        ("output", -0.035963229732150825, -0.03591322973214633),
    ):
        assert found[name].grad == gradient
        assert numerical_gradient(loss, found[name], 1e-4) == numerical


class TestNetwork:
    """The same gradients in four ways."""

    def test_by_hand(self):
        links = check(network.make_network(), network.DELTAS | network.GRADIENTS).links
        assert len(links) == 12
        assert {link.verdict for link in links} == {"right"}

    def test_by_layers(self):
        loss = network.make_network()
        found = {node.label: node for node in topological_order(loss) if node.label}
        (hidden, (output,)) = backpropagation(loss).layers
        assert [each.name for each in hidden] == ["h1", "h2"]
        assert [each.delta for each in (*hidden, output)] == [found[name].grad for name in ("net1", "net2", "net")]

    def test_as_matrices(self):
        program = network.as_matrices()
        assert "# for any number of samples" in str(program)
        assert "dW = dZ1 @ X.T" in str(program)
        loss = network.make_network()
        of = {node.label: node.grad for node in topological_order(loss) if node.label}
        n = network.NUMBERS
        weights, biases = [[n["w11"], n["w12"]], [n["w21"], n["w22"]]], [n["b1"], n["b2"]]
        value, gradients = program(weights, biases, [n["v1"], n["v2"]], n["c"], [[n["x1"], n["x2"]]], [n["t"]])
        assert value == pytest.approx(loss.data, rel=1e-14)
        assert [*gradients["W"].ravel(), *gradients["b"], *gradients["V"].ravel(), gradients["c"]] == pytest.approx(
            [of[name] for name in ("w11", "w12", "w21", "w22", "b1", "b2", "v1", "v2", "c")], rel=1e-12
        )


class TestLosses:
    """The best rate of each loss needs the fewest steps of its neighbours, too."""

    @pytest.mark.parametrize(
        ("name", "rates", "steps"),
        [
            ("half square", (0.02, 0.05, 0.1), 98),
            ("absolute", (0.02, 0.05, 0.1), None),
            ("Huber", (0.02, 0.05, 0.1), 683),
            ("cross-entropy", (100.0, 200.0, 500.0), 241),
        ],
    )
    def test_the_race(self, name, rates, steps):
        best = losses.race(losses.LOSSES[name][0], rates)
        assert (best.rate, best.steps) == (rates[1], steps)

    def test_each_slope_is_what_is_said_of_it(self):
        for name, expected in (
            ("half square", lambda off, _: off),
            ("absolute", lambda off, _: math.copysign(1.0, off)),
            ("Huber", lambda off, _: max(-1.0, min(1.0, off))),
            ("cross-entropy", lambda off, p: off / losses.SPAN**2 / (p * (1 - p))),
        ):
            for goal in (20.0, 31.5, 40.0):
                output = Value(32.0)
                losses.LOSSES[name][0]([output], [goal]).backward()
                p = (32.0 - losses.LOWEST) / losses.SPAN
                assert output.grad == pytest.approx(expected(32.0 - goal, p), rel=1e-12)


def test_momentum_and_adam_are_there_before_plain_descent():
    best = {name: momentum.race(make) for name, make in momentum.OPTIMIZERS.items()}
    assert {name: (run.rate, run.steps) for name, run in best.items()} == {
        "plain": (0.02, 123),
        "momentum 0.8": (0.02, 44),
        "Adam": (2.0, 87),
    }


class TestNormalization:
    def test_every_step_is_right(self):
        links = check(normalization.make_batch(), {**normalization.STEPS, "x1": normalization.WHOLE}).links
        assert len(links) == 21
        assert {link.verdict for link in links} == {"right"}

    def test_the_slips_are_named(self):
        loss = normalization.make_batch()
        said = {slip: check(loss, {"x1": text}).links[0] for slip, text in normalization.SLIPS.items()}
        assert {link.verdict for link in said.values()} == {"wrong"}
        words = [link.words for link in said.values()]
        assert "var was treated as a constant" in words[0]
        assert "mu was treated as a constant" in words[0]
        assert "var was treated as a constant" in words[1]
        assert "the sign of" in words[2]


class TestTraining:
    ROWS = (
        (0.5, 0.5, 0.06699275005482735, 0.00286538703019183, 0.286538703019183),
        (0.4997134612969808, 0.4713461296980817, 0.05893097386878645, 0.0027584156859078337, 0.27584156859078335),
        (0.49943761972839, 0.44376197283900337, 0.05148076352762213, 0.0026403721705582795, 0.26403721705582794),
    )

    def test_figures_b_the_sheet(self):
        _, history = training.train(0.1, 3)
        for k, (weight, bias, loss, of_weight, of_bias) in enumerate(self.ROWS):
            assert (history.values["weight"][k], history.values["bias"][k]) == (weight, bias)
            assert history.losses[k] == loss
            assert (history.gradients["weight"][k], history.gradients["bias"][k]) == (of_weight, of_bias)

    def test_figures_b_the_program(self):
        model, history = training.train(0.01, 100_000)
        assert len(history) == 100_000
        assert model([0.01]).data == 0.1000000000000007
        assert model.state_dict() == {"weight": 0.4959537581015022, "bias": 0.09537581015006125}


class TestCelsius:
    def test_figures_c(self):
        model, history = celsius.train(0.001)
        assert model.weights[0].data == pytest.approx(1.7999999999615, abs=1e-13)
        assert model.bias.data == pytest.approx(31.9999999359753, abs=1e-12)
        assert history.losses[-1] == pytest.approx(4.1e-15, rel=0.02)

    def test_a_small_rate_is_too_slow(self):
        model, _ = celsius.train(0.0001)
        assert model.bias.data == pytest.approx(27.7, abs=0.05)

    def test_a_rate_above_0_0012_diverges_and_is_recognized(self):
        assert celsius.train(0.00119, 300)[1].stopped == "done"
        _, history = celsius.train(0.00121, 3000)
        assert history.stopped == "diverged"
        assert "Learning rates below about 0.0012 are stable" in history.message

    def test_the_picture_has_the_true_line_and_those_before_and_after(self):
        figure = Figure()
        ax = figure.subplots()
        celsius.plot(celsius.make_neuron(), ax)
        assert [text.get_text() for text in ax.get_legend().get_texts()] == [
            "true",
            "before training",
            "after training",
        ]
        assert [next(iter(line.get_ydata())) for line in ax.lines] == [-58.0, -24.5, -24.5]


class TestStochastic:
    def test_figures_d_at_17_degrees(self):
        model = stochastic.make_neuron()
        w1, w2 = model.parameters()
        off = stochastic.measure_error(model, 17.0)
        off.backward()
        assert (model([17.0]).data, off.data) == (pytest.approx(1.9), pytest.approx(60.7))
        assert (w1.grad, w2.grad) == (-17.0, -1.0)
        SGD([w1, w2], 1.0).step()
        assert (w1.data, w2.data) == (17.1, 1.2)
        assert stochastic.make_neuron(0.2, 0.3)([17.0]).data == pytest.approx(3.7)

    def test_the_error_is_a_v_of_each_weight(self):
        for name, slope, zero in (("w1", 17.0, 3.6705882352941177), ("w2", 1.0, 60.9)):
            model = stochastic.make_neuron()
            for number in (-2.0, 0.5, 70.0):
                model.trained[name].data = number
                expected = abs(slope * (zero - number))
                assert stochastic.measure_error(model, 17.0).data == pytest.approx(expected, rel=1e-12)
        model = stochastic.make_neuron()
        for celsius_, expected in ((-18.705882352941177, 0.0), (-40.0, 36.2), (17.0, 60.7)):
            assert stochastic.measure_error(model, celsius_).data == pytest.approx(expected, abs=1e-12)

    @pytest.mark.parametrize(("seed", "steps"), list(enumerate((3641, 3560, 3612, 3574, 3600))))
    def test_figures_d_the_step_counts(self, seed, steps):
        model, history = stochastic.train(0.01, seed)
        assert (history.stopped, len(history)) == ("target", steps)
        if seed == 4:
            w1, w2 = (parameter.data for parameter in model.parameters())
            assert (round(w1, 2), round(w2, 1)) == (1.77, 32.0)

    @pytest.mark.parametrize("seed", range(8))
    def test_a_rate_of_1_is_recognized_as_divergence(self, seed):
        _, history = stochastic.train(1.0, seed)
        assert history.stopped == "diverged"
        assert "jump over the minimum" in history.message

    def test_the_pictures(self):
        axes = Figure().subplots(1, 3)
        stochastic.plot(stochastic.make_neuron(1.8, 32.0), axes)
        errors = dict(zip(axes[0].lines[0].get_xdata(), axes[0].lines[0].get_ydata(), strict=True))
        assert errors[-40.0] == pytest.approx(-36.2)
        assert [text.get_text() for text in axes[1].get_legend().get_texts()] == ["w1, gradient -17", "w2, gradient -1"]
        assert [text.get_text() for text in axes[2].get_legend().get_texts()] == ["data", "before", "after"]


def test_the_moons_are_told_apart():
    model, _ = moons.train()
    assert moons.measure_accuracy(model) == 1.0


@pytest.mark.parametrize("name", DEMOS)
def test_each_runs_as_a_file_and_as_a_demo_and_draws_its_picture(name, tmp_path, capsys):
    done = subprocess.run(
        [sys.executable, str(FOLDER / f"{name}.py"), str(tmp_path / "file.svg")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    assert main(["demo", name, "--draw", str(tmp_path / "demo.svg")]) == 0
    assert capsys.readouterr().out == done.stdout
    assert (tmp_path / "demo.svg").read_text() == (tmp_path / "file.svg").read_text()
    assert importlib.import_module(f"tinygrad_neuron.examples.{name}").__doc__


class TestTransformer:
    def test_it_learns(self):
        model = transformer.Transformer()
        losses = transformer.train(model, 80)
        assert sum(losses[:10]) / 10 > 2.8
        assert sum(losses[-10:]) / 10 < 2.6
        assert len(transformer.continued(model, "twinkle", 5)) == 12

    def test_its_gradients_are_those_of_central_differences(self):
        model = transformer.Transformer(seed=1)
        numbers = [transformer.LETTERS.index(letter) for letter in transformer.TEXT[:6]]

        def loss():
            return cross_entropy(model(numbers[:-1]), numbers[1:])

        loss().backward()
        for name, parameter in list(model.named_parameters().items())[::131]:
            here, h = parameter.data, 1e-5
            sides = []
            for side in (h, -h):
                parameter.data = here + side
                sides.append(loss().data)
            parameter.data = here
            assert parameter.grad == pytest.approx((sides[0] - sides[1]) / (2 * h), rel=1e-5, abs=1e-8), name

    def test_each_step_is_another_graph_and_it_is_short(self):
        assert len(Path(transformer.__file__).read_text().splitlines()) < 200
