"""What is known of a derivative that was found without the table's rules."""

from __future__ import annotations

import math
from typing import NamedTuple


class Derivative(NamedTuple):
    """A derivative found without the table's rules.

    Attributes:
        value: the derivative, correctly rounded; nan where there is none.
        left, right: the derivatives from either side; they differ at a kink.
        kind: "smooth", "kink", "jump", "edge" (of a domain), "infinite", "undefined", "undecided" or "unknown".
        presumed: whether something was taken for 0 that can't be told from it with any precision tried.
        why: for an unknown one, what can't be differentiated exactly.
    """

    value: float
    left: float
    right: float
    kind: str
    presumed: bool = False
    why: str = ""


class NotExactError(NotImplementedError):
    """A forward function can be read on floats alone."""


def unknown(why: str = "") -> Derivative:
    """No derivative could be found."""
    return Derivative(math.nan, math.nan, math.nan, "unknown", why=why)
