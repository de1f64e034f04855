"""Expressions as text: what is read, what is refused and how, and hostile text."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_neuron import ExpressionError, Value, parse, topological_order
from tinygrad_neuron.formulas.expression import MAX_CHARACTERS
from tinygrad_neuron.primitives import FUNCTIONS

INPUTS = {"x": 0.4, "w": 0.5, "b": 0.6, "target": 0.7}
NEURON = "net = x*w + b; output = tanh(net); error = output - target; loss = error**2/2"


class TestWhatIsRead:
    def test_figures_a(self):
        """The article's figures to the last digit; its arithmetic is followed, 1 - tanh² included."""
        leaves = {name: Value(number, label=name) for name, number in INPUTS.items()}
        loss = parse(NEURON, leaves)
        loss.backward()
        nodes = {node.label: node for node in topological_order(loss)}
        figures = {name: (nodes[name].data, nodes[name].grad) for name in ("net", "output", "error", "loss")}
        assert figures == {
            "net": (0.8, -0.020105429430100793),
            "output": (0.6640367702678491, -0.035963229732150825),
            "error": (-0.035963229732150825, -0.035963229732150825),
            "loss": (0.0006466769463837285, 1.0),
        }
        assert leaves["x"].grad == -0.010052714715050396
        assert leaves["w"].grad == -0.008042171772040318
        assert leaves["b"].grad == -0.020105429430100793
        assert nodes["output"].partials == (0.5590551677322437,)

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("1 + 2*3", 7.0),
            ("-2**2", -4.0),
            ("2**-1", 0.5),
            ("2**3**2", 512.0),
            ("(1 + 2)*3 - -4", 13.0),
            ("7 // 2 + 7 % 2", 4.0),
            ("-7 // 2", -4.0),
            ("1/0", math.inf),
            ("0x10 + 1e1 + 1_000", 1026.0),
            ("1e999", math.inf),
            ("cos(pi)", -1.0),
            ("maximum(1, 2, 3) + minimum([4, 5])", 7.0),
            ("dot([1, 2], [3, 4])", 11.0),
            ("clip(5) + clip(5, high=3)", 4.0),
            ("where(1 < 2 <= 2, 5, 7)", 5.0),
            ("where(x != x, 1, 2) + where(x, 10, 20)", 12.0),
            ("a = 1; b2 = a + 1\n# a comment\n\n  c = b2*2  # another\n c + 1", 5.0),
            ("y = (x +\n   w)", 0.9),
            ("y = x\r\nz = y + 1", 1.4),
            ("y = sum(x, w);", 0.9),
        ],
    )
    def test_arithmetic_functions_and_statements(self, text, value):
        assert parse(text, INPUTS).data == pytest.approx(value, rel=1e-15)

    def test_stages_carry_their_names_even_if_they_repeat_another(self):
        root = parse("a = x; c = a; d = c + 1", {"x": 2.0})
        assert [node.label for node in topological_order(root)] == ["x", "a", "c", "", "d"]
        root.backward()
        assert topological_order(root)[0].grad == 1.0

    def test_a_number_with_a_name_is_an_input(self):
        root = parse("w = 3; y = w**2", {})
        root.backward()
        assert topological_order(root)[0].grad == 6.0

    def test_every_function_of_the_table_can_be_called(self):
        for name in sorted(set(FUNCTIONS) - {"dot", "softmax", "log_softmax"}):
            for arguments in ("x", "x, w", "x, w, b"):
                try:
                    parse(f"{name}({arguments})", INPUTS)
                    break
                except ExpressionError as error:
                    assert "the arguments are" in str(error) or "argument" in str(error)
            else:
                pytest.fail(f"{name} can't be called")

    def test_a_long_sum_is_not_a_deep_one(self):
        assert parse("+".join(["x"] * 900), {"x": 1.0}).data == 900.0

    def test_the_length_limit_can_be_set(self):
        text = "x + " + " " * MAX_CHARACTERS + "1"
        with pytest.raises(ExpressionError, match="at most 4096"):
            parse(text, INPUTS)
        assert parse(text, INPUTS, max_characters=10_000).data == 1.4


