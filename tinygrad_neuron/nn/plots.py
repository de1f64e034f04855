"""Plots of trainings and of what was trained, on matplotlib (the extra `plot`)."""

from __future__ import annotations

import io
import math
import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from ..arguments import require_known
from ..files import require_suffix, write_as, write_whole
from ..graph import grad, gradient, temporary_numbers
from ..ops import identity
from ..primitives import plain
from ..registry import import_extra
from ..results import Formats, spread
from ..value import Value
from .data import read_samples
from .history import History
from .module import compute, find_activation, name_activation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# as in the pictures of graphs: values, gradients
BLUE, ORANGE, GREEN, GRAY = "#1f6fb4", "#d9730d", "#2a9d4e", "#8a8a8a"
SUFFIXES = (".png", ".svg", ".pdf")
POINTS = 200


class PlotsMissingError(RuntimeError):
    """matplotlib isn't installed."""


def plot_loss(history: History, ax: Axes | None = None, *, label: str = "") -> Axes:
    """The loss of each step, and the mean of each epoch where an epoch has several steps; logarithmic if it can be.

    Args:
        history: of a training.
        ax: where to draw; a new figure unless given.
        label: for a legend, where several trainings are compared.

    Returns:
        The axes.

    Raises:
        PlotsMissingError: matplotlib isn't installed.

    Examples:
        >>> neuron = Neuron(1, "linear", weights=[0.0])
        >>> history = fit(neuron, [(1.0, 2.0)], steps=5)
        >>> plot_loss(history).get_ylabel()
        'loss'
    """
    ax = _axes(ax)
    steps, size = range(1, len(history) + 1), history.steps_per_epoch
    several = size > 1 and len(history) > size
    ax.plot(steps, history.losses, color=BLUE, alpha=0.35 if several else 1.0, linewidth=1, label=label or None)
    if several:
        middles = [min(start + size / 2, len(history)) for start in range(0, len(history), size)]
        ax.plot(middles, history.epoch_losses, color=BLUE, label="mean of an epoch")
    if all(loss > 0 for loss in history.losses if loss == loss):
        ax.set_yscale("log")
    title = history.stopped if history.stopped != "done" else ""
    return _label(ax, "step", "loss", legend=bool(label or several), title=title)


def plot_parameters(history: History, ax: Axes | None = None, *, names: Sequence[str] | None = None) -> Axes:
    """The watched parameters step by step.

    Args:
        history: of a training with `watch`.
        ax: where to draw; a new figure unless given.
        names: which of them; all unless given.

    Returns:
        The axes.

    Raises:
        ValueError: nothing of that name was watched.
        PlotsMissingError: matplotlib isn't installed.
    """
    return _plot_columns(history.values, names, "parameter", _axes(ax))


def plot_gradients(history: History, ax: Axes | None = None, *, names: Sequence[str] | None = None) -> Axes:
    """The gradients of the watched parameters step by step.

    Args:
        history: of a training with `watch`.
        ax: where to draw; a new figure unless given.
        names: which of them; all unless given.

    Returns:
        The axes.

    Raises:
        ValueError: nothing of that name was watched.
        PlotsMissingError: matplotlib isn't installed.
    """
    ax = _plot_columns(history.gradients, names, "gradient", _axes(ax))
    ax.axhline(0.0, color=GRAY, linewidth=0.8)
    return ax


def _plot_columns(columns: dict[str, list[float]], names: Sequence[str] | None, what: str, ax: Axes) -> Axes:
    chosen = list(columns) if names is None else list(names)
    require_known("watched parameter", chosen, columns)
    if not chosen:
        raise ValueError("no parameter was watched: give fit(…, watch=True)")
    for name in chosen:
        ax.plot(range(1, len(columns[name]) + 1), columns[name], label=name)
    return _label(ax, "step", what)


