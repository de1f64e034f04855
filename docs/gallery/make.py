"""Make the pages of the gallery anew: `python docs/gallery/make.py [folder]`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "pictures"))

from make import celsius, computed, gradients, network, slope, training

from tinygrad_neuron import page
from tinygrad_neuron.paging.document import Page

FOLDER = Path(__file__).parent


def pages() -> dict[str, Page]:
    """All pages, by the name of their file."""
    logistic = computed(
        "net = w*x + b; y = sigmoid(net); loss = (y - t)**2", {"x": 1.5, "t": 1.0}, {"w": 0.4, "b": -0.2}
    )
    return {
        "gradients": page(gradients(), title="One tanh neuron", step=0),
        "training": page(training(0.5, 0.5), title="One tanh neuron in training"),
        "celsius": page(celsius(), title="A thermometer"),
        "slope": page(slope(), title="One sample, absolute error"),
        "quiz": page(logistic, title="Derive these gradients by hand", quiz=True),
        "mlp-2-4-1": page(network([2, 4, 1]), title="A network 2-4-1"),
        "mlp-2-8-8-1": page(network([2, 8, 8, 1]), title="A network 2-8-8-1"),
    }


def main(folder: Path = FOLDER) -> None:
    """Write them all."""
    for name, made in pages().items():
        made.save(folder / f"{name}.html")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
