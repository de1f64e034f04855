"""For the tests of people who add primitives: Hypothesis strategies, and a fixture for pytest.

The fixture `check_gradients` is there wherever this package is installed; it is
`assert_gradients`. The strategies need Hypothesis, the extra `testing`; nothing
of it is loaded before one of them is asked for.
"""

from ..registry import lazy_names as _lazy_names

_NAMES = {"strategies": "ARITIES Program graphs points programs random_program"}  # where the public names live
__all__, __getattr__, __dir__ = _lazy_names(__name__, _NAMES)
