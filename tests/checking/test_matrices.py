"""Whole matrices: every entry is judged, and the structure of a mistake is named."""

from __future__ import annotations

import json
import math
import random

import mpmath
import numpy as np
import pytest

from tinygrad_neuron import Value, check, check_function, ops, parse, primitive
from tinygrad_neuron.checking.matrices import check_grad, check_hessian, check_jacobian, second_order
from tinygrad_neuron.graph import hessian, jacobian

SHAPES = [(2, 2), (2, 3), (3, 2), (3, 3), (4, 4), (6, 6), (3, 5)]

CHANGES = [lambda each: -each, lambda each: 2 * each, lambda each: each * (1 + 1e-9), lambda _: 0.0]


def linear(matrix):
    """A function with this Jacobian."""
    return lambda x: [sum((a * each for a, each in zip(row, x, strict=True)), 0.0) for row in matrix]


def quadratic(matrix):
    """A function with this Hessian, which is symmetric."""
    pairs = [(i, j) for i in range(len(matrix)) for j in range(len(matrix))]
    return lambda x: sum((matrix[i][j] / 2 * x[i] * x[j] for i, j in pairs), 0.0)


def curved(weights):
    """A function that bends in every direction: tanh of sums."""
    return lambda x: [sum((w * each for w, each in zip(row, x, strict=True)), 0.0).tanh() for row in weights]


def draw_matrix(m, n, chance, symmetric=False):
    """Numbers of which no two have the same size, and no row or column is another's multiple."""
    found = [[chance.choice((-1, 1)) * round(chance.uniform(1, 9), 6) for _ in range(n)] for _ in range(m)]
    return [[found[min(i, j)][max(i, j)] for j in range(n)] for i in range(m)] if symmetric else found


def turn(rows):
    return [list(column) for column in zip(*rows, strict=True)]


def verdicts(result):
    return [[entry.verdict for entry in row] for row in result.rows]


# ---------------------------------------------------------------- right ones, and single errors
@pytest.mark.parametrize(("m", "n"), SHAPES)
def test_right_matrices_pass_and_an_error_in_any_entry_is_found(m, n):
    chance = random.Random(10 * m + n)
    f, x = curved(draw_matrix(m, n, chance)), [chance.uniform(-0.1, 0.1) for _ in range(n)]
    right = jacobian(f)(x)
    for given in (right, np.array(right), lambda _: right, [[f"{each!r}" for each in row] for row in right]):
        assert check_jacobian(f, given, x).verdict == "PASS"
    for i in range(m):
        for j in range(n):
            for change in CHANGES if m * n < 10 else [CHANGES[(i + j) % len(CHANGES)]]:
                wrong = [list(row) for row in right]
                wrong[i][j] = change(wrong[i][j])
                found = verdicts(check_jacobian(f, wrong, x))
                assert [(r, c) for r in range(m) for c in range(n) if found[r][c] != "PASS"] == [(i, j)]


def test_figures_are_judged_at_their_digits():
    f = curved([[1.0, 2.0], [3.0, -1.0]])
    right = jacobian(f)([0.3, 0.2])
    assert check_jacobian(f, [[round(each, 3) for each in row] for row in right], [0.3, 0.2]).passed
    assert not check_jacobian(f, [[round(each, 3) + 0.001 for each in row] for row in right], [0.3, 0.2]).passed


def test_entries_whose_input_is_not_in_the_component():
    def f(x):
        return [x[0] * 3, x[1] ** 2, 5.0]

    right = [[3, 0], [0, 8], [0, 0]]
    assert check_jacobian(f, right, [1.0, 4.0]).verdict == "PASS"
    for i, j in ((0, 1), (1, 0), (2, 0), (2, 1)):
        wrong = [list(row) for row in right]
        wrong[i][j] = 0.25
        result = check_jacobian(f, wrong, [1.0, 4.0])
        assert verdicts(result)[i][j] == "FAIL"
        assert result.exit_code == 1


# ---------------------------------------------------------------- how f, J and x may be given
def test_arrays_dicts_numbers_and_nested_lists():
    weights = np.array([[1.0, 2.0], [3.0, 5.0]])
    assert check_jacobian(lambda x: np.tanh(weights @ x) * 0 + weights @ x, weights, np.array([1.0, 2.0])).passed
    by_name = {"u": {"w": 2.0, "b": 1.0}, "v": {"w": 0.0, "b": 4.0}}
    result = check_jacobian(lambda p: {"u": 2 * p["w"] + p["b"], "v": p["b"] * 4}, by_name, {"b": 1.0, "w": 3.0})
    assert (result.verdict, result.components, result.inputs) == ("PASS", ("u", "v"), ("b", "w"))
    assert check_jacobian(lambda x: x**2, 6, 3.0).passed
    assert check_jacobian(lambda x: x[0] * x[1], [2, 3], (3.0, 2.0)).passed
    assert check_jacobian(lambda x: [x, x**2], [1, 6], 3.0).passed
    nested = check_jacobian(lambda x: x[0][0] * x[1][0] + x[1][1], [[5, 0], [2, 1]], [[2.0, 3.0], [5.0, 7.0]])
    assert nested.passed
    assert nested.inputs == ("x1_1", "x1_2", "x2_1", "x2_2")


