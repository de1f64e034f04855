"""A figure derived by hand is judged at the digits that it is given with."""

from __future__ import annotations

import math

import pytest

from tinygrad_neuron.checking.hand import compare, half_unit, relative_error


@pytest.mark.parametrize(
    ("figure", "half"),
    [(-0.0201, 5e-5), (0.5, 0.05), (36.0, 0.05), (1.25, 0.005), (1e-5, 5e-6), (1.5e-7, 5e-9), (1e22, 0.5), (0.0, 0.0)],
)
def test_half_unit_of_the_last_digit(figure, half):
    assert half_unit(figure) == pytest.approx(half, rel=1e-8)


@pytest.mark.parametrize(
    ("hand", "engine", "agrees"),
    [
        (-0.0201, -0.020105429430100793, True),
        (-0.0201, -0.02015, True),
        (-0.0201, -0.020151, False),
        (-0.0201, -0.020049, False),
        (0.0201, -0.0201, False),
        (0.0, 0.0, True),
        (0.0, 1e-300, False),
        (1 / 3, (1 / 3) * (1 + 5e-13), True),
        (1 / 3, (1 / 3) * (1 + 1e-11), False),
        (math.nan, math.nan, True),
        (math.inf, math.inf, True),
        (math.inf, -math.inf, False),
        (1.0, math.nan, False),
        (math.inf, 1.0, False),
    ],
)
def test_it_agrees_when_the_engines_rounded_to_its_digits_is_the_same(hand, engine, agrees):
    assert compare(hand, engine).agrees == agrees


def test_how_far_it_may_be_off_can_be_said():
    assert compare(1.0, 1.9, unit=0.9).agrees
    assert not compare(1.0, 1.9, unit=0.8).agrees


@pytest.mark.parametrize(
    ("found", "exact", "error"),
    [(1.0, 2.0, 0.5), (-1.0, 2.0, 1.5), (3.0, -2.0, 2.5), (0.0, 0.0, 0.0), (1.0, 0.0, math.inf)],
)
def test_the_relative_error(found, exact, error):
    assert relative_error(found, exact) == error
    assert compare(found, exact).relative_error == error
