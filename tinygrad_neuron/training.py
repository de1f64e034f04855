"""Training and predicting from files: what the command line's `train` and `predict` do."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .nn import SGD, Adam, AdamW, Formula, Module, Optimiser, RMSProp, Rows, fit, load_model, rows, save_model
from .nn.data import DataError, inputs_of
from .nn.losses import LOSSES
from .nn.model_file import load_about
from .nn.module import MLP
from .nn.plots import SUFFIXES

OPTIMISERS: dict[str, type[Any]] = {"sgd": SGD, "rmsprop": RMSProp, "adam": Adam, "adamw": AdamW}


class Order(NamedTuple):
    """What is to be trained, on what, and how; as the options of `tinygrad-neuron train`."""

    data: str
    neuron: str | None = None
    hidden: str | None = None
    activation: str = "tanh"
    target: str | None = None
    start: Mapping[str, float] = {}
    loss: str = "mse"
    optimiser: str = "sgd"
    lr: float = 0.01
    momentum: float | None = None
    steps: int | None = None
    epochs: int | None = None
    batch_size: int | None = None
    seed: int = 0
    until: float | None = None
    patience: int | None = None
    clip: float | None = None
    checkpoint: str | None = None
    save: str | None = None
    history: str | None = None
    plot: str | None = None
    quiet: bool = False


def train(order: Order) -> int:
    """Train, print the parameters before and after, and write what is wanted.

    Args:
        order: what is to be done.

    Returns:
        0, or 1 if the training diverged.

    Raises:
        ValueError: something in the order or in the data can't be used.
        OSError: a file can't be read or written.
    """
    for path, suffixes in ((order.plot, SUFFIXES), (order.history, (".csv", ".json", *SUFFIXES))):
        if path and Path(path).suffix.lower() not in suffixes:
            raise ValueError(f"{path}: its suffix is one of {', '.join(suffixes)}")
    samples = rows(order.data, [name.strip() for name in order.target.split(",")] if order.target else None)
    model = _model(order, samples)
    before = model.state_dict()
    history = fit(
        model,
        samples,
        LOSSES[order.loss],
        _optimiser(order, model),
        steps=1000 if order.steps is None and order.epochs is None else order.steps,
        epochs=order.epochs,
        batch_size=order.batch_size,
        seed=order.seed,
        watch=bool(order.history),
        clip=order.clip,
        target=order.until,
        patience=order.patience,
        checkpoint=order.checkpoint,
        progress=False if order.quiet else None,
    )
    _print_result(model, before)
    if history.losses:
        print(f"loss {history.losses[0]:.6g} → {history.losses[-1]:.6g}")
    print(history.message, file=sys.stderr if history.stopped == "diverged" else sys.stdout)
    if order.save:
        save_model(order.save, model, inputs=samples.input_names, targets=samples.target_names, loss=order.loss)
    for path in (order.history, order.plot):
        if path:
            history.save(path)
    return 1 if history.stopped == "diverged" else 0


def _model(order: Order, samples: Rows) -> Module:
    if order.neuron is not None:
        return Formula(order.neuron, _used(order.neuron, samples), order.start, seed=order.seed)
    try:
        hidden = [int(size) for size in (order.hidden or "").split(",")]
    except ValueError:
        raise ValueError(f"--hidden {order.hidden}: give whole numbers, as 16,16") from None
    if order.start:
        raise ValueError("--start is for the parameters of a formula: give --neuron, or leave it out")
    outputs = len(samples.target_names)
    if order.loss == "ce":
        outputs = 1 + int(max(target for (target,) in samples.targets))
    return MLP([len(samples.input_names), *hidden, outputs], order.activation, seed=order.seed)


def _used(formula: str, samples: Rows) -> tuple[str, ...]:
    from .formulas.expression import Expression

    names = Expression(formula).inputs
    unused = [name for name in samples.input_names if name not in names]
    if unused:
        raise DataError(
            f"the column {unused[0]!r} isn't in the formula {formula!r}, whose names are {', '.join(names)}: "
            "rename the column, or choose the columns to predict with --target"
        )
    return samples.input_names


def _optimiser(order: Order, model: Module) -> Optimiser:
    settings = {} if order.momentum is None else {"momentum": order.momentum}
    if settings and order.optimiser not in ("sgd", "rmsprop"):
        raise ValueError(f"--momentum is for sgd and rmsprop; {order.optimiser} has its own")
    made: Optimiser = OPTIMISERS[order.optimiser](model.parameters(), order.lr, **settings)
    return made


def _print_result(model: Module, before: Mapping[str, float]) -> None:
    if not isinstance(model, Formula):
        print(model.summary())
        return
    for name, number in model.state_dict().items():
        print(f"{name} = {number!r} (began at {before[name]:.6g})")


# ---------------------------------------------------------------- predictions
def predict(path: str, inputs: Mapping[str, float]) -> dict[str, float]:
    """What a saved model says of one sample.

    Args:
        path: the model's file.
        inputs: a number for each of its inputs.

    Returns:
        A number for each output.

    Raises:
        ValueError: the file holds no model, or an input is missing or unknown.
        OSError: the file can't be read.
    """
    model, names, targets = _loaded(path)
    if missing := [name for name in names if name not in inputs]:
        raise ValueError(f"the model needs {', '.join(names)}: {missing[0]} is missing, write {missing[0]}=1.0")
    if unknown := [name for name in inputs if name not in names]:
        raise ValueError(f"the model has no input {unknown[0]!r}: those are {', '.join(names)}")
    return dict(zip(targets, _outputs(model, [inputs[name] for name in names]), strict=True))


def predict_file(path: str, data: str) -> str:
    """What a saved model says of each row of a CSV file, as CSV: the inputs, then the predictions.

    Args:
        path: the model's file.
        data: the CSV file, with the inputs' headings; or without any.

    Raises:
        ValueError: a file can't be used; it says where.
        OSError: a file can't be read.
    """
    model, names, targets = _loaded(path)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*names, *targets])
    writer.writerows([*row, *_outputs(model, row)] for row in inputs_of(data, names))
    return text.getvalue()


def _loaded(path: str) -> tuple[Module, list[str], list[str]]:
    model, about = load_model(path), load_about(path)
    count = int(model.shape.split()[0])  # type: ignore[attr-defined]
    names = list(about.get("inputs") or getattr(model, "inputs", [f"x{k + 1}" for k in range(count)]))
    outputs = len(_outputs(model, [0.0] * count))
    targets = list(about.get("targets") or [])
    return model, names, targets if len(targets) == outputs else [f"y{k + 1}" for k in range(outputs)]


def _outputs(model: Any, row: Any) -> list[float]:
    from .recording import no_grad

    with no_grad():
        output = model(list(row))
    return [float(each) for each in (output if isinstance(output, list) else [output])]
