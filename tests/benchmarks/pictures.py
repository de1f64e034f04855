"""How long pictures take, by the size of the graph: python tests/benchmarks/pictures.py

For each size the best of three: the picture model with its folding, the SVG by
Graphviz, and how many boxes are left. Then the same edges with their labels in
the middle and at the arrows' heads, unfolded, as a ratio side by side.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table

from tinygrad_neuron import Value, draw
from tinygrad_neuron.drawing import dot
from tinygrad_neuron.drawing.render import render
from tinygrad_neuron.nn import MLP

NETWORKS = {
    "neuron": ([2, 1], 1),
    "2-4-4-1": ([2, 4, 4, 1], 1),
    "2-16-16-1": ([2, 16, 16, 1], 1),
    "2-16-16-1, 15 samples": ([2, 16, 16, 1], 15),
}


def loss(sizes: list[int], samples: int) -> Value:
    """The summed loss of a network over some samples, with its gradients."""
    chance = random.Random(1)
    model = MLP(sizes, seed=chance)
    total: Value = sum((model([chance.random(), chance.random()])[0] - 1.0) ** 2 for _ in range(samples))  # type: ignore[assignment]
    total.backward()
    return total


def best(action: Callable[[], Any]) -> float:
    """The least seconds of three runs."""
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def main() -> None:
    """Measure and print the tables."""
    table = Table("graph", "nodes", "boxes", "model ms", "SVG ms")
    ratios = Table("unfolded", "nodes", "labels in the middle s", "at the heads s", "ratio")
    for name, (sizes, samples) in NETWORKS.items():
        root = loss(sizes, samples)
        whole = draw(root, max_nodes=10**9).model
        picture = draw(root)
        model, svg = best(lambda root=root: draw(root)), best(picture.svg)
        table.add_row(
            name, f"{len(whole.boxes):,}", str(len(picture.model.boxes)), f"{1e3 * model:.0f}", f"{1e3 * svg:.0f}"
        )
        if 50 < len(whole.boxes) < 2000:
            seconds = []
            for dot.MANY_EDGES in (10**9, 0):
                source = dot.digraph(whole).source
                seconds.append(best(lambda source=source: render(source, "svg")))
            dot.MANY_EDGES = 60
            figures = [f"{each:.2f}" for each in (*seconds, seconds[0] / seconds[1])]
            ratios.add_row(name, f"{len(whole.boxes):,}", *figures)
    Console().print(table, ratios)


if __name__ == "__main__":
    main()
