"""Worksheets: the articles' figures, and every cell recalculated by a real spreadsheet program."""

from __future__ import annotations

import math

import pytest
from test_cli import run
from tutoring.sheets import NEURON, A, B, training

from tinygrad_neuron import Value, ops, parse, primitive, training_sheet, variables, worksheet
from tinygrad_neuron.formulas.listing import LanguageError
from tinygrad_neuron.primitives import PRIMITIVES


def column(sheet, heading, headings=0):
    titles = [cell.value for cell in sheet.rows[headings]]
    return [row[titles.index(heading)].value for row in sheet.rows[headings + 1 :]]


def test_figures_a():
    sheet = worksheet(parse(NEURON, A))
    assert column(sheet, "net")[:3] == [0.8, 0.5590551677322437, -0.020105429430100793]
    assert column(sheet, "weight")[:3] == [0.5, 0.4, -0.008042171772040318]
    faux = dict(zip(column(sheet, ""), column(sheet, "faux gradient"), strict=True))
    assert faux["faux gradient of input"] == -0.01004847442496147
    assert faux["faux gradient of weight"] == -0.008039457952816777
    assert faux["faux gradient of bias"] == faux["faux gradient of net"] == -0.020088469318535994
    assert faux["faux gradient of output"] == -0.03591322973214633


def test_figures_b():
    sheet = training(B, attempts=3)
    expected = {
        "weight": [0.5, 0.4997134612969808, 0.49943761972839],
        "bias": [0.5, 0.4713461296980817, 0.44376197283900337],
        "output": [0.46604029847771505, 0.44331027910269877, 0.42087618648825326],
        "loss": [0.06699275005482735, 0.05893097386878645, 0.05148076352762213],
        "gradient of weight": [0.00286538703019183, 0.0027584156859078337, 0.0026403721705582795],
        "gradient of bias": [0.286538703019183, 0.27584156859078335, 0.26403721705582794],
    }
    for heading, figures in expected.items():
        assert column(sheet, heading, headings=1) == pytest.approx(figures, rel=1e-15)


def test_csv_markdown_and_xlsx(tmp_path):
    sheet = worksheet(parse("y = w*x", {"w": 2.0, "x": 3.0}))
    assert sheet.to_csv().splitlines()[:2] == [",w,x,y,faux gradient", "maths,2.0,3.0,6.0,"]
    assert sheet.to_markdown().splitlines()[2] == "| maths | 2 | 3 | 6 |  |"
    for suffix in ("csv", "md", "xlsx"):
        sheet.save(tmp_path / f"sheet.{suffix}")
    assert (tmp_path / "sheet.xlsx").read_bytes().startswith(b"PK")
    with pytest.raises(ValueError, match=r"the suffix must be one of \.xlsx, \.csv, \.md"):
        sheet.save(tmp_path / "sheet.ods")


def test_a_primitive_without_a_spreadsheet_form():
    gamma = primitive("gamma_for_sheet", math.gamma, lambda y, x: y)
    cube = primitive("cube_for_sheet", lambda x: x * x * x, lambda y, x: 3 * x * x)
    try:
        assert worksheet(cube(Value(2.0, label="x"))).rows[1][2].formula == "((B2*B2)*B2)"
        with pytest.raises(LanguageError, match="gamma_for_sheet has no spreadsheet form"):
            worksheet(gamma(Value(2.5, label="x")))
    finally:
        del PRIMITIVES["gamma_for_sheet"], PRIMITIVES["cube_for_sheet"]


def test_signs_and_powers_are_written_so_that_a_spreadsheet_reads_them():
    x = Value(3.0, label="x")
    cells = [row[-2].formula for row in worksheet(-(x**2) * -2 + ops.relu(-x)).rows[:2]]
    assert "POWER(B2,2)" in worksheet(-(x**2)).rows[1][2].formula
    assert cells[1].count("(") == cells[1].count(")")
    assert "(-2)" in str([cell.formula for cell in worksheet(-(x**2) * -2).rows[1]])


def test_at_the_command_line(capsys, tmp_path):
    words = ("sheet", NEURON, *(f"{name}={number}" for name, number in A.items()))
    code, out, err = run(capsys, *words)
    assert (code, err) == (0, "")
    assert "faux gradient of weight" in out
    assert run(capsys, *words, "-o", str(tmp_path / "sheet.xlsx"))[0] == 0
    out = run(capsys, *words, "--train", "weight,bias", "--lr", "0.1", "--attempts", "3")[1]
    assert len([line for line in out.splitlines() if line.strip()[:1].isdigit()]) == 3
    assert out.splitlines()[0].strip() == "learning rate 0.1"
    assert training(B, attempts=1).to_markdown().splitlines()[2].startswith("| attempt | input | weight |")
    assert run(capsys, *words, "-o", "sheet.ods")[0] == 2
    assert run(capsys, *words, "--train", "q")[0] == 2


@pytest.mark.parametrize("h", [0, math.inf, math.nan])
def test_a_nudge_of_nothing_is_refused(h):
    with pytest.raises(ValueError, match=f"h must be a finite number other than 0, got {float(h)}"):
        worksheet(parse("y = w*x", {"w": 2.0, "x": 3.0}), h)


def test_a_training_that_can_not_be_is_refused():
    (w,) = variables(w=2.0)
    y = w * w
    y.label = "y"
    with pytest.raises(ValueError, match="attempts must be 1 or above, got 0"):
        training_sheet(y, ["w"], 0.1, 0)
    with pytest.raises(ValueError, match="learning_rate must be finite, got nan"):
        training_sheet(y, ["w"], math.nan, 3)
    with pytest.raises(
        ValueError, match=r"parameters must be leaves, which aren't computed, got Value\(4.0, label='y'\)"
    ):
        training_sheet(y, ["y"], 0.1, 3)


def test_a_formula_that_no_spreadsheet_takes_is_refused_before_the_sheet_is_made():
    x, w = variables(x=0.4, w=0.5)
    y = x
    for k in range(1500):
        y = (y * w).sin()
        if k == 999:
            shorter = y
    with pytest.raises(ValueError, match=r"^w has 0 operands and 1,500 uses: a formula of 9,000 characters or"):
        worksheet(y)
    with pytest.raises(ValueError, match=r"^w has 0 operands and 1,000 uses: a formula of [\d,]+ characters or more"):
        worksheet(shorter)
    with pytest.raises(ValueError, match="at most 8,192: make the sheet of a smaller part of it"):
        training_sheet(y, [w], 0.1, 3)
    many = [Value(0.1 * k) for k in range(3000)]
    with pytest.raises(ValueError, match=r"^sum\[1\] has 3,000 operands and 0 uses"):
        worksheet(ops.sum(*many))


def test_the_rule_of_many_operands_is_read_once_for_a_row():
    reads = []

    def rule(y, *xs):
        reads.append(type(y).__name__)
        return [1.0] * len(xs)

    several = primitive("several_for_sheet", lambda *xs: 0.0 + ops.sum(*xs), rule)
    try:
        root = several(*(Value(0.1 * k, label=f"x{k}") for k in range(50)))
        reads.clear()
        worksheet(root)
        training_sheet(root, ["x0"], 0.1, 3)
        assert reads.count("Symbol") == 1 + 3  # and not 50 times as often
    finally:
        del PRIMITIVES["several_for_sheet"]


def test_a_division_by_a_constant_0():
    (a,) = variables(a=1.0)
    sheet = worksheet(a / Value(0.0, constant=True))
    assert [sheet.rows[row][1].value for row in (2, 3)] == [math.inf, math.inf]
