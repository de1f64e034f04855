"""What can be asked of a recorded graph: gradients as graphs, derivatives of any order, replays, diagnostics."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from .arguments import require
from .arrays import flatten_array, is_array
from .ops import where
from .primitives import CONSTANT, NOTHING, PRIMITIVES, Gated, Ieee, Primitive, plain
from .program import ByNode, Edge, Program
from .recording import Tag
from .series import Series
from .value import Value, as_value, make_node, record

ADD, MUL, DOT, IDENTITY = (PRIMITIVES[name] for name in ("add", "mul", "dot", "identity"))
Structure = Any  # a number or Value, or lists, tuples, dicts and arrays of them
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
    program, wrt = Program.of(root), [as_value(each) for each in inputs]
    seeds = {program.roots[0]: Flow(Ieee(1.0))}
    flowing = program.backward(_graph_partials(program, wrt), _join, _pass_on, seeds)
    found = [flowing[program.places[each]] if each in program.places else None for each in wrt]
    return tuple(_as_value(0.0 if each is None else each.value) for each in found)


class Flow(NamedTuple):
    """A gradient on its way, in any reading.

    Attributes:
        value: the gradient; 0 where nothing flows.
        alive: a condition, not 0 where something flows; None if something always does.
    """

    value: Any
    alive: Any = None


def _pass_on(upstream: Flow, slope: Any) -> Flow | None:
    """Upstream times local: nothing where a condition lets nothing through, here or further up."""
    alive = upstream.alive
    if isinstance(slope, Gated):
        if isinstance(slope.condition, float):  # it is settled for all inputs
            if not slope.condition:
                return None
        else:
            alive = slope.condition if alive is None else where(alive, slope.condition, 0.0)
        slope = slope.slope
    part = _times(upstream.value, slope)
    return Flow(part) if alive is None else Flow(where(alive, part, 0.0), alive)


def _join(flow: Flow, part: Flow) -> Flow:
    """What two edges bring to a place."""
    always = flow.alive is None or part.alive is None
    return Flow(flow.value + part.value, None if always else where(flow.alive, 1.0, part.alive))


def _graph_partials(program: Program, inputs: Sequence[Value]) -> list[Sequence[Any]]:
    """The rules read at Values, along the edges that lead to the inputs; constants are plain numbers there."""
    given = {program.places[each] for each in inputs if each in program.places}
    wanted = program.wanted_from(given)
    for k, wants in enumerate(wanted):
        if any(wants):
            _refuse_stale(program, k)
    numbers = [Ieee(node._data) if node._primitive is CONSTANT else node for node in program.nodes]
    return program.read_partials(numbers, wanted)


def _times(upstream: Any, slope: Any) -> Any:
    if not isinstance(upstream, Value) and upstream == 1.0:
        return slope
    return upstream if not isinstance(slope, Value) and slope == 1.0 else upstream * slope


def _as_value(number: Any) -> Value:
    return number if isinstance(number, Value) else Value(number, constant=True)


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
    return node.primitive is not None and not node.primitive.gives(node.data, (each.data for each in node.operands))


def _refuse_stale(program: Program, k: int) -> None:
    if program.is_stale(k):
        behind = Program.of(program.nodes[k])
        leaves = ", ".join(map(behind.names.__getitem__, behind.leaves))
        stale = f"a leaf was assigned after the graph was recorded (one of {leaves})"
        raise StaleGraphError(f"{stale}: compute the expression again")


# ---------------------------------------------------------------- derivatives of functions
def value_and_grad(function: Callable[..., Any], wrt: Wrt = 0) -> Callable[..., tuple[Any, Structure]]:
    """A function that returns what `function` does, and its gradient.

    Args:
        function: takes numbers, or lists, tuples, dicts and arrays of them; returns a scalar.
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
        function: takes numbers, or lists, tuples, dicts and arrays of them; returns a scalar.
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
    both = value_and_grad(function, wrt)
    return lambda *arguments, **named: both(*arguments, **named)[1]


