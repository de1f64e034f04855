"""Writing a graph down: formulas in text."""

from .formula import formulas, names

__all__ = ["formulas", "names"]
