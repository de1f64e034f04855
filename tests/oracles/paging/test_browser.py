"""The page in a real browser, without any network: its figures are those of the Python engine."""
# ruff: noqa: E501 (lists of pairs read best in long lines)

from __future__ import annotations

import json
import math
import os
import random
import re
from pathlib import Path

import pytest
from paging.browsing import Opened, drawn_points, program_of, too_far

from tinygrad_neuron import (
    Value,
    check,
    grade,
    log,
    logsumexp,
    maximum,
    page,
    parse,
    primitive,
    scope,
    topological_order,
)
from tinygrad_neuron.drawing.look import short_figure
from tinygrad_neuron.drawing.sight import Sight
from tinygrad_neuron.drawing.views import choose
from tinygrad_neuron.nn import MLP
from tinygrad_neuron.paging import document
from tinygrad_neuron.primitives import FUNCTIONS, PRIMITIVES
from tinygrad_neuron.program import Program
from tinygrad_neuron.testing import ARITIES, random_program

ENGINE = Path(document.__file__).parent / "script" / "engine.js"
NEURON = "net = input*weight + bias; output = tanh(net); error = output - target; loss = error**2/2"


def neuron(**numbers):
    given = {"input": 0.4, "weight": 0.5, "bias": 0.6, "target": 0.7} | numbers
    return parse(NEURON, {k: Value(v, label=k, parameter=k in ("weight", "bias")) for k, v in given.items()})


def celsius():
    """The linear neuron of the third article, with its mean of squares over three samples."""
    text = "; ".join(f"e{k} = c{k}*weight + bias - f{k}" for k in range(3))
    numbers = {"weight": 0.3, "bias": 0.1, "c0": -4.0, "c1": 1.0, "c2": 3.5, "f0": 24.8, "f1": 33.8, "f2": 38.3}
    return parse(f"{text}; loss = mean(e0**2, e1**2, e2**2)", numbers)


def stochastic():
    """A sample of the fourth article's network: two layers of tanh and half a squared error."""
    x, t = Value(0.25, label="x"), Value(-0.4, label="t")
    loss = (MLP([1, 3, 1], "tanh", seed=4)([x])[0] - t).squared() / 2
    loss.label = "loss"
    return loss


ARTICLES = {
    "gradients": neuron,
    "training": lambda: neuron(input=0.01, weight=0.5, bias=0.5, target=0.1),
    "celsius": celsius,
    "stochastic": stochastic,
}


def states(root):
    """What is known after each step: values and sums of gradients, in the engine's order."""
    order = topological_order(root)
    values = {node: node.data for node in order if node.is_leaf}
    sums = {}
    yield "start", None, dict(values), {}
    for node in order:
        if not node.is_leaf:
            values[node] = node.data
            yield "forward", node, dict(values), {}
    sums[root] = 1.0
    yield "seed", root, values, dict(sums)
    for node in reversed(order):
        for operand, slope in zip(node.operands, node.partials, strict=True):
            if slope is not None:
                sums[operand] = sums.get(operand, 0.0) + sums[node] * slope
                yield "backward", operand, values, dict(sums)
    yield "end", root, values, {node: sums.get(node, 0.0) for node in order if not node.is_constant}


def close(found, expected):
    if expected is None or found is None:
        return found is expected
    return math.isclose(found, expected, rel_tol=1e-12, abs_tol=1e-15)


def written(number, *, signed=False):
    """A figure as boxes show it."""
    return "·" if number is None else short_figure(number, signed=signed)


def shown_step(tab):
    return int(tab.locator(".counter").inner_text().split(" / ")[0])


def place(order, node):
    return next(k for k, each in enumerate(order) if each is node)


BOXES = """() => document.querySelector(".graph").app.scene.slots.map(({ element, nodes, what }) => [what, nodes, element.textContent])"""


@pytest.mark.parametrize("name", ARTICLES)
def test_every_step_of_the_articles(name, opened, tmp_path):
    root = ARTICLES[name]()
    root.backward()
    order = topological_order(root)
    page(root, tmp_path / "a.html")
    tab = opened.go(tmp_path / "a.html", "#step=0")
    expected = list(states(root))
    for step, (kind, active, values, sums) in enumerate(expected):
        assert tab.locator(".counter").inner_text() == f"{step} / {len(expected) - 1}"
        for node, (value, gradient) in zip(order, opened.numbers(), strict=True):
            assert close(value, values.get(node)), (step, node)
            assert close(gradient, sums.get(node)), (step, node)
        for what, nodes, text in tab.evaluate(BOXES):
            number = (values if what == "v" else sums).get(order[nodes[0]])
            digits = text.lstrip("+−").replace(".", "").lstrip("0")
            if len(nodes) == 1 and len(digits) == 3:
                assert text.rstrip("…") == written(number, signed=what == "g"), (step, nodes)
        said = tab.locator(".sentence").inner_text()
        if kind in ("forward", "seed", "backward"):
            number = sums[active] if kind == "backward" else values[active] if kind == "forward" else 1.0
            assert (short_figure(number, digits=4) if kind != "seed" else "= 1,") in said
            (lit,) = tab.eval_on_selector_all(".node.active", "all => all.map(each => each.dataset.nodes)")
            owner = tab.evaluate(
                "k => { const { scene } = document.querySelector('.graph').app; return scene.boxes[scene.owner[k]][0].join(' '); }",
                place(order, active),
            )
            assert lit == owner
        tab.keyboard.press("ArrowRight")
    assert shown_step(tab) == len(expected) - 1
    assert tab.locator(".sentence").inner_text().startswith("Done")
    ends = zip(order, opened.numbers(), strict=True)
    assert all(close(gradient, node.grad) for node, (_, gradient) in ends if not node.is_constant)


