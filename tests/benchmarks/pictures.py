"""How long pictures take, and how large they are, by the graph: python tests/benchmarks/pictures.py

For each graph the best of three: all of `draw(root).svg()`, and as a multiple
of the graph's own forward and backward pass. Then what each view of the large
ones says: how many boxes, or that it is refused.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table

from tinygrad_neuron import Value, draw, page, replay
from tinygrad_neuron.nn import MLP
from tinygrad_neuron.program import Program

VIEWS = (None, "stages", "operations", "network", "nearest")


def neuron() -> Value:
    """A tanh neuron and its loss."""
    x, w, b = Value(0.4, label="x"), Value(0.5, label="w", parameter=True), Value(0.6, label="b", parameter=True)
    y = (x * w + b).tanh()
    y.label = "y"
    return (y - 0.7) ** 2


def network(sizes: list[int], samples: int = 1) -> Value:
    """The summed loss of a network over some samples."""
    chance = random.Random(1)
    model = MLP(sizes, seed=chance)
    losses = [(model([chance.random() for _ in range(sizes[0])])[0] - 1.0) ** 2 for _ in range(samples)]
    total: Value = sum(losses[1:], losses[0])
    return total


def recurrence(n_steps: int) -> Value:
    """A recurrent neuron after some steps."""
    w_x, w_h, h = (Value(number, label=name) for number, name in ((0.7, "w_x"), (-0.4, "w_h"), (0.0, "h0")))
    for k in range(1, n_steps + 1):
        h = (w_x * Value(k % 3, label=f"x{k}") + w_h * h).tanh()
        h.label = f"h{k}"
    return h


def chain(length: int) -> Value:
    """A long graph without names or scopes."""
    y = x = Value(1.0, label="x")
    for _ in range(length // 2):
        y = (y + x).sin()
    return y


GRAPHS: dict[str, Callable[[], Value]] = {
    "neuron": neuron,
    "2-4-4-1": lambda: network([2, 4, 4, 1]),
    "2-16-16-1": lambda: network([2, 16, 16, 1]),
    "2-64-64-1": lambda: network([2, 64, 64, 1]),
    "2-16-16-1, 15 samples": lambda: network([2, 16, 16, 1], 15),
    "500 recurrent steps": lambda: recurrence(500),
    "20,000 recurrent steps": lambda: recurrence(20_000),
    "100,000 nodes in a chain": lambda: chain(100_000),
}


def best(action: Callable[[], Any], n: int = 3) -> float:
    """The least seconds of some runs."""
    seconds = []
    for _ in range(n):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def attempt(action: Callable[[], Any]) -> tuple[str, float]:
    """What it says, and how many seconds it took."""
    start = time.perf_counter()
    try:
        said = str(action())
    except ValueError as error:
        said = f"refused: {error}"
    return said[:100], time.perf_counter() - start


def passes(root: Value) -> None:
    """The graph computed again, forward and backward."""
    leaf = next(node for node in Program.of(root).nodes if node.is_leaf)
    replay(root, {leaf: leaf.data})
    root.backward()


def main() -> None:
    """Measure and print the tables."""
    table = Table("graph", "nodes", "view", "boxes", "SVG kB", "ms", "times its passes")
    views = Table("graph", "asked for", "answer", "s")
    slowest = 0.0
    for name, make in GRAPHS.items():
        root = make()
        root.backward()
        picture = draw(root)
        seconds, own = best(lambda root=root: draw(root).svg()), best(lambda root=root: passes(root))
        size, shown = len(picture.svg()) / 1000, picture.arranged.view
        figures = [f"{size:.0f}", f"{1e3 * seconds:.0f}", f"{seconds / own:.1f}"]
        table.add_row(name, f"{len(Program.of(root)):,}", shown.name, str(len(shown.boxes)), *figures)
        if len(Program.of(root)) > 1000:
            asked = [(view or "draw", lambda root=root, view=view: _drawn(root, view)) for view in VIEWS]
            for what, action in [*asked, ("page", lambda root=root: page(root))]:
                said, took = attempt(action)
                slowest = max(slowest, took)
                views.add_row(name, what, said, f"{took:.2f}")
    huge = chain(1_000_000)
    said, took = attempt(lambda: draw(huge))
    views.add_row("a million nodes in a chain", "draw", said, f"{took:.2f}")
    Console(width=160).print(table, views, f"slowest answer: {slowest:.2f} s")


def _drawn(root: Value, view: str | None) -> str:
    picture = draw(root, view=view)
    picture.svg()
    return f"{picture.arranged.view.name}, {len(picture.arranged.view.boxes)} boxes, {picture.arranged.shape}"


if __name__ == "__main__":
    main()
