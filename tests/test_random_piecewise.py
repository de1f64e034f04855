"""Random piecewise programs: what eager gives on both sides of every condition, all readings give.

A sample with a fresh seed, that is printed: TINYGRAD_NEURON_SEED repeats it, TINYGRAD_NEURON_PROGRAMS says how many
programs there are.
"""

from __future__ import annotations

import numpy as np
from piecewise_cases import COUNT, flat, made, share

from tinygrad_neuron.program import Program


def replayed(case):
    """Value and gradient at all inputs by the graph that was recorded at the first."""
    root, leaves, _ = case.recorded[case.inputs[0]]
    program = Program.of(root, *leaves)
    places = [program.places[leaf] for leaf in leaves]
    for xs in case.inputs:
        numbers = program.evaluate(dict(zip(places, xs, strict=True)))
        slopes = program.differentiate(program.partials_at(numbers))
        yield [numbers[program.roots[0]], *(slopes[place] for place in places)]


def test_replayed_compiled_to_python_and_over_arrays():
    for case in made(COUNT):
        case.judge(replayed(case), 0)
        step = case.compiled("python")
        case.judge([flat(step(*xs)) for xs in case.inputs], 1e-12)
        assert step.variants == 1, case.program  # no condition decided which branch is recorded
        columns = [np.array(column) for column in zip(*case.inputs, strict=True)]
        found = [np.broadcast_to(each, len(case.inputs)) for each in flat(case.compiled("array")(*columns))]
        case.judge(zip(*found, strict=True))


def test_native():
    for case in made(share(6)):
        step = case.compiled("native")
        case.judge([flat(step(*xs)) for xs in case.inputs], 1e-12)
