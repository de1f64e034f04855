"""Formulas in text read back as the expression they describe."""

from __future__ import annotations

import pytest
from hypothesis import given
from strategies import BENDING, SMOOTH, programs
from test_backward import ours

from tinygrad_neuron import Value, parse, topological_order
from tinygrad_neuron.formulas.formula import formulas, names
from tinygrad_neuron.program import Program


@pytest.mark.parametrize(
    "text",
    [
        "x + w*b",
        "(x + w)*b",
        "x - (w - b)",
        "x - w - b",
        "x/(w*b)",
        "x/w*b",
        "(-x)**2",
        "-x**2",
        "x**(w**b)",
        "(x**w)**b",
        "-(x + w)",
        "2*x - 0.5",
        "x*(-2)",
        "tanh(x + w)",
        "maximum(x, w, b)",
        "clip(x, 0, 1)",
    ],
)
def test_formulas_are_written_as_people_write_them(text):
    root = parse(text, {"x": 2.0, "w": 3.0, "b": 0.5})
    assert formulas(Program.of(root))[-1] == text


@given(program=programs(SMOOTH | BENDING, longest=4))
def test_a_formula_computes_the_same(program):
    leaves = [Value(x, label=f"x{k}") for k, x in enumerate(program.inputs)]
    root = program.run(leaves, ours)[-1]
    written = formulas(Program.of(root))
    text = written[-1]
    if root.is_leaf or any(len(formula) > 40 for formula in written):
        return
    again = parse(text, {leaf.label: leaf.data for leaf in leaves})
    assert again.data == root.data or (again.data != again.data and root.data != root.data)


def test_long_formulas_are_shortened_by_place():
    x = Value(1.0, label="x")
    y = x
    for _ in range(100_000):
        y = y * x
    called = names(Program.of(y))
    assert max(map(len, called)) <= 40
    assert called[-1].startswith("mul[")


def test_labels_stand_for_their_nodes():
    x = Value(1.0, label="x")
    net = x * 2
    net.label = "net"
    root = net.tanh()
    assert formulas(Program.of(root)) == ["", "", "x*2", "tanh(net)"]
    assert names(Program.of(root)) == ["x", "2", "net", "tanh(net)"]
    assert len(topological_order(root)) == 4
