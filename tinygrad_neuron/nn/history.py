"""What happened in a training: every loss, and the parameters and gradients that were asked for."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..console import csv_text, make_table, table_text
from ..files import json_text, write_whole
from ..registry import find_in

if TYPE_CHECKING:
    from rich.table import Table

SHOWN = 20  # rows of a table: the first, the last, and some between


class History:
    """The course of a training; the entries of each list belong to one step.

    Attributes:
        losses: the loss of each step's batch, before the step.
        rates: the learning rate of each step.
        values: for each watched parameter its numbers before each step.
        gradients: for each watched parameter its gradients.
        steps_per_epoch: how many steps go once through the data.
        stopped: why it ended: "done", "target", "patience", "interrupted" or "diverged".
        message: the same as a sentence.
        best_loss: the lowest loss of an epoch.
        resumed_at: how many steps came from a checkpoint.
        backend: "eager" or "native".
        remark: why "auto" didn't take machine code.
    """

    def __init__(self, watched: Sequence[str] = (), steps_per_epoch: int = 1) -> None:
        self.losses: list[float] = []
        self.rates: list[float] = []
        self.values: dict[str, list[float]] = {name: [] for name in watched}
        self.gradients: dict[str, list[float]] = {name: [] for name in watched}
        self.steps_per_epoch = steps_per_epoch
        self.stopped: str = ""
        self.message: str = ""
        self.best_loss: float = math.inf
        self.resumed_at: int = 0
        self.backend: str = "eager"
        self.remark: str = ""

    def __len__(self) -> int:
        return len(self.losses)

    @property
    def epoch_losses(self) -> list[float]:
        """The mean loss of each epoch; the last one may be unfinished."""
        size = self.steps_per_epoch
        parts = (self.losses[start : start + size] for start in range(0, len(self), size))
        return [math.fsum(part) / len(part) for part in parts]

    # ------------------------------------------------------------ as rows
    def columns(self) -> dict[str, Sequence[float]]:
        """All columns by their headings: step, epoch, learning rate, loss, then each parameter and its gradient."""
        steps = range(1, len(self) + 1)
        epochs = [(step - 1) // self.steps_per_epoch + 1 for step in steps]
        columns = {"step": steps, "epoch": epochs, "learning rate": self.rates, "loss": self.losses}
        for name, numbers in self.values.items():
            columns |= {name: numbers, f"gradient of {name}": self.gradients[name]}
        return columns

    def csv(self) -> str:
        """All rows as CSV."""
        columns = self.columns()
        return csv_text([columns, *zip(*columns.values(), strict=True)])

    def json(self) -> str:
        """Everything as JSON: the columns, and why the training ended; nan and infinity as text."""
        columns = {heading: list(column) for heading, column in self.columns().items()}
        return json_text({"stopped": self.stopped, "message": self.message, "columns": columns})

    def table(self, rows: int = SHOWN) -> Table:
        """A table of `rich`: the first rows and the last one, with even gaps between.

        Args:
            rows: how many at most.
        """
        columns = self.columns()
        figures = ([f"{column[k]:.7g}" for column in columns.values()] for k in spread(len(self), rows))
        return make_table(columns, figures, flush_right=columns)

    def __str__(self) -> str:
        return f"{table_text(self.table())}\n{self.message}"

    def __repr__(self) -> str:
        last = f", loss {self.losses[-1]:.6g}" if self.losses else ""
        return f"<History of {len(self):,} steps{last}, {self.stopped or 'running'}>"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it to a file, whole or not at all.

        Args:
            path: the file: .csv, .json, or a picture of the loss: .png, .svg or .pdf.

        Raises:
            ValueError: the suffix is another.
            RuntimeError: a picture is wanted and matplotlib isn't installed.
            OSError: the file can't be written.
        """
        suffix = Path(path).suffix.lower()
        if suffix in (".csv", ".json"):
            write_whole(path, (self.csv() if suffix == ".csv" else self.json()).encode())
        else:
            _plot("save_figure")(path, _plot("loss_curve"), self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002
        try:
            return {"image/svg+xml": _plot("svg_of")(_plot("loss_curve"), self), "text/plain": repr(self)}
        except _plot("PlotsMissingError"):
            return {"text/plain": str(self)}

    # ------------------------------------------------------------ for checkpoints
    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps of it."""
        return {name: getattr(self, name) for name in ("losses", "rates", "values", "gradients", "best_loss")}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        vars(self).update(state)
        self.resumed_at = len(self.losses)


def _plot(name: str) -> Any:
    """Something of the room that plots histories: it stands above them, so it is found by its name."""
    return find_in(__package__, "plots", name)


def spread(count: int, most: int) -> list[int]:
    """Places of a sequence, evenly spread from the first to the last.

    Args:
        count: how many places it has.
        most: how many are wanted at most.
    """
    return sorted({round(k * (count - 1) / max(1, most - 1)) for k in range(most)}) if count else []
