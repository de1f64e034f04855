"""What the commands print reaches whoever reads it: in any encoding, or as one clear line where it can't."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tinygrad_neuron.cli import commands, main

NEURON = ("net = größe*w + b; y = tanh(net); β = (y - 0.7)**2/2", "größe=0.4", "w=0.5", "b=0.6")
COMMANDS = {
    "explain": ("explain", *NEURON),
    "explain as JSON": ("explain", *NEURON, "--json"),
    "explain as CSV": ("explain", *NEURON, "--csv"),
    "explain what isn't finite": ("explain", "y = log(x)", "x=-1"),
    "check": ("check", *NEURON),
    "check what is wrong": ("check", *NEURON, "--hand", "w=(y - 0.7)*größe"),
    "check as JSON": ("check", *NEURON, "--json"),
    "check at a kink": ("check", "y = relu(x)", "x=0"),
    "derive": ("derive", *NEURON, "--wrt", "w"),
    "derive as Markdown": ("derive", *NEURON, "--wrt", "w", "--markdown"),
    "derive in LaTeX": ("derive", *NEURON, "--wrt", "w", "--latex"),
    "sheet": ("sheet", *NEURON),
    "draw": ("draw", *NEURON, "--hand", "w=3"),
    "export": ("export", *NEURON, "--to", "numpy"),
    "train": ("train", "data.csv", "--neuron", "tanh(w*größe + b)", "--steps", "3", "--quiet"),
    "train a network": ("train", "data.csv", "--hidden", "2", "--steps", "3", "--quiet"),
    "predict": ("predict", "model.json", "größe=0.4"),
    "predict a file": ("predict", "model.json", "data.csv"),
    "demo": ("demo",),
    "demo celsius": ("demo", "celsius"),
    "bad input": ("check", "β = größe*", "größe=1"),
    **{f"{name} --help": (name, "--help") for name in commands()},
}
ENCODINGS = ("ascii", "latin-1", "cp1252", "cp437", "cp932", "utf-8", "utf-16")


@pytest.fixture(autouse=True)
def _no_terminal(monkeypatch):
    """Its columns, which pytest's workers are told, would fold what is looked for."""
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A directory with data and a model."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.csv").write_text("größe,ε\n0.1,0.2\n0.3,0.4\n", encoding="utf-8")
    words = ("train", "data.csv", "--neuron", "tanh(w*größe + b)", "--steps", "1", "--quiet", "--save", "model.json")
    assert main(words) == 0
    return tmp_path


