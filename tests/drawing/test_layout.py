"""Where boxes, edges and frames lie, and how formulas are set."""

from __future__ import annotations

import itertools
import math
import random

import pytest
from drawing.graphs import every_box
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from tinygrad_neuron import parse
from tinygrad_neuron.drawing.layered import Spacing, in_order, lay
from tinygrad_neuron.drawing.nested import lay_framed
from tinygrad_neuron.drawing.typeset import cut, formula, name, width_of
from tinygrad_neuron.program import Program

SPACING = Spacing(figure=(44.0, 15.0))


@st.composite
def graphs(draw_):
    """Sizes and edges of a graph, operands first, and the scopes of its boxes."""
    n = draw_(st.integers(1, 14))
    chance = random.Random(draw_(st.integers(0, 10**6)))
    edges = [(chance.randrange(k), k) for k in range(1, n) for _ in range(chance.randint(1, 3))]
    sizes = [(chance.uniform(40, 120), chance.uniform(26, 80)) for _ in range(n)]
    paths = [(), ("a",), ("a", "b"), ("a", "c"), ("d",)]
    return sizes, edges, [chance.choice(paths) for _ in range(n)]


def meet(a, b):
    """Whether two rectangles (left, top, width, height) overlap."""
    return all(min(a[i] + a[i + 2], b[i] + b[i + 2]) - max(a[i], b[i]) > 0.01 for i in (0, 1))


def rectangles(placed, sizes):
    return [(x - w / 2, y - h / 2, w, h) for (x, y), (w, h) in zip(placed.boxes, sizes, strict=True)]


@given(graph=graphs())
@examples(300)
def test_boxes_lie_apart_and_edges_lead_from_side_to_side(graph):
    sizes, edges, _ = graph
    placed = lay(sizes, edges, SPACING)
    areas = rectangles(placed, sizes)
    assert not any(meet(a, b) for a, b in itertools.combinations(areas, 2))
    assert all(x >= 0 and x + w <= placed.size[0] + 0.01 and y + h <= placed.size[1] + 0.01 for x, y, w, h in areas)
    for (tail, head), way in zip(edges, placed.ways, strict=True):
        assert way[0] == pytest.approx((areas[tail][0] + areas[tail][2], placed.boxes[tail][1]))
        assert way[-1][0] == pytest.approx(areas[head][0])
        assert areas[head][1] <= way[-1][1] <= areas[head][1] + areas[head][3]
        assert all(a[0] <= b[0] + 0.01 for a, b in itertools.pairwise(way))


@given(graph=graphs(), standing=st.booleans())
@examples(300)
def test_a_frame_holds_its_own_and_no_stranger(graph, standing):
    sizes, edges, scopes = graph
    placed, frames = lay_framed(sizes, edges, scopes, SPACING, standing=standing)
    areas = rectangles(placed, sizes)
    assert not any(meet(a, b) for a, b in itertools.combinations(areas, 2))
    for path, (x, y, w, h) in frames.items():
        for area, scope in zip(areas, scopes, strict=True):
            if scope[: len(path)] != path:
                assert not meet((x, y, w, h), area)
            elif all(scope[:depth] in frames for depth in range(1, len(path) + 1)):
                assert x <= area[0]
                assert y <= area[1]
                assert area[0] + area[2] <= x + w
                assert area[1] + area[3] <= y + h
    for (tail, head), way in zip(edges, placed.ways, strict=True):
        ends = way[0], way[-1]
        along = 1 if standing else 0
        assert ends[0][along] == pytest.approx(areas[tail][along] + areas[tail][along + 2])
        assert ends[1][along] == pytest.approx(areas[head][along])


def test_a_scope_that_is_left_and_entered_again_has_no_frame():
    sizes, edges = [(50.0, 30.0)] * 3, [(0, 1), (1, 2)]
    _, frames = lay_framed(sizes, edges, [("a",), ("b",), ("a",)], SPACING)
    assert not frames
    _, frames = lay_framed(sizes, edges, [("a",), ("a", "b"), ("a",)], SPACING)
    assert set(frames) == {("a",), ("a", "b")}


@given(graph=graphs())
def test_a_chain_of_computed_boxes_lies_on_a_straight_line(graph):
    sizes, _, _ = graph
    n = len(sizes)
    edges = [(k, k + 1) for k in range(n - 1)] + [(n + k, k + 1) for k in range(n - 1)]  # each with a leaf beside it
    order = in_order(2 * n - 1, edges, range(2 * n - 1))
    spot = {k: place for place, k in enumerate(order)}
    placed = lay(([*sizes, *sizes[1:]] * 2)[: 2 * n - 1], [(spot[a], spot[b]) for a, b in edges], SPACING)
    line = [placed.boxes[spot[k]][1] for k in range(1, n)]
    assert all(at == pytest.approx(line[0], abs=0.01) for at in line)


