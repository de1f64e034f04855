"""Whole derivations made at random: verdicts, follow-through, and the planted mistakes among those that are named.

TINYGRAD_NEURON_HANDINS=2000 runs the full set; TINYGRAD_NEURON_SEED repeats a sample, whose seed is printed. A planted
mistake counts as named if one of at most three causes names its local derivative, or one of its two stages, or is of
its kind: other mistakes that give the same formula can't be told from it.
"""

from __future__ import annotations

import math
import os
import random
import re
from itertools import islice

import pytest
from tutoring.handins import make

from tinygrad_neuron import check, parse
from tinygrad_neuron.program import Program

SEED = os.environ.get("TINYGRAD_NEURON_SEED") or str(random.randrange(2**32))
COUNT = int(os.environ.get("TINYGRAD_NEURON_HANDINS") or 60)
PARTS = 4
KINDS = {
    "sign": "sign",
    "factor": "factor|exponent|power",
    "path": "path|constant|missing|zero|only",
    "missing": "missing|exponent",
    "twice": "twice",
    "rule": "slope",
    "square": "not squared",
    "plus": "sign",
    "half": "without the factor",
    "input": "wrote|itself|input",
}


@pytest.fixture(autouse=True)
def seed_is_shown():
    print(f"TINYGRAD_NEURON_SEED={SEED} repeats this")


@pytest.mark.parametrize("part", range(PARTS))
def test_links_are_what_they_are_and_mistakes_are_named(part):
    counts = {1: [0, 0], 2: [0, 0]}
    missed = []
    for handin in islice(make(f"{SEED} {part}"), max(1, COUNT // PARTS)):
        result = check(handin.root, handin.links)
        found = {link.name: link for link in result.links}
        assert {name: link.verdict for name, link in found.items()} == handin.truth, (handin.links, handin.planted)
        for row in result.rows:
            if row.hand is not None:
                assert (row.exit_code == 0) == (handin.truth[row.name] == "right"), row
        for name, (planted, *_) in handin.planted.items():
            said = [mistake.words for mistake in found[name].mistakes]
            named = any(_names(planted, words) for words in said)
            counts[len(handin.planted)][0] += named
            counts[len(handin.planted)][1] += 1
            if not named:
                missed.append((name, handin.links[name], planted, said))
    print(counts, *missed, sep="\n")
    for count, least in ((1, 0.95), (2, 0.85)):
        named, total = counts[count]
        assert named >= least * total - 1, missed


def _names(planted, words):
    d, *stages = planted.where if planted.kind != "path" else ("∂", *planted.where)
    return (
        d in words
        or any(re.search(rf"(?<![\w.]){re.escape(each)}(?![\w.])", words) for each in stages)
        or bool(re.search(KINDS[planted.kind], words))
    )


@pytest.mark.parametrize("digits", [3, 4, 6])
def test_the_same_as_figures(digits):
    """Right ones pass at any number of digits; what is off by far more than rounding can explain does not."""
    for handin in islice(make(f"{SEED} figures {digits}"), max(1, COUNT // 10)):
        program = Program.of(handin.root)
        names = {name: program.numbers[k] for k, name in enumerate(program.names) if program.tags[k].label}
        numbers = {name: parse(formula, names).data for name, formula in handin.links.items()}
        figures = {name: f"{number:#.{digits}g}" for name, number in numbers.items()}
        for row in check(handin.root, figures).rows:
            if row.hand is not None and handin.truth[row.name] == "right":
                assert row.exit_code == 0, (row, figures)
            elif row.hand is not None:
                off = abs(numbers[row.name] - row.exact.value)
                if off > 0.3 * abs(row.exact.value) + 3 * lost(program, program.find(row.name, "hand"), digits):
                    assert row.exit_code == 1, (row, figures)


def lost(program, k, digits):
    """How far rounding at every stage, or at some of them, has led a hundred people from a gradient."""
    chance, exact, errors = random.Random(1), program.differentiate()[k], []
    for _ in range(100):
        share = chance.random()

        def keep(number, share=share):
            return float(f"{number:.{digits}g}") if math.isfinite(number) and chance.random() < share else number

        found = program.forward(
            lambda at, xs, keep=keep: keep(program.primitives[at].evaluate(*xs)) if xs else program.numbers[at]
        )
        slopes = [[None if slope is None else keep(slope) for slope in row] for row in program.partials_at(found)]
        gradient = program.backward(slopes, times=lambda a, b, keep=keep: keep(a * b))[k] or 0.0
        errors.append(abs(gradient - exact))
    return max(errors)