def plot_predictions(
    model: Callable[[Any], Any],
    data: Any,
    ax: Axes | None = None,
    *,
    label: str = "prediction",
    color: str = GREEN,
    linestyle: str = "-",
) -> Axes:
    """What a model of one input predicts, over the data; call it before and after a training.

    Args:
        model: takes a list with one number.
        data: samples in any form that `nn.read_samples` reads.
        ax: where to draw; a new figure unless given.
        label: for the legend.
        color: of the line.
        linestyle: of the line, in matplotlib's signs.

    Returns:
        The axes; the data are drawn once.

    Raises:
        ValueError: the samples have several inputs.
        PlotsMissingError: matplotlib isn't installed.
    """
    samples = read_samples(data)
    if len(samples.input_names) != 1:
        raise ValueError(f"a line needs samples of one input, got {len(samples.input_names)} inputs")
    ax = _axes(ax)
    xs = [row[0] for row in samples.inputs]
    if not ax.collections:
        ax.scatter(xs, [row[0] for row in samples.targets], s=12, color=BLUE, label="data", zorder=1)
    grid = _even_steps(xs)
    ax.plot(grid, [compute(model, [x])[0] for x in grid], color=color, linestyle=linestyle, label=label)
    return _label(ax, samples.input_names[0], samples.target_names[0])


def plot_error(
    loss: Callable[[], Value],
    parameter: Value,
    ax: Axes | None = None,
    *,
    around: float | tuple[float, float] = 1.0,
    label: str = "",
) -> Axes:
    """The loss as a function of one parameter, with the current point and the tangent of the engine's gradient.

    Args:
        loss: computes the loss from the parameters as they are.
        parameter: the one on the axis; it keeps its number.
        ax: where to draw; a new figure unless given. Several parameters fit on one.
        around: how far to both sides, or the two ends.
        label: for the legend; the parameter's label unless given.

    Returns:
        The axes.

    Raises:
        PlotsMissingError: matplotlib isn't installed.
    """
    ax = _axes(ax)
    here, now = parameter.data, loss()
    (slope,) = gradient(now, parameter)
    low, high = map(plain, around if isinstance(around, tuple) else (here - around, here + around))
    grid = _even_steps((low, high))
    name = label or parameter.label or "parameter"
    heights = [_loss_at(loss, [parameter], [x]) for x in grid]
    (line,) = ax.plot(grid, heights, label=f"{name}, gradient {slope.data:.4g}")
    ends = [here + side * (high - low) / 8 for side in (-1, 1)]
    ax.plot(ends, [now.data + slope.data * (x - here) for x in ends], color=ORANGE, linewidth=2.5, alpha=0.8)
    ax.plot([here], [now.data], "o", color=line.get_color())
    return _label(ax, name if len(ax.lines) <= 3 else "parameters", "loss")


