"""A network that has to read handwriting."""

from __future__ import annotations

import random

import pytest

from tinygrad_neuron import no_grad
from tinygrad_neuron.nn import MLP, Adam, cross_entropy, fit


def test_handwritten_digits_to_95_percent():
    """The 1,797 digits of 8×8 points that come with scikit-learn: trained on two thirds, tested on the rest."""
    digits = pytest.importorskip("sklearn.datasets").load_digits()
    samples = [
        ([x / 16.0 for x in image], int(label))
        for image, label in zip(digits.data.tolist(), digits.target, strict=True)
    ]
    random.Random(0).shuffle(samples)
    training, test = samples[:1200], samples[1200:]
    model = MLP([64, 24, 10], "relu", initialization="he", seed=0)
    fit(model, training, cross_entropy, Adam(model.parameters(), 0.005), epochs=12, batch_size=16)
    right = 0
    with no_grad():
        for image, label in test:
            outputs = [output.data for output in model(image)]
            right += outputs.index(max(outputs)) == label
    assert right / len(test) >= 0.95
