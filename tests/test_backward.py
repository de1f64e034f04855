"""backward(): sums, order, accumulation, and large graphs."""

from __future__ import annotations

import gc
import math
import random
import subprocess
import sys

import pytest
from hypothesis import given
from strategies import BENDING, SMOOTH, Program, examples, programs

from tinygrad_neuron import (
    Value,
    compile,
    engine,
    gradient,
    no_grad,
    ops,
    primitive,
    replay,
    topological_order,
    variables,
    where,
)
from tinygrad_neuron.primitives import flat, when
from tinygrad_neuron.program import Program as Recorded
from tinygrad_neuron.value import let_go, name_node

ours = ops.FUNCTIONS.__getitem__


@given(program=programs())
@examples(300)
def test_the_gradient_as_a_graph_equals_backward(program: Program):
    leaves = [Value(x) for x in program.inputs]
    root = program.run(leaves, ours)[-1]
    slopes = gradient(root, *leaves)
    root.backward()
    for leaf, slope in zip(leaves, slopes, strict=True):
        assert leaf.grad == slope.data or (leaf.grad != leaf.grad and slope.data != slope.data)


class TestAccumulation:
    """In the words of those who ask most often."""

    def test_second_backward_adds_at_the_leaf(self):
        x = Value(2.0)
        y = x**3
        y.backward()
        assert x.grad == 12.0
        y.backward()
        assert x.grad == 24.0

    def test_second_backward_on_a_chain_gives_54_not_45(self):
        x = Value(3.0)
        y = x * x
        z = y * x
        z.backward()
        assert x.grad == 27.0
        z.backward()
        assert x.grad == 54.0
        assert y.grad == 3.0

    def test_shared_subgraph_gives_12_not_9(self):
        a = Value(3.0)
        b = a + a
        c = b + b
        d = c * a
        d.backward()
        assert (b.grad, c.grad) == (6.0, 3.0)
        assert a.grad == 12.0 + 12.0
        a, b = variables(a=1.0, b=2.0)
        shared = a * b
        (shared * 3 + shared * 3).backward()
        assert (a.grad, b.grad) == (12.0, 6.0)

    def test_two_roots_that_share_a_subgraph_give_the_sum_at_the_leaves(self):
        x = Value(3.0)
        shared = x * x
        first, second = shared * 2, shared + x
        first.backward()
        assert (x.grad, shared.grad) == (12.0, 2.0)
        second.backward()
        assert (x.grad, shared.grad) == (12.0 + 7.0, 1.0)

    def test_why_the_order_is_topological(self):
        """b's gradient must be complete before it flows on to a."""
        a = Value(1.0)
        b = a + a
        c = b + b
        c.backward()
        assert (a.grad, b.grad) == (4.0, 2.0)

    def test_a_node_that_leads_both_directly_and_far_around(self):
        x = Value(2.0)
        y = x
        for _ in range(5):
            y = y * x
        (y + x).backward()
        assert x.grad == 6 * 2.0**5 + 1

    def test_zero_grad_on_a_root_clears_its_whole_graph(self):
        x = Value(2.0)
        y = x * x
        z = y + 1
        z.backward()
        z.zero_grad()
        assert not any(node.has_grad for node in (x, y, z))
        assert x.grad == 0.0
        z.backward()
        assert x.grad == 4.0

    def test_drawing_before_backward_shows_no_gradients_rather_than_zeros(self):
        x = Value(2.0)
        y = x * x
        assert (x.grad, x.has_grad) == (0.0, False)
        y.backward()
        assert x.has_grad

    def test_assigning_a_leaf_does_not_change_the_graph_recorded_before(self):
        x, w = variables(x=3.0, w=2.0)
        y = (x * w).tanh() + x**2
        y.backward()
        before = (x.grad, w.grad)
        y.zero_grad()
        x.data, w.data = 100.0, -7.0
        y.backward()
        assert (x.grad, w.grad) == before

    def test_an_upstream_gradient_can_be_given(self):
        x = Value(3.0)
        (x * x).backward(0.5)
        assert x.grad == 3.0

    def test_backward_of_a_leaf_and_of_a_constant(self):
        x = Value(3.0)
        x.backward()
        x.backward()
        assert x.grad == 2.0
        with pytest.raises(ValueError, match=r"is a constant: nothing was recorded .*no_grad"):
            Value(3.0, constant=True).backward()

    def test_gradients_can_be_assigned_as_other_engines_programs_do(self):
        x = Value(3.0)
        x.grad = 5
        (x * 2).backward()
        assert x.grad == 7.0
        x.grad = 0
        assert x.grad == 0.0


