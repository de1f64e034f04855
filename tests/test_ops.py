"""Every primitive against central differences, mpmath, PyTorch and JAX, up to the third order."""

from __future__ import annotations

import itertools
import math
import operator

import mpmath
import pytest
from cases import CASES, mpmath_function
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples, points

from tinygrad_neuron import Value, gradient, hessian, kinks, ops, parse, primitive
from tinygrad_neuron.graph import grad
from tinygrad_neuron.ops import FUNCTIONS
from tinygrad_neuron.primitives import PRIMITIVES, Ieee, MissingRuleError, Operators, apply, settle

BUILT_IN = dict(PRIMITIVES)
TOLERANCE = 1e-10


def function(name):
    return lambda *xs: apply(PRIMITIVES[name], xs)


def derivatives(name, xs, k, order):
    """The value and its derivatives in argument k, by gradients of gradients."""
    leaves = [Value(x) for x in xs]
    found = [function(name)(*leaves)]
    for _ in range(order):
        found.append(gradient(found[-1], leaves[k])[0])
    return [each.data for each in found]


def exact_derivatives(name, xs, k, order):
    """The same by mpmath, at the digits that it works with."""
    along = lambda x: mpmath_function(name)(*[x if j == k else mpmath.mpf(xs[j]) for j in range(len(xs))])
    return [mpmath.diff(along, mpmath.mpf(xs[k]), each) for each in range(order + 1)]


def close(found, expected, tolerance=TOLERANCE):
    return abs(found - expected) <= tolerance * max(1.0, abs(expected))


DIFFERENTIABLE = [name for name in CASES if name != "stop_gradient"]


def test_the_case_table_has_a_row_for_every_primitive():
    assert set(CASES) == set(BUILT_IN)


def test_every_entry_at_two_points():
    """The first look, which takes no time: the value and the first two derivatives."""
    with mpmath.workdps(50):
        for name, part in itertools.product(DIFFERENTIABLE, (0.31, 0.79)):
            domains = CASES[name].domains
            xs = [low + (part + 0.12 * k) % 1.0 * (high - low) for k, (low, high) in enumerate(domains)]
            for k in range(len(xs)):
                found, expected = derivatives(name, xs, k, 2), exact_derivatives(name, xs, k, 2)
                assert all(close(*each, 1e-13) for each in zip(found, expected, strict=True)), (name, k, found)


CORNERS = (math.nan, -math.inf, -700.0, -2.5, -1.0, -0.5, -0.0, 0.0, 0.3, 0.7, 1.0, 2.0, 700.0, math.inf)


def same(found, expected):
    return close(found, expected, 1e-13) or found == expected or (math.isnan(found) and math.isnan(expected))


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_forms_of_an_entry_agree(name):
    """What is composed of functions of the table, for readings that can't branch, and what is there for speed."""
    entry = BUILT_IN[name]
    n = 2 if entry.variadic else len(entry.parameters)
    for xs in itertools.product(CORNERS if n < 3 else CORNERS[::2], repeat=n):
        value = entry.evaluate(*xs)
        assert same(settle(entry.composed(*map(Ieee, xs))), value), xs
        if entry.fold:
            assert same(settle(entry.fold.read(*map(Ieee, xs))), value), xs
            slopes = [0.0 if slope is None else slope for slope in map(settle, entry.partial(0, value, xs))]
            folded = [
                0.0 if slope is None else slope
                for slope in map(settle, entry.fold.read_partials(*map(Ieee, (value, *xs))))
            ]
            assert all(map(same, folded, slopes)), xs


@pytest.mark.parametrize("x", [-0.8, -0.3, 0.0, 0.1, 0.5, 0.8])
def test_in_the_middle_the_derivative_of_tanh_is_what_people_derive_to_the_bit(x):
    leaf = Value(x)
    leaf.tanh().backward()
    assert leaf.grad == 1.0 - math.tanh(x) * math.tanh(x)