def run_in(monkeypatch, encoding, words):
    """The exit code of a command, and what it prints to streams of an encoding."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="") for _ in range(2)]
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", streams[0])
        patched.setattr(sys, "stderr", streams[1])
        try:
            code = main(words)
        except SystemExit as stop:
            code = stop.code
    for stream in streams:
        stream.flush()
    return code, [stream.buffer.getvalue().decode(encoding) for stream in streams]


def _unframe(text):
    """A text without the lines of tables, for which `rich` takes others outside of Unicode."""
    return re.sub(r"[-+|─\s]", "", text)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_in_every_encoding(here, monkeypatch, capsys, name):
    capsys.readouterr()
    code, wanted = run_in(monkeypatch, "utf-8", COMMANDS[name])
    assert code in (0, 1, 2)
    for encoding in ENCODINGS:
        found = run_in(monkeypatch, encoding, COMMANDS[name])
        assert found[0] == code, encoding
        for text, whole in zip(found[1], wanted, strict=True):
            assert len(text.splitlines()) == len(whole.splitlines()), encoding
            assert text.count("?") == whole.count("?"), encoding
            if whole.encode(encoding, "ignore").decode(encoding) == whole:
                assert _unframe(text) == _unframe(whole), encoding  # nothing is replaced that the encoding has


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_json_stays_json(monkeypatch, encoding):
    for command in ("check", "explain"):
        texts = [run_in(monkeypatch, each, (command, *NEURON, "--json"))[1][0] for each in ("utf-8", encoding)]
        assert json.loads(texts[0]) == json.loads(texts[1])


def test_what_stands_for_characters_that_aren_t_there(monkeypatch):
    _, (text, _) = run_in(monkeypatch, "ascii", COMMANDS["check what is wrong"])
    assert "dy/dnet is missing" in text
    assert "dnet/dw = gro\\u00dfe" in text
    _, (text, _) = run_in(monkeypatch, "ascii", ("explain", "y = x", "x=1"))
    assert "1.0 -> y" in text
    assert "-----" in text


# ---------------------------------------------------------------- as a process
def start(words, redirection="", environment=(), pipe=""):
    """What a shell shows of a command: its exit code, standard output and standard error."""
    line = f'"$@" {redirection} {pipe}'
    program = ["/bin/sh", "-c", line, "sh", sys.executable, "-m", "tinygrad_neuron", *words]
    surrounding = {name: text for name, text in os.environ.items() if not name.startswith("PYTHONIO")}
    done = subprocess.run(
        program, capture_output=True, check=False, env={**surrounding, "PYTHONUTF8": "1", **dict(environment)}
    )
    return done.returncode, done.stdout, done.stderr.decode()


UNBUFFERED = {"PYTHONUNBUFFERED": "1"}
BUFFERED = {"PYTHONUNBUFFERED": "", "PYTHONWARNINGS": "error::ResourceWarning"}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_encoding_of_the_surroundings(encoding):
    words = ("check", "y = tanh(w*x)", "x=1", "w=1", "--hand", "w=x")
    code, out, err = start(words, environment={"PYTHONIOENCODING": encoding})
    assert (code, err) == (1, "")
    assert out.decode(encoding).rstrip().endswith("verdict: FAIL")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a device that is full")
@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "bad input"])
def test_a_full_disk_is_one_line_and_exit_code_2(here, name):
    buffering = [BUFFERED, UNBUFFERED][len(name) % 2]  # half of them each
    code, _, err = start(COMMANDS[name], "> /dev/full", buffering)
    *before, last = err.splitlines()
    assert (code, last) == (2, "tinygrad-neuron: output: No space left on device")
    assert all(line.startswith("not finite: ") for line in before)


@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX closes the output")
@pytest.mark.parametrize("buffering", [BUFFERED, UNBUFFERED], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("name", ["explain", "check", "derive", "sheet", "demo", "train", "check --help"])
def test_closed_output_is_one_line_and_exit_code_2(here, name, buffering):
    code, _, err = start(COMMANDS[name], ">&-", buffering)
    assert (code, err) == (2, "tinygrad-neuron: output: not writable\n")
    code, _, err = start(COMMANDS[name], "2>&- > out.txt", buffering)
    assert (code, err) == (0, "")


@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX closes the output")
def test_closed_output_is_no_trouble_to_those_who_don_t_print(here):
    assert start(("draw", "y = x", "x=1", "-o", "y.dot"), ">&-") == (0, b"", "")
    assert (here / "y.dot").stat().st_size > 100


@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX closes the input")
@pytest.mark.parametrize("command", ["explain", "check", "derive", "sheet", "draw", "export"])
def test_closed_input_is_one_line_and_exit_code_2(command):
    options = {"export": ("--to", "numpy"), "derive": ("--wrt", "x")}.get(command, ())
    code, out, err = start((command, "-", "x=1", *options), "<&-")
    assert (code, out) == (2, b"")
    assert err == "tinygrad-neuron: standard input is closed: give the expression itself for -\n"
    assert start((command, "y = x*x", "x=1", *options), "<&-")[0] == 0


@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX closes the pipe")
@pytest.mark.parametrize("buffering", [BUFFERED, UNBUFFERED], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("name", ["explain", "check", "derive", "demo", "check --help"])
def test_a_reader_that_has_gone_is_told_nothing_and_the_code_never_says_that_a_gradient_is_right(here, name, buffering):
    # the reader closes its end before the command begins
    program = "import os, sys; read, write = os.pipe(); os.close(read); os.dup2(write, 1); "
    program += "os.execv(sys.argv[1], sys.argv[1:])"
    words = (sys.executable, "-c", program, sys.executable, "-m", "tinygrad_neuron", *COMMANDS[name])
    done = subprocess.run(words, capture_output=True, check=False, env={**os.environ, "PYTHONUTF8": "1", **buffering})
    assert (done.returncode, done.stdout, done.stderr) == (141, b"", b"")
