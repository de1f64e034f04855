"""draw() and what it returns."""

from __future__ import annotations

import base64
import functools
import warnings
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from ..checking.verdicts import Check
from ..graph import expanded
from ..program import ByNode, Program
from ..results import Formats, Result
from ..value import Value
from .fold import MAX_NODES, fold
from .model import Model, picture_model
from .render import RendererMissingError, render

if TYPE_CHECKING:
    import graphviz

DETAILS, STYLES = ("forward", "backward", "full"), ("box", "circuit")


@functools.cache
def _say_once(message: str) -> None:
    warnings.warn(message, stacklevel=4)


class Picture(Result):
    """A drawn graph, in as many formats as there are uses: .svg, .png, .pdf, .dot, .mmd (Mermaid), .txt and .json.

    Attributes:
        model: its boxes and edges.
    """

    def __init__(self, model: Model, whole: Model, *, detail: str, style: str, legend: bool) -> None:
        self.model = model
        self._whole = whole
        self._detail, self._style, self._legend = detail, style, legend

    @property
    def dot(self) -> graphviz.Digraph:
        """The picture as a `graphviz.Digraph`, to go on with."""
        from .dot import digraph

        return digraph(self.model, detail=self._detail, style=self._style, legend=self._legend)

    def svg(self) -> str:
        """The picture as SVG text.

        Raises:
            RendererMissingError: there is no Graphviz on this machine.
        """
        from .svg import accessible

        return accessible(self._render("svg").decode(), self.model)

    def _render(self, file_format: str) -> bytes:
        return render(self.dot.source, file_format)

    def mermaid(self) -> str:
        """The picture as a Mermaid flowchart, folded below Mermaid's limit of 500 edges."""
        from .mermaid import MAX_EDGES, flowchart

        model, most = self.model, len(self.model.boxes)
        while len(model.edges) > MAX_EDGES:
            most = most * 3 // 4
            model = fold(self._whole, max_nodes=most)
        return flowchart(model, detail=self._detail)

    def text(self, *, color: bool = False, width: int | None = None) -> str:
        """The picture as a listing for a terminal.

        Args:
            color: whether to add a terminal's color codes.
            width: columns of the terminal; as many as needed unless given.
        """
        from .listing import listing

        return listing(self.model, detail=self._detail, color=color, width=width)

    def to_dict(self) -> dict[str, Any]:
        """The boxes and edges that are shown, with the title and what stands below."""
        boxes = [box._asdict() | {"hand": box.hand and box.hand._asdict()} for box in self.model.boxes]
        return self.model._asdict() | {"boxes": boxes, "edges": [edge._asdict() for edge in self.model.edges]}

    def __str__(self) -> str:
        """The picture as a listing."""
        return self.text().rstrip("\n")

    def _formats(self) -> Formats:
        drawn = {f".{name}": functools.partial(self._render, name) for name in ("png", "pdf")}
        return {".svg": self.svg, **drawn, ".dot": lambda: self.dot.source, ".mmd": self.mermaid, **super()._formats()}

    def __repr__(self) -> str:
        return f"<Picture of {len(self.model.boxes)} boxes and {len(self.model.edges)} edges>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002
        try:
            svg, png = self.svg(), self._render("png")
        except (RendererMissingError, RuntimeError) as error:
            _say_once(str(error))
            return {"text/plain": self.text()}
        encoded = base64.b64encode(png).decode()
        return {"text/html": svg, "image/svg+xml": svg, "image/png": encoded, "text/plain": self.text()}


def draw(
    root: Value,
    *,
    detail: str = "full",
    style: str = "box",
    title: str = "",
    legend: bool = False,
    hand: ByNode[float] | Check | None = None,
    path: Value | str | None = None,
    before: Value | None = None,
    max_nodes: int = MAX_NODES,
    depth: int | None = None,
    expand: Collection[str] = (),
    products: bool = False,
) -> Picture:
    """Draw the graph behind a value: a box for each node, an edge with its partial for each operand.

    Args:
        root: the end of the graph. Gradients are shown where backward() has computed them.
        detail: "full"; "forward" for values alone; "backward" for arrows along
            which gradients flow back.
        style: "box", or "circuit" for a circle for each operation beside its value.
        title: a heading.
        legend: whether to explain the signs.
        hand: hand-derived gradients for Values or labels, or the result of a check; each is shown with ✓
            or ✗ and its relative error, judged at the digits it is given with.
        path: a Value or label. The paths from it to the root are lit and
            captioned with their products of partials.
        before: the same expression with the numbers before a change, such as a
            training step; changed values are marked.
        max_nodes: larger graphs are folded by scope.
        depth: fold all scopes deeper than this; 0 folds the outermost.
        expand: names of scopes that stay open.
        products: whether each `dot`, as that of a neuron, is drawn as the products and sums it stands for.

    Returns:
        A Picture; its text is the same in every process.

    Raises:
        ValueError: an option has no such value, a node isn't there, or
            `before` has another shape.

    Examples:
        >>> x, w = variables(x=3.0, w=2.0)
        >>> print(draw(x * w, detail="forward").text(), end="")
             node   value
         ─────────────────
         ○   x       3.000
         ○   w       2.000
         ●   x*w     6.000
    """
    for option, value, choices in (("detail", detail, DETAILS), ("style", style, STYLES)):
        if value not in choices:
            raise ValueError(f"{option}={value!r}: it is one of {', '.join(choices)}")
    if max_nodes < 1:
        raise ValueError(f"max_nodes={max_nodes}: a picture has at least one box")
    if products:
        places: dict[Any, Any] = expanded(root)  # labels are the same in both graphs
        root, path = places[root], places.get(path, path)
        hand = {places.get(key, key): figure for key, figure in hand.items()} if isinstance(hand, Mapping) else hand
        before = before and expanded(before)[before]
    whole = picture_model(Program.of(root), hand=hand, path=path, before=before, title=title)
    model = fold(whole, max_nodes=max_nodes, depth=depth, expand=expand)
    return Picture(model, whole, detail=detail, style=style, legend=legend)


def notebook_bundle(value: Value, include: Any = None, exclude: Any = None) -> dict[str, Any]:
    """What a notebook shows of a Value: its repr, and the picture of what it was computed from."""
    plain = {"text/plain": repr(value)}
    return plain if value.is_leaf else {**draw(value)._repr_mimebundle_(include, exclude), **plain}