def test_the_sentence_of_an_edge(opened, tmp_path):
    page(neuron(), tmp_path / "a.html")
    tab = opened.go(tmp_path / "a.html")
    said = []
    for _ in range(30):
        tab.keyboard.press("ArrowLeft")
        said.append(tab.locator(".sentence").inner_text())
    assert (
        "Backward: weight.grad += (input*weight).grad × ∂(input*weight)/∂weight = −0.02011 × 0.4000 = −0.008042; "
        "the sum so far is −0.008042." in said
    )
    assert "Forward: net = input*weight + bias = 0.2000 + 0.6000 = 0.8000." in said
    assert said[-1] == "Before the forward pass: the numbers of the leaves are given."


def test_sums_that_aren_t_whole_yet_are_marked(opened, tmp_path):
    page(parse("a = x*x; y = a + 3*x", {"x": 2.0}), tmp_path / "a.html")
    tab = opened.go(tmp_path / "a.html", "#view=operations&step=0")
    seen = []
    for _ in range(20):
        tab.keyboard.press("ArrowRight")
        (text,) = (text for what, nodes, text in tab.evaluate(BOXES) if what == "g" and nodes == [0])
        if text not in seen:
            seen.append(text)
    assert seen == ["·", "+3.00…", "+5.00…", "+7.00"]


# ---------------------------------------------------------------- editing
SMOOTH = {name: arity for name, arity in ARITIES.items() if name not in ("gelu", "erf")}
N_GRAPHS = int(os.environ.get("TINYGRAD_NEURON_PROGRAMS", "300"))
SEED = int(os.environ.get("TINYGRAD_NEURON_SEED", "0")) or random.SystemRandom().randrange(10**6)


def differentiated(program, numbers):
    leaves = [Value(number, label=f"x{k}") for k, number in enumerate(numbers)]
    root = program.run(leaves, FUNCTIONS.__getitem__)[-1]
    if not root.is_constant:
        root.backward()
    return root


def test_dragging_and_typing_on_random_graphs(opened, tmp_path):
    print(f"TINYGRAD_NEURON_SEED={SEED} TINYGRAD_NEURON_PROGRAMS={N_GRAPHS}")
    chance = random.Random(SEED)
    edited = 0
    while edited < N_GRAPHS:
        numbers = [chance.uniform(-2, 2) for _ in range(3)]
        program = random_program(chance, numbers, SMOOTH, longest=10)
        root = differentiated(program, program.inputs)
        leaves = [node for node in topological_order(root) if node.is_leaf and not node.is_constant]
        if root.is_leaf or not leaves:
            continue
        edited += 1
        page(root, tmp_path / "r.html")
        tab = opened.go(tmp_path / "r.html")
        given = dict(enumerate(program.inputs))
        number = chance.uniform(-2, 2)
        tab.get_by_label(f"{leaves[-1].label}, its number").fill(repr(number))
        given[int(leaves[-1].label[1:])] = number
        slider = tab.get_by_label(f"{leaves[0].label}, drag its number")
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        tab.mouse.down()
        tab.mouse.move(box["x"] + chance.uniform(0.2, 0.8) * box["width"], box["y"] + box["height"] / 2)
        tab.mouse.up()
        given[int(leaves[0].label[1:])] = opened.numbers()[place(topological_order(root), leaves[0])][0]
        again = differentiated(program, list(given.values()))
        for node, (value, gradient) in zip(topological_order(again), opened.numbers(), strict=True):
            assert same(value, node.data), (edited, node)
            assert node.is_constant or same(gradient, node.grad), (edited, node)


def same(found, expected):
    if not math.isfinite(expected):
        return repr(found) == repr(expected)
    return math.isclose(found, expected, rel_tol=1e-12, abs_tol=1e-12)


def weight_place():
    return next(k for k, node in enumerate(topological_order(neuron())) if node.label == "weight")


def test_a_number_is_dragged_in_the_picture(opened, tmp_path):
    page(neuron(), tmp_path / "a.html")
    tab = opened.go(tmp_path / "a.html")
    box = tab.locator(".node.parameter").first.bounding_box()
    tab.mouse.move(box["x"] + 10, box["y"] + 10)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 70, box["y"] + 10)
    tab.mouse.up()
    weight = float(tab.get_by_label("weight, its number").input_value())
    assert weight > 0.6
    assert same(opened.numbers()[-1][0], neuron(weight=weight).data)
    tab.locator("button.reset").click()
    assert tab.get_by_label("weight, its number").input_value() == "0.5"
    assert same(opened.numbers()[-1][0], neuron().data)


