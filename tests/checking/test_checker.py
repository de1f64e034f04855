"""The checker: no false alarm, no missed error, and the likely mistake found."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
import random
from typing import ClassVar

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import BENDING, SMOOTH, Program, examples, programs, random_program
from test_backward import ours

from tinygrad_neuron import StaleGraphError, Value, draw, ops, parse, primitive, variables
from tinygrad_neuron.checking.checker import check
from tinygrad_neuron.checking.function import assert_gradients, check_function
from tinygrad_neuron.checking.mistakes import find_wrong_rule, guess_cause
from tinygrad_neuron.checking.numerical import NumericalGradient, ridders_difference
from tinygrad_neuron.checking.recorded import Recorded
from tinygrad_neuron.checking.verdicts import VERDICTS
from tinygrad_neuron.formulas.formula import names as names_of
from tinygrad_neuron.primitives import FUNCTIONS, PRIMITIVES, settle

NEURON = "net = x*w + b; y = tanh(net); loss = (y - t)**2/2"
INPUTS = {"x": 0.4, "w": 0.5, "b": 0.6, "t": 0.7}


def neuron() -> Value:
    return parse(NEURON, INPUTS)


def verdicts(result):
    return {row.name: row.verdict for row in result.rows}


# 38 points where fixed steps and tolerances fail: function, point, verdict
POINTS = {
    "1/x at 1e-5": (lambda x: 1 / x, 1e-5, "PASS"),
    "1/x at 1e-12": (lambda x: 1 / x, 1e-12, "PASS"),
    "1/x at 1e8": (lambda x: 1 / x, 1e8, "PASS"),
    "log at 1e-7": (lambda x: x.log(), 1e-7, "PASS"),
    "log at 1e-300": (lambda x: x.log(), 1e-300, "PASS"),
    "sqrt at 1e-12": (lambda x: x.sqrt(), 1e-12, "PASS"),
    "sqrt at 1e-30": (lambda x: x.sqrt(), 1e-30, "PASS"),
    "sin(1e6 x)": (lambda x: (1e6 * x).sin(), 0.3, "PASS"),
    "sin at 1e8": (lambda x: x.sin(), 1e8, "PASS"),
    "1e12 + x²": (lambda x: 1e12 + x * x, 3.0, "PASS"),
    "1e16 + x": (lambda x: 1e16 + x, 1.0, "PASS"),
    "tanh at 18": (lambda x: x.tanh(), 18.0, "PASS"),
    "tanh at -300": (lambda x: x.tanh(), -300.0, "PASS"),
    "sigmoid at 40": (lambda x: x.sigmoid(), 40.0, "PASS"),
    "sigmoid at -700": (lambda x: x.sigmoid(), -700.0, "PASS"),
    "softplus at -700": (lambda x: x.softplus(), -700.0, "PASS"),
    "exp at 700": (lambda x: x.exp(), 700.0, "PASS"),
    "exp at -700": (lambda x: x.exp(), -700.0, "PASS"),
    "x**10 at 1e20": (lambda x: x**10, 1e20, "PASS"),
    "x**3 at 1e-80": (lambda x: x**3, 1e-80, "PASS"),
    "x**-0.5 at 1e-20": (lambda x: x**-0.5, 1e-20, "PASS"),
    "asin near 1": (ops.asin, 1 - 1e-14, "PASS"),
    "atanh near 1": (ops.atanh, 1 - 1e-14, "PASS"),
    "acosh near 1": (ops.acosh, 1 + 1e-14, "PASS"),
    "log1p at 1e-18": (ops.log1p, 1e-18, "PASS"),
    "expm1 at 1e-18": (ops.expm1, 1e-18, "PASS"),
    "erf at 5": (lambda x: x.erf(), 5.0, "PASS"),
    "gelu at -6": (lambda x: x.gelu(), -6.0, "PASS"),
    "cos of a large angle": (lambda x: x.cos(), 1e15, "PASS"),
    "1/(1 + 1e10 x²)": (lambda x: 1 / (1 + 1e10 * x * x), 1e-3, "PASS"),
    "relu next to its kink": (lambda x: x.relu(), 1e-9, "PASS"),
    "abs next to its kink": (abs, -1e-12, "PASS"),
    "cube root at 1e-15": (ops.cbrt, 1e-15, "PASS"),
    "x² at 0": (lambda x: x * x + x, 0.0, "PASS"),
    "a huge step of exp(-1e5 x)": (lambda x: (-1e5 * x).exp(), 1e-3, "PASS"),
    "abs at 0": (abs, 0.0, "KINK"),
    "relu at 0": (lambda x: x.relu(), 0.0, "KINK"),
    "log at -1": (lambda x: x.log(), -1.0, "OUT OF DOMAIN"),
}


class TestThePoints:
    def test_there_are_38(self):
        assert len(POINTS) == 38

    @pytest.mark.parametrize("name", POINTS)
    def test_a_right_gradient_is_never_failed(self, name):
        function, x, verdict = POINTS[name]
        leaf = Value(x, label="x")
        assert check(function(leaf)).verdict == verdict

    @pytest.mark.parametrize("name", [name for name, (_, _, verdict) in POINTS.items() if verdict == "PASS"])
    def test_a_flipped_sign_is_always_found(self, name):
        function, x, _ = POINTS[name]
        leaf = Value(x, label="x")
        root = function(leaf)
        right = check(root).rows[0].engine
        result = check(root, {"x": -right})
        assert result.verdict == "FAIL"
        assert result.rows[0].likely_mistakes[0] == "the sign is wrong"

    def test_kinks_show_both_sides(self):
        row = check(abs(Value(0.0, label="x"))).rows[0]
        assert (row.exact.left, row.exact.right) == (-1.0, 1.0)
        assert "-1 from the left and 1 from the right; 0 was chosen" in row.reason


def settled(program: Program):
    """The graph of a program with labelled leaves, and the numbers of its nodes."""
    leaves = [Value(x, label=f"x{k}") for k, x in enumerate(program.inputs)]
    root = program.run(leaves, ours)[-1]
    root.backward()
    return root, [leaf for leaf in leaves if leaf.has_grad]


@pytest.mark.parametrize("seed", range(4))
def test_500_random_correct_graphs_without_a_false_alarm(seed):
    """And with rounding never blamed: at most one in a thousand is allowed."""
    chance = random.Random(seed)
    wrong, rounding = [], 0
    for _ in range(500):
        program = random_program(chance, [chance.uniform(-2, 2) for _ in range(5)], SMOOTH | BENDING, longest=15)
        root, leaves = settled(program)
        result = check(root, {leaf: leaf.grad for leaf in leaves if math.isfinite(leaf.grad)})
        rounding += sum(row.rounding == "FAIL" for row in result.rows)
        if result.verdict in ("FAIL", "INCONCLUSIVE", "NONDETERMINISTIC"):
            wrong.append((program, str(result)))
    assert not wrong, wrong[0]
    assert rounding == 0


PLANTED = {
    "sign": lambda g: -g,
    "times 2": lambda g: 2 * g,
    "zero": lambda g: 0.0,
    "1 + 1e-9": lambda g: g * (1 + 1e-9),
}


@pytest.mark.parametrize("error", PLANTED)
@given(program=programs(longest=10))
@examples(60)
def test_every_planted_error_is_found(error, program):
    root, leaves = settled(program)
    assume(leaves)
    result = check(root)
    sound = [
        row for row in result.rows if row.verdict == "PASS" and row.relative_error < 1e-11 and abs(row.engine) > 1e-12
    ]
    for row in sound:
        assert check(root, {row.name: PLANTED[error](row.engine)}).verdict == "FAIL"


@given(program=programs(longest=10))
@examples(60)
def test_a_missing_path_is_found(program):
    root, leaves = settled(program)
    for leaf in leaves:
        parts = []
        for node in dict.fromkeys([root, *root.operands]):
            parts += [node.grad * s for o, s in zip(node.operands, node.partials, strict=True) if o is leaf and s]
        if len(parts) > 1 and abs(parts[0]) > 1e-6 * abs(leaf.grad) and abs(leaf.grad) > 1e-9:
            hand = leaf.grad - parts[0]
            row = next(row for row in check(root, {leaf: hand}).rows if row.name == leaf.label)
            assert row.verdict in ("FAIL", "KINK", "ILL-CONDITIONED")


def plain(rule):
    """A rule as a number, also where a condition lets nothing through."""
    return lambda *a: 0.0 if (slope := settle(rule(*a))) is None else slope


class TestWrongRules:
    """200 bugs in rules, planted by a seed: the first wrong operation is named."""

    BUGS: ClassVar = {
        "sign": lambda rule: lambda *a: -rule(*a),
        "twice": lambda rule: lambda *a: 2.0 * rule(*a),
        "half": lambda rule: lambda *a: 0.5 * rule(*a),
        "a little": lambda rule: lambda *a: rule(*a) * (1 + 1e-7),
        "zero": lambda rule: lambda *a: 0.0,
        "one more": lambda rule: lambda *a: rule(*a) + 1.0,
    }

    @pytest.fixture
    def bugged(self):
        """A function that plants a bug in a primitive's rule, mended afterwards."""
        before = {}

        def plant(name, k, bug):
            entry = PRIMITIVES[name]
            before.setdefault(name, entry.rules)
            entry.rules = tuple(bug(plain(rule)) if j == k else rule for j, rule in enumerate(entry.rules))

        yield plant
        for name, rules in before.items():
            PRIMITIVES[name].rules = rules

    @pytest.mark.parametrize("seed", range(200))
    def test_the_first_wrong_operation_is_named(self, seed, bugged):
        chance = random.Random(seed)
        name = chance.choice(["tanh", "sin", "cos", "sigmoid", "softplus", "atan", "asinh", "silu", "squared", "atan2"])
        k = chance.randrange(len(PRIMITIVES[name].rules))
        kind = chance.choice(sorted(self.BUGS))
        names = [chance.choice(["tanh", "sin", "add", "mul", "softplus"]) for _ in range(6)]
        names.insert(chance.randrange(4), name)
        bugged(name, k, self.BUGS[kind])
        places = [Value(chance.uniform(0.3, 1.5), label=f"x{j}") for j in range(2)]
        for each in names:
            arity = {"add": 2, "mul": 2, "atan2": 2}.get(each, 1)
            operands = [places[-1], *chance.choices(places, k=arity - 1)]
            places.append(ours(each)(*(operands if chance.random() < 0.5 else operands[::-1])))
        root = places[-1]
        program = Program.of(root)
        wrong = find_wrong_rule(Recorded(program), names_of(program))
        assert f"of {name} is" in wrong
        result = check(root)
        if all(row.relative_error < 1e-12 for row in result.rows):
            return  # two wrong signs in a product make a right gradient
        assert result.verdict == "FAIL"
        assert f"of {name} is" in next(row.reason for row in result.rows if row.verdict == "FAIL")

    def test_the_likely_cause(self, bugged):
        bugged("tanh", 0, self.BUGS["sign"])
        result = check(Value(0.5, label="x").tanh())
        assert result.rows[0].rule == "FAIL"
        assert result.rows[0].reason == (
            "∂(tanh(x))/∂(x) of tanh is -0.786448 and should be 0.786448: the sign is wrong"
        )


