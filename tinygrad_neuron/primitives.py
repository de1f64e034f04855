"""What a primitive is, and how one is applied: floats first, other readings by protocol."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from numbers import Real
from typing import Any, Final, NamedTuple, Protocol, TypeAlias


class NumberOfNumPy(Protocol):
    """A number of NumPy, without importing it; an array has no `is_integer`, and a Value neither."""

    def __float__(self) -> float: ...

    def is_integer(self) -> bool:
        """Whether it is a whole number."""
        ...


Number = Any  # a float, a Value, or what another reading puts in their place
RealNumber: TypeAlias = int | float | Real | Decimal | NumberOfNumPy  # what `as_float` takes, a fraction too
Rule = Callable[..., Number]


def is_number(thing: Any) -> bool:
    """Whether it is a real number of Python or NumPy."""
    return isinstance(thing, (float, int, Real, Decimal)) or type(thing).__name__ in ("bool_", "bool")


def as_float(number: Any) -> float:
    """Any real number of Python or NumPy as a float; a clear error for anything else."""
    if type(number) is float:
        return number
    if is_number(number):
        try:
            return float(number)
        except OverflowError:
            raise ValueError("the number is too large for a float: divide it first, or take its logarithm") from None
    raise TypeError(f"expected a real number or a Value, got {type(number).__name__}{_remedy(number)}")


def plain(thing: Any) -> float:
    """A number as a float, and of a Value its number: where it leaves the graph for good, to be shown or stored."""
    return thing if type(thing) is float else as_float(thing.data if hasattr(thing, "has_grad") else thing)


def _remedy(thing: object) -> str:
    """What to do instead, by what was given: the error is read by beginners."""
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


class MissingRuleError(NotImplementedError):
    """A gradient was asked for along an argument whose rule was never given."""


def divide(a: float, b: float) -> float:
    """a / b as IEEE 754 has it, where Python raises."""
    try:
        return float(a) / float(b)
    except ZeroDivisionError:
        return math.nan if a == 0 or a != a else math.copysign(math.inf, a) * math.copysign(1.0, b)


class Ieee(float):
    """A float whose operators answer as IEEE 754 does, and that stays one through a rule."""

    __slots__ = ()

    def __truediv__(self, other: Any) -> Any:
        return Ieee(divide(self, other)) if isinstance(other, (int, float)) else NotImplemented

    def __rtruediv__(self, other: Any) -> Any:
        return Ieee(divide(other, self)) if isinstance(other, (int, float)) else NotImplemented


def _closed(of_float: Rule) -> Rule:
    """An operator of floats whose result is an Ieee again: a plain float would raise at the next division."""

    def operator(*operands: Any) -> Any:
        result = of_float(*operands)
        return result if result is NotImplemented else Ieee(result)

    return operator


for _name in ("__add__", "__radd__", "__sub__", "__rsub__", "__mul__", "__rmul__", "__neg__"):
    setattr(Ieee, _name, _closed(getattr(float, _name)))


class Gated:
    """A partial along which something flows only where a condition holds.

    A flow that a condition made zero stays zero down to the leaves, whatever
    it is multiplied with on the way; a plain 0.0 times infinity is nan.

    Attributes:
        condition: a number of the reading, not 0 where something flows.
        slope: the partial there.
    """

    __slots__ = ("condition", "slope")  # a tuple would take longer to be made, and one is made for each relu

    def __init__(self, condition: Number, slope: Number) -> None:
        self.condition: Number = condition
        self.slope: Number = slope


def when(condition: Number, slope: Number) -> Gated:
    """For rules: the partial where a condition holds; nothing flows elsewhere."""
    return Gated(condition, slope)


def flat(*_arguments: Number) -> Gated:
    """For rules: the function is constant between its jumps, so that nothing flows."""
    return Gated(0.0, 0.0)


def settle(slope: Any) -> float | None:
    """A partial read at floats as a number; None where nothing flows."""
    if isinstance(slope, Gated):
        return float(slope.slope) if slope.condition else None
    return slope if slope is None else float(slope)


class Fold(NamedTuple):
    """A function of any number of terms, that are read one after the other, from left to right.

    Each pass takes something of every term and combines it. What comes out (a number,
    or a tuple of them) joins the state, which all that follows sees: the later passes,
    the result and the partials. It begins with the number of terms. So a logarithm of a sum
    of exponentials knows the largest term when it adds up the shifted ones.

    Attributes:
        passes: pairs of `term(*x, *state)`, what is taken of a term, and `combine`, of two or of any number.
        partial: the partial with respect to a term, `partial(y, *x, *state)`; of terms of several
            numbers a tuple. It may name fewer parameters: later passes aren't made for it.
        finish: the result, `finish(*state)`; what the first pass finds unless given.
        width: how many numbers a term has; all first ones are given first, then all second ones.
        leading: where the first argument isn't a term, its partial, `leading(y, *state)`; it is the second
            number of the state.
        forward: the same of floats in one loop; a test holds it to the passes.
        partials: all partials at once, `partials(y, *xs)`, where that is quicker; likewise.
    """

    passes: tuple[tuple[Rule, Rule], ...]
    partial: Rule
    finish: Rule | None = None
    width: int = 1
    leading: Rule | None = None
    forward: Rule | None = None
    partials: Rule | None = None

    def read(self, *xs: Number) -> Number:
        """The result in the reading of the arguments."""
        if self.finish is None:
            return self._state(xs, 2)[1]
        return self.finish(*self._state(xs, _arity(self.finish)))

    def read_partials(self, y: Number, *xs: Number) -> list[Number]:
        """All partials in the reading of the arguments."""
        state = self._state(xs, _arity(self.partial) - 1 - self.width, [] if self.finish else [y])
        slopes = [self.partial(y, *x, *state) for x in self._terms(xs)]
        if self.leading:
            return [self.leading(y, *self._state(xs, _arity(self.leading) - 1)), *slopes]
        return slopes if self.width == 1 else [each for column in zip(*slopes, strict=True) for each in column]

    def _terms(self, xs: Sequence[Number]) -> list[tuple[Number, ...]]:
        """The arguments in the terms that the passes read: one each, or several of equal place."""
        xs = xs[1:] if self.leading else xs
        n = len(xs) // self.width
        return list(zip(*(xs[k * n : (k + 1) * n] for k in range(self.width)), strict=True))

    def _state(self, xs: Sequence[Number], size: int, known: Sequence[Number] = ()) -> list[Number]:
        """The first numbers of the state, some of which are known beside that of the terms."""
        terms, leading = self._terms(xs), int(self.leading is not None)
        state: list[Number] = [float(len(terms)), *xs[:leading], *known]
        for term, combine in self.passes[len(known) :]:
            if len(state) >= size:
                break
            seen = state[: _arity(term) - self.width]
            taken = (term(*x, *seen) for x in terms)
            found = combine(*taken) if combine.__code__.co_flags & 0x04 else functools.reduce(combine, taken)
            state += found if isinstance(found, tuple) else (found,)
        return state[:size]


def _arity(rule: Rule) -> int:
    """How many numbers a rule takes; the fold reads from it how much of the state it must know."""
    return int(rule.__code__.co_argcount)


class Primitive:
    """One entry of the table of primitives.

    Attributes:
        name: its name in `PRIMITIVES`, in saved graphs and in expressions.
        forward: the function itself, of floats; composed ones read on anything.
        composed: the same in functions of the table alone, for readings that can't branch.
        rules: a partial for each argument, or None where there is
            none; a variadic primitive has one rule that returns them all.
        kinks: for each argument a test of floats `(y, *arguments)`, true where
            the function has no derivative in it, or None if it always has.
        domain: in words, where the value is a number; for error reports.
        parameters: the names of the arguments; a variadic primitive has one.
        defaults: what the last arguments are where they are left out.
        fold: how it reads any number of arguments, None if it takes a fixed number.
        variadic: whether it takes any number of arguments.
    """

    def __init__(
        self,
        name: str,
        forward: Rule | Fold,
        rules: Sequence[Rule | None],
        kinks: Sequence[Rule | None],
        domain: str = "",
        composed: Rule | None = None,
    ) -> None:
        self.fold: Fold | None = forward if isinstance(forward, Fold) else None
        if isinstance(forward, Fold):
            rules, composed = (forward.partials or forward.read_partials,), composed or forward.read
            forward = forward.forward or forward.read
        self.name: str = name
        self.domain: str = domain
        self.forward: Rule = forward
        self.composed: Rule = composed or forward
        self.rules: tuple[Rule | None, ...] = tuple(rules)
        self.kinks: tuple[Rule | None, ...] = tuple(kinks)
        code = getattr(forward, "__code__", None)  # a function of the maths library has none
        self.variadic: bool = self.fold is not None or bool(code and code.co_flags & 0x04)
        named = code.co_varnames[: code.co_argcount + self.variadic] if code else tuple("xyz"[: len(rules)])
        self.parameters: tuple[str, ...] = ("xs",) if self.fold else named
        self.defaults: tuple[float, ...] = getattr(forward, "__defaults__", None) or ()

    def __repr__(self) -> str:
        return f"<primitive {self.name}({', '.join(self.parameters)})>"

    def evaluate(self, *arguments: float) -> float:
        """The forward function of floats, with IEEE 754's answer where Python raises."""
        try:
            result = self.forward(*arguments)
        except ArithmeticError:
            return float(self.forward(*map(Ieee, arguments)))
        return result if type(result) is float else as_float(result)

    def gives(self, number: float, arguments: Iterable[float]) -> bool:
        """Whether a number is what it computes, nan where that is nan."""
        again = self.evaluate(*arguments)
        return again == number or (math.isnan(again) and math.isnan(number))

    def partials(self, y: Number, arguments: Sequence[Number], wanted: Sequence[bool]) -> list[Number | None]:
        """The partials along the wanted arguments, None along the others.

        Rules of unwanted arguments aren't read: log(a) of a**2 need not exist.
        """
        if self.variadic:
            return [each if want else None for each, want in zip(self.partial(0, y, arguments), wanted, strict=True)]
        return [self.partial(k, y, arguments) if want else None for k, want in enumerate(wanted)]

    def partial(self, k: int, y: Number, arguments: Sequence[Number]) -> Any:
        """What the rule of argument k gives in the reading of y and the arguments."""
        rule = self.rules[k]
        if rule is None:
            raise MissingRuleError(
                f"{self.name} has no partial for its argument {self.parameters[k]!r}: "
                "give primitive() a rule for it, or pass a constant there"
            )
        try:
            return rule(y, *arguments)
        except ArithmeticError:
            return rule(*(Ieee(each) if is_number(each) else each for each in (y, *arguments)))

    def at_kink(self, y: float, arguments: Sequence[float], wanted: Sequence[bool]) -> bool:
        """Whether there is no derivative here along one of the wanted arguments."""
        tests = self.kinks * len(wanted) if self.variadic else self.kinks
        return any(want and test is not None and test(y, *arguments) for test, want in zip(tests, wanted, strict=True))

    def bind(self, arguments: tuple[Number, ...], named: Mapping[str, Number]) -> tuple[Number, ...]:
        """The arguments in order, with the named ones and the defaults put in."""
        if self.variadic and not named:
            return arguments
        missing = self.parameters[len(arguments) :]
        defaults = dict(zip(reversed(self.parameters), reversed(self.defaults), strict=False))
        unmet, unknown = set(missing) - set(defaults) - set(named), set(named) - set(missing)
        if len(arguments) > len(self.parameters) or unmet or unknown:
            given = [*["…"] * len(arguments), *(f"{name}=…" for name in named)]
            takes = ", ".join(self.parameters)
            raise TypeError(f"{self.name}({', '.join(given)}): the arguments are {self.name}({takes})")
        return (*arguments, *({**defaults, **named}[name] for name in missing))