def test_what_is_no_number_changes_nothing(opened, tmp_path):
    page(neuron(), tmp_path / "a.html")
    tab = opened.go(tmp_path / "a.html")
    before = opened.numbers()
    field = tab.get_by_label("weight, its number")
    for text in ("", "abc", "1,5,2", "--1"):
        field.fill(text)
        assert field.get_attribute("aria-invalid") == "true"
        assert opened.numbers() == before
    field.blur()
    assert field.input_value() == "0.5"
    for text, number in (("1,5", 1.5), ("−0,25", -0.25), ("2e-1", 0.2)):
        field.fill(text)
        assert opened.numbers()[weight_place()][0] == number
    field.fill("1e999")
    assert math.isinf(opened.numbers()[weight_place()][0])


def test_a_finger_that_scrolls_changes_nothing(opened, tmp_path):
    page(neuron(), tmp_path / "a.html", step=0)
    tab = opened.go(tmp_path / "a.html", "#step=2.5")  # which is step 2
    assert shown_step(tab) == 2
    box = tab.locator(".node.parameter").first.bounding_box()
    for right, down in ((2, 1), (10, 60)):
        tab.mouse.move(box["x"] + 10, box["y"] + 10)
        tab.mouse.down()
        tab.mouse.move(box["x"] + 10 + right, box["y"] + 10 + down)
        tab.mouse.up()
    assert opened.numbers()[weight_place()][0] == 0.5


def test_a_slider_goes_as_far_as_makes_sense(opened, tmp_path):
    page(parse("a*b*c", {"a": 0.4, "b": -17.0, "c": 300.0}), tmp_path / "a.html")
    tab = opened.go(tmp_path / "a.html")
    ranges = [
        (tab.get_by_label(f"{name}, drag its number").get_attribute(end)) for name in "abc" for end in ("min", "max")
    ]
    assert ranges == ["-2", "2", "-50", "50", "-1000", "1000"]


def test_gradient_descent_makes_the_engine_s_steps(opened, tmp_path):
    page(neuron(), tmp_path / "a.html")
    tab = opened.go(tmp_path / "a.html")
    tab.locator("input.rate").fill("0")  # a rate of 1
    order = topological_order(neuron())
    weight, bias = 0.5, 0.6
    for _ in range(5):
        loss = neuron(weight=weight, bias=bias)
        loss.backward()
        gradients = {node.label: node.grad for node in topological_order(loss)}
        weight, bias = weight - gradients["weight"], bias - gradients["bias"]
        tab.locator("button.one-step").click()
        found = {node.label: number for node, (number, _) in zip(order, opened.numbers(), strict=True)}
        assert same(found["weight"], weight)
        assert same(found["bias"], bias)
    assert tab.get_by_label("input, its number").input_value() == "0.4"
    assert tab.locator(".loss polyline").get_attribute("points").count(",") == 6
    assert "after 5 steps" in tab.locator(".loss figcaption").inner_text()
    tab.wait_for_function(
        "() => document.querySelector('.surface .way').getAttribute('points').split(',').length === 7"
    )
    assert tab.locator(".surface canvas").count() == 1
    assert "loss over weight (across) and bias (up)" in tab.locator(".surface figcaption").inner_text()
    tab.locator("button.run").click()
    tab.wait_for_function(
        "() => document.querySelector('.loss polyline').getAttribute('points').split(' ').length > 30"
    )
    tab.locator("button.run").click()
    assert opened.numbers()[-1][0] < 1e-4
    tab.get_by_label("train weight").uncheck()
    tab.wait_for_function("() => document.querySelector('.surface figcaption').textContent.includes('loss over bias')")
    tab.get_by_label("train bias").uncheck()
    tab.wait_for_function("() => document.querySelector('.surface').hidden")
    tab.locator("button.one-step").click()
    assert "Choose what is trained" in tab.locator(".sentence").inner_text()


def test_a_divergence_is_said(opened, tmp_path):
    page(parse("loss = (w**2)**2", {"w": Value(3.0, label="w", parameter=True)}), tmp_path / "a.html")
    tab = opened.go(tmp_path / "a.html")
    tab.locator("input.rate").fill("1")
    tab.locator("button.run").click()
    tab.wait_for_function("() => document.querySelector('.sentence').textContent.includes('smaller learning rate')")
    assert tab.locator("button.run").inner_text() == "Run"


