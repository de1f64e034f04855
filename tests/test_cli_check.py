"""tinygrad-neuron check."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter

import pytest
from test_cli import run

from tinygrad_neuron.checking.verdicts import VERDICTS


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
    assert "∂y/∂net is missing: a factor 1 − y²" in " ".join(out.split())


def test_json(capsys):
    code, out, _ = run(capsys, *WORDS, "--hand", "w=0.00804", "--json")
    data = json.loads(out)
    assert (code, data["verdict"]) == (1, "FAIL")
    assert data["inputs"][1]["likely_mistakes"][0] == "the sign is wrong"


BAD = {
    ("--hand", "q=1"): "hand: the graph has no node 'q'",
    ("--hand", "w"): "'w' isn't an assignment: write name=number",
    ("--hand", "w=tanh("): "a term is missing at the end",
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


# ---------------------------------------------------------------- verdicts and exit codes
EXIT_CODES = {
    ("y = tanh(x)", "x=1"): ("PASS", 0),
    ("y = sqrt(x)", "x=0"): ("PASS", 0),
    ("y = tanh(x)", "x=1", "--hand", "x=1 - y**2"): ("PASS", 0),
    ("y = relu(x)", "x=0"): ("KINK", 0),
    ("y = relu(x)", "x=0", "--hand", "x=0"): ("KINK", 0),
    ("y = where(x > 1, 2*x, 5)", "x=1"): ("KINK", 0),
    ("y = relu(x) - relu(-x)", "x=0"): ("CONVENTIONS", 0),
    ("y = maximum(x*(sin(c)**2 + cos(c)**2), 2*x - 1)", "x=1", "c=4"): ("TIE", 0),
    ("y = sin(1e22*x)", "x=1.1"): ("ILL-CONDITIONED", 0),
    ("y = tanh(x)", "x=1", "--hand", "x=1 - y"): ("FAIL", 1),
    ("y = maximum(w, 0)", "w=0.2", "--hand", "w=-1"): ("FAIL", 1),
    ("y = relu(x)", "x=0", "--hand", "x=3"): ("FAIL", 1),
    ("y = maximum(x*(sin(c)**2 + cos(c)**2), 2*x - 1)", "x=1", "c=5"): ("INCONCLUSIVE", 3),
    ("y = log(x)", "x=-1"): ("OUT OF DOMAIN", 3),
    ("y = 1/x", "x=0"): ("OUT OF DOMAIN", 3),
    ("y = relu(x)*w + log(b)", "x=0", "w=1", "b=-1", "--hand", "w=3"): ("FAIL", 1),  # the worst of several
}


@pytest.mark.parametrize(("words", "expected"), EXIT_CODES.items(), ids=map(" ".join, EXIT_CODES))
def test_the_exit_code_is_that_of_the_verdict(capsys, words, expected):
    code, out, err = run(capsys, "check", *words)
    assert (out.splitlines()[-1].removeprefix("verdict: "), code, err) == (*expected, "")
    code, out, _ = run(capsys, "check", *words, "--json")
    assert (json.loads(out)["verdict"], code) == expected


# the others need a function in Python, or a graph that gives other numbers each time
ELSEWHERE = {"LEFT THE GRAPH", "BRANCH", "HELD FIXED", "NONDETERMINISTIC"}


def test_no_verdict_is_left_out():
    assert {verdict for verdict, _ in EXIT_CODES.values()} | ELSEWHERE == set(VERDICTS)
    for verdict, code in EXIT_CODES.values():
        assert VERDICTS[verdict].exit_code == code


# ---------------------------------------------------------------- 80 columns
LONG = "the_activation_of_the_first_hidden_neuron_of_the_second_layer"
TWELVE = {f"weight_{k}": -0.123456789012345 / (k + 1) for k in range(12)}
SUM = "y = " + " + ".join(f"tanh({name})*exp(-1e-9*{name})" for name in TWELVE)
WIDE = {
    "a figure with many digits": (*WORDS, "--hand", "w=-0.014385292892860331"),
    "twelve inputs": ("check", SUM, *(f"{name}={number!r}" for name, number in TWELVE.items())),
    "twelve inputs with figures by hand": (
        "check",
        SUM,
        *(f"{name}={number!r}" for name, number in TWELVE.items()),
        *(word for name in TWELVE for word in ("--hand", f"{name}=1.23456789012345678e-7")),
    ),
    "a long label": ("check", f"y = {LONG}**2", f"{LONG}=0.1", "--hand", f"{LONG}=0.123456789"),
    "long labels": ("check", f"y = {LONG}*({LONG}_too + 1)**2", f"{LONG}=-1e-150", f"{LONG}_too=-1.23456789e-7"),
    "both sides of a kink": ("check", f"y = {LONG}*relu(b)*1.23456789e-7", f"{LONG}=-1.23456789e-100", "b=0"),
    "two sides that can't be told apart": ("check", "y = maximum(x*(sin(c)**2 + cos(c)**2), 2*x - 1)", "x=1", "c=5"),
    **{" ".join(words): ("check", *words) for words in EXIT_CODES},
}


@pytest.mark.parametrize("name", WIDE)
def test_no_line_is_wider_than_the_terminal_and_no_figure_is_cut(capsys, monkeypatch, name):
    code, whole, _ = run(capsys, *WIDE[name])
    for columns in (80, 100):
        monkeypatch.setenv("COLUMNS", str(columns))
        folded = run(capsys, *WIDE[name])
        assert folded[0] == code
        assert max(map(len, folded[1].splitlines())) <= columns
        assert _count_numbers(folded[1]) == _count_numbers(whole)


def _count_numbers(text):
    """The numbers of the table, which are never folded; neither are those below it."""
    return Counter(word for word in text.split() if re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", word))


def test_what_is_too_long_goes_on_further_in(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    lines = run(capsys, *WIDE["two sides that can't be told apart"])[1].splitlines()
    start = next(k for k, line in enumerate(lines) if line.startswith("x: "))
    assert lines[start + 1].startswith("    ")
    assert lines[start + 1].strip()


def test_inputs_of_which_the_same_is_said_share_a_line(capsys):
    out = run(capsys, *WIDE["twelve inputs"])[1]
    assert out.count("PASS. ") == 1
    assert f"{', '.join(TWELVE)}: PASS. " in out


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal of POSIX")
def test_a_terminal_says_how_wide_it_is():
    import pty
    import termios

    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 90))
    words = (sys.executable, "-m", "tinygrad_neuron", *WIDE["twelve inputs"])
    surroundings = {name: text for name, text in os.environ.items() if name != "COLUMNS"}
    done = subprocess.run(words, stdout=theirs, stderr=subprocess.PIPE, check=False, env=surroundings)
    os.close(theirs)
    text = os.read(ours, 100_000).decode()
    os.close(ours)
    assert (done.returncode, done.stderr) == (0, b"")
    assert 80 < max(map(len, text.splitlines())) <= 90
