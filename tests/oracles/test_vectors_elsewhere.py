"""Functions of many numbers beside SciPy's, JAX's and PyTorch's; and SciPy's own programs, run as written."""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
import pytest

from tinygrad_neuron import (
    compile,
    export,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    ops,
    taylor,
    value_and_grad,
    variables,
    vjp,
)

optimize, special = pytest.importorskip("scipy.optimize"), pytest.importorskip("scipy.special")
X0 = np.array([1.3, 0.7, 0.8, 1.9, 1.2])


def of_arrays(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def of_lists(x):
    return sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in itertools.pairwise(x))


# ---------------------------------------------------------------- SciPy
@pytest.mark.parametrize("function", [of_arrays, of_lists])
@pytest.mark.parametrize("method", ["BFGS", "L-BFGS-B", "CG", "TNC", "SLSQP"])
def test_minimize_takes_the_pair_of_value_and_gradient(function, method):
    ours = optimize.minimize(value_and_grad(function), X0, jac=True, method=method)
    theirs = optimize.minimize(optimize.rosen, X0, jac=optimize.rosen_der, method=method)
    assert ours.success
    np.testing.assert_allclose(ours.x, theirs.x, atol=1e-3)
    compiled = optimize.minimize(compile(function, 0), X0, jac=True, method=method)
    np.testing.assert_allclose(compiled.x, ours.x, atol=1e-3)


@pytest.mark.parametrize("method", ["Newton-CG", "trust-exact", "trust-ncg", "trust-krylov", "dogleg"])
def test_minimize_takes_the_hessian(method):
    start = np.array([1.05, 0.95, 1.02, 1.0, 0.98])
    found = optimize.minimize(value_and_grad(of_arrays), start, jac=True, hess=hessian(of_arrays), method=method)
    np.testing.assert_allclose(found.x, np.ones(5), atol=1e-3)


def test_minimize_takes_products_with_the_hessian():
    along = lambda x, p: hvp(of_arrays, (x,), (p,))[1][0]
    found = optimize.minimize(value_and_grad(of_arrays), X0, jac=True, hessp=along, method="trust-ncg")
    np.testing.assert_allclose(found.x, np.ones(5), atol=1e-4)


def test_further_arguments_of_minimize_and_the_other_programs():
    scaled = lambda x, a: a * of_arrays(x)
    assert optimize.minimize(value_and_grad(scaled), X0, args=(2.0,), jac=True).success
    residuals = lambda p: np.exp(p[0] * np.arange(4.0)) - np.exp(0.5 * np.arange(4.0)) + p[1]
    fitted = optimize.least_squares(lambda p: residuals(p), [0.1, 0.3], jac=jacobian(residuals))
    np.testing.assert_allclose(fitted.x, [0.5, 0.0], atol=1e-7)
    equations = lambda x: [x[0] * ops.cos(x[1]) - 4, x[1] * x[0] - x[1] - 5]
    plain = lambda x: [x[0] * math.cos(x[1]) - 4, x[1] * x[0] - x[1] - 5]
    solved = optimize.root(plain, [1.0, 1.0], jac=lambda x: np.array(jacobian(equations)(list(x))))
    assert solved.success
    assert optimize.check_grad(of_arrays, grad(of_arrays), X0) < 1e-4


def test_derivatives_of_rosenbrocks_function():
    for seed in range(20):
        x, p = np.random.default_rng(seed).normal(size=(2, 6))
        np.testing.assert_allclose(grad(of_arrays)(x), optimize.rosen_der(x), rtol=1e-11, atol=1e-9)
        np.testing.assert_allclose(hessian(of_arrays)(x), optimize.rosen_hess(x), rtol=1e-11, atol=1e-9)
        np.testing.assert_allclose(
            hvp(of_arrays, (x,), (p,))[1][0], optimize.rosen_hess_prod(x, p), rtol=1e-10, atol=1e-8
        )


@pytest.mark.filterwarnings("ignore:invalid value")
def test_values_are_those_of_scipy():
    chance = random.Random(0)
    points = [chance.uniform(0, 3) for _ in range(200)] + [0.0, 1.0, 1e-300, 1e300, math.nan]
    for a in points:
        b = chance.choice(points)
        pairs = [
            (ops.xlogy(a, b), special.xlogy(a, b)),
            (ops.log_sigmoid(-a), special.log_expit(-a)),
            (ops.logaddexp(a, b), np.logaddexp(a, b)),
            (ops.entropy(a, b), special.entr(a) + special.entr(b)),
            (ops.norm(a, b), np.hypot(a, b)),
            *zip(ops.log_softmax([a, b, 1.0]), special.log_softmax([a, b, 1.0]), strict=True),
        ]
        for k, (ours, theirs) in enumerate(pairs):
            assert ours == pytest.approx(float(theirs), rel=1e-13, abs=1e-14, nan_ok=True), (k, a, b)


