"""pickle, deepcopy and JSON: whole graphs, shared nodes kept, the original untouched."""

from __future__ import annotations

import copy
import json
import math
import os
import pickle
import stat

import pytest
from hypothesis import given
from strategies import BENDING, SMOOTH, WILD, examples, programs
from test_backward import ours

from tinygrad_neuron import GraphFileError, Value, dumps, load, loads, primitive, save, scope, topological_order
from tinygrad_neuron.primitives import PRIMITIVES

WAYS = {
    "pickle": lambda root: pickle.loads(pickle.dumps(root)),  # noqa: S301
    "deepcopy": copy.deepcopy,
    "json": lambda root: loads(dumps(root))[0],
}
ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


def same(a, b):
    return a == b or (a != a and b != b)


def equal_graphs(left, right):
    pairs = list(zip(topological_order(left), topological_order(right), strict=True))
    place = {a: k for k, (a, _) in enumerate(pairs)}
    other = {b: k for k, (_, b) in enumerate(pairs)}
    for a, b in pairs:
        assert a is not b
        assert (a.label, a.scope, a.primitive) == (b.label, b.scope, b.primitive)
        assert (a.has_grad, a.is_constant, a.is_parameter) == (b.has_grad, b.is_constant, b.is_parameter)
        assert same(a.data, b.data)
        assert same(a.grad, b.grad)
        assert all(map(same, a.partials, b.partials))
        assert [place[each] for each in a.operands] == [other[each] for each in b.operands]
    return True


@ways
@given(program=programs(SMOOTH | BENDING | WILD))
@examples(100)
def test_random_graphs_come_back_whole(way, program):
    leaves = [Value(x, label=f"x{k}", parameter=k % 2 == 1) for k, x in enumerate(program.inputs)]
    with scope("outer"), scope("inner"):
        root = program.run(leaves, ours)[-1]
    root.backward()
    before = [leaf.grad for leaf in leaves]
    again = way(root)
    assert equal_graphs(root, again)
    again.backward()
    assert all(map(same, [leaf.grad for leaf in leaves], before))


@ways
def test_at_depth_100_000(way):
    x = Value(1.0, label="x")
    y = x
    for _ in range(100_000):
        y = y + x
    again = way(y)
    again.backward()
    leaf = next(node for node in topological_order(again) if node.label == "x")
    assert leaf.grad == 100_001.0
    assert not x.has_grad


@ways
def test_numbers_that_json_has_none_for(way):
    x = Value(math.inf) - math.inf
    assert math.isnan(way(x).data)


def test_a_leaf_that_others_hold_stays_shared():
    w = Value(2.0, label="w")
    for way in (WAYS["pickle"], copy.deepcopy):
        loss, weight, net = way([w * w, w, w * 3])
        (loss + net).backward()
        assert weight.grad == 7.0
        assert w.grad == 0.0


def test_deepcopy_shares_computed_values_too():
    w = Value(2.0)
    net = w * 3
    loss, again = copy.deepcopy([net * net, net])
    assert again in topological_order(loss)


def test_json_of_several_roots_keeps_what_they_share():
    x = Value(2.0)
    shared = x * x
    left, right = loads(dumps(shared + 1, shared * 2))
    assert left.operands[0] is right.operands[0]


def test_copy_copy_is_another_node_with_the_same_operands():
    x = Value(2.0)
    y = copy.copy(x * 3)
    assert y.operands[0] is x
    z = copy.copy(x)
    z.data = 5.0
    assert x.data == 2.0


class Tracked(Value):
    """A subclass with an attribute of its own."""


def test_subclasses_and_their_attributes():
    x = Tracked(2.0)
    x.note = "kept"
    for way in (WAYS["pickle"], copy.deepcopy, copy.copy):
        again = way(x)
        assert (type(again), again.note) == (Tracked, "kept")
        assert type(way(x * 2)) is Tracked


def test_files_are_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "graph.json"
    x = Value(2.0)
    save(path, x * x)
    assert load(path)[0].data == 4.0
    before = path.read_bytes()
    with pytest.raises(TypeError, match="expected a Value, got str"):
        save(path, x, "not a value")
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["graph.json"]
    with pytest.raises(FileNotFoundError):
        save(tmp_path / "none" / "graph.json", x)


def graph(**changes):
    entry = {"primitive": "neg", "operands": [0], "partials": [-1.0], "data": -2.0, "grad": None, "label": ""}
    text = {
        "format": "tinygrad_neuron graph",
        "version": 1,
        "roots": [1],
        "nodes": [{"data": 2.0}, {**entry, **changes}],
    }
    return json.dumps(text)


