# ruff: noqa: E501 (lists of pairs read best in long lines)
"""Writes grammar.json: texts as people write formulas, each with its meaning, which every reader of the grammar shares.

The meaning is computed by Python from an expression that stands beside the text, never by the reader. Templates are
written with several names each, so that no name is special.
"""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "grammar.json"
NUMBERS = {"x": 0.4, "w": 0.5, "b": 0.6, "y": 0.7, "t": 0.3, "net": 0.8, "z": -0.8, "error": -0.25}
TRIPLES = [("x", "w", "b"), ("y", "t", "x"), ("net", "x", "w"), ("z", "error", "y"), ("error", "net", "t")]
MATH = {name: getattr(math, name) for name in (
    "sin", "cos", "tan", "exp", "log", "log10", "log2", "log1p", "expm1", "sqrt", "cbrt", "sinh", "cosh", "tanh", "asin", "acos", "atan",
    "asinh", "floor", "pi", "e", "hypot", "atan2", "erf",
)}  # fmt: skip
MATH |= {"abs": abs, "max": max, "min": min, "sigmoid": lambda v: 1 / (1 + math.exp(-v)), "relu": lambda v: max(v, 0.0),
         "sign": lambda v: (v > 0) - (v < 0), "inf": math.inf}  # fmt: skip

