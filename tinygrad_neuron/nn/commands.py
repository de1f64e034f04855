"""Training and predicting from files: what the command line's `train` and `predict` do."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Mapping

from ..arguments import require_known
from ..console import format_csv
from ..files import require_suffix
from ..formulas.expression import Expression
from . import MLP, DataError, Formula, Module, Optimizer, Samples, fit, read_samples, save_model
from .data import read_inputs
from .losses import LOSSES
from .model_file import read_model
from .module import compute
from .optimizers import OPTIMIZERS
from .plots import SUFFIXES

SAME = ("epochs", "batch_size", "seed", "clip", "patience", "checkpoint")  # options that `fit` has, too


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
    for path, suffixes in ((options.plot, SUFFIXES), (options.history, (*SUFFIXES, ".csv", ".json", ".txt"))):
        if path:
            require_suffix(path, suffixes)
    samples = read_samples(options.data, options.target or None)
    model = _build_model(options, samples)
    before = model.state_dict()
    history = fit(
        model,
        samples,
        LOSSES[options.loss],
        _build_optimizer(options, model),
        steps=1000 if options.steps is None and options.epochs is None else options.steps,
        watch=bool(options.history),
        target=options.until,
        progress=False if options.quiet else None,
        **{name: getattr(options, name) for name in SAME},
    )
    found = (f"{name} = {number!r} (began at {before[name]:.6g})" for name, number in model.state_dict().items())
    print("\n".join(found) if isinstance(model, Formula) else model)
    if history.losses:
        print(f"loss {history.losses[0]:.6g} → {history.losses[-1]:.6g}")
    print(history.message, file=sys.stderr if history.divergence else sys.stdout)
    if options.save:
        save_model(options.save, model, inputs=samples.input_names, targets=samples.target_names, loss=options.loss)
    for path in filter(None, (options.history, options.plot)):
        history.save(path)
    return int(history.divergence is not None)


def _build_model(options: Namespace, samples: Samples) -> Module:
    if options.neuron is not None:
        names = Expression(options.neuron, samples.input_names).inputs
        if unused := [name for name in samples.input_names if name not in names]:
            raise DataError(
                f"the column {unused[0]!r} isn't in the formula {options.neuron!r}, whose names are "
                f"{', '.join(names)}: rename the column, or choose the columns to predict with --target"
            )
        return Formula(options.neuron, samples.input_names, dict(options.start), seed=options.seed)
    try:
        hidden = [int(size) for size in options.hidden.split(",")]
    except ValueError:
        raise ValueError(f"--hidden must be whole numbers, as 16,16, got {options.hidden!r}") from None
    if options.start:
        raise ValueError("--start is for the parameters of a formula: give --neuron, or leave it out")
    several = options.loss == "ce"
    outputs = 1 + int(max(target for (target,) in samples.targets)) if several else len(samples.target_names)
    return MLP([len(samples.input_names), *hidden, outputs], options.activation, seed=options.seed)


def _build_optimizer(options: Namespace, model: Module) -> Optimizer:
    settings = {} if options.momentum is None else {"momentum": options.momentum}
    if settings and options.optimizer not in ("sgd", "rmsprop"):
        raise ValueError(f"--momentum is for sgd and rmsprop: {options.optimizer} has its own")
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
    model, names, targets = _load(path)
    if missing := [name for name in names if name not in inputs]:
        raise ValueError(f"the model needs {', '.join(names)}: {missing[0]} is missing, write {missing[0]}=1.0")
    require_known("input", inputs, names)
    return dict(zip(targets, compute(model, [inputs[name] for name in names]), strict=True))


def predict_file(path: str, data: str) -> str:
    """What a saved model says of each row of a CSV file, as CSV: the inputs, then the predictions.

    Args:
        path: the model's file.
        data: the CSV file, with the inputs' headings; or without any.

    Raises:
        ValueError: a file can't be used; it says where.
        OSError: a file can't be read.
    """
    model, names, targets = _load(path)
    return format_csv([[*names, *targets], *([*row, *compute(model, row)] for row in read_inputs(data, names))])


def _load(path: str) -> tuple[Module, list[str], list[str]]:
    model, about = read_model(path)
    count = int(model.shape.split()[0])
    names = list(about.get("inputs") or getattr(model, "inputs", [f"x{k + 1}" for k in range(count)]))
    outputs = len(compute(model, [0.0] * count))
    targets = list(about.get("targets") or [])
    return model, names, targets if len(targets) == outputs else [f"y{k + 1}" for k in range(outputs)]