def jacobian(function: Callable[..., Any], wrt: Wrt = 0) -> Callable[..., Structure]:
    """A function that returns all derivatives ∂outputᵢ/∂inputⱼ of `function`.

    Args:
        function: takes and returns numbers, or lists, tuples, dicts and arrays of them.
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
        outputs, rebuild = flatten(call.output)
        rows = [gradient(_as_value(output), *call.inputs) for output in outputs]
        return rebuild([call.shaped(call.plain(row)) for row in rows])

    return differentiated


def hessian(function: Callable[..., Any], wrt: Wrt = 0) -> Callable[..., Structure]:
    """A function that returns all second derivatives ∂²f/∂xᵢ∂xⱼ: the jacobian of the gradient.

    Args:
        function: takes numbers, or lists, tuples, dicts and arrays of them; returns a scalar.
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
        function: takes numbers, or lists, tuples, dicts and arrays of them.
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
    directions, _ = flatten(tuple(tangents))
    if len(directions) != len(call.inputs):
        raise ValueError(f"{len(call.inputs)} numbers in primals and {len(directions)} in tangents: give one for each")
    outputs, rebuild = flatten(call.output)
    roots = [_as_value(output) for output in outputs]
    program = Program.of(*roots, *call.inputs)
    slopes = _graph_partials(program, call.inputs)
    moving = program.forward(
        lambda k, flowing: _push(flowing, slopes[k]),
        {program.places[each]: Flow(direction) for each, direction in zip(call.inputs, directions, strict=True)},
    )
    moved = [moving[k] for k in program.roots[: len(roots)]]
    results = [_as_value(0.0 if each is None else each.value) for each in moved]
    return rebuild(call.plain(roots)), rebuild(call.plain(results))


def _push(flowing: Sequence[Any], slopes: Sequence[Any]) -> Any:
    """What the edges pass on to a place in forward mode; None where nothing flows."""
    flows = zip(flowing, slopes, strict=True)
    parts = [_pass_on(flow, slope) for flow, slope in flows if flow is not None and slope is not None]
    known = [part for part in parts if part is not None]
    return functools.reduce(_join, known) if known else None


def vjp(function: Callable[..., Any], primals: Sequence[Structure], cotangents: Structure) -> tuple[Any, Structure]:
    """The value of a function and a vector times its Jacobian, in reverse mode: the gradient of a weighted sum.

    Args:
        function: takes and returns numbers, or lists, tuples, dicts and arrays of them.
        primals: its arguments.
        cotangents: the vector, in the structure of what the function returns.

    Returns:
        The function's value, and a tuple with the product for each argument, in its structure;
        floats for numbers, Values if there is a Value among the arguments.

    Raises:
        ValueError: the structures of the function's value and of the cotangents differ.

    Examples:
        >>> vjp(lambda x, w: [x * w, x + w], (3.0, 2.0), [1.0, 10.0])
        ([6.0, 5.0], (12.0, 13.0))
    """
    call = _Call(function, tuple(range(len(primals))), tuple(primals), {})
    (outputs, rebuild), (weights, _) = flatten(call.output), flatten(cotangents)
    if len(weights) != len(outputs):
        raise ValueError(f"{len(outputs)} numbers came out and there are {len(weights)} cotangents: give one for each")
    call.symbolic |= any(isinstance(weight, Value) for weight in weights)
    slopes = gradient(_as_value(record(DOT, (*outputs, *weights)) if outputs else 0.0), *call.inputs)
    return rebuild(call.plain([_as_value(each) for each in outputs])), call.shaped(call.plain(slopes))


def hvp(
    function: Callable[..., Any], primals: Sequence[Structure], tangents: Sequence[Structure]
) -> tuple[Structure, Structure]:
    """The gradient of a function and its Hessian times a vector, without the Hessian: forward over reverse mode.

    Args:
        function: takes numbers, or lists, tuples, dicts and arrays of them; returns a scalar.
        primals: its arguments.
        tangents: the vector, in the structure of the arguments.

    Returns:
        Two tuples with a part for each argument: the gradient, and the product
        (Pearlmutter, Fast exact multiplication by the Hessian, 1994).

    Raises:
        TypeError: no scalar comes out.
        ValueError: the structures of primals and tangents differ.

    Examples:
        >>> hvp(lambda p: p[0] ** 2 * p[1], ([3.0, 5.0],), ([1.0, 0.0],))
        (([30.0, 9.0],), ([10.0, 6.0],))
    """
    return jvp(grad(function, tuple(range(len(primals)))), primals, tangents)


