"""The exact gradient, at points where differences of floats can't tell."""

from __future__ import annotations

import math
import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import flint
import mpmath
import pytest
from cases import CASES, mpmath_function
from hypothesis import given
from hypothesis import strategies as st
from strategies import BENDING, SMOOTH, WILD, examples, points, random_program
from test_backward import ours

from tinygrad_neuron import Value, check, maximum, ops, primitive
from tinygrad_neuron.checking import balls, enclosure, exact, recorded
from tinygrad_neuron.checking.derivative import Derivative
from tinygrad_neuron.checking.exact import exact_derivatives as exact_derivatives_of
from tinygrad_neuron.checking.exact import exact_hessian, exact_values
from tinygrad_neuron.primitives import FUNCTIONS, PRIMITIVES, apply
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
        (lambda x: ops.where(x, 2.0, 5.0) + x, 0.0, "jump", math.inf, -math.inf),
        (lambda x: ops.where(x > 1.0, 2.0, 5.0) + x, 0.0, "smooth", 1.0, 1.0),
        (lambda x: ops.minimum(x, x, ops.where(ops.less(2.0, x), 2.0, x)), 2.0, "kink", 1.0, 0.0),
        (lambda x: ops.where(x, x, 0.0), 0.0, "smooth", 1.0, 1.0),
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


@pytest.fixture(params=["mpmath", "floats"])
def without_flint(request, monkeypatch):
    """An installation without python-flint, with mpmath or without it too."""
    for module in (exact, recorded):
        monkeypatch.setattr(module, "has_flint", lambda: False)
        monkeypatch.setattr(module, "has_mpmath", lambda: request.param == "mpmath")
    return request.param


class TestWithoutFlint:
    """The fallback may be less sharp, but gives neither FAIL nor KINK where the exact checker gives PASS."""

    def test_right_and_wrong_figures(self, without_flint):
        leaf = Value(0.5, label="x")
        assert check(leaf.tanh()).verdict == "PASS"
        assert check(leaf.tanh(), {"x": 0.5}).verdict == "FAIL"

    def test_a_tie_is_a_tie(self, without_flint):
        assert check(Value(0.0, label="x").relu()).verdict == "TIE"

    def test_a_wrong_rule_is_found(self, without_flint):
        wrong = primitive("wrong_without_flint", lambda x: x * x, lambda y, x: 3.0 * x)
        result = check(maximum(wrong(Value(0.5, label="x")), -1e300))
        assert (result.verdict, "of wrong_without_flint is 1.5 and should be 1" in result.rows[0].reason) == (
            "FAIL",
            True,
        )

    def test_random_programs(self, without_flint, monkeypatch):
        chance, seen = random.Random(len(without_flint)), 0
        for _ in range(150):
            numbers = [chance.choice([0.0, 0.5, 1.0, -1.0, chance.uniform(-2, 2)]) for _ in range(4)]
            program = random_program(chance, numbers, SMOOTH | BENDING | WILD, longest=10)
            leaves = [Value(x, label=f"x{k}") for k, x in enumerate(program.inputs)]
            root = program.run(leaves, ours)[-1]
            if root.is_constant:
                continue
            rows = check(root).rows
            with monkeypatch.context() as here:
                for module in (exact, recorded):
                    here.setattr(module, "has_flint", lambda: True)
                for row, other in zip(rows, check(root).rows, strict=True):
                    seen += other.verdict == "PASS"
                    assert not (other.verdict == "PASS" and row.verdict in ("FAIL", "KINK")), (program, row, other)
        assert seen > 50


@pytest.mark.parametrize("name", ["logsumexp", "share", "surprise", "maximum", "minimum", "sum", "dot"])
@given(xs=st.lists(st.floats(-5, 5), min_size=4, max_size=4, unique=True))
@examples(10)
def test_partials_at_once_are_those_of_the_series(name, xs):
    entry = PRIMITIVES[name]
    with balls.precision(256, 2):
        numbers = [flint.arb(x) for x in xs]
        at_once = enclosure.apply(balls.Balls(), entry, numbers, [True] * 4)
        one_by_one = enclosure._one_by_one(balls.Balls(), entry, numbers, [True] * 4)
        pairs = zip([at_once[0], *at_once[1]], [one_by_one[0], *one_by_one[1]], strict=True)
        assert all(abs(a - b) < 1e-60 for a, b in pairs)


class TestBalls:
    def test_the_precision_is_restored_also_after_an_error(self):
        before = flint.ctx.prec, flint.ctx.cap
        with suppress(ZeroDivisionError), balls.precision(999, 3):
            assert (flint.ctx.prec, flint.ctx.cap) == (999, 3)
            raise ZeroDivisionError
        check(Value(0.0, label="x").relu())
        assert (flint.ctx.prec, flint.ctx.cap) == before

    def test_threads_do_not_change_each_others_precision(self):
        program = Program.of(Value(1e-13) + 1 - 1.0)
        narrow = Program.of((Value(1e-300) + 1).log())
        with ThreadPoolExecutor(8) as pool:
            jobs = [pool.submit(exact_values, each) for _ in range(50) for each in (program, narrow)]
            found = {job.result()[0] for job in jobs}
        assert found == {1e-13, 1e-300}

    def test_every_primitive_of_the_table_has_a_form(self):
        known = balls.FUNCTIONS.keys() | balls.DECIDING.keys()
        composed = {name for name in ops.NAMES if name in PRIMITIVES} - known
        assert composed == set()


def test_second_derivatives_from_series():
    x, w = Value(0.3), Value(0.7)
    program = Program.of((x * w).sin() * x.relu())
    found = exact_hessian(program, [program.places[x], program.places[w]])
    s, c = math.sin(0.21), math.cos(0.21)
    expected = [[2 * 0.7 * c - 0.49 * 0.3 * s, 2 * 0.3 * c - 0.09 * 0.7 * s], [0, -(0.3**3) * s]]
    expected[1][0] = expected[0][1]
    assert [[each.value for each in row] for row in found] == [pytest.approx(row, rel=1e-14) for row in expected]
    bent = Program.of(Value(0.0).relu() * 2.0)
    assert exact_hessian(bent, [0])[0][0].kind == "undefined"


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


@pytest.mark.parametrize(
    "name", ["gelu_slope", "gelu", "silu", "sigmoid_slope", "sech_squared", "softplus", "erfc", "tanh"]
)
def test_partials_next_to_nothing_are_right_to_the_digits_that_are_left(name):
    """Subnormal numbers have few digits, and rules multiply them."""
    for x in (-37.9, -38.2, -38.45, 37.7, 38.1, -355.0, 356.3, -708.5, -740.1, 709.1):
        for root in (FUNCTIONS[name](Value(x, label="x")), FUNCTIONS[name](Value(x, label="x")) * 3.0):
            assert check(root).verdict in ("PASS", "ILL-CONDITIONED"), (x, str(check(root)))
