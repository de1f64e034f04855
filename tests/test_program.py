"""Programs: rows, the two folds, walks, many nodes as bytes; and which room imports which."""

from __future__ import annotations

import ast
import copy
import io
import itertools
import math
import pickle
import random
import re
import runpy
import struct
import sys
import threading
from pathlib import Path

import pytest
from strategies import BENDING, SMOOTH, WILD, random_program
from test_backward import ours

from tinygrad_neuron import (
    Value,
    check,
    compile,
    derive,
    dot,
    draw,
    engine,
    explain,
    export,
    gradient,
    ops,
    page,
    replay,
    save,
    tanh,
    topological_order,
    training_sheet,
    variables,
    worksheet,
)
from tinygrad_neuron.graph import chains
from tinygrad_neuron.primitives import CONSTANT, FUNCTIONS, PARAMETER, PRIMITIVES, Ieee, settle
from tinygrad_neuron.program import Edge, Program, require_primitive

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "tinygrad_neuron"
ORDINARY = (0.4, -1.3, 2.0, 0.0, 1.0)
EXTREME = (*ORDINARY, -0.0, math.inf, -math.inf, math.nan, 1e-300, -1e300)


def bits(number):
    """A float to the bit; nan is nan."""
    return "nan" if number != number else struct.pack("<d", number)


def recorded(seed, numbers=EXTREME, functions=SMOOTH | BENDING | WILD):
    """The root of a random graph, and its leaves."""
    rows = random_program(random.Random(seed), numbers, functions)
    leaves = [Value(number, label=f"x{k}") for k, number in enumerate(rows.inputs)]
    return rows.run(leaves, ours)[-1], leaves


def floats(program):
    """The reading of the forward fold that replays a program."""

    def read(k, xs):
        return program.primitives[k].evaluate(*xs) if xs else program.numbers[k]

    return read


def chain(length):
    """Two leaves, and the stages of a chain."""
    x, w = variables(x=0.1, w=0.5)
    stages = [x]
    for _ in range(length):
        stages.append((stages[-1] * w + 0.1).tanh())
    return x, w, stages[1:]


