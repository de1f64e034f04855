"""The script is checked by TypeScript and ESLint; its arithmetic and its words, in Node.js."""

from __future__ import annotations

import json
import math
import random
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from cases import CASES
from test_conventions import ROWS, same

from tinygrad_neuron import Value, topological_order
from tinygrad_neuron.draw.model import picture_model
from tinygrad_neuron.page import document
from tinygrad_neuron.primitive import PRIMITIVES

HERE = Path(__file__).parent
SCRIPTS = HERE.parents[1] / "tinygrad_neuron" / "page" / "script"
TOOLS = HERE.parent / "node_modules" / ".bin"
pytestmark = pytest.mark.skipif(not shutil.which("node"), reason="there is no Node.js")
tools = pytest.mark.skipif(not TOOLS.exists(), reason="npm install --prefix tests wasn't run")


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


SHOW = """
const view = new DataView(new ArrayBuffer(8));
const bits = (x) => { view.setFloat64(0, x); return view.getBigUint64(0).toString(16).padStart(16, "0"); };
const show = (numbers) => console.log(numbers.map(bits).join(" "));
"""


def floats(line):
    return [struct.unpack(">d", bytes.fromhex(word))[0] for word in line.split()]


def script(number):
    return str(number).replace("inf", "Infinity").replace("nan", "NaN")


def ulps(found, expected):
    if found == expected or (math.isnan(found) and math.isnan(expected)):
        return 0.0
    if not (math.isfinite(found) and math.isfinite(expected)):
        return math.inf
    return abs(found - expected) / math.ulp(expected)


# roundings of V8's functions, and of those that are composed of several; the local derivatives of compositions cancel
FORWARD = {"gelu": 200, "erfc": 64, "logsumexp": 32, "elu": 8, "silu": 8, "softplus": 8, "sigmoid": 8, "erf": 8}
PARTIALS = {"gelu": 200, "erfc": 64, "erf": 64}
N_POINTS = 200


@pytest.fixture(scope="module")
def points():
    chance = random.Random(7)
    found = {}
    for name, case in CASES.items():
        drawn = []
        while len(drawn) < N_POINTS:
            point = tuple(chance.uniform(*domain) for domain in case.domains)
            if case.clear(*point):
                drawn.append(point)
        found[name] = drawn
    return found


def test_every_primitive_over_its_domain(tmp_path, points):
    rules = document.script_of((PRIMITIVES[name], len(CASES[name].domains)) for name in CASES)
    lines = [rules, SHOW]
    asked = []
    for name, drawn in points.items():
        entry = PRIMITIVES[name]
        rule = f"rules[{json.dumps(document.rule_key(entry, len(drawn[0])))}]"
        for point in drawn:
            asked.append((entry, point))
            y, xs = script(entry.evaluate(*point)), ", ".join(map(script, point))
            lines.append(f"show([{rule}.forward([{xs}]), ...{rule}.partials({y}, [{xs}])]);")
    worst = {}
    for (entry, point), line in zip(asked, node(tmp_path, "\n".join(lines)), strict=True):
        y, *slopes = floats(line)
        expected = entry.evaluate(*point)
        wanted = [entry.variadic or rule is not None for rule in entry.rules] * (len(point) if entry.variadic else 1)
        pairs = [(expected, y, FORWARD)]
        partials = entry.partials(expected, point, wanted)
        pairs += [(float(a), b, PARTIALS) for a, b in zip(partials, slopes, strict=True) if a is not None]
        for one, other, bounds in pairs:
            kind = "forward" if bounds is FORWARD else "partials"
            worst[entry.name, kind] = max(
                worst.get((entry.name, kind), 0), ulps(other, one) / bounds.get(entry.name, 4)
            )
    assert {key: ratio for key, ratio in worst.items() if ratio > 1} == {}


def recomputed(tmp_path, roots):
    """The script's own values and gradients of graphs, from their leaves alone."""
    lines = [f"import {{ figuresOf, graphOf }} from {module('engine')};", SHOW]
    for root in roots:
        graph, rules = document.graph_and_rules(root, picture_model(root))
        assert graph["frozen"] == ""
        text = json.dumps(json.dumps(graph))
        lines.append(f"{{ {rules}\nconst graph = graphOf({text});")
        lines.append("const given = graph.nodes.map((node) => (node.operation ? NaN : node.value));")
        lines.append("const figures = figuresOf(graph, rules, given);")
        lines.append("show([...figures.values, ...figures.gradients]); }")
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
    from tinygrad_neuron.draw.look import figure

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
