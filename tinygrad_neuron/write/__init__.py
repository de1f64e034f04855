"""Writing a graph down: formulas, derivations, listings, source text, spreadsheets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import lazily

if TYPE_CHECKING:
    from .derivation import Derivation, derive, local_derivatives
    from .formula import formulas, names
    from .script import export

__all__ = ["Derivation", "derive", "export", "formulas", "local_derivatives", "names"]
# where each name lives; it is imported when it is asked for
_HOMES = {
    "Derivation": "derivation",
    "derive": "derivation",
    "local_derivatives": "derivation",
    "formulas": "formula",
    "names": "formula",
    "export": "script",
}


__getattr__ = lazily(__name__, _HOMES)
