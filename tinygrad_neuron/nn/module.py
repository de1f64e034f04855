"""The building blocks of networks."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from ..arguments import list_names, require, require_known
from ..console import make_table
from ..graph import assign_numbers
from ..ops import dot
from ..primitives import FUNCTIONS, PRIMITIVES, plain
from ..recording import no_grad, scope
from ..results import TableResult
from ..value import Value, name_node
from .initialization import Initialization, find_initialization, make_chance

if TYPE_CHECKING:
    from rich.table import Table

FORMAT, VERSION = "tinygrad_neuron model", 1
Activation = str | Callable[[Any], Any]
Seed = int | random.Random | None


class Module(TableResult):
    """Something with parameters: those in its attributes, in lists and dicts there, and in modules there.

    A parameter is a Value made with `parameter=True`. Subclasses define
    `__call__`; nothing has to be registered. A module shows itself as a table
    of its parts; `save` writes it as .json, which `load_model` reads, or as .txt.

    Attributes:
        shape: inputs → outputs, for the summary.
        activation: of its neurons, for the summary.
        recipe: the attributes that its class makes it of, for its file.

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
    activation: Activation = ""
    recipe: tuple[str, ...] = ()

    def __call__(self, inputs: Any) -> Any:
        """The outputs for the inputs of one sample: what a subclass defines."""
        raise NotImplementedError(f"{type(self).__name__} doesn't say what it computes: define __call__(self, inputs)")

    def named_parameters(self) -> dict[str, Value]:
        """All values that are to be trained, by their place: `layers.0.neurons.1.bias`; a shared one once."""
        return {name: parameter for parameter, name in self._places().items()}

    def parameters(self) -> list[Value]:
        """All values that are to be trained."""
        return list(self._places())

    def _places(self) -> dict[Value, str]:
        """The first place of each parameter: two whose places are spelled alike are still two."""
        places: dict[Value, str] = {}
        for name, each in _walk(self):
            if isinstance(each, Value) and each.is_parameter:
                places.setdefault(each, name)
        return places

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
            TypeError: one of them isn't a real number.
        """
        parameters = self.named_parameters()
        if missing := parameters.keys() - state.keys():
            raise ValueError(f"there is no number for {list_names(sorted(missing))}")
        require_known("parameter", state, parameters)
        assign_numbers(list(parameters.values()), [plain(state[name]) for name in parameters])

    def summary(self) -> str:
        """A table of the parts: what they are, inputs → outputs, how many parameters each has."""
        return str(self)

    def table(self) -> Table:
        """The summary as a table of `rich`."""
        rows = []
        for name, part in [("", self), *_walk(self, closed=Layer)]:  # single neurons are no rows of their own
            if isinstance(part, Module):
                indented = "  " * (name.count(".") // 2 + bool(name)) + (name or "model")
                kind, activation = type(part).__name__, name_activation(part.activation)
                rows.append([indented, kind, part.shape, activation, f"{len(part.parameters()):,}"])
        headings = ("part", "kind", "shape", "activation", "parameters")
        return make_table(headings, rows, flush_right=("parameters",))

    def to_dict(self) -> dict[str, Any]:
        """What its file holds: its kind, what it is made of, and its parameters."""
        made_of = {name: getattr(self, name) for name in self.recipe}
        if "activation" in made_of:
            made_of["activation"] = name_activation(self.activation)
        head = {"format": FORMAT, "version": VERSION}
        return {**head, "model": {"kind": type(self).__name__, **made_of}, "parameters": self.state_dict()}

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


def compute(function: Callable[..., Any], *inputs: Any) -> list[float]:
    """The outputs of a model or a loss as numbers, without recording; a single one as the only one of a list."""
    with no_grad():
        outputs = function(*inputs)
    return [plain(each) for each in (outputs if isinstance(outputs, (list, tuple)) else [outputs])]


def take_inputs(name: str, inputs: Any, count: int) -> Sequence[Any]:
    """The inputs of one sample, of which a single one may come alone; an error if they are more or fewer."""
    given: Sequence[Any] = inputs if hasattr(inputs, "__len__") else [inputs]
    if len(given) != count:
        raise ValueError(f"{name} takes {count} input{'s' * (count != 1)}, got {len(given)}")
    return given


def name_activation(activation: Activation) -> str:
    """What an activation is called; one of your own has a name that none in the table has."""
    return activation if isinstance(activation, str) else f"{getattr(activation, '__name__', 'activation')}()"


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

    recipe: tuple[str, ...] = ("n_inputs", "activation")

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
        self.n_inputs: int = n_inputs
        self.shape: str = f"{n_inputs} → 1"
        self._activate = find_activation(activation)
        if weights is None:
            draw, chance = find_initialization(initialization), make_chance(seed)
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
        given = take_inputs(self.name, inputs, len(self.weights))
        with scope(self.name):
            net = dot(self.weights, given) + self.bias if self.weights else self.bias
            return name_node(self._activate(name_node(net, "net")) if self._activate else net, "output")

    def __repr__(self) -> str:
        return f"Neuron({len(self.weights)}, {name_activation(self.activation)!r})"


def find_activation(activation: Activation) -> Callable[[Any], Any] | None:
    """The function with this name, or the function itself; None for "linear"."""
    if not isinstance(activation, str):
        return activation
    known = [name for name, entry in PRIMITIVES.items() if len(entry.parameters) == 1 and not entry.variadic]
    require_known("activation", [activation], ["linear", "relu", "sigmoid", "tanh", *known])
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

    recipe: tuple[str, ...] = ("n_inputs", "n_outputs", "activation")

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
        self.activation: Activation = activation
        self.n_inputs: int = n_inputs
        self.n_outputs: int = n_outputs
        self.shape: str = f"{n_inputs} → {n_outputs}"
        make = partial(Neuron, n_inputs, activation, initialization=initialization, seed=make_chance(seed))
        with scope(name):
            numbers = range(1, n_outputs + 1)
            self.neurons: list[Neuron] = [make(name=f"neuron {k}", n_outputs=n_outputs) for k in numbers]

    def __call__(self, inputs: Sequence[Any]) -> list[Value]:
        """The outputs of all neurons."""
        with scope(self.name):
            inputs = [each if isinstance(each, Value) else Value(each, constant=True) for each in inputs]
            return [neuron(inputs) for neuron in self.neurons]

    def __repr__(self) -> str:
        return f"Layer({self.n_inputs}, {self.n_outputs}, {name_activation(self.activation)!r})"


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

    recipe: tuple[str, ...] = ("sizes", "activation")

    def __init__(
        self,
        sizes: Iterable[int],
        activation: Activation = "tanh",
        *,
        initialization: str | Initialization = "uniform",
        seed: Seed = None,
    ) -> None:
        if not isinstance(sizes, Iterable):
            raise TypeError(f"sizes must be a list, from the number of inputs to that of the last layer, got {sizes!r}")
        self.sizes: list[int] = list(sizes)
        self.activation: Activation = activation
        require(len(self.sizes) > 1, "sizes must be the number of inputs and that of each layer", self.sizes)
        find_activation(activation)  # a network of one layer doesn't use it
        self.shape: str = f"{self.sizes[0]} → {self.sizes[-1]}"
        make = partial(Layer, initialization=initialization, seed=make_chance(seed))
        self.layers: list[Layer] = [
            make(before, after, activation if k < len(self.sizes) - 1 else "linear", name=f"layer {k}")
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
