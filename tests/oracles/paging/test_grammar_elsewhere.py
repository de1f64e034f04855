"""The grammar of formulas in JavaScript has the table's meaning for every text, and Python's for hostile ones.

TINYGRAD_NEURON_SEED repeats a sample.
"""

from __future__ import annotations

import functools
import json
import math
import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from tinygrad_neuron import ExpressionError, parse
from tinygrad_neuron.formulas.expression import Expression
from tinygrad_neuron.formulas.grammar import list_forms
from tinygrad_neuron.paging import kernels

HERE = Path(__file__).parent
PACKAGE = HERE.parents[2] / "tinygrad_neuron"
MODULE = PACKAGE / "paging" / "script" / "grammar.js"
TOOLS = HERE.parent / "node_modules" / ".bin"
ENTRIES = json.loads((HERE.parents[1] / "formulas" / "grammar.json").read_text(encoding="utf-8"))
SEED = os.environ.get("TINYGRAD_NEURON_SEED") or str(random.randrange(2**32))
COUNT = int(os.environ.get("TINYGRAD_NEURON_TEXTS") or 2000)
RUNS = ["(", ")", "^", "**", "|", "√", "-", "−", "x ", "²", "{", "\\frac", "\\frac{", "a.", "1,", ";", "not ", "[", "x+", "x*", "x^", "x<", "2(", "sin ", "sin(", "∂", "x|", "√(", "=", "\n", "x(", "max(", "1e", "0x", "__proto__", "constructor", "toString(", "x.grad", "dx/dw", "\\text{", "_{", "w and ", "𝑥", "≥", "e", "π", ",", "sum([", "clip("]  # fmt: skip  # noqa: E501
DERIVATIVES = {
    "∂L/∂net * x": ["∂L/∂net", "x"],
    "dloss/dnet·w": ["∂loss/∂net", "w"],
    "net.grad + w.grad": ["net.grad", "w.grad"],
    r"\frac{\partial L}{\partial net} x": ["∂L/∂net", "x"],
    r"\frac{dL}{dw}": ["∂L/∂w"],
    "d = x*w; d + ∂L/∂w + x": ["x", "w", "∂L/∂w"],
    "w x + w": ["w", "x"],
    "clip(x, high=w)": ["x", "w"],
    "1/2x": ["x"],
    "2 sin w x": ["w", "x"],
}
NUMBERS = {"-0,5": True, " 3e2 # x": True, "−1": True, "0x10": True, "(1)": False, "--1": False, "π": False, "x": False}
pytestmark = pytest.mark.skipif(not shutil.which("node"), reason="there is no Node.js")


@functools.cache
def program():
    """The module with what every page gives it: the words of the grammar, and the functions of formulas."""
    return f"""import {{ FormulaError, formsOf, parsed }} from {json.dumps(MODULE.as_uri())};
import {{ applied }} from {json.dumps((MODULE.parent / "quiz.js").as_uri())};
import {{ readFileSync }} from "node:fs";
{kernels.constants()}
Object.assign(tables, {{ arities: functions }});
const apply = (name, numbers) => applied({{ operations, functions, tables }}, name, numbers);
const said = JSON.parse(readFileSync("asked.json", "utf8")).map(([text, names]) => {{
  const known = new Map(Object.entries(names));
  try {{
    const {{ formula, ...rest }} = parsed(text, known.keys(), tables, apply);
    const number = rest.inputs.every((name) => known.has(name)) ? formula((name) => known.get(name)) : null;
    if (number === null && !rest.inputs.every((name) => known.has(name) || /[∂.]/u.test(name))) throw new Error(text);
    if (number === null) try {{ formula((name) => known.get(name)); }} catch (error) {{
      if (!(error instanceof FormulaError)) throw error;
      return {{ ...rest, refused: error.message, column: error.column }};
    }}
    return {{ ...rest, value: String(number) }};
  }} catch (error) {{
    if (!(error instanceof FormulaError)) throw error;
    return {{ refused: error.message, column: error.column }};
  }}
}});
"""


