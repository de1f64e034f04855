"""What a condition made zero stays zero in other languages, on the page and in a spreadsheet; powers as in JAX."""

from __future__ import annotations

import json
import math
import shutil
import subprocess

import pytest
from checking.recalculating import needs_libreoffice, recalculated
from compiling.targets import bodies, c_literal, hexadecimal
from edges import DEAD, Ends, everything, judged, nth
from paging.browsing import SHOW, floats

from tinygrad_neuron import (
    Value,
    ops,
    worksheet,
)
from tinygrad_neuron.formulas.dialects import dialect_of
from tinygrad_neuron.paging import document, kernels
from tinygrad_neuron.program import Program


@pytest.mark.skipif(not shutil.which("gcc"), reason="there is no gcc")
def test_in_c(tmp_path):
    made = everything()
    calls = "\n".join(
        f"    {{ double in[] = {{{', '.join(map(literal, ends.leaves))}}}, out[9]; f{k}(in, out);"
        f' for (int i = 0; i < {len(ends.expected)}; i++) show(out[i]); puts(""); }}'
        for k, ends in enumerate(made)
    )
    show = 'static void show(double x) { uint64_t b; memcpy(&b, &x, 8); printf("%016llx ", (unsigned long long)b); }'
    head = "#include <stdio.h>\n#include <stdint.h>\n#include <string.h>\n#include <math.h>\n"
    (tmp_path / "f.c").write_text(f"{head}{bodies(made, 'c')}\n{show}\nint main(void) {{\n{calls}\nreturn 0; }}\n")
    subprocess.run(["gcc", "-O1", "-o", "f", "f.c", "-lm"], cwd=tmp_path, check=True)
    out = subprocess.run([str(tmp_path / "f")], capture_output=True, text=True, check=True).stdout
    judged(made, [hexadecimal(line.split()) for line in out.splitlines()])


def literal(leaf):
    return c_literal(leaf.data) if math.isfinite(leaf.data) else dialect_of("c").number(leaf.data)


@pytest.mark.skipif(not shutil.which("rustc"), reason="there is no rustc")
def test_in_rust(tmp_path):
    made = everything()
    number = dialect_of("rust").number
    calls = "\n".join(
        f"    show(&f{k}(&[{', '.join(number(leaf.data) for leaf in ends.leaves)}]).unwrap());"
        for k, ends in enumerate(made)
    )
    show = 'fn show(out: &[f64]) { for x in out { print!("{:016x} ", x.to_bits()); } println!(); }'
    (tmp_path / "f.rs").write_text(f"{bodies(made, 'rust')}\n{show}\nfn main() {{\n{calls}\n}}\n")
    subprocess.run(["rustc", "-Copt-level=0", "-Awarnings", "-o", "f", "f.rs"], cwd=tmp_path, check=True)
    out = subprocess.run([str(tmp_path / "f")], capture_output=True, text=True, check=True).stdout
    judged(made, [hexadecimal(line.split()) for line in out.splitlines()])


@pytest.mark.skipif(not shutil.which("node"), reason="there is no Node.js")
def test_in_javascript_and_on_the_page(tmp_path):
    made = everything()
    write = dialect_of("javascript").number
    engine = json.dumps(document.__file__.replace("document.py", "script/engine.js"))
    lines = [f"import {{ figuresOf, graphOf }} from {engine};"]
    lines += ["".join(kernels.constants().partition("const operations")[1:])]  # the helpers are in the bodies
    lines += [SHOW, bodies(made, "javascript")]
    lines += [f"show(f{k}([{', '.join(write(leaf.data) for leaf in ends.leaves)}]));" for k, ends in enumerate(made)]
    for ends in made:
        program = Program.of(ends.root)
        graph, recorded = (json.dumps({**document.numbers_of(program, why), "points": []}) for why in ("", "so"))
        lines.append(f"{{ const graph = graphOf({json.dumps(graph)}, operations);")
        lines.append("const { values, gradients } = figuresOf(graph, graph.nodes.map((node) => node.value));")
        places = [program.places.get(leaf) for leaf in ends.leaves]
        lines.append(f"show([values.at(-1), ...{json.dumps(places)}.map((k) => gradients[k] ?? 0)]);")
        lines.append(f"const recorded = figuresOf(graphOf({json.dumps(recorded)}, operations), []);")
        lines.append(
            f"show([recorded.values.at(-1), ...{json.dumps(places)}.map((k) => recorded.gradients[k] ?? 0)]); }}"
        )
    (tmp_path / "run.mjs").write_text("\n".join([*lines, "lines.forEach((line) => console.log(line));"]))
    done = subprocess.run(["node", "run.mjs"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    shown = [floats(line) for line in done.stdout.splitlines()]
    judged(made, shown[: len(made)])
    judged(made, shown[len(made) :: 2])
    judged(made, shown[len(made) + 1 :: 2])


@needs_libreoffice
def test_in_a_spreadsheet(tmp_path):
    made = [(name, Ends(function, point)) for name, (function, point, value, slopes) in DEAD.items()
            if all(map(math.isfinite, (value, *slopes)))]  # fmt: skip
    sheets = []
    for _, ends in made:
        ends.root.label = "y"
        sheets.append(worksheet(ends.root))
    for (name, ends), found in zip(made, recalculated(sheets, [{}] * len(sheets), tmp_path), strict=True):
        titles = {row[0]: row for row in found}
        for leaf in ends.leaves:
            if leaf.label in found[0]:
                assert titles["global gradient"][found[0].index(leaf.label)] == leaf.grad, (name, leaf)


POWERS = {
    **{f"x**{n}": (lambda x, n=n: x**n) for n in range(5)},
    "x + x**2 + x**3 + x**4": lambda x: x + x**2 + x**3 + x**4,
    "2*x**3 - x**0": lambda x: 2 * x**3 - x**0,
    "exp(-x**2)": lambda x: exp_of(x)(-(x**2)),
    "sin(x)**2": lambda x: sin_of(x)(x) ** 2,
    "(x*x)**2": lambda x: (x * x) ** 2,
}


def library_of(x):
    if isinstance(x, (Value, float)):
        return ops
    import jax.numpy

    return jax.numpy


def exp_of(x):
    return library_of(x).exp


def sin_of(x):
    return library_of(x).sin


@pytest.mark.parametrize("name", POWERS)
def test_derivatives_of_powers_of_orders_0_to_6_as_jax(name):
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", val=True)
    theirs, function = POWERS[name], POWERS[name]
    for order in range(7):
        compiled = jax.jit(theirs)
        for x in (0.0, 1.0, -0.7, 2.5):
            found, expected = nth(function, order)(x), float(compiled(x))
            assert found == pytest.approx(expected, rel=1e-9, abs=1e-9), (order, x)
        theirs = jax.grad(theirs)
