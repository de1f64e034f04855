"""The reading of the table in mpmath's numbers, of as many digits as its context has."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from functools import cached_property
from typing import Any, ClassVar

import mpmath

from ..primitives import Operators, Primitive
from ..program import Program

NAN, INFINITY = mpmath.nan, mpmath.inf
SAME_NAME = (
    *("exp", "expm1", "log", "log10", "log1p", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "atan2"),
    *("hypot", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc", "floor"),
)


def _make_real(name: str) -> Callable[..., Any]:
    """A function of mpmath that is nan where it would be complex, and has its limit at a pole."""
    function = getattr(mpmath, name)

    def forward(*xs: Any) -> Any:
        try:
            result = function(*xs)
        except (ValueError, ZeroDivisionError):
            return -INFINITY if name.startswith("log") and xs[0] == 0 else NAN
        return NAN if isinstance(result, mpmath.mpc) else result

    return forward


def _propagate_nan(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *xs: NAN if any(x != x for x in xs) else function(*xs)


def _divide(a: Any, b: Any) -> Any:
    if b:
        return a / b
    return NAN if not a or a != a or b != b else INFINITY * mpmath.sign(a)


def _logsumexp(*xs: Any) -> Any:
    return max(xs) + mpmath.log(mpmath.fsum(mpmath.exp(x - max(xs)) for x in xs))


PIECES: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "sign": mpmath.sign,
    "less": lambda a, b: mpmath.mpf(a < b),
    "less_equal": lambda a, b: mpmath.mpf(a <= b),
    "step": lambda x: mpmath.mpf(x > 0),
    "nonnegative": lambda x: x if x >= 0 else NAN,
    "maximum": lambda *xs: max(xs),
    "minimum": lambda *xs: min(xs),
    "relu": lambda x: max(x, mpmath.mpf(0)),
    "clip": lambda x, low, high: min(max(x, low), high),
    "logsumexp": _logsumexp,
    "gelu": lambda x: x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2,
    "gelu_slope": lambda x: mpmath.erfc(-x / mpmath.sqrt(2)) / 2 + x * mpmath.npdf(x),
    "cbrt": lambda x: mpmath.cbrt(x) if x >= 0 else -mpmath.cbrt(-x),
}


class NotExactError(Exception):
    """An operation has no form in these numbers."""


class HighPrecision(Operators):
    """A number of mpmath, under the operators and functions that rules and forwards are written with."""

    __slots__ = ("number",)
    functions: ClassVar[dict[str, Callable[..., Any]]] = {
        **{name: _propagate_nan(_make_real(name)) for name in SAME_NAME},
        **{name: _propagate_nan(function) for name, function in PIECES.items()},
        **{name: getattr(operator, name) for name in ("add", "sub", "mul", "neg")},
        "div": _divide,
        "pow": lambda a, b: INFINITY if a == 0 and b < 0 else _make_real("power")(a, b),
        "masked": lambda mask, x: x if mask else mpmath.mpf(0),
        "where": lambda condition, a, b: a if condition else b,
        "exp2": lambda x: mpmath.mpf(2) ** x,
        "log2": lambda x: _make_real("log")(x) / mpmath.log(2),
        "sech_squared": lambda x: mpmath.sech(x) ** 2,
    }

    def __init__(self, number: Any) -> None:
        self.number: Any = mpmath.mpf(number)

    @staticmethod
    def read_primitive(entry: Primitive, arguments: tuple[Any, ...]) -> HighPrecision:
        """Apply a primitive: by its function for these numbers, else by its own forward function."""
        function = HighPrecision.functions.get(entry.name)
        if function is not None:
            return HighPrecision(function(*map(_unwrap, arguments)))
        numbers = (each if isinstance(each, HighPrecision) else HighPrecision(each) for each in arguments)
        try:
            result = entry.forward(*numbers)
        except (TypeError, AttributeError):
            raise NotExactError(f"{entry.name} has no form in high precision") from None
        return result if isinstance(result, HighPrecision) else HighPrecision(result)


def _unwrap(number: Any) -> Any:
    return number.number if isinstance(number, HighPrecision) else number


class Replays:
    """A program's numbers in high precision, computed once for each number of digits.

    Its methods raise NotExactError where an operation has no form in these numbers.
    """

    missing = NotExactError

    def __init__(self, program: Program) -> None:
        self.program, self._found = program, dict[int, list[HighPrecision]]()
        sizes = [abs(each) for numbers in (program.numbers, *program.partials) for each in numbers if each]
        logarithms = [math.log10(each) for each in sizes if each < math.inf]
        self._span = max(logarithms, default=0.0) - min(logarithms, default=0.0)

    @cached_property
    def _reaching(self) -> list[Any]:
        """How large the parts of each place's gradient are, whatever their signs."""
        sizes = [[None if slope is None else abs(slope) for slope in slopes] for slopes in self.program.partials]
        return self.program.backward(sizes)

    def count_more_digits(self, k: int) -> int:
        """How many digits lie between the largest and the smallest number, so that none hides another.

        A step of x that vanishes on its way to the root takes as many more as that makes it smaller.
        """
        sizes = abs(self.program.numbers[k]), self._reaching[k] or 1.0
        x, slope = (-math.log10(each) if 0 < each < 1 else 0.0 for each in sizes)
        return math.ceil(self._span + 3.0 * x + slope)

    def compute_numbers(self, digits: int) -> list[HighPrecision]:
        """The numbers of all places."""
        if digits not in self._found:
            with mpmath.workdps(digits):
                self._found[digits] = self.program.forward(self._read)
        return self._found[digits]

    def _read(self, k: int, operands: list[Any]) -> HighPrecision:
        if not operands:
            return HighPrecision(self.program.numbers[k])
        return HighPrecision.read_primitive(self.program.primitives[k], tuple(operands))  # type: ignore[arg-type]

    def compute_slopes(self, k: int, digits: int) -> tuple[Any, Any, Any]:
        """The slopes to the left, to the right and across, with a step of a third of the digits."""
        in_all, root = digits + self.count_more_digits(k), self.program.roots[0]
        numbers = self.compute_numbers(in_all)
        with mpmath.workdps(in_all):
            x, here = numbers[k].number, numbers[root].number
            h = (abs(x) or 1) * mpmath.mpf(10) ** (-(digits // 3))
            moved = (self.program.forward(self._read, {k: HighPrecision(x + side)}, numbers) for side in (-h, h))
            below, above = (each[root].number for each in moved)
            return (here - below) / h, (above - here) / h, (above - below) / (2 * h)