# in place of a primitive, these mark a leaf that has no gradient, and one that is to be trained
CONSTANT: Final = Primitive("constant", as_float, (), ())
PARAMETER: Final = Primitive("parameter", as_float, (), ())

Rest = tuple[Any, ...]  # of a node: the third operand and all further ones, their partials, for each edge if it is open
NO_REST: Final[Rest] = ((), ())
CLOSED: Final[Rest] = ((), (), (False,))  # of one operand, to which nothing flows
NOTHING: Final = -0.0  # what a gradient is before anything reaches it; what flows never is: `x or 0.0` makes it 0.0
FLOATS: Final = frozenset({float})
PRIMITIVES: dict[str, Primitive] = {}
FUNCTIONS: dict[str, Callable[..., Number]] = {}  # those that apply them, for expressions in text


def _both_ways(name: str) -> tuple[Rule, Rule]:
    """An operator with its reading on the left, and on the right."""
    return (
        lambda self, other: self.read_primitive(PRIMITIVES[name], (self, other)),
        lambda self, other: self.read_primitive(PRIMITIVES[name], (other, self)),
    )


class Operators:
    """The operators of a reading: each applies its primitive by the reading's own `read_primitive`."""

    __slots__ = ()

    def read_primitive(self, entry: Primitive, arguments: tuple[Any, ...]) -> Any:
        """Apply a primitive in this reading."""
        raise NotImplementedError

    def __neg__(self) -> Any:
        return self.read_primitive(PRIMITIVES["neg"], (self,))


