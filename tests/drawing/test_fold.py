"""Scopes as boxes around boxes, and folding."""

from __future__ import annotations

import math
import re

import pytest
from drawing.graphs import chain, network

from tinygrad_neuron import Value, draw, ops, scope
from tinygrad_neuron.drawing.fold import fold
from tinygrad_neuron.drawing.model import picture_model
from tinygrad_neuron.program import Program


def titles(picture):
    return [box.title for box in picture.model.boxes if box.kind == "folded"]


def test_scopes_are_clusters_and_nest():
    source = draw(network([2, 4, 1])).dot.source
    assert source.count("subgraph cluster_") == 7
    layer = source[source.index("label=<layer 1>") :]
    assert layer.index("<neuron 1>") < layer.index("<neuron 2>") < layer.index("<neuron 4>")


def test_constants_lie_where_they_are_used():
    x = Value(1.0)
    with scope("inside"):
        y = x * 2
    model = picture_model(Program.of(y + 3))
    assert [box.scope for box in model.boxes] == [(), ("inside",), ("inside",), (), ()]


def test_a_small_network_is_whole_and_a_large_one_folds_to_rows_of_neurons():
    assert titles(draw(network([2, 4, 1]))) == []
    picture = draw(network([2, 16, 16, 1]))
    assert titles(picture) == ["neuron", "neuron ×16", "neuron ×16"]
    first = next(box for box in picture.model.boxes if box.scope == ("layer 1",))
    assert first.formula == "128 nodes"
    assert first.gradient is not None
    assert "neuron ×16</b> · 128 nodes" in picture.dot.source
    assert picture.model.captions[-1].startswith("folded: 977 of 983 nodes, in layer 3/neuron, layer 2/neuron ×16")


def test_depth_and_expand():
    loss = network([2, 16, 16, 1])
    assert titles(draw(loss, depth=0)) == ["layer 3", "layer 2", "layer 1"]
    assert titles(draw(loss, depth=0, max_nodes=7)) == ["layer ×3"]
    opened = draw(loss, depth=0, expand=["layer 3"])
    assert titles(opened) == ["neuron 1", "layer 2", "layer 1"]
    assert len(draw(loss, max_nodes=10_000).model.boxes) == 983
    assert (
        titles(draw(loss, depth=0, expand=["layer 1", "layer 2", "layer 3", "neuron 1"], max_nodes=300))[0] != "layer 3"
    )


def test_what_is_wrong_inside_shows_on_the_fold():
    x = Value(-1.0)
    with scope("inside"):
        y = x.log()
    (box,) = (box for box in draw(y + 1, depth=0).model.boxes if box.kind == "folded")
    assert box.marks == ("not finite, the first",)


@pytest.mark.parametrize("order", [(math.nan, 3.0, -5.0), (3.0, math.nan, -5.0), (3.0, -5.0, math.nan)])
def test_the_largest_gradient_inside_shows_on_the_fold_and_nan_before_all(order):
    def folded(gradients):
        with scope("inside"):
            parts = [Value(1.0) for _ in gradients]
        root = ops.dot([Value(each, constant=True) for each in gradients], parts)
        root.backward()
        (box,) = (box for box in draw(root, depth=0).model.boxes if box.kind == "folded")
        return box.gradient

    assert math.isnan(folded(order))
    assert folded([each for each in order if each == each]) == 5.0


def test_a_large_scope_is_folded_into_one_box_of_its_name():
    x = Value(0.5, label="x")
    with scope("long"):
        y = x
        for _ in range(200):
            y = y.tanh()
    picture = draw(y + 1)
    assert titles(picture) == ["long"]
    assert len(picture.model.boxes) == 4


def test_edges_that_stand_for_several_are_solid_in_mermaid_and_those_of_constants_dotted():
    source = draw(network([2, 16, 16, 1])).mermaid()
    assert re.search(r'-->\|"#215;256"\|', source)
    assert " -.-> n" in source  # along constants


def test_edges_between_folds_are_counted():
    picture = draw(network([2, 16, 16, 1]))
    counts = sorted(edge.times for edge in picture.model.edges)
    assert counts == [1, 1, 1, 1, 16, 16, 16, 256]
    assert "×256" in picture.dot.source


@pytest.mark.parametrize("most", [1, 2, 5, 20, 150])
def test_a_graph_without_scopes_keeps_what_is_next_to_the_root(most):
    picture = draw(chain(2000), max_nodes=max(most, 2))
    assert len(picture.model.boxes) <= max(most, 2)
    assert picture.model.boxes[-1].kind == "root"
    assert titles(picture) == ["more of the graph"]


def test_every_node_is_either_shown_or_counted():
    for loss in (network([2, 16, 16, 1], samples=3), chain(3000)):
        whole = picture_model(Program.of(loss))
        for most in (10, 50, 150, 500):
            folded = fold(whole, max_nodes=most)
            assert sum(box.size for box in folded.boxes) == len(whole.boxes)
            keys = {box.key for box in folded.boxes}
            assert all(edge.tail in keys and edge.head in keys and edge.tail != edge.head for edge in folded.edges)


def test_a_picture_has_at_least_one_box():
    with pytest.raises(ValueError, match="max_nodes=0"):
        draw(chain(10), max_nodes=0)
