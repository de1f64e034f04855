"""The file: whole, small, safe, and the same for every process."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import math
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from tinygrad_neuron import Value, derive, page, parse, primitive, scope, variables
from tinygrad_neuron.nn import MLP
from tinygrad_neuron.primitives import FUNCTIONS, PRIMITIVES

NEURON = "net = w*x + b; y = tanh(net); loss = (y - t)**2"
NUMBERS = {"w": 0.5, "x": 0.4, "b": 0.6, "t": 0.7}


@pytest.fixture
def neuron():
    return parse(NEURON, NUMBERS)


def data(made):
    """The graph that is written into a page."""
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', made.html, re.DOTALL)[1])


class TestTheFile:
    def test_it_is_written_whole_by_all_ways(self, neuron, tmp_path):
        made = page(neuron, tmp_path / "a.html")
        assert (tmp_path / "a.html").read_text() == made.html == neuron.page(tmp_path / "b.html").html
        assert (tmp_path / "b.html").read_text() == made.html
        made.save(tmp_path / "c.html")
        assert (tmp_path / "c.html").read_text() == made.html
        with pytest.raises(OSError, match="nowhere"):
            page(neuron, tmp_path / "nowhere" / "d.html")
        assert sorted(each.name for each in tmp_path.iterdir()) == ["a.html", "b.html", "c.html"]

    def test_the_command_writes_the_same(self, tmp_path):
        words = [NEURON, *(f"{name}={number}" for name, number in NUMBERS.items())]
        command = [sys.executable, "-m", "tinygrad_neuron", "page", *words, "--parameters", "w,b", "-o", "n.html"]
        subprocess.run(command, cwd=tmp_path, check=True)
        values = {name: Value(number, label=name, parameter=name in "wb") for name, number in NUMBERS.items()}
        assert (tmp_path / "n.html").read_text() == page(parse(NEURON, values)).html

    @pytest.mark.parametrize(
        "root",
        [
            parse("w*x", {"w": 2.0, "x": 3.0}),
            parse(NEURON, NUMBERS),
            MLP([2, 4, 1], seed=1)([0.3, 0.4])[0],
            MLP([8, 16, 8, 1], seed=1)([0.1] * 8)[0],
        ],
        ids=["product", "neuron", "small", "large"],
    )
    @pytest.mark.parametrize("products", [False, True])
    def test_it_is_small(self, root, products):
        made = page(root, products=products)
        assert len(made.html.encode()) <= 60_000 + 2_000 * made.n_nodes

    def test_the_same_in_every_process(self, neuron):
        program = f"from tinygrad_neuron import page, parse; print(page(parse({NEURON!r}, {NUMBERS!r})).html)"
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert run.stdout == page(neuron).html + "\n"

    def test_a_notebook_gets_it_in_a_frame(self, neuron):
        class Frame(HTMLParser):
            def handle_starttag(self, tag, attributes):
                assert tag == "iframe"
                self.found = dict(attributes)

        made = page(neuron)
        frame = Frame()
        frame.feed(made._repr_mimebundle_()["text/html"])
        assert frame.found["srcdoc"] == made.html
        assert frame.found["sandbox"] == "allow-scripts"


class TestSafety:
    EVIL = "</script><img src=x onerror=alert(1)>"

    def test_labels_end_nothing(self):
        x = Value(1.0, label=self.EVIL)
        with scope("</svg><script>alert(1)</script>"):
            y = x * 2.0
            y.label = "\u2028]]>&amp;<!--"
        made = page(y, title="</title><script>alert(1)</script>")
        assert made.html.count("</script>") == 3  # the data, the packed script, and what unpacks it
        assert "<img" not in made.html
        assert "alert(1)</script>" not in made.html
        assert data(made)["nodes"][0]["name"] == self.EVIL

    def test_the_policy_names_this_script_and_this_style_alone(self, neuron):
        text = page(neuron).html
        policy = html.unescape(re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1])
        rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
        assert rules["default-src"] == "'none'"
        load, style = (
            re.search(each, text, re.DOTALL)[1]
            for each in ('<script type="module">(.*?)</script>', "<style>(.*?)</style>")
        )
        packed = re.search('<script id="script" type="text/plain">(.*?)</script>', text)[1]
        script = gzip.decompress(base64.b64decode(packed)).decode()
        digests = [base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in (load, script, style)]
        assert rules["script-src"] == f"'sha256-{digests[0]}' 'sha256-{digests[1]}'"
        assert rules["style-src"] == f"'sha256-{digests[2]}'"
        assert not re.search(r"https?://(?!www\.w3\.org/)", text)
        assert " style=" not in text

    def test_the_script_is_the_same_for_every_graph(self, neuron, steep):
        roots = neuron, parse("sin(u)*v", {"u": 1.0, "v": 2.0}), steep(Value(3.0))
        own = re.compile(r'<script type="application/json">.*?</script>|<title>.*?</title>', re.DOTALL)
        assert len({own.sub("", page(root).html) for root in roots}) == 1


class TestOptions:
    def test_what_is_trained(self, neuron):
        def trained(**options):
            made = data(page(neuron, **options))
            return [made["nodes"][k]["name"] for k in made["trained"]]

        assert trained() == ["w", "b"]
        assert trained(parameters=["x"]) == ["x"]
        assert trained(parameters=[]) == []
        marked = parse("w*x", {"w": Value(2.0, label="w"), "x": Value(3.0, label="x", parameter=True)})
        assert data(page(marked))["trained"] == [1]
        assert data(page(marked, parameters=[marked.operands[0]]))["trained"] == [0]
        with pytest.raises(ValueError, match=r"no node 'v'; its names are w, x"):
            page(marked, parameters=["v"])

    def test_equal_numbers_are_not_taken_for_each_other(self):
        made = data(page(parse("w*x", {"w": Value(2.0, label="w", parameter=True), "x": 2.0})))
        assert made["trained"] == [0]

    def test_where_it_begins(self, neuron):
        made = data(page(neuron, step=3, quiz=True, title="A neuron"))
        assert (made["step"], made["quiz"], made["title"]) == (3, True, "A neuron")
        with pytest.raises(ValueError, match=r"step=99: the steps of this graph are 0 to \d+"):
            page(neuron, step=99)
        x, w = variables(x=3.0, w=2.0)  # the start, x*w, its gradient, one for x and one for w, the end
        for step in (0, 5):
            assert data(page(x * w, step=step))["step"] == step
        for step in (-1, 6):
            with pytest.raises(ValueError, match=f"step={step}: the steps of this graph are 0 to 5"):
                page(x * w, step=step)

    def test_numbers_that_json_has_not(self):
        made = data(page(Value(float("inf")) * 0.0))
        assert [node["value"] for node in made["nodes"]] == ["Infinity", 0.0, "NaN"]

    def test_products(self):
        root = MLP([2, 1], seed=1)([0.3, 0.4])[0]
        assert "dot" in {node["operation"] for node in data(page(root))["nodes"]}
        assert "dot" not in {node["operation"] for node in data(page(root, products=True))["nodes"]}


@pytest.fixture
def steep():
    """A primitive of the user's own that can't be written in JavaScript."""
    yield primitive("steep", lambda x: 2.0 * x if x > 0 else float(int(x)), lambda y, x: 2.0)
    del PRIMITIVES["steep"], FUNCTIONS["steep"]


def test_a_primitive_without_a_spelling_freezes_the_numbers(steep):
    x = Value(3.0, label="x")
    made = data(page(steep(x) * x))
    assert made["frozen"] == "Numbers can't be changed here: steep can't be written in JavaScript."
    assert made["nodes"][1]["slopes"] == [2.0]


@pytest.mark.parametrize("rule", [lambda y, x: 2.0 if x > 0 else 0.0, lambda y, x: math.exp(x)])
def test_a_rule_without_a_spelling_freezes_the_numbers(rule):
    bent = primitive("bent_for_a_page", lambda x: x + x, rule)
    try:
        made = data(page(bent(Value(3.0))))
        assert (
            made["frozen"] == "Numbers can't be changed here: bent_for_a_page's rules can't be written in JavaScript."
        )
        assert made["nodes"][1]["slopes"] == [rule(6.0, 3.0)]
        x = Value(3.0, label="x")
        assert f"∂x = {rule(6.0, 3.0):.10g}" in derive(bent(x), x).text
    finally:
        del PRIMITIVES["bent_for_a_page"], FUNCTIONS["bent_for_a_page"]


def test_a_primitive_of_operators_is_alive():
    cube = primitive("cubed_for_a_page", lambda x: x * x * x, lambda y, x: 3.0 * x * x)
    try:
        assert data(page(cube(Value(2.0))))["frozen"] == ""
    finally:
        del PRIMITIVES["cubed_for_a_page"], FUNCTIONS["cubed_for_a_page"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["x*w", "x=1", "w=2"], "-o"),
        (["x*w", "x=1", "w=2", "-o", "a.html", "--step", "99"], "step=99"),
        (["x*w", "x=1", "w=2", "-o", "a.html", "--parameters", "v"], "v"),
        (["x*w", "x=1", "w=2", "-o", "nowhere/a.html"], "nowhere/a.html"),
        (["--load", "none.json", "-o", "a.html"], "none.json"),
    ],
)
def test_bad_input_at_the_command_line(words, said, tmp_path):
    command = [sys.executable, "-m", "tinygrad_neuron", "page", *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- views
def keys(made):
    return [view["key"] for view in data(made)["views"]]


def test_the_views_of_each_kind_of_graph(neuron):
    assert keys(page(neuron)) == ["", "operations"]
    assert [view["name"] for view in data(page(neuron))["views"]] == ["stages", "operations"]
    network = MLP([2, 3, 1], seed=1)([0.3, 0.4])[0]
    neurons = ["layer 1/neuron 1", "layer 1/neuron 2", "layer 1/neuron 3", "layer 2/neuron 1"]
    assert keys(page(network)) == ["", *neurons, "operations"]
    opens = {box[2] for box in data(page(network))["scenes"][0]["boxes"]}
    assert opens - {""} == set(neurons)


def test_neurons_of_a_layer_share_their_layouts():
    made = data(page(MLP([2, 8, 8, 1], seed=1)(list(variables(a=0.3, b=0.4)))[0]))
    by_layer = {}
    for view in made["views"]:
        if view["name"] == "neuron":
            layouts = tuple(made["scenes"][k]["layout"] for k in view["scenes"])
            by_layer.setdefault(view["key"].partition("/")[0], set()).add(layouts)
    assert [len(by_layer[layer]) for layer in ("layer 1", "layer 2")] == [1, 1]


def test_a_large_graph_comes_in_parts():
    h, w = Value(0.1, label="h_0"), Value(0.7, label="w", parameter=True)
    for k in range(1, 61):
        h = (h * w + 0.01 * k).tanh()
        h.label = f"h_{k}"
    made = data(page(h))
    assert [view["key"] for view in made["views"]] == ["", *(f"part {k}" for k in range(1, 7))]
    shown = {k for view in made["views"] for box in made["scenes"][view["scenes"][0]]["boxes"] for k in box[0]}
    named = {k for k, node in enumerate(made["nodes"]) if re.fullmatch(r"h_\d+", node["name"])}
    assert named <= shown
    layouts = {made["scenes"][view["scenes"][0]]["layout"] for view in made["views"][1:]}
    assert len(layouts) <= 3  # the first part has the start, the last one the end


def test_every_place_that_a_scene_names_is_there():
    for root in (parse(NEURON, NUMBERS), MLP([3, 4, 1], seed=1)([0.3, 0.4, 0.5])[0]):
        made = data(page(root))
        for view in made["views"]:
            assert len(view["scenes"]) == 3
            for scene in (made["scenes"][k] for k in view["scenes"]):
                layout = made["layouts"][scene["layout"]]
                assert len(layout["boxes"]) == len(scene["boxes"])
                for tail, head, *_ in layout["edges"]:
                    assert max(tail, head) < len(scene["boxes"])
                for nodes, _kind, _opens, *pieces in scene["boxes"]:
                    assert all(0 <= k < len(made["nodes"]) for k in nodes)
                    for piece in pieces:
                        if piece[0] == "f":
                            assert piece[3] < len(made["sets"])
