"""The formats: Graphviz by both renderers, Mermaid by the real parser, text, notebooks."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pytest
from drawing.graphs import chain, network, neuron
from drawing.rendering import Rendering

from tinygrad_neuron import Value, draw, variables
from tinygrad_neuron.drawing import render
from tinygrad_neuron.drawing.picture import _say_once
from tinygrad_neuron.drawing.render import RendererMissingError

HERE = Path(__file__).parent


@pytest.fixture
def no_renderer(monkeypatch):
    monkeypatch.setattr(render.shutil, "which", lambda _: None)
    monkeypatch.setattr(render, "find_spec", lambda _: None)


class TestGraphviz:
    @pytest.mark.parametrize("style", ["box", "circuit"])
    @pytest.mark.parametrize("detail", ["full", "forward", "backward"])
    def test_snapshots(self, detail, style):
        path = HERE / "snapshots" / f"neuron-{detail}-{style}.dot"
        source = draw(neuron(), detail=detail, style=style, title="Neuron", legend=True).dot.source
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            path.write_text(source, encoding="utf-8")
            pytest.fail(f"{path} was written: look at it and commit it")
        assert source == path.read_text(encoding="utf-8")

    def test_labels_values_gradients_and_local_derivatives(self):
        source = draw(neuron()).dot.source
        assert "<b>output</b> = tanh(net)" in source
        assert "value  0.6640" in source.replace("\xa0", " ")
        assert "grad  -0.03596" in source.replace("\xa0", " ")
        assert re.search(r'n4 -> n5 \[label=" \+0\.5591 "', source)

    def test_forward_shows_values_alone_and_backward_turns_the_arrows(self):
        forward, backward = (draw(neuron(), detail=detail).dot.source for detail in ("forward", "backward"))
        assert "grad" not in re.sub('tooltip="[^"]*"', "", forward)
        assert "+0.5591" not in re.sub('tooltip="[^"]*"', "", forward)
        assert backward.count("dir=back") == 9

    def test_operands_in_order_and_both_edges_of_a_square(self):
        a, b = variables(a=2.0, b=3.0)
        edges = re.findall(r"(n\d+) -> (n\d+)", draw((a - b) * (a - b)).dot.source)
        assert edges == [("n0", "n2"), ("n1", "n2"), ("n0", "n3"), ("n1", "n3"), ("n2", "n4"), ("n3", "n4")]
        assert re.findall(r"(n\d+) -> (n\d+)", draw(a * a).dot.source) == [("n0", "n1"), ("n0", "n1")]


class TestTheGraphvizThatPygraphvizBrings(Rendering):
    @pytest.fixture(autouse=True)
    def _no_dot_program(self, monkeypatch):
        monkeypatch.setattr(render.shutil, "which", lambda _: None)


class TestWithoutARenderer:
    @pytest.mark.usefixtures("no_renderer")
    def test_saving_names_the_remedies_and_writes_nothing(self, tmp_path):
        with pytest.raises(RendererMissingError, match=r"apt install graphviz.*pip install pygraphviz") as found:
            draw(neuron()).save(tmp_path / "neuron.svg")
        assert "\n" not in str(found.value)
        assert list(tmp_path.iterdir()) == []
        for suffix in ("dot", "mmd", "txt"):
            draw(neuron()).save(tmp_path / f"neuron.{suffix}")

    @pytest.mark.usefixtures("no_renderer")
    def test_a_repr_falls_back_to_text_and_says_once_what_to_install(self):
        _say_once.cache_clear()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("default")
            bundles = [neuron()._repr_mimebundle_() for _ in range(3)]
        assert len([each for each in caught if "pip install pygraphviz" in str(each.message)]) == 1
        assert all(set(bundle) == {"text/plain"} for bundle in bundles)


def test_another_suffix_or_option_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"the suffix must be one of \.svg, \.png, \.pdf, \.dot, \.mmd, \.txt, \.json"):
        draw(neuron()).save(tmp_path / "neuron.bmp")
    with pytest.raises(ValueError, match="detail='all': it is one of forward, backward, full"):
        draw(neuron(), detail="all")
    with pytest.raises(ValueError, match="style='oval'"):
        draw(neuron(), style="oval")


class TestMermaid:
    def test_snapshot(self):
        path = HERE / "snapshots" / "neuron.mmd"
        source = draw(neuron(), title="Neuron", path="weight").mermaid()
        if not path.exists():
            path.write_text(source, encoding="utf-8")
            pytest.fail(f"{path} was written: look at it and commit it")
        assert source == path.read_text(encoding="utf-8")

    def test_it_folds_below_the_limit_of_500_edges(self):
        source = draw(network([2, 16, 16, 1]), max_nodes=10_000).mermaid()
        assert source.count("-->") + source.count("-.->") <= 500

    @pytest.mark.parametrize("detail", ["full", "forward", "backward"])
    def test_arrows_go_with_what_flows(self, detail):
        x, w = variables(x=3.0, w=2.0)
        y = x * w
        y.backward()
        source = draw(y, detail=detail).mermaid()
        arrows = re.findall(r"^  (\w+) -->(\S*) (\w+)$", source, re.MULTILINE)
        ends = [("n0", "n2"), ("n1", "n2")] if detail != "backward" else [("n2", "n0"), ("n2", "n1")]
        assert [(tail, head) for tail, _, head in arrows] == ends
        assert [label for _, label, _ in arrows] == (['|"+2.000"|', '|"+3.000"|'] if detail != "forward" else ["", ""])


class TestText:
    def test_a_line_for_each_node(self):
        lines = draw(neuron()).text().splitlines()
        assert len(lines) == 12
        assert "output = tanh(net)" in lines[7]
        assert "net +0.5591" in lines[7]

    def test_color_and_width_are_for_terminals(self):
        picture = draw(neuron())
        assert "\x1b" not in picture.text()
        assert "\x1b[" in picture.text(color=True)
        assert max(map(len, picture.text(width=60).splitlines())) <= 60

    def test_a_deep_graph_is_no_deep_recursion(self):
        assert "more of the graph" in draw(chain(10_000)).text()


class TestNotebook:
    def test_inline_svg_comes_first(self):
        bundle = draw(neuron())._repr_mimebundle_()
        assert list(bundle) == ["text/html", "image/svg+xml", "image/png", "text/plain"]
        assert bundle["text/html"].startswith("<svg")

    def test_a_value_shows_its_picture_and_a_leaf_its_text(self):
        loss = neuron()
        assert loss._repr_mimebundle_()["text/plain"] == repr(loss)
        assert "text/html" in loss._repr_mimebundle_()
        assert Value(1.0)._repr_mimebundle_() == {"text/plain": "Value(1.0)"}
