"""tinygrad-neuron draw."""

from __future__ import annotations

import pytest
from test_cli import run

from tinygrad_neuron import Value, save, scope

WORDS = ("draw", "y = tanh(w*x + b)", "x=0.4", "w=0.5", "b=0.6")


def test_a_listing_without_an_output(capsys):
    code, out, err = run(capsys, *WORDS)
    assert (code, err) == (0, "")
    assert "y = tanh(w*x + b)" in out
    assert "\x1b" not in out


@pytest.mark.parametrize("suffix", ["svg", "png", "dot", "mmd", "txt", "json"])
def test_every_format(capsys, tmp_path, suffix):
    path = tmp_path / f"y.{suffix}"
    assert run(capsys, *WORDS, "-o", str(path)) == (0, "", "")
    assert path.stat().st_size > 300


def test_all_options_at_once(capsys, tmp_path):
    options = ["--title", "A neuron", "--parameters", "w, b", "--path", "w", "--hand", "w=0.22", "--before", "w=0.1"]
    options += [
        "--view",
        "operations",
        "--width",
        "390",
        "--shape",
        "list",
        "--theme",
        "dark",
        "--backward",
        "--no-legend",
    ]
    path = tmp_path / "y.dot"
    assert run(capsys, *WORDS, *options, "--output", str(path))[0] == 0
    source = path.read_text()
    for said in ("A neuron", "✓", "changed", "∂y/∂w", "dir=back"):
        assert said in source
    assert "double line" not in source
    assert source.count("peripheries=2") == 2
    assert run(capsys, *WORDS, *options, "--output", str(tmp_path / "y.svg"))[0] == 0
    svg = (tmp_path / "y.svg").read_text()
    assert 'fill="#0F1318"' in svg
    assert "much flows back" not in svg
    assert run(capsys, *WORDS, "--at", "x", "-o", str(tmp_path / "x.svg"))[0] == 0
    assert run(capsys, *WORDS, "--width", "slide", "-o", str(tmp_path / "slide.svg"))[0] == 0


def test_frames(capsys, tmp_path):
    assert run(capsys, *WORDS, "--frames", str(tmp_path / "y.svg")) == (0, "", "")
    assert run(capsys, *WORDS, "--frames", str(tmp_path / "steps")) == (0, "", "")
    assert len(list((tmp_path / "steps").iterdir())) == 10


def test_a_saved_graph_with_its_scopes(capsys, tmp_path):
    with scope("inside"):
        inner = Value(2.0, label="x").exp()
    save(tmp_path / "graph.json", inner + 1)
    assert run(capsys, "draw", "--load", str(tmp_path / "graph.json"), "-o", str(tmp_path / "graph.svg"))[0] == 0
    assert '<g class="cluster"' in (tmp_path / "graph.svg").read_text()


BAD = {
    ("--load", "none.json"): "none.json: No such file",
    ("--parameters", "q"): "--parameters: there is no input 'q'; the inputs are x, w, b",
    ("--before", "q=1"): "--before: there is no input 'q'; the inputs are x, w, b",
    ("--hand", "q=1"): "hand: the graph has no node 'q'",
    ("--hand", "w"): "'w' isn't an assignment: write name=number",
    ("--path", "q"): "path: the graph has no node 'q'",
    ("--view", "network"): "the graph has no layers of neurons",
    ("--view", "tree"): "invalid choice",
    ("--width", "wide"): "--width: 'wide' is neither a number of pixels nor slide nor A4",
    ("--width", "0"): "width=0",
    ("--sample", "3"): "sample=3: the graph has 1 sample",
    ("--at", "q"): "at: the graph has no node 'q'",
    ("-o", "a.bmp"): "a.bmp: the suffix must be one of .svg, .png",
    ("-o", "none/a.svg"): "none/a.svg: No such file",
    ("--frames", "a.bmp"): "a.bmp: the suffix must be one of .gif, .svg",
    ("--shape", "round"): "invalid choice",
}


@pytest.mark.parametrize(("options", "message"), BAD.items(), ids=map(" ".join, BAD))
def test_bad_input_is_one_clear_error_and_exit_code_2(capsys, options, message):
    from tinygrad_neuron.cli import main

    try:
        code = main([*WORDS, *options])
    except SystemExit as stop:
        code = stop.code
    err = capsys.readouterr().err
    assert (code, "Traceback" in err) == (2, False)
    assert message in err


def test_a_damaged_graph_file(capsys, tmp_path):
    (tmp_path / "graph.json").write_text("{}")
    code, _, err = run(capsys, "draw", "--load", str(tmp_path / "graph.json"))
    assert (code, "the text isn't a graph" in err) == (2, True)


def test_without_what_draws_a_format(capsys, tmp_path, monkeypatch):
    import sys

    from tinygrad_neuron.drawing import render

    monkeypatch.setattr(render.shutil, "which", lambda _: None)
    monkeypatch.setattr(render, "find_spec", lambda _: None)
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    for suffix, extra in (("pdf", "graphviz"), ("png", "png")):
        code, _, err = run(capsys, *WORDS, "-o", str(tmp_path / f"y.{suffix}"))
        assert (code, f"pip install 'tinygrad_neuron[{extra}]'" in err) == (1, True)
    assert list(tmp_path.iterdir()) == []
