"""Value: a number that remembers how it was computed, and the backward pass over that graph.

Three things make an engine, and they stand here in this order: operators that
record what they compute (`Value`), the chain rule over what was recorded
(`backward`), and the order in which it is applied (`topological_order`).
"""

from __future__ import annotations

import math
import sys
from typing import Any, Final, Self, TypeVar

from . import ops as ops  # noqa: PLC0414 (the table is filled)
from .conditions import Condition
from .primitives import (
    CLOSED,
    CONSTANT,
    FLOATS,
    NO_REST,
    NOTHING,
    PARAMETER,
    PRIMITIVES,
    Primitive,
    RealNumber,
    as_float,
    is_number,
    plain,
    settle,
)
from .recording import NO_TAG, Tag, current_decisions, current_tag, locate, require_text, switch
from .scalar import Scalar

ADD: Final = PRIMITIVES["add"]
SUB: Final = PRIMITIVES["sub"]
MUL: Final = PRIMITIVES["mul"]
DIV: Final = PRIMITIVES["div"]
POW: Final = PRIMITIVES["pow"]
NEG: Final = PRIMITIVES["neg"]
COMPILED: Final = not __file__.endswith(".py")  # by Cython, see build_hook.py
_V = TypeVar("_V", bound="Value")


class Value(Scalar):
    """A scalar that records the expression it takes part in.

    Operators and the functions of `ops` on Values give Values, and with them a
    graph. `backward()` of the last one gives every leaf its gradient. Numbers
    on the other side of an operator become constants: nodes without gradient.

    Values are compared by number (`==`, `<`, …) and hashed by identity, so that
    they can be keys. `bool(value)` is whether it isn't 0.

    Args:
        data: a real number of Python or NumPy.
        label: its name in tables, formulas and pictures.
        constant: whether it is a constant, which gets no gradient.
        parameter: whether it is to be trained; pictures tell it from inputs.

    Raises:
        TypeError: `data` isn't a real number.
        ValueError: `data` is an integer too large for a float.

    Examples:
        >>> x, w = Value(3.0, label="x"), Value(2.0, label="w")
        >>> y = (w * x + 1).squared()
        >>> y.backward()
        >>> y.data, w.grad, x.grad
        (49.0, 42.0, 28.0)
    """

    __slots__ = ()

    def __init__(self, data: RealNumber, *, label: str = "", constant: bool = False, parameter: bool = False) -> None:
        self._data = data if type(data) is float else as_float(data)
        self._left = self._right = None
        self._dleft = self._dright = 0.0
        self._grad, self._rest = NOTHING, NO_REST
        if constant:  # these lie where they are used
            self._primitive, self._tag = CONSTANT, NO_TAG
        else:
            tag = (current_tag() if switch.on else NO_TAG) or NO_TAG
            self._tag = locate(tag) if tag.source else tag
            self._primitive = PARAMETER if parameter else None
        if label != "":
            self.label = label

    # ------------------------------------------------------------ what it is
    @property
    def data(self) -> float:
        """The number. A leaf's can be assigned; a computed one is read-only.

        Assigning doesn't change graphs that were recorded before.
        """
        decisions = current_decisions()
        return self._data if decisions is None else decisions.read(self, "data")

    @data.setter
    def data(self, number: Value | RealNumber) -> None:
        if self._left is not None:
            raise AttributeError(f"{self!r} is computed, so its data is read-only: change a leaf and compute it again")
        self._data = plain(number)

    @property
    def grad(self) -> float:
        """The gradient that backward() found; 0 before that, see `has_grad`."""
        return 0.0 if self._primitive is CONSTANT else self._grad + 0.0

    @grad.setter
    def grad(self, number: Value | RealNumber) -> None:
        self._grad = plain(number) + 0.0

    @property
    def has_grad(self) -> bool:
        """Whether a gradient was computed since the last zero_grad()."""
        return self._primitive is not CONSTANT and not is_nothing(self._grad)

    @property
    def label(self) -> str:
        """Its name, "" for none."""
        return self._tag.label

    @label.setter
    def label(self, label: str) -> None:
        self._tag = self._tag._replace(label=require_text(label, "a label"))

    @property
    def scope(self) -> tuple[str, ...]:
        """The names of the scopes it was made in, outermost first."""
        return self._tag.scope

    @property
    def source(self) -> str:
        """The line of the program that made it, as `file:line`; "" unless it was made under `keep_sources`."""
        return self._tag.source

    @property
    def primitive(self) -> Primitive | None:
        """The primitive that computed it; None for leaves and constants."""
        return self._primitive if self._left is not None else None

    @property
    def is_leaf(self) -> bool:
        """Whether it was given, not computed."""
        return self._left is None

    @property
    def is_constant(self) -> bool:
        """Whether it has no gradient."""
        return self._primitive is CONSTANT

    @property
    def is_parameter(self) -> bool:
        """Whether it is a leaf that is to be trained."""
        return self._primitive is PARAMETER

    @property
    def operands(self) -> tuple[Value, ...]:
        """What it was computed from, in the order written, doubles kept."""
        first = tuple(each for each in (self._left, self._right) if each is not None)
        return (*first, *self._rest[0])

    @property
    def partials(self) -> tuple[float | None, ...]:
        """The partial, the local derivative, with respect to each operand; None for constants."""
        slopes = (self._dleft, self._dright, *self._rest[1])
        edges = zip(self.operands, slopes, strict=False)
        return tuple(None if operand._primitive is CONSTANT else slope for operand, slope in edges)

    @property
    def flows(self) -> tuple[float | None, ...]:
        """The same, and None too where a condition lets nothing through."""
        gates = self._rest[2] if len(self._rest) > 2 else (True,) * len(self.partials)
        return tuple(slope if is_open else None for slope, is_open in zip(self.partials, gates, strict=True))

    # ------------------------------------------------------------ gradients
    def backward(self, gradient: Value | RealNumber = 1.0) -> None:
        """Compute the gradient of this value with respect to all it was computed from.

        Leaves accumulate: a second call adds to their gradients. Computed
        values hold the gradient of the latest call. The chain rule is applied
        once to each node, consumers first (Linnainmaa 1970).

        Args:
            gradient: what is flowing in, the derivative of something later
                with respect to this value.

        Raises:
            ValueError: this value is a constant.
        """
        if self._primitive is CONSTANT:
            raise ValueError(f"{self!r} is a constant: nothing was recorded to differentiate (detached, or no_grad?)")
        node: Value
        left: Value | None
        right: Value | None
        operand: Value
        order: list[Value] = walk((self,), set())
        for node in order:
            node._grad = node._grad + 0.0 if node._left is None else NOTHING  # leaves accumulate
        self._grad += (gradient if type(gradient) is float else plain(gradient)) or 0.0
        for node in reversed(order):
            left = node._left
            if left is None:
                continue
            upstream: float = node._grad
            if not upstream and is_nothing(upstream):
                node._grad = 0.0
                continue
            rest = node._rest
            if len(rest) > 2:  # a condition lets nothing through to some of the operands
                for operand, flow in () if rest is CLOSED else zip(node.operands, node.flows, strict=True):
                    if flow is not None:
                        operand._grad += upstream * flow or 0.0
                continue
            left._grad += upstream * node._dleft or 0.0
            right = node._right
            if right is not None:
                right._grad += upstream * node._dright or 0.0
                if rest is not NO_REST:
                    for operand, flow in zip(*rest, strict=True):
                        operand._grad += upstream * flow or 0.0

    def zero_grad(self) -> None:
        """Forget the gradients of this value and of all it was computed from."""
        for node in topological_order(self):
            node._grad = NOTHING

    def detach(self) -> Self:
        """The same number and label as a constant, without the graph behind it."""
        decisions = current_decisions()
        node = _constant(self._data if decisions is None else decisions.read(self, "detach"), type(self))
        node._tag = self._tag
        return node

    @staticmethod
    def read_primitive(primitive: Primitive, arguments: tuple[Any, ...]) -> Value:
        """Apply a primitive to Values and numbers and record it: the reading of `ops.apply`."""
        return record(primitive, arguments)

    # ------------------------------------------------------------ operators
    def __add__(self, other: Value | RealNumber) -> Self:
        right: Value = other if isinstance(other, Value) else _constant(other, self.__class__)
        if right is None:
            return NotImplemented
        return _binary(self, ADD, self._data + right._data, right, 1.0, 1.0)

    def __sub__(self, other: Value | RealNumber) -> Self:
        right: Value = other if isinstance(other, Value) else _constant(other, self.__class__)
        if right is None:
            return NotImplemented
        return _binary(self, SUB, self._data - right._data, right, 1.0, -1.0)

    def __mul__(self, other: Value | RealNumber) -> Self:
        right: Value = other if isinstance(other, Value) else _constant(other, self.__class__)
        if right is None:
            return NotImplemented
        return _binary(self, MUL, self._data * right._data, right, right._data, self._data)

    def __truediv__(self, other: Value | RealNumber) -> Self:
        right: Value = other if isinstance(other, Value) else _constant(other, self.__class__)
        if right is None:
            return NotImplemented
        below = right._data
        if below == 0:  # where Python raises and IEEE 754 has an answer
            return record(DIV, (self, right))  # type: ignore[return-value]
        quotient = self._data / below
        return _binary(self, DIV, quotient, right, 1.0 / below, -quotient / below)

    def __pow__(self, other: Value | RealNumber) -> Self:
        right: Value = other if isinstance(other, Value) else _constant(other, self.__class__)
        if right is None:
            return NotImplemented
        base, exponent = self._data, right._data
        if exponent == 0 or right._primitive is not CONSTANT:
            return record(POW, (self, right))  # type: ignore[return-value]
        try:
            return _binary(self, POW, math.pow(base, exponent), right, exponent * math.pow(base, exponent - 1.0), 0.0)
        except (OverflowError, ValueError):  # where the maths library raises and IEEE 754 has an answer
            return record(POW, (self, right))  # type: ignore[return-value]

    def __radd__(self, other: Value | RealNumber) -> Self:
        left: Value = other if isinstance(other, Value) else _constant(other, self.__class__)
        if left is None:
            return NotImplemented
        return _binary(left, ADD, left._data + self._data, self, 1.0, 1.0)  # type: ignore[return-value]

    def __rsub__(self, other: Value | RealNumber) -> Self:
        left: Value = other if isinstance(other, Value) else _constant(other, self.__class__)
        if left is None:
            return NotImplemented
        return _binary(left, SUB, left._data - self._data, self, 1.0, -1.0)  # type: ignore[return-value]

    def __rmul__(self, other: Value | RealNumber) -> Self:
        left: Value = other if isinstance(other, Value) else _constant(other, self.__class__)
        if left is None:
            return NotImplemented
        return _binary(left, MUL, left._data * self._data, self, self._data, left._data)  # type: ignore[return-value]

    def __rtruediv__(self, other: RealNumber) -> Value:
        return record(DIV, (other, self))

    def __rpow__(self, other: RealNumber) -> Value:
        return record(POW, (other, self))

    def __neg__(self) -> Self:
        return self._apply(NEG)

    def _apply(self, primitive: Primitive) -> Self:
        """A function of one number, the most frequent case of `record`."""
        number = self._data
        tag = current_tag() if switch.on else NO_TAG
        if tag is None or self._primitive is CONSTANT:
            return _constant(primitive.evaluate(number), type(self))
        try:
            data = primitive.forward(number)
            slope = primitive.rules[0](data, number)  # type: ignore[misc]
        except (ArithmeticError, TypeError):  # Python's answer where IEEE 754 has another; a missing rule
            data = primitive.evaluate(number)
            slope = primitive.partial(0, data, (number,))
        if primitive.variadic:
            (slope,) = slope
        node = _constant(data, type(self))
        node._primitive, node._left = primitive, self
        node._tag = tag if tag is NO_TAG or not tag.source else locate(tag)
        if type(slope) is float:
            node._dleft = slope
        elif (flow := settle(slope)) is None:
            node._rest = CLOSED
        else:
            node._dleft = flow
        return node


