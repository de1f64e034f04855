"""What happened in a training: every loss, and the parameters and gradients that were asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..registry import find_in
from ..results import ColumnsResult, Formats

if TYPE_CHECKING:
    from .diagnosis import Diagnosis
    from .divergence import Divergence


class History(ColumnsResult):
    """The course of a training; the entries of each list belong to one step.

    It shows itself as a table, in a notebook with the curve of the loss if
    matplotlib is there. `save` writes the table as .csv, .json or .txt, or the
    curve as .png, .svg or .pdf.

    Attributes:
        losses: the loss of each step's batch, before the step.
        rates: the learning rate of each step.
        values: for each watched parameter its numbers before each step.
        gradients: for each watched parameter its gradients.
        steps_per_epoch: how many steps go once through the data.
        stopped: why it ended: "done", "target", "patience", "interrupted" or "diverged".
        message: the same as a sentence.
        divergence: what went wrong, if the training diverged; else None.
        diagnosis: why it hasn't learned, if it hasn't, with a remedy that was tried; else None.
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
        self.divergence: Divergence | None = None
        self.diagnosis: Diagnosis | None = None
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

    def columns(self) -> dict[str, Sequence[float]]:
        """All columns by their headings: step, epoch, learning rate, loss, then each parameter and its gradient."""
        steps = range(1, len(self) + 1)
        epochs = [(step - 1) // self.steps_per_epoch + 1 for step in steps]
        columns = {"step": steps, "epoch": epochs, "learning rate": self.rates, "loss": self.losses}
        for name, numbers in self.values.items():
            columns |= {name: numbers, f"gradient of {name}": self.gradients[name]}
        return columns

    def to_dict(self) -> dict[str, Any]:
        """Why the training ended, what went wrong if it diverged or hasn't learned, and the columns."""
        found = {"divergence": self.divergence, "diagnosis": self.diagnosis}
        reasons = {name: each and each.to_dict() for name, each in found.items()}
        return {"stopped": self.stopped, "message": self.message, **reasons, **super().to_dict()}

    def __repr__(self) -> str:
        last = f", loss {self.losses[-1]:.6g}" if self.losses else ""
        return f"<History of {len(self):,} steps{last}, {self.stopped or 'running'}>"

    def _caption(self) -> str:
        return self.message

    def _formats(self) -> Formats:
        """Those of a table, and of the loss curve: the room that plots stands above histories, and is found by name."""
        figure_formats, plot_loss = (find_in(__package__, "plots", name) for name in ("figure_formats", "plot_loss"))
        return {**super()._formats(), **figure_formats(plot_loss, self)}

    def _html(self) -> str:
        try:
            svg: Any = self._formats()[".svg"]()
        except find_in(__package__, "plots", "PlotsMissingError"):
            return super()._html()
        picture = svg[svg.index(b"<svg") :].decode()  # inside a page stands no declaration of XML
        return f"{picture}{super()._html()}"

    # ------------------------------------------------------------ for checkpoints
    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps of it."""
        return {name: getattr(self, name) for name in ("losses", "rates", "values", "gradients", "best_loss")}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        vars(self).update(state)
        self.resumed_at = len(self.losses)
