"""Which nodes a view shows, as what, and what it counts."""

from __future__ import annotations

import math
import re

import pytest
from drawing.gallery import batch, finished, given, labelled, network, random_graph, recurrence, shared, softmax
from drawing.graphs import chain
from hypothesis import given as for_all
from strategies import BENDING, SMOOTH, programs
from test_backward import ours

from tinygrad_neuron import Value, draw, mean, ops, page, scope
from tinygrad_neuron.drawing.condense import condense, lit_ways
from tinygrad_neuron.drawing.views import MOST_NODES, GraphTooLargeError, stages
from tinygrad_neuron.nn import MLP
from tinygrad_neuron.program import Program


def titles(view, kind=None):
    return [box.title or box.name for box in view.boxes if kind in (None, box.kind)]


def links(view):
    names = {box.key: box.name for box in view.boxes}
    return {(names[edge.tail], names[edge.head]): edge for edge in view.edges}


class TestWhichOne:
    @pytest.mark.parametrize(
        ("root", "name"),
        [
            (network(2, 4, 1), "network"),
            (softmax(), "stages"),
            (recurrence(), "stages"),
            (shared(), "operations"),
            (Value(3.0, label="x"), "operations"),
            (random_graph(), "nearest"),
            (chain(100), "nearest"),
            (batch(), "network"),
            (MLP([2, 1], seed=1)([0.3, 0.4])[0], "operations"),
        ],
        ids=["network", "softmax", "recurrence", "shared", "leaf", "random", "chain", "batch", "one neuron"],
    )
    def test_the_one_that_fits(self, root, name):
        assert draw(root).view.name == name

    def test_words_and_places_that_do_not_fit(self):
        x, y = given(x=1.0, y=2.0)
        for options, said in (
            ({"view": "tree"}, "view='tree': it is one of network, stages, operations, neuron, nearest"),
            ({"view": "network"}, "view='network': the graph has no layers of neurons"),
            ({"sample": 2}, "sample=2: the graph has 1 sample"),
            ({"width": "A5"}, "A5"),
            ({"width": -3}, "width=-3: it is a number of pixels"),
            ({"shape": "round"}, "shape='round': it is one of lying, standing, list"),
            ({"theme": "red"}, "theme='red'"),
            ({"at": "z"}, "at: the graph has no node 'z'"),
            ({"gradients_of": "z"}, "gradients_of: the graph has no node 'z'"),
        ):
            with pytest.raises(ValueError, match=re.escape(said)):
                draw(x * y, **options)
        with pytest.raises(ValueError, match="at='layer 9': a neuron of the graph is meant, one of layer 1/neuron 1"):
            draw(network(2, 4, 1), view="neuron", at="layer 9")
        with pytest.raises(ValueError, match="sample=16: the graph has 15 samples"):
            draw(batch(), sample=16)
        with pytest.raises(ValueError, match="nothing to draw"):
            draw([])


