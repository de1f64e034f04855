"""From scalars to matrices: the recovered program computes what eager does, or says what it isn't."""

# ruff: noqa: N803, N806 (as mathematics has it)
from __future__ import annotations

import itertools
import math
import random
import subprocess
import sys

import numpy as np
import pytest
from strategies import BENDING, SMOOTH, WILD, random_program
from test_backward import ours

from tinygrad_neuron import (
    LanguageError,
    Value,
    compile,
    dot,
    export,
    matrices,
    mean,
    relu,
    softmax,
    sqrt,
    tanh,
)
from tinygrad_neuron.compiling import Matrices, recovered
from tinygrad_neuron.compiling.blocks import Blocks
from tinygrad_neuron.compiling.chains import read_chains
from tinygrad_neuron.nn import MLP
from tinygrad_neuron.program import Program

CLOSE = 1e-12


def draw(chance, *shape):
    """Nested lists of random numbers."""
    return [draw(chance, *shape[1:]) for _ in range(shape[0])] if shape else chance.uniform(-1, 1)


def parameters(chance, **shapes):
    """Nested lists of labelled Values."""

    def wrap(thing, name):
        if isinstance(thing, list):
            return [wrap(each, f"{name}_{k}") for k, each in enumerate(thing)]
        return Value(thing, label=name)

    return {name: wrap(draw(chance, *shape), name) for name, shape in shapes.items()}


def assert_same(result, root, given=()):
    """Value and gradients within 1e-12 of eager's, where the parameters are nodes of both graphs."""
    value, gradients = result(*given)
    root.zero_grad()
    root.backward()
    assert abs(value - root.data) <= CLOSE * max(1.0, abs(root.data))
    found = result.gradients_by_node(gradients)
    assert found
    for node, gradient in found.items():
        assert abs(gradient - node.grad) <= CLOSE * max(1.0, abs(node.grad)), node.label


# ---------------------------------------------------------------- styles in which people write a network
def with_loops(model, X, y):
    total = 0
    for x, t in zip(X, y, strict=True):
        total = total + (model(x)[0] - t) ** 2
    return total / len(X)


def with_sum(model, X, y):
    errors = [model(x)[0] - t for x, t in zip(X, y, strict=True)]
    return sum(e * e for e in errors) * (1 / len(X))


def with_mean(model, X, y):
    return mean([(model(x)[0] - t) ** 2 for x, t in zip(X, y, strict=True)])


