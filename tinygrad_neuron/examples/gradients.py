"""One tanh neuron and its loss: gradients by the engine, by nudging, and by hand.

Run it: `python -m tinygrad_neuron.examples.gradients neuron.svg`
"""

from __future__ import annotations

import sys

from tinygrad_neuron import Value, check, draw, explain, parse

FORMULA = "net = input*weight + bias; output = tanh(net); error = output - target; loss = error**2/2"
BY_HAND: dict[Value | str, str] = {"weight": "error*(1 - output**2)*input", "bias": "error*(1 - output**2)"}


def make_neuron() -> Value:
    """The loss, with the gradients of all it was computed from."""
    weight, bias = (Value(number, label=name, parameter=True) for name, number in (("weight", 0.5), ("bias", 0.6)))
    loss = parse(FORMULA, {"input": 0.4, "target": 0.7, "weight": weight, "bias": bias})
    loss.backward()
    return loss


def main(path: str = "") -> None:
    """Print the figures, and draw the graph to a file if one is given."""
    loss = make_neuron()
    print(f"{FORMULA}\nwith input = 0.4, weight = 0.5, bias = 0.6, target = 0.7\n")
    explain(loss).print()
    print("By hand, with (1 - output**2) for the slope of tanh:")
    result = check(loss, dict(BY_HAND))
    for row in result.rows:
        if row.hand is not None:
            print(f"  ∂loss/∂{row.name} = {BY_HAND[row.name]} = {row.hand!r}: {row.verdict}")
    if path:
        draw(loss, title="One tanh neuron and its loss").save(path)


if __name__ == "__main__":
    main(*sys.argv[1:2])