# each text with what it means in Python; a, b and c stand for names
TEMPLATES: dict[str, list[tuple[str, str]]] = {
    "operators": [
        ("A + B*C", "A + B*C"), ("A - B - C", "A - B - C"), ("A/B/C", "A/B/C"), ("A/B*C", "A/B*C"), ("(A + B)*C", "(A + B)*C"),
        ("A - (B - C)", "A - (B - C)"), ("A*B + C/2", "A*B + C/2"), ("A//0.3", "floor(A/0.3)"), ("A % 0.3", "A - 0.3*floor(A/0.3)"),
        ("A + -B", "A - B"), ("A - -B", "A + B"), ("--A", "A"), ("+A", "A"), ("-A + B", "B - A"), ("-A*B", "-(A*B)"), ("A*-B", "-(A*B)"),
        ("A · B", "A*B"), ("A × B", "A*B"), ("A ⋅ B + C", "A*B + C"), ("A ÷ B", "A/B"), ("A − B", "A - B"), ("−A", "-A"), ("A − −B", "A + B"),
        ("A·(B − C)", "A*(B - C)"), ("((A))", "A"), ("( A + B )", "A + B"), ("A∙B", "A*B"), ("A–B", "A - B"),
    ],
    "powers": [
        ("A^2", "A**2"), ("A**2", "A**2"), ("A²", "A**2"), ("A³", "A**3"), ("-A^2", "-(A**2)"), ("-A²", "-(A**2)"), ("(-A)²", "A**2"),
        ("2^3^2 + A", "2**9 + A"), ("2^-A", "2**-A"), ("2^−A", "2**-A"), ("A^2*B", "A**2*B"), ("A*B^2", "A*B**2"), ("A^2/B^2", "A**2/B**2"),
        ("(A + B)^2", "(A + B)**2"), ("(A + B)²", "(A + B)**2"), ("1 - A²", "1 - A**2"), ("A⁻¹", "1/A"), ("A⁻²", "A**-2.0"), ("2^A^2", "2**(A**2)"),
        ("A²B", "A**2*B"), ("A²·B²", "A**2*B**2"), ("A^2^1", "A**2"), ("2**-A**2", "2**(-(A**2))"), ("10^-3*A", "0.001*A"), ("A¹⁰", "A**10"),
        ("A^(1 + 1)", "A**2"), ("A^{2}", "A**2"), ("(A²)³", "A**6"),
    ],
    "implicit products": [
        ("2A", "2*A"), ("2 A", "2*A"), ("A B", "A*B"), ("2A B", "2*A*B"), ("A(B + C)", "A*(B + C)"), ("(A)(B)", "A*B"), ("(A + B)(B − C)", "(A + B)*(B - C)"),
        ("A(1 − B²)", "A*(1 - B**2)"), ("2(A + B)", "2*(A + B)"), ("(A + B)C", "(A + B)*C"), ("(A + B) C", "(A + B)*C"), ("1/2A", "A/2"), ("3A²", "3*A**2"),
        ("2A/B", "2*A/B"), ("A/2B", "A/2*B"), ("-2A", "-2*A"), ("1 - 2A", "1 - 2*A"), ("2sin(A)", "2*sin(A)"), ("A sin(B)", "A*sin(B)"),
        ("sin(A)cos(B)", "sin(A)*cos(B)"), ("2A(B − C)(B + C)", "2*A*(B - C)*(B + C)"), ("0.5A", "0.5*A"), (".5A", "0.5*A"), ("2.A", "2*A"), ("1e-3A", "0.001*A"),
        ("2|A|", "2*abs(A)"), ("A√2", "A*sqrt(2)"), ("2πA", "2*pi*A"),
    ],
    "roots and bars": [
        ("√(A²)", "abs(A)"), ("√2*A", "sqrt(2)*A"), ("√(1 + A²)", "sqrt(1 + A**2)"), ("√(1 + A²)²", "1 + A**2"), ("∛(8)*A", "2*A"), ("|A|", "abs(A)"),
        ("|A - B|", "abs(A - B)"), ("|A − |B||", "abs(A - abs(B))"), ("|A||B|", "abs(A*B)"), ("|A|²", "A**2"), ("|A|*B", "abs(A)*B"), ("|-A|", "abs(A)"),
        ("1 - |A|", "1 - abs(A)"), ("|A|/|B|", "abs(A)/abs(B)"), ("|(A)(B)|", "abs(A*B)"), ("abs(A)", "abs(A)"), ("sqrt(A*A)", "abs(A)"), ("(|A| + |B|)C", "(abs(A) + abs(B))*C"),
    ],
    "functions": [
        ("tanh(A)", "tanh(A)"), ("sigmoid(A)", "sigmoid(A)"), ("σ(A)", "sigmoid(A)"), ("sigma(A)", "sigmoid(A)"), ("exp(A)", "exp(A)"), ("e^A", "exp(A)"), ("e^(−A)", "exp(-A)"),
        ("ln(A²)", "log(A**2)"), ("log(A²)", "log(A**2)"), ("lg(A²)", "log10(A**2)"), ("sin(A)", "sin(A)"), ("sin²(A)", "sin(A)**2"), ("sin^2(A)", "sin(A)**2"),
        ("tanh^2(A)", "tanh(A)**2"), ("1 − tanh²(A)", "1 - tanh(A)**2"), ("arctan(A)", "atan(A)"), ("arcsin(A)", "asin(A)"), ("max(A, B)", "max(A, B)"), ("min(A, B, C)", "min(A, B, C)"),
        ("maximum(A, 0)", "max(A, 0)"), ("relu(A)", "relu(A)"), ("sgn(A)", "sign(A)"), ("sech(A)", "1/cosh(A)"), ("cot(A)", "1/tan(A)"), ("sec(A)", "1/cos(A)"), ("coth(A)", "1/tanh(A)"),
        ("csc(A)", "1/sin(A)"), ("csch(A)", "1/sinh(A)"), ("tg(A)", "tan(A)"), ("arsinh(A)", "asinh(A)"), ("tanh(A*B + C)", "tanh(A*B + C)"), ("tanh(A B + C)", "tanh(A*B + C)"),
        ("hypot(A, B)", "hypot(A, B)"), ("exp(-A²/2)", "exp(-A**2/2)"), ("exp(A)/(1 + exp(A))", "sigmoid(A)"), ("sum(A, B, C)", "A + B + C"), ("sum([A, B])", "A + B"), ("mean(A, B)", "(A + B)/2"),
        ("dot([A, B], [B, C])", "A*B + B*C"), ("clip(A, -0.1, 0.1)", "max(-0.1, min(0.1, A))"), ("tanh(tanh(A))", "tanh(tanh(A))"), ("floor(A)", "floor(A)"),
    ],
    "functions without parentheses": [
        ("sin A", "sin(A)"), ("tanh A + B", "tanh(A) + B"), ("sin 2A", "sin(2*A)"), ("cos A²", "cos(A**2)"), ("B sin A", "B*sin(A)"), ("sin A cos B", "sin(A)*cos(B)"),
    ],
    "constants": [
        ("π*A", "pi*A"), ("pi*A", "pi*A"), ("e*A", "e*A"), ("2e + A", "2*e + A"), ("e", "e"), ("π²", "pi**2"), ("cos(π) + A", "A - 1"),
    ],
    "conditions": [
        ("A < B", "float(A < B)"), ("A <= B", "float(A <= B)"), ("A ≤ B", "float(A <= B)"), ("A > B", "float(A > B)"), ("A ≥ B", "float(A >= B)"), ("A == B", "float(A == B)"),
        ("A != B", "float(A != B)"), ("A ≠ B", "float(A != B)"), ("-1 < A < 0.5", "float(-1 < A < 0.5)"), ("where(A > 0, A, 0)", "max(A, 0)"), ("where(A > 0 and B > 0, 1, 2)", "1 if A > 0 and B > 0 else 2"),
        ("where(A > 0 or B > 0, 1, 2)", "1 if A > 0 or B > 0 else 2"), ("where(not A > 0, 1, 2)", "1 if not A > 0 else 2"), ("(A > 0)*B", "B if A > 0 else 0.0"), ("A + (B > C)", "A + (B > C)"),
        ("where(|A| <= 0.5, A²/2, |A| - 0.125)", "A**2/2 if abs(A) <= 0.5 else abs(A) - 0.125"),
    ],
    "LaTeX": [
        (r"\frac{A}{B}", "A/B"), (r"\frac{1}{2}A", "A/2"), (r"\frac{A + B}{C}", "(A + B)/C"), (r"\tanh(A)", "tanh(A)"), (r"\tanh\left(A B\right)", "tanh(A*B)"), (r"\sigma(A)", "sigmoid(A)"),
        (r"A \cdot B", "A*B"), (r"A \times B", "A*B"), (r"A^{2}", "A**2"), (r"\sqrt{A^2}", "abs(A)"), (r"\left(A + B\right)^{2}", "(A + B)**2"), (r"$A + B$", "A + B"), (r"\text{A}", "A"),
        (r"\mathrm{A}\,B", "A*B"), (r"\operatorname{relu}(A)", "relu(A)"), (r"e^{-A}", "exp(-A)"), (r"\left|A\right|", "abs(A)"), (r"\ln(A^2)", "log(A**2)"), (r"2 \pi A", "2*pi*A"),
        (r"A \le B", "float(A <= B)"), (r"\frac{\frac{A}{B}}{C}", "A/B/C"), (r"\sin^2\left(A\right)", "sin(A)**2"), (r"1 - A^{2}", "1 - A**2"),
    ],
    "decimal commas": [
        ("0,5*A", "0.5*A"), ("0,5A", "0.5*A"), ("A + 1,25", "A + 1.25"), ("(0,5 + A)*B", "(0.5 + A)*B"), ("max(0,5; A)", "max(0.5, A)"), ("max(A; 0,25; B)", "max(A, 0.25, B)"), ("max(0,5, A)", "max(0, 5, A)"),
        ("2*max(A; 0,5)", "2*max(A, 0.5)"),
    ],
    "statements": [
        ("s = A*B; s + C", "A*B + C"), ("s = A*B\ns + C", "A*B + C"), ("s = A; r = s²; r + s", "A**2 + A"), ("A + B # a comment", "A + B"), ("s = 3; s*A", "3*A"), ("s = -2; A*s", "-2*A"), ("A + B;", "A + B"),
        ("(A +\nB)", "A + B"), ("s = A\r\ns*2", "2*A"), ("e = 2; e*A", "2*A"), ("s1 = A; s₁*2", "2*A"), ("s = A; dL = B; dw = C; dL/dw", "B/C"), ("xy = A; xy + 1", "A + 1"),
    ],
    "numbers": [
        ("0x10 + A", "16 + A"), ("1_000 + A", "1000 + A"), ("1e2 + A", "100 + A"), ("1E-2 + A", "0.01 + A"), (".5 + A", "0.5 + A"), ("2. + A", "2 + A"), ("007 + A", "7 + A"),
    ],
}  # fmt: skip

