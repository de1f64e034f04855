"""Value: a number that remembers how it was computed, and the backward pass over that graph."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple, TypeVar

from . import ops
from .mypyc import mypyc_attr
from .primitive import FUNCTIONS, PRIMITIVES, Primitive
from .real import as_float

if TYPE_CHECKING:
    from .draw import Picture
    from .page import Page

ADD: Final = PRIMITIVES["add"]
SUB: Final = PRIMITIVES["sub"]
MUL: Final = PRIMITIVES["mul"]
DIV: Final = PRIMITIVES["div"]
POW: Final = PRIMITIVES["pow"]
NEG: Final = PRIMITIVES["neg"]
WHERE: Final = PRIMITIVES["where"]
IDENTITY: Final = PRIMITIVES["identity"]
# in place of a primitive, these mark a leaf that has no gradient, and one that is to be trained
CONSTANT: Final = Primitive("constant", as_float, (), ())
PARAMETER: Final = Primitive("parameter", as_float, (), ())


class Tag(NamedTuple):
    """What a node is called, the scopes it was made in, outermost first, and the source line, if that is kept."""

    label: str = ""
    scope: tuple[str, ...] = ()
    source: str = ""


NO_TAG: Final = Tag()
# the tag of new nodes; None where nothing is recorded: one look-up answers both
_current: ContextVar[Tag | None] = ContextVar("current", default=NO_TAG)
_current_tag: Final = _current.get


class _Entered:
    """Whether a scope was ever entered, or the like: before that, new nodes needn't ask for their tag."""

    def __init__(self) -> None:
        self.ever = False

    def __call__(self, tag: Tag | None) -> Token[Tag | None]:
        """Enter: nodes get this tag until the token is handed back."""
        self.ever = True
        return _current.set(tag)


_entered: Final = _Entered()
# what decided which branch of a program is recorded, while it is traced to be compiled: relation, sides, outcome
Decision = tuple[str, "Value", Any, bool]
_decisions: ContextVar[list[Decision] | None] = ContextVar("decisions", default=None)
_current_decisions: Final = _decisions.get
Rest = Any  # a pair of tuples, of Values and of slopes; told apart by identity, which mypyc's own pairs don't have
NO_REST: Final[Rest] = ((), ())
FLOATS: Final = {float}
NO_GRADIENT: Final = -0.0  # what a gradient is before it is computed: a sum that began with 0.0 never is -0.0
KEEP = "?"  # the source of a tag that asks for the line of each node
_PACKAGE = __name__.rpartition(".")[0]
_V = TypeVar("_V", bound="Value")
SLOTS = ("_data", "_dleft", "_dright", "_grad", "_left", "_primitive", "_rest", "_right", "_tag")  # 104 bytes
COMPILED: Final = not __file__.endswith(".py")  # by mypyc, see docs/speed.md


@contextmanager
def no_grad() -> Iterator[None]:
    """Compute without recording: what is computed inside is a constant.

    Examples:
        >>> w = Value(3.0)
        >>> with no_grad():
        ...     (w * w).is_constant
        True
    """
    token = _entered(None)
    try:
        yield
    finally:
        _current.reset(token)


class scope:  # noqa: N801 (it is used as a function)
    """Group what is computed inside: a picture draws a box around it, or folds it into one.

    Scopes nest. The same name at the same place is the same scope.

    Args:
        name: what the box is called.

    Raises:
        TypeError: the name is no text.

    Examples:
        >>> w = Value(3.0)
        >>> with scope("neuron 1"):
        ...     y = w * w
        >>> y.scope
        ('neuron 1',)
    """

    __slots__ = ("_name", "_token")

    def __init__(self, name: str) -> None:
        self._name = _text(name, "a scope's name")
        self._token: Token[Tag | None] | None = None

    def __enter__(self) -> None:
        outer = _current_tag()
        self._token = _entered(outer and Tag("", (*outer.scope, self._name), outer.source))

    def __exit__(self, *_error: object) -> None:
        if self._token:
            _current.reset(self._token)


@contextmanager
def keep_sources() -> Iterator[None]:
    """Keep for each value computed inside the line of the program that made it, for reports; it takes time.

    Examples:
        >>> x = Value(-1.0)
        >>> with keep_sources():
        ...     y = x.log()
        >>> y.source.rpartition(":")[2].isdigit()
        True
    """
    outer = _current_tag()
    token = _entered(outer and outer._replace(source=KEEP))
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def keep_decisions() -> Iterator[list[Decision]]:
    """Note down all comparisons of Values made inside, and the numbers that are read from them."""
    decisions: list[Decision] = []
    token = _decisions.set(decisions)
    try:
        yield decisions
    finally:
        _decisions.reset(token)


def _decided(relation: str, left: Any, right: Any, outcome: bool) -> bool:
    if (decisions := _current_decisions()) is not None:
        decisions.append((relation, left, right, outcome))
    return outcome


