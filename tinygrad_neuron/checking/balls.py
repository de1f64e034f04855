"""The reading of the table in power series of FLINT's balls: numbers with a radius that surely covers the true one.

A primitive is applied to series x + t, and FLINT differentiates it: no rule of the table is read. Where two
numbers are compared that are equal, the series decide for t > 0 by their first terms that differ.
"""

from __future__ import annotations

import math
import operator
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial, reduce
from typing import Any

from flint import arb, arb_series, ctx

from ..primitives import Operators, Primitive
from .derivative import NotExactError

TERMS = 6  # of a one-sided series: what differs only later is taken for equal
INFINITY = arb("inf")
_lock = threading.RLock()


class UndecidedError(Exception):
    """More bits may decide it."""


class TiedError(Exception):
    """Equal numbers were compared: only the derivatives from either side can be said."""


class NoNumberError(Exception):
    """It is surely outside of its domain, or infinite."""


@contextmanager
def precision(bits: int, terms: int) -> Iterator[None]:
    """Compute with so many bits and terms: FLINT's settings belong to the process, so one thread at a time."""
    with _lock:
        before = ctx.prec, ctx.cap
        ctx.prec, ctx.cap = bits, terms
        try:
            yield
        finally:
            ctx.prec, ctx.cap = before


def series(*coefficients: Any) -> arb_series:
    """A series of its first coefficients."""
    return arb_series(list(coefficients))


def coefficient(s: arb_series, k: int) -> arb:
    """A coefficient, if the series is known so far and it is a number."""
    if k >= s.prec or (not s[k].is_finite() and s[k].is_nan()):
        raise UndecidedError
    return s[k]


def _middle(s: arb_series) -> float:
    return float(s[0])