# ---------------------------------------------------------------- recording
def make_node(
    kind: type[_V],
    data: float,
    primitive: Primitive | None,
    operands: tuple[Value, ...] = (),
    partials: tuple[float | None, ...] = (),
    tag: Tag = NO_TAG,
    grad: float = NOTHING,
) -> _V:
    """A node made of its parts, without questions; nothing is computed.

    Args:
        kind: Value, or a subclass.
        data: its number.
        primitive: what computed it; of a leaf None, CONSTANT or PARAMETER.
        operands: what it was computed from.
        partials: the partial for each operand, None along constants.
        tag: label, scope and source.
        grad: its gradient; NOTHING before there is one.
    """
    node = _constant(data, kind)
    node._primitive, node._tag, node._grad = primitive, tag, grad
    if operands:
        connect(node, operands, partials)
    return node


def connect(node: Value, operands: Any, slopes: Any) -> None:
    """Give a node its operands, with a partial for each, None along constants."""
    gates: tuple[Any, ...] = ()
    if set(map(type, slopes)) != FLOATS:
        flows = list(map(settle, slopes))
        gates = tuple(map(_is_open, operands, flows))
        slopes = [0.0 if flow is None else flow for flow in flows]
    node._left, node._dleft = operands[0], slopes[0]
    if len(operands) > 1:
        node._right, node._dright = operands[1], slopes[1]
    if len(operands) > 2 or not all(gates):
        node._rest = (tuple(operands[2:]), tuple(slopes[2:]), *([gates] if not all(gates) else []))


