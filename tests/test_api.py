"""What newcomers get wrong: the error names the culprit and the remedy, and labels do where nodes do."""

from __future__ import annotations

import subprocess
import sys

import pytest

import tinygrad_neuron as t
from tinygrad_neuron import Value, parse
from tinygrad_neuron.nn import MLP

TAKING_A_GRAPH = (
    *("draw", "page", "check", "explain", "worksheet", "frames", "export", "kinks", "first_non_finite"),
    *("topological_order", "gradient", "dumps"),
)


@pytest.mark.parametrize("name", TAKING_A_GRAPH)
@pytest.mark.parametrize(
    ("thing", "remedy"),
    [(3.0, "parse()"), ("x*y", "parse()"), ([Value(1.0)], "sum()"), (len, "call it"), (None, "parse()")],
)
def test_what_is_no_value(name, thing, remedy):
    if isinstance(thing, list) and name in ("draw", "page", "frames"):
        thing = [thing]  # a list of Values is several roots
    with pytest.raises(TypeError, match="expected a Value, got") as raised:
        getattr(t, name)(thing)
    assert remedy in str(raised.value)


def test_what_is_no_value_behind_a_path_or_a_root(tmp_path):
    x = Value(2.0)
    with pytest.raises(TypeError, match="expected a Value, got float"):
        t.save(tmp_path / "a.json", 3.0)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(TypeError, match="expected a Value, got float"):
        t.gradient(x * x, 2.0)
    with pytest.raises(TypeError, match="expected a function or a Value, got float"):
        t.compile(3.0)
    with pytest.raises(TypeError, match="expected an expression in text, got int"):
        parse(3, {})
    with pytest.raises(
        TypeError, match="sizes must be a list, from the number of inputs to that of the last layer, got 3"
    ):
        MLP(3)
    with pytest.raises(ValueError, match="no activation 'rellu'"):
        MLP([2, 1], "rellu")


class TestLabels:
    @pytest.fixture
    def neuron(self):
        return parse("net = w*x; y = tanh(net)", {"w": 0.5, "x": 0.4})

    def test_they_stand_for_nodes(self, neuron):
        w = neuron.operands[0].operands[0]
        assert t.derive(neuron, "w").text == t.derive(neuron, w).text
        assert t.numerical_gradient(neuron, "w") == t.numerical_gradient(neuron, w)
        assert t.replay(neuron, {"w": 1.0}) == t.replay(neuron, {w: 1.0})
        assert t.training_sheet(neuron, ["w"], 0.1, 2).rows == t.training_sheet(neuron, [w], 0.1, 2).rows
        assert t.draw(neuron, path="w").text() == t.draw(neuron, path=w).text()

    @pytest.mark.parametrize(
        "use",
        [
            lambda y, key: t.derive(y, key),
            lambda y, key: t.numerical_gradient(y, key),
            lambda y, key: t.replay(y, {key: 1.0}),
            lambda y, key: t.training_sheet(y, [key], 0.1, 2),
            lambda y, key: t.draw(y, path=key),
        ],
    )
    def test_unknown_and_ambiguous_ones_are_named(self, neuron, use):
        with pytest.raises(ValueError, match="the graph has no node 'v'; its names are w, x, net, y"):
            use(neuron, "v")
        with pytest.raises(ValueError, match="the graph has no node Value"):
            use(neuron, Value(0.5, label="w"))
        twice = Value(1.0, label="w") * Value(2.0, label="w")
        with pytest.raises(ValueError, match=r"'w' can mean 2 nodes: give one of w\[1\], w\[2\], or the Value itself"):
            use(twice, "w")


def test_a_derivation_shows_itself(capsys):
    y = parse("w*x", {"w": 2.0, "x": 3.0})
    assert repr(t.derive(y, "w")).startswith("∂(w·x)/∂w = ")


class TestTheCommand:
    def run(self, *words):
        command = [sys.executable, "-m", "tinygrad_neuron", *words]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def test_every_command_has_an_example(self):
        from tinygrad_neuron.cli import commands

        for name in commands():
            assert f"example: tinygrad-neuron {name} " in " ".join(self.run(name, "--help").stdout.split())

    @pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
    def test_completion(self, shell):
        done = self.run("--completion", shell)
        assert done.returncode == 0
        assert all(word in done.stdout for word in ("tinygrad-neuron", "explain", "page", "version"))

    def test_bash_completes(self, tmp_path):
        (tmp_path / "completion").write_text(self.run("--completion", "bash").stdout)
        ask = (
            f"source {tmp_path}/completion; COMP_WORDS=(tinygrad-neuron ex); COMP_CWORD=1; "
            "$(complete -p tinygrad-neuron | sed 's/.*-F \\([^ ]*\\).*/\\1/') tinygrad-neuron ex tinygrad-neuron; "
            'echo "${COMPREPLY[@]}"'
        )
        done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=False)
        assert done.stdout.split() == ["explain", "export"]

    def test_version(self):
        assert self.run("--version").stdout == f"tinygrad-neuron {t.__version__}\n"
