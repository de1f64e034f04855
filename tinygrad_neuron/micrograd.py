"""For programs written for micrograd: `from tinygrad_neuron.micrograd import Value, Neuron, Layer, MLP`."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, KeysView, Sequence
from typing import Any, NoReturn

from . import value
from .nn import module
from .primitives import PRIMITIVES, Primitive, RealNumber
from .recording import current_tag, scope

SYMBOLS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "neg": "-", "pow": "**", "relu": "ReLU"}
NAMES = {symbol: name for name, symbol in SYMBOLS.items() if name != "neg"}


class Value(value.Value):
    """A Value that is made and shown as micrograd's.

    An operation written by hand, a Value with children whose `_backward` is
    assigned, becomes a node like any other. Its partials are what `_backward`
    adds to the children's gradients when 1 flows into it; it is called once,
    when it is assigned.

    Args:
        data: a real number.
        _children: what it was computed from.
        _op: the operation, as "+" or "tanh".
        label: its name in tables, formulas and pictures.
        constant: whether it gets no gradient.
        parameter: whether it is to be trained.

    Examples:
        >>> a, b = Value(2.0), Value(-3.0)
        >>> (a * b)._op, len((a * b)._prev)
        ('*', 2)
        >>> def double(x):
        ...     out = Value(2 * x.data, (x,), "double")
        ...
        ...     def backward():
        ...         x.grad += 2 * out.grad
        ...
        ...     out._backward = backward
        ...     return out
        >>> double(double(a)).backward()
        >>> a
        Value(data=2.0, grad=4.0)
    """

    __slots__ = ()

    def __init__(
        self,
        data: RealNumber,
        _children: Iterable[value.Value] = (),
        _op: str = "",
        label: str = "",
        *,
        constant: bool = False,
        parameter: bool = False,
    ) -> None:
        super().__init__(data, label=label, constant=constant, parameter=parameter)
        operands = tuple(dict.fromkeys(_children))
        if operands and current_tag() is not None:  # not under no_grad
            self._primitive = _find_primitive(_op, self._data, operands)
            value.connect(self, operands, [0.0] * len(operands))

    @property
    def _prev(self) -> KeysView[value.Value]:
        """What it was computed from, each once; a power's exponent is in its operation, and not here."""
        return dict.fromkeys(self.operands[:1] if self._op.startswith("**") else self.operands).keys()

    @property
    def _op(self) -> str:
        """The operation as micrograd writes it."""
        if self.primitive is None:
            return ""
        if self.primitive.name == "pow" and self.operands[1].is_constant:
            return f"**{self.operands[1].data:g}"
        return SYMBOLS.get(self.primitive.name, self.primitive.name)

    @property
    def _backward(self) -> Callable[[], None]:
        """Adds to the gradients of what it was computed from, by its own gradient."""
        return self._pass_on

    @_backward.setter
    def _backward(self, closure: Callable[[], object]) -> None:
        operands = self.operands
        if not operands:
            return
        kept = {node: node._grad for node in (self, *operands)}  # noqa: SLF001 (where nothing came yet, it stays so)
        partials, self.grad = [], 1.0
        for node in operands:
            node.grad = 0.0
        closure()
        for node in operands:
            partials.append(node.grad)
            node.grad = 0.0  # one that occurs twice gets all of it along its first edge
        for node, gradient in kept.items():
            node._grad = gradient  # noqa: SLF001
        value.connect(self, operands, partials)

    def _pass_on(self) -> None:
        for slot, flow in enumerate(self.flows):
            if flow is not None:
                self.operands[slot].grad += flow * self.grad

    def __repr__(self) -> str:
        return f"Value(data={self.data}, grad={self.grad})"


def _find_primitive(name: str, data: float, operands: Sequence[value.Value]) -> Primitive:
    """The entry of the table that computes this, or one that knows nothing else."""
    known, numbers = PRIMITIVES.get(NAMES.get(name, name)), [each.data for each in operands]
    fits = known and (known.variadic or len(known.parameters) == len(operands))
    return known if known and fits and known.gives(data, numbers) else _ByHand(name or "by hand", data, numbers)


