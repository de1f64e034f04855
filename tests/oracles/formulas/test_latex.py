"""The LaTeX of derivations is read by the real KaTeX."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from strategies import BENDING, SMOOTH, examples, programs
from test_backward import ours

from tinygrad_neuron import Value, derive, topological_order

HERE = Path(__file__).parent


needs_katex = pytest.mark.skipif(
    not (shutil.which("node") and (HERE.parent / "node_modules" / "katex").exists()),
    reason="needs Node.js and npm install --prefix tests/oracles",
)


def complaints(texts):
    done = subprocess.run(
        ["node", str(HERE / "parse_latex.mjs")],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@needs_katex
def test_katex_does_complain():
    right, wrong = complaints([r"\frac{1}{2}", r"\frac{1}{"])
    assert right is None
    assert "KaTeX parse error" in wrong


@needs_katex
def test_latex_is_read_by_the_real_katex():
    texts = []

    @given(program=programs(SMOOTH | BENDING, longest=6))
    @settings(examples(100), database=None)
    def collect(program):
        labels = ["x", "w_1", "a b", "{\\n^~", "50 % & #$", "größe", "∂"]
        leaves = [Value(x, label=labels[k % 7]) for k, x in enumerate(program.inputs)]
        root = program.run(leaves, ours)[-1]
        for leaf in topological_order(root):
            if leaf.is_leaf:
                texts.append(derive(root, leaf).latex)  # noqa: PERF401

    collect()
    x = Value(2.0, label="x")
    texts.extend(derive(f, x).latex for f in (abs(x).sqrt(), (x / 3).log(), x**-1.5, 2**x, -(x + 1) * 1e-20, x.clip()))
    found = complaints(texts)
    assert found == [None] * len(texts), next((t, c) for t, c in zip(texts, found, strict=True) if c)
