"""The grammar is one table of texts with their meaning; what is printed can be typed back; hostile texts end well.

TINYGRAD_NEURON_TEXTS=50000 runs the full set of hostile texts; TINYGRAD_NEURON_SEED repeats a sample.
"""

from __future__ import annotations

import json
import math
import os
import random
import re

import pytest
from formulas.make_grammar import FILE, list_entries, write
from hypothesis import given
from strategies import BENDING, SMOOTH, examples, programs
from test_backward import ours

from tinygrad_neuron import ExpressionError, Value, check, derive, explain, parse, topological_order
from tinygrad_neuron.formulas.derivation import symbols
from tinygrad_neuron.formulas.expression import Expression
from tinygrad_neuron.formulas.symbol import Symbol, latex, text, unicode
from tinygrad_neuron.program import Program

SEED = os.environ.get("TINYGRAD_NEURON_SEED") or str(random.randrange(2**32))
COUNT = int(os.environ.get("TINYGRAD_NEURON_TEXTS") or 1000)
ENTRIES = json.loads(FILE.read_text(encoding="utf-8"))
RUNS = ["(", ")", "^", "**", "|", "√", "-", "−", "x ", "²", "{", "\\frac", "\\frac{", "a.", "1,", ";", "not ", "[", "x+", "x*", "x^", "x<", "2(", "sin ", "sin(", "∂", "x|", "√(", "=", "\n", "x(", "max(", "1e", "0x"]  # fmt: skip  # noqa: E501


class TestTheTable:
    def test_it_is_what_is_written(self):
        assert FILE.read_text(encoding="utf-8") == write(), "python tests/formulas/make_grammar.py"

    def test_there_are_a_thousand_and_no_two_alike(self):
        assert len(ENTRIES) == len(list_entries()) >= 1000
        assert len({(entry["text"], *entry["names"]) for entry in ENTRIES}) == len(ENTRIES)

    @pytest.mark.parametrize("topic", sorted({entry["topic"] for entry in ENTRIES} - {"refusals"}))
    def test_each_text_has_its_meaning(self, topic):
        for entry in (entry for entry in ENTRIES if entry["topic"] == topic):
            found = parse(entry["text"], entry["names"]).data
            assert math.isclose(found, entry["value"], rel_tol=1e-12, abs_tol=1e-15), (entry, found)

    @pytest.mark.parametrize(
        "entry", [entry for entry in ENTRIES if "refused" in entry], ids=lambda entry: entry["text"][:20]
    )
    def test_what_is_refused_says_why_and_where(self, entry):
        with pytest.raises(ExpressionError) as error:
            parse(entry["text"], entry["names"])
        assert entry["refused"] in error.value.reason
        assert error.value.column == entry["column"], error.value

    def test_what_was_understood_means_the_same(self):
        for entry in (entry for entry in ENTRIES if "value" in entry):
            understood = Expression(entry["text"], entry["names"]).understood
            assert math.isclose(parse(understood, entry["names"]).data, entry["value"], rel_tol=1e-12, abs_tol=1e-15), (
                entry
            )


class TestWhatOnceWentWrong:
    @pytest.mark.parametrize("word", ["and", "or"])
    def test_long_chains_of_conditions(self, word):
        assert parse(f" {word} ".join(["x"] * 600), {"x": 1.0}).data == 1.0
        assert parse(f" {word} ".join(["x > 0"] * 300), {"x": 1.0}).data == 1.0

    def test_integers_that_no_float_holds(self):
        assert parse(str(2**1023), {}).data == 2.0**1023
        for number in (2**1024 - 1, 2**1024 - 2**970, 2**1024):
            with pytest.raises(ExpressionError, match="bits, at most 1024 are allowed: write it as 1e300"):
                parse(str(number), {})

    def test_a_name_that_is_spelled_so_goes_before_one_that_may_be(self):
        for names in ({"w1": 2.0, "w_1": 3.0}, {"w_1": 3.0, "w1": 2.0}):
            assert parse("w1", names).data == 2.0
            assert parse("w_1", names).data == 3.0
            assert parse("10*w1 + w_1", names).data == 23.0


class TestTypedBack:
    @given(program=programs(SMOOTH | BENDING, longest=8))
    @examples(150)
    def test_formulas_in_every_notation(self, program):
        leaves = [Value(x, label=f"x{k}") for k, x in enumerate(program.inputs)]
        graph = Program.of(program.run(leaves, ours)[-1])
        inputs = {leaf.label: leaf.data for leaf in leaves}
        for symbol, number in zip(symbols(graph), graph.numbers, strict=True):
            for notation in (unicode, text, latex) if isinstance(symbol, Symbol) and math.isfinite(number) else ():
                written = notation(symbol).text
                if "[" not in written and "begin" not in written:  # a long operand goes by its number
                    assert parse(written, inputs).data == pytest.approx(number, rel=1e-9, abs=1e-12), written

    def test_derivations_and_tables(self):
        numbers = {"x1": 0.4, "w": 0.5, "b_2": 0.6, "θ": 0.7}
        root = parse("net = x1*w + b_2; y = tanh(net)*sigmoid(w); loss = (y - θ)²/2 + √(1 + w²)", numbers)
        known = {node.label: node.data for node in topological_order(root) if node.label}
        for name in ("x1", "w", "b_2", "net", "y"):
            written = derive(root, name)
            for line in written.text.splitlines():
                for formula in line.split(" = ")[1:]:
                    if "∂" not in formula:
                        parse(formula, known)
            for part in re.findall(r"&= (.*?)(?: = .*?)?(?: \\\\|$)", written.latex, re.MULTILINE):
                if "partial" not in part:
                    parse(part, known)
            assert parse(unicode(written.closed).text, known).data == pytest.approx(written.gradient, rel=1e-12)
        for row in explain(root):
            if row.formula:
                assert parse(row.formula, known).data == pytest.approx(row.value, rel=1e-12)


class TestHostileTexts:
    @pytest.mark.parametrize("run", RUNS, ids=range(len(RUNS)))
    @pytest.mark.parametrize("length", [50, 300, 4000])
    def test_long_runs_of_one_piece(self, run, length):
        for whole in (run * (length // len(run)), "x" + run * (length // len(run)) + "x"):
            ends_well(whole)

    def test_fuzzed_texts(self):
        chance = random.Random(SEED)
        print(f"TINYGRAD_NEURON_SEED={SEED} repeats this")
        texts = [entry["text"] for entry in ENTRIES]
        for _ in range(COUNT):
            ends_well(mutate(chance, texts))

    @pytest.mark.parametrize("length", [100, 500, 900, 1300])
    def test_long_sums_by_hand(self, length):
        for sign in ("+", "*", "-", "/"):
            ends_well(sign.join(["x"] * length))


def mutate(chance, texts):
    """A text of the table with pieces of others in it, or signs."""
    characters = list(chance.choice(texts))
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(characters) + 1)
        piece = chance.choice(RUNS) if chance.random() < 0.5 else chance.choice(texts)[: chance.randint(0, 9)]
        characters[place : place + chance.randint(0, 3)] = piece
    return "".join(characters)[:4000]


def ends_well(written):
    """A number or an ExpressionError from parse; by hand a verdict, or an error that names what is wrong."""
    try:
        assert isinstance(parse(written, {"x": 0.4, "w": 0.5}), Value)
    except ExpressionError as error:
        assert str(error).count("\n") == 2
    try:
        check(parse("y = tanh(w*x)", {"x": 0.4, "w": 0.5}), {"w": written})
    except ValueError as error:
        assert str(error)
