"""Neurons, layers and networks."""

from __future__ import annotations

import math
import random

import pytest

from tinygrad_neuron import Value, ops
from tinygrad_neuron.nn import MLP, Formula, Layer, Module, Neuron, load_model, save_model
from tinygrad_neuron.nn.model_file import ModelFileError, read_model


def test_a_neuron_computes_what_it_says():
    neuron = Neuron(2, "sigmoid", seed=0)
    (w1, w2), b = neuron.weights, neuron.bias
    output = neuron([3.0, Value(-1.0)])
    assert output.data == pytest.approx(1 / (1 + math.exp(-(w1.data * 3.0 - w2.data + b.data))))
    output.backward()
    assert w1.grad == pytest.approx(output.data * (1 - output.data) * 3.0)
    neuron.zero_grad()
    assert not w1.has_grad


def test_scopes_and_labels():
    network = MLP([2, 3, 1], seed=0)
    (output,) = network([1.0, 2.0])
    assert (output.label, output.scope) == ("output", ("layer 2", "neuron 1"))
    assert network.layers[0].neurons[2].bias.scope == ("layer 1", "neuron 3")
    assert all(parameter.is_parameter for parameter in network.parameters())
    assert len(network.parameters()) == 13


def test_the_same_seed_gives_the_same_network():
    first, second = (MLP([2, 3, 1], seed=5) for _ in range(2))
    assert first.state_dict() == second.state_dict()
    assert first.state_dict() != MLP([2, 3, 1], seed=6).state_dict()
    assert all(abs(p.data) <= 2**-0.5 for p in first.parameters())


def test_initializations_have_the_spread_of_their_papers():
    for name, kind, size in (("xavier", "uniform", math.sqrt(6 / 300)), ("he", "normal", math.sqrt(2 / 100))):
        layer = Layer(100, 200, initialization=name, seed=0)
        weights = [w.data for neuron in layer.neurons for w in neuron.weights]
        spread = math.sqrt(math.fsum(w * w for w in weights) / len(weights))
        assert spread == pytest.approx(size / math.sqrt(3) if kind == "uniform" else size, rel=0.02)
        if kind == "uniform":
            assert max(map(abs, weights)) <= size
    own = Neuron(2, initialization=lambda chance, inputs, outputs: 10.0 * inputs + outputs)
    assert [w.data for w in own.weights] == [21.0, 21.0]


def test_given_weights_and_activations():
    neuron = Neuron(2, lambda net: net.squared(), weights=[2.0, 3.0], bias=1.0)
    assert neuron([1.0, 2.0]).data == 81.0
    assert Neuron(1, "relu", weights=[-1.0])(2.0).data == 0.0


def test_what_does_not_fit_is_refused():
    for call, message in (
        (lambda: Neuron(2, "tanhh"), "there is no activation 'tanhh'"),
        (lambda: Neuron(2, "maximum"), "there is no activation 'maximum'"),
        (lambda: Neuron(2)([1.0, 2.0, 3.0]), "neuron takes 2 inputs, got 3"),
        (lambda: Neuron(2, weights=[1.0]), "takes 2 inputs, got 1 weights"),
        (lambda: Neuron(2, initialization="best"), "there is no initialization 'best'"),
        (lambda: MLP([2]), r"sizes must be the number of inputs and that of each layer, got \[2\]"),
    ):
        with pytest.raises(ValueError, match=message):
            call()


def test_reprs_and_summary():
    assert repr(Layer(2, 3, "relu")) == "Layer(2, 3, 'relu')"
    assert repr(MLP([2, 3, 1])) == "MLP([2, 3, 1])"
    lines = [line.split() for line in MLP([2, 16, 1], "relu").summary().splitlines()]
    assert ["model", "MLP", "2", "→", "1", "relu", "65"] in lines
    assert ["layers.0", "Layer", "2", "→", "16", "relu", "48"] in lines
    assert ["layers.1", "Layer", "16", "→", "1", "linear", "17"] in lines


