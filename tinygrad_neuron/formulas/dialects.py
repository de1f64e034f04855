"""The languages that listings are written in: only what each spells unusually."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from .listing import Dialect

PLAIN = ("exp", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh")
LOGARITHMS = ("expm1", "log", "log1p", "log2", "log10")
LIBRARY = (*PLAIN, *LOGARITHMS, "exp2", "cbrt", "erf", "erfc")  # of C's, of one argument
BINARY = ("pow", "atan2", "hypot")  # of two


def calls(form: str, names: Iterable[str]) -> dict[str, str]:
    """The forms of functions that differ in their name alone.

    Args:
        form: a template of its operands, with `name` for the name.
        names: of the functions.
    """
    return {name: form.replace("name", name) for name in names}


def comparisons(form: str) -> dict[str, str]:
    """The forms of `less` and `less_equal`.

    Args:
        form: a template of its operands, with `<` for the operator.
    """
    return {"less": form, "less_equal": form.replace("<", "<=")}


C_LIBRARY = calls("name({0})", (*LIBRARY, "floor")) | calls("name({0}, {1})", BINARY) | {"abs": "fabs({0})"}


def _number(number: float, nan: str, infinity: str, below: str) -> str:
    """A number as Python writes it, but for what is none or has no end."""
    if math.isfinite(number):
        return repr(float(number))
    return nan if number != number else infinity if number > 0 else below


# ---------------------------------------------------------------- Python
def python_number(number: float) -> str:
    """A number as Python reads it back; nan and infinity by their names."""
    return repr(float(number))


PYTHON = Dialect(
    "python",
    C_LIBRARY | comparisons("(1.0 if {0} < {1} else 0.0)") | {"where": "({1} if {0} else {2})"},  # math's functions
    python_number,
    "not ({})",
)


# ---------------------------------------------------------------- C, Rust, JavaScript
def c_number(number: float) -> str:
    """A number of C."""
    return _number(number, "NAN", "INFINITY", "-INFINITY")


C = Dialect(
    "c",
    C_LIBRARY | comparisons("(double)({0} < {1})") | {"where": "({0} != 0.0 ? {1} : {2})"},
    c_number,
    letters=re.ASCII,
)


def rust_number(number: float) -> str:
    """A number of Rust."""
    written = _number(number, "f64::NAN", "f64::INFINITY", "f64::NEG_INFINITY")
    return f"{written}_f64" if math.isfinite(number) else written


RUST_METHODS = ("exp", "exp2", "log2", "log10", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "floor", "abs")
RUST_LIBRARY = ("expm1", "log1p", "cbrt", "erf", "erfc", "asinh", "acosh", "atanh", "tanh", "sinh", "cosh")
RUST = Dialect(
    "rust",
    {
        **calls("({0}).name()", RUST_METHODS),
        **calls("unsafe {{ name({0}) }}", RUST_LIBRARY),
        **calls("({0}).name({1})", ("atan2", "hypot")),
        **comparisons("(({0} < {1}) as u8 as f64)"),
        "where": "(if {0} != 0.0 {{ {1} }} else {{ {2} }})",
        "log": "({0}).ln()",
        "pow": "({0}).powf({1})",
    },
    rust_number,
    letters=re.ASCII,
)


def javascript_number(number: float) -> str:
    """A number of JavaScript."""
    return _number(number, "NaN", "Infinity", "-Infinity").removesuffix(".0")


JAVASCRIPT = Dialect(
    "javascript",
    {
        **calls("Math.name({0})", (*PLAIN, *LOGARITHMS, "cbrt", "floor", "abs")),
        **calls("Math.name({0}, {1})", ("atan2", "hypot")),
        **calls("name_({0})", ("erf", "erfc")),
        **comparisons("({0} < {1} ? 1 : 0)"),
        "where": "({0} !== 0 ? {1} : {2})",
        "exp2": "Math.pow(2, {0})",
        "pow": "pow_({0}, {1})",
    },
    javascript_number,
)


# ---------------------------------------------------------------- arrays
def array_number(number: float) -> str:
    """A number beside arrays."""
    return repr(float(number)) if math.isfinite(number) else f"float('{number}')"


ARRAY = Dialect(
    "array",
    {
        **calls("xp.name({0})", (*PLAIN, *LOGARITHMS, "floor", "abs")),
        **calls("xp.name({0}, {1})", ("atan2", "hypot")),
        **calls("name({0})", ("cbrt", "erf", "erfc")),
        **calls("name({0}, {1})", ("less", "less_equal")),
        "exp2": "2.0 ** ({0})",
        "pow": "power({0}, {1})",
        "where": "where({0}, {1}, {2})",
    },
    array_number,
    "~({})",
)
