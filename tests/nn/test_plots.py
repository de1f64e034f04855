"""Plots: what is drawn is what was computed."""

from __future__ import annotations

import io
import math

import pytest

from tinygrad_neuron import Value
from tinygrad_neuron.nn import (
    MLP,
    SGD,
    Formula,
    Neuron,
    activation_curve,
    animate,
    decision_boundary,
    error_curve,
    fit,
    gradient_curves,
    loss_curve,
    loss_surface,
    moons,
    parameter_curves,
    plots,
    prediction_line,
    save_figure,
)

figure_of = pytest.importorskip("matplotlib.figure").Figure
LINE = [(float(x), 2.0 * x + 1.0) for x in range(-3, 4)]


@pytest.fixture
def ax():
    return figure_of().subplots()


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
    assert loss_curve(history, ax) is ax
    assert ys(ax.lines[0]) == history.losses
    assert ys(ax.lines[1]) == history.epoch_losses
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_yscale()) == ("step", "loss", "log")
    assert texts(ax) == ["mean of an epoch"]


def test_a_loss_that_reaches_zero_has_a_linear_axis(ax):
    model = Neuron(1, "linear", weights=[1.0])
    assert loss_curve(fit(model, [(1.0, 1.0)], steps=3), ax).get_yscale() == "linear"


def test_parameters_and_gradients(ax, trained):
    _, history = trained
    parameter_curves(history, ax)
    assert [ys(line) for line in ax.lines] == [history.values["w"], history.values["b"]]
    assert texts(ax) == ["w", "b"]
    other = figure_of().subplots()
    gradient_curves(history, other, names=["b"])
    assert ys(other.lines[0]) == history.gradients["b"]
    assert other.get_ylabel() == "gradient"
    with pytest.raises(ValueError, match=r"\['v'\] was watched"):
        parameter_curves(history, ax, names=["v"])
    with pytest.raises(ValueError, match="nothing was watched"):
        parameter_curves(fit(Neuron(1), LINE, steps=1), ax)


def test_prediction_lines_before_and_after(ax, trained):
    model, _ = trained
    before = Formula("w*x + b", ["x"], {"w": 0.0, "b": 0.0})
    prediction_line(before, LINE, ax, label="before")
    prediction_line(model, LINE, ax, label="after")
    assert len(ax.collections) == 1
    assert [tuple(point) for point in ax.collections[0].get_offsets()] == LINE
    assert set(ys(ax.lines[0])) == {0.0}
    w, b = (parameter.data for parameter in model.parameters())
    assert ys(ax.lines[1]) == pytest.approx([w * x + b for x in ax.lines[1].get_xdata()])
    assert texts(ax) == ["data", "before", "after"]
    with pytest.raises(ValueError, match="these samples have 2"):
        prediction_line(model, moons(4), ax)


def test_error_curve_with_the_engines_tangent(ax):
    w, b = Value(0.1, label="w1", parameter=True), Value(0.2, label="w2", parameter=True)
    error_curve(lambda: abs(w * 17.0 + b - 62.6), w, ax, around=(0.0, 8.0))
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

    loss_surface(loss, (w, b), ax, path=(history.values["w"], history.values["b"]), resolution=12)
    assert model.state_dict() == before
    assert ys(ax.lines[0]) == history.values["b"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("w", "b")
    assert texts(ax) == ["training", "start", "end"]


def test_decision_boundary(ax):
    data = moons(40, seed=0)
    model = MLP([2, 1], seed=0)
    right = sum(model(p)[0].data * label > 0 for p, label in data)
    decision_boundary(model, data, ax, resolution=10)
    assert ax.get_title() == f"{right} of 40 right"
    assert texts(ax) == ["label +1", "label -1"]
    with pytest.raises(ValueError, match="two inputs"):
        decision_boundary(model, LINE, ax)


def test_activation_and_derivative(ax):
    activation_curve("tanh", ax)
    xs = list(ax.lines[0].get_xdata())
    assert ys(ax.lines[0]) == pytest.approx([math.tanh(x) for x in xs])
    assert ys(ax.lines[1]) == pytest.approx([1 - math.tanh(x) ** 2 for x in xs])
    assert texts(ax) == ["tanh", "derivative"]
    activation_curve(lambda x: x * x, ax)
    with pytest.raises(ValueError, match="no activation 'tanhh'"):
        activation_curve("tanhh")


def test_without_ax_there_is_a_figure_of_its_own(trained, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    pyplot = pytest.importorskip("matplotlib.pyplot")
    assert loss_curve(trained[1]).figure in [pyplot.figure(number) for number in pyplot.get_fignums()]
    pyplot.close("all")


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
    with pytest.raises(ValueError, match=r"one of .png"):
        save_figure(tmp_path / "x.gif", loss_curve, trained[1])


def test_a_notebook_shows_the_curve(trained):
    bundle = trained[1]._repr_mimebundle_()
    assert "<svg" in bundle["image/svg+xml"]
    assert bundle["text/plain"] == repr(trained[1])


def test_an_animation_of_training(trained, tmp_path):
    image = pytest.importorskip("PIL.Image")
    model, history = trained
    before, seen = model.state_dict(), []

    def draw(ax):
        seen.append(model.state_dict())
        prediction_line(model, LINE, ax)

    animate(tmp_path / "t.gif", model, history, draw, frames=5)
    assert [state["w"] for state in seen] == [history.values["w"][k] for k in (0, 10, 20, 29, 39)]
    assert model.state_dict() == before
    assert image.open(io.BytesIO((tmp_path / "t.gif").read_bytes())).n_frames == 5
    with pytest.raises(ValueError, match=r"as \.gif"):
        animate(tmp_path / "t.mp4", model, history, draw)
    with pytest.raises(ValueError, match="wasn't watched"):
        animate(tmp_path / "t.gif", model, fit(model, LINE, steps=1), draw)


def test_without_matplotlib_the_remedy_is_named(trained, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with pytest.raises(plots.PlotsMissingError, match=r"pip install 'tinygrad_neuron\[plot\]'"):
        loss_curve(trained[1])
    assert "image/svg+xml" not in trained[1]._repr_mimebundle_()
