"""The page in a real browser, without any network: its figures are those of the Python engine."""

from __future__ import annotations

import math
import random
import re

import pytest
from paging.browsing import Opened, drawn_points, program_of, too_far

from tinygrad_neuron import Value, log, logsumexp, maximum, page, parse, primitive, scope, topological_order
from tinygrad_neuron.drawing.look import figure
from tinygrad_neuron.nn import MLP
from tinygrad_neuron.primitives import FUNCTIONS, PRIMITIVES
from tinygrad_neuron.testing import ARITIES, random_program

pytest.importorskip("graphviz")
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


def shown_step(tab):
    return int(tab.locator("#counter").inner_text().split(" / ")[0])


@pytest.mark.parametrize("name", ARTICLES)
def test_every_step_of_the_articles(name, opened, tmp_path):
    root = ARTICLES[name]()
    root.backward()
    order = topological_order(root)
    page(root, tmp_path / "a.html")
    tab = opened.go(tmp_path / "a.html", "#step=0")
    texts = "all => all.map(each => [each.querySelector('.value').textContent, "
    texts += "each.querySelector('.gradient')?.textContent])"
    expected = list(states(root))
    for step, (kind, active, values, sums) in enumerate(expected):
        assert tab.locator("#counter").inner_text() == f"{step} / {len(expected) - 1}"
        for node, (value, gradient) in zip(order, opened.numbers(), strict=True):
            assert close(value, values.get(node)), (step, node)
            assert close(gradient, sums.get(node)), (step, node)
        for node, (value, gradient) in zip(order, tab.eval_on_selector_all(".node", texts), strict=True):
            assert value == written(values.get(node))
            assert gradient == (None if node.is_constant else written(sums.get(node)))
        said = tab.locator("#sentence").inner_text()
        lit = tab.locator(".node.active").count()
        if kind in ("forward", "seed", "backward"):
            assert lit == 1
            number = sums[active] if kind == "backward" else values[active] if kind == "forward" else 1.0
            assert (written(number) if kind != "seed" else "= 1,") in said
            assert tab.locator(".node.active").get_attribute("id") == f"n{place(order, active)}"
        tab.keyboard.press("ArrowRight")
    assert shown_step(tab) == len(expected) - 1
    assert tab.locator("#sentence").inner_text().startswith("Done")
    ends = zip(order, opened.numbers(), strict=True)
    assert all(close(gradient, node.grad) for node, (_, gradient) in ends if not node.is_constant)


def written(number):
    """A figure as boxes show it."""
    if number is None:
        return "·"
    return re.sub("^-", "−", figure(number)) if number else "0"


def place(order, node):
    return next(k for k, each in enumerate(order) if each is node)


def test_the_sentence_of_an_edge(opened, tmp_path):
    page(neuron(), tmp_path / "a.html")
    tab = opened.go(tmp_path / "a.html")
    said = []
    for _ in range(30):
        tab.keyboard.press("ArrowLeft")
        said.append(tab.locator("#sentence").inner_text())
    assert (
        "Backward: weight.grad += (input*weight).grad × ∂(input*weight)/∂weight = −0.02011 × 0.4000 = −0.008042; "
        "the sum so far is −0.008042." in said
    )
    assert "Forward: net = input*weight + bias = 0.2000 + 0.6000 = 0.8000." in said
    assert said[-1] == "Before the forward pass: the numbers of the leaves are given."


# ---------------------------------------------------------------- editing
SMOOTH = {name: arity for name, arity in ARITIES.items() if name not in ("gelu", "erf")}


def differentiated(program, numbers):
    leaves = [Value(number, label=f"x{k}") for k, number in enumerate(numbers)]
    root = program.run(leaves, FUNCTIONS.__getitem__)[-1]
    if not root.is_constant:
        root.backward()
    return root


