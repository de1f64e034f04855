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
from importlib.resources import files
from string import Template
from typing import Any

from ..draw import look
from ..draw.model import Model, picture_model
from ..graph import expanded
from ..store import write_whole
from ..value import Value, topological_order
from ..write import local_derivatives
from ..write.listing import SpellingError
from . import layout
from .rules import rule_key, script_of

SCRIPTS = ("engine", "steps", "quiz", "session", "diagram", "panels", "main")  # each needs those before it
BEGIN = 'start(graphOf(found("#graph", HTMLElement).textContent ?? ""), rules, calculator);\n'
LARGE = 60  # nodes: above that the outermost scopes are folded at first
LONGEST_SYMBOL = 60  # characters of a local derivative in names
FRAME_HEIGHT = 720  # pixels, in a notebook


class Page:
    """An interactive page.

    Attributes:
        html: the whole file.
        n_nodes: how many nodes it shows.
    """

    def __init__(self, text: str, n_nodes: int) -> None:
        self.html, self.n_nodes = text, n_nodes

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it to a file, whole or not at all.

        Args:
            path: the file.

        Raises:
            OSError: the file can't be written.
        """
        write_whole(path, self.html.encode())

    def __repr__(self) -> str:
        return f"<Page of {self.n_nodes} nodes>"

    def _repr_html_(self) -> str:
        """The page within a page, so that a notebook shows it, and still does when it is exported."""
        return (
            f'<iframe srcdoc="{html.escape(self.html)}" sandbox="allow-scripts" title="interactive graph" '
            f'style="width:100%;height:{FRAME_HEIGHT}px;border:0"></iframe>'
        )


def page_of(
    root: Value,
    *,
    title: str,
    parameters: Collection[Value | str] | None,
    step: int | None,
    quiz: bool,
    products: bool,
) -> Page:
    """What `page` does."""
    if products:
        places = expanded(root)
        root = places[root]
        parameters = parameters and [places.get(each, each) if isinstance(each, Value) else each for each in parameters]
    order = topological_order(root)
    _refuse_step(step, order)
    trained = set(_trained(order, parameters))
    begin = {
        "title": title,
        "trained": [k for k, node in enumerate(order) if node in trained],
        "step": -1 if step is None else step,
        "quiz": quiz,
    }
    model = picture_model(root)
    graph, rules = graph_and_rules(root, model)
    return Page(_written(begin, graph, layout.drawn(model, scopes_of(model), _operands(order)), rules), len(order))


def graph_and_rules(root: Value, model: Model) -> tuple[dict[str, Any], str]:
    """What the script is told of a graph, and the functions of its primitives.

    Args:
        root: the end of the graph.
        model: its boxes.
    """
    order, scopes = topological_order(root), scopes_of(model)
    rules, frozen = _rules(order)
    around = [scopes.index(box.scope) if box.scope else -1 for box in model.boxes]
    described = zip(order, model.boxes, _operands(order), _symbols(root, order), around, strict=True)
    graph = {
        "nodes": [
            {
                "name": box.name,
                "kind": box.kind,
                "operation": box.operation,
                "rule": rule_key(node.primitive, len(operands)) if node.primitive else "",
                "operands": operands,
                "value": _number(node.data),
                "slopes": [None if slope is None else _number(slope) for slope in node.partials],
                "symbols": symbols,
                "scope": scope,
            }
            for node, box, operands, symbols, scope in described
        ],
        "scopes": [{"name": scope[-1], "parent": scopes.index(scope[:-1]) if scope[:-1] else -1} for scope in scopes],
        "closed": [k for k, scope in enumerate(scopes) if len(scope) == 1] if len(order) > LARGE else [],
        "frozen": frozen,
    }
    return graph, rules


def _operands(order: Sequence[Value]) -> list[list[int]]:
    places = {node: k for k, node in enumerate(order)}
    return [[places[each] for each in node.operands] for node in order]


def scopes_of(model: Model) -> list[tuple[str, ...]]:
    """All scopes, outer ones first, in the order of their first boxes."""
    paths = (box.scope[:depth] for box in model.boxes for depth in range(1, len(box.scope) + 1))
    return list(dict.fromkeys(paths))


def _rules(order: Sequence[Value]) -> tuple[str, str]:
    """The functions of the graph's primitives, and why its numbers can't be changed: "" if they can."""
    used = {(node.primitive, len(node.operands)): None for node in order if node.primitive}
    try:
        return script_of(used), ""
    except SpellingError as error:
        reason = str(error).partition(" can't be written")[0]
        return script_of([]), f"Numbers can't be changed here: {reason} can't be written in JavaScript."


def _number(number: float) -> float | str:
    """What JSON has no number for is a text that JavaScript reads."""
    if math.isfinite(number):
        return number
    return "NaN" if number != number else "Infinity" if number > 0 else "-Infinity"


def _symbols(root: Value, order: Sequence[Value]) -> list[list[str]]:
    written = local_derivatives(root)
    return [[each if len(each) <= LONGEST_SYMBOL else "" for each in written.get(node, ())] for node in order]


def _trained(order: Sequence[Value], parameters: Collection[Value | str] | None) -> list[Value]:
    leaves = [node for node in order if node.is_leaf and not node.is_constant]
    if parameters is None:
        own = [leaf for leaf in leaves if leaf.is_parameter]
        return own or [leaf for leaf in leaves if leaf.label[:1].lower() in ("w", "b")]
    found = []
    for each in parameters:
        matching = [leaf for leaf in leaves if leaf is each or (isinstance(each, str) and leaf.label == each)]
        if not matching:
            labels = ", ".join(leaf.label for leaf in leaves if leaf.label)
            raise ValueError(f"parameters: the graph has no leaf {each!r}; its leaves are {labels or 'without labels'}")
        found += matching
    return found


def _refuse_step(step: int | None, order: Sequence[Value]) -> None:
    """The steps are: before, each operation, the seed, each edge that a gradient flows back along, the end."""
    last = 2 + len([node for node in order if node.primitive])
    last += sum(slope is not None for node in order if not node.is_constant for slope in node.partials)
    if step is not None and not 0 <= step <= last:
        raise ValueError(f"step={step}: the steps of this graph are 0 to {last}")


# ---------------------------------------------------------------- the file
@cache
def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


@cache
def _program() -> str:
    """The modules of the script as one: in their order, without what ties them together, and without their docs."""
    whole = "\n".join(_asset(f"script/{name}.js") for name in SCRIPTS)
    undocumented = re.sub(r" */\*\*.*?\*/ ?\n?", "", whole, flags=re.DOTALL)
    return re.sub(r"^(import .*\n|export )", "", undocumented, flags=re.MULTILINE)


def _written(begin: dict[str, Any], graph: dict[str, Any], diagram: str, rules: str) -> str:
    script = f"{rules}\n{_program()}\n{BEGIN}"
    style = _asset("page.css")
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return Template(_asset("page.html")).substitute(
        policy=policy,
        title=html.escape(look.clean(begin["title"] or graph["nodes"][-1]["name"])),
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