def _located(tag: Tag) -> Tag:
    """The tag with the line outside of this package that is being run."""
    frame: Any = sys._getframe(0 if COMPILED else 1)  # compiled functions have no frames
    while frame.f_back and frame.f_globals.get("__name__", "").startswith(_PACKAGE):
        frame = frame.f_back
    return tag._replace(source=f"{frame.f_code.co_filename}:{frame.f_lineno}")


def _text(text: str, what: str) -> str:
    if not isinstance(text, str):
        raise TypeError(f"{what} is a string, got {type(text).__name__}")
    return text


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


# not acyclic=True, though a graph is: CPython defers deep frees for objects of the collector only, others crash
@mypyc_attr(allow_interpreted_subclasses=True)
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
    __slots__ = tuple(SLOTS)
    __array_ufunc__: ClassVar[None] = None  # NumPy's scalars leave their operators to ours

    _data: float
    _grad: float
    _tag: Tag
    _primitive: Primitive | None  # of a leaf: None, CONSTANT or PARAMETER
    _left: Value | None
    _right: Value | None
    _dleft: float  # local derivatives; nothing reads those of constants
    _dright: float
    _mark: int  # only where compiled: twice the traversal that came by last, and 1 more when it was done
    _rest: Rest  # the third operand and all further ones, and their local derivatives

    def __init__(self, data: Any, *, label: str = "", constant: bool = False, parameter: bool = False) -> None:
        self._data = data if type(data) is float else as_float(data)
        self._left = self._right = None
        self._dleft = self._dright = 0.0
        self._grad, self._rest = NO_GRADIENT, NO_REST
        if COMPILED:
            self._mark = 0
        if constant:  # these lie where they are used
            self._primitive, self._tag = CONSTANT, NO_TAG
        else:
            tag = (_current_tag() if _entered.ever else NO_TAG) or NO_TAG
            self._tag = _located(tag) if tag.source else tag
            self._primitive = PARAMETER if parameter else None
        if label != "":
            self.label = label

    # ------------------------------------------------------------ what it is
    @property
    def data(self) -> float:
        """The number. A leaf's can be assigned; a computed one is read-only.

        Assigning doesn't change graphs that were recorded before.
        """
        if _current_decisions() is not None:
            _decided("==", self, self._data, self._data == self._data)
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
        self._tag = self._tag._replace(label=_text(label, "a label"))

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
        return first + tuple(self._rest[0])

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
        order = _marked_order([self]) if COMPILED else topological_order(self)
        for node in order:
            if node._left is None:
                node._grad += 0.0  # what wasn't computed begins
            else:
                node._grad = 0.0
        self._grad += gradient if type(gradient) is float else as_float(gradient)
        further: Value
        slope: float
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
        right: Value = other if isinstance(other, Value) else _constant(other)
        return _binary(self, ADD, self._data + right._data, right, 1.0, 1.0)

    def __sub__(self, other: Any) -> Value:
        right: Value = other if isinstance(other, Value) else _constant(other)
        return _binary(self, SUB, self._data - right._data, right, 1.0, -1.0)

    def __mul__(self, other: Any) -> Value:
        right: Value = other if isinstance(other, Value) else _constant(other)
        return _binary(self, MUL, self._data * right._data, right, right._data, self._data)

    def __truediv__(self, other: Any) -> Value:
        right: Value = other if isinstance(other, Value) else _constant(other)
        below = right._data
        if below == 0:  # where Python raises and IEEE 754 has an answer
            return record(DIV, (self, right))
        quotient = self._data / below
        return _binary(self, DIV, quotient, right, 1.0 / below, -quotient / below)

    def __pow__(self, other: Any) -> Value:
        right: Value = other if isinstance(other, Value) else _constant(other)
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
        return _decided("==", self, other, self._data == (other._data if isinstance(other, Value) else other))

    def __lt__(self, other: Any) -> bool:
        return _decided("<", self, other, self._data < _number(other))

    def __le__(self, other: Any) -> bool:
        return _decided("<=", self, other, self._data <= _number(other))

    def __gt__(self, other: Any) -> bool:
        return _decided("<", other, self, self._data > _number(other))

    def __ge__(self, other: Any) -> bool:
        return _decided("<=", other, self, self._data >= _number(other))

    def __hash__(self) -> int:
        return object.__hash__(self)

    def __bool__(self) -> bool:
        return _decided("!=", self, 0.0, self._data != 0)

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

    # ------------------------------------------------------------ as a picture
    def draw(self, **options: Any) -> Picture:
        """Draw the graph behind this value: the function `draw` as a method."""
        from .draw import draw

        return draw(self, **options)

    def page(self, path: Any = None, **options: Any) -> Page:
        """Make an interactive page of the graph behind this value: the function `page` as a method."""
        from .page import page

        return page(self, path, **options)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        from .draw import notebook_bundle

        return notebook_bundle(self, include, exclude)

    # ------------------------------------------------------------ copies
    def __copy__(self) -> Value:
        return _copy(self, self.operands)

    def __deepcopy__(self, memo: dict[int, Any]) -> Value:
        for node in topological_order(self):
            if id(node) not in memo:
                memo[id(node)] = _copy(node, tuple(memo[id(operand)] for operand in node.operands))
        return memo[id(self)]  # type: ignore[no-any-return]

    def __reduce_ex__(self, _protocol: Any) -> tuple[Any, ...]:
        # A flat list, leaves as objects: pickle neither recurses nor doubles a leaf that others hold.
        if self._left is None:
            return (
                _unpickled_leaf,
                (type(self), self._data, self._grad, self._tag, _marker(self)),
                _attributes(self),
            )
        order = topological_order(self)
        place = {node: k for k, node in enumerate(order)}
        nodes = [node if node._left is None else flat(node, place) for node in order]
        return _unpickled_graph, (type(self), nodes), _attributes(self)

    def __setstate__(self, attributes: dict[str, Any]) -> None:
        vars(self).update(attributes)

    # ------------------------------------------------------------ what programs for other small engines read
    @property
    def _prev(self) -> tuple[Value, ...]:
        return self.operands

    @property
    def _op(self) -> str:
        name = self.primitive.name if self.primitive else ""
        if name == "pow" and self._right is not None and self._right.is_constant:
            return f"**{self._right._data:g}"
        symbols = {"add": "+", "sub": "-", "mul": "*", "div": "/", "neg": "-", "pow": "**", "relu": "ReLU"}
        return symbols.get(name, name)


