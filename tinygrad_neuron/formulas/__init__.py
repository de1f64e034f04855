"""Writing a graph down: formulas, derivations, listings, source text, spreadsheets."""

from ..registry import lazy_names as _lazy_names

# where the public names live
_NAMES = {
    "derivation": "Derivation derive",
    "expression": "parse",
    "grammar": "ExpressionError",
    "listing": "LanguageError",
    "neurons": "LayersError",
    "script": "export",
}
__all__, __getattr__, __dir__ = _lazy_names(__name__, _NAMES)
