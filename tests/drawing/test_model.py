"""What a picture says: kinds, marks, sentences, comparisons, paths, changes."""

from __future__ import annotations

import math

import pytest
from drawing.graphs import neuron
from hypothesis import given
from strategies import BENDING, SMOOTH, programs
from test_backward import ours

from tinygrad_neuron import Value, draw, ops, topological_order, variables
from tinygrad_neuron.checking.hand import compare
from tinygrad_neuron.drawing import look


def everything(root, **options):
    return draw(root, view="operations", **options).view


def boxes(root, **options):
    return {box.name: box for box in everything(root, **options).boxes}


class TestFigures:
    @pytest.mark.parametrize(
        ("number", "text"),
        [
            (0.664036, "0.6640"),
            (-0.0359632, "-0.03596"),
            (0.00064667, "6.467e-04"),
            (0.001, "0.001000"),
            (0.00099999, "0.001000"),
            (0.000999, "9.990e-04"),
            (12345.6, "12346"),
            (99999.6, "1.000e+05"),
            (1e5, "1.000e+05"),
            (9.9999, "10.00"),
            (0.0, "0.000"),
            (-0.0, "-0.000"),
            (math.inf, "inf"),
            (math.nan, "nan"),
            (-5e-324, "-4.941e-324"),
        ],
    )
    def test_four_significant_digits(self, number, text):
        assert look.figure(number) == text

    def test_signs_are_always_written_where_they_matter(self):
        assert [look.figure(x, signed=True) for x in (0.5, -0.5, 1e-9)] == ["+0.5000", "-0.5000", "+1.000e-09"]

    def test_boxes_do_not_jump(self):
        assert {len(look.padded(look.figure(x))) for x in (1.0, -1.0, 1e-9, -1.2345e-7, 12345.0, math.nan)} == {
            look.WIDTH
        }


class TestBoxes:
    def test_kinds(self):
        kinds = {name: box.kind for name, box in boxes(neuron()).items()}
        assert kinds == {
            "input": "input",
            "weight": "parameter",
            "input*weight": "operation",
            "bias": "parameter",
            "net": "operation",
            "output": "operation",
            "target": "input",
            "error": "operation",
            "error**2": "operation",
            "loss": "root",
        }

    def test_sentences_have_full_precision(self):
        found = boxes(neuron())
        assert found["weight"].detail == ("weight = 0.5; gradient -0.020105429430100793 × 0.4 = -0.008042171772040318")
        assert boxes(neuron(backward=False))["weight"].detail == "weight = 0.5; gradient not computed"
        constant = draw(Value(2.0, constant=True, label="two") * Value(3.0)).view.boxes[0]
        assert constant.detail == "two = 2.0; a constant"

    def test_the_sentence_of_a_node_used_several_times_has_the_sum(self):
        x = Value(3.0, label="x")
        y = x * x + x
        y.backward()
        assert boxes(y)["x"].detail == "x = 3.0; gradient 1.0 × 3.0 + 1.0 × 3.0 + 1.0 × 1.0 = 7.0"
        y.backward()
        assert boxes(y)["x"].detail.startswith("x = 3.0; gradient 14.0, of which now 1.0 × 3.0")

    def test_edges_say_upstream_times_local(self):
        view = everything(neuron())
        assert view.edges[1].detail == (
            "∂(input*weight)/∂(weight) = 0.4; upstream -0.020105429430100793 × local 0.4 = -0.008042171772040318"
        )
        of_a_constant = everything(Value(2.0, label="c", constant=True) * Value(3.0)).edges[0]
        assert (of_a_constant.slope, of_a_constant.detail) == (None, "c is a constant: no gradient flows to it")

    def test_the_partial_of_a_stage_is_that_of_all_that_lies_between(self):
        stages = draw(neuron()).view
        by_names = {
            (box.name, edge.head): edge for edge in stages.edges for box in stages.boxes if box.key == edge.tail
        }
        (weight,) = (edge for (name, _), edge in by_names.items() if name == "weight")
        (error,) = (edge for (name, _), edge in by_names.items() if name == "error")
        assert weight.detail.startswith("∂(net)/∂(weight) = 0.4, through the steps between; upstream")
        assert error.slope == pytest.approx(-0.03596, rel=1e-3)
        assert error.contribution == error.slope


