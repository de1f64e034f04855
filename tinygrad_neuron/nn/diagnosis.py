"""What is said of a training that doesn't learn."""

from __future__ import annotations

import math
import tomllib
from dataclasses import asdict, dataclass
from typing import Any

from ..registry import read_asset
from ..results import Result

TEXTS: dict[str, dict[str, str]] = tomllib.loads(read_asset(__package__, "stagnation.toml"))


@dataclass(frozen=True)
class Diagnosis(Result):
    """Why a training doesn't learn, and a remedy that was tried on a copy.

    Attributes:
        cause: "symmetric", "unscaled", "dead", "saturated", "vanishing", "slow" or "plateau".
        explanation: what is stuck, as a sentence.
        names: the neurons, the columns or the path that it is about.
        since: the last step at which dead relus had a gradient, 0 for none; None where that isn't known.
        remedy: what helped, in words.
        steps: for how many steps it was tried.
        loss: that at the end of the training.
        reference: the loss of the best constant answer, or the first loss if that is lower.
        loss_with: the loss after those steps with the remedy.
        loss_without: the loss after as many more steps without it; inf if they diverge.
    """

    cause: str
    explanation: str
    names: tuple[str, ...]
    since: int | None
    remedy: str
    steps: int
    loss: float
    reference: float
    loss_with: float
    loss_without: float

    def to_dict(self) -> dict[str, Any]:
        """All attributes."""
        return asdict(self)

    def __str__(self) -> str:
        without = TEXTS["without"]["finite" if math.isfinite(self.loss_without) else "infinite"]
        losses = self.to_dict()
        return TEXTS["report"]["whole"].format(without=without.format(**losses), **losses)