def node(tmp_path, asked, last="said"):
    """What the module says of texts with names."""
    (tmp_path / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
    (tmp_path / "run.mjs").write_text(f"{program()}\nconsole.log(JSON.stringify({last}));", encoding="utf-8")
    done = subprocess.run(["node", "run.mjs"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert done.stderr == ""
    return json.loads(done.stdout)


def number_of(said):
    return float(said["value"].replace("Infinity", "inf"))


def test_every_text_of_the_table(tmp_path):
    wrong = []
    for entry, said in zip(ENTRIES, node(tmp_path, [(each["text"], each["names"]) for each in ENTRIES]), strict=True):
        if "value" in entry:
            right = "value" in said and math.isclose(number_of(said), entry["value"], rel_tol=1e-12, abs_tol=1e-15)
        else:
            right = entry["refused"] in said.get("refused", "") and said["column"] == entry["column"]
        wrong += [] if right else [(entry["text"], entry.get("value", entry.get("refused")), entry.get("column"), said)]
    assert wrong == []


def test_inputs_and_remarks_are_those_of_python(tmp_path):
    asked = [(each["text"], each["names"]) for each in ENTRIES if "value" in each]
    asked += [(text, {"x": 1.0, "w": 2.0, "net": 3.0}) for text in DERIVATIVES]
    for (text, names), said in zip(asked, node(tmp_path, asked), strict=True):
        expected = Expression(text, names)
        assert (said["inputs"], said["remarks"]) == (list(expected.inputs), list(expected.remarks)), text
        assert said["inputs"] == DERIVATIVES.get(text, said["inputs"])
        assert ("refused" in said) == any("∂" in name or ".grad" in name for name in said["inputs"]), text


def test_plain_numbers(tmp_path):
    said = node(tmp_path, [(text, {"x": 1.0}) for text in NUMBERS])
    assert [each["isNumber"] for each in said] == list(NUMBERS.values())


def test_forms(tmp_path):
    names = ["w₁", "w_1", "θ", "theta_2", "layer1.w_12", "π r", "größe", "𝑥", "", "σ1"]
    assert node(tmp_path, [], f"{json.dumps(names)}.map((name) => formsOf(name, tables))") == [*map(list_forms, names)]


def test_limits(tmp_path):
    texts = ["1" + "0" * 4096, "𝑥" * 4097, "x" + "+x" * 1000, "f" * 4000 + "(x)", "x and " * 300 + "x"]
    doubled = "s0=x;" + "".join(f"s{k + 1}=s{k}+s{k};" for k in range(200))
    texts += [str(2**1024 - 1), str(2**1023), "x" + "+x" * 900, doubled]
    said = node(tmp_path, [(text, {"x": 1.0}) for text in texts])
    assert ["value" in each for each in said] == [False, False, False, False, True, False, True, True, True]
    assert said[0]["refused"] == "the text has 4097 characters, at most 4096 are allowed"


# ---------------------------------------------------------------- hostile texts
def test_hostile_texts(tmp_path):
    print(f"TINYGRAD_NEURON_SEED={SEED} repeats this")
    chance, texts = random.Random(SEED), [entry["text"] for entry in ENTRIES]
    asked = [(mutate(chance, texts), {"x": 0.4, "w": 0.5}) for _ in range(COUNT)]
    wrong = []
    for (text, names), said in zip(asked, node(tmp_path, asked), strict=True):
        try:
            expected = parse(text, names).data
        except ExpressionError as error:
            underived = error.reason.startswith("the derivative")  # it is asked for last
            right = "refused" in said and (underived or said["column"] == error.column)
            expected = error.reason, error.column
        else:
            found = number_of(said) if "value" in said else None
            right = found is not None and (
                math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-12) or (found != found and expected != expected)
            )
        asks = "ask Python" in said.get("refused", "")  # for a function of many numbers
        wrong += [] if right or asks else [(text, expected, said)]
    assert wrong == []


def test_long_runs_of_one_piece(tmp_path):
    runs = [run * (length // len(run)) for run in RUNS for length in (50, 300, 4000)]
    said = node(tmp_path, [(text, {"x": 0.4, "w": 0.5}) for run in runs for text in (run, f"x{run}x")])
    assert all("value" in each or each["refused"] for each in said)


def mutate(chance, texts):
    """A text of the table with pieces of others in it, or signs."""
    characters = list(chance.choice(texts))
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(characters) + 1)
        piece = chance.choice(RUNS) if chance.random() < 0.5 else chance.choice(texts)[: chance.randint(0, 9)]
        characters[place : place + chance.randint(0, 3)] = piece
    return "".join(characters)[:4000]
