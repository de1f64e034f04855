"""Losses and optimizers against PyTorch, step by step; the articles' trainings."""

from __future__ import annotations

import pytest

from tinygrad_neuron import Value, parse
from tinygrad_neuron import nn as ours


class TestLosses:
    def test_what_does_not_fit_is_refused(self):
        x = Value(1.0)
        for call, message in (
            (lambda: ours.mean_squared_error([x], [1.0, 2.0]), "1 predictions and 2 targets"),
            (lambda: ours.mean_squared_error([], []), "0 predictions"),
            (lambda: ours.huber(x, 1.0, delta=0), "delta must be above 0, got 0"),
            (lambda: ours.hinge(x, 0), "a label must be 1 or -1, got 0"),
            (lambda: ours.binary_cross_entropy(x, 2), "a target must be from 0 to 1, got 2"),
            (lambda: ours.cross_entropy([x], 1), "a class must be a whole number from 0 to 0, got 1"),
        ):
            with pytest.raises(ValueError, match=message):
                call()


def test_what_can_not_be_trained_is_refused():
    w = Value(1.0)
    for call, message in (
        (lambda: ours.SGD([]), "at least one parameter"),
        (lambda: ours.SGD([w * 2]), "a parameter is a leaf"),
        (lambda: ours.SGD([w.detach()]), "no constant"),
        (lambda: ours.SGD([w], -1), "learning_rate must be 0 or above, got -1"),
        (lambda: ours.SGD([w], momentum=-0.5), "momentum must be 0 or above, got -0.5"),
        (lambda: ours.Adam([w], weight_decay=-1), "weight_decay must be 0 or above, got -1"),
        (lambda: ours.RMSProp([w], smoothing=1), "smoothing must be at least 0 and below 1, got 1"),
        (lambda: ours.SGD([w], nesterov=True), "momentum must be above 0 for nesterov, got 0.0"),
        (lambda: ours.Adam([w], betas=(0.9, 1.0)), r"betas must be at least 0 and below 1, got \(0.9, 1.0\)"),
        (lambda: ours.clip_gradients([w], 0), "largest_norm must be above 0, got 0"),
    ):
        with pytest.raises(ValueError, match=message):
            call()


def test_the_second_articles_first_attempts():
    w, b = (Value(0.5, label=label, parameter=True) for label in ("weight", "bias"))
    optimizer = ours.SGD([w, b], 0.1)
    seen = []
    for _ in range(3):
        text = "net = input*weight + bias; output = tanh(net); error = output - target; loss = error**2/2"
        loss = parse(text, {"input": 0.01, "target": 0.1, "weight": w, "bias": b})
        optimizer.zero_grad()
        loss.backward()
        seen.append((w.data, b.data, loss.data, w.grad, b.grad))
        optimizer.step()
    assert seen[1] == (
        0.4997134612969808,
        0.4713461296980817,
        0.05893097386878645,
        0.0027584156859078337,
        0.27584156859078335,
    )
    assert seen[2][:3] == (0.49943761972839, 0.44376197283900337, 0.05148076352762213)


def test_a_small_network_learns_xor():
    network = ours.MLP([2, 4, 1], seed=3)
    optimizer = ours.Adam(network.parameters(), 0.1)
    data = [((0.0, 0.0), 0.0), ((0.0, 1.0), 1.0), ((1.0, 0.0), 1.0), ((1.0, 1.0), 0.0)]
    for _ in range(200):
        loss = ours.mean_squared_error([network(x)[0] for x, _ in data], [y for _, y in data])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.data < 1e-3
