"""Programs for other libraries that are run, and have to print the same number."""

from __future__ import annotations

import subprocess
import sys

import pytest
from checking.test_explain import INPUTS, NEURON

from tinygrad_neuron import Value, export, parse
from tinygrad_neuron.nn import MLP

EVERYTHING = (
    "a = exp(x) + expm1(x/3) + exp2(x) + log(y) + log1p(y) + log2(y) + log10(y) + sqrt(y) + cbrt(y);"
    "b = sin(x) + cos(y) + tan(x) + asin(x/2) + acos(x/2) + atan(y) + atan2(x, y) + hypot(x, y);"
    "c = sinh(x) + cosh(y) + tanh(3*y) + asinh(x) + acosh(y + 1) + atanh(x/2) + erf(x) + erfc(y);"
    "d = relu(x) + leaky_relu(-x) + elu(-y) + sigmoid(x) + softplus(y) + silu(x) + gelu(y);"
    "e = maximum(x, y, 0.1) + minimum(x, y) + clip(x, 0.5, 0.9) + mean([x, y]) + logsumexp(x, y) + sum(x, y, 2);"
    "f = x**y + x**2 - y**-1.5 + 2**x + abs(x - y) + sign(x) * y + floor(y) * x + squared(x) / y + (-x);"
    "a*b - c*d + e/f"
)


def ran(text, tmp_path):
    path = tmp_path / "program.py"
    path.write_text(text, encoding="utf-8")
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "tinygrad" not in text
    return float(done.stdout.split()[1])


def ran_articles_neuron(library, tmp_path):
    loss = parse(NEURON, INPUTS)
    assert ran(export(loss, library), tmp_path) == pytest.approx(0.0006466769463837285, rel=1e-12)


def ran_all_functions(library, tmp_path):
    root = parse(EVERYTHING, {"x": 0.7, "y": 1.3})
    assert ran(export(root, library), tmp_path) == pytest.approx(root.data, rel=1e-10)


def ran_network(library, tmp_path):
    x = [Value(0.3, label="x1"), Value(-0.4, label="x2")]
    loss = (MLP([2, 4, 1], "relu", seed=1)(x)[0] - 1.0) ** 2
    assert ran(export(loss, library), tmp_path) == pytest.approx(loss.data, rel=1e-12)