def test_dragging_and_typing_on_200_random_graphs(opened, tmp_path):
    chance = random.Random(11)
    edited = 0
    while edited < 200:
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
        typed = tab.get_by_label(f"{leaves[-1].label}, its number")
        number = chance.uniform(-2, 2)
        typed.fill(repr(number))
        given[int(leaves[-1].label[1:])] = number
        slider = tab.get_by_label(f"{leaves[0].label}, drag its number")
        box = slider.bounding_box()
        tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        tab.mouse.down()
        tab.mouse.move(box["x"] + chance.uniform(0.2, 0.8) * box["width"], box["y"] + box["height"] / 2)
        tab.mouse.up()
        given[int(leaves[0].label[1:])] = float(tab.get_by_label(f"{leaves[0].label}, its number").input_value())
        again = differentiated(program, list(given.values()))
        for node, (value, gradient) in zip(topological_order(again), opened.numbers(), strict=True):
            assert same(value, node.data), (edited, node)
            assert node.is_constant or same(gradient, node.grad), (edited, node)


def same(found, expected):
    if not math.isfinite(expected):
        return repr(found) == repr(expected)
    return math.isclose(found, expected, rel_tol=1e-12, abs_tol=1e-12)


def test_a_number_is_dragged_in_the_diagram(opened, tmp_path):
    page(neuron(), tmp_path / "a.html")
    tab = opened.go(tmp_path / "a.html")
    box = tab.locator(".node.parameter").first.bounding_box()
    tab.mouse.move(box["x"] + 10, box["y"] + 10)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 70, box["y"] + 10)
    tab.mouse.up()
    weight = float(tab.get_by_label("weight, its number").input_value())
    assert weight > 0.6
    expected = neuron(weight=weight)
    assert same(opened.numbers()[-1][0], expected.data)
    tab.locator("#reset").click()
    assert tab.get_by_label("weight, its number").input_value() == "0.5"
    assert same(opened.numbers()[-1][0], neuron().data)


def test_what_is_no_number_changes_nothing(opened, tmp_path):
    page(neuron(), tmp_path / "a.html")
    tab = opened.go(tmp_path / "a.html")
    before = opened.numbers()
    field = tab.get_by_label("weight, its number")
    for text in ("", "abc", "1,5", "--1"):
        field.fill(text)
        assert field.get_attribute("aria-invalid") == "true"
        assert opened.numbers() == before
    field.blur()
    assert field.input_value() == "0.5"
    field.fill("1e999")
    assert math.isinf(opened.numbers()[weight_place()][0])


def weight_place():
    return next(k for k, node in enumerate(topological_order(neuron())) if node.label == "weight")


def test_gradient_descent_makes_the_engine_s_steps(opened, tmp_path):
    page(neuron(), tmp_path / "a.html")
    tab = opened.go(tmp_path / "a.html")
    tab.locator("#rate").fill("0")  # a rate of 1
    weight, bias = 0.5, 0.6
    for _ in range(5):
        loss = neuron(weight=weight, bias=bias)
        loss.backward()
        gradients = {node.label: node.grad for node in topological_order(loss)}
        weight, bias = weight - gradients["weight"], bias - gradients["bias"]
        tab.locator("#one-step").click()
        assert same(float(tab.get_by_label("weight, its number").input_value()), weight)
        assert same(float(tab.get_by_label("bias, its number").input_value()), bias)
    assert tab.get_by_label("input, its number").input_value() == "0.4"
    assert tab.locator("#curve").get_attribute("points").count(",") == 6
    assert "after 5 steps" in tab.locator("#curve-text").inner_text()
    tab.locator("#run").click()
    tab.wait_for_function("() => document.querySelectorAll('#curve')[0].getAttribute('points').split(' ').length > 30")
    tab.locator("#run").click()
    assert opened.numbers()[-1][0] < 1e-4
    tab.get_by_label("train weight").uncheck()
    tab.get_by_label("train bias").uncheck()
    tab.locator("#one-step").click()
    assert "Choose what is trained" in tab.locator("#sentence").inner_text()


def test_a_divergence_is_said(opened, tmp_path):
    page(parse("loss = (w**2)**2", {"w": Value(3.0, label="w", parameter=True)}), tmp_path / "a.html")
    tab = opened.go(tmp_path / "a.html")
    tab.locator("#rate").fill("1")
    tab.locator("#run").click()
    tab.wait_for_function("() => document.querySelector('#sentence').textContent.includes('smaller learning rate')")
    assert tab.locator("#run").inner_text() == "Run"


