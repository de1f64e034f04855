"""check_grad gives SciPy's number, for all of its arguments."""

from __future__ import annotations

import random

import numpy as np
import pytest
from scipy import optimize

from tinygrad_neuron import check_grad


def quadratic(x, matrix, shift=0.0):
    return (x @ matrix @ x) / 2 + np.sum(np.tanh(x - shift)) + shift


def slope(x, matrix, shift=0.0):
    return matrix @ x + 1 - np.tanh(x - shift) ** 2


def draw(n):
    chance = random.Random(n)
    matrix = np.array([[chance.uniform(-2, 2) for _ in range(n)] for _ in range(n)])
    return matrix + matrix.T, np.array([chance.uniform(-5, 5) ** (1 + k % 2) for k in range(n)])


@pytest.mark.parametrize("n", [1, 2, 3, 8, 9])
@pytest.mark.parametrize("options", [{}, {"epsilon": 1e-4}, {"direction": "random"}])
def test_the_number_is_scipys(n, options):
    matrix, x0 = draw(n)
    for factor in (1.0, 1.5, -1.0):
        arguments = quadratic, lambda x, *args, factor=factor: factor * slope(x, *args), x0, matrix, 0.25
        theirs = {**options, "rng": np.random.default_rng(5)} if options.get("direction") else options
        ours = {**options, "rng": np.random.default_rng(5)} if options.get("direction") else options
        result = check_grad(*arguments, **ours)
        assert float(result) == optimize.check_grad(*arguments, **theirs)
        assert result.passed == (factor == 1.0)


@pytest.mark.parametrize("x0", [[0.0, 1e17], [-1e17, 3], [1, 2]])
def test_numbers_that_a_nudge_does_not_move_and_whole_ones(x0):
    def func(x):
        return x[0] * 3 - x[1]

    arguments = func, lambda _: np.array([3.0, -1.0]), x0
    assert float(check_grad(*arguments)) == optimize.check_grad(*arguments)


@pytest.mark.parametrize("n", [2, 5])
def test_functions_of_the_library_itself(n):
    x0 = [0.3 * k - 0.4 for k in range(n)]
    result = check_grad(optimize.rosen, optimize.rosen_der, x0)
    assert float(result) == optimize.check_grad(optimize.rosen, optimize.rosen_der, x0)
    assert result.passed