class TestStages:
    def test_what_has_a_name_with_formulas_of_such(self):
        view = draw(softmax()).view
        assert titles(view) == ["x1", "x2", "z_1", "z_2", "z_3", "S", "p_2", "loss"]
        formulas = {box.title: box.formula for box in view.boxes}
        assert formulas["S"] == "exp(z_1) + exp(z_2) + exp(z_3)"
        assert formulas["p_2"] == "exp(z_2)/S"

    def test_parameters_of_one_stage_are_lines_in_it_where_there_are_many_boxes(self):
        view = draw(softmax()).view
        (z_1,) = (box for box in view.boxes if box.title == "z_1")
        assert [row.name for row in z_1.rows] == ["w_11", "w_12", "b_1"]
        assert all(row.gradient is not None for row in z_1.rows)
        assert not any(box.rows for box in draw(recurrence()).view.boxes)
        shown = draw(softmax(), hand={"w_11": 0.1}).view
        assert "w_11" in titles(shown)

    def test_an_unnamed_step_that_several_use_gets_a_name(self):
        x, w = given(x=0.3, w=0.5)
        both = x * w + w
        y = labelled(both * both.tanh() + both.exp(), "y")
        view = draw(finished(y * 2 + y), view="stages").view
        assert titles(view) == ["x", "w", "s_1", "y", "loss"]
        assert view.boxes[3].formula == "s_1*tanh(s_1) + exp(s_1)"

    @for_all(program=programs(SMOOTH | BENDING, longest=10))
    def test_gradients_over_stages_are_the_engine_s(self, program):
        leaves = [Value(x, label=f"x{k}") for k, x in enumerate(program.inputs)]
        nodes = program.run(leaves, ours)
        for node in nodes[len(leaves) :: 3]:
            node.label = f"v{id(node)}"
        root = nodes[-1]
        root.backward()
        whole = Program.of(root)
        choice = stages(whole)
        seen, _, _ = condense(whole, choice.places, lit_ways(whole, None)[1])
        for k, gradient in zip(choice.places, seen.differentiate(), strict=True):
            expected = whole.gradient(k)
            if math.isfinite(expected) and abs(expected) < 1e100:
                assert gradient == pytest.approx(expected, rel=1e-6, abs=1e-9 * max(1.0, *map(abs, seen.numbers)))

    def test_a_partial_of_all_ways_between(self):
        x = Value(0.7, label="x")
        y = labelled(x * x + (x * 2).exp() * x, "y")
        root = finished(y * 3)
        edge = links(draw(root, view="stages").view)["x", "y"]
        assert edge.slope == pytest.approx(2 * 0.7 + math.exp(1.4) * (1 + 2 * 0.7), rel=1e-14)
        assert edge.contribution == pytest.approx(x.grad, rel=1e-14)
        both = [edge.slope for edge in draw(finished(Value(0.7, label="x") ** 1 * 2), view="operations").view.edges]
        assert both == [1.0, 2.0]


