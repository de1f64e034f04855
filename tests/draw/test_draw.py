"""Pictures: what is in them, both renderers, and what happens without one."""

from __future__ import annotations

import importlib.util
import re
import shutil
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinygrad_neuron import Value, draw, variables
from tinygrad_neuron.draw import RendererMissingError, render

RENDERERS = {
    "dot": pytest.param("dot", marks=pytest.mark.skipif(not shutil.which("dot"), reason="needs the dot program")),
    "bundled": pytest.param(
        "bundled",
        marks=pytest.mark.skipif(not importlib.util.find_spec("pygraphviz"), reason="needs pygraphviz"),
    ),
}


@pytest.fixture(params=RENDERERS.values(), ids=RENDERERS)
def renderer(request, monkeypatch):
    """Each of the two renderers in turn."""
    if request.param == "bundled":
        monkeypatch.setattr(render.shutil, "which", lambda _: None)
    return request.param


def neuron():
    x, w, b = variables(x=0.4, w=0.5, b=0.6)
    y = (x * w + b).tanh()
    y.label = "y"
    return y


def elements(svg, kind):
    root = ET.fromstring(svg)  # noqa: S314
    return [each for each in root.iter("{http://www.w3.org/2000/svg}g") if each.get("class") == kind]


def texts(svg):
    return ["".join(each.itertext()) for each in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314


def test_labels_values_gradients_and_local_derivatives():
    y = neuron()
    y.backward()
    source = draw(y).dot.source
    assert "<b>y</b> = tanh(x*w + b)" in source
    assert "value 0.664<" in source
    assert "grad  0.2236" in source
    assert re.search(r'n4 -> n5 \[label=" 0\.5591 "\]', source)


def test_before_backward_no_gradient_is_shown():
    assert "grad" not in draw(neuron()).dot.source


def test_operands_in_order_and_both_edges_of_a_square():
    a, b = variables(a=2.0, b=3.0)
    edges = re.findall(r"(n\d+) -> (n\d+)", draw((a - b) * (a - b)).dot.source)
    assert edges == [("n0", "n2"), ("n1", "n2"), ("n0", "n3"), ("n1", "n3"), ("n2", "n4"), ("n3", "n4")]
    square = draw(a * a).dot.source
    assert re.findall(r"(n\d+) -> (n\d+)", square) == [("n0", "n1"), ("n0", "n1")]
    assert "ordering=in" in square


def test_constants_are_drawn_with_a_dashed_edge():
    source = draw(Value(3.0) * 2).dot.source
    assert re.search(r'n1 -> n2 \[label="" style=dashed\]', source)


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf", "dot"])
def test_saving_in_every_format(renderer, suffix, tmp_path):
    path = tmp_path / f"neuron.{suffix}"
    draw(neuron()).save(path)
    begin = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF", "dot": b"digraph"}[suffix]
    assert path.read_bytes().startswith(begin)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_the_picture_has_the_graphs_nodes_and_edges(renderer):
    svg = draw(neuron()).svg()
    assert len(elements(svg, "node")) == 6
    assert len(elements(svg, "edge")) == 5
    assert "tanh(x*w + b)" in " ".join(texts(svg)).replace("\xa0", " ")


@given(
    label=st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cn", "Co"]), min_size=1, max_size=12)
)
@settings(max_examples=25)
def test_hostile_labels_are_drawn_as_they_are(label):
    x = Value(1.0, label=label)
    svg = draw(x * 2).svg()
    assert len(elements(svg, "node")) == 3
    shown = "".join("".join(texts(svg)).split())
    assert "".join(label.split()) in shown


@pytest.mark.parametrize("label", ["</b>", "<&>\"'", "\\n\\l", "&lt;", "a\nb", "\x00\x07", "日本", "{|}", "]] >"])
def test_labels_that_mean_something_to_graphviz(renderer, label):
    assert len(elements(draw(Value(1.0, label=label).tanh()).svg(), "node")) == 2


def test_without_a_renderer_the_error_names_the_remedies(monkeypatch, tmp_path):
    monkeypatch.setattr(render.shutil, "which", lambda _: None)
    monkeypatch.setattr(render, "find_spec", lambda _: None)
    with pytest.raises(RendererMissingError, match=r"apt install graphviz.*pip install pygraphviz"):
        draw(neuron()).save(tmp_path / "neuron.svg")
    assert list(tmp_path.iterdir()) == []
    draw(neuron()).save(tmp_path / "neuron.dot")


def test_another_suffix_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"suffix is one of \.svg, \.png, \.pdf, \.dot"):
        draw(neuron()).save(tmp_path / "neuron.bmp")