@pytest.mark.parametrize(
    ("found", "exact", "cause"),
    [
        (-3.0, 3.0, "the sign is wrong"),
        (6.0, 3.0, "a factor 2 too much"),
        (1.5, 3.0, "a factor ½ too much"),
        (-6.0, 3.0, "wrong sign and a factor 2"),
        (1 / 3, 3.0, "its reciprocal"),
        (9.0, 3.0, "its square"),
        (0.0, 3.0, "it is zero"),
        (3.3, 3.0, "a factor 1.1"),
        (0.5, 0.0, "off by 0.5"),
    ],
)
def test_what_makes_one_number_of_another(found, exact, cause):
    assert guess_cause(found, exact) == cause


class TestTolerances:
    """What counts as rounding, from both sides: as much as the graph makes inevitable, and no more."""

    @pytest.mark.parametrize(
        ("off", "verdict", "reason"),
        [
            (2e-15, "PASS", "it is exact within the roundings of this graph"),
            (1.5e-13, "FAIL", "of nearly_squared is 3.00000000000045 and should be 3: a factor 1"),
            (1e-10, "FAIL", "of nearly_squared is 3.0000000003 and should be 3: a factor 1.0000000001"),
        ],
    )
    def test_a_rule_that_is_off_by_a_little(self, off, verdict, reason):
        nearly_squared = primitive("nearly_squared", lambda x: x * x, lambda y, x: 2 * x * (1 + off))
        try:
            result = check(nearly_squared(Value(1.5, label="x")))
        finally:
            del PRIMITIVES["nearly_squared"], FUNCTIONS["nearly_squared"]
        assert (result.verdict, result.passed) == (verdict, verdict == "PASS")
        assert reason in result.rows[0].reason

    @pytest.mark.parametrize(("off", "verdict"), [(1e-12, "PASS"), (1e-10, "FAIL")])
    def test_a_function_by_hand_may_lose_a_few_roundings(self, off, verdict):
        result = check(neuron(), {"w": lambda x, w, b, t: (1 + off) * slope_by_w(x, w, b, t)})
        assert verdicts(result)["w"] == verdict

    @pytest.mark.parametrize(("off", "is_explained"), [(1e-11, True), (1e-7, False)])
    def test_a_figure_with_all_its_digits_is_explained_by_what_gives_all_of_them(self, off, is_explained):
        row = check(neuron(), {"w": 2 * (1 + off) * slope_by_w(**INPUTS)}).rows[1]
        assert (row.name, row.verdict) == ("w", "FAIL")
        assert ("there is an extra factor of 2" in row.likely_mistakes) == is_explained

    @pytest.mark.parametrize(("x", "verdict"), [(1e-9, "PASS"), (1e-13, "ILL-CONDITIONED")])
    def test_fewer_than_four_digits_are_ill_conditioned(self, x, verdict):
        assert check(((1 + Value(x, label="x")) - 1) ** 2 * 1e20).verdict == verdict


