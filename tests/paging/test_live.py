"""The widget: what the page does to the numbers reaches the Values, and the other way round."""

from __future__ import annotations

import json

import pytest

from tinygrad_neuron import Value, parse, widget
from tinygrad_neuron.nn import MLP, SGD
from tinygrad_neuron.registry import import_extra

pytest.importorskip("anywidget")


@pytest.fixture
def neuron():
    given = {"x": 0.4, "w": 0.5, "b": 0.6, "t": 0.7}
    values = {name: Value(number, label=name, parameter=name in "wb") for name, number in given.items()}
    return parse("y = tanh(w*x + b); loss = (y - t)**2/2", values), values


def test_numbers_of_the_page_set_the_leaves(neuron):
    loss, values = neuron
    shown = widget(loss)
    assert shown.numbers == {"x": 0.4, "w": 0.5, "b": 0.6, "t": 0.7}
    shown.numbers = {**shown.numbers, "w": -1.25}
    assert values["w"].data == -1.25
    assert values["x"].data == 0.4


def test_training_shows(neuron):
    loss, values = neuron
    shown, seen = widget(loss), []
    shown.observe(lambda change: seen.append(change["new"]["w"]), "numbers")
    descent = SGD([values["w"], values["b"]], 0.1)
    for _ in range(3):
        root = parse("y = tanh(w*x + b); loss = (y - t)**2/2", values)
        descent.zero_grad()
        root.backward()
        descent.step()
        shown.refresh()
    assert len(seen) == 3
    assert seen[-1] == values["w"].data != 0.5


def test_leaves_without_a_name_have_one(neuron):
    root = MLP([2, 2, 1], seed=1)([Value(0.3), Value(0.4)])[0]
    shown = widget(root, title="A network", parameters=[])
    graph = json.loads(shown.graph)
    assert graph["title"] == "A network"
    assert graph["trained"] == []
    paths = {node["path"] for node in graph["nodes"] if node["kind"] in ("input", "parameter")}
    assert set(shown.numbers) == paths


def test_what_is_missing_is_said():
    with pytest.raises(RuntimeError, match="pip install"):
        import_extra("no_such_widget", RuntimeError("pip install it"))
