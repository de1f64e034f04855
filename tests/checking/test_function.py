"""check_function(): the function is called again, and decides whether its recording is the function."""

import cmath
import copy
import decimal
import functools
import math
import random
import re
import statistics

import numpy as np
import pytest
from strategies import SMOOTH, random_program

import tinygrad_neuron as tg
from tinygrad_neuron import Value, check, compile, no_grad, ops
from tinygrad_neuron.checking.function import assert_gradients, check_function
from tinygrad_neuron.primitives import FUNCTIONS


def verdicts(function, hand=None, **point):
    return {row.name: row.verdict for row in check_function(function, point, hand).rows}


def judged(function, hand=None, **point):
    """The check of a function of one input, and its row."""
    result = check_function(function, point, hand)
    (row,) = result.rows
    return result, row


WAYS_OUT = {
    "math.exp": math.exp,
    "math.sin": math.sin,
    "math.sqrt": math.sqrt,
    "math.hypot": lambda x: math.hypot(x, 1),
    "math.fsum": lambda x: math.fsum([x, x]),
    "math.floor": math.floor,
    "math.trunc": math.trunc,
    "math.copysign": lambda x: math.copysign(1, x),
    "cmath.exp": lambda x: cmath.exp(x).real,
    "float": float,
    "int": int,
    "complex": lambda x: complex(x).real,
    "round": round,
    "round to digits": lambda x: round(x, 2),
    "np.float64": np.float64,
    "np.array of floats": lambda x: np.array([x], dtype=float)[0],
    "statistics.fmean": lambda x: statistics.fmean([x, 1.0]),
    "behind another error": lambda x: reraise(x),
}


def reraise(x):
    try:
        return math.exp(x)
    except TypeError as error:
        raise ValueError("no number") from error


class TestLeftTheGraph:
    @pytest.mark.parametrize("name", WAYS_OUT)
    def test_every_way_out_is_a_verdict(self, name):
        result, row = judged(lambda x: x * WAYS_OUT[name](x * 1.5), x=0.7)
        assert (row.verdict, result.exit_code, result.passed) == ("LEFT THE GRAPH", 1, False)
        assert math.isnan(row.engine)
        assert math.isnan(row.exact.value)
        assert re.match(r"in (test_function|statistics)\.py:\d+, `", row.reason)
        assert "takes a Value out of the graph" in row.reason
        assert str(result).count("LEFT THE GRAPH") >= 2
        assert result.to_dict()["function"]["calls"] == 1

    def test_the_line_is_shown(self):
        def function(x):
            y = x * 2
            return math.tanh(y) * x

        result, row = judged(function, x=0.7)
        assert "`return math.tanh(y) * x`" in row.reason
        assert "use x.tanh()" in row.reason
        assert "the function was called once" in str(result)

    def test_all_inputs_are_concerned(self):
        assert verdicts(lambda x, y: x * math.exp(y), x=1.0, y=2.0) == dict.fromkeys("xy", "LEFT THE GRAPH")

    @pytest.mark.parametrize(
        "unseen",
        [
            lambda x: float(f"{x:.17g}"),
            lambda x: float(re.search(r"[\d.]+", repr(x))[0]),
            lambda x: decimal.Decimal(format(x, ".17g")),
            lambda x: x._data,
        ],
    )
    def test_a_way_out_that_nobody_can_see_is_found_by_its_numbers(self, unseen):
        result, row = judged(lambda x: x * unseen(x), x=0.7)
        assert (row.verdict, result.exit_code) == ("LEFT THE GRAPH", 1)
        assert "unseen" in row.reason

    def test_what_is_only_printed_leaves_nothing(self, capsys):
        def function(x):
            print(f"{x:.3f} {x} {x!r}")
            return x.sin()

        assert judged(function, x=0.7)[1].verdict == "PASS"
        assert "0.700" in capsys.readouterr().out

    def test_constants_may_leave(self):
        scale = Value(2.0, constant=True)
        assert judged(lambda x: x * math.exp(scale), x=0.7)[1].verdict == "PASS"

    def test_other_errors_at_the_point_are_the_users(self):
        with pytest.raises(ZeroDivisionError):
            check_function(lambda x: x / 0 * (1 / 0), {"x": 1.0})
        with pytest.raises(TypeError, match="expected a Value, got str"):
            check_function(lambda x: "text", {"x": 1.0})
        with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
            check_function(lambda x: sum(x for _ in range(x)), {"x": 1.0})


