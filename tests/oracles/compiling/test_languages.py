"""C, Rust, JavaScript and the array libraries give what eager gives: per operation to 4 ulp on random graphs."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest
from compiling.targets import COMPOSED, COUNT, Case, bodies, c_literal, judged, judged_as_arrays

from tinygrad_neuron.formulas.dialects import dialect_of
from tinygrad_neuron.primitives import PRIMITIVES


@pytest.fixture(scope="module")
def cases():
    return [Case(seed) for seed in range(COUNT)]


def main_of_c(cases):
    calls = "\n".join(
        f"    {{ double in[3] = {{{', '.join(c_literal(leaf.data) for leaf in case.leaves)}}}, out[200];"
        f" f{k}(in, out); show(out, {len(case.nodes)}); }}"
        for k, case in enumerate(cases)
    )
    return f"""#include <stdio.h>
#include <stdint.h>
#include <string.h>
static void show(const double *out, int n) {{
    for (int k = 0; k < n; k++) {{
        uint64_t bits;
        memcpy(&bits, &out[k], 8);
        printf("%016llx ", (unsigned long long)bits);
    }}
    printf("\\n");
}}
int main(void) {{
{calls}
    return 0;
}}
"""


@pytest.mark.skipif(not shutil.which("gcc"), reason="there is no gcc")
def test_c(cases, tmp_path):
    (tmp_path / "f.c").write_text(bodies(cases, "c") + main_of_c(cases))
    subprocess.run(
        [
            "gcc",
            "-O1",
            "-fno-builtin",
            "-ffp-contract=off",
            "-Wall",
            "-Werror",
            "-Wno-unused-function",
            "-Wno-unused-variable",
            "-o",
            "f",
            "f.c",
            "-lm",
        ],
        cwd=tmp_path,
        check=True,
    )
    out = subprocess.run([str(tmp_path / "f")], capture_output=True, text=True, check=True).stdout
    judged(out.splitlines(), cases, COMPOSED)


@pytest.mark.skipif(not shutil.which("rustc"), reason="there is no rustc")
def test_rust(cases, tmp_path):
    number = dialect_of("rust").number
    calls = "\n".join(
        f"    show(&f{k}(&[{', '.join(number(leaf.data) for leaf in case.leaves)}]).unwrap());"
        for k, case in enumerate(cases)
    )
    main = """
fn show(out: &[f64]) {
    let texts: Vec<String> = out.iter().map(|x| format!("{:016x}", x.to_bits())).collect();
    println!("{}", texts.join(" "));
}
fn main() {
%s
}
"""
    (tmp_path / "f.rs").write_text(bodies(cases, "rust") + main % calls)
    subprocess.run(["rustc", "-Copt-level=0", "-o", "f", "f.rs"], cwd=tmp_path, check=True)
    out = subprocess.run([str(tmp_path / "f")], capture_output=True, text=True, check=True).stdout
    judged(out.splitlines(), cases, {**COMPOSED, **dict.fromkeys(("asinh", "acosh", "atanh"), 8)})


# Node's library is another one than C's; erf and erfc are written in JavaScript
JAVASCRIPT = {
    **COMPOSED,
    "pow": 16,
    "exp2": 16,
    "erf": 8,
    "erfc": 64,
    "gelu": 64,
    "sinh": 8,
    "cosh": 8,
    "tan": 8,
    "log2": 8,
}


@pytest.mark.skipif(not shutil.which("node"), reason="there is no Node.js")
def test_javascript(cases, tmp_path):
    calls = "\n".join(f"show(f{k}({json.dumps([leaf.data for leaf in case.leaves])}));" for k, case in enumerate(cases))
    show = """
const view = new DataView(new ArrayBuffer(8));
const bits = (x) => { view.setFloat64(0, x); return view.getBigUint64(0).toString(16).padStart(16, "0"); };
const show = (out) => console.log(out.map(bits).join(" "));
"""
    (tmp_path / "f.js").write_text(bodies(cases, "javascript") + show + calls)
    out = subprocess.run(["node", "f.js"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    judged(out.split("\n")[:-1], cases, JAVASCRIPT)


LOOSE = {
    **dict.fromkeys(PRIMITIVES, 64),
    "gelu": 4000,
    "pow": 4000,
    "erfc": 2000,
    "logsumexp": 2000,
    "sinh": 4000,
    "cosh": 4000,
    "expm1": 4000,
    "softplus": 4000,
    "elu": 4000,
    "exp2": 4000,
    "atanh": 4000,
    "acosh": 4000,
    "asinh": 4000,
    "tanh": 4000,
    "sech_squared": 4000,
    "asin": 4000,
    "acos": 4000,
}


@pytest.mark.parametrize(("library", "count"), [("torch", 400), ("jax.numpy", 60)])
def test_array(cases, library, count):
    xp = pytest.importorskip(library)
    if library == "jax.numpy":
        pytest.importorskip("jax").config.update("jax_enable_x64", True)
    judged_as_arrays(cases[:count], xp, LOOSE)