if engine() == "plain":  # nothing interrupts the compiled loop over numbers of C

    def test_a_failure_in_the_middle_is_mended_by_one_zero_grad():
        class Fragile(float):
            armed = False

            def __mul__(self, other):
                if Fragile.armed:
                    raise KeyboardInterrupt
                return float(self) * other

            __rmul__ = __mul__

        x = Value(2.0)
        y = x * 3
        z = y * x
        y._dleft = Fragile(3.0)
        Fragile.armed = True
        with pytest.raises(KeyboardInterrupt):
            z.backward()
        Fragile.armed = False
        assert x.has_grad
        z.zero_grad()
        z.backward()
        assert (x.grad, y.grad) == (12.0, 2.0)


class TestScale:
    def test_a_chain_of_a_million_nodes_at_the_default_recursion_limit(self):
        assert sys.getrecursionlimit() <= 1000
        x = Value(1.0)
        y = x
        for _ in range(1_000_000):
            y = y + x
        assert y.data == 1_000_001.0
        y.backward()
        assert x.grad == 1_000_001.0
        y.zero_grad()
        del y
        gc.collect()

    def test_a_long_chain_is_freed_without_a_crash(self):
        program = """
from tinygrad_neuron import Value, tanh, sum
for build in (lambda y: y * 1.0, lambda y: y - y, tanh, lambda y: sum(y, y, y)):
    y = Value(0.5)
    for _ in range(300_000):
        y = build(y)
    del y
print("freed")
"""
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, "freed\n"), done.stderr

    def test_doubling_60_times_gives_a_power_of_two_exactly(self):
        x = Value(1.0)
        y = x
        for _ in range(60):
            y = y + y
        y.backward()
        assert (y.data, x.grad) == (2.0**60, 2.0**60)

    def test_the_same_node_used_10_000_times(self):
        x = Value(1.5)
        sum([x] * 10_000).backward()
        assert x.grad == 10_000.0
        x.zero_grad()
        ops.sum([x] * 10_000).backward()
        assert x.grad == 10_000.0
        x.zero_grad()
        ops.dot([x] * 5_000, [x] * 5_000).backward()
        assert x.grad == 15_000.0

    def test_a_deep_graph_is_let_go(self):
        before = sys.getallocatedblocks()
        end = Value(0.5)
        for _ in range(300_000):
            end = end * 0.999
        assert sys.getallocatedblocks() - before > 500_000
        del end
        assert sys.getallocatedblocks() - before < 10_000

    if engine() == "plain":  # which is what a browser has; the compiled class can't be given a method

        def test_a_deep_graph_is_let_go_node_by_node(self, monkeypatch):
            """As in a browser, where Python's own way through it would end in a crash."""
            monkeypatch.setattr(Value, "__del__", let_go, raising=False)

            def n_values():
                gc.collect()
                return sum(type(each) is Value for each in gc.get_objects())

            before = n_values()
            start = end = Value(0.5)
            for k in range(50_000):
                end = end * 0.999 + start * 1e-6
                if k == 10_000:
                    kept = end
            assert n_values() - before > 200_000
            del end
            assert n_values() - before == len(topological_order(kept))
            kept.backward()
            assert 0 < start.grad < 1
            del kept
            assert n_values() - before == 1

    def test_a_wide_and_deep_random_graph_against_its_gradient_as_a_graph(self):
        chance = random.Random(1)
        nodes = [Value(chance.uniform(-1, 1)) for _ in range(10)]
        names = sorted(set(SMOOTH | BENDING) - {"squared", "mul"})
        for _ in range(20_000):
            name = chance.choice(names)
            arity = (SMOOTH | BENDING)[name]
            nodes.append(ours(name)(*chance.choices(nodes, k=arity)))
        root, leaves = sum(nodes[-50:]), nodes[:10]
        root.backward()
        assert [leaf.grad for leaf in leaves] == [slope.data for slope in gradient(root, *leaves)]
        assert any(leaf.grad for leaf in leaves)


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_a_gradient_of_zero_is_a_gradient(zero):
    x = Value(2.0)
    y = x * zero
    y.backward()
    assert (x.grad, x.has_grad) == (0.0, True)
    assert math.copysign(1.0, x.grad) == 1.0
    x.zero_grad()
    assert not x.has_grad
    x.grad = zero
    assert x.has_grad
    y.backward()
    y.backward(-0.0)
    assert (x.has_grad, y.has_grad) == (True, True)