def absolute(x):
    if x > 0:
        return x
    return -x


def rectified(x):
    return x if x > 0 else x * 0


def jumping(x):
    return x + 1 if x >= 2 else x * 1.0


BRANCHES = {  # that jump or bend where they are: the function, and where
    "abs with if": (absolute, 0.0),
    "relu with if": (rectified, 0.0),
    "a jump": (jumping, 2.0),
    "a jump at 1e9": (lambda x: x * 3 if x >= 1e9 else x * 2, 1e9),
    "a jump at 1e-9": (lambda x: x * 3 if x >= 1e-9 else x * 2, 1e-9),
    "max of Python": (lambda x: max(x, 1.0), 1.0),
    "min of Python": (lambda x: min(x * x, 4.0), 2.0),
    "sorted": (lambda x: sum(k * each for k, each in enumerate(sorted([x, 3 - x]))), 1.5),
    "max with a key": (lambda x: max([x, 3 - x], key=lambda each: each * 2), 1.5),
    "bool of a Value": (lambda x: x * 2 if x else x * x + 1, 0.0),
    "not": (lambda x: x * 3 if not x > 0 else x * 2, 0.0),
    "equal": (lambda x: x * 0 + 5 if x == 1 else x * 1.0, 1.0),
    "a conjunction": (lambda x: x * 2 if (x >= 1) & (x < 4) else x * 1.0, 1.0),
    "a condition as a number": (lambda x: x * int(x >= 1), 1.0),
    "while": (lambda x: functools.reduce(lambda y, _: y / 2 if y > 1 else y * 1.0, range(4), x), 2.0),
    "an index": (lambda x: [x * 1.0, x * 2][int(x >= 2)], 2.0),
    "one ulp beside": (lambda x: x if x > math.nextafter(2.0, 3.0) else x * x, 2.0),
    "a comparison of what was computed": (lambda x: x * 2 if x.sin() >= math.sin(0.7) else x * 3, 0.7),
}