def _is_open(operand: Value, flow: float | None) -> bool:
    """Whether a gradient can flow along an edge; a constant closes nothing."""
    return flow is not None or operand._primitive is CONSTANT


def is_nothing(number: float) -> bool:
    """Whether it is -0.0."""
    return not number and math.copysign(1.0, number) < 0


def _constant(number: Any, kind: type[_V] = Value) -> _V:  # type: ignore[assignment]
    """A number as a node; None for an array, which takes the Value to each of its elements."""
    if type(number) is not float:
        if type(number) is Condition:
            return number.recorded()  # type: ignore[no-any-return]
        if hasattr(number, "__array_ufunc__") and not is_number(number):
            return None  # type: ignore[return-value]
        number = as_float(number)
    node = object.__new__(kind)
    node._data, node._primitive = number, CONSTANT
    node._left = node._right = None
    node._dleft = node._dright = 0.0
    node._grad, node._tag, node._rest = NOTHING, NO_TAG, NO_REST
    return node


def _binary(left: _V, primitive: Primitive, data: float, right: Value, dleft: float, dright: float) -> _V:
    """A node of + - * / or **, whose rules the operators have written out for speed: a test holds them to the table."""
    tag = current_tag() if switch.on else NO_TAG
    if tag is None or (left._primitive is CONSTANT and right._primitive is CONSTANT):
        return _constant(data, type(left))
    node = object.__new__(type(left))
    node._data, node._primitive = data, primitive
    node._left, node._right, node._dleft, node._dright = left, right, dleft, dright
    node._grad, node._rest = NOTHING, NO_REST
    node._tag = tag if tag is NO_TAG or not tag.source else locate(tag)
    return node