def test_a_softmax_of_two_and_a_dot_of_none():
    share, surprise = BUILT_IN["share"], BUILT_IN["surprise"]
    for a, b in ((0.3, -1.2), (-1.2, 0.3), (2.0, 2.0), (300.0, -300.0)):
        x = Value(a)
        p, loss = apply(share, (x, b)), apply(surprise, (x, b))
        expected = 1.0 / (1.0 + math.exp(b - a))
        assert math.isclose(p.data, expected, rel_tol=1e-14)
        assert math.isclose(loss.data, math.log1p(math.exp(b - a)), rel_tol=1e-14)
        assert math.isclose(gradient(p, x)[0].data, expected / (1.0 + math.exp(a - b)), rel_tol=1e-14)
        assert math.isclose(gradient(loss, x)[0].data, -1.0 / (1.0 + math.exp(a - b)), rel_tol=1e-14)
    assert ops.dot([], []) == 0.0
    assert apply(share, (Value(3.0),)).data == apply(share, (Value(3.0), -math.inf)).data == 1.0
    assert apply(surprise, (Value(3.0),)).data == 0.0


@pytest.mark.parametrize("name", DIFFERENTIABLE)
@given(data=st.data())
@examples(10)
def test_against_central_differences(name, data):
    """The k-th derivative is the central difference of the one before."""
    (xs,) = data.draw(points(CASES[name]))
    for k in range(len(xs)):
        here = derivatives(name, xs, k, 3)
        h = 1e-5
        above, below = (derivatives(name, (*xs[:k], xs[k] + side, *xs[k + 1 :]), k, 2) for side in (h, -h))
        for order in range(3):
            faux = (above[order] - below[order]) / (2 * h)
            scale = max(1.0, abs(here[order]), abs(faux))
            assert abs(here[order + 1] - faux) <= 1e-4 * scale * max(1.0, abs(here[order + 1])), (k, order)


@pytest.mark.parametrize("name", DIFFERENTIABLE)
@given(data=st.data())
@examples(10)
def test_against_mpmath(name, data):
    (xs,) = data.draw(points(CASES[name]))
    with mpmath.workdps(50):
        for k in range(len(xs)):
            found, expected = derivatives(name, xs, k, 3), exact_derivatives(name, xs, k, 3)
            assert all(map(close, found, expected)), (k, found)


@pytest.mark.parametrize("name", DIFFERENTIABLE)
@given(data=st.data())
@examples(20)
def test_floats_in_floats_out_and_the_same_as_values(name, data):
    (xs,) = data.draw(points(CASES[name]))
    if name == "dot":
        xs = (xs[:2], xs[2:])
        values = tuple([Value(x) for x in half] for half in xs)
    else:
        values = tuple(Value(x) for x in xs)
    plain, recorded = FUNCTIONS[name](*xs), FUNCTIONS[name](*values)
    assert type(plain) is float
    assert type(recorded) is Value
    assert recorded.data == plain


@pytest.mark.parametrize(
    ("name", "operator"),
    [("add", "__add__"), ("sub", "__sub__"), ("mul", "__mul__"), ("div", "__truediv__"), ("pow", "__pow__")],
)
@pytest.mark.parametrize("constant", [False, True])
def test_the_operators_written_out_in_value_are_those_of_the_table(name, operator, constant):
    numbers = (1.7, -0.3, 3.0, -2.0, 0.0, 0.5, 1e200, math.inf)
    for a, b in itertools.product(numbers, repeat=2):
        left, right = Value(a), Value(b, constant=constant)
        inlined, tabled = getattr(left, operator)(right), function(name)(left, right)
        assert inlined.primitive is tabled.primitive
        assert repr((inlined.data, inlined.partials)) == repr((tabled.data, tabled.partials))
        assert all(one is other for one, other in zip(inlined.operands, tabled.operands, strict=True))