def plot_loss_surface(
    loss: Callable[[], Value],
    parameters: tuple[Value, Value],
    ax: Axes | None = None,
    *,
    path: tuple[Sequence[float], Sequence[float]] | None = None,
    around: float = 1.0,
    resolution: int = 40,
) -> Axes:
    """Height lines of the loss over two parameters, with the path of a training.

    Args:
        loss: computes the loss from the parameters as they are.
        parameters: those on the two axes; they keep their numbers.
        ax: where to draw; a new figure unless given.
        path: the two parameters' numbers step by step, from a history's `values`.
        around: how far to all sides of the path, or of the current point.
        resolution: points along each axis.

    Returns:
        The axes.

    Raises:
        PlotsMissingError: matplotlib isn't installed.
    """
    ax = _axes(ax)
    first, second = parameters
    across, up = (list(map(plain, each)) for each in path or ([first.data], [second.data]))
    xs, ys = (_even_steps(each, around, resolution) for each in (across, up))
    heights = [[_loss_at(loss, parameters, [x, y]) for x in xs] for y in ys]
    finite = sorted(height for line in heights for height in line if math.isfinite(height))
    levels = sorted({finite[k * (len(finite) - 1) // 14] for k in range(15)})  # equal areas between the lines
    ax.contourf(xs, ys, heights, levels=levels, cmap="Blues_r", alpha=0.6)
    ax.contour(xs, ys, heights, levels=levels, colors=GRAY, linewidths=0.5)
    if path:
        ax.plot(across, up, ".-", color=ORANGE, markersize=4, linewidth=1, label="training")
        ax.plot(across[0], up[0], "o", color=ORANGE, label="start")
        ax.plot(across[-1], up[-1], "*", color=GREEN, markersize=13, label="end")
    names = first.label or "first parameter", second.label or "second parameter"
    return _label(ax, *names, legend=bool(path), title="loss")


def plot_decision_boundary(
    model: Callable[[Any], Any], data: Any, ax: Axes | None = None, *, resolution: int = 60, margin: float = 0.4
) -> Axes:
    """Which class a model of two inputs gives each point, with the samples; the boundary is where its output is 0.

    Args:
        model: takes a list of two numbers.
        data: samples with labels 1 and -1, in any form that `nn.read_samples` reads.
        ax: where to draw; a new figure unless given.
        resolution: points along each axis.
        margin: around the samples.

    Returns:
        The axes; the title says how many samples are on the right side.

    Raises:
        ValueError: the samples don't have two inputs.
        PlotsMissingError: matplotlib isn't installed.
    """
    samples = read_samples(data)
    if len(samples.input_names) != 2:
        raise ValueError(f"a boundary needs samples of two inputs, got {len(samples.input_names)}")
    ax = _axes(ax)
    xs, ys = (_even_steps(column, margin, resolution) for column in zip(*samples.inputs, strict=True))
    scores = [[compute(model, [x, y])[0] for x in xs] for y in ys]
    reach = max(abs(score) for line in scores for score in line) or 1.0
    ax.contourf(xs, ys, scores, levels=[-reach, 0.0, reach], colors=[ORANGE, BLUE], alpha=0.25)
    if min(map(min, scores)) < 0 < max(map(max, scores)):
        ax.contour(xs, ys, scores, levels=[0.0], colors="black", linewidths=1)
    labels = [(point, label) for point, (label,) in zip(samples.inputs, samples.targets, strict=True)]
    for sign, color, marker in ((1.0, BLUE, "o"), (-1.0, ORANGE, "s")):
        if points := [point for point, label in labels if label * sign > 0]:
            across, up = zip(*points, strict=True)
            ax.scatter(across, up, s=16, color=color, marker=marker, label=f"label {sign:+.0f}")
    right = sum(compute(model, point)[0] * label > 0 for point, label in labels)
    return _label(ax, *samples.input_names, title=f"{right} of {len(labels)} right")


def plot_activation(
    name: str | Callable[[Any], Any], ax: Axes | None = None, *, ends: tuple[float, float] = (-4.0, 4.0)
) -> Axes:
    """An activation and its derivative.

    Args:
        name: a function of the table, or a function of a Value.
        ax: where to draw; a new figure unless given.
        ends: of the axis.

    Returns:
        The axes.

    Raises:
        ValueError: there is no such function.
        PlotsMissingError: matplotlib isn't installed.
    """
    function, called, grid = find_activation(name) or identity, name_activation(name).rstrip("()"), _even_steps(ends)
    ax = _axes(ax)
    ax.plot(grid, [plain(function(x)) for x in grid], color=BLUE, label=called)
    ax.plot(grid, [plain(grad(function)(x)) for x in grid], color=ORANGE, linestyle="--", label="derivative")
    ax.axhline(0.0, color=GRAY, linewidth=0.8)
    return _label(ax, "x", f"{called}(x)")


# ---------------------------------------------------------------- animation and files
def animate(
    path: str | os.PathLike[str],
    model: Any,
    history: History,
    draw: Callable[[Axes], Any],
    *,
    frames: int = 40,
    seconds: float = 4.0,
) -> None:
    """An animation of a training as a GIF: beside the loss curve, whatever `draw` shows of the model at that step.

    Args:
        path: the .gif file, written whole or not at all.
        model: the trained module; its parameters are put back afterwards.
        history: of the training, with all parameters watched.
        draw: draws the model as it is, for instance `lambda ax: plot_predictions(model, data, ax)`.
        frames: how many, evenly spread over the steps.
        seconds: how long it takes.

    Raises:
        ValueError: not all parameters were watched, or the suffix is another.
        PlotsMissingError: matplotlib isn't installed.
        OSError: the file can't be written.
    """
    require_suffix(path, [".gif"])
    parameters = model.named_parameters()
    if missing := [name for name in parameters if name not in history.values]:
        raise ValueError(f"{missing[0]} wasn't watched: give fit(…, watch=True)")
    figure, (left, right) = _figure(9.0, 4.0, columns=2)
    from PIL import Image  # matplotlib brings it

    pictures, movie = [], io.BytesIO()
    for step in spread(len(history), frames):
        left.clear()
        right.clear()
        numbers = [history.values[name][step] for name in parameters]
        with temporary_numbers(list(parameters.values()), numbers):
            draw(left)
        plot_loss(history, right)
        right.plot([step + 1], [history.losses[step]], "o", color=ORANGE)
        figure.suptitle(f"step {step + 1:,}: loss {history.losses[step]:.4g}")
        figure.savefig(page := io.BytesIO(), format="png", dpi=80)
        pictures.append(Image.open(page).convert("RGB"))
    pause = round(1000 * seconds / len(pictures))
    pictures[0].save(movie, "GIF", save_all=True, append_images=pictures[1:], duration=pause, loop=0)
    write_whole(path, movie.getvalue())


def save_figure(path: str | os.PathLike[str], plot: Callable[..., Any], *arguments: Any, panels: int = 1) -> None:
    """Write one plot as a file of its own, whole or not at all.

    Args:
        path: a .png, .svg or .pdf file.
        plot: one of the functions here, or any that takes `ax`.
        arguments: for it.
        panels: how many axes stand side by side; `ax` is a list of them if there are several.

    Raises:
        ValueError: the suffix is another.
        PlotsMissingError: matplotlib isn't installed.
        OSError: the file can't be written.
    """
    write_as(path, figure_formats(plot, *arguments, panels=panels))


def figure_formats(plot: Callable[..., Any], *arguments: Any, panels: int = 1) -> Formats:
    """What gives the bytes of one plot, by the file's suffix.

    Args:
        plot: what takes `ax`.
        arguments: for it.
        panels: how many axes stand side by side.
    """
    return {suffix: partial(_draw_file, suffix[1:], plot, arguments, panels) for suffix in SUFFIXES}


def _draw_file(file_format: str, plot: Callable[..., Any], arguments: tuple[Any, ...], panels: int) -> bytes:
    """One plot as the bytes of a file; SVG and PNG are the same in every process."""
    file = io.BytesIO()
    with _import("matplotlib").rc_context({"svg.hashsalt": "tinygrad_neuron"}):
        figure, ax = _figure(2.4 + 4.0 * panels, 4.0, panels)
        plot(*arguments, ax=ax)
        metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(file_format)
        figure.savefig(file, format=file_format, dpi=120, metadata=metadata)
    return file.getvalue()


def _figure(width: float, height: float, columns: int = 1) -> tuple[Figure, Any]:
    """A figure beside those of pyplot: nothing has to be closed, no window opens."""
    figure = _import("matplotlib.figure").Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(1, columns)


def _axes(ax: Axes | None) -> Axes:
    """The axes that are given, or those of a new figure."""
    return ax or _import("matplotlib.pyplot").subplots(layout="constrained")[1]


def _label(ax: Axes, x: str, y: str, *, legend: bool = True, **more: Any) -> Axes:
    """Say beside the axes what they show."""
    ax.set(xlabel=x, ylabel=y, **more)
    if legend:
        ax.legend()
    return ax


def _import(module: str) -> Any:
    """A module of matplotlib, if that is installed."""
    return import_extra(module, PlotsMissingError("plots need matplotlib: pip install 'tinygrad_neuron[plot]'"))


# ---------------------------------------------------------------- numbers to draw
def _even_steps(numbers: Sequence[float], margin: float = 0.0, count: int = POINTS) -> list[float]:
    low, high = plain(min(numbers)) - plain(margin), plain(max(numbers)) + plain(margin)
    return [low + (high - low) * k / (count - 1) for k in range(count)]


def _loss_at(loss: Callable[[], Value], parameters: Sequence[Value], numbers: Sequence[float]) -> float:
    """The loss where the parameters have other numbers."""
    with temporary_numbers(parameters, numbers):
        return compute(loss)[0]
