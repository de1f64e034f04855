"""Neurons, layers and networks."""

from __future__ import annotations

import math
import random

import pytest

from tinygrad_neuron import Value
from tinygrad_neuron.nn import MLP, Layer, Neuron


def test_a_neuron_computes_what_it_says():
    neuron = Neuron(2, "sigmoid", chance=random.Random(0))
    (w1, w2), b = neuron.weights, neuron.bias
    output = neuron([3.0, Value(-1.0)])
    assert output.data == pytest.approx(1 / (1 + math.exp(-(w1.data * 3.0 - w2.data + b.data))))
    output.backward()
    assert w1.grad == pytest.approx(output.data * (1 - output.data) * 3.0)
    neuron.zero_grad()
    assert not w1.has_grad


def test_scopes_and_labels():
    network = MLP([2, 3, 1], chance=random.Random(0))
    (output,) = network([1.0, 2.0])
    assert (output.label, output.scope) == ("net", ("layer 2", "neuron 1"))
    assert network.layers[0].neurons[2].bias.scope == ("layer 1", "neuron 3")
    assert all(parameter.is_parameter for parameter in network.parameters())
    assert len(network.parameters()) == 13


def test_the_same_seed_gives_the_same_network():
    first, second = (MLP([2, 3, 1], chance=random.Random(5)) for _ in range(2))
    assert [p.data for p in first.parameters()] == [p.data for p in second.parameters()]
    assert all(abs(p.data) <= 2**-0.5 for p in first.parameters())


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="there is no activation 'tanhh'"):
        Neuron(2, "tanhh")
    with pytest.raises(ValueError, match="neuron takes 2 inputs, got 3"):
        Neuron(2)([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"sizes=\[2\]"):
        MLP([2])


def test_reprs():
    assert repr(Layer(2, 3, "relu")) == "Layer of 3 × Neuron(2, 'relu')"
    assert repr(MLP([2, 3, 1])) == "MLP([2, 3, 1])"


def test_a_linear_neuron_without_inputs_is_its_bias():
    neuron = Neuron(0, "linear")
    assert neuron([]) is neuron.bias
    assert neuron.bias.label == "b"