def by_operators(weights, X, y):
    """The network itself written in plain loops."""
    total = 0
    for x, t in zip(X, y, strict=True):
        for k in range(1, len(weights) // 2 + 1):
            outputs = []
            for row, bias in zip(weights[f"W{k}"], weights[f"b{k}"], strict=True):
                net = bias
                for w, each in zip(row, x, strict=True):
                    net = net + w * each
                outputs.append(tanh(net))
            x = outputs  # noqa: PLW2901
        total += (x[0] - t) * (x[0] - t)
    return total / len(X)


SIZES = [(2, 1), (3, 4, 1), (2, 4, 3, 1), (3, 5, 4, 3, 1)]
STYLES = [with_loops, with_sum, with_mean]


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid"])
def test_networks_of_modules(sizes, style, activation):
    chance, model = random.Random(1), MLP(sizes, activation, seed=2)
    result = matrices(lambda X, y: style(model, X, y), draw(chance, 3, sizes[0]), draw(chance, 3))
    assert (result.samples, result.note) == ("any number of", "")
    for n in (1, 2, 3, 20):
        X, y = draw(chance, n, sizes[0]), draw(chance, n)
        assert_same(result, style(model, X, y), (X, y))


@pytest.mark.parametrize("style", STYLES)
def test_a_thousand_samples(style):
    chance, model = random.Random(1), MLP((2, 4, 1), "tanh", seed=2)
    X, y = draw(chance, 1000, 2), draw(chance, 1000)
    assert_same(matrices(lambda X, y: style(model, X, y), X, y), style(model, X, y), (X, y))


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_networks_of_plain_operators(sizes):
    chance = random.Random(3)
    layers = list(enumerate(itertools.pairwise(sizes), 1))
    shapes = {f"W{k}": (m, n) for k, (n, m) in layers} | {f"b{k}": (m,) for k, (_, m) in layers}
    weights = parameters(chance, **shapes)
    result = matrices(lambda X, y: by_operators(weights, X, y), draw(chance, 3, sizes[0]), draw(chance, 3))
    assert (result.samples, result.note) == ("any number of", "")
    assert "Z1 = W1 @ X" in result.text()
    for n in (1, 5, 50):
        X, y = draw(chance, n, sizes[0]), draw(chance, n)
        assert_same(result, by_operators(weights, X, y), (X, y))


def test_the_text_is_what_courses_write():
    chance, model = random.Random(1), MLP((2, 4, 1), "tanh", seed=2)
    text = matrices(lambda X, y: with_loops(model, X, y), draw(chance, 3, 2), draw(chance, 3)).text()
    for line in (
        "n = X.shape[1]",
        "Z1 = W1 @ X",
        "H1 = np.tanh(Z1 + b1[:, None])",
        "Z2 = W2 @ H1",
        "loss = (t1**2).sum()/n",
        "dW2 = dZ2 @ H1.T",
        "dH1 = W2.T @ dZ2",
        "dZ1 = dH1*(1.0 - H1**2)",
        "db1 = dZ1.sum(axis=1)",
        "dW1 = dZ1 @ X.T",
    ):
        assert line in text.splitlines()


# ---------------------------------------------------------------- other networks
def penalized(p, X, y):
    data = mean([(dot(p["V"], [tanh(dot(row, x) + b) for row, b in zip(p["W"], p["b"], strict=True)]) - t) ** 2
                 for x, t in zip(X, y, strict=True)])  # fmt: skip
    return data + 0.01 * (sum(w * w for row in p["W"] for w in row) + sum(v * v for v in p["V"]))


def autoencoder(p, X):
    """With tied weights: what encodes also decodes."""
    total = 0
    for x in X:
        hidden = [tanh(dot(row, x) + b) for row, b in zip(p["W"], p["b"], strict=True)]
        for j, each in enumerate(x):
            total += (sum(row[j] * h for row, h in zip(p["W"], hidden, strict=True)) + p["c"][j] - each) ** 2
    return total / len(X)


def batch_normalized(p, X, y):
    n = len(X)
    nets = [[dot(row, x) + b for row, b in zip(p["W"], p["b"], strict=True)] for x in X]
    columns = []
    for column, g, b in zip(zip(*nets, strict=True), p["gain"], p["shift"], strict=True):
        m = sum(column) / n
        variance = sum((z - m) ** 2 for z in column) / (n - 1)
        columns.append([tanh(g * (z - m) / sqrt(variance + 1e-5) + b) for z in column])
    return sum((dot(p["V"], h) - t) ** 2 for h, t in zip(zip(*columns, strict=True), y, strict=True)) / n


def linear(weights, x):
    return [dot(row, x) for row in weights]


def normalize(v):
    m = sum(v) / len(v)
    return [(e - m) / sqrt(sum((e - m) ** 2 for e in v) / len(v) + 1e-5) for e in v]


def transformer_block(p):
    """One head of attention and a network, with residuals and layer normalization."""
    normal = [normalize(x) for x in p["X"]]
    q, k, v = ([linear(p[name], x) for x in normal] for name in ("Q", "K", "V"))
    total = 0
    for query, x in zip(q, p["X"], strict=True):
        weights = softmax([dot(query, key) / math.sqrt(len(query)) for key in k])
        mixed = [sum(w * each[j] for w, each in zip(weights, v, strict=True)) for j in range(len(query))]
        y = [a + b for a, b in zip(x, linear(p["O"], mixed), strict=True)]
        hidden = [relu(z + b) for z, b in zip(linear(p["W1"], normalize(y)), p["b1"], strict=True)]
        total = total + sum((z + b + a) ** 2 for z, b, a in zip(linear(p["W2"], hidden), p["b2"], y, strict=True))
    return total / len(p["X"])


OTHERS = {
    penalized: {"W": (4, 3), "b": (4,), "V": (4,)},
    autoencoder: {"W": (2, 3), "b": (2,), "c": (3,)},
    batch_normalized: {"W": (4, 3), "b": (4,), "gain": (4,), "shift": (4,), "V": (4,)},
}


@pytest.mark.parametrize("function", OTHERS)
def test_other_networks(function):
    chance = random.Random(4)
    p = parameters(chance, **OTHERS[function])
    data = lambda n: (draw(chance, n, 3), *([] if function is autoencoder else [draw(chance, n)]))
    of_data = (lambda X: function(p, X)) if function is autoencoder else (lambda X, y: function(p, X, y))
    result = matrices(of_data, *data(3))
    assert (result.samples, result.note) == ("any number of", "")
    for n in (2, 5, 40):
        given = data(n)
        assert_same(result, function(p, *given), given)


def test_a_transformer_block():
    shapes = {"X": (5, 4), **dict.fromkeys("QKVO", (4, 4)), "W1": (6, 4), "b1": (6,), "W2": (4, 6), "b2": (4,)}
    root = transformer_block(parameters(random.Random(5), **shapes))
    result = matrices(root)
    assert "softmax(" in result.source
    assert "scatter(" not in result.source
    assert_same(result, root)


def test_a_root_is_for_the_samples_that_it_has():
    chance, model = random.Random(1), MLP((2, 3, 1), "tanh", seed=2)
    root = with_loops(model, draw(chance, 3, 2), draw(chance, 3))
    result = matrices(root)
    assert result.samples == "3"
    assert "# for 3 samples" in result.text()
    assert_same(result, root)
    first = result.entries[model.layers[0].neurons[1].weights[0]]
    assert first == "W1[1, 0]"


# ---------------------------------------------------------------- what can't be recovered
@pytest.mark.parametrize("part", range(4))
def test_random_graphs_are_right_or_refused(part):
    """100 of each part; what is given was compared with the scalar graph, here at its own numbers once more."""
    wrong, given = [], 0
    for seed in range(100 * part, 100 * part + 100):
        chance = random.Random(seed)
        functions = SMOOTH | BENDING | (WILD if part % 2 else {})
        program = random_program(chance, [chance.uniform(-2, 2) for _ in range(5)], functions, longest=40)
        root = program.run([Value(x, label=f"x{k}") for k, x in enumerate(program.inputs)], ours)[-1]
        if not isinstance(root, Value) or root.is_constant:
            continue
        try:
            result = matrices(root)
        except LanguageError:
            continue
        given += 1
        with np.errstate(all="ignore"):
            value, gradients = result()
        root.zero_grad()
        root.backward()
        pairs = [(value, root.data), *((g, node.grad) for node, g in result.gradients_by_node(gradients).items())]
        size = max([1.0, *(abs(b) for _, b in pairs if math.isfinite(b))])
        if not all(np.isclose(a, b, rtol=1e-9, atol=1e-10 * size, equal_nan=True) for a, b in pairs):
            wrong.append((seed, pairs))
    assert not wrong, wrong[0]
    assert given > 50


def test_vectors_of_like_operations_are_right_too():
    """What is given where no matrices are found."""
    chance, model = random.Random(1), MLP((2, 3, 1), "tanh", seed=2)
    program = Program.of(with_loops(model, draw(chance, 3, 2), draw(chance, 3)))
    read, sources = read_chains(program)
    found = recovered._write(Blocks(read, plain=True), sources, set())
    assert recovered._compare(found, program) == ""
    assert "@" not in found.source
    assert "vectors of like operations" in Matrices(found, program).text()


def test_a_wrong_program_is_found_out():
    """The test before it is given: any changed operator is seen."""
    chance, model = random.Random(1), MLP((2, 3, 1), "tanh", seed=2)
    program = Program.of(with_loops(model, draw(chance, 3, 2), draw(chance, 3)))
    found = recovered.recover(program)
    for old, new in (
        ("1.0 - H1", "1.0 + H1"),
        (".sum(axis=1)", ".mean(axis=1)"),
        ("2.0*t1", "2.1*t1"),
        ("+ b2", "- b2"),
    ):
        changed = found._replace(body=[line.replace(old, new) for line in found.body])
        assert changed.body != found.body
        assert recovered._compare(changed, program) != "", old


def test_a_comparison_of_data_is_refused():
    w = Value(0.5, label="w")
    with pytest.raises(LanguageError, match=r"use where\(\)"):
        matrices(lambda X: sum(w * x if w * x > 0 else -w for x in X), [1.0, 2.0])


def test_what_differs_between_samples_is_said():
    w = Value(0.5, label="w")
    result = matrices(lambda X: sum((k + 1) ** 3 * tanh(w * x) for k, x in enumerate(X)), [1.0, 2.0])
    assert result.samples == "2"
    assert "another number of samples would need another text" in result.text()
    assert_same(result, sum((k + 1) ** 3 * tanh(w * x) for k, x in enumerate([1.0, 2.0])))


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: matrices(3.0), TypeError, "nothing to record"),
        (lambda: matrices(lambda X: 3.0, [1.0]), TypeError, "returns a Value"),
        (lambda: matrices(lambda X: X[0], [1.0], wrt="w"), TypeError, "wrt"),
        (lambda: network()(Q=1.0), TypeError, "no array 'Q'"),
        (lambda: network()([[1.0, 2.0]]), TypeError, "takes 2 arguments"),
        (lambda: network()([[1.0, 2.0]], [1.0, 2.0]), ValueError, "numbers of samples differ"),
    ],
)
def test_errors(call, error, said):
    with pytest.raises(error, match=said):
        call()


