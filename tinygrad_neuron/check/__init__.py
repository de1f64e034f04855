"""Checking a gradient against others: the faux gradient, figures derived by hand, and the table of a graph."""

from .explain import Row, explain
from .faux import faux_gradient

__all__ = ["Row", "explain", "faux_gradient"]
