"""Programs that were written for other small engines run with the import changed."""

from __future__ import annotations

import importlib.util
import random
import sys
import types
from pathlib import Path

import graphviz
import numpy as np
import pytest

from tinygrad_neuron import Value, draw, grad, micrograd, replay, save
from tinygrad_neuron.nn import SGD, fit, hinge, make_moons
from tinygrad_neuron.program import Program


def micrograd_source(name: str) -> str:
    spec = importlib.util.find_spec("micrograd")
    source = (Path(spec.submodule_search_locations[0]) / f"{name}.py").read_text()
    return source.replace("from micrograd.engine import Value", "from tinygrad_neuron import Value")


def micrograd_nn() -> types.ModuleType:
    """micrograd's own neurons, layers and networks on our Value."""
    module = types.ModuleType("nn")
    exec(compile(micrograd_source("nn"), "nn.py", "exec"), module.__dict__)
    return module


def test_its_networks_train_on_our_value_as_on_theirs():
    ours, theirs = micrograd_nn(), importlib.import_module("micrograd.nn")
    curves = []
    for nn in (ours, theirs):
        random.seed(7)
        model = nn.MLP(2, [8, 8, 1])
        data = [([random.uniform(-1, 1), random.uniform(-1, 1)], random.choice([-1, 1])) for _ in range(12)]
        losses = []
        for _ in range(15):
            scores = [model(x) for x, _ in data]
            hinge = [(1 + -y * score).relu() for (_, y), score in zip(data, scores, strict=True)]
            loss = sum(hinge) * (1.0 / len(hinge)) + 1e-4 * sum(p * p for p in model.parameters())
            model.zero_grad()
            loss.backward()
            for p in model.parameters():
                p.data -= 0.1 * p.grad
            losses.append(loss.data)
        curves.append(losses)
    assert curves[0] == pytest.approx(curves[1], rel=1e-12)
    assert curves[0][-1] < curves[0][0]
    assert repr(ours.Neuron(2)) == "ReLUNeuron(2)"


def test_the_drawing_code_of_its_notebook():
    """Walks _prev, reads _op, formats data and grad."""

    def trace(root):
        nodes, edges = set(), set()

        def build(v):
            if v not in nodes:
                nodes.add(v)
                for child in v._prev:
                    edges.add((child, v))
                    build(child)

        build(root)
        return nodes, edges

    x = micrograd.Value(1.0)
    y = (x * 2 + 1).relu() + (x - 1) ** 2 / 3
    nodes, edges = trace(y)
    dot = graphviz.Digraph()
    for n in nodes:
        dot.node(str(id(n)), label="{ data %.4f | grad %.4f }" % (n.data, n.grad), shape="record")
        if n._op:
            dot.node(str(id(n)) + n._op, label=n._op)
    assert len(edges) == 12  # the power's exponent is in its operation
    assert {n._op for n in nodes} == {"", "+", "*", "ReLU", "-", "**2", "/"}
    assert dot.source.count("grad 0.0000") == len(nodes)


IMPORTS = {
    "ours": "from tinygrad_neuron.micrograd import Layer, MLP, Neuron, Value",
    "theirs": "from micrograd.engine import Value\nfrom micrograd.nn import Layer, MLP, Neuron",
}
TWO_MOONS = """
random.seed(1337)
points, labels = moons(SIZE)
network = MLP(2, [16, 16, 1])
curve = []
for step in range(STEPS):
    outputs = [network(list(map(Value, row))) for row in points]
    margins = [(1 + -label * output).relu() for label, output in zip(labels, outputs)]
    penalty = 1e-4 * sum((p * p for p in network.parameters()))
    total = sum(margins) * (1.0 / len(margins)) + penalty
    network.zero_grad()
    total.backward()
    for p in network.parameters():
        p.data -= (1.0 - 0.9 * step / 100) * p.grad
    right = [(label > 0) == (output.data > 0) for label, output in zip(labels, outputs)]
    curve.append((total.data, sum(right) / len(right)))
grid = [list(map(Value, place)) for place in np.array([[x, y] for x in (-1.0, 0.0, 1.0) for y in (-1.0, 0.5)])]
sides = np.array([score.data > 0 for score in map(network, grid)])
"""


