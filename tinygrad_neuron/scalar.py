"""What a Value can do as a number: be compared, converted and shown, and go through the functions of the table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Never, Self

from . import ops
from .arrays import is_array
from .conditions import COMPARISONS, PARENTHESES, Condition
from .leaving import leaving_error
from .methods import Methods
from .primitives import RealNumber, as_float, is_number
from .recording import current_decisions, current_tag, note_decision, switch


class Scalar(Methods):
    """The side of a Value that has nothing to do with the chain rule; a Value has the data and the recording."""

    __slots__ = ()

    if TYPE_CHECKING:  # of a Value
        data: float
        label: Any
        is_constant: Any
        is_parameter: Any

    # ------------------------------------------------------------ operators that are composed
    def __pos__(self) -> Self:
        return self

    def __abs__(self) -> Self:
        return self.abs()

    def __floordiv__(self, other: Any) -> Self:
        return NotImplemented if is_array(other) else ops.floor(self / other)

    def __rfloordiv__(self, other: Any) -> Self:
        return ops.floor(other / self)  # type: ignore[no-any-return]

    def __mod__(self, other: Any) -> Self:
        return NotImplemented if is_array(other) else self - other * (self // other)

    def __rmod__(self, other: Any) -> Self:
        return other - self * (other // self)  # type: ignore[no-any-return]

    # ------------------------------------------------------------ comparisons
    def __eq__(self, other: object) -> Any:
        if isinstance(other, Scalar) or is_number(other) or is_array(other):
            return _compared("==", self, other)
        return self._data == other

    def __ne__(self, other: object) -> Any:
        if is_array(other):
            return NotImplemented
        equal = self == other
        return ~equal if isinstance(equal, Condition) else not equal

    def __lt__(self, other: Scalar | RealNumber) -> Condition:
        return _compared("<", self, other)

    def __le__(self, other: Scalar | RealNumber) -> Condition:
        return _compared("<=", self, other)

    def __gt__(self, other: Scalar | RealNumber) -> Condition:
        return _compared("<", other, self)

    def __ge__(self, other: Scalar | RealNumber) -> Condition:
        return _compared("<=", other, self)

    def __hash__(self) -> int:
        return object.__hash__(self)

    __hash__ = object.__hash__  # noqa: F811 (the slot itself, quicker; C takes the method)

    def __and__(self, _other: Never) -> Any:
        return _refuse_logic()

    def __rand__(self, _other: Never) -> Any:
        return _refuse_logic()

    def __or__(self, _other: Never) -> Any:
        return _refuse_logic()

    def __ror__(self, _other: Never) -> Any:
        return _refuse_logic()

    def __bool__(self) -> bool:
        return note_decision("!=", self, 0.0, self._data != 0)

    # ------------------------------------------------------------ as a number
    def item(self) -> float:
        """The plain number, as `data`: without the graph."""
        return self.data

    def __float__(self) -> float:
        return self._plain("float")

    def __int__(self) -> int:
        return int(self._plain("int"))

    __trunc__ = __int__

    def __complex__(self) -> complex:
        return complex(self._plain("complex"))

    def __round__(self, digits: int | None = None) -> float:
        return round(self._plain("round"), digits)

    def _plain(self, way: str) -> float:
        """A constant's number; of others the gradient would be lost."""
        if not self.is_constant:
            raise leaving_error(self, way)
        return self._data

    def __format__(self, specification: str) -> str:
        return format(self._data, specification) if specification else repr(self)

    def __repr__(self) -> str:
        number = repr(self._data) if math.isfinite(self._data) else f"float('{self._data}')"
        label = f", label={self.label!r}" if self.label else ""
        kind = ", constant=True" if self.is_constant else ", parameter=True" if self.is_parameter else ""
        return f"{type(self).__name__}({number}{label}{kind})"

    def __setstate__(self, attributes: dict[str, Any]) -> None:
        vars(self).update(attributes)


def _refuse_logic() -> Any:
    """For & and |, which bind closer than comparisons."""
    raise TypeError(f"& and | combine conditions, not Values: {PARENTHESES}")


def _compared(relation: str, left: Any, right: Any) -> Condition:
    """A condition; it keeps no graph alive where there is no gradient to be lost, or where nothing is recorded."""
    if is_array(left) or is_array(right):
        return NotImplemented  # type: ignore[no-any-return]
    sides = (_number(left), _number(right))
    carrying = any(isinstance(side, Scalar) and not side.is_constant for side in (left, right))
    recorded = (carrying and (not switch.on or current_tag() is not None)) or current_decisions() is not None
    return Condition(COMPARISONS[relation](*sides), relation, *((left, right) if recorded else sides))


def _number(other: Any) -> float:
    """What a comparison reads of a side."""
    return other._data if isinstance(other, Scalar) else as_float(other)
