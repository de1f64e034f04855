"""A network 2-2-1: its gradients by hand with δ, by the engine, by layers, and as matrices; all the same.

Run it: `python -m tinygrad_neuron.examples.network network.svg`
"""

from __future__ import annotations

import sys
from typing import Any

from tinygrad_neuron import Value, backpropagation, check, draw, matrices, parse, sigmoid, sum, tanh

NUMBERS = {
    "x1": 0.4,
    "x2": -0.7,
    "t": 0.5,
    "w11": 0.5,
    "w12": -0.3,
    "w21": 0.8,
    "w22": 0.2,
    "b1": 0.1,
    "b2": -0.2,
    "v1": 0.7,
    "v2": -0.6,
    "c": 0.3,
}
FORWARD = """
net1 = w11*x1 + w12*x2 + b1
net2 = w21*x1 + w22*x2 + b2
h1 = tanh(net1)
h2 = tanh(net2)
net = v1*h1 + v2*h2 + c
y = sigmoid(net)
loss = (y - t)^2/2
"""
# each of these is a δ, the derivative of the loss by a net: f'(net) times what comes back to the output
DELTAS = {
    "net": "y(1 - y)*(y - t)",
    "net1": "(1 - h1^2)*v1*net.grad",
    "net2": "(1 - h2^2)*v2*net.grad",
}
# and each weight has δ times its input, each bias δ itself
GRADIENTS = {
    "v1": "net.grad*h1",
    "v2": "net.grad*h2",
    "c": "net.grad",
    "w11": "net1.grad*x1",
    "w12": "net1.grad*x2",
    "b1": "net1.grad",
    "w21": "net2.grad*x1",
    "w22": "net2.grad*x2",
    "b2": "net2.grad",
}
PARAMETERS = tuple(GRADIENTS)


def make_network() -> Value:
    """The loss of the network at one sample; its weights and biases are parameters."""
    values = {name: Value(number, label=name, parameter=name in PARAMETERS) for name, number in NUMBERS.items()}
    loss = parse(FORWARD, values)
    loss.backward()
    return loss


def measure(W: Any, b: Any, V: Any, c: Any, X: Any, y: Any) -> Any:  # noqa: N803 (as matrices are called)
    """The same network on any number of samples, in scalars and loops: the mean of the losses."""
    total = 0.0
    for x, target in zip(X, y, strict=True):
        h = [
            tanh(sum([w * each for w, each in zip(row, x, strict=True)]) + bias) for row, bias in zip(W, b, strict=True)
        ]
        output = sigmoid(sum([v * each for v, each in zip(V, h, strict=True)]) + c)
        total = total + (output - target) ** 2 / 2
    return total / len(X)


def as_matrices() -> Any:
    """The array program of `measure`."""
    n = NUMBERS
    weights, biases = [[n["w11"], n["w12"]], [n["w21"], n["w22"]]], [n["b1"], n["b2"]]
    sample = [[n["x1"], n["x2"]]], [n["t"]]
    return matrices(measure, weights, biases, [n["v1"], n["v2"]], n["c"], *sample, wrt=("W", "b", "V", "c"))


def main(path: str = "") -> None:
    """Print all four ways, and draw the network to a file if one is given."""
    loss = make_network()
    print("By hand, checked against the engine:")
    for link in check(loss, DELTAS | GRADIENTS).links:
        print(f"  ∂loss/∂{link.name} = {link.given}: {link.verdict}")
    print(f"\nBy layers:\n\n{backpropagation(loss).to_text(80)}")
    print(f"\nAs matrices:\n\n{as_matrices()}")
    if path:
        draw(loss).save(path)


if __name__ == "__main__":
    main(*sys.argv[1:2])