@pytest.mark.parametrize(("m", "n"), [(2, 3), (3, 2), (4, 1), (1, 4)])
def test_a_wrong_shape_says_both(m, n):
    matrix = draw_matrix(m, n, random.Random(1))
    with pytest.raises(ValueError, match=rf"the matrix is {n}×{m}, and {m}×{n} is due: transposed\?"):
        check_jacobian(linear(matrix), turn(matrix), [1.0] * n)
    with pytest.raises(ValueError, match=rf"the matrix is {m + 1}×{n}, and {m}×{n} is due$"):
        check_jacobian(linear(matrix), [*matrix, matrix[0]], [1.0] * n)
    with pytest.raises(ValueError, match=rf"the matrix is a number, and {m}×{n} is due"):
        check_jacobian(linear(matrix), 3.0, [1.0] * n)


def test_a_function_that_leaves_the_graph():
    result = check_jacobian(lambda x: [math.exp(x[0]), x[1] * 2], [[1, 0], [0, 2]], [0.0, 1.0])
    assert (result.verdict, result.exit_code) == ("LEFT THE GRAPH", 1)


# ---------------------------------------------------------------- structures
def scaled(rows, places, factor):
    return [[each * factor if (i, j) in places else each for j, each in enumerate(row)] for i, row in enumerate(rows)]


@pytest.mark.parametrize(("m", "n"), SHAPES)
def test_the_structure_of_a_jacobian_is_named(m, n):
    chance = random.Random(100 * m + n)
    right = draw_matrix(m, n, chance)
    everywhere = {(i, j) for i in range(m) for j in range(n)}
    mistakes = {"the sign is wrong everywhere": scaled(right, everywhere, -1)}
    mistakes["all are scaled by 2"] = scaled(right, everywhere, 2)
    for i in range(m):
        line = {(i, j) for j in range(n)}
        mistakes[f"row {i + 1} is scaled by 0.5"] = scaled(right, line, 0.5)
        mistakes[f"the sign is wrong of row {i + 1}"] = scaled(right, line, -1)
        shifted = [right[i][1:] + right[i][:1] if k == i else row for k, row in enumerate(right)]
        mistakes[f"row {i + 1} is shifted by one"] = shifted
    for j in range(n):
        mistakes[f"column {j + 1} is scaled by 3"] = scaled(right, {(i, j) for i in range(m)}, 3)
    if m == n:
        mistakes["transposed"] = turn(right)
        mistakes["the sign is wrong of the diagonal"] = scaled(right, {(i, i) for i in range(m)}, -1)
    if m > 2:
        mistakes["the rows are shifted by one"] = right[1:] + right[:1]
    for name, wrong in mistakes.items():
        assert check_jacobian(linear(right), wrong, [1.0] * n).structure == name
    assert check_jacobian(linear(right), right, [1.0] * n).structure == ""


@pytest.mark.parametrize("n", range(2, 7))
def test_the_structure_of_a_hessian_is_named(n):
    chance = random.Random(n)
    right = draw_matrix(n, n, chance, symmetric=True)
    f, x = quadratic(right), [chance.uniform(-1, 1) for _ in range(n)]
    assert check_hessian(f, right, x).verdict == "PASS"
    upper = {(i, j) for i in range(n) for j in range(n) if i < j}
    for side, places in (("upper", upper), ("lower", {(j, i) for i, j in upper})):
        wrong = [
            [each + (i + 2 * j + 1) * ((i, j) in places) for j, each in enumerate(row)] for i, row in enumerate(right)
        ]
        assert check_hessian(f, wrong, x).structure == f"wrong in the {side} triangle only"
    diagonal = {(i, i) for i in range(n)}
    assert check_hessian(f, scaled(right, diagonal, 0.5), x).structure == "the diagonal is scaled by 0.5"


# ---------------------------------------------------------------- second derivatives
def high(x, m):
    return m.exp(x[0] * x[1]) + m.sin(x[1] - x[2]) * x[0] ** 3 / (1 + x[2] ** 2) + m.tanh(x[0] * x[2])


@pytest.mark.parametrize("seed", range(6))
def test_second_derivatives_against_mpmath(seed):
    chance = random.Random(seed)
    x = [chance.uniform(-1.5, 1.5) for _ in range(3)]
    with mpmath.workdps(40):
        orders = [[tuple((k == i) + (k == j) for k in range(3)) for j in range(3)] for i in range(3)]
        right = [[float(mpmath.diff(lambda *xs: high(xs, mpmath), x, order)) for order in row] for row in orders]
    assert check_hessian(lambda xs: high(xs, ops), right, x).verdict == "PASS"
    for i in range(3):
        for j in range(3):
            wrong = [list(row) for row in right]
            wrong[i][j] *= 1 + 1e-9
            assert verdicts(check_hessian(lambda xs: high(xs, ops), wrong, x))[i][j] == "FAIL"