def test_siblings_keep_their_order():
    edges = [(0, 4), (1, 3), (2, 5), (3, 6), (4, 6), (5, 6)]
    placed = lay([(60.0, 30.0)] * 7, edges, SPACING, siblings=[None, None, None, "z", "z", "z", None])
    assert placed.rows[1] == [3, 4, 5]
    assert sorted(in_order(7, edges, [0, 0, 0, 3, 1, 2, 0])) == list(range(7))
    assert in_order(7, edges, [0, 0, 0, 3, 1, 2, 0])[3:6] == [4, 5, 3]


class TestLetters:
    def test_wide_and_narrow_ones(self):
        assert width_of("i", 10) < width_of("e", 10) < width_of("m", 10)
        assert width_of("日本", 10) == pytest.approx(21.0)
        assert width_of("e\u0301", 10) == width_of("e", 10)
        assert width_of("bold", 10, "bold") > width_of("bold", 10)

    @given(text=st.text(max_size=60), room=st.floats(20, 300))
    def test_what_is_cut_fits(self, text, room):
        short = cut(text, room, 12)
        assert width_of(short, 12) <= room or short == "…"
        assert short == text or "…" in short

    @pytest.mark.parametrize(
        ("text", "pieces"),
        [
            ("w", ["w"]),
            ("w1", ["w", "1"]),
            ("w_12", ["w", "12"]),
            ("w_x", ["w", "x"]),
            ("h0", ["h", "0"]),
            ("theta", ["θ"]),
            ("alpha_2", ["α", "2"]),
            ("w₂₁⁽¹⁾", ["w", "21", "(1)"]),
            ("output[2]", ["output", "2"]),
            ("hidden_state", ["hidden_state"]),
            ("日本", ["日本"]),
            ("a b", ["a b"]),
            ("learning_rate_of_the_last_layer", ["learning_rat…_layer"]),
        ],
    )
    def test_names(self, text, pieces):
        assert [part.text for part in name(text, 14).parts] == pieces


class TestFormulas:
    def tree(self, text, **inputs):
        root = parse(text, dict.fromkeys("abcxyzt", 0.5) | inputs)
        return every_box(Program.of(root))[-1].tree

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("a + b - c", "a + b − c"),
            ("a - (b + c)", "a − (b + c)"),
            ("a*(b + c)", "a·(b + c)"),
            ("-a*b", "−a·b"),
            ("a*sin(b)", "a·sin b"),
            ("sin(a)*b", "(sin a)·b"),
            ("tanh(a + b)", "tanh(a + b)"),
            ("sigmoid(a)", "σ a"),
            ("log(a)", "ln a"),
            ("abs(a - b)", "|a − b|"),
            ("sqrt(a)", "√a"),
            ("-1.5 + a", "−1.5 + a"),
            ("maximum(a, b)", "max(a, b)"),
        ],
    )
    def test_what_is_written(self, text, said):
        parts = sorted(formula(self.tree(text), 14, 500).parts, key=lambda part: part.x)
        assert "".join(part.text for part in parts) == said

    def test_powers_stand_higher_and_fractions_have_a_rule(self):
        power = formula(self.tree("exp(a)"), 14, 300)
        assert [part.text for part in power.parts] == ["e", "a"]
        assert power.parts[1].y < power.parts[0].y - 3
        assert power.parts[1].size >= 11
        half = formula(self.tree("(a + b)**2/c"), 14, 300)
        (rule,) = (part for part in half.parts if part.style == "rule")
        above = [part.text for part in half.parts if part.style != "rule" and part.y < rule.y]
        below = [part.text for part in half.parts if part.style != "rule" and part.y > rule.y]
        assert (above, below) == (["(", "a", " + ", "b", ")", "2"], ["c"])

    def test_of_what_is_too_long_the_first_and_the_last_term(self):
        long = self.tree(" + ".join("abcxyzt" * 3))
        said = "".join(part.text for part in formula(long, 14, 120).parts)
        assert said == "a + … + t"
        assert formula(long, 14, 120).width <= 120
        assert "".join(part.text for part in formula(long, 14, 5).parts) == "…"

    @given(depth=st.integers(1, 40), room=st.floats(30, 400))
    def test_any_formula_fits(self, depth, room):
        tree = self.tree("tanh(" * depth + "a*b + c/x" + ")" * depth)
        assert formula(tree, 14, room).width <= max(room, 14)
        assert all(part.size >= 9 and math.isfinite(part.x) for part in formula(tree, 14, room).parts)
