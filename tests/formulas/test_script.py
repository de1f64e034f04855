"""Programs for other libraries: they are run, and assert the same numbers."""

from __future__ import annotations

import subprocess
import sys

import pytest
from formulas.scripts import ran, ran_all_functions, ran_articles_neuron, ran_network

from tinygrad_neuron import Value, export, variables
from tinygrad_neuron.cli import main


def test_the_articles_neuron(tmp_path):
    ran_articles_neuron("numpy", tmp_path)


def test_all_functions(tmp_path):
    ran_all_functions("numpy", tmp_path)


def test_a_network(tmp_path):
    ran_network("numpy", tmp_path)


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