def test_the_numerical_gradient_beside_the_real_one(opened, tmp_path):
    page(neuron(), tmp_path / "a.html")
    tab = opened.go(tmp_path / "a.html")
    tab.locator(".node.parameter").first.focus()
    said = tab.locator(".numerical").inner_text()
    numerical, exact = (float(each) for each in re.findall(r"(?:numerical|exact) (-?[\d.e-]+)", said))
    assert exact == pytest.approx(-0.00804217177, rel=1e-8)
    assert numerical == pytest.approx(exact, rel=1e-6)
    tab.locator("input.h").fill("0")  # h = 1
    numerical = float(re.search(r"numerical (-?[\d.e-]+)", tab.locator(".numerical").inner_text())[1])
    above, below = neuron(weight=1.5).data, neuron(weight=-0.5).data
    assert numerical == pytest.approx((above - below) / 2, rel=1e-12)
    lines = tab.locator(".details li").all_inner_texts()
    assert "(input*weight).grad × ∂(input*weight)/∂weight = input → −0.02011 × 0.4000 = −0.008042" in lines


def test_the_curve_of_a_function_with_its_operating_point(opened, tmp_path):
    page(neuron(), tmp_path / "a.html")
    tab = opened.go(tmp_path / "a.html")
    assert tab.locator(".activation").is_hidden()  # the loss isn't a function of one number
    tab.locator(".node", has_text="tanh").focus()
    assert tab.locator(".activation figcaption").inner_text() == "tanh at net = 0.8000: value 0.6640, slope 0.5591"
    before = tab.locator(".activation .dot").get_attribute("cx")
    tab.get_by_label("bias, its number").fill("-1")
    assert tab.locator(".activation figcaption").inner_text().startswith("tanh at net = −0.8000")
    assert tab.locator(".activation .dot").get_attribute("cx") < before


def test_the_boundary_of_a_network_of_two_inputs(opened, tmp_path):
    x = [Value(0.3, label="x1"), Value(-0.5, label="x2")]
    root = (MLP([2, 4, 1], "tanh", seed=2)(x)[0] - Value(1.0, label="t")).squared()
    page(root, tmp_path / "a.html")
    tab = opened.go(tmp_path / "a.html")
    assert "over x1 (across) and x2 (up)" in tab.locator(".boundary figcaption").inner_text()
    page(neuron(), tmp_path / "b.html")
    assert opened.go(tmp_path / "b.html").locator(".boundary").is_hidden()


