"""What can be relied on: sets of programs and errors drawn by a fresh seed, which is printed; in full on demand.

TINYGRAD_NEURON_CHECKS=50000 TINYGRAD_NEURON_SEED=… pytest tests/checking/test_reliability.py
"""

from __future__ import annotations

import itertools
import random
from collections import Counter

import pytest
from checking.reliability import COUNT, IDENTITIES, PIECEWISE, SEED, SMOOTH, plant, programs, sides
from checking.test_checker import POINTS

from tinygrad_neuron import Value, check, ops
from tinygrad_neuron.checking import exact, recorded

PARTS = 4  # of each set, for several processes
SIDED = ("KINK", "TIE", "CONVENTIONS", "INCONCLUSIVE", "OUT OF DOMAIN", "ILL-CONDITIONED")


@pytest.fixture(autouse=True)
def seed():
    print(f"TINYGRAD_NEURON_SEED={SEED}")


def draw(kind, part, arities, friendly, count):
    """A part of a set."""
    return itertools.islice(programs(f"{SEED} {kind} {part}", arities, friendly), count // PARTS)


def place(name):
    return int(name[1:])


def is_smooth(recipe, row):
    """Whether the function has one derivative there, by differences with many digits; a kink of it would be true."""
    return sides(recipe, place(row.name)).is_smooth


@pytest.mark.parametrize("part", range(PARTS))
def test_smooth_programs(part):
    counts = Counter()
    for recipe, root in draw("smooth", part, SMOOTH, 0.3, COUNT):
        for row in check(root).rows:
            counts[row.verdict] += 1
            assert row.verdict != "FAIL", (str(recipe), row.reason)
            assert row.verdict not in ("KINK", "TIE", "CONVENTIONS") or not is_smooth(recipe, row), (recipe, row.reason)
    print(counts)
    assert counts["INCONCLUSIVE"] <= max(2, counts.total() / 1000)
    assert counts["PASS"] > 0.9 * counts.total()


@pytest.mark.parametrize("part", range(PARTS))
def test_programs_that_bend_and_jump(part):
    counts = Counter()
    for recipe, root in draw("piecewise", part, PIECEWISE, 0.5, COUNT * 2 // 5):
        for row in check(root).rows:
            counts[row.verdict] += 1
            assert row.verdict != "FAIL", (str(recipe), row.reason)
            if row.verdict == "PASS" and row.exact.kind == "smooth" and not row.exact.presumed:
                found = sides(recipe, place(row.name))
                named = found.is_smooth or found.left != found.left or found.right != found.right
                assert named, (str(recipe), row.exact, found)
    print(counts)
    assert counts["KINK"] > 0


@pytest.mark.parametrize("name", IDENTITIES)
def test_derivatives_that_are_0_by_cancellation(name):
    (low, high), function = IDENTITIES[name]
    chance = random.Random(f"{SEED} {name}")
    for _ in range(max(6, min(60, COUNT // 100))):
        x = chance.uniform(low, high)
        result = check(function(Value(x, label="x")))
        assert result.verdict == "PASS", (x, str(result))


@pytest.mark.parametrize("part", range(PARTS))
def test_planted_errors_never_pass(part):
    counts = Counter()
    for planted in itertools.islice(plant(f"{SEED} {part}"), max(10, COUNT // 10 // PARTS)):
        counts[planted.kind.partition(",")[0]] += 1
        assert planted.verdict not in ("PASS", "KINK", "TIE", "CONVENTIONS"), (
            planted.kind,
            str(planted.recipe),
            planted,
        )
    print(counts)


@pytest.mark.parametrize("name", [name for name, (_, _, verdict) in POINTS.items() if verdict == "PASS"])
def test_hard_points_inside_of_a_maximum(name):
    function, x, _ = POINTS[name]
    root = ops.maximum(function(Value(x, label="x")), -1e300)
    (row,) = check(root).rows
    assert row.verdict == "PASS"
    assert check(root, {"x": -row.engine}).verdict == "FAIL"


@pytest.mark.parametrize("mpmath_too", [True, False])
def test_without_flint_nothing_is_failed_that_passes_with_it(mpmath_too, monkeypatch):
    drawn = [*draw("fallback", 0, SMOOTH, 0.3, COUNT // 2), *draw("fallback", 1, PIECEWISE, 0.5, COUNT // 2)]
    known = [check(root).rows for _, root in drawn]
    for module in (exact, recorded):
        monkeypatch.setattr(module, "has_flint", lambda: False)
        monkeypatch.setattr(module, "has_mpmath", lambda: mpmath_too)
    for (recipe, root), rows in zip(drawn, known, strict=True):
        for row, other in zip(check(root).rows, rows, strict=True):
            assert other.verdict != "PASS" or row.verdict not in ("FAIL", "KINK"), (str(recipe), row.reason)
