"""Pictures by the dot program, Mermaid by its real parser, and in a notebook that is run and exported."""

from __future__ import annotations

import json
import shutil
import subprocess
import warnings
from pathlib import Path

import pytest
from drawing.graphs import chain, network, neuron
from drawing.rendering import Rendering, labelled_graphs
from hypothesis import given, settings
from strategies import examples

from tinygrad_neuron import draw

HERE = Path(__file__).parent
needs_dot = pytest.mark.skipif(not shutil.which("dot"), reason="needs the dot program")
needs_mermaid = pytest.mark.skipif(
    not (shutil.which("node") and (HERE.parent / "node_modules" / "mermaid").exists()),
    reason="needs Node.js and npm install --prefix tests/oracles",
)


@needs_dot
class TestTheDotProgram(Rendering):
    """It is found on the path before the one that pygraphviz brings."""


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
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the notebook's own machinery
        nbclient.NotebookClient(notebook).execute()
        page, _ = exporters.HTMLExporter().from_notebook_node(notebook)
    assert "<svg" in page
    assert "tanh(x*w)" in page
    assert "x = 3.0; gradient" in page
