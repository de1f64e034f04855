"""The time to judge derivations by hand: made at random, and a class of 200.

python tests/benchmarks/derivations.py --number 200 --seed 1
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tutoring.handins import make

from tinygrad_neuron import check, grade, parse, topological_order

TEXT = "z1 = w1*x + b1; a1 = tanh(z1); z2 = w2*a1 + b2; y = sigmoid(z2); loss = (y - t)**2/2"
NUMBERS = {"x": 0.4, "w1": 0.5, "b1": 0.6, "w2": -0.7, "b2": 0.1, "t": 0.7}
SLOPES = {"y*(1 - y)": 0.5, "(1 - y)": 0.2, "(1 - y^2)": 0.15, "y": 0.1, "1": 0.05}


def milliseconds(function):
    """How long a call takes."""
    start = time.perf_counter()
    function()
    return 1000 * (time.perf_counter() - start)


def print_handins(number, seed):
    """Derivations at random, beside the graph's plain forward and backward pass."""
    times, ratios, nodes = [], [], []
    for handin in islice(make(seed), number):
        took = milliseconds(lambda handin=handin: check(handin.root, handin.links))
        plain = min(milliseconds(lambda handin=handin: handin.root.backward()) for _ in range(3))
        times.append(took)
        ratios.append(took / plain)
        nodes.append(len(topological_order(handin.root)))
    ordered = sorted(times)
    print(
        f"{number} hand-ins on {min(nodes)} to {max(nodes)} nodes: median {statistics.median(times):.0f} ms, ", end=""
    )
    print(f"19 of 20 below {ordered[int(0.95 * number)]:.0f} ms, longest {ordered[-1]:.0f} ms; ", end="")
    print(f"median {statistics.median(ratios):,.0f} plain backward passes")


def print_class(seed):
    """200 hand-ins of a class, each with slips of its own."""
    chance, handins = random.Random(seed), []
    for k in range(200):
        slope = chance.choices(list(SLOPES), SLOPES.values())[0]
        tanh = chance.choice(["(1 - a1^2)", "(1 - a1^2)", "(1 - a1)", "a1*(1 - a1)"])
        factor = chance.choice(["", "", "2*", "-"])
        z2 = f"{factor}(y - t)*{slope}"
        handins.append(
            {"learner": f"l{k}", "z2": z2, "a1": f"{z2}*w2", "z1": f"{z2}*w2*{tanh}", "w1": f"{z2}*w2*{tanh}*x"}
        )
    root = parse(TEXT, NUMBERS)
    took = milliseconds(lambda: grade(handins, root)) / 1000
    differing = len({tuple(each.values())[1:] for each in handins})
    print(f"a class of 200, {differing} of them different: {took:.1f} s")
    numbered = [{**each, "w1": f"{each['w1']} + 0*{k}"} for k, each in enumerate(handins)]
    print(f"a class of 200, all of them different: {milliseconds(lambda: grade(numbered, root)) / 1000:.1f} s")


def main():
    """Print the times."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--number", type=int, default=200)
    options.add_argument("--seed", default="1")
    given = options.parse_args()
    print_handins(given.number, given.seed)
    print_class(given.seed)


if __name__ == "__main__":
    main()
