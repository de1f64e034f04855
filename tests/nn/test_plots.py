"""Plots: what is drawn is what was computed."""

from __future__ import annotations

import io
import math
import sys

import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from PIL import Image

from tinygrad_neuron import Value
from tinygrad_neuron.nn import (
    MLP,
    SGD,
    Formula,
    Neuron,
    animate,
    fit,
    make_moons,
    plot_activation,
    plot_decision_boundary,
    plot_error,
    plot_gradients,
    plot_loss,
    plot_loss_surface,
    plot_parameters,
    plot_predictions,
    plots,
    save_figure,
)

LINE = [(float(x), 2.0 * x + 1.0) for x in range(-3, 4)]


@pytest.fixture
def ax():
    return Figure().subplots()


@pytest.fixture(scope="module")
def trained():
    model = Formula("w*x + b", ["x"], {"w": 0.0, "b": 0.0})
    return model, fit(model, LINE, optimizer=SGD(model.parameters(), 0.05), epochs=20, batch_size=4, watch=True)


def ys(line):
    return list(line.get_ydata())


def texts(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_loss_curve(ax, trained):
    _, history = trained
    assert plot_loss(history, ax) is ax
    assert ys(ax.lines[0]) == history.losses
    assert ys(ax.lines[1]) == history.epoch_losses
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_yscale()) == ("step", "loss", "log")
    assert texts(ax) == ["mean of an epoch"]


def test_a_loss_that_reaches_zero_has_a_linear_axis(ax):
    model = Neuron(1, "linear", weights=[1.0])
    assert plot_loss(fit(model, [(1.0, 1.0)], steps=3), ax).get_yscale() == "linear"


def test_parameters_and_gradients(ax, trained):
    _, history = trained
    plot_parameters(history, ax)
    assert [ys(line) for line in ax.lines] == [history.values["w"], history.values["b"]]
    assert texts(ax) == ["w", "b"]
    other = Figure().subplots()
    plot_gradients(history, other, names=["b"])
    assert ys(other.lines[0]) == history.gradients["b"]
    assert other.get_ylabel() == "gradient"
    with pytest.raises(ValueError, match="there is no watched parameter 'v'; the watched parameters are w, b"):
        plot_parameters(history, ax, names=["v"])
    with pytest.raises(ValueError, match="no parameter was watched: give fit"):
        plot_parameters(fit(Neuron(1), LINE, steps=1), ax)


def test_prediction_lines_before_and_after(ax, trained):
    model, _ = trained
    before = Formula("w*x + b", ["x"], {"w": 0.0, "b": 0.0})
    plot_predictions(before, LINE, ax, label="before")
    plot_predictions(model, LINE, ax, label="after")
    assert len(ax.collections) == 1
    assert [tuple(point) for point in ax.collections[0].get_offsets()] == LINE
    assert set(ys(ax.lines[0])) == {0.0}
    w, b = (parameter.data for parameter in model.parameters())
    assert ys(ax.lines[1]) == pytest.approx([w * x + b for x in ax.lines[1].get_xdata()])
    assert texts(ax) == ["data", "before", "after"]
    with pytest.raises(ValueError, match="a line needs samples of one input, got 2 inputs"):
        plot_predictions(model, make_moons(4), ax)


def test_error_curve_with_the_engines_tangent(ax):
    w, b = Value(0.1, label="w1", parameter=True), Value(0.2, label="w2", parameter=True)
    plot_error(lambda: abs(w * 17.0 + b - 62.6), w, ax, around=(0.0, 8.0))
    curve, tangent, point = ax.lines
    assert ys(curve) == pytest.approx([abs(62.4 - 17 * x) for x in curve.get_xdata()])
    (x0, x1), (y0, y1) = tangent.get_data()
    assert (y1 - y0) / (x1 - x0) == pytest.approx(-17.0)
    assert point.get_xydata().tolist() == [[0.1, 60.7]]
    assert (w.data, w.has_grad) == (0.1, False)
    assert texts(ax) == ["w1, gradient -17"]


