"""Every cell of a worksheet, recalculated by a real spreadsheet program."""

from __future__ import annotations

import random

from cases import CASES
from checking.recalculating import needs_libreoffice, recalculated
from strategies import BENDING, SMOOTH, random_program
from test_backward import ours
from tutoring.sheets import NEURON, A, B, agree, training

from tinygrad_neuron import Value, backpropagation, parse, training_sheet, worksheet
from tinygrad_neuron.nn import cross_entropy
from tinygrad_neuron.primitives import PRIMITIVES, apply


@needs_libreoffice
def test_every_cell_is_recalculated_by_libreoffice_after_an_input_was_changed(tmp_path):
    sheets = [worksheet(parse(NEURON, A)), training(B)]
    changes = [{"C2": -0.3}, {"B1": 0.2, "C3": -0.7}]
    expected = [worksheet(parse(NEURON, A | {"weight": -0.3}))]
    leaves = {name: Value(number, label=name) for name, number in (B | {"weight": -0.7}).items()}
    expected.append(training_sheet(parse(NEURON, leaves), [leaves["weight"], leaves["bias"]], 0.2, 8))
    chance = random.Random(3)
    for _ in range(25):
        program = random_program(chance, [chance.uniform(0.2, 1.5) for _ in range(4)], SMOOTH | BENDING, longest=8)
        changed = [program.inputs[0] + 0.25, *program.inputs[1:]]
        for inputs, made in ((program.inputs, sheets), (changed, expected)):
            values = [Value(x, label=f"x{k}") for k, x in enumerate(inputs)]
            root = sum([*program.run(values, ours)[-2:], *values])
            root.label = "root"
            made.append(worksheet(root))
        place = [cell.value for cell in sheets[-1].rows[0]].index("x0")
        changes.append({f"{chr(65 + place)}2": changed[0]})
    for found, sheet in zip(recalculated(sheets, changes, tmp_path), expected, strict=True):
        agree(found, sheet)


@needs_libreoffice
def test_every_primitive_is_computed_by_libreoffice(tmp_path):
    chance, sheets = random.Random(1), []
    for name, case in CASES.items():
        while not case.clear(*(xs := [chance.uniform(*domain) for domain in case.domains])):
            pass
        leaves = [Value(x, label=f"x{k}") for k, x in enumerate(xs)]
        root = apply(PRIMITIVES[name], tuple(leaves))
        root.label = "y"
        sheets.append(worksheet(root))
    for found, sheet in zip(recalculated(sheets, [{}] * len(sheets), tmp_path), sheets, strict=True):
        agree(found, sheet)


@needs_libreoffice
def test_the_sheet_of_layers_is_recalculated_by_libreoffice_after_a_weight_was_changed(tmp_path):
    text = "h1 = tanh(w1*x + b1); h2 = sigmoid(w2*x + b2); y = v1*h1 + v2*h2 + b3; loss = (y - 1)**2/2"
    numbers = dict.fromkeys(("b1", "b2", "b3"), 0.1) | {"x": 0.4, "w1": 0.5, "w2": -0.3, "v1": 0.7, "v2": 0.2}
    sheets = [backpropagation(parse(text, numbers)).sheet, backpropagation(_classes(0.25)).sheet]
    expected = [backpropagation(parse(text, numbers | {"w1": 0.9})).sheet, backpropagation(_classes(0.75)).sheet]
    changes = [{_cell_of(sheets[0], "w1"): 0.9}, {_cell_of(sheets[1], "w"): 0.75}]
    for found, sheet in zip(recalculated(sheets, changes, tmp_path), expected, strict=True):
        agree(found, sheet)


def _classes(weight):
    w, v, u = (Value(x, label=name, parameter=True) for name, x in (("w", weight), ("v", 0.6), ("u", -0.2)))
    h = (w * 0.5).relu()
    return cross_entropy([v * h, u * h], 1)


def _cell_of(sheet, name):
    return f"B{1 + [row[0].value for row in sheet.rows].index(name)}"
