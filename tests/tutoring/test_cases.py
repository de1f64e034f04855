"""Derivations as students hand them in, right and wrong: verdicts, and whether the mistake is named.

A wrong one is named if one of the first two causes matches what a teacher would accept, a regular expression that
stands beside it.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tinygrad_neuron import check, parse

CASES = {name: json.loads((Path(__file__).parent / f"{name}.json").read_text()) for name in ("derivations", "others")}
ALL = [case for cases in CASES.values() for case in cases]


def judge(case):
    result = check(parse(case["text"], case["at"]), {case["node"]: case["hand"]})
    return next(row for row in result.rows if row.hand is not None)


@pytest.mark.parametrize("case", ALL, ids=lambda case: case["what"])
def test_the_verdict_is_right(case):
    row = judge(case)
    assert (row.exit_code == 0) == case["right"], row


@pytest.mark.parametrize("name", CASES)
def test_the_mistake_is_named_among_the_first_two_causes(name):
    wrong = [case for case in CASES[name] if not case["right"]]
    missed = {}
    for case in wrong:
        said = judge(case).likely_mistakes[:2]
        if not any(re.search(case["named"], each) for each in said):
            missed[case["what"]] = said
    print(f"{len(wrong) - len(missed)} of {len(wrong)} named", *missed.items(), sep="\n")
    assert len(missed) <= 0.05 * len(wrong), missed
