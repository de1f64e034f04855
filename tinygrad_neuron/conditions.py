"""Conditions: comparisons of Values, that are true or false like a bool and remember what was compared."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from . import ops
from .primitives import Primitive, apply
from .recording import current_decisions

PARENTHESES = "put parentheses round each comparison, as in (x > 0) & (x < 1)"
COMPARISONS: dict[str, Callable[..., bool]] = {"<": operator.lt, "<=": operator.le, "==": operator.eq}
ROWS: dict[str, Callable[..., Any]] = {
    "<": ops.less,
    "<=": ops.less_equal,
    "==": lambda a, b: ops.masked(ops.less_equal(a, b), ops.less_equal(b, a)),
    "and": ops.masked,
    "or": lambda a, b: ops.where(a, 1.0, b),
    "not": lambda a: ops.where(a, 0.0, 1.0),
}


class Condition(float):
    """The outcome of a comparison of Values: 1 or 0, used like a bool.

    `where` and the other functions of the table record it, so that what they
    compute stays piecewise. So do `&`, `|` and `~` of conditions, and
    arithmetic with Values. Asking for its truth, as arithmetic with numbers
    does, takes a decision: the branch that is taken is the one that is recorded.

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
    __array_ufunc__ = None  # NumPy's numbers and arrays leave an operation with it to it

    def __new__(cls, outcome: bool, relation: str, *sides: Any) -> Condition:  # noqa: D102
        condition = super().__new__(cls, outcome)
        condition.relation, condition.sides = relation, sides
        return condition

    def recorded(self) -> Any:
        """The condition as a node of the graph: 1 where it holds, else 0."""
        found: dict[int, Any] = {}
        for each in self._parts():
            found[id(each)] = ROWS[each.relation](*(found.get(id(side), side) for side in each.sides))
        return found[id(self)]

    def read_primitive(self, entry: Primitive, arguments: tuple[Any, ...]) -> Any:
        """Apply a primitive to it as to a node of the graph."""
        return apply(entry, tuple(each.recorded() if isinstance(each, Condition) else each for each in arguments))

    def _parts(self) -> list[Condition]:
        """All conditions that it is combined of, and itself, each after those it is combined of."""
        done: dict[int, Condition] = {}
        stack = [self]
        while stack:
            each = stack.pop()
            if sides := [side for side in each.sides if isinstance(side, Condition) and id(side) not in done]:
                stack += [each, *sides]
            else:
                done[id(each)] = each
        return list(done.values())

    def __bool__(self) -> bool:
        """The outcome, noted down where a function is traced: a branch is taken by it."""
        if (decisions := current_decisions()) is not None:
            compared = [each for each in self._parts() if each.relation in COMPARISONS]
            for each in compared:
                decisions.append((each.relation, *each.sides, float.__bool__(each)))
        return float.__bool__(self)

    def __and__(self, other: Any) -> Condition:
        return self._combined("and", other, float.__bool__(self) and _outcome(other))

    def __or__(self, other: Any) -> Condition:
        return self._combined("or", other, float.__bool__(self) or _outcome(other))

    __rand__: Callable[..., Condition] = __and__
    __ror__: Callable[..., Condition] = __or__

    def __invert__(self) -> Condition:
        return Condition(not float.__bool__(self), "not", self)

    def _combined(self, relation: str, other: Any, outcome: bool) -> Condition:
        """A condition of two, or of one and a plain bool."""
        return Condition(outcome, relation, self, other if isinstance(other, Condition) else float(_outcome(other)))

    def __repr__(self) -> str:
        return repr(float.__bool__(self))

    __str__ = __repr__

    def __reduce__(self) -> tuple[Any, ...]:
        return operator.ne, (self.recorded(), 0.0)


def _outcome(other: Any) -> bool:
    """The truth of a side of & or |; a Value there is a comparison without its parentheses."""
    if isinstance(other, Condition):
        return float.__bool__(other)
    if isinstance(other, bool) or type(other).__name__ in ("bool", "bool_"):
        return bool(other)
    raise TypeError(f"& and | combine conditions, got {type(other).__name__}: {PARENTHESES}")


def _deciding(function: Callable[..., Any], *, swapped: bool = False) -> Callable[..., Any]:
    """An operation on the outcome: with numbers it takes a decision, with a Value it is recorded."""

    def method(self: Condition, *others: Any) -> Any:
        if any(hasattr(other, "read_primitive") and not isinstance(other, Condition) for other in others):
            return NotImplemented
        sides = [bool(self), *(bool(other) if isinstance(other, Condition) else other for other in others)]
        return function(*(sides[::-1] if swapped else sides))

    return method


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "xor"):
    setattr(Condition, f"__{_name}__", _deciding(getattr(operator, _name)))
    setattr(Condition, f"__r{_name}__", _deciding(getattr(operator, _name), swapped=True))
for _name in ("eq", "ne", "lt", "le", "gt", "ge", "neg", "pos", "abs"):
    setattr(Condition, f"__{_name}__", _deciding(getattr(operator, _name)))
for _function in (int, float, hash, round, format):
    setattr(Condition, f"__{_function.__name__}__", _deciding(_function))
for _name in ("index", "trunc", "floor", "ceil"):
    setattr(Condition, f"__{_name}__", _deciding(int))
