"""compile(): shapes, branches, captured values, source, errors."""

from __future__ import annotations

import json
import math
import random

import numpy as np
import pytest
from hypothesis import given
from strategies import examples, programs

from tinygrad_neuron import Value, compile, dot, log, primitive, relu, tanh, value_and_grad, variables, where
from tinygrad_neuron.compiling import trace as tracing
from tinygrad_neuron.compiling.step import MOST_VARIANTS
from tinygrad_neuron.formulas.listing import LanguageError
from tinygrad_neuron.nn import MLP, Neuron
from tinygrad_neuron.primitives import FUNCTIONS, PRIMITIVES

RUNNING = ("python", "native", "array")


@pytest.fixture(params=RUNNING)
def target(request):
    return request.param


def loss(w, x, b, aim):
    return (tanh(dot(w, x) + b) - aim) ** 2


def test_value_and_gradient_are_those_of_value_and_grad(target):
    arguments = ([0.1, -0.2], [1.0, 2.0], 0.3, 0.4)
    for wrt in (0, "w", 2, ("w", "b"), (0, 1, 2, 3)):
        step = compile(loss, wrt, target)
        expected = value_and_grad(loss, wrt)(*arguments)
        for _ in range(2):
            found = step(*arguments)
            assert float(found[0]) == pytest.approx(expected[0], rel=1e-14)
            assert repr_of(found[1]) == repr_of(expected[1])


def repr_of(structure):
    if isinstance(structure, (list, tuple)):
        return type(structure)(map(repr_of, structure))
    return f"{float(structure):.12g}"


def test_without_wrt_the_value_alone_in_its_structure(target):
    step = compile(lambda x, y: {"sum": x + y, "both": [x * y, (x, 2.0)]}, None, target)
    assert step(3.0, 4.0) == {"sum": 7.0, "both": [12.0, (3.0, 2.0)]}


def test_named_arguments_defaults_and_dicts(target):
    def f(p, *, scale=2.0):
        return p["a"] * p["b"] * scale

    step = compile(f, "p", target)
    assert step({"a": 3.0, "b": 4.0}) == (24.0, {"a": 8.0, "b": 6.0})
    assert step({"a": 3.0, "b": 4.0}, scale=1.0) == (12.0, {"a": 4.0, "b": 3.0})
    assert step(p={"a": 1.0, "b": 1.0}, scale=1.0) == (1.0, {"a": 1.0, "b": 1.0})


def test_a_dict_with_a_further_key_is_another_shape(target):
    step = compile(lambda p: sum(p.values(), 0.0 * p["a"]), 0, target)
    assert step({"a": 1.0}) == (1.0, {"a": 1.0})
    assert step({"a": 1.0, "b": 2.0}) == (3.0, {"a": 1.0, "b": 1.0})


def test_a_float_of_the_closure_is_told_to_be_fixed_and_a_count_is_not():
    rate, count = 0.5, 3
    with pytest.warns(UserWarning, match="compile takes as fixed rate of the closure: make it an argument or a Value"):
        assert compile(lambda x: x * rate)(2.0) == 1.0
    assert compile(lambda x: x * count)(2.0) == 6.0  # a warning would be an error


@pytest.mark.parametrize("count", [10, 100_000])
@pytest.mark.parametrize("part", [0.0, 0.5, 1.0])
def test_rows_of_an_array_that_take_different_branches_are_refused_wherever_they_are(count, part):
    step = compile(lambda x: x * 2 if x > 0 else x * 3, None, "array")
    column = np.ones(count)
    assert step(column).tolist() == [2.0] * count
    column[round(part * (count - 1))] = -1.0
    with pytest.raises(ValueError, match="the rows take different branches"):
        step(column)


def test_another_shape_is_recorded_once_more(target):
    step = compile(lambda w, x: dot(w, x), "w", target)
    assert step([1.0, 2.0], [3.0, 4.0]) == (11.0, [3.0, 4.0])
    assert step([1.0, 2.0, 1.0], [3.0, 4.0, 5.0]) == (16.0, [3.0, 4.0, 5.0])
    assert step([1.0, 2.0], [5.0, 6.0]) == (17.0, [5.0, 6.0])
    assert step.variants == 2