def test_a_linear_neuron_without_inputs_is_its_bias():
    neuron = Neuron(0, "linear")
    assert neuron([]) is neuron.bias
    assert neuron.bias.label == "b"


class Twice(Module):
    """A module of one's own: parameters in attributes, lists, dicts and modules."""

    def __init__(self):
        self.scale = Value(2.0, parameter=True)
        self.parts = [Neuron(1, seed=0), {"shift": Value(1.0, parameter=True)}]
        self.again, self.note = self.scale, Value(7.0)

    def __call__(self, inputs):
        return self.scale * self.parts[0](inputs) + self.parts[1]["shift"]


def test_named_parameters_of_ones_own_module():
    module = Twice()
    assert list(module.named_parameters()) == ["scale", "parts.0.weights.0", "parts.0.bias", "parts.1.shift"]
    assert module.parameters() == list(module.named_parameters().values())
    assert repr(module) == "Twice of 4 parameters"
    module([1.0]).backward()
    assert module.scale.has_grad
    module.zero_grad()
    assert not module.scale.has_grad


def test_names_as_in_pytorch():
    names = list(MLP([2, 2, 1]).named_parameters())
    assert names[:3] == ["layers.0.neurons.0.weights.0", "layers.0.neurons.0.weights.1", "layers.0.neurons.0.bias"]
    assert len(names) == 9


def test_state_dicts_are_loaded_whole_or_not_at_all():
    first, second = MLP([2, 3, 1], seed=0), MLP([2, 3, 1], seed=1)
    second.load_state_dict(first.state_dict())
    assert second([0.3, -0.7])[0].data == first([0.3, -0.7])[0].data
    before = Twice().state_dict()
    module = Twice()
    for state, error, message in (
        (
            {**before, "scale": 3.0, "bend": 1.0},
            ValueError,
            "there is no parameter 'bend'; the parameters are scale, parts.0.weights.0",
        ),
        ({"scale": 3.0}, ValueError, "no number for parts.0.bias, parts.0.weights.0, parts.1.shift"),
        ({**before, "scale": 3.0, "parts.1.shift": "x"}, TypeError, "expected a real number"),
    ):
        with pytest.raises(error, match=message):
            module.load_state_dict(state)
        assert module.state_dict() == before


class TestFormula:
    def test_names_are_inputs_or_parameters(self):
        model = Formula("net = w*x + b; tanh(net)", ["x"], {"w": 0.5, "b": 0.1})
        output = model([2.0])
        assert output.data == math.tanh(1.1)
        output.backward()
        assert model.trained["w"].grad == pytest.approx(2.0 * (1 - math.tanh(1.1) ** 2))
        assert list(model.named_parameters()) == ["w", "b"]
        assert repr(model) == "Formula('net = w*x + b; tanh(net)', ['x'])"

    def test_starts_are_drawn_from_the_seed(self):
        first, second = (Formula("a*x + c", ["x"], seed=random.Random(3)) for _ in range(2))
        assert first.state_dict() == second.state_dict()
        assert all(abs(number) <= 1 for number in first.state_dict().values())

    def test_what_does_not_fit_is_refused(self):
        for call, message in (
            (lambda: Formula("w*x", ["z"]), "the input 'z' isn't in 'w\\*x'"),
            (lambda: Formula("w*x", ["x"], {"v": 1.0}), "there is no parameter 'v'; the parameters are w"),
            (lambda: Formula("2*x", ["x"]), "has no parameter"),
            (lambda: Formula("w*x", ["x"])([1.0, 2.0]), "takes 1 input, got 2"),
            (lambda: Formula("w*nosuch(x)", ["x"]), "there is no function nosuch"),
        ):
            with pytest.raises(ValueError, match=message):
                call()


