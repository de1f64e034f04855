"""Flows that a condition made zero, and conditions at the edges: what has to be the same in every target."""

from __future__ import annotations

import math

from tinygrad_neuron import (
    Value,
    grad,
    gradient,
    ops,
)
from tinygrad_neuron.formulas.listing import Listing

inf, nan = math.inf, math.nan


def same(a, b):
    return a == b or (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=1e-12)


DEAD = {
    "relu(-sqrt(x))": (lambda x: ops.relu(-ops.sqrt(x)), (0.0,), 0.0, (0.0,)),
    "clip(sqrt(x), 1, 2)": (lambda x: ops.clip(ops.sqrt(x), 1.0, 2.0), (0.0,), 1.0, (0.0,)),
    "maximum(sqrt(x), 1)": (lambda x: ops.maximum(ops.sqrt(x), 1.0), (0.0,), 1.0, (0.0,)),
    "minimum(log(x), -1)": (lambda x: ops.minimum(-ops.sqrt(x), -1.0), (0.0,), -1.0, (0.0,)),
    "relu(-sqrt(x*y)*w)": (lambda x, y, w: ops.relu(-ops.sqrt(x * y) * w), (0.0, 2.0, 3.0), 0.0, (0.0, 0.0, 0.0)),
    "tanh(relu(-sqrt(x)*3))*y + y": (
        lambda x, y: ops.tanh(ops.relu(-ops.sqrt(x) * 3)) * y + y,
        (0.0, 2.0),
        2.0,
        (0.0, 1.0),
    ),
    "where(x > 0, sqrt(x)*y, y)": (lambda x, y: ops.where(x > 0, ops.sqrt(x) * y, y), (0.0, 2.0), 2.0, (0.0, 1.0)),
    "masked(x, sqrt(x))": (lambda x: ops.masked(x, ops.sqrt(x)), (0.0,), 0.0, (0.0,)),
    "clip crossed": (ops.clip, (0.5, 2.0, 1.0), 1.0, (0.0, 0.0, 1.0)),
    "clip to a point": (ops.clip, (1.0, 1.0, 1.0), 1.0, (0.0, 0.0, 1.0)),
    "clip at nan": (lambda x: ops.clip(x, nan, 1.0), (0.5,), nan, (nan,)),
    "clip below nan": (lambda x: ops.clip(x, 0.0, nan), (0.5,), nan, (nan,)),
    # a plain 0 is not dead
    "0*sqrt(x)": (lambda x: 0.0 * ops.sqrt(x), (0.0,), 0.0, (nan,)),
    "-0*sqrt(x)": (lambda x: -0.0 * ops.sqrt(x), (0.0,), 0.0, (nan,)),
    "sqrt(x)*y": (lambda x, y: ops.sqrt(x) * y, (0.0, -0.0), 0.0, (nan, 0.0)),
    "sqrt(x*x)": (lambda x: ops.sqrt(x * x), (0.0,), 0.0, (nan,)),
    # alive and dead flows meet
    "relu(-sqrt(x)) + x": (lambda x: ops.relu(-ops.sqrt(x)) + x, (0.0,), 0.0, (1.0,)),
    "relu(-s) + s of s = sqrt(x)": (lambda x: (s := ops.sqrt(x)) + ops.relu(-s), (0.0,), 0.0, (inf,)),
}


# each composition of less and where, at the edges
COMPOSED = ("step", "sign", "relu", "nonnegative", "abs")
COMPOSED_OF_TWO = ("less", "less_equal", "equal", "masked", "maximum", "minimum")
EDGES = (nan, 0.0, -0.0, inf, -inf, 1.0, -1.0)


class Ends:
    """A function at a point, its listing, and what eager gives."""

    def __init__(self, function, point):
        self.leaves = [Value(x, label=f"x{k}") for k, x in enumerate(point)]
        self.root = function(*self.leaves)
        self.root.backward()
        self.expected = [self.root.data, *(leaf.grad for leaf in self.leaves)]

    def listing(self, spelled):
        listing = Listing(spelled)
        ends = [self.root, *gradient(self.root, *self.leaves)]
        found = listing.record(ends, {leaf: listing.input(leaf.label) for leaf in self.leaves})
        listing.outputs = [found[each] for each in ends]
        return listing


def everything():
    """All that has to be the same in every target."""
    made = [Ends(function, point) for function, point, _, _ in DEAD.values()]
    for name in COMPOSED:
        made += [Ends(getattr(ops, name), (x,)) for x in EDGES]
    for name in COMPOSED_OF_TWO:
        made += [Ends(getattr(ops, name), (a, b)) for a in EDGES for b in EDGES]
    return made


def judged(made, results):
    for ends, found in zip(made, results, strict=True):
        assert all(map(same, found, ends.expected)), (ends.root.primitive, ends.leaves, found, ends.expected)


def nth(function, order):
    for _ in range(order):
        function = grad(function)
    return function