SIGNED_ZEROS = {
    "x + 0": lambda x: x + 0.0,
    "0 + x": lambda x: 0.0 + x,
    "x + -0": lambda x: x + -0.0,
    "x - 0": lambda x: x - 0.0,
    "x - -0": lambda x: x - -0.0,
    "0 - x": lambda x: 0.0 - x,
    "x * 1": lambda x: x * 1.0,
    "x * -1": lambda x: x * -1.0,
    "x / 1": lambda x: x / 1.0,
    "x * 0": lambda x: x * 0.0,
    "x**1": lambda x: x**1.0,
    "x**2": lambda x: x**2.0,
    "x**3": lambda x: x**3.0,
}


@pytest.mark.parametrize("name", SIGNED_ZEROS)
@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_what_is_simplified_keeps_the_sign_of_zero(target, name, zero):
    function = SIGNED_ZEROS[name]
    eager = function(Value(zero)).data
    assert math.copysign(1.0, float(compile(function, None, target)(zero))) == math.copysign(1.0, eager)


@pytest.mark.parametrize("running", ["python", "native"])
class TestGuards:
    def test_every_kind_of_comparison(self, running):
        def f(x, y):
            total = 0.0 * x
            for test, weight in (
                (x < y, 1), (x <= y, 2), (x > y, 4), (x >= y, 8), (x == y, 16), (x != y, 32), (bool(x), 64),
                (x > 1, 128), (y > 1, 256), (x <= 2, 512), (max(x, y) is x, 1024), (abs(x) < 0.5, 2048),
            ):  # fmt: skip
                if test:
                    total = total + weight * x
            return total

        step = compile(f, 0, running)
        chance = random.Random(0)
        for _ in range(200):
            x, y = chance.choice([0.0, 0.25, 1.0, 2.0, 3.0, -1.0]), chance.choice([0.25, 1.0, 2.0])
            expected = value_and_grad(f)(x, y)
            assert step(x, y) == expected
        assert step.variants < 20

    @pytest.mark.parametrize("x", [math.nan, math.inf, -math.inf, -0.0])
    def test_a_number_that_is_read_decides_also_where_it_is_none(self, running, x):
        step = compile(lambda x: x * 2 if x.data > 1 else x * 3, 0, running)
        for number in (x, 2.0, x, 0.5):
            value, slope = step(number)
            assert (value, slope) == (
                (number * 2, 2.0) if number > 1 else (pytest.approx(number * 3, nan_ok=True), 3.0)
            )

    def test_a_loop_that_the_input_decides(self, running):
        def collatz(n, x):
            while n > 1:
                n, x = (n / 2, x * 1.5) if n % 2 == 0 else (3 * n + 1, x + 1)
            return x

        step = compile(collatz, "x", running)
        for n in (6.0, 7.0, 3.0, 6.0, 1.0):
            assert step(n, 2.0) == value_and_grad(collatz, "x")(n, 2.0)
        assert step.variants == 4

    def test_numbers_that_are_read_from_values(self, running):
        step = compile(lambda x, k: x ** int(k.item()) + round(k.item()) + k.data, 0, running)
        for k in (2.0, 3.0, 2.0, 2.5):
            assert step(3.0, k) == (3.0 ** int(k) + round(k) + k, int(k) * 3.0 ** (int(k) - 1))
        assert step.variants == 3

    def test_comparisons_of_constants_and_of_other_things_are_no_guards(self, running):
        step = compile(
            lambda x, mode: x * 2 if mode == "double" else x if Value(1.0, constant=True) > 0 else 0.0, 0, running
        )
        assert step(3.0, "double") == (6.0, 2.0)
        assert step(3.0, "same") == (3.0, 1.0)
        assert "OTHER_BRANCH" not in step.source

    def test_too_many_branches_are_told(self, running):
        step = compile(lambda x: x * int(x.item()), 0, running)
        for k in range(MOST_VARIANTS):
            step(float(k))
        with pytest.raises(RuntimeError, match=r"65 different branches.*use where"):
            step(1000.0)
        assert step(3.0) == (9.0, 3.0)

    def test_the_other_branchs_error_does_not_hide_the_right_one(self, running):
        step = compile(lambda x: log(x) if x > 0 else x / (x + 1), 0, running)
        assert step(2.0)[0] == math.log(2.0)
        assert step(-1.0) == (-math.inf, math.inf)
        assert step(0.0) == (0.0, 1.0)
        assert step(4.0)[0] == math.log(4.0)

    def test_where_on_values_is_a_guard(self, running):
        step = compile(lambda x: where(x > 1, x * x, -x), 0, running)
        assert [step(x) for x in (3.0, 0.5, 2.0)] == [(9.0, 6.0), (-0.5, -1.0), (4.0, 4.0)]


