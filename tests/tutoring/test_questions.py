"""Question sheets: blanks, keys, numbers at which every usual mistake shows; filled in they can be graded."""

from __future__ import annotations

import csv
import io
import random

import pytest

from tinygrad_neuron import check, grade, parse, topological_order, worksheet
from tinygrad_neuron.cli import main
from tinygrad_neuron.tutoring.handins import VALUE

NUMBERS = {"x": 0.4, "w": 0.5, "b": 0.6, "t": 0.7}
TEXT = "net = x*w + b; y = tanh(net); loss = (y - t)**2/2"
GRAPHS = {
    "neuron": (TEXT, NUMBERS),
    "logistic": (
        "z = w*x + b; p = sigmoid(z); loss = -(y*log(p) + (1-y)*log(1-p))",
        {"w": 0.7, "x": 1.5, "b": -0.3, "y": 0.4},
    ),
    "relu": ("z = w*x; a = relu(z); loss = (a - y)^2", {"w": 0.7, "x": 1.5, "y": 0.2}),
    "two layers": ("z1 = w1*x; a1 = tanh(z1); z2 = w2*a1; loss = z2^2/2", {"w1": 0.4, "x": 1.3, "w2": -0.7}),
    "softmax": ("Z = exp(a) + exp(b); p = exp(b)/Z; L = -log(p)", {"a": 0.8, "b": -0.4}),
}


def rows_of(sheet):
    return list(csv.reader(io.StringIO(sheet.to_csv())))


@pytest.mark.parametrize("name", GRAPHS)
def test_a_sheet_has_blanks_and_its_key_has_the_answers(name):
    root = parse(*GRAPHS[name])
    sheet = worksheet(root, blank=True)
    blank, key = rows_of(sheet), rows_of(sheet.key)
    assert [row[:2] for row in blank] == [row[:2] for row in key]
    assert all(row[2] == "" for row in blank[2:])
    assert all(float(row[2]) or True for row in key[2:])
    links = [row[0] for row in blank[2:]]
    assert len(set(links)) == len(links)
    assert {link for link in links if VALUE in link}
    named = [node for node in topological_order(root) if node.label and node is not root]
    assert {f"∂{root.label}/∂{node.label}" for node in named} <= set(links)


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("suffix", [".csv", ".md"])
def test_the_key_handed_in_is_graded_right(name, suffix, tmp_path):
    root = parse(*GRAPHS[name])
    sheet = worksheet(root, blank=True, seed=3, digits=4)
    sheet.key.save(tmp_path / f"ada{suffix}")
    sheet.save(tmp_path / f"bob{suffix}")
    grading = grade(tmp_path, sheet.root, digits=4)
    assert [each.learner for each in grading.learners] == ["ada", "bob"]
    assert grading.learners[0].points == grading.learners[0].of > 2, str(grading)
    assert grading.learners[1].points == 0


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("seed", [1, 7])
def test_numbers_are_short_and_new_and_the_same_for_a_seed(name, seed):
    root = parse(*GRAPHS[name])
    first, again, other = (worksheet(root, blank=True, seed=each) for each in (seed, seed, seed + 1))
    assert rows_of(first.key) == rows_of(again.key)
    assert rows_of(first.key) != rows_of(other.key)
    leaves = {node.label: node.data for node in topological_order(first.root) if node.is_leaf and node.label}
    assert all(round(number, 2) == number for number in leaves.values())
    assert not {0.0, 1.0, 2.0} & set(map(abs, leaves.values()))
    assert len(set(map(abs, leaves.values()))) == len(leaves)


@pytest.mark.parametrize("name", GRAPHS)
def test_usual_mistakes_show_at_the_digits_that_are_asked_for(name):
    """Signs, factors, and other local derivatives, by figures alone."""
    chance = random.Random(name)
    for _ in range(5):
        sheet = worksheet(parse(*GRAPHS[name]), blank=True, seed=chance.randrange(1000), digits=3)
        for row in rows_of(sheet.key)[2:]:
            figure = float(row[2])
            if row[0].startswith("∂") and figure and not sheet.alike:
                for factor in (-1, 2, 0.5):
                    assert not check(sheet.root, {row[0]: f"{factor * figure:#.3g}"}, digits=3).passed


def test_what_can_not_be_told_apart_is_listed():
    root = parse("y = x*w; loss = y + 0.0001*w", {"x": 0.4, "w": 0.5})
    assert any("w: " in each for each in worksheet(root, blank=True, digits=1).alike)


def test_blanks_in_a_spreadsheet_are_empty_cells_with_a_border(tmp_path):
    worksheet(parse(TEXT, NUMBERS), blank=True).save(tmp_path / "questions.xlsx")
    assert (tmp_path / "questions.xlsx").stat().st_size > 1000


@pytest.mark.parametrize("digits", [0, 16])
def test_digits_that_make_no_sense_are_refused(digits):
    with pytest.raises(ValueError, match="digits must be from 1 to 15"):
        worksheet(parse(TEXT, NUMBERS), blank=True, digits=digits)


def test_at_the_command_line(tmp_path, capsys):
    words = ["sheet", TEXT, *(f"{name}={number}" for name, number in NUMBERS.items())]
    blank, key = tmp_path / "questions.csv", tmp_path / "key.csv"
    assert main([*words, "--blank", "--seed", "7", "--key", str(key), "-o", str(blank)]) == 0
    assert blank.read_text().splitlines()[1] == "link,formula,answer"
    assert key.read_text() != blank.read_text()
    assert capsys.readouterr().err == ""
