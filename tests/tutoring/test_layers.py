"""Backpropagation by layers: every figure is the engine's, however the network was written."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from tinygrad_neuron import LayersError, Value, backpropagation, check, ops, parse, scope, topological_order, variables
from tinygrad_neuron.nn import MLP, cross_entropy, half_squared_error, mean_squared_error

BY_HAND = "h1 = tanh(w1*x1 + w2*x2 + b1); h2 = tanh(w3*x1 + w4*x2 + b2); y = sigmoid(v1*h1 + v2*h2 + b3)"
NUMBERS = {"x1": 0.5, "x2": -0.2, "w1": 0.1, "w2": 0.4, "w3": -0.3, "w4": 0.2, "b1": 0.1, "b2": 0.0, "b3": 0.05}
ACTIVATIONS = ["linear", "tanh", "sigmoid", "relu", "softplus", "gelu", "silu", "sin"]


def two_two_one():
    return parse(f"{BY_HAND}; loss = (y - t)**2/2", NUMBERS | {"v1": 0.7, "v2": -0.6, "t": 1.0})


def is_close(a, b):
    return a == pytest.approx(b, rel=1e-12, abs=1e-15)


def agrees(root, shape, n_samples):
    """The tables hold what `backward` gives, and the rules between their columns."""
    tables = [backpropagation(root, sample=s) for s in range(1, n_samples + 1)]
    nodes = topological_order(root)
    root.zero_grad()
    root.backward()
    known = {(node.data, node.grad) for node in nodes if not node.is_constant}
    for number, size in enumerate(shape):
        rows = [table.layers[number] for table in tables]
        assert [len(each) for each in rows] == [size] * n_samples
        for row in (row for each in rows for row in each):
            assert (row.net, row.delta) in known
            assert (row.output, row.upstream) in known
            assert is_close(row.delta, row.slope * row.upstream)
            assert not row.sources or is_close(row.upstream, sum(w * d for w, d in row.sources))
            assert bool(row.sources) == (number < len(shape) - 1)
        for neuron in zip(*rows, strict=True):
            for alike in zip(*(row.weights + row.biases for row in neuron), strict=True):
                assert is_close(sum(each.gradient for each in alike), alike[0].total)
    for row in (row for table in tables for row in table.layers[-1] if row.share):
        scale = row.delta / (row.share[0] - row.share[1])
        assert is_close(scale, 1 / n_samples)
    return tables


def plain_network(chance, sizes, activations, samples):
    """A network as learners write it, without scopes."""
    layers = [
        [[Value(chance.uniform(-1, 1), label=f"w{k}") for k in range(n + 1)] for _ in range(m)]
        for n, m in pairwise(sizes)
    ]
    for layer in layers:
        for neuron in layer:
            neuron[-1].label = "b"
    outputs = []
    for sample in samples:
        found = sample
        for layer, activation in zip(layers, activations, strict=True):
            act = getattr(ops, activation) if activation != "linear" else (lambda net: net)
            found = [act(sum(w * x for w, x in zip(ws, found, strict=False)) + ws[-1]) for ws in layer]
        outputs.append(found)
    return outputs


@pytest.mark.parametrize("case", range(40))
def test_random_networks(case):
    chance = random.Random(case)
    depth, count = 1 + case % 4, chance.randint(1, 3)
    sizes = [chance.randint(1, 3) for _ in range(depth + 1)]
    classes = case % 3 == 0
    sizes[-1] = max(sizes[-1], 2) if classes else sizes[-1]
    samples = [[chance.uniform(-1, 1) for _ in range(sizes[0])] for _ in range(count)]
    if case % 2:
        model = MLP(sizes, chance.choice(ACTIVATIONS), seed=case)
        outputs = [out if isinstance(out := model(each), list) else [out] for each in samples]
    else:
        activations = [chance.choice(ACTIVATIONS) for _ in range(depth - 1)] + ["linear" if classes else "tanh"]
        outputs = plain_network(chance, sizes, activations, samples)
    if classes:
        loss = cross_entropy(outputs, [chance.randrange(sizes[-1]) for _ in samples])
    else:
        loss = mean_squared_error(outputs, [[0.3] * sizes[-1] for _ in samples])
    tables = agrees(loss, sizes[1:], count)
    assert all(bool(row.share) == classes for table in tables for row in table.layers[-1])


def test_the_derivation_of_two_two_one():
    found = backpropagation(two_two_one())
    assert [[row.name for row in layer] for layer in found.layers] == [["h1", "h2"], ["y"]]
    assert "layer 1: δ = f′(net)·Σ w·δ\n  δ(h1) = 0.995116·0.7·(−0.110584) = −0.0770308" in found.derivation
    assert max(map(len, found._tables(4).splitlines())) <= 80
    assert "| h1 | 0.07 |" in found.to_markdown()
    assert r"\delta_{h_{1}} &= 0.995116 \cdot 0.7 \cdot (-0.110584)" in found.latex


def test_scopes_by_hand_name_the_neurons_and_hold_composed_activations():
    x, w, b, v = variables(x=1.0, w=0.5, b=0.1, v=2.0)
    with scope("hidden"), scope("first"):
        h = 1 / (1 + (-(w * x + b)).exp())
    with scope("out"), scope("last"):
        y = 1 / (1 + (-(v * h)).exp())
    found = backpropagation(half_squared_error(y, 1.0))
    (hidden,), (last,) = found.layers
    assert (hidden.name, last.name) == ("hidden.first", "out.last")
    assert (hidden.output, last.output) == (h.data, y.data)
    assert is_close(last.slope, y.data * (1 - y.data))


def test_a_penalty_is_part_of_the_sum_and_not_of_the_sample():
    model = MLP([2, 2, 1], seed=1)
    loss = mean_squared_error(model([0.1, 0.2]), 0.5) + ops.sum([w**2 for w in model.parameters()])
    for layer in backpropagation(loss).layers:
        for weight in (weight for row in layer for weight in row.weights):
            place = next(p for p in model.parameters() if p.grad == weight.total)
            assert is_close(weight.gradient + 2 * place.data, weight.total)


def test_what_has_no_layers_says_what_to_do():
    x, y = variables(x=1.0, y=2.0)
    with pytest.raises(LayersError, match="name them with parameters="):
        backpropagation(x * y + x)
    (u,) = variables(u=0.5)
    ((row,),) = backpropagation((u * x).tanh(), parameters=["u"]).layers
    assert (row.weights[0].gradient, row.delta) == (u.grad, u.grad)
    model = MLP([1, 1], seed=0)
    with pytest.raises(ValueError, match="sample must be from 1 to 1, got 2"):
        backpropagation(mean_squared_error(model([1.0]), 1.0), sample=2)


def test_samples_that_meet_inside_of_the_network_are_no_layers():
    w, a = Value(0.5, label="w1", parameter=True), Value(0.7, label="w2", parameter=True)
    first, second = (w * 1.0).tanh(), (w * 2.0).tanh()
    with pytest.raises(LayersError, match="aren't layers"):
        backpropagation((a * first + a * second).tanh())


def test_a_bias_may_have_any_name():
    text = "h = tanh(w*x + c); y = sigmoid(v*h + k); loss = (y - t)^2/2"
    loss = parse(text, {"w": 0.5, "x": 0.4, "c": 0.6, "v": -0.3, "k": 0.2, "t": 1.0})
    found = backpropagation(loss).to_dict()
    assert [[row["name"] for row in layer] for layer in found["layers"]] == [["h"], ["y"]]


class TestDeltasByHand:
    TEXT = "h = tanh(w*x + b); y = sigmoid(v*h + c); loss = (y - t)^2/2"

    def root(self):
        return parse(self.TEXT, {"w": 0.5, "x": 0.4, "b": 0.6, "v": -0.3, "c": 0.2, "t": 1.0})

    @pytest.mark.parametrize("spelled", ["δ_{}", "δ({})", "delta({})", "delta_{}", "δ( {} )"])
    def test_each_spelling(self, spelled):
        links = check(self.root(), {spelled.format("y"): "y(1-y)(y-t)", spelled.format("h"): "(1-h^2)v*δ_y"})
        assert [link.verdict for link in links.links] == ["right", "right"]

    def test_what_follows_from_a_wrong_one(self):
        result = check(self.root(), {"δ_y": "y(1-y)(y-t)", "δ_h": "(1-h)v*δ_y", "w": "(1-h)v*δ_y*x", "b": "δ_h"})
        verdicts = {link.given: link.verdict for link in result.links}
        assert [*verdicts.values()].count("right") == 2
        assert (verdicts["(1-h)v*δ_y"], verdicts["(1-h)v*δ_y*x"]) == ("wrong", "follows")

    def test_neurons_of_modules(self):
        loss = mean_squared_error([MLP([2, 3, 1], "tanh", seed=1)([0.1, 0.2])[0]], [1.0])
        wanted = backpropagation(loss).layers[0][1].delta
        assert check(loss, {"δ(layer1.neuron2)": wanted}).links[0].verdict == "right"
        assert check(loss, {"δ(layer1.neuron2)": 2 * wanted}).links[0].verdict == "wrong"

    def test_what_isn_t_a_neuron_is_refused(self):
        with pytest.raises(ValueError, match="neuron 'x'"):
            check(self.root(), {"δ(x)": 1.0})
        with pytest.raises(LayersError, match="there are no neurons"):
            check(parse("y = x^2", {"x": 2.0}), {"δ(y)": 1.0})
