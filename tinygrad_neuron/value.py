"""Value: a number that remembers how it was computed, and the backward pass over that graph.

Three things make an engine, and they stand here in this order: operators that
record what they compute (`Value`), the chain rule over what was recorded
(`backward`), and the order in which it is applied (`topological_order`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar, Final, TypeVar

from . import ops
from .primitives import CONSTANT, FUNCTIONS, PARAMETER, PRIMITIVES, Primitive, as_float
from .recording import NO_TAG, Tag, current_decisions, current_tag, locate, note_decision, require_text, switch
from .registry import registered

ADD: Final = PRIMITIVES["add"]
SUB: Final = PRIMITIVES["sub"]
MUL: Final = PRIMITIVES["mul"]
DIV: Final = PRIMITIVES["div"]
POW: Final = PRIMITIVES["pow"]
NEG: Final = PRIMITIVES["neg"]
WHERE: Final = PRIMITIVES["where"]
IDENTITY: Final = PRIMITIVES["identity"]
NO_REST: Final[tuple[tuple[Any, ...], tuple[float, ...]]] = ((), ())
FLOATS: Final = {float}
NO_GRADIENT: Final = -0.0  # what a gradient is before it is computed: a sum that began with 0.0 never is -0.0
_V = TypeVar("_V", bound="Value")


def _method(name: str) -> Callable[..., Any]:
    primitive = PRIMITIVES[name]

    def unary(self: Value) -> Value:
        return _unary(primitive, self)

    def several(self: Value, *arguments: Any, **named: Any) -> Value:
        return record(primitive, primitive.bind((self, *arguments), named))

    method = unary if len(primitive.parameters) == 1 else several
    method.__name__, method.__qualname__ = name, f"Value.{name}"
    method.__doc__ = f"{FUNCTIONS[name].__doc__}".split("\n", 1)[0] + f" The function `{name}` as a method."
    return method


class Value:
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
        TypeError: `data` is no real number.
        ValueError: `data` is an integer too large for a float.

    Examples:
        >>> x, w = Value(3.0, label="x"), Value(2.0, label="w")
        >>> y = (w * x + 1).squared()
        >>> y.backward()
        >>> y.data, w.grad, x.grad
        (49.0, 42.0, 28.0)
    """

    # The first two operands lie in slots of their own: a binary node takes no tuple.
    __slots__ = ("_data", "_dleft", "_dright", "_grad", "_left", "_primitive", "_rest", "_right", "_tag")
    __array_ufunc__: ClassVar[None] = None  # NumPy's scalars leave their operators to ours

    _data: float
    _grad: float
    _tag: Tag
    _primitive: Primitive | None  # of a leaf: None, CONSTANT or PARAMETER
    _left: Value | None
    _right: Value | None
    _dleft: float  # local derivatives; nothing reads those of constants
    _dright: float
    _rest: tuple[tuple[Any, ...], tuple[float, ...]]  # the third operand and all further ones, and their derivatives

    def __init__(self, data: Any, *, label: str = "", constant: bool = False, parameter: bool = False) -> None:
        self._data = data if type(data) is float else as_float(data)
        self._left = self._right = None
        self._dleft = self._dright = 0.0
        self._grad, self._rest = NO_GRADIENT, NO_REST
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
        if current_decisions() is not None:
            note_decision("==", self, self._data, self._data == self._data)
        return self._data

    @data.setter
    def data(self, number: Any) -> None:
        if self._left is not None:
            raise AttributeError(f"{self!r} is computed, so its data is read-only: change a leaf and compute it again")
        self._data = as_float(number)

    @property
    def grad(self) -> float:
        """The gradient that backward() found; 0 before that, see `has_grad`."""
        return 0.0 if self._primitive is CONSTANT else self._grad + 0.0

    @grad.setter
    def grad(self, number: Any) -> None:
        self._grad = as_float(number) + 0.0

    @property
    def has_grad(self) -> bool:
        """Whether a gradient was computed since the last zero_grad()."""
        known = self._grad != 0 or math.copysign(1.0, self._grad) > 0
        return known and self._primitive is not CONSTANT

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
        return first + self._rest[0]

    @property
    def partials(self) -> tuple[float | None, ...]:
        """The local derivative with respect to each operand; None for constants."""
        slopes = (self._dleft, self._dright, *self._rest[1])
        return tuple(
            None if operand._primitive is CONSTANT else slope
            for operand, slope in zip(self.operands, slopes, strict=False)
        )

    # ------------------------------------------------------------ gradients
    def backward(self, gradient: float = 1.0) -> None:
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
        order = topological_order(self)
        for node in order:
            if node._left is None:
                node._grad += 0.0  # what wasn't computed begins
            else:
                node._grad = 0.0
        self._grad += gradient if type(gradient) is float else as_float(gradient)
        for node in reversed(order):
            left = node._left
            if left is None:
                continue
            upstream = node._grad
            left._grad += upstream * node._dleft
            right = node._right
            if right is None:
                continue
            right._grad += upstream * node._dright
            if node._rest is not NO_REST:
                for further, slope in zip(*node._rest, strict=True):
                    further._grad += upstream * slope

    def zero_grad(self) -> None:
        """Forget the gradients of this value and of all it was computed from."""
        for node in topological_order(self):
            node._grad = NO_GRADIENT

    def detach(self) -> Value:
        """The same number and label as a constant, without the graph behind it."""
        node = _constant(self._data, type(self))
        node._tag = self._tag
        return node

    @staticmethod
    def read_primitive(primitive: Primitive, arguments: tuple[Any, ...]) -> Value:
        """Apply a primitive to Values and numbers and record it: the reading of `ops.apply`."""
        return record(primitive, arguments)

    # ------------------------------------------------------------ operators
    def __add__(self, other: Any) -> Value:
        right = other if isinstance(other, Value) else _constant(other, self.__class__)
        return _binary(self, ADD, self._data + right._data, right, 1.0, 1.0)

    def __sub__(self, other: Any) -> Value:
        right = other if isinstance(other, Value) else _constant(other, self.__class__)
        return _binary(self, SUB, self._data - right._data, right, 1.0, -1.0)

    def __mul__(self, other: Any) -> Value:
        right = other if isinstance(other, Value) else _constant(other, self.__class__)
        return _binary(self, MUL, self._data * right._data, right, right._data, self._data)

    def __truediv__(self, other: Any) -> Value:
        right = other if isinstance(other, Value) else _constant(other, self.__class__)
        below = right._data
        if below == 0:  # where Python raises and IEEE 754 has an answer
            return record(DIV, (self, right))
        quotient = self._data / below
        return _binary(self, DIV, quotient, right, 1.0 / below, -quotient / below)

    def __pow__(self, other: Any) -> Value:
        right = other if isinstance(other, Value) else _constant(other, self.__class__)
        base, exponent = self._data, right._data
        if exponent == 0 or right._primitive is not CONSTANT:
            return record(POW, (self, right))
        try:
            return _binary(self, POW, math.pow(base, exponent), right, exponent * math.pow(base, exponent - 1.0), 0.0)
        except (OverflowError, ValueError):  # where the maths library raises and IEEE 754 has an answer
            return record(POW, (self, right))

    def __radd__(self, other: Any) -> Value:
        return _constant(other, type(self)) + self

    def __rsub__(self, other: Any) -> Value:
        return _constant(other, type(self)) - self

    def __rmul__(self, other: Any) -> Value:
        return _constant(other, type(self)) * self

    def __rtruediv__(self, other: Any) -> Value:
        return record(DIV, (other, self))

    def __rpow__(self, other: Any) -> Value:
        return record(POW, (other, self))

    def __floordiv__(self, other: Any) -> Value:
        return ops.floor(self / other)  # type: ignore[no-any-return]

    def __rfloordiv__(self, other: Any) -> Value:
        return ops.floor(other / self)  # type: ignore[no-any-return]

    def __mod__(self, other: Any) -> Value:
        return self - other * (self // other)  # type: ignore[no-any-return]

    def __rmod__(self, other: Any) -> Value:
        return other - self * (other // self)  # type: ignore[no-any-return]

    def __neg__(self) -> Value:
        return _unary(NEG, self)

    def __pos__(self) -> Value:
        return self

    def __abs__(self) -> Value:
        return ops.abs(self)  # type: ignore[no-any-return]

    exp: ClassVar[Any] = _method("exp")
    log: ClassVar[Any] = _method("log")
    sqrt: ClassVar[Any] = _method("sqrt")
    sin: ClassVar[Any] = _method("sin")
    cos: ClassVar[Any] = _method("cos")
    tan: ClassVar[Any] = _method("tan")
    tanh: ClassVar[Any] = _method("tanh")
    sigmoid: ClassVar[Any] = _method("sigmoid")
    relu: ClassVar[Any] = _method("relu")
    leaky_relu: ClassVar[Any] = _method("leaky_relu")
    softplus: ClassVar[Any] = _method("softplus")
    elu: ClassVar[Any] = _method("elu")
    silu: ClassVar[Any] = _method("silu")
    gelu: ClassVar[Any] = _method("gelu")
    erf: ClassVar[Any] = _method("erf")
    squared: ClassVar[Any] = _method("squared")
    clip: ClassVar[Any] = _method("clip")
    abs: ClassVar[Any] = _method("abs")

    # ------------------------------------------------------------ as a number
    def __eq__(self, other: object) -> bool:
        return note_decision("==", self, other, self._data == (other._data if isinstance(other, Value) else other))

    def __lt__(self, other: Any) -> bool:
        return note_decision("<", self, other, self._data < _number(other))

    def __le__(self, other: Any) -> bool:
        return note_decision("<=", self, other, self._data <= _number(other))

    def __gt__(self, other: Any) -> bool:
        return note_decision("<", other, self, self._data > _number(other))

    def __ge__(self, other: Any) -> bool:
        return note_decision("<=", other, self, self._data >= _number(other))

    __hash__ = object.__hash__  # the slot itself: sets of nodes are everywhere

    def __bool__(self) -> bool:
        return note_decision("!=", self, 0.0, self._data != 0)

    def __float__(self) -> float:
        return self.data

    def __int__(self) -> int:
        return int(self.data)

    def __round__(self, digits: int | None = None) -> float:
        return round(self.data, digits)

    def __format__(self, specification: str) -> str:
        return format(self._data, specification) if specification else repr(self)

    def __repr__(self) -> str:
        number = repr(self._data) if math.isfinite(self._data) else f"float('{self._data}')"
        label = f", label={self.label!r}" if self.label else ""
        kind = ", constant=True" if self.is_constant else ", parameter=True" if self.is_parameter else ""
        return f"{type(self).__name__}({number}{label}{kind})"

    # ------------------------------------------------------------ what rooms above do with it
    def draw(self, **options: Any) -> Any:
        """Draw the graph behind this value: the function `draw` as a method."""
        return registered("draw")(self, **options)

    def page(self, path: Any = None, **options: Any) -> Any:
        """Make an interactive page of the graph behind this value: the function `page` as a method."""
        return registered("page")(self, path, **options)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return registered("show")(self, include, exclude)  # type: ignore[no-any-return]

    def __copy__(self) -> Value:
        return registered("copy")(self)  # type: ignore[no-any-return]

    def __deepcopy__(self, memo: dict[int, Any]) -> Value:
        return registered("deepcopy")(self, memo)  # type: ignore[no-any-return]

    def __reduce_ex__(self, _protocol: Any) -> tuple[Any, ...]:
        return registered("reduce")(self)  # type: ignore[no-any-return]

    def __setstate__(self, attributes: dict[str, Any]) -> None:
        vars(self).update(attributes)


# ---------------------------------------------------------------- recording
def make_node(
    kind: type[_V],
    data: float,
    primitive: Primitive | None,
    operands: tuple[Value, ...] = (),
    partials: tuple[float | None, ...] = (),
    tag: Tag = NO_TAG,
    grad: float = NO_GRADIENT,
) -> _V:
    """A node made of its parts, without questions; nothing is computed.

    Args:
        kind: Value, or a subclass.
        data: its number.
        primitive: what computed it; of a leaf None, CONSTANT or PARAMETER.
        operands: what it was computed from.
        partials: the local derivative for each operand, None along constants.
        tag: label, scope and source.
        grad: its gradient; NO_GRADIENT before there is one.
    """
    node = _constant(data, kind)
    node._primitive, node._tag, node._grad = primitive, tag, grad
    if operands:
        _connect(node, operands, partials)
    return node


def _connect(node: Value, operands: Any, slopes: Any) -> None:
    """Give a node its operands, with a local derivative for each, None along constants."""
    if set(map(type, slopes)) != FLOATS:
        slopes = [0.0 if slope is None else as_float(slope) for slope in slopes]
    node._left, node._dleft = operands[0], slopes[0]
    if len(operands) > 1:
        node._right, node._dright = operands[1], slopes[1]
    if len(operands) > 2:
        node._rest = tuple(operands[2:]), tuple(slopes[2:])


def _constant(number: Any, kind: type[_V] = Value) -> _V:  # type: ignore[assignment]
    node = object.__new__(kind)
    node._data = number if type(number) is float else as_float(number)
    node._primitive = CONSTANT
    node._left = node._right = None
    node._dleft = node._dright = 0.0
    node._grad, node._tag, node._rest = NO_GRADIENT, NO_TAG, NO_REST
    return node


def _binary(left: _V, primitive: Primitive, data: float, right: Value, dleft: float, dright: float) -> _V:
    """A node of + - * / or **, whose rules the operators have written out for speed: a test holds them to the table."""
    tag = current_tag() if switch.on else NO_TAG
    if tag is None or (left._primitive is CONSTANT and right._primitive is CONSTANT):
        return _constant(data, type(left))
    node = object.__new__(left.__class__)
    node._data, node._primitive = data, primitive
    node._left, node._right, node._dleft, node._dright = left, right, dleft, dright
    node._grad, node._tag, node._rest = NO_GRADIENT, locate(tag) if tag.source else tag, NO_REST
    return node


def _unary(primitive: Primitive, operand: _V) -> _V:
    """The same for one operand, the most frequent case."""
    number = operand._data
    tag = current_tag() if switch.on else NO_TAG
    if tag is None or operand._primitive is CONSTANT:
        return _constant(primitive.evaluate(number), type(operand))
    try:
        data = primitive.forward(number)
        slope = primitive.rules[0](data, number)  # type: ignore[misc]
    except (ArithmeticError, TypeError):  # Python's answer where IEEE 754 has another; a missing rule
        data = primitive.evaluate(number)
        slope = primitive.partial(0, data, (number,))
    if primitive.variadic:
        (slope,) = slope
    node = _constant(data, type(operand))
    node._primitive, node._left = primitive, operand
    node._tag = locate(tag) if tag.source else tag
    node._dleft = slope if type(slope) is float else as_float(slope)
    return node


def record(primitive: Primitive, arguments: tuple[Any, ...]) -> Value:
    """Compute a primitive of Values and numbers and record it as a node.

    Args:
        primitive: an entry of the table.
        arguments: at least one Value.

    Returns:
        The node; a constant if all arguments are, or under `no_grad`.
    """
    if primitive is WHERE:  # the other branch stays out, so that its nan can't leak in
        primitive, arguments = IDENTITY, (arguments[1] if arguments[0] else arguments[2],)
    kind = next((type(each) for each in arguments if isinstance(each, Value)), Value)
    operands = [each if isinstance(each, Value) else _constant(each, kind) for each in arguments]
    if len(operands) == 1:
        return _unary(primitive, operands[0])
    numbers = [operand._data for operand in operands]
    data = primitive.evaluate(*numbers)
    node = _constant(data, kind)
    tag = current_tag()
    wanted = [operand._primitive is not CONSTANT for operand in operands]
    if tag is None or not any(wanted):
        return node
    node._primitive, node._tag = primitive, locate(tag) if tag.source else tag
    _connect(node, operands, primitive.partials(data, numbers, wanted))
    return node


def name_node(node: Value, label: str) -> Value:
    """A node with a label if it has none: `value.label = …` without the questions."""
    tag = node._tag
    if not tag.label:
        node._tag = Tag(label, tag.scope, tag.source)
    return node


def variables(**numbers: Any) -> tuple[Value, ...]:
    """Several labelled leaves at once.

    Args:
        numbers: a number for each label.

    Returns:
        A Value for each, in the order given.

    Raises:
        TypeError: one of them is no real number.

    Examples:
        >>> x, w = variables(x=0.4, w=0.5)
        >>> w
        Value(0.5, label='w')
    """
    return tuple(Value(number, label=label) for label, number in numbers.items())


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


def _number(other: Any) -> float:
    return other._data if isinstance(other, Value) else as_float(other)


# ---------------------------------------------------------------- the order of the chain rule
def topological_order(*roots: Value) -> list[Value]:
    """All nodes that the roots were computed from, each after its operands.

    Args:
        roots: the Values to begin at.

    Returns:
        The nodes, operands first, in an order that the expression alone decides.

    Raises:
        TypeError: one of them is no Value.

    Examples:
        >>> x, w = variables(x=2.0, w=3.0)
        >>> [node.data for node in topological_order(w * x + 1)]
        [3.0, 2.0, 6.0, 1.0, 7.0]
    """
    for each in roots:
        as_value(each)
    return walk(roots, set())


def walk(roots: tuple[Value, ...], seen: set[Value]) -> list[Value]:
    """The nodes behind some roots that weren't seen before, operands first; they are added to those seen."""
    order: list[Value] = []
    stack: list[Value | None] = list(reversed(roots))
    while stack:
        node = stack.pop()
        if node is None:  # all operands of the node below are done
            order.append(stack.pop())  # type: ignore[arg-type]
        elif node not in seen:
            seen.add(node)
            left, right = node._left, node._right
            if left is None:
                order.append(node)
                continue
            stack += (node, None)
            if node._rest is not NO_REST:
                stack += [operand for operand in node._rest[0][::-1] if operand not in seen]
            if right is not None and right not in seen:
                stack.append(right)
            if left not in seen:
                if left._left is None:  # it would come off the stack at once
                    seen.add(left)
                    order.append(left)
                else:
                    stack.append(left)
    return order