# names that are written in several ways: the text, the names that are known, and what it means
SPELLED: list[tuple[str, dict[str, float], float]] = [
    *((text, {known: 2.0}, 4.0) for text, known in (
        ("w1²", "w1"), ("w_1²", "w1"), ("w₁²", "w1"), ("w_{1}²", "w1"), ("w_{1}^2", "w1"), ("w₁²", "w₁"), ("w1²", "w₁"), ("w1²", "w_1"), ("w_{12}²", "w12"), ("w_{12}^{2}", "w_12"), ("w₁₂²", "w12"),
        ("θ²", "θ"), (r"\theta^2", "θ"), (r"\theta²", "theta"), ("θ²", "theta"), ("θ₁²", "theta1"), (r"\theta_1^2", "θ1"), ("größe²", "größe"), ("λ²", "λ"), (r"\lambda²", "lambda"), ("Δ²", "Δ"), ("速度²", "速度"),
        ("layer1.neuron2.w1²", "layer1.neuron2.w1"), ("(layer1.neuron2.w1)²", "layer1.neuron2.w1"), ("output[2]²", "output[2]"), ("layer1.output[3]²", "layer1.output[3]"), ("w₂₁⁽¹⁾ w₂₁⁽¹⁾", "w21(1)"), (r"w_{21}^{(1)}·w_{21}^{(1)}", "w21(1)"),
        (r"\text{net}²", "net"), (r"\mathrm{net}_{1}²", "net1"), (r"\text{w\_1}²", "w_1"), ("e²", "e"), ("π²", "π"), ("σ²", "σ"), ("σ(2)", "σ"), ("pi*pi", "pi"), ("exp2²", "exp2"), ("ln(2)", "ln"), ("max·max", "max"), ("_a²", "_a"), ("a1b2²", "a1b2"),
    )),
]  # fmt: skip

