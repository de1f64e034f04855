"""The page: a graph with all its views as data, and the one script that every page has."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import os
import re
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from ..checking.samples import Samples
from ..drawing import look
from ..drawing.head import headline
from ..drawing.picture import roots_of, seen_from
from ..drawing.sight import Sight, every_name
from ..drawing.views import GraphTooLargeError, stages
from ..formulas.derivation import local_derivatives
from ..formulas.listing import LanguageError
from ..graph import expanded
from ..program import Program
from ..registry import read_asset
from ..results import Formats, Result
from ..value import Value
from .kernels import as_json, constants, kernel_of
from .scenes import WIDTHS, scenes_of, typeset

SCRIPTS = (
    "engine",
    "grammar",
    "steps",
    "quiz",
    "session",
    "scene",
    "plots",
    "panels",
    "main",
)  # in the order of their needs
BEGIN = "startAll({ operations, functions, tables: { ...tables, arities: functions } });\n"
MOST_NODES = 5000  # nodes of a page
MOST_JUDGED = 400  # nodes of a graph whose formulas by hand are judged at several points
MOST_WRITTEN = 200  # nodes of a graph whose whole formula is looked for
LONGEST_SYMBOL = 60  # characters of a partial in names


class Page(Result):
    """An interactive page, saved as .html.

    Attributes:
        html: the whole file.
        graph: what its script reads of the graph: nodes, views, and so on.
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
        return frame(self.html)


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
    graph = graph_of(
        root, title=title, parameters=parameters, step=step, quiz=quiz, products=products, gradients_of=gradients_of
    )
    made = Page(write_page(graph["title"], block(graph)), graph)
    if path is not None:
        made.save(path)
    return made


def graph_of(
    root: Value | Sequence[Value],
    *,
    title: str = "",
    parameters: Collection[Value | str] | None = None,
    step: int | None = None,
    quiz: bool = False,
    products: bool = False,
    gradients_of: Value | str | None = None,
) -> dict[str, Any]:
    """What the script reads of a graph. The arguments are those of `page`."""
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
    nodes = numbers_of(program)
    begin = {"trained": _trained(program, parameters), "step": -1 if step is None else step, "quiz": quiz}
    name = nodes["nodes"][program.roots[0]]["name"]
    return {
        "title": look.clean(title or name),
        **begin, **nodes, **scenes_of(program), "formula": _formula(program), "points": _points(program),
    }  # fmt: skip


def numbers_of(program: Program, frozen: str = "") -> dict[str, Any]:
    """The nodes with their names and numbers, and the rows of their primitives.

    Args:
        program: the graph.
        frozen: why its numbers can't be changed, if they can't.
    """
    names, kernels = every_name(program), dict[str, Any]()
    nodes: list[dict[str, Any]] = []
    scopes: dict[tuple[str, ...], int] = {}
    for k, (primitive, operands, symbols) in enumerate(
        zip(program.primitives, program.operands, local_derivatives(program), strict=True)
    ):
        key = f"{primitive.name}/{len(operands)}" if primitive and operands else ""
        if primitive and key and key not in kernels and not frozen:
            try:
                kernels[key] = kernel_of(primitive, len(operands))
            except LanguageError as error:
                reason = str(error).partition(" can't be written")[0]
                frozen = f"Numbers can't be changed here: {reason} can't be written in JavaScript."
        nodes.append(
            {
                "name": names[k],
                "path": program.names[k] if program.tags[k].label else names[k],
                "kind": program.kind(k),
                "operation": primitive.name if primitive and program.is_computed(k) else "",
                "kernel": key,
                "operands": operands,
                "value": as_json(program.numbers[k]),
                "symbols": [each if len(each) <= LONGEST_SYMBOL else "" for each in symbols],
                "scope": scopes.setdefault(program.tags[k].scope, len(scopes)),
            }
        )
    for k, node in enumerate(nodes if frozen else ()):
        node["slopes"] = [_slope(program, k, slot) for slot in range(len(node["operands"]))]
    around = [list(map(look.clean, scope)) for scope in scopes]
    return {"nodes": nodes, "scopes": around, "root": program.roots[0], "kernels": kernels, "frozen": frozen}


