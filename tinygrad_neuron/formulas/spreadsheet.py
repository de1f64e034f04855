"""The spreadsheet's spelling of the table: one formula language for Excel, LibreOffice and Google Sheets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..primitives import PRIMITIVES
from .dialects import PLAIN
from .formula import number
from .listing import LanguageError
from .symbol import NUMBERS, Symbol


def _logsumexp(*xs: str) -> str:
    largest = f"MAX({','.join(xs)})"
    return f"({largest}+LN({'+'.join(f'EXP({x}-{largest})' for x in xs)}))"


Spelling = Callable[..., str]
SPELLINGS: dict[str, Spelling] = {
    **{name: f"{name.upper()}({{}})".format for name in (*PLAIN, "abs", "sign", "log10", "erf", "erfc")},
    # everything in parentheses: -2^2 is 4 in a spreadsheet
    "add": "({}+{})".format,
    "sub": "({}-{})".format,
    "mul": "({}*{})".format,
    "div": "({}/{})".format,
    "pow": "POWER({},{})".format,
    "neg": "(-{})".format,
    "squared": "POWER({},2)".format,
    "identity": "{}".format,
    "log": "LN({})".format,
    "log2": "LOG({},2)".format,
    "exp2": "POWER(2,{})".format,
    "log1p": lambda x: f"(2*ATANH({x}/(2+{x})))",
    "expm1": lambda x: f"(2*SINH({x}/2)*EXP({x}/2))",
    "cbrt": lambda x: f"(SIGN({x})*POWER(ABS({x}),1/3))",
    "atan2": lambda a, b: f"ATAN2({b},{a})",
    "hypot": lambda a, b: f"SQRT({a}*{a}+{b}*{b})",
    "exp_difference": "EXP({}-{})".format,
    "gaussian": lambda x, k: f"EXP(-{k}*{x}*{x})",
    "gelu": lambda x: f"({x}*ERFC(-{x}*SQRT(0.5))/2)",
    "gelu_slope": lambda x: f"(ERFC(-{x}*SQRT(0.5))/2+{x}*EXP(-{x}*{x}/2)/SQRT(2*PI()))",
    "sech_squared": lambda x: f"(1/(COSH({x})*COSH({x})))",
    "floor": "INT({})".format,
    "less": "IF({}<{},1,0)".format,
    "less_equal": "IF({}<={},1,0)".format,
    "step": "IF({}>0,1,0)".format,
    "equal": "IF({}={},1,0)".format,
    "masked": "IF({}=0,0,{})".format,
    "nonnegative": lambda x: f"IF({x}<0,NA(),{x})",
    "where": "IF({}<>0,{},{})".format,
    "relu": "MAX({},0)".format,
    "clip": lambda x, low, high: f"MIN(MAX({x},{low}),{high})",
    "maximum": lambda *xs: f"MAX({','.join(xs)})",
    "minimum": lambda *xs: f"MIN({','.join(xs)})",
    "sum": lambda *xs: f"({'+'.join(xs)})",
    "logsumexp": _logsumexp,
}


def formula(expression: Any) -> str:
    """An expression of cells as a spreadsheet's formula, without the leading `=`.

    Args:
        expression: a Symbol whose names are cells, or a number.

    Raises:
        LanguageError: it uses a primitive that has no spreadsheet form.
    """
    if isinstance(expression, NUMBERS):
        figure = number(float(expression))
        return figure if expression >= 0 else f"({figure})"
    if expression.operands is None:
        return str(expression.head)
    spelling = SPELLINGS.get(expression.head)
    if spelling is None:
        return formula(_composed(expression))
    return spelling(*map(formula, expression.operands))


def _composed(expression: Symbol) -> Any:
    """What a primitive is composed of, by its own forward function."""
    try:
        return PRIMITIVES[expression.head].composed(*(expression.operands or ()))
    except (TypeError, AttributeError):
        reason = f"{expression.head} has no spreadsheet form: compose its forward function of functions of the table"
        raise LanguageError(reason) from None
