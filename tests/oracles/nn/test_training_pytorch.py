"""Losses and optimizers against PyTorch, step by step."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from tinygrad_neuron import Value
from tinygrad_neuron import nn as ours
from tinygrad_neuron.nn import (
    MLP,
    Adam,
    fit,
    hinge,
    make_moons,
)

PAIRS = st.lists(st.tuples(st.floats(-3.0, 3.0), st.floats(-3.0, 3.0)), min_size=1, max_size=5)


def agree(loss, leaves, tensor, tensors):
    loss.backward()
    tensor.backward()
    assert loss.data == pytest.approx(tensor.item(), rel=1e-13, abs=1e-13)
    assert [leaf.grad for leaf in leaves] == pytest.approx([each.item() for each in tensors.grad], rel=1e-12, abs=1e-13)


class TestLosses:
    @pytest.mark.parametrize("name", ["half", "mean_squared", "absolute", "huber", "hinge", "binary"])
    @given(pairs=PAIRS)
    @examples(40)
    def test_against_pytorch(self, name, pairs):
        torch = pytest.importorskip("torch")
        f = torch.nn.functional
        predictions, targets = map(list, zip(*pairs, strict=True))
        if name == "hinge":
            targets = [1.0 if t > 0 else -1.0 for t in targets]
        if name == "binary":
            targets = [(t + 3) / 6 for t in targets]
        leaves = [Value(p) for p in predictions]
        x, t = (
            torch.tensor(predictions, dtype=torch.float64, requires_grad=True),
            torch.tensor(targets, dtype=torch.float64),
        )
        expected = {
            "half": lambda: ((x - t) ** 2).sum() / 2,
            "mean_squared": lambda: f.mse_loss(x, t),
            "absolute": lambda: f.l1_loss(x, t),
            "huber": lambda: f.huber_loss(x, t, delta=0.7),
            "hinge": lambda: f.relu(1 - x * t).mean(),
            "binary": lambda: f.binary_cross_entropy_with_logits(x, t),
        }[name]()
        found = {
            "half": lambda: ours.half_squared_error(leaves, targets),
            "mean_squared": lambda: ours.mean_squared_error(leaves, targets),
            "absolute": lambda: ours.absolute_error(leaves, targets),
            "huber": lambda: ours.huber(leaves, targets, delta=0.7),
            "hinge": lambda: ours.hinge(leaves, targets),
            "binary": lambda: ours.binary_cross_entropy(leaves, targets),
        }[name]()
        agree(found, leaves, expected, x)

    @given(logits=st.lists(st.floats(-30.0, 30.0), min_size=2, max_size=5), seed=st.integers(0, 100))
    @examples(40)
    def test_cross_entropy_against_pytorch(self, logits, seed):
        torch = pytest.importorskip("torch")
        target = seed % len(logits)
        leaves = [Value(x) for x in logits]
        x = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
        expected = torch.nn.functional.cross_entropy(x, torch.tensor(target))
        agree(ours.cross_entropy(leaves, target), leaves, expected, x)


OPTIMIZERS = {
    "SGD": (lambda p: ours.SGD(p, 0.05), lambda o, p: o.SGD(p, lr=0.05)),
    "decay": (lambda p: ours.SGD(p, 0.05, weight_decay=0.1), lambda o, p: o.SGD(p, lr=0.05, weight_decay=0.1)),
    "momentum": (lambda p: ours.SGD(p, 0.05, momentum=0.9), lambda o, p: o.SGD(p, lr=0.05, momentum=0.9)),
    "nesterov": (
        lambda p: ours.SGD(p, 0.05, momentum=0.8, nesterov=True, weight_decay=0.01),
        lambda o, p: o.SGD(p, lr=0.05, momentum=0.8, nesterov=True, weight_decay=0.01),
    ),
    "RMSProp": (lambda p: ours.RMSProp(p, 0.01), lambda o, p: o.RMSprop(p, lr=0.01)),
    "RMSProp with all": (
        lambda p: ours.RMSProp(p, 0.01, smoothing=0.9, momentum=0.5, weight_decay=0.1),
        lambda o, p: o.RMSprop(p, lr=0.01, alpha=0.9, momentum=0.5, weight_decay=0.1),
    ),
    "Adam": (lambda p: ours.Adam(p, 0.02), lambda o, p: o.Adam(p, lr=0.02)),
    "Adam with all": (
        lambda p: ours.Adam(p, 0.02, betas=(0.8, 0.95), epsilon=1e-6, weight_decay=0.1),
        lambda o, p: o.Adam(p, lr=0.02, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1),
    ),
    "AdamW": (lambda p: ours.AdamW(p, 0.02, weight_decay=0.3), lambda o, p: o.AdamW(p, lr=0.02, weight_decay=0.3)),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_equal_pytorchs_over_100_steps(name):
    torch = pytest.importorskip("torch")
    mine, theirs = OPTIMIZERS[name]
    start = [0.7, -1.3, 2.0]
    values = [Value(x, parameter=True) for x in start]
    tensors = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in start]
    first, second = mine(values), theirs(torch.optim, tensors)
    for _ in range(100):
        for (a, b, c), optimizer in ((values, first), (tensors, second)):
            optimizer.zero_grad()
            ((a * b - 1).tanh() ** 2 + (c - a) ** 2 + (b * c).sin()).backward()
            optimizer.step()
        assert [v.data for v in values] == pytest.approx([t.item() for t in tensors], rel=1e-12, abs=1e-12)


def test_schedules_equal_pytorchs():
    torch = pytest.importorskip("torch")
    schedules = torch.optim.lr_scheduler
    pairs = {
        "step": (ours.step_decay(0.5, 3, 0.3), lambda o: schedules.StepLR(o, 3, 0.3)),
        "exponential": (ours.exponential_decay(0.5, 0.9), lambda o: schedules.ExponentialLR(o, 0.9)),
        "cosine": (ours.cosine_decay(0.5, 10, 0.1), lambda o: schedules.CosineAnnealingLR(o, 10, 0.1)),
    }
    for mine, theirs in pairs.values():
        optimizer = torch.optim.SGD([torch.tensor(1.0, requires_grad=True)], lr=0.5)
        scheduler = theirs(optimizer)
        for step in range(10):
            assert mine(step) == pytest.approx(scheduler.get_last_lr()[0], rel=1e-12)
            optimizer.step()
            scheduler.step()
    w = Value(1.0)
    optimizer = ours.SGD([w], ours.exponential_decay(0.5, 0.5))
    rates = []
    for _ in range(3):
        rates.append(optimizer.rate)
        optimizer.step()
    assert rates == [0.5, 0.25, 0.125]


def test_clipping_equals_pytorchs():
    torch = pytest.importorskip("torch")
    values = [Value(x) for x in (3.0, 4.0)]
    tensors = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in (3.0, 4.0)]
    for a, b in (values, tensors):
        (a * a + b * b).backward()
    assert ours.clip_gradients(values, 2.0) == 10.0
    torch.nn.utils.clip_grad_norm_(tensors, 2.0)
    assert [v.grad for v in values] == pytest.approx([t.grad.item() for t in tensors], rel=1e-12)


def test_batches_equal_pytorchs_training():
    torch = pytest.importorskip("torch")
    data = make_moons(12, seed=2)
    model = MLP([2, 3, 1], seed=0)
    weights = [
        torch.tensor([[w.data for w in n.weights] for n in layer.neurons], dtype=torch.float64)
        for layer in model.layers
    ]
    biases = [torch.tensor([n.bias.data for n in layer.neurons], dtype=torch.float64) for layer in model.layers]
    tensors = [each.requires_grad_() for pair in zip(weights, biases, strict=True) for each in pair]
    optimizer = torch.optim.Adam(tensors, lr=0.05)
    history = fit(model, data, hinge, Adam(model.parameters(), 0.05), epochs=5, batch_size=4, order="given")
    for step in range(15):
        batch = data[step % 3 * 4 :][:4]
        x = torch.tensor([p for p, _ in batch], dtype=torch.float64)
        y = torch.tensor([[label] for _, label in batch], dtype=torch.float64)
        output = torch.tanh(x @ weights[0].T + biases[0]) @ weights[1].T + biases[1]
        loss = torch.relu(1 - y * output).mean()
        assert history.losses[step] == pytest.approx(loss.item(), rel=1e-9)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert [n.bias.data for n in model.layers[0].neurons] == pytest.approx(biases[0].tolist(), rel=1e-9)
