"""draw() and what it returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..arguments import require_known
from ..checking.hand import compare_figures
from ..checking.verdicts import Check
from ..graph import expanded
from ..primitives import NOTHING
from ..program import ByNode, Program
from ..results import Formats, Result
from ..value import Value, is_larger
from . import look
from .arrange import NEURONS, SHAPES, Arranged, fitted
from .model import View
from .render import png_of, render
from .sight import Sight
from .svg import Canvas, draw_svg
from .views import MOST_NODES, NEAR, VIEWS, Figures, GraphTooLargeError, choose

if TYPE_CHECKING:
    import graphviz

WIDTH = 900.0  # pixels: of a notebook's cell, or of a page
SHEETS = {"slide": (1280.0, 720.0), "A4": (690.0, 1000.0)}  # width and height
THEMES = tuple(look.COLORS)


class Picture(Result):
    """A drawn graph, in as many formats as there are uses: .svg, .png, .pdf, .dot, .mmd (Mermaid), .txt and .json.

    Attributes:
        view: its boxes and edges.
    """

    def __init__(self, sight: Sight, canvas: Canvas, width: float, height: float, shape: str | None) -> None:
        self._sight, self._canvas = sight, canvas
        self._room: tuple[float, float, str | None] = width, height, shape
        self.view: View = self._view(NEURONS[0] if sight.choice.name == "network" else NEAR)

    def _view(self, most: int) -> View:
        return self._sight.view(most)

    @cached_property
    def arranged(self) -> Arranged:
        """Where everything lies at the width that the picture is made for; fewer boxes, if not all can be read."""
        width, height, shape = self._room
        return fitted(self._view, width, height=height, shape=shape)

    @property
    def dot(self) -> graphviz.Digraph:
        """The picture as a `graphviz.Digraph`, to go on with."""
        from .dot import digraph

        return digraph(self.view, backward=self._canvas.backward, legend=self._canvas.legend)

    def svg(self) -> str:
        """The picture as SVG text."""
        return draw_svg(self.arranged.view, self.arranged, self._canvas)

    def mermaid(self) -> str:
        """The picture as a Mermaid flowchart."""
        from .mermaid import flowchart

        return flowchart(self.view, backward=self._canvas.backward)

    def text(self, *, color: bool = False, width: int | None = None) -> str:
        """The picture as a listing for a terminal.

        Args:
            color: whether to add a terminal's color codes.
            width: columns of the terminal; as many as needed unless given.
        """
        from .listing import listing

        return listing(self.view, color=color, width=width)

    def to_dict(self) -> dict[str, Any]:
        """The boxes and edges that are shown, with the title and what stands below."""
        boxes = []
        for box in self.view.boxes:
            entry = {key: part for key, part in box._asdict().items() if key != "tree"}
            boxes.append(entry | {"hand": box.hand and box.hand._asdict(), "rows": [row._asdict() for row in box.rows]})
        said = {key: part for key, part in self.view._asdict().items() if key != "formula"}
        return said | {"boxes": boxes, "edges": [edge._asdict() for edge in self.view.edges]}

    def __str__(self) -> str:
        """The picture as a listing."""
        return self.text().rstrip("\n")

    def _formats(self) -> Formats:
        return {
            ".svg": self.svg, ".png": lambda: png_of(self.svg()), ".pdf": lambda: render(self.dot.source, "pdf"),
            ".dot": lambda: self.dot.source, ".mmd": self.mermaid, **super()._formats(),
        }  # fmt: skip

    def __repr__(self) -> str:
        return f"<Picture of {len(self.view.boxes)} boxes and {len(self.view.edges)} edges>"

    def _html(self) -> str:
        """The picture inline, so that its boxes and edges can be pointed at."""
        return self.svg()


def draw(
    root: Value | Sequence[Value],
    *,
    view: str | None = None,
    at: Value | str | None = None,
    sample: int | None = None,
    width: float | str = WIDTH,
    shape: str | None = None,
    title: str = "",
    hand: ByNode[float] | Check | None = None,
    path: Value | str | None = None,
    before: Value | None = None,
    gradients_of: Value | str | None = None,
    backward: bool = False,
    theme: str = "light",
    legend: bool = True,
    products: bool = False,
) -> Picture:
    """Draw the graph behind a value: boxes with values and gradients, and edges with the partials between them.

    An edge is as wide as what flows back along it, upstream × partial; blue and
    orange are the signs of gradients. A partial between two boxes is that of all
    that lies between them.

    Args:
        root: the end of the graph, or several ends. Gradients are shown where backward() has computed them.
        view: "network" (a box for each neuron, a column for each layer), "stages" (what has a name), "operations"
            (everything), "neuron" (one alone) or "nearest" (the 30 boxes around a node). Unless given: the network,
            if the graph has layers; all operations of a small graph without names; up to 12 stages; else the nearest.
        at: the neuron ("layer 2/neuron 1") whose stages or operations are shown, or the node that the nearest are
            shown of; the root unless given.
        sample: of a network that was computed for several samples, the number of one of them, from 1; their sums
            unless given.
        width: pixels that it must fit into with letters that can be read; "slide" for 16:9, "A4" for a page.
        shape: "lying", "standing" or "list"; what fits unless given.
        title: a heading.
        hand: hand-derived gradients for Values or labels, or the result of a check; each is shown with ✓
            or ✗, judged at the digits it is given with.
        path: a Value or label. The paths from it to the root are lit and
            captioned with their products of partials.
        before: the same expression with the numbers before a change, such as a
            training step; of changed values the old ones are struck.
        gradients_of: of several ends the one whose gradients are shown; the first unless given.
        backward: whether arrows point to where gradients flow.
        theme: "light" or "dark".
        legend: whether a line explains the signs.
        products: whether each `dot`, as that of a neuron, is drawn as the products and sums it stands for.

    Returns:
        A Picture; its text is the same in every process.

    Raises:
        ValueError: an option has no such value, a node isn't there, `before` has another shape, or the view would
            be too large.

    Examples:
        >>> x, w = variables(x=3.0, w=2.0)
        >>> print(draw(x * w).text(), end="")
             node   value    gradient   partials
         ──────────────────────────────────────────────────
         ○   x       3.000    not yet
         ○   w       2.000    not yet
         ●   x*w     6.000    not yet   x +2.000, w +3.000
    """
    for option, given, choices in (("view", view, VIEWS), ("shape", shape, SHAPES), ("theme", theme, THEMES)):
        if given is not None and given not in choices:
            raise ValueError(f"{option}={given!r}: it is one of {', '.join(choices)}")
    if not isinstance(width, str) and not width > 0:
        raise ValueError(f"width={width}: it is a number of pixels, 'slide' or 'A4'")
    if isinstance(width, str):
        require_known("width", [width], list(SHEETS))
    roots = roots_of(root)
    if products:
        roots, (at, path, gradients_of), hand, before = _expanded(roots, [at, path, gradients_of], hand, before)
    program = seen_from(roots, gradients_of)
    start = None if path is None else program.find(path, "path")
    compared, earlier = compare_figures(program, hand or {}), _earlier(program, before)
    view = view or ("nearest" if at is not None else None)
    middle = at if at is None or (isinstance(at, str) and view in ("neuron", "operations")) else program.find(at, "at")
    must = [*compared, *([] if start is None else [start]), *([middle] if isinstance(middle, int) else [])]
    choice = choose(program, view, at=middle, sample=sample, must=must)
    sight = Sight(choice, choice.figures(Figures(compared, earlier, start)), title)
    sheet = SHEETS[width] if isinstance(width, str) else (width, 0.0)
    canvas = Canvas(theme, legend, backward, sheet=sheet if width == "slide" else (0.0, 0.0))
    return Picture(sight, canvas, *sheet, shape)


def roots_of(root: Value | Sequence[Value]) -> list[Value]:
    """The ends that are meant: one Value, or a list of some.

    Args:
        root: what somebody gave.

    Raises:
        ValueError: the list is empty.
    """
    if isinstance(root, (list, tuple)) and not root:
        raise ValueError("there is nothing to draw: give a Value, or several")
    return list(root) if isinstance(root, (list, tuple)) else [root]  # type: ignore[list-item]


def seen_from(roots: Sequence[Value], gradients_of: Value | str | None = None) -> Program:
    """The graph of some ends, with the gradients of the first: what backward() left, if there is one alone.

    Args:
        roots: the ends.
        gradients_of: the end whose gradients are computed.

    Raises:
        ValueError: it isn't one of the graph, or there are too many nodes.
    """
    if is_larger(list(roots), MOST_NODES):
        raise GraphTooLargeError(f"a graph of more than {MOST_NODES:,} nodes can't be drawn: draw a part of it")
    program = Program.of(*roots)
    if len(roots) > 1 or gradients_of is not None:
        chosen = program.roots[0] if gradients_of is None else program.find(gradients_of, "gradients_of")
        found = program.differentiate(root=chosen)
        program.roots = [chosen, *(root for root in program.roots if root != chosen)]
        program.gradients = [NOTHING if program.is_constant(k) else each for k, each in enumerate(found)]
    return program


def _expanded(roots: list[Value], keys: list[Any], hand: Any, before: Value | None) -> tuple[Any, ...]:
    """The same with each `dot` as products and sums; labels are the same in both graphs."""
    places: dict[Any, Any] = {}
    for root in roots:
        places |= expanded(root)
    if isinstance(hand, Mapping):
        hand = {places.get(key, key): figure for key, figure in hand.items()}
    earlier = before if before is None else expanded(before)[before]
    return [places[root] for root in roots], [places.get(key, key) for key in keys], hand, earlier


def _earlier(program: Program, before: Value | None) -> dict[int, float]:
    """The values before a change, of the places whose value is another now."""
    if before is None:
        return {}
    old = Program.of(before)
    shapes = [
        [(primitive if row else None, row) for primitive, row in zip(each.primitives, each.operands, strict=True)]
        for each in (old, program)
    ]
    if shapes[0] != shapes[1]:
        raise ValueError(f"before: a graph of {len(old)} nodes and one of {len(program)} have not the same shape")
    return {k: was for k, (was, now) in enumerate(zip(old.numbers, program.numbers, strict=True)) if was != now}


def notebook_bundle(value: Value, include: Any = None, exclude: Any = None) -> dict[str, Any]:
    """What a notebook shows of a Value: its repr, and the picture of what it was computed from."""
    plain = {"text/plain": repr(value)}
    return plain if value.is_leaf else {**draw(value)._repr_mimebundle_(include, exclude), **plain}