class _ByHand(Primitive):
    """An operation of which only what it gave is known."""

    def __init__(self, name: str, data: float, numbers: Sequence[float]) -> None:
        def refuse(*_numbers: float) -> NoReturn:
            raise ValueError(f"{name} was computed by hand, so that it can't be computed with other numbers")

        super().__init__(name, refuse, (None,), (None,))
        self._recorded = data, [*numbers]

    def gives(self, number: float, arguments: Iterable[float]) -> bool:
        return self._recorded == (number, [*arguments])


# ---------------------------------------------------------------- its nn
class Module(module.Module):
    """Something with parameters, which shows itself in a line as there; `summary()` is the table.

    Examples:
        >>> print(Layer(2, 1))
        Layer of [ReLUNeuron(2)]
    """

    def summary(self) -> str:
        """A table of the parts."""
        return super().__str__()

    def __str__(self) -> str:
        return repr(self)


class Neuron(Module):
    """ReLU(b + w₁·x₁ + w₂·x₂ + …), or without the ReLU.

    Args:
        nin: how many inputs it takes.
        nonlin: whether the ReLU is there.

    Attributes:
        w: the weights, drawn in ±1 by Python's `random`, so that `random.seed` governs them.
        b: the bias, 0 at first.

    Examples:
        >>> random.seed(1)
        >>> neuron = Neuron(2)
        >>> neuron, len(neuron.parameters())
        (ReLUNeuron(2), 3)
    """

    def __init__(self, nin: int, nonlin: bool = True) -> None:
        self.w: list[Value] = [Value(random.uniform(-1, 1), label=f"w{k}", parameter=True) for k in range(1, nin + 1)]
        self.b: Value = Value(0, label="b", parameter=True)
        self.nonlin: bool = nonlin
        self.shape: str = f"{nin} → 1"
        self.activation: Any = "relu" if nonlin else "linear"

    def __call__(self, x: Any) -> Value:
        """The neuron's output.

        Args:
            x: as many numbers or Values as it takes.

        Raises:
            ValueError: there are more or fewer.
        """
        products = (w * each for w, each in zip(self.w, module.take_inputs(repr(self), x, len(self.w)), strict=True))
        net = sum(products, self.b)
        return net.relu() if self.nonlin else net

    def __repr__(self) -> str:
        return f"{'ReLU' if self.nonlin else 'Linear'}Neuron({len(self.w)})"


class Layer(Module):
    """Neurons side by side, all of the same inputs.

    Args:
        nin: how many inputs each takes.
        nout: how many neurons there are.
        kwargs: `nonlin`, as a Neuron has it.

    Examples:
        >>> Layer(2, 2, nonlin=False)
        Layer of [LinearNeuron(2), LinearNeuron(2)]
    """

    def __init__(self, nin: int, nout: int, **kwargs: bool) -> None:
        self.neurons: list[Neuron] = []
        for k in range(1, nout + 1):
            with scope(f"neuron {k}"):
                self.neurons.append(Neuron(nin, **kwargs))
        self.shape: str = f"{nin} → {nout}"
        self.activation: Any = self.neurons[0].activation if self.neurons else ""

    def __call__(self, x: Any) -> Any:
        """The outputs of all neurons; a single one alone."""
        out = []
        for k, neuron in enumerate(self.neurons, 1):
            with scope(f"neuron {k}"):
                out.append(neuron(x))
        return out[0] if len(out) == 1 else out

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(repr, self.neurons))}]"


class MLP(Module):
    """Layers one after the other, all with ReLU but the last.

    Args:
        nin: how many inputs it takes.
        nouts: how many neurons each layer has.

    Examples:
        >>> model = MLP(3, [4, 4, 1])
        >>> len(model.parameters()), isinstance(model([2.0, 3.0, -1.0]), Value)
        (41, True)
    """

    def __init__(self, nin: int, nouts: Sequence[int]) -> None:
        sizes, self.layers = [nin, *nouts], list[Layer]()
        for k, nout in enumerate(nouts, 1):
            with scope(f"layer {k}"):
                self.layers.append(Layer(sizes[k - 1], nout, nonlin=k < len(nouts)))
        self.shape: str = f"{nin} → {sizes[-1]}"

    def __call__(self, x: Any) -> Any:
        """The outputs of the last layer; a single one alone."""
        for k, layer in enumerate(self.layers, 1):
            with scope(f"layer {k}"):
                x = layer(x)
        return x

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(repr, self.layers))}]"
