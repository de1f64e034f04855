"""Conditions: comparisons of Values, that are true or false like a bool and remember what was compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import ops
from .recording import current_decisions

PARENTHESES = "put parentheses round each comparison, as in (x > 0) & (x < 1)"
COMPARISONS = ("<", "<=", "==")
ROWS: dict[str, Callable[..., Any]] = {
    "<": ops.less,
    "<=": ops.less_equal,
    "==": lambda a, b: ops.masked(ops.less_equal(a, b), ops.less_equal(b, a)),
    "and": ops.masked,
    "or": lambda a, b: ops.where(a, 1.0, b),
    "not": lambda a: ops.where(a, 0.0, 1.0),
}


class Condition(int):
    """The outcome of a comparison of Values: 1 or 0, used like a bool.

    `where` records it, so that the function stays piecewise. So do `&`, `|`
    and `~` of conditions, and arithmetic with Values. Asking for its truth
    takes a decision: the branch that is taken is the one that is recorded.

    Args:
        outcome: whether it holds.
        relation: "<", "<=", "==", "and", "or" or "not".
        sides: what was compared or combined.

    Examples:
        >>> x = Value(0.5)
        >>> inside = (x > 0) & (x < 1)
        >>> bool(inside), where(inside, x * 2, 0.0).data
        (True, 1.0)
    """

    relation: str
    sides: tuple[Any, ...]

    def __new__(cls, outcome: bool, relation: str, *sides: Any) -> Condition:  # noqa: D102
        condition = super().__new__(cls, outcome)
        condition.relation, condition.sides = relation, sides
        return condition

    def recorded(self) -> Any:
        """The condition as a node of the graph: 1 where it holds, else 0."""
        found: dict[int, Any] = {}
        for each in reversed(self._parts()):
            sides = [found[id(side)] if isinstance(side, Condition) else side for side in each.sides]
            found[id(each)] = ROWS[each.relation](*sides)
        return found[id(self)]

    def _parts(self) -> list[Condition]:
        """All conditions that it is combined of, each before what it is combined of."""
        parts = [self]
        for each in parts:
            parts += [side for side in each.sides if isinstance(side, Condition)]
        return parts

    def __bool__(self) -> bool:
        """The outcome, noted down where a function is traced: a branch is taken by it."""
        if (decisions := current_decisions()) is not None:
            decisions += [
                (each.relation, each.sides[0], each.sides[1], int.__bool__(each))
                for each in reversed(self._parts())
                if each.relation in COMPARISONS
            ]
        return int.__bool__(self)

    def __and__(self, other: Any) -> Any:
        return self._combined("and", other, int.__bool__(self) and _outcome(other))

    def __or__(self, other: Any) -> Any:
        return self._combined("or", other, int.__bool__(self) or _outcome(other))

    __rand__, __ror__ = __and__, __or__

    def __invert__(self) -> Condition:
        return Condition(not int.__bool__(self), "not", self)

    def _combined(self, relation: str, other: Any, outcome: bool) -> Condition:
        return Condition(outcome, relation, self, other if isinstance(other, Condition) else float(_outcome(other)))

    def __repr__(self) -> str:
        return repr(int.__bool__(self))

    __str__ = __repr__


def _outcome(other: Any) -> bool:
    if isinstance(other, Condition):
        return int.__bool__(other)
    if isinstance(other, bool) or type(other).__name__ in ("bool", "bool_"):
        return bool(other)
    raise TypeError(f"& and | combine conditions, got {type(other).__name__}: {PARENTHESES}")


def _deciding(name: str) -> Callable[..., Any]:
    """An operation of int on the outcome: with a number it takes a decision, with a Value it is recorded."""
    of_int = getattr(int, name)

    def method(self: Condition, *others: Any) -> Any:
        if any(hasattr(other, "read_primitive") for other in others):
            return NotImplemented
        return of_int(int(bool(self)), *others)

    return method


for _name in ("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "neg", "int", "index", "float"):
    setattr(Condition, f"__{_name}__", _deciding(f"__{_name}__"))
