"""What must hold of the checker, on large sets: a fresh sample each time, all of it on demand.

TINYGRAD_NEURON_CHECKS=50000 runs the full sets; TINYGRAD_NEURON_SEED repeats a sample, whose seed is printed.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from itertools import islice

import pytest
from checking.reliability import (
    COUNT,
    FRIENDLY,
    IDENTITIES,
    KINDS,
    PIECEWISE,
    SEED,
    SMOOTH,
    WRAPS,
    gradients_of,
    plant,
    programs,
    sides,
)
from checking.test_checker import POINTS

from tinygrad_neuron import Value, check, clip, maximum, ops, primitive
from tinygrad_neuron.checking import exact, recorded

PARTS = 4  # of each set, for as many processes


@pytest.fixture(autouse=True)
def seed_is_shown():
    print(f"TINYGRAD_NEURON_SEED={SEED} repeats this")


def share(of=1.0):
    """How many of a set one part takes."""
    return max(1, round(COUNT / of / PARTS))


def seed(name, part=0):
    return f"{SEED} {name} {part}"


def points_of(domain, chance, count):
    """Friendly numbers of a domain, and random ones."""
    low, high = domain
    friendly = [x for x in FRIENDLY if low <= x <= high][: count // 3]
    return friendly + [chance.uniform(low, high) for _ in range(count - len(friendly))]


# ---------------------------------------------------------------- no false alarms
def bends(recipe, row):
    """Whether the function has no derivative along the row's input, decided with hundreds of digits."""
    return not sides(recipe, int(row.name[1:])).is_smooth