def network():
    model = MLP((2, 3, 1), "tanh", seed=2)
    return matrices(lambda X, y: with_loops(model, X, y), [[1.0, 2.0], [0.5, -1.0]], [1.0, 0.0])


# ---------------------------------------------------------------- what can be done with it
def test_arrays_by_name_and_by_argument():
    result = network()
    X, y = [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]], [1.0, 2.0, 3.0]
    by_argument, by_name = result(X, y), result(X=np.array(X).T, Y=np.array([y]))
    assert by_argument[0] == by_name[0]
    assert by_argument[1]["W1"].shape == (3, 2)


def test_it_reads_the_parameters_as_they_are_now():
    model = MLP((2, 3, 1), "tanh", seed=2)
    X, y = [[1.0, 2.0], [0.5, -1.0]], [1.0, 0.0]
    result = matrices(lambda X, y: with_loops(model, X, y), X, y)
    for parameter in model.parameters():
        parameter.data += 0.25
    assert_same(result, with_loops(model, X, y), (X, y))


def test_arguments_that_are_differentiated_by():
    f = lambda w, X: sum(dot(w, x) ** 2 for x in X) / len(X)
    result = matrices(f, [0.5, -1.0, 0.25], [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], wrt="w")
    w, X = [0.1, 0.2, 0.3], np.arange(12.0).reshape(4, 3)
    value, gradients = result(w, X)
    assert np.isclose(value, np.mean((X @ w) ** 2), rtol=1e-14)
    assert np.allclose(gradients["W"] if "W" in gradients else gradients["w"], 2 * X.T @ (X @ w) / 4, rtol=1e-14)


