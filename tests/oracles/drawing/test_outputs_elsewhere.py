"""Pictures by Graphviz, an office program and in Pyodide, Mermaid by its real parser, and in a notebook."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import warnings
from importlib.util import find_spec
from pathlib import Path

import pytest
from drawing.gallery import TEN, network
from drawing.graphs import chain, neuron
from drawing.svgs import labelled_graphs
from hypothesis import given, settings
from PIL import Image, ImageChops
from strategies import examples

from tinygrad_neuron import draw, frames, variables
from tinygrad_neuron.drawing import render
from tinygrad_neuron.nn import MLP

HERE = Path(__file__).parent
needs_dot = pytest.mark.skipif(not shutil.which("dot"), reason="needs the dot program")
needs_office = pytest.mark.skipif(not shutil.which("soffice"), reason="needs LibreOffice")
needs_pyodide = pytest.mark.skipif(
    not (shutil.which("node") and (HERE.parent / "node_modules" / "pyodide").exists()),
    reason="needs Node.js and npm install --prefix tests/oracles",
)
needs_mermaid = pytest.mark.skipif(
    not (shutil.which("node") and (HERE.parent / "node_modules" / "mermaid").exists()),
    reason="needs Node.js and npm install --prefix tests/oracles",
)


class TestGraphviz:
    @needs_dot
    def test_the_dot_program_makes_a_pdf(self, tmp_path):
        draw(neuron(), title="One neuron", path="weight").save(tmp_path / "neuron.pdf")
        assert (tmp_path / "neuron.pdf").read_bytes().startswith(b"%PDF")
        with pytest.raises(RuntimeError, match="Graphviz failed to draw"):
            render.render("digraph {", "svg")

    def test_what_pygraphviz_brings_makes_the_same(self, tmp_path, monkeypatch):
        monkeypatch.setattr(render.shutil, "which", lambda _: None)
        draw(network(2, 4, 1)).save(tmp_path / "network.pdf")
        assert (tmp_path / "network.pdf").read_bytes().startswith(b"%PDF")
        with pytest.raises(RuntimeError, match="Graphviz failed to draw"):
            render.render("digraph {", "svg")

    @needs_dot
    @given(root=labelled_graphs())
    @settings(examples(20))
    def test_it_reads_hostile_labels(self, root):
        picture = draw(root, view="operations")
        laid = json.loads(render.render(picture.dot.source, "json0"))
        boxes = [each for each in laid.get("objects", []) if "width" in each]
        assert len(boxes) == len(picture.view.boxes)
        assert len(laid.get("edges", [])) == len(picture.view.edges)

    @needs_dot
    def test_it_ends_with_the_call(self, monkeypatch):
        monkeypatch.setattr(render, "SECONDS", 0.001)
        with pytest.raises(RuntimeError, match=r"Graphviz took more than 0\.001 s"):
            render.render(draw(neuron()).dot.source, "pdf")
        left = subprocess.run(
            ["ps", "-o", "comm=", "--ppid", str(os.getpid())], capture_output=True, text=True, check=True
        )
        assert "dot" not in left.stdout.split()


@needs_office
def test_an_office_program_shows_the_same_letters_and_lines(tmp_path):
    """LibreOffice's own SVG import and Chromium's neighbor resvg make pictures that differ by their letters alone."""
    names = ("neuron", "2-8-8-1", "softmax of 3")
    for name in names:
        draw(TEN[name][0](), width=1280).save(tmp_path / f"{name}.svg")
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    files = [str(tmp_path / f"{name}.svg") for name in names]
    command = ["soffice", profile, "--headless", "--convert-to", "png", "--outdir", str(tmp_path), *files]
    subprocess.run(command, capture_output=True, check=True, timeout=300)
    for name in names:
        with Image.open(tmp_path / f"{name}.png") as shown:
            theirs = shown.convert("RGB")
        ours = Image.open(io.BytesIO(render.png_of((tmp_path / f"{name}.svg").read_text(), 1.0))).convert("RGB")
        assert theirs.width / theirs.height == pytest.approx(ours.width / ours.height, rel=0.01)
        counts = ImageChops.difference(theirs.resize(ours.size), ours).convert("L").histogram()
        assert sum(counts[100:]) / sum(counts) < 0.03
        colors = {color for _, color in theirs.getcolors(10**7)}
        assert any(b > r + 80 for r, _, b in colors)  # the blue of a positive gradient
        assert any(r > b + 80 for r, _, b in colors)


@needs_pyodide
def test_the_wheel_draws_in_pyodide(tmp_path):
    build = [sys.executable, "-m", "build", "--wheel", "--outdir", str(tmp_path), str(HERE.parents[2])]
    subprocess.run(build, capture_output=True, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    packages = tmp_path / "packages"
    packages.mkdir()
    needed = ("graphviz", "rich", "pygments", "markdown_it", "mdurl", "shtab")  # what pip installs there: pure Python
    for name in needed:
        folder = Path(find_spec(name).origin).parent
        shutil.copytree(folder, packages / name, ignore=shutil.ignore_patterns("__pycache__"))
    command = ["node", str(HERE / "pyodide.mjs"), str(wheel), str(packages)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found["platform"] == "emscripten"
    assert all(0 < gradient < 1 for gradient in found["gradients"])  # of graphs of up to 300,000 nodes, which are freed
    assert not found["graphviz"]
    x, w = variables(x=3.0, w=2.0)
    y = (x * w).tanh()
    y.label = "y"
    y.backward()
    assert found["svg"] == draw(y).svg()
    assert found["text"] == draw(y).text()
    assert found["frames"] == len(frames(y))
    assert found["dot"] == draw(y).dot.source
    assert found["notebook"] == ["text/html", "text/plain"]
    assert 'class="graph"' in found["page"]
    (out,) = MLP([2, 8, 8, 1], seed=1)([0.9, -0.4])
    out.backward()
    details = r' aria-label="[^"]*"|<title>[^<]*</title>'  # whose last digits are those of another math library
    assert re.sub(details, "", found["network"]) == re.sub(details, "", draw(out, width=390).svg())


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


@needs_mermaid
def test_the_real_parser_reads_it(tmp_path):
    sources = [
        draw(neuron(), title='A "title": {x} %%', backward=backward, path="bias").mermaid()
        for backward in (False, True)
    ]
    sources += [draw(make(), view=view, at=at).mermaid() for make, views in TEN.values() for view, at in views]
    sources += [draw(chain(10)).mermaid(), draw(network(2, 4, 1), view="operations").mermaid()]
    assert mermaid_complaints(sources, tmp_path) == [None] * len(sources)


@needs_mermaid
def test_the_real_parser_reads_hostile_labels(tmp_path):
    found = []

    @given(root=labelled_graphs())
    @settings(examples(100), database=None)
    def collect(root):
        found.append(draw(root, title=root.operands[0].label).mermaid())

    collect()
    complaints = mermaid_complaints(found, tmp_path)
    assert complaints == [None] * len(found)


@needs_mermaid
def test_the_parser_does_complain(tmp_path):
    (complaint,) = mermaid_complaints(["flowchart LR\n  a[ -->"], tmp_path)
    assert "Parse error" in complaint


def test_a_notebook_executed_and_exported_shows_the_inline_svg():
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    exporters = pytest.importorskip("nbconvert.exporters")
    code = "from tinygrad_neuron import variables\nx, w = variables(x=3.0, w=2.0)\ny = (x * w).tanh()\ny.backward()\ny"
    more = "from tinygrad_neuron import frames, page\nframes(y)", "page(y)"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in (code, *more)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the notebook's own machinery
        nbclient.NotebookClient(notebook).execute()
        page, _ = exporters.HTMLExporter().from_notebook_node(notebook)
    assert "<svg" in page
    assert "tanh" in page
    assert "x = 3.0; gradient" in page
    assert "animation-delay" in page
    assert 'srcdoc="&lt;!DOCTYPE html&gt;' in page
