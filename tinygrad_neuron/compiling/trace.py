"""From a function or a graph to a listing: recorded once, with what decided on its branches."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from numbers import Integral, Real
from typing import Any, NamedTuple

from ..arrays import as_arrays, as_rows, holds_rows
from ..formulas.listing import Guard, Line, Listing
from ..graph import flatten, gradient
from ..program import Program
from ..recording import Decision, keep_decisions
from ..value import Value

Shape = Any  # nested tuples: what is list, tuple, dict or number


class Trace(NamedTuple):
    """A recorded call.

    Attributes:
        inputs: a Value for each number in the arguments, in order.
        captured: leaves from outside that the function used.
        output: what it returned.
        decisions: the comparisons that chose its branches.
        arguments: the arguments, with inputs in place of numbers.
    """

    inputs: list[Value]
    captured: list[Value]
    output: Any
    decisions: list[Decision]
    arguments: dict[str, Any]


def trace(function: Callable[..., Any], call: Call) -> Trace:
    """Run a function on Values in place of the numbers of its arguments.

    Args:
        function: what is recorded.
        call: its arguments.
    """
    inputs: list[Value] = []

    def leaf(number: Any, name: str) -> Any:
        inputs.append(Value(number.data if isinstance(number, Value) else number, label=name))
        return inputs[-1]

    replaced = {name: map_numbers(argument, name, leaf) for name, argument in call.arguments.items()}
    given = as_arrays(replaced)
    positional = [argument for name, argument in given.items() if name not in call.keywords]
    with keep_decisions() as decisions:
        output = as_rows(function(*positional, **{name: given[name] for name in call.keywords}))
    own = set(inputs)
    roots = [each for each in flatten(output)[0] if isinstance(each, Value)]
    compared = [side for _, left, right, _ in decisions for side in (left, right) if isinstance(side, Value)]
    program = Program.of(*roots, *compared)
    leaves = [program.nodes[k] for k in program.leaves]
    return Trace(inputs, [each for each in leaves if each not in own], output, decisions, replaced)


def trace_graph(root: Value) -> Trace:
    """The same for a graph that is recorded already: all its leaves are captured."""
    return trace(lambda: root, Call({}, []))


def find_frozen_numbers(function: Any) -> list[str]:
    """The names of a closure whose numbers a compiled function keeps as they are; other ways in can't be seen."""
    with contextlib.suppress(TypeError, ValueError):  # no function of Python's; a name that has no value yet
        outside = inspect.getclosurevars(function).nonlocals
        return [name for name, each in outside.items() if isinstance(each, Real) and not isinstance(each, Integral)]
    return []


class Call(NamedTuple):
    """The arguments of a call by their names, with defaults put in; those that go by keyword."""

    arguments: dict[str, Any]
    keywords: list[str]


