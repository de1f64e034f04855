"""Random piecewise programs: what eager gives on both sides of every condition, all readings give.

A sample with a fresh seed, that is printed: TINYGRAD_NEURON_SEED repeats it, TINYGRAD_NEURON_PROGRAMS says how many
programs there are.
"""

from __future__ import annotations

import itertools
import json
import math
import os
import random
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from cases import jax_functions, torch_functions
from checking.test_worksheet import agree, needs_libreoffice, recalculated
from compiling.test_targets import bodies, c_literal, hexadecimal
from paging.browsing import SHOW, floats
from piecewise import draws, piecewise

from tinygrad_neuron import Value, compile, kinks, worksheet
from tinygrad_neuron.checking.sheet import Worksheet, cell_name
from tinygrad_neuron.drawing.model import picture_model
from tinygrad_neuron.formulas.listing import Listing
from tinygrad_neuron.graph import gradient
from tinygrad_neuron.paging import document
from tinygrad_neuron.program import Program

SEED = os.environ.get("TINYGRAD_NEURON_SEED", "")
ENGINE = Path(document.__file__).parent / "script" / "engine.js"
COUNT = int(os.environ.get("TINYGRAD_NEURON_PROGRAMS", "300"))


def share(of):
    """A fraction of the sample; all programs of a large run."""
    return COUNT if COUNT > 300 else COUNT // of


class Case:
    """A program with inputs on both sides of its conditions, and eager's value and gradient at each."""

    def __init__(self, seed):
        self.program = piecewise(seed)
        self.recorded = {}
        self.inputs = draws(self.program, self.outcomes)
        self.expected = [self.eager(*self.recorded[xs][:2]) for xs in self.inputs]

    def graph(self, xs):
        leaves = [Value(x, label=f"x{k}") for k, x in enumerate(xs)]
        root, conditions = self.program.run(leaves)
        return root, leaves, conditions

    def outcomes(self, xs):
        self.recorded[xs] = self.graph(xs)
        return self.recorded[xs][2]

    def eager(self, root, leaves):
        root.zero_grad()
        root.backward()
        return [root.data, *(leaf.grad for leaf in leaves)]

    def both_sides(self):
        """The last input, and each at which a condition comes out as at none before."""
        seen: set[tuple[int, bool]] = set()
        for xs in self.inputs:
            outcomes = set(enumerate(map(bool, self.recorded[xs][2])))
            if xs == self.inputs[-1] or not outcomes <= seen:
                yield xs
            seen |= outcomes

    def compiled(self, target):
        return compile(self.function, wrt=tuple(range(self.program.width)), target=target)

    def function(self, *xs):
        return self.program.run(xs)[0]

    def listing(self, spelled):
        root, leaves, _ = self.recorded[self.inputs[0]]
        listing = Listing(spelled)
        ends = [root, *gradient(root, *leaves)]
        found = listing.record(ends, {leaf: listing.input(leaf.label) for leaf in leaves})
        listing.outputs = [found[each] for each in ends]
        return listing

    def judge(self, results, tolerance=1e-9):
        for xs, found, expected in zip(self.inputs, results, self.expected, strict=True):
            for a, b in zip(found, expected, strict=True):
                assert near(a, b, tolerance), (self.program, xs, list(found), expected)


def near(a, b, tolerance):
    if a == b or (math.isnan(a) and math.isnan(b)):
        return True
    return abs(a - b) <= tolerance * (1 + abs(b)) or (abs(a) > 1e300 and abs(b) > 1e300 and a * b > 0)


def made(count):
    """So many programs of a fresh seed, one after the other."""
    seed = int(SEED or random.SystemRandom().randrange(10**9))
    print(f"TINYGRAD_NEURON_SEED={seed} repeats this")
    yield from (Case(seed + k) for k in range(count))


def batches(count, size):
    """The same, so many at once."""
    cases = made(count)
    while batch := list(itertools.islice(cases, size)):
        yield batch


def flat(result):
    value, slopes = result
    return [value, *slopes]


def replayed(case):
    """Value and gradient at all inputs by the graph that was recorded at the first."""
    root, leaves, _ = case.recorded[case.inputs[0]]
    program = Program.of(root, *leaves)
    places = [program.places[leaf] for leaf in leaves]
    for xs in case.inputs:
        numbers = program.evaluate(dict(zip(places, xs, strict=True)))
        slopes = program.differentiate(program.partials_at(numbers))
        yield [numbers[program.roots[0]], *(slopes[place] for place in places)]


def test_replayed_compiled_to_python_and_over_arrays():
    for case in made(COUNT):
        case.judge(replayed(case), 0)
        step = case.compiled("python")
        case.judge([flat(step(*xs)) for xs in case.inputs], 1e-12)
        assert step.variants == 1, case.program  # no condition decided which branch is recorded
        columns = [np.array(column) for column in zip(*case.inputs, strict=True)]
        found = [np.broadcast_to(each, len(case.inputs)) for each in flat(case.compiled("array")(*columns))]
        case.judge(zip(*found, strict=True))


def test_native():
    pytest.importorskip("llvmlite")
    for case in made(share(6)):
        step = case.compiled("native")
        case.judge([flat(step(*xs)) for xs in case.inputs], 1e-12)


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
        lines = [f"import {{ figuresOf, graphOf }} from {json.dumps(ENGINE.as_uri())};", SHOW]
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
    graph, rules = document.graph_and_rules(program, picture_model(program))
    assert graph["frozen"] == ""
    yield f"{{ {rules}\nconst graph = graphOf({json.dumps(json.dumps(graph))});"
    places = [program.labels.get(f"x{k}", [None])[0] for k in range(case.program.width)]
    for xs in case.inputs:
        given = {place: x for place, x in zip(places, xs, strict=True) if place is not None}
        yield f"{{ const given = graph.nodes.map((node, k) => ({json.dumps(given)})[k] ?? node.value);"
        yield "const { values, gradients } = figuresOf(graph, rules, given);"
        yield f"show([values.at(-1), ...{json.dumps(places)}.map((k) => gradients[k] ?? 0)]); }}"
    yield "}"


def sheet_of(case, xs):
    root = case.graph(xs)[0]
    root.label = "y"
    return worksheet(root)


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
            theirs = torch.autograd.grad(root, leaves, allow_unused=True)
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
