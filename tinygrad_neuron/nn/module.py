"""The building blocks of networks."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..console import make_table, table_text
from ..ops import dot
from ..primitives import FUNCTIONS, PRIMITIVES, plain
from ..recording import scope
from ..value import Value, name_node
from .initialization import Initialization, chance_of, initialization_of

Activation = str | Callable[[Any], Any]
Seed = int | random.Random | None


class Module:
    """Something with parameters: those in its attributes, in lists and dicts there, and in modules there.

    A parameter is a Value made with `parameter=True`. Subclasses define
    `__call__`; nothing has to be registered.

    Attributes:
        shape: inputs → outputs, for the summary.
        activation_name: what the activation is called, for the summary.

    Examples:
        >>> class Line(Module):
        ...     def __init__(self):
        ...         self.slope, self.height = Value(2.0, parameter=True), Value(1.0, parameter=True)
        ...
        ...     def __call__(self, inputs):
        ...         return self.slope * inputs[0] + self.height
        >>> Line().state_dict()
        {'slope': 2.0, 'height': 1.0}
    """

    shape = ""
    activation_name = ""

    def __call__(self, inputs: Any) -> Any:
        """The outputs for the inputs of one sample: what a subclass defines."""
        raise NotImplementedError(f"{type(self).__name__} doesn't say what it computes: define __call__(self, inputs)")

    def named_parameters(self) -> dict[str, Value]:
        """All values that are to be trained, by their place: `layers.0.neurons.1.bias`; a shared one once."""
        return {name: parameter for parameter, name in _parameters(self).items()}

    def parameters(self) -> list[Value]:
        """All values that are to be trained."""
        return list(_parameters(self))

    def zero_grad(self) -> None:
        """Forget the gradients of the parameters."""
        for parameter in self.parameters():
            parameter.zero_grad()

    def state_dict(self) -> dict[str, float]:
        """The number of each parameter, by its name."""
        return {name: parameter.data for name, parameter in self.named_parameters().items()}

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Take over numbers that `state_dict` gave; all of them or none.

        Args:
            state: a number for each parameter.

        Raises:
            ValueError: a name is missing or unknown.
            TypeError: one of them is no real number.
        """
        named = self.named_parameters()
        if missing := sorted(named.keys() - state.keys()):
            raise ValueError(f"there is no number for {_few(missing)}")
        if unknown := sorted(state.keys() - named.keys()):
            raise ValueError(f"there is no parameter {_few(unknown)}")
        numbers = {name: plain(state[name]) for name in named}
        for name, parameter in named.items():
            parameter.data = numbers[name]

    def summary(self) -> str:
        """A table of the parts: what they are, inputs → outputs, how many parameters each has."""
        rows = []
        for name, part in [("", self), *_walk(self, closed=Layer)]:  # single neurons are no rows of their own
            if isinstance(part, Module):
                called = "  " * (name.count(".") // 2 + bool(name)) + (name or "model")
                count = f"{len(part.parameters()):,}"
                rows.append([called, type(part).__name__, str(part.shape), str(part.activation_name), count])
        headings = ("part", "kind", "shape", "activation", "parameters")
        return table_text(make_table(headings, rows, flush_right=("parameters",)))

    def __repr__(self) -> str:
        return f"{type(self).__name__} of {len(self.parameters())} parameters"


def _walk(thing: Any, name: str = "", closed: type | tuple[()] = ()) -> Iterator[tuple[str, Any]]:
    """What is in a module, a mapping or a sequence, and in that but for closed kinds; names have dots between."""
    inside = vars(thing) if isinstance(thing, Module) else thing
    if isinstance(inside, (Mapping, list, tuple)):
        for key, each in inside.items() if isinstance(inside, Mapping) else enumerate(inside):
            path = f"{name}.{key}" if name else str(key)
            yield path, each
            if not isinstance(each, closed):
                yield from _walk(each, path, closed)


def _parameters(module: Module) -> dict[Value, str]:
    """The parameters in a module, each with the first of its names."""
    names: dict[Value, str] = {}
    for name, each in _walk(module):
        if isinstance(each, Value) and each.is_parameter:
            names.setdefault(each, name)
    return names


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


class Neuron(Module):
    """activation(w₁·x₁ + w₂·x₂ + … + b).

    Args:
        n_inputs: how many inputs it takes.
        activation: the name of a function of the table, "linear", or a
            function of a Value.
        name: the scope that its values are in.
        initialization: how weights are drawn: "uniform" in ±1/√n_inputs,
            "xavier", "he", or a function (chance, inputs, outputs) → number.
        weights: the weights themselves, instead of drawn ones.
        bias: the bias to start with.
        seed: where drawn weights come from: a number or a `random.Random`.
        n_outputs: how many neurons stand side by side, for "xavier".

    Raises:
        ValueError: there is no such activation or initialization, or there
            aren't as many weights as inputs.

    Examples:
        >>> neuron = Neuron(2, "relu", weights=[0.5, -0.25], bias=1.0)
        >>> neuron([1.0, 2.0])
        Value(1.0, label='output')
    """

    def __init__(
        self,
        n_inputs: int,
        activation: Activation = "tanh",
        *,
        name: str = "neuron",
        initialization: str | Initialization = "uniform",
        weights: Sequence[float] | None = None,
        bias: float = 0.0,
        seed: Seed = None,
        n_outputs: int = 1,
    ) -> None:
        self.name: str = name
        self.activation: Activation = activation
        self.shape: str = f"{n_inputs} → 1"
        self.activation_name: str = activation if isinstance(activation, str) else activation.__name__
        self._activate = _activation(activation)
        if weights is None:
            draw, chance = initialization_of(initialization), chance_of(seed)
            weights = [draw(chance, n_inputs, n_outputs) for _ in range(n_inputs)]
        if len(weights) != n_inputs:
            raise ValueError(f"{name} takes {n_inputs} inputs, got {len(weights)} weights")
        with scope(name):
            self.weights: list[Value] = [
                Value(number, label=f"w{k}", parameter=True) for k, number in enumerate(weights, 1)
            ]
            self.bias: Value = Value(bias, label="b", parameter=True)

    def __call__(self, inputs: Any) -> Value:
        """The neuron's output.

        Args:
            inputs: as many numbers or Values as it takes; one may come alone.

        Raises:
            ValueError: there are more or fewer.
        """
        given = inputs if hasattr(inputs, "__len__") else [inputs]
        if len(given) != len(self.weights):
            raise ValueError(f"{self.name} takes {len(self.weights)} inputs, got {len(given)}")
        with scope(self.name):
            net = dot(self.weights, given) + self.bias if self.weights else self.bias
            return name_node(self._activate(name_node(net, "net")) if self._activate else net, "output")

    def __repr__(self) -> str:
        return f"Neuron({len(self.weights)}, {self.activation_name!r})"


def _activation(activation: Activation) -> Callable[[Any], Any] | None:
    if not isinstance(activation, str):
        return activation
    one_argument = activation in FUNCTIONS and activation in PRIMITIVES and not PRIMITIVES[activation].variadic
    if activation != "linear" and not one_argument:
        raise ValueError(f"there is no activation {activation!r}: take 'tanh', 'relu', 'sigmoid' or 'linear'")
    return FUNCTIONS.get(activation)


class Layer(Module):
    """Neurons side by side, all of the same inputs.

    Args:
        n_inputs: how many inputs each takes.
        n_outputs: how many neurons there are.
        activation: the name of a function of the table, "linear", or a function of a Value.
        name: the scope that its neurons are in.
        initialization: how weights are drawn, see `Neuron`.
        seed: where they come from: a number or a `random.Random`.

    Examples:
        >>> len(Layer(2, 3).parameters())
        9
    """

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        activation: Activation = "tanh",
        *,
        name: str = "layer",
        initialization: str | Initialization = "uniform",
        seed: Seed = None,
    ) -> None:
        self.name: str = name
        self.shape: str = f"{n_inputs} → {n_outputs}"
        how: dict[str, Any] = {"initialization": initialization, "seed": chance_of(seed), "n_outputs": n_outputs}
        with scope(name):
            self.neurons: list[Neuron] = [
                Neuron(n_inputs, activation, name=f"neuron {k}", **how) for k in range(1, n_outputs + 1)
            ]
        self.activation_name: str = self.neurons[0].activation_name if self.neurons else ""

    def __call__(self, inputs: Sequence[Any]) -> list[Value]:
        """The outputs of all neurons."""
        with scope(self.name):
            inputs = [each if isinstance(each, Value) else Value(each, constant=True) for each in inputs]
            return [neuron(inputs) for neuron in self.neurons]

    def __repr__(self) -> str:
        return f"Layer of {len(self.neurons)} × {self.neurons[0] if self.neurons else 'nothing'}"