_blank: Callable[[type[_V]], _V] = (lambda kind: kind.__new__(kind)) if COMPILED else object.__new__
if not COMPILED:  # the slot itself is quicker than a method; sets of nodes are everywhere
    Value.__hash__ = object.__hash__  # type: ignore[method-assign]


def named(value: Value, label: str) -> Value:
    """A node with a label if it has none: `value.label = …` without the questions."""
    tag = value._tag
    if not tag.label:
        value._tag = Tag(label, tag.scope, tag.source)
    return value


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


def _number(other: Any) -> float:
    return other._data if isinstance(other, Value) else as_float(other)


def _constant(number: Any, kind: type[_V] = Value) -> _V:  # type: ignore[assignment]
    if COMPILED and kind is Value:  # a call that mypyc makes without Python
        return Value(number, constant=True)  # type: ignore[return-value]
    node = _blank(kind)
    node._data = number if type(number) is float else as_float(number)
    node._primitive = CONSTANT
    node._left = node._right = None
    node._dleft = node._dright = 0.0
    node._grad, node._tag, node._rest = NO_GRADIENT, NO_TAG, NO_REST
    if COMPILED:
        node._mark = 0
    return node


def _binary(left: _V, primitive: Primitive, data: float, right: Value, dleft: float, dright: float) -> _V:
    """A node of + - * / or **, whose rules the operators have written out for speed: a test holds them to the table."""
    tag = _current_tag() if _entered.ever else NO_TAG
    if tag is None or (left._primitive is CONSTANT and right._primitive is CONSTANT):
        return _constant(data, type(left))
    if COMPILED:
        node = _constant(0.0, type(left))
        node._data, node._primitive, node._left, node._right = data, primitive, left, right
        node._dleft, node._dright, node._tag = dleft, dright, _located(tag) if tag.source else tag
        return node
    node = _blank(left.__class__)
    node._data, node._primitive = data, primitive
    node._left, node._right, node._dleft, node._dright = left, right, dleft, dright
    node._grad, node._tag, node._rest = NO_GRADIENT, _located(tag) if tag.source else tag, NO_REST
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
    operands = [each if isinstance(each, Value) else _constant(each) for each in arguments]
    if len(operands) == 1:
        return _unary(primitive, operands[0])
    numbers = [operand._data for operand in operands]
    data = primitive.evaluate(*numbers)
    node = _constant(data, next(type(each) for each in arguments if isinstance(each, Value)))
    tag = _current_tag()
    if tag is None or all(operand._primitive is CONSTANT for operand in operands):
        return node
    node._tag = _located(tag) if tag.source else tag
    if primitive.variadic:
        return _assembled(node, primitive, operands, primitive.partial(0, data, numbers))
    wanted = [operand._primitive is not CONSTANT for operand in operands]
    return _assembled(node, primitive, operands, primitive.partials(data, numbers, wanted))


def _unary(primitive: Primitive, operand: _V) -> _V:
    """The same for one operand, the most frequent case."""
    number = operand._data
    tag = _current_tag() if _entered.ever else NO_TAG
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
    node._tag = _located(tag) if tag.source else tag
    node._dleft = slope if type(slope) is float else as_float(slope)
    return node


