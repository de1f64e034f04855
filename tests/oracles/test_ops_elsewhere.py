"""Every primitive against PyTorch and JAX, up to the third order."""

from __future__ import annotations

import functools

import pytest
from cases import CASES, jax_functions, torch_functions
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples, points
from test_ops import DIFFERENTIABLE, close, derivatives


@pytest.mark.parametrize("name", DIFFERENTIABLE)
@given(data=st.data())
@examples(10)
def test_against_pytorch(name, data):
    torch = pytest.importorskip("torch")
    many = data.draw(points(CASES[name], 6))
    for k in range(len(many[0])):
        columns = [torch.tensor(column, dtype=torch.float64, requires_grad=True) for column in zip(*many, strict=True)]
        row = torch_functions()(name)(*columns)
        ours = list(zip(*(derivatives(name, xs, k, 3) for xs in many), strict=True))
        for order in range(4):
            for found, expected in zip(ours[order], row.detach().tolist(), strict=True):
                assert close(found, expected), (k, order)
            row = row + 0.0 * columns[k]  # so that constants have a gradient too
            (row,) = torch.autograd.grad(row.sum(), columns[k], create_graph=True)
            row = row + 0.0 * columns[k]


@functools.cache
def jax_derivatives(name, k):
    import jax

    steps = [jax_functions()(name)]
    for _ in range(3):
        steps.append(jax.grad(steps[-1], argnums=k))
    return jax.jit(jax.vmap(lambda *xs: [step(*xs) for step in steps]))


@pytest.mark.parametrize("name", DIFFERENTIABLE)
@given(data=st.data())
@examples(10)
def test_against_jax(name, data):
    pytest.importorskip("jax")
    import numpy as np

    many = data.draw(points(CASES[name], 6))
    columns = [np.array(column) for column in zip(*many, strict=True)]
    for k in range(len(columns)):
        ours = zip(*(derivatives(name, xs, k, 3) for xs in many), strict=True)
        for order, (found, expected) in enumerate(zip(ours, jax_derivatives(name, k)(*columns), strict=True)):
            assert all(map(close, found, expected.tolist())), (k, order)
