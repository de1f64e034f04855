"""The closed forms of derivations beside SymPy's derivatives of the same expressions."""

from __future__ import annotations

import random

import pytest
import sympy as sp

from tinygrad_neuron import derive, parse
from tinygrad_neuron.formulas.symbol import Symbol, text

CASES = {
    "the articles' neuron": ("net = x*w + b; y = tanh(net); loss = (y - t)**2/2", ("x", "w", "b", "t")),
    "logistic": ("z = w*x + b; p = sigmoid(z); loss = -(y*log(p) + (1 - y)*log(1 - p))", ("w", "x", "b", "y")),
    "softmax of three": ("Z = exp(a) + exp(b) + exp(c); p = exp(b)/Z; L = -log(p)", ("a", "b", "c")),
    "a batch": ("d1 = w*x1 - y1; d2 = w*x2 - y2; d3 = w*x3 - y3; L = (d1**2 + d2**2 + d3**2)/3", ("w", "x1")),
    "two layers": ("z1 = v*x; a1 = tanh(z1); z2 = w*a1; a2 = sigmoid(z2); L = (a2 - t)**2", ("v", "x", "w")),
    "shared weight": ("z1 = w*x; z2 = w*z1; L = z2**2/2", ("w", "x")),
    "quotient and powers": ("u = x**3 + 1; v = sin(x) + 2; f = u/v; L = sqrt(f)", ("x",)),
    "normalization": ("m = (x + w)/2; d = x - m; s = (d**2 + 0.5)**0.5; r = d/s; L = r*t", ("x", "w", "t")),
}  # fmt: skip


def in_sympy(texts, names):
    """An expression of named stages in SymPy, with all stages put in."""
    table = {
        "sigmoid": lambda z: 1 / (1 + sp.exp(-z)),
        "tanh": sp.tanh,
        "exp": sp.exp,
        "log": sp.log,
        "sin": sp.sin,
        "cos": sp.cos,
        "sqrt": sp.sqrt,
    }
    known = {**table, **{name: sp.Symbol(name) for name in names}}
    for statement in texts.split("; "):
        name, formula = statement.split(" = ")
        known[name] = eval(formula, {"__builtins__": {}}, known)  # noqa: S307 (written above)
    return known


@pytest.mark.parametrize("case", CASES)
def test_closed_forms_are_sympys_derivatives(case):
    written, names = CASES[case]
    chance = random.Random(case)
    known = in_sympy(written, inputs(written))
    root = known[written.split("; ")[-1].split(" = ")[0]]
    graph = parse(
        written, {name: round(chance.uniform(0.2, 0.9), 2) for name in dict.fromkeys((*names, *inputs(written)))}
    )
    for name in names:
        closed = derive(graph, name).closed
        ours = eval(text(closed).text, {"__builtins__": {}}, known) if isinstance(closed, Symbol) else closed  # noqa: S307
        difference = sp.lambdify(
            [sp.Symbol(each) for each in graph_names(known)], ours - sp.diff(root, sp.Symbol(name)), "mpmath"
        )
        for _ in range(50):
            point = [chance.uniform(0.2, 0.9) for _ in graph_names(known)]
            assert abs(difference(*point)) < 1e-10, (case, name, text(closed).text)


def inputs(written):
    """The names of a text that it doesn't assign."""
    from tinygrad_neuron.formulas.expression import Expression

    return Expression(written).inputs


def graph_names(known):
    """The symbols that stand for inputs."""
    return [name for name, each in known.items() if isinstance(each, sp.Symbol)]
