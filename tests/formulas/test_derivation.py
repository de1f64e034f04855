"""Derivations: their formulas compute, their numbers add up, and their LaTeX is LaTeX."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from strategies import BENDING, SMOOTH, examples, programs
from test_backward import ours

from tinygrad_neuron import Value, derive, parse, scope, topological_order, variables
from tinygrad_neuron.formulas.symbol import Symbol, latex_name, unicode
from tinygrad_neuron.nn import MLP

HERE = Path(__file__).parent


def neuron():
    return parse(
        "net = x*w + b; output = tanh(net); error = output - target; loss = error**2/2",
        {"x": 0.4, "w": 0.5, "b": 0.6, "target": 0.7},
    )


def node(root, label):
    return next(each for each in topological_order(root) if each.label == label)


def test_the_articles_neuron():
    loss = neuron()
    written = derive(loss, node(loss, "w"))
    assert written.text == (
        "∂loss/∂w = ∂loss/∂error · ∂error/∂output · ∂output/∂net · ∂net/∂w\n"
        "\n"
        "where\n"
        "  ∂loss/∂error = error = −0.03596322973\n"
        "  ∂error/∂output = 1\n"
        "  ∂output/∂net = 1 − output² = 0.5590551677\n"
        "  ∂net/∂w = x = 0.4\n"
        "\n"
        "∂loss/∂w = error·(1 − output²)·x\n"
        "         = (−0.03596322973) · 0.5590551677 · 0.4\n"
        "         = −0.008042171772040318"
    )
    assert str(written) == written.text
    assert written.markdown.startswith("**∂loss/∂w**\n\n$$\n\\begin{aligned}")
    assert written._repr_mimebundle_()["text/latex"].startswith("$\\displaystyle \\begin{aligned}")


@given(program=programs(SMOOTH | BENDING, longest=6))
@examples(100)
def test_every_formula_computes_its_number_and_the_paths_add_up(program):
    leaves = [Value(x, label=f"x{k}") for k, x in enumerate(program.inputs)]
    root = program.run(leaves, ours)[-1]
    root.backward()
    inputs = {leaf.label: leaf.data for leaf in leaves}
    for leaf in leaves:
        if leaf not in set(topological_order(root)):
            continue
        written = derive(root, leaf, level="operations")
        for factor in (each for path in written.paths for each in path):
            if isinstance(factor.formula, Symbol) and math.isfinite(factor.value):
                formula = unicode(factor.formula).text
                if "[" not in formula:  # a long operand that goes by its number
                    assert parse(formula, inputs).data == pytest.approx(factor.value, rel=1e-9, abs=1e-12)
        if math.isfinite(leaf.grad) and written.total == len(written.paths):
            total = sum(math.prod(factor.value for factor in path) for path in written.paths)
            assert total == pytest.approx(leaf.grad, rel=1e-9, abs=1e-9)


def test_many_paths_are_summed_and_some_left_out():
    x = Value(1.0, label="x")
    y = x
    for k in range(10):
        y = y + y
        y.label = f"y{k}"
    assert str(derive(y, x)).splitlines()[-1] == "       = 1024.0"
    assert derive(y, x).total == 1  # each stage is twice the one before
    written = derive(y, x, level="operations")
    assert (written.total, len(written.paths), written.gradient) == (1024, 6, 1024.0)
    assert "… (1,018 more paths)" in written.text
    assert r"\dots" in written.latex


def test_a_long_path_is_folded_by_scope():
    x = Value(0.5, label="x")
    y = x
    for block in ("first", "second"):
        with scope(block):
            for _ in range(8):
                y = y.tanh()
    written = derive(y * 2, x, level="operations")
    assert [len(path) for path in written.paths] == [3]
    assert math.prod(factor.value for factor in written.paths[0]) == pytest.approx(written.gradient)
    (output,) = MLP([2, 3, 3, 1])([x, 1.0])
    assert derive(output, x, level="operations").total == 9


def test_what_does_not_depend_is_refused():
    x, w = variables(x=1.0, w=2.0)
    with pytest.raises(ValueError, match="the graph has no node"):
        derive(x * 2, w)
    product = x * w.detach()
    with pytest.raises(ValueError, match="doesn't depend on w"):
        derive(product, product.operands[1])


def test_labels_are_escaped():
    assert latex_name("w") == "w"
    assert latex_name("w_1") == latex_name("w1") == "w_{1}"
    assert latex_name("θ₁") == latex_name("θ1") == r"\theta_{1}"
    assert latex_name("net") == r"\mathrm{net}"
    assert latex_name("net12") == r"\mathrm{net}_{12}"
    assert latex_name("a\\b{") == r"\text{a\textbackslash b\{}"


def test_at_the_command_line(capsys):
    from tinygrad_neuron.cli import main

    words = ["derive", "net = x*w; y = net**2", "x=3", "w=2", "--wrt"]
    assert main([*words, "w"]) == 0
    assert "∂y/∂w = ∂y/∂net · ∂net/∂w" in capsys.readouterr().out
    assert main([*words, "w", "--latex"]) == 0
    assert capsys.readouterr().out.startswith(r"\begin{aligned}")
    assert main([*words, "w", "--markdown"]) == 0
    assert capsys.readouterr().out.startswith("**∂y/∂w**")
    assert main([*words, "q"]) == 2
    assert "wrt: the graph has no node 'q'; its names are x, w, net, y" in capsys.readouterr().err
