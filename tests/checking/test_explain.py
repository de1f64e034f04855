"""The numerical gradient and the table that explains a graph."""

from __future__ import annotations

import math

import pytest

from tinygrad_neuron import Value, explain, numerical_gradient, parse, variables

INPUTS = {"input": 0.4, "weight": 0.5, "bias": 0.6, "target": 0.7}
NEURON = "net = input*weight + bias; output = tanh(net); error = output - target; loss = error**2/2"

# figures A: value, local derivative of the next stage, gradient, numerical gradient
FIGURES = {
    "input": (0.4, 0.5, -0.010052714715050396, -0.01004847442496147),
    "weight": (0.5, 0.4, -0.008042171772040318, -0.008039457952816777),
    "bias": (0.6, 1.0, -0.020105429430100793, -0.020088469318535994),
    "net": (0.8, 0.5590551677322437, -0.020105429430100793, -0.020088469318535994),
    "output": (0.6640367702678491, 1.0, -0.035963229732150825, -0.03591322973214633),
}


def test_figures_a_to_the_last_digit():
    rows = {row.label: row for row in explain(parse(NEURON, INPUTS))}
    for label, (value, local, gradient, numerical) in FIGURES.items():
        row = rows[label]
        assert (row.value, row.partials[0][1], row.gradient, row.numerical_gradient) == (
            value,
            local,
            gradient,
            numerical,
        )
    assert rows["error"].value == -0.035963229732150825
    assert rows["loss"].value == 0.0006466769463837285


def test_with_error_and_loss_as_one_stage_the_output_has_the_articles_local_derivative():
    output, target = variables(output=0.6640367702678491, target=0.7)
    loss = parse("(output - target)**2/2", {"output": output, "target": target})
    loss.backward()
    assert output.grad == -0.035963229732150825


def test_a_row_for_each_node_with_its_consumers():
    rows = explain(parse("y = x*x + 2", {"x": 3.0}))
    assert [(row.name, row.label, row.formula) for row in rows] == [
        ("x", "x", ""),
        ("x*x", "", "x*x"),
        ("2", "", ""),
        ("y", "y", "x*x + 2"),
    ]
    assert rows[0].partials == (("x*x", 3.0), ("x*x", 3.0))
    assert (rows[2].gradient, rows[2].numerical_gradient, rows[2].partials) == (None, None, ())


def test_only_the_gradients_asked_for():
    x, w = variables(x=3.0, w=2.0)
    rows = explain((x * w).squared() + x, wrt=[w])
    assert [row.gradient for row in rows] == [None, 36.0, 12.0, 1.0, 1.0]


def test_gradients_from_before_are_forgotten():
    x = Value(3.0)
    y = x * x
    y.backward()
    assert explain(y)[0].gradient == 6.0


def test_the_numerical_gradient_closes_in_on_the_gradient_as_h_shrinks():
    x = Value(0.5)
    y = x.tanh()
    exact = 1 - math.tanh(0.5) ** 2
    errors = [abs(numerical_gradient(y, x, h) - exact) for h in (1e-1, 1e-2, 1e-3, 1e-4)]
    assert errors == sorted(errors, reverse=True)
    assert numerical_gradient(y, y, 0.25) == pytest.approx(1.0)


@pytest.mark.parametrize("h", [0.0, math.inf, math.nan])
def test_a_nudge_of_nothing_is_refused(h):
    x = Value(0.5)
    with pytest.raises(ValueError, match=f"h must be a finite number other than 0, got {h}"):
        numerical_gradient(x * x, x, h)


def test_a_constant_expression_has_a_table_too():
    (row,) = explain(Value(3.0, constant=True))
    assert (row.name, row.value, row.gradient) == ("3", 3.0, None)
