"""Which samples are in which step of a training."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from typing import Any

from ..arguments import require_known


class Batches(Iterator[Sequence[int]]):
    """Which samples are in which step, without end.

    Args:
        count: how many samples there are.
        size: how many are in a step; all unless given.
        order: "shuffled" anew in each epoch, as "given", or "drawn" with replacement.
        seed: of the order.

    Examples:
        >>> batches = Batches(3, 2, "given", 0)
        >>> [list(next(batches)) for _ in range(4)]
        [[0, 1], [2], [0, 1], [2]]
    """

    def __init__(self, count: int, size: int | None, order: str, seed: int) -> None:
        require_known("order", [order], ("shuffled", "given", "drawn"))
        self.count: int = count
        self.size: int = min(size or count, count)
        self.order: str = order
        self.per_epoch: int = math.ceil(count / self.size)
        self.seed: int = seed
        self._chance = random.Random(seed)
        self._places: Sequence[int] = range(count)
        self._at = 0
        self._begin_epoch()

    def __next__(self) -> Sequence[int]:
        if self.order == "drawn":
            return [self._chance.randrange(self.count) for _ in range(self.size)]
        if self._at >= self.count:
            self._begin_epoch()
        at, self._at = self._at, self._at + self.size
        return self._places[at : at + self.size]

    def take(self, count: int) -> list[Sequence[int]]:
        """The batches of some steps; one, if all samples are in each."""
        return [next(self) for _ in range(count if self.order == "drawn" or self.size < self.count else 1)]

    def _begin_epoch(self) -> None:
        self._epoch_began, self._at = self._chance.getstate(), 0
        if self.order == "shuffled" and self.size < self.count:
            places = list(range(self.count))
            self._chance.shuffle(places)
            self._places = places

    def state_dict(self) -> dict[str, Any]:
        """What the next batches depend on."""
        return {"chance": self._chance.getstate() if self.order == "drawn" else self._epoch_began, "at": self._at}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        version, numbers, gauss = state["chance"]
        self._chance.setstate((version, tuple(numbers), gauss))
        self._begin_epoch()
        self._at = state["at"]
