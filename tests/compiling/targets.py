"""Random graphs that every target is compiled for, and how its numbers are judged."""

from __future__ import annotations

import math
import os
import random
import struct

import numpy as np

from tinygrad_neuron import Value
from tinygrad_neuron.compiling import trace as tracing
from tinygrad_neuron.compiling.array import functions_of
from tinygrad_neuron.compiling.array import source_of as array_source
from tinygrad_neuron.formulas.dialects import ARRAY, dialect_of
from tinygrad_neuron.formulas.listing import Listing
from tinygrad_neuron.formulas.source import helpers_of, source_of
from tinygrad_neuron.graph import gradient
from tinygrad_neuron.primitives import FUNCTIONS
from tinygrad_neuron.testing import ARITIES, random_program
from tinygrad_neuron.value import topological_order

WILD = {
    **dict.fromkeys(("exp", "expm1", "exp2", "log", "log1p", "log2", "log10", "sqrt", "cbrt", "asin", "acos"), 1),
    **dict.fromkeys(("acosh", "atanh", "sinh", "cosh", "tan", "floor", "sign", "step", "elu", "erfc"), 1),
    **dict.fromkeys(("leaky_relu", "clip", "nonnegative", "sech_squared", "softplus", "mul"), 1),
    **dict.fromkeys(("div", "pow", "equal", "masked", "minimum", "mul", "add"), 2),
    **dict.fromkeys(("maximum", "logsumexp", "mean", "sum"), 3),
}
NUMBERS = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.0, 1e-3, 40.0, 700.0, 1e10, 0.3, -0.7, 1.7]
COUNT = int(os.environ.get("TINYGRAD_NEURON_PROGRAMS", "300"))


class Case:
    """A graph, its gradient, and all their nodes."""

    def __init__(self, seed):
        chance = random.Random(seed)
        arities = ARITIES if seed % 2 else {**ARITIES, **WILD}
        numbers = [chance.uniform(-3, 3) for _ in range(4)] if seed % 2 else NUMBERS
        program = random_program(chance, numbers, arities, longest=12)
        self.leaves = [Value(x, label=f"x{k}") for k, x in enumerate(program.inputs)]
        root = program.run(self.leaves, FUNCTIONS.__getitem__)[-1]
        slopes = [] if root.is_constant else gradient(root, *self.leaves)
        self.nodes = [each for each in topological_order(root, *slopes) if each.primitive]
        self.ends = [root, *slopes]

    def listing(self, spelled):
        """Everything is an output, so that each operation can be judged by its own operands."""
        listing = Listing(spelled)
        places = {leaf: listing.input(leaf.label) for leaf in self.leaves}
        found = listing.record(self.ends, places)
        listing.outputs = [found[node] for node in self.nodes]
        return listing

    def judge(self, outputs, bounds=None):
        """Each node's number against eager's of the target's own operands."""
        found = {leaf: leaf.data for leaf in self.leaves} | dict(zip(self.nodes, outputs, strict=True))
        for node in self.nodes:
            operands = [found.get(each, each.data) for each in node.operands]
            expected = node.primitive.evaluate(*operands)
            limit = (bounds or {}).get(node.primitive.name, 4)
            assert near(found[node], expected, limit), (node.primitive.name, operands, found[node], expected)


def near(found, expected, ulps):
    if found == expected or (math.isnan(found) and math.isnan(expected)):
        return True
    if not (math.isfinite(found) and math.isfinite(expected)):
        return abs(found) > 1.79e308 and abs(expected) > 1.79e308 and found * expected > 0  # rounded over the edge
    return abs(found - expected) <= ulps * max(math.ulp(expected), 5e-324)


# composed ones are judged as one operation: several roundings, and what they cancel
# gelu_slope has a root, near which nothing but the last digits is left
COMPOSED = {
    "gelu": 16,
    "gelu_slope": 2000,
    "cbrt_slope": 8,
    "logsumexp": 64,
    "elu": 8,
    "mean": 8,
    "silu": 8,
    "softplus": 8,
    "sigmoid": 8,
}


def hexadecimal(numbers):
    return [struct.unpack(">d", bytes.fromhex(each))[0] for each in numbers]


def c_literal(number):
    return float(number).hex()


def bodies(cases, language):
    """All functions, and the helpers once."""
    texts = [source_of(case.listing(dialect_of(language).spelled), language, f"f{k}") for k, case in enumerate(cases)]
    helpers = helpers_of(language)
    return helpers + "\n" + "\n".join(text.removeprefix(helpers) for text in texts)


def judged(lines, cases, bounds):
    assert len(lines) == len(cases)
    for line, case in zip(lines, cases, strict=True):
        case.judge(hexadecimal(line.split()), bounds)


# vectorized libraries trade the last digits for speed
VECTORIZED = {
    **COMPOSED,
    **dict.fromkeys(("pow", "exp2", "tan", "sinh", "cosh", "cbrt", "erfc", "erf", "log2"), 32),
    "gelu": 200,
}


def judged_as_arrays(cases, xp, bounds):
    """Each case over an array of two rows, of which the first is judged."""
    names = functions_of(xp)
    for case in cases:
        listing = case.listing(ARRAY.spelled)
        code = tracing.Code(listing, tracing.Trace([], case.leaves, [*case.nodes], [], {}), None, len(case.nodes))
        exec(array_source(code, "f"), names)
        with np.errstate(all="ignore"):
            given = [xp.asarray([leaf.data, 0.25], dtype=xp.float64) for leaf in case.leaves]
            outputs, _ = names["f"](*given)
        case.judge([float(each[0]) if getattr(each, "ndim", 0) else float(each) for each in outputs], bounds)
