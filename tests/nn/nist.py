"""The NIST Statistical Reference Datasets for nonlinear regression."""

from __future__ import annotations

import json
import math
from pathlib import Path

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
