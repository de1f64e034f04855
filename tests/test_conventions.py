"""The conventions at the edges, row by row, and the page that prints them."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tinygrad_neuron import Value, first_non_finite, kinks, ops, replay, topological_order
from tinygrad_neuron.ops import (
    abs,
    acos,
    acosh,
    asin,
    atan2,
    atanh,
    clip,
    elu,
    exp,
    hypot,
    leaky_relu,
    log,
    log1p,
    log2,
    log10,
    logsumexp,
    maximum,
    minimum,
    relu,
    sigmoid,
    sin,
    softplus,
    sqrt,
    tanh,
)

inf, nan = math.inf, math.nan
PAGE = Path(__file__).parents[1] / "docs" / "conventions.md"


class Row(NamedTuple):
    """One line of the page: a function at a point, what it gives there, and whether it is flagged as a kink."""

    title: str
    function: Callable[..., Value]
    point: tuple[float, ...]
    value: float
    gradients: tuple[float, ...]
    kink: bool = False
    note: str = ""


ROWS = [
    Row("abs(x)", abs, (0.0,), 0.0, (0.0,), kink=True),
    Row("abs(x)", abs, (-0.0,), 0.0, (0.0,), kink=True),
    Row("relu(x)", relu, (0.0,), 0.0, (0.0,), kink=True),
    Row("leaky_relu(x)", leaky_relu, (0.0,), 0.0, (0.01,), kink=True, note="the slope on the left"),
    Row("maximum(a, b)", maximum, (2.0, 2.0), 2.0, (0.5, 0.5), kink=True, note="a tie is shared"),
    Row("minimum(a, b)", minimum, (2.0, 2.0), 2.0, (0.5, 0.5), kink=True, note="a tie is shared"),
    Row("maximum(a, b, c)", maximum, (2.0, 2.0, 2.0), 2.0, (1 / 3, 1 / 3, 1 / 3), kink=True),
    Row("maximum(x, x)", lambda x: maximum(x, x), (2.0,), 2.0, (1.0,), kink=True),
    Row("maximum(x, 0)", lambda x: maximum(x, 0.0), (0.0,), 0.0, (0.5,), kink=True, note="unlike relu, as elsewhere"),
    Row("clip(x, 0, 1)", lambda x: clip(x, 0.0, 1.0), (0.0,), 0.0, (1.0,), kink=True, note="closed interval"),
    Row("clip(x, 0, 1)", lambda x: clip(x, 0.0, 1.0), (1.0,), 1.0, (1.0,), kink=True, note="closed interval"),
    Row("sqrt(x)", sqrt, (0.0,), 0.0, (inf,)),
    Row("sqrt(x)", sqrt, (-1.0,), nan, (nan,), note="never complex"),
    Row("log(x)", log, (-1.0,), nan, (nan,), note="never complex"),
    Row("log(x)", log, (0.0,), -inf, (inf,)),
    Row("log1p(x)", log1p, (-1.0,), -inf, (inf,)),
    Row("log1p(x)", log1p, (-2.0,), nan, (nan,), note="as log, log2 and log10 below 0"),
    Row("log2(x)", log2, (0.0,), -inf, (inf,)),
    Row("log2(x)", log2, (-1.0,), nan, (nan,)),
    Row("log10(x)", log10, (0.0,), -inf, (inf,)),
    Row("log10(x)", log10, (-1.0,), nan, (nan,)),
    Row("asin(x)", asin, (1.0,), math.pi / 2, (inf,)),
    Row("asin(x)", asin, (2.0,), nan, (nan,), note="never complex"),
    Row("acos(x)", acos, (-1.0,), math.pi, (-inf,)),
    Row("acosh(x)", acosh, (1.0,), 0.0, (inf,)),
    Row("acosh(x)", acosh, (0.5,), nan, (nan,), note="never complex"),
    Row("atanh(x)", atanh, (1.0,), inf, (inf,)),
    Row("atanh(x)", atanh, (-1.0,), -inf, (inf,)),
    Row("atanh(x)", atanh, (2.0,), nan, (nan,), note="never complex"),
    Row("sin(x)", sin, (inf,), nan, (nan,)),
    Row("a / b", lambda a, b: a / b, (1.0, 0.0), inf, (inf, -inf)),
    Row("a / b", lambda a, b: a / b, (1.0, -0.0), -inf, (-inf, -inf)),
    Row("a / b", lambda a, b: a / b, (-1.0, 0.0), -inf, (inf, inf)),
    Row("a / b", lambda a, b: a / b, (0.0, 0.0), nan, (inf, nan)),
    Row("a**b", lambda a, b: a**b, (0.0, 0.0), 1.0, (0.0, 0.0), kink=True),
    Row("x**0", lambda x: x**0, (0.0,), 1.0, (0.0,), note="a constant exponent has no edge"),
    Row("x**0.5", lambda x: x**0.5, (0.0,), 0.0, (inf,)),
    Row("x**-1", lambda x: x**-1, (0.0,), inf, (-inf,)),
    Row("x**-1", lambda x: x**-1, (-0.0,), -inf, (-inf,)),
    Row("x**-2", lambda x: x**-2, (-0.0,), inf, (inf,)),
    Row("x**3", lambda x: x**3, (-1e200,), -inf, (inf,)),
    Row("x**2", lambda x: x**2, (-1e200,), inf, (-2e200,)),
    Row("a**b", lambda a, b: a**b, (-2.0, 3.0), -8.0, (12.0, nan)),
    Row("x**3", lambda x: x**3, (-2.0,), -8.0, (12.0,), note="a constant exponent has no edge"),
    Row("a**b", lambda a, b: a**b, (-8.0, 1 / 3), nan, (nan, nan), note="the report points to cbrt"),
    Row("2**x", lambda x: 2**x, (3.0,), 8.0, (8.0 * math.log(2.0),)),
    Row("x**x", lambda x: x**x, (2.0,), 4.0, (4.0 + 4.0 * math.log(2.0),)),
    Row("x**x", lambda x: x**x, (0.0,), 1.0, (0.0,), kink=True),
    Row("exp(x)", exp, (710.0,), inf, (inf,)),
    Row("tanh(x)", tanh, (20.0,), 1.0, (4.0 * math.exp(-40.0),), note="exact in the tail; PyTorch has 0 here"),
    Row("tanh(x)", tanh, (-20.0,), -1.0, (4.0 * math.exp(-40.0),)),
    Row("sigmoid(x)", sigmoid, (-700.0,), math.exp(-700.0), (math.exp(-700.0),), note="exact to 8 ulp"),
    Row("softplus(x)", softplus, (-700.0,), math.exp(-700.0), (math.exp(-700.0),), note="exact to 8 ulp"),
    Row(
        "where(x > 0, x, log(x))",
        lambda x: ops.where(x > 0, x, log(x * 0 - 1)),
        (2.0,),
        2.0,
        (1.0,),
        note="both branches are recorded; the other's nan never leaks, to any order",
    ),
    Row("where(x > 0, x, 0)", lambda x: ops.where(x > 0, x, 0.0), (-1.0,), 0.0, (0.0,)),
    Row(
        "where(x > 1, x·x, 5·x)",
        lambda x: ops.where(x > 1, x * x, 5 * x),
        (1.0,),
        5.0,
        (5.0,),
        kink=True,
        note="a jump; the ledger of a check has both sides",
    ),
    Row("relu(-sqrt(x))", lambda x: relu(-sqrt(x)), (0.0,), 0.0, (0.0,), kink=True, note="PyTorch: nan"),
    Row("clip(sqrt(x), 1, 2)", lambda x: clip(sqrt(x), 1.0, 2.0), (0.0,), 1.0, (0.0,), note="PyTorch: nan"),
    Row("maximum(sqrt(x), 1)", lambda x: maximum(sqrt(x), 1.0), (0.0,), 1.0, (0.0,), note="PyTorch: nan"),
    Row("clip(x, low, high)", clip, (0.5, 2.0, 1.0), 1.0, (0.0, 0.0, 1.0), note="high where the bounds are crossed"),
    Row("clip(x, low, high)", clip, (1.0, 1.0, 1.0), 1.0, (0.0, 0.0, 1.0), kink=True, note="x no longer matters"),
    Row("clip(x, low, 1)", lambda x, low: clip(x, low, 1.0), (0.5, nan), nan, (nan, nan)),
    Row("sqrt(x·x)", lambda x: sqrt(x * x), (0.0,), 0.0, (nan,), note="the report names the first non-finite node"),
    Row("0·sqrt(x)", lambda x: 0 * sqrt(x), (0.0,), 0.0, (nan,), note="the report names the first non-finite node"),
    Row("a·b", lambda a, b: a * b, (inf, 0.0), nan, (0.0, inf)),
    Row("relu(x)", relu, (nan,), nan, (nan,), note="a nan in gives a nan gradient"),
    Row("maximum(x, 1)", lambda x: maximum(x, 1.0), (nan,), nan, (nan,), note="a nan in gives a nan gradient"),
    Row("hypot(a, b)", hypot, (0.0, 0.0), 0.0, (nan, nan), kink=True, note="the tip of a cone; JAX has ½, ½ here"),
    Row("hypot(a, b)", hypot, (3e200, 4e200), 5e200, (0.6, 0.8)),
    Row("norm(a, b)", ops.norm, (0.0, 0.0), 0.0, (0.0, 0.0), kink=True, note="hypot(a, b, …) of other than two too"),
    Row("norm(a, b, c)", ops.norm, (2e200, 3e200, 6e200), 7e200, (2 / 7, 3 / 7, 6 / 7)),
    Row("xlogy(a, b)", ops.xlogy, (0.0, 2.0), 0.0, (math.log(2.0), 0.0)),
    Row("xlogy(a, b)", ops.xlogy, (0.0, 0.0), 0.0, (0.0, 0.0), kink=True, note="PyTorch has nan along b"),
    Row("xlogy(a, b)", ops.xlogy, (1.0, 0.0), -inf, (-inf, inf)),
    Row("xlogy(0, b)", lambda b: ops.xlogy(0.0, b), (0.0,), 0.0, (0.0,), note="0 for all b; PyTorch has nan here"),
    Row("xlogy(a, b)", ops.xlogy, (0.0, nan), nan, (nan, nan), note="a nan in gives a nan gradient"),
    Row("entropy(p, q)", ops.entropy, (0.0, 1.0), 0.0, (inf, -1.0), note="the limit of the slope, as PyTorch's entr"),
    Row("entropy(p)", ops.entropy, (-1.0,), nan, (nan,), note="no part of a whole; SciPy has -inf here"),
    Row("logaddexp(a, b)", ops.logaddexp, (1000.0, 1000.0), 1000.0 + math.log(2.0), (0.5, 0.5)),
    Row("logaddexp(a, b)", ops.logaddexp, (-inf, 1.0), 1.0, (0.0, 1.0)),
    Row("log_sigmoid(x)", ops.log_sigmoid, (-1000.0,), -1000.0, (1.0,)),
    Row("log_sigmoid(x)", ops.log_sigmoid, (700.0,), -math.exp(-700.0), (math.exp(-700.0),), note="exact to 8 ulp"),
    Row("atan2(a, b)", atan2, (1e200, 1e200), math.pi / 4, (5e-201, -5e-201)),
    Row("logsumexp(a, b)", logsumexp, (-inf, 1.0), 1.0, (0.0, 1.0)),
    Row("logsumexp(a, b)", logsumexp, (-inf, -inf), -inf, (nan, nan), note="exp of it is 0, and has no shares"),
    Row(
        "elu(x, alpha)", elu, (0.0, 2.0), 0.0, (2.0, 0.0), kink=True, note="the slope on the left; smooth for alpha = 1"
    ),
    Row("elu(x, 1)", lambda x: elu(x, 1.0), (0.0,), 0.0, (1.0,)),
    Row("atan2(a, b)", atan2, (0.0, 0.0), 0.0, (nan, nan), note="PyTorch has 0 here, though the angle jumps"),
    Row(
        "x // 2", lambda x: x // 2, (4.0,), 2.0, (0.0,), kink=True, note="floor's gradient is 0; a kink where it jumps"
    ),
    Row("x % 2", lambda x: x % 2, (4.0,), 0.0, (1.0,), kink=True, note="x % y is x - y·floor(x / y)"),
    Row("x // 2", lambda x: x // 2, (5.0,), 2.0, (0.0,)),
    Row("x % 2", lambda x: x % 2, (5.0,), 1.0, (1.0,)),
]


def same(a: float, b: float) -> bool:
    return a == b or math.isclose(a, b, rel_tol=1e-14) or (math.isnan(a) and math.isnan(b))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.title} at {row.point}")
def test_row(row):
    leaves = [Value(x) for x in row.point]
    root = row.function(*leaves)
    root.backward()
    assert same(root.data, row.value)
    assert all(map(same, [leaf.grad for leaf in leaves], row.gradients)), [leaf.grad for leaf in leaves]
    assert bool(kinks(root)) == row.kink


def test_the_reports_of_the_rows_that_promise_one():
    x = Value(0.0, label="x")
    for root in (sqrt(x * x), 0 * sqrt(x)):
        root.zero_grad()
        root.backward()
        report = first_non_finite(root)
        assert report.what == "gradient"
        assert "sqrt" in report.message
    assert "cbrt" in first_non_finite(Value(-8.0) ** (1 / 3)).message


def test_where_keeps_both_branches_and_lets_nothing_through_to_the_other():
    x = Value(-1.0)
    other = log(x)
    chosen = ops.where(x > 0, other, x * 2)
    assert chosen.data == -2.0
    assert other in topological_order(chosen)
    chosen.backward()
    assert (x.grad, other.grad) == (2.0, 0.0)
    assert replay(chosen, {x: math.e})[chosen] == 1.0


def page() -> str:
    """The rows as a Markdown table."""
    head = "| expression | at | value | gradient | kink | note |\n|---|---|---|---|---|---|\n"
    cell: Callable[..., str] = lambda numbers: ", ".join(f"{x:.6g}" for x in numbers)
    return head + "".join(
        f"| `{row.title}` | {cell(row.point)} | {cell([row.value])} | {cell(row.gradients)} "
        f"| {'kink' if row.kink else ''} | {row.note} |\n"
        for row in ROWS
    )


def test_the_page_prints_the_rows():
    assert page() in PAGE.read_text(encoding="utf-8"), f"run: {sys.executable} {__file__}"


if __name__ == "__main__":  # write the page anew
    text = PAGE.read_text(encoding="utf-8")
    start, end = text.index("| expression |"), text.index("## Types")
    PAGE.write_text(f"{text[:start]}{page()}\n{text[end:]}", encoding="utf-8")
