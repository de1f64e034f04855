"""A graph as a program of its own for another library, that computes the same numbers and asserts them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from string import Template
from typing import Any

from ..graph import gradient
from ..program import Program
from ..value import Value
from .dialects import LANGUAGES, dialect_of
from .listing import Line, Listing, Printed, printed


def export(root: Value | Any, library: str = "torch") -> str:
    """Write a graph as a Python program for another library, for people who move on.

    The program needs that library alone. It computes the value and the
    gradients of all leaves, in PyTorch and JAX with their own autograd, in
    SymPy by symbolic differentiation, in NumPy by the formulas of this
    package's rules, and asserts that they are the numbers known here.

    Args:
        root: the end of the graph, whose leaves' gradients aren't touched; or an array program of `matrices`, in
            "numpy".
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
    if hasattr(root, "export"):  # an array program writes its own
        return root.export(library)  # type: ignore[no-any-return]
    if library not in LIBRARIES:
        raise ValueError(f"library={library!r}: it is one of {', '.join(LIBRARIES)}")
    form, dialect = LANGUAGES[library]["program"], LIBRARIES[library]
    program = Program.of(root)
    leaves = [program.nodes[k] for k in program.leaves]
    slopes = list(gradient(root, *leaves)) if leaves else []
    listing = Listing(dialect.spelled)
    places = {program.nodes[k]: listing.input(program.names[k]) for k in program.leaves}
    wanted = [root, *slopes] if library == "numpy" else [root]  # the others differentiate by themselves
    found = listing.record(wanted, places)
    listing.outputs = [found[each] for each in wanted]
    value = listing.outputs[0]
    if isinstance(value, Line) and value.label == "value":
        value.label = "result"
    text = printed(listing, dialect)
    ends = zip(["value", *text.inputs], [root, *slopes], strict=True)
    known = [f'"{name}": {end.data!r}' for name, end in ends if math.isfinite(end.data)]
    numbers = [repr(leaf.data) if math.isfinite(leaf.data) else dialect.number(leaf.data) for leaf in leaves]
    return Template(form["whole"].rstrip() + LANGUAGES["export"]["assertions"]).substitute(
        _fields(text, form, numbers), expected=", ".join(known)
    )


def _fields(text: Printed, form: Mapping[str, str], numbers: Sequence[str]) -> dict[str, Any]:
    """What the form of a program leaves open."""
    inputs = list(zip(text.inputs, numbers, [*text.outputs[1:], *numbers], strict=False))
    lines = [form["input"].format(name, number) for name, number, _ in inputs if "input" in form]
    lines += [f"{name} = {expression}" for name, expression in text.statements if name]
    slopes = [f'"{each[0]}": {form["gradient"].format(each[0], k, each[2])}' for k, each in enumerate(inputs)]
    return {
        "imports": "import math\n\n" if any("math." in each for each in (*lines, *text.outputs)) else "",
        "inputs": ", ".join(text.inputs),
        "numbers": ", ".join(numbers),
        "n_inputs": len(inputs),
        "lines": "".join(f"{form.get('indent', '')}{line}\n" for line in lines),
        "value": text.outputs[0],
        "gradients": ", ".join(slopes),
        "points": ", ".join(form.get("point", "").format(name, number) for name, number, _ in inputs),
    }


def _rational(number: float) -> str:
    """A number that SymPy computes with exactly."""
    if not math.isfinite(number):
        return dialect_of("sympy").number(number)
    numerator, denominator = float(number).as_integer_ratio()
    return f"sp.Integer({numerator})" if denominator == 1 else f"sp.Rational({numerator}, {denominator})"


LIBRARIES = {each: dialect_of(each) for each in ("torch", "jax", "numpy")}
LIBRARIES["sympy"] = dialect_of("sympy")._replace(number=_rational)
