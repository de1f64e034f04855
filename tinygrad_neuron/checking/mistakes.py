"""Where a gradient went wrong: the first wrong rule of a graph, and where it vanished or exploded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..graph import non_finite
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
