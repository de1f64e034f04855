"""The languages that listings are written in: only what each spells unusually."""

from __future__ import annotations

import math

from .listing import Dialect

PLAIN = ("exp", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh")
LIBRARY = (*PLAIN, "expm1", "exp2", "log", "log1p", "log2", "log10", "cbrt", "erf", "erfc")  # of C's, of one argument


def _functions(prefix: str, names: tuple[str, ...]) -> dict[str, str]:
    return {name: f"{prefix}{name}({{0}})" for name in names}


# ---------------------------------------------------------------- Python
def python_number(number: float) -> str:
    """A number as Python reads it back; nan and infinity by their names."""
    return repr(float(number)) if math.isfinite(number) else str(number).replace("-inf", "-inf")


PYTHON = Dialect(
    "python",
    {
        **_functions("", LIBRARY),
        "pow": "pow({0}, {1})",  # math's, which returns floats
        "atan2": "atan2({0}, {1})",
        "hypot": "hypot({0}, {1})",
        "abs": "fabs({0})",
        "floor": "floor({0})",
        "less": "(1.0 if {0} < {1} else 0.0)",
        "less_equal": "(1.0 if {0} <= {1} else 0.0)",
        "where": "({1} if {0} else {2})",
    },
    python_number,
    "not ({})",
)


# ---------------------------------------------------------------- C, Rust, JavaScript
def c_number(number: float) -> str:
    """A number of C."""
    if math.isfinite(number):
        return repr(float(number))
    return "NAN" if number != number else "INFINITY" if number > 0 else "-INFINITY"


C = Dialect(
    "c",
    {
        **_functions("", LIBRARY),
        "less": "(double)({0} < {1})",
        "less_equal": "(double)({0} <= {1})",
        "where": "({0} != 0.0 ? {1} : {2})",
        "pow": "pow({0}, {1})",
        "atan2": "atan2({0}, {1})",
        "hypot": "hypot({0}, {1})",
        "abs": "fabs({0})",
        "floor": "floor({0})",
    },
    c_number,
)


def rust_number(number: float) -> str:
    """A number of Rust."""
    if math.isfinite(number):
        return f"{float(number)!r}_f64"
    return "f64::NAN" if number != number else "f64::INFINITY" if number > 0 else "f64::NEG_INFINITY"


RUST_LIBRARY = ("expm1", "log1p", "cbrt", "erf", "erfc", "asinh", "acosh", "atanh", "tanh", "sinh", "cosh")
RUST = Dialect(
    "rust",
    {
        **{name: f"({{0}}).{name}()" for name in ("exp", "exp2", "log2", "log10", "sqrt", "sin", "cos", "tan")},
        **{name: f"({{0}}).{name}()" for name in ("asin", "acos", "atan", "floor", "abs")},
        **{name: f"unsafe {{{{ {name}({{0}}) }}}}" for name in RUST_LIBRARY},
        "less": "(({0} < {1}) as u8 as f64)",
        "less_equal": "(({0} <= {1}) as u8 as f64)",
        "where": "(if {0} != 0.0 {{ {1} }} else {{ {2} }})",
        "log": "({0}).ln()",
        "pow": "({0}).powf({1})",
        "atan2": "({0}).atan2({1})",
        "hypot": "({0}).hypot({1})",
    },
    rust_number,
)


def javascript_number(number: float) -> str:
    """A number of JavaScript."""
    if math.isfinite(number):
        return repr(float(number)).removesuffix(".0")
    return "NaN" if number != number else "Infinity" if number > 0 else "-Infinity"


JAVASCRIPT = Dialect(
    "javascript",
    {
        **_functions("Math.", (*PLAIN, "expm1", "log", "log1p", "log2", "log10", "cbrt", "floor", "abs")),
        "less": "({0} < {1} ? 1 : 0)",
        "less_equal": "({0} <= {1} ? 1 : 0)",
        "where": "({0} !== 0 ? {1} : {2})",
        "exp2": "Math.pow(2, {0})",
        "pow": "pow_({0}, {1})",
        "atan2": "Math.atan2({0}, {1})",
        "hypot": "Math.hypot({0}, {1})",
        "erf": "erf_({0})",
        "erfc": "erfc_({0})",
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
        **_functions("xp.", (*PLAIN, "expm1", "log", "log1p", "log2", "log10", "floor", "abs")),
        "exp2": "2.0 ** ({0})",
        "cbrt": "cbrt({0})",
        "erf": "erf({0})",
        "erfc": "erfc({0})",
        "pow": "power({0}, {1})",
        "atan2": "xp.atan2({0}, {1})",
        "hypot": "xp.hypot({0}, {1})",
        "less": "less({0}, {1})",
        "less_equal": "less_equal({0}, {1})",
        "where": "where({0}, {1}, {2})",
    },
    array_number,
    "~({})",
)
