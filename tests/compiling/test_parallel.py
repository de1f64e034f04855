"""The way up: the same step over devices and worker processes, with the engine's gradients."""

from __future__ import annotations

import numpy as np
import parallel
import pytest

from tinygrad_neuron import Value, mean


def test_the_gradients_are_the_engines():
    step = parallel.compiled(parallel.loss, ("weight", "bias"), "array")
    inputs, targets = np.linspace(-1, 1, 7), np.linspace(0, 1, 7)
    weight, bias = Value(0.3), Value(-0.1)
    mean([parallel.loss(weight, bias, float(x), float(t)) for x, t in zip(inputs, targets, strict=True)]).backward()
    _, slopes = step(0.3, -0.1, inputs, targets)
    assert [slope.mean() for slope in slopes] == pytest.approx([weight.grad, bias.grad], rel=1e-14)
