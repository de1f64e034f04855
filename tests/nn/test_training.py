"""Losses and optimizers against PyTorch, step by step; the articles' trainings."""

from __future__ import annotations

import math
from typing import ClassVar

import pytest

from tinygrad_neuron import Value, parse
from tinygrad_neuron import nn as ours


class TestLosses:
    BY_HAND: ClassVar = {  # predictions, targets, the loss, and its derivative by each prediction
        "half": (ours.half_squared_error, [3.0, 0.5], [1.0, 1.0], 2.125, [2.0, -0.5]),
        "mse": (ours.mean_squared_error, [3.0, 0.5], [1.0, 1.0], 2.125, [2.0, -0.5]),
        "abs": (ours.absolute_error, [3.0, 0.5], [1.0, 1.0], 1.25, [0.5, -0.5]),
        "huber": (ours.huber, [3.0, 0.5], [1.0, 1.0], (1.5 + 0.125) / 2, [0.5, -0.25]),
        "huber below": (ours.huber, [-3.0], [1.0], 3.5, [-1.0]),
        "huber at delta": (ours.huber, [2.0], [1.0], 0.5, [1.0]),
        "hinge": (ours.hinge, [0.5, 2.0, 0.5], [1, 1, -1], (0.5 + 0.0 + 1.5) / 3, [-1 / 3, 0.0, 1 / 3]),
        "bce": (ours.binary_cross_entropy, [0.0, 0.0], [1.0, 0.0], math.log(2.0), [-0.25, 0.25]),
        "ce": (ours.cross_entropy, [0.0, 0.0, 0.0], 1, math.log(3.0), [1 / 3, -2 / 3, 1 / 3]),
    }

    @pytest.mark.parametrize("name", BY_HAND)
    def test_by_hand(self, name):
        loss, predictions, targets, expected, slopes = self.BY_HAND[name]
        values = [Value(each) for each in predictions]
        found = loss(values, targets)
        found.backward()
        assert found.data == pytest.approx(expected, rel=1e-14)
        assert [each.grad for each in values] == pytest.approx(slopes, rel=1e-14)

    def test_the_loss_of_several_lists_is_their_mean_and_delta_is_where_huber_turns(self):
        several = ours.cross_entropy([[Value(0.0)] * 2, [Value(0.0)] * 4], [0, 3])
        assert several.data == pytest.approx((math.log(2.0) + math.log(4.0)) / 2)
        assert ours.huber(Value(3.0), 1.0, delta=0.5).data == 0.5 * (2.0 - 0.25)

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


def stepped(optimizer, w, steps=3):
    """Where a parameter goes from 1 with the loss w², by the optimizer."""
    places = []
    for _ in range(steps):
        optimizer.zero_grad()
        (w * w).backward()
        optimizer.step()
        places.append(w.data)
    return places


def by_formula(step, steps=3):
    """The same by a formula: what is kept, and the step from parameter, gradient, its number and what is kept."""
    w, kept, places = 1.0, (0.0, 0.0), []
    for k in range(1, steps + 1):
        w, *kept = step(w, 2 * w, k, *kept)
        places.append(w)
    return places


def adam(w, g, k, m, s, rate=0.1, decay=0.0):
    m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g * g
    corrected = m / (1 - 0.9**k), s / (1 - 0.999**k)
    return w * (1 - rate * decay) - rate * corrected[0] / (math.sqrt(corrected[1]) + 1e-8), m, s


def rmsprop(w, g, k, s, v, momentum=0.0):
    s = 0.99 * s + 0.01 * g * g
    v = momentum * v + g / (math.sqrt(s) + 1e-8)
    return w - 0.1 * v, s, v


STEPS = {  # the update formulas of the papers, which are PyTorch's
    "sgd": (lambda w: ours.SGD([w], 0.1), lambda w, g, k, *_: (w - 0.1 * g,)),
    "decay": (lambda w: ours.SGD([w], 0.1, weight_decay=0.5), lambda w, g, k, *_: (w - 0.1 * (g + 0.5 * w),)),
    "momentum": (
        lambda w: ours.SGD([w], 0.1, momentum=0.9),
        lambda w, g, k, v, *_: (w - 0.1 * (0.9 * v + g), 0.9 * v + g),
    ),
    "nesterov": (
        lambda w: ours.SGD([w], 0.1, momentum=0.9, nesterov=True),
        lambda w, g, k, v, *_: (w - 0.1 * (g + 0.9 * (0.9 * v + g)), 0.9 * v + g),
    ),
    "rmsprop": (lambda w: ours.RMSProp([w], 0.1), rmsprop),
    "rmsprop with momentum": (
        lambda w: ours.RMSProp([w], 0.1, momentum=0.5),
        lambda *a: rmsprop(*a, momentum=0.5),
    ),
    "adam": (lambda w: ours.Adam([w], 0.1), adam),
    "adam with decay": (
        lambda w: ours.Adam([w], 0.1, weight_decay=0.5),
        lambda w, g, k, *kept: adam(w, g + 0.5 * w, k, *kept),
    ),
    "adamw": (lambda w: ours.AdamW([w], 0.1), lambda *a: adam(*a, decay=0.01)),
    "a schedule": (
        lambda w: ours.SGD([w], ours.step_decay(0.1, 2, 0.5)),
        lambda w, g, k, *_: (w - (0.1 if k <= 2 else 0.05) * g,),
    ),
}


@pytest.mark.parametrize("name", STEPS)
def test_steps_by_the_formulas(name):
    optimizer_of, step = STEPS[name]
    w = Value(1.0)
    assert stepped(optimizer_of(w), w) == pytest.approx(by_formula(step), rel=1e-12)


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
