"""Draw the pictures of the documents anew: `python docs/pictures/make.py [folder]`."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from tinygrad_neuron import Value, draw, frames, mean, parse
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
    loss = (output - 1.0) ** 2
    loss.label = "loss"
    loss.backward()
    return loss


def pictures() -> dict[str, Picture]:
    """All pictures that stand still, by the name of their file."""
    neuron = gradients()
    return {
        "neuron": draw(neuron),
        "neuron-legend": draw(neuron, title="One tanh neuron and its loss", legend=True),
        "neuron-forward": draw(neuron, detail="forward"),
        "neuron-backward": draw(neuron, detail="backward"),
        "neuron-circuit": draw(neuron, style="circuit"),
        "neuron-path": draw(neuron, path="weight"),
        "neuron-hand": draw(neuron, hand={"weight": -0.0080, "bias": 0.0201}),
        "training": draw(training(0.4997134612969808, 0.4713461296980817), before=training(0.5, 0.5), title="One step"),
        "celsius": draw(celsius()),
        "slope": draw(slope()),
        "marks": draw(computed("y = relu(x) + tanh(10*x) + log(x)", {"x": -2.0}, {})),
        "mlp-2-4-1": draw(network([2, 4, 1]), title="A network 2-4-1", products=True),
        "mlp-2-16-16-1": draw(network([2, 16, 16, 1]), title="A network 2-16-16-1", products=True),
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
