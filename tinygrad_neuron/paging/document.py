"""The page: a graph's data, its diagram, its rules and the script, in one file."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
import os
import re
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from ..drawing import look
from ..drawing.model import View
from ..drawing.picture import roots_of, seen_from
from ..drawing.sight import whole_view
from ..drawing.views import GraphTooLargeError
from ..formulas.derivation import local_derivatives
from ..formulas.dialects import JAVASCRIPT
from ..formulas.listing import LanguageError
from ..graph import expanded
from ..program import Program
from ..registry import read_asset
from ..results import Formats, Result
from ..value import Value
from . import layout
from .rules import rule_key, script_of

SCRIPTS = ("engine", "steps", "quiz", "session", "diagram", "panels", "main")  # each needs those before it
BEGIN = 'start(graphOf(found("#graph", HTMLElement).textContent ?? ""), rules, calculator);\n'
MOST_NODES = 1200  # nodes of a page
LARGE = 60  # nodes: above that the outermost scopes are folded at first
LONGEST_SYMBOL = 60  # characters of a partial in names


class Page(Result):
    """An interactive page, saved as .html.

    Attributes:
        html: the whole file.
        graph: what its script reads of the graph: nodes and scopes.
        n_nodes: how many nodes it shows.
    """

    def __init__(self, text: str, graph: dict[str, Any]) -> None:
        self.html: str = text
        self.graph: dict[str, Any] = graph
        self.n_nodes: int = len(graph["nodes"])

    def to_dict(self) -> dict[str, Any]:
        """The graph as the page's script reads it."""
        return self.graph

    def __repr__(self) -> str:
        return f"<Page of {self.n_nodes} nodes>"

    __str__ = __repr__

    def _formats(self) -> Formats:
        return {".html": lambda: self.html}

    def _html(self) -> str:
        """The page within a page, so that a notebook shows it, and still does when it is exported."""
        return read_asset(__package__, "frame.html", page=html.escape(self.html)).rstrip("\n")


def page(
    root: Value | Sequence[Value],
    path: str | os.PathLike[str] | None = None,
    *,
    title: str = "",
    parameters: Collection[Value | str] | None = None,
    step: int | None = None,
    quiz: bool = False,
    products: bool = False,
    gradients_of: Value | str | None = None,
) -> Page:
    """Make a page to play with the graph behind a value: one HTML file that needs no network.

    Its reader steps through both passes, drags the leaves' numbers, compares
    gradients with central differences, descends along them, and derives them
    by hand.

    Args:
        root: the end of the graph, or several ends.
        path: a file to write, whole or not at all.
        title: a heading; the root's name unless given.
        parameters: the leaves, or their labels, that gradient descent moves at
            first. Unless given: the parameters; else what is called w… or b…
        step: where to begin; at the end unless given.
        quiz: whether to begin with the gradients hidden, to be derived by hand.
        products: whether each `dot`, as that of a neuron, is shown as the products and sums it stands for.
        gradients_of: of several ends the one whose gradients are shown; the first unless given.

    Returns:
        A Page: `.html` is its text, `.save(path)` writes it, and a notebook shows it.

    Raises:
        ValueError: `parameters` names no leaf of the graph, there is no such step, or the graph is too large.
        OSError: the file can't be written.

    Examples:
        >>> x, w = variables(x=3.0, w=2.0)
        >>> page((x * w).tanh())
        <Page of 4 nodes>
    """
    roots = roots_of(root)
    if products:
        places: dict[Any, Any] = {}
        for each in roots:
            places |= expanded(each)
        roots, gradients_of = [places[each] for each in roots], places.get(gradients_of, gradients_of)
        parameters = parameters and [places.get(each, each) for each in parameters]
    program = seen_from(roots, gradients_of)
    if len(program) > MOST_NODES:
        raise GraphTooLargeError(f"a page of {len(program):,} nodes can't be played with, at most {MOST_NODES:,}")
    _refuse_step(step, program)
    trained = _trained(program, parameters)
    begin = {"title": title, "trained": trained, "step": -1 if step is None else step, "quiz": quiz}
    view = whole_view(program)
    graph, rules = graph_and_rules(program, view)
    made = Page(_written(begin, graph, layout.drawn(view, program), rules), graph)
    if path is not None:
        made.save(path)
    return made


