"""Checking a gradient against others: the faux gradient, and the table that explains a graph."""

from .explain import Row, explain
from .faux import faux_gradient

__all__ = ["Row", "explain", "faux_gradient"]