# ---------------------------------------------------------------- rows
class TestRows:
    def test_operands_come_first(self):
        for seed in range(50):
            program = Program.of(recorded(seed)[0])
            assert program.nodes == topological_order(program.nodes[-1])
            assert all(o < k for k, row in enumerate(program.operands) for o in row)
            assert program.roots == [len(program) - 1]
            for k, node in enumerate(program.nodes):
                assert [program.nodes[o] for o in program.operands[k]] == list(node.operands)
                assert program.places[node] == k
                assert bits(program.numbers[k]) == bits(node.data)
                assert program.is_computed(k) is (not node.is_leaf)

    def test_constants_carry_nothing(self):
        x, p = Value(3.0), Value(2.0, parameter=True)
        program = Program.of(x * 4.0 + p)
        assert program.primitives == [None, CONSTANT, PRIMITIVES["mul"], PARAMETER, PRIMITIVES["add"]]
        assert program.partials == [(), (), (4.0, None), (), (1.0, 1.0)]
        assert program.wanted[2] == (True, False)
        assert program.leaves == [0, 3]
        assert program.inputs == [3.0, 2.0]
        assert [program.kind(k) for k in range(5)] == ["input", "constant", "operation", "parameter", "root"]
        assert program.backward() == [4.0, None, 1.0, 1.0, 1.0]
        assert program.differentiate() == [4.0, 0.0, 1.0, 1.0, 1.0]

    def test_uses_are_the_edges_that_a_gradient_flows_back_along(self):
        x = Value(3.0)
        program = Program.of(x * x + x * 2.0)
        assert program.uses[0] == [Edge(0, 1, 0), Edge(0, 1, 1), Edge(0, 3, 0)]
        assert program.uses[2] == []  # of a constant
        assert [program.slope(edge) for edge in program.uses[0]] == [3.0, 3.0, 2.0]
        assert list(program.edges()) == [Edge(0, 1, 0), Edge(0, 1, 1), Edge(0, 3, 0), Edge(2, 3, 1), *program.uses[1],
                                         *program.uses[3]]  # fmt: skip

    def test_what_depends_on_what(self):
        x, w = variables(x=3.0, w=2.0)
        program = Program.of((x * 2.0) * (w * 3.0))
        assert program.dependents((program.places[w],)) == [program.places[w], 5, 6]
        assert program.depending([]) == [False] * 7

    def test_several_roots_share_their_rows(self):
        x = Value(3.0)
        left, right = x * x, x.sin()
        program = Program.of(left, right, left)
        assert len(program) == 3
        assert program.roots == [1, 2, 1]
        assert program.differentiate(root=2)[0] == math.cos(3.0)

    def test_find_by_node_and_by_label(self):
        x, w = variables(x=3.0, w=2.0)
        net = x * w
        net.label = "net"
        twice = Value(1.0, label="x")
        program = Program.of(net + twice)
        assert program.names == ["x[1]", "w", "net", "x[2]", "add[1]"]
        assert [program.find(key, "wrt") for key in (net, "net", "w", x)] == [2, 2, 1, 0]
        with pytest.raises(
            ValueError, match=r"^wrt: 'x' can mean 2 nodes: give one of x\[1\], x\[2\], or the Value itself$"
        ):
            program.find("x", "wrt")
        with pytest.raises(ValueError, match=r"^wrt: the graph has no node 'y'; its names are x\[1\], w, net, x\[2\]$"):
            program.find("y", "wrt")
        with pytest.raises(ValueError, match=r"^hand: the graph has no node Value\(9.0\)"):
            program.find(Value(9.0), "hand")
        with pytest.raises(ValueError, match="its names are none"):
            Program.of(Value(1.0) * 2.0).find("x", "wrt")

    def test_one_operation_alone(self):
        x, w = variables(x=3.0, w=2.0)
        alone = Program.of((x * w) * 5.0).operation(4)
        assert (alone.operands, alone.numbers, alone.partials) == (
            [(), (), (0, 1)],
            [6.0, 5.0, 30.0],
            [(), (), (5.0, None)],
        )
        assert alone.leaves == [0]

    def test_values_are_new_nodes_with_all_that_was_recorded(self):
        for seed in range(50):
            root, _ = recorded(seed)
            root.backward()
            program = Program.of(root)
            again = Program.of(program.values()[-1])
            assert again.nodes[-1] is not root
            assert (again.primitives, again.operands, again.tags) == (
                program.primitives,
                program.operands,
                program.tags,
            )
            for column in ("numbers", "gradients"):
                assert list(map(bits, getattr(again, column))) == list(map(bits, getattr(program, column)))

    def test_what_is_no_value_is_refused(self):
        with pytest.raises(TypeError, match="expected a Value, got float"):
            Program.of(2.0)


