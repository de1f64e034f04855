"""Training and predicting from files: what the command line's `train` and `predict` do."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from ..console import csv_text
from ..files import known_suffix
from ..formulas.expression import Expression
from ..recording import no_grad
from . import MLP, DataError, Formula, Module, Optimizer, Rows, fit, load_model, rows, save_model
from .data import inputs_of
from .losses import LOSSES
from .model_file import load_about
from .optimizers import OPTIMIZERS
from .plots import SUFFIXES


def train(options: Namespace) -> int:
    """Train, print the parameters before and after, and write what is wanted.

    Args:
        options: those of `tinygrad-neuron train`: what is trained, on what, and how.

    Returns:
        0, or 1 if the training diverged.

    Raises:
        ValueError: an option or something in the data can't be used.
        OSError: a file can't be read or written.
    """
    for path, suffixes in ((options.plot, SUFFIXES), (options.history, (".csv", ".json", *SUFFIXES))):
        if path:
            known_suffix(path, suffixes)
    samples = rows(options.data, options.target or None)
    model = _model(options, samples)
    before = model.state_dict()
    same = ("epochs", "batch_size", "seed", "clip", "patience", "checkpoint")
    history = fit(
        model,
        samples,
        LOSSES[options.loss],
        _optimizer(options, model),
        steps=1000 if options.steps is None and options.epochs is None else options.steps,
        watch=bool(options.history),
        target=options.until,
        progress=False if options.quiet else None,
        **{name: getattr(options, name) for name in same},
    )
    if isinstance(model, Formula):
        for name, number in model.state_dict().items():
            print(f"{name} = {number!r} (began at {before[name]:.6g})")
    else:
        print(model.summary())
    if history.losses:
        print(f"loss {history.losses[0]:.6g} → {history.losses[-1]:.6g}")
    diverged = history.stopped == "diverged"
    print(history.message, file=sys.stderr if diverged else sys.stdout)
    if options.save:
        save_model(options.save, model, inputs=samples.input_names, targets=samples.target_names, loss=options.loss)
    for path in filter(None, (options.history, options.plot)):
        history.save(path)
    return int(diverged)


def _model(options: Namespace, samples: Rows) -> Module:
    if options.neuron is not None:
        names = Expression(options.neuron).inputs
        if unused := [name for name in samples.input_names if name not in names]:
            raise DataError(
                f"the column {unused[0]!r} isn't in the formula {options.neuron!r}, whose names are "
                f"{', '.join(names)}: rename the column, or choose the columns to predict with --target"
            )
        return Formula(options.neuron, samples.input_names, dict(options.start), seed=options.seed)
    try:
        hidden = [int(size) for size in options.hidden.split(",")]
    except ValueError:
        raise ValueError(f"--hidden {options.hidden}: give whole numbers, as 16,16") from None
    if options.start:
        raise ValueError("--start is for the parameters of a formula: give --neuron, or leave it out")
    outputs = len(samples.target_names)
    if options.loss == "ce":
        outputs = 1 + int(max(target for (target,) in samples.targets))
    return MLP([len(samples.input_names), *hidden, outputs], options.activation, seed=options.seed)


def _optimizer(options: Namespace, model: Module) -> Optimizer:
    settings = {} if options.momentum is None else {"momentum": options.momentum}
    if settings and options.optimizer not in ("sgd", "rmsprop"):
        raise ValueError(f"--momentum is for sgd and rmsprop; {options.optimizer} has its own")
    return OPTIMIZERS[options.optimizer](model.parameters(), options.lr, **settings)


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
    return csv_text([[*names, *targets], *([*row, *_outputs(model, row)] for row in inputs_of(data, names))])


def _loaded(path: str) -> tuple[Module, list[str], list[str]]:
    model, about = load_model(path), load_about(path)
    count = int(model.shape.split()[0])
    names = list(about.get("inputs") or getattr(model, "inputs", [f"x{k + 1}" for k in range(count)]))
    outputs = len(_outputs(model, [0.0] * count))
    targets = list(about.get("targets") or [])
    return model, names, targets if len(targets) == outputs else [f"y{k + 1}" for k in range(outputs)]


def _outputs(model: Module, row: Any) -> list[float]:
    with no_grad():
        output = model(list(row))
    return [float(each) for each in (output if isinstance(output, list) else [output])]