def bind_arguments(function: Callable[..., Any], arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Call:
    """The arguments of a call by their names; further ones of `*args` are `args_0`, `args_1` and so on."""
    call = inspect.signature(function).bind(*arguments, **named)
    call.apply_defaults()
    found: dict[str, Any] = {}
    for name, argument in call.arguments.items():
        kind = call.signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_POSITIONAL:
            found |= {f"{name}_{k}": each for k, each in enumerate(argument)}
        else:
            found |= argument if kind is inspect.Parameter.VAR_KEYWORD else {name: argument}
    return Call(found, [*call.kwargs])


# ---------------------------------------------------------------- nested arguments
def map_numbers(thing: Any, name: str, leaf: Callable[[Any, str], Any]) -> Any:
    """The same lists, tuples and dicts, with something else in place of their numbers; other things stay."""
    if isinstance(thing, Mapping):
        return {key: map_numbers(each, f"{name}_{key}", leaf) for key, each in thing.items()}
    if isinstance(thing, (list, tuple)):
        return type(thing)([map_numbers(each, f"{name}_{k}", leaf) for k, each in enumerate(thing)])
    return leaf(thing, name) if is_number(thing) else thing


def list_numbers(thing: Any) -> list[Any]:
    """The numbers of nested lists, tuples and dicts, in order; an array among them is one."""
    found: list[Any] = []
    map_numbers(thing, "", lambda number, _: found.append(number))
    return found


def is_number(thing: Any) -> bool:
    """Whether it is traced; what isn't, as a string or a bool, is a part of the shape."""
    return not isinstance(thing, (bool, str, bytes)) and (isinstance(thing, Value) or hasattr(thing, "__float__"))


def shape_of(thing: Any) -> Shape:
    """What a call is told apart by: lengths and keys, and all that isn't a number."""
    if isinstance(thing, Mapping):
        return ("dict", *((key, shape_of(each)) for key, each in thing.items()))
    if isinstance(thing, (list, tuple)):
        return (type(thing).__name__, *map(shape_of, thing))
    return "number" if is_number(thing) else ("constant", repr(thing))


# ---------------------------------------------------------------- to listings
class Code(NamedTuple):
    """A listing with what its inputs and outputs are.

    Attributes:
        listing: inputs first, then captured leaves; outputs: those of the function, then the gradients.
        traced: what it was made of.
        by: what was differentiated by: nested lists, tuples and dicts of Values; None for nothing.
        n_outputs: how many outputs are the function's.
        has_arrays: whether there are arrays in what it gives, kept as rows.
    """

    listing: Listing
    traced: Trace
    by: Any
    n_outputs: int
    has_arrays: bool = False


def make_code(traced: Trace, by: Any, spelled: Collection[str]) -> Code:
    """The listing of a recorded call and of its gradient.

    Args:
        traced: the call.
        by: nested lists, tuples and dicts of the inputs or captured leaves it is differentiated by; None for the
            value alone.
        spelled: the primitives that the language has.

    Raises:
        TypeError: a gradient is asked for, and the output isn't a scalar.
    """
    wrt = [] if by is None else flatten(by)[0]
    listing = Listing(spelled)
    places: dict[Value, Any] = {node: listing.input(node.label or "p") for node in traced.inputs}
    for k, node in enumerate(traced.captured):
        places[node] = listing.input("_".join([*node.scope[-1:], node.label]) if node.label else f"captured_{k}")
    results = [each if isinstance(each, Value) else Value(each, constant=True) for each in flatten(traced.output)[0]]
    if wrt and (len(results) != 1 or isinstance(traced.output, (list, tuple, Mapping))):
        raise TypeError(f"a gradient is of one number, the function returned {len(results)} in a structure")
    slopes = list(gradient(results[0], *wrt)) if wrt else []
    compared = [side for _, left, right, _ in traced.decisions for side in (left, right) if isinstance(side, Value)]
    found = listing.record([*results, *slopes, *compared], places)
    listing.outputs = [found[each] for each in (*results, *slopes)]
    for each, node in zip(slopes, wrt, strict=True):
        line = found[each]
        if isinstance(line, Line) and not line.label:
            line.label = f"grad_{places[node].label}"
    listing.guards = _find_guards(traced.decisions, found)
    return Code(listing, traced, by, len(results), holds_rows((traced.output, by)))


def rebuild(code: Code, outputs: Sequence[Any]) -> Any:
    """Flat outputs as the value, and the gradient if there is one.

    Args:
        code: what the outputs are of.
        outputs: numbers, arrays or expressions.
    """
    value = flatten(code.traced.output)[1](outputs[: code.n_outputs])
    return value if code.by is None else (value, flatten(code.by)[1](outputs[code.n_outputs :]))


def _find_guards(decisions: Sequence[Decision], found: Mapping[Value, Any]) -> list[Guard]:
    """The decisions that an input can change, each once; not the comparisons with something else, as None."""
    guards: dict[Any, Guard] = {}
    for relation, *compared, outcome in decisions:
        sides = [found[side] if isinstance(side, Value) else side for side in compared]
        if any(isinstance(each, Line) for each in sides) and all(
            isinstance(each, (Line, int, float)) for each in sides
        ):
            key = (relation, *(side.place if isinstance(side, Line) else repr(side) for side in sides))
            guards.setdefault(key, Guard(relation, sides[0], sides[1], outcome))
    return list(guards.values())