def test_functions_of_many_values_take_one_list_or_many_arguments():
    a, b = Value(1.0), Value(2.0)
    assert ops.sum([a, b]).data == ops.sum(a, b).data == 3.0
    assert ops.maximum([a, b]).data == 2.0
    assert ops.sum() == 0.0
    with pytest.raises(ValueError, match="mean of no values"):
        ops.mean([])
    with pytest.raises(ValueError, match="dot of 1 and 2"):
        ops.dot([a], [a, b])


def test_softmax_sums_to_one_and_its_gradient_to_zero():
    xs = [Value(x) for x in (1.0, 2.0, 1000.0)]
    shares = ops.softmax(xs)
    assert math.isclose(sum(share.data for share in shares), 1.0)
    shares[0].backward()
    assert math.isclose(sum(x.grad for x in xs), 0.0, abs_tol=1e-15)


def test_arguments_by_name_and_their_defaults():
    assert ops.clip(3.0) == 1.0
    assert ops.clip(3.0, high=2.0) == 2.0
    assert ops.clip(-3.0) == 0.0
    assert ops.elu(-1.0) == math.expm1(-1.0)
    assert ops.leaky_relu(Value(-1.0), slope=0.5).data == -0.5
    for wrong in (
        ops.clip,
        lambda: ops.clip(1.0, top=2.0),
        lambda: ops.atan2(1.0),
        lambda: ops.atan2(1, 2, 3),
    ):
        with pytest.raises(TypeError, match="the arguments are"):
            wrong()


