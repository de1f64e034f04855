"""The formats: SVG of our own, Graphviz' and Mermaid's languages, text, notebooks."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from drawing.gallery import network, recurrence, softmax
from drawing.graphs import chain, neuron
from drawing.svgs import SVG, elements, labelled_graphs, texts
from hypothesis import given
from strategies import examples

from tinygrad_neuron import Value, draw, scope, topological_order, variables
from tinygrad_neuron.drawing import look, render
from tinygrad_neuron.drawing.render import RendererMissingError

HERE = Path(__file__).parent


def matches(name, source):
    """Whether a text is what it was when somebody looked at it."""
    path = HERE / "snapshots" / name
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_text(source, encoding="utf-8")
        pytest.fail(f"{path} was written: look at it and commit it")
    return source == path.read_text(encoding="utf-8")


class TestSvg:
    def test_it_is_described_and_has_attributes_alone(self):
        svg = draw(neuron(), title="One neuron", view="operations").svg()
        root = ET.fromstring(svg)  # noqa: S314
        assert "viewBox" in root.attrib
        assert (root.get("role"), root.get("aria-label")) == ("img", "One neuron")
        assert not re.search(r"<style| style=|<script|url\(|href", svg)
        titles = [each.text for each in root.iter(f"{SVG}title")]
        assert "weight = 0.5; gradient -0.020105429430100793 × 0.4 = -0.008042171772040318" in titles
        assert any(
            title.startswith("weight → input*weight: ∂(input*weight)/∂(weight) = 0.4; upstream") for title in titles
        )
        assert "The graph of loss, stages: 8 boxes and 7 edges" in draw(neuron()).svg()

    def test_a_title_a_formula_and_a_sentence_on_top(self):
        svg = draw(neuron(), title="One neuron").svg()
        said = texts(svg)
        assert said[0] == "One neuron"
        assert "".join(said[1 : said.index("2") + 2]).startswith("loss = (tanh(input·weight + bias) − target)2")
        assert "A gradient says how fast loss grows with that value." in said
        assert not any("how fast" in each for each in texts(draw(neuron(backward=False)).svg()))
        assert not any("how fast" in each for each in texts(draw(neuron(), path="weight").svg()))
        assert draw(softmax(), width=390).view.formula is not None
        long = texts(draw(recurrence(10), view="stages", width=390).svg())  # what can't be written whole isn't written
        assert long[:2] == ["8 more boxes are left out", "+"]

    @given(root=labelled_graphs())
    @examples(100)
    def test_hostile_labels_and_all_nodes_and_edges(self, root):
        shown = [node for node in topological_order(root) if node.label or not node.is_constant]
        svg = draw(root, view="operations").svg()
        assert len(elements(svg, "node")) == len(shown)
        assert len(elements(svg, "edge")) == sum(
            any(o is each for each in shown) for node in shown for o in node.operands
        )
        keys = re.findall(r' id="([^"]*)"', svg)
        assert len(keys) == len(set(keys))
        for view in ("stages", "nearest"):
            ET.fromstring(draw(root, view=view, width=390).svg())  # noqa: S314

    @pytest.mark.parametrize(
        "label",
        [
            *(
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
            ),
            *("é" * 40_000, "__proto__", "x_", "_", "w_{12}", "⁽¹⁾"),
        ],
    )
    def test_labels_are_shown_as_they_are(self, label):
        with scope(label):
            root = Value(1.0, label=label).tanh()
        svg = draw(root).svg()
        assert len(elements(svg, "node")) == 2
        assert len(elements(svg, "cluster")) == 1
        if label.isprintable() and len(label) < 10 and label not in ("⁽¹⁾", "w_{12}"):
            assert "".join(label.split()) in "".join("".join(texts(svg)).split())

    def test_blue_and_orange_are_signs_of_gradients_and_nothing_else(self):
        colors = look.COLORS["light"]
        ungraded = draw(neuron(backward=False)).svg()
        assert colors["plus"] not in ungraded
        assert colors["minus"] not in ungraded
        x = Value(2.0, label="x")
        y = x * 3
        y.backward()
        assert colors["minus"] not in draw(y, legend=False).svg()
        assert colors["plus"] in draw(y, legend=False).svg()

    @pytest.mark.parametrize("theme", look.COLORS)
    def test_every_letter_stands_out_from_what_is_behind_it(self, theme):
        def luminance(color):
            parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
            red, green, blue = (x / 12.92 if x <= 0.03928 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
            return 0.2126 * red + 0.7152 * green + 0.0722 * blue

        colors = look.COLORS[theme]
        for letters in ("ink", "soft", "plus", "minus"):
            for behind in ("paper", "box", "given", "frame"):
                light, dark = sorted((luminance(colors[letters]), luminance(colors[behind])), reverse=True)
                assert (light + 0.05) / (dark + 0.05) >= 4.5, (letters, behind)
        assert colors["paper"] in draw(neuron(), theme=theme).svg()

    def test_an_edge_is_as_wide_as_what_flows_back_along_it(self):
        a, b = variables(a=2.0, b=3.0)
        y = a * b + b * 100
        y.backward()
        widths = re.findall(r'class="edge".*?stroke-width="([\d.]+)"', draw(y).svg())
        flows = sorted(abs(edge.contribution) for edge in draw(y).view.edges)
        assert sorted(map(float, widths)) == pytest.approx(
            [0.9 + 3.4 * (flow / flows[-1]) ** 0.5 for flow in flows], abs=0.01
        )

    def test_the_sizes_of_slides_and_pages(self):
        slide, sheet = (ET.fromstring(draw(softmax(), width=width).svg()) for width in ("slide", "A4"))  # noqa: S314
        assert int(slide.get("width")) / int(slide.get("height")) == pytest.approx(16 / 9, rel=0.01)
        assert int(slide.get("width")) <= 1281
        assert int(sheet.get("width")) <= 690
        shapes = {shape: draw(softmax(), shape=shape).arranged.shape for shape in ("lying", "standing", "list")}
        assert shapes == {"lying": "lying", "standing": "standing", "list": "list"}

    def test_arrows_along_which_gradients_flow(self):
        x = Value(2.0, label="x")
        y = x.tanh()
        forward, backward = (draw(y, backward=turned).svg() for turned in (False, True))
        heads = [re.search(r'<path fill="#\w+" d="M([\d.]+),', svg)[1] for svg in (forward, backward)]
        assert float(heads[0]) > float(heads[1])
        assert "dir=back" in draw(y, backward=True).dot.source
        assert re.search(r"n1 -->\S* n0", draw(y, backward=True).mermaid())

    def test_the_same_in_every_process(self):
        program = (
            "import sys; sys.path.insert(0, 'tests')\n"
            "from drawing.gallery import TEN\n"
            "from tinygrad_neuron import draw\n"
            "for make, views in TEN.values():\n"
            "    for view, at in views: sys.stdout.write(draw(make(), view=view, at=at, width=390).svg())"
        )
        found = set()
        for seed in ("0", "1", "4711"):
            run = subprocess.run(
                [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=HERE.parents[1],
                env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(filter(None, sys.path)), "PATH": ""},
            )  # fmt: skip
            found.add(run.stdout)
        assert len(found) == 1
        assert len(found.pop()) > 100_000


class TestGraphviz:
    @pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
    @pytest.mark.parametrize("view", ["stages", "operations"])
    def test_snapshots(self, view, backward):
        source = draw(neuron(), view=view, backward=backward, title="Neuron").dot.source
        assert matches(f"neuron-{view}{'-backward' * backward}.dot", source)

    def test_a_network(self):
        assert matches("network.dot", draw(network(2, 4, 1)).dot.source)

    def test_labels_values_gradients_and_local_derivatives(self):
        source = draw(neuron()).dot.source
        assert "<b>output</b> = tanh(net)" in source
        assert "value  0.6640" in source.replace("\xa0", " ")
        assert "grad  -0.03596" in source.replace("\xa0", " ")
        assert re.search(r'n3 -> n4 \[label=" \+0\.5591 "', source)

    def test_operands_in_order_and_both_edges_of_a_square(self):
        a, b = variables(a=2.0, b=3.0)
        edges = re.findall(r"(n\d+) -> (n\d+)", draw((a - b) * (a - b)).dot.source)
        assert edges == [("n0", "n2"), ("n1", "n2"), ("n0", "n3"), ("n1", "n3"), ("n2", "n4"), ("n3", "n4")]
        assert re.findall(r"(n\d+) -> (n\d+)", draw(a * a).dot.source) == [("n0", "n1"), ("n0", "n1")]


class TestFiles:
    @pytest.mark.parametrize("suffix", ["svg", "png", "dot", "mmd", "txt", "json"])
    def test_saving_in_every_format(self, suffix, tmp_path):
        path = tmp_path / f"neuron.{suffix}"
        neuron().draw().save(path)
        begins = {"svg": b"<svg", "png": b"\x89PNG", "dot": b"digraph", "mmd": b"flowchart", "txt": b"  ", "json": b"{"}
        assert path.read_bytes().startswith(begins[suffix])
        assert [each.name for each in tmp_path.iterdir()] == [path.name]

    def test_what_is_not_installed_is_named_and_nothing_is_written(self, tmp_path, monkeypatch):
        monkeypatch.setattr(render.shutil, "which", lambda _: None)
        monkeypatch.setattr(render, "find_spec", lambda _: None)
        monkeypatch.setitem(sys.modules, "resvg_py", None)
        picture = draw(neuron())
        with pytest.raises(
            RendererMissingError, match=r"apt install graphviz.*pip install 'tinygrad_neuron\[graphviz\]'"
        ):
            picture.save(tmp_path / "neuron.pdf")
        with pytest.raises(RendererMissingError, match=r"pip install 'tinygrad_neuron\[png\]', or save as .svg"):
            picture.save(tmp_path / "neuron.png")
        assert list(tmp_path.iterdir()) == []
        picture.save(tmp_path / "neuron.svg")
        assert set(picture._repr_mimebundle_()) == {"text/html", "text/plain"}

    def test_another_suffix_is_refused(self, tmp_path):
        said = r"the suffix must be one of \.svg, \.png, \.pdf, \.dot, \.mmd, \.txt, \.json"
        with pytest.raises(ValueError, match=said):
            draw(neuron()).save(tmp_path / "neuron.bmp")


class TestMermaid:
    def test_snapshot(self):
        assert matches("neuron.mmd", draw(neuron(), title="Neuron", path="weight").mermaid())

    @pytest.mark.parametrize("backward", [False, True])
    def test_arrows_go_with_what_flows(self, backward):
        x, w = variables(x=3.0, w=2.0)
        y = x * w
        y.backward()
        source = draw(y, backward=backward).mermaid()
        arrows = re.findall(r"^  (\w+) -->(\S*) (\w+)$", source, re.MULTILINE)
        ends = [("n0", "n2"), ("n1", "n2")] if not backward else [("n2", "n0"), ("n2", "n1")]
        assert [(tail, head) for tail, _, head in arrows] == ends
        assert [label for _, label, _ in arrows] == ['|"+2.000"|', '|"+3.000"|']

    def test_edges_of_constants_are_dotted(self):
        assert re.search(r"n0 -.-> n2", draw(Value(2.0, label="c", constant=True) * Value(3.0, label="x")).mermaid())


class TestText:
    def test_a_line_for_each_box(self):
        lines = draw(neuron()).text().splitlines()
        assert len(lines) == 10
        assert "output = tanh(net)" in lines[6]
        assert "net +0.5591" in lines[6]
        parameters = draw(softmax()).text()
        assert "    w_11" in parameters

    def test_color_and_width_are_for_terminals(self):
        picture = draw(neuron())
        assert "\x1b" not in picture.text()
        assert "\x1b[" in picture.text(color=True)
        assert max(map(len, picture.text(width=60).splitlines())) <= 60

    def test_a_deep_graph_is_no_deep_recursion(self):
        assert "more boxes are left out" in draw(chain(10_000)).text()
        y = x = Value(1.0, label="x")
        for _ in range(5_000):
            y = (y + x).sin()
        y.label = "y"
        assert "sin(" in draw(y, view="stages").text()
        assert "…" in draw(y, view="stages").svg()
        assert len(draw(recurrence(500)).view.boxes) == 30


class TestNotebook:
    def test_inline_svg_comes_first(self):
        bundle = draw(neuron())._repr_mimebundle_()
        assert list(bundle) == ["text/html", "text/plain"]
        assert bundle["text/html"].startswith("<svg")

    def test_a_value_shows_its_picture_and_a_leaf_its_text(self):
        loss = neuron()
        assert loss._repr_mimebundle_()["text/plain"] == repr(loss)
        assert "text/html" in loss._repr_mimebundle_()
        assert Value(1.0)._repr_mimebundle_() == {"text/plain": "Value(1.0)"}
