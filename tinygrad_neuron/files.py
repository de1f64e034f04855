"""Graphs as bytes: a versioned JSON form that is validated, and copies and pickles of Values."""

from __future__ import annotations

import json
import math
import os
import threading
import weakref
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from .primitives import CONSTANT, NOTHING, PARAMETER, PRIMITIVES, Primitive
from .program import Program, require_primitive
from .recording import Tag
from .value import Value, make_node, walk

FORMAT, VERSION = "tinygrad_neuron graph", 1
LEAF_KINDS: dict[str, Primitive | None] = {"": None, "constant": CONSTANT, "parameter": PARAMETER}


class GraphFileError(ValueError):
    """A file or text that holds no graph, or a damaged one."""


def save(path: str | os.PathLike[str], *roots: Value) -> None:
    """Write the graph behind some values to a JSON file, whole or not at all.

    Args:
        path: the file; one that is there is replaced.
        roots: the values to save; what they share stays shared.

    Raises:
        OSError: the file can't be written.

    Examples:
        >>> import tempfile, pathlib
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "graph.json"
        >>> (w,) = variables(w=3.0)
        >>> save(path, w * w)
        >>> load(path)
        (Value(9.0),)
    """
    write_whole(path, dumps(*roots))


def load(path: str | os.PathLike[str]) -> tuple[Value, ...]:
    """Read the values that `save` wrote.

    Args:
        path: the file.

    Returns:
        The roots, with new nodes behind them.

    Raises:
        GraphFileError: the file holds no graph, or a damaged one.
        OSError: the file can't be read.
    """
    try:
        return loads(Path(path).read_bytes())
    except GraphFileError as error:
        raise GraphFileError(f"{path}: {error}") from None


def dumps(*roots: Value) -> str:
    """The graph behind some values as JSON text.

    Args:
        roots: the values; what they share is written once.

    Returns:
        The text. Numbers are written so that they read back exactly.
    """
    program = Program.of(*roots)
    nodes = [_write_row(program, k) for k in range(len(program))]
    graph = {"format": FORMAT, "version": VERSION, "roots": program.roots, "nodes": nodes}
    return format_json(graph, separators=(",", ":"))


def loads(text: str | bytes) -> tuple[Value, ...]:
    """Read the values from the text that `dumps` made.

    Args:
        text: JSON.

    Returns:
        The roots, with new nodes behind them.

    Raises:
        GraphFileError: it isn't a graph, or it is damaged.
    """
    try:
        graph = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise GraphFileError(f"the text isn't JSON: {error}") from None
    if not isinstance(graph, dict) or graph.get("format") != FORMAT:
        raise GraphFileError(f'the text isn\'t a graph: there is no "format": "{FORMAT}" at the top')
    if graph.get("version") != VERSION:
        raise GraphFileError(
            f"the graph has version {graph.get('version')!r} of the format, but this package reads version {VERSION}"
        )
    rows = [_read_row(entry, k) for k, entry in enumerate(_read_list(graph, "nodes", "the graph"))]
    roots = [_read_place(root, len(rows), "the list of roots") for root in _read_list(graph, "roots", "the graph")]
    primitives, operands, partials, numbers, gradients, tags = map(list, zip(*rows, strict=True)) if rows else [[]] * 6
    columns = {"numbers": numbers, "partials": partials, "tags": tags, "gradients": gradients}
    nodes = Program(primitives, operands, roots, **columns).values()
    return tuple(nodes[root] for root in roots)