class TestBranch:
    @pytest.mark.parametrize("name", BRANCHES)
    def test_a_decision_that_jumps_or_bends_here(self, name):
        function, x = BRANCHES[name]
        result, row = judged(function, x=x)
        assert (row.verdict, result.exit_code) == ("BRANCH", 1)
        assert "test_function.py:" in row.reason
        assert "decides otherwise at x = " in row.reason

    def test_both_sides_are_shown(self):
        _, row = judged(absolute, x=0.0)
        assert "`if x > 0:`" in row.reason
        assert "x = 1e-08: value and derivative are 1e-08 and 1 there, 0 and -1 here" in row.reason

    @pytest.mark.parametrize("x", [-3.0, -1e-3, 0.5, 40.0, 1e30])
    @pytest.mark.parametrize("function", [absolute, rectified])
    def test_away_from_its_edge_it_passes(self, function, x):
        assert judged(function, x=x)[1].verdict == "PASS"

    @pytest.mark.parametrize(
        "function",
        [
            lambda x: x * x if x > 0 else x * x * x,
            lambda x: x.sin() if x > 0 else x.sin() * 1.0,
            lambda x: x if x > 0 else 3 * x / 3,
            lambda x: 1 - x.cos() if x >= 0 else x * x / 2,
            lambda x: sum(sorted([x, -x, x * 2])),
        ],
    )
    def test_where_value_and_slope_agree_it_is_a_remark(self, function):
        result, row = judged(function, x=0.0)
        assert row.verdict == "PASS"
        assert "decides otherwise" in "".join(result.function.remarks)

    @pytest.mark.parametrize("edge", [1.05, 0.95, 1.005, 1.00005])
    def test_what_decides_otherwise_farther_away_is_a_remark(self, edge):
        result, row = judged(lambda x: x * 2 if x > edge else x * 3, x=1.0)
        assert row.verdict == "PASS"
        (remark,) = result.function.remarks
        assert "with another result" in remark
        assert remark in str(result)

    def test_only_inputs_that_move_the_decision(self):
        assert verdicts(lambda x, y: absolute(x) * y, x=0.0, y=2.0) == {"x": "BRANCH", "y": "PASS"}

    def test_inputs_that_only_together_move_it(self):
        def corner(x, y):
            return x * y + 1 if (x > 0) & (y > 0) else x * y

        assert set(verdicts(corner, x=0.0, y=0.0).values()) == {"BRANCH"}

    @pytest.mark.parametrize(
        ("function", "verdict"),
        [
            (lambda x: x.relu(), "KINK"),
            (lambda x: abs(x), "KINK"),
            (lambda x: ops.maximum(x, 2 * x), "KINK"),
            (lambda x: ops.where(x > 0, x, 0.0), "KINK"),
            (lambda x: ops.where(x > 0, x * x, 0.0), "PASS"),
        ],
    )
    def test_a_kink_of_the_recording_is_no_branch(self, function, verdict):
        result, row = judged(function, x=0.0)
        assert (row.verdict, result.function.agreeing) == (verdict, result.function.replays)

    def test_many_inputs_are_moved_together_first(self):
        def function(**inputs):
            return sum(each if each > 0 else each * 2 for each in inputs.values())

        far = check_function(function, {f"x{k}": k + 1.0 for k in range(60)})
        assert far.verdict == "PASS"
        assert far.function.calls < 60
        near = check_function(function, {f"x{k}": k + 0.0 for k in range(60)})
        assert [row.name for row in near.rows if row.verdict == "BRANCH"] == ["x0"]


def softmax(a, b):
    m = max(a, b).data
    return (a - m).exp() / ((a - m).exp() + (b - m).exp())