# ---------------------------------------------------------------- JAX and PyTorch
def test_against_jax():
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", val=True)
    jnp = jax.numpy
    pairs = {
        "norm": (ops.norm, jnp.linalg.norm),
        "entropy": (ops.entropy, lambda x: jax.scipy.special.entr(x).sum()),
        "log_softmax": (lambda x: sum(ops.log_softmax(x)[:2]), lambda x: jax.nn.log_softmax(x)[:2].sum()),
        "logsumexp": (ops.logsumexp, jax.scipy.special.logsumexp),
        "logaddexp": (lambda x: ops.logaddexp(x[0], x[1] * x[2]), lambda x: jnp.logaddexp(x[0], x[1] * x[2])),
        "xlogy": (lambda x: ops.xlogy(x[0], x[1]), lambda x: jax.scipy.special.xlogy(x[0], x[1])),
        "log_sigmoid": (lambda x: ops.log_sigmoid(x[0] - x[2]), lambda x: jax.nn.log_sigmoid(x[0] - x[2])),
        "array": (lambda x: np.tanh(np.outer(x, x) @ x).sum(), lambda x: jnp.tanh(jnp.outer(x, x) @ x).sum()),
    }
    rng = np.random.default_rng(0)
    for name, (ours, theirs) in pairs.items():
        x, p = rng.uniform(0.2, 2.0, size=(2, 3))
        np.testing.assert_allclose(grad(ours)(x), jax.grad(theirs)(x), rtol=1e-11, atol=1e-13, err_msg=name)
        np.testing.assert_allclose(hessian(ours)(x), jax.hessian(theirs)(x), rtol=1e-10, atol=1e-12, err_msg=name)
        found, expected = jvp(ours, (x,), (p,)), jax.jvp(theirs, (x,), (p,))
        np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-13, err_msg=name)


def test_taylor_against_jet_of_jax():
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", val=True)
    from jax.experimental.jet import jet

    jnp = jax.numpy
    pairs = [
        (lambda x: ops.exp(ops.sin(x)) / (1 + x * x), lambda x: jnp.exp(jnp.sin(x)) / (1 + x * x)),
        (lambda x: ops.log(x) * ops.tanh(x), lambda x: jnp.log(x) * jnp.tanh(x)),
        (lambda x: ops.sqrt(x) + ops.logaddexp(x, 0.0), lambda x: jnp.sqrt(x) + jnp.log(1 + jnp.exp(x))),
    ]
    for ours, theirs in pairs:
        for x in (0.3, 0.9, 1.7):
            value, terms = jet(theirs, (x,), ([1.0, 0.0, 0.0, 0.0, 0.0, 0.0],))
            expected = [float(value), *(float(term) / math.factorial(k) for k, term in enumerate(terms, 1))]
            assert taylor(ours, x, 6) == pytest.approx(expected, rel=1e-9, abs=1e-11)


def test_products_and_shapes_against_jax():
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", val=True)
    jnp = jax.numpy
    rng = np.random.default_rng(1)
    w, x, v = rng.normal(size=(2, 3)), rng.normal(size=3), rng.normal(size=2)
    ours, theirs = (lambda w, x: np.tanh(w @ x)), (lambda w, x: jnp.tanh(w @ x))
    value, products = vjp(ours, (w, x), v)
    expected, back = jax.vjp(theirs, w, x)
    np.testing.assert_allclose(value, expected, rtol=1e-13)
    for found, one in zip(products, back(v), strict=True):
        np.testing.assert_allclose(found, one, rtol=1e-12)
    for found, one in zip(jacobian(ours, (0, 1))(w, x), jax.jacobian(theirs, (0, 1))(w, x), strict=True):
        np.testing.assert_allclose(found, one, rtol=1e-12)
    parts = {"w": w, "b": [0.5, x]}
    ours, theirs = (
        lambda p, np=np: np.tanh(p["w"] @ p["b"][1]) * p["b"][0],
        lambda p: jnp.tanh(p["w"] @ p["b"][1]) * p["b"][0],
    )
    found, expected = jacobian(ours)(parts), jax.jacobian(theirs)(parts)
    np.testing.assert_allclose(found["w"], expected["w"], rtol=1e-12)
    for one, other in zip(found["b"], expected["b"], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_against_pytorch_at_the_edges():
    torch = pytest.importorskip("torch")
    pairs = {
        "norm": (ops.norm, torch.linalg.vector_norm, [(0.0, 0.0), (3.0, -4.0)]),
        "entropy": (ops.entropy, lambda x: torch.special.entr(x).sum(), [(0.0, 1.0), (0.5, 2.0)]),
        "xlogy": (lambda x: ops.xlogy(x[0], x[1]), lambda x: torch.xlogy(x[0], x[1]), [(0.0, 2.0), (1.0, 0.0)]),
        "logaddexp": (
            lambda x: ops.logaddexp(x[0], x[1]),
            lambda x: torch.logaddexp(x[0], x[1]),
            [(1000.0, 1000.0), (-math.inf, 1.0), (-math.inf, -math.inf)],
        ),
        "log_sigmoid": (
            lambda x: ops.log_sigmoid(x[0]),
            lambda x: torch.nn.functional.logsigmoid(x[0]),
            [(-1000.0, 0.0), (30.0, 0.0)],
        ),
    }
    for name, (ours, theirs, points) in pairs.items():
        for point in points:
            tensor = torch.tensor(point, dtype=torch.float64, requires_grad=True)
            root = theirs(tensor)
            root.backward()
            value, slope = value_and_grad(ours)(list(point))
            assert value == pytest.approx(root.item(), rel=1e-13, nan_ok=True), (name, point)
            assert slope == pytest.approx(tensor.grad.tolist(), rel=1e-12, nan_ok=True), (name, point)


@pytest.mark.parametrize("point", [(0.0, 2.0), (0.5, 2.0)])
@pytest.mark.parametrize("language", ["torch", "jax"])
def test_what_is_exported_has_the_slope_at_zero(language, point):
    a, b = variables(a=point[0], b=point[1])
    root = ops.xlogy(a, b) + ops.norm(a, b) + ops.logaddexp(a, b) + ops.log_sigmoid(b)
    root.backward()
    names = {}
    exec(export(root, language), names)  # it compares the gradients with those found here
    found = names["gradients"]
    assert {name: float(found[name]) for name in "ab"} == pytest.approx({"a": a.grad, "b": b.grad}, rel=1e-12)


def test_columns_of_pandas():
    pandas = pytest.importorskip("pandas")
    assert grad(lambda x: (x * x * x).sum())(pandas.Series([1.0, 2.0])).tolist() == [3.0, 12.0]
