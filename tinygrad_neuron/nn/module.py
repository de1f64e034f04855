"""The building blocks of networks."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Sequence
from typing import Any

from ..primitive import FUNCTIONS
from ..value import Value, scope


class Module:
    """Something with parameters."""

    def parameters(self) -> list[Value]:
        """All values that are to be trained."""
        return []

    def zero_grad(self) -> None:
        """Forget the gradients of the parameters."""
        for parameter in self.parameters():
            parameter.zero_grad()


class Neuron(Module):
    """activation(w₁·x₁ + w₂·x₂ + … + b).

    Args:
        n_inputs: how many inputs it takes.
        activation: the name of a function of the table, or "linear".
        name: the scope that its values are in.
        chance: where the weights come from, uniformly in ±1/√n_inputs.

    Raises:
        ValueError: there is no such activation.

    Example:
        >>> neuron = Neuron(2, "relu", chance=random.Random(0))
        >>> neuron([1.0, 2.0]).label
        'output'
    """

    def __init__(
        self, n_inputs: int, activation: str = "tanh", *, name: str = "neuron", chance: random.Random | None = None
    ) -> None:
        if activation != "linear" and activation not in FUNCTIONS:
            raise ValueError(f"there is no activation {activation!r}: take 'tanh', 'relu', 'sigmoid' or 'linear'")
        draw = chance or random.Random()
        bound = n_inputs**-0.5 if n_inputs else 0.0
        self.activation, self.name = activation, name
        with scope(name):
            self.weights = [
                Value(draw.uniform(-bound, bound), label=f"w{k}", parameter=True) for k in range(1, n_inputs + 1)
            ]
            self.bias = Value(0.0, label="b", parameter=True)

    def __call__(self, inputs: Sequence[Any]) -> Value:
        """The neuron's output.

        Args:
            inputs: as many numbers or Values as it takes.

        Raises:
            ValueError: there are more or fewer.
        """
        if len(inputs) != len(self.weights):
            raise ValueError(f"{self.name} takes {len(self.weights)} inputs, got {len(inputs)}")
        with scope(self.name):
            net = sum((w * x for w, x in zip(self.weights, inputs, strict=True)), self.bias)
            net.label = net.label or "net"
            if self.activation == "linear":
                return net
            output: Value = FUNCTIONS[self.activation](net)
            output.label = "output"
            return output

    def parameters(self) -> list[Value]:
        """The weights and the bias."""
        return [*self.weights, self.bias]

    def __repr__(self) -> str:
        return f"Neuron({len(self.weights)}, {self.activation!r})"


class Layer(Module):
    """Neurons side by side, all of the same inputs.

    Args:
        n_inputs: how many inputs each takes.
        n_outputs: how many neurons there are.
        activation: the name of a function of the table, or "linear".
        name: the scope that its neurons are in.
        chance: where the weights come from.

    Example:
        >>> len(Layer(2, 3).parameters())
        9
    """

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        activation: str = "tanh",
        *,
        name: str = "layer",
        chance: random.Random | None = None,
    ) -> None:
        self.name = name
        with scope(name):
            self.neurons = [
                Neuron(n_inputs, activation, name=f"neuron {k}", chance=chance) for k in range(1, n_outputs + 1)
            ]

    def __call__(self, inputs: Sequence[Any]) -> list[Value]:
        """The outputs of all neurons."""
        with scope(self.name):
            return [neuron(inputs) for neuron in self.neurons]

    def parameters(self) -> list[Value]:
        """The parameters of all neurons."""
        return [parameter for neuron in self.neurons for parameter in neuron.parameters()]

    def __repr__(self) -> str:
        return f"Layer of {len(self.neurons)} × {self.neurons[0] if self.neurons else 'nothing'}"


class MLP(Module):
    """Layers one after the other: a multi-layer perceptron.

    Args:
        sizes: the number of inputs, then of neurons in each layer.
        activation: of the hidden layers; the last one is linear.
        chance: where the weights come from; give `random.Random(seed)` for the same again.

    Raises:
        ValueError: there is no layer.

    Example:
        >>> network = MLP([2, 4, 1], chance=random.Random(1))
        >>> len(network.parameters())
        17
        >>> [output.label for output in network([0.5, -1.0])]
        ['net']
    """

    def __init__(self, sizes: Iterable[int], activation: str = "tanh", *, chance: random.Random | None = None) -> None:
        self.sizes = list(sizes)
        if len(self.sizes) < 2:
            raise ValueError(f"sizes={self.sizes}: give the number of inputs and of neurons in at least one layer")
        last = len(self.sizes) - 1
        self.layers = [
            Layer(before, after, activation if k < last else "linear", name=f"layer {k}", chance=chance)
            for k, (before, after) in enumerate(itertools.pairwise(self.sizes), 1)
        ]

    def __call__(self, inputs: Sequence[Any]) -> list[Value]:
        """The outputs of the last layer."""
        values: Sequence[Any] = inputs
        for layer in self.layers:
            values = layer(values)
        return list(values)

    def parameters(self) -> list[Value]:
        """The parameters of all layers."""
        return [parameter for layer in self.layers for parameter in layer.parameters()]

    def __repr__(self) -> str:
        return f"MLP({self.sizes})"