def slope_by_w(x: float, w: float, b: float, t: float) -> float:
    """The neuron's derivative by w."""
    y = math.tanh(x * w + b)
    return (y - t) * (1 - y**2) * x


class TestNumericalGradient:
    """A difference never has the last word: what it says depends on how well it is known itself."""

    @pytest.mark.parametrize(
        ("value", "error", "gradient", "judgement"),
        [
            (2.0, 1e-9, 2.0, "AGREES"),
            (2.0, 1e-9, 2.001, "AGREES"),
            (2.0, 1e-9, 2.01, "DISAGREES"),
            (-2.0, 1e-9, 2.0, "DISAGREES"),
            (2.0, 1e-4, 2.0023, "AGREES"),
            (2.0, 1e-4, 2.003, "DISAGREES"),
            (0.0, 1e-9, 0.0, "AGREES"),
            (2.0, 1e-3, 2.0, "CANNOT TELL"),
            (2.0, 1e-3, 2.09, "CANNOT TELL"),
            (2.0, 1e-3, 2.11, "DISAGREES"),
            (1e-20, 1e-9, 1.0, "DISAGREES"),
            (2.0, math.inf, 2.0, "CANNOT TELL"),
            (2.0, math.nan, 2.0, "CANNOT TELL"),
            (math.nan, 1e-9, 2.0, "CANNOT TELL"),
            (2.0, 1e-9, math.inf, "CANNOT TELL"),
        ],
    )
    def test_what_it_says(self, value, error, gradient, judgement):
        assert NumericalGradient(value, error, 0.1).judge(gradient) == judgement

    @pytest.mark.parametrize(
        ("function", "x", "slope"),
        [
            (math.exp, 1.0, math.e),
            (math.sin, 0.0, 1.0),
            (math.sin, 1e-300, 1.0),
            (math.sqrt, 1e-12, 5e5),
            (math.log, 1e8, 1e-8),
            (math.tanh, -2.0, 1 / math.cosh(2.0) ** 2),
        ],
    )
    def test_it_is_as_good_as_it_says(self, function, x, slope):
        program = Program.of(FUNCTIONS[function.__name__](Value(x)))
        found = ridders_difference(program, 0)
        assert abs(found.value - slope) <= 1e-8 * slope
        assert abs(found.value - slope) <= 10 * found.error <= 1e-7 * slope
        assert found.judge(slope) == "AGREES"

    @pytest.mark.parametrize(("x", "nudge"), [(0.0, 0.1), (5e-324, 0.1), (3.0, 0.3), (-2e-5, 2e-6), (4e8, 4e7)])
    def test_the_first_nudge_is_a_tenth_of_the_number_and_all_others_are_smaller(self, x, nudge):
        seen = []
        probe = primitive("probe_of_nudges", lambda x: seen.append(x) or x, lambda y, x: 1.0)
        try:
            program = Program.of(probe(Value(x)))
            seen.clear()
            ridders_difference(program, 0)
        finally:
            del PRIMITIVES["probe_of_nudges"], FUNCTIONS["probe_of_nudges"]
        nudges = [abs(each - x) for each in seen]
        assert nudges[:2] == pytest.approx([nudge, nudge])
        assert max(nudges[2:]) < 0.9 * nudge
        assert len(nudges) == 20


