"""Random piecewise programs with inputs on both sides of their conditions, and what eager gives there."""

from __future__ import annotations

import itertools
import math
import os
import random

from piecewise import draws, piecewise

from tinygrad_neuron import Value, compile
from tinygrad_neuron.formulas.listing import Listing
from tinygrad_neuron.graph import gradient

SEED = os.environ.get("TINYGRAD_NEURON_SEED", "")
COUNT = int(os.environ.get("TINYGRAD_NEURON_PROGRAMS", "300"))


def share(of):
    """A fraction of the sample; all programs of a large run."""
    return COUNT if COUNT > 300 else COUNT // of


class Case:
    """A program with inputs on both sides of its conditions, and eager's value and gradient at each."""

    def __init__(self, seed):
        self.program = piecewise(seed)
        self.recorded = {}
        self.inputs = draws(self.program, self.outcomes)
        self.expected = [self.eager(*self.recorded[xs][:2]) for xs in self.inputs]

    def graph(self, xs):
        leaves = [Value(x, label=f"x{k}") for k, x in enumerate(xs)]
        root, conditions = self.program.run(leaves)
        return root, leaves, conditions

    def outcomes(self, xs):
        self.recorded[xs] = self.graph(xs)
        return self.recorded[xs][2]

    def eager(self, root, leaves):
        root.zero_grad()
        root.backward()
        return [root.data, *(leaf.grad for leaf in leaves)]

    def both_sides(self):
        """The last input, and each at which a condition comes out as at none before."""
        seen: set[tuple[int, bool]] = set()
        for xs in self.inputs:
            outcomes = set(enumerate(map(bool, self.recorded[xs][2])))
            if xs == self.inputs[-1] or not outcomes <= seen:
                yield xs
            seen |= outcomes

    def compiled(self, target):
        return compile(self.function, wrt=tuple(range(self.program.width)), target=target)

    def function(self, *xs):
        return self.program.run(xs)[0]

    def listing(self, spelled):
        root, leaves, _ = self.recorded[self.inputs[0]]
        listing = Listing(spelled)
        ends = [root, *gradient(root, *leaves)]
        found = listing.record(ends, {leaf: listing.input(leaf.label) for leaf in leaves})
        listing.outputs = [found[each] for each in ends]
        return listing

    def judge(self, results, tolerance=1e-9):
        for xs, found, expected in zip(self.inputs, results, self.expected, strict=True):
            for a, b in zip(found, expected, strict=True):
                assert near(a, b, tolerance), (self.program, xs, list(found), expected)


def near(a, b, tolerance):
    if a == b or (math.isnan(a) and math.isnan(b)):
        return True
    return abs(a - b) <= tolerance * (1 + abs(b)) or (abs(a) > 1e300 and abs(b) > 1e300 and a * b > 0)


def made(count):
    """So many programs of a fresh seed, one after the other."""
    seed = int(SEED or random.SystemRandom().randrange(10**9))
    print(f"TINYGRAD_NEURON_SEED={seed} repeats this")
    yield from (Case(seed + k) for k in range(count))


def batches(count, size):
    """The same, so many at once."""
    cases = made(count)
    while batch := list(itertools.islice(cases, size)):
        yield batch


def flat(result):
    value, slopes = result
    return [value, *slopes]