def record(primitive: Primitive, arguments: tuple[Any, ...]) -> Value:
    """Compute a primitive of Values and numbers and record it as a node.

    Args:
        primitive: an entry of the table.
        arguments: at least one Value.

    Returns:
        The node; a constant if all arguments are, or under `no_grad`.
    """
    kind = next((type(each) for each in arguments if isinstance(each, Value)), Value)
    operands = [each if isinstance(each, Value) else _constant(_scalar(each), kind) for each in arguments]
    if len(operands) == 1:
        return operands[0]._apply(primitive)
    numbers = [operand._data for operand in operands]
    data = primitive.evaluate(*numbers)
    node = _constant(data, kind)
    tag = current_tag()
    if tag is None or all(operand._primitive is CONSTANT for operand in operands):
        return node
    node._primitive, node._tag = primitive, locate(tag) if tag.source else tag
    if primitive.variadic:  # its rule gives all of them at once
        connect(node, operands, primitive.partial(0, data, numbers))
    else:
        wanted = [operand._primitive is not CONSTANT for operand in operands]
        connect(node, operands, primitive.partials(data, numbers, wanted))
    return node


def name_node(node: Value, label: str) -> Value:
    """A node with a label if it has none: `value.label = …` without the questions."""
    tag = node._tag
    if not tag.label:
        node._tag = Tag(label, tag.scope, tag.source)
    return node


def keep_beside(root: Value, stages: tuple[Value, ...]) -> None:
    """Note down for the end of an expression what was assigned beside it."""
    root._tag = root._tag._replace(beside=stages)