class TestWhatBecameOfAGradient:
    @pytest.mark.parametrize(
        ("factor", "note"),
        [(1e-9, "it vanishes"), (1e-7, ""), (1.0, ""), (1e7, ""), (1e9, "it explodes"), (-1e9, "it explodes")],
    )
    def test_small_and_large_ones_are_explained(self, factor, note):
        (row,) = check(Value(0.5, label="x") * factor).rows
        assert row.note.partition(":")[0] == note


class TestVerdicts:
    """The worst verdict of all inputs is that of the check; a kink and bad conditioning are no failures."""

    WORST_FIRST = tuple(VERDICTS)

    def of(self, *given):
        result = check(parse("y = x*w", {"x": 2.0, "w": 3.0}))
        rows = tuple(row._replace(verdict=verdict) for row, verdict in zip(result.rows, given, strict=True))
        return dataclasses.replace(result, rows=rows)

    def test_the_worst_one_counts(self):
        for worst, better in itertools.pairwise(self.WORST_FIRST):
            assert self.of(better, worst).verdict == self.of(worst, better).verdict == worst

    CODES: ClassVar = {
        0: ("PASS", "KINK", "CONVENTIONS", "TIE", "ILL-CONDITIONED"),
        1: ("FAIL", "LEFT THE GRAPH", "BRANCH", "HELD FIXED"),
        3: ("INCONCLUSIVE", "NONDETERMINISTIC", "OUT OF DOMAIN"),
    }

    @pytest.mark.parametrize(("code", "verdict"), [(code, each) for code, several in CODES.items() for each in several])
    def test_what_passes(self, code, verdict):
        result = self.of(verdict, "PASS")
        assert (result.passed, result.exit_code) == (code == 0, code)

    def test_every_verdict_has_a_code(self):
        assert sorted(VERDICTS) == sorted(sum(self.CODES.values(), ()))

    def test_what_is_wrong_counts_for_more_than_what_can_not_be_said(self):
        assert self.of("OUT OF DOMAIN", "FAIL").exit_code == 1
        assert self.of("OUT OF DOMAIN", "KINK").exit_code == 3

    def test_what_is_held_fixed_on_purpose_passes(self):
        result = self.of("HELD FIXED", "PASS")
        rows = tuple(row._replace(deliberate=True) for row in result.rows)
        assert dataclasses.replace(result, rows=rows).exit_code == 0

    def test_a_gradient_chosen_at_a_kink_passes(self):
        assert check(Value(0.0, label="x").relu()).passed
        assert_gradients(lambda x: x.relu(), {"x": 0.0})


