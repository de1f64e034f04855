"""Value as a number, and what it takes."""

from __future__ import annotations

import gc
import math
import operator
import tracemalloc
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_neuron import Value, no_grad, scope, topological_order, variables

OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.floordiv, operator.mod]


@pytest.mark.parametrize("operate", OPERATORS)
def test_operators_in_both_directions(operate):
    x = Value(2.5)
    assert operate(x, 1.5).data == operate(Value(2.5), Value(1.5)).data == operate(1.5 + Value(1.0), 1.5).data
    assert operate(1.5, x).data == operate(Value(1.5), x).data
    assert operate(x, 1.5).data == pytest.approx(operate(2.5, 1.5))
    assert operate(1.5, x).data == pytest.approx(operate(1.5, 2.5))


@pytest.mark.parametrize(("a", "b"), [(7.5, 2.0), (-7.5, 2.0), (7.5, -2.0), (-1.0, 3.0), (6.0, 3.0), (1.0, 2.5)])
def test_the_remainder_and_the_quotient_are_those_of_floats(a, b):
    for left, right in ((Value(a), b), (a, Value(b)), (Value(a), Value(b))):
        assert (left % right).data == a % b
        assert (left // right).data == a // b


def test_unary_operators_and_conversions():
    x = Value(-2.75)
    assert (+x, (-x).data, abs(x).data) == (x, 2.75, 2.75)
    fixed = x.detach()
    assert (float(fixed), int(fixed), round(fixed), round(fixed, 1)) == (-2.75, -2, -3, -2.8)
    assert (x.item(), bool(x), bool(Value(0.0))) == (-2.75, True, False)
    assert (f"{x:.1f}", f"{x}", str(x)) == ("-2.8", "Value(-2.75)", "Value(-2.75)")


def test_comparisons_are_by_number_and_hashing_is_by_identity():
    a, b = Value(1.0), Value(1.0)
    assert a == b
    assert a == 1
    assert a != 2
    assert (a != "1") is True
    assert (a == "1") is False
    assert a < 2 <= Value(2.0)
    assert b >= 1 > Value(0.5)
    assert len({a, b}) == 2
    with pytest.raises(TypeError, match="got str"):
        _ = a < "2"


@given(st.floats(), st.text(), st.booleans())
def test_repr_reads_back(number, label, constant):
    value = Value(number, label=label, constant=constant)
    again = eval(repr(value))  # noqa: S307
    assert again.label == label
    assert again.is_constant == constant
    assert again.data == number or math.isnan(number)


@pytest.mark.parametrize(
    "number",
    [True, 3, 2.5, Fraction(5, 2), Decimal("2.5"), np.float64(2.5), np.float32(2.5), np.int8(3), np.bool_(1), 2**1000],
)
def test_real_numbers_become_floats(number):
    value = Value(number)
    assert type(value.data) is float
    assert value.data == float(number)
    assert type((Value(1.0) + number).data) is float


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        (1j, r"got complex: only real numbers .* \.real"),
        ("2", r"got str: .* float\(\)"),
        (None, "got NoneType: did a function forget its return"),
        ([1.0], r"got list: .* \[Value\(x\) for x in"),
        (np.array([1.0]), r"got ndarray: .* \.item\(\)"),
        (np.array(1.0), r"got ndarray: .* \.item\(\)"),
        (Value(1.0), "got Value"),
        (object(), "got object"),
    ],
)
def test_anything_else_is_a_type_error_that_says_what_to_do(thing, message):
    with pytest.raises(TypeError, match=message):
        Value(thing)
    if not isinstance(thing, (Value, np.ndarray)):
        for operate in OPERATORS[:5]:
            with pytest.raises(TypeError, match="expected a real number"):
                operate(Value(1.0), thing)
            with pytest.raises(TypeError):
                operate(thing, Value(1.0))


def test_an_integer_too_large_for_a_float_is_a_value_error():
    with pytest.raises(ValueError, match="too large for a float"):
        Value(10**400)
    with pytest.raises(ValueError, match="too large for a float"):
        Value(1.0) * 10**400


@pytest.mark.parametrize("scalar", [np.float64(2.0), np.float32(2.0), np.int64(2)])
def test_numpy_scalars_on_either_side(scalar):
    x = Value(3.0)
    for operate in OPERATORS[:5]:
        left, right = operate(scalar, x), operate(x, scalar)
        assert type(left) is type(right) is Value
        assert left.data == operate(2.0, 3.0)
        assert right.data == operate(3.0, 2.0)


def test_sum_of_a_list_of_values():
    assert sum([Value(1.0), Value(2.0), Value(3.0)]).data == 6.0


def test_labels_are_given_at_construction_later_and_several_at_once():
    x, w = variables(x=0.4, w=0.5)
    y = x * w
    y.label = "y"
    assert [node.label for node in topological_order(y)] == ["x", "w", "y"]
    with pytest.raises(TypeError, match="a label is a string, got int"):
        y.label = 3