def _assembled(node: _V, primitive: Primitive, operands: Any, slopes: Any) -> _V:
    """The node as computed by a primitive from operands, with these local derivatives, None along constants."""
    if set(map(type, slopes)) != FLOATS:
        slopes = [0.0 if slope is None else as_float(slope) for slope in slopes]
    node._primitive = primitive
    node._left, node._dleft = operands[0], slopes[0]
    if len(operands) > 1:
        node._right, node._dright = operands[1], slopes[1]
    if len(operands) > 2:
        node._rest = tuple(operands[2:]), tuple(slopes[2:])
    return node


def assembled(node: Value, operands: list[Value]) -> Value:
    """The same operation, with its local derivatives, on other operands; its number is computed anew.

    Args:
        node: a computed value.
        operands: as many as it has.
    """
    primitive = node._primitive
    data = primitive.evaluate(*(each._data for each in operands))  # type: ignore[union-attr]
    return _assembled(_constant(data, Value), primitive, operands, node.partials)  # type: ignore[arg-type]


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


class _Counter:
    """Counts traversals: each marks nodes with numbers of its own."""

    def __init__(self) -> None:
        self.count = 0

    def take(self) -> int:
        """The next number."""
        self.count += 1
        return self.count


_traversals: Final = _Counter()


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
    given: Any = roots  # compiled code would refuse what is no Value in words of its own
    for each in given:
        as_value(each)
    if COMPILED:
        return _marked_order(list(reversed(roots)))
    order: list[Value] = []
    seen: set[Value] = set()
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


def _marked_order(stack: list[Value]) -> list[Value]:
    """The same in compiled code, where a mark in the node is quicker than a set of nodes; the last root comes first."""
    traversal = _traversals.take()
    met, done = 2 * traversal, 2 * traversal + 1
    order: list[Value] = []
    while stack:
        node = stack[-1]
        if node._mark >= met:
            stack.pop()
            if node._mark == met:  # its operands are done
                node._mark = done
                order.append(node)
            continue
        left = node._left
        if left is None:
            node._mark = done
            order.append(node)
            stack.pop()
            continue
        node._mark = met
        if node._rest is not NO_REST:
            stack += [operand for operand in node._rest[0][::-1] if operand._mark < met]
        right = node._right
        if right is not None and right._mark < met:
            stack.append(right)
        if left._mark < met:
            if left._left is None:  # it would come off the stack at once
                left._mark = done
                order.append(left)
            else:
                stack.append(left)
        if stack[-1] is node:  # nothing to wait for
            node._mark = done
            order.append(node)
            stack.pop()
    return order


# ---------------------------------------------------------------- graphs as flat lists
def flat(node: Value, place: dict[Value, int]) -> tuple[Any, ...]:
    """A computed node with its operands as places in a list: name, places, slopes, data, gradient, label, scope."""
    name = node._primitive.name  # type: ignore[union-attr]
    return name, tuple(place[each] for each in node.operands), node.partials, node._data, node._grad, *node._tag[:2]


def unflat(kind: type[_V], nodes: list[Any], entry: tuple[Any, ...]) -> _V:
    """The node that `flat` described, its operands taken from the list."""
    name, places, slopes, data, grad, label, scopes = entry
    if name not in PRIMITIVES:
        raise ValueError(
            f"the graph uses the primitive {name!r}, which isn't defined: define it with primitive() first"
        )
    node = _assembled(_constant(data, kind), PRIMITIVES[name], [nodes[k] for k in places], slopes)
    node._grad, node._tag = grad, Tag(label, tuple(scopes))
    return node


def _unpickled_leaf(kind: type[_V], data: float, grad: float, tag: Tag, marker: str) -> _V:
    node = _constant(data, kind)
    node._grad, node._tag = grad, tag
    node._primitive = {"constant": CONSTANT, "parameter": PARAMETER}.get(marker)
    return node


def _marker(node: Value) -> str:
    return node._primitive.name if node._primitive else ""


def _unpickled_graph(kind: type[Value], entries: list[Any]) -> Value:
    nodes: list[Value] = []
    for entry in entries:
        nodes.append(entry if isinstance(entry, Value) else unflat(kind, nodes, entry))
    return nodes[-1]


def _copy(node: Value, operands: tuple[Value, ...]) -> Value:
    copy = _unpickled_leaf(type(node), node._data, node._grad, node._tag, _marker(node))
    if attributes := _attributes(node):
        copy.__setstate__(attributes)
    return _assembled(copy, node._primitive, operands, node.partials) if operands else copy  # type: ignore[arg-type]


def _attributes(node: Value) -> dict[str, Any] | None:
    return getattr(node, "__dict__", None) or None  # those of a subclass
