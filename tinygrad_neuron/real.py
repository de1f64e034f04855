"""What is taken for a number: any real one of Python or NumPy, and what is said of the rest."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from numbers import Real
from typing import Any


def as_float(number: Any) -> float:
    """Any real number of Python or NumPy as a float; a clear error for anything else."""
    if type(number) is float:
        return number
    if isinstance(number, (float, int, Real, Decimal)) or type(number).__name__ in ("bool_", "bool"):
        try:
            return float(number)
        except OverflowError:
            raise ValueError("the number is too large for a float: divide it first, or take its logarithm") from None
    raise TypeError(f"expected a real number or a Value, got {type(number).__name__}{_remedy(number)}")


def _remedy(thing: object) -> str:
    if isinstance(thing, complex):
        return ": only real numbers are differentiated here; use its .real and .imag"
    if isinstance(thing, (str, bytes)):
        return ": convert it with float(), or read an expression with parse()"
    if thing is None:
        return ": did a function forget its return?"
    if hasattr(thing, "item"):
        return ": values are scalars; take one element at a time, with .item() for a float"
    if isinstance(thing, Iterable):
        return ": values are scalars; use [Value(x) for x in ...] and sum(...) or dot(...)"
    return ""
