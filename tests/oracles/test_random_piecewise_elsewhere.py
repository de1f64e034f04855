"""Random piecewise programs in C, on the page, in a spreadsheet, in JAX and PyTorch."""

from __future__ import annotations

import itertools
import json
import math
import shutil
import subprocess
from pathlib import Path

import pytest
from cases import jax_functions, torch_functions
from checking.recalculating import needs_libreoffice, recalculated
from compiling.targets import bodies, c_literal, hexadecimal
from paging.browsing import SHOW, floats
from piecewise_cases import batches, made, near, share
from tutoring.sheets import agree

from tinygrad_neuron import kinks, worksheet
from tinygrad_neuron.paging import document, kernels
from tinygrad_neuron.program import Program
from tinygrad_neuron.tutoring.sheet import Worksheet, cell_name

ENGINE = Path(document.__file__).parent / "script" / "engine.js"


@pytest.mark.skipif(not shutil.which("gcc"), reason="there is no gcc")
def test_c(tmp_path):
    for cases in batches(share(3), 500):
        calls = "\n".join(
            f"{{ double in[] = {{{', '.join(map(c_literal, xs))}}}, out[9]; f{k}(in, out); show(out, {len(xs) + 1}); }}"
            for k, case in enumerate(cases)
            for xs in case.inputs
        )
        (tmp_path / "f.c").write_text(bodies(cases, "c") + C_MAIN % calls)
        command = ["gcc", "-O0", "-fno-builtin", "-ffp-contract=off", "-o", "f", "f.c", "-lm"]
        subprocess.run(command, cwd=tmp_path, check=True)
        out = subprocess.run([str(tmp_path / "f")], capture_output=True, text=True, check=True).stdout
        lines = iter(out.splitlines())
        for case in cases:
            case.judge([hexadecimal(next(lines).split()) for _ in case.inputs], 1e-12)


C_MAIN = """#include <stdio.h>
#include <stdint.h>
#include <string.h>
static void show(const double *out, int n) {
    for (int k = 0; k < n; k++) {
        uint64_t bits;
        memcpy(&bits, &out[k], 8);
        printf("%%016llx ", (unsigned long long)bits);
    }
    printf("\\n");
}
int main(void) {
%s
}
"""


@pytest.mark.skipif(not shutil.which("node"), reason="there is no Node.js")
def test_the_page(tmp_path):
    for cases in batches(share(5), 200):
        lines = [f"import {{ figuresOf, graphOf }} from {json.dumps(ENGINE.as_uri())};", kernels.constants(), SHOW]
        for case in cases:
            lines += script_of(case)
        lines.append("lines.forEach((line) => console.log(line));")
        (tmp_path / "run.mjs").write_text("\n".join(lines))
        done = subprocess.run(["node", "run.mjs"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        shown = iter(done.stdout.splitlines())
        for case in cases:
            case.judge([floats(next(shown)) for _ in case.inputs])


def script_of(case):
    """What the page's own script shows for a program's inputs, of the graph that was recorded at the first of them."""
    program = Program.of(case.recorded[case.inputs[0]][0])
    graph = {**document.numbers_of(program), "points": []}
    assert graph["frozen"] == ""
    yield f"{{ const graph = graphOf({json.dumps(json.dumps(graph))}, operations);"
    labels = [tag.label for tag in program.tags]
    places = [labels.index(f"x{k}") if f"x{k}" in labels else None for k in range(case.program.width)]
    for xs in case.inputs:
        given = {place: x for place, x in zip(places, xs, strict=True) if place is not None}
        yield f"{{ const given = graph.nodes.map((node, k) => ({json.dumps(given)})[k] ?? node.value);"
        yield "const { values, gradients } = figuresOf(graph, given);"
        yield f"show([values.at(-1), ...{json.dumps(places)}.map((k) => gradients[k] ?? 0)]); }}"
    yield "}"


def sheet_of(case, xs):
    root = case.graph(xs)[0]
    root.label = "y"
    return worksheet(root)


COMPARING = {"less", "less_equal", "equal", "maximum", "minimum", "clip"}


def takes_for_equal(program):
    """Whether two numbers are compared that differ in the last digits alone: spreadsheets take them for equal."""
    compared = [
        row for row, each in zip(program.operands, program.primitives, strict=True) if row and each.name in COMPARING
    ]
    pairs = [(program.numbers[a], program.numbers[b]) for row in compared for a, b in itertools.combinations(row, 2)]
    return any(a != b and math.isclose(a, b, rel_tol=1e-13) for a, b in pairs)


@needs_libreoffice
def test_the_worksheet(tmp_path):
    for batch, cases in enumerate(batches(share(10), 200)):
        sheets, changes, expected = [], [], []
        for case in cases:
            if case.program.is_wild:  # no nan and no infinity in a spreadsheet
                continue
            before = sheet_of(case, case.inputs[0])
            names = [cell.value for cell in before.rows[0]]
            for xs in case.both_sides():
                if takes_for_equal(Program.of(case.recorded[xs][0])):
                    continue
                sheets.append(before)
                expected.append(sheet_of(case, xs))
                changes.append({cell_name(1, names.index(f"x{k}")): x for k, x in enumerate(xs) if f"x{k}" in names})
        folder = tmp_path / str(batch)
        folder.mkdir()
        for found, sheet in zip(recalculated(sheets, changes, folder), expected, strict=True):
            agree(found[:-1], Worksheet(sheet.rows[:-1]))


def of_library(m, functions, lift):
    """The functions that programs call, of a library of arrays."""
    own = {
        "maximum": m.maximum,
        "minimum": m.minimum,
        "where": m.where,
        "clip": lambda x: m.clip(x, lift(0.0), lift(1.0)),
        "leaky_relu": lambda x: m.where(x > 0, x, 0.01 * x),
        "step": lambda x: m.where(x > 0, lift(1.0), lift(0.0)) + (x - x),
    }
    return lambda name: lambda *operands: (own.get(name) or functions(name))(*map(lift, operands))


def test_jax_and_pytorch_where_they_have_numbers():
    jax, torch = pytest.importorskip("jax"), pytest.importorskip("torch")
    of_jax = of_library(jax.numpy, jax_functions(), jax.numpy.asarray)
    of_torch = of_library(
        torch, torch_functions(), lambda x: x if hasattr(x, "dtype") else torch.tensor(x, dtype=torch.float64)
    )
    compared = 0
    for case in made(share(25)):
        for xs, expected in zip(case.inputs[:4], case.expected, strict=False):
            if not all(map(math.isfinite, expected)) or kinks(case.recorded[xs][0]):
                continue
            run = lambda *xs, case=case: case.program.run(xs, of_jax)[0]
            value, slopes = jax.value_and_grad(run, tuple(range(len(xs))))(*xs)
            leaves = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in xs]
            root = case.program.run(leaves, of_torch)[0]
            has_slopes = root.requires_grad  # a program may be a constant
            theirs = torch.autograd.grad(root, leaves, allow_unused=True) if has_slopes else [None] * len(leaves)
            for found in ([value, *slopes], [root, *(0.0 if each is None else each for each in theirs)]):
                numbers = [each if isinstance(each, float) else each.item() for each in found]
                if all(map(math.isfinite, numbers)):  # they let nan leak
                    assert all(near(a, b, 1e-9) for a, b in zip(numbers, expected, strict=True)), (
                        case.program,
                        xs,
                        numbers,
                        expected,
                    )
                    compared += 1
    assert compared > 20
