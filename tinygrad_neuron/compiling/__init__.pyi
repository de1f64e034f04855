"""Recorded once, run fast: functions and graphs as straight-line code with their gradients.

Written by docs/stubs/make.py; a test compares it with what that writes.
"""

from tinygrad_neuron.compiling.native import NativeMissingError as NativeMissingError
from tinygrad_neuron.compiling.step import Step as Step
from tinygrad_neuron.compiling.step import compile as compile
from tinygrad_neuron.compiling.training import LoopError as LoopError

__all__ = [
    "NativeMissingError",
    "Step",
    "LoopError",
]