@pytest.mark.parametrize("part", range(PARTS))
def test_smooth_programs(part):
    count = Counter()
    for recipe, root in islice(programs(seed("smooth", part), SMOOTH, 0.3), share()):
        for row in check(root).rows:
            count[row.verdict] += 1
            assert row.verdict != "FAIL", (str(recipe), row)
            assert row.verdict not in ("KINK", "TIE") or bends(recipe, row), (str(recipe), row)
    assert count["INCONCLUSIVE"] <= max(3, count.total() // 1000), count  # one program may have three inputs


def test_there_are_100_identities():
    assert len(IDENTITIES) >= 100


@pytest.mark.parametrize("name", IDENTITIES)
def test_identities_with_zero_derivative(name):
    domain, function = IDENTITIES[name]
    for x in points_of(domain, random.Random(seed(name)), 60 if COUNT >= 50000 else 9):
        result = check(function(Value(x, label="x")))
        assert result.verdict == "PASS", (x, str(result))


@pytest.mark.parametrize("part", range(PARTS))
def test_piecewise_programs(part):
    """No FAIL; where a program is smooth no KINK, and where it bends or jumps no PASS without a word."""
    for recipe, root in islice(programs(seed("piecewise", part), PIECEWISE, 0.8, 25), share(2.5)):
        for row in check(root).rows:
            assert row.verdict != "FAIL", (str(recipe), row)
            if row.verdict == "KINK":
                assert bends(recipe, row), (str(recipe), row)
            if row.verdict == "PASS" and row.exact.kind != "edge" and "nonnegative" not in str(recipe):  # an edge too
                assert not bends(recipe, row), (str(recipe), row)


# ---------------------------------------------------------------- no missed errors
@pytest.mark.parametrize("part", range(PARTS))
def test_planted_errors(part):
    for planted in islice(plant(seed("planted", part)), share(10)):
        assert planted.verdict not in ("PASS", "KINK", "TIE", "CONVENTIONS"), planted


def test_every_kind_is_planted():
    kinds = {planted.kind.split(",")[0] for planted in islice(plant("all kinds"), 100)}
    assert kinds == KINDS.keys()


@pytest.mark.parametrize("wrap", WRAPS)
@pytest.mark.parametrize("name", POINTS)
def test_hard_points_also_inside_what_changes_nothing(name, wrap):
    function, x, verdict = POINTS[name]
    root = WRAPS[wrap](function(Value(x, label="x")))
    assert check(root).verdict == verdict
    if verdict == "PASS":
        slope = gradients_of(root)["x"]
        for error in (-slope, 2 * slope, slope * (1 + 1e-9)):
            assert check(root, {"x": error}).verdict == "FAIL"


# ---------------------------------------------------------------- the classes that were once misjudged
@pytest.mark.parametrize("w", [0.2, 1e-9, 3.0, 0.5])
def test_a_maximum_or_minimum_blinds_nothing(w):
    for root in (maximum(Value(w, label="w"), 0.0), ops.minimum(Value(w, label="w"), 9.0)):
        assert check(root, {"w": 1.0}).verdict == "PASS"
        for hand in (-1.0, 2.0, 0.0, 1 + 1e-9):
            assert check(root, {"w": hand}).verdict == "FAIL"


def test_a_wrong_rule_is_seen_beside_a_maximum():
    wrong = primitive("wrong_beside_maximum", lambda x: x * x, lambda y, x: 3.0 * x)
    for x in (0.2, 1.5, -3.0):
        leaf = Value(x, label="x")
        assert check(wrong(leaf) + maximum(leaf, 0.1) * 0).verdict == "FAIL"


def test_a_clip_that_is_never_active_is_no_error():
    chance = random.Random(seed("clip"))
    for _ in range(200):
        x, w, b, t = (Value(chance.uniform(-2, 2), label=name) for name in "xwbt")
        p = clip(w * x + b, -9, 9)
        assert check((p - t) ** 2 / 2).verdict == "PASS"


@pytest.mark.parametrize("x", [5e-324, -5e-324, 1e-320, 2.2e-308])
def test_numbers_next_to_nothing_have_a_verdict(x):
    for function in (lambda v: v * v, lambda v: v + 1, lambda v: v.sin(), lambda v: v * 1e300):
        result = check(function(Value(x, label="x")))
        assert result.verdict in ("PASS", "ILL-CONDITIONED"), str(result)


TIES = {
    "relu(x) - relu(-x)": lambda x: x.relu() - (-x).relu(),
    "masked(x, x)": lambda x: ops.masked(x, x),
    "maximum(x, -x) - abs(x) + relu(x) - relu(-x)": lambda x: maximum(x, -x) - abs(x) + x.relu() - (-x).relu(),
}


@pytest.mark.parametrize("name", TIES)
def test_a_hand_figure_where_conventions_do_not_add_up(name):
    """It may be the derivative, or what the conventions give, and nothing beyond the two."""
    for hand in (0.0, 0.5, 1.0):
        assert check(TIES[name](Value(0.0, label="x")), {"x": hand}).verdict == "CONVENTIONS"
    for hand in (2.0, 1 + 1e-9, 1.5, 1.1, -1e-9, -0.25, -1.0):
        assert check(TIES[name](Value(0.0, label="x")), {"x": hand}).verdict == "FAIL"


CHOICES = {
    "minimum": lambda s, x: ops.minimum(s, ops.floor(x)),
    "maximum": lambda s, x: maximum(s, 3.0 - ops.floor(x)),
    "clip": lambda s, x: clip(s, -9.0, ops.floor(x)),
    "where": lambda s, x: ops.where(ops.less(ops.floor(x), 1.5), 0.0, s),
}


@pytest.mark.parametrize("compare", [ops.equal, ops.less_equal, lambda a, b: ops.less_equal(b, a), ops.less])
@pytest.mark.parametrize("name", CHOICES)
def test_a_choice_beside_a_jump_is_no_other_name_of_what_it_chooses(name, compare):
    """At x = 2 it chooses s, and something else just below, where floor is 1."""

    def function(x):
        s = x - 0.75
        return compare(s, CHOICES[name](s, x))

    here, below = (function(Value(x)).data for x in (2.0, 2.0 - 1e-9))
    verdict = check(function(Value(2.0, label="x"))).verdict
    assert verdict == ("KINK" if here != below else "PASS")


@pytest.mark.parametrize("hand", [0.0, 0.5, 1.0])
def test_a_hand_figure_between_the_sides_of_a_kink(hand):
    assert check(Value(0.0, label="x").relu(), {"x": hand}).verdict == "KINK"


# ---------------------------------------------------------------- without python-flint
@pytest.fixture(params=["mpmath", "floats"])
def fallback(request, monkeypatch):
    """Judges the same graph with python-flint and without it."""

    def both(root):
        exactly = check(root).rows
        with monkeypatch.context() as here:
            for module in (exact, recorded):
                here.setattr(module, "has_flint", lambda: False)
                here.setattr(module, "has_mpmath", lambda: request.param == "mpmath")
            return list(zip(exactly, check(root).rows, strict=True))

    return both


@pytest.mark.parametrize(("name", "arities", "friendly"), [("smooth", SMOOTH, 0.3), ("piecewise", PIECEWISE, 0.8)])
def test_the_fallback_on_programs(fallback, name, arities, friendly):
    for recipe, root in islice(programs(seed(f"fallback {name}"), arities, friendly, 25), share(5)):
        for row, other in fallback(root):
            assert row.verdict != "PASS" or other.verdict not in ("FAIL", "KINK"), (str(recipe), row, other)


@pytest.mark.parametrize("name", IDENTITIES)
def test_the_fallback_on_identities(fallback, name):
    domain, function = IDENTITIES[name]
    for x in points_of(domain, random.Random(seed(name)), 60 if COUNT >= 50000 else 2):
        for _, other in fallback(function(Value(x, label="x"))):
            assert other.verdict not in ("FAIL", "KINK"), (x, other)


@pytest.mark.parametrize("name", [name for name, (_, _, verdict) in POINTS.items() if verdict == "PASS"])
def test_the_fallback_at_hard_points(fallback, name):
    function, x, _ = POINTS[name]
    for root in (function(Value(x, label="x")), maximum(function(Value(x, label="x")), -1e300)):
        assert all(math.isfinite(row.engine) and other.verdict not in ("FAIL", "KINK") for row, other in fallback(root))
