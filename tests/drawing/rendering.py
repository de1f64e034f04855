"""What holds of a picture whichever Graphviz draws it."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from drawing.graphs import chain, network, neuron
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import BENDING, SMOOTH, examples, programs
from test_backward import ours

from tinygrad_neuron import Value, draw, scope, topological_order
from tinygrad_neuron.drawing import render

SVG = "{http://www.w3.org/2000/svg}"


def elements(svg, kind):
    return [each for each in ET.fromstring(svg).iter(f"{SVG}g") if each.get("class") == kind]  # noqa: S314


def texts(svg):
    return ["".join(each.itertext()).replace("\xa0", " ") for each in ET.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314


LABELS = st.text(st.characters(codec="utf-8"), max_size=12)


@st.composite
def labelled_graphs(draw_):
    """Random graphs whose nodes have any text as labels and scopes."""
    program = draw_(programs(SMOOTH | BENDING, longest=8))
    leaves = [Value(x, label=draw_(LABELS), parameter=draw_(st.booleans())) for x in program.inputs]
    with scope(draw_(LABELS)):
        places = program.run(leaves, ours)
        for place in places[len(leaves) :]:
            place.label = draw_(LABELS)
    root = places[-1] * 2
    if draw_(st.booleans()):
        root.backward()
    return root


class Rendering:
    """What the tests of each Graphviz are made of."""

    @pytest.mark.parametrize("suffix", ["svg", "png", "pdf", "dot", "mmd", "txt"])
    def test_saving_in_every_format(self, suffix, tmp_path):
        path = tmp_path / f"neuron.{suffix}"
        neuron().draw().save(path)
        begins = {
            "svg": b"<svg",
            "png": b"\x89PNG",
            "pdf": b"%PDF",
            "dot": b"digraph",
            "mmd": b"flowchart",
            "txt": b"  ",
        }
        assert path.read_bytes().startswith(begins[suffix])
        assert [each.name for each in tmp_path.iterdir()] == [path.name]

    def test_the_svg_scales_and_is_described(self):
        root = ET.fromstring(draw(neuron(), title="One neuron").svg())  # noqa: S314
        assert "viewBox" in root.attrib
        assert "width" not in root.attrib
        assert "width:100%" in root.get("style")
        assert (root.get("role"), root.get("aria-label")) == ("img", "One neuron")
        titles = [each.text for each in root.iter(f"{SVG}title")]
        assert "weight = 0.5; gradient -0.020105429430100793 × 0.4 = -0.008042171772040318" in titles
        assert "weight → input*weight" in titles

    @given(root=labelled_graphs())
    @settings(
        examples(20), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]
    )
    def test_hostile_labels_and_all_nodes_and_edges(self, root):
        order, svg = topological_order(root), draw(root).svg()
        assert len(elements(svg, "node")) == len(order)
        assert len(elements(svg, "edge")) == sum(len(node.operands) for node in order)

    @pytest.mark.parametrize(
        "label",
        [
            "</b>",
            "<&>\"'",
            "\\n\\l",
            "&lt;",
            "a\nb",
            "\x00\x07",
            "日本",
            "{|}",
            "]] >",
            "  two  spaces",
            "\ud800",
            "n0",
            "é" * 40_000,
        ],
    )
    def test_labels_are_shown_as_they_are(self, label):
        with scope(label):
            svg = draw(Value(1.0, label=label).tanh()).svg()
        assert len(elements(svg, "node")) == 2
        assert len(elements(svg, "cluster")) == 1
        if label.isprintable() and len(label) < 100:
            assert "".join(label.split()) in "".join("".join(texts(svg)).split())

    @pytest.mark.parametrize("label", ["</b>", "&lt;", "\\N", "日本", "%", ""])
    def test_scopes_are_shown_as_they_are(self, label):
        with scope(label):
            y = Value(1.0).tanh() * 2
        svg = draw(y + 1).svg()
        assert len(elements(svg, "cluster")) == 1
        assert label in texts(svg) or not label

    def test_a_large_graph_is_drawn(self):
        assert len(elements(draw(network([2, 16, 16, 1], samples=15)).svg(), "node")) <= 150
        assert len(elements(draw(chain(10_000)).svg(), "node")) == 40

    def test_a_failing_graphviz_is_one_error(self):
        with pytest.raises(RuntimeError, match="Graphviz failed to draw"):
            render.render("digraph {", "svg")
