"""The target "python": the listing as a function of plain floats, and a careful one for IEEE 754's edges."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..conditions import COMPARISONS
from ..formulas.dialects import PYTHON
from ..formulas.listing import Listing, Names, Printed, printed, reads, statements
from ..primitives import PRIMITIVES, Primitive, as_float
from ..value import Value
from .trace import Code, Trace, rebuild

OTHER_BRANCH = object()  # what a step returns whose guards don't hold
GLOBALS: dict[str, Any] = {
    **{name: getattr(math, name) for name in PYTHON.taken if hasattr(math, name)},
    "floor": PRIMITIVES["floor"].forward,
    "OTHER_BRANCH": OTHER_BRANCH,
}
RELATIONS: dict[str, Callable[..., bool]] = {**COMPARISONS, "!=": operator.ne}


def list_primitives() -> set[str]:
    """The primitives that this target has: also those of one's own that can't be composed."""
    others = (entry for name, entry in PRIMITIVES.items() if name not in PYTHON.spelled and not entry.variadic)
    return PYTHON.spelled | {entry.name for entry in others if _needs_call(entry)}


def _needs_call(entry: Primitive) -> bool:
    try:
        listing = Listing(PYTHON.spelled)
        entry.composed(*(listing.input(parameter) for parameter in entry.parameters))
    except Exception:  # noqa: BLE001 (whatever a function of one's own does with what isn't a float)
        return True
    return False


def source_of(code: Code, name: str) -> tuple[str, dict[str, Any]]:
    """The listing as a Python function, and the names it uses.

    Args:
        code: the listing, with what its inputs and outputs are.
        name: of the function.
    """
    program = code.listing.program
    heads = {program.primitives[k].name for k in statements(program)}  # type: ignore[union-attr]
    own = heads - PYTHON.spelled
    forms = {head: f"{head}_({', '.join(f'{{{k}}}' for k in range(len(PRIMITIVES[head].parameters)))})" for head in own}
    dialect = PYTHON._replace(forms={**PYTHON.forms, **forms})
    text = printed(code.listing, dialect)
    parameters, unpacked = _write_parameters(code.traced, text)
    if captured := text.inputs[len(code.traced.inputs) :]:
        parameters, unpacked = ["captured", *parameters], [f"{', '.join(captured)}, = captured", *unpacked]
    lines = [f"def {name}({', '.join(parameters)}):", *unpacked]
    for target, expression in text.statements:
        lines.append(f"{target} = {expression}" if target else f"if not ({expression}): return OTHER_BRANCH")
    returned = rebuild(code, [_Expression(each) for each in text.outputs])
    lines.append(f"return {returned if code.by is None else ', '.join(map(repr, returned))}")
    return "\n    ".join(lines) + "\n", {f"{head}_": PRIMITIVES[head].evaluate for head in own}


def _write_parameters(traced: Trace, text: Printed) -> tuple[list[str], list[str]]:
    """The function's parameters, and the statements that take nested arguments apart."""
    inputs, names = dict(zip(traced.inputs, text.inputs, strict=False)), Names({*PYTHON.taken, *text.inputs})
    unpacked: list[str] = []

    def call(argument: Any, label: str) -> str:
        """What an argument is called; the statement that takes it apart stands before those of its parts."""
        if isinstance(argument, Value):
            return inputs[argument]
        name, at = names.name(label), len(unpacked)
        if isinstance(argument, Mapping):
            unpacked[at:at] = [f"{call(each, f'{name}_{key}')} = {name}[{key!r}]" for key, each in argument.items()]
        elif isinstance(argument, (list, tuple)) and argument:
            parts = [call(each, f"{name}_{k}") for k, each in enumerate(argument)]
            unpacked.insert(at, f"{', '.join(parts)}, = {name}")
        return name

    return [call(argument, name) for name, argument in traced.arguments.items()], unpacked


class _Expression(str):
    """Source that stands for itself where a structure with it is shown."""

    __slots__ = ()
    __repr__ = str.__str__


def function_of(code: Code, name: str) -> tuple[str, Callable[..., Any]]:
    """The source and the function it defines."""
    source, own = source_of(code, name)
    names = {**GLOBALS, **own}
    exec(compile(source, f"<compiled {name}>", "exec"), names)  # noqa: S102 (its own source, of names made here)
    return source, names[name]


def run_carefully(listing: Listing, numbers: Sequence[Any]) -> list[float] | None:
    """Run a listing statement by statement with IEEE 754's answer where Python raises; None if a guard doesn't hold."""
    program = listing.program
    counts = reads(program)

    def read(k: int, operands: list[float]) -> float:
        if not operands or counts[k] is None:
            return program.numbers[k]
        return program.primitives[k].evaluate(*operands)  # type: ignore[union-attr]

    given = {line.place: as_float(number) for line, number in zip(listing.inputs, numbers, strict=True)}
    values = program.forward(read, given)
    for guard in listing.guards:
        left, right = (values[listing.place(side)] for side in (guard.left, guard.right))
        if RELATIONS[guard.relation](left, right) != guard.outcome:
            return None
    return [values[listing.place(each)] for each in listing.outputs]