for _name, _method in (("add", "add"), ("sub", "sub"), ("mul", "mul"), ("div", "truediv")):
    for _side, _operator in zip(("", "r"), _both_ways(_name), strict=True):
        setattr(Operators, f"__{_side}{_method}__", _operator)


def apply(entry: Primitive, arguments: tuple[Number, ...]) -> Number:
    """Apply a primitive in the reading that its arguments call for; floats give a float."""
    for argument in arguments:
        if type(argument) is not float and hasattr(argument, "read_primitive"):
            return argument.read_primitive(entry, arguments)
    result = entry.evaluate(*map(as_float, arguments))
    return Ieee(result) if Ieee in map(type, arguments) else result


def primitive(
    name: str,
    forward: Rule | Fold,
    *rules: Rule | None,
    kinks: Rule | Sequence[Rule | None] | None = None,
    domain: str = "",
    composed: Rule | None = None,
    doc: str = "",
    example: str = "",
    check_at: Sequence[float] | None = None,
) -> Callable[..., Number]:
    """Add a primitive to the table and return the function that applies it.

    Args:
        name: a new name, an identifier; expressions and saved graphs use it.
        forward: the function of floats, returning a float. Written with
            operators and the functions of `ops`, it reads on all they do. A
            Fold for a function of any number of arguments; it has its rule.
        rules: for each argument of `forward` its partial, a function
            of the output and all arguments, without the upstream gradient.
            None where there is none: a Value there is then an error. A forward
            function of `*xs` that isn't a Fold takes one rule, that returns them
            all in a list.
        kinks: where it isn't differentiable: a test of `(y, *arguments)`, or
            one for each argument.
        domain: where its value is a number, in words; for error reports.
        composed: the same as `forward` in functions of the table alone, if
            `forward` branches or calls others; compiled steps are made of it.
        doc: what it computes, in a line, for the docstring.
        example: a call and its result, `f(1.0) = 2.0`, for the docstring.
        check_at: a point; the rules are compared there with central
            differences, and a rule that is off is refused.

    Returns:
        A function of numbers or Values: a float for numbers, else a Value.

    Raises:
        ValueError: the name is taken or no identifier, there aren't as many
            rules as arguments, or `check_at` found a rule to be wrong.

    Examples:
        >>> cube = primitive("cube", lambda x: x * x * x, lambda y, x: 3 * x * x, check_at=[2.0])
        >>> cube(2.0)
        8.0
    """
    if not name.isidentifier() or name in PRIMITIVES:
        reason = "is taken" if name in PRIMITIVES else "isn't an identifier"
        raise ValueError(f"{name!r} {reason}: name it otherwise")
    n_rules = 1 if isinstance(forward, Fold) else len(rules)
    each = kinks if isinstance(kinks, Sequence) else [kinks] * n_rules
    entry = Primitive(name, forward, rules, each, domain, composed)
    if n_rules != len(entry.parameters) or len(each) != n_rules or not n_rules:
        takes = ", ".join(entry.parameters)
        raise ValueError(f"{name}({takes}) has {len(rules)} rules: give one for each argument, or None")
    if check_at is not None:
        _check_rules(entry, [float(x) for x in check_at])
    PRIMITIVES[name] = entry
    function = _variadic(entry) if entry.variadic else _unary(entry) if n_rules == 1 else _several(entry)
    function.__name__ = function.__qualname__ = name
    function.__module__ = next((rule.__module__ for rule in (entry.composed, *rules) if rule), __name__)
    function.__doc__ = _docstring(entry, doc, example)
    FUNCTIONS[name] = function
    return function


