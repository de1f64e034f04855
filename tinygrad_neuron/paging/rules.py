"""The primitives as functions of JavaScript, written from their rules."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from contextlib import suppress

from ..formulas.dialects import JAVASCRIPT
from ..formulas.listing import LanguageError, Listing, Printed, printed
from ..formulas.source import helpers_of
from ..primitives import PRIMITIVES, Gated, Primitive, when


def rule_key(entry: Primitive, n_operands: int) -> str:
    """What a primitive's functions are called; a variadic one has some for each number of operands."""
    return f"{entry.name}/{n_operands}" if entry.variadic else entry.name


def script_of(used: Iterable[tuple[Primitive, int]]) -> str:
    """The functions of a graph's primitives, and those that a formula may call.

    Args:
        used: primitives with their numbers of operands.

    Returns:
        The constants `rules` and `calculator` of a script.

    Raises:
        LanguageError: one of them can't be written in JavaScript.
    """
    rules = {
        rule_key(entry, n): f"{{ forward: {_forward(entry, n)}, partials: {_partials(entry, n)} }}" for entry, n in used
    }
    return (
        f"{helpers_of('javascript')}\nconst rules = {_members(rules)};\nconst calculator = {_members(_calculator())};\n"
    )


def _members(texts: dict[str, str]) -> str:
    return "{\n" + "".join(f"  {json.dumps(name)}: {text},\n" for name, text in texts.items()) + "}"


def _forward(entry: Primitive, n_operands: int, *, spread: bool = False) -> str:
    listing = Listing(JAVASCRIPT.spelled)
    operands = [listing.input(f"x{k}") for k in range(n_operands)]
    listing.outputs = [listing.add(entry, operands)]
    text = printed(listing, JAVASCRIPT)
    names = ", ".join(text.inputs)
    return f"({names if spread else f'[{names}]'}) => {_body(text, text.outputs[0])}"


def _partials(entry: Primitive, n_operands: int) -> str:
    """All partials, -0 where nothing flows; those that the primitive has no rule for are nan."""
    listing = Listing(JAVASCRIPT.spelled)
    output = listing.input("y")
    operands = [listing.input(f"x{k}") for k in range(n_operands)]
    wanted = [entry.variadic or rule is not None for rule in entry.rules] * (n_operands if entry.variadic else 1)
    try:
        slopes = entry.partials(output, operands, wanted)
    except (TypeError, AttributeError, RecursionError):  # a rule that branches, or calls what takes floats alone
        raise LanguageError(f"{entry.name}'s rules can't be written in JavaScript") from None
    gates = [each if isinstance(each, Gated) else when(1.0, math.nan if each is None else each) for each in slopes]
    listing.outputs = [part for gate in gates for part in (gate.condition, gate.slope)]
    text = printed(listing, JAVASCRIPT)
    pairs = zip(slopes, text.outputs[::2], text.outputs[1::2], strict=True)
    results = (
        f"{gate} !== 0 ? {slope} + 0 : -0" if isinstance(each, Gated) else f"{slope} + 0" for each, gate, slope in pairs
    )
    body = _body(text, f"[{', '.join(results)}]")
    return f"({text.inputs[0]}, [{', '.join(text.inputs[1:])}]) => {body}"


def _body(text: Printed, result: str) -> str:
    statements = "".join(f"const {name} = {expression}; " for name, expression in text.statements)
    return f"{{ {statements}return {result}; }}"


def _calculator() -> dict[str, str]:
    found = {}
    for name, entry in PRIMITIVES.items():
        if not entry.variadic:
            with suppress(LanguageError):  # one of the user's own; formulas do without it
                found[name] = _forward(entry, len(entry.parameters), spread=True)
    return found
