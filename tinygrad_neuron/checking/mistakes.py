"""Where a gradient went wrong: the first wrong rule of a graph, or the likely mistake in a derivation by hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..graph import non_finite
from ..primitives import settle
from ..program import Edge, Program
from .nonsmooth import bends
from .recorded import Recorded

VANISHING, EXPLODING = 1e-8, 1e8  # gradients beyond these are asked what became of them
MOST_STAGES = 200  # whose numbers are tried in the place of others


def find_wrong_rule(recorded: Recorded, called: Sequence[str]) -> str:
    """The first operation, inputs first, whose recorded partial isn't that of its forward function.

    Args:
        recorded: the exact partials of a graph.
        called: what each place is called.

    Returns:
        A sentence about it with the likely cause; "" if all are right.

    Examples:
        >>> find_wrong_rule(Recorded(Program.of(Value(0.5).tanh())), ["x", "tanh(x)"])
        ''
    """
    if (found := recorded.find_wrong()) is None:
        return ""
    k, slot = found
    slope: Any = recorded.slopes[k][slot]
    engine, exact, entry = recorded.engine(k, slot) or 0.0, slope.value or 0.0, recorded.program.primitives[k]
    partial = f"∂({called[k]})/∂({called[recorded.program.operands[k][slot]]}) of {entry.name if entry else ''}"
    if slope.tied:
        return f"{partial} is {engine:.6g}, which doesn't lie between the derivatives from both sides"
    digits = 15 if _is_near(engine, exact, 1e-5) else 6
    return f"{partial} is {engine:.{digits}g} and should be {exact:.{digits}g}: {guess_cause(engine, exact)}"


def _is_near(found: float, exact: float, tolerance: float) -> bool:
    return abs(found - exact) <= tolerance * max(abs(exact), 1e-300)


def guess_cause(found: float, exact: float) -> str:
    """A guess at what makes one number of another: a sign, a factor 2 or ½, a zero."""
    for cause, wrong in _list_wrong_numbers(exact):
        if wrong != exact and _is_near(found, wrong, 1e-9):
            return cause
    if found == 0:
        return "it is zero"
    return f"off by {found - exact:.3g}" if exact == 0 else f"a factor {found / exact:.12g}"


def _list_wrong_numbers(exact: float) -> tuple[tuple[str, float], ...]:
    """What is made of a number by mistake, most likely first."""
    return (
        ("the sign is wrong", -exact),
        ("a factor 2 too much", 2 * exact),
        ("a factor ½ too much", exact / 2),
        ("wrong sign and a factor 2", -2 * exact),
        ("its reciprocal", 1 / exact if exact else math.nan),
        ("its square", exact * exact),
    )


# ---------------------------------------------------------------- gradients that vanish or explode
def find_strongest_path(program: Program, start: int) -> list[Edge]:
    """The path from a place to the root along which most of its gradient flows, nan and infinity first.

    Args:
        program: the graph.
        start: the place of a leaf or of a computed value.

    Returns:
        The edges, from the place on.
    """
    upstream = program.backward(program.slopes)
    path: list[Edge] = []
    k = start
    while k != program.roots[0]:
        onward = [edge for edge in program.uses[k] if upstream[edge.head] is not None]
        if not onward:
            return []
        path.append(max(onward, key=lambda edge: _weigh(program, upstream[edge.head] * program.slope(edge), edge)))
        k = path[-1].head
    return path


def _weigh(program: Program, part: float, edge: Edge) -> tuple[float, bool]:
    """What an edge brings; of those that bring nothing the first whose number isn't only compared."""
    return math.inf if part != part else abs(part), bends(program.primitives[edge.head], edge.slot)


def explain_extreme(program: Program, start: int, called: Sequence[str]) -> str:
    """Why a gradient is nan, infinite or next to nothing: where it began, was killed or amplified.

    Args:
        program: the graph, with its gradients.
        start: the place whose gradient it is.
        called: what each place is called.

    Returns:
        A sentence; "" if the gradient is neither.

    Examples:
        >>> x = Value(40.0, label="x")
        >>> y = x.tanh()
        >>> y.backward()
        >>> explain_extreme(Program.of(y), 0, ["x", "tanh(x)"])
        'it vanishes: the partial of tanh(x) by x is 7.219e-35'
    """
    gradient = program.gradient(start)
    if VANISHING < abs(gradient) < EXPLODING:
        return ""
    if not math.isfinite(gradient):
        found = non_finite(program)
        return f"it began here: {found.message}" if found else ""
    path = find_strongest_path(program, start)
    if not path:
        return ""
    vanishes = abs(gradient) <= VANISHING
    edge = (min if vanishes else max)(path, key=lambda each: abs(program.slope(each)))
    verb = "vanishes" if vanishes else "explodes"
    return f"it {verb}: the partial of {called[edge.head]} by {called[edge.tail]} is {program.slope(edge):.4g}"