# ---------------------------------------------------------------- the two folds
class TestFolds:
    def test_the_hearts_backward_is_the_fold_to_the_bit(self):
        found = 0
        for seed in range(300):
            root, _ = recorded(seed)
            program = Program.of(root)
            root.backward()
            for node, slope in zip(program.nodes, program.differentiate(), strict=True):
                if not node.is_constant:
                    assert bits(node.grad) == bits(slope), (seed, program)
                    found += slope != slope
        assert found > 100  # nan is among them

    def test_backward_with_something_flowing_in(self):
        for seed in range(50):
            root, leaves = recorded(seed, ORDINARY)
            program = Program.of(root)
            flowing = program.backward(seeds={program.roots[0]: -0.7})
            root.backward(-0.7)
            for leaf in leaves:
                if leaf in program.places:
                    slope = flowing[program.places[leaf]]
                    assert bits(leaf.grad) == bits(0.0 if slope is None else slope + 0.0)

    def test_forward_with_floats_gives_the_recorded_numbers(self):
        for seed in range(300):
            root, leaves = recorded(seed)
            program = Program.of(root)
            known = list(map(bits, program.numbers))
            again = program.forward(floats(program))
            assert list(map(bits, again)) == known
            assert list(map(bits, program.evaluate({}))) == known
            assert list(map(bits, program.evaluate())) == known
            there = [leaf for leaf in leaves if leaf in program.places]
            assert list(map(bits, replay(root, {leaf: leaf.data for leaf in there}).values())) == known

    def test_replay_at_other_numbers_is_a_new_recording(self):
        for seed in range(200):
            rows = random_program(random.Random(seed), ORDINARY, SMOOTH | BENDING)
            leaves = [Value(number) for number in rows.inputs]
            others = [Value(number * 0.7 + 0.1) for number in rows.inputs]
            root, other = rows.run(leaves, ours)[-1], rows.run(others, ours)[-1]
            known = set(topological_order(root))
            changes = {leaf: o.data for leaf, o in zip(leaves, others, strict=True) if leaf in known}
            assert bits(replay(root, changes)[root]) == bits(other.data)

    def test_forward_with_a_base_reads_what_depends_on_the_changes_alone(self):
        for seed in range(200):
            program = Program.of(recorded(seed, ORDINARY)[0])
            again, reads = floats(program), []

            def read(k, xs, again=again, reads=reads):
                reads.append(k)
                return again(k, xs)

            for place in (0, len(program) // 2):
                changes = {place: 0.123}
                whole = program.forward(read, changes)
                reads.clear()
                part = program.forward(read, changes, program.numbers)
                assert list(map(bits, part)) == list(map(bits, whole))
                assert reads == [k for k in program.dependents((place,)) if k != place]

    def test_the_gradient_as_a_graph_is_that_of_backward(self):
        for seed in range(300):
            root, leaves = recorded(seed, ORDINARY)
            root.backward()
            for leaf, slope in zip(leaves, gradient(root, *leaves), strict=True):
                assert slope.data == pytest.approx(leaf.grad, rel=1e-13, abs=1e-300, nan_ok=True)

    def test_the_rules_read_at_the_recorded_numbers_are_the_recorded_partials(self):
        for seed in range(200):
            program = Program.of(recorded(seed, ORDINARY)[0])
            for now, known in zip(program.partials_at(program.numbers), program.partials, strict=True):
                assert [each if each is None else bits(each) for each in now] == [
                    each if each is None else bits(each) for each in known
                ]

    def test_numbers_of_paths_are_counted(self):
        for seed in range(200):
            root, leaves = recorded(seed, ORDINARY, SMOOTH)
            program = Program.of(root)
            counts = program.backward(times=lambda n, _slope: n, seeds={program.roots[0]: 1})
            for leaf in leaves:
                place = program.places.get(leaf)
                if place is not None and counts[place] <= 2000:
                    assert counts[place] == len(paths_between(root, leaf))

    def test_the_sum_over_all_paths_of_products_is_the_gradient(self):
        for seed in range(200):
            root, leaves = recorded(seed, ORDINARY, SMOOTH)
            program = Program.of(root)
            root.backward()
            for leaf in leaves:
                place = program.places.get(leaf)
                if place is None:
                    continue
                found = chains(program, place, 2000)
                assert bits(found.gradient) == bits(leaf.grad)
                if found.total <= 2000:
                    products = [math.prod(map(program.slope, path)) for path in found.paths]
                    assert len(products) == found.total
                    scale = math.fsum(map(abs, products))
                    assert abs(math.fsum(products) - leaf.grad) <= 1e-13 * scale
                    by_hand = [math.prod(slopes) for slopes in paths_between(root, leaf)]
                    assert sorted(by_hand) == pytest.approx(sorted(products), rel=1e-12)

    def test_other_semirings(self):
        x, w = variables(x=3.0, w=2.0)
        program = Program.of((x * w) * x + w)
        longest = program.backward(plus=max, times=lambda links, _: links + 1, seeds={program.roots[0]: 0})
        assert longest[:2] == [3, 3]
        words = [[f"d{k}{slot}" for slot in range(len(row))] for k, row in enumerate(program.operands)]
        written = program.backward(words, "{} + {}".format, "{}·{}".format, {program.roots[0]: "1"})
        assert written[:2] == ["1·d40·d31 + 1·d40·d30·d20", "1·d41 + 1·d40·d30·d21"]


def paths_between(root, leaf):
    """The local derivatives along each way from a root down to a leaf, by going all of them."""
    if root is leaf:
        return [[]]
    return [
        [slope, *rest]
        for operand, slope in zip(root.operands, root.partials, strict=True)
        if slope is not None
        for rest in paths_between(operand, leaf)
    ]


# ---------------------------------------------------------------- primitives that are folds
FOLDS = {name: entry for name, entry in PRIMITIVES.items() if entry.fold}
SPECIAL = (0.0, -0.0, math.inf, -math.inf, math.nan, 1.5, -1.5)


def arguments(entry, chance, trial):
    """Ties, infinities, nan and -0.0 now and then; one term every fifth time."""
    leading = int(entry.fold.leading is not None)
    count = leading + entry.fold.width * (1 if trial % 5 == 0 else chance.randint(1, 12))
    xs = [chance.choice(SPECIAL) if chance.random() < trial % 4 / 8 else chance.gauss(0, 3) for _ in range(count)]
    return [chance.choice(xs) for _ in xs] if trial % 3 == 0 else xs


def by_passes(read, *numbers):
    """A reading of a fold at floats, with IEEE 754's answers where Python raises."""
    try:
        return read(*numbers)
    except ArithmeticError:
        return read(*map(Ieee, numbers))


class TestFoldsOfTheTable:
    def test_there_are_those_of_any_number_of_arguments(self):
        assert set(FOLDS) >= {"sum", "mean", "dot", "logsumexp", "maximum", "minimum"}
        assert all(entry.variadic for entry in FOLDS.values())

    @pytest.mark.parametrize("name", FOLDS)
    def test_the_quick_way_is_the_passes(self, name):
        entry, chance = FOLDS[name], random.Random(name)
        for trial in range(2000):
            xs = arguments(entry, chance, trial)
            y = entry.evaluate(*xs)
            assert bits(y) == bits(float(by_passes(entry.fold.read, *xs))), xs
            quick = map(settle, entry.partials(y, xs, [True] * len(xs)))
            slow = map(settle, by_passes(entry.fold.read_partials, y, *xs))
            for one, other in zip(quick, slow, strict=True):
                assert (one is None) is (other is None), xs
                assert one is None or bits(one) == bits(other), xs

    @pytest.mark.parametrize("name", FOLDS)
    def test_values_are_read_as_floats_are(self, name):
        entry, chance = FOLDS[name], random.Random(name)
        for trial in range(0, 800, 4):  # without the special ones
            xs = arguments(entry, chance, trial)
            assert bits(entry.fold.read(*map(Value, xs)).data) == bits(entry.evaluate(*xs))

    def test_ties_and_large_terms(self):
        x, y, z = variables(x=2.0, y=2.0, z=1.0)
        ops.maximum(x, y, z).backward()
        assert [each.grad for each in (x, y, z)] == [0.5, 0.5, 0.0]
        a, b = Value(1000.0), Value(1000.0)
        ops.logsumexp(a, b).backward()
        assert a.grad == b.grad == pytest.approx(0.5)


# ---------------------------------------------------------------- how often a graph is walked
def neuron(inputs, by_dot):
    xs = [Value(0.3 + 0.01 * k, label=f"x{k}") for k in range(inputs)]
    ws = [Value((-1) ** k * 0.5 / inputs, label=f"w{k}") for k in range(inputs)]
    products = [w * x for w, x in zip(ws, xs, strict=True)]
    net = dot(ws, xs) if by_dot else ops.sum(*products)
    net.label = "net"
    output = tanh(net)
    output.label = "y"
    return (output - 0.5) ** 2 / 2, xs


def hand_figures(xs):
    """The right formula for every input, and for the first one that of somebody who forgot a factor."""
    return {x: f"(y - 0.5)*(1 - y**2)*w{k}" if k else "(y - 0.5)*w0" for k, x in enumerate(xs)}


QUESTIONS = {
    "explain": lambda root, xs, path: explain(root),
    "check": lambda root, xs, path: check(root),
    "check by hand": lambda root, xs, path: check(root, hand_figures(xs)),
    "worksheet": lambda root, xs, path: worksheet(root),
    "training sheet": lambda root, xs, path: training_sheet(root, [x.label for x in xs], 0.1, 3),
    "derive": lambda root, xs, path: derive(root, "x0").text,
    "export to PyTorch": lambda root, xs, path: export(root),
    "export to NumPy": lambda root, xs, path: export(root, "numpy"),
    "save": lambda root, xs, path: save(path, root),
    "picture": lambda root, xs, path: draw(root).dot,
    "page": lambda root, xs, path: page(root),
    "compile": lambda root, xs, path: compile(root, xs),
    "compile to C": lambda root, xs, path: compile(root, xs, target="c").source,
    "pickle": lambda root, xs, path: pickle.dumps(root),
    "deepcopy": lambda root, xs, path: copy.deepcopy(root),
}


class Walks:
    """Calls of `walk`, and the nodes that they visited."""

    def __init__(self, monkeypatch):
        self.calls = self.visits = 0
        walk = sys.modules["tinygrad_neuron.value"].walk

        def counted(roots, seen):
            order = walk(roots, seen)
            self.calls, self.visits = self.calls + 1, self.visits + len(order)
            return order

        for module in ("value", "files"):
            monkeypatch.setattr(f"tinygrad_neuron.{module}.walk", counted)


if engine() == "plain":  # the compiled heart walks in C, where nothing can count

    @pytest.mark.parametrize("by_dot", [True, False], ids=["dot", "operators"])
    @pytest.mark.parametrize("question", QUESTIONS)
    def test_at_most_six_walks_answer_a_question_whatever_the_number_of_inputs(question, by_dot, monkeypatch, tmp_path):
        counts = []
        for inputs in (3, 80):
            root, xs = neuron(inputs, by_dot)
            root.backward()
            walks = Walks(monkeypatch)
            QUESTIONS[question](root, xs, tmp_path / "graph.json")
            monkeypatch.undo()
            counts.append(walks.calls)
        assert counts[0] == counts[1]
        assert 1 <= counts[0] <= 6

    def test_the_heart_walks_once_for_a_backward_pass(monkeypatch):
        root, _ = neuron(80, by_dot=False)
        walks = Walks(monkeypatch)
        root.backward()
        assert walks.calls == 1


# ---------------------------------------------------------------- many nodes of one graph as bytes
PICKLERS = {"C": pickle.Pickler, "Python": pickle._Pickler}
STAGES = 1501
ORDERS = {
    "forward": list,
    "reversed": lambda stages: stages[::-1],
    "shuffled": lambda stages: random.Random(0).sample(stages, len(stages)),
}


def pickled(thing, pickler=pickle.Pickler, protocol=pickle.DEFAULT_PROTOCOL):
    file = io.BytesIO()
    pickler(file, protocol).dump(thing)
    return file.getvalue()


class TestBytes:
    @pytest.mark.parametrize("protocol", range(6))
    @pytest.mark.parametrize("pickler", PICKLERS)
    @pytest.mark.parametrize("order", ORDERS)
    def test_many_stages_of_one_chain_take_the_room_of_the_chain(self, order, pickler, protocol):
        _, _, stages = chain(STAGES)
        given = ORDERS[order](stages)
        content = pickled(given, PICKLERS[pickler], protocol)
        assert len(content) < 3 * len(pickled(stages[-1], PICKLERS[pickler], protocol))
        again = pickle.loads(content)  # noqa: S301
        place = {id(stage): k for k, stage in enumerate(given)}
        ordered = [again[place[id(stage)]] for stage in stages]
        assert all(after.operands[0].operands[0].operands[0] is before for before, after in itertools.pairwise(ordered))
        assert [bits(each.data) for each in ordered] == [bits(stage.data) for stage in stages]
        assert len(topological_order(*again)) == len(topological_order(stages[-1]))

    @pytest.mark.parametrize("order", ORDERS)
    def test_no_node_is_visited_much_more_than_once(self, order, monkeypatch):
        for count in (100, 400):
            _, _, stages = chain(count)
            given, nodes = ORDERS[order](stages), len(topological_order(stages[-1]))
            walks = Walks(monkeypatch)
            pickle.dumps(given)
            pickling, walks.visits = walks.visits, 0
            again = copy.deepcopy(given)
            monkeypatch.undo()
            assert pickling <= 2 * nodes
            assert walks.visits == nodes
            assert len(topological_order(*again)) == nodes
            assert not set(again) & set(given)

    def test_a_chain_of_200_000_nodes(self):
        x = Value(0.5, label="x")
        y = x
        for _ in range(200_000):
            y = y + x
        again = pickle.loads(pickle.dumps(y))  # noqa: S301
        assert len(topological_order(again)) == 200_001
        again.backward()
        assert topological_order(again)[0].grad == 200_001.0

    @pytest.mark.parametrize("pickler", PICKLERS)
    def test_while_another_pickler_over_the_same_nodes_is_alive(self, pickler):
        """What it has written isn't in the file of the next one."""
        _, w, stages = chain(50)
        file = io.BytesIO()
        alive = PICKLERS[pickler](file)
        alive.dump(stages[30])
        for given in ([stages[20]], stages, [stages[40], stages[10]], [stages[5] * w, stages[5]], [w, stages[-1]]):
            again = pickle.loads(pickled(given, PICKLERS[pickler]))  # noqa: S301
            assert [bits(each.data) for each in again] == [bits(each.data) for each in given]
            assert len(topological_order(*again)) == len(topological_order(*given))
        alive.dump(stages[49])  # its memo has what it wrote before
        file.seek(0)
        reader = pickle.Unpickler(file)  # noqa: S301
        first, second = reader.load(), reader.load()
        assert first in topological_order(second)

    def test_two_threads_at_the_same_time(self):
        _, _, stages = chain(3000)
        orders, start = [stages, stages[::-1]], threading.Barrier(2)
        alone, found = [pickled(given, pickle._Pickler) for given in orders], []

        def run(k):
            start.wait()
            found.extend((k, pickled(orders[k], pickle._Pickler)) for _ in range(3))

        threads = [threading.Thread(target=run, args=(k,)) for k in range(2)]
        before = sys.getswitchinterval()
        sys.setswitchinterval(1e-5)
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            sys.setswitchinterval(before)
        assert len(found) == 6
        assert all(content == alone[k] for k, content in found)

    @pytest.mark.parametrize("pickler", PICKLERS)
    def test_attributes_of_a_subclass_even_if_they_are_nodes(self, pickler):
        x = Noted(0.5)
        y = (x * 2).tanh()
        z = (y * x).sin()
        x.later, y.earlier, z.note = z, x, ["kept"]  # a circle
        again = pickle.loads(pickled(z, PICKLERS[pickler]))  # noqa: S301
        first = topological_order(again)[0]
        assert (type(first), first.later is again, again.note) == (Noted, True, ["kept"])
        assert again.operands[0].operands[0].earlier is first

    @pytest.mark.parametrize("pickler", PICKLERS)
    @pytest.mark.parametrize("next_pickler", PICKLERS)
    def test_after_an_error_in_the_middle_the_next_one_is_right(self, pickler, next_pickler):
        """Also while the one that failed is kept, as a traceback does."""
        x = Noted(0.5, label="x")
        stages = [x]
        for _ in range(5000):
            stages.append(stages[-1] + x)
        stages[2500].note = lambda: None  # no pickle takes it
        failed = PICKLERS[pickler](io.BytesIO())
        with pytest.raises((pickle.PicklingError, AttributeError)) as caught:
            failed.dump(stages[-1])
        del stages[2500].note
        again = pickle.loads(pickled(stages[-1], PICKLERS[next_pickler]))  # noqa: S301
        assert len(topological_order(again)) == 5001
        assert caught.value

    def test_a_pickle_inside_of_a_pickle(self):
        x = Nested(0.5)
        y = (x * 2).tanh() * x
        x.whole = y
        again = pickle.loads(pickle.dumps(y))  # noqa: S301
        assert len(topological_order(again)) == len(topological_order(y))
        inner = topological_order(again)[0].inner
        assert len(topological_order(pickle.loads(inner))) == len(topological_order(y))  # noqa: S301


class Noted(Value):
    """A subclass with attributes of its own."""


class Nested(Value):
    """One that pickles the whole graph while it is pickled."""

    def __reduce_ex__(self, protocol):
        made, parts, *state = super().__reduce_ex__(protocol)
        if not self.is_leaf or not hasattr(self, "whole"):
            return made, parts, *state
        whole = self.__dict__.pop("whole")
        try:
            return made, parts, {"inner": pickle.dumps(whole)}
        finally:
            self.whole = whole


# ---------------------------------------------------------------- which room imports which
ABOVE_THE_HEART = {path.stem for path in PACKAGE.iterdir() if path.is_dir() or path.suffix == ".py"} & {
    *("program", "graph", "files", "tables", "console", "cli", "micrograd", "formulas", "checking", "drawing"),
    *("compiling", "nn", "paging", "tutoring", "examples", "testing"),
}


def modules():
    """The text of each module of the package, by its dotted name."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(name, path, known):
    """The modules of the package that one imports, wherever in its text."""
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            home = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                inner = f"{home}.{alias.name}"
                if inner in known or home in known:
                    yield inner if inner in known else home


@pytest.fixture(scope="module")
def imports():
    known = modules()
    found = {name: set(imported(name, path, known)) - {name} for name, path in known.items()}
    assert found["tinygrad_neuron.value"] >= {f"tinygrad_neuron.{name}" for name in ("ops", "primitives", "recording")}
    return found


def test_no_module_imports_itself_in_a_circle(imports):
    done, way = set(), []

    def visit(name):
        assert name not in way, " → ".join([*way[way.index(name) :], name])
        if name not in done:
            way.append(name)
            for each in sorted(imports[name]):
                visit(each)
            done.add(way.pop())

    for name in sorted(imports):
        visit(name)


def test_the_heart_imports_nothing_of_the_rooms_above(imports):
    reached, ahead = (
        set(),
        [f"tinygrad_neuron.{name}" for name in ("value", "recording", "primitives", "registry", "ops")],
    )
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            ahead += imports[name]
    assert {name.split(".")[1] for name in reached} & ABOVE_THE_HEART == set()
    assert len(ABOVE_THE_HEART) > 10


def test_the_heart_is_read_in_one_sitting():
    count = runpy.run_path(str(ROOT / ".ci" / "size.py"))["lines_of_code"]
    assert count((PACKAGE / "value.py").read_text(encoding="utf-8")) <= 380


WALK = r"(?<!def )\btopological_order\("
SWEEP = r"\b(zip|enumerate)\((?!program\.)\w+\.operands"


def test_graphs_are_walked_in_two_places():
    assert re.search(SWEEP, "for operand, slope in zip(node.operands, node.partials, strict=True):")
    assert not re.search(SWEEP, "zip(program.operands, program.wanted, strict=True)")
    walkers, sweepers = set(), set()
    for name, path in modules().items():
        text = re.sub(r"^ *(>>>|\.\.\.).*", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        if re.search(WALK, text):
            walkers.add(name.removeprefix("tinygrad_neuron."))
        if re.search(SWEEP, text):
            sweepers.add(name.removeprefix("tinygrad_neuron."))
    assert walkers <= {"value", "program"}
    assert sweepers <= {"value", "program"}


class TestTheTable:
    def test_a_program_shows_its_rows(self):
        x = Value(3.0, label="x")
        assert repr(Program.of(x * 2.0 + 1.0)).splitlines() == [
            "0: x = 3.0",
            "1: = 2.0",
            "2: = mul(0, 1)",
            "3: = 1.0",
            "4: = add(2, 3)",
        ]

    def test_the_first_root_is_differentiated_unless_another_is_asked_for(self):
        x = Value(3.0, label="x")
        program = Program.of(x * 2.0, x * 5.0)
        assert program.backward()[program.places[x]] == 2.0
        assert program.backward(seeds={program.roots[1]: 1.0})[program.places[x]] == 5.0

    def test_constants_stay_their_numbers_where_a_program_runs(self):
        x = Value(3.0, label="x")
        program = Program.of((x * 2.0 + 1.0).tanh())
        assert program.run(program.inputs, FUNCTIONS.__getitem__)[-1] == math.tanh(7.0)

    def test_only_operands_that_lead_to_a_place_are_wanted_of_it(self):
        x, w = variables(x=3.0, w=2.0)
        program = Program.of(x * w + 1.0)
        found = {program.names[k]: row for k, row in enumerate(program.wanted_from([program.places[x]]))}
        assert found["mul[1]"] == [True, False]
        assert found["add[1]"] == [True, False]

    def test_the_first_root_is_the_one_that_is_differentiated(self):
        x = Value(3.0, label="x")
        program = Program.of(x * 2.0, x * 5.0)
        assert program.differentiate()[program.places[x]] == 2.0

    def test_a_primitive_is_found_by_its_name_or_refused(self):
        assert require_primitive("tanh") is PRIMITIVES["tanh"]
        with pytest.raises(ValueError, match="no_such_thing"):
            require_primitive("no_such_thing")
