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
from tinygrad_neuron.drawing.sight import whole_view
from tinygrad_neuron.paging import document
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
    assert too_far(points, node(tmp_path, program_of(points) + "\nlines.forEach((line) => console.log(line));")) == {}


def recomputed(tmp_path, roots):
    """The script's own values and gradients of graphs, from their leaves alone."""
    lines = [f"import {{ figuresOf, graphOf }} from {module('engine')};", SHOW]
    for root in roots:
        graph, rules = document.graph_and_rules(Program.of(root), whole_view(Program.of(root)))
        assert graph["frozen"] == ""
        text = json.dumps(json.dumps(graph))
        lines.append(f"{{ {rules}\nconst graph = graphOf({text});")
        lines.append("const given = graph.nodes.map((node) => (node.operation ? NaN : node.value));")
        lines.append("const figures = figuresOf(graph, rules, given);")
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
    from tinygrad_neuron.drawing.look import figure

    chance = random.Random(3)
    numbers = [chance.uniform(-1, 1) * 10 ** chance.uniform(-9, 9) for _ in range(500)]
    numbers += [0.001, 0.00099999, 99999.0, 99999.9, 1.0, -1.0]
    program = f"import {{ figure }} from {module('steps')};\nfor (const x of {numbers}) console.log(figure(x));"
    assert [line.replace("−", "-") for line in node(tmp_path, program)] == [figure(x) for x in numbers]


FORMULAS = {
    "2*3 + 4": 10.0,
    "-2**2": -4.0,
    "(-2)^2": 4.0,
    "2^-1": 0.5,
    "2^3^2": 512.0,
    "8/4/2": 1.0,
    "7 - 2 - 1": 4.0,
    "−x² + 1.5e1": 6.0,
    "2·x×y": 24.0,
    "tanh(0) + relu(-x) + hypot(x, y)": 5.0,
    "x.grad + y": 14.0,
    "1 - 2*-x": 7.0,
    "(x + y)²": 49.0,
    ".5e-1 + +1": 1.05,
    "θ' - 1": 1.0,
}
SENSELESS = {
    "": "the formula ends too early",
    "2 +": "the formula ends too early",
    "2 3": "“3” is too much",
    "(2": "expected “)” at the end",
    "2)": "“)” is too much",
    "sine(2)": "there is no function “sine”",
    "constructor(2)": "there is no function “constructor”",
    "2 $ 3": "“$” can't be read",
    "*2": "“*” stands where a number or a name should be",
    "hypot(1, 2": "expected “)” at the end",
    "x = 3": "“=” can't be read",
}


def test_formulas(tmp_path):
    program = f"""import {{ FormulaError, parsed }} from {module("quiz")};
{document.script_of([])}
const names = {{ x: 3, y: 4, "x.grad": 10, "θ'": 2 }};
for (const text of {json.dumps([*FORMULAS, *SENSELESS])}) {{
  try {{ console.log(parsed(text, calculator)((name) => names[name])); }}
  catch (error) {{ if (!(error instanceof FormulaError)) throw error; console.log(error.message); }}
}}"""
    said = node(tmp_path, program)
    assert [float(line) for line in said[: len(FORMULAS)]] == pytest.approx(list(FORMULAS.values()))
    assert said[len(FORMULAS) :] == list(SENSELESS.values())


# planted answers for a gradient of 0.3, with local derivatives 0.4 (named a), 1 (b) and -5 (c) on its ways
ANSWERS = {
    "0.3": "right",
    "0.30": "right",
    "0.31": "not right",
    "-0.3": "wrong sign",
    "0.6": "off by a factor 2: twice too large",
    "0.15": "off by a factor 2: half of it",
    "0.75": "missing factor a",
    "0.12": "one factor too many: a",
    "-0.06": "missing factor c",
    "-1.5": "one factor too many: c",
    "-0.75": "wrong sign, and missing factor a",
    "7": "not right",
    "1": "give more digits",
    "0": "give more digits",
}


def test_verdicts(tmp_path):
    program = f"""import {{ halfAUnit, judged }} from {module("quiz")};
const factors = [{{ name: "a", value: 0.4 }}, {{ name: "b", value: 1 }}, {{ name: "c", value: -5 }}];
for (const text of {json.dumps(list(ANSWERS))}) console.log(judged(Number(text), 0.3, halfAUnit(text), factors).words);
console.log(judged(0, 0, 0.5, factors).words, judged(0.1, 0, 0.05, factors).words, judged(NaN, 1, 0, []).words);
console.log(judged(NaN, NaN, 0, factors).words);"""
    *said, zeros, nan = node(tmp_path, program)
    assert dict(zip(ANSWERS, said, strict=True)) == ANSWERS
    assert zeros == "right not right not a number here"
    assert nan == "right"