# what is refused: the text, a part of the reason, and the column; x, w and b are known
REFUSED: list[tuple[str, str, int]] = [
    ("", "expression is empty", 1), ("  ", "expression is empty", 1), ("# x", "expression is empty", 1), ("x +", "a term is missing", 4), ("* x", "a term is missing", 1), ("x */ w", "a term is missing before /", 4), ("x ^", "a term is missing", 4),
    ("(x", ") is missing here", 3), ("((x)", ") is missing here", 5), ("x)", ") closes nothing", 2), ("(x]", "] can't stand here", 3), ("()", "a term is missing before )", 2), ("[x", "] is missing", 3), ("|x", "the bar | that closes", 3), ("|x|w|", "a term is missing", 6),
    ("xw", "did you mean x*w?", 1), ("xwb", "did you mean x*w*b?", 1), ("2xw", "did you mean x*w?", 2), ("q", "q has no value", 1), ("x + q", "q has no value", 5), ("tanhh(x)", "did you mean tanh?", 1), ("sigmoidd(x)", "did you mean sigmoid?", 1), ("f(x)", "there is no function f", 1),
    ("foo(x)", "there is no function foo", 1), ("tanh", "write tanh(…)", 1), ("x*tanh", "write tanh(…)", 3), ("sin + x", "write sin(…)", 1), ("f'", "a prime isn't read", 2), ("x′", "a prime isn't read", 2), ("f'(x)", "a prime isn't read", 2), ("x 2", "a sign is missing between x and 2", 3),
    ("2 3", "a sign is missing between 2 and 3", 3), ("1.5 2", "a sign is missing", 5), ("(x) 2", "a sign is missing before 2", 5), ("2₁", "a number has no index", 2), ("x = 3", "x is defined already", 1), ("y = 1; y = 2", "y is defined already", 8), ("tanh = 3", "name the stage otherwise", 1),
    ("y = z = 1", "a statement is name = expression", 7), ("x == ", "a term is missing", 6), ("x = ", "a term is missing", 5), ("= x", "a term is missing before =", 1), ("x, w", ", can't stand here", 2), ("[x, w]", "a list can only be an argument", 1), ("[x]", "a list can only be an argument", 1),
    ("x\nw + 1", "only the last statement", 1), ("x; w", "only the last statement", 1), ("x @ w", "@ isn't a letter", 3), ("x ! w", "! isn't a letter", 3), ("x & w", "& isn't a letter", 3), ("x ? w", "? isn't a letter", 3), ('"x"', "\" isn't a letter", 1), ("x:w", ": isn't a letter", 2), ("x~w", "~ isn't a letter", 2),
    ("☃", "isn't a letter", 1), ("x + ☃", "isn't a letter", 5), ("x.y.z", "x.y.z has no value", 1), ("x.data", "x.data has no value", 1), ("__import__('os')", "a prime isn't read", 12), ("lambda: x", ": isn't a letter", 7), ("import os", "import has no value", 1), ("sin⁻¹(x)", "may be the inverse", 1),
    ("sin^2 x", "with parentheses", 7), ("sin x(w)", "with parentheses", 6), ("tanh(x, w)", "takes 1 positional", 1), ("tanh()", "missing 1 required", 1), ("clip(x, top=3)", "the arguments are clip", 1), ("maximum()", "of no values", 1), ("dot([1], [2, 3])", "dot of 1 and 2", 1),
    ("dL/dw", "the derivative ∂L/∂w has no value", 1), ("∂L/∂w", "the derivative ∂L/∂w has no value", 1), ("net.grad", "the derivative net.grad has no value", 1), (r"\frac{\partial L}{\partial w}", "the derivative", 1), ("∂L", "a derivative is written", 3), ("∂L/w", "a derivative is written", 4), ("∂/∂w", "must stand behind", 2),
    (r"\foo{x}", "there is no function foo", 1), (r"\frac{x}", "in braces", 9), (r"\frac x w", "in braces", 7), (r"\sqrt x", "in braces", 7), (r"\\", "is not read here", 1), ("9" * 400, "an integer of 1329 bits", 1), ("(" * 101 + "x" + ")" * 101, "brackets nest deeper", 101), ("-" * 101 + "x", "nested deeper", 102),
    ("x" + "²" * 30, "an exponent of 30 digits", 2), ("1.2.3", "a sign is missing", 4), ("max(x; w", ") is missing here", 9), ("maximum(x w", ") is missing here", 12), ("where(x < 1, 2", ") is missing here", 15), ("x <", "a term is missing", 4), ("x < < w", "a term is missing before <", 5), ("x and", "a term is missing", 6), ("not", "a term is missing", 4),
    ("and x", "a term is missing before and", 1), ("Net", "Net has no value", 1), ("xx", "did you mean x*x?", 1), ("bx", "did you mean b*x?", 1), ("wX", "wX has no value", 1), ("x.", ". isn't a letter", 2), ("x..w", ". isn't a letter", 2), ("2..3", "a sign is missing", 3), ("{x", ") is missing here", 3), ("x}", ") closes nothing", 2),
]  # fmt: skip


