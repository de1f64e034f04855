"""Batch normalization written in scalars: its gradients by hand, step by step and in one formula, checked.

Run it: `python -m tinygrad_neuron.examples.normalization normalization.svg`
"""

from __future__ import annotations

import sys

from tinygrad_neuron import Value, check, draw, parse

BATCH = range(1, 5)
PARAMETERS = {"gamma": 0.8, "beta": 0.1}
NUMBERS = {"x1": 0.9, "x2": -0.4, "x3": 0.3, "x4": 1.6, "t1": 0.5, "t2": -1.0, "t3": 0.0, "t4": 1.0, **PARAMETERS}


def added(text: str) -> str:
    """A sum over the batch: # stands for the number of a sample."""
    return "(" + " + ".join(text.replace("#", str(k)) for k in BATCH) + ")"


def repeated(texts: dict[str, str]) -> dict[str, str]:
    """An entry for each sample where there is a #."""
    return {name.replace("#", str(k)): text.replace("#", str(k)) for name, text in texts.items() for k in BATCH}


FORWARD = repeated(
    {
        "mu": f"{added('x#')}/4",
        "d#": "x# - mu",
        "var": f"{added('d#^2')}/3",
        "inv": "(var + 0.00001)^(-1/2)",
        "h#": "d#*inv",
        "y#": "gamma*h# + beta",
        "loss": f"{added('(y# - t#)^2')}/2",
    }
)
STEPS = repeated(
    {
        "y#": "y# - t#",
        "beta": "y1.grad + y2.grad + y3.grad + y4.grad",
        "gamma": added("y#.grad*h#"),
        "h#": "y#.grad*gamma",
        "inv": added("h#.grad*d#"),
        "var": "inv.grad*(-inv^3/2)",
        "d#": "h#.grad*inv + var.grad*2*d#/3",
        "mu": "-(d1.grad + d2.grad + d3.grad + d4.grad)",
        "x#": "d#.grad + mu.grad/4",
    }
)
WHOLE = f"gamma*inv/4*(4*(y1 - t1) - {added('(y# - t#)')} - 4/3*h1*{added('(y# - t#)*h#')})"
SLIPS = {
    "mean and variance taken for constants": "gamma*inv*(y1 - t1)",
    "the variance taken for a constant": f"gamma*inv/4*(4*(y1 - t1) - {added('(y# - t#)')})",
    "a sign lost": f"gamma*inv/4*(4*(y1 - t1) - {added('(y# - t#)')} + 4/3*h1*{added('(y# - t#)*h#')})",
}


def make_batch() -> Value:
    """The loss of a batch of four that is normalized, scaled and shifted."""
    return parse("\n".join(f"{name} = {text}" for name, text in FORWARD.items()), NUMBERS)


def main(path: str = "") -> None:
    """Print the verdicts, and draw the graph to a file if one is given."""
    loss = make_batch()
    loss.backward()
    for link in check(loss, STEPS).links:
        print(f"∂loss/∂{link.name} = {link.given}: {link.verdict}")
    print(f"∂loss/∂x1 = {WHOLE}: {check(loss, {'x1': WHOLE}).links[0].verdict}")
    for slip, formula in SLIPS.items():
        print(f"{slip}: {check(loss, {'x1': formula}).links[0].words}")
    if path:
        draw(loss, width=1280).save(path)


if __name__ == "__main__":
    main(*sys.argv[1:2])
