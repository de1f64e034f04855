"""Functions of many numbers: NumPy's arrays at the door, products with a vector, and Taylor series."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys

import mpmath
import numpy as np
import pytest
from cases import CASES, mpmath_function

import tinygrad_neuron as tg
from tinygrad_neuron import (
    Value,
    compile,
    grad,
    gradient,
    hessian,
    hvp,
    jacobian,
    jvp,
    ops,
    taylor,
    value_and_grad,
    vjp,
)
from tinygrad_neuron.arrays import SAME
from tinygrad_neuron.nn import SGD, Neuron, fit
from tinygrad_neuron.primitives import FUNCTIONS, PRIMITIVES
from tinygrad_neuron.series import Series

W = np.array([[0.5, -0.2, 0.1], [0.3, 0.8, -0.4]])
X = np.array([1.0, 2.0, -1.0])


def network(w, x):
    return (np.tanh(w @ x) ** 2).sum()


def squares(xs):
    return sum((k + 1) * x * x for k, x in enumerate(xs))


# ---------------------------------------------------------------- arrays in, arrays out
class TestGradients:
    def test_a_gradient_has_the_shape_of_its_argument(self):
        value, slope = value_and_grad(network)(W, X)
        y = np.tanh(W @ X)
        assert type(value) is float
        assert value == pytest.approx((y**2).sum())
        assert isinstance(slope, np.ndarray)
        assert slope.dtype == np.float64
        np.testing.assert_allclose(slope, np.outer(2 * y * (1 - y**2), X), rtol=1e-14)

    def test_lists_are_lists_and_arrays_are_arrays(self):
        assert grad(squares)([1.0, 2.0]) == [2.0, 8.0]
        found = grad(squares)(np.array([1.0, 2.0]))
        assert isinstance(found, np.ndarray)
        assert found.tolist() == [2.0, 8.0]

    def test_structures_of_arrays(self):
        found = grad(lambda p: (p["w"] @ X + p["b"]).sum() * p["scale"][0])({"w": W, "b": 1.0, "scale": (2.0,)})
        np.testing.assert_array_equal(found["w"], 2.0 * np.array([X, X]))
        assert found["b"] == 4.0
        assert type(found["scale"]) is tuple

    @pytest.mark.parametrize("kind", [np.float32, np.int64, np.bool_])
    def test_other_numbers_become_floats(self, kind):
        found = grad(squares)(np.array([1, 0, 1], dtype=kind))
        assert found.dtype == np.float64
        assert found.tolist() == [2.0, 0.0, 6.0]

    def test_arrays_of_no_axis_and_of_no_elements(self):
        assert grad(lambda x: x * x)(np.array(3.0)).shape == ()
        assert value_and_grad(lambda x: x.sum() + 1.0)(np.zeros((0, 3)))[1].shape == (0, 3)
        assert grad(lambda x: np.asarray(x.sum()))(X).tolist() == [1.0, 1.0, 1.0]

    def test_several_arguments_and_names(self):
        w, x = grad(network, wrt=("w", "x"))(W, x=X)
        assert (w.shape, x.shape) == (W.shape, X.shape)

    def test_an_array_of_values_gives_values_that_can_be_differentiated_again(self):
        x = np.array([Value(1.0), Value(2.0)], dtype=object)
        found = grad(lambda x: (x**3).sum())(x)
        assert [each.data for each in found] == [3.0, 12.0]
        assert gradient(found[1], x[1])[0].data == 12.0
        assert grad(lambda x: (grad(lambda z: (z**3).sum())(x) * x).sum())(np.array([1.0, 2.0])).tolist() == [9.0, 36.0]

    def test_shapes_of_jacobians_and_hessians(self):
        assert jacobian(lambda w: w @ X)(W).shape == (2, 2, 3)
        assert hessian(lambda w: network(w, X))(W).shape == (2, 3, 2, 3)
        w, x = jacobian(lambda w, x: w @ x, wrt=(0, 1))(W, X)
        assert w.shape == (2, 2, 3)
        np.testing.assert_array_equal(x, W)
        by_parts = jacobian(lambda p: np.array([p["a"] * 2, p["a"] * p["b"][1]]))({"a": 3.0, "b": [1.0, 5.0]})
        assert by_parts["a"].tolist() == [2.0, 5.0]
        assert [each.tolist() for each in by_parts["b"]] == [[0.0, 0.0], [0.0, 3.0]]
        assert [row.tolist() for row in jacobian(lambda x: [x.sum(), x[0]])(X)] == [[1.0, 1.0, 1.0], [1.0, 0.0, 0.0]]

    def test_wrong_calls_say_what_to_do(self):
        with pytest.raises(TypeError, match=r"an array of shape \(3,\): add it up, or see jacobian"):
            grad(lambda x: x * 2)(X)
        with pytest.raises(TypeError, match="only real numbers"):
            grad(squares)(np.array([1j]))
        with pytest.raises(TypeError, match="got str"):
            grad(squares)(np.array(["a"]))
        with pytest.raises(TypeError, match=r"\.data|\.item"):
            grad(lambda x: x.astype(float).sum())(X)

    def test_numpy_is_imported_for_arrays_alone(self):
        program = (
            "import sys, tinygrad_neuron as tg; tg.grad(lambda x: x[0] * x[1])([1.0, 2.0]);"
            "tg.compile(lambda x: x * x, 0)(2.0); tg.taylor(tg.exp, 0.0, 3); assert 'numpy' not in sys.modules"
        )
        subprocess.run([sys.executable, "-c", program], check=True)


UNARY = (
    "exp expm1 exp2 log log1p log2 log10 sqrt cbrt sin cos tan arcsin arccos arctan sinh cosh tanh "
    "arcsinh arctanh absolute fabs square negative positive conjugate sign floor"
)
BINARY = "maximum minimum fmax fmin hypot arctan2 logaddexp power"
METHODS = "arcsin arctan arctanh log1p expm1 cbrt sinh log10 exp2 fabs tanh exp sqrt"


class TestArraysOfValues:
    @pytest.mark.parametrize(
        "name",
        UNARY.split(),
    )
    def test_functions_of_one_array(self, name):
        point = np.array([0.3, 0.7])
        found = value_and_grad(lambda x: getattr(np, name)(x).sum())(point)
        by_hand = FUNCTIONS.get(SAME.get(name, name.replace("arc", "a")))
        assert found[0] == pytest.approx(getattr(np, name)(point).sum(), rel=1e-14)
        if by_hand:
            assert found[1].tolist() == [grad(by_hand)(0.3), grad(by_hand)(0.7)]

    @pytest.mark.parametrize("name", BINARY.split())
    def test_functions_of_two(self, name):
        a, b = np.array([0.3, 0.7]), np.array([0.5, 0.2])
        value, slopes = value_and_grad(lambda a, b: getattr(np, name)(a, b).sum(), wrt=(0, 1))(a, b)
        assert value == pytest.approx(getattr(np, name)(a, b).sum(), rel=1e-14)
        h = 1e-6
        for k, slope in enumerate(slopes):
            sides = [[a, b], [a, b]]
            sides[0][k], sides[1][k] = sides[0][k] + h, sides[1][k] - h
            np.testing.assert_allclose(
                slope, (getattr(np, name)(*sides[0]) - getattr(np, name)(*sides[1])) / (2 * h), atol=1e-8
            )

    @pytest.mark.parametrize(
        "name",
        METHODS.split(),
    )
    def test_an_array_that_one_makes_of_values(self, name):
        x = Value(0.4)
        (found,) = getattr(np, name)(np.array([x], dtype=object))
        assert found.data == pytest.approx(getattr(np, name)(0.4), rel=1e-14)
        assert found.operands[0] is x
        with pytest.raises(AttributeError, match="has no attribute 'arcsinus'"):
            x.arcsinus  # noqa: B018

    def test_what_arrays_can_do(self):
        x = np.array([[0.5, -1.0], [2.0, 0.25]])
        for function in (
            lambda x: x.mean(),
            lambda x: x.std() + x.var(),
            lambda x: (x @ x.T).trace(),
            lambda x: np.linalg.norm(x),
            lambda x: np.clip(x, -0.5, 1.0).sum(),
            lambda x: x.reshape(4)[::2].sum() + x[x > 0].sum(),
            lambda x: np.einsum("ij,jk->", x, x),
            lambda x: x.max() + x.min(),
            lambda x: np.concatenate([x, x]).prod(),
            lambda x: np.where(x > 0, x * x, -x).sum(),
            lambda x: np.add.outer(x[0], x[1]).sum() ** 2,
        ):
            value, slope = value_and_grad(function)(x)
            assert value == pytest.approx(float(function(x)), rel=1e-12)
            for place in np.ndindex(x.shape):
                step = np.zeros_like(x)
                step[place] = 1e-6
                faux = (function(x + step) - function(x - step)) / 2e-6
                assert slope[place] == pytest.approx(faux, abs=1e-7), place

    def test_operations_in_place(self):
        def function(x):
            z = x * 1.0
            z -= 2 * x
            np.multiply(z, 3.0, out=z)
            return z.sum()

        assert grad(function)(X).tolist() == [-3.0] * 3

    def test_a_tie_is_shared_as_everywhere(self):
        assert grad(lambda x: np.maximum(x, 0.0).sum())(np.array([-1.0, 0.0, 2.0])).tolist() == [0.0, 0.5, 1.0]

    def test_nothing_warns_where_ieee_754_has_an_answer(self, recwarn):
        value_and_grad(lambda x: (np.exp(x) + np.tanh(x)).sum())(np.array([800.0, -800.0]))
        assert not recwarn.list


class TestCompiled:
    @pytest.mark.parametrize("target", ["python", "native"])
    def test_a_step_takes_and_gives_arrays(self, target):
        step = compile(network, wrt=(0, 1), target=target)
        for scale in (1.0, 0.5):
            value, (w, x) = step(W * scale, X)
            expected, (slope_w, slope_x) = value_and_grad(network, wrt=(0, 1))(W * scale, X)
            assert value == pytest.approx(expected, rel=1e-14)
            np.testing.assert_allclose(w, slope_w, rtol=1e-13)
            np.testing.assert_allclose(x, slope_x, rtol=1e-13)
        assert step.variants == 1

    def test_lists_and_arrays_in_turn(self):
        step = compile(squares, 0)
        for _ in range(3):
            assert step([1.0, 2.0]) == (9.0, [2.0, 8.0])
            found = step(np.array([1.0, 2.0]))[1]
            assert isinstance(found, np.ndarray)
            assert found.tolist() == [2.0, 8.0]
        assert step.variants == 2

    def test_values_that_are_arrays(self):
        found = compile(lambda x: {"y": np.tanh(x), "z": x[0]})(X)
        np.testing.assert_allclose(found["y"], np.tanh(X))
        assert found["z"] == 1.0

    def test_a_maximum_of_arrays_is_one_variant(self):
        step = compile(lambda x: np.maximum(x, 0.0).sum(), 0)
        assert [step(point)[1].tolist() for point in (np.array([1.0, -1.0]), np.array([-1.0, 1.0]))] == [[1, 0], [0, 1]]
        assert step.variants == 1

    def test_its_source_reads_as_for_a_list(self):
        assert compile(squares, 0).record(np.ones(2)).source == compile(squares, 0).record([1.0, 1.0]).source


def test_fit_takes_arrays():
    inputs, targets = np.array([[0.0], [1.0], [2.0]]), np.array([1.0, 3.0, 5.0])
    for data in ((inputs, targets), np.column_stack([inputs, targets])):
        neuron = Neuron(1, "linear", weights=[0.0])
        fit(neuron, data, optimizer=SGD(neuron.parameters(), 0.2), steps=300)
        assert neuron.weights[0].data == pytest.approx(2.0, abs=1e-6)
    assert neuron(np.array([3.0])).data == pytest.approx(7.0, abs=1e-5)


# ---------------------------------------------------------------- products with a vector
class TestProducts:
    def test_they_are_those_of_the_matrices(self):
        direction, weights = np.array([0.3, -1.0, 2.0]), np.array([2.0, -0.5])
        layer = lambda x: np.tanh(W @ x)
        matrix = jacobian(layer)(X)
        np.testing.assert_allclose(jvp(layer, (X,), (direction,))[1], matrix @ direction, rtol=1e-13)
        value, (product,) = vjp(layer, (X,), weights)
        np.testing.assert_allclose(value, layer(X))
        np.testing.assert_allclose(product, weights @ matrix, rtol=1e-13)
        loss = lambda x: network(W, x)
        (slope,), (curved,) = hvp(loss, (X,), (direction,))
        np.testing.assert_allclose(slope, grad(loss)(X))
        np.testing.assert_allclose(curved, hessian(loss)(X) @ direction, rtol=1e-12)

    def test_structures_and_several_arguments(self):
        output, products = vjp(
            lambda p, c: {"s": p["a"] * c, "d": [p["a"] - c]}, ({"a": 2.0}, 3.0), {"s": 1.0, "d": [10.0]}
        )
        assert output == {"s": 6.0, "d": [-1.0]}
        assert products == ({"a": 13.0}, -8.0)
        assert hvp(lambda x, y: x * x * y, (2.0, 3.0), (1.0, 0.0)) == ((12.0, 4.0), (6.0, 4.0))

    def test_values_stay_values(self):
        x = Value(3.0)
        _, (slope,) = vjp(lambda x: x**3, (x,), 1.0)
        assert gradient(slope, x)[0].data == 18.0
        weight = Value(2.0)
        assert gradient(vjp(lambda x: x**3, (3.0,), weight)[1][0], weight)[0].data == 27.0

    def test_outputs_that_do_not_depend_on_the_argument(self):
        assert vjp(lambda x: [1.0, x], (2.0,), [5.0, 1.0]) == ([1.0, 2.0], (1.0,))
        assert vjp(lambda _: 1.0, (2.0,), 1.0) == (1.0, (0.0,))

    def test_a_missing_number_is_named(self):
        with pytest.raises(ValueError, match="2 numbers came out and there are 1 cotangents"):
            vjp(lambda x: [x, x], (1.0,), [1.0])
        with pytest.raises(ValueError, match="2 numbers in primals and 1 in tangents"):
            hvp(lambda p: p[0] * p[1], ([1.0, 2.0],), ([1.0],))
        with pytest.raises(TypeError, match="a gradient is of one number"):
            hvp(lambda x: [x], (1.0,), (1.0,))


# ---------------------------------------------------------------- Taylor series
FLAT_OR_ROUNDED = {"less", "less_equal", "equal", "step", "sign", "floor", "stop_gradient", "refined", "nonnegative"}
ORDER = 10


def along(name, function):
    """A function of the table along a line through the middle of its case, as a function of one number."""
    point = [(low + 2 * high) / 3 + 0.01 * k for k, (low, high) in enumerate(CASES[name].domains)]
    apply = lambda function, t: function(*(x + (0.1 + 0.05 * k) * t for k, x in enumerate(point)))
    return lambda t: apply(function, t)


class TestTaylor:
    @pytest.mark.parametrize("name", [name for name in CASES if name not in FLAT_OR_ROUNDED])
    def test_every_function_of_the_table_against_mpmath(self, name):
        ours = (lambda *ws: ops.dot(ws[:2], ws[2:])) if name == "dot" else FUNCTIONS[name]
        found = taylor(along(name, ours), 0.0, ORDER)
        with mpmath.workdps(60):
            exact = mpmath.taylor(along(name, mpmath_function(name)), 0, ORDER)
        size = max(1.0, *(abs(float(c)) for c in exact))
        for k, (c, e) in enumerate(zip(found, exact, strict=True)):
            assert abs(c - float(e)) <= 1e-13 * size + 1e-12 * abs(float(e)), (k, c, float(e))

    @pytest.mark.parametrize(
        ("function", "exact", "x"),
        [
            (lambda x: x**-0.5, lambda x: x ** mpmath.mpf(-0.5), 0.7),
            (lambda x: x**x, lambda x: x**x, 0.7),
            (lambda x: x**20, lambda x: x**20, 0.3),
            (lambda x: 2**x / (1 + x * x), lambda x: 2**x / (1 + x * x), 0.5),
            (
                lambda x: ops.exp(ops.sin(x)) * ops.log(1 + x * x),
                lambda x: mpmath.exp(mpmath.sin(x)) * mpmath.log(1 + x * x),
                1.3,
            ),
            (lambda x: ops.tanh(ops.tanh(x)), lambda x: mpmath.tanh(mpmath.tanh(x)), 0.4),
        ],
    )
    def test_order_30_of_compositions(self, function, exact, x):
        with mpmath.workdps(80):
            for c, e in zip(taylor(function, x, 30), mpmath.taylor(exact, mpmath.mpf(x), 30), strict=True):
                assert abs(c - float(e)) <= 1e-9 * abs(float(e)) + 1e-15

    def test_it_is_grad_of_grad(self):
        function = lambda x: ops.sigmoid(x * x) / ops.sqrt(1 + x)
        nested, factor = function, 1.0
        for k, c in enumerate(taylor(function, 0.6, 4)):
            assert c * factor == pytest.approx(nested(0.6), rel=1e-12)
            nested, factor = grad(nested), factor * (k + 1)

    def test_a_polynomial_ends(self):
        assert taylor(lambda x: x**3 - 2 * x, 2.0, 6) == [4.0, 10.0, 6.0, 1.0, 0.0, 0.0, 0.0]

    def test_at_the_edges_it_follows_the_conventions(self):
        assert taylor(ops.abs, 0.0, 2) == taylor(ops.relu, 0.0, 2) == [0.0, 0.0, 0.0]
        assert taylor(ops.sqrt, 0.0, 1) == [0.0, math.inf]
        assert taylor(ops.log, 0.0, 1) == [-math.inf, math.inf]
        assert taylor(lambda x: ops.where(x > 0, x * x, ops.log(x)), 2.0, 2) == [4.0, 4.0, 1.0]
        assert taylor(lambda x: ops.where(x > 0, 5 * x, 3 * x), -2.0, 2) == [-6.0, 3.0, 0.0]

    def test_structures_constants_and_arrays(self):
        assert taylor(lambda x: {"a": x * x, "b": [x, 3.0]}, 2.0, 2) == {"a": [4, 4, 1], "b": [[2, 1, 0], [3, 0, 0]]}
        assert [each.tolist() for each in taylor(lambda t: X * t, 2.0, 1)] == [[2.0, 4.0, -2.0], [1.0, 2.0, -1.0]]
        assert taylor(lambda x: 3.0, 1.0, 2) == [3.0, 0.0, 0.0]
        assert taylor(lambda x: x, 1.0, 0) == [1.0]

    def test_coefficients_are_values_where_values_are_used(self):
        a = Value(2.0)
        found = taylor(lambda x: ops.exp(a * x), 0.0, 3)
        found[3].backward()
        assert found[3].data == pytest.approx(8 / 6)
        assert a.grad == pytest.approx(3 * 4 / 6)
        assert [each.data for each in taylor(lambda x: a**x, Value(1.0), 1)] == [2.0, pytest.approx(2 * math.log(2))]

    def test_a_primitive_of_ones_own(self):
        cube = tg.primitive("cube", lambda x: x * x * x, lambda y, x: 3.0 * x * x)
        assert taylor(cube, 2.0, 4) == [8.0, 12.0, 6.0, 1.0, 0.0]
        blind = tg.primitive("blind", math.lgamma, None)
        with pytest.raises(tg.MissingRuleError, match="blind has no partial"):
            taylor(blind, 2.0, 1)

    def test_deep_graphs_and_high_orders(self):
        def deep(x):
            for _ in range(3000):
                x = x + 0.001 * x
            return x

        assert taylor(deep, 1.0, 3)[1] == pytest.approx(1.001**3000)
        assert len(taylor(lambda x: ops.sin(x) ** -0.5, 1.0, 300)) == 301

    def test_the_series_of_an_order_grow_with_it_and_not_exponentially(self):
        """Each coefficient is a sum of at most n products: as many coefficients as n mean a time of n²."""
        counts = []
        for n in (40, 80, 160):
            variable = Series([1.0, 1.0])
            root = ops.tanh(ops.sin(variable) / (1.0 + variable * variable))
            root.extend(n)
            assert math.isfinite(root[n])
            counts.append((len(variable._made), sum(len(y._known) for y, _ in variable._made.values())))
        assert len({made for made, _ in counts}) == 1
        assert all(longer <= 2 * shorter for (_, shorter), (_, longer) in itertools.pairwise(counts))

    @pytest.mark.parametrize("n", [-1, 1.5])
    def test_a_wrong_order(self, n):
        with pytest.raises(ValueError, match="n must be a whole number of 0 or above"):
            taylor(ops.exp, 0.0, n)

    def test_more_than_one_number(self):
        with pytest.raises(TypeError, match=r"of one number, got 2: take lambda t"):
            taylor(lambda p: p[0] * p[1], [1.0, 2.0], 2)


# ---------------------------------------------------------------- functions of many numbers
@pytest.mark.parametrize("name", [name for name, entry in PRIMITIVES.items() if entry.fold and name != "dot"])
@pytest.mark.parametrize("target", ["python", "array", "native"])
def test_of_one_number_they_compile_to_what_they_are(name, target):
    step = compile(FUNCTIONS[name], 0, target)
    for x in (0.25, 1.5):
        value, slope = value_and_grad(FUNCTIONS[name])(x)
        assert [float(each) for each in step(x)] == pytest.approx([value, slope], rel=1e-14, abs=1e-15)


def test_log_softmax_is_the_logarithm_of_softmax():
    xs = [Value(x) for x in (1.0, 2.0, -3.0)]
    for k, (each, share) in enumerate(zip(ops.log_softmax(xs), ops.softmax(xs), strict=True)):
        assert each.data == pytest.approx(math.log(share.data), rel=1e-14)
        slopes = [slope.data for slope in gradient(each, *xs)]
        expected = [float(j == k) - other.data for j, other in enumerate(ops.softmax(xs))]
        assert slopes == pytest.approx(expected, rel=1e-14)
    assert ops.log_softmax([0.0, 1e6]) == [-1e6, 0.0]


def test_hypot_of_many_sides():
    assert ops.hypot(2.0, 3.0, 6.0) == ops.hypot([2.0, 3.0, 6.0]) == 7.0
    assert ops.hypot(-3.0) == 3.0
    x, y, z = (Value(each) for each in (0.0, 0.0, 2.0))
    ops.hypot(x, y, z).backward()
    assert (x.grad, y.grad, z.grad) == (0.0, 0.0, 1.0)
    assert ops.hypot(Value(3.0), 4.0).primitive is PRIMITIVES["hypot"]


def test_a_product_with_nothing_is_nothing_to_the_second_order():
    a, b = Value(0.0), Value(2.0)
    (by_a, by_b) = gradient(ops.xlogy(a, b), a, b)
    assert [each.data for each in gradient(by_b, a, b)] == [0.5, 0.0]
    assert [each.data for each in gradient(by_a, a, b)] == [0.0, 0.5]
