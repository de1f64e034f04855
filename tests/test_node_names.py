"""One unambiguous name for each node, accepted wherever a node is; labels of any script."""

from __future__ import annotations

import json
import random
import unicodedata

import pytest
from drawing.graphs import every_box

from tinygrad_neuron import Value, check, derive, draw, explain, export, page, parse, replay, save, scope, worksheet
from tinygrad_neuron.cli import main
from tinygrad_neuron.formulas.formula import formulas, names
from tinygrad_neuron.formulas.symbol import latex_name
from tinygrad_neuron.nn import MLP
from tinygrad_neuron.program import Program


def network_loss(n_samples=1):
    """The loss of an MLP 2-2-1, in which three nodes are labelled w1, for so many samples."""
    network = MLP([2, 2, 1], seed=3)
    errors = [(network([0.5 + k, -1.0])[0] - 1.0) ** 2 for k in range(n_samples)]
    loss = errors[0] if n_samples == 1 else sum(errors[1:], errors[0])
    loss.label = "loss"
    loss.backward()
    return network, loss


@pytest.mark.parametrize("n_samples", [1, 3])
def test_every_node_of_a_network_has_a_name_of_its_own_by_which_it_is_found(n_samples):
    _, loss = network_loss(n_samples)
    program = Program.of(loss)
    assert len(set(program.names)) == len(program)
    assert [program.find(name, "wrt") for name in program.names] == list(range(len(program)))
    shown = [name for k, name in enumerate(names(program)) if not program.is_constant(k)]
    assert len(set(shown)) == len(shown)


def test_random_graphs_with_few_labels_and_scopes_have_distinct_names():
    chance = random.Random(5)
    for _ in range(200):
        values = [Value(1.0, label=chance.choice(["w", "b", "w[1]", "a.w", ""])) for _ in range(3)]
        for _ in range(12):
            with scope(chance.choice(["a", "layer 1", "layer1"])), scope(chance.choice(["b", "neuron 2"])):
                values.append(chance.choice(values) * chance.choice(values))
                values[-1].label = chance.choice(["w", "net", "w[2]", "", ""])
        program = Program.of(*values)
        assert len(set(program.names)) == len(program), program
        assert [program.find(name, "wrt") for name in program.names] == list(range(len(program)))


def test_names_have_scopes_and_numbers_only_where_they_are_needed():
    network, loss = network_loss()
    program = Program.of(loss)
    weight = program.places[network.layers[0].neurons[1].weights[0]]
    assert program.names[weight] == "layer1.neuron2.w1"
    assert program.names[program.roots[0]] == "loss"
    outputs = [name for name in Program.of(network_loss(2)[1]).names if name.startswith("layer2") and "output" in name]
    assert outputs == ["layer2.neuron1.output[1]", "layer2.neuron1.output[2]"]
    assert Program.of(Value(2.0, label="w") * Value(3.0)).names == ["w", "input[1]", "mul[1]"]


def test_the_end_of_a_name_will_do_where_one_node_alone_is_meant():
    network, loss = network_loss()
    program = Program.of(loss)
    weight = program.places[network.layers[0].neurons[1].weights[0]]
    for key in ("layer1.neuron2.w1", "layer 1.neuron 2.w1", "neuron2.w1", "w₂₁⁽¹⁾"):
        assert program.find(key, "wrt") == weight
    candidates = "layer2.neuron1.w1, layer1.neuron1.w1, layer1.neuron2.w1"
    with pytest.raises(
        ValueError, match=f"^wrt: 'w1' can mean 3 nodes: give one of {candidates}, or the Value itself$"
    ):
        program.find("w1", "wrt")