def taylor(function: Callable[..., Any], x: Any, n: int) -> Structure:
    """The Taylor coefficients of a function at a point: f(x + t) = c₀ + c₁·t + c₂·t² + … + cₙ·tⁿ + ….

    The derivative of order k is k!·cₖ. Each operation is carried through as a
    series by its rule, so that order n takes time that grows as n², where
    `grad` of `grad` of … doubles with each order.

    Args:
        function: takes a number; returns a number, or lists, tuples, dicts and arrays of them.
        x: the point. Along a vector u from a point p, take `lambda t: f([p₁ + t·u₁, …])` at 0.
        n: the order, 0 or above.

    Returns:
        The n + 1 coefficients, c₀ first, in place of each number that the function
        returns. They are floats, or Values if a Value was passed in or used inside.

    Raises:
        TypeError: x is more than one number.
        ValueError: n isn't a whole number, or below 0.

    Examples:
        >>> taylor(lambda x: 1 / (1 - x), 0.0, 4)
        [1.0, 1.0, 1.0, 1.0, 1.0]
        >>> taylor(lambda x: x**3, 2.0, 3)
        [8.0, 12.0, 6.0, 1.0]
    """
    require(isinstance(n, int) and n >= 0, "n must be a whole number of 0 or above", n)
    call = _Call(function, 0, (x,), {})
    if len(call.inputs) != 1:
        raise TypeError(f"taylor is of a function of one number, got {len(call.inputs)}: take lambda t: f([a + t, b])")
    outputs, rebuild = flatten(call.output)
    roots = [_as_value(output) for output in outputs]
    program = Program.of(*roots, *call.inputs)
    numbers: list[Any] = [node if call.symbolic and not node.is_constant else node._data for node in program.nodes]
    start = program.roots[-1]
    variable = Series([numbers[start], 1.0])

    def read(k: int, xs: list[Any]) -> Series:
        series = variable.read_primitive(program.primitives[k], tuple(xs))  # type: ignore[arg-type]
        series.extend(n)  # from the leaves on: asked for from the root, a deep graph would be too deep
        return series

    found = program.forward(read, {start: variable}, numbers)
    return rebuild([_coefficients(found[k], n) for k in program.roots[:-1]])


def _coefficients(series: Any, n: int) -> list[Any]:
    """The first coefficients of a series, or of a number that doesn't move."""
    known = series if isinstance(series, Series) else Series([series])
    return [known[k] if isinstance(known[k], Value) else float(known[k]) for k in range(n + 1)]


class _Call:
    """One call of a function on fresh inputs, so that each argument has a gradient of its own."""

    def __init__(
        self, function: Callable[..., Any], wrt: Wrt, arguments: tuple[Any, ...], named: Mapping[str, Any]
    ) -> None:
        self._single = isinstance(wrt, (int, str))
        bound: dict[int | str, Any] = dict([*enumerate(arguments), *named.items()])
        chosen = [self._key(key, bound, function) for key in ([wrt] if isinstance(wrt, (int, str)) else wrt)]
        given = [leaf for each in bound.values() for leaf in flatten(each)[0] if isinstance(leaf, Value)]
        for key in {*chosen}:
            leaves, rebuild = flatten(bound[key])
            bound[key] = rebuild([_fresh(leaf) for leaf in leaves])
        self.inputs, self._rebuild = flatten([bound[key] for key in chosen])
        self.output = function(*(bound[k] for k in range(len(arguments))), **{name: bound[name] for name in named})
        # Values that were passed in or used inside are what the gradient depends on too
        program = Program.of(*(each for each in flatten(self.output)[0] if isinstance(each, Value)))
        self.symbolic = bool(given) or not {program.nodes[leaf] for leaf in program.leaves} <= {*self.inputs}

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
        parts = self._rebuild(numbers)
        return parts[0] if self._single else tuple(parts)

    def plain(self, values: Sequence[Value]) -> Sequence[Any]:
        """Values as they are returned: as floats, unless one was passed in or used inside."""
        return values if self.symbolic else [each.data for each in values]