def moons(size):
    """Two moons as arrays of NumPy, as scikit-learn gives them."""
    samples = make_moons(size, noise=0.1, seed=7)
    return np.array([point for point, _ in samples]), np.array([int(label) for _, label in samples])


def run_with(imports, program, **names):
    """The names of a program after it ran with these imports."""
    scope = {"random": random, "np": np, "moons": moons, **names}
    exec(IMPORTS[imports] + program, scope)
    return scope


def test_the_two_moons_run_with_the_imports_changed_to_the_same_numbers():
    ours, theirs = (run_with(imports, TWO_MOONS, SIZE=24, STEPS=12) for imports in IMPORTS)
    assert np.array(ours["curve"]) == pytest.approx(np.array(theirs["curve"]), rel=1e-9)
    assert ours["curve"][-1][0] < ours["curve"][0][0]
    assert (ours["sides"] == theirs["sides"]).all()
    assert repr(ours["network"]) == str(ours["network"]) == repr(theirs["network"])
    assert len(ours["network"].parameters()) == 337


BY_HAND = """
def squashed(x):
    t = (np.exp(2 * x.data) - 1) / (np.exp(2 * x.data) + 1)
    out = Value(t, (x,), "tanh")
    def _backward():
        x.grad += (1 - t**2) * out.grad
    out._backward = _backward
    return out

def gated(a, b):
    out = Value(a.data * b.data + a.data, (a, b), "gate")
    def _backward():
        a.grad += (b.data + 1) * out.grad
        b.grad += a.data * out.grad
    out._backward = _backward
    return out

a, b = Value(0.5), Value(-1.5)
root = squashed(gated(a, b) + gated(b, b)) * a + gated(a, a) ** 2
root.backward()
found = root.data, a.grad, b.grad
names = {v._op for v in [root, *root._prev]}
once = Value(3.0)
product = a * once
product.grad, a.grad = 2.0, 0.0
product._backward()
stepped = a.grad, once.grad
"""


def test_operations_by_hand_become_nodes_like_any_other():
    ours, theirs = (run_with(imports, BY_HAND) for imports in IMPORTS)
    for name in ("found", "stepped"):
        assert ours[name] == pytest.approx(theirs[name], rel=1e-14)
    assert ours["names"] == theirs["names"]
    names = [node.primitive.name for node in Program.of(ours["root"]).nodes if node.primitive]
    assert names.count("tanh") == 1  # the table's, which can be computed anew
    assert names.count("gate") == 3
    assert "gate" in str(draw(ours["root"], view="operations"))


def test_an_operation_by_hand_that_the_table_lacks_says_so_when_it_is_computed_anew():
    x = micrograd.Value(2.0)
    y = micrograd.Value(5.0, (x,), "magic")
    with pytest.raises(ValueError, match="magic was computed by hand"):
        replay(y, {x: 3.0})


def test_its_modules_have_its_names():
    random.seed(3)
    neuron = micrograd.Neuron(3)
    random.seed(3)
    assert [w.data for w in neuron.w] == [random.uniform(-1, 1) for _ in range(3)]
    assert neuron.b.data == 0.0
    assert neuron.nonlin
    assert neuron.parameters() == [*neuron.w, neuron.b]
    assert repr(micrograd.Neuron(2, nonlin=False)) == "LinearNeuron(2)"
    network = micrograd.MLP(3, [4, 4, 1])
    assert len(network.parameters()) == 41
    assert isinstance(network([2.0, 3.0, -1.0]), micrograd.Value)
    assert len(micrograd.MLP(2, [3])([1.0, 2.0])) == 3
    network([2.0, 3.0, -1.0]).backward()
    network.zero_grad()
    assert {p.grad for p in network.parameters()} == {0.0}
    assert "layers.1" in network.summary()
    with pytest.raises(ValueError, match=r"ReLUNeuron\(3\) takes 3 inputs, got 2"):
        neuron([1.0, 2.0])


def test_its_networks_train_with_fit():
    random.seed(2)
    network = micrograd.MLP(2, [8, 1])
    history = fit(network, make_moons(20), hinge, SGD(network.parameters(), 0.2), steps=60)
    assert history.losses[-1] < 0.5 * history.losses[0]


