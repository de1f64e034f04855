"""For the tests of people who add primitives: Hypothesis strategies, and a fixture for pytest.

Written by docs/stubs/make.py; a test compares it with what that writes.
"""

from tinygrad_neuron.testing.strategies import ARITIES as ARITIES
from tinygrad_neuron.testing.strategies import Program as Program
from tinygrad_neuron.testing.strategies import graphs as graphs
from tinygrad_neuron.testing.strategies import points as points
from tinygrad_neuron.testing.strategies import programs as programs
from tinygrad_neuron.testing.strategies import random_program as random_program

__all__ = [
    "ARITIES",
    "Program",
    "graphs",
    "points",
    "programs",
    "random_program",
]