class TestMarks:
    def marks(self, root, name):
        return boxes(root)[name].marks

    def test_not_finite_and_the_first_such_node(self):
        x = Value(-1.0, label="x")
        y = x.log() * 2
        assert self.marks(y, "log(x)") == ("not finite, the first",)
        assert self.marks(y, "log(x)*2") == ("not finite",)
        assert boxes(y)["log(x)"].is_wrong

    def test_zero_gradient(self):
        x = Value(3.0, label="x")
        y = x * 0.0
        assert self.marks(y, "x") == ()
        y.backward()
        assert self.marks(y, "x") == ("zero gradient",)

    @pytest.mark.parametrize(("name", "at", "where"), [("tanh", 4.0, 0.5), ("sigmoid", -9.0, 0.0)])
    def test_saturated(self, name, at, where):
        assert self.marks(getattr(Value(at, label="x"), name)(), f"{name}(x)") == ("saturated",)
        assert self.marks(getattr(Value(where, label="x"), name)(), f"{name}(x)") == ()

    def test_dead_relu(self):
        assert self.marks(Value(-1.0, label="x").relu(), "relu(x)") == ("dead relu",)
        assert self.marks(Value(1.0, label="x").relu(), "relu(x)") == ()

    def test_not_computed_yet_is_not_zero(self):
        before, after = draw(neuron(backward=False)), draw(neuron())
        assert all(box.awaits for box in before.view.boxes)
        assert not any(box.awaits for box in after.view.boxes)
        assert "not yet" in before.dot.source
        assert "not yet" in before.text()
        assert "no gradients yet" in before.svg()
        assert "not yet" not in after.dot.source

    def test_stale_after_a_leaf_was_assigned(self):
        x = Value(2.0, label="x")
        y = (x * 3).tanh()
        x.data = 5.0
        assert self.marks(y, "x*3") == ("stale",)
        assert "stale" in draw(y).dot.source


class TestComparison:
    @pytest.mark.parametrize(
        ("hand", "engine", "agrees"),
        [
            (-0.0201, -0.020105429430100793, True),
            (-0.0202, -0.020105429430100793, False),
            (0.0201, -0.020105429430100793, False),
            (-0.008, -0.008042171772040318, True),
            (-0.02, -0.020105429430100793, True),
            (1.0, 1.0000001, True),
            (12.0, 12.6, False),
            (0.0, 1e-9, False),
            (0.0, 0.0, True),
            (1e-7, 1.04e-7, True),
            (1e-7, 1.6e-7, False),
            (1e20, 1.00001e20, False),
            (-0.008042171772040318, -0.00804217177204032, True),
            (math.inf, math.inf, True),
            (math.nan, 1.0, False),
        ],
    )
    def test_a_figure_is_judged_at_its_own_precision(self, hand, engine, agrees):
        assert compare(hand, engine).agrees == agrees

    def test_in_the_picture_by_value_or_label(self):
        loss = neuron()
        weight = next(node for node in topological_order(loss) if node.label == "weight")
        picture = draw(loss, hand={weight: -0.0080, "bias": 0.0201})
        assert "✓ by hand −0.008" in picture.svg()
        assert "✗ by hand 0.0201" in picture.svg()
        assert "-0.008000 ✓ rel 5e-03" in picture.dot.source
        assert "+0.02010 ✗ rel 2e+00" in picture.dot.source
        assert "✓ rel 5e-03" in picture.text()
        assert "hand" in picture.mermaid()

    def test_what_does_not_fit_is_refused(self):
        with pytest.raises(ValueError, match="hand: the graph has no node 'q'; its names are input, weight"):
            draw(neuron(), hand={"q": 1.0})
        with pytest.raises(ValueError, match="'bias' has no gradient yet to compare a hand figure with"):
            draw(neuron(backward=False), hand={"bias": 1.0})


