"""Recorded once, run fast: functions and graphs as straight-line code with their gradients.

Written by docs/stubs/make.py; a test compares it with what that writes.
"""

from .native import NativeMissingError as NativeMissingError
from .step import Step as Step
from .step import compile as compile
from .training import LoopError as LoopError

__all__ = [
    "NativeMissingError",
    "Step",
    "LoopError",
]