def test_arrays_that_take_different_branches_are_refused():
    step = compile(lambda x: x * x if x > 0 else -x, 0, "array")
    value, _ = step(np.array([1.0, 2.0]))
    assert value.tolist() == [1.0, 4.0]
    with pytest.raises(ValueError, match=r"use where\(\)"):
        step(np.array([1.0, -2.0]))
    step = compile(lambda x: relu(x) * x, 0, "array")
    assert step(np.array([1.0, -2.0]))[1].tolist() == [2.0, 0.0]


class TestCaptured:
    def test_values_from_outside_are_read_anew(self, target):
        neuron = Neuron(2, weights=[0.5, -0.5], bias=0.25)
        step = compile(lambda x: neuron(x), neuron.parameters(), target)
        for _ in range(2):
            expected = neuron([1.0, 2.0])
            neuron.zero_grad()
            expected.backward()
            value, slopes = step([1.0, 2.0])
            assert float(value) == pytest.approx(expected.data, rel=1e-15)
            assert [float(each) for each in slopes] == pytest.approx([p.grad for p in neuron.parameters()], rel=1e-14)
            neuron.weights[0].data = 2.0

    def test_a_network(self, target):
        network = MLP([2, 8, 8, 1], seed=0)
        step = compile(lambda x, y: (network(x)[0] - y) ** 2, network.parameters(), target)
        expected = (network([0.3, -0.2])[0] - 1.0) ** 2
        expected.backward()
        value, slopes = step([0.3, -0.2], 1.0)
        assert float(value) == pytest.approx(expected.data, rel=1e-14)
        assert [float(each) for each in slopes] == pytest.approx([p.grad for p in network.parameters()], rel=1e-12)


class TestGraphs:
    def test_leaves_by_their_labels(self, target):
        w, x = variables(w=3.0, x=2.0)
        step = compile(w * x + 1, [w, x], target)
        assert step() == (7.0, [2.0, 3.0])
        assert step(x=5.0) == (16.0, [5.0, 3.0])
        w.data = 4.0
        assert step() == (9.0, [2.0, 4.0])
        assert compile(w * x, w, target)() == (8.0, 2.0)
        assert compile(w * x, None, target)() == 8.0
        with pytest.raises(TypeError, match="there is no label 'z'; the labels are w, x"):
            step(z=1.0)
        with pytest.raises(TypeError, match="by their labels"):
            step(1.0)

    def test_higher_derivatives(self, target):
        from tinygrad_neuron import gradient

        (x,) = variables(x=0.5)
        (slope,) = gradient(tanh(x), x)
        value, curvature = compile(slope, x, target)()
        assert float(value) == pytest.approx(1 - math.tanh(0.5) ** 2)
        assert float(curvature) == pytest.approx(-2 * math.tanh(0.5) * (1 - math.tanh(0.5) ** 2))


