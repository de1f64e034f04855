"""Writing a graph down: formulas, derivations, listings, source text, spreadsheets."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .derivation import Derivation, derive
    from .formula import formulas, names
    from .script import export

__all__ = ["Derivation", "derive", "export", "formulas", "names"]
# where each name lives; it is imported when it is asked for
_HOMES = {
    "Derivation": "derivation",
    "derive": "derivation",
    "formulas": "formula",
    "names": "formula",
    "export": "script",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = found
    return found
