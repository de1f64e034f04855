"""Every target gives what eager gives: per operation to 4 ulp on random graphs, and at the edges."""

from __future__ import annotations

import random

import numpy as np
import pytest
from cases import CASES
from compiling.targets import COMPOSED, COUNT, VECTORIZED, Case, judged_as_arrays
from test_conventions import ROWS, same

from tinygrad_neuron import Value
from tinygrad_neuron.compiling import native as machine
from tinygrad_neuron.compiling import trace as tracing
from tinygrad_neuron.compiling.python import function_of, list_primitives, run_carefully
from tinygrad_neuron.compiling.step import compile
from tinygrad_neuron.formulas.llvm import SPELLED
from tinygrad_neuron.primitives import FUNCTIONS


@pytest.fixture(scope="module")
def cases():
    return [Case(seed) for seed in range(COUNT)]


def test_python(cases):
    fast = 0
    for case in cases:
        listing = case.listing(list_primitives())
        try:
            _, run = function_of(
                tracing.Code(listing, tracing.Trace([], case.leaves, [*case.nodes], [], {}), None, len(case.nodes)),
                "f",
            )
            outputs = run([leaf.data for leaf in case.leaves])
            fast += 1
        except (ArithmeticError, ValueError):
            outputs = run_carefully(listing, [leaf.data for leaf in case.leaves])
        case.judge(outputs, COMPOSED)
        case.judge(run_carefully(listing, [leaf.data for leaf in case.leaves]), COMPOSED)
    assert fast > COUNT / 2


def test_native(cases):
    for start in range(0, COUNT, 100):
        part = cases[start : start + 100]
        library = machine.Library({f"f{k}": case.listing(SPELLED) for k, case in enumerate(part)})
        for k, case in enumerate(part):
            run = library.function(f"f{k}", machine.ctypes.c_bool, machine.DOUBLES, machine.DOUBLES)
            given = (machine.ctypes.c_double * 3)(*(leaf.data for leaf in case.leaves))
            outputs = (machine.ctypes.c_double * max(1, len(case.nodes)))()
            assert run(given, outputs)
            case.judge(outputs[: len(case.nodes)], COMPOSED)


def test_array(cases):
    judged_as_arrays(cases, np, VECTORIZED)


TARGETS = ("python", "array", "native")


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.title} at {row.point}")
def test_edges(row, target):
    step = compile(row.function, tuple(range(len(row.point))), target)
    value, slopes = step(*row.point)
    assert same(float(value), row.value)
    assert len(slopes) == len(row.gradients)
    assert all(same(float(found), expected) for found, expected in zip(slopes, row.gradients, strict=True)), slopes


@pytest.mark.parametrize("name", [name for name in CASES if name != "where"])  # a graph records its branch alone
@pytest.mark.parametrize("target", TARGETS)
def test_every_primitive_and_its_derivative(name, target):
    chance = random.Random(name)
    case = CASES[name]
    function = FUNCTIONS[name]
    wrt = tuple(range(len(case.domains)))

    def apply(*xs):
        return function(*xs)

    if name == "dot":
        apply = lambda *xs: FUNCTIONS["dot"](xs[:2], xs[2:])
    step = compile(apply, wrt, target)
    for _ in range(50):
        point = [chance.uniform(*domain) for domain in case.domains]
        if not case.clear(*point):
            continue
        leaves = [Value(x) for x in point]
        root = apply(*leaves)
        slopes = [0.0 for _ in leaves]
        if not root.is_constant:
            root.backward()
            slopes = [leaf.grad for leaf in leaves]
        value, found = step(*point)
        assert float(value) == pytest.approx(root.data, rel=1e-13, abs=1e-300)
        assert [float(each) for each in found] == pytest.approx(slopes, rel=1e-11, abs=1e-15)
