"""For the tests of people who add primitives: Hypothesis strategies, and a fixture for pytest.

The fixture `check_gradients` is there wherever this package is installed; it is
`assert_gradients`. The strategies need Hypothesis, the extra `testing`.
"""

from .strategies import ARITIES, Program, graphs, points, programs, random_program

__all__ = ["ARITIES", "Program", "graphs", "points", "programs", "random_program"]
