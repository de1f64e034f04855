"""Interactive pages: a graph to step through, to change and to differentiate by hand, in one file."""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import TYPE_CHECKING

from ..lazy import lazily
from ..value import Value

if TYPE_CHECKING:
    from .document import Page

__all__ = ["Page", "page"]
_HOMES = {"Page": "document"}


__getattr__ = lazily(__name__, _HOMES)


def page(
    root: Value,
    path: str | os.PathLike[str] | None = None,
    *,
    title: str = "",
    parameters: Collection[Value | str] | None = None,
    step: int | None = None,
    quiz: bool = False,
    products: bool = False,
) -> Page:
    """Make a page to play with the graph behind a value: one HTML file that needs no network.

    Its reader steps through both passes, drags the leaves' numbers, compares
    gradients with central differences, descends along them, and derives them
    by hand.

    Args:
        root: the end of the graph.
        path: a file to write, whole or not at all.
        title: a heading; the root's name unless given.
        parameters: the leaves, or their labels, that gradient descent moves at
            first. Unless given: the parameters; else what is called w… or b…
        step: where to begin; at the end unless given.
        quiz: whether to begin with the gradients hidden, to be derived by hand.
        products: whether each `dot`, as that of a neuron, is shown as the products and sums it stands for.

    Returns:
        A Page: `.html` is its text, `.save(path)` writes it, and a notebook shows it.

    Raises:
        ValueError: `parameters` names no leaf of the graph, or there is no such step.
        RendererMissingError: there is no Graphviz on this machine.
        OSError: the file can't be written.

    Examples:
        >>> x, w = variables(x=3.0, w=2.0)
        >>> page((x * w).tanh())
        <Page of 4 nodes>
    """
    from .document import page_of

    made = page_of(root, title=title, parameters=parameters, step=step, quiz=quiz, products=products)
    if path is not None:
        made.save(path)
    return made
