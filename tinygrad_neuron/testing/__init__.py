"""For the tests of people who add primitives: Hypothesis strategies, and a fixture for pytest.

The fixture `check_gradients` is there wherever this package is installed; it is
`assert_gradients`. The strategies need Hypothesis, the extra `testing`; nothing
of it is loaded before one of them is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import lazily

if TYPE_CHECKING:
    from .strategies import ARITIES, Program, graphs, points, programs, random_program

__all__ = ["ARITIES", "Program", "graphs", "points", "programs", "random_program"]

__getattr__ = lazily(__name__, dict.fromkeys(__all__, "strategies"))
