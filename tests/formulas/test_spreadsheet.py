"""The spreadsheet's spelling of every primitive, computed as spreadsheets do; LibreOffice itself is an oracle."""

from __future__ import annotations

import math
import re

import pytest
from cases import CASES

from tinygrad_neuron.formulas.spreadsheet import formula
from tinygrad_neuron.formulas.symbol import Symbol
from tinygrad_neuron.primitives import PRIMITIVES


def excel(text: str) -> float:
    """A formula by the functions that it calls, with Excel's meanings."""
    names = {name.upper(): getattr(math, name) for name in dir(math) if not name.startswith("_")}
    names |= {
        "LN": math.log,
        "LOG": lambda x, base: math.log(x, base),
        "POWER": lambda a, b: a**b,
        "ATAN2": lambda x, y: math.atan2(y, x),
        "INT": lambda x: float(math.floor(x)),
        "SIGN": lambda x: float((x > 0) - (x < 0)),
        "PI": lambda: math.pi,
        "NA": lambda: math.nan,
        "IF": lambda condition, a, b: a if condition else b,
        "MAX": max,
        "MIN": min,
        "ABS": abs,
    }
    assert not re.search(r"(?<![A-Z0-9)])-[\d(A-Z.]+\^", text), "-2^2 is 4 in a spreadsheet"
    return float(eval(re.sub(r"(?<![<>])=", "==", text).replace("<>", "!="), names))  # noqa: S307


@pytest.mark.parametrize("name", [name for name in CASES if name not in ("refined", "share", "surprise")])
@pytest.mark.parametrize("part", [0.3, 0.8])
def test_every_primitive(name, part):
    xs = [low + (part + 0.15 * k) % 1.0 * (high - low) for k, (low, high) in enumerate(CASES[name].domains)]
    expected = PRIMITIVES[name].evaluate(*xs)
    assert excel(formula(Symbol(name, tuple(xs)))) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", ["relu", "abs", "step", "sign", "less", "less_equal", "equal", "masked", "where"])
@pytest.mark.parametrize("x", [-1.0, 0.0, 1.0])
def test_conditions_at_their_edges(name, x):
    xs = [x, 0.0, 2.0][: len(PRIMITIVES[name].parameters)]
    assert excel(formula(Symbol(name, tuple(xs)))) == PRIMITIVES[name].evaluate(*xs)
