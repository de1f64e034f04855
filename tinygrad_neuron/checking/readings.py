"""The table read in other numbers: complex ones here, mpmath's in `precise`."""

from __future__ import annotations

import cmath
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from ..primitives import Primitive
from ..program import Program


class NotExactError(Exception):
    """An operation has no form in the numbers that were asked for."""


class Reading:
    """A number of some kind, under the operators and functions that rules and forwards are written with."""

    __slots__ = ("number",)
    functions: ClassVar[Mapping[str, Callable[..., Any]]] = {}

    def __init__(self, number: Any) -> None:
        self.number = number

    @classmethod
    def read_primitive(cls, entry: Primitive, arguments: tuple[Any, ...]) -> Reading:
        """Apply a primitive: by its function for these numbers, else by its own forward function."""
        function = cls.functions.get(entry.name)
        if function is None:
            try:
                result = entry.forward(*(each if isinstance(each, Reading) else cls(each) for each in arguments))
            except (TypeError, AttributeError):
                raise NotExactError(f"{entry.name} has no form in {cls.__name__} numbers") from None
            return result if isinstance(result, Reading) else cls(result)
        return cls(function(*(each.number if isinstance(each, Reading) else each for each in arguments)))

    def __add__(self, other: Any) -> Reading:
        return type(self)(self.number + _plain(other))

    def __sub__(self, other: Any) -> Reading:
        return type(self)(self.number - _plain(other))

    def __rsub__(self, other: Any) -> Reading:
        return type(self)(_plain(other) - self.number)

    def __mul__(self, other: Any) -> Reading:
        return type(self)(self.number * _plain(other))

    def __truediv__(self, other: Any) -> Reading:
        return type(self)(self.functions["div"](self.number, _plain(other)))

    def __rtruediv__(self, other: Any) -> Reading:
        return type(self)(self.functions["div"](_plain(other), self.number))

    def __neg__(self) -> Reading:
        return type(self)(-self.number)

    __radd__ = __add__
    __rmul__ = __mul__


def _plain(number: Any) -> Any:
    return number.number if isinstance(number, Reading) else number


# ---------------------------------------------------------------- complex numbers
def _analytic(name: str) -> Callable[..., Any]:
    function: Callable[..., Any] = getattr(cmath, name)
    return function


class Complex(Reading):
    """A complex number; functions that bend have no form here."""

    __slots__ = ()
    functions: ClassVar = {
        **{
            name: _analytic(name)
            for name in ("exp", "log", "log10", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh")
        },
        **{name: _analytic(name) for name in ("asin", "acos", "atan", "asinh", "acosh", "atanh")},
        "add": lambda a, b: a + b,
        "sub": lambda a, b: a - b,
        "mul": lambda a, b: a * b,
        "div": lambda a, b: a / b,
        "neg": lambda x: -x,
        "pow": lambda a, b: a**b,
        "identity": lambda x: x,
        "squared": lambda x: x * x,
        "sigmoid": lambda x: 1 / (1 + cmath.exp(-x)),
        "sech_squared": lambda x: 1 / cmath.cosh(x) ** 2,
    }


def reading_of(program: Program, kind: type[Reading]) -> Callable[[int, list[Reading]], Reading]:
    """The reading of a program in another kind of number.

    Args:
        program: the graph.
        kind: the kind of number.

    Returns:
        For `program.forward`; it raises NotExactError where an operation has no form in these numbers.
    """

    def read(k: int, operands: list[Reading]) -> Reading:
        if not operands:
            return kind(program.numbers[k])
        return kind.read_primitive(program.primitives[k], tuple(operands))  # type: ignore[arg-type]

    return read
