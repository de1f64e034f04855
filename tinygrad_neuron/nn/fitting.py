"""Training: batch after batch, until the steps are done or something stops it."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..arguments import require, require_known
from ..value import Value
from .batches import Batches
from .checkpoint import Checkpoint
from .data import read_samples
from .history import History
from .losses import mean_squared_error
from .module import Module
from .optimizers import SGD, Optimizer
from .stagnation import diagnose as find_diagnosis
from .steps import Loss, StoppingRule, Training


def fit(
    model: Module,
    data: Any,
    loss: Loss = mean_squared_error,
    optimizer: Optimizer | None = None,
    *,
    steps: int | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    order: str = "shuffled",
    seed: int = 0,
    targets: int | str | Sequence[str] | None = None,
    watch: Sequence[str] | bool = (),
    clip: float | None = None,
    target: float | None = None,
    smoothing: float = 0.0,
    patience: int | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_every: float = 10.0,
    progress: bool | None = None,
    backend: str = "eager",
    diagnose: bool = True,
) -> History:
    """Train a model on data: each step computes the loss of a batch, its gradient, and moves the parameters.

    Ctrl-C ends it after the step at hand, and what was learned stays. Where a
    checkpoint is kept, the same call goes on from there, to the same bits as
    without the break. A training that diverges is stopped, the model gets its
    best parameters back, and the message says why. One that ends without having
    learned is explained, with a remedy that was tried on a copy.

    Args:
        model: a neuron, a network, a `Formula`, or a Module of your own.
        data: samples in any form that `nn.read_samples` reads.
        loss: a function of all predictions and targets of a batch.
        optimizer: what moves the parameters; plain `SGD` of all of them unless given.
        steps: how many steps; or
        epochs: how many times through the data; one of the two.
        batch_size: samples in a step; all of them unless given.
        order: "shuffled" anew in each epoch, as "given", or "drawn" with replacement.
        seed: of the order.
        targets: which columns are targets, see `nn.read_samples`.
        watch: names of parameters whose numbers and gradients the history keeps; True for all.
        clip: the largest norm of the gradients, as in `clip_gradients`.
        target: training ends when the loss is below this.
        smoothing: the part of the running mean of the losses that is kept at
            each step, for `target`; 0 looks at the loss of the step alone.
        patience: training ends after so many epochs without a lower mean loss.
        checkpoint: a file to keep the state in, and to go on from if it is there.
        checkpoint_every: seconds between two writes of it.
        progress: whether to show a bar; on a terminal unless given.
        backend: "eager" records each step; "native" runs whole stretches of
            steps as machine code (the extra `native`), to the same results
            within rounding; "auto" takes that where it can be had. The history
            says which it was.
        diagnose: whether to look for what is stuck, if nothing was learned; the
            trials take about as long as some hundred steps each.

    Returns:
        The course of the training.

    Raises:
        DataError: the data can't be used; it says where.
        CheckpointError: the checkpoint is damaged or of another training.
        ValueError: an argument is out of range, or the loss doesn't depend on the parameters.
        OSError: a file can't be read or written.

    Examples:
        >>> neuron = Neuron(1, "linear", weights=[0.0])
        >>> history = fit(neuron, [(0.0, 1.0), (1.0, 3.0)], optimizer=SGD(neuron.parameters(), 0.5), steps=200)
        >>> round(neuron.weights[0].data, 6), round(neuron.bias.data, 6), len(history)
        (2.0, 1.0, 200)
    """
    if (steps is None) == (epochs is None):
        raise ValueError(f"give either steps or epochs, got steps={steps} and epochs={epochs}")
    for name, count in (("steps", steps), ("epochs", epochs), ("batch_size", batch_size), ("patience", patience)):
        right = count is None or (isinstance(count, int) and count >= 1)
        require(right, f"{name} must be a whole number of 1 or above", count)
    require_known("backend", [backend], ("eager", "native", "auto"))
    require(0 <= smoothing < 1, "smoothing must be at least 0 and below 1", smoothing)
    require(clip is None or clip > 0, "clip must be above 0", clip)
    samples = read_samples(data, targets)
    moving = optimizer or SGD(model.parameters())
    batches = Batches(len(samples), batch_size, order, seed)
    total = steps if steps is not None else (epochs or 0) * batches.per_epoch
    rule = StoppingRule(target, smoothing, patience)
    training = Training(model, samples, loss, moving, batches, _find_watched(model, watch), clip, rule)
    file = Checkpoint(checkpoint, checkpoint_every, training) if checkpoint else None
    if backend != "eager" and total > len(training.history):
        training.compile(required=backend == "native")
    _run(training, file, total, progress)
    if diagnose and training.history.stopped in ("done", "patience"):
        _add_diagnosis(training)
    return training.history


def _add_diagnosis(training: Training) -> None:
    history = training.history
    history.diagnosis = find_diagnosis(training)
    if history.diagnosis:
        history.message += f"; {history.diagnosis}"
    elif history.stopped == "done":
        history.message += _remark_on(history)


def _find_watched(model: Module, watch: Sequence[str] | bool) -> dict[str, Value]:
    parameters = model.named_parameters()
    if isinstance(watch, bool):
        return parameters if watch else {}
    names = [watch] if isinstance(watch, str) else watch
    require_known("parameter", names, parameters, where="watch: ")
    return {name: parameters[name] for name in names}


def _run(training: Training, file: Checkpoint | None, total: int, progress: bool | None) -> None:
    history = training.history
    with _delay_interrupts() as interrupts, _show_bar(progress, total, len(history)) as show:
        while not history.stopped and len(history) < total:
            training.advance(total)
            if history.losses:
                show(len(history), history.losses[-1])
            if not history.stopped and interrupts:
                history.stopped = "interrupted"
                history.message = f"interrupted after step {len(history):,}; the parameters are those of that step"
            if file and not history.stopped:
                file.write(only_if_due=True)
    if not history.stopped:
        history.stopped, history.message = "done", f"done: {len(history):,} steps"
    history.best_loss = min(training.monitor.best_mean, history.best_loss)
    if file and history.stopped != "diverged":
        file.write()


def _remark_on(history: History) -> str:
    """What is to be said if all the steps were in vain."""
    losses = history.epoch_losses
    if len(losses) < 2 or not losses[-1] > losses[0]:
        return ""
    return f"; the loss is higher than at first ({losses[0]:.4g} → {losses[-1]:.4g}): try a smaller learning rate"


# ---------------------------------------------------------------- while it runs
@contextlib.contextmanager
def _delay_interrupts() -> Iterator[list[int]]:
    """Ctrl-C waits for the step at hand; a second one doesn't."""
    interrupts: list[int] = []

    def note(number: int, _frame: Any) -> None:
        if interrupts:
            raise KeyboardInterrupt
        interrupts.append(number)

    with contextlib.ExitStack() as ending:
        if threading.current_thread() is threading.main_thread():
            ending.callback(signal.signal, signal.SIGINT, signal.signal(signal.SIGINT, note))
        yield interrupts


@contextlib.contextmanager
def _show_bar(wanted: bool | None, total: int, done: int) -> Iterator[Callable[[int, float], object]]:
    """A progress bar on the terminal's error output; nothing where that is none, unless wanted."""
    if not (sys.stderr.isatty() if wanted is None else wanted):
        yield lambda step, loss: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("loss {task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=total, completed=done)
        yield lambda step, loss: progress.update(task, completed=step, description=f"{loss:.4g}")
