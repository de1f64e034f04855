"""Positions of boxes: least squares under an order, by scikit-learn."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_neuron.drawing.layered import _apart

sklearn = pytest.importorskip("sklearn.isotonic")
ROWS = st.lists(st.tuples(st.floats(-500, 500), st.floats(0.05, 1e3), st.floats(0, 80)), min_size=1, max_size=30)


@given(rows=ROWS)
def test_the_nearest_positions_that_are_far_enough_apart(rows):
    wanted, weights, steps = map(list, zip(*rows, strict=True))
    shifts = list(itertools.accumulate(steps))
    free = [want - shift for want, shift in zip(wanted, shifts, strict=True)]
    expected = sklearn.isotonic_regression(free, sample_weight=weights) + shifts
    assert _apart(wanted, weights, steps) == pytest.approx(list(expected), rel=1e-9, abs=1e-7)
