"""Frames of pandas as data, and scikit-learn's moons."""

from __future__ import annotations

import pytest
from nn.test_data import EXPECTED, read

from tinygrad_neuron.nn import make_moons


def test_a_frame_gives_the_same_rows():
    pandas = pytest.importorskip("pandas")
    assert read(pandas.DataFrame([[1, 2, 5], [3, 4, 6]], columns=["a", "b", "c"])) == EXPECTED


def test_moons_are_those_of_scikit_learn():
    np, sets = pytest.importorskip("numpy"), pytest.importorskip("sklearn.datasets")
    theirs, labels = sets.make_moons(20, noise=0.0, shuffle=False)
    ours = [[p for p, label in make_moons(20, noise=0.0) if label == side] for side in (1.0, -1.0)]
    assert np.allclose(theirs[labels == 0], ours[0])
    assert np.allclose(theirs[labels == 1], ours[1])
