"""The languages that listings are written in: only what each spells unusually."""

from __future__ import annotations

import keyword
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
    frozenset({*keyword.kwlist, *LIBRARY, "pow", "atan2", "hypot", "fabs", "floor", "nan", "inf"}),
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
    frozenset(
        {*LIBRARY, "pow", "atan2", "hypot", "fabs", "floor", "inputs", "outputs", "step", "main", "y0", "y1", "yn"}
        | {"j0", "j1", "jn", "gamma", "signgam", "int", "double", "float", "char", "long", "short", "void", "static"}
        | {"if", "else", "for", "while", "do", "switch", "case", "default", "goto", "return", "struct", "union"}
        | {"const", "volatile", "register", "extern", "auto", "signed", "unsigned", "sizeof", "typedef", "enum"}
        | {"inline", "restrict", "break", "continue", "index", "round", "trunc", "ceil", "fmod", "remainder"}
    ),
)


def rust_number(number: float) -> str:
    """A number of Rust."""
    if math.isfinite(number):
        return f"{float(number)!r}_f64"
    return "f64::NAN" if number != number else "f64::INFINITY" if number > 0 else "f64::NEG_INFINITY"


RUST_LIBRARY = ("expm1", "log1p", "cbrt", "erf", "erfc", "asinh", "acosh", "atanh", "tanh", "sinh", "cosh")
RUST_HELPERS = """\
extern "C" { fn expm1(x: f64) -> f64; fn log1p(x: f64) -> f64; fn cbrt(x: f64) -> f64; fn erf(x: f64) -> f64;
    fn erfc(x: f64) -> f64; fn asinh(x: f64) -> f64; fn acosh(x: f64) -> f64; fn atanh(x: f64) -> f64;
    fn tanh(x: f64) -> f64; fn sinh(x: f64) -> f64; fn cosh(x: f64) -> f64; }
"""
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
    frozenset(
        {*RUST_LIBRARY, "inputs", "outputs", "step", "main", "as", "break", "const", "continue", "crate", "else"}
        | {"enum", "extern", "false", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut"}
        | {"pub", "ref", "return", "self", "static", "struct", "super", "trait", "true", "type", "unsafe", "use"}
        | {"where", "while", "async", "await", "dyn", "abstract", "become", "box", "do", "final", "macro", "override"}
        | {"priv", "typeof", "unsized", "virtual", "yield", "try", "gen", "f64", "i64", "u64", "usize", "bool", "str"}
    ),
)


def javascript_number(number: float) -> str:
    """A number of JavaScript."""
    if math.isfinite(number):
        return repr(float(number)).removesuffix(".0")
    return "NaN" if number != number else "Infinity" if number > 0 else "-Infinity"


JAVASCRIPT_HELPERS = """\
const pow_ = (a, b) => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : Math.pow(a, b));
const erfc_ = (x) => {
  if (Number.isNaN(x)) return x;
  const z = Math.abs(x);
  if (z < 1) return 1 - erf_(x);
  if (z > 27) return x > 0 ? 0 : 2;
  // the continued fraction of the complementary function, evaluated from its end (Abramowitz and Stegun 7.1.14)
  let f = z;
  for (let k = 400; k > 0; k--) f = z + k / 2 / f;
  const y = exp_minus_square_(z) / (f * Math.sqrt(Math.PI));
  return x > 0 ? y : 2 - y;
};
const erf_ = (x) => {
  if (Number.isNaN(x)) return x;
  const z = Math.abs(x);
  if (z >= 1) return x > 0 ? 1 - erfc_(z) : erfc_(z) - 1;
  // the series of Abramowitz and Stegun 7.1.6: all terms have one sign
  let term = x, sum = x;
  for (let k = 1; k < 40 && Math.abs(term) > 1e-18 * Math.abs(sum); k++) sum += term *= (2 * x * x) / (2 * k + 1);
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
};
// exp(-x²) without the rounding of x² being magnified: x is split
const exp_minus_square_ = (x) => {
  const high = Math.fround(x), low = x - high;
  return Math.exp(-high * high) * Math.exp(-low * (high + x));
};
"""
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
    frozenset(
        {"Math", "Number", "NaN", "Infinity", "inputs", "step", "arguments", "await", "break", "case", "catch", "class"}
        | {"const", "continue", "debugger", "default", "delete", "do", "else", "enum", "eval", "export", "extends"}
        | {"false", "finally", "for", "function", "if", "implements", "import", "in", "instanceof", "interface", "let"}
        | {"new", "null", "package", "private", "protected", "public", "return", "static", "super", "switch", "this"}
        | {"throw", "true", "try", "typeof", "undefined", "var", "void", "while", "with", "yield", "async", "of"}
    ),
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
    frozenset(
        {*keyword.kwlist, "less", "less_equal", "where", "xp", "power", "erf", "erfc", "cbrt", "float", "inputs"}
    ),
    "~({})",
)