class TestSource:
    def test_it_is_readable(self):
        def neuron(x, w, b, aim):
            net = x * w + b
            net.label = "net"
            output = tanh(net)
            output.label = "output"
            return (output - aim) ** 2 / 2

        step = compile(neuron, ("w", "b")).record(0.4, 0.5, 0.6, 0.7)
        assert (
            step.source
            == (
                "def neuron(x, w, b, aim):\n"
                "    net = x*w + b\n"
                "    output = tanh(net)\n"
                "    t1 = output - aim\n"
                "    grad_b = 0.5*2.0*t1*(1.0 - output*output if -0.7 < output < 0.7 else (1.0/cosh(net))**2)\n"
                "    grad_w = grad_b*x\n"
                "    return t1*t1/2.0, (grad_w, grad_b)\n"
            )
            or step.source.count("\n") <= 9
        )

    def test_equal_parts_are_one_constants_are_folded_and_what_is_not_asked_for_is_left_out(self):
        def f(x, y):
            return tanh(x * y) * tanh(x * y) + (Value(2.0, constant=True) * 3.0 + 1.0) * log(y)

        source = compile(f, "x").record(1.0, 2.0).source
        assert source.count("tanh(") == 1
        assert "7.0" in source
        assert "1.0/y" not in source

    @pytest.mark.parametrize(
        "name", ["lambda", "x y", "1", "", "tanh", "step", "é", "__import__('os')", "a\nb", "None"]
    )
    def test_labels_that_are_no_names(self, name, target):
        x, w = Value(2.0, label=name), Value(3.0, label=name)
        root = tanh(x * w)
        root.label = name
        assert float(compile(root, x, target)()[0]) == pytest.approx(math.tanh(6.0))

    @pytest.mark.parametrize("name", ["captured", "tanh", "t1", "inputs", "class_"])
    def test_lists_that_are_called_as_something_in_the_source(self, name):
        w = Value(2.0, label="w")
        names = {"function_of_table": tanh, "w": w}
        exec(f"def function({name}): return function_of_table({name}[0]) * w", names)
        expected = value_and_grad(names["function"])([0.5])
        step = compile(names["function"], 0)
        assert [step([0.5]), step([0.5])] == [expected] * 2

    def test_keys_that_are_no_names(self):
        step = compile(lambda p: p["a b"][0] * p["a-b"][0], 0)
        assert step({"a b": [2.0], "a-b": [3.0]}) == (6.0, {"a b": [3.0], "a-b": [2.0]})

    def test_text_targets_do_not_run(self):
        for target in ("c", "rust", "javascript"):
            step = compile(loss, "w", target)
            with pytest.raises(TypeError, match=f"the target {target} gives source text"):
                step([1.0], [1.0], 1.0, 1.0)
            assert "grad_w_0" in step.record([1.0], [1.0], 1.0, 1.0).source


class TestErrors:
    def test_bad_arguments(self):
        with pytest.raises(
            ValueError,
            match="there is no target 'fortran'; the targets are python, array, matrix, native, c, rust, javascript",
        ):
            compile(loss, 0, "fortran")
        with pytest.raises(TypeError, match="no argument 'z' to differentiate by; there are w, x, b, aim"):
            compile(loss, "z")([1.0], [1.0], 1.0, 1.0)
        for place in (-1, 4):
            with pytest.raises(TypeError, match=f"no argument {place} to differentiate by; there are w, x, b, aim"):
                compile(loss, place)([1.0], [1.0], 1.0, 1.0)
        with pytest.raises(TypeError, match="returned 2"):
            compile(lambda x: [x, x], 0)(1.0)
        with pytest.raises(TypeError):
            compile(loss, 0)([1.0], [1.0])
        with pytest.raises(TypeError, match="expected a real number"):
            compile(lambda x: x * 2, 0)(1j)

    def test_a_primitive_of_ones_own(self):
        before = dict(PRIMITIVES), dict(FUNCTIONS)
        try:
            plain = primitive("cube", lambda x: x * x * x, lambda y, x: 3 * x * x)
            odd = primitive("oddity", lambda x: math.lgamma(x), lambda y, x: 0.5)
            assert compile(lambda x: plain(x), 0)(2.0) == (8.0, 12.0)
            assert compile(lambda x: odd(x), 0)(5.0) == (math.lgamma(5.0), 0.5)
            assert "2.0" not in compile(lambda x: plain(x), None, "c").record(2.0).source.split("int compiled")[1]
            with pytest.raises(LanguageError, match="oddity can't be written in this language: give primitive"):
                compile(lambda x: odd(x), 0, "c").record(5.0)
        finally:
            for table, kept in zip((PRIMITIVES, FUNCTIONS), before, strict=True):
                table.clear()
                table.update(kept)

    def test_integers_and_values_as_arguments(self, target):
        step = compile(lambda x: x * x, 0, target)
        for _ in range(2):
            assert step(3) == (9.0, 6.0)
            assert step(Value(3.0)) == (9.0, 6.0)
        assert step(10**200)[0] == math.inf


