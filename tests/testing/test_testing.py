"""What is offered for the tests of others, used as they would."""

from __future__ import annotations

import pytest
from hypothesis import given
from strategies import examples

from tinygrad_neuron import Value, check, primitive
from tinygrad_neuron.primitives import FUNCTIONS, PRIMITIVES
from tinygrad_neuron.testing import ARITIES, graphs, points

pytest_plugins = ["pytester"]


@given(root=graphs())
@examples(50)
def test_graphs_are_graphs_that_check(root):
    assert isinstance(root, Value)
    if not root.is_constant:
        assert check(root).verdict not in ("FAIL", "INCONCLUSIVE")


def test_graphs_with_a_primitive_of_ones_own():
    cube = primitive("cube_for_testing", lambda x: x * x * x, lambda y, x: 3 * x * x)
    assert cube(2.0) == 8.0
    try:

        @given(root=graphs({"cube_for_testing": 1, "add": 2}, longest=3))
        @examples(30)
        def run(root):
            assert check(root).passed

        run()
    finally:
        del FUNCTIONS["cube_for_testing"], PRIMITIVES["cube_for_testing"]


@given(point=points((0.5, 1.0), (-1.0, 1.0), clear=lambda a, b: b != 0))
def test_points_lie_in_their_box(point):
    assert 0.5 <= point[0] <= 1.0
    assert point[1] != 0


def test_the_fixture(check_gradients):
    check_gradients(lambda x: x.sin(), {"x": 0.5}, {"x": "cos(x)"})
    with pytest.raises(AssertionError, match="verdict: FAIL"):
        check_gradients(lambda x: x.sin(), {"x": 0.5}, {"x": "sin(x)"})


def test_a_failure_is_readable(pytester):
    pytester.makepyfile("""
        from tinygrad_neuron import Value
        def test_mistake(check_gradients):
            check_gradients(lambda x, w: (x * w).tanh(), {"x": 0.5, "w": 2.0}, {"w": "-(1 - tanh(x*w)**2)*x"})
        def test_values():
            assert Value(2.0, label="x") * 3 == Value(7.0)
    """)
    result = pytester.runpytest_subprocess("-p", "no:xdist", "-p", "no:cacheprovider")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*w: FAIL. By hand *the sign is wrong*", "*they differ by -1*"])


def test_every_function_offered_is_in_the_table():
    assert set(ARITIES) <= set(PRIMITIVES)
