"""Accuracy in units in the last place, against mpmath."""

from __future__ import annotations

import math
import random

import mpmath
import pytest

from tinygrad_neuron import Value
from tinygrad_neuron.ops import FUNCTIONS

NORMAL = 2.3e-308


def ulps(found: float, exact: mpmath.mpf) -> float:
    return float(abs(mpmath.mpf(found) - exact) / mpmath.mpf(math.ulp(float(exact))))


def value_and_slope(function, x):
    leaf = Value(x)
    root = function(leaf)
    root.backward()
    return root.data, leaf.grad


def sampled(low, high, count=3000, *, logarithmic=False):
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


def sech_squared(x):
    return 1 / mpmath.cosh(x) ** 2


def logistic(x):
    return 1 / (1 + mpmath.exp(-x))


TAILS = {
    "tanh": (lambda x: x.tanh(), sech_squared),
    "sigmoid": (lambda x: x.sigmoid(), lambda x: logistic(x) * logistic(-x)),
    "softplus": (lambda x: x.softplus(), logistic),
}


@pytest.mark.parametrize("name", TAILS)
def test_slopes_in_the_tails_to_8_ulp(name):
    function, slope = TAILS[name]
    points = sampled(-700, 700) + sampled(-20, 20) + [18.0, 20.0, -20.0, 700.0, -700.0]
    with mpmath.workdps(700):
        for x in points:
            exact = slope(mpmath.mpf(x))
            if exact >= NORMAL:
                assert ulps(value_and_slope(function, x)[1], exact) <= 8, x


SINGULAR = {
    "asin": (lambda x: 1 / mpmath.sqrt(1 - x**2), lambda d: 1.0 - d),
    "acosh": (lambda x: 1 / mpmath.sqrt(x**2 - 1), lambda d: 1.0 + d),
    "atanh": (lambda x: 1 / (1 - x**2), lambda d: 1.0 - d),
}


@pytest.mark.parametrize("name", SINGULAR)
def test_slopes_next_to_a_singularity_to_4_ulp(name):
    slope, at_distance = SINGULAR[name]
    with mpmath.workdps(60):
        for distance in sampled(2.3e-16, 0.5, logarithmic=True):
            x = at_distance(distance)
            assert ulps(value_and_slope(FUNCTIONS[name], x)[1], slope(mpmath.mpf(x))) <= 4, x
