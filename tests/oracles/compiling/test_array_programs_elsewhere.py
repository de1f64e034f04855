"""The text of an array program under JAX and PyTorch: run, compiled, and differentiated again."""

# ruff: noqa: N803, N806 (as mathematics has it)
from __future__ import annotations

import random
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "compiling"))

from test_array_programs import OTHERS, autoencoder, draw, parameters, transformer_block, with_loops

from tinygrad_neuron import matrices, mean, surprise
from tinygrad_neuron.nn import MLP


def programs():
    """Recovered programs by name."""
    chance = random.Random(7)
    found = {}
    for activation in ("tanh", "relu", "sigmoid", "softplus"):
        model = MLP((2, 4, 3, 1), activation, seed=1)
        found[activation] = matrices(
            lambda X, y, model=model: with_loops(model, X, y), draw(chance, 5, 2), draw(chance, 5)
        )
    for function, shapes in OTHERS.items():
        p, data = parameters(chance, **shapes), [draw(chance, 5, 3), draw(chance, 5)]
        data = data[:1] if function is autoencoder else data
        found[function.__name__] = matrices(lambda *data, f=function, p=p: f(p, *data), *data)
    shapes = {"X": (5, 4), **dict.fromkeys("QKVO", (4, 4)), "W1": (6, 4), "b1": (6,), "W2": (4, 6), "b2": (4,)}
    found["transformer"] = matrices(transformer_block(parameters(chance, **shapes)))
    logits = parameters(chance, Z=(4, 3))["Z"]
    found["cross-entropy"] = matrices(
        mean([surprise(row[k % 3], *row[: k % 3], *row[k % 3 + 1 :]) for k, row in enumerate(logits)])
    )
    return found


PROGRAMS = programs()


@pytest.fixture
def jax():
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    return jax


def assert_equal(found, expected):
    assert np.isclose(float(found[0]), float(expected[0]), rtol=1e-12)
    for name, gradient in expected[1].items():
        assert np.allclose(np.asarray(found[1][name]), gradient, rtol=1e-10, atol=1e-12), name


@pytest.mark.parametrize("name", PROGRAMS)
def test_jax_runs_compiles_and_differentiates_it(jax, name):
    program = PROGRAMS[name]
    run, expected = program.function(jax.numpy), program()
    arrays = [jax.numpy.asarray(each) for each in program.inputs.values()]
    assert_equal(run(*arrays), expected)
    assert_equal(jax.jit(run)(*arrays), expected)
    places = [k for k, each in enumerate(program.inputs) if each in expected[1]]
    slopes = jax.grad(lambda *given: run(*given)[0].sum(), argnums=places)(*arrays)
    for k, slope in zip(places, slopes, strict=True):
        assert np.allclose(slope, expected[1][list(program.inputs)[k]], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", PROGRAMS)
def test_pytorch_runs_and_differentiates_it(name):
    torch = pytest.importorskip("torch")
    program = PROGRAMS[name]
    expected = program()
    arrays = {each: torch.tensor(array, requires_grad=True) for each, array in program.inputs.items()}
    value, gradients = program.function(torch)(*arrays.values())
    value.sum().backward()
    assert_equal((value.detach(), {each: slope.detach() for each, slope in gradients.items()}), expected)
    for each, slope in expected[1].items():
        assert np.allclose(arrays[each].grad, slope, rtol=1e-9, atol=1e-12), each


def test_arguments_of_pytorch():
    torch = pytest.importorskip("torch")
    chance = random.Random(1)
    X, y = draw(chance, 9, 2), draw(chance, 9)
    program = PROGRAMS["tanh"]
    tensors = (torch.tensor(each, dtype=torch.float64) for each in (X, y))
    assert_equal(program(*tensors), program(X, y))