def test_loss_surface_with_the_path(ax, trained):
    model, history = trained
    w, b = model.parameters()
    before = model.state_dict()

    def loss():
        return sum(((w * x + b - y) ** 2 for x, y in LINE), Value(0.0)) / 7

    plot_loss_surface(loss, (w, b), ax, path=(history.values["w"], history.values["b"]), resolution=12)
    assert model.state_dict() == before
    assert ys(ax.lines[0]) == history.values["b"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("w", "b")
    assert texts(ax) == ["training", "start", "end"]


def test_decision_boundary(ax):
    data = make_moons(40, seed=0)
    model = MLP([2, 1], seed=0)
    right = sum(model(p)[0].data * label > 0 for p, label in data)
    plot_decision_boundary(model, data, ax, resolution=10)
    assert ax.get_title() == f"{right} of 40 right"
    assert texts(ax) == ["label +1", "label -1"]
    with pytest.raises(ValueError, match="a boundary needs samples of two inputs, got 1"):
        plot_decision_boundary(model, LINE, ax)


def test_activation_and_derivative(ax):
    plot_activation("tanh", ax)
    xs = list(ax.lines[0].get_xdata())
    assert ys(ax.lines[0]) == pytest.approx([math.tanh(x) for x in xs])
    assert ys(ax.lines[1]) == pytest.approx([1 - math.tanh(x) ** 2 for x in xs])
    assert texts(ax) == ["tanh", "derivative"]
    plot_activation(lambda x: x * x, ax)
    with pytest.raises(ValueError, match="no activation 'tanhh'"):
        plot_activation("tanhh")


def test_without_ax_there_is_a_figure_of_its_own(trained, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    assert plot_loss(trained[1]).figure in [plt.figure(number) for number in plt.get_fignums()]
    plt.close("all")


@pytest.mark.parametrize(("suffix", "magic"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_files(suffix, magic, trained, tmp_path):
    path = tmp_path / f"loss.{suffix}"
    trained[1].save(path)
    assert path.read_bytes().startswith(magic)
    assert list(tmp_path.iterdir()) == [path]
    before = path.read_bytes()
    trained[1].save(path)
    if suffix != "pdf":
        assert path.read_bytes() == before
    with pytest.raises(ValueError, match=r"one of .png, .svg, .pdf"):
        save_figure(tmp_path / "x.gif", plot_loss, trained[1])


def test_a_notebook_shows_the_curve_and_the_table(trained):
    bundle = trained[1]._repr_mimebundle_()
    assert bundle["text/html"].startswith("<svg")
    assert "<th" in bundle["text/html"]
    assert f">{trained[1].message}</pre>" in bundle["text/html"]
    assert bundle["text/plain"] == str(trained[1])


def test_an_animation_of_training(trained, tmp_path):
    model, history = trained
    before, seen = model.state_dict(), []

    def draw(ax):
        seen.append(model.state_dict())
        plot_predictions(model, LINE, ax)

    animate(tmp_path / "t.gif", model, history, draw, frames=5)
    assert [state["w"] for state in seen] == [history.values["w"][k] for k in (0, 10, 20, 29, 39)]
    assert model.state_dict() == before
    assert Image.open(io.BytesIO((tmp_path / "t.gif").read_bytes())).n_frames == 5
    with pytest.raises(ValueError, match=r"the suffix must be one of \.gif"):
        animate(tmp_path / "t.mp4", model, history, draw)
    with pytest.raises(ValueError, match="wasn't watched"):
        animate(tmp_path / "t.gif", model, fit(model, LINE, steps=1), draw)


def test_without_matplotlib_the_remedy_is_named(trained, monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(plots.PlotsMissingError, match=r"pip install 'tinygrad_neuron\[plot\]'"):
        plot_loss(trained[1])
    assert trained[1]._repr_mimebundle_()["text/html"].startswith("<table")
