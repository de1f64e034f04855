"""Frames: both passes step by step, at one layout."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from drawing.graphs import chain, neuron
from hypothesis import given
from PIL import Image
from strategies import BENDING, SMOOTH, examples, programs
from test_backward import ours

from tinygrad_neuron import Value, frames, topological_order
from tinygrad_neuron.drawing import render
from tinygrad_neuron.drawing.animation import _steps
from tinygrad_neuron.drawing.model import picture_model
from tinygrad_neuron.program import Program

SVG = "{http://www.w3.org/2000/svg}"


def places(svg):
    """Where the boxes are drawn."""
    found = {}
    for group in ET.fromstring(svg).iter(f"{SVG}g"):  # noqa: S314
        if group.get("class") == "node":
            shape = next(each for each in group.iter() if each.tag in (f"{SVG}polygon", f"{SVG}path"))
            found[group.get("id")] = shape.get("points") or shape.get("d")
    return found


def test_a_frame_for_what_is_given_each_value_and_each_edge():
    models = frames(neuron(backward=False)).models
    assert len(models) == 17
    assert models[0].captions[-1] == "given: input = 0.4, weight = 0.5, bias = 0.6, target = 0.7"
    assert models[2].captions[-1] == "forward: net = input*weight + bias = 0.8"
    weight = next(model.captions[-1] for model in models if model.captions[-1].startswith("weight.grad"))
    assert weight == "weight.grad += (input*weight).grad × ∂(input*weight)/∂(weight) = -0.02011 × +0.4000 = -0.008042"


def test_values_appear_in_the_forward_pass_and_gradients_in_the_backward_pass():
    models = frames(neuron(backward=False)).models
    known = [sum(box.value is not None for box in model.boxes) for model in models]
    found = [sum(box.gradient is not None for box in model.boxes) for model in models]
    assert known[:8] == [6, 7, 8, 9, 10, 11, 12, 12]
    assert found[:8] == [0, 0, 0, 0, 0, 0, 0, 1]
    assert found[-1] == 10


@given(program=programs(SMOOTH | BENDING, longest=6))
@examples(50)
def test_the_last_frame_has_the_engines_gradients(program):
    leaves = [Value(x) for x in program.inputs]
    root = program.run(leaves, ours)[-1]
    last = list(_steps(picture_model(Program.of(root)), Program.of(root)))[-1]
    root.backward()
    for node, box in zip(topological_order(root), last.boxes, strict=True):
        assert box.gradient == node.grad or (node.grad != node.grad and box.gradient != box.gradient)


@pytest.mark.parametrize("bundled", [False, True])
def test_all_frames_have_one_layout(bundled, monkeypatch):
    if bundled:
        monkeypatch.setattr(render.shutil, "which", lambda _: None)
    steps = frames(neuron(), title="Step by step")
    first, last = places(steps.svg(0)), places(steps.svg(len(steps) - 1))
    assert len(first) == 12
    assert first == last
    boxes = {ET.fromstring(steps.svg(number)).get("viewBox") for number in (0, 5, 16)}  # noqa: S314
    assert len(boxes) == 1


def test_numbered_svg_files(tmp_path):
    x = Value(3.0, label="x")
    frames(x * x).save(tmp_path / "steps")
    assert [each.name for each in sorted((tmp_path / "steps").iterdir())] == [f"frame-00{k}.svg" for k in range(1, 6)]


def test_one_animated_svg_without_doubled_ids(tmp_path):
    x = Value(3.0, label="x")
    frames(x * x).save(tmp_path / "steps.svg")
    root = ET.parse(tmp_path / "steps.svg").getroot()  # noqa: S314
    steps = [each for each in root.iter(f"{SVG}g") if (each.get("class") or "").startswith("step")]
    assert len(steps) == 5
    assert not [each.get("id") for each in root.iter() if each.get("id")]
    assert "prefers-reduced-motion" in (tmp_path / "steps.svg").read_text()


def test_one_animated_gif(tmp_path):
    x = Value(3.0, label="x")
    frames(x * x).save(tmp_path / "steps.gif")
    with Image.open(tmp_path / "steps.gif") as gif:
        assert gif.n_frames == 5


def test_what_nobody_watches_and_what_has_no_format_is_refused(tmp_path):
    with pytest.raises(ValueError, match="frames are too many to watch, at most 400"):
        frames(chain(1000))
    with pytest.raises(ValueError, match=r"the suffix must be one of \.gif, \.svg, \.txt, \.json"):
        frames(Value(1.0).tanh()).save(tmp_path / "steps.mp4")
