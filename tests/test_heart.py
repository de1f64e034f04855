"""The heart in its two forms: what a compiled class could do otherwise, and the hook that compiles it."""

from __future__ import annotations

import copy
import gc
import importlib.util
import inspect
import pickle
import sys
import weakref
from pathlib import Path

import pytest

import tinygrad_neuron
from tinygrad_neuron import Value, engine, ops, topological_order, variables
from tinygrad_neuron.primitives import PRIMITIVES

SOURCES = Path(__file__).parents[1] / "tinygrad_neuron"


class Kept(Value):
    """A subclass with attributes of its own."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.note = []


def test_which_form_runs_is_said():
    assert engine() == ("plain" if tinygrad_neuron.value.__file__.endswith(".py") else "compiled")


def test_docstrings_signatures_and_lines():
    assert Value.backward.__doc__.startswith("Compute the gradient of this value")
    assert [*inspect.signature(topological_order).parameters] == ["roots"]
    assert [*inspect.signature(Value).parameters] == ["data", "label", "constant", "parameter"]
    assert Value.__doc__.startswith("A scalar that records the expression it takes part in.")
    x = Value(2.0)
    assert [*inspect.signature(x.backward).parameters] == ["gradient"]
    with pytest.raises(ValueError, match="is a constant") as raised:
        Value(1.0, constant=True).backward()
    assert raised.traceback[-1].path.name == "value.py"
    lines = SOURCES.joinpath("value.py").read_text(encoding="utf-8").splitlines()
    assert "raise ValueError" in lines[raised.traceback[-1].lineno]


def test_a_cycle_through_an_attribute_of_a_subclass_is_collected():
    x = Kept(2.0)
    between = Value(3.0) * x  # a node of another kind in the cycle
    x.note.append(between * Value(1.0))
    sentinel = type("Sentinel", (), {})()
    x.note.append(sentinel)
    found = weakref.ref(sentinel)
    del x, between, sentinel
    gc.collect()
    assert found() is None


def test_deep_chains_are_freed():
    end = start = Value(0.5)
    for _ in range(1_000_000):
        end = end * 0.999
    before = sys.getallocatedblocks()
    del end
    assert sys.getallocatedblocks() < before - 1_900_000
    assert start.data == 0.5


def test_deep_graphs_of_a_subclass_are_freed_too():
    end = Kept(0.5)
    for _ in range(100_000):
        end = end + 0.5
    del end


def test_a_walk_within_a_walk():
    """A finalizer that differentiates another graph in the middle changes nothing."""
    x, w = variables(x=2.0, w=3.0)
    y = x * w
    for _ in range(50):
        y = y * w + x

    class Walks:
        def __init__(self):
            self.me = self  # only the collector frees it

        def __del__(self):
            y.backward()

    expected = [id(each) for each in topological_order(y)]
    for _ in range(200):
        Walks()
        assert [id(each) for each in topological_order(y)] == expected
    gc.collect()


def test_rules_can_be_replaced(monkeypatch):
    monkeypatch.setattr(PRIMITIVES["tanh"], "rules", (lambda _y, _x: 7.0,))
    x = Value(0.5)
    x.tanh().backward()
    assert x.grad == 7.0


def test_copies_pickles_and_hashes():
    x = Kept(2.0, label="x")
    y = x * 3.0
    again = pickle.loads(pickle.dumps(y))  # noqa: S301
    assert (again.data, type(again), type(again.operands[0])) == (6.0, Kept, Kept)
    assert copy.deepcopy(y).operands[0] is not x
    assert len({x, y, x, again}) == 3
    assert hash(x) == object.__hash__(x)


def test_subclasses_keep_their_kind():
    class Strict(Value):
        def __new__(cls, number):
            assert number > 0
            return super().__new__(cls)

    assert type(Strict(2.0) * Strict(3.0)) is Strict
    assert type(ops.tanh(Strict(2.0))) is Strict


class TestTheHook:
    @pytest.fixture(scope="class")
    @staticmethod
    def hook():
        pytest.importorskip("hatchling")
        spec = importlib.util.spec_from_file_location("build_hook", SOURCES / "build_hook.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def test_every_change_finds_its_place(self, hook):
        for name in hook.MODULES:
            text = hook.change(name, (SOURCES / f"{name}.py").read_text(encoding="utf-8"))
            compile(text, name, "exec")  # it is Python still
            assert "import cython" in text

    def test_a_source_that_moved_on_is_refused(self, hook):
        with pytest.raises(ValueError, match=r"methods\.py has 'setattr.*' 0 times"):
            hook.change("methods", "nothing")