class TestByHand:
    def test_a_number_a_formula_and_a_function(self):
        hand = {
            "w": "(tanh(w*x+b) - t) * (1 - tanh(w*x+b)**2) * x",
            "b": -0.020105429430100793,
            "x": lambda x, w, b, t: (math.tanh(x * w + b) - t) * (1 - math.tanh(x * w + b) ** 2) * w,
        }
        result = check(neuron(), hand)
        assert verdicts(result) == dict.fromkeys("xwbt", "PASS")
        assert result.passed
        assert result.exit_code == 0

    def test_a_formula_with_a_short_result_is_no_rounded_figure(self):
        root = parse("y = tanh(w*x)", {"x": 0.4, "w": 0.5})
        result = check(root, {"w": "x", "x": lambda w: w})
        assert verdicts(result) == {"x": "FAIL", "w": "FAIL"}
        assert draw(root, hand=result).text().count("✗") == 2
        assert check(root, {"w": 0.4}).passed

    def test_a_formula_that_cancels_in_floats_is_right(self):
        root = parse("y = tanh(x)", {"x": 18.0})
        assert check(root, {"x": "1 - tanh(x)**2"}).verdict == "PASS"
        assert check(root, {"x": "1 - tanh(x)**3"}).verdict == "FAIL"

    def test_a_figure_is_judged_at_its_own_precision_and_the_report_says_so(self):
        result = check(neuron(), {"b": -0.0201, "w": -0.008})
        assert verdicts(result)["b"] == "PASS"
        assert "-0.0201 agrees at the digits it is given with" in str(result)
        assert check(neuron(), {"b": -0.0202}).verdict == "FAIL"

    @pytest.mark.parametrize(
        ("name", "hand", "cause"),
        [
            ("w", "-(y - t)*(1 - y**2)*x", "the sign is wrong"),
            ("w", "2*(y - t)*(1 - y**2)*x", "there is an extra factor of 2"),
            ("b", "(y - t)*(1 - y**2)/2", "a factor of 2 is missing"),
            ("w", "(y - t)*x", "∂y/∂net is missing"),
            ("w", "(y - t)*(1 - y)*x", "for ∂y/∂net you wrote 1 − y, not squared"),
            ("w", "(y - t)*y*(1 - y)*x", "for ∂y/∂net you wrote y·(1 − y), the slope of sigmoid"),
            ("w", "(y - t)*(1 - net**2)*x", "for ∂y/∂net you wrote 1 − net², with the input for the output"),
            ("w", "(y - t)*y*x", "for ∂y/∂net you wrote y itself, and not its derivative"),
            ("w", "(y - t)*(1 - y**2)**2*x", "∂y/∂net was taken twice"),
            ("b", "(1 - y**2)/2", "∂((y − t)²)/∂(y − t) is missing"),
            ("w", "(y - t)*(1 - tanh(y)**2)*x", "for ∂y/∂net you wrote 1 − tanh(y)², tanh taken once more"),
            ("w", "(y - t)*(1 - tanh(w)**2)*x", "∂y/∂net was taken at w, and not net"),
            ("net", "(y - t)**2*(1 - y**2)", "the power not lowered"),
        ],
    )
    def test_the_likely_mistake_is_found(self, name, hand, cause):
        result = check(neuron(), {name: hand})
        (row,) = (row for row in result.rows if row.name == name)
        assert row.verdict == "FAIL"
        assert any(cause in each for each in row.likely_mistakes[:2]), row.likely_mistakes
        assert f"∂loss/∂{name} = " in row.derivation
        assert row.derivation.splitlines()[0] in str(result)

    def test_a_dropped_path_and_a_forgotten_accumulation(self):
        root = parse("a = x*w; y = sin(a) + exp(a) + a*x", {"x": 1.3, "w": 0.7})
        row = check(root, {"x": "w*(cos(a) + exp(a) + x)"}).rows[0]
        assert any("through a·x is missing" in cause for cause in row.likely_mistakes)
        causes = next(row.likely_mistakes for row in check(root, {"a": "exp(a)"}).rows if row.name == "a")
        assert any(
            "a takes only the gradient through exp(a)" in cause and "= was written for +=" in cause for cause in causes
        )

    def test_one_path_of_two_is_missing(self):
        root = parse("a = x*w; y = sin(a) + exp(a)", {"x": 1.3, "w": 0.7})
        row = check(root, {"x": "w*cos(a)"}).rows[0]
        assert any("the path from a through exp(a) is missing" in cause for cause in row.likely_mistakes)

    def test_what_does_not_fit_is_refused(self):
        with pytest.raises(ValueError, match="hand: the graph has no node 'q'"):
            check(neuron(), {"q": 1.0})
        with pytest.raises(ValueError, match="the graph has no node 'q'; its names are x, w, b, net, y, t, loss"):
            check(neuron(), {"w": lambda q: q})
        with pytest.raises(ValueError, match="its names are x, w, b, net, y, t, loss"):
            check(neuron(), {"w": "q*2"})


