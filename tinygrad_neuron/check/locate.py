"""Where a gradient went wrong: the first wrong rule of a graph, or the slip in a derivation by hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ..graph import Link, depending_on, first_non_finite
from ..value import Value, assembled, topological_order
from ..write import names
from .exact import exact_derivatives

VANISHING, EXPLODING = 1e-8, 1e8  # gradients beyond these are asked what became of them
RULE_TOLERANCE = 1e-11  # relative: rules hold constants as floats, and are read in floats


class Wrong(NamedTuple):
    """What went wrong, and where.

    Attributes:
        node: the operation.
        operand: along which of its edges.
        reason: a sentence with the likely cause.
    """

    node: Value
    operand: Value
    reason: str


def first_wrong_rule(root: Value) -> Wrong | None:
    """The first operation, inputs first, whose recorded local derivative isn't that of its forward function.

    Args:
        root: the end of the graph.

    Returns:
        The operation with the likely cause, or None if all are right.

    Examples:
        >>> first_wrong_rule(Value(0.5).tanh()) is None
        True
    """
    called = names(root)
    for node in topological_order(root):
        if node.primitive is None:
            continue
        copies = [Value(each.data, constant=each.is_constant) for each in node.operands]
        for k, slope in enumerate(node.partials):
            if slope is None:
                continue
            found = exact_derivatives(assembled(node, copies), [copies[k]])[0]
            if found.kind == "smooth" and not _near(slope, found.value):
                operand = node.operands[k]
                reason = (
                    f"∂({called[node]})/∂({called[operand]}) of {node.primitive.name} is {slope:.6g} and should be "
                    f"{found.value:.6g}: {likely_cause(slope, found.value)}"
                )
                return Wrong(node, operand, reason)
    return None


def _near(found: float, exact: float, tolerance: float = RULE_TOLERANCE) -> bool:
    if not math.isfinite(exact) or not math.isfinite(found):
        return found == exact or (found != found and exact != exact) or (math.isinf(found) and abs(exact) > 1e308)
    return abs(found - exact) <= tolerance * max(abs(exact), 1e-300)


def likely_cause(found: float, exact: float) -> str:
    """A guess at what makes one number of another: a sign, a factor 2 or ½, a zero."""
    for cause, wrong in (
        ("the sign is wrong", -exact),
        ("a factor 2 too much", 2 * exact),
        ("a factor ½ too much", exact / 2),
        ("wrong sign and a factor 2", -2 * exact),
        ("its reciprocal", 1 / exact if exact else math.nan),
        ("its square", exact * exact),
    ):
        if exact != wrong and _near(found, wrong, 1e-9):
            return cause
    if found == 0:
        return "it is zero"
    return f"off by {found - exact:.3g}" if exact == 0 else f"a factor {found / exact:.6g}"


# ---------------------------------------------------------------- gradients that vanish or explode
def strongest_path(root: Value, start: Value) -> list[Link]:
    """The path from a node to the root along which most of its gradient flows, nan and infinity first.

    Args:
        root: the end of the graph.
        start: a leaf or a computed value.

    Returns:
        The links, from the node on.
    """
    order = topological_order(root)
    upstream, _ = _flows(root, start, order)
    path: list[Link] = []
    node = start
    while node is not root:
        onward = [
            Link(consumer, place, slope)
            for consumer in order
            for place, (operand, slope) in enumerate(zip(consumer.operands, consumer.partials, strict=True))
            if operand is node and slope is not None and consumer in upstream
        ]
        if not onward:
            return []
        path.append(max(onward, key=lambda link: _weight(upstream[link.node] * link.slope)))
        node = path[-1].node
    return path


def _weight(part: float) -> float:
    return math.inf if part != part else abs(part)


def what_became_of(root: Value, start: Value) -> str:
    """Why a gradient is nan, infinite or next to nothing: where it began, was killed or amplified.

    Args:
        root: the end of the graph, after backward().
        start: the node whose gradient it is.

    Returns:
        A sentence; "" if the gradient is neither.

    Examples:
        >>> x = Value(40.0, label="x")
        >>> y = x.tanh()
        >>> y.backward()
        >>> what_became_of(y, x)
        'it vanishes: the local derivative of tanh(x) by x is 7.219e-35'
    """
    gradient = start.grad
    if VANISHING < abs(gradient) < EXPLODING:
        return ""
    if not math.isfinite(gradient):
        found = first_non_finite(root)
        return f"it began here: {found.message}" if found else ""
    called, path = names(root), strongest_path(root, start)
    if not path:
        return ""
    vanishes = abs(gradient) <= VANISHING
    link = (min if vanishes else max)(path, key=lambda each: abs(each.slope))
    verb = "vanishes" if vanishes else "explodes"
    return f"it {verb}: the local derivative of {called[link.node]} by {called[link.operand]} is {link.slope:.4g}"


# ---------------------------------------------------------------- slips in a derivation by hand
def slips(root: Value, start: Value, exact: float, agrees: Callable[[float], bool]) -> Iterator[str]:
    """The mistakes in a backward pass that give a figure, most likely first.

    Each edge's part in a gradient is upstream × local × what reaches the
    start. A slip changes one local derivative, or drops a path, and the
    gradient with it; those that give the figure are named.

    Args:
        root: the end of the graph.
        start: what is differentiated by.
        exact: the right gradient.
        agrees: whether a number is the figure, at the digits it is given with.
    """
    for cause, wrong in (
        ("the sign is wrong", -exact),
        ("a factor 2 too much", 2 * exact),
        ("a factor ½ too much", exact / 2),
    ):
        if exact != wrong and agrees(wrong):
            yield cause
    order = topological_order(root)
    called = names(root)
    upstream, reaching = _flows(root, start, order)
    edges = [
        (node, operand, slope)
        for node in order
        for operand, slope in zip(node.operands, node.partials, strict=True)
        if slope is not None and operand in reaching and node in upstream
    ]
    for node, operand, slope in edges:
        part = upstream[node] * slope * reaching[operand]
        name = f"∂({called[node]})/∂({called[operand]})"
        for cause, other in (*_wrong_slopes(node, operand, slope), *_at_other_numbers(node, slope, order)):
            changed = exact - part + upstream[node] * other * reaching[operand]
            if changed != exact and agrees(changed):
                yield f"{name} = {slope:.4g}: {cause}"
        several = sum(each is operand for consumer, each, _ in edges) > 1
        if several and exact - part != exact and agrees(exact - part):
            yield f"the path through {called[node]} is missing (several paths lead on from {called[operand]}: add them)"
    for operand in dict.fromkeys(each for _, each, _ in edges):
        parts = [(node, upstream[node] * slope * reaching[each]) for node, each, slope in edges if each is operand]
        total = math.fsum(part for _, part in parts)
        for node, part in parts if len(parts) > 2 else []:
            if agrees(exact - total + part):
                yield f"{called[operand]} takes only the gradient through {called[node]}: = was written for +="


def _flows(root: Value, start: Value, order: Sequence[Value]) -> tuple[dict[Value, float], dict[Value, float]]:
    """∂root/∂node for the nodes between, and ∂node/∂start."""
    between = depending_on([start], order)
    reaching = {start: 1.0}
    upstream = {root: 1.0}
    for node in order:
        if node in between and node is not start:
            reaching[node] = sum(
                reaching[each] * slope
                for each, slope in zip(node.operands, node.partials, strict=True)
                if slope is not None and each in reaching
            )
    for node in reversed(order):
        for each, slope in zip(node.operands, node.partials, strict=True):
            if slope is not None and node in upstream and each in between:
                upstream[each] = upstream.get(each, 0.0) + upstream[node] * slope
    return upstream, reaching


def _at_other_numbers(node: Value, slope: float, order: Sequence[Value]) -> Iterator[tuple[str, float]]:
    """The local derivative of a function of one number at the numbers of other stages: a stale or wrong value."""
    if node.primitive is None or len(node.operands) != 1 or node.primitive.variadic:
        return
    for other in order:
        if other.label and other is not node.operands[0]:
            number = other.data
            wrong = float(node.primitive.partial(0, node.primitive.evaluate(number), (number,)))
            if wrong != slope:
                yield f"it was taken at the number of {other.label}, {number:.4g}", wrong


def _wrong_slopes(node: Value, operand: Value, slope: float) -> Iterator[tuple[str, float]]:
    """What people write for a local derivative, with the number that it gives."""
    x, y, name = operand.data, node.data, node.primitive.name if node.primitive else ""
    yield "its sign is wrong", -slope
    if slope != 1:
        yield "it is missing", 1.0
    yield "a factor 2 too much", 2 * slope
    yield "a factor 2 is missing", slope / 2
    yield "it was taken twice", slope * slope
    if slope:
        yield "it was divided by, not multiplied", 1 / slope
    if name in ("tanh", "sigmoid"):
        yield (
            "1 - y² was written, tanh's" if name == "sigmoid" else "y·(1 - y) was written, sigmoid's",
            (1 - y * y if name == "sigmoid" else y * (1 - y)),
        )
        yield "1 - y was written", 1 - y
        yield "1 - x², with the input for the output", 1 - x * x
        yield "the value was written for its derivative", y
    elif name == "pow" and operand is node.operands[0]:
        exponent = node.operands[1].data
        yield (
            "the exponent was not brought down",
            x ** (exponent - 1) if x > 0 or (exponent.is_integer() and x) else 0.0,
        )
        yield "the power was not lowered", exponent * y
    elif name in ("mul", "div"):
        yield "the derivative of the other factor was taken", x
    elif name not in ("add", "sub", "neg", "sum"):
        yield "the value was written for its derivative", y
