"""The table of verdicts: the page has what the code has, and exit codes follow from it."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from tinygrad_neuron import Value, check
from tinygrad_neuron.checking.verdicts import DELIBERATE, VERDICTS

PAGE = Path(__file__).parents[2] / "docs" / "checking.md"


def test_the_page_has_the_table_of_the_code():
    rows = re.findall(r"^\| ([A-Z][^|]*) \| (\d) \| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    written = {name: (int(code), meaning.replace("`", "")) for name, code, meaning in rows}
    assert written == VERDICTS | {"HELD FIXED, deliberately": DELIBERATE}
    assert [name for name, *_ in reversed(rows) if "deliberately" not in name] == list(VERDICTS)


def judge(*verdicts, deliberate=False):
    """A check whose inputs have these verdicts."""
    result = check(Value(0.5, label="x") * 2.0)
    (row,) = result.rows
    return replace(result, rows=tuple(row._replace(verdict=each, deliberate=deliberate) for each in verdicts))


@pytest.mark.parametrize("verdict", VERDICTS)
def test_the_exit_code_of_one_verdict(verdict):
    result = judge(verdict)
    assert (result.verdict, result.exit_code) == (verdict, VERDICTS[verdict].exit_code)
    assert result.passed == (result.exit_code == 0)


@pytest.mark.parametrize(("one", "other"), list(product(VERDICTS, VERDICTS)))
def test_of_two_verdicts_the_worse_counts_and_what_is_wrong_before_what_cant_be_said(one, other):
    result = judge(one, other)
    assert result.verdict == min(one, other, key=list(VERDICTS).index)
    codes = {VERDICTS[one].exit_code, VERDICTS[other].exit_code}
    assert result.exit_code == (1 if 1 in codes else max(codes))
    assert result.passed == (codes == {0})


def test_what_is_held_fixed_on_purpose_passes():
    assert judge("HELD FIXED", deliberate=True).exit_code == DELIBERATE.exit_code == 0
    assert judge("HELD FIXED").exit_code == 1