class TestTheRest:
    def test_a_stale_graph_is_refused(self):
        x = Value(2.0, label="x")
        y = x * x
        x.data = 3.0
        with pytest.raises(StaleGraphError, match="compute the expression again"):
            check(y)

    def test_a_nondeterministic_function_shows_both_values(self):
        noise = iter(range(10))
        result = check_function(lambda x: x * float(next(noise) + 1), {"x": 2.0})
        assert result.verdict == "NONDETERMINISTIC"
        assert "two calls gave 2.0 and 4.0" in result.rows[0].reason

    def test_a_nondeterministic_primitive_shows_both_values(self):
        noise = iter(range(100))
        noisy = primitive("noisy_for_check", lambda x: x + float(next(noise)), lambda y, x: 1.0)
        try:
            result = check(noisy(Value(1.0, label="x")))
        finally:
            del PRIMITIVES["noisy_for_check"], FUNCTIONS["noisy_for_check"]
        assert result.verdict == "NONDETERMINISTIC"
        assert "computing noisy_for_check[1] again gives" in result.rows[0].reason
        assert "once more" in result.rows[0].reason

    def test_where_floats_can_not_tell(self):
        x = Value(1e-13, label="x")
        result = check(((1 + x) - 1) ** 2 * 1e20)
        assert result.verdict == "ILL-CONDITIONED"
        assert result.passed

    def test_a_primitive_for_floats_alone_is_judged_by_differences_of_itself(self):
        gamma = primitive("gamma_for_check", math.gamma, lambda y, x: y * (math.log(x) - 0.5 / x - 1 / (12 * x * x)))
        try:
            result = check(gamma(Value(30.0, label="x")))
            assert (result.rows[0].exact.kind, result.verdict) == ("unknown", "PASS")
            reason = "there is no exact version of gamma_for_check here"
            words = f"judged by numerical differences, as {reason}: 7 digits agree"
            assert result.rows[0].reason == words
        finally:
            del PRIMITIVES["gamma_for_check"]

    def test_the_exact_column_has_the_number_or_both_sides_of_a_kink(self):
        kink, smooth = check(Value(0.0, label="x").relu()), check(Value(0.5, label="x") * 3.0)
        cells = [str(result).splitlines()[2] for result in (kink, smooth)]
        assert "  0 | 1" in cells[0]
        assert "|" not in cells[1]
        assert cells[1].split() == ["x", "PASS", "3", "3", "17"]  # engine, exact and the digits that agree

    def test_a_sentence_for_each_input_says_why(self):
        (line,) = (line for line in str(check(Value(0.5, label="x") * 3.0)).splitlines() if line.startswith("x: "))
        assert line.startswith("x: PASS. It is exact within the roundings of this graph")

    def test_more_of_the_likely_mistakes_are_shown(self):
        row = check(parse("y = 2*x**3", {"x": 1.0}), {"x": 3.0}).rows[0]
        assert len(row.likely_mistakes) > 1
        text = str(check(parse("y = 2*x**3", {"x": 1.0}), {"x": 3.0}))
        assert [line.strip() for line in text.splitlines() if line.strip().startswith("or: ")] == [
            f"or: {mistake}" for mistake in row.likely_mistakes[1:4]
        ]

    def test_a_result_can_not_be_changed(self):
        with pytest.raises(dataclasses.FrozenInstanceError):
            check(Value(0.5, label="x") * 3.0).rows = ()

    def test_what_became_of_a_gradient(self):
        x = Value(40.0, label="x")
        text = str(check((x * 2).tanh() + 1))
        assert "it vanishes: the partial of tanh(x*2) by x*2 is" in text
        text = str(check((Value(1e-9, label="x") + 1e-9).log() * 3))
        assert "it explodes: the partial of log(x + 1e-09) by x + 1e-09 is 5e+08" in text
        text = str(check(Value(0.0, label="x").sqrt() * 3))
        assert "it began here: the gradient of x is inf, flowing back through sqrt" in text

    def test_a_gradient_that_vanishes_along_a_long_chain_is_no_false_alarm(self):
        y = Value(0.4, label="x")
        for _ in range(400):
            y = (y + 0.5).tanh()
        (row,) = check(y).rows
        assert 0 < row.engine < 1e-100
        assert (row.verdict, row.exact.kind, row.digits > 10) == ("PASS", "smooth", True)

    def test_the_smallest_floats_are_nudged_as_0_is(self):
        x = Value(5e-324, label="x")
        (row,) = check(x.sin()).rows
        assert (row.verdict, row.numerical.judge(1.0)) == ("PASS", "AGREES")

    def test_a_backward_pass_that_loses_a_path_is_found(self):
        class Forgetful(Value):
            def backward(self, gradient=1.0):
                super().backward(gradient)
                self.operands[0].operands[0].grad /= 2  # as = for += would

        x = Forgetful(0.5, label="x")
        result = check(x * x + 1.0)
        assert result.verdict == "FAIL"
        assert result.rows[0].reason == "every partial is right: a path is missing or wasn't added up"

    def test_the_first_wrong_rule_is_looked_for_once(self, monkeypatch):
        calls = []
        monkeypatch.setattr("tinygrad_neuron.checking.checker.find_wrong_rule", lambda *_: calls.append(1))
        wrong = primitive("wrong_for_check", lambda x: x * x, lambda y, x: 3 * x)
        try:
            leaves = [Value(0.1 * k + 0.1, label=f"x{k}") for k in range(5)]
            assert [row.verdict for row in check(wrong(sum(leaves))).rows] == ["FAIL"] * 5
            assert calls == [1]
        finally:
            del PRIMITIVES["wrong_for_check"]

    def test_json_text_and_the_picture(self):
        result = check(parse("y = relu(x) + w", {"x": 0.0, "w": 2.0}), {"w": 1.0})
        data = json.loads(result.to_json())
        assert (data["verdict"], data["inputs"][0]["verdict"], data["inputs"][1]["hand"]) == ("KINK", "KINK", 1.0)
        assert data["nonsmooth"] == [
            {"name": "relu(x)", "kind": "kink", "chosen": [0.0], "pytorch": "0", "jax": "0", "sides": []}
        ]
        assert "kink: relu(x), partial 0; PyTorch 0, JAX 0" in str(result)
        loss = neuron()
        picture = draw(loss, hand=check(loss, {"w": -0.008}))
        assert "✓" in picture.dot.source

    def test_a_jump_and_a_kink_of_where_are_reported_with_both_sides(self):
        x = Value(1.0, label="x")
        result = check(ops.where(x > 1, x * x, 5 * x))
        (point,) = result.nonsmooth
        assert (result.verdict, point.kind, point.name) == ("KINK", "jump", "where(1 < x, x*x, 5*x)")
        sides = ["1 (derivative 2 by x) where the condition holds", "5 (derivative 5 by x) where it doesn't"]
        assert f"jump: where(1 < x, x*x, 5*x), {', '.join(sides)}" in str(result)
        assert json.loads(result.to_json())["nonsmooth"][0]["sides"] == list(point.sides) == sides
        (point,) = check(ops.where(x >= 1, x * x, 3 * x - 2)).nonsmooth
        assert point.kind == "kink"
        assert [side[:24] for side in point.sides] == ["1 (derivative 2 by x) wh", "1 (derivative 3 by x) wh"]

    @pytest.mark.parametrize(("off", "kind"), [(0.0, "kink"), (1e-14, "kink"), (1e-9, "jump"), (-1e-3, "jump")])
    def test_where_the_branches_meet_it_is_a_kink(self, off, kind):
        x = Value(1.0, label="x")
        (point,) = check(ops.where(x >= 1, x * x, 3 * x - 2 + off)).nonsmooth
        assert point.kind == kind

    def test_the_edge_of_a_combined_condition_is_that_of_one_where(self):
        x, w = variables(x=1.0, w=2.0)
        for condition in ((x > 1) & (w < 3), (x > 1) | (w > 3), ~(x > 1), x == 1, ops.step(x - 1)):
            (point,) = check(ops.where(condition, x * w, -x * w)).nonsmooth
            assert (point.kind, len(point.sides)) == ("jump", 2)
        # an edge that doesn't turn the condition, and a kink inside of a condition, bend nothing
        assert check(ops.where((x > 1) | (w < 3), x * w, -x)).nonsmooth == ()
        assert check(ops.where(abs(x - 1) < 1, x * w, -x)).nonsmooth == ()

    def test_assert_gradients(self):
        assert_gradients(lambda x, w: (x * w).tanh(), {"x": 0.5, "w": 2.0}, {"x": "w*(1 - tanh(x*w)**2)"})
        with pytest.raises(AssertionError, match="there is an extra factor of 2"):
            assert_gradients(lambda x: x.sin(), {"x": 0.5}, {"x": "2*cos(x)"})