def _check_rules(entry: Primitive, point: list[float]) -> None:
    """Compare each rule with a central difference at a point: a wrong rule shows where it is written."""
    y = entry.evaluate(*point)
    wanted = [entry.variadic or rule is not None for rule in entry.rules] * (len(point) if entry.variadic else 1)
    for k, slope in enumerate(map(settle, entry.partials(y, point, wanted))):
        h = 6e-6 * max(1.0, abs(point[k]))
        above, below = ([*point[:k], point[k] + side, *point[k + 1 :]] for side in (h, -h))
        numerical = (entry.evaluate(*above) - entry.evaluate(*below)) / (2.0 * h)
        if slope is not None and not abs(slope - numerical) <= 1e-6 * max(1.0, abs(numerical), abs(y)):
            rule = f"the rule of {entry.name} for argument {k + 1}"
            raise ValueError(f"{rule} gives {slope} at {point}, a central difference {numerical}")


def _unary(entry: Primitive) -> Callable[..., Number]:
    """The function of one number: floats, the most frequent case, ask no questions."""
    forward = entry.forward

    def function(x: Number) -> Number:
        if type(x) is float:
            try:
                return forward(x)
            except ArithmeticError:
                return entry.evaluate(x)
        return apply(entry, (x,))

    return function


def _several(entry: Primitive) -> Callable[..., Number]:
    """The function of a fixed number of arguments, by place or by name."""
    arity = len(entry.parameters)

    def function(*arguments: Number, **named: Number) -> Number:
        if named or len(arguments) != arity:
            arguments = entry.bind(arguments, named)
        if FLOATS.issuperset(map(type, arguments)):
            return entry.evaluate(*arguments)
        return apply(entry, arguments)

    return function