def write_whole(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Write a file whole or not at all: into a neighbour first, which then takes its name."""
    target = Path(path)
    temporary = target.parent / f".{target.name}.{os.urandom(4).hex()}"
    try:
        file = temporary.open("xb")
    except OSError as error:  # it would name the neighbour
        raise type(error)(error.errno, error.strerror, str(target)) from None
    try:
        with file:
            if target.exists():
                temporary.chmod(target.stat().st_mode & 0o777)
            file.write(content if isinstance(content, bytes) else content.encode())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_as(path: str | os.PathLike[str], writers: Mapping[str, Callable[[], str | bytes]]) -> None:
    """Write a file whole or not at all, in the format that its suffix says.

    Args:
        path: the file.
        writers: what gives the content, by the suffix.

    Raises:
        ValueError: the suffix is another.
    """
    write_whole(path, writers[require_suffix(path, writers)]())


def require_suffix(path: str | os.PathLike[str], known: Collection[str]) -> str:
    """The suffix of a file, if it is one of those that are known.

    Raises:
        ValueError: it is another.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in known:
        raise ValueError(f"{path}: the suffix must be one of {', '.join(known)}")
    return suffix


def _write_row(program: Program, k: int) -> dict[str, Any]:
    """A row as JSON has it: what a leaf is, or how a node was computed."""
    tag, primitive = program.tags[k], program.primitives[k]
    tagged = {"label": tag.label, "scope": list(tag.scope)}
    if program.is_computed(k):
        computed = {"primitive": primitive.name, "operands": program.operands[k], "partials": program.partials[k]}  # type: ignore[union-attr]
        return computed | {"data": program.numbers[k], "grad": program.gradients[k]} | tagged
    grad = program.gradient(k) if program.has_gradient(k) else None
    kind = {primitive.name: True} if primitive else {}
    return {"data": program.numbers[k], "grad": grad} | tagged | kind


def format_json(thing: Any, **layout: Any) -> str:
    """JSON that every reader takes: it has no nan and no infinity, so they are written as text.

    Args:
        thing: lists, tuples and dicts of numbers and texts.
        layout: as of `json.dumps`.
    """
    return json.dumps(_spell_non_finite(thing), ensure_ascii=False, allow_nan=False, **layout)


def _spell_non_finite(thing: Any) -> Any:
    if isinstance(thing, float) and not math.isfinite(thing):
        return str(thing)
    if isinstance(thing, dict):
        return {key: _spell_non_finite(each) for key, each in thing.items()}
    return [_spell_non_finite(each) for each in thing] if isinstance(thing, (list, tuple)) else thing


def _read_row(entry: Any, k: int) -> tuple[Primitive | None, tuple[int, ...], tuple[Any, ...], float, float, Tag]:
    """Primitive, operands, partials, number, gradient and tag of a row, if they make sense after k others."""
    where = f"node {k}"
    if not isinstance(entry, dict):
        raise GraphFileError(f"{where} isn't an object")
    label = entry.get("label", "")
    if not isinstance(label, str):
        raise GraphFileError(f"the label of {where} isn't a text")
    scopes = entry.get("scope", [])
    if not (isinstance(scopes, list) and all(isinstance(each, str) for each in scopes)):
        raise GraphFileError(f"the scope of {where} isn't a list of texts")
    data, grad = _read_number(entry.get("data"), where), _read_number(entry.get("grad"), where, optional=True)
    grad, tag = NOTHING if grad is None else grad, Tag(label, tuple(scopes))
    if "primitive" not in entry:
        kind = next((name for name in ("constant", "parameter") if entry.get(name) is True), "")
        return LEAF_KINDS[kind], (), (), data, grad, tag
    operands = tuple(_read_place(each, k, where) for each in _read_list(entry, "operands", where))
    partials = tuple(_read_number(each, where, optional=True) for each in _read_list(entry, "partials", where))
    return _read_primitive(entry["primitive"], len(operands), len(partials), where), operands, partials, data, grad, tag


def _read_primitive(name: Any, operands: int, partials: int, where: str) -> Primitive:
    primitive = PRIMITIVES.get(name) if isinstance(name, str) else None
    if primitive is None:
        raise GraphFileError(
            f"{where} has the unknown primitive {name!r}: one of your own must be defined before loading"
        )
    if operands != partials or not operands or (not primitive.variadic and operands != len(primitive.parameters)):
        raise GraphFileError(f"{where} can't be {name} of {operands} operands with {partials} partials")
    return primitive


def _read_list(entry: dict[str, Any], field: str, where: str) -> list[Any]:
    found = entry.get(field)
    if not isinstance(found, list):
        raise GraphFileError(f"{where} has no list of {field}")
    return found


def _read_place(place: Any, before: int, where: str) -> int:
    if type(place) is not int or not 0 <= place < before:
        raise GraphFileError(f"{where} refers to node {place!r}, which doesn't stand before it")
    return place


def _read_number(number: Any, where: str, *, optional: bool = False) -> Any:
    if (number is None and optional) or type(number) is float:
        return number
    if number in ("nan", "inf", "-inf") or (type(number) is int and abs(number) < 2**1023):
        return float(number)
    raise GraphFileError(f"{number!r} in {where} isn't a number")


# ---------------------------------------------------------------- copies
def copy_node(node: Value) -> Value:
    """The node anew, on the same operands."""
    return _rebuild(node, node.operands)


def deepcopy_graph(root: Value, memo: dict[int, Any]) -> Value:
    """The graph behind a root anew, but for what the memo of `copy.deepcopy` has already."""
    copied: set[Value] = memo.setdefault(id(deepcopy_graph), set())  # a walk ends at nodes that were copied before
    for node in walk((root,), copied):
        if id(node) not in memo:
            memo[id(node)] = _rebuild(node, tuple(memo[id(operand)] for operand in node.operands))
    return memo[id(root)]  # type: ignore[no-any-return]


def _rebuild(node: Value, operands: tuple[Value, ...]) -> Value:
    copy = make_node(type(node), node._data, node._primitive, operands, node.flows, node._tag, node._grad)
    if attributes := _find_attributes(node):
        copy.__setstate__(attributes)
    return copy


def _find_attributes(node: Value) -> dict[str, Any] | None:
    return getattr(node, "__dict__", None) or None  # those of a subclass


# ---------------------------------------------------------------- pickles
class _PickledGraphs(threading.local):
    """The graphs that this thread is pickling, by their nodes."""

    def __init__(self) -> None:
        self.graphs: weakref.WeakValueDictionary[Value, _Graph] = weakref.WeakValueDictionary()


_pickled = _PickledGraphs()


class _WrittenNodes(set[Value]):
    """The nodes that a walk has seen, and those that are written already."""

    def __contains__(self, node: object) -> bool:
        if super().__contains__(node):
            return True
        graph = _pickled.graphs.get(node)  # type: ignore[call-overload]
        return graph is not None and graph.is_written


class _Graph:
    """Nodes in order for pickle, operands first, alive until it is done: other roots leave out its nodes."""

    def __init__(self, order: list[Value]) -> None:
        self.order, self.places, self.written = order, {node: k for k, node in enumerate(order)}, 0
        for node in order:
            _pickled.graphs[node] = self

    @property
    def is_written(self) -> bool:
        """Whether all of it was written, and can be left out."""
        return self.written > len(self.order)

    def is_next(self, node: Value) -> bool:
        """Whether a node is one that is still to be written; then it is written now."""
        is_ahead = self.places[node] >= self.written
        if is_ahead:
            self.written = self.places[node] + 1
        return is_ahead

    def __reduce__(self) -> tuple[Any, ...]:
        return _read_graph, (self.order, _End(self))


class _End:
    """What is written behind the nodes of a graph: from here on they can be left out."""

    def __init__(self, graph: _Graph) -> None:
        self.graph = graph

    def __reduce__(self) -> tuple[Any, ...]:
        self.graph.written = len(self.graph.order) + 1
        return _read_graph, ()


def reduce_node(node: Value, _protocol: Any = None) -> tuple[Any, ...]:
    """What pickle keeps of a node. Nothing recurses, and what several nodes share is written once.

    A node that is met first brings the graph behind it, operands first, in
    which each is written by its parts. Pickle itself knows what it has written:
    if it asks for a node that was, or for one out of turn, it is another pickle
    (the one before lives on, or failed), which needs all anew.
    """
    graph = _pickled.graphs.get(node)
    if node.is_leaf or (graph is not None and graph.is_next(node)):
        return _take_apart(node)
    seen = set[Value]() if graph is not None and graph.is_written else _WrittenNodes()
    return _read_last, (_Graph(walk((node,), seen)), node)


def _take_apart(node: Value) -> tuple[Any, ...]:
    name = node._primitive.name if node._primitive else ""
    parts = (type(node), node._data, name, node.operands, node.flows, *node._tag[:3], node._grad)
    return _read_node, parts, _find_attributes(node)


def _read_node(kind: type[Value], data: float, name: str, operands: Any, partials: Any, *tag_and_grad: Any) -> Value:
    *tag, grad = tag_and_grad
    primitive = require_primitive(name) if operands else LEAF_KINDS[name]
    return make_node(kind, data, primitive, operands, partials, Tag(*tag), grad)


def _read_graph(*_parts: Any) -> None:
    """Its nodes are read already, and nothing of it is kept."""


def _read_last(_graph: None, node: Value) -> Value:
    return node
