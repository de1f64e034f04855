"""Programs for other libraries: they are run, and assert the same numbers."""

from __future__ import annotations

import subprocess
import sys

import pytest
from checking.test_explain import INPUTS, NEURON

from tinygrad_neuron import Value, export, parse, variables
from tinygrad_neuron.cli import main
from tinygrad_neuron.nn import MLP

LIBRARIES = ("torch", "jax", "numpy", "sympy")
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


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_articles_neuron(library, tmp_path):
    pytest.importorskip(library)
    loss = parse(NEURON, INPUTS)
    assert ran(export(loss, library), tmp_path) == pytest.approx(0.0006466769463837285, rel=1e-12)


@pytest.mark.parametrize("library", LIBRARIES)
def test_all_functions(library, tmp_path):
    pytest.importorskip(library)
    root = parse(EVERYTHING, {"x": 0.7, "y": 1.3})
    assert ran(export(root, library), tmp_path) == pytest.approx(root.data, rel=1e-10)


@pytest.mark.parametrize("library", ["torch", "jax", "numpy"])
def test_a_network(library, tmp_path):
    pytest.importorskip(library)
    x = [Value(0.3, label="x1"), Value(-0.4, label="x2")]
    loss = (MLP([2, 4, 1], "relu", seed=1)(x)[0] - 1.0) ** 2
    assert ran(export(loss, library), tmp_path) == pytest.approx(loss.data, rel=1e-12)


def test_a_wrong_number_would_be_noticed(tmp_path):
    w, x = variables(w=2.0, x=3.0)
    path = tmp_path / "program.py"
    path.write_text(export(w * x, "numpy").replace('"w": 3.0', '"w": 3.1'), encoding="utf-8")
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False)
    assert "AssertionError: ('w', 3.0" in done.stderr


def test_labels_that_are_taken(tmp_path):
    leaves = [Value(float(k), label=label) for k, label in enumerate(("value", "np", "lambda", "n", "", "", "é"), 1)]
    root = leaves[0]
    for leaf in leaves[1:]:
        root = root * leaf
    root.label = "value"
    assert ran(export(root, "numpy"), tmp_path) == 5040.0


def test_at_the_command_line(tmp_path, capsys):
    path = tmp_path / "neuron.py"
    words = ["export", "y = tanh(w*x)", "w=0.5", "x=2", "--to", "numpy"]
    assert main([*words, "-o", str(path)]) == 0
    assert main(words) == 0
    assert capsys.readouterr().out.rstrip("\n") == path.read_text().rstrip("\n")
    with pytest.raises(SystemExit):
        main([*words[:-1], "fortran"])
    with pytest.raises(ValueError, match="library='fortran': it is one of torch, jax"):
        export(Value(1.0), "fortran")
