"""For the tests of people who add primitives: Hypothesis strategies, and a fixture for pytest.

The fixture `check_gradients` is there wherever this package is installed; it is
`assert_gradients`. The strategies need Hypothesis, the extra `testing`; nothing
of it is loaded before one of them is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..registry import lazy_names

if TYPE_CHECKING:
    from ..program import Program
    from .strategies import ARITIES, graphs, points, programs, random_program

__all__ = ["ARITIES", "Program", "graphs", "points", "programs", "random_program"]
_, __getattr__, __dir__ = lazy_names(__name__, {"strategies": " ".join(__all__)})
