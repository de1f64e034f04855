"""Draw the pictures of the documents anew: `python docs/pictures/make.py [folder]`."""

from __future__ import annotations

import random
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from tinygrad_neuron import Value, draw, exp, frames, log, mean, parse
from tinygrad_neuron.drawing.picture import Picture
from tinygrad_neuron.nn import MLP

FOLDER = Path(__file__).parent


def gradients() -> Value:
    """The first article's neuron: one tanh neuron with half the squared error."""
    return computed(
        "net = input*weight + bias; output = tanh(net); error = output - target; loss = error**2/2",
        {"input": 0.4, "target": 0.7},
        {"weight": 0.5, "bias": 0.6},
    )


def training(weight: float, bias: float) -> Value:
    """The second article's neuron, at one step of its training."""
    return computed(
        "net = input*weight + bias; output = tanh(net); error = output - target; loss = error**2/2",
        {"input": 0.01, "target": 0.1},
        {"weight": weight, "bias": bias},
    )


def celsius() -> Value:
    """The third article's neuron: a straight line through three temperatures, and the mean squared difference."""
    weight, bias = Value(0.5, label="weight", parameter=True), Value(0.5, label="bias", parameter=True)
    squares = []
    for temperature in (-50.0, 0.0, 49.0):
        celsius = Value(temperature, label="celsius", constant=True)
        output = celsius * weight + bias
        output.label = "output"
        squares.append((output - (1.8 * temperature + 32.0)).squared())
    loss: Value = mean(squares)
    loss.label = "loss"
    loss.backward()
    return loss


def slope() -> Value:
    """The fourth article's neuron: a straight line and the absolute error."""
    return computed(
        "activation = w1*C + w2; error = abs(goal - activation)", {"C": 17.0, "goal": 62.6}, {"w1": 0.1, "w2": 0.2}
    )


def computed(text: str, inputs: dict[str, float], parameters: dict[str, float]) -> Value:
    """The expression with its gradients."""
    values = {name: Value(number, label=name) for name, number in inputs.items()}
    values |= {name: Value(number, label=name, parameter=True) for name, number in parameters.items()}
    root = parse(text, values)
    root.backward()
    return root


def network(sizes: list[int]) -> Value:
    """The loss of a network at one sample."""
    inputs = [Value(number, label=f"x{k}") for k, number in enumerate((0.9, -0.4), 1)]
    (output,) = MLP(sizes, seed=1)(inputs)
    return finished((output - Value(1.0, label="target")) ** 2 / 2)


def softmax() -> Value:
    """The cross-entropy of three classes."""
    x1, x2 = Value(0.5, label="x1"), Value(-1.2, label="x2")
    sums = []
    for k, numbers in enumerate(((0.3, 0.5, 0.1), (-0.2, 0.9, 0.2), (0.8, -0.4, 0.3)), 1):
        names = (f"w_{k}1", f"w_{k}2", f"b_{k}")
        w1, w2, b = (Value(number, label=name, parameter=True) for number, name in zip(numbers, names, strict=True))
        sums.append(labelled(w1 * x1 + w2 * x2 + b, f"z_{k}"))
    powers = [exp(each) for each in sums]
    total = labelled(powers[0] + powers[1] + powers[2], "S")
    return finished(-log(labelled(powers[1] / total, "p_2")))


def batch() -> Value:
    """The mean loss of a network over 15 samples."""
    model, chance = MLP([2, 4, 1], seed=1), random.Random(1)
    samples = [(chance.uniform(-1, 1), chance.uniform(-1, 1)) for _ in range(15)]
    return finished(mean([(model(each)[0] - each[0] * each[1]) ** 2 for each in samples]))


def recurrence(n_steps: int) -> Value:
    """The loss of a recurrent neuron after some steps."""
    w_x, w_h, b = (
        Value(number, label=name, parameter=True) for number, name in ((0.7, "w_x"), (-0.4, "w_h"), (0.1, "b"))
    )
    h = Value(0.0, label="h0")
    for k in range(1, n_steps + 1):
        h = labelled((w_x * Value((0.5, -0.3, 0.8)[k % 3], label=f"x{k}") + w_h * h + b).tanh(), f"h{k}")
    return finished((h - Value(0.5, label="t")) ** 2 / 2)


def labelled(value: Value, label: str) -> Value:
    """The value with a label."""
    value.label = label
    return value


def finished(root: Value) -> Value:
    """The loss with its gradients."""
    labelled(root, "loss").backward()
    return root


def shown(root: Value, **options: Any) -> Picture:
    """A picture as wide as the text beside it."""
    return draw(root, **{"width": 720, **options})


def pictures() -> dict[str, Picture]:
    """All pictures that stand still, by the name of their file."""
    neuron, shared = gradients(), computed("f = a*b + a*sin(b)", {"a": 2.0, "b": 3.0}, {})
    large = network([2, 8, 8, 1])
    return {
        "neuron": shown(neuron, title="One tanh neuron and its loss"),
        "neuron-dark": shown(neuron, title="One tanh neuron and its loss", theme="dark"),
        "neuron-390": shown(neuron, width=390),
        "neuron-operations": shown(neuron, view="operations"),
        "neuron-forward": shown(neuron.operands[0].operands[0].operands[0].operands[0]),
        "neuron-backward": shown(neuron, backward=True),
        "neuron-path": shown(neuron, path="weight"),
        "neuron-hand": shown(neuron, hand={"weight": -0.0080, "bias": 0.0201}),
        "shared": shown(shared),
        "softmax": shown(softmax()),
        "softmax-390": shown(softmax(), width=390),
        "training": shown(
            training(0.4997134612969808, 0.4713461296980817), before=training(0.5, 0.5), title="One step"
        ),
        "celsius": shown(celsius()),
        "slope": shown(slope()),
        "marks": shown(computed("y = relu(x) + tanh(10*x) + log(x)", {"x": -2.0}, {})),
        "network-2-4-1": shown(network([2, 4, 1]), title="A network 2-4-1"),
        "network-2-8-8-1": shown(large, title="A network 2-8-8-1"),
        "network-2-8-8-1-1280": shown(large, title="A network 2-8-8-1", width=1280),
        "network-2-8-8-1-390": shown(large, title="A network 2-8-8-1", width=390),
        "network-2-8-8-1-neuron": shown(large, view="neuron", at="layer 2/neuron 8"),
        "network-operations": shown(network([2, 2, 1]), view="operations"),
        "batch": shown(batch()),
        "recurrence": shown(recurrence(3)),
        "nearest": shown(recurrence(500), at="h250"),
    }


def plots(folder: Path) -> None:
    """The plots of the examples, by running them."""
    for name in ("training", "celsius", "stochastic", "moons"):
        import_module(f"tinygrad_neuron.examples.{name}").main(str(folder / f"plot-{name}.svg"))


def main(folder: Path = FOLDER) -> None:
    """Write them all."""
    for name, picture in pictures().items():
        picture.save(folder / f"{name}.svg")
    plots(folder)
    frames(gradients(), title="One neuron, step by step").save(folder / "neuron-steps.svg")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
