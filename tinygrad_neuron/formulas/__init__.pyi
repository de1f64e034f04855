"""Writing a graph down: formulas, derivations, listings, source text, spreadsheets.

Written by docs/stubs/make.py; a test compares it with what that writes.
"""

from .derivation import Derivation as Derivation
from .derivation import derive as derive
from .expression import ExpressionError as ExpressionError
from .expression import parse as parse
from .listing import SpellingError as SpellingError
from .script import export as export

__all__ = [
    "Derivation",
    "derive",
    "ExpressionError",
    "parse",
    "SpellingError",
    "export",
]
