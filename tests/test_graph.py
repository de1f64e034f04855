"""Gradients as graphs, derivatives of functions, replays, diagnostics."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_neuron import (
    StaleGraphError,
    Value,
    derive,
    dot,
    draw,
    exp,
    first_non_finite,
    grad,
    gradient,
    hessian,
    jacobian,
    jvp,
    keep_sources,
    kinks,
    log,
    no_grad,
    ops,
    relu,
    replay,
    scope,
    sin,
    sqrt,
    tanh,
    topological_order,
    value_and_grad,
    variables,
)
from tinygrad_neuron.graph import expanded, is_stale
from tinygrad_neuron.program import Program


class TestGradient:
    def test_of_a_gradient_to_any_order(self):
        x = Value(0.7)
        y, expected = sin(x), [math.cos, lambda v: -math.sin(v), lambda v: -math.cos(v), math.sin]
        for k in range(12):
            (y,) = gradient(y, x)
            assert y.data == pytest.approx(expected[k % 4](0.7), rel=1e-14)

    def test_with_respect_to_several_and_to_computed_values(self):
        x, w = variables(x=3.0, w=2.0)
        net = x * w
        y = net.squared()
        assert [each.data for each in gradient(y, x, w, net, y)] == [24.0, 36.0, 12.0, 1.0]

    def test_of_what_does_not_depend_on_it_is_a_constant_zero(self):
        (zero,) = gradient(Value(3.0) * 2, Value(1.0))
        assert (zero.data, zero.is_constant) == (0.0, True)

    def test_leaves_the_gradients_of_backward_alone(self):
        x = Value(3.0)
        gradient(x * x, x)
        assert not x.has_grad

    def test_a_constant_exponent_is_no_edge_in_the_second_derivative_either(self):
        x = Value(-1.2)
        (slope,) = gradient(x**2, x)
        (curvature,) = gradient(slope, x)
        (zero,) = gradient(curvature, x)
        assert (slope.data, curvature.data, zero.data) == (-2.4, 2.0, 0.0)

    def test_constants_are_folded_in_the_gradient_graph(self):
        x = Value(2.0)
        (slope,) = gradient(x**3, x)
        constants = [node.data for node in topological_order(slope) if node.is_constant]
        assert 2.0 in constants  # the exponent 3 - 1, a number and no node of its own
        assert all(node.is_leaf for node in topological_order(slope) if node.is_constant)

    def test_a_label_that_several_have_names_none_of_them(self):
        x, other = Value(2.0, label="x"), Value(3.0, label="x")
        y = x * other
        with pytest.raises(ValueError, match="'x' can mean 2 nodes"):
            replay(y, {"x": 1.0})
        assert replay(y, {other: 1.0})[y] == 2.0

    def test_where_a_condition_lets_nothing_through_the_partial_is_0_and_none_along_a_constant(self):
        program = Program.of(Value(-1.0).relu() * 2.0)
        assert (program.partials[1], program.slopes[1]) == ((None,), (0.0,))
        assert (program.partials[3], program.slopes[3]) == ((2.0, None), (2.0, None))

    @pytest.mark.parametrize("number", [1.0, 3.0, math.nan])
    def test_a_leaf_that_was_assigned_since_makes_stale_what_was_computed_from_it(self, number):
        x, w = Value(2.0), Value(5.0)
        y = x * x
        z = w * w + y
        x.data = number
        program = Program.of(z)
        assert [program.nodes[k] for k in program.stale()] == [y]
        assert [is_stale(node) for node in (x, y, z)] == [False, True, False]
        x.data = 2.0
        assert not is_stale(y)

    def test_a_stale_graph_is_refused(self):
        x = Value(2.0, label="x")
        y = x * x
        x.data = 3.0
        with pytest.raises(StaleGraphError, match=r"one of x.*compute the expression again"):
            gradient(y, x)


class TestFunctions:
    def test_grad_by_position_by_name_and_of_several(self):
        f = lambda x, w, b=1.0: x * w + b * w
        assert grad(f)(3.0, 2.0) == 2.0
        assert grad(f, wrt=1)(3.0, 2.0) == 4.0
        assert grad(f, wrt="w")(3.0, 2.0) == 4.0
        assert grad(f, wrt="b")(3.0, w=2.0, b=5.0) == 2.0
        assert grad(f, wrt=(0, "w"))(3.0, 2.0) == (2.0, 4.0)
        with pytest.raises(TypeError, match="no argument 'q'"):
            grad(f, wrt="q")(3.0, 2.0)
        with pytest.raises(TypeError, match="no argument 7"):
            grad(f, wrt=7)(3.0, 2.0)

    def test_structures_of_lists_tuples_and_dicts(self):
        f = lambda p: p["w"][0] * p["w"][1] + sum(p["b"]) ** 2
        value, slopes = value_and_grad(f)({"w": [2.0, 3.0], "b": (1.0, 1.0)})
        assert value == 10.0
        assert slopes == {"w": [3.0, 2.0], "b": (4.0, 4.0)}

    def test_floats_give_floats_and_values_give_values(self):
        assert type(grad(tanh)(0.5)) is float
        assert type(grad(tanh)(Value(0.5))) is Value

    def test_nested_to_the_fourth_order(self):
        fourth = grad(grad(grad(grad(lambda x: exp(2 * x)))))
        assert fourth(0.3) == pytest.approx(16 * math.exp(0.6), rel=1e-14)

    def test_nested_calls_do_not_confuse_their_perturbations(self):
        assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(2.0) == 1.0
        assert grad(lambda x: x * grad(lambda y: x * y)(1.0))(3.0) == 6.0
        assert grad(lambda x, y: x * y)(*[Value(3.0)] * 2).data == 3.0

    def test_captured_values_keep_their_gradients(self):
        w = Value(2.0)
        slope = grad(lambda x: w * x * x)(3.0)
        assert slope.data == 12.0
        assert not w.has_grad
        assert gradient(slope, w)[0].data == 6.0

    def test_a_constant_function_and_one_without_a_scalar(self):
        assert grad(lambda x: 3.0)(1.0) == 0.0
        assert value_and_grad(lambda x: x)(2.0) == (2.0, 1.0)
        with pytest.raises(TypeError, match=r"returned a list: .* jacobian"):
            grad(lambda x: [x])(1.0)
        with pytest.raises(TypeError, match="returned a NoneType"):
            grad(lambda x: None)(1.0)

    def test_jacobian_of_structures(self):
        f = lambda p: {"product": p[0] * p[1], "first": p[0], "neither": 7.0}
        assert jacobian(f)([2.0, 3.0]) == {"product": [3.0, 2.0], "first": [1.0, 0.0], "neither": [0.0, 0.0]}
        assert jacobian(lambda x, w: [x * w], wrt=("x", "w"))(2.0, 3.0) == [(3.0, 2.0)]

    def test_hessian(self):
        f = lambda x, y: x**2 * y + sin(y)
        assert hessian(f)(3.0, 5.0) == 10.0
        assert hessian(f, wrt=(0, 1))(3.0, 5.0) == ((10.0, 6.0), (6.0, -math.sin(5.0)))

    @given(
        st.lists(st.floats(-2.0, 2.0), min_size=3, max_size=3), st.lists(st.floats(-2.0, 2.0), min_size=3, max_size=3)
    )
    def test_jvp_is_the_jacobian_times_the_tangent(self, point, direction):
        f = lambda p: [tanh(p[0] * p[1]), sin(p[2]) + p[0] ** 2, p[1]]
        value, moved = jvp(f, (point,), (direction,))
        rows = jacobian(f)(point)
        assert value == f(point)
        for found, row in zip(moved, rows, strict=True):
            exact = sum(a * b for a, b in zip(row, direction, strict=True))
            assert found == pytest.approx(exact, rel=1e-12, abs=1e-12)

    def test_jvp_of_jvp_and_forward_over_reverse(self):
        cube = lambda x: x**3
        assert jvp(lambda x: jvp(cube, (x,), (1.0,))[1], (2.0,), (1.0,)) == (12.0, 12.0)
        assert jvp(grad(cube), (2.0,), (1.0,)) == (12.0, 12.0)
        with pytest.raises(ValueError, match="1 numbers in primals and 2 in tangents"):
            jvp(cube, (2.0,), (1.0, 1.0))

    def test_under_no_grad_there_is_nothing_to_differentiate(self):
        with no_grad():
            assert grad(lambda x: x * x)(3.0) == 0.0


class TestReplay:
    def test_of_changed_leaves_and_stages(self):
        x, w = variables(x=3.0, w=2.0)
        net = x * w
        y = net + 1
        assert replay(y, {w: 5.0})[y] == 16.0
        assert replay(y, {net: 0.0})[y] == 1.0
        assert y.data == 7.0


class TestDiagnostics:
    def test_the_first_non_finite_value_with_operation_operands_and_label(self):
        x = Value(-1.0, label="x")
        y = log(x)
        y.label = "y"
        report = first_non_finite(exp(y) + 1)
        assert report.node is y
        assert report.node.primitive.name == "log"
        assert report.node.operands == (x,)
        assert report.what == "value"
        assert report.message == "the value of y (log) is nan, from x = -1.0; it is a number for x ≥ 0"

    def test_the_first_non_finite_gradient(self):
        x = Value(0.0, label="x")
        y = sqrt(x) * 3
        y.backward()
        report = first_non_finite(y)
        assert (report.node, report.what) == (x, "gradient")
        assert report.message == "the gradient of x is inf, flowing back through sqrt[1]"

    def test_of_several_gradients_the_one_that_flows_back_first_is_named(self):
        x = Value(0.0, label="x")
        square = x * x
        y = sqrt(square)
        square.label, y.label = "square", "y"
        y.backward()
        report = first_non_finite(y)
        assert (report.node, report.what, square.grad) == (square, "gradient", math.inf)
        assert report.message == "the gradient of square (mul) is inf, flowing back through y"

    def test_the_source_line_is_kept_on_request(self):
        x = Value(-1.0, label="x")
        with keep_sources(), scope("inside"):
            y = log(x) * 2
            z = (y + 1).relu() + ops.maximum(y, 1.0, x)
        assert [node.source.rpartition(":")[0] for node in topological_order(z) if node.primitive] == [__file__] * 6
        lines = {
            node.primitive.name: int(node.source.rpartition(":")[2]) for node in topological_order(z) if node.primitive
        }
        assert lines["relu"] == lines["log"] + 1
        assert y.scope == ("inside",)
        with scope("outside"), keep_sources():
            assert (x * 2).scope == ("outside",)
        y.label = "y"
        assert first_non_finite(z).message.endswith(f"it is a number for x ≥ 0 [{__file__}:{lines['log']}]")
        assert (x * 2).source == ""

    def test_all_finite(self):
        x = Value(2.0)
        y = x.log()
        assert first_non_finite(y) is None
        y.backward()
        assert first_non_finite(y) is None

    def test_kinks_name_the_nodes(self):
        x = Value(0.0)
        bend = relu(x)
        assert kinks(bend + x * x) == [bend]
        assert kinks(relu(Value(1.0))) == []
        assert kinks(relu(Value(0.0, constant=True))) == []


class TestExpanded:
    def test_a_dot_becomes_products_and_sums_with_the_same_numbers_and_gradients(self):
        (a, b, c), (x, z) = variables(a=2.0, b=-3.0, c=0.5), variables(x=4.0, z=5.0)
        y = dot([a, b, c, 7.0], [x, z, 2.0, 9.0])
        y.label = "y"
        loss = tanh(y / 10) * x
        loss.backward()
        places = expanded(loss)
        assert [node.primitive.name for node in topological_order(places[y]) if node.primitive] == [
            "mul", "mul", "add", "mul", "add", "add",
        ]  # fmt: skip
        assert (places[y].label, places[y].data, places[y].grad) == ("y", y.data, y.grad)
        assert all(places[leaf] is leaf for leaf in (a, b, c, x, z))
        before = [leaf.grad for leaf in (a, b, c, x, z)]
        for leaf in (a, b, c, x, z):
            leaf.zero_grad()
        places[loss].backward()
        assert [leaf.grad for leaf in (a, b, c, x, z)] == before

    def test_what_has_no_dot_is_itself(self):
        x, w = variables(x=1.0, w=2.0)
        y = tanh(x * w)
        assert expanded(y)[y] is y

    def test_pictures_show_the_products_on_request(self):
        (w, v), (x,) = variables(w=2.0, v=3.0), variables(x=4.0)
        y = dot([w, v], [x, 1.0]) + 1
        y.backward()
        assert len(draw(y).view.boxes) == 5
        picture = draw(y, products=True, path=w, hand={w: 4.0, "v": 1.0})
        assert [box.name for box in picture.view.boxes if box.kind == "operation"] == ["w*x", "v*1", "w*x + v*1"]
        assert "dot" not in derive(y, w).text


def test_expanded_products_have_gradients_where_the_dot_has():
    x, w = Value(2.0), Value(3.0)
    y = dot([w, x], [x, w])
    assert not any(node.has_grad for node in topological_order(expanded(y)[y]))
    y.backward()
    assert all(node.has_grad for node in topological_order(expanded(y)[y]))
