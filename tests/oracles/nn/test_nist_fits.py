"""The NIST Statistical Reference Datasets, fitted by SciPy with the engine's Jacobian."""

from __future__ import annotations

import math

import pytest
from nn.nist import DATASETS, Regression


def digits(found, certified):
    """The log relative error: how many digits agree, 11 at most, as the certified values have no more."""
    worst = max(abs(f - c) / abs(c) for f, c in zip(found, certified, strict=True))
    return 11.0 if worst < 1e-11 else -math.log10(worst)


def fitted(name):
    optimize = pytest.importorskip("scipy.optimize")
    regression = Regression(name)
    try:
        found = optimize.least_squares(
            regression.residuals,
            regression.start,
            regression.jacobian,
            method="lm",
            x_scale="jac",
            xtol=1e-15,
            ftol=1e-15,
            gtol=1e-15,
            max_nfev=5000,
        )
    except ValueError:  # a residual isn't finite any more
        return 0.0
    return max(0.0, digits(found.x, regression.certified))


def test_levenberg_marquardt_with_the_engines_jacobian_from_the_first_start():
    reached = {name: fitted(name) for name in DATASETS}
    assert len(reached) == 27
    print({name: round(each, 1) for name, each in reached.items()})
    assert sum(each >= 9 for each in reached.values()) >= 15, reached
