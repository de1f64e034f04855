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


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf", "dot", "mmd", "txt"])
def test_every_format(capsys, tmp_path, suffix):
    path = tmp_path / f"y.{suffix}"
    assert run(capsys, *WORDS, "-o", str(path)) == (0, "", "")
    assert path.stat().st_size > 300


def test_all_options_at_once(capsys, tmp_path):
    options = ["--title", "A neuron", "--legend", "--style", "circuit", "--parameters", "w, b", "--path", "w"]
    options += ["--hand", "w=0.22", "--before", "w=0.1", "--max-nodes", "20", "--depth", "2", "--expand", "a,b"]
    path = tmp_path / "y.dot"
    assert run(capsys, *WORDS, *options, "--output", str(path))[0] == 0
    source = path.read_text()
    for said in ("A neuron", "double line", "n2_op", "✓", "changed", "∂y/∂w"):
        assert said in source
    assert source.count("peripheries=2") == 2


def test_forward_alone(capsys):
    assert "gradient" not in run(capsys, *WORDS, "--detail", "forward")[1]


def test_frames(capsys, tmp_path):
    assert run(capsys, *WORDS, "--frames", str(tmp_path / "y.svg")) == (0, "", "")
    assert run(capsys, *WORDS, "--frames", str(tmp_path / "steps")) == (0, "", "")
    assert len(list((tmp_path / "steps").iterdir())) == 10


def test_a_saved_graph_with_its_scopes(capsys, tmp_path):
    with scope("inside"):
        inner = Value(2.0, label="x").exp()
    save(tmp_path / "graph.json", inner + 1)
    out = run(capsys, "draw", "--load", str(tmp_path / "graph.json"), "--depth", "0")[1]
    assert "inside · 2 nodes" in out


BAD = {
    ("--load", "none.json"): "none.json: No such file",
    ("--parameters", "q"): "--parameters: there is no input 'q'; the inputs are x, w, b",
    ("--before", "q=1"): "--before: there is no input 'q'; the inputs are x, w, b",
    ("--hand", "q=1"): "hand: the graph has no node 'q'",
    ("--hand", "w"): "'w' isn't an assignment: write name=number",
    ("--path", "q"): "path: the graph has no node 'q'",
    ("--max-nodes", "0"): "max_nodes=0",
    ("-o", "a.bmp"): "a.bmp: the suffix must be one of .svg, .png",
    ("-o", "none/a.svg"): "none/a.svg: No such file",
    ("--frames", "a.bmp"): "a.bmp: the suffix must be one of .gif, .svg",
    ("--detail", "all"): "invalid choice",
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


def test_without_a_renderer(capsys, tmp_path, monkeypatch):
    from tinygrad_neuron.drawing import render

    monkeypatch.setattr(render.shutil, "which", lambda _: None)
    monkeypatch.setattr(render, "find_spec", lambda _: None)
    code, _, err = run(capsys, *WORDS, "-o", str(tmp_path / "y.svg"))
    assert (code, "pip install pygraphviz" in err) == (1, True)