def test_the_numerical_gradient_beside_the_real_one(opened, tmp_path):
    page(neuron(), tmp_path / "a.html")
    tab = opened.go(tmp_path / "a.html")
    tab.locator(".node.parameter").first.hover()
    said = tab.locator("#numerical").inner_text()
    numerical, real = (float(each) for each in re.findall(r"(?:numerical|real) (-?[\d.e-]+)", said))
    assert real == pytest.approx(-0.00804217177, rel=1e-8)
    assert numerical == pytest.approx(real, rel=1e-6)
    tab.locator("#h").fill("0")  # h = 1
    numerical = float(re.search(r"numerical (-?[\d.e-]+)", tab.locator("#numerical").inner_text())[1])
    above, below = neuron(weight=1.5).data, neuron(weight=-0.5).data
    assert numerical == pytest.approx((above - below) / 2, rel=1e-12)
    lines = tab.locator("#details li").all_inner_texts()
    assert "(input*weight).grad × ∂(input*weight)/∂weight = input → −0.02011 × 0.4000 = −0.008042" in lines


def test_every_primitive_over_its_domain(opened):
    points = drawn_points()
    lines = opened.tab.evaluate(f"() => {{ {program_of(points)}\nreturn lines; }}")
    assert too_far(points, lines) == {}


# ---------------------------------------------------------------- the quiz
def test_the_quiz_judges_planted_answers(opened, tmp_path):
    page(neuron(), tmp_path / "a.html", quiz=True)
    tab = opened.go(tmp_path / "a.html")
    assert all(gradient is None for _, gradient in opened.numbers()[:-1])
    assert "0.5591" not in tab.locator("#diagram").text_content()
    field = tab.get_by_label("the gradient of weight: a number or a formula")
    verdict = tab.locator(".answer", has=field).locator(".verdict")

    def answered(text):
        field.fill(text)
        field.press("Enter")
        return verdict.inner_text()

    for text, said in {
        "0.00804": "✗ wrong sign",
        "-0.0161": "✗ off by a factor 2: twice too large",
        "-0.00402": "✗ off by a factor 2: half of it",
        "error*(1 - output**2)": "✗ missing factor ∂(input*weight)/∂weight",
        "error*input": "✗ missing factor ∂output/∂net",
        "-error*input": "✗ wrong sign, and missing factor ∂output/∂net",
        "-0.02010543*input": "✗ right at these numbers, but not at others",
        "7": "✗ not right",
        "error*(": "✗ the formula ends too early",
        "errors*2": "✗ there is no “errors” in the graph",
        "output.grad*input": "✗ output.grad isn't found yet",
        "-0.008": "✓ right",
        "-0.00804217": "✓ right",
        "error*(1 - output²)*input": "✓ right",
        "(tanh(weight*input + bias) - target) / cosh(net)^2 * input": "✓ right",
    }.items():
        assert answered(text) == said, text
    assert opened.numbers()[weight_place()][1] == pytest.approx(-0.00804217177, rel=1e-8)
    tab.get_by_label("reveal the gradient of output").click()
    assert "it is -0.0359" in tab.locator("#answers").inner_text()
    assert answered("output.grad*(1 - output²)*input") == "✓ right"
    tab.locator("#mode").click()
    shown = zip(topological_order(neuron()), opened.numbers(), strict=True)
    assert all(node.is_constant or gradient is not None for node, (_, gradient) in shown)


