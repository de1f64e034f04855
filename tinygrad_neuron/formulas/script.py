"""A graph as a program of its own for another library, that computes the same numbers and asserts them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

from ..graph import gradient
from ..program import Program
from ..value import Value
from .dialects import LIBRARY, PLAIN, calls, comparisons
from .listing import Dialect, Line, Listing, Printed, printed


def export(root: Value, library: str = "torch") -> str:
    """Write a graph as a Python program for another library, for people who move on.

    The program needs that library alone. It computes the value and the
    gradients of all leaves, in PyTorch and JAX with their own autograd, in
    SymPy by symbolic differentiation, in NumPy by the formulas of this
    package's rules, and asserts that they are the numbers known here.

    Args:
        root: the end of the graph. Its leaves' gradients aren't touched.
        library: "torch", "jax", "numpy" or "sympy".

    Returns:
        The program's text.

    Raises:
        ValueError: there is no such library.
        LanguageError: a primitive of one's own can't be composed of the table's.

    Examples:
        >>> w, x = variables(w=2.0, x=3.0)
        >>> print(export(w * x, "numpy"))
        import numpy as np
        <BLANKLINE>
        np.seterr(all="ignore")
        w = 2.0
        x = 3.0
        value = w*x
        gradients = {"w": x, "x": w}
        <BLANKLINE>
        expected = {"value": 6.0, "w": 3.0, "x": 2.0}
        for name, found in {"value": value, **gradients}.items():
            if name in expected:
                assert abs(float(found) - expected[name]) <= 1e-9 * max(1.0, abs(expected[name])), (name, found)
        print("value", float(value))
    """
    if library not in LIBRARIES:
        raise ValueError(f"library={library!r}: it is one of {', '.join(LIBRARIES)}")
    chosen = LIBRARIES[library]
    program = Program.of(root)
    leaves = [program.nodes[k] for k in program.leaves]
    slopes = list(gradient(root, *leaves)) if leaves else []
    listing = Listing(chosen.dialect.spelled)
    places = {leaf: listing.input(leaf.label or f"leaf_{k}") for k, leaf in enumerate(leaves, 1)}
    wanted = [root, *slopes] if chosen.needs_slopes else [root]
    found = listing.record(wanted, places)
    listing.outputs = [found[each] for each in wanted]
    value = listing.outputs[0]
    if isinstance(value, Line) and value.label == "value":
        value.label = "result"
    text = printed(listing, chosen.dialect)
    ends = zip(["value", *text.inputs], [root, *slopes], strict=True)
    known = {name: end.data for name, end in ends if math.isfinite(end.data)}
    numbers = {name: leaf.data for name, leaf in zip(text.inputs, leaves, strict=True)}
    return "\n".join([*chosen.program(text, numbers), "", *_asserted(known)])


def _asserted(known: Mapping[str, float]) -> list[str]:
    expected = "{" + ", ".join(f'"{name}": {number!r}' for name, number in known.items()) + "}"
    return [
        f"expected = {expected}",
        'for name, found in {"value": value, **gradients}.items():',
        "    if name in expected:",
        "        assert abs(float(found) - expected[name]) <= 1e-9 * max(1.0, abs(expected[name])), (name, found)",
        'print("value", float(value))',
    ]


class _Library(NamedTuple):
    """How a program of a library is written; whether it needs the formulas of the gradients."""

    dialect: Dialect
    program: Callable[[Printed, Mapping[str, float]], list[str]]
    needs_slopes: bool


def _statements(text: Printed) -> list[str]:
    return [f"{name} = {expression}" for name, expression in text.statements if name]


def _named(text: Printed, expressions: list[str]) -> str:
    return "{" + ", ".join(f'"{name}": {each}' for name, each in zip(text.inputs, expressions, strict=True)) + "}"


def _torch(text: Printed, numbers: Mapping[str, float]) -> list[str]:
    lines = ["import math", "", "import torch", "", "", "def tensor(x):"]
    lines += ["    return torch.as_tensor(x, dtype=torch.float64)", "", ""]
    leaf = "{} = torch.tensor({!r}, dtype=torch.float64, requires_grad=True)"
    lines += [leaf.format(name, each) for name, each in numbers.items()]
    lines += [*_statements(text), f"value = {text.outputs[0]}", "value.backward()", "value = value.detach()"]
    zero = "0.0 if {0}.grad is None else {0}.grad"
    return [*lines, f"gradients = {_named(text, [zero.format(name) for name in text.inputs])}"]


def _jax(text: Printed, numbers: Mapping[str, float]) -> list[str]:
    lines = ["import math", "", "import jax", "import jax.numpy as jnp", "import jax.scipy.special", ""]
    lines += ['jax.config.update("jax_enable_x64", True)', "", "", f"def function({', '.join(text.inputs)}):"]
    lines += [f"    {line}" for line in (*_statements(text), f"return {text.outputs[0]}")]
    lines += ["", "", f"point = {list(numbers.values())}"]
    lines += [f"value, slopes = jax.value_and_grad(function, argnums=tuple(range({len(numbers)})))(*point)"]
    return [*lines, f"gradients = {_named(text, [f'slopes[{k}]' for k in range(len(numbers))])}"]


def _numpy(text: Printed, numbers: Mapping[str, float]) -> list[str]:
    erf = "erf" in "".join(text.outputs) or any("erf(" in each or "erfc(" in each for each in _statements(text))
    lines = [*(["import math", ""] if erf else []), "import numpy as np", "", 'np.seterr(all="ignore")']
    lines += [f"{name} = {each!r}" for name, each in numbers.items()]
    lines += [*_statements(text), f"value = {text.outputs[0]}"]
    return [*lines, f"gradients = {_named(text, text.outputs[1:])}"]


def _sympy(text: Printed, numbers: Mapping[str, float]) -> list[str]:
    lines = ["import sympy as sp", ""]
    lines += [f'{name} = sp.Symbol("{name}", real=True)' for name in text.inputs]
    point = "{" + ", ".join(f"{name}: sp.Float({each!r}, 40)" for name, each in numbers.items()) + "}"
    lines += [*_statements(text), f"expression = {text.outputs[0]}", f"point = {point}"]
    lines += [
        "value = sp.N(sp.sympify(expression).subs(point), 30)",
        "steps = lambda part: isinstance(part, (sp.Derivative, sp.Subs))  # of floor: 0 between its jumps",
        "zero = lambda part: sp.Integer(0)",
        "slopes = {name: sp.diff(expression, name).doit().replace(steps, zero) for name in point}",
    ]
    return [*lines, "gradients = {str(name): sp.N(slope.subs(point), 30) for name, slope in slopes.items()}"]


def _number(number: float) -> str:
    return repr(float(number)) if math.isfinite(number) else f'float("{number}")'


def _rational(number: float) -> str:
    """A number that SymPy computes with exactly."""
    if not math.isfinite(number):
        return "sp.nan" if number != number else "sp.oo" if number > 0 else "(-sp.oo)"
    numerator, denominator = float(number).as_integer_ratio()
    return f"sp.Integer({numerator})" if denominator == 1 else f"sp.Rational({numerator}, {denominator})"


EXTREMES = ("maximum", "minimum")
TORCH = {
    **calls("torch.name(tensor({0}))", (*LIBRARY, "floor", "abs", "relu")),
    **calls("torch.name(tensor({0}), tensor({1}))", ("atan2", "hypot", *EXTREMES)),
    **comparisons("(tensor({0}) < {1}).to(torch.float64)"),
    "where": "torch.where(tensor({0}) != 0, tensor({1}), tensor({2}))",
    "cbrt": "torch.sign(tensor({0}))*torch.abs(tensor({0}))**(1/3)",
    "pow": "(tensor({0}))**({1})",
}
JAX = {
    **calls("jnp.name({0})", (*LIBRARY, "floor", "abs")),
    **calls("jnp.name({0}, {1})", ("hypot", *EXTREMES)),
    **calls("jax.scipy.special.name({0})", ("erf", "erfc")),
    **comparisons("jnp.where({0} < {1}, 1.0, 0.0)"),
    "where": "jnp.where({0} != 0, {1}, {2})",
    "relu": "jax.nn.relu({0})",
    "atan2": "jnp.arctan2({0}, {1})",
    "pow": "jnp.power({0}, {1})",
}
NUMPY = {
    **calls("np.name({0})", (*LIBRARY, "floor", "abs")),
    **{name: f"np.arc{name[1:]}({{0}})" for name in PLAIN if name[0] == "a"},  # as older versions have them
    **calls("np.name({0}, {1})", ("hypot", *EXTREMES)),
    **calls("math.name({0})", ("erf", "erfc")),
    **comparisons("float({0} < {1})"),
    "where": "({1} if {0} else {2})",
    "relu": "np.maximum({0}, 0.0)",
    "atan2": "np.arctan2({0}, {1})",
    "pow": "np.power(np.float64({0}), {1})",
    "div": "np.divide({0}, {1})",
}
SYMPY = {
    **calls("sp.name({0})", (*PLAIN, "log", "erf", "erfc", "floor", "cbrt")),
    **comparisons("sp.Piecewise((1, {0} < {1}), (0, True))"),
    "where": "sp.Piecewise(({1}, sp.Ne({0}, 0)), ({2}, True))",
    "abs": "sp.Abs({0})",
    "expm1": "(sp.exp({0}) - 1)",
    "exp2": "2**({0})",
    "log1p": "sp.log(1 + {0})",
    "log2": "sp.log({0}, 2)",
    "log10": "sp.log({0}, 10)",
    "pow": "sp.Pow({0}, {1})",
    "atan2": "sp.atan2({0}, {1})",
    "hypot": "sp.sqrt(({0})**2 + ({1})**2)",
    "maximum": "sp.Max({0}, {1})",
    "minimum": "sp.Min({0}, {1})",
    "relu": "sp.Max({0}, 0)",
}


PROGRAM = frozenset(["math", "value", "gradients", "name", "found", "expected", "n", "e", "abs", "float", "max"])
SYMPY_NAMES = "sp expression point print str slopes steps zero"


def _dialect(name: str, forms: Mapping[str, str], taken: str, number: Callable[[float], str] = _number) -> Dialect:
    return Dialect(name, forms, number, names=PROGRAM.union(taken.split()))


LIBRARIES: dict[str, _Library] = {
    "torch": _Library(_dialect("torch", TORCH, "torch tensor"), _torch, needs_slopes=False),
    "jax": _Library(_dialect("jax", JAX, "jax jnp function point slopes"), _jax, needs_slopes=False),
    "numpy": _Library(_dialect("numpy", NUMPY, "np"), _numpy, needs_slopes=True),
    "sympy": _Library(_dialect("sympy", SYMPY, SYMPY_NAMES, _rational), _sympy, needs_slopes=False),
}
