"""Pictures of a graph: values, gradients and the local derivatives between them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from ..lazy import lazily
from ..value import Value

if TYPE_CHECKING:
    from ..check import Check
    from .animation import Frames, frames
    from .picture import Picture, notebook_bundle
    from .render import RendererMissingError

__all__ = [
    "DETAILS",
    "MAX_NODES",
    "STYLES",
    "Frames",
    "Picture",
    "RendererMissingError",
    "draw",
    "frames",
    "notebook_bundle",
]
DETAILS, STYLES = ("forward", "backward", "full"), ("box", "circuit")
MAX_NODES = 150
# where each name lives; it is imported when it is asked for
_HOMES = {
    **dict.fromkeys(("Frames", "frames"), "animation"),
    **dict.fromkeys(("Picture", "notebook_bundle"), "picture"),
    "RendererMissingError": "render",
}


__getattr__ = lazily(__name__, _HOMES)


def draw(
    root: Value,
    *,
    detail: str = "full",
    style: str = "box",
    title: str = "",
    legend: bool = False,
    hand: Mapping[Value | str, float] | Check | None = None,
    path: Value | str | None = None,
    before: Value | None = None,
    max_nodes: int = MAX_NODES,
    depth: int | None = None,
    expand: Collection[str] = (),
    products: bool = False,
) -> Picture:
    """Draw the graph behind a value: a box for each node, an edge with its local derivative for each operand.

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
            captioned with their products of local derivatives.
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
    from .picture import drawn

    return drawn(
        root,
        detail=detail,
        style=style,
        title=title,
        legend=legend,
        hand=hand,
        path=path,
        before=before,
        max_nodes=max_nodes,
        depth=depth,
        expand=expand,
        products=products,
    )