def test_data_of_a_leaf_can_be_assigned_and_that_of_a_computed_value_not():
    x = Value(1.0)
    x.data = 2
    assert x.data == 2.0
    y = x + 1
    with pytest.raises(AttributeError, match="its data is read-only: change a leaf"):
        y.data = 5.0


def test_constants_are_nodes_without_gradient():
    x = Value(3.0)
    y = 2 * x + 1
    (product, one), (two, _) = y.operands, y.operands[0].operands
    assert (one.is_constant, two.is_constant, product.is_constant) == (True, True, False)
    assert y.partials == (1.0, None)
    y.backward()
    assert not two.has_grad
    assert x.has_grad


def test_arithmetic_of_constants_is_folded():
    two, three = Value(2.0, constant=True), Value(3.0, constant=True)
    for folded in (two * three, two + 3, two**three, -two, two / three, two.exp()):
        assert folded.is_constant
        assert folded.is_leaf


def test_operands_keep_their_order_and_doubles():
    a, b = Value(2.0), Value(3.0)
    assert [operand is a for operand in (a * a).operands] == [True, True]
    assert (a - b).operands[0] is a
    assert (1 - b).operands[1] is b


def test_no_grad_records_nothing():
    x = Value(3.0)
    with no_grad():
        y = (x * x).exp() + 1
    assert y.is_leaf
    assert y.is_constant
    assert not (x * 2).is_constant
    with pytest.raises(ZeroDivisionError), no_grad():
        raise ZeroDivisionError
    assert not (x * 2).is_constant


def test_detach_is_the_same_number_without_the_graph():
    x = Value(3.0, label="x")
    y = (x * x).detach() * x
    y.backward()
    assert x.grad == 9.0
    assert x.detach().label == "x"


def test_a_subclass_keeps_its_type_and_attributes():
    class Tracked(Value):
        def twice(self):
            return self * 2

    x = Tracked(3.0)
    for result in (x + 1, 1 - x, x * x, x.tanh(), 2 / x, x**2, -x, x.detach() * x):
        assert type(result) is Tracked
    x.note = "kept"
    assert (x.twice() + 1).twice().data == 14.0


def test_scopes_nest_and_end():
    x = Value(3.0)
    with scope("layer 1"):
        with scope("neuron 1"):
            inner = x * x
            weight = Value(1.0, label="w")
        outer = inner + 1
        with pytest.raises(ZeroDivisionError), scope("failing"):
            raise ZeroDivisionError
        after = inner.tanh()
    assert [each.scope for each in (x, inner, weight, outer, after, x * x)] == [
        (),
        ("layer 1", "neuron 1"),
        ("layer 1", "neuron 1"),
        ("layer 1",),
        ("layer 1",),
        (),
    ]
    inner.label = "named"
    assert inner.scope == ("layer 1", "neuron 1")
    with pytest.raises(TypeError, match="a scope's name is a string, got int"), scope(3):
        pass


def test_a_scope_inside_no_grad_records_nothing_still():
    x = Value(3.0)
    with no_grad(), scope("neuron"):
        assert (x * x).is_constant
        assert Value(1.0).scope == ()


def test_parameters_are_marked():
    w = Value(3.0, label="w", parameter=True)
    assert repr(w) == "Value(3.0, label='w', parameter=True)"
    assert (w.is_parameter, w.is_leaf, w.is_constant, w.primitive) == (True, True, False, None)
    (w * w).backward()
    assert w.grad == 6.0


class TestMemory:
    def test_a_discarded_graph_is_freed_at_once_without_the_collector(self):
        class Counted(Value):
            alive = 0

            def __del__(self):
                Counted.alive -= 1

        gc.disable()
        try:
            x = Counted(1.0)
            y = x
            for _ in range(100):
                y = (y * x + 1).tanh()
                Counted.alive += 4
            y.backward()
            y.zero_grad()
            assert Counted.alive == 400
            y = None
            assert Counted.alive == 0
        finally:
            gc.enable()

    def test_nothing_is_left_for_the_collector(self):
        gc.collect()
        gc.disable()
        before = sum(type(found) is Value for found in gc.get_objects())
        try:
            for _ in range(10):
                x = Value(1.0)
                y = (x * x).sigmoid()
                y.backward()
            del x, y
            assert sum(type(found) is Value for found in gc.get_objects()) == before
        finally:
            gc.enable()

    @pytest.mark.parametrize("operate", [operator.add, operator.sub, operator.mul, operator.truediv])
    def test_a_binary_node_takes_at_most_200_bytes(self, operate):
        count = 10_000
        x, values = Value(1.0001), [Value(1.5)]
        values[1:] = [None] * count
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        for k in range(count):
            values[k + 1] = operate(values[k], x)
        values[-1].backward()
        after = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        assert (after - before) / count <= 200
