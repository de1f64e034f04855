"""Marks: what each link of a hand-in is worth, and all of one learner."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

BLANK, UNREADABLE = "blank", "unreadable"


class Mark(NamedTuple):
    """What one link of one learner is worth.

    Attributes:
        link: its name.
        given: what was handed in.
        verdict: that of the link; "blank" or "unreadable" where there is none.
        points: what it is worth, after changes by hand.
        of: what it could be worth.
        words: what is said of it.
        kinds: the likely mistake's kind first.
        note: what the teacher wrote who changed it.
        changed: whether it was changed by hand.
    """

    link: str
    given: str
    verdict: str
    points: float
    of: float
    words: str = ""
    kinds: tuple[str, ...] = ()
    note: str = ""
    changed: bool = False


@dataclass(frozen=True)
class Graded:
    """One learner's hand-in with its marks.

    Attributes:
        learner: who.
        marks: one for each link that is asked for.
        source: the file and row.
        remarks: what was odd about it.
        hint: what the learner should see of the verdict.
    """

    learner: str
    marks: tuple[Mark, ...]
    source: str = ""
    remarks: tuple[str, ...] = ()
    hint: tuple[str, ...] = ()

    @property
    def points(self) -> float:
        """The sum of the marks."""
        return math.fsum(mark.points for mark in self.marks)

    @property
    def of(self) -> float:
        """What could have been reached."""
        return math.fsum(mark.of for mark in self.marks)