class Balls:
    """How series are compared, and the table read in them.

    Args:
        sided: whether t > 0, so that every comparison is decided; else equal numbers raise TiedError.
        presumed: whether what can't be told from 0 with these bits is taken for 0.
    """

    sided: bool
    presumed: bool

    def __init__(self, *, sided: bool = False, presumed: bool = False) -> None:
        self.sided, self.presumed = sided, presumed
        self.guessed: bool = False
        self.functions: dict[str, Callable[..., arb_series]] = {
            **FUNCTIONS,
            **{name: partial(function, self) for name, function in DECIDING.items()},
        }

    def read(self, entry: Primitive, arguments: Sequence[Any]) -> arb_series:
        """Apply a primitive: by its function for series, else by its own forward function."""
        if any(each is None for each in arguments):
            return self._choose_number(entry, arguments)
        function = self.functions.get(entry.name)
        try:
            if function is not None:
                return function(*arguments)
        except (ValueError, ZeroDivisionError):  # FLINT's, of balls that are too wide or infinite
            raise UndecidedError from None
        try:
            result = entry.composed(*(Jet(each, self) for each in arguments))
        except (TypeError, AttributeError, ValueError, ArithmeticError):
            raise NotExactError(entry.name) from None
        return result.series if isinstance(result, Jet) else series(arb(float(result)))

    def _choose_number(self, entry: Primitive, arguments: Sequence[Any]) -> arb_series:
        """What a condition makes of arguments of which some are no numbers."""
        condition, *branches = arguments
        if entry.name not in ("where", "masked") or condition is None:
            raise NoNumberError
        chosen: arb_series | None = (*branches, series(0))[0 if self.sign(condition) else 1]
        if chosen is None:
            raise NoNumberError
        return chosen

    def _is_zero(self, c: arb) -> bool:
        if c == 0:
            return True
        if not c.contains(0) and not c.is_nan():
            return False
        if self.presumed and not c.is_nan() and c.abs_upper() < arb(2) ** (-ctx.prec // 2):
            self.guessed = True
            return True
        raise UndecidedError

    def leading(self, s: arb_series) -> tuple[int, int]:
        """Place and sign of the first coefficient that isn't 0; (-1, 0) if there is none."""
        for k in range(min(s.prec, ctx.cap)):
            if not self._is_zero(s[k]):
                if k and not self.sided:
                    raise TiedError
                return k, 1 if s[k] > 0 else -1
        return -1, 0

    def sign(self, s: arb_series) -> int:
        """1, 0 or -1 for what is more, equal or less than 0."""
        return self.leading(s)[1]

    def compare(self, a: arb_series, b: arb_series) -> int:
        """1, 0 or -1 for what is more, equal or less than another."""
        return 0 if a is b else self.sign(a - b)


class Jet(Operators):
    """A series under the operators and functions that other people's primitives are written with."""

    __slots__ = ("balls", "series")

    def __init__(self, series: arb_series, balls: Balls) -> None:
        self.series: arb_series = series
        self.balls: Balls = balls

    def read_primitive(self, entry: Primitive, arguments: tuple[Any, ...]) -> Jet:
        """Apply a primitive to series and numbers."""
        numbers = [each.series if isinstance(each, Jet) else series(arb(float(each))) for each in arguments]
        return Jet(self.balls.read(entry, numbers), self.balls)


# ---------------------------------------------------------------- functions that decide
def _with_value(s: arb_series, value: arb) -> arb_series:
    """A series whose first coefficient is known better."""
    return arb_series([value, *s.coeffs()[1:]], s.prec)


def _expm1(x: arb_series) -> arb_series:
    return _with_value(x.exp(), x[0].expm1())


def _log1p(balls: Balls, x: arb_series) -> arb_series:
    return _with_value(_log(balls, 1 + x), x[0].log1p())


def _inside(balls: Balls, x: arb_series) -> arb_series:
    """What isn't negative."""
    if balls.sign(x) < 0:
        raise NoNumberError
    return x


def _maximum(balls: Balls, *xs: arb_series) -> arb_series:
    return reduce(lambda a, b: b if balls.compare(a, b) < 0 else a, xs)


def _minimum(balls: Balls, *xs: arb_series) -> arb_series:
    return reduce(lambda a, b: b if balls.compare(a, b) > 0 else a, xs)


def _floor(balls: Balls, x: arb_series) -> arb_series:
    whole = math.floor(_middle(x)) if math.isfinite(_middle(x)) else 0
    found = next((each for each in (whole + 1, whole, whole - 1) if balls.sign(x - each) >= 0), None)
    if found is None:
        raise UndecidedError
    return series(found)


def _div(balls: Balls, a: arb_series, b: arb_series) -> arb_series:
    place, _ = balls.leading(b)
    if place < 0 or (place and 0 <= balls.leading(a)[0] < place):
        raise NoNumberError  # 0/0, or a pole
    return a / b


def _exp(_balls: Balls, x: arb_series) -> arb_series:
    y = x.exp()
    if not y[0].is_finite():
        raise NoNumberError if x[0] > 1 << 40 else UndecidedError
    return y


def _log(balls: Balls, x: arb_series) -> arb_series:
    place, sign = balls.leading(x)
    if place or sign < 0:
        raise NoNumberError
    return x.log()


def _root(degree: int, balls: Balls, x: arb_series) -> arb_series:
    """The square or cube root, with the limit of its slope at 0."""
    place, sign = balls.leading(x)
    if sign < 0:
        return -_root(degree, balls, _inside(balls, x) if degree == 2 else -x)
    if 0 < place < degree:
        return series(0, INFINITY)
    if place < 0 or place % degree:
        return arb_series([0], ctx.cap if place < 0 else 2)  # flatter than t; its next term isn't a whole power
    rest = arb_series([x[k] for k in range(place, x.prec)], x.prec - place)
    rest = rest.sqrt() if degree == 2 else (rest.log() / 3).exp()
    return arb_series([arb(0)] * (place // degree) + rest.coeffs(), rest.prec + place // degree)


_sqrt, _cbrt = partial(_root, 2), partial(_root, 3)


def _raise(a: arb_series, n: int) -> arb_series:
    """A whole power by products: FLINT's own isn't a number where a ball has 0 in it."""
    result = series(1)
    while n:
        result, a, n = result * a if n & 1 else result, a * a if n > 1 else a, n >> 1
    return result


def _pow(balls: Balls, a: arb_series, b: arb_series) -> arb_series:
    constant, e = all(c == 0 for c in b.coeffs()[1:]), b[0]
    whole = constant and e.is_exact() and e.is_integer()
    if whole and abs(e) < 1 << 20:
        n = int(float(e))
        return _raise(a, n) if n >= 0 else _div(balls, series(1), _raise(a, -n))
    place, sign = balls.leading(a)
    if (sign < 0 and not whole) or (place > 0 and not constant) or (place and not e > 0):
        raise NoNumberError
    if place == 0:
        size = _exp(balls, b * (a if sign > 0 else -a).log())
        return size if sign > 0 or (e / 2).is_integer() else -size
    if place < 0 or place * e > 1:
        return arb_series([0], ctx.cap if place < 0 else 2)
    return series(0, INFINITY) if place * e < 1 else series(0, a[place] ** e)


def _arc(name: str, balls: Balls, x: arb_series) -> arb_series:
    """asin and acos, whose slope is infinite at both ends."""
    place = balls.leading(_inside(balls, (1 - x) * (1 + x)))[0]
    if place == 0:
        return x.asin() if name == "asin" else x.acos()
    value = getattr(x[0].mid(), name)()
    rising = (_middle(x) < 0) == (name == "asin")
    return series(value) if place < 0 else series(value, INFINITY if rising else -INFINITY)


def _acosh(balls: Balls, x: arb_series) -> arb_series:
    if balls.leading(_inside(balls, x - 1))[0]:
        return _sqrt(balls, 2 * (x - 1))
    return (x + _sqrt(balls, (x - 1) * (x + 1))).log()


def _atan2(balls: Balls, a: arb_series, b: arb_series) -> arb_series:
    if abs(_middle(a)) > abs(_middle(b)):
        return (1 if _middle(a) > 0 else -1) * arb.pi() / 2 - _div(balls, b, a).atan()
    if (sign := balls.sign(b)) == 0:
        raise NoNumberError
    half = 0 if sign > 0 else arb.pi() if balls.sign(a) >= 0 else -arb.pi()
    return (a / b).atan() + half


def _xlogy(balls: Balls, a: arb_series, b: arb_series) -> arb_series:
    return series(0) if balls.leading(a)[0] < 0 else a * _log(balls, b)


DECIDING: dict[str, Callable[..., arb_series]] = {
    "less": lambda balls, a, b: series(int(balls.compare(a, b) < 0)),
    "less_equal": lambda balls, a, b: series(int(balls.compare(a, b) <= 0)),
    "equal": lambda balls, a, b: series(int(balls.compare(a, b) == 0)),
    "where": lambda balls, condition, a, b: a if balls.sign(condition) else b,
    "masked": lambda balls, mask, x: x if balls.sign(mask) else series(0),
    "sign": lambda balls, x: series(balls.sign(x)),
    "step": lambda balls, x: series(int(balls.sign(x) > 0)),
    "abs": lambda balls, x: -x if balls.sign(x) < 0 else x,
    "relu": lambda balls, x: x if balls.sign(x) > 0 else series(0),
    "leaky_relu": lambda balls, x, slope: x if balls.sign(x) > 0 else slope * x,
    "elu": lambda balls, x, alpha: x if balls.sign(x) > 0 else alpha * (x.exp() - 1),
    "nonnegative": _inside,
    "maximum": _maximum,
    "minimum": _minimum,
    "clip": lambda balls, x, low, high: _minimum(balls, _maximum(balls, x, low), high),
    "floor": _floor,
    "div": _div,
    "exp": _exp,
    "log": _log,
    "log1p": _log1p,
    "log2": lambda balls, x: _log(balls, x) / arb(2).log(),
    "log10": lambda balls, x: _log(balls, x) / arb(10).log(),
    "sqrt": _sqrt,
    "cbrt": _cbrt,
    "cbrt_slope": lambda balls, x: _div(balls, series(1), 3 * _cbrt(balls, x) ** 2),
    "hypot": lambda balls, a, b: _sqrt(balls, a * a + b * b),
    "norm": lambda balls, *xs: _sqrt(balls, _dot(*xs, *xs)),
    "xlogy": _xlogy,
    "entropy": lambda balls, *ps: -_total(*(_xlogy(balls, p, p) for p in ps)),
    "pow": _pow,
    "asin": partial(_arc, "asin"),
    "acos": partial(_arc, "acos"),
    "acosh": _acosh,
    "atanh": lambda balls, x: (_log1p(balls, x) - _log1p(balls, -x)) / 2,
    "atan2": _atan2,
}


# ---------------------------------------------------------------- functions that don't decide
def _even(of_magnitude: Callable[[arb_series], arb_series], sign: int) -> Callable[[arb_series], arb_series]:
    """A function of |x|, that changes its sign with x or not: exact on both sides, so that nothing is tied at 0."""
    return lambda x: of_magnitude(x) if _middle(x) >= 0 else sign * of_magnitude(-x)


def _sigmoid(x: arb_series) -> arb_series:
    e = (-x if _middle(x) >= 0 else x).exp()
    return (1 if _middle(x) >= 0 else e) / (1 + e)


def _softplus(x: arb_series) -> arb_series:
    return x + (1 + (-x).exp()).log() if _middle(x) > 0 else (1 + x.exp()).log()


_tanh = _even(lambda x: -_expm1(-2 * x) / (1 + (-2 * x).exp()), -1)
_sech_squared = _even(lambda x: 4 * (-2 * x).exp() / (1 + (-2 * x).exp()) ** 2, 1)
_asinh = _even(lambda x: _with_value((x + (x * x + 1).sqrt()).log(), x[0].asinh()), -1)


def _normal(x: arb_series) -> arb_series:
    """The normal distribution's Φ."""
    return (-x / arb(2).sqrt()).erfc() / 2


def _density(x: arb_series) -> arb_series:
    return (-x * x / 2).exp() / (2 * arb.pi()).sqrt()


def _total(*xs: arb_series) -> arb_series:
    return reduce(lambda a, b: a + b, xs) if xs else series(0)


def _logsumexp(*xs: arb_series) -> arb_series:
    top = max((x[0].mid() for x in xs), key=float)
    return top + _total(*((x - top).exp() for x in xs)).log()


def _dot(*wx: arb_series) -> arb_series:
    half = len(wx) // 2
    return _total(*map(operator.mul, wx[:half], wx[half:]))


FUNCTIONS: dict[str, Callable[..., arb_series]] = {
    **{name: getattr(operator, name) for name in ("add", "sub", "mul", "neg")},
    "squared": lambda x: x * x,
    "identity": lambda x: x,
    "stop_gradient": lambda x: series(x[0]),
    "refined": lambda x, part: x + x * part[0],
    "exp_difference": lambda a, b: (a - b).exp(),
    "expm1": _expm1,
    "exp2": lambda x: (x * arb(2).log()).exp(),
    **{name: getattr(arb_series, name) for name in ("sin", "cos", "tan", "atan", "erf", "erfc")},
    "sinh": lambda x: (_expm1(x) - _expm1(-x)) / 2,
    "cosh": lambda x: (x.exp() + (-x).exp()) / 2,
    "tanh": _tanh,
    "sech_squared": _sech_squared,
    "asinh": _asinh,
    "one_minus_squared": lambda x: 1 - x * x,
    "gaussian": lambda x, k: (-k * x * x).exp(),
    "sigmoid": _sigmoid,
    "sigmoid_slope": lambda x: _sech_squared(x / 2) / 4,
    "softplus": _softplus,
    "log_sigmoid": lambda x: -_softplus(-x),
    "silu": lambda x: x * _sigmoid(x),
    "gelu": lambda x: x * _normal(x),
    "gelu_slope": lambda x: _normal(x) + x * _density(x),
    "sum": _total,
    "mean": lambda *xs: _total(*xs) / len(xs),
    "dot": _dot,
    **dict.fromkeys(("logsumexp", "logaddexp"), _logsumexp),
    "share": lambda *xs: (xs[0] - _logsumexp(*xs)).exp(),
    "surprise": lambda *xs: _logsumexp(*xs) - xs[0],
}