def main() -> None:
    """Write the file."""
    FILE.write_text(write(), encoding="utf-8")


def write() -> str:
    """The table as it stands in the file: an entry in each line."""
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in list_entries())
    return f"[\n{lines}\n]\n"


def list_entries() -> list[dict[str, Any]]:
    """All entries, no two alike."""
    found: dict[str, dict[str, Any]] = {}
    for topic, templates in TEMPLATES.items():
        for (text, meaning), (a, b, c) in itertools.product(templates, TRIPLES):
            written, meant = (_fill(each, a, b, c) for each in (text, meaning))
            number = _compute(meant)
            if number is not None:
                found.setdefault(written, {"topic": topic, "text": written, "names": NUMBERS, "value": number})
    for text, names, number in SPELLED:
        found.setdefault(f"{text} {names}", {"topic": "names", "text": text, "names": names, "value": number})
    for text, reason, column in REFUSED:
        names = {name: NUMBERS[name] for name in "xwb"}
        found.setdefault(
            f"{text} refused", {"topic": "refusals", "text": text, "names": names, "refused": reason, "column": column}
        )
    return list(found.values())


def _fill(text: str, *names: str) -> str:
    """A template with names in the place of A, B and C."""
    return text.translate(dict(zip(map(ord, "ABC"), names, strict=True)))


def _compute(meaning: str) -> float | None:
    """What a Python expression gives; None where it isn't a real number."""
    try:
        number = eval(meaning, {"__builtins__": {}, "float": float, **MATH}, NUMBERS)  # noqa: S307 (ours)
    except (ValueError, ZeroDivisionError):
        return None
    return float(number) if isinstance(number, (int, float)) else None


if __name__ == "__main__":
    main()