# ---------------------------------------------------------------- hands and eyes
def test_the_keyboard_alone_reaches_everything(opened, tmp_path):
    with scope("inside"):
        y = Value(0.5, label="w", parameter=True) * Value(0.4, label="x")
    root = (y + Value(0.1, label="b", parameter=True)).tanh()
    page(root, tmp_path / "a.html")
    tab = opened.go(tmp_path / "a.html")
    seen = set()
    for _ in range(60):
        tab.keyboard.press("Tab")
        seen.add(tab.evaluate("document.activeElement.id || document.activeElement.getAttribute('aria-label')"))
        ring = tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert ring != "none" or tab.evaluate("document.activeElement === document.body")
    controls = tab.eval_on_selector_all(
        "button, input, .fold, #diagram",
        "all => all.filter(each => each.checkVisibility()).map(each => each.id || each.getAttribute('aria-label'))",
    )
    assert set(controls) <= seen
    assert {"mode", "theme", "diagram", "play", "step", "run", "w, its number", "train w", "inside, a scope"} <= seen
    tab.locator("#diagram").focus()
    tab.keyboard.press("End")
    assert shown_step(tab) == int(tab.locator("#counter").inner_text().split(" / ")[1])
    tab.keyboard.press("Home")
    tab.keyboard.press("ArrowRight")
    assert shown_step(tab) == 1
    for _ in range(10):
        tab.keyboard.press("ArrowUp")
    assert tab.locator(".node.selected").get_attribute("id") == "n0"
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.getAttribute('aria-label')") == "w, its number"
    tab.keyboard.press("Control+A")
    tab.keyboard.type("2")
    assert opened.numbers()[0][0] == 2.0
    fold = tab.locator(".fold")
    fold.focus()
    tab.keyboard.press("Enter")
    assert fold.get_attribute("aria-expanded") == "false"
    tab.locator("#diagram").focus()
    before = tab.locator("#view").get_attribute("transform")
    tab.keyboard.press("+")
    tab.keyboard.press("Shift+ArrowRight")
    assert tab.locator("#view").get_attribute("transform") != before
    tab.keyboard.press("0")
    assert tab.locator("#view").get_attribute("transform") == before
    tab.keyboard.press("Space")
    assert tab.locator("#play").get_attribute("aria-pressed") == "true"


def test_play_goes_on_and_stops_at_the_end(opened, tmp_path):
    page(parse("w*x", {"w": 2.0, "x": 3.0}), tmp_path / "a.html", step=0)
    tab = opened.go(tmp_path / "a.html")
    tab.locator("#speed").fill("8")
    tab.locator("#play").click()
    tab.wait_for_function("() => document.querySelector('#sentence').textContent.startsWith('Done')")
    tab.wait_for_function("() => document.querySelector('#play').getAttribute('aria-pressed') === 'false'")
    assert tab.evaluate("location.hash") == "#step=5"
    assert tab.locator("#sentence").get_attribute("aria-live") == "polite"


def test_a_link_opens_at_its_step(opened, tmp_path):
    page(neuron(), tmp_path / "a.html", step=2)
    tab = opened.go(tmp_path / "a.html")
    assert shown_step(tab) == 2
    tab = opened.go(tmp_path / "a.html", "#step=4")
    assert shown_step(tab) == 4
    tab.evaluate("location.hash = 'step=1'")
    tab.wait_for_function("() => document.querySelector('#counter').textContent.startsWith('1 /')")
    tab = opened.go(tmp_path / "a.html", "#step=999")
    assert tab.locator("#sentence").inner_text().startswith("Done")


def test_scopes_open_and_close(opened, tmp_path):
    root = MLP([2, 3, 1], seed=1)([Value(0.3, label="a"), Value(0.4, label="b")])[0]
    page(root, tmp_path / "a.html", products=True)
    tab = opened.go(tmp_path / "a.html")
    everything = tab.locator(".node:visible").count()
    tab.locator(".fold", has_text="layer 1").click()
    inside = everything - tab.locator(".node:visible").count()
    assert inside > 10
    assert tab.locator(".scope.closed:visible").count() == 1
    shown = sorted(each.strip() for each in tab.locator(".fold:visible").all_text_contents())
    assert shown == ["▸ layer 1", "▾ layer 2", "▾ neuron 1"]
    before = opened.numbers()[-1][0]
    tab.get_by_label("a, its number").fill("-1")
    assert opened.numbers()[-1][0] != before
    tab.locator(".scope.closed > rect").first.click()
    assert tab.locator(".node:visible").count() == everything
    assert tab.locator(".edge.led").count() == 0


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
    assert "<b>&amp;" in tab.locator("#details-name").inner_text()


def test_the_policy_forbids_the_network(browser, tmp_path):

    opened = Opened(browser)
    page(neuron(), tmp_path / "a.html")
    tab = opened.go(tmp_path / "a.html")
    tab.evaluate("fetch('https://example.org/').catch(() => 0)")
    tab.evaluate("new Image().src = 'https://example.org/a.png'")
    tab.wait_for_timeout(200)
    assert len(opened.complaints) >= 2
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
    assert tab.locator("#frozen").inner_text() == "Numbers can't be changed here: steep can't be written in JavaScript."
    assert tab.get_by_label("x, its number").is_disabled()
    assert tab.locator("#run").is_disabled()
    assert opened.numbers() == [(3.0, 12.0), (6.0, 3.0), (18.0, 1.0)]
    tab.keyboard.press("Home")
    assert opened.numbers() == [(3.0, None), (None, None), (None, None)]


