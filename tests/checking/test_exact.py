"""The exact gradient, at points where differences of floats can't tell."""

from __future__ import annotations

import math

import mpmath
import pytest
from cases import CASES, mpmath_function
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples, points

from tinygrad_neuron import Value, check, primitive
from tinygrad_neuron.checking import exact
from tinygrad_neuron.checking.derivative import Derivative
from tinygrad_neuron.checking.exact import exact_derivatives as exact_derivatives_of
from tinygrad_neuron.checking.exact import exact_values
from tinygrad_neuron.primitives import PRIMITIVES, apply
from tinygrad_neuron.program import Program


def exact_derivatives(root, nodes):
    program = Program.of(root)
    found = exact_derivatives_of(program, [program.places[node] for node in nodes if node in program.places])
    known = iter(found)
    nothing = Derivative(0.0, 0.0, 0.0, "smooth")
    return [next(known) if node in program.places else nothing for node in nodes]


@pytest.mark.parametrize("name", sorted(CASES.keys() - {"stop_gradient", "refined"}))  # they are constants by intent
@given(data=st.data())
@examples(5)
def test_every_primitive_against_mpmaths_own_differentiation(name, data):
    (xs,) = data.draw(points(CASES[name]))
    leaves = [Value(x) for x in xs]
    root = apply(PRIMITIVES[name], tuple(leaves))
    found = exact_derivatives(root, leaves)
    with mpmath.workdps(50):
        for k, derivative in enumerate(found):
            along = lambda x, k=k: mpmath_function(name)(*[x if j == k else mpmath.mpf(xs[j]) for j in range(len(xs))])
            expected = mpmath.diff(along, mpmath.mpf(xs[k]))
            assert derivative.kind == "smooth"
            assert float(abs(derivative.value - expected)) <= 2 * math.ulp(float(expected)) + 1e-40


@pytest.mark.parametrize(
    ("function", "x", "kind", "left", "right"),
    [
        (abs, 0.0, "kink", -1.0, 1.0),
        (lambda x: x.relu(), 0.0, "kink", 0.0, 1.0),
        (lambda x: x.clip(), 1.0, "kink", 1.0, 0.0),
        (lambda x: (x * x).sqrt(), 0.0, "kink", -1.0, 1.0),
        (lambda x: x.sqrt(), 0.0, "edge", math.nan, math.inf),
        (lambda x: x**1.5, 0.0, "edge", math.nan, 0.0),
        (lambda x: x.log(), 0.0, "undefined", math.nan, math.nan),
        (lambda x: x.log(), -1.0, "undefined", math.nan, math.nan),
        (lambda x: 1 / x, 0.0, "undefined", math.nan, math.nan),
        (lambda x: x // 2, 4.0, "jump", math.inf, 0.0),
        (lambda x: x**3, 0.0, "smooth", 0.0, 0.0),
        (lambda x: abs(x) * x * x, 0.0, "smooth", 0.0, 0.0),
        (lambda x: x - x, 1.0, "smooth", 0.0, 0.0),
    ],
)
def test_kinks_edges_and_flat_places(function, x, kind, left, right):
    leaf = Value(x)
    found = exact_derivatives(function(leaf), [leaf])[0]
    assert found.kind == kind
    for side, expected in ((found.left, left), (found.right, right)):
        assert side == expected or (math.isnan(side) and math.isnan(expected))


def test_the_real_cube_root_of_negative_numbers():
    x = Value(-8.0)
    root = apply(PRIMITIVES["cbrt"], (x,))
    assert exact_values(Program.of(root)) == [-2.0]
    (found,) = exact_derivatives(root, [x])
    assert (found.kind, found.value) == ("smooth", 1 / 12)


def test_without_mpmath_there_is_no_exact_value_and_the_numerical_gradient_judges(monkeypatch):
    monkeypatch.setattr(exact, "find_spec", lambda _: None)
    leaf = Value(0.5, label="x")
    (found,) = exact_derivatives(leaf.tanh(), [leaf])
    assert found.kind == "unknown"
    assert check(leaf.tanh()).verdict == "PASS"
    assert check(leaf.tanh(), {"x": 0.5}).verdict == "FAIL"


def test_a_primitive_of_ones_own():
    cube = primitive("cube_for_exact", lambda x: x * x * x, lambda y, x: 3.0 * x * x)
    gamma = primitive("gamma_for_exact", math.gamma, None)
    try:
        leaf = Value(1.5)
        assert exact_derivatives(cube(leaf), [leaf])[0].value == 6.75
        with pytest.raises(NotImplementedError):
            gamma(leaf)
    finally:
        del PRIMITIVES["cube_for_exact"], PRIMITIVES["gamma_for_exact"]
