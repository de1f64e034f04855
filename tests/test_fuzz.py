"""Graphs over extreme numbers: never an exception, never a complex number, always floats."""

from __future__ import annotations

import math
import random

import pytest
from piecewise_cases import COUNT
from strategies import BENDING, SMOOTH, WILD, random_program
from test_backward import ours

from tinygrad_neuron import Value, first_non_finite, gradient, topological_order

EXTREME = [0.0, -0.0, math.inf, -math.inf, math.nan, 1e308, -1e308, 5e-324, -5e-324, 1.0, -1.0]
ALL = SMOOTH | BENDING | WILD


@pytest.mark.parametrize("seed", range(10))
def test_random_graphs_over_extreme_numbers(seed):
    chance = random.Random(seed)
    for k in range(COUNT):
        program = random_program(chance, EXTREME, ALL, longest=8)
        leaves = [Value(x, constant=chance.random() < 0.1) for x in program.inputs]
        root = program.run(leaves, ours)[-1]
        if not root.is_constant:
            root.backward()
        for node in topological_order(root):
            assert type(node.data) is float
            assert type(node.grad) is float
            assert all(slope is None or type(slope) is float for slope in node.partials)
        if k % 10 == 0:
            first_non_finite(root)
            for slope in gradient(root, *leaves):
                assert type(slope.data) is float


@pytest.mark.parametrize("operate", ["+", "-", "*", "/", "**", "//", "%"])
def test_operators_on_every_pair_of_extreme_numbers(operate):
    for a in EXTREME:
        for b in EXTREME:
            for left, right in ((Value(a), Value(b)), (Value(a), b), (a, Value(b))):
                root = eval(f"left {operate} right", {"left": left, "right": right})  # noqa: S307
                root.backward()
                assert type(root.data) is float
                if operate in "+-*":
                    exact = eval(f"a {operate} b", {"a": a, "b": b})  # noqa: S307
                    assert root.data == exact or math.isnan(exact)
