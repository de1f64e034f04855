"""The command line, as a process and in this one."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys

import pytest
from checking.test_explain import FIGURES, INPUTS, NEURON

from tinygrad_neuron import __version__
from tinygrad_neuron.cli import main

WORDS = [f"{name}={number}" for name, number in INPUTS.items()]


def run(capsys, *words):
    code = main(words)
    output = capsys.readouterr()
    return code, output.out, output.err


def test_figures_a_in_the_table_to_every_digit(capsys):
    code, out, err = run(capsys, "explain", NEURON, *WORDS)
    assert (code, err) == (0, "")
    lines = {line.split()[0]: line for line in out.splitlines() if line.strip()}
    for label, figures in FIGURES.items():
        for figure in figures:
            assert repr(figure) in lines[label], (label, figure)
    assert "0.5590551677322437 → output" in out


def test_the_demo_is_the_articles_example(capsys):
    code, out, _ = run(capsys, "demo")
    assert code == 0
    assert out.startswith(NEURON)
    for figure in ("-0.008042171772040318", "-0.020105429430100793", "-0.01004847442496147"):
        assert figure in out


def test_json_and_csv_give_the_same_as_data(capsys):
    _, out, _ = run(capsys, "explain", NEURON, *WORDS, "--json")
    data = json.loads(out)
    assert (data["root"], data["value"], data["h"]) == ("loss", 0.0006466769463837285, 0.0001)
    nodes = {node["label"]: node for node in data["nodes"]}
    rows = {
        row["label"]: row for row in csv.DictReader(io.StringIO(run(capsys, "explain", NEURON, *WORDS, "--csv")[1]))
    }
    for label, (value, local, gradient, numerical) in FIGURES.items():
        node, row = nodes[label], rows[label]
        assert (node["value"], node["gradient"], node["numerical_gradient"]) == (value, gradient, numerical)
        assert node["partials"][0]["value"] == local
        assert tuple(float(row[key]) for key in ("value", "gradient", "numerical gradient")) == (
            value,
            gradient,
            numerical,
        )
        assert row["partials"].startswith(f"{local!r} of ")


def test_json_has_no_bare_nan(capsys):
    code, out, err = run(capsys, "explain", "y = log(x)", "x=-1", "--json")
    assert json.loads(out, parse_constant=pytest.fail)["value"] == "nan"
    assert (code, err) == (0, "not finite: the value of y (log) is nan, from x = -1.0; it is a number for x ≥ 0\n")


def test_from_a_file_and_from_standard_input(capsys, tmp_path, monkeypatch):
    expected = run(capsys, "explain", NEURON, *WORDS)
    path = tmp_path / "neuron.txt"
    path.write_text(NEURON.replace("; ", "\n"))
    assert run(capsys, "explain", "--file", str(path), *WORDS) == expected
    monkeypatch.setattr(sys, "stdin", io.StringIO(NEURON))
    assert run(capsys, "explain", "-", *WORDS) == expected


def test_wrt_chooses_inputs(capsys):
    for option in ("--wrt", "--grad"):
        data = json.loads(run(capsys, "explain", NEURON, *WORDS, option, "weight,bias", "--json")[1])
        gradients = {node["label"]: node["gradient"] for node in data["nodes"] if node["label"]}
        assert gradients["input"] is None
        assert gradients["weight"] == -0.008042171772040318


def test_h_and_digits(capsys):
    out = run(capsys, "explain", "y = x**2", "x=3", "--h", "0.5", "--digits", "3")[1]
    assert "6.5" in out
    assert "6.5000" not in out


@pytest.mark.parametrize("suffix", ["svg", "png", "dot"])
def test_draw_writes_a_picture(capsys, tmp_path, suffix):
    path = tmp_path / f"neuron.{suffix}"
    assert run(capsys, "demo", "--draw", str(path))[0] == 0
    assert path.stat().st_size > 1000


def test_without_what_draws_pixels_an_svg_is_written_and_a_line_says_what_to_install(capsys, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    code, out, err = run(capsys, "explain", NEURON, *WORDS, "--draw", str(tmp_path / "neuron.png"))
    assert (code, "loss" in out) == (1, True)
    assert "pip install 'tinygrad_neuron[png]'" in err
    assert [each.name for each in tmp_path.iterdir()] == ["neuron.svg"]


BAD = {
    ("explain",): "the expression is empty",
    ("explain", "y = x*"): "a term is missing at the end",
    ("explain", "y = x*w", "x=1"): "w has no value: give one (w=1.0)",
    ("explain", "y = x", "x"): "'x' isn't an assignment: write name=number",
    ("explain", "y = x", "x=one"): "'one' in 'x=one' isn't a number: write for instance x=0.5",
    ("explain", "y = x", "2=1"): "'2=1' isn't an assignment",
    ("explain", "y = x", "x=1", "--wrt", "q"): "wrt: the graph has no node 'q'",
    ("explain", "y = x", "x=1", "--h", "0"): "h must be a finite number other than 0, got 0.0",
    ("explain", "y = x", "x=1", "--draw", "a.bmp"): "a.bmp: the suffix must be one of .svg, .png",
    ("explain", "y = x", "x=1", "--draw", "none/a.svg"): "none/a.svg: No such file",
    ("explain", "--file", "none.txt"): "none.txt: No such file",
    ("explain", "y = x", "x=1", "--digits", "0"): "invalid choice",
}


@pytest.mark.parametrize(("words", "message"), BAD.items(), ids=map(" ".join, BAD))
def test_bad_input_is_one_clear_error_and_exit_code_2(capsys, words, message):
    try:
        code = main(words)
    except SystemExit as stop:
        code = stop.code
    _, err = capsys.readouterr()
    assert code == 2
    assert message in err
    assert "Traceback" not in err


def test_a_file_of_another_kind_is_refused(capsys, tmp_path):
    (tmp_path / "picture").write_bytes(b"\x89PNG\xff")
    code, _, err = run(capsys, "explain", "--file", str(tmp_path / "picture"))
    assert (code, "picture isn't a text in UTF-8" in err) == (2, True)


def command(*words, **options):
    return subprocess.run([sys.executable, "-m", "tinygrad_neuron", *words], capture_output=True, text=True, **options)  # noqa: PLW1510


def test_as_a_process():
    assert command("--version").stdout == f"tinygrad-neuron {__version__}\n"
    assert "demo" in command("--help").stdout
    done = command("explain", "y = x +", "x=1")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "tinygrad-neuron: a term is missing at the end (line 1, column 8)\n  y = x +\n         ^\n"


def test_a_reader_that_leaves_early_is_no_error():
    program = f"{sys.executable} -m tinygrad_neuron demo | head -n 1"
    done = subprocess.run(["/bin/sh", "-c", program], capture_output=True, text=True, check=True)
    assert (done.stdout.count("\n"), done.stderr) == (1, "")


def test_a_sheet_of_a_training_has_twenty_attempts_at_a_rate_of_a_tenth_unless_told_otherwise(capsys, tmp_path):
    def rows(*options):
        path = tmp_path / "sheet.csv"
        assert run(capsys, "sheet", "y = w*w", "w=2", "--train", "w", "-o", str(path), *options)[0] == 0
        return list(csv.reader(io.StringIO(path.read_text())))

    made = rows()
    assert (made[0][:2], len(made)) == (["learning rate", "0.1"], 2 + 20)
    made = rows("--lr", "0.25", "--attempts", "3")
    assert (made[0][:2], len(made)) == (["learning rate", "0.25"], 2 + 3)
