"""What can be asked of a recorded graph: gradients as graphs, derivatives of any order, replays, diagnostics."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .primitive import PRIMITIVES, Ieee
from .real import as_float
from .value import NO_GRADIENT, Value, as_value, record, topological_order, unflat

Structure = Any  # a number or Value, or lists, tuples and dicts of them
Wrt = int | str | Sequence[int | str]  # arguments, by position or by name


class StaleGraphError(ValueError):
    """A leaf was assigned after the graph was recorded, so the graph is not of its numbers any more."""


# ---------------------------------------------------------------- gradients as graphs
def gradient(root: Value, *inputs: Value) -> tuple[Value, ...]:
    """The gradient of a value as a graph, that can be differentiated again.

    The rules of the primitives are read on Values, in the order of backward().

    Args:
        root: what is differentiated.
        inputs: with respect to what: leaves, or computed values on the way.

    Returns:
        For each input a Value; a constant 0 where the root doesn't depend on it.

    Raises:
        StaleGraphError: a leaf was assigned after the graph was recorded.

    Examples:
        >>> x = Value(3.0)
        >>> (slope,) = gradient(x**3, x)
        >>> (curvature,) = gradient(slope, x)
        >>> slope.data, curvature.data
        (27.0, 18.0)
    """
    order = topological_order(root)
    leading = depending_on(map(as_value, inputs), order)
    flowing: dict[Value, Any] = {root: Ieee(1.0)}
    for node in reversed(order):
        if node.is_leaf or node not in leading or node not in flowing:
            continue
        upstream = flowing[node]
        for operand, slope in _slopes(node, leading):
            contribution = _times(upstream, slope)
            flowing[operand] = flowing[operand] + contribution if operand in flowing else contribution
    return tuple(_as_value(flowing.get(each, 0.0)) for each in inputs)


def depending_on(inputs: Iterable[Value], order: Iterable[Value]) -> set[Value]:
    """The inputs, and all nodes of a topological order that are computed from them."""
    found = set(inputs)
    for node in order:
        if not found.isdisjoint(node.operands):
            found.add(node)
    return found


def _slopes(node: Value, leading: set[Value]) -> Iterator[tuple[Value, Any]]:
    """The local derivatives of a node as Values or numbers, along the edges that lead to the inputs."""
    _refuse_stale(node)
    arguments = [Ieee(each.data) if each.is_constant else each for each in node.operands]
    wanted = [each in leading and not each.is_constant for each in node.operands]
    slopes = node.primitive.partials(node, arguments, wanted)  # type: ignore[union-attr]
    return ((each, slope) for each, slope in zip(node.operands, slopes, strict=True) if slope is not None)


def _times(upstream: Any, slope: Any) -> Any:
    if not isinstance(upstream, Value) and upstream == 1.0:
        return slope
    return upstream if not isinstance(slope, Value) and slope == 1.0 else upstream * slope


def _as_value(number: Any) -> Value:
    return number if isinstance(number, Value) else Value(number, constant=True)


def node_of(root: Value, key: Value | str, argument: str) -> Value:
    """The node of a graph that is meant: the node itself, or the one with a label.

    Args:
        root: the end of the graph.
        key: a node, or a label.
        argument: what the user gave it as, for the error.

    Raises:
        ValueError: there is no such node, or several have the label.
    """
    order = topological_order(root)
    found = [node for node in order if (node.label == key if isinstance(key, str) else node is key)]
    if len(found) == 1:
        return found[0]
    if found:
        raise ValueError(f"{argument}: {len(found)} nodes are labelled {key!r}: give the Value itself")
    labels = ", ".join(dict.fromkeys(node.label for node in order if node.label))
    raise ValueError(f"{argument}: the graph has no node {key!r}; its labels are {labels or 'none'}")


def is_stale(node: Value) -> bool:
    """Whether an operand was assigned after this value was computed from it.

    Args:
        node: any value; leaves never are.

    Returns:
        Whether computing it again from its operands gives another number.

    Examples:
        >>> x = Value(2.0)
        >>> y = x * x
        >>> x.data = 3.0
        >>> is_stale(y)
        True
    """
    if node.primitive is None:
        return False
    again = node.primitive.evaluate(*(each.data for each in node.operands))
    return again != node.data and not (math.isnan(again) and math.isnan(node.data))


def _refuse_stale(node: Value) -> None:
    if is_stale(node):
        leaves = ", ".join(
            each.label or repr(each) for each in topological_order(node) if each.is_leaf and not each.is_constant
        )
        raise StaleGraphError(
            f"a leaf was assigned after the graph was recorded (one of {leaves}): compute the expression again"
        )


# ---------------------------------------------------------------- derivatives of functions
def value_and_grad(function: Callable[..., Any], wrt: Wrt = 0) -> Callable[..., tuple[Any, Structure]]:
    """A function that returns what `function` does, and its gradient.

    Args:
        function: takes numbers, or lists, tuples and dicts of them; returns a scalar.
        wrt: with respect to which argument, by position or name; or several.

    Returns:
        A function of the same arguments that returns the pair of value and
        gradient. The gradient has the structure of the argument; for several
        arguments it is a tuple. They are floats, or Values that can be
        differentiated again where Values were passed in or used inside.

    Raises:
        TypeError: when called, if there is no such argument or no scalar comes out.

    Examples:
        >>> value_and_grad(lambda x, w: (w * x) ** 2, wrt="w")(3.0, w=2.0)
        (36.0, 36.0)
    """

    def differentiated(*arguments: Any, **named: Any) -> tuple[Any, Structure]:
        call = _Call(function, wrt, arguments, named)
        root = _scalar(call.output)
        if call.symbolic:
            return root, call.shaped(gradient(root, *call.inputs))
        if not root.is_constant:
            root.backward()
        return root.data, call.shaped([each.grad for each in call.inputs])

    return differentiated


def grad(function: Callable[..., Any], wrt: Wrt = 0) -> Callable[..., Structure]:
    """A function that returns the gradient of `function`: the second half of `value_and_grad`.

    Args:
        function: takes numbers, or lists, tuples and dicts of them; returns a scalar.
        wrt: with respect to which argument, by position or name; or several.

    Returns:
        A function of the same arguments. It can be differentiated again.

    Raises:
        TypeError: when called, if there is no such argument or no scalar comes out.

    Examples:
        >>> cube = lambda x: x**3
        >>> grad(cube)(2.0), grad(grad(cube))(2.0), grad(grad(grad(cube)))(2.0)
        (12.0, 12.0, 6.0)
    """

    def differentiated(*arguments: Any, **named: Any) -> Structure:
        return value_and_grad(function, wrt)(*arguments, **named)[1]

    return differentiated


def jacobian(function: Callable[..., Any], wrt: Wrt = 0) -> Callable[..., Structure]:
    """A function that returns all derivatives ∂outputᵢ/∂inputⱼ of `function`.

    Args:
        function: takes and returns numbers, or lists, tuples and dicts of them.
        wrt: with respect to which argument, by position or name; or several.

    Returns:
        A function of the same arguments. What it returns has the structure of
        the outputs, and in place of each output the structure of the argument.

    Raises:
        TypeError: when called, if there is no such argument.

    Examples:
        >>> jacobian(lambda p: [p[0] * p[1], p[0] + p[1]])([2.0, 3.0])
        [[3.0, 2.0], [1.0, 1.0]]
    """

    def differentiated(*arguments: Any, **named: Any) -> Structure:
        call = _Call(function, wrt, arguments, named)
        outputs, rebuild = _flattened(call.output)
        rows = [gradient(_as_value(output), *call.inputs) for output in outputs]
        return rebuild([call.shaped(row if call.symbolic else [each.data for each in row]) for row in rows])

    return differentiated


def hessian(function: Callable[..., Any], wrt: Wrt = 0) -> Callable[..., Structure]:
    """A function that returns all second derivatives ∂²f/∂xᵢ∂xⱼ: the jacobian of the gradient.

    Args:
        function: takes numbers, or lists, tuples and dicts of them; returns a scalar.
        wrt: with respect to which argument, by position or name; or several.

    Returns:
        A function of the same arguments. What it returns has the structure of
        the argument, and in place of each number that structure again.

    Raises:
        TypeError: when called, if there is no such argument or no scalar comes out.

    Examples:
        >>> hessian(lambda p: p[0] ** 2 * p[1])([3.0, 5.0])
        [[10.0, 6.0], [6.0, 0.0]]
    """
    return jacobian(grad(function, wrt), wrt)


def jvp(function: Callable[..., Any], primals: Sequence[Structure], tangents: Sequence[Structure]) -> tuple[Any, Any]:
    """The value of a function and its derivative in one direction: the Jacobian times a vector, in forward mode.

    Args:
        function: takes numbers, or lists, tuples and dicts of them.
        primals: its arguments.
        tangents: the direction, in the structure of the arguments.

    Returns:
        The function's value and its directional derivative, of one structure;
        floats for numbers, Values if there is a Value among the arguments.

    Raises:
        ValueError: the structures of primals and tangents differ.

    Examples:
        >>> jvp(lambda x, w: x * w, (3.0, 2.0), (1.0, 0.0))
        (6.0, 2.0)
    """
    call = _Call(function, tuple(range(len(primals))), tuple(primals), {})
    directions, _ = _flattened(tuple(tangents))
    if len(directions) != len(call.inputs):
        raise ValueError(f"{len(call.inputs)} numbers in primals and {len(directions)} in tangents: give one for each")
    outputs, rebuild = _flattened(call.output)
    roots = [_as_value(output) for output in outputs]
    moving: dict[Value, Any] = dict(zip(call.inputs, directions, strict=True))
    order = topological_order(*roots)
    leading = depending_on(call.inputs, order)
    for node in order:
        if node.is_leaf or node not in leading or node in moving:
            continue
        for operand, slope in _slopes(node, leading):
            contribution = _times(moving[operand], slope)
            moving[node] = moving[node] + contribution if node in moving else contribution
    results = [_as_value(moving.get(root, 0.0)) for root in roots]
    if call.symbolic:
        return rebuild(roots), rebuild(results)
    return rebuild([root.data for root in roots]), rebuild([each.data for each in results])


class _Call:
    """One call of a function on fresh inputs, so that each argument has a gradient of its own."""

    def __init__(
        self, function: Callable[..., Any], wrt: Wrt, arguments: tuple[Any, ...], named: Mapping[str, Any]
    ) -> None:
        self._single = isinstance(wrt, (int, str))
        bound: dict[int | str, Any] = dict([*enumerate(arguments), *named.items()])
        chosen = [self._key(key, bound, function) for key in ([wrt] if isinstance(wrt, (int, str)) else wrt)]
        given = [leaf for each in bound.values() for leaf in _flattened(each)[0] if isinstance(leaf, Value)]
        self.inputs: list[Value] = []
        self._parts: list[tuple[int, Callable[[Sequence[Any]], Structure]]] = []
        for key in chosen:
            leaves, rebuild = _flattened(bound[key])
            fresh = [_fresh(leaf) for leaf in leaves]
            bound[key] = rebuild(fresh)
            self.inputs += fresh
            self._parts.append((len(fresh), rebuild))
        self.output = function(*(bound[k] for k in range(len(arguments))), **{name: bound[name] for name in named})
        self.symbolic = bool(given) or self._captures_values()

    def _captures_values(self) -> bool:
        """Whether the function used Values from outside, that its gradient depends on too."""
        roots = [each for each in _flattened(self.output)[0] if isinstance(each, Value)]
        own = set(self.inputs)
        return any(node.is_leaf and not node.is_constant and node not in own for node in topological_order(*roots))

    @staticmethod
    def _key(key: int | str, bound: Mapping[int | str, Any], function: Callable[..., Any]) -> int | str:
        if key not in bound and isinstance(key, str):  # a name whose argument was passed by position
            import inspect

            names = list(inspect.signature(function).parameters)
            key = names.index(key) if key in names else key
        if key not in bound:
            raise TypeError(f"there is no argument {key!r} to differentiate by; the call has {list(bound)}")
        return key

    def shaped(self, numbers: Sequence[Any]) -> Structure:
        """Numbers, one for each input, in the structure of the chosen arguments."""
        parts, start = [], 0
        for count, rebuild in self._parts:
            parts.append(rebuild(numbers[start : start + count]))
            start += count
        return parts[0] if self._single else tuple(parts)


def _fresh(number: Any) -> Value:
    if isinstance(number, Value):
        return Value(number.data) if number.is_constant else record(PRIMITIVES["identity"], (number,))
    return Value(number)


def _scalar(output: Any) -> Value:
    if isinstance(output, (list, tuple, dict)) or output is None:
        raise TypeError(f"the function returned a {type(output).__name__}: a gradient is of one number, see jacobian()")
    return _as_value(output)


def _flattened(structure: Structure) -> tuple[list[Any], Callable[[Sequence[Any]], Structure]]:
    """The leaves of nested lists, tuples and dicts, and how to build the same structure of others."""
    if isinstance(structure, Mapping):
        leaves, rebuild = _flattened(list(structure.values()))
        return leaves, lambda new: dict(zip(structure, rebuild(new), strict=True))
    if not isinstance(structure, (list, tuple)):
        return [structure], lambda new: new[0]
    parts = [_flattened(each) for each in structure]
    starts = [0, *itertools.accumulate(len(leaves) for leaves, _ in parts)]

    def rebuild_all(new: Sequence[Any]) -> Structure:
        return type(structure)(
            [rebuild(new[at : at + len(leaves)]) for at, (leaves, rebuild) in zip(starts, parts, strict=False)]
        )

    return [leaf for leaves, _ in parts for leaf in leaves], rebuild_all


# ---------------------------------------------------------------- replays
def replay(root: Value, changes: Mapping[Value | str, float]) -> dict[Value, float]:
    """The numbers of all nodes with some of them changed: what would have been computed.

    Args:
        root: the end of the graph.
        changes: a number for leaves or computed values, or their labels. What depends
            on them is computed again from the forward functions, the rest stays.

    Returns:
        A number for each node, in topological order. The graph is untouched.

    Raises:
        ValueError: one of them is no node of the graph.

    Examples:
        >>> x = Value(2.0)
        >>> y = x * 3
        >>> replay(y, {x: 5.0})[y]
        15.0
    """
    numbers: dict[Value, float] = {}
    changed: set[Value] = set()
    given = {node_of(root, key, "changes") if isinstance(key, str) else key: each for key, each in changes.items()}
    for node in topological_order(root):
        if node in given:
            numbers[node] = as_float(given[node])
        elif changed.isdisjoint(node.operands):
            numbers[node] = node.data
            continue
        else:
            numbers[node] = node.primitive.evaluate(*(numbers[each] for each in node.operands))  # type: ignore[union-attr]
        changed.add(node)
    for node in given:
        if node not in numbers:
            node_of(root, node, "changes")
    return numbers


# ---------------------------------------------------------------- the same graph, node by node
def expanded(root: Value) -> dict[Value, Value]:
    """The graph with each `dot` as the products and sums that it stands for, as people write it.

    Args:
        root: the end of the graph. Its numbers and gradients are kept.

    Returns:
        For each node the one in its place: itself, where nothing before it was a dot.

    Examples:
        >>> w, x = variables(w=2.0, x=3.0)
        >>> y = dot([w, 4.0], [x, 5.0])
        >>> [node.data for node in topological_order(expanded(y)[y])]
        [2.0, 3.0, 6.0, 20.0, 26.0]
    """
    places: dict[Value, Value] = {}
    for node in topological_order(root):
        operands = [places[each] for each in node.operands]
        if node.primitive is PRIMITIVES["dot"]:
            places[node] = _products(node, operands)
        elif all(map(operator.is_, operands, node.operands)):
            places[node] = node
        else:
            name = node.primitive.name  # type: ignore[union-attr]
            places[node] = _computed(name, operands, node.partials, node.data, node, node.label)
    return places


def _products(node: Value, operands: list[Value]) -> Value:
    half = len(operands) // 2
    pairs = list(zip(operands[:half], operands[half:], strict=True))
    slopes = list(zip(node.partials[:half], node.partials[half:], strict=True))
    total: Value | None = None
    for k, ((w, x), (dw, dx)) in enumerate(zip(pairs, slopes, strict=True), 1):
        product = _computed("mul", [w, x], (dw, dx), w.data * x.data, node, node.label if half == 1 else "")
        flowing = [None if part is None or part.is_constant else 1.0 for part in (total, product)]
        total = (
            product
            if total is None
            else _computed(
                "add", [total, product], flowing, total.data + product.data, node, node.label if k == half else ""
            )
        )
    return node if total is None else total


def _computed(name: str, operands: list[Value], slopes: Any, data: float, like: Value, label: str) -> Value:
    """A node in the scope of another, and with its gradient."""
    if all(slope is None for slope in slopes):
        return Value(data, label=label, constant=True)
    grad = like.grad if like.has_grad else NO_GRADIENT
    return unflat(Value, operands, (name, range(len(operands)), slopes, data, grad, label, like.scope))


# ---------------------------------------------------------------- chains
class Link(NamedTuple):
    """One step of a chain: a node, which of its operands, and the local derivative with respect to it."""

    node: Value
    place: int
    slope: float

    @property
    def operand(self) -> Value:
        """What the step begins at."""
        return self.node.operands[self.place]


class Chains(NamedTuple):
    """The paths along which one node acts on another.

    Attributes:
        paths: some of them, each from the input to the root.
        total: how many there are.
        gradient: the sum over all paths of their products of local derivatives.
    """

    paths: list[list[Link]]
    total: int
    gradient: float


def chains(root: Value, start: Value, most: int) -> Chains:
    """The chain rule path by path: what backward() sums up.

    Args:
        root: the end of the graph.
        start: where the paths begin.
        most: how many are returned; there can be exponentially many.

    Examples:
        >>> x = Value(3.0)
        >>> found = chains(x * x, x, 8)
        >>> found.total, found.gradient
        (2, 6.0)
    """
    order = topological_order(root)
    between = depending_on([start], order)
    onward: dict[Value, list[Link]] = {node: [] for node in between}
    for node in order:
        for place, (operand, slope) in enumerate(zip(node.operands, node.partials, strict=True)):
            if slope is not None and operand in between:
                onward[operand].append(Link(node, place, slope))
    counts, slopes = {root: 1}, {root: 1.0}
    for node in reversed(order):
        if node in between and node is not root:
            counts[node] = sum(counts[link.node] for link in onward[node])
            slopes[node] = sum(slopes[link.node] * link.slope for link in onward[node])
    paths: list[list[Link]] = []
    stack: list[list[Link]] = [[]]
    while stack and len(paths) < most and counts.get(start):
        path = stack.pop()
        end = path[-1].node if path else start
        if end is root:
            paths.append(path)
        else:
            stack += [[*path, link] for link in reversed(onward[end])]
    return Chains(paths, counts.get(start, 0), slopes.get(start, 0.0))


# ---------------------------------------------------------------- diagnostics
class NonFinite(NamedTuple):
    """The first node whose value or gradient is nan or infinite.

    Attributes:
        node: the node; its label, operation and operands can be read from it.
        what: "value" or "gradient".
        message: a sentence that names it, with what went in and a remedy.
    """

    node: Value
    what: str
    message: str


def first_non_finite(root: Value) -> NonFinite | None:
    """Where nan or infinity began: the first value in the forward pass, else the first gradient flowing back.

    Args:
        root: the end of the graph.

    Returns:
        The node with what is not finite in it, or None if all is finite.

    Examples:
        >>> (x,) = variables(x=-1.0)
        >>> first_non_finite(x.log() * 2).message
        'the value of log is nan, from x = -1.0; it is a number for x ≥ 0'
    """
    order = topological_order(root)
    for node in order:
        if not math.isfinite(node.data):
            return NonFinite(node, "value", _sentence(node, "value", node.data, node.operands))
    for node in reversed(order):
        if not math.isfinite(node.grad) and not node.is_constant:
            consumers = [each for each in order if any(operand is node for operand in each.operands)]
            return NonFinite(node, "gradient", _sentence(node, "gradient", node.grad, consumers))
    return None


def _sentence(node: Value, what: str, number: float, neighbours: Sequence[Value]) -> str:
    name = node.label or (node.primitive.name if node.primitive else "a constant" if node.is_constant else "a leaf")
    operation = f" ({node.primitive.name})" if node.label and node.primitive else ""
    line = f" [{node.source}]" if node.source else ""
    if what == "gradient":
        through = ", ".join(each.label or each.primitive.name for each in neighbours if each.primitive)
        way = f", flowing back through {through}" if through else ""
        return f"the gradient of {name}{operation} is {number}{way}{line}"
    origin = ", ".join(
        f"{each.label or (each.primitive.name if each.primitive else 'constant')} = {each.data!r}"
        for each in neighbours
    )
    domain = f"; it is a number for {node.primitive.domain}" if node.primitive and node.primitive.domain else ""
    return f"the value of {name}{operation} is {number}" + (f", from {origin}" if origin else "") + domain + line


def kinks(root: Value) -> list[Value]:
    """The nodes that are evaluated where they have no derivative, and a convention chose one.

    Args:
        root: the end of the graph.

    Returns:
        The nodes, in topological order.

    Examples:
        >>> x = Value(0.0)
        >>> kinks(abs(x) + x)
        [Value(0.0)]
    """
    return [node for node in topological_order(root) if node.primitive and _at_kink(node)]


def _at_kink(node: Value) -> bool:
    wanted = [slope is not None for slope in node.partials]
    return node.primitive.at_kink(node.data, [each.data for each in node.operands], wanted)  # type: ignore[union-attr]
