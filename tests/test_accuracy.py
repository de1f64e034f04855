"""Accuracy in units in the last place, against mpmath."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable
from typing import NamedTuple

import mpmath
import pytest
from cases import CASES, mpmath_function

from tinygrad_neuron import Value, gelu, gradient, logsumexp, softmax
from tinygrad_neuron.ops import surprise
from tinygrad_neuron.primitives import PRIMITIVES, apply

SMALLEST, LARGEST = 2.3e-308, 1.7e308  # of the numbers with all digits


def ulps(found: float, exact: mpmath.mpf) -> float:
    return float(abs(mpmath.mpf(found) - exact) / mpmath.mpf(math.ulp(float(exact))))


def value_and_slope(function, x):
    leaf = Value(x)
    root = function(leaf)
    root.backward()
    return root.data, leaf.grad


def sampled(low, high, count=300, *, logarithmic=False):
    chance = random.Random(f"{low} {high}")
    if logarithmic:
        return [math.exp(chance.uniform(math.log(low), math.log(high))) for _ in range(count)]
    return [chance.uniform(low, high) for _ in range(count)]


VALUES_AND_SLOPES = {
    "exp": (lambda x: x.exp(), mpmath.exp, mpmath.exp, sampled(-700, 700)),
    "log": (lambda x: x.log(), mpmath.log, lambda x: 1 / x, sampled(1e-300, 1e300, logarithmic=True)),
    "sqrt": (
        lambda x: x.sqrt(),
        mpmath.sqrt,
        lambda x: 1 / (2 * mpmath.sqrt(x)),
        sampled(1e-300, 1e300, logarithmic=True),
    ),
    "sin": (lambda x: x.sin(), mpmath.sin, mpmath.cos, sampled(-1e5, 1e5)),
    "1/x": (lambda x: 1 / x, lambda x: 1 / x, lambda x: -1 / x**2, sampled(1e-150, 1e150, logarithmic=True)),
    "x**2": (lambda x: x**2, lambda x: x**2, lambda x: 2 * x, sampled(1e-150, 1e150, logarithmic=True)),
    "x**3": (lambda x: x**3, lambda x: x**3, lambda x: 3 * x**2, sampled(1e-100, 1e100, logarithmic=True)),
    "x**-0.5": (
        lambda x: x**-0.5,
        lambda x: x ** mpmath.mpf(-0.5),
        lambda x: -(x ** mpmath.mpf(-1.5)) / 2,
        sampled(1e-150, 1e150, logarithmic=True),
    ),
}


@pytest.mark.parametrize("name", VALUES_AND_SLOPES)
def test_values_and_slopes_to_2_ulp(name):
    function, value, slope, points = VALUES_AND_SLOPES[name]
    with mpmath.workdps(60):
        for x in points:
            found, gradient = value_and_slope(function, x)
            exact = mpmath.mpf(x)
            assert ulps(found, value(exact)) <= 2, x
            assert ulps(gradient, slope(exact)) <= 2, x


# ---------------------------------------------------------------- every entry of the table, over its whole domain
class Row(NamedTuple):
    """Where a primitive is asked, and its bounds: of the value, its derivatives and their derivatives, in ulp.

    Where a derivative is a difference that cancels, the second or those `since` another one, the ulp is that of
    `scale`, the size of its terms.
    """

    points: list[tuple[float, ...]]
    value: float
    first: float
    second: float
    scale: Callable[..., float] = lambda *_: 0.0
    since: int = 2
    bits: int = 1000  # what 1 - tiny takes, where that is what the exact form computes


def both(numbers):
    return [*numbers, *(-x for x in numbers)]


def evenly(low, high):
    return sampled(low, high, 24)


def log_evenly(low, high):
    return sampled(low, high, 24, logarithmic=True)


def together(*columns, count=30):
    chance = random.Random(len(columns))
    return [tuple(chance.choice(column) for column in columns) for _ in range(count)]


def alone(*parts):
    return [(x,) for part in parts for x in part]


def apart(points):
    return [point for point in points if len(set(point)) == len(point)]


TINY = log_evenly(1e-40, 1.0)
LINE = both(TINY) + both(log_evenly(1.0, 1e140)) + evenly(-5.0, 5.0)
MIDDLE = both(log_evenly(1e-60, 1e60)) + evenly(-5.0, 5.0)
POSITIVE = log_evenly(1e-140, 1e140) + evenly(0.1, 5.0) + [1 + d for d in both(log_evenly(1e-15, 0.1))]
UNIT = both([1 - d for d in log_evenly(1.2e-16, 0.5)] + TINY)
LOGITS = [*evenly(-5.0, 5.0), *evenly(-300.0, 300.0)]
ANGLES = both(TINY + log_evenly(1.0, 1e15)) + evenly(-1e5, 1e5)
WIDE = evenly(-700.0, 700.0) + both(TINY) + evenly(-20.0, 20.0)
NORMAL = evenly(-37.0, 37.0) + evenly(-4.0, 4.0) + both(TINY)
EXACT = {"bits": 1700}
ROWS = {
    "add": Row(together(MIDDLE, MIDDLE), 1, 0, 0),
    "sub": Row(together(MIDDLE, MIDDLE), 1, 0, 0),
    "mul": Row(together(MIDDLE, MIDDLE), 1, 0, 0),
    "div": Row(together(MIDDLE, MIDDLE), 1, 2, 4),
    # the exponent b - 1 is rounded, and the logarithm of the base magnifies that
    "pow": Row(together(log_evenly(1e-30, 1e30) + evenly(0.1, 3.0), evenly(-8.0, 8.0) + both(TINY)), 1, 64, 160),
    "neg": Row(alone(LINE), 0, 0, 0),
    "squared": Row(alone(LINE), 1, 0, 0),
    "identity": Row(alone(LINE), 0, 0, 0),
    "less": Row(apart(together(MIDDLE, MIDDLE)), 0, 0, 0),
    "less_equal": Row(apart(together(MIDDLE, MIDDLE)), 0, 0, 0),
    "equal": Row(apart(together(MIDDLE, MIDDLE)), 0, 0, 0),
    "where": Row(together([1.0, 0.5], MIDDLE, MIDDLE) + together([0.0], MIDDLE, MIDDLE), 0, 0, 0),
    "step": Row(alone(LINE), 0, 0, 0),
    "masked": Row(together([1.0, -2.0], MIDDLE), 0, 0, 0),
    "nonnegative": Row(alone(POSITIVE), 0, 0, 0),
    "abs": Row(alone(LINE), 0, 0, 0),
    "sign": Row(alone(LINE), 0, 0, 0),
    "floor": Row(alone(evenly(-1e6, 1e6)), 0, 0, 0),
    "clip": Row(together(evenly(-3.0, 3.0), evenly(-2.0, -1.0), evenly(0.0, 1.0)), 0, 0, 0),
    "maximum": Row(apart(together(MIDDLE, MIDDLE, MIDDLE)), 0, 0, 0),
    "minimum": Row(apart(together(MIDDLE, MIDDLE, MIDDLE)), 0, 0, 0),
    "exp": Row(alone(WIDE), 1, 1, 1),
    "expm1": Row(alone(WIDE), 1, 1, 1, **EXACT),
    "exp2": Row(alone(WIDE), 1, 2, 2),
    "log": Row(alone(POSITIVE), 1, 1, 2),
    "log1p": Row(alone(POSITIVE, [-d for d in TINY if d < 0.9], [d - 1 for d in log_evenly(1.2e-16, 0.1)]), 1, 2, 4),
    "log2": Row(alone(POSITIVE), 1, 2, 4),
    "log10": Row(alone(POSITIVE), 2, 2, 4),
    "sqrt": Row(alone(POSITIVE), 1, 2, 4),
    "cbrt": Row(alone(LINE), 4, 8, 8),  # the library's own is 1 to 4 ulp off
    "sin": Row(alone(ANGLES), 1, 1, 1),
    "cos": Row(alone(ANGLES), 1, 1, 1),
    "tan": Row(alone(ANGLES), 1, 2, 4),
    "asin": Row(alone(UNIT), 1, 2, 8),
    "acos": Row(alone(UNIT), 1, 2, 8),
    "atan": Row(alone([x for x in LINE if abs(x) < 1e70]), 1, 2, 4),
    "atan2": Row(together(MIDDLE, MIDDLE), 1, 4, 8, lambda a, b: 1 / (a * a + b * b), **EXACT),
    "hypot": Row(together(MIDDLE, MIDDLE), 1, 2, 4, lambda a, b: 1 / math.hypot(a, b), **EXACT),
    "xlogy": Row(together(MIDDLE, POSITIVE), 2, 2, 4, **EXACT),
    "norm": Row(together(MIDDLE, MIDDLE, MIDDLE), 2, 4, 8, lambda *xs: 1 / math.hypot(*xs), **EXACT),
    "sinh": Row(alone(WIDE), 1, 1, 1),
    "cosh": Row(alone(WIDE), 1, 1, 1),
    "tanh": Row(alone(evenly(-350.0, 350.0), WIDE[24:]), 2, 4, 4, **EXACT),
    "sech_squared": Row(alone(evenly(-350.0, 350.0), WIDE[24:]), 4, 4, 4, lambda x: 1 / math.cosh(x) ** 2, **EXACT),
    "asinh": Row(alone([x for x in LINE if abs(x) < 1e100]), 2, 2, 4),
    "acosh": Row(alone([1 + d for d in log_evenly(2.3e-16, 1.0)], log_evenly(2.0, 1e100)), 2, 4, 8),
    "atanh": Row(alone(UNIT), 1, 2, 4),
    "erf": Row(alone(evenly(-26.0, 26.0), NORMAL[24:]), 1, 4, 4, **EXACT),
    "erfc": Row(alone(evenly(-26.0, 26.0), NORMAL[24:]), 2, 4, 4, **EXACT),
    "one_minus_squared": Row(alone(UNIT, evenly(1.0, 50.0)), 2, 0, 0),
    "cbrt_slope": Row(alone([x for x in LINE if 1e-100 < abs(x) < 1e100]), 8, 8, 8),
    "sigmoid_slope": Row(alone(WIDE), 4, 4, 8, lambda x: math.exp(-abs(x)) / 8, **EXACT),
    "gelu_slope": Row(alone(NORMAL), 4, 8, 8, lambda x: (1 + abs(x)) * math.exp(-x * x / 2), since=0, **EXACT),
    "gaussian": Row(together(evenly(-26.0, 26.0) + both(TINY), [0.5, 1.0]), 2, 4, 8, lambda x, k: math.exp(-k * x * x)),
    "exp_difference": Row(together(LOGITS, LOGITS) + together([1e8 + x for x in LOGITS], [1e8]), 2, 2, 2),
    "stop_gradient": Row(
        alone(LINE), 0, math.inf, math.inf
    ),  # its derivative, and that of the next, is not the function's
    "refined": Row(together(MIDDLE, evenly(-1e-14, 1e-14)), 1, math.inf, math.inf),
    "relu": Row(alone(LINE), 0, 0, 0),
    "leaky_relu": Row(together(MIDDLE, evenly(0.01, 0.9)), 1, 1, 0),
    "elu": Row(together(evenly(-300.0, 30.0) + evenly(-3.0, 3.0), evenly(0.5, 2.0)), 2, 2, 2),
    "sigmoid": Row(alone(WIDE), 2, 4, 4, **EXACT),
    "softplus": Row(alone(WIDE), 1, 2, 4, **EXACT),
    "log_sigmoid": Row(alone(WIDE), 1, 2, 4, **EXACT),
    "silu": Row(alone(WIDE), 2, 4, 8, lambda x: (1 + abs(x)) * math.exp(-abs(x)), since=1, **EXACT),
    "gelu": Row(alone(NORMAL), 2, 4, 8, lambda x: (1 + x * x) * math.exp(-x * x / 2), since=1, **EXACT),
    "sum": Row(together(evenly(0.1, 5.0), evenly(0.1, 5.0), evenly(0.1, 5.0)), 1, 0, 0),
    "mean": Row(together(evenly(0.1, 5.0), evenly(0.1, 5.0), evenly(0.1, 5.0)), 2, 1, 0),
    "logsumexp": Row(together(LOGITS, LOGITS, LOGITS, count=20), 4, 4, 4, lambda *_: 1.0, **EXACT),
    "logaddexp": Row(together(LOGITS, LOGITS, count=20), 4, 4, 8, lambda *_: 1.0, **EXACT),
    "entropy": Row(
        together(*[TINY + evenly(0.01, 1.0)] * 3, count=20), 4, 4, 4, lambda *ps: 1 + abs(math.log(min(ps))), since=0
    ),
    "share": Row(together(LOGITS, LOGITS, LOGITS, count=20), 4, 4, 8, lambda *_: 1.0, **EXACT),
    "surprise": Row(together(LOGITS, LOGITS, LOGITS, count=20), 4, 4, 8, lambda *_: 1.0, **EXACT),
    "dot": Row(together(*[evenly(0.1, 5.0)] * 4, count=20), 1, 0, 0),
}
FORMS = {
    "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)),
    "masked": lambda mask, x: x,
    "refined": lambda x, part: x * (1 + part),
}
NOT_BY = {"where": 0, "masked": 0}  # whether it is 0 is all that matters
STEP = -170  # the binary logarithm of a central difference's step: its error is that of 2^-340


def test_every_entry_has_a_row():
    assert set(ROWS) == set(CASES)


def derivative(form, point, orders):
    """A derivative of a function of high precision, by tiny central differences."""
    terms = [(mpmath.mpf(1), tuple(map(mpmath.mpf, point)))]
    for place, order in enumerate(orders):
        h = mpmath.ldexp(abs(mpmath.mpf(point[place])) or mpmath.mpf(1), STEP)
        weights = {
            0: [(0, 1)],
            1: [(1, 1 / (2 * h)), (-1, -1 / (2 * h))],
            2: [(1, 1 / h**2), (0, -2 / h**2), (-1, 1 / h**2)],
        }
        terms = [
            (weight * by, (*at[:place], at[place] + side * h, *at[place + 1 :]))
            for weight, at in terms
            for side, by in weights[order]
        ]
    return mpmath.fsum(weight * form(*at) for weight, at in terms)


def derivatives(name, point):
    """The value, the first and the second derivatives that the engine gives, by how often each argument is meant."""
    leaves = [Value(x) for x in point]
    root = apply(PRIMITIVES[name], tuple(leaves))
    zeros = (0,) * len(point)
    yield zeros, root.data
    for k, slope in enumerate(gradient(root, *leaves)):
        if k == NOT_BY.get(name):
            continue
        once = tuple(int(place == k) for place in range(len(point)))
        yield once, slope.data
        for m, curvature in enumerate(gradient(slope, *leaves)):
            if m >= k:
                yield tuple(count + (place == m) for place, count in enumerate(once)), curvature.data


@pytest.mark.parametrize("name", ROWS)
def test_value_first_and_second_derivatives(name):
    row, form = ROWS[name], FORMS.get(name) or mpmath_function(name)
    worst = [0.0, 0.0, 0.0]
    with mpmath.workprec(row.bits):
        for point in row.points:
            for orders, found in derivatives(name, point):
                order = sum(orders)
                exact = derivative(form, point, orders)
                noise = mpmath.ldexp(abs(form(*map(mpmath.mpf, point))), 2 * abs(STEP) + 60 - row.bits)
                for place, count in enumerate(orders):
                    noise /= (abs(mpmath.mpf(point[place])) or 1) ** count
                if abs(exact) > LARGEST or SMALLEST > abs(exact) > noise:
                    continue
                size = max(
                    float(abs(exact)) if abs(exact) > noise else 0.0, row.scale(*point) if order >= row.since else 0.0
                )
                off = float(abs(mpmath.mpf(found) - (exact if abs(exact) > noise else 0)))
                worst[order] = max(worst[order], off / math.ulp(size))
    assert all(off <= bound + 1e-9 for off, bound in zip(worst, row[1:4], strict=True)), worst


# ---------------------------------------------------------------- of many numbers, shifted
def logits(shift):
    chance = random.Random(int(shift))
    for count, spread in itertools.product((2, 3, 4, 6, 12), (20.0, 20.0, 3.0, 0.5)):
        drawn = [chance.uniform(-spread, spread) for _ in range(count)]
        yield from ([shift + x for x in drawn], [shift + drawn[0], *(shift + x for x in drawn[:-1])])
    yield [shift] * 4


def shares(xs):
    exponentials = [mpmath.exp(mpmath.mpf(x) - max(xs)) for x in xs]
    return [each / mpmath.fsum(exponentials) for each in exponentials]


@pytest.mark.parametrize("shift", [0.0, 1.0, 1e3, 1e8, 1e17])
def test_softmax_cross_entropy_and_logsumexp_of_shifted_logits(shift):
    with mpmath.workprec(400):
        for xs in logits(shift):
            leaves, exact = [Value(x) for x in xs], shares(xs)
            n = range(len(xs))
            for k, p in enumerate(softmax(leaves)):
                assert ulps(p.data, exact[k]) <= 4, xs
                slopes = [exact[k] * ((j == k) - exact[j]) for j in n]
                assert all(ulps(slope.data, slopes[j]) <= 4 for j, slope in enumerate(gradient(p, *leaves))), xs
            for k in n:
                loss = surprise(leaves[k], *leaves[:k], *leaves[k + 1 :])
                assert ulps(loss.data, -mpmath.log(exact[k])) <= 4, xs
                slopes = [exact[j] - (j == k) for j in n]
                assert all(ulps(slope.data, slopes[j]) <= 4 for j, slope in enumerate(gradient(loss, *leaves))), xs


def test_of_many_numbers_what_rounding_loses_is_put_back():
    chance = random.Random(0)
    xs = [chance.uniform(-0.5, 0.5) for _ in range(400)]
    with mpmath.workprec(200):
        p, total = shares(xs), mpmath.fsum(mpmath.exp(mpmath.mpf(x)) for x in xs)
        for name, value, slopes in (
            ("logsumexp", mpmath.log(total), p),
            ("share", p[0], [p[0] * ((j == 0) - each) for j, each in enumerate(p)]),
            ("surprise", -mpmath.log(p[0]), [each - (j == 0) for j, each in enumerate(p)]),
        ):
            leaves = [Value(x) for x in xs]
            root = apply(PRIMITIVES[name], tuple(leaves))
            root.backward()
            assert ulps(root.data, value) <= 4, name
            off = [ulps(leaf.grad, slope) for leaf, slope in zip(leaves, slopes, strict=True)]
            assert max(off) <= 4, (name, off.index(max(off)))


def test_figures_of_reports():
    with mpmath.workprec(300):
        assert ulps(logsumexp(0.0, -20.0), mpmath.log(1 + mpmath.exp(-20))) <= 2
        for x in (-20.0, -10.0, -30.0, -37.0, -1e-8, 1e-300):
            assert ulps(gelu(x), mpmath.mpf(x) * mpmath.erfc(-mpmath.mpf(x) / mpmath.sqrt(2)) / 2) <= 4, x


@pytest.mark.parametrize(("zero", "infinite"), [(0.0, -math.inf), (-0.0, math.inf)])
def test_the_second_derivative_of_cbrt_at_both_zeros(zero, infinite):
    x = Value(zero)
    (slope,) = gradient(apply(PRIMITIVES["cbrt"], (x,)), x)
    (curvature,) = gradient(slope, x)
    assert (slope.data, curvature.data) == (math.inf, infinite)