def _fresh(number: Any) -> Value:
    if isinstance(number, Value):
        return Value(number.data) if number.is_constant else record(IDENTITY, (number,))
    return Value(number)


def _scalar(output: Any) -> Value:
    if isinstance(output, (list, tuple, dict)) or output is None:
        raise TypeError(f"the function returned a {type(output).__name__}: a gradient is of one number, see jacobian()")
    if is_array(output) and output.shape:
        raise TypeError(f"the function returned an array of shape {output.shape}: add it up, or see jacobian()")
    return _as_value(output.item() if is_array(output) else output)


def flatten(structure: Structure) -> tuple[list[Any], Callable[[Sequence[Any]], Structure]]:
    """The leaves of nested lists, tuples, dicts and arrays, and how to build the same structure of others."""
    if isinstance(structure, Mapping):
        leaves, rebuild = flatten(list(structure.values()))
        return leaves, lambda new: dict(zip(structure, rebuild(new), strict=True))
    if is_array(structure):
        return flatten_array(structure)
    if not isinstance(structure, (list, tuple)):
        return [structure], lambda new: new[0]
    parts = [flatten(each) for each in structure]
    starts = [0, *itertools.accumulate(len(leaves) for leaves, _ in parts)]

    def rebuild_all(new: Sequence[Any]) -> Structure:
        places = zip(starts, parts, strict=False)
        return type(structure)([rebuild(new[at : at + len(leaves)]) for at, (leaves, rebuild) in places])

    return [leaf for leaves, _ in parts for leaf in leaves], rebuild_all


# ---------------------------------------------------------------- replays
def replay(root: Value, changes: ByNode[float]) -> dict[Value, float]:
    """The numbers of all nodes with some of them changed: what would have been computed.

    Args:
        root: the end of the graph.
        changes: a number for leaves or computed values, or their labels. What depends
            on them is computed again from the forward functions, the rest stays.

    Returns:
        A number for each node, in topological order. The graph is untouched.

    Raises:
        ValueError: one of them isn't a node of the graph.

    Examples:
        >>> x = Value(2.0)
        >>> y = x * 3
        >>> replay(y, {x: 5.0})[y]
        15.0
    """
    program = Program.of(root)
    given = {program.find(key, "changes"): plain(each) for key, each in changes.items()}
    return dict(zip(program.nodes, program.evaluate(given), strict=True))


# ---------------------------------------------------------------- the same graph, node by node
def assign_numbers(leaves: Sequence[Value], numbers: Iterable[float]) -> None:
    """Give each leaf its number."""
    for leaf, number in zip(leaves, numbers, strict=True):
        leaf.data = number


@contextmanager
def temporary_numbers(leaves: Sequence[Value], numbers: Iterable[float]) -> Iterator[None]:
    """Other numbers for some leaves inside the block, and their own again after it."""
    own = [leaf.data for leaf in leaves]
    try:
        assign_numbers(leaves, numbers)
        yield
    finally:
        assign_numbers(leaves, own)


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
    program = Program.of(root)

    def read(k: int, operands: list[Value]) -> Value:
        node = program.nodes[k]
        if node.primitive is DOT:
            return _products(node, operands)
        if all(new is old for new, old in zip(operands, node.operands, strict=True)):
            return node
        return _computed(node.primitive, operands, node.flows, node._data, node, node.label)  # type: ignore[arg-type]

    return dict(zip(program.nodes, program.forward(read), strict=True))


