"""mypy and pyright, both strict: what they take for the type of an expression, and which mistakes they find."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "typing" / "moons.py"
BEGINNING = """\
from fractions import Fraction
from tinygrad_neuron import *
from tinygrad_neuron import abs, compile, pow, sum
import tinygrad_neuron as tn

x, w = variables(x=1.0, w=2.0)

def cube(x: Value) -> Value:
    return x**3

def area(w: Value, x: Value) -> Value:
    return w * x

def part(p: list[Value]) -> Value:
    return p[0]

network = tn.nn.MLP([2, 1])
"""
TYPES = {
    "tanh(x)": "Value",
    "tanh(1.0)": "float",
    "tanh(1)": "float",
    "tanh(Fraction(1, 2))": "float",
    "tn.ops.tanh(x)": "Value",
    "x.tanh()": "Value",
    "x.clip(0, 1)": "Value",
    "x + 1": "Value",
    "1 - x": "Value",
    "2 / x": "Value",
    "x**2": "Value",
    "2**x": "Value",
    "x // 2": "Value",
    "x % 2": "Value",
    "-x": "Value",
    "abs(x)": "Value",
    "x.data": "float",
    "x.grad": "float",
    "x.detach()": "Value",
    "x.operands": "tuple[Value, ...]",
    "x > 0": "Condition",
    "(x > 0) & ~(x > 1)": "Condition",
    "max([x, w])": "Value",
    "sorted([x, w])": "list[Value]",
    "dot([x], [1.0])": "Value",
    "dot([1.0], [2])": "float",
    "dot([x, 1.0], [2.0, 3.0])": "Value | float",
    "softmax([x, w])": "list[Value]",
    "softmax([1.0, 2])": "list[float]",
    "sum([x, w])": "Value",
    "sum([1.0, 2.0])": "float",
    "sum(x, 1.0)": "Value",
    "sum(1.0, x)": "Value",
    "sum(1, 2, 3)": "float",
    "maximum(x, 0.0)": "Value",
    "mean([x * w, 1.0])": "Value | float",
    "where(x > 0, x, 0.0)": "Value",
    "where(x > 0, 1.0, 0.0)": "Value | float",
    "where(True, 1.0, 0.0)": "float",
    "clip(x, high=2.0)": "Value",
    "clip(1.0, high=x)": "Value",
    "grad(cube)(3.0)": "float",
    "grad(cube)(x)": "Value",
    "grad(grad(cube))(3)": "float",
    "grad(part)([1.0, 2.0])": "list[float]",
    "value_and_grad(cube)(3.0)": "tuple[float, float]",
    "gradient(x * w, x, w)": "tuple[Value, ...]",
    "compile(cube)": "Step[float]",
    "compile(cube)(2.0)": "float",
    "compile(area, wrt='w')(1.0, 2.0)": "tuple[float, Any]",
    "compile(w * x, wrt=w)()": "tuple[float, float]",
    "compile(w * x, wrt=[w, x])()": "tuple[float, Sequence[float]]",
    "compile(cube).source": "str",
    "parse('x*y', {'x': 1, 'y': x})": "Value",
    "check(x * w, {w: 1.0}).passed": "bool",
    "draw(x)": "Picture",
    "x.draw(title='x')": "Picture",
    "x.page()": "Page",
    "network([1.0, 2.0])": "list[Value]",
    "network.parameters()": "list[Value]",
}
MISTAKES = (
    *("tn.tangh(x)", "x.tangh()", "(x + 1).tangh()", "tn.nn.MPL([2, 1])", "tn.ops.tangh"),
    *("tanh()", "tanh('a')", "tanh(x, x)", "tanh([x])", "where(x)", "maximum('a', 3)", "dot(x, x)", "softmax(x)"),
    *("x + 'a'", "x.clip('a')", "x & w", "Value('3')", "Value(1.0, name='x')", "check(3)", "x.draw(heading='x')"),
    *("grad(3)", "compile('x')", "x.label.data", "compile(cube)(2.0).data", "variables(x='a')"),
)


def mypy_found(text):
    """The messages of each line, names without their modules."""
    lines = re.findall(r"^\w+\.py:(\d+): (\w+): (.*)$", text, re.MULTILINE)
    return [(int(line), kind, re.sub(r"\b\w+\.(?=\w)", "", message)) for line, kind, message in lines]


def pyright_found(process):
    report = json.loads(process.communicate()[0])["generalDiagnostics"]
    return [(each["range"]["start"]["line"] + 1, each["severity"], each["message"]) for each in report]


@pytest.fixture(params=["mypy", "pyright"])
def found(request, tmp_path):
    """Asks one of the two what it thinks of a program: line, severity and message."""
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}', encoding="utf-8")
    (tmp_path / "found").mkdir()

    def ask(text):
        program = tmp_path / "program.py"
        program.write_text(text, encoding="utf-8")
        checker = request.getfixturevalue(request.param)
        if request.param == "mypy":
            return mypy_found(checker(program))
        words = ("--outputjson", program.name)
        return pyright_found(checker("pyright", *words, folder=tmp_path, stdout=subprocess.PIPE))

    return ask


def test_a_program_of_a_user_is_right(found):
    text = SCRIPT.read_text(encoding="utf-8")
    assert "ignore" not in text
    assert found(text) == []


def test_types(found):
    offset = BEGINNING.count("\n") + 1
    told = found(BEGINNING + "".join(f"reveal_type({expression})\n" for expression in TYPES))
    types = {line - offset: message for line, kind, message in told if kind in ("note", "information")}
    shown = [re.search(r'(?:is|type is) "(.*)"$', types[k])[1] for k in range(len(TYPES))]
    assert dict(zip(TYPES, shown, strict=True)) == TYPES


def test_mistakes_are_found(found):
    offset = BEGINNING.count("\n") + 1
    told = found(BEGINNING + "".join(f"_ = {mistake}\n" for mistake in MISTAKES))
    wrong = {line - offset for line, kind, _ in told if kind == "error"}
    assert [mistake for k, mistake in enumerate(MISTAKES) if k not in wrong] == []


def test_the_types_of_the_public_names_are_complete(pyright, tmp_path):
    """Every checker agrees on them: nothing is left to be inferred."""
    words = ("--verifytypes", "tinygrad_neuron", "--ignoreexternal", "--outputjson")
    report = json.loads(pyright("pyright", *words, folder=tmp_path, stdout=subprocess.PIPE).communicate()[0])
    assert report["typeCompleteness"]["completenessScore"] >= 0.98


def test_figures_may_stand_in_a_dictionary_of_nodes_or_of_names(found):
    text = """from tinygrad_neuron import Value, check, draw, replay

w = Value(1.0, label="w")
y = w * 2.0
by_node, by_name, in_text = {w: 2.0}, {"w": 2.0}, {"w": "2"}
print(check(y, by_node), check(y, by_name), check(y, in_text), replay(y, by_node), replay(y, by_name))
print(draw(y, hand=by_node), y.draw(hand=by_name))
"""
    assert found(text) == []
