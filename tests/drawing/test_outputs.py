"""The formats: Graphviz by both renderers, Mermaid by the real parser, text, notebooks."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import warnings
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from drawing.graphs import chain, network, neuron
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import BENDING, SMOOTH, programs
from test_backward import ours

from tinygrad_neuron import Value, draw, scope, topological_order, variables
from tinygrad_neuron.drawing import render
from tinygrad_neuron.drawing.picture import _say_once
from tinygrad_neuron.drawing.render import RendererMissingError

HERE = Path(__file__).parent
SVG = "{http://www.w3.org/2000/svg}"
RENDERERS = {
    "dot": pytest.param("dot", marks=pytest.mark.skipif(not shutil.which("dot"), reason="needs the dot program")),
    "bundled": pytest.param(
        "bundled",
        marks=pytest.mark.skipif(not importlib.util.find_spec("pygraphviz"), reason="needs pygraphviz"),
    ),
}
needs_mermaid = pytest.mark.skipif(
    not (shutil.which("node") and (HERE.parent / "node_modules" / "mermaid").exists()),
    reason="needs Node.js and npm install --prefix tests",
)


@pytest.fixture(params=RENDERERS.values(), ids=RENDERERS)
def renderer(request, monkeypatch):
    """Each of the two renderers in turn."""
    if request.param == "bundled":
        monkeypatch.setattr(render.shutil, "which", lambda _: None)
    return request.param


@pytest.fixture
def no_renderer(monkeypatch):
    monkeypatch.setattr(render.shutil, "which", lambda _: None)
    monkeypatch.setattr(render, "find_spec", lambda _: None)


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

    @pytest.mark.parametrize("suffix", ["svg", "png", "pdf", "dot", "mmd", "txt"])
    def test_saving_in_every_format(self, renderer, suffix, tmp_path):
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

    def test_the_svg_scales_and_is_described(self, renderer):
        root = ET.fromstring(draw(neuron(), title="One neuron").svg())  # noqa: S314
        assert "viewBox" in root.attrib
        assert "width" not in root.attrib
        assert "width:100%" in root.get("style")
        assert (root.get("role"), root.get("aria-label")) == ("img", "One neuron")
        titles = [each.text for each in root.iter(f"{SVG}title")]
        assert "weight = 0.5; gradient -0.020105429430100793 × 0.4 = -0.008042171772040318" in titles
        assert "weight → input*weight" in titles

    @given(root=labelled_graphs())
    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_hostile_labels_and_the_same_nodes_and_edges_by_both_renderers(self, root, monkeypatch):
        order = topological_order(root)
        edges = sum(len(node.operands) for node in order)
        for which in (shutil.which, lambda _: None):
            with monkeypatch.context() as patch:
                patch.setattr(render.shutil, "which", which)
                svg = draw(root).svg()
            assert len(elements(svg, "node")) == len(order)
            assert len(elements(svg, "edge")) == edges

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
    def test_labels_are_shown_as_they_are(self, renderer, label):
        with scope(label):
            svg = draw(Value(1.0, label=label).tanh()).svg()
        assert len(elements(svg, "node")) == 2
        assert len(elements(svg, "cluster")) == 1
        if label.isprintable() and len(label) < 100:
            assert "".join(label.split()) in "".join("".join(texts(svg)).split())

    @pytest.mark.parametrize("label", ["</b>", "&lt;", "\\N", "日本", "%", ""])
    def test_scopes_are_shown_as_they_are(self, renderer, label):
        with scope(label):
            y = Value(1.0).tanh() * 2
        svg = draw(y + 1).svg()
        assert len(elements(svg, "cluster")) == 1
        assert label in texts(svg) or not label

    def test_a_large_graph_is_drawn(self, renderer):
        assert len(elements(draw(network([2, 16, 16, 1], samples=15)).svg(), "node")) <= 150
        assert len(elements(draw(chain(10_000)).svg(), "node")) == 40

    def test_a_failing_graphviz_is_one_error(self, renderer):
        with pytest.raises(RuntimeError, match="Graphviz failed to draw"):
            render.render("digraph {", "svg")


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


def mermaid_complaints(sources, folder):
    paths = []
    for number, source in enumerate(sources):
        paths.append(folder / f"{number}.mmd")
        paths[-1].write_text(source, encoding="utf-8")
    done = subprocess.run(
        ["node", str(HERE / "parse_mermaid.mjs"), *map(str, paths)],
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


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

    @needs_mermaid
    def test_the_real_parser_reads_it(self, tmp_path):
        sources = [
            draw(neuron(), title='A "title": {x} %%', detail=detail, path="bias").mermaid()
            for detail in ("full", "forward", "backward")
        ]
        sources += [
            draw(network([2, 4, 1])).mermaid(),
            draw(network([2, 16, 16, 1])).mermaid(),
            draw(chain(10)).mermaid(),
        ]
        assert mermaid_complaints(sources, tmp_path) == [None] * len(sources)

    @needs_mermaid
    def test_the_real_parser_reads_hostile_labels(self, tmp_path):
        found = []

        @given(root=labelled_graphs())
        @settings(max_examples=100, database=None)
        def collect(root):
            found.append(draw(root, title=root.operands[0].label).mermaid())

        collect()
        complaints = mermaid_complaints(found, tmp_path)
        assert complaints == [None] * len(found)

    @needs_mermaid
    def test_the_parser_does_complain(self, tmp_path):
        (complaint,) = mermaid_complaints(["flowchart LR\n  a[ -->"], tmp_path)
        assert "Parse error" in complaint


class TestText:
    def test_a_line_for_each_node(self):
        lines = draw(neuron()).text().splitlines()
        assert len(lines) == 12
        assert "output = tanh(net)" in lines[7]
        assert "net +0.5591" in lines[7]

    def test_colour_and_width_are_for_terminals(self):
        picture = draw(neuron())
        assert "\x1b" not in picture.text()
        assert "\x1b[" in picture.text(colour=True)
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

    def test_a_notebook_executed_and_exported_shows_the_inline_svg(self):
        nbformat = pytest.importorskip("nbformat")
        nbclient = pytest.importorskip("nbclient")
        exporters = pytest.importorskip("nbconvert.exporters")
        code = (
            "from tinygrad_neuron import variables\nx, w = variables(x=3.0, w=2.0)\ny = (x * w).tanh()\ny.backward()\ny"
        )
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the notebook's own machinery
            nbclient.NotebookClient(notebook, timeout=120).execute()
            page, _ = exporters.HTMLExporter().from_notebook_node(notebook)
        assert "<svg" in page
        assert "tanh(x*w)" in page
        assert "x = 3.0; gradient" in page
