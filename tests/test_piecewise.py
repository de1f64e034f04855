"""Nothing leaves the graph in silence, piecewise functions stay piecewise, and nothing of the other branch leaks."""

from __future__ import annotations

import copy
import ctypes
import gc
import itertools
import json
import math
import pickle
import statistics

import numpy as np
import pytest
from edges import DEAD, everything, judged, nth, same

import tinygrad_neuron as tg
from tinygrad_neuron import (
    Value,
    check,
    compile,
    derive,
    draw,
    dumps,
    grad,
    gradient,
    hessian,
    jvp,
    kinks,
    loads,
    no_grad,
    numerical_gradient,
    ops,
    page,
    parse,
    replay,
    topological_order,
    variables,
    worksheet,
)
from tinygrad_neuron.compiling import native as machine
from tinygrad_neuron.conditions import Condition
from tinygrad_neuron.formulas.llvm import SPELLED
from tinygrad_neuron.program import Program

# ---------------------------------------------------------------- no silent way out
PLAIN = "use .item() or .data for the plain number, or detach() where it should be a constant"
WAYS_OUT = {
    "math.exp": (lambda x: math.exp(x), "use x.exp() or tinygrad_neuron.exp(x), which is recorded"),
    "math.sin": (lambda x: math.sin(x), "use x.sin() or tinygrad_neuron.sin(x), which is recorded"),
    "math.fabs": (lambda x: math.fabs(x), "use x.abs() or tinygrad_neuron.abs(x), which is recorded"),
    "math.atan2": (lambda x: math.atan2(x, 1.0), "use tinygrad_neuron.atan2(x), which is recorded"),
    "math.isfinite": (lambda x: math.isfinite(x), PLAIN),
    "float": (lambda x: float(x), PLAIN),
    "int": (lambda x: int(x), PLAIN),
    "round": (lambda x: round(x, 2), PLAIN),
    "complex": (lambda x: complex(x), PLAIN),
    "np.asarray": (lambda x: np.asarray([x, x], dtype=float), PLAIN),
    "np.float64": (lambda x: np.float64(x), PLAIN),
    "fsum": (lambda x: statistics.fmean([x, x]), PLAIN),
    '"%.3f" % x': (lambda x: "%.3f" % x, PLAIN),
}


@pytest.mark.parametrize("way", WAYS_OUT)
def test_a_way_out_of_the_graph_is_an_error_with_the_remedy_that_fits(way):
    leave, remedy = WAYS_OUT[way]
    with pytest.raises(TypeError) as error:
        leave(Value(0.5))
    assert str(error.value).endswith(remedy)
    assert str(error.value).startswith(way)
    if way != "np.float64":
        leave(Value(0.5, constant=True))  # nothing is lost


def test_the_case_that_passed_every_check():
    with pytest.raises(TypeError, match=r"x\.exp\(\)"):
        grad(lambda x: x * math.exp(x))(0.5)
    assert grad(lambda x: x * x.exp())(0.5) == pytest.approx(1.5 * math.exp(0.5))


def test_text_is_no_way_out():
    x = Value(0.5, label="x")
    assert (f"{x:.3f}", f"{x:>8.2e}", str(x.item())) == ("0.500", "5.00e-01", "0.5")
    assert f"{x}" == repr(x) == "Value(0.5, label='x')"


def test_constants_convert():
    c = Value(2.5, constant=True)
    assert (float(c), int(c), round(c), complex(c), math.exp(c)) == (2.5, 2, 2, 2.5 + 0j, math.exp(2.5))
    assert list(np.asarray([c, Value(1.0).detach()], dtype=float)) == [2.5, 1.0]
    with no_grad():
        assert float(Value(2.0) * 2) == 4.0