@given(st.floats(0.1, 3.0), st.floats(0.1, 3.0))
@examples(30)
def test_every_column_is_there(x, w):
    leaves = variables(x=x, w=w)
    headings = str(check((leaves[0] * leaves[1]).tanh(), {"w": 0.123})).splitlines()[0].split("  ")
    said = [heading.strip() for heading in headings if heading.strip()]
    assert said == ["input", "verdict", "by hand", "engine", "exact", "digits"]


@pytest.mark.parametrize("name", ["maximum", "minimum", "logsumexp", "mean", "sum"])
def test_functions_of_a_single_number(name):
    (x,) = variables(x=0.5)
    assert check(getattr(ops, name)(x) * x).verdict == "PASS"


class TestWhatIsSaid:
    def test_the_point_where_a_function_bends_is_named_and_no_other(self):
        x = Value(0.0, label="x")
        assert "(at abs(x))" in check(x.abs()).rows[0].reason
        assert "(at" not in check(x.tanh()).rows[0].reason
        bent = x.abs() + x.relu() + abs(x * 2) + abs(x * 3)
        assert check(bent).rows[0].reason.partition("(at ")[2].count(",") == 2

    @pytest.mark.parametrize("hand", [-1.0, 0.0, 0.5, 1.0])
    def test_every_slope_between_both_sides_of_a_kink_is_right(self, hand):
        assert check(Value(0.0, label="x").abs(), {"x": hand}).verdict == "KINK"

    @pytest.mark.parametrize("hand", [-1.01, 1.01])
    def test_others_are_not(self, hand):
        assert check(Value(0.0, label="x").abs(), {"x": hand}).verdict == "FAIL"

    def test_digits_and_ulps_count_from_the_exact_derivative(self):
        right = check(Value(3.0, label="x") * 2.0).rows[0]
        assert (right.digits, right.ulps, right.relative_error) == (17, 0.0, 0.0)
        nearly = primitive("nearly_for_digits", lambda x: x * 2.0, lambda y, x: 2.0 + 2.0**-40)
        row = check(nearly(Value(3.0, label="x"))).rows[0]
        assert (row.ulps, row.relative_error) == (2.0**-40 / math.ulp(2.0), 2.0**-41)
        assert row.digits == 12
        far = primitive("far_for_digits", lambda x: x * 2.0, lambda y, x: -7.0)
        assert check(far(Value(3.0, label="x"))).rows[0].digits == 0

    def test_it_is_said_where_only_the_digits_given_agree(self):
        x = Value(0.5, label="x")
        y = x * x * x  # 0.75
        words = "agrees at the digits it is given with"
        assert words in check(y, {"x": 0.8}).rows[0].reason
        assert words not in check(y, {"x": "3*x**2"}).rows[0].reason
        assert words not in check(Value(1 / 3, label="x") ** 2, {"x": 2 / 3}).rows[0].reason

    def test_the_table_shows_a_hand_figure_where_there_is_one(self):
        x, w = variables(x=0.5, w=2.0)
        result = check(x * w, {"w": 0.5})
        lines = [line.split() for line in str(result).splitlines()[2:4]]
        assert lines == [["x", "PASS", "2", "2", "17"], ["w", "PASS", "0.5", "0.5", "0.5", "17"]]
        assert repr(result) == str(result)

    def test_only_as_many_digits_as_are_given_are_judged(self):
        words = "agrees at the digits it is given with"
        assert words not in check(Value(1 / 3, label="x") ** 2, {"x": 0.66666666666667}).rows[0].reason
        assert words not in check(Value(500000.25006, label="x") ** 2, {"x": 1000000.5001}).rows[0].reason

    def test_what_the_engine_finds_where_the_sides_differ(self):
        x = Value(0.0, label="x")
        root_of_square = check((x * x).sqrt())
        assert root_of_square.verdict == "OUT OF DOMAIN"
        assert "-1 from the left and 1 from the right; the chain rule gives nan" in root_of_square.rows[0].reason
        wrong = primitive("abs_with_slope_of_2", lambda x: ops.abs(x), lambda y, x: 2.0)
        assert "is 2, which doesn't lie between the derivatives from both sides" in check(wrong(x)).rows[0].reason

    def test_where_a_side_is_infinite(self):
        x = Value(0.0, label="x")
        up, down = check(ops.cbrt(x)).rows[0], check(-ops.cbrt(x)).rows[0]
        assert (up.exact.value, down.exact.value) == (math.inf, -math.inf)
        jump = check(ops.sign(x))
        assert (jump.verdict, jump.rows[0].exact.value) == ("KINK", math.inf)
        assert "the function jumps here, and 0 was chosen (at sign(x))" in jump.rows[0].reason

    def test_a_constant_has_nothing_to_check(self):
        with pytest.raises(ValueError, match="is a constant: nothing was recorded"):
            check(Value(1.0, constant=True) * 2.0)

    def test_inputs_with_labels_are_checked_or_all_if_none_has_one(self):
        assert [row.name for row in check(Value(1.0, label="x") * Value(2.0)).rows] == ["x"]
        assert len(check(Value(1.0) * Value(2.0)).rows) == 2

    def test_a_function_that_gives_nan_again_is_not_nondeterministic(self):
        assert check_function(ops.log, {"x": -1.0}).verdict == "OUT OF DOMAIN"
        assert check_function(lambda x: x * x, {"x": 3.0}).verdict == "PASS"

    def test_the_first_mistake_is_in_the_reason_and_others_follow(self):
        result = check(Value(3.0, label="x").squared() * 1.0, {"x": 3.0})
        assert len(result.rows[0].likely_mistakes) > 1
        assert result.rows[0].reason == f"by hand 3, exact 6: {result.rows[0].likely_mistakes[0]}"
        assert f"or: {result.rows[0].likely_mistakes[1]}" in str(result)
