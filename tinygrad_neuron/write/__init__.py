"""Writing a graph down: formulas in text, derivations."""

from .derivation import Derivation, derive
from .formula import formulas, names

__all__ = ["Derivation", "derive", "formulas", "names"]