@given(program=programs())
@examples(60)
def test_random_functions(program):
    def f(*inputs):
        return program.run(inputs, FUNCTIONS.__getitem__)[-1]

    wrt = tuple(range(len(program.inputs)))
    value, slopes = compile(f, wrt)(*program.inputs)
    expected, gradients = value_and_grad(f, wrt)(*program.inputs)
    assert value == pytest.approx(expected, rel=1e-9, nan_ok=True)
    assert slopes == pytest.approx(gradients, rel=1e-9, abs=1e-12, nan_ok=True)


def test_long_columns_go_block_by_block_and_short_ones_at_once():
    step = compile(lambda w, x: (tanh(w * x), x * x if x > -10 else x), None, "array")
    for count in (10, 65_535, 65_536, 100_003):
        x = np.linspace(-1, 3, count)
        first, second = step(0.5, x)
        assert np.allclose(first, np.tanh(0.5 * x), rtol=1e-15)
        assert (second == x * x).all()
    x[-1] = -11.0
    with pytest.raises(ValueError, match=r"use where\(\)"):
        step(0.5, x)
    assert compile(lambda w, x: w * w, 0, "array")(3.0, x) == (9.0, 6.0)


@pytest.mark.parametrize(
    ("function", "call"),
    [
        (lambda x, w: x * w, (2.0, 3.0)),
        (lambda w, x: w[0] * x[0] + w[1] * x[1][0], ([1.0, 2.0], (3.0, [4.0]))),
    ],
)
def test_a_further_call_of_a_known_shape_goes_to_the_code_at_once(function, call, monkeypatch):
    step = compile(function, 0)
    first = step(*call)
    monkeypatch.setattr(tracing, "bind_arguments", None)
    assert step(*call) == first


def line(w, x, b):
    return w * x + b


class TestResult:
    def test_it_shows_what_it_computes_and_its_source(self):
        step = compile(line, ("w", "b")).record(2.0, 3.0, 1.0)
        assert str(step) == (
            f"line(w, x, b) gives value and gradient by w, b; target python, 1 variant\n\n{step.source}".rstrip("\n")
        )
        assert step.to_dict() == {
            "name": "line",
            "target": "python",
            "inputs": ["w", "x", "b"],
            "gradient": ["w", "b"],
            "variants": 1,
            "source": step.source,
        }
        assert json.loads(step.to_json()) == step.to_dict()
        assert ">line(w, x, b) gives" in step._repr_mimebundle_()["text/html"]

    def test_a_graph_has_its_leaves_for_inputs(self):
        w, x = Value(3.0, label="w"), Value(2.0, label="x")
        step = compile(w * x)
        assert str(step).startswith("compiled(w, x) gives value; target python, 1 variant\n")

    def test_before_the_first_call_it_says_how_to_get_the_source(self):
        assert "nothing is recorded yet; call the step" in str(compile(line))
        assert compile(line).to_dict()["variants"] == 0

    @pytest.mark.parametrize(
        ("target", "suffix"), [("python", ".py"), ("c", ".c"), ("rust", ".rs"), ("javascript", ".js")]
    )
    def test_save_writes_the_source(self, target, suffix, tmp_path):
        step = compile(line, 0, target).record(2.0, 3.0, 1.0)
        step.save(tmp_path / f"line{suffix}")
        assert (tmp_path / f"line{suffix}").read_text() == step.source != ""
        with pytest.raises(ValueError, match=rf"line\.doc: the suffix must be one of \{suffix}, \.txt, \.json"):
            step.save(tmp_path / "line.doc")
