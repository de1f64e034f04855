"""The script is checked by TypeScript and ESLint; its arithmetic and its words, in Node.js."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from paging.browsing import SHOW, drawn_points, floats, program_of, too_far, ulps
from test_conventions import ROWS, same

from tinygrad_neuron import Value, topological_order
from tinygrad_neuron.drawing.look import short_figure
from tinygrad_neuron.paging import document, kernels
from tinygrad_neuron.program import Program

HERE = Path(__file__).parent
SCRIPTS = HERE.parents[2] / "tinygrad_neuron" / "paging" / "script"
TOOLS = HERE.parent / "node_modules" / ".bin"
pytestmark = pytest.mark.skipif(not shutil.which("node"), reason="there is no Node.js")
tools = pytest.mark.skipif(not TOOLS.exists(), reason="npm install --prefix tests/oracles wasn't run")


@tools
def test_types():
    done = subprocess.run([TOOLS / "tsc", "-p", HERE / "tsconfig.json"], capture_output=True, text=True, check=False)
    assert done.stdout == ""
    assert done.returncode == 0


@tools
@pytest.mark.parametrize("name", document.SCRIPTS)
def test_lint(name):
    source = (SCRIPTS / f"{name}.js").read_text()
    command = [TOOLS / "eslint", "--stdin", "--stdin-filename", f"page/{name}.js", "--max-warnings", "0"]
    done = subprocess.run(command, input=source, cwd=HERE.parent, capture_output=True, text=True, check=False)
    assert done.stdout == ""
    assert done.returncode == 0


def node(tmp_path, program):
    """What a program prints that imports the page's own modules."""
    (tmp_path / "run.mjs").write_text(program)
    done = subprocess.run(["node", "run.mjs"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout.splitlines()


def module(name):
    return json.dumps((SCRIPTS / f"{name}.js").as_uri())


def test_every_primitive_over_its_domain(tmp_path):
    points = drawn_points()
    program = program_of(points, f"import {{ kernelOf }} from {module('engine')};")
    assert too_far(points, node(tmp_path, f"{program}\nlines.forEach((line) => console.log(line));")) == {}


def recomputed(tmp_path, roots):
    """The script's own values and gradients of graphs, from their leaves alone."""
    lines = [f"import {{ figuresOf, graphOf }} from {module('engine')};", kernels.constants(), SHOW]
    for root in roots:
        graph = {**document.numbers_of(Program.of(root)), "points": []}
        assert graph["frozen"] == ""
        lines.append(f"{{ const graph = graphOf({json.dumps(json.dumps(graph))}, operations);")
        lines.append("const given = graph.nodes.map((node) => (node.operation ? NaN : node.value));")
        lines.append("const figures = figuresOf(graph, given);")
        lines.append("show([...figures.values, ...figures.gradients]); }")
    lines.append("lines.forEach((line) => console.log(line));")
    for root, line in zip(roots, node(tmp_path, "\n".join(lines)), strict=True):
        numbers, order = floats(line), topological_order(root)
        yield (
            root,
            dict(zip(order, numbers[: len(order)], strict=True)),
            dict(zip(order, numbers[len(order) :], strict=True)),
        )


def test_the_edges_of_the_conventions(tmp_path):
    roots, leaves = [], []
    for row in ROWS:
        values = [Value(number) for number in row.point]
        root = row.function(*values)
        roots.append(root)
        leaves.append(values)
    assert len(roots) > 30
    for row, values, (root, found, gradients) in zip(ROWS, leaves, recomputed(tmp_path, roots), strict=True):
        assert same(found[root], row.value) or ulps(found[root], row.value) <= 4, row
        for value, gradient in zip(values, row.gradients, strict=True):
            assert same(gradients[value], gradient) or ulps(gradients[value], gradient) <= 8, row


# ---------------------------------------------------------------- words
def test_figures_are_those_of_the_pictures(tmp_path):
    chance = random.Random(3)
    numbers = [chance.uniform(-1, 1) * 10 ** chance.uniform(-9, 9) for _ in range(500)]
    numbers += [0.001, 0.00099999, 0.0001, 99999.0, 99999.9, 1.0, -1.0, 0.0]
    program = f"""import {{ short }} from {module("steps")};
for (const x of {numbers}) console.log(short(x, 3, true), short(x, 2));
console.log(short(NaN, 3, true), short(-Infinity), short(Infinity, 3, true));"""
    *shown, odd = node(tmp_path, program)
    expected = [f"{short_figure(x, signed=True)} {short_figure(x, digits=2)}" for x in numbers]
    assert [line.replace("e-", "e−") for line in shown] == expected
    assert odd == "nan −∞ +∞"


def test_numbers_of_a_seed(tmp_path):
    program = f"""import {{ halfAUnit, numbersOf }} from {module("quiz")};
const drawn = [1, 2, 3].map((seed) => numbersOf([0.4, 0.5, -3, 12.5, 0], seed));
console.log(JSON.stringify([drawn, numbersOf([0.4, 0.5, -3, 12.5, 0], 2)]));
console.log(JSON.stringify(["1", "0.30", "-1,5", "2e-3", "1.50E2"].map(halfAUnit)));"""
    first, second = map(json.loads, node(tmp_path, program))
    (one, two, three), again = first
    assert two == again
    assert one != two != three
    for row in (one, two, three):
        assert row[2] == -3  # a count
        assert all(round(each, 2) == each and abs(each) not in (0, 0.5, 1, 2) for each in row)
        assert len({abs(each) for each in row}) == len(row)
    assert second == pytest.approx([0.5, 0.005, 0.05, 0.0005, 0.5])