def test_every_primitive_over_its_domain(opened, tmp_path):
    points = drawn_points()
    page(neuron(), tmp_path / "a.html")
    source = re.sub(r"^export ", "", ENGINE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = opened.go(tmp_path / "a.html").evaluate(f"() => {{ {source}\n{program_of(points)}\nreturn lines; }}")
    assert too_far(points, lines) == {}


# ---------------------------------------------------------------- views
def network(*sizes):
    x = [Value(0.3, label="x1"), Value(-0.5, label="x2")]
    return (MLP(list(sizes), "tanh", seed=2)(x)[0] - Value(1.0, label="t")).squared()


@pytest.mark.parametrize("width", [390, 1280])
def test_a_neuron_opens_and_closes(browser, tmp_path, width):
    page(network(2, 4, 3, 1), tmp_path / "a.html")
    opened = Opened(browser, has_touch=True)
    tab = opened.go(tmp_path / "a.html")
    tab.set_viewport_size({"width": width, "height": 844})
    tab.locator('.node[data-opens="layer 2/neuron 1"]').tap()
    assert tab.locator(".views b").inner_text() == "layer 2 › neuron 1"
    assert tab.evaluate("decodeURIComponent(location.hash.replaceAll('+', ' '))").startswith("#view=layer 2/neuron 1")
    assert "tanh" in tab.locator(".activation figcaption").inner_text()  # its operating point
    tab.keyboard.press("Escape")
    assert tab.locator(".views b").count() == 0
    tab.locator('.node[data-opens="layer 1/neuron 2"]').focus()
    tab.keyboard.press("Enter")
    assert tab.locator(".views b").inner_text() == "layer 1 › neuron 2"
    tab.go_back()
    assert tab.locator(".views b").count() == 0
    tab = opened.go(tmp_path / "a.html", "#view=layer+1%2Fneuron+3&node=layer1.neuron3.w2&step=7")
    assert tab.locator(".views b").inner_text() == "layer 1 › neuron 3"
    assert shown_step(tab) == 7
    assert tab.locator(".details-name").inner_text() == "layer1.neuron3.w2"
    assert opened.complaints == []
    opened.context.close()


def test_edges_of_a_network_are_live(opened, tmp_path):
    root = network(2, 3, 1)
    page(root, tmp_path / "a.html")
    tab = opened.go(tmp_path / "a.html")
    flows = """() => { const { scene, session } = document.querySelector(".graph").app;
      return scene.flows(session.figures).map(({ flow }, n) => [scene.layout.edges[n].slice(0, 2).map((b) => scene.boxes[b][0]), flow]); }"""
    before = tab.eval_on_selector_all(".edge .way", "all => all.map(each => each.getAttribute('stroke-width'))")
    tab.get_by_label("x1, its number").fill("-1.5")
    after = tab.eval_on_selector_all(".edge .way", "all => all.map(each => each.getAttribute('stroke-width'))")
    assert before != after
    found = tab.evaluate(flows)
    x = [Value(-1.5, label="x1"), Value(-0.5, label="x2")]
    again = (MLP([2, 3, 1], "tanh", seed=2)(x)[0] - Value(1.0, label="t")).squared()
    view = draw_after(again)
    assert {tuple(map(tuple, ends)): pytest.approx(flow, rel=1e-9, abs=1e-12) for ends, flow in found} == view


def draw_after(root):
    """What flows back between the boxes of the network, as Python's pictures have it."""
    root.backward()
    program = Program.of(root)
    sight = Sight(choose(program))
    members, view = sight.members, sight.view()
    return {(tuple(members[edge.tail]), tuple(members[edge.head])): edge.contribution for edge in view.edges}


def test_a_long_recurrence_turns_its_parts_over_as_it_steps(opened, tmp_path):
    h, w = Value(0.1, label="h_0"), Value(0.7, label="w", parameter=True)
    for k in range(1, 61):
        h = (h * w + Value(0.01 * k, label=f"x_{k}")).tanh()
        h.label = f"h_{k}"
    page(h, tmp_path / "a.html")
    tab = opened.go(tmp_path / "a.html", "#view=part+1&step=0")
    seen = []
    for _ in range(int(tab.locator("input.step").get_attribute("max"))):
        tab.keyboard.press("ArrowRight")
        part = tab.locator(".views b").inner_text()
        seen += [] if part in seen[-1:] else [part]
    assert seen == [f"part {k} of 6" for k in (1, 2, 3, 4, 5, 6, 5, 4, 3, 2, 1)]


def test_what_is_out_of_sight_is_led_to(opened, tmp_path):
    page(network(2, 3, 1), tmp_path / "a.html")
    tab = opened.go(tmp_path / "a.html", "#view=layer+2%2Fneuron+1&step=1")
    tab.locator(".finder").click()
    assert tab.locator(".views b").inner_text().startswith("layer 1 › neuron")
    assert tab.locator(".finder").count() == 0
    assert tab.locator(".node.active").count() == 1


# ---------------------------------------------------------------- the quiz
@pytest.fixture
def asked(opened, tmp_path):
    """The neuron with its gradients hidden, and how it answers."""
    page(neuron(), tmp_path / "a.html", quiz=True)
    tab = opened.go(tmp_path / "a.html")

    def answer(name, text):
        field = tab.locator(f'[aria-label^="the derivative {name}:"]')
        field.fill(text)
        field.press("Enter")
        return tab.locator(".answer", has=field).locator(".verdict").inner_text()

    return tab, answer


def test_the_quiz_judges_planted_answers(asked, opened):
    tab, answer = asked
    assert all(gradient is None for _, gradient in opened.numbers()[:-1])
    assert "0.559" not in tab.locator(".graph").inner_text()
    for text, said in {
        "0.00804": "✗ your weight is wrong: the sign is wrong",
        "-0.0161": "✗ your weight is wrong: there is an extra factor of 2",
        "-0.00402": "✗ your weight is wrong: a factor of 2 is missing",
        "error*(1 - output**2)": "✗ your weight is wrong: ∂(input*weight)/∂weight is missing: a factor input",
        "error*input": "✗ your weight is wrong: ∂output/∂net is missing: a factor 1 − output²",
        "-error*input": "✗ your weight is wrong: the sign is wrong and ∂output/∂net is missing",
        "error*(1 - output²)*input²": "✗ your weight is wrong: ∂(input*weight)/∂weight was taken twice: input once is enough",
        "-0.02010542943010079 input": "✗ your weight is wrong: right at these numbers, but not at others",
        "7": '✗ your weight is wrong: no mistake that this page knows gives it; ask Python: check(loss, {"weight": "7"})',
        "0": "✗ give more digits",
        "error*(": "✗ a term is missing at the end",
        "errors*2": "✗ errors is unknown: did you mean error?",
        "output.grad*input": "✗ output.grad isn't found yet",
        "-0.008": "✓ your weight is right",
        "-0,008": "✓ your weight is right; a comma between digits is read as the decimal sign",
        "error(1 - output²)input": "✓ your weight is right",
        "(tanh(weight*input + bias) - target) / cosh(net)^2 * input": "✓ your weight is right",
        "0.4 error(1 - output²)": "✓ your weight is right",
    }.items():
        assert answer("∂loss/∂weight", text).startswith(said), text
    assert opened.numbers()[weight_place()][1] == pytest.approx(-0.00804217177, rel=1e-8)
    tab.get_by_label("reveal ∂loss/∂output").click()
    assert "it is -0.0359" in tab.locator(".answers").inner_text()


def test_the_rows_go_backward_and_have_the_local_derivatives_first(asked):
    tab, _ = asked
    names = tab.locator(".answer .name").all_inner_texts()
    assert names == [f"∂loss/∂{name}" for name in ("error", "target", "output", "net", "bias", "weight", "input")]
    tab.locator(".locals").check()
    names = tab.locator(".answer .name").all_inner_texts()
    assert names[:5] == ["∂loss/∂error", "∂error/∂target", "∂loss/∂target", "∂error/∂output", "∂loss/∂output"]
    assert names.index("∂output/∂net") < names.index("∂loss/∂net") < names.index("∂loss/∂weight")


WHOLE = {
    "all right": {"output": "output - target", "net": "output.grad*(1 - output²)", "weight": "net.grad*input"},
    "one wrong": {"output": "output - target", "net": "(output - target)(1 - output)", "weight": "(output - target)(1 - output)input", "bias": "(output-target)(1-output²)"},
    "a local one": {"∂output/∂net": "1 - output", "net": "(output - target)(1 - output)", "bias": "error*(1 - output²)"},
    "figures": {"output": "-0.036", "net": "-0.0201", "weight": "-0.00804"},
    "figures that follow": {"net": "0.0201", "weight": "0.00804", "bias": "0.0201"},
}  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_verdicts_are_python_s(name, asked):
    tab, answer = asked
    tab.locator(".locals").check()
    given = WHOLE[name]
    for link, text in given.items():
        answer(link if "∂" in link else f"∂loss/∂{link}", text)
    kinds = tab.evaluate(
        "() => [...document.querySelector('.graph').app.quiz.verdicts].map(([name, { kind }]) => [name, kind])"
    )
    expected = {link.name: link.verdict for link in check(neuron(), given).links}
    assert dict(kinds) == expected
    for link in check(neuron(), given).links:
        if link.verdict in ("right", "follows", "contradicts"):
            assert link.words in tab.locator(".answers").inner_text()


REFUSED = {
    "1/0": "✗ your output is wrong",  # nothing infinite is right
    "exp(1000)": "✗ your output is wrong",
    "output.grad": "✗ output.grad isn't found yet",
    "-0.03597": "✗ your output is near; if you rounded on the way, ask Python",
    "0.664-0.7": "✗ your output is near",
    "2*(output - target)": "✗ your output is wrong: there is an extra factor of 2",
}


def test_what_is_not_right_isn_t_said_to_be(asked):
    tab, answer = asked
    for text, said in REFUSED.items():
        assert answer("∂loss/∂output", text).startswith(said), text
    tab.get_by_label("reveal ∂loss/∂output").click()
    assert answer("∂loss/∂output", "output.grad") == "✗ output.grad is what is asked for"
    answer("∂loss/∂bias", "error*(1 - output²)")
    answer("∂loss/∂weight", "bias.grad*input")
    assert answer("∂loss/∂bias", "weight.grad/input").startswith(("✓", "✗"))  # in a circle, and it ends
    assert answer("∂loss/∂bias", "") == ""  # taken back
    assert "bias" not in json.loads(tab.locator(".result").input_value())["answers"]


def test_hints_marks_and_what_is_handed_in(asked):
    tab, answer = asked
    answer("∂loss/∂net", "(output - target)(1 - output)")
    answer("∂loss/∂output", "output - target")
    answer("∂loss/∂weight", "(output - target)(1 - output)input")
    said = []
    for _ in range(5):
        tab.locator("button.hint").click()
        said.append(tab.locator(".hints").inner_text().splitlines())
    assert said[0] == ["something isn't right yet"]
    assert said[1][1:] == ["1 of 3 links are right"]
    assert said[2][2] == "net isn't right"
    assert said[3][2].startswith("net isn't right: ")
    assert "1 − output²" not in "".join(said[3])
    assert "∂output/∂net = 1 − output²" in "".join(said[4])
    assert tab.locator(".marks").inner_text() == "2 of 7 points"
    result = json.loads(tab.locator(".result").input_value())
    assert result["tinygrad_neuron"] == 1
    assert result["answers"]["output"] == "output - target"
    assert result["numbers"] == {"input": 0.4, "weight": 0.5, "bias": 0.6, "target": 0.7}
    graded = grade([{"learner": "Ada", **result["answers"]}], parse(NEURON, result["numbers"]))
    assert graded.learners[0].points == 2.0


def test_numbers_of_a_seed_are_asked_anew(asked, opened):
    tab, answer = asked
    answer("∂loss/∂output", "output - target")
    tab.locator(".seed").fill("5")
    tab.locator(".seed").blur()
    first = opened.numbers()
    assert tab.locator(".marks").inner_text() == "0 of 7 points"
    result = json.loads(tab.locator(".result").input_value())
    assert result["seed"] == 5
    loss = parse(NEURON, result["numbers"])
    assert same(first[-1][0], loss.data)
    assert answer("∂loss/∂output", "output - target").startswith("✓")
    tab.locator(".seed").fill("")
    tab.locator(".seed").blur()
    assert opened.numbers()[weight_place()][0] == 0.5


def test_signs_are_typed_by_keys(asked):
    tab, _ = asked
    field = tab.locator('[aria-label^="the derivative ∂loss/∂bias:"]')
    field.fill("error(1 - output)")
    field.press("ArrowLeft")
    tab.locator('[data-sign="²"]').click()
    assert field.input_value() == "error(1 - output²)"
    assert tab.evaluate("document.activeElement.tagName") == "INPUT"
    assert tab.locator(".keys button").all_inner_texts()[:6] == ["·", "/", "²", "√", "σ", "∂"]


def test_names_that_several_nodes_have_are_no_names_in_formulas(opened, tmp_path):
    root = MLP([1, 2, 1], seed=1)([Value(0.3, label="x")])[0]
    page(root, tmp_path / "a.html", quiz=True)
    tab = opened.go(tmp_path / "a.html", "#view=operations")
    answer = tab.locator(".answer", has=tab.locator('.name:text-is("∂layer2.neuron1.output/∂layer1.neuron2.w1")'))
    assert answer.count() == 1
    answer.locator(".field").fill("w1*x")
    answer.locator(".field").press("Enter")
    names = "layer2.neuron1.w1, layer1.neuron1.w1, layer1.neuron2.w1"
    assert answer.locator(".verdict").inner_text() == f"✗ w1 can mean 3 nodes: give one of {names}"
    for known in ("layer2.neuron1.w1*0 + 1", "neuron2.w1*0 + 1", "w₁₁⁽²⁾*0 + 1", "w_{11}^{(2)}*0 + 1"):
        answer.locator(".field").fill(known)
        answer.locator(".field").press("Enter")
        assert answer.locator(".verdict").inner_text().startswith("✗ your layer1.neuron2.w1 is wrong"), known


# ---------------------------------------------------------------- hands and eyes
def test_the_keyboard_alone_reaches_everything(opened, tmp_path):
    root = (
        Value(0.5, label="w", parameter=True) * Value(0.4, label="x") + Value(0.1, label="b", parameter=True)
    ).tanh()
    root.label = "y"
    page(root, tmp_path / "a.html")
    tab = opened.go(tmp_path / "a.html")
    seen = set()
    for _ in range(60):
        tab.keyboard.press("Tab")
        seen.add(
            tab.evaluate(
                "document.activeElement.getAttribute('aria-label') || document.activeElement.className.baseVal || document.activeElement.className || document.activeElement.textContent"
            )
        )
        ring = tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert ring != "none" or tab.evaluate("document.activeElement === document.body")
    controls = tab.eval_on_selector_all(
        "button, input",
        "all => all.filter(each => each.checkVisibility()).map(each => each.getAttribute('aria-label') || each.className || each.textContent)",
    )
    assert set(controls) <= seen
    assert {"mode", "play", "step", "run", "w, its number", "train w"} <= seen
    tab.locator(".node").first.focus()
    tab.keyboard.press("End")
    assert shown_step(tab) == int(tab.locator(".counter").inner_text().split(" / ")[1])
    tab.keyboard.press("Home")
    tab.keyboard.press("ArrowRight")
    assert shown_step(tab) == 1
    for _ in range(10):
        tab.keyboard.press("ArrowUp")
    first = tab.evaluate("document.activeElement.dataset.nodes")
    assert first == tab.locator(".node").first.get_attribute("data-nodes")
    tab.locator(".node.parameter").first.focus()
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.getAttribute('aria-label')") == "w, its number"
    tab.keyboard.press("Control+A")
    tab.keyboard.type("2")
    assert opened.numbers()[0][0] == 2.0
    tab.locator(".node").first.focus()
    tab.keyboard.press("Space")
    assert tab.locator("button.play").get_attribute("aria-pressed") == "true"


def test_play_goes_on_and_stops_at_the_end(opened, tmp_path):
    page(parse("w*x", {"w": 2.0, "x": 3.0}), tmp_path / "a.html", step=0)
    tab = opened.go(tmp_path / "a.html")
    tab.locator("input.speed").fill("8")
    tab.locator("button.play").click()
    tab.wait_for_function("() => document.querySelector('.sentence').textContent.startsWith('Done')")
    tab.wait_for_function("() => document.querySelector('.play').getAttribute('aria-pressed') === 'false'")
    tab.wait_for_function("() => location.hash.endsWith('step=5')")
    assert tab.locator(".sentence").get_attribute("aria-live") == "polite"


def test_a_link_opens_at_its_step(opened, tmp_path):
    page(neuron(), tmp_path / "a.html", step=2)
    tab = opened.go(tmp_path / "a.html")
    assert shown_step(tab) == 2
    tab = opened.go(tmp_path / "a.html", "#step=4")
    assert shown_step(tab) == 4
    tab.evaluate("location.hash = 'step=1'")
    tab.wait_for_function("() => document.querySelector('.counter').textContent.startsWith('1 /')")
    tab = opened.go(tmp_path / "a.html", "#step=999")
    assert tab.locator(".sentence").inner_text().startswith("Done")
    tab = opened.go(tmp_path / "a.html", "#view=nowhere&node=nothing&step=x")
    assert shown_step(tab) == 0
    assert tab.locator(".picture").count() == 1


def test_labels_from_elsewhere_do_nothing(opened, tmp_path):
    x = Value(1.0, label="</script><img src=x onerror=document.title='broken'>")
    with scope("</svg><script>document.title='broken'</script>"):
        y = (x * 2.0).tanh()
    y.label = "<b>&amp;"
    page(y, tmp_path / "a.html", title="<i>safe</i>")
    tab = opened.go(tmp_path / "a.html")
    assert tab.title() == "<i>safe</i>"
    assert tab.locator("h1").inner_text() == "<i>safe</i>"
    assert tab.locator("img").count() == 0
    assert "<b>&amp;" in tab.locator(".details-name").inner_text()
    tab.locator("button.mode").click()
    assert tab.title() == "<i>safe</i>"


def test_the_policy_forbids_the_network(browser, tmp_path):
    opened = Opened(browser)
    page(neuron(), tmp_path / "a.html")
    tab = opened.go(tmp_path / "a.html")
    tab.evaluate("fetch('https://example.org/').catch(() => 0)")
    tab.evaluate("new Image().src = 'https://example.org/a.png'")
    tab.evaluate(
        "const other = document.createElement('script'); other.textContent = 'window.other = 1'; document.head.append(other)"
    )
    tab.wait_for_timeout(200)
    assert tab.evaluate("window.other") is None
    assert len(opened.complaints) >= 3
    assert not [each for each in opened.complaints if each.startswith("asked for")]
    opened.context.close()


@pytest.fixture
def steep():
    yield primitive("steep", lambda x: 2.0 * x if x > 0 else float(int(x)), lambda y, x: 2.0)
    del PRIMITIVES["steep"], FUNCTIONS["steep"]


def test_a_frozen_graph_still_steps(steep, opened, tmp_path):
    x = Value(3.0, label="x")
    root = steep(x) * x
    root.backward()
    page(root, tmp_path / "a.html")
    tab = opened.go(tmp_path / "a.html")
    assert tab.locator(".frozen").inner_text() == "Numbers can't be changed here: steep can't be written in JavaScript."
    assert tab.get_by_label("x, its number").is_disabled()
    assert tab.locator("button.run").is_disabled()
    assert opened.numbers() == [(3.0, 12.0), (6.0, 3.0), (18.0, 1.0)]
    tab.keyboard.press("Home")
    assert opened.numbers() == [(3.0, None), (None, None), (None, None)]


def test_in_a_notebook_s_frame(opened, tmp_path):
    frame = page(neuron())._repr_mimebundle_()["text/html"]
    (tmp_path / "notebook.html").write_text(f"<!DOCTYPE html><title>n</title>{frame}")
    tab = opened.go(tmp_path / "notebook.html")
    inside = tab.frame_locator("iframe")
    inside.locator("button.previous").click()
    inside.locator("button.previous").click()
    assert inside.locator(".sentence").inner_text().startswith("Backward")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark(browser, tmp_path, scheme):
    opened = Opened(browser, color_scheme=scheme)
    page(neuron(), tmp_path / "a.html")
    tab = opened.go(tmp_path / "a.html")

    def brightness():
        colour = tab.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(map(int, re.findall(r"\d+", colour)[:3]))

    first = brightness()
    assert (first > 600) == (scheme == "light")
    tab.locator("button.theme").click()
    assert (brightness() > 600) != (scheme == "light")
    assert opened.complaints == []
    opened.context.close()


def test_reduced_motion(browser, tmp_path):
    for motion, name in (("reduce", "none"), ("no-preference", "back")):
        opened = Opened(browser, reduced_motion=motion)
        page(neuron(), tmp_path / "a.html")
        tab = opened.go(tmp_path / "a.html", "#step=10")
        assert tab.eval_on_selector(".edge.active .way", "path => getComputedStyle(path).animationName") == name
        opened.context.close()


ODD = {
    "a leaf": lambda: Value(3.0, label="x"),
    "a constant": lambda: Value(2.0, constant=True),
    "infinite": lambda: log(Value(0.0, label="x")) * 2,
    "not a number": lambda: log(Value(-1.0, label="x")),
    "strange names": lambda: Value(1.0, label="a\nb\tc") * Value(2.0, label="θ̂ 日本") + Value(1.0, label="__proto__"),
    "a long name": lambda: Value(1.0, label="x" * 3000).tanh(),
    "one leaf twice": lambda: parse("x*x + x", {"x": 2.0}),
    "many operands": lambda: maximum(Value(1.0, label="a"), Value(2.0, label="b"), logsumexp([Value(1.0), 2.0])),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_graphs_open_without_a_complaint(name, opened, tmp_path):
    root = ODD[name]()
    page(root, tmp_path / "a.html")
    tab = opened.go(tmp_path / "a.html")
    for key in ("Home", "ArrowRight", "ArrowRight", "End"):
        tab.keyboard.press(key)
    assert tab.locator(".sentence").inner_text().startswith("Done")
    assert len(opened.numbers()) == len(topological_order(root))
    tab.locator("button.mode").click()
    fields = tab.locator(".answers .field")
    if fields.count():
        fields.first.fill("1")
        fields.first.press("Enter")
        assert tab.locator(".verdict").first.inner_text()[0] in "✓✗"