class TestUserMadePrimitives:
    @pytest.fixture(autouse=True)
    def _clean_table(self):
        before = dict(PRIMITIVES), dict(FUNCTIONS)
        yield
        for table, entries in zip((PRIMITIVES, FUNCTIONS), before, strict=True):
            table.clear()
            table.update(entries)

    def test_one_with_its_rules_works_everywhere(self):
        cube = primitive("cube", lambda x: x * x * x, lambda y, x: 3.0 * x * x, check_at=[1.5])
        assert cube(2.0) == 8.0
        assert grad(cube)(2.0) == 12.0
        assert grad(grad(cube))(2.0) == 12.0
        assert parse("y = cube(x)", {"x": 3.0}).data == 27.0

    def test_one_of_a_library_function(self):
        lgamma = primitive("lgamma", math.lgamma, None)
        assert lgamma(2.5) == math.lgamma(2.5)

    def test_a_missing_rule_is_named_at_the_point_of_use(self):
        power = primitive("power", lambda a, n: a**n, lambda y, a, n: n * a ** (n - 1), None)
        assert power(Value(2.0), 3.0).data == 8.0
        with pytest.raises(MissingRuleError, match="power has no partial for its argument 'n'"):
            power(2.0, Value(3.0))

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("exp", math.exp, lambda y, x: y), "'exp' is taken"),
            (("no name", math.exp, lambda y, x: y), "isn't an identifier"),
            (("product", lambda a, b: a * b, lambda y, a, b: b), r"product\(a, b\) has 1 rules"),
            (("nothing", math.exp), "has 0 rules"),
        ],
    )
    def test_what_does_not_fit_is_refused(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            primitive(*arguments)

    def test_the_check_finds_a_wrong_rule_and_defines_nothing(self):
        with pytest.raises(ValueError, match=r"the rule of cube for argument 1 gives 8.0"):
            primitive("cube", lambda x: x * x * x, lambda y, x: 2.0 * x * x, check_at=[2.0])
        assert "cube" not in PRIMITIVES

    @pytest.mark.parametrize("x", [0.0, 1e-3, 10.0, -30.0])
    def test_the_check_of_a_right_rule_finds_nothing(self, x):
        primitive("grown", math.exp, lambda y, x: y, check_at=[x])

    def test_the_check_finds_a_rule_that_is_off_by_a_little(self):
        with pytest.raises(ValueError, match="the rule of product for argument 2"):
            primitive(
                "product", lambda a, b: a * b, lambda y, a, b: b, lambda y, a, b: a * 1.00001, check_at=[2.0, 3.0]
            )

    def test_the_check_of_a_variadic_one(self):
        rule = lambda y, *xs: [2.0 * x for x in xs]
        primitive("squares", lambda *xs: sum(x * x for x in xs), rule, check_at=[1.0, 2.0, 3.0])
        with pytest.raises(ValueError, match="argument 1"):
            primitive("squares2", lambda *xs: sum(x * x for x in xs), lambda y, *xs: list(xs), check_at=[1.0, 2.0])

    def test_division_by_zero_in_a_generic_one_follows_ieee(self):
        inverse = primitive("inverse", lambda x: 1.0 / x, lambda y, x: -y / x)
        assert inverse(0.0) == math.inf
        x = Value(0.0)
        inverse(x).backward()
        assert x.grad == -math.inf


def test_another_reading_by_protocol():
    """A type with read_primitive reads the table its own way: here, as names."""

    class Name(str):
        __slots__ = ()

        @staticmethod
        def read_primitive(entry, arguments):
            return Name(f"{entry.name}({', '.join(map(str, arguments))})")

    assert ops.tanh(Name("net")) == "tanh(net)"
    assert ops.maximum(Name("a"), 0.0) == "maximum(a, 0.0)"
    assert PRIMITIVES["tanh"].partials(Name("y"), [Name("x")], [True]) == ["sech_squared(x)"]


def test_the_operators_of_a_reading_keep_the_sides():
    class Name(Operators):
        def __init__(self, text):
            self.text = text

        def read_primitive(self, entry, arguments):
            return Name(f"{entry.name}({', '.join(str(getattr(each, 'text', each)) for each in arguments)})")

    a, b = Name("a"), Name("b")
    found = [a + b, a - b, a * b, a / b, 1.0 + a, 1.0 - a, 2.0 * a, 2.0 / a, a + 1.0, a - 1.0, -a]
    assert [each.text for each in found] == [
        *("add(a, b)", "sub(a, b)", "mul(a, b)", "div(a, b)"),
        *("add(1.0, a)", "sub(1.0, a)", "mul(2.0, a)", "div(2.0, a)"),
        *("add(a, 1.0)", "sub(a, 1.0)", "neg(a)"),
    ]


class TestEdgesOfTheTable:
    def test_a_power_of_a_small_negative_number_is_no_number(self):
        assert math.isnan(ops.pow(-0.5, 0.5))
        assert ops.pow(-0.5, -1075.0) == -math.inf

    def test_the_mixed_derivative_of_a_power_of_1(self):
        assert hessian(lambda p: p[0] ** p[1])([1.0, -2.0])[0][1] == 1.0
        assert hessian(lambda p: p[0] ** p[1])([0.0, 2.0]) == [[2.0, 0.0], [0.0, 0.0]]

    @pytest.mark.parametrize("compare", [operator.le, operator.ge, operator.eq])
    def test_comparisons_bend_where_both_sides_are_equal(self, compare):
        at, beside = (Value(number) for number in (1.0, 2.0))
        assert kinks(ops.where(compare(at, 1.0), at * 2.0, at * 3.0))
        assert not kinks(ops.where(compare(beside, 1.0), beside * 2.0, beside * 3.0))

    def test_what_is_left_out_has_its_default(self):
        assert ops.gaussian(1.0) == math.exp(-0.5)

    def test_only_a_rounding_is_refined(self):
        assert ops.refined(2.0, 1.5) == 2.0
        assert ops.refined(2.0, 2.0**-52) == 2.0 + 2.0**-51

    def test_relu_of_minus_0_is_0(self):
        assert math.copysign(1.0, ops.relu(-0.0)) == 1.0

    def test_composed_functions_are_as_exact_in_the_tails(self):
        assert float(PRIMITIVES["sech_squared"].composed(Ieee(20.0))) == pytest.approx(
            1 / math.cosh(20.0) ** 2, rel=1e-14
        )