def test_a_constant_has_no_gradient_though_infinite_slopes_lie_beside_it():
    x, zero = Value(3.0), Value(0.0, constant=True)
    y = x / zero + zero * x
    y.backward()
    assert (zero.grad, zero.has_grad) == (0.0, False)
    assert None in y.operands[0].partials


class TestWhereNothingFlows:
    def test_a_leaf_behind_a_condition_has_a_gradient_of_0(self):
        x = Value(-1.0)
        y = where(x > 0, x * x, 2.0)
        assert not x.has_grad
        y.backward()
        assert (x.grad, x.has_grad) == (0.0, True)
        y.backward()
        assert (x.grad, x.has_grad) == (0.0, True)

    def test_the_partial_that_is_shown_there_is_0(self):
        x = Value(-1.0)
        assert x.relu().partials == (0.0,)
        assert where(x > 0, x * 2.0, x * 3.0).partials == (0.0, 0.0, 1.0)
        assert where(x > 0, x * 2.0, x * 3.0).flows == (None, None, 1.0)

    @pytest.mark.parametrize("root", ["x", 1.0, None])
    def test_what_is_no_value_has_no_order(self, root):
        with pytest.raises(TypeError, match="expected a Value, got"):
            topological_order(Value(1.0), root)

    def test_what_comes_behind_a_node_without_a_flow_gets_its_gradient(self):
        x, w = Value(-1.0), Value(2.0)
        for root in (where(x > 0, x.exp() * x, 0.0) + w * 3.0, w * 3.0 + where(x > 0, x.exp() * x, 0.0)):
            root.zero_grad()
            root.backward()
            assert (w.grad, x.grad) == (3.0, 0.0)

    @pytest.mark.parametrize("upstream", [0.0, 2.0])
    def test_a_flow_is_upstream_times_partial_beside_a_closed_one(self, upstream):
        a, b = Value(1.0), Value(5.0)
        one_open = primitive(
            f"one_open_{upstream:.0f}", lambda a, b: 3.0 * a, lambda y, a, b: when(ops.less(0.0, a), 3.0), flat
        )
        one_open(a, b).backward(upstream)
        assert (a.grad, b.grad, a.has_grad) == (3.0 * upstream, 0.0, True)

    def test_a_gradient_of_0_flows_in_as_one(self):
        x = Value(3.0)
        y = x * x
        y.backward(0.0)
        assert (y.grad, x.grad, x.has_grad) == (0.0, 0.0, True)

    def test_what_has_no_gradient_shows_a_positive_0(self):
        for value in (Value(1.0), Value(1.0, constant=True)):
            assert math.copysign(1.0, value.grad) == 1.0
            assert value.grad == 0.0
        program = Recorded.of(Value(1.0) * 2.0)
        assert [math.copysign(1.0, program.gradient(k)) + program.gradient(k) for k in range(3)] == [1.0] * 3
        assert [program.has_gradient(k) for k in range(3)] == [False] * 3


class TestOfManyOperands:
    def test_nothing_is_recorded_under_no_grad_and_of_constants(self):
        x, y, z = Value(1.0), Value(2.0), Value(3.0)
        with no_grad():
            assert ops.maximum(x, y, z).is_constant
        assert ops.maximum(*(Value(number, constant=True) for number in (1.0, 2.0, 3.0))).is_constant
        assert not ops.maximum(x, 2.0, 3.0).is_constant

    def test_operands_come_in_the_order_they_were_given(self):
        values = [Value(1.0, label=name) for name in "abcde"]
        assert [node.label for node in topological_order(ops.sum(*values))] == [*"abcde", ""]

    def test_a_condition_is_a_number_among_them(self):
        assert ops.add(Value(2.0), Value(2.0) > 0).data == 3.0
        assert compile(lambda x: ops.add(x, x > 0))(-1.0) == -1.0
        x = Value(2.0, label="x")
        root = ops.add(x, x > 0)
        assert replay(root, {"x": -1.0})[root] == -1.0

    def test_a_node_that_has_a_name_keeps_it(self):
        assert name_node(Value(1.0, label="a"), "b").label == "a"
        assert name_node(Value(1.0), "b").label == "b"

    @pytest.mark.parametrize(("thing", "remedy"), [([], "pick one"), ((), "pick one"), (1.0, "make the inputs Value")])
    def test_what_is_no_end_of_a_graph_is_refused_with_what_to_do(self, thing, remedy):
        with pytest.raises(TypeError, match=remedy):
            topological_order(thing)