def _products(node: Value, operands: list[Value]) -> Value:
    half, slopes, total = len(operands) // 2, node.flows, node
    for k in range(half):
        w, x, label = operands[k], operands[half + k], node.label if k == half - 1 else ""
        dw, dx = slopes[k], slopes[half + k]
        product = _computed(MUL, [w, x], (dw, dx), w._data * x._data, node, label if half == 1 else "")
        flowing = [None if part.is_constant else 1.0 for part in (total, product)]
        added = total._data + product._data
        total = _computed(ADD, [total, product], flowing, added, node, label) if k else product
    return total


def _computed(primitive: Primitive, operands: list[Value], slopes: Any, data: float, like: Value, label: str) -> Value:
    """A node in the scope of another, and with its gradient."""
    if all(slope is None for slope in slopes):
        return Value(data, label=label, constant=True)
    grad = like.grad if like.has_grad else NOTHING
    return make_node(Value, data, primitive, tuple(operands), tuple(slopes), Tag(label, like.scope), grad)


# ---------------------------------------------------------------- chains
class Chains(NamedTuple):
    """The paths along which one node acts on another.

    Attributes:
        paths: some of them, each the edges from the input to the root.
        total: how many there are.
        gradient: the sum over all paths of their products of partials.
    """

    paths: list[list[Edge]]
    total: int
    gradient: float


def chains(program: Program, start: int, most: int) -> Chains:
    """The chain rule path by path: what backward() sums up.

    Args:
        program: the graph, of one root.
        start: the place where the paths begin.
        most: how many are returned; there can be exponentially many.

    Examples:
        >>> x = Value(3.0)
        >>> found = chains(Program.of(x * x), 0, 8)
        >>> found.total, found.gradient
        (2, 6.0)
    """
    root = program.roots[0]
    counts = program.backward(program.slopes, times=lambda count, _slope: count, seeds={root: 1})
    total = counts[start] or 0
    paths: list[list[Edge]] = []
    way = [Edge(start, start, 0)]
    stack = [(1, way[0])] if total else []  # edges still to be gone, with the length of the way to them
    while stack and len(paths) < most:
        length, edge = stack.pop()
        way[length - 1 :] = [edge]
        if edge.head == root:
            paths.append(way[1:])
        else:
            stack += [(length + 1, use) for use in reversed(program.uses[edge.head]) if counts[use.head] is not None]
    return Chains(paths, total, program.differentiate()[start] if total else 0.0)


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
        'the value of log[1] is nan, from x = -1.0; it is a number for x ≥ 0'
    """
    return non_finite(Program.of(root))


def non_finite(program: Program) -> NonFinite | None:
    """The same for a program that is made already."""
    for k, number in enumerate(program.numbers):
        if not math.isfinite(number):
            return _finding(program, k, "value", number, _origin(program, k))
    for k in range(len(program) - 1, -1, -1):
        if not math.isfinite(program.gradient(k)):
            return _finding(program, k, "gradient", program.gradient(k), _way(program, k))
    return None


def _finding(program: Program, k: int, what: str, number: float, remark: str) -> NonFinite:
    name, tag = program.names[k], program.tags[k]
    operation = f" ({program.primitives[k].name})" if tag.label and program.is_computed(k) else ""  # type: ignore[union-attr]
    source = f" [{tag.source}]" if tag.source else ""
    return NonFinite(program.nodes[k], what, f"the {what} of {name}{operation} is {number}{remark}{source}")


def _origin(program: Program, k: int) -> str:
    origin = ", ".join(f"{program.names[o]} = {program.numbers[o]!r}" for o in program.operands[k])
    domain = program.primitives[k].domain if program.is_computed(k) else ""  # type: ignore[union-attr]
    return f"{origin and f', from {origin}'}{domain and f'; it is a number for {domain}'}"


def _way(program: Program, k: int) -> str:
    through = ", ".join(program.names[head] for head in dict.fromkeys(use.head for use in program.uses[k]))
    return f", flowing back through {through}" if through else ""


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
    program = Program.of(root)
    return [node for k, node in enumerate(program.nodes) if program.at_kink(k)]
