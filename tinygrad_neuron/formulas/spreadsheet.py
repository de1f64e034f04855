"""The spreadsheet's spelling of the table: one formula language for Excel, LibreOffice and Google Sheets."""

from __future__ import annotations

import sys
from typing import Any

from ..primitives import PRIMITIVES
from .dialects import forms_of
from .formula import number
from .listing import LanguageError
from .symbol import NUMBERS, Symbol

LARGEST = sys.float_info.max
FORMS = forms_of("spreadsheet")
JOINED = {"sum": "+", "maximum": ",", "minimum": ","}  # how many operands become one


def _spelled(name: str, cells: list[str]) -> str:
    if name == "logsumexp":
        largest = f"MAX({','.join(cells)})"
        return f"({largest}+LN({'+'.join(f'EXP({x}-{largest})' for x in cells)}))"
    return FORMS[name].format(*([JOINED[name].join(cells)] if name in JOINED else cells))


def formula(expression: Any) -> str:
    """An expression of cells as a spreadsheet's formula, without the leading `=`.

    Args:
        expression: a Symbol whose names are cells, or a number.

    Raises:
        LanguageError: it uses a primitive that has no spreadsheet form.
    """
    if isinstance(expression, NUMBERS):
        if expression != expression:
            return "NA()"
        figure = number(max(-LARGEST, min(float(expression), LARGEST)))  # a sheet has no infinity
        return figure if expression >= 0 else f"({figure})"
    if expression.operands is None:
        return str(expression.head)
    if expression.head not in FORMS and expression.head != "logsumexp":
        return formula(_composed(expression))
    return _spelled(expression.head, list(map(formula, expression.operands)))


def _composed(expression: Symbol) -> Any:
    """What a primitive is composed of, by its own forward function."""
    try:
        return PRIMITIVES[expression.head].composed(*(expression.operands or ()))
    except (TypeError, AttributeError):
        reason = f"{expression.head} has no spreadsheet form: compose its forward function of functions of the table"
        raise LanguageError(reason) from None
