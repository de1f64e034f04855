"""The heart compiled, plain, and micrograd: µs a node of what is recorded, differentiated and let go, as ratios.

Run it: `python tests/benchmarks/heart.py`. It compiles a wheel of this checkout into a folder of its own. The sides
take turns in processes of their own, each pays for its own garbage, and the collector is on.
"""

from __future__ import annotations

import gc
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
ROUNDS = 7
SIZES = (60, 2_000, 100_000)


def chain(value: Any, n: int) -> Any:
    """Tanh of a product and a sum, again and again."""
    x, w, b = value(0.3), value(0.7), value(0.1)
    for _ in range(n // 3):
        x = (x * w + b).tanh()
    return x


def products(value: Any, n: int) -> Any:
    """Products and sums alone."""
    x, w, b = value(0.3), value(0.7), value(0.1)
    for _ in range(n // 2):
        x = x * w + b
    return x


def network(value: Any, samples: int) -> Any:
    """An MLP 2-16-16-1 with plain operators, on some samples: 320 products for each."""
    draw = random.Random(1)
    sizes = (2, 16, 16, 1)
    layers = [
        [([value(draw.uniform(-1, 1)) for _ in range(n_in)], value(0.0)) for _ in range(n_out)]
        for n_in, n_out in pairwise(sizes)
    ]
    total = value(0.0)
    for _ in range(samples):
        xs: list[Any] = [value(draw.uniform(-1, 1)) for _ in range(2)]
        for k, layer in enumerate(layers):
            nets = [sum((w * x for w, x in zip(ws, xs, strict=True)), b) for ws, b in layer]
            xs = nets if k == len(layers) - 1 else [net.relu() for net in nets]
        total = total + (xs[0] - 1.0) ** 2
    return total


def measure(make: Callable[[Any, int], Any], value: Any, n: int, times: int) -> float:
    """The least µs a node of some repetitions."""
    found = []
    for _ in range(3):
        gc.collect()
        start = time.process_time()
        for _ in range(times):
            make(value, n).backward()
        found.append((time.process_time() - start) / times / n * 1e6)
    return min(found)


def run_here(side: str) -> dict[str, float]:
    """All figures of one side."""
    sys.setrecursionlimit(10**6)
    if side == "micrograd":
        from micrograd.engine import Value
    else:
        from tinygrad_neuron import Value, engine

        assert engine() == side, (engine(), side)
    found = {"network": measure(network, Value, 20, 3)}
    for make in (chain, products):
        for n in SIZES if side != "micrograd" else SIZES[:2]:
            if side != "micrograd" or make is products:
                found[f"{make.__name__} {n}"] = measure(make, Value, n, max(1, 6_000 // n))
    return found


def main() -> None:
    """Compile a wheel, and let the sides take turns."""
    folder = tempfile.mkdtemp()
    insists = {**os.environ, "TINYGRAD_NEURON_HEART": "compiled"}
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder, str(ROOT)]
    subprocess.run(install, check=True, env=insists)
    homes = {"compiled": folder, "plain": str(ROOT), "micrograd": str(ROOT)}
    runs: dict[str, list[dict[str, float]]] = {side: [] for side in homes}
    for _ in range(ROUNDS):
        for side, home in homes.items():
            command = [sys.executable, "-P", __file__, side]
            where = {**os.environ, "PYTHONPATH": home}
            done = subprocess.run(command, env=where, check=True, capture_output=True, text=True)
            runs[side].append(json.loads(done.stdout))
    for name in runs["plain"][0]:
        us = {side: statistics.median(run[name] for run in found) for side, found in runs.items() if name in found[0]}
        shown = ", ".join(f"{side} {each:.3f} µs" for side, each in us.items())
        times = [b[name] / a[name] for a, b in zip(runs["compiled"], runs["plain"], strict=True)]
        print(f"{name}: {shown}; compiled {statistics.median(times):.1f} times as fast as plain", end="")
        if "micrograd" in us:
            times = [b[name] / a[name] for a, b in zip(runs["compiled"], runs["micrograd"], strict=True)]
            print(f", {statistics.median(times):.1f} ({min(times):.1f} to {max(times):.1f}) times as micrograd", end="")
        print()


if __name__ == "__main__":
    if sys.argv[1:]:
        print(json.dumps(run_here(sys.argv[1])))
    else:
        main()