class MLP(Module):
    """Layers one after the other: a multi-layer perceptron.

    Args:
        sizes: the number of inputs, then of neurons in each layer.
        activation: of the hidden layers; the last one is linear.
        initialization: how weights are drawn, see `Neuron`.
        seed: where they come from: a number or a `random.Random`.

    Raises:
        ValueError: there is no layer.

    Examples:
        >>> network = MLP([2, 4, 1], seed=1)
        >>> len(network.parameters())
        17
        >>> [output.label for output in network([0.5, -1.0])]
        ['output']
    """

    def __init__(
        self,
        sizes: Iterable[int],
        activation: Activation = "tanh",
        *,
        initialization: str | Initialization = "uniform",
        seed: Seed = None,
    ) -> None:
        if not isinstance(sizes, Iterable):
            raise TypeError(f"sizes={sizes!r}: give a list, from the number of inputs to that of the last layer")
        self.sizes: list[int] = list(sizes)
        self.activation: Activation = activation
        if len(self.sizes) < 2:
            raise ValueError(f"sizes={self.sizes}: give the number of inputs and of neurons in at least one layer")
        _activation(activation)  # a network of one layer doesn't use it
        self.shape: str = f"{self.sizes[0]} → {self.sizes[-1]}"
        last = len(self.sizes) - 1
        how: dict[str, Any] = {"initialization": initialization, "seed": chance_of(seed)}
        self.layers: list[Layer] = [
            Layer(before, after, activation if k < last else "linear", name=f"layer {k}", **how)
            for k, (before, after) in enumerate(itertools.pairwise(self.sizes), 1)
        ]

    def __call__(self, inputs: Any) -> list[Value]:
        """The outputs of the last layer."""
        values: Sequence[Any] = inputs if hasattr(inputs, "__len__") else [inputs]
        for layer in self.layers:
            values = layer(values)
        return list(values)

    def __repr__(self) -> str:
        return f"MLP({self.sizes})"