def _variadic(entry: Primitive) -> Callable[..., Number]:
    """The function of any number of arguments; one iterable is taken apart."""

    def function(*values: Number) -> Number:
        if len(values) == 1 and isinstance(values[0], Iterable):
            values = tuple(values[0])
        if not values and entry.name != "sum":
            raise ValueError(f"{entry.name} of no values: give at least one")
        return apply(entry, values)

    return function


GIVES = "Returns:\n    A float for numbers; a Value if one of them is a Value."
RAISES = "Raises:\n    TypeError: an argument isn't a real number."


def _docstring(entry: Primitive, doc: str, example: str) -> str:
    """The help of a function of the table, so that an entry says only what is its own."""
    defaults = dict(zip(reversed(entry.parameters), reversed(entry.defaults), strict=False))
    what = "numbers or Values, one by one or as one iterable" if entry.variadic else "a number or a Value"
    unless = {name: f"; {default} unless given" for name, default in defaults.items()}
    arguments = [f"    {name}: {what}{unless.get(name, '')}." for name in entry.parameters]
    domain = entry.domain and f"\n    Its value is nan outside of: {entry.domain}."
    shown = example and "\n\nExamples:\n    >>> " + example.replace(" = ", "\n    ")
    return "\n".join([f"{doc or entry.name}.", "", "Args:", *arguments, "", GIVES + domain, "", RAISES + shown])