def test_a_check_never_judges_one_of_several():
    network, loss = network_loss()
    weight = network.layers[0].neurons[1].weights[0]
    with pytest.raises(ValueError, match="hand: 'w1' can mean 3 nodes: give one of layer2"):
        check(loss, {"w1": 0.0})
    judged = check(loss, {"layer1.neuron2.w1": weight.grad}, wrt=[weight])
    assert [(row.name, row.verdict) for row in judged.rows] == [("layer1.neuron2.w1", "PASS")]
    formula = "2*(layer2.neuron1.output - 1)*layer2.neuron1.w2*(1 - tanh(layer1.neuron2.net)**2)*0.5"
    assert check(loss, {"layer1.neuron2.w1": formula}, wrt=[weight]).rows[0].verdict == "PASS"
    assert check(loss, {"layer1.neuron2.w1": f"-{formula}"}, wrt=[weight]).rows[0].verdict == "FAIL"
    with pytest.raises(ValueError, match="hand: 'output' can mean 3 nodes"):
        check(loss, {"layer1.neuron2.w1": "output"})


def test_everything_that_takes_a_node_takes_its_name():
    network, loss = network_loss()
    weight = network.layers[0].neurons[1].weights[0]
    name = "layer1.neuron2.w1"
    assert derive(loss, name).gradient == pytest.approx(weight.grad)
    assert replay(loss, {name: weight.data})[loss] == loss.data
    assert name in [row.name for row in explain(loss)]
    assert name in str(worksheet(loss))
    assert "∂loss/∂w₂₁⁽¹⁾" in draw(loss, path=name).text()
    assert "w₂₁⁽¹⁾" in page(loss, parameters=[name]).html
    with pytest.raises(ValueError, match="parameters: 'w1' can mean 3 nodes"):
        page(loss, parameters=["w1"])


def test_derivations_say_which_node_in_text_and_in_latex():
    _, loss = network_loss()
    written = derive(loss, "layer1.neuron2.w1")
    assert written.text.startswith("∂loss/∂layer1.neuron2.w1 = ")
    assert "∂layer2.neuron1.output/∂layer1.neuron2.output = layer2.neuron1.w2" in written.text
    assert r"\frac{\partial \mathrm{loss}}{\partial w_{21}^{(1)}}" in written.latex


def test_pictures_show_indices_and_are_short_inside_of_a_scope():
    _, loss = network_loss()
    every = every_box(Program.of(loss))
    boxes = {box.name: box for box in every}
    assert boxes["w₂₁⁽¹⁾"].title == "w1"
    assert boxes["net₂⁽¹⁾"].formula == "w1*0.5 + w2*(-1) + b"
    assert "w1*output₁⁽¹⁾ + w2*output₂⁽¹⁾" in boxes["output₁⁽²⁾"].formula
    assert len({box.name for box in every if box.kind != "constant"}) == len(
        [box for box in every if box.kind != "constant"]
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("w", "w"),
        ("θ₁", r"\theta_{1}"),
        ("größe", r"\mathrm{größe}"),
        ("layer1.neuron2.w1", "w_{21}^{(1)}"),
        ("layer1.neuron12.w3", "w_{12,3}^{(1)}"),
        ("neuron2.output[3]", r"\mathrm{output}_{2}[3]"),
        ("encoder.head2.w1", r"\mathrm{encoder.head2.w}_{1}"),
    ],
)
def test_latex_of_names(name, text):
    assert latex_name(name) == text


def test_names_that_would_look_the_same_in_a_picture_stay_written_out():
    with scope("layer 1"):
        alone = Value(2.0, label="w21")
        with scope("neuron 2"):
            product = alone * Value(3.0, label="w1")
    other = Value(1.0, label="w21") * Value(1.0, label="w1")
    called = [box.name for box in every_box(Program.of(product * other))]
    assert {"layer1.w21", "layer1.neuron2.w1"} <= set(called)


def test_formulas_are_short_in_their_scope():
    _, loss = network_loss()
    program = Program.of(loss)
    written = dict(zip(program.names, formulas(program), strict=True))
    assert written["layer1.neuron2.net"] == "w1*0.5 + w2*(-1) + b"
    assert written["layer1.neuron2.output"] == "tanh(net)"
    assert written["layer2.neuron1.dot[1]"] == "w1*layer1.neuron1.output + w2*layer1.neuron2.output"


