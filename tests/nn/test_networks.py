"""Small networks that have to learn something."""

from __future__ import annotations

import pytest

from tinygrad_neuron import no_grad
from tinygrad_neuron.nn import MLP, Adam, fit, hinge, make_circles, make_moons, make_wave, mean_squared_error


def accuracy(model, data):
    with no_grad():
        return sum(model(point)[0].data * label > 0 for point, label in data) / len(data)


@pytest.mark.parametrize(("name", "made"), [("moons", make_moons), ("circles", make_circles)])
def test_2_16_16_1_tells_the_classes_apart(name, made):
    data = made(100, seed=1)
    model = MLP([2, 16, 16, 1], seed=1)
    fit(model, data, hinge, Adam(model.parameters(), 0.02), epochs=25, batch_size=10)
    assert accuracy(model, data) >= 0.99
    assert accuracy(model, made(200, seed=9)) >= 0.97


def test_a_regression():
    data = make_wave(40, noise=0.05, seed=1)
    model = MLP([1, 8, 1], seed=1)
    history = fit(model, data, optimizer=Adam(model.parameters(), 0.03), epochs=150, batch_size=8)
    assert history.stopped == "done"
    smooth = make_wave(31, noise=0.0)
    with no_grad():
        assert mean_squared_error([model(x)[0] for x, _ in smooth], [y for _, y in smooth]).data < 0.01