def variables(**numbers: RealNumber) -> tuple[Value, ...]:
    """Several labelled leaves at once.

    Args:
        numbers: a number for each label.

    Returns:
        A Value for each, in the order given.

    Raises:
        TypeError: one of them isn't a real number.

    Examples:
        >>> x, w = variables(x=0.4, w=0.5)
        >>> w
        Value(0.5, label='w')
    """
    return tuple(Value(number, label=label) for label, number in numbers.items())


def engine() -> str:
    """Which of its two forms the heart has here: the same source, compiled to machine code where that was possible.

    Returns:
        "compiled" or "plain".

    Examples:
        >>> engine() in ("compiled", "plain")
        True
    """
    return "compiled" if COMPILED else "plain"


def as_value(thing: Any) -> Value:
    """The thing itself, if it is a Value; a clear error for anything else."""
    if isinstance(thing, Value):
        return thing
    remedy = "it takes Values to record a graph: make the inputs Value(…), or read an expression with parse()"
    if isinstance(thing, (list, tuple)):
        remedy = "it takes one end of a graph: pick one, or take their sum()"
    elif callable(thing):
        remedy = "call it with Values, and give what it returns"
    raise TypeError(f"expected a Value, got {type(thing).__name__}: {remedy}")


def _scalar(argument: Any) -> Any:
    """A float, or a condition, which is recorded with what it compares."""
    return argument if type(argument) is Condition else as_float(argument)


# ---------------------------------------------------------------- the order of the chain rule
def topological_order(*roots: Value) -> list[Value]:
    """All nodes that the roots were computed from, each after its operands.

    Args:
        roots: the Values to begin at.

    Returns:
        The nodes, operands first, in an order that the expression alone decides.

    Raises:
        TypeError: one of them isn't a Value.

    Examples:
        >>> x, w = variables(x=2.0, w=3.0)
        >>> [node.data for node in topological_order(w * x + 1)]
        [3.0, 2.0, 6.0, 1.0, 7.0]
    """
    for each in roots:
        as_value(each)
    return walk(roots, set())


def is_larger(roots: list[Value], most: int) -> bool:
    """Whether more nodes than this are behind some roots: found without a walk over all of them."""
    seen: set[Value] = set()
    stack = list(map(as_value, roots))
    while stack and len(seen) <= most:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            stack += node.operands
    return len(seen) > most


def walk(roots: tuple[Value, ...], seen: Any) -> list[Value]:
    """The nodes behind some roots that weren't seen before, operands first; they are added to those seen."""
    order: list[Value] = []
    stack: list[Value | None] = list(roots)
    stack.reverse()
    while stack:
        node: Value | None = stack.pop()
        if node is None:  # all operands of the node below are done
            order.append(stack.pop())  # type: ignore[arg-type]
        elif node not in seen:
            seen.add(node)
            left: Value | None = node._left
            right: Value | None = node._right
            if left is None:
                order.append(node)
                continue
            stack.append(node)
            stack.append(None)
            if node._rest is not NO_REST:
                stack += node._rest[0][::-1]
            if right is not None and (right._left is not None or right not in seen):
                stack.append(right)
            if left._left is not None:
                stack.append(left)
            elif left not in seen:  # it would come off the stack at once
                seen.add(left)
                order.append(left)
    return order


def _references_of_one_name() -> int:
    """What getrefcount() says of an object that one local name alone holds: 2, or 1 where names are borrowed."""
    node = [object()].pop()
    return sys.getrefcount(node)


def let_go(node: Value) -> None:
    """Take apart what a node alone held, one after the other: Python's own way through a graph is as deep as that is.

    Args:
        node: that nobody holds any more.
    """
    waiting: list[Value | None] = [node._left, node._right, *node._rest[0]]
    node._left, node._right, node._rest = None, None, NO_REST
    while waiting:
        below = waiting.pop()
        if below is not None and below._left is not None and sys.getrefcount(below) == ALONE:
            waiting += (below._left, below._right, *below._rest[0])
            below._left, below._right, below._rest = None, None, NO_REST


ALONE: Final = _references_of_one_name()
if (
    sys.platform == "emscripten"
):  # in a browser the stack is small, and Python's guard against deep ones doesn't know it
    Value.__del__ = let_go  # type: ignore[attr-defined]
