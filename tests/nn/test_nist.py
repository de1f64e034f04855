"""The NIST Statistical Reference Datasets for nonlinear regression: the engine's Jacobian on real models.

The data, models, starts and certified values are facts of
https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml (public domain).
"""

from __future__ import annotations

import math

import pytest
from nn.nist import DATASETS, Regression


@pytest.mark.parametrize("name", DATASETS)
def test_the_gradient_of_the_squares_is_zero_at_the_certified_values(name):
    regression = Regression(name)
    residuals = regression.residuals(regression.certified)
    squares = math.fsum(r * r for r in residuals)
    assert squares == pytest.approx(regression.squares, rel=1e-6, abs=1e-20)
    columns = list(zip(*regression.jacobian(regression.certified), strict=True))
    # the certified values have 11 digits, which is all that is left of Lanczos1's residuals
    cut = 1e-10 * sum(math.hypot(*column) * abs(b) for column, b in zip(columns, regression.certified, strict=True))
    for k, column in enumerate(columns, 1):
        allowed = math.hypot(*column) * (1e-4 * math.sqrt(squares) + cut)
        assert abs(math.fsum(c * r for c, r in zip(column, residuals, strict=True))) < allowed, f"b{k}"
