"""The reading of the table in mpmath's numbers, of as many digits as its context has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import mpmath

from ..primitives import Primitive
from ..program import Program

NAN, INFINITY = mpmath.nan, mpmath.inf
SAME_NAME = (
    *("exp", "expm1", "log", "log10", "log1p", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "atan2"),
    *("hypot", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc", "floor"),
)


def _real(name: str) -> Callable[..., Any]:
    """A function of mpmath that is nan where it would be complex, and has its limit at a pole."""
    function = getattr(mpmath, name)

    def forward(*xs: Any) -> Any:
        try:
            result = function(*xs)
        except (ValueError, ZeroDivisionError):
            return -INFINITY if name.startswith("log") and xs[0] == 0 else NAN
        return NAN if isinstance(result, mpmath.mpc) else result

    return forward


def _of_numbers(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *xs: NAN if any(x != x for x in xs) else function(*xs)


def _divide(a: Any, b: Any) -> Any:
    if b:
        return a / b
    return NAN if not a or a != a or b != b else INFINITY * mpmath.sign(a)


def _power(a: Any, b: Any) -> Any:
    if a == 0 and b < 0:
        return INFINITY
    result = mpmath.power(a, b)
    return NAN if isinstance(result, mpmath.mpc) else result


def _logsumexp(*xs: Any) -> Any:
    return max(xs) + mpmath.log(mpmath.fsum(mpmath.exp(x - max(xs)) for x in xs))


PIECES: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "sign": mpmath.sign,
    "less": lambda a, b: mpmath.mpf(a < b),
    "less_equal": lambda a, b: mpmath.mpf(a <= b),
    "step": lambda x: mpmath.mpf(x > 0),
    "equal": lambda a, b: mpmath.mpf(a == b),
    "nonnegative": lambda x: x if x >= 0 else NAN,
    "maximum": max,
    "minimum": min,
    "relu": lambda x: max(x, mpmath.mpf(0)),
    "clip": lambda x, low, high: min(max(x, low), high),
    "logsumexp": _logsumexp,
    "gelu": lambda x: x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2,
    "gelu_slope": lambda x: mpmath.erfc(-x / mpmath.sqrt(2)) / 2 + x * mpmath.npdf(x),
    "exp_difference": lambda a, b: mpmath.exp(a - b),
    "gaussian": lambda x, k: mpmath.exp(-k * x * x),
    "cbrt": lambda x: mpmath.cbrt(x) if x >= 0 else -mpmath.cbrt(-x),
}


class NotExactError(Exception):
    """An operation has no form in these numbers."""


class HighPrecision:
    """A number of mpmath, under the operators and functions that rules and forwards are written with."""

    __slots__ = ("number",)
    functions: ClassVar[dict[str, Callable[..., Any]]] = {
        **{name: _of_numbers(_real(name)) for name in SAME_NAME},
        **{name: _of_numbers(function) for name, function in PIECES.items()},
        "div": _divide,
        "pow": _power,
        "masked": lambda mask, x: x if mask else mpmath.mpf(0),
        "where": lambda condition, a, b: a if condition else b,
        "exp2": lambda x: mpmath.mpf(2) ** x,
        "log2": lambda x: _real("log")(x) / mpmath.log(2),
        "sech_squared": lambda x: mpmath.sech(x) ** 2,
    }

    def __init__(self, number: Any) -> None:
        self.number = mpmath.mpf(number)

    @staticmethod
    def read_primitive(entry: Primitive, arguments: tuple[Any, ...]) -> HighPrecision:
        """Apply a primitive: by its function for these numbers, else by its own forward function."""
        function = HighPrecision.functions.get(entry.name)
        if function is not None:
            return HighPrecision(function(*map(_plain, arguments)))
        try:
            result = entry.forward(
                *(each if isinstance(each, HighPrecision) else HighPrecision(each) for each in arguments)
            )
        except (TypeError, AttributeError):
            raise NotExactError(f"{entry.name} has no form in high precision") from None
        return result if isinstance(result, HighPrecision) else HighPrecision(result)

    def __add__(self, other: Any) -> HighPrecision:
        return HighPrecision(self.number + _plain(other))

    def __sub__(self, other: Any) -> HighPrecision:
        return HighPrecision(self.number - _plain(other))

    def __rsub__(self, other: Any) -> HighPrecision:
        return HighPrecision(_plain(other) - self.number)

    def __mul__(self, other: Any) -> HighPrecision:
        return HighPrecision(self.number * _plain(other))

    def __truediv__(self, other: Any) -> HighPrecision:
        return HighPrecision(self.functions["div"](self.number, _plain(other)))

    def __rtruediv__(self, other: Any) -> HighPrecision:
        return HighPrecision(self.functions["div"](_plain(other), self.number))

    def __neg__(self) -> HighPrecision:
        return HighPrecision(-self.number)

    __radd__ = __add__
    __rmul__ = __mul__


def _plain(number: Any) -> Any:
    return number.number if isinstance(number, HighPrecision) else number


def reading_of(program: Program) -> Callable[[int, list[Any]], HighPrecision]:
    """The reading of a program in high precision.

    Args:
        program: the graph.

    Returns:
        For `program.forward`; it raises NotExactError where an operation has no form in these numbers.
    """

    def read(k: int, operands: list[Any]) -> HighPrecision:
        if not operands:
            return HighPrecision(program.numbers[k])
        return HighPrecision.read_primitive(program.primitives[k], tuple(operands))  # type: ignore[arg-type]

    return read