def test_the_export_runs_alone(tmp_path):
    result = network()
    result.save(tmp_path / "program.py")
    assert export(result, "numpy") == (tmp_path / "program.py").read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="written for numpy"):
        export(result, "torch")
    command = [sys.executable, "-I", str(tmp_path / "program.py")]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert float(found.split()[0].removeprefix("np.float64(").rstrip(")")) == result()[0]


def test_latex():
    latex = network().to_latex()
    assert r"Z_{1} &= W_{1}\,X" in latex
    assert r"\mathrm{d}W_{1} &= \mathrm{d}Z_{1}\,X^{\top}" in latex
    assert latex.count("{") == latex.count("}")


def test_the_target_matrix():
    f = lambda w, b, X: mean([tanh(dot(w, x) + b) for x in X])
    given = [0.5, -1.0], 0.25, [[1.0, 2.0], [3.0, 4.0], [0.5, 0.25]]
    matrix, python = (compile(f, wrt=("w", "b"), target=target)(*given) for target in ("matrix", "python"))
    assert np.isclose(matrix[0], python[0], rtol=1e-14)
    assert np.allclose(matrix[1][0], python[1][0], rtol=1e-12)
    assert np.isclose(matrix[1][1], python[1][1], rtol=1e-12)


@pytest.mark.parametrize("seed", range(200))
def test_sums_that_begin_with_nothing(seed):
    """Learners begin with total = 0: short sums and sums of nothing are taken apart rightly, or left whole."""
    draw = random.Random(seed)
    v = [Value(draw.uniform(-1, 1), label=f"v{k}") for k in range(4)]
    terms = (
        lambda: draw.choice(v),
        lambda: 0,
        lambda: draw.choice(v) * draw.choice(v),
        lambda: draw.choice(v).tanh(),
        lambda: sum(a * b for a, b in itertools.pairwise(v)),
    )
    total = 0 + draw.choice(v)
    for _ in range(draw.randint(1, 4)):
        term = draw.choice(terms)()
        total = total + term if draw.random() < 0.6 else term + total
    value, _ = matrices(total)()
    assert float(value) == pytest.approx(total.data, rel=1e-12)