def graph_and_rules(program: Program, view: View) -> tuple[dict[str, Any], str]:
    """What the script is told of a graph, and the functions of its primitives.

    Args:
        program: the graph.
        view: its boxes.
    """
    rules, frozen = _rules(program)
    place = {scope: k for k, scope in enumerate(view.scopes)}
    rows = zip(view.boxes, program.primitives, program.operands, local_derivatives(program), strict=True)
    nodes = [
        {
            "name": box.name,
            "path": program.names[k] if box.title else box.name,
            "kind": box.kind,
            "operation": box.operation,
            "rule": rule_key(primitive, len(operands)) if primitive and operands else "",
            "operands": operands,
            "value": _number(program.numbers[k]),
            "slopes": [_slope(program, k, slot) for slot in range(len(operands))],
            "symbols": [each if len(each) <= LONGEST_SYMBOL else "" for each in symbols],
            "scope": place.get(box.scope, -1),
        }
        for k, (box, primitive, operands, symbols) in enumerate(rows)
    ]
    inside = [{"name": scope[-1], "parent": place.get(scope[:-1], -1)} for scope in place]
    closed = [k for scope, k in place.items() if len(scope) == 1] if len(program) > LARGE else []
    return {"nodes": nodes, "root": program.roots[0], "scopes": inside, "closed": closed, "frozen": frozen}, rules


def _rules(program: Program) -> tuple[str, str]:
    """The functions of the graph's primitives, and why its numbers can't be changed: "" if they can."""
    rows = zip(program.primitives, program.operands, strict=True)
    used = {(primitive, len(operands)): None for primitive, operands in rows if primitive and operands}
    try:
        return script_of(used), ""
    except LanguageError as error:
        reason = str(error).partition(" can't be written")[0]
        return script_of([]), f"Numbers can't be changed here: {reason} can't be written in JavaScript."


def _slope(program: Program, k: int, slot: int) -> float | str | None:
    """A recorded partial: null along a constant, -0 where nothing flows."""
    slope = program.partials[k][slot]
    if not program.wanted[k][slot]:
        return None
    return -0.0 if slope is None else _number(slope + 0.0)


def _number(number: float) -> float | str:
    """What JSON has no number for is a text that JavaScript reads."""
    return number if math.isfinite(number) else JAVASCRIPT.number(number)


def _trained(program: Program, parameters: Collection[Value | str] | None) -> list[int]:
    leaves = program.leaves
    if parameters is None:
        own = [k for k in leaves if program.kind(k) == "parameter"]
        return own or [k for k in leaves if program.tags[k].label[:1].lower() in ("w", "b")]
    found = {program.find(each, "parameters") for each in parameters}
    if others := found.difference(leaves):
        raise ValueError(f"parameters: {program.names[min(others)]} is no leaf that carries a gradient")
    return sorted(found)


def _refuse_step(step: int | None, program: Program) -> None:
    """The steps are: before, each operation, the seed, each edge that a gradient flows back along, the end."""
    last = 2 + sum(map(bool, program.operands)) + sum(map(len, program.uses))
    if step is not None and not 0 <= step <= last:
        raise ValueError(f"step={step}: the steps of this graph are 0 to {last}")


# ---------------------------------------------------------------- the file
@cache
def _program() -> str:
    """The modules of the script as one: in their order, without what ties them together, and without their docs."""
    whole = "\n".join(read_asset(__package__, f"script/{name}.js") for name in SCRIPTS)
    undocumented = re.sub(r" */\*\*.*?\*/ ?\n?", "", whole, flags=re.DOTALL)
    return re.sub(r"^(import .*\n|export )", "", undocumented, flags=re.MULTILINE)


def _written(begin: dict[str, Any], graph: dict[str, Any], diagram: str, rules: str) -> str:
    script = f"{rules}\n{_program()}\n{BEGIN}"
    style = read_asset(__package__, "page.css")
    return read_asset(
        __package__,
        "page.html",
        script_hash=_hash(script),
        style_hash=_hash(style),
        title=html.escape(look.clean(begin["title"] or graph["nodes"][graph["root"]]["name"])),
        style=style,
        diagram=diagram,
        graph=_safe(begin | graph),
        script=script,
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _safe(graph: dict[str, Any]) -> str:
    """JSON that can't end the element it is in."""
    text = json.dumps(graph, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