# ---------------------------------------------------------------- mistakes in a derivation by hand
def find_mistakes(
    program: Program, start: int, called: Sequence[str], exact: float, agrees: Callable[[float], bool]
) -> Iterator[str]:
    """The mistakes in a backward pass that give a figure, most likely first.

    Each edge's part in a gradient is upstream × partial × what reaches the
    start. A mistake changes one partial, or drops a path, and the
    gradient with it; those that give the figure are named.

    Args:
        program: the graph.
        start: the place that is differentiated by.
        called: what each place is called.
        exact: the right gradient.
        agrees: whether a number is the figure, at the digits it is given with.
    """
    for cause, wrong in _list_wrong_numbers(exact)[:3]:
        if wrong != exact and agrees(wrong):
            yield cause
    upstream, reaching = program.backward(program.slopes), _differentiate_by(program, start)
    edges = [edge for edge in program.edges() if program.slope(edge) is not None and reaching[edge.tail] is not None]
    labelled = [k for k, tag in enumerate(program.tags) if tag.label][:MOST_STAGES]
    parts = {edge: upstream[edge.head] * program.slope(edge) * reaching[edge.tail] for edge in edges}
    for edge, part in parts.items():
        slope = program.slope(edge)
        name = f"∂({called[edge.head]})/∂({called[edge.tail]})"
        mistakes = (*_list_wrong_partials(program, edge, slope), *_list_misplaced_partials(program, edge, labelled))
        for cause, other in mistakes:
            changed = exact - part + upstream[edge.head] * other * reaching[edge.tail]
            if slope != other and changed != exact and agrees(changed):
                yield f"{name} = {slope:.4g}: {cause}"
        if len(program.uses[edge.tail]) > 1 and exact - part != exact and agrees(exact - part):
            others = f"several paths lead on from {called[edge.tail]}: add them"
            yield f"the path through {called[edge.head]} is missing ({others})"
    for tail in dict.fromkeys(edge.tail for edge in edges):
        several = [parts[edge] for edge in program.uses[tail]]
        for edge, part in zip(program.uses[tail], several, strict=True) if len(several) > 2 else ():
            if agrees(exact - math.fsum(several) + part):
                yield f"{called[tail]} takes only the gradient through {called[edge.head]}: = was written for +="


def _differentiate_by(program: Program, start: int) -> list[Any]:
    """For each place its derivative with respect to the start, in forward mode; None where it doesn't depend on it."""

    def read(k: int, operands: list[Any]) -> Any:
        edges = zip(operands, program.slopes[k], strict=True)
        parts = [each * slope for each, slope in edges if each is not None and slope is not None]
        return sum(parts) if parts else None

    return program.forward(read, {start: 1.0})


def _list_misplaced_partials(program: Program, edge: Edge, labelled: Sequence[int]) -> Iterator[tuple[str, float]]:
    """The partial of a function of one number at the numbers of other stages: a stale or wrong value."""
    entry = program.primitives[edge.head]
    if entry is None or entry.variadic or len(program.operands[edge.head]) != 1:
        return
    for other in labelled:
        number = program.numbers[other]
        wrong = settle(entry.partial(0, entry.evaluate(number), (number,))) or 0.0
        yield f"it was taken at the number of {program.names[other]}, {number:.4g}", wrong


def _list_wrong_partials(program: Program, edge: Edge, slope: float) -> Iterator[tuple[str, float]]:
    """What people write for a partial, with the number that it gives."""
    x, y, entry = program.numbers[edge.tail], program.numbers[edge.head], program.primitives[edge.head]
    name = entry.name if entry else ""
    yield "its sign is wrong", -slope
    yield "it is missing", 1.0
    yield "a factor 2 too much", 2 * slope
    yield "a factor 2 is missing", slope / 2
    yield "it was taken twice", slope * slope
    if slope:
        yield "it was divided by, not multiplied", 1 / slope
    if name == "sigmoid":
        yield "1 - y² was written, tanh's", 1 - y * y
    elif name == "tanh":
        yield "y·(1 - y) was written, sigmoid's", y * (1 - y)
    if name in ("tanh", "sigmoid"):
        yield "1 - y was written", 1 - y
        yield "1 - x², with the input for the output", 1 - x * x
    if name == "pow" and edge.slot == 0:
        exponent = program.numbers[program.operands[edge.head][1]]
        lowered = x ** (exponent - 1) if x > 0 or (exponent.is_integer() and x) else 0.0
        yield "the exponent was not brought down", lowered
        yield "the power was not lowered", exponent * y
    elif name in ("mul", "div"):
        yield "the derivative of the other factor was taken", x
    elif name not in ("add", "sub", "neg", "sum"):
        yield "the value was written for its derivative", y
