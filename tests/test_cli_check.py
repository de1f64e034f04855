"""tinygrad-neuron check."""

from __future__ import annotations

import json

import pytest
from test_cli import run


@pytest.fixture(autouse=True)
def _no_terminal(monkeypatch):
    """Its columns, which pytest's workers are told, would fold what is looked for."""
    monkeypatch.delenv("COLUMNS", raising=False)


WORDS = ("check", "net = x*w + b; y = tanh(net); loss = (y - t)**2/2", "x=0.4", "w=0.5", "b=0.6", "t=0.7")


def test_a_right_derivation(capsys):
    code, out, err = run(capsys, *WORDS, "--hand", "w=(y - t)*(1 - y**2)*x", "--hand", "b=-0.0201")
    assert (code, err) == (0, "")
    assert "-0.0201 agrees at the digits it is given with" in out
    assert out.endswith("verdict: PASS\n")


def test_the_likely_mistake_is_named_and_the_exit_code_is_1(capsys):
    code, out, _ = run(capsys, *WORDS, "--hand", "w=(y - t)*x")
    assert code == 1
    assert "∂(y)/∂(net) = 0.5591: it is missing" in out


def test_json(capsys):
    code, out, _ = run(capsys, *WORDS, "--hand", "w=0.00804", "--json")
    data = json.loads(out)
    assert (code, data["verdict"]) == (1, "FAIL")
    assert data["inputs"][1]["likely_mistakes"][0] == "the sign is wrong"


BAD = {
    ("--hand", "q=1"): "hand: the graph has no node 'q'",
    ("--hand", "w"): "'w' isn't an assignment: write name=number",
    ("--hand", "w=tanh("): "was never closed",
    ("--hand", "w=q"): "the graph has no node 'q'",
}


@pytest.mark.parametrize(("options", "message"), BAD.items(), ids=map(" ".join, BAD))
def test_bad_input_is_one_clear_error_and_exit_code_2(capsys, options, message):
    code, _, err = run(capsys, *WORDS, *options)
    assert code == 2
    assert message in err
    assert "Traceback" not in err


def test_a_constant_expression(capsys):
    code, _, err = run(capsys, "check", "1 + 2")
    assert (code, "is a constant" in err) == (2, True)