class TestPaths:
    def test_a_single_path_with_its_product(self):
        picture = draw(neuron(), path="weight")
        names = ["weight", "net", "output", "error", "loss"]
        assert picture.view.captions == (
            "∂loss/∂weight = 0.4 × 0.5591 × 1 × (−0.03596) = −0.00804217",
            " → ".join(names),
        )
        lit = {box.name for box in picture.view.boxes if not box.dim}
        assert lit == set(names)
        assert sum(not edge.dim for edge in picture.view.edges) == 4

    def test_a_path_from_within_a_formula_shows_its_beginning(self):
        x = Value(3.0, label="x")
        inner = x * 2
        loss = ((inner + 1).tanh() * 2).exp()
        loss.label = "loss"
        loss.backward()
        view = draw(loss, view="stages", path=inner).view
        assert view.captions[1] == "x*2 → loss"

    @given(program=programs(SMOOTH | BENDING, longest=8))
    def test_the_sum_over_paths_is_the_gradient(self, program):
        leaves = [Value(x, label=f"x{k}") for k, x in enumerate(program.inputs)]
        root = program.run(leaves, ours)[-1]
        root.backward()
        start = next(node for node in topological_order(root) if node.is_leaf)
        first, *rest = (line.replace("−", "-") for line in everything(root, path=start).captions)
        if not math.isfinite(start.grad):
            return
        total = float(first.split(" = ")[-1].split(",")[0])
        assert total == pytest.approx(start.grad, rel=1e-5, abs=1e-12)
        if "the sum over" in first and "over 0" not in first:
            said = [float(line.rpartition(" = ")[2] if " = " in line else line.rpartition(": ")[2]) for line in rest]
            scale = max(map(abs, [*said, 1.0]))
            assert sum(said) == pytest.approx(start.grad, rel=1e-4, abs=1e-4 * scale)

    def test_many_paths_are_counted_and_summed(self):
        x = Value(1.0, label="x")
        y = x
        for _ in range(10):
            y = y + y
        captions = everything(y, path=x).captions
        assert captions[0].endswith("= 1024, the sum over 1,024 paths")
        assert captions[-1] == "and 1,016 more paths: 1016"
        assert len(captions) == 10

    def test_the_verdict_on_a_hand_figure_is_never_dimmed(self):
        svg = draw(neuron(), path="weight", hand={"bias": 0.0201}).svg()
        bias = svg[svg.index('aria-label="bias') :]
        assert bias.index("</g>") < bias.index("✗ by hand")
        assert bias.index('opacity="0.28"') < bias.index("✗ by hand")

    def test_a_node_that_is_not_there(self):
        with pytest.raises(ValueError, match="path: the graph has no node 'q'"):
            draw(neuron(), path="q")
        with pytest.raises(ValueError, match="path: the graph has no node Value"):
            draw(neuron(), path=Value(0.5))


class TestBranches:
    def test_what_only_leads_to_the_branch_not_taken_is_dimmed(self):
        x, w = variables(x=2.0, w=3.0)
        root = ops.where(x > w, (x * 5).exp(), x * w + 1)
        model = everything(root)
        dim = {box.name for box in model.boxes if box.dim}
        assert dim == {"x*5", "exp(x*5)"}
        names = {box.key: box.name for box in model.boxes}
        edges = {(names[edge.tail], names[edge.head]) for edge in model.edges if edge.dim}
        assert edges == {("x", "x*5"), ("x*5", "exp(x*5)"), ("exp(x*5)", root_name(model))}
        x.data = 4.0
        again = ops.where(x > w, (x * 5).exp(), x * w + 1)
        assert {box.name for box in everything(again).boxes if box.dim} == {"x*w", "x*w + 1"}

    def test_a_leaf_that_is_both_branches_stays_lit(self):
        x, w = variables(x=2.0, w=3.0)
        model = everything(ops.where(x > 0, w, x))
        assert not any(box.dim for box in model.boxes)
        assert sum(edge.dim for edge in model.edges) == 1
        path = everything(ops.where(x > 0, w, x), path=w)
        assert {box.name for box in path.boxes if not box.dim} == {"w", root_name(path)}


def root_name(model):
    return model.boxes[-1].name


class TestBeforeAndAfter:
    def test_changed_values_are_marked_and_the_old_ones_struck(self):
        picture = draw(neuron(weight=0.4), before=neuron(weight=0.5))
        changed = {box.name: box.before for box in picture.view.boxes if box.before is not None}
        assert changed["weight"] == 0.5
        assert set(changed) == {"weight", "net", "output", "error", "loss"}
        assert "0.5000 → 0.4000" in picture.text()
        assert "changed" in picture.dot.source
        assert picture.svg().count('text-decoration="line-through"') == 5

    def test_a_root_that_is_0(self):
        x, w = variables(x=3.0, w=2.0)
        picture = draw(ops.dot([x], [w]), before=ops.dot([x], [Value(0.0)]), products=True)
        assert [box.before for box in picture.view.boxes] == [None, 0.0, 0.0]

    def test_another_shape_is_refused(self):
        x = Value(1.0)
        with pytest.raises(ValueError, match="before: a graph of 2 nodes and one of 2 have not the same shape"):
            draw(x.tanh(), before=x.sin())