def test_in_a_notebook_s_frame(opened, tmp_path):
    frame = page(neuron())._repr_mimebundle_()["text/html"]
    (tmp_path / "notebook.html").write_text(f"<!DOCTYPE html><title>n</title>{frame}")
    tab = opened.go(tmp_path / "notebook.html")
    inside = tab.frame_locator("iframe")
    inside.locator("#previous").click()
    inside.locator("#previous").click()
    assert inside.locator("#sentence").inner_text().startswith("Backward")


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
    tab.locator("#theme").click()
    assert (brightness() > 600) != (scheme == "light")
    assert opened.complaints == []
    opened.context.close()


def test_reduced_motion(browser, tmp_path):

    for motion, name in (("reduce", "none"), ("no-preference", "back")):
        opened = Opened(browser, reduced_motion=motion)
        page(neuron(), tmp_path / "a.html")
        tab = opened.go(tmp_path / "a.html", "#step=10")
        assert tab.eval_on_selector(".edge.active path", "path => getComputedStyle(path).animationName") == name
        opened.context.close()


def test_500_nodes_are_unfolded_and_edited(opened, tmp_path):
    root = MLP([4, 12, 8, 1], "tanh", seed=1)([Value(0.1 * k, label=f"x{k}") for k in range(1, 5)])[0]
    made = page(root, tmp_path / "a.html", products=True)
    assert made.n_nodes >= 500
    tab = opened.go(tmp_path / "a.html")
    for _ in range(3):
        tab.locator(".scope.closed .fold").first.click()
    assert tab.locator(".node:visible").count() == made.n_nodes
    before = opened.numbers()
    tab.locator(".range").first.fill("0.25")
    after = opened.numbers()
    assert len(after) == made.n_nodes
    assert sum(one != other for one, other in zip(before, after, strict=True)) > made.n_nodes / 10


def test_names_that_several_nodes_have_are_no_names_in_formulas(opened, tmp_path):
    root = MLP([1, 2, 1], seed=1)([Value(0.3, label="x")])[0]
    page(root, tmp_path / "a.html", quiz=True)
    tab = opened.go(tmp_path / "a.html")
    assert tab.get_by_label("the gradient of layer1.neuron2.w1: a number or a formula").count() == 1
    answer = tab.locator(".answer").first
    answer.locator(".field").fill("w1*x")
    answer.locator(".field").press("Enter")
    names = "layer2.neuron1.w1, layer1.neuron1.w1, layer1.neuron2.w1"
    assert answer.locator(".verdict").inner_text() == f"✗ “w1” can mean 3 nodes: give one of {names}"
    for known in ("layer2.neuron1.w1*0 + 1", "neuron2.w1*0 + 1", "w₁₁⁽²⁾*0 + 1", "output₁⁽¹⁾.grad"):
        answer.locator(".field").fill(known)
        answer.locator(".field").press("Enter")
        verdict = answer.locator(".verdict").inner_text()
        assert not any(words in verdict for words in ("there is no", "can mean", "can't be read")), (known, verdict)


def test_letters_that_nobody_can_read_are_left_out(opened, tmp_path):
    root = MLP([4, 12, 8, 1], "tanh", seed=1)([Value(0.1 * k, label=f"x{k}") for k in range(1, 5)])[0]
    page(root, tmp_path / "a.html", products=True)
    tab = opened.go(tmp_path / "a.html")
    assert tab.locator(".title:visible").count() == 0
    for _ in range(12):
        tab.locator("#zoom-in").click()
    assert tab.locator(".title:visible").count() > 0


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
    assert tab.locator("#sentence").inner_text().startswith("Done")
    assert len(opened.numbers()) == tab.locator(".node").count() == len(topological_order(root))
    tab.locator("#mode").click()
    fields = tab.locator("#answers .field")
    if fields.count():
        fields.first.fill("1")
        fields.first.press("Enter")
        assert tab.locator(".verdict").first.inner_text()[0] in "✓✗"