REFUSED = {
    "": ("expression is empty", 1, 1),
    "# nothing": ("expression is empty", 1, 1),
    "x +": ("a term is missing at the end", 1, 4),
    "a = 1\n  c = a @ 2": ("@ isn't a letter, digit or sign", 2, 9),
    "x + q": ("q has no value: give one", 1, 5),
    "tanh": ("tanh is a function: write tanh", 1, 1),
    "y = 1\n\n  z = y + fooo(3)": ("there is no function fooo: there are exp", 3, 11),
    "tanhh(x)": (r"no function tanhh: did you mean tanh\?", 1, 1),
    "x = 3": ("x is defined already", 1, 1),
    "tanh = 3": ("tanh is a function: name the stage otherwise", 1, 1),
    "x\ny = 2": ("only the last statement", 1, 1),
    "where(x is w, 1, 2)": ("is has no value", 1, 9),
    "tanh(x, w)": ("takes 1 positional argument", 1, 1),
    "clip(x, top=3)": ("the arguments are clip", 1, 1),
    "maximum()": ("maximum of no values", 1, 1),
    "dot([1], [2, 3])": ("dot of 1 and 2 values", 1, 1),
    "2 + tanh([1, 2])": ("got list", 1, 5),
    "clip(**x)": (r"a term is missing before \^", 1, 6),
    "x @ w": ("@ isn't a letter, digit or sign", 1, 3),
    "1j": ("j has no value", 1, 2),
    "True": ("True has no value", 1, 1),
    "'text'": ("a prime isn't read", 1, 1),
    "x.data": ("x.data has no value", 1, 1),
    "f(x).data": (r"\. isn't a letter, digit or sign", 1, 5),
    "x['a']": ("a prime isn't read", 1, 3),
    "2*größe": ("größe has no value", 1, 3),
    "x*x + længe": ("længe has no value", 1, 7),
    "sin(ä) + q": ("ä has no value", 1, 5),
    "x₁ + 2₁": ("a number has no index", 1, 7),
    "[1][0]": (r"\[ can't stand here", 1, 4),
    "[1, 2]": ("a list can only be an argument", 1, 1),
    "a = c = 1": ("a statement is name = expression", 1, 7),
    "a, c = 1, 2": (", can't stand here", 1, 2),
    "x += 1": ("a term is missing before =", 1, 4),
    "import os": ("import has no value", 1, 1),
    "9" * 400: ("an integer of 1329 bits", 1, 1),
    "é + 1": ("é has no value", 1, 1),
    "☃ + 1": ("isn't a letter, digit or sign", 1, 1),
    "x +\x00 1": ("isn't a letter, digit or sign", 1, 4),
    "(" * 101 + "x" + ")" * 101: ("brackets nest deeper", 1, 101),
    "+".join(["x"] * 2001): ("more than 2000 parts", 1, 1),
    "-" * 101 + "x": ("nested deeper than 100", 1, 102),
}


@pytest.mark.parametrize(("text", "refusal"), REFUSED.items(), ids=[text[:20] or "empty" for text in REFUSED])
def test_every_refusal_says_why_and_where_with_a_caret(text, refusal):
    message, line, column = refusal
    with pytest.raises(ExpressionError, match=message) as found:
        parse(text, INPUTS)
    error = found.value
    assert (error.line, error.column) == (line, column)
    _, excerpt, caret = str(error).split("\n")
    source = text.split("\n")[line - 1]
    assert caret.strip() == "^"
    if 0 < len(source) < 60 and source.isascii():
        assert excerpt[2:] == source.replace("\x00", "?")
        assert caret.index("^") == 2 + column - 1


HOSTILE = [
    "__import__('os').system('true')",
    "().__class__.__base__.__subclasses__()",
    "x.__class__.__mro__",
    "getattr(x, 'data')",
    "eval('1')",
    "exec('1')",
    "open('/etc/passwd')",
    "print(x)",
    "(lambda: 1)()",
    "[a for a in range(10**9)]",
    "{1: 2}",
    "{1, 2}",
    "f'{x}'",
    "f'{x!r:>{w}}'",
    "'%s' % x",
    "'a' * 10**10",
    "b'a'",
    "9**9**9**9",
    "10**10**10**10**10",
    "2**(2**(2**(2**(2**2))))",
    "9" * 4096,
    "0x" + "f" * 4000,
    "1e" + "9" * 4000,
    "(" * 4096,
    ")" * 4096,
    "[" * 90 + "]" * 90,
    "-" * 4095 + "x",
    "not " * 1000 + "x",
    "x" + "**x" * 1300,
    "x" + "[0]" * 1300,
    "x" + ".a" * 2000,
    "x" + "(x)" * 1300,
    "tanh(" * 99 + "x" + ")" * 99,
    "x if x else " * 300 + "x",
    "x" + " < x" * 1000,
    "lambda " * 500 + ": x",
    "await x",
    "yield x",
    "x := 1",
    "(y := 1)",
    "*x",
    "x; " * 1300,
    "x\\\n" * 1000,
    "'" * 4096,
    '"""' + "a" * 4000,
    "while True: pass",
    "class A: pass",
    "def f(): return f()",
    "\x00" * 100,
    "\ufeffx",
    "x\u200b",
    "ｘ",
    "1if x else 2",
    "print",
    "...",
    "None",
    "match x:\n case 1: pass",
    "a = 1\n" * 600,
    "x" * 4096,
    "maximum(" + "x," * 1900 + "x)",
]


def ends_without_a_traceback(text):
    try:
        result = parse(text, INPUTS)
    except ExpressionError as error:
        assert str(error).count("\n") == 2
    else:
        assert isinstance(result, Value)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_ends_without_a_traceback(text):
    ends_without_a_traceback(text)


PIECES = [
    *"+-*/%()[],;=<>.:@!~&|^#'\"\\\n 0123456789xwb_ej",
    "**",
    "//",
    "<=",
    "==",
    "tanh(",
    "where(",
    "maximum(",
    "log(",
    "x",
    "w",
    "target",
    "1e308",
    "0.5",
    "-1",
    " if ",
    " for ",
    " in ",
    "lambda ",
    "not ",
    "import ",
    "0x",
    "1_0",
    "pi",
    "__",
    "é",
    "\x00",
    "\t",
]


@pytest.mark.parametrize("seed", range(10))
def test_500_fuzzed_texts_each_end_without_a_traceback(seed):
    chance = random.Random(seed)
    for _ in range(500):
        ends_without_a_traceback("".join(chance.choices(PIECES, k=chance.randint(1, 40))))


@given(st.text(max_size=60))
def test_any_text_at_all(text):
    ends_without_a_traceback(text)


@given(st.integers(0, 2**32))
def test_mutations_of_a_real_expression(seed):
    chance = random.Random(seed)
    characters = list(NEURON)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(characters))
        characters[place : place + chance.randint(0, 2)] = chance.choice(PIECES)
    ends_without_a_traceback("".join(characters))
