"""What the tests of sheets share."""

from __future__ import annotations

import math

from tinygrad_neuron import Value, parse, training_sheet

NEURON = "net = input*weight + bias; output = tanh(net); error = output - target; loss = error**2/2"
A = {"input": 0.4, "weight": 0.5, "bias": 0.6, "target": 0.7}
B = {"input": 0.01, "weight": 0.5, "bias": 0.5, "target": 0.1}


def training(inputs, attempts=8):
    leaves = {name: Value(number, label=name) for name, number in inputs.items()}
    return training_sheet(parse(NEURON, leaves), [leaves["weight"], leaves["bias"]], 0.1, attempts)


def numbers(sheet):
    return [[cell.value for cell in row] for row in sheet.rows]


def agree(found, sheet):
    """Whether every cell is the engine's within 1e-12; faux cells within the rounding that dividing by h enlarges."""
    expected = numbers(sheet)
    assert len(found) == len(expected)
    for there, here in zip(found, expected, strict=True):
        terms = (
            1.0 if str(here[0]).startswith("local gradient") else 0.0
        )  # that are added up to a partial, and may cancel
        largest = max((abs(x) for x in here if isinstance(x, float) and math.isfinite(x)), default=0.0)
        largest = max(largest, terms)
        for k, (a, b) in enumerate(zip(there, here, strict=True)):
            if isinstance(b, str) or b is None:
                assert a == (b or None)
                continue
            faux = k == len(here) - 1 and str(here[0]).startswith("faux")
            slack = 1e-11 * largest if faux else 1e-15 * largest
            assert abs(a - b) <= 1e-12 * abs(b) + slack, (here[0], k, a, b)