class TestHeldFixed:
    @pytest.mark.parametrize(
        "function",
        [
            lambda x: x * x.data,
            lambda x: x * x.item(),
            lambda x: (x * 2).data * x.sin(),
            lambda x: x.data * 2.0,
            lambda x: ops.clip(x, x.data - 1, x.data + 1) + 0.5 * x.data,
            lambda x: x * 2 if x.data < 0 else x + math.exp(x.data),
            lambda x: x**x.data,
            lambda x: Value(x.data, label="inner") * 2 + x,
            lambda x: x * sum(float(np.exp(x.item())) for _ in range(3)),
        ],
    )
    def test_a_number_that_was_read(self, function):
        result = check_function(function, {"x": 1.7})
        row = next(row for row in result.rows if row.name == "x")
        assert (row.verdict, row.deliberate, result.exit_code) == ("HELD FIXED", False, 1)
        assert "is read as a plain number" in row.reason
        assert "test_function.py:" in row.reason

    def test_a_right_hand_derivation_does_not_fail_by_hand(self):
        _, row = judged(lambda x: x * x.data, {"x": 4.0}, x=2.0)
        assert row.verdict == "HELD FIXED"

    @pytest.mark.parametrize(
        "function",
        [
            lambda x: x * x.detach(),
            lambda x: x * (x * 2).detach().data,
            lambda x: x * float(x.detach()),
            lambda x: x * tg.stop_gradient(x),
            lambda x: tg.stop_gradient(x.sin()) + x,
            lambda x: x * without_recording(x),
        ],
    )
    def test_what_was_meant_passes_and_is_named(self, function):
        result = check_function(function, {"x": 1.7})
        assert (result.verdict, result.exit_code, result.passed) == ("HELD FIXED", 0, True)
        assert any(row.deliberate for row in result.rows)

    @pytest.mark.parametrize(
        "function",
        [
            lambda a, b: tg.softmax([a, b])[0],
            lambda a, b: (a - tg.stop_gradient(b)) * 0.0 + a * b,
            lambda a, b: a * b + 0.0 * b.data,
            lambda a, b: a * b if a.data < 100 else a * 1.0,
            lambda a, b: (a - b.detach() + b.detach()) * b,
            lambda a, b: (a - a.data) * 0.0 + b * a + (b.data - b.item()),
            lambda a, b: (softmax(a, b) + softmax(b, a)) * a,
        ],
    )
    def test_what_changes_nothing_passes(self, function):
        result = check_function(function, {"a": 1.0, "b": 2.0})
        assert {row.verdict for row in result.rows} == {"PASS"}

    @pytest.mark.parametrize(("a", "b"), [(1.0, 2.0), (1.0, 1.0), (30.0, -700.0), (1e-9, 0.0)])
    def test_a_stable_softmax(self, a, b):
        result = check_function(softmax, {"a": a, "b": b})
        assert {row.verdict for row in result.rows} == {"PASS"}

    def test_by_hand_the_input_is_meant_and_not_its_detached_copy(self):
        result = check_function(lambda x, w: x * w.detach() + w, {"x": 0.5, "w": 2.0}, {"w": 1.0, "x": 2.0})
        assert [row.verdict for row in result.rows] == ["PASS", "HELD FIXED"]
        assert [row.hand for row in result.rows] == [2.0, 1.0]
        assert result.passed
        result = check_function(lambda x, w: x * w.detach() + w, {"x": 0.5, "w": 2.0}, {"w": 1.5})
        assert result.verdict == "FAIL"

    def test_only_inputs_that_show_it(self):
        assert verdicts(lambda x, y: x * y.data + y, x=2.0, y=3.0) == {"x": "PASS", "y": "HELD FIXED"}

    def test_of_several_lines_only_those_that_matter(self):
        def function(x):
            m = x.data
            shifted = (x - m) * 0.0
            return shifted + x * x.detach()

        result = check_function(function, {"x": 0.5})
        row = next(row for row in result.rows if row.verdict == "HELD FIXED")
        assert row.deliberate
        assert "`return shifted + x * x.detach()`" in row.reason
        assert "x.data" not in row.reason

    def test_what_moves_the_value_but_not_the_slope_is_a_remark(self):
        result, row = judged(lambda x: (x - x.data) ** 2 + x, x=1.0)
        assert row.verdict == "PASS"
        assert "another result than its recording" in result.function.remarks[0]


def without_recording(x):
    with no_grad():
        return x * 2


class TestNondeterministic:
    @pytest.mark.parametrize("x", [0.3, 0.0, -2.0])
    def test_functions_that_draw_numbers(self, x):
        chance = random.Random(1)
        result, row = judged(lambda x: x + chance.random(), x=x)
        assert (row.verdict, result.exit_code) == ("NONDETERMINISTIC", 3)
        assert "two calls gave" in row.reason

    def test_what_differs_only_near_the_point(self):
        chance = random.Random(1)
        assert judged(lambda x: x * chance.random() + x, x=0.0)[1].verdict == "NONDETERMINISTIC"

    def test_what_is_drawn_anew_with_a_seed_is_the_same(self):
        assert judged(lambda x: x * random.Random(1).random(), x=0.3)[1].verdict == "PASS"

    def test_nan_is_the_same_as_nan(self):
        assert judged(ops.log, x=-1.0)[1].verdict == "OUT OF DOMAIN"


