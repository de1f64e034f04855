"""The time that hostile texts take to be read, and to be judged as formulas by hand: the slowest of each.

python tests/benchmarks/grammar.py --number 5000 --seed 1
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from formulas.test_grammar import ENTRIES, RUNS, mutate

from tinygrad_neuron import check, parse


def slowest(texts: Iterable[str], function: Callable[[str], object]) -> tuple[float, str]:
    """The longest time in milliseconds, and the text."""
    worst = (0.0, "")
    for text in texts:
        start = time.perf_counter()
        with suppress(ValueError):
            function(text)
        worst = max(worst, (1000 * (time.perf_counter() - start), text))
    return worst


def main() -> None:
    """Print the slowest."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--number", type=int, default=5000)
    options.add_argument("--seed", default="1")
    given = options.parse_args()
    chance, known = random.Random(given.seed), [entry["text"] for entry in ENTRIES]
    fuzzed = [mutate(chance, known) for _ in range(given.number)]
    runs = [each for run in RUNS for each in (run * (4000 // len(run)), "x" + run * (4000 // len(run)) + "x")]
    root = parse("y = tanh(w*x)", {"x": 0.4, "w": 0.5})
    for name, texts in {f"{given.number} fuzzed": fuzzed, "long runs of one piece": runs}.items():
        for what, function in {
            "read": lambda text: parse(text, {"x": 0.4, "w": 0.5}),
            "judged by hand": lambda text: check(root, {"w": text}),
        }.items():
            took, text = slowest(texts, function)
            print(f"{name}, {what}: the slowest takes {took:.1f} ms: {text[:40]!r}")


if __name__ == "__main__":
    main()
