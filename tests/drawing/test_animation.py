"""Frames: both passes step by step, at one layout."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from drawing.gallery import network, softmax
from drawing.graphs import chain, neuron
from hypothesis import given
from PIL import Image
from strategies import BENDING, SMOOTH, examples, programs
from test_backward import ours

from tinygrad_neuron import Value, frames, topological_order
from tinygrad_neuron.drawing.animation import PAUSE, SECONDS, steps
from tinygrad_neuron.drawing.faces import face
from tinygrad_neuron.drawing.sight import Sight
from tinygrad_neuron.drawing.views import operations
from tinygrad_neuron.program import Program

SVG = "{http://www.w3.org/2000/svg}"


def places(svg):
    """Where the boxes are drawn."""
    found = {}
    for group in ET.fromstring(svg).iter(f"{SVG}g"):  # noqa: S314
        if group.get("class") == "node":
            shape = next(group.iter(f"{SVG}rect"))
            found[group.get("id")] = [shape.get(key) for key in ("x", "y", "width", "height")]
    return found


def test_a_frame_for_what_is_given_each_value_and_each_edge():
    views = frames(neuron(backward=False)).views
    assert len(views) == 13
    assert views[0].captions[-1] == "given: input = 0.4, weight = 0.5, bias = 0.6, target = 0.7"
    assert views[1].captions[-1] == "forward: net = input*weight + bias = 0.8"
    weight = next(view.captions[-1] for view in views if view.captions[-1].startswith("weight.grad"))
    assert weight == "weight.grad += net.grad × ∂(net)/∂(weight) = -0.02011 × +0.4000 = -0.008042"
    assert len(frames(neuron(), view="operations").views) == 17


def test_values_appear_in_the_forward_pass_and_gradients_in_the_backward_pass():
    views = frames(neuron(backward=False)).views
    known = [sum(box.value is not None for box in view.boxes) for view in views]
    found = [sum(box.gradient is not None for box in view.boxes) for view in views]
    assert known[:6] == [4, 5, 6, 7, 8, 8]
    assert found[:6] == [0, 0, 0, 0, 0, 1]
    assert found[-1] == 8
    flowing = [sum(edge.contribution != 0 for edge in view.edges) for view in views]
    assert flowing == [0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7]


@given(program=programs(SMOOTH | BENDING, longest=6))
@examples(50)
def test_the_last_frame_has_the_engines_gradients(program):
    leaves = [Value(x) for x in program.inputs]
    root = program.run(leaves, ours)[-1]
    sight = Sight(operations(Program.of(root)), has_tables=False)
    last = {box.key: box for box in list(steps(sight.view(1000), sight.graph))[-1].boxes}
    root.backward()
    shown = [node for node in topological_order(root) if not node.is_constant]
    for node, box in zip(shown, (last[f"n{k}"] for k in range(len(shown))), strict=True):
        assert box.gradient == node.grad or (node.grad != node.grad and box.gradient != box.gradient)


@pytest.mark.parametrize("make", [neuron, lambda: network(2, 4, 1), softmax])
def test_all_frames_have_one_layout_of_16_to_9(make):
    steps = frames(make(), title="Step by step")
    every = [steps.svg(number) for number in range(len(steps))]
    assert len({str(places(svg)) for svg in every}) == 1
    (size,) = {ET.fromstring(svg).get("viewBox") for svg in every}  # noqa: S314
    _, _, width, height = map(int, size.split())
    assert width / height == pytest.approx(16 / 9, rel=0.01)
    assert width <= 1280


def test_figures_on_the_way_fit_as_well():
    x = Value(1.0, label="x")
    y = (x * 1e-12 + x * 1.00001e-7 - x * 1e-7).exp()
    steps = frames(y, view="operations")
    boxes = {key: float(place[2]) for key, place in places(steps.svg(0)).items()}
    for view in steps.views:
        for box in view.boxes:
            shown = face(box, 1.0, standing=steps._laid.shape == "standing")
            assert shown.width <= boxes[box.key] + 0.1


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
    text = (tmp_path / "steps.svg").read_text()
    assert "prefers-reduced-motion" in text
    assert f"{5 * SECONDS + PAUSE:g}s step-end" in text


def test_one_animated_gif(tmp_path):
    x = Value(3.0, label="x")
    frames(x * x).save(tmp_path / "steps.gif")
    with Image.open(tmp_path / "steps.gif") as gif:
        assert gif.n_frames == 5
        shown = []
        for number in range(5):
            gif.seek(number)
            shown.append(gif.info["duration"])
        assert shown == [1200] * 4 + [3600]


def test_what_nobody_watches_and_what_has_no_format_is_refused(tmp_path):
    with pytest.raises(ValueError, match="frames are too many to watch, at most 400"):
        frames(chain(250))
    with pytest.raises(ValueError, match="view='nearest': frames show one of network, stages, operations, neuron"):
        frames(neuron(), view="nearest")
    with pytest.raises(ValueError, match=r"the suffix must be one of \.gif, \.svg, \.txt, \.json"):
        frames(Value(1.0).tanh()).save(tmp_path / "steps.mp4")