class TestExceptions:
    @pytest.mark.parametrize("error", [ValueError, ZeroDivisionError, RuntimeError, KeyError, AssertionError])
    def test_what_is_raised_near_the_point_is_a_remark(self, error):
        def function(x):
            if x > 1.05:
                raise error("too large")
            return x * x

        result, row = judged(function, x=1.0)
        assert row.verdict == "PASS"
        assert result.function.remarks[0].startswith("at x = 1.1 it raises")
        assert error.__name__ in str(result)

    def test_a_way_out_near_the_point_is_one_too(self):
        result, row = judged(lambda x: x * math.exp(x) if x > 1.05 else x * 1.0, x=1.0)
        assert row.verdict == "PASS"
        assert "LeavingError" in result.function.remarks[0]

    def test_what_raises_everywhere_else(self):
        def function(x):
            if x != 1:
                raise ValueError("here only")
            return x * x

        result, row = judged(function, x=1.0)
        assert (row.verdict, result.function.replays) == ("PASS", 0)
        assert "here only" in str(result)

    def test_one_remark_for_one_error(self):
        def function(x):
            if x != 1:
                raise ValueError(f"{x.data} isn't 1")
            return x * x

        assert len(judged(function, x=1.0)[0].function.remarks) == 1

    def test_numbers_that_only_fit_together(self):
        def function(x):
            m = x.data
            if m != x.item():
                raise ValueError("two numbers for one")
            return x * m

        assert judged(function, x=2.0)[1].verdict == "HELD FIXED"

    def test_assert_gradients_shows_the_finding(self):
        with pytest.raises(AssertionError, match="BRANCH"):
            assert_gradients(absolute, {"x": 0.0})
        with pytest.raises(AssertionError, match=r"math\.exp"):
            assert_gradients(lambda x: x * math.exp(x), {"x": 0.0})
        assert_gradients(lambda x: x * x.detach(), {"x": 2.0})


class TestIgnoredInputs:
    @pytest.mark.parametrize("hand", [None, 0, 0.0, "0", "0*x", lambda x: 0.0])
    def test_nothing_is_right(self, hand):
        result = check_function(lambda x, y: x * 2, {"x": 1.0, "y": 2.0}, None if hand is None else {"y": hand})
        row = result.rows[1]
        assert (row.name, row.engine, row.exact.value, row.verdict) == ("y", 0.0, 0.0, "PASS")
        assert row.reason == "the function doesn't use it"
        assert result.passed

    @pytest.mark.parametrize("hand", [1, -1e-9, "x", lambda x: x])
    def test_something_is_wrong(self, hand):
        result = check_function(lambda x, y: x * 2, {"x": 1.0, "y": 2.0}, {"y": hand})
        assert [row.verdict for row in result.rows] == ["PASS", "FAIL"]

    def test_all_may_be_ignored(self):
        assert verdicts(lambda x, y: Value(3.0, constant=True), {"x": 0.0, "y": 1.0}, x=1.0, y=2.0) == {
            "x": "PASS",
            "y": "FAIL",
        }
        assert verdicts(lambda x: 3.0, x=1.0) == {"x": "PASS"}

    @pytest.mark.parametrize("function", [lambda x: x * 2, lambda x: Value(3.0, constant=True)])
    def test_unknown_names_stay_errors(self, function):
        with pytest.raises(ValueError, match="the graph has no node 'q'"):
            check_function(function, {"x": 1.0}, {"q": 0.0})

    def test_what_is_held_fixed_is_not_ignored(self):
        assert verdicts(lambda x, y: x * y.data, x=1.0, y=2.0) == {"x": "PASS", "y": "HELD FIXED"}
        assert verdicts(lambda x: x.detach(), x=1.0) == {"x": "HELD FIXED"}


def function_of(program, spoil=None, where=None):
    """The function that a program computes; one of its places may be spoiled."""

    def function(**inputs):
        values = iter(inputs.values())
        found = []
        for k, (entry, row) in enumerate(zip(program.primitives, program.operands, strict=True)):
            found.append(FUNCTIONS[entry.name](*(found[o] for o in row)) if row else next(values))
            if k == where:
                found[k] = spoil(found[k])
        return found[-1]

    return function, {f"x{k}": program.numbers[leaf] for k, leaf in enumerate(program.leaves)}


