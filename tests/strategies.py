"""The strategies of the package, and the functions that the tests wire up."""

from __future__ import annotations

from cases import Case
from hypothesis import settings
from hypothesis import strategies as st

from tinygrad_neuron.testing import ARITIES, Program, programs, random_program
from tinygrad_neuron.testing import points as _points

__all__ = ["BENDING", "SMOOTH", "WILD", "Program", "examples", "points", "programs", "random_program"]

BENDING = {name: ARITIES[name] for name in ("relu", "abs", "gelu", "erf", "add", "sub", "mul", "hypot", "atan2")}
SMOOTH = {name: arity for name, arity in ARITIES.items() if name not in BENDING}
WILD = {
    "div": 2,
    "pow": 2,
    "exp": 1,
    "expm1": 1,
    "log": 1,
    "log1p": 1,
    "log2": 1,
    "sqrt": 1,
    "cbrt": 1,
    "asin": 1,
    "acosh": 1,
    "atanh": 1,
    "sinh": 1,
    "tan": 1,
    "floor": 1,
    "sign": 1,
    "step": 1,
    "elu": 1,
    "leaky_relu": 1,
    "clip": 1,
    "maximum": 3,
    "minimum": 2,
    "logsumexp": 3,
    "mean": 3,
    "sum": 3,
    "equal": 2,
    "masked": 2,
    "nonnegative": 1,
    "sech_squared": 1,
}


def examples(count: int) -> settings:
    """So many examples of a test; in the nightly profile as many times more as that has more than 100."""
    return settings(max_examples=count * settings.default.max_examples // 100)


def points(case: Case, count: int = 1) -> st.SearchStrategy[list[tuple[float, ...]]]:
    """Points of a primitive's domain, clear of its kinks."""
    return st.lists(_points(*case.domains, clear=case.clear), min_size=count, max_size=count)