def test_the_neuron_of_its_lecture():
    x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
    w1, w2 = Value(-3.0, label="w1"), Value(1.0, label="w2")
    b = Value(6.8813735870195432, label="b")
    n = x1 * w1 + x2 * w2 + b
    n.label = "n"
    e = (2 * n).exp()
    o = (e - 1) / (e + 1)
    o.label = "o"
    o.backward()
    found = [each.grad for each in (x1, w1, x2, w2)]
    assert found == pytest.approx([-1.5, 1.0, 0.5, 0.0])
    assert n.tanh().data == pytest.approx(o.data)


def test_a_single_file_transformers_idioms():
    """log, exp, relu, negative powers and sum() over a softmax with attention, its gradient against a difference."""

    class Scalar(Value):
        def rescaled(self, by):
            return self * by

    random.seed(3)

    def linear(x, w):
        return [sum(wi * xi for wi, xi in zip(row, x, strict=True)) for row in w]

    def softmax(logits):
        largest = max(each.data for each in logits)
        exponentials = [(each - largest).exp() for each in logits]
        total = sum(exponentials)
        return [each / total for each in exponentials]

    def normalised(x):
        scale = (sum(xi * xi for xi in x) / len(x) + 1e-5) ** -0.5
        return [xi.rescaled(scale) for xi in x]

    matrix = lambda rows, columns: [[Scalar(random.gauss(0, 0.3)) for _ in range(columns)] for _ in range(rows)]
    embedding, wq, wk, wv, out = matrix(5, 4), matrix(4, 4), matrix(4, 4), matrix(4, 4), matrix(5, 4)
    parameters = [p for w in (embedding, wq, wk, wv, out) for row in w for p in row]

    def loss():
        keys, values, losses = [], [], []
        for token, target in ((1, 3), (3, 0), (0, 4)):
            x = normalised(embedding[token])
            q = linear(x, wq)
            keys.append(linear(x, wk))
            values.append(linear(x, wv))
            attention = softmax([sum(a * b for a, b in zip(q, k, strict=True)) / 4**0.5 for k in keys])
            mixed = [sum(a * v[j] for a, v in zip(attention, values, strict=True)) for j in range(4)]
            hidden = [(m + xi).relu().rescaled(1.0) for m, xi in zip(mixed, x, strict=True)]
            losses.append(-softmax(linear(hidden, out))[target].log())
        return (1 / len(losses)) * sum(losses)

    first = loss()
    first.backward()
    slope, p = embedding[1][2].grad, embedding[1][2]
    h = 1e-6
    p.data += h
    above = loss().data
    p.data -= 2 * h
    assert slope == pytest.approx((above - loss().data) / (2 * h), rel=1e-6)
    p.data += h
    for p in parameters:
        p.data -= 0.1 * p.grad
        p.grad = 0
    assert loss().data < first.data
    assert type(first) is Scalar


class TestWhatUsersTripOver:
    """The rest of the questions; those on second calls and order are in test_backward.py."""

    def test_recursion_limits(self):
        y = x = Value(1.0)
        for _ in range(10 * sys.getrecursionlimit()):
            y = y + x
        y.backward()
        assert x.grad == 1 + 10 * sys.getrecursionlimit()

    def test_missing_exp_tanh_log(self):
        x = Value(0.5)
        (x.exp() + x.tanh() + x.log()).backward()
        assert x.grad == pytest.approx(1.6487212707001282 + 0.7864477329659274 + 2.0)

    def test_value_to_the_power_of_value(self):
        a, b = Value(2.0), Value(3.0)
        (a**b).backward()
        assert (a.grad, b.grad) == pytest.approx((12.0, 8.0 * 0.6931471805599453))

    def test_number_to_the_power_of_value(self):
        x = Value(3.0)
        (2**x).backward()
        assert x.grad == pytest.approx(8.0 * 0.6931471805599453)

    def test_higher_order_gradients(self):
        assert grad(grad(lambda x: x**4))(2.0) == 48.0

    def test_saving(self, tmp_path):
        save(tmp_path / "graph.json", Value(2.0) * 3)
        assert (tmp_path / "graph.json").stat().st_size > 0
