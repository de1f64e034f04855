"""Recorded once, run fast: functions and graphs as straight-line code with their gradients."""

from ..registry import lazy_names as _lazy_names

# where the public names live
_NAMES = {"native": "NativeMissingError", "recovered": "Matrices matrices", "step": "Step compile"}
__all__, __getattr__, __dir__ = _lazy_names(__name__, _NAMES)
