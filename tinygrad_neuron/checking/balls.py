"""The reading of the table in power series of FLINT's balls: numbers with a radius that surely covers the true one.

A primitive is applied to series x + t, and FLINT differentiates it: no rule of the table is read. Where two
numbers are compared that are equal, the series decide for t > 0 by their first terms that differ.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import reduce
from typing import Any

from flint import arb, arb_series, ctx

from ..ops import NAMES
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


def _power_of_t(s: arb_series, place: int) -> arb_series:
    """What is left of a series divided by a power of t."""
    return arb_series([s[k] for k in range(place, s.prec)], s.prec - place)


class Balls:
    """The functions of the table, of series of balls.

    Args:
        sided: whether t > 0, so that every comparison is decided; else equal numbers raise TiedError.
        presumed: whether what can't be told from 0 with these bits is taken for 0.
    """

    def __init__(self, *, sided: bool = False, presumed: bool = False) -> None:
        self.sided, self.presumed = sided, presumed
        self.guessed: bool = False
        own = {name: getattr(self, f"_{name}") for name in NAMES if hasattr(self, f"_{name}")}
        self.functions: dict[str, Callable[..., arb_series]] = FUNCTIONS | own

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
        chosen: arb_series | None = (*branches, series(0))[0 if self.is_true(condition) else 1]
        if chosen is None:
            raise NoNumberError
        return chosen

    # ------------------------------------------------------------ decisions
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

    def is_true(self, condition: arb_series) -> bool:
        """Whether a condition holds: what isn't 0 does."""
        return self.sign(condition) != 0

    # ------------------------------------------------------------ functions that decide; named as in the table
    def _less(self, a: arb_series, b: arb_series) -> arb_series:
        return series(int(self.compare(a, b) < 0))

    def _less_equal(self, a: arb_series, b: arb_series) -> arb_series:
        return series(int(self.compare(a, b) <= 0))

    def _equal(self, a: arb_series, b: arb_series) -> arb_series:
        return series(int(self.compare(a, b) == 0))

    def _where(self, condition: arb_series, a: arb_series, b: arb_series) -> arb_series:
        return a if self.is_true(condition) else b

    def _masked(self, mask: arb_series, x: arb_series) -> arb_series:
        return x if self.is_true(mask) else series(0)

    def _sign(self, x: arb_series) -> arb_series:
        return series(self.sign(x))

    def _step(self, x: arb_series) -> arb_series:
        return series(int(self.sign(x) > 0))

    def _abs(self, x: arb_series) -> arb_series:
        return -x if self.sign(x) < 0 else x

    def _relu(self, x: arb_series) -> arb_series:
        return x if self.sign(x) > 0 else series(0)

    def _leaky_relu(self, x: arb_series, slope: arb_series) -> arb_series:
        return x if self.sign(x) > 0 else slope * x

    def _elu(self, x: arb_series, alpha: arb_series) -> arb_series:
        return x if self.sign(x) > 0 else alpha * (self._exp(x) - 1)

    def _nonnegative(self, x: arb_series) -> arb_series:
        if self.sign(x) < 0:
            raise NoNumberError
        return x

    def _maximum(self, *xs: arb_series) -> arb_series:
        return reduce(lambda a, b: b if self.compare(a, b) < 0 else a, xs)

    def _minimum(self, *xs: arb_series) -> arb_series:
        return reduce(lambda a, b: b if self.compare(a, b) > 0 else a, xs)

    def _clip(self, x: arb_series, low: arb_series, high: arb_series) -> arb_series:
        return self._minimum(self._maximum(x, low), high)

    def _floor(self, x: arb_series) -> arb_series:
        whole = math.floor(_middle(x)) if math.isfinite(_middle(x)) else 0
        for each in (whole + 1, whole, whole - 1):
            if self.sign(x - each) >= 0:
                return series(each)
        raise UndecidedError

    def _div(self, a: arb_series, b: arb_series) -> arb_series:
        place, _ = self.leading(b)
        if place < 0:
            raise NoNumberError
        if place and 0 <= self.leading(a)[0] < place:
            raise NoNumberError  # a pole
        return a / b

    def _exp(self, x: arb_series) -> arb_series:
        y = x.exp()
        if not y[0].is_finite():
            raise NoNumberError if x[0] > 1 << 40 else UndecidedError
        return y

    def _log(self, x: arb_series) -> arb_series:
        place, sign = self.leading(x)
        if place or sign < 0:
            raise NoNumberError
        return x.log()

    def _sqrt(self, x: arb_series) -> arb_series:
        return self._root(x, 2)

    def _cbrt(self, x: arb_series) -> arb_series:
        return self._root(x, 3)

    def _root(self, x: arb_series, degree: int) -> arb_series:
        """The square or cube root, with the limit of its slope at 0."""
        place, sign = self.leading(x)
        if sign < 0:
            if degree == 2:
                raise NoNumberError
            return -self._root(-x, degree)
        if 0 < place < degree:
            return series(0, INFINITY)
        if place < 0 or place % degree:
            return arb_series([0], ctx.cap if place < 0 else 2)  # flatter than t; its next term is no whole power
        rest = _power_of_t(x, place)
        rest = rest.sqrt() if degree == 2 else (rest.log() / 3).exp()
        return arb_series([arb(0)] * (place // degree) + rest.coeffs(), rest.prec + place // degree)

    def _hypot(self, a: arb_series, b: arb_series) -> arb_series:
        return self._root(a * a + b * b, 2)

    def _pow(self, a: arb_series, b: arb_series) -> arb_series:
        constant, e = all(c == 0 for c in b.coeffs()[1:]), b[0]
        whole = constant and e.is_exact() and e.is_integer()
        if whole and abs(e) < 1 << 20:
            n = int(float(e))
            return a**n if n >= 0 else self._div(series(1), a**-n)
        place, sign = self.leading(a)
        if (sign < 0 and not whole) or (place > 0 and not constant) or (place and not e > 0):
            raise NoNumberError
        if place == 0:
            size = self._exp(b * (a if sign > 0 else -a).log())
            return size if sign > 0 or (e / 2).is_integer() else -size
        if place < 0 or place * e > 1:
            return arb_series([0], ctx.cap if place < 0 else 2)
        return series(0, INFINITY) if place * e < 1 else series(0, a[place] ** e)

    def _asin(self, x: arb_series) -> arb_series:
        return self._arc(x, "asin")

    def _acos(self, x: arb_series) -> arb_series:
        return self._arc(x, "acos")

    def _arc(self, x: arb_series, name: str) -> arb_series:
        """asin and acos, whose slope is infinite at both ends."""
        place, sign = self.leading((1 - x) * (1 + x))
        if sign < 0:
            raise NoNumberError
        if place == 0:
            return x.asin() if name == "asin" else x.acos()
        value = getattr(x[0].mid(), name)()
        rising = (_middle(x) < 0) == (name == "asin")
        return series(value) if place < 0 else series(value, INFINITY if rising else -INFINITY)

    def _acosh(self, x: arb_series) -> arb_series:
        place, sign = self.leading(x - 1)
        if place or sign < 0:
            return self._root(2 * (x - 1), 2)
        return (x + self._root((x - 1) * (x + 1), 2)).log()

    def _atanh(self, x: arb_series) -> arb_series:
        return (self._log(1 + x) - self._log(1 - x)) / 2

    def _atan2(self, a: arb_series, b: arb_series) -> arb_series:
        if abs(_middle(a)) > abs(_middle(b)):
            return (1 if _middle(a) > 0 else -1) * arb.pi() / 2 - self._div(b, a).atan()
        sign = self.sign(b)
        if sign == 0:
            raise NoNumberError
        if sign > 0:
            return (a / b).atan()
        return (a / b).atan() + (arb.pi() if self.sign(a) >= 0 else -arb.pi())

    def _log1p(self, x: arb_series) -> arb_series:
        return self._log(1 + x)

    def _log2(self, x: arb_series) -> arb_series:
        return self._log(x) / arb(2).log()

    def _log10(self, x: arb_series) -> arb_series:
        return self._log(x) / arb(10).log()

    def _cbrt_slope(self, x: arb_series) -> arb_series:
        return self._div(series(1), 3 * self._cbrt(x) ** 2)


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


# ---------------------------------------------------------------- functions that don't decide
def _sigmoid(x: arb_series) -> arb_series:
    e = (-x if _middle(x) >= 0 else x).exp()
    return (1 if _middle(x) >= 0 else e) / (1 + e)


def _tanh(x: arb_series) -> arb_series:
    return 2 * _sigmoid(2 * x) - 1 if abs(_middle(x)) < 1 else _tanh_far(x)


def _tanh_far(x: arb_series) -> arb_series:
    if _middle(x) < 0:
        return -_tanh_far(-x)
    e = (-2 * x).exp()
    return (1 - e) / (1 + e)


def _sech_squared(x: arb_series) -> arb_series:
    e = (-2 * x if _middle(x) >= 0 else 2 * x).exp()
    return 4 * e / ((1 + e) * (1 + e))


def _softplus(x: arb_series) -> arb_series:
    return x + (1 + (-x).exp()).log() if _middle(x) > 0 else (1 + x.exp()).log()


def _asinh(x: arb_series) -> arb_series:
    return -_asinh(-x) if _middle(x) < 0 else (x + (x * x + 1).sqrt()).log()


def _normal(x: arb_series) -> arb_series:
    """The normal distribution's Φ."""
    return (-x / arb(2).sqrt()).erfc() / 2


def _density(x: arb_series) -> arb_series:
    return (-x * x / 2).exp() / (2 * arb.pi()).sqrt()


def _total(*xs: arb_series) -> arb_series:
    return reduce(lambda a, b: a + b, xs) if xs else series(0)


def _shifted(xs: Sequence[arb_series]) -> tuple[arb, list[arb_series]]:
    """A number near the largest, and all exponentials relative to its own."""
    top = max((x[0].mid() for x in xs), key=float)
    return top, [(x - top).exp() for x in xs]


def _logsumexp(*xs: arb_series) -> arb_series:
    top, terms = _shifted(xs)
    return top + _total(*terms).log()


def _share(*xs: arb_series) -> arb_series:
    _, terms = _shifted(xs)
    return terms[0] / _total(*terms)


def _dot(*wx: arb_series) -> arb_series:
    half = len(wx) // 2
    return _total(*(w * x for w, x in zip(wx[:half], wx[half:], strict=True)))


FUNCTIONS: dict[str, Callable[..., arb_series]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "neg": lambda x: -x,
    "squared": lambda x: x * x,
    "identity": lambda x: x,
    "stop_gradient": lambda x: series(x[0]),
    "refined": lambda x, part: x + x * part[0],
    "exp_difference": lambda a, b: (a - b).exp(),
    "expm1": lambda x: x.exp() - 1,
    "exp2": lambda x: (x * arb(2).log()).exp(),
    **{name: getattr(arb_series, name) for name in ("sin", "cos", "tan", "atan", "erf", "erfc")},
    "sinh": lambda x: (x.exp() - (-x).exp()) / 2,
    "cosh": lambda x: (x.exp() + (-x).exp()) / 2,
    "tanh": _tanh,
    "sech_squared": _sech_squared,
    "asinh": _asinh,
    "one_minus_squared": lambda x: 1 - x * x,
    "gaussian": lambda x, k: (-k * x * x).exp(),
    "sigmoid": _sigmoid,
    "sigmoid_slope": lambda x: _sech_squared(x / 2) / 4,
    "softplus": _softplus,
    "silu": lambda x: x * _sigmoid(x),
    "gelu": lambda x: x * _normal(x),
    "gelu_slope": lambda x: _normal(x) + x * _density(x),
    "sum": _total,
    "mean": lambda *xs: _total(*xs) / len(xs),
    "dot": _dot,
    "logsumexp": _logsumexp,
    "share": _share,
    "surprise": lambda *xs: _logsumexp(*xs) - xs[0],
}
