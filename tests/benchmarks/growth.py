"""What questions about a graph cost, and how that grows: python tests/benchmarks/growth.py [nodes …]

Each time is a multiple of the graph's plain eager pass, recording and
backward(), in the same run: processor time, the garbage cleared before each
side. Beside it stand the walks, which visit the `Value`s, and the folds over
programs that were made of them. Graphs have three inputs: a long chain that
begins with them, one that takes two of them again in each link, and a wide sum.
A question is linear in the graph if its multiple stays: the last column is the
one at the most nodes it answers over the one at the fewest, at most about 2.
What would be of use to nobody at that size is refused beforehand.

Then the seconds of checking a neuron with as many weights as inputs, all leaves.
"""

from __future__ import annotations

import functools
import gc
import itertools
import operator
import pickle
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import tinygrad_neuron as tn
from tinygrad_neuron import Value, files, value, variables
from tinygrad_neuron.program import Program

SIZES = (1_000, 10_000, 100_000)
INPUTS = (40, 80, 160)
LINEAR = 2.0


# ---------------------------------------------------------------- graphs of about so many nodes
def chain(nodes: int) -> Value:
    """Links of four nodes each; the inputs stand at its beginning. Its gradient neither vanishes nor explodes."""
    x, w, b = variables(x=0.4, w=0.5, b=0.1)
    y = x * w + b
    for _ in range((nodes - 5) // 4):
        y = y - (y * 1e-5).sin()
    return y


def recurrent(nodes: int) -> Value:
    """The same with inputs in each link."""
    x, w, b = variables(x=0.4, w=1e-5, b=1e-6)
    y = x
    for _ in range((nodes - 3) // 4):
        y = y - (y * w + b).sin()
    return y


def wide(nodes: int) -> Value:
    """A sum of neurons with the same inputs."""
    x, w, b = variables(x=0.4, w=0.5, b=0.1)
    terms = [(x * w + b).tanh() * (1.0 + k % 7) for k in range((nodes - 4) // 5)]
    total: Value = tn.sum(terms)
    return total


GRAPHS = {"chain": chain, "recurrent": recurrent, "wide": wide}


# ---------------------------------------------------------------- questions
QUESTIONS: dict[str, Callable[[Value], Any]] = {
    "explain": tn.explain,
    "check": tn.check,
    "check, a figure by hand": lambda root: tn.check(root, {"x": 1.0}),
    "worksheet": tn.worksheet,
    "training_sheet, 3 attempts": lambda root: tn.training_sheet(root, ["w"], 0.1, 3),
    "derive": lambda root: tn.derive(root, "x").text,
    "export": tn.export,
    "save": lambda root: tn.save(Path(tempfile.gettempdir()) / "growth.json", root),
    "pickle of all nodes": lambda root: pickle.dumps(tn.topological_order(root)),
}


class Counts:
    """How often graphs are walked and programs folded."""

    def __init__(self) -> None:
        self.walks = self.folds = 0

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count while a question is answered."""

        def counting(function: Callable[..., Any], what: str) -> Callable[..., Any]:
            @functools.wraps(function)
            def call(*arguments: Any, **named: Any) -> Any:
                setattr(self, what, getattr(self, what) + 1)
                return function(*arguments, **named)

            return call

        places: list[tuple[Any, str, str]] = [(value, "walk", "walks"), (files, "walk", "walks")]
        places += [(Program, "forward", "folds"), (Program, "backward", "folds")]
        before = [getattr(home, name) for home, name, _ in places]
        for (home, name, what), function in zip(places, before, strict=True):
            setattr(home, name, counting(function, what))
        try:
            yield
        finally:
            for (home, name, _), function in zip(places, before, strict=True):
                setattr(home, name, function)


def seconds(run: Callable[[], Any], rounds: int = 1) -> float:
    """Of processor time, the least of some rounds; each begins without garbage."""
    found = []
    for _ in range(rounds):
        gc.collect()
        began = time.process_time()
        run()
        found.append(time.process_time() - began)
    return min(found)


def answered(root: Value, eager: float, question: Callable[[Value], Any], rounds: int) -> tuple[float | None, str]:
    """The multiple of the eager pass, and what to print; None and the refusal where there is one."""
    counts = Counts()
    try:
        with counts.counted():
            took = seconds(lambda: question(root))
    except ValueError as refusal:
        return None, str(refusal)
    if rounds > 1:
        took = min(took, seconds(lambda: question(root), rounds - 1))
    return took / eager, f"{took / eager:,.1f} × ({counts.walks:,} walks, {counts.folds} folds)"


def growth(name: str, sizes: Sequence[int], console: Console) -> None:
    """Print the table of one kind of graph."""
    found: dict[str, list[tuple[float | None, str]]] = {question: [] for question in QUESTIONS}
    headings = []
    for size in sizes:
        rounds = 3 if size < SIZES[-1] else 1
        eager = seconds(lambda size=size: GRAPHS[name](size).backward(), 5)  # type: ignore[misc]
        root = GRAPHS[name](size)
        root.backward()
        headings.append(f"{len(tn.topological_order(root)):,} nodes, {1000 * eager:,.2f} ms")
        for question, ask in QUESTIONS.items():
            found[question].append(answered(root, eager, ask, rounds))
        console.print(f"{name}: {headings[-1]}", style="dim")
    table = Table(name, *headings, "growth")
    for question, cells in found.items():
        multiples = [multiple for multiple, _ in cells if multiple is not None]
        grown = multiples[-1] / multiples[0] if len(multiples) > 1 else None
        verdict = "" if grown is None else f"{grown:.2f}" + ("" if grown <= LINEAR else ": more than linear")
        table.add_row(question, *("refused" if multiple is None else text for multiple, text in cells), verdict)
    console.print(table)
    for question, cells in found.items():
        for heading, (multiple, text) in zip(headings, cells, strict=True):
            if multiple is None:
                console.print(f"{question}, {heading.rpartition(',')[0]}: {text}", style="dim")


# ---------------------------------------------------------------- many inputs
def neuron(inputs: int, *, by_dot: bool) -> Value:
    """A neuron with its loss; inputs and weights are labelled leaves."""
    xs = [Value((k % 7 - 3) / 5 + 0.01, label=f"x{k}") for k in range(inputs)]
    ws = [Value((k % 5 - 2) * 2 / inputs + 0.01, label=f"w{k}") for k in range(inputs)]
    products = (w * x for w, x in zip(ws, xs, strict=True))
    net = tn.dot(ws, xs) if by_dot else functools.reduce(operator.add, products)
    loss: Value = ((net + Value(0.1, label="b")).tanh() - 0.5) ** 2 / 2
    return loss


def neurons(console: Console) -> None:
    """Print the seconds of checks."""
    table = Table("check of a neuron", *(f"{count} inputs" for count in INPUTS), "for twice the inputs")
    for by_dot in (True, False):
        found, walks = [], []
        for count in INPUTS:
            root, counts = neuron(count, by_dot=by_dot), Counts()
            with counts.counted():
                tn.check(root)
            walks.append(f"{counts.walks} walks, {counts.folds:,} folds")
            found.append(seconds(lambda root=root: tn.check(root), 3))  # type: ignore[misc]
        times = ", ".join(f"{after / before:.1f} times" for before, after in itertools.pairwise(found))
        cells = (f"{each:.3f} s ({count})" for each, count in zip(found, walks, strict=True))
        table.add_row("by dot" if by_dot else "by operators", *cells, times)
    console.print(table)


def main() -> None:
    """Measure and print the tables."""
    console = Console(width=None if sys.stdout.isatty() else 200)
    sizes = [int(each) for each in sys.argv[1:]] or SIZES
    neurons(console)
    for name in GRAPHS:
        growth(name, sizes, console)


if __name__ == "__main__":
    main()
