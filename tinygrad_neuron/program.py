"""A recorded graph as a program, and the two folds that all answers about it are made of.

A program is a table. It has a row for each node, operands first: the
primitive, and the places of the operands, which are the numbers of their rows.
Beside them stand columns: numbers, partials, tags, gradients.

Two folds run over the rows. The forward fold asks *what is a number?*: floats
give the values again, lines give source, symbols give formulas. The backward
fold asks *what are + and ×?*: floats give gradients, counts give the number of
paths, Values give a gradient that can be differentiated again.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from .arguments import list_names
from .primitives import CONSTANT, NOTHING, PARAMETER, PRIMITIVES, Primitive, settle
from .recording import NO_TAG, Tag, distinct, scoped, spelled_alike, symbol
from .value import Value, is_nothing, make_node, topological_order

T = TypeVar("T")
ByNode = Mapping[Value, T] | Mapping[str, T] | Mapping[Value | str, T]  # something for each node, or for each name
Partials = Sequence[Sequence[Any]]  # for each row something for each operand; None where no gradient flows


class Edge(NamedTuple):
    """A use of one row by another.

    Attributes:
        tail: the place of the operand.
        head: the place of the row that uses it.
        slot: which of its operands it is.
    """

    tail: int
    head: int
    slot: int


class Program:
    """A recorded graph as rows in topological order, with columns beside them.

    Args:
        primitives: for each row what computes it; for a leaf None, PARAMETER or CONSTANT.
        operands: for each row the places of its operands; () for a leaf.
        roots: the places of the results.
        numbers: for each row its number.
        partials: for each row the partials, None where nothing flows: along constants, and where a
            condition lets nothing through.
        tags: for each row label, scope and source; none unless given.
        gradients: for each row its gradient; none unless given.

    Examples:
        >>> x, w = variables(x=3.0, w=2.0)
        >>> program = Program.of(x * w + 1)
        >>> [primitive.name if primitive else "leaf" for primitive in program.primitives]
        ['leaf', 'leaf', 'mul', 'constant', 'add']
        >>> program.operands
        [(), (), (0, 1), (), (2, 3)]
        >>> program.forward(lambda k, xs: program.primitives[k].evaluate(*xs) if xs else program.numbers[k], {0: 10.0})
        [10.0, 2.0, 20.0, 1.0, 21.0]
        >>> program.backward()
        [2.0, 3.0, 1.0, None, 1.0]
    """

    def __init__(
        self,
        primitives: Sequence[Primitive | None],
        operands: Sequence[tuple[int, ...]],
        roots: Sequence[int],
        *,
        numbers: Sequence[float] = (),
        partials: Partials = (),
        tags: Sequence[Tag] = (),
        gradients: Sequence[float] = (),
    ) -> None:
        self.primitives: Sequence[Primitive | None] = primitives
        self.operands: Sequence[tuple[int, ...]] = operands
        self.roots: list[int] = list(roots)
        self.numbers: Sequence[float] = numbers
        self.partials: Partials = partials
        self.tags: Sequence[Tag] = tags or [NO_TAG] * len(primitives)
        self.gradients: Sequence[float] = gradients or [NOTHING] * len(primitives)
        self.nodes: list[Value] = []
        self._dependents: dict[tuple[int, ...], list[int]] = {}

    @classmethod
    def of(cls, *roots: Value) -> Program:
        """The program that some Values recorded: the one walk over the graph that a question needs.

        Args:
            roots: the ends of the graph.

        Raises:
            TypeError: one of them is not a Value.
        """
        nodes = topological_order(*roots)
        places = {node: k for k, node in enumerate(nodes)}
        place = places.__getitem__
        program = cls(
            [node._primitive for node in nodes],
            [tuple(map(place, node.operands)) if node._left is not None else () for node in nodes],
            [place(root) for root in roots],
            numbers=[node._data for node in nodes],
            partials=[node.flows if node._left is not None else () for node in nodes],
            tags=[node._tag for node in nodes],
            gradients=[node._grad for node in nodes],
        )
        program.nodes, program.places = nodes, places
        return program

    def __len__(self) -> int:
        return len(self.primitives)

    def __repr__(self) -> str:
        """The table: a line for each row."""
        lines = []
        for k, (primitive, row) in enumerate(zip(self.primitives, self.operands, strict=True)):
            computed = f"{primitive.name}({', '.join(map(str, row))})" if primitive and row else f"{self.numbers[k]!r}"
            lines.append(f"{k}: {' '.join(filter(None, (self.tags[k].label, '=', computed)))}")
        return "\n".join(lines)

    # ------------------------------------------------------------ the two folds
    def forward(
        self,
        read: Callable[[int, list[Any]], Any],
        changes: Mapping[int, Any] | None = None,
        base: Sequence[Any] | None = None,
    ) -> list[Any]:
        """Read the rows from the first to the last: what is a number?

        Args:
            read: `read(k, arguments)` gives what stands in place k, from what
                stands in the places of its operands; they are [] for a leaf.
            changes: what stands in some places instead.
            base: what stands in the places that don't depend on a change; then only the others are read.

        Returns:
            What stands in each place.
        """
        operands, given = self.operands, changes or {}
        found: list[Any] = [None] * len(operands) if base is None else list(base)
        for k in range(len(operands)) if base is None else self.dependents(tuple(given)):
            found[k] = given[k] if k in given else read(k, [found[o] for o in operands[k]])
        return found

    def backward(
        self,
        partials: Partials | None = None,
        plus: Callable[[Any, Any], Any] = operator.add,
        times: Callable[[Any, Any], Any] = operator.mul,
        seeds: Mapping[int, Any] | None = None,
    ) -> list[Any]:
        """Sum over all paths the products along them, consumers first: what are + and ×?

        Args:
            partials: what stands on the edges, None where nothing flows; the recorded partials unless given.
            plus: adds up what reaches a place along several edges, in the order of `Value.backward`.
            times: `times(upstream, partial)`, what an edge passes on; None for nothing.
            seeds: where it begins, with what; 1.0 at the first root unless given.

        Returns:
            What reaches each place; None where nothing does.
        """
        partials = self.partials if partials is None else partials
        found: list[Any] = [None] * len(self.operands)
        for place, seed in (seeds or {self.roots[0]: 1.0}).items():
            found[place] = seed
        for k in range(len(found) - 1, -1, -1):
            upstream = found[k]
            if upstream is not None:
                for operand, slope in zip(self.operands[k], partials[k], strict=True):
                    if slope is not None:
                        part, known = times(upstream, slope), found[operand]
                        if part is not None:
                            found[operand] = part if known is None else plus(known, part)
        return found

    # ------------------------------------------------------------ readings that many rooms need
    @property
    def inputs(self) -> list[float]:
        """The numbers of the leaves that carry a gradient."""
        return [self.numbers[k] for k in self.leaves]

    def run(self, inputs: Sequence[Any], function: Callable[[str], Callable[..., Any]]) -> list[Any]:
        """The rows applied to anything: to Values, or to another library's numbers.

        Args:
            inputs: what stands for the leaves that carry a gradient.
            function: gives the function of a primitive's name.

        Returns:
            What stands in each place.
        """

        def read(k: int, arguments: list[Any]) -> Any:
            primitive = self.primitives[k]
            return function(primitive.name)(*arguments) if primitive and arguments else self.numbers[k]

        return self.forward(read, dict(zip(self.leaves, inputs, strict=True)))

    def evaluate(self, changes: Mapping[int, float] | None = None) -> list[float]:
        """The numbers of all places with some of them changed: what would have been computed.

        Args:
            changes: numbers by their places. What depends on them is computed again, the rest stays.
        """
        primitives = self.primitives
        return self.forward(lambda k, xs: primitives[k].evaluate(*xs), changes, self.numbers)  # type: ignore[union-attr]

    def at(self, changes: Mapping[int, float]) -> Program:
        """The same rows computed at other numbers of some leaves.

        Args:
            changes: numbers by their places.
        """
        numbers = self.evaluate(changes)
        parts = self.primitives, self.operands, self.roots
        return Program(*parts, numbers=numbers, partials=self.partials_at(numbers), tags=self.tags)

    def read_partials(self, found: Sequence[Any], wanted: Partials | None = None) -> list[Sequence[Any]]:
        """The rules of the table, read at what a forward fold found.

        Args:
            found: what stands in each place.
            wanted: for each row which operands matter; those that carry a gradient unless given.

        Returns:
            For each row the partials in that reading, None along the other operands.
        """
        wanted = self.wanted if wanted is None else wanted
        return [
            primitive.partials(found[k], [found[o] for o in row], want) if row and any(want) else [None] * len(row)  # type: ignore[union-attr]
            for k, (primitive, row, want) in enumerate(zip(self.primitives, self.operands, wanted, strict=True))
        ]

    def partials_at(self, numbers: Sequence[float]) -> list[Sequence[float | None]]:
        """The partials at other numbers, None where nothing flows.

        Args:
            numbers: for each place its number.
        """
        return [[settle(slope) for slope in slopes] for slopes in self.read_partials(numbers)]

    def differentiate(self, partials: Partials | None = None, root: int | None = None) -> list[float]:
        """The gradient of one result with respect to every place, as `Value.backward` computes it to the bit.

        Args:
            partials: partials; those recorded unless given.
            root: the place of the result; the first root unless given.
        """
        flowing = self.backward(partials, seeds={self.roots[0] if root is None else root: 1.0})
        return [0.0 if each is None else each + 0.0 for each in flowing]

    # ------------------------------------------------------------ what lies where
    @cached_property
    def places(self) -> dict[Value, int]:
        """The place of each node."""
        return {node: k for k, node in enumerate(self.nodes)}

    @cached_property
    def wanted(self) -> list[tuple[bool, ...]]:
        """For each row which operands carry a gradient."""
        carrying = [primitive is not CONSTANT for primitive in self.primitives]
        return [tuple([carrying[o] for o in row]) for row in self.operands]

    @cached_property
    def slopes(self) -> list[tuple[Any, ...]]:
        """For each row the recorded partials as they are shown: 0 where a condition lets nothing through."""
        return [
            tuple([0.0 if slope is None and want else slope for slope, want in zip(partials, wants, strict=True)])
            for partials, wants in zip(self.partials, self.wanted, strict=True)
        ]

    @cached_property
    def leaves(self) -> list[int]:
        """The places of the leaves that carry a gradient."""
        return [k for k, row in enumerate(self.operands) if not row and self.primitives[k] is not CONSTANT]

    @cached_property
    def names(self) -> list[str]:
        """The one name of each place: its label or what it does, with scopes and a number where others are called so.

        Examples:
            >>> with scope("neuron 1"):
            ...     w = Value(1.0, label="w")
            >>> with scope("neuron 2"):
            ...     y = w * Value(2.0, label="w")
            >>> Program.of(y).names
            ['neuron1.w', 'neuron2.w', 'mul[1]']
        """
        own, scopes = [self._own_name(k) for k in range(len(self))], [tag.scope for tag in self.tags]
        return distinct(scopes, own, [not tag.label for tag in self.tags])

    def short_name(self, k: int) -> str:
        """What a place is called inside of its scope: its own name, and the number if it has one."""
        name, own = self.names[k], self._own_name(k)
        return own if name in (own, scoped(self.tags[k].scope, own)) else own + name[name.rindex("[") :]

    def _own_name(self, k: int) -> str:
        kind = {CONSTANT: "constant", PARAMETER: "parameter"}.get(self.primitives[k], "input")  # type: ignore[arg-type]
        return self.tags[k].label or (self.primitives[k].name if self.operands[k] else kind)  # type: ignore[union-attr]

    @cached_property
    def _meant(self) -> dict[str, set[int]]:
        """The places that can be meant by each text: by a name, or by its end, with or without its number."""
        found: dict[str, set[int]] = {}
        for k, (name, tag) in enumerate(zip(self.names, self.tags, strict=True)):
            own, short = self._own_name(k), self.short_name(k)
            ends = [scoped(tag.scope[at:], each) for at in range(len(tag.scope) + 1) for each in {own, short}]
            for text in {name, symbol(name), *ends}:
                found.setdefault(spelled_alike(text), set()).add(k)
        return found

    @cached_property
    def labels(self) -> list[str]:
        """All texts that mean a place with a label: its name, and the ends of that."""
        return [text for text, places in self._meant.items() if any(self.tags[k].label for k in places)]

    @cached_property
    def uses(self) -> list[list[Edge]]:
        """For each place the edges along which a gradient flows back to it, first consumer first."""
        found: list[list[Edge]] = [[] for _ in self.operands]
        for edge in self.edges():
            if self.wanted[edge.head][edge.slot]:
                found[edge.tail].append(edge)
        return found

    def edges(self, heads: Iterable[int] | None = None) -> Iterator[Edge]:
        """All edges, in the order of the rows and of their operands, or those of some rows.

        Args:
            heads: the places of these rows.
        """
        for head in range(len(self)) if heads is None else heads:
            for slot, tail in enumerate(self.operands[head]):
                yield Edge(tail, head, slot)

    def slope(self, edge: Edge) -> Any:
        """The recorded partial on an edge; None along a constant."""
        return self.slopes[edge.head][edge.slot]

    def is_constant(self, k: int) -> bool:
        """Whether a place carries no gradient."""
        return self.primitives[k] is CONSTANT

    def is_computed(self, k: int) -> bool:
        """Whether a place is computed from others."""
        return bool(self.operands[k])

    def has_gradient(self, k: int) -> bool:
        """Whether a gradient was computed for a place."""
        return not (self.is_constant(k) or is_nothing(self.gradients[k]))

    def gradient(self, k: int) -> float:
        """The gradient that was recorded for a place; 0 before that."""
        return 0.0 if self.is_constant(k) else self.gradients[k] + 0.0

    def kind(self, k: int) -> str:
        """What a place is: root, operation, input, parameter or constant."""
        if k in self.roots:
            return "root"
        if self.operands[k]:
            return "operation"
        return {CONSTANT: "constant", PARAMETER: "parameter"}.get(self.primitives[k], "input")  # type: ignore[arg-type]

    def depending(self, places: Iterable[int]) -> list[bool]:
        """For each place whether it is one of these or computed from one."""
        return self.forward(lambda _, xs: True in xs, dict.fromkeys(places, True))

    def wanted_from(self, places: Iterable[int]) -> list[list[bool]]:
        """For each row which operands carry a gradient to one of these places."""
        depends = self.depending(places)
        rows = zip(self.operands, self.wanted, strict=True)
        return [[want and depends[o] for o, want in zip(row, wants, strict=True)] for row, wants in rows]

    def dependents(self, places: tuple[int, ...]) -> list[int]:
        """The places that are one of these or computed from one, in order; found once for each question."""
        if places not in self._dependents:
            self._dependents[places] = [k for k, depends in enumerate(self.depending(places)) if depends]
        return self._dependents[places]

    def find(self, key: Value | str, argument: str) -> int:
        """The place that is meant: that of the node itself, or of the one with a name.

        Args:
            key: a node, a name (layer1.neuron2.w1), or so much of its end that one node alone is meant.
            argument: what the user gave it as, for the error.

        Raises:
            ValueError: there is no such node, or several are called so.
        """
        if not isinstance(key, str):
            found = [self.places[key]] if key in self.places else []
        elif key in self.names:
            found = [self.names.index(key)]
        else:
            found = sorted(self._meant.get(spelled_alike(key), ()))
        if len(found) == 1:
            return found[0]
        if found:
            names = list_names([self.names[k] for k in found])
            raise ValueError(
                f"{argument}: {key!r} can mean {len(found):,} nodes: give one of {names}, or the Value itself"
            )
        names = list_names([name for name, tag in zip(self.names, self.tags, strict=True) if tag.label]) or "none"
        raise ValueError(f"{argument}: the graph has no node {key!r}; its names are {names}")

    # ------------------------------------------------------------ diagnostics
    def stale(self) -> list[int]:
        """The places whose number isn't what their operands' numbers give now: a leaf was assigned since."""
        return [k for k in range(len(self)) if self.is_stale(k)]

    def is_stale(self, k: int) -> bool:
        """Whether an operand was assigned after a place was computed from it."""
        row = self.operands[k]
        return bool(row) and not self.primitives[k].gives(self.numbers[k], (self.numbers[o] for o in row))  # type: ignore[union-attr]

    def at_kink(self, k: int) -> bool:
        """Whether a place is computed where there is no derivative, and a convention chose one."""
        row = self.operands[k]
        arguments = [self.numbers[o] for o in row]
        return bool(row) and self.primitives[k].at_kink(self.numbers[k], arguments, self.wanted[k])  # type: ignore[union-attr]

    # ------------------------------------------------------------ back to Values
    def write_gradients(self) -> None:
        """Give every node the gradient of the first root; those it had before are forgotten."""
        self.gradients = self.differentiate()
        for node, gradient in zip(self.nodes, self.gradients, strict=True):
            node._grad = gradient

    def read_gradients(self) -> None:
        """Have the first root run its own backward pass, and take the gradients from the nodes."""
        root = self.nodes[self.roots[0]]
        root.zero_grad()
        root.backward()
        self.gradients = [node._grad for node in self.nodes]

    def operation(self, k: int) -> Program:
        """One operation alone, on its operands as leaves, each at the place of its slot."""
        row = self.operands[k]
        leaves = [CONSTANT if self.is_constant(o) else None for o in row]
        numbers = [*(self.numbers[o] for o in row), self.numbers[k]]
        return Program(
            [*leaves, self.primitives[k]],
            [*[()] * len(row), tuple(range(len(row)))],
            [len(row)],
            numbers=numbers,
            partials=[*[()] * len(row), self.partials[k]],
        )

    def values(self, kind: type[Value] = Value) -> list[Value]:
        """New nodes with everything that was recorded: the reading that makes copies.

        Args:
            kind: Value, or a subclass.
        """

        def read(k: int, operands: list[Value]) -> Value:
            parts = self.primitives[k], tuple(operands), tuple(self.partials[k]), self.tags[k], self.gradients[k]
            return make_node(kind, self.numbers[k], *parts)

        return self.forward(read)


def require_primitive(name: str) -> Primitive:
    """An entry of the table by its name.

    Raises:
        ValueError: there is none; one of the user's own must be defined first.
    """
    if name not in PRIMITIVES:
        raise ValueError(f"the graph uses the primitive {name!r}, which isn't defined: define it with primitive()")
    return PRIMITIVES[name]