def _formula(program: Program) -> list[Any]:
    """The whole formula, typeset for each width; nothing where it doesn't fit."""
    if len(program) > MOST_WRITTEN or not program.operands[program.roots[0]]:
        return []
    view = Sight(stages(program)).view()
    found = [headline(view, width - 16) for width in WIDTHS]
    return [
        each and {"size": [each.width, each.up + each.down], "base": each.up, "parts": typeset(each)} for each in found
    ]


def _points(program: Program) -> list[list[float | str]]:
    """The numbers of the leaves at other points of the piece that the graph is in: there formulas are judged."""
    if len(program) > MOST_JUDGED:
        return []
    return [[as_json(each.numbers[k]) for k in program.leaves] for each in Samples(program).points]


def _slope(program: Program, k: int, slot: int) -> float | str | None:
    """A recorded partial: null along a constant, -0 where nothing flows."""
    slope = program.partials[k][slot]
    if not program.wanted[k][slot]:
        return None
    return -0.0 if slope is None else as_json(slope + 0.0)


def _trained(program: Program, parameters: Collection[Value | str] | None) -> list[int]:
    leaves = program.leaves
    if parameters is None:
        own = [k for k in leaves if program.kind(k) == "parameter"]
        return own or [k for k in leaves if program.tags[k].label[:1].lower() in ("w", "b")]
    found = {program.find(each, "parameters") for each in parameters}
    if others := found.difference(leaves):
        raise ValueError(f"parameters: {program.names[min(others)]} isn't a leaf that carries a gradient")
    return sorted(found)


def _refuse_step(step: int | None, program: Program) -> None:
    """The steps are: before, each operation, the seed, each edge that a gradient flows back along, the end."""
    last = 2 + sum(map(bool, program.operands)) + sum(map(len, program.uses))
    if step is not None and not 0 <= step <= last:
        raise ValueError(f"step={step}: the steps of this graph are 0 to {last}")


# ---------------------------------------------------------------- the file
@cache
def script() -> str:
    """The script, the same for every graph: what is written from the table, and its modules, without their docs."""
    whole = "\n".join(read_asset(__package__, f"script/{name}.js") for name in SCRIPTS)
    plain = re.sub(r" */\*\*.*?\*/ ?\n?", "", whole, flags=re.DOTALL)
    joined = re.sub(r"^(import .*\n|export |\s*// .*\n)|^ +", "", plain, flags=re.MULTILINE)
    return f"{constants()}\n{joined}"


@cache
def _packed() -> str:
    """The script compressed; `load.js` unpacks it."""
    return base64.b64encode(gzip.compress(f"{script()}{BEGIN}".encode(), 9, mtime=0)).decode()


@cache
def style() -> str:
    """The style sheet, with the colors of the pictures."""
    light, dark = (look.COLORS[name] for name in ("light", "dark"))
    colors = "\n".join(f"  --{name}: light-dark({light[name]}, {dark[name]});" for name in light)
    return read_asset(__package__, "page.css", colors=colors)


def block(graph: dict[str, Any]) -> str:
    """The element that the script makes an interactive graph of.

    Args:
        graph: as `graph_of` gives it.
    """
    return f'<div class="graph"><script type="application/json">{as_text(graph)}</script></div>'


def frame(page: str) -> str:
    """A page within another, as in a notebook.

    Args:
        page: the whole file.
    """
    return read_asset(__package__, "frame.html", page=html.escape(page)).rstrip("\n")


def write_page(title: str, body: str, more_style: str = "") -> str:
    """A whole page.

    Args:
        title: as the browser shows it.
        body: markup, in which blocks may stand.
        more_style: what the style sheet has beside that of every page.
    """
    texts = {"style": style() + more_style, "script": script() + BEGIN, "load": read_asset(__package__, "load.js")}
    hashes = {f"{name}_hash": _hash(text) for name, text in texts.items()}
    template = read_asset(__package__, "neuron.html").strip()
    whole = {**texts, **hashes, "script": _packed(), "title": html.escape(title), "body": body, "template": template}
    return read_asset(__package__, "page.html", **whole)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def as_text(graph: dict[str, Any]) -> str:
    """JSON that can't end the element it is in."""
    text = json.dumps(graph, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