def test_the_engine_alone_and_recordings():
    leaves = [Value(number, label=name) for name, number in (("x", 0.3), ("w", -0.7), ("b", 0.2))]
    root = high(leaves, ops)
    assert second_order(root).verdict == "PASS"
    right = hessian(lambda xs: high(xs, ops))([0.3, -0.7, 0.2])
    result = second_order(root, right)
    assert (result.verdict, result.inputs) == ("PASS", ("x", "w", "b"))
    right[0][1] += 1
    assert verdicts(second_order(root, right))[0] == ["PASS", "FAIL", "PASS"]
    assert second_order(root, [[right[2][2]]], wrt=["b"]).verdict == "PASS"


def test_a_wrong_rule_of_the_first_order_is_found():
    wrong = primitive("wrong_cube", lambda x: x * x * x, lambda x, y: 2 * x * x)
    assert check_hessian(lambda x: wrong(x[0]) * x[1], None, [1.5, 2.0]).verdict == "FAIL"


def test_where_there_is_no_second_derivative():
    for f in (lambda x: ops.relu(x) ** 2, abs, ops.relu):
        result = check_hessian(f, None, 0.0)
        assert result.verdict in ("KINK", "INCONCLUSIVE", "CONVENTIONS", "TIE")


# ---------------------------------------------------------------- check_grad
def rosen(x):
    return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2


def rosen_slope(x):
    return np.array([-400 * x[0] * (x[1] - x[0] ** 2) - 2 * (1 - x[0]), 200 * (x[1] - x[0] ** 2)])


@pytest.mark.parametrize("leaves", [False, True])
def test_a_gradient_function_exactly_or_by_differences(leaves):
    def func(x):
        return float(rosen(np.asarray(x, dtype=float))) if leaves else rosen(x)

    assert check_grad(func, rosen_slope, [-1.2, 1.0]).verdict == "PASS"
    for k in range(2):
        for factor in (-1, 2, 1.001):
            sizes = np.array([factor if k == j else 1 for j in range(2)])
            result = check_grad(func, lambda x, sizes=sizes: rosen_slope(x) * sizes, [-1.2, 1.0])
            assert [entry.verdict == "PASS" for entry in result.rows[0]] == [j != k for j in range(2)]
            assert ("floats" in result.rows[0][k].reason) == leaves


@pytest.mark.parametrize("error", [TypeError, ValueError, AttributeError, NotImplementedError])
def test_a_function_that_refuses_values_is_judged_by_differences(error):
    def func(x):
        if isinstance(x[0], Value):
            raise error("floats alone")
        return x[0] ** 2

    assert check_grad(func, lambda x: 2 * x, [3.0]).verdict == "PASS"
    assert check_grad(func, lambda x: 3 * x, [3.0]).verdict == "FAIL"
    with pytest.raises(ValueError, match="the matrix is 1×2, and 1×1 is due"):
        check_grad(func, lambda _: [1.0, 2.0], [3.0])


def test_a_bend_is_no_mistake_for_differences():
    result = check_grad(lambda x: max(float(x[0]), 0.0), lambda _: [0.0], [0.0])
    assert result.verdict == "INCONCLUSIVE"


def test_a_direction_that_is_none():
    with pytest.raises(ValueError, match="direction"):
        check_grad(rosen, rosen_slope, [1.0, 2.0], direction="some")


# ---------------------------------------------------------------- how it is shown
@pytest.mark.parametrize("n", [1, 3, 6, 7, 12])
def test_80_columns_hold_and_wrong_entries_show_both_figures(n):
    right = draw_matrix(n, n, random.Random(n))
    result = check_jacobian(linear(right), scaled(right, {(0, 0)}, -1), [1.0] * n)
    everywhere = {(i, j) for i in range(n) for j in range(n)}
    for each in (result, check_jacobian(linear(right), scaled(right, everywhere, 1.234567e-5), [1.0] * n)):
        assert max(map(len, str(each).split("\n\n")[0].splitlines())) <= 80
    assert f"by hand {-right[0][0]:.6g}, exact {right[0][0]:.6g}" in str(result)
    assert json.loads(result.to_json())["verdict"] == "FAIL"


class TestOrder:
    def test_second_derivatives_are_checked_the_same_way(self):
        root = parse("y = x*x*w", {"x": 3.0, "w": 2.0})
        assert check(root, [[4, 6], [6, 0]], order=2).verdict == "PASS"
        assert check(root, [[4, 6], [7, 0]], order=2).verdict == "FAIL"
        assert check(root, order=2).components == ("x", "w")
        found = check_function(
            lambda x, w: x * x * w, {"x": 3.0, "w": 2.0}, {"x": {"x": 4, "w": 6}, "w": {"x": 6, "w": 1}}, order=2
        )
        assert found.verdict == "FAIL"

    def test_what_left_the_graph_has_no_second_derivative(self):
        assert check_function(lambda x: x * math.exp(x), {"x": 0.5}, order=2).verdict == "LEFT THE GRAPH"
        assert check_function(lambda x: x * x.data, {"x": 0.5}, order=2).verdict == "HELD FIXED"

    def test_other_orders_are_refused(self):
        with pytest.raises(ValueError, match="order must be 1 or 2"):
            check(parse("y = x", {"x": 3.0}), order=3)