class TestNetworks:
    def test_a_column_for_each_layer_in_order(self):
        view = draw(network(2, 8, 8, 1)).view
        columns = {box.column: [] for box in view.boxes}
        for box in view.boxes:
            columns[box.column].append(box.title)
        assert columns[4] == ["x1", "x2"]
        assert columns[3] == columns[2] == [f"n_{k}" for k in range(1, 9)]
        assert columns[1] == ["y", "t"]
        assert columns[0] == ["loss"]
        assert view.headings == ("", "layer 3", "layer 2", "layer 1", "inputs")
        assert next(box.opens for box in view.boxes if box.column == 1) == "layer 3/neuron 1"

    def test_edges_between_neurons_are_through_what_is_inside(self):
        root = network(2, 4, 1)
        picture = draw(root)
        total = sum(edge.contribution for edge in picture.view.edges if edge.tail == picture.view.boxes[0].key)
        assert total == pytest.approx(picture.view.boxes[0].gradient, rel=1e-12)

    def test_inputs_without_a_name_have_a_column_of_their_own(self):
        (y,) = MLP([2, 4, 1], seed=1)([0.3, 0.4])
        y.backward()
        view = draw(y).view
        assert [box.title for box in view.boxes if box.column == 2] == ["x_1", "x_2"]

    def test_of_a_long_column_the_first_and_the_last(self):
        arranged = draw(network(2, 40, 1), width=390).arranged
        inside = [box.title for box in arranged.view.boxes if box.column == 2]
        hidden = next(int(title.split()[1]) for title in inside if title.startswith("+"))
        assert inside[0] == "n_1"
        assert inside[-1] == "n_40"
        assert len(inside) - 1 + hidden == 40

    def test_one_neuron_alone(self):
        root = network(2, 8, 8, 1)
        view = draw(root, view="neuron", at="layer 2/neuron 8").view
        assert view.crumbs == ("loss", "layer 2", "neuron 8")
        assert titles(view) == ["b", "net", "n_8"]
        rows = view.boxes[1].rows
        assert [(row.operand, row.name) for row in rows] == [(f"n_{k}", f"w{k}") for k in range(1, 9)]
        parameters = {box.name: box for box in draw(root, view="nearest", at="layer2.neuron8.w3").view.boxes}
        assert rows[2].gradient == parameters["w₈₃⁽²⁾"].gradient
        every = draw(root, view="operations", at="layer 2/neuron 8").view
        assert (every.name, every.crumbs) == ("operations", view.crumbs)
        assert [box.operation for box in every.boxes if box.operation] == ["dot", "add", "tanh"]
        assert len([box for box in every.boxes if box.is_leaf]) == 17
        with pytest.raises(ValueError, match="at='neuron 8': a neuron of the graph is meant"):
            draw(root, view="neuron", at="neuron 8")

    def test_the_sums_over_samples_and_one_of_them(self):
        model = MLP([2, 3, 1], seed=1)
        samples = [(0.1, 0.2), (-0.4, 0.5), (0.7, -0.3)]
        losses = [(model(each)[0] - 1.0) ** 2 for each in samples]
        root = finished(mean(losses))
        sums, second = draw(root).view, draw(root, sample=2).view
        assert sums.captions == ("values: means of 3 samples; gradients: their sums",)
        assert second.captions == ("sample 2 of 3",)
        assert titles(sums) == titles(second) == ["x_1", "x_2", "n_1", "n_2", "n_3", "y", "loss"]
        each = [draw(root, sample=k).view for k in (1, 2, 3)]
        for k, box in enumerate(sums.boxes[:-1]):
            parts = [view.boxes[k] for view in each]
            assert box.value == pytest.approx(sum(part.value for part in parts) / 3)
            if box.gradient is not None:
                assert box.gradient == pytest.approx(sum(part.gradient for part in parts))
        assert second.boxes[0].value == -0.4
        hidden = [sum(links(view)[pair].contribution for view in each) for pair in links(each[0])]
        assert [edge.contribution for edge in sums.edges] == pytest.approx(hidden)
        neuron = draw(root, view="neuron", at="layer 1/neuron 2", sample=3).view
        inputs = {box.title: box.value for box in neuron.boxes if box.kind == "constant"}
        assert (neuron.captions, inputs) == (("sample 3 of 3",), {"x_1": 0.7, "x_2": -0.3})

    def test_a_hand_figure_for_a_weight_is_shown_in_a_network(self):
        view = draw(network(2, 4, 1), hand={"layer1.neuron2.w1": 0.5}, path="layer1.neuron2.w1").view
        (weight,) = (box for box in view.boxes if box.hand)
        assert (view.name, weight.column) == ("network", 3)
        assert view.captions[0].startswith("∂loss/∂w₂₁⁽¹⁾ = ") or view.captions[0].startswith("∂loss/∂w1 = ")

    def test_scopes_that_are_no_layers(self):
        x = Value(0.5, label="x")
        with scope("a"), scope("b"):
            y = x.tanh()
        with scope("c"), scope("d"):
            z = y.exp() * x
        with scope("a"), scope("b"):
            w = z * y
        assert draw(finished(w + 1)).view.name != "network"


