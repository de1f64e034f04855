"""Save and load: a versioned JSON form of whole graphs, a flat list of nodes in topological order."""

from __future__ import annotations

import json
import math
import os
import tempfile
from pathlib import Path
from typing import Any

from .primitive import PRIMITIVES
from .value import NO_GRADIENT, Tag, Value, flat, topological_order, unflat

FORMAT, VERSION = "tinygrad_neuron graph", 1
FIELDS = ("primitive", "operands", "partials", "data", "grad", "label", "scope")


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
    write_whole(path, dumps(*roots).encode())


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
    order = topological_order(*roots)
    place = {node: k for k, node in enumerate(order)}
    nodes = [_leaf(node) if node.is_leaf else dict(zip(FIELDS, flat(node, place), strict=True)) for node in order]
    graph = {"format": FORMAT, "version": VERSION, "roots": [place[root] for root in roots], "nodes": nodes}
    return json.dumps(_spelled(graph), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def loads(text: str | bytes) -> tuple[Value, ...]:
    """Read the values from the text that `dumps` made.

    Args:
        text: JSON.

    Returns:
        The roots, with new nodes behind them.

    Raises:
        GraphFileError: it is no graph, or a damaged one.
    """
    try:
        graph = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise GraphFileError(f"not JSON: {error}") from None
    if not isinstance(graph, dict) or graph.get("format") != FORMAT:
        raise GraphFileError(f'not a graph: there is no "format": "{FORMAT}" at the top')
    if graph.get("version") != VERSION:
        raise GraphFileError(f"version {graph.get('version')!r} of the format; this package reads version {VERSION}")
    nodes: list[Value] = []
    for k, entry in enumerate(_list(graph, "nodes", "the graph")):
        nodes.append(_node(entry, nodes, f"node {k}"))
    return tuple(nodes[_place(root, nodes, "the roots")] for root in _list(graph, "roots", "the graph"))


def write_whole(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file whole or not at all: into a neighbour first, which then takes its name."""
    target = Path(path)
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:  # it would name the neighbour
        raise type(error)(error.errno, error.strerror, str(target)) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _leaf(node: Value) -> dict[str, Any]:
    kinds = {"constant": node.is_constant, "parameter": node.is_parameter}
    grad = node.grad if node.has_grad else None
    entry = {"data": node.data, "grad": grad, "label": node.label, "scope": list(node.scope)}
    return {**entry, **{kind: True for kind, holds in kinds.items() if holds}}


def _spelled(thing: Any) -> Any:
    """JSON has no nan and no infinity: they are written as text."""
    if isinstance(thing, float) and not math.isfinite(thing):
        return str(thing)
    if isinstance(thing, dict):
        return {key: _spelled(each) for key, each in thing.items()}
    return [_spelled(each) for each in thing] if isinstance(thing, (list, tuple)) else thing


def _node(entry: Any, nodes: list[Value], where: str) -> Value:
    if not isinstance(entry, dict):
        raise GraphFileError(f"{where} is no object")
    label = entry.get("label", "")
    if not isinstance(label, str):
        raise GraphFileError(f"{where}: its label is no text")
    scopes = entry.get("scope", [])
    if not (isinstance(scopes, list) and all(isinstance(each, str) for each in scopes)):
        raise GraphFileError(f"{where}: its scope is no list of texts")
    data, grad = _number(entry.get("data"), where), _number(entry.get("grad"), where, optional=True)
    grad = NO_GRADIENT if grad is None else grad + 0.0
    if "primitive" not in entry:
        node = Value(data, constant=entry.get("constant") is True, parameter=entry.get("parameter") is True)
        node._grad, node._tag = grad, Tag(label, tuple(scopes))
        return node
    places = tuple(_place(each, nodes, where) for each in _list(entry, "operands", where))
    slopes = tuple(_number(each, where, optional=True) for each in _list(entry, "partials", where))
    _refuse_misfit(entry["primitive"], len(places), len(slopes), where)
    return unflat(Value, nodes, (entry["primitive"], places, slopes, data, grad, label, scopes))


def _refuse_misfit(name: Any, operands: int, slopes: int, where: str) -> None:
    primitive = PRIMITIVES.get(name) if isinstance(name, str) else None
    if primitive is None:
        raise GraphFileError(f"{where}: there is no primitive {name!r}; one of your own must be defined before loading")
    if operands != slopes or not operands or (not primitive.variadic and operands != len(primitive.parameters)):
        raise GraphFileError(f"{where}: {name} with {operands} operands and {slopes} local derivatives")


def _list(entry: dict[str, Any], field: str, where: str) -> list[Any]:
    found = entry.get(field)
    if not isinstance(found, list):
        raise GraphFileError(f"{where} has no list of {field}")
    return found


def _place(place: Any, nodes: list[Value], where: str) -> int:
    if type(place) is not int or not 0 <= place < len(nodes):
        raise GraphFileError(f"{where} refers to node {place!r}, which doesn't stand before it")
    return place


def _number(number: Any, where: str, *, optional: bool = False) -> Any:
    if (number is None and optional) or type(number) is float:
        return number
    if number in ("nan", "inf", "-inf"):
        return float(number)
    if type(number) is int and abs(number) < 2**1023:
        return float(number)
    raise GraphFileError(f"{where}: {number!r} is no number")
