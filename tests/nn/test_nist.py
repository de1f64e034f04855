"""The NIST Statistical Reference Datasets for nonlinear regression: the engine's Jacobian on real models.

The data, models, starts and certified values are facts of
https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml (public domain).
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from tinygrad_neuron.graph import gradient
from tinygrad_neuron.nn import Formula

DATASETS = json.loads(Path(__file__).with_name("nist.json").read_text(encoding="utf-8"))


class Regression:
    """Residuals and their Jacobian, from one graph a row."""

    def __init__(self, name):
        data = DATASETS[name]
        self.start, self.certified, self.squares = data["start"], data["certified"], data["residual sum of squares"]
        self.rows = [x if isinstance(x, list) else [x] for x in data["x"]]
        self.targets = [math.log(y) for y in data["y"]] if name == "Nelson" else data["y"]
        names = [f"b{k}" for k in range(1, len(self.start) + 1)]
        self.model = Formula(data["formula"], data["inputs"], dict(zip(names, self.start, strict=True)))
        self.parameters = [self.model.trained[name] for name in names]

    def outputs(self, numbers):
        for parameter, number in zip(self.parameters, numbers, strict=True):
            parameter.data = number
        return [self.model(row) for row in self.rows]

    def residuals(self, numbers):
        return [output.data - y for output, y in zip(self.outputs(numbers), self.targets, strict=True)]

    def jacobian(self, numbers):
        return [[slope.data for slope in gradient(output, *self.parameters)] for output in self.outputs(numbers)]


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