DAMAGED = {
    "": "the text isn't JSON",
    "{": "the text isn't JSON",
    "[" * 100_000: "the text isn't JSON",
    "[1, 2]": "the text isn't a graph",
    "{}": "the text isn't a graph",
    json.dumps(
        {"format": "tinygrad_neuron graph", "version": 2}
    ): "version 2 of the format, but this package reads version 1",
    json.dumps({"format": "tinygrad_neuron graph", "version": 1}): "no list of nodes",
    json.dumps({"format": "tinygrad_neuron graph", "version": 1, "nodes": [7], "roots": [0]}): "node 0 isn't an object",
    json.dumps(
        {"format": "tinygrad_neuron graph", "version": 1, "nodes": [{}], "roots": [0]}
    ): "None in node \\d isn't a number",
    json.dumps(
        {"format": "tinygrad_neuron graph", "version": 1, "nodes": [], "roots": [0]}
    ): "the list of roots refers to node 0",
    graph(primitive="frobnicate"): "node 1 has the unknown primitive 'frobnicate'",
    graph(primitive=["neg"]): r"the unknown primitive \['neg'\]",
    graph(operands=[1]): "refers to node 1, which doesn't stand before it",
    graph(operands=[-1]): "refers to node -1",
    graph(operands=[True]): "refers to node True",
    graph(operands="0"): "no list of operands",
    graph(operands=[0, 0], partials=[1.0, 1.0]): "neg of 2 operands",
    graph(operands=[], partials=[]): "neg of 0 operands",
    graph(partials=[]): "node 1 can't be neg of 1 operands with 0 partials",
    graph(partials=["x"]): "'x' in node 1 isn't a number",
    graph(data=None): "None in node \\d isn't a number",
    graph(data=10**400): "isn't a number",
    graph(grad={}): "{} in node 1 isn't a number",
    graph(label=5): "the label of node 1 isn't a text",
    graph(scope="a"): "the scope of node 1 isn't a list of texts",
}


@pytest.mark.parametrize(("text", "message"), DAMAGED.items(), ids=range(len(DAMAGED)))
def test_a_damaged_or_foreign_file_is_one_clear_error(text, message, tmp_path):
    path = tmp_path / "graph.json"
    path.write_text(text)
    with pytest.raises(GraphFileError, match=message) as found:
        load(path)
    assert str(path) in str(found.value)
    assert "\n" not in str(found.value)


def test_a_binary_file_is_one_clear_error(tmp_path):
    (tmp_path / "picture.json").write_bytes(b"\x89PNG\xff\x00")
    with pytest.raises(GraphFileError, match="the text isn't JSON"):
        load(tmp_path / "picture.json")


def test_every_truncation_of_a_file_is_refused():
    text = graph()
    assert loads(text)[0].data == -2.0
    for end in range(len(text) - 1):
        with pytest.raises(GraphFileError):
            loads(text[:end])


def test_a_primitive_of_ones_own_must_be_defined_before_loading():
    cube = primitive("cube_for_store", lambda x: x * x * x, lambda y, x: 3.0 * x * x)
    root = cube(Value(2.0))
    text, pickled = dumps(root), pickle.dumps(root)
    assert loads(text)[0].data == 8.0
    del PRIMITIVES["cube_for_store"]
    with pytest.raises(GraphFileError, match="the unknown primitive 'cube_for_store': one of your own must be defined"):
        loads(text)
    with pytest.raises(ValueError, match="define it with primitive"):
        pickle.loads(pickled)  # noqa: S301


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_another_version_of_the_format_is_refused(version):
    graph = json.loads(dumps(Value(1.0))) | {"version": version}
    with pytest.raises(GraphFileError, match="this package reads version 1"):
        loads(json.dumps(graph))
    del graph["version"]
    with pytest.raises(GraphFileError, match="this package reads version 1"):
        loads(json.dumps(graph))


def test_where_a_file_can_not_be_written_nothing_is_left_beside_it(tmp_path):
    taken = tmp_path / "graph.json"
    taken.mkdir()
    with pytest.raises(OSError, match=r"graph\.json"):
        save(taken, Value(1.0))
    assert list(tmp_path.iterdir()) == [taken]


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such permissions")
class TestPermissions:
    @pytest.fixture(autouse=True)
    def umask(self):
        before = os.umask(0o027)
        yield
        os.umask(before)

    def mode(self, path):
        return stat.S_IMODE(path.stat().st_mode)

    def test_a_new_file_has_those_of_any_other(self, tmp_path):
        save(tmp_path / "graph.json", Value(1.0))
        assert self.mode(tmp_path / "graph.json") == 0o640

    @pytest.mark.parametrize("mode", [0o600, 0o644, 0o660])
    def test_a_file_that_is_replaced_keeps_its_own(self, tmp_path, mode):
        path = tmp_path / "graph.json"
        path.touch()
        path.chmod(mode)
        save(path, Value(1.0))
        assert self.mode(path) == mode
        assert load(path)[0].data == 1.0


@pytest.mark.parametrize("number", [2**1024, -(2**1024), 10**400])
def test_an_integer_that_is_no_float_is_refused_with_its_place(number):
    text = dumps(Value(1.5)).replace("1.5", str(number))
    with pytest.raises(GraphFileError, match="in node 0 isn't a number"):
        loads(text)
    assert loads(dumps(Value(1.5)).replace("1.5", str(2**1000)))[0].data == 2.0**1000