class TestResult:
    def test_a_model_shows_itself_as_a_table_of_its_parts(self):
        model = MLP([2, 3, 1], seed=0)
        bundle = model._repr_mimebundle_()
        assert str(model) == bundle["text/plain"] == model.summary()
        assert bundle["text/html"].startswith("<table")
        assert ">layers.1<" in bundle["text/html"].replace("  layers.1", "layers.1")

    def test_what_it_saves_is_read_as_a_model(self, tmp_path):
        model = Neuron(2, "relu", seed=0)
        model.save(tmp_path / "m.json")
        again = load_model(tmp_path / "m.json")
        assert (repr(again), again.state_dict()) == (repr(model), model.state_dict())
        model.save(tmp_path / "m.txt")
        assert (tmp_path / "m.txt").read_text().rstrip() == str(model)

    def test_a_model_of_ones_own_is_written_too_and_says_what_it_is_when_it_is_read(self, tmp_path):
        Twice().save(tmp_path / "m.json")
        with pytest.raises(ModelFileError, match="there is no model kind 'Twice'"):
            load_model(tmp_path / "m.json")
        Neuron(1, ops.tanh).save(tmp_path / "n.json")
        with pytest.raises(ModelFileError, match=r"there is no activation 'tanh\(\)'"):
            load_model(tmp_path / "n.json")


class TestModelFile:
    @pytest.mark.parametrize(
        "model",
        [
            Formula("tanh(w*x + b)", ["x"], seed=0),
            Neuron(1, "relu", seed=0),
            Layer(1, 3, "sigmoid", seed=0),
            MLP([1, 4, 2], "relu", seed=0),
        ],
        ids=["Formula", "Neuron", "Layer", "MLP"],
    )
    def test_a_model_comes_back_to_the_bit(self, model, tmp_path):
        save_model(tmp_path / "m.json", model, inputs=["x"])
        again = load_model(tmp_path / "m.json")
        assert (repr(again), again.state_dict()) == (repr(model), model.state_dict())
        first, second = (each([0.3]) for each in (model, again))
        assert first == second
        assert read_model(tmp_path / "m.json")[1] == {"inputs": ["x"]}

    def test_what_has_no_name_can_not_be_saved(self, tmp_path):
        for model in (Twice(), Neuron(1, ops.tanh)):
            with pytest.raises(TypeError, match="state_dict"):
                save_model(tmp_path / "m.json", model)
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("{", "is damaged"),
            ("[]", "isn't a model"),
            ('{"format": "tinygrad_neuron model", "version": 9}', "version 9"),
            ('{"format": "tinygrad_neuron model", "version": 0}', "version 0"),
            ('{"format": "tinygrad_neuron model"}', "version None"),
            ('{"format": "tinygrad_neuron model", "version": 1}', "is damaged"),
            (
                '{"format": "tinygrad_neuron model", "version": 1, "model": {"kind": "X"}}',
                "m.json: there is no model kind 'X'; the model kinds are Formula, MLP, Layer, Neuron",
            ),
            (
                '{"format": "tinygrad_neuron model", "version": 1, "model": {"kind": "MLP", "sizes": [1]}}',
                "is damaged: sizes",
            ),
            (
                (
                    '{"format": "tinygrad_neuron model", "version": 1, "parameters": {},'
                    ' "model": {"kind": "Neuron", "n_inputs": 1}}'
                ),
                "no number for bias, weights.0",
            ),
        ],
    )
    def test_damaged_files_are_refused(self, text, message, tmp_path):
        path = tmp_path / "m.json"
        path.write_text(text)
        with pytest.raises(ModelFileError, match=message):
            load_model(path)


def test_parameters_whose_places_are_spelled_alike_are_two():
    class Odd(Module):
        def __init__(self):
            self.parts = {1: Value(1.0, parameter=True), "1": Value(2.0, parameter=True)}

    assert [each.data for each in Odd().parameters()] == [1.0, 2.0]