# ---------------------------------------------------------------- any script
WORDS = {"θ₁": 2.0, "größe": 0.3, "重み": 0.1, "Δx": -1.0, "вес_2": 0.5}


def world():
    root = parse("net = θ₁*größe + 重み; ŷ = tanh(net)*Δx + вес_2; ŷ*ŷ", WORDS)
    root.backward()
    return root


def test_labels_of_any_script_are_read():
    program = Program.of(world())
    assert {"θ₁", "größe", "重み", "Δx", "вес_2", "net", "ŷ"} <= {tag.label for tag in program.tags}


def test_a_comment_may_be_in_any_script():
    assert parse("y = x  # größe in m², 重み × 2 ☃ (((\ny*2  # \u202e", {"x": 3.0}).data == 6.0


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_that_look_alike_are_one_name(form):
    assert parse(unicodedata.normalize(form, "größe*θ1"), {"größe": 2.0, "θ₁": 3.0}).data == 6.0
    assert derive(world(), unicodedata.normalize(form, "größe")).gradient == world_gradient("größe")
    assert derive(world(), "θ1").gradient == world_gradient("θ₁")


def world_gradient(label):
    program = Program.of(world())
    return program.gradient(program.find(label, "wrt"))


def test_labels_of_any_script_are_written():
    root = world()
    for text in (
        str(explain(root)),
        derive(root, "θ₁").text,
        draw(root).dot.source,
        page(root).html,
        str(worksheet(root)),
    ):
        assert "θ₁" in text
        assert "größe" in text
    found = {}
    exec(export(root, "numpy"), found)
    assert {"θ1", "größe", "重み", "Δx", "вес_2"} <= found["gradients"].keys()


def test_at_the_command_line(capsys):
    words = ["y = θ₁*größe + 重み", "θ₁=2", "größe=0.5", "重み=1"]
    assert main(["check", *words, "--hand", "θ₁=größe", "--hand", "größe=θ1"]) == 0
    assert "verdict: PASS" in capsys.readouterr().out
    assert main(["explain", *words, "--json", "--wrt", "θ1"]) == 0
    assert "θ₁" in json.dumps(json.loads(capsys.readouterr().out), ensure_ascii=False)
    assert main(["draw", *words, "--parameters", "θ1,größe", "--before", "重み=0"]) == 0
    assert "重み" in capsys.readouterr().out
    assert main(["explain", "y = 重み * + größe ☃", "größe=1"]) == 2
    assert "☃" in capsys.readouterr().err


def test_a_saved_network_at_the_command_line(capsys, tmp_path):
    network, loss = network_loss()
    save(tmp_path / "g.json", loss)
    words = ["draw", "--load", str(tmp_path / "g.json"), "--path"]
    figure = network.layers[0].neurons[1].weights[0].grad
    for name in ("layer1.neuron2.w1", "neuron2.w1", "w₂₁⁽¹⁾"):
        assert main([*words, name, "--hand", f"{name}={figure!r}"]) == 0
        out = capsys.readouterr().out
        assert "∂loss/∂w₂₁⁽¹⁾ = " in out
        assert out.count("✓") == 1
    assert main([*words, "w1"]) == 2
    assert "'w1' can mean 3 nodes: give one of" in capsys.readouterr().err


def test_the_caret_stands_below_the_sign_also_behind_wide_letters(capsys):
    assert main(["explain", "重み * q", "重み=1"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[1] == "  重み * q"
    assert lines[2] == "  " + " " * len("abcd * ") + "^"


def test_a_table_names_each_row_and_a_program_each_number():
    _, loss = network_loss()
    text = str(explain(loss))
    first_cells = [line.split("  ")[0].strip() for line in text.splitlines()]
    assert {"layer1.neuron1.w1", "layer1.neuron2.w1", "layer1.neuron2.dot[1]"} <= set(first_cells)
    found = {}
    exec(export(loss, "numpy"), found)
    program = Program.of(loss)
    for k in program.leaves:
        name = program.names[k].replace(".", "_")
        assert found["gradients"][name] == pytest.approx(program.gradient(k), rel=1e-12)
