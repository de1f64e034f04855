"""The primitives as rows of plain operations, which a page's script computes one after the other, from their rules."""

from __future__ import annotations

import json
import math
from contextlib import suppress
from typing import Any

from .. import ops
from ..formulas.dialects import JAVASCRIPT
from ..formulas.grammar import TABLES
from ..formulas.listing import LanguageError, Listing, printed, reads
from ..formulas.source import helpers_of
from ..primitives import PRIMITIVES, Gated, Primitive

MOST_TERMS = {"logsumexp": 2, "mean": 6, "dot": 6}  # of a variadic function in what a reader types; 2 of the others
INNER = {  # functions that the rules are made of, which nobody types
    "cbrt_slope", "exp_difference", "gelu_slope", "masked", "nonnegative", "one_minus_squared", "refined",
    "sech_squared", "share", "sigmoid_slope", "surprise",
}  # fmt: skip
OPEN = -1  # in the place of a condition: there is none
Rows = list[Any]  # how many numbers are given, the rows, and which of them are the results


def kernel_of(entry: Primitive, n_operands: int) -> dict[str, Rows]:
    """A primitive as rows, each a number or an operation and the places of what it takes.

    Args:
        entry: the primitive.
        n_operands: of how many operands.

    Returns:
        The rows of its value, and those of its partials: of the value and the operands, a condition and a slope each.

    Raises:
        LanguageError: it isn't a composition of the table's functions.
    """
    return {"forward": _forward(entry, n_operands), "partials": _partials(entry, n_operands)}


def _forward(entry: Primitive, n_operands: int) -> Rows:
    listing = Listing(JAVASCRIPT.spelled)
    operands = [listing.input("") for _ in range(n_operands)]
    return _rows(listing, [listing.add(entry, operands)])


def _partials(entry: Primitive, n_operands: int) -> Rows:
    """All partials; nan of those that the primitive has no rule for."""
    listing = Listing(JAVASCRIPT.spelled)
    output = listing.input("")
    operands = [listing.input("") for _ in range(n_operands)]
    wanted = [entry.variadic or rule is not None for rule in entry.rules] * (n_operands if entry.variadic else 1)
    try:
        slopes = entry.partials(output, operands, wanted)
    except (TypeError, AttributeError, RecursionError):  # a rule that branches, or calls what takes floats alone
        raise LanguageError(f"{entry.name}'s rules can't be written in JavaScript") from None
    ends: list[Any] = []
    for each in slopes:
        ends += [each.condition, each.slope] if isinstance(each, Gated) else [None, math.nan if each is None else each]
    return _rows(listing, ends)


def _rows(listing: Listing, ends: list[Any]) -> Rows:
    """A listing as rows, without those that nothing needs; a number that JSON has not is a text."""
    places = [OPEN if end is None else listing.place(end) for end in ends]
    listing.outputs = [end for end in ends if end is not None]
    program, n_inputs = listing.program, len(listing.inputs)
    needed = [k for k, count in enumerate(reads(program)) if k >= n_inputs and count is not None]
    at = {OPEN: OPEN, **{k: k for k in range(n_inputs)}, **{k: n_inputs + j for j, k in enumerate(needed)}}
    rows: list[Any] = []
    for k in needed:
        primitive, operands = program.primitives[k], program.operands[k]
        rows.append(
            [primitive.name, *(at[o] for o in operands)] if primitive and operands else as_json(program.numbers[k])
        )
    return [n_inputs, rows, [at[k] for k in places]]


def as_json(number: float) -> float | str:
    """A number; what JSON has no number for is a text that JavaScript reads."""
    return number if math.isfinite(number) else JAVASCRIPT.number(number)


def constants() -> str:
    """What every page's script begins with: the operations, the functions of formulas, the words of the grammar."""
    own = (name for name in PRIMITIVES if hasattr(ops, name) or name == "dot")  # the same in every process
    functions = {name: _function(PRIMITIVES[name]) for name in sorted(own) if name not in INNER}
    operations = ",\n".join(f"{name}: {_operation(name)}" for name in sorted(JAVASCRIPT.spelled))
    data = {"tables": TABLES, "functions": functions}
    texts = {name: json.dumps(each, ensure_ascii=False, separators=(",", ":")) for name, each in data.items()}
    written = [f"const {name} = {text};" for name, text in texts.items()]
    return "\n".join([helpers_of("javascript"), f"const operations = {{\n{operations}\n}};", *written])


def _operation(name: str) -> str:
    """An operation as a function of JavaScript."""
    listing = Listing(JAVASCRIPT.spelled)
    operands = [listing.input(letter) for letter in "abc"[: len(PRIMITIVES[name].parameters)]]
    listing.outputs = [listing.add(PRIMITIVES[name], operands)]
    text = printed(listing, JAVASCRIPT)
    return f"({', '.join(text.inputs)}) => {text.outputs[0]}"


def _function(entry: Primitive) -> dict[str, Any]:
    """A function of formulas: its arguments, and its rows for each number of them, if it isn't a plain operation."""
    kernels: dict[int, Rows] = {}
    for n in range(1, MOST_TERMS.get(entry.name, 2) + 1) if entry.variadic else [len(entry.parameters)]:
        with suppress(LanguageError, ValueError, ArithmeticError):  # a dot of three numbers
            kernels[n] = _forward(entry, n)
    own = {} if entry.name in JAVASCRIPT.spelled else {"kernels": kernels}
    return {"parameters": entry.parameters, "defaults": entry.defaults, "variadic": entry.variadic, **own}