class TestRandomFunctions:
    NUMBERS = (-1.7, -1.0, -0.3, 0.0, 0.4, 1.0, 2.5)

    @pytest.mark.parametrize("seed", range(10))
    def test_right_ones_are_as_recorded(self, seed):
        chance = random.Random(seed)
        for _ in range(20):
            function, point = function_of(random_program(chance, self.NUMBERS))
            result = check_function(function, point)
            leaves = dict(zip(point, tg.variables(**point), strict=True))
            recorded = check(function(**leaves))
            expected = {row.name: row.verdict for row in recorded.rows}
            assert {row.name: row.verdict for row in result.rows if row.name in expected} == expected
            assert result.function.agreeing == result.function.replays

    @pytest.mark.parametrize("seed", range(10))
    @pytest.mark.parametrize("spoil", [lambda x: Value(x.data, constant=True), lambda x: Value(x._data, constant=True)])
    def test_a_number_held_fixed_anywhere_is_found(self, seed, spoil):
        chance, spoiled = random.Random(seed), 0
        for _ in range(20):
            program = random_program(chance, self.NUMBERS, SMOOTH)
            right, point = function_of(program)
            wrong, _ = function_of(program, spoil, chance.randrange(len(program)))
            leaves = dict(zip(point, tg.variables(**point), strict=True))
            right(**leaves).backward()
            result = check_function(wrong, point)
            engine = {row.name: row.engine for row in result.rows}
            differs = [abs(engine[name] - leaf.grad) > 1e-6 for name, leaf in leaves.items()]
            spoiled += any(differs)
            assert not (any(differs) and result.passed)
        assert spoiled

    def test_it_leaves_the_inputs_alone(self):
        function, point = function_of(random_program(random.Random(3), self.NUMBERS))
        before = copy.deepcopy(point)
        check_function(function, point)
        assert point == before


class TestWhatIsSaid:
    def test_how_often_the_function_was_called(self):
        count = []
        result, _ = judged(lambda x: count.append(1) or x.sin(), x=0.5)
        assert len(count) == result.function.calls
        assert f"the function was called {len(count)} times, 10 of 10 replays of the recording agree" in str(result)

    def test_a_bare_graph_says_that_a_recording_was_judged(self):
        result = check(Value(0.5, label="x").sin())
        assert result.function is None
        assert "a recording was judged" in str(result)

    def test_leaves_from_outside_have_their_rows(self):
        w = Value(2.0, label="w")
        assert verdicts(lambda x: x * w, x=3.0) == {"x": "PASS", "w": "PASS"}


class TestCompiled:
    """What a compiled function can't guard is an error; what it guards is computed anew."""

    @pytest.mark.parametrize(
        "function",
        [
            lambda x: x * x.data,
            lambda x: x * x.item(),
            lambda x: x * x.detach(),
            lambda x: x * (x * 2).detach(),
            lambda x: x * float((x + 1).detach()),
            lambda x: x * 2 if x.detach() > 2.5 else x,
            lambda x: x * 2 if x.data > 2.5 else x,
            lambda x: max(x, 2.5) * x,
            lambda x: x * int(x > 2.5),
        ],
    )
    def test_numbers_that_were_read_are_guarded(self, function):
        step = compile(function)
        for x in (2.0, 3.0, 2.0, -1.0):
            assert step(x) == function(Value(x)).data

    @pytest.mark.parametrize("function", [math.exp, float, lambda x: x * round(x), lambda x: x * without_recording(x)])
    def test_what_can_not_be_guarded_is_an_error(self, function):
        with pytest.raises(TypeError, match=r"out of the graph|no_grad"):
            compile(function)(2.0)


def test_rows_bear_the_names_of_the_point():
    result = check_function(lambda x, w: x * x.detach() * w, {"x": 0.5, "w": 2.0}, {"w": 0.25})
    assert [row.name for row in result.rows] == ["x", "w"]
    assert [row.verdict for row in result.rows] == ["HELD FIXED", "PASS"]