class TestNearest:
    def test_boxes_around_a_node_and_the_rest_as_numbers(self):
        view = draw(random_graph()).view
        assert len(view.boxes) == 30
        every = len(draw(random_graph(), view="stages").view.boxes) + 31
        assert view.captions == (f"{every - 30} more boxes are left out",)
        assert view.boxes[-1].kind == "root"
        around = draw(random_graph(), at="v40").view
        assert (around.name, "v40" in titles(around)) == ("nearest", True)

    def test_every_operand_is_shown_or_counted(self):
        root = random_graph(200)
        view = draw(root).view
        program = Program.of(root)
        named = {program.tags[k].label: k for k in range(len(program)) if program.tags[k].label}
        for box in view.boxes:
            if box.title and box.title in named:
                shown = {edge.tail for edge in view.edges if edge.head == box.key}
                operands = set(program.operands[named[box.title]])
                labelled = all(program.tags[o].label for o in operands)
                assert not labelled or len(shown) + box.more == len(operands)

    @pytest.mark.parametrize("n", [5_001, 20_000])
    def test_a_large_graph_is_cut_before_it_is_described(self, n):
        picture = draw(chain(n))
        assert len(picture.view.boxes) == 30
        assert picture.view.captions == (f"{n // 2 * 2 + 1 - 30:,} more boxes are left out",)
        assert len(draw(recurrence(2_000), at="h1000", view="nearest").view.boxes) == 30

    def test_what_nobody_can_read_is_refused_with_a_figure(self):
        with pytest.raises(GraphTooLargeError, match="view='operations': 1,001 boxes can't be read, at most 300"):
            draw(chain(1000), view="operations")
        huge = chain(MOST_NODES)
        with pytest.raises(GraphTooLargeError, match="a graph of more than 150,000 nodes can't be drawn"):
            draw(huge * 2)
        with pytest.raises(GraphTooLargeError, match="a page of 6,001 nodes can't be played with, at most 5,000"):
            page(chain(6000))


class TestSeveralRoots:
    def test_one_picture_with_the_gradients_of_one(self):
        x, w = given(x=2.0, w=3.0)
        y1, y2 = labelled(x * w, "y1"), labelled(x + w**2, "y2")
        y1.backward()
        by = {
            of: {box.title: box.gradient for box in draw([y1, y2], gradients_of=of).view.boxes}
            for of in (None, "y2", y1)
        }
        assert by[None]["x"] == by[y1]["x"] == 3.0
        assert by["y2"]["x"] == 1.0
        assert by["y2"]["w"] == 6.0
        assert (by[None]["y1"], by[None]["y2"]) == (1.0, 0.0)
        assert titles(draw([y1, y2]).view, "root") == ["y1", "y2"]
        assert draw([y1, y2], gradients_of=y2).view.captions == ("gradients of y2",)
        assert not any(box.marks for box in draw([y1, y2]).view.boxes if box.kind == "root")
        assert x.grad == 3.0

    def test_all_outputs_of_a_network(self):
        outputs = MLP([2, 4, 3], seed=1)(given(a=0.3, b=0.5))
        view = draw([*outputs, Value(1.0, label="beside")], gradients_of=outputs[2]).view
        assert titles(view) == ["a", "b", "n_1", "n_2", "n_3", "n_4", "n_1", "n_2", "n_3", "beside"]
        assert [box.gradient for box in view.boxes[6:9]] == [0.0, 0.0, 1.0]

    def test_a_page_of_several(self):
        x, w = given(x=2.0, w=3.0)
        made = page([labelled(x * w, "y1"), labelled(x + w, "y2")], gradients_of="y2")
        assert made.graph["nodes"][made.graph["root"]]["name"] == "y2"
        assert {node["name"] for node in made.graph["nodes"]} == {"x", "w", "y1", "y2"}


def test_formulas_of_what_is_used_again_and_again_stay_short():
    y = Value(1.0001, label="x")
    for _ in range(60):
        y = y * y
    for view in ("stages", "nearest"):
        picture = draw(y, view=view)
        assert all(len(box.formula) < 1000 for box in picture.view.boxes)
        assert len(picture.svg()) < 200_000


def test_scopes_are_frames_of_all_operations_and_numbers_lie_where_they_are_used():
    x = Value(1.0, label="x")
    with scope("inside"):
        y = x * 2
    picture = draw(y + 3, view="operations")
    assert [box.scope for box in picture.view.boxes] == [(), ("inside",), ()]
    assert picture.svg().count('class="cluster"') == 1
    source = draw(network(2, 3, 1), view="operations").dot.source
    assert source.count("subgraph cluster_") == 6


def test_a_leaf_that_is_twice_in_a_long_sum_keeps_its_box():
    x, w = given(x=3.0, w=2.0)
    root = finished(ops.dot([x, w, x, w], [w, x, x, w]))
    view = draw(root, view="stages").view
    assert titles(view) == ["x", "w", "loss"]
    assert len(view.boxes[-1].rows) == 4
