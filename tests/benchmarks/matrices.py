"""A recovered array program beside the same network written by hand in NumPy: `python tests/benchmarks/matrices.py`.

Both take turns in one run; what counts is the ratio of the least times.
"""

# ruff: noqa: N803, N806 (as mathematics has it)
from __future__ import annotations

import random
import time

import numpy as np

from tinygrad_neuron import matrices
from tinygrad_neuron.nn import MLP

SAMPLES, ROUNDS = 1000, 300


def loss(model, X, y):
    """As people write it."""
    total = 0
    for x, t in zip(X, y, strict=True):
        total = total + (model(x)[0] - t) ** 2
    return total / len(X)


def by_hand(W1, X, b1, W2, b2, W3, b3, Y):
    """Both passes as a course writes them."""
    n = X.shape[1]
    H1 = np.tanh(W1 @ X + b1[:, None])
    H2 = np.tanh(W2 @ H1 + b2[:, None])
    E = W3 @ H2 + b3 - Y
    dZ3 = 2 * E / n
    dZ2 = (W3.T @ dZ3) * (1 - H2**2)
    dZ1 = (W2.T @ dZ2) * (1 - H1**2)
    slopes = {"W1": dZ1 @ X.T, "b1": dZ1.sum(axis=1), "W2": dZ2 @ H1.T, "b2": dZ2.sum(axis=1)}
    return (E**2).sum() / n, {**slopes, "W3": dZ3 @ H2.T, "b3": dZ3.sum()}


def main() -> None:
    """Print the ratio."""
    chance, model = random.Random(1), MLP([2, 16, 16, 1], "tanh", seed=1)
    X = [[chance.uniform(-1, 1), chance.uniform(-1, 1)] for _ in range(SAMPLES)]
    y = [chance.uniform(-1, 1) for _ in X]
    program = matrices(lambda X, y: loss(model, X, y), X[:5], y[:5])
    arrays = {**program.inputs, "X": np.array(X).T.copy(), "Y": np.array([y])}
    one, other = program.function()(*arrays.values()), by_hand(**arrays)
    assert np.isclose(one[0], other[0])
    assert all(np.allclose(one[1][name], other[1][name]) for name in other[1])
    least = [float("inf"), float("inf")]
    for _ in range(ROUNDS):
        for k, run in enumerate((lambda: program.function()(*arrays.values()), lambda: by_hand(**arrays))):
            start = time.perf_counter()
            run()
            least[k] = min(least[k], time.perf_counter() - start)
    print(f"recovered {least[0] * 1e6:.0f} µs, by hand {least[1] * 1e6:.0f} µs: {least[0] / least[1]:.2f} times")


if __name__ == "__main__":
    main()