def test_functions_of_numpy_are_ours():
    x, row = Value(0.5), np.array([1.0, 2.0])
    assert np.tanh(x).data == math.tanh(0.5)
    (slope,) = gradient(np.tanh(x), x)
    assert slope.data == pytest.approx(1 - math.tanh(0.5) ** 2)
    for made, expected in (
        (row * x, [0.5, 1.0]),
        (x * row, [0.5, 1.0]),
        (row - x, [0.5, 1.5]),
        (x / row, [0.5, 0.25]),
        (x % row, [0.5, 0.5]),
        (x // row, [0.0, 0.0]),
        (np.maximum(x, row), [1.0, 2.0]),
        (np.array([x, x], dtype=object) * row, [0.5, 1.0]),
        (np.tanh(np.array([x, x], dtype=object)), [math.tanh(0.5)] * 2),
    ):
        assert [each.data for each in made] == expected
        assert all(isinstance(each, Value) for each in made)
    for made in (row > x, x < row, row == x, x != row):
        assert all(isinstance(each, Condition) for each in made)
    for made in (np.float64(2) * x, np.float32(2) * x, np.int64(2) * x):
        assert made.data == 1.0
        assert not made.is_constant
    with pytest.raises(TypeError, match=r"np\.isnan has no counterpart for Values"):
        np.isnan(x)


UFUNCS = {
    1: "negative positive absolute fabs square exp expm1 exp2 log log1p log2 log10 sqrt cbrt sin cos tan arcsin "
    "arccos arctan sinh cosh tanh arcsinh arctanh sign floor",
    2: "add subtract multiply divide true_divide power float_power floor_divide remainder mod maximum minimum fmax "
    "fmin arctan2 hypot less less_equal greater greater_equal equal not_equal",
}


@pytest.mark.parametrize("name", [*UFUNCS[1].split(), *UFUNCS[2].split()])
def test_a_function_of_numpy_gives_of_values_what_it_gives_of_numbers(name):
    ufunc, n = getattr(np, name), 1 if name in UFUNCS[1].split() else 2
    for numbers in itertools.product((0.25, 0.75, 0.5), repeat=n):
        found, expected = ufunc(*map(Value, numbers)), float(ufunc(*numbers))
        assert number_of(found) == pytest.approx(expected, rel=1e-14)
        if n == 2:
            a, b = numbers
            for row in (ufunc(np.array([a, a]), Value(b)), ufunc(Value(a), np.array([b, b]))):
                assert [number_of(each) for each in row] == [pytest.approx(expected, rel=1e-14)] * 2
            assert number_of(ufunc(np.float64(a), Value(b))) == number_of(found) == number_of(ufunc(Value(a), b))


def number_of(found):
    assert isinstance(found, (Value, Condition))
    return found.data if isinstance(found, Value) else float(bool(found))


def test_what_numpy_can_do_with_its_functions_beside_calling_them_is_refused():
    x = Value(0.5)
    for call in (lambda: np.add.outer(x, x), lambda: np.add(x, 1.0, dtype=float), lambda: np.exp(x, where=True)):
        with pytest.raises(TypeError, match=r"np\.\w+ has no counterpart for Values"):
            call()


def test_what_takes_numbers_takes_values_too():
    w, x = variables(w=0.5, x=2.0)
    y = (w * x).tanh()
    y.backward()
    slope = w.grad
    assert numerical_gradient(y, w, h=Value(1e-4)) == numerical_gradient(y, w, h=1e-4)
    assert worksheet(y, h=Value(1e-4)).to_csv() == worksheet(y, h=1e-4).to_csv()
    assert tg.training_sheet(y, [w], Value(0.1), 3).to_csv() == tg.training_sheet(y, [w], 0.1, 3).to_csv()
    for figure in (Value(slope), lambda w, x: x * (1 - tg.tanh(w * x) ** 2)):
        assert check(y, {"w": figure}).verdict == "PASS"
    assert tg.check_function(lambda a: a * a, {"a": Value(2.0)}).verdict == "PASS"
    assert replay(y, {w: Value(1.0)})[y] == math.tanh(2.0)
    step = compile(y, wrt=w)
    assert step(x=Value(3.0)) == step(x=3.0)
    w.data, w.grad = Value(0.25), Value(3.0)
    assert (w.data, w.grad) == (0.25, 3.0)
    y.backward(Value(2.0))
    with pytest.raises(TypeError, match="expected a real number"):
        Value(Value(1.0))


def test_data_optimizers_and_plots_take_values():
    nn, (w, x) = tg.nn, variables(w=0.5, x=2.0)
    assert nn.read_samples([([Value(1.0)], Value(2.0))]).inputs == [(1.0,)]
    assert nn.read_samples({"x": [Value(1.0)], "y": [3]}).targets == [(3.0,)]
    nn.SGD([w], Value(0.1)).step()
    nn.SGD([w], lambda _: Value(0.1)).step()
    samples = [([Value(1.0), 2.0], 1.0), ([2.0, -3.0], -1.0)]
    nn.plot_decision_boundary(lambda p: p[0] * w + p[1], samples, resolution=4, margin=Value(0.1))
    nn.plot_predictions(lambda p: p[0] * w, [([Value(1.0)], Value(1.0)), ([2.0], 1.0)])
    nn.plot_error(lambda: (w - 1) ** 2, w, around=Value(0.5))
    nn.plot_activation(lambda z: tg.tanh(z) * w)
    path = ([Value(0.5), 0.6], [1.0, Value(0.5)])
    nn.plot_loss_surface(lambda: (w - 1) ** 2 + x * x, (w, x), path=path, around=Value(0.3), resolution=4)


def test_compile_warns_of_a_number_that_it_freezes():
    rate, count, weight = 0.5, 3, Value(2.0)
    with pytest.warns(UserWarning, match="compile takes as fixed rate of the closure: make it an argument or a Value"):
        step = compile(lambda x: x * rate * count * weight, 0)
    assert step(2.0) == (6.0, 3.0)
    rate = np.float32(0.5)
    with pytest.warns(UserWarning, match="takes as fixed rate"):
        compile(lambda x: x * rate)
    given = compile(lambda x, rate: x * rate * count * weight)  # no warning: arguments, whole numbers, Values
    assert given(2.0, 0.25) == 3.0


# ---------------------------------------------------------------- conditions
def test_a_condition_passes_where_people_use_a_bool():
    y, z = variables(y=0.5, z=-1.0)
    values = np.array([y, z], dtype=object)
    assert sum([y > 0, z > 0]) == 1
    assert json.loads(json.dumps({"a": y > 0, "b": z > 0})) == {"a": True, "b": False}
    assert list(np.where(values > 0, 1, 0)) == list(np.where([y > 0, z > 0], 1, 0)) == [1, 0]
    assert y == pytest.approx(0.5)
    assert pytest.approx(0.5) == y
    assert y != pytest.approx(0.6)
    assert [type(y == other) for other in (None, "a", [1], object())] == [bool] * 4
    assert (y == None, y != None, y in [None, "a", y]) == (False, True, True)  # noqa: E711
    assert {True: "yes", False: "no"}[y > 0] == "yes"
    assert ["no", "yes"][y > 0] == "yes"
    assert (f"{y > 0}", repr(z > 0), f"{y > 0:d}", "%d" % (y > 0)) == ("True", "False", "1", "1")
    assert ((y > 0) == True, (y > 0) == (z > 0), (y > 0) ^ (z > 0), not z > 0) == (True, False, True, True)  # noqa: E712
    assert ((y > 0) * 2, 1 - (y > 0), (y > 0) + (z > 0), -(y > 0), float(y > 0)) == (2, 0, 1, -1, 1.0)
    assert statistics.fmean([y > 0, z > 0]) == 0.5


def test_a_bool_of_a_condition_drops_the_graph():
    x = Value(0.5)
    assert type(bool(x > 0)) is bool
    assert ops.where(bool(x > 0), x, 0.0).operands[0].is_constant


def test_conditions_are_combined_with_each_other_and_with_bools():
    x, y = variables(x=0.5, y=-1.0)
    for condition, outcome in (
        ((x > 0) & (y > 0), False),
        ((x > 0) | (y > 0), True),
        (~(x > 0), False),
        (True & (x > 0), True),
        (False | (y > 0), False),
        (np.bool_(True) & (x > 0), True),
        ((x > 0) & np.bool_(False), False),
    ):
        assert isinstance(condition, Condition)
        assert bool(condition) is outcome
        assert ops.where(condition, x, y).data == (0.5 if outcome else -1.0)
    for wrong in (lambda: (x > 0) & 1, lambda: 1 | (x > 0), lambda: x & (y > 0), lambda: x | 1, lambda: (x > 0) & y):
        with pytest.raises(TypeError, match=r"put parentheses round each comparison, as in \(x > 0\) & \(x < 1\)"):
            wrong()
    with pytest.raises(TypeError, match="put parentheses round each comparison"):
        x > 0 & x  # noqa: B015


def test_every_function_of_the_table_records_a_condition():
    x = Value(0.5)
    for made, at_minus_1 in (
        (ops.where(x > 0, 1.0, 0.01), 0.01),
        ((x > 0) * x, -0.0),
        (ops.exp(x > 0), 1.0),
        (ops.sum([x > 0, x > -2]), 1.0),
        (ops.masked(x > 0, 3.0), 0.0),
    ):
        assert replay(made, {x: -1.0})[made] == at_minus_1


def test_a_condition_keeps_no_more_alive_than_it_must():
    class Counted(Value):
        pass

    def kept(make):
        graph = (Counted(0.5) * 2).exp()
        return make(graph)

    def living():
        gc.collect()
        return sum(type(each) is Counted for each in gc.get_objects())

    found = []
    with no_grad():
        found.append(kept(lambda graph: graph > 0))
    found += [
        kept(lambda graph: graph.detach() > 0),
        kept(lambda graph: bool(graph > 0)),
        Value(1.0, constant=True) > 0,
    ]
    assert [bool(each) for each in found] == [True] * 4
    assert living() == 0
    found.append(kept(lambda graph: graph > 0))
    assert living() > 0  # a condition that is to be recorded keeps what it compares


def test_what_is_not_recorded_can_be_negated():
    x = Value(1.0)
    with no_grad():
        assert ops.where(~(x > 0), 1.0, 2.0) == 2.0
        assert not ~(x > 0)
    assert ops.where(~(x.detach() > 0), 1.0, 2.0) == 2.0


def test_long_chains_of_conditions():
    x, y = variables(x=0.5, y=-1.0)
    condition = x > 0
    for k in range(2000):
        condition = (condition & (x > -k)) | (y > k)
    assert bool(condition)
    root = ops.where(condition, x * 2, y)
    assert (root.data, replay(root, {x: -1.0})[root]) == (1.0, -1.0)
    again = pickle.loads(pickle.dumps(condition))  # noqa: S301
    assert bool(again)
    for _ in range(40):  # each is used twice: as many nodes as conditions
        condition = condition & condition
    assert len(topological_order(ops.where(condition, x, y))) < 20_000


def test_conditions_are_copied_with_what_they_compare():
    x = Value(-0.5)
    for copied in (copy.deepcopy(x > 0), copy.copy(x > 0), pickle.loads(pickle.dumps(x > 0))):  # noqa: S301
        root = ops.where(copied, 1.0, 2.0)
        assert (bool(copied), root.data, len(Program.of(root).leaves)) == (False, 2.0, 1)


# ---------------------------------------------------------------- text
TEXTS = {
    "where(0 < x < 1, x, -x)": [1.0, 0.0, 0.5, -1.0, -2.0],
    "where(x > 0 and x < 1 or x > 1.5, x, -x)": [1.0, 0.0, 0.5, -1.0, 2.0],
    "where(not x > 0, x, -x)": [-1.0, 0.0, -0.5, -1.0, -2.0],
    "where(x != 0, 1/x, 5)": [-1.0, 5.0, 2.0, 1.0, 0.5],
    "where(x == 0.5, x, 5)": [5.0, 5.0, 0.5, 5.0, 5.0],
    "3*(x > 0) - (x >= 1)": [0.0, 0.0, 3.0, 2.0, 2.0],
    "(x > 0) == (x > 1)": [1.0, 1.0, 0.0, 0.0, 1.0],
    "c = x > 0; where(c and not x > 1, 1, 2)": [2.0, 2.0, 1.0, 1.0, 2.0],
    "where(x > 0, 1.0, 0.01)": [0.01, 0.01, 1.0, 1.0, 1.0],
    "x and 1": [1.0, 0.0, 1.0, 1.0, 1.0],
}


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("at", [-1.0, 0.5])
def test_text_reads_chains_and_or_not_and_records_them(text, at):
    root = parse(text, {"x": at})
    (leaf,) = (Program.of(root).nodes[k] for k in Program.of(root).leaves)
    points = (-1.0, 0.0, 0.5, 1.0, 2.0)
    assert [replay(root, {leaf: x})[root] for x in points] == TEXTS[text]
    assert [compile(root)(x=x) for x in points] == TEXTS[text]


# ---------------------------------------------------------------- every reading keeps both branches
def hinge_of_square(x):
    return ops.where(x > 0, x * x, -3 * x)


POINTS = {2.0: (4.0, 4.0), -3.0: (9.0, -3.0), 0.5: (0.25, 1.0)}


@pytest.mark.parametrize("at", POINTS)
class TestEveryReading:
    def recorded(self, at):
        x = Value(at, label="x")
        return x, hinge_of_square(x)

    def test_eager_replay_and_faux(self, at):
        x, y = self.recorded(at)
        for there, (value, slope) in POINTS.items():
            assert replay(y, {x: there})[y] == value
            z = Value(there)
            assert grad(hinge_of_square)(there) == slope
            assert numerical_gradient(hinge_of_square(z), z, 1e-6) == pytest.approx(slope, rel=1e-5)
        assert {each.primitive.name for each in topological_order(y) if each.primitive} >= {"less", "where", "mul"}

    def test_compiled(self, at):
        step = compile(hinge_of_square, 0)
        step(at)
        native = compile(self.recorded(at)[1], wrt=None, target="native")
        for there, (value, slope) in POINTS.items():
            assert step(there) == (value, slope)
            assert compile(parse("where(x > 0, x*x, -3*x)", {"x": at}))(x=there) == value
            assert native(x=there) == value
        assert step.variants == 1
        rows = compile(hinge_of_square, 0, target="array")
        rows(np.array([at]))
        assert [list(each) for each in rows(np.array(list(POINTS)))] == [list(each) for each in zip(*POINTS.values())]  # noqa: B905

    def test_files_copies_and_pickles(self, at):
        _, y = self.recorded(at)
        for again in (loads(dumps(y))[0], copy.deepcopy(y), pickle.loads(pickle.dumps(y))):  # noqa: S301
            program = Program.of(again)
            (leaf,) = (program.nodes[k] for k in program.leaves)
            again.zero_grad()
            again.backward()
            assert leaf.grad == POINTS[at][1]
            assert [replay(again, {leaf: there})[again] for there in POINTS] == [value for value, _ in POINTS.values()]

    def test_words_pictures_pages_and_sheets(self, at):
        _, y = self.recorded(at)
        y.label = "y"
        written = derive(y, "x", level="operations").text
        assert f"∂y/∂(x·x) = {int(at > 0)} (1 if 0 < x, else 0)" in written or "∂y/∂((−3)·x)" in written, written
        assert "x*x" in draw(y).dot.source
        assert "(-3)*x" in draw(y).dot.source
        sheet = worksheet(y)
        formulas = [cell.formula for row in sheet.rows for cell in row]
        assert any(each.startswith("IF(") for each in formulas)
        assert any("0 < x" in each for node in page(y).graph["nodes"] for each in node["symbols"])


# ---------------------------------------------------------------- kinks and jumps
def test_a_jump_is_reported_and_does_not_pass():
    x = Value(1.0, label="x")
    result = check(ops.where(x > 1, x * x, 5 * x))
    assert result.verdict == "KINK"
    assert [point.kind for point in result.nonsmooth] == ["jump"]
    assert len(kinks(ops.where(x > 1, x * x, 5 * x))) == 1
    assert not kinks(ops.where(x > 0, x * x, 5 * x))


def test_a_satisfied_hinge_is_no_constant():
    m = Value(-1.0, label="m")
    y = ops.where(m > 0, m, 0)
    y.backward()
    assert (y.data, m.grad, check(y).verdict) == (0.0, 0.0, "PASS")


def test_a_huber_loss_compiled_on_one_side_is_right_on_the_other():
    step = compile(lambda w: ops.where(abs(w - 1) <= 1, (w - 1) ** 2 / 2, abs(w - 1) - 0.5), 0)
    assert step(0.5) == (0.125, -0.5)
    assert step(4.0) == (2.5, 1.0)
    assert step.variants == 1


def test_arrays_whose_rows_take_different_branches():
    step = compile(lambda x: ops.where(ops.step(x), ops.sqrt(x), 0.0 * x), target="array")
    assert list(step(np.array([-1.0, 4.0]))) == [0.0, 2.0]
    decided = compile(lambda x: ops.sqrt(x) if x > 0 else 0.0 * x, target="array")
    with pytest.raises(ValueError, match=r"the rows take different branches.*use where\(\)"):
        decided(np.array([-1.0, 4.0]))


def test_softmax_and_cross_entropy_of_large_logits():
    assert ops.softmax([1000.0, 1000.0]) == ops.softmax([1e16] * 2) == [0.5, 0.5]
    assert ops.softmax([1e17] * 4) == [0.25] * 4
    assert ops.softmax([5.0]) == [1.0]
    assert grad(lambda logits: tg.nn.cross_entropy(logits, 0))([1e17, 1e17]) == [-0.5, 0.5]
    x = Value(5.0)
    assert [slope.data for slope in gradient(ops.surprise(x) + ops.share(x), x)] == [0.0]


# ---------------------------------------------------------------- nothing leaks
OTHER_BRANCH = {  # functions, points, and the derivatives of orders 0 to 4
    "sqrt": (lambda x: ops.where(x > 0, ops.sqrt(x), x * x), 0.0, (0.0, 0.0, 2.0, 0.0, 0.0)),
    "sqrt of less than 0": (lambda x: ops.where(x > 0, ops.sqrt(x), x * x), -1.0, (1.0, -2.0, 2.0, 0.0, 0.0)),
    "log": (lambda x: ops.where(x > 0, ops.log(x), 3 * x), 0.0, (0.0, 3.0, 0.0, 0.0, 0.0)),
    "log of less than 0": (lambda x: ops.where(x > 0, ops.log(x), 3 * x), -2.0, (-6.0, 3.0, 0.0, 0.0, 0.0)),
    "1/x": (lambda x: ops.where(x == 0, x, ops.div(1.0, x)), 0.0, (0.0, 1.0, 0.0, 0.0, 0.0)),
    "1/x taken": (lambda x: ops.where(x == 0, x, ops.div(1.0, x)), 2.0, (0.5, -0.25, 0.25, -0.375, 0.75)),
    "masked": (lambda x: ops.masked(x > 0, ops.sqrt(x) * x), 0.0, (0.0,) * 5),
    "sinc": (
        lambda x: ops.where(abs(x) < 1e-3, 1 - x * x / 6, ops.div(ops.sin(x), x)),
        0.0,
        (1.0, 0.0, -1 / 3, 0.0, 0.0),
    ),
    "relu(-sqrt(x))": (lambda x: ops.relu(-ops.sqrt(x)), 0.0, (0.0,) * 5),
    "maximum(sqrt(x), 1)": (lambda x: ops.maximum(ops.sqrt(x), 1.0) * x, 0.0, (0.0, 1.0, 0.0, 0.0, 0.0)),
}


@pytest.mark.parametrize("name", OTHER_BRANCH)
def test_nan_and_infinity_of_the_other_branch_never_leak_to_the_fourth_order(name):
    function, x, derivatives = OTHER_BRANCH[name]
    found = [function(Value(x)).data, *(nth(function, order)(x) for order in range(1, 5))]
    assert found == pytest.approx(derivatives, abs=1e-15)


def test_forward_mode_and_hessians_let_nothing_through_either():
    assert jvp(lambda x: ops.relu(-ops.sqrt(x)), (0.0,), (1.0,)) == (0.0, 0.0)
    assert jvp(lambda x: ops.where(x > 0, ops.sqrt(x), x * x), (0.0,), (1.0,)) == (0.0, 0.0)
    assert math.isnan(jvp(lambda x: 0.0 * ops.sqrt(x), (0.0,), (1.0,))[1])
    assert hessian(lambda v: ops.relu(-ops.sqrt(v[0] * v[1]) * v[2]))([0.0, 2.0, 3.0]) == [[0.0] * 3] * 3
    found = hessian(lambda v: ops.where(v[0] > 0, ops.log(v[0]) * v[1], v[1] ** 2))([0.0, 2.0])
    assert found == [[0.0, 0.0], [0.0, 2.0]]


@pytest.mark.parametrize("name", DEAD)
def test_a_flow_that_a_condition_made_zero_stays_zero_and_a_plain_zero_does_not(name):
    function, point, value, slopes = DEAD[name]
    leaves = [Value(x) for x in point]
    root = function(*leaves)
    root.backward()
    assert same(root.data, value)
    assert all(map(same, [leaf.grad for leaf in leaves], slopes))
    assert all(map(same, [slope.data for slope in gradient(root, *leaves)], slopes))
    program = Program.of(root)
    assert all(map(same, program.differentiate(), [node.grad for node in program.nodes]))


def test_in_python_and_arrays_and_machine_code():
    made = everything()
    for target in ("python", "array"):
        steps = [compile(ends.root, wrt=ends.leaves, target=target) for ends in made]
        judged(made, [[float(value), *map(float, slopes)] for value, slopes in (step() for step in steps)])
    library = machine.Library({f"f{k}": ends.listing(SPELLED) for k, ends in enumerate(made)})
    results = []
    for k, ends in enumerate(made):
        run = library.function(f"f{k}", ctypes.c_bool, machine.DOUBLES, machine.DOUBLES)
        out = (ctypes.c_double * len(ends.expected))()
        assert run((ctypes.c_double * len(ends.leaves))(*(leaf.data for leaf in ends.leaves)), out)
        results.append(list(out))
    judged(made, results)


def test_rows_of_arrays():
    for function, point, value, slopes in DEAD.values():
        step = compile(function, wrt=tuple(range(len(point))), target="array")
        found, gradients = step(*(np.array([1.5, x]) for x in point))
        assert same(np.broadcast_to(found, 2)[1], value)
        assert all(same(np.broadcast_to(each, 2)[1], slope) for each, slope in zip(gradients, slopes, strict=True))


# ---------------------------------------------------------------- powers and their derivatives


def test_hessians_of_powers():
    assert hessian(lambda p: p[0] ** 0 * p[1])([0.0, 3.0]) == [[0.0, 0.0], [0.0, 0.0]]
    assert hessian(lambda v: v[0] ** v[1])([0.0, 2.0]) == [[2.0, 0.0], [0.0, 0.0]]
    assert nth(lambda x: ops.exp(-(x**2)), 4)(0.0) == 12.0
    assert nth(lambda x: x + x**2 + x**3 + x**4, 4)(0.0) == 24.0
