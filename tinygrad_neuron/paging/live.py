"""A graph in a notebook, live: its sliders set the Values, and what training does to them shows."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any

from ..program import Program
from ..registry import import_extra, read_asset
from ..value import Value
from .document import as_text, graph_of, script, style


def widget(root: Value, *, title: str = "", parameters: Collection[Value | str] | None = None) -> Any:
    """Show a graph in a notebook as a page whose numbers are those of the Values.

    A slider or a step of descent on the page sets the leaves' `data`. What Python sets, `refresh()` shows: call it
    in a training loop after each step. The graph itself is recorded once; compute it again for its new values.

    Args:
        root: the end of the graph.
        title: a heading; the root's name unless given.
        parameters: the leaves, or their labels, that descent moves at first; as in `page`.

    Returns:
        An anywidget. Its `numbers` are those of the leaves, by their names; assigning them sets the leaves.

    Raises:
        RuntimeError: anywidget isn't installed.
        ValueError: as in `page`.

    Examples:
        >>> w, x = variables(w=2.0, x=3.0)
        >>> shown = widget(w * x)
        >>> shown.numbers = {"w": 5.0, "x": 3.0}
        >>> w.data
        5.0
        >>> x.data = 1.0
        >>> shown.refresh()
        >>> shown.numbers["x"]
        1.0
    """
    graph = graph_of(root, title=title, parameters=parameters)
    program = Program.of(root)
    leaves = {graph["nodes"][k]["path"]: program.nodes[k] for k in program.leaves}
    return _widget_class()(as_text(graph), leaves)


@cache
def _widget_class() -> Any:
    """The class, made when it is first asked for: anywidget is an extra."""
    missing = RuntimeError("a widget needs anywidget: pip install 'tinygrad_neuron[widget]'")
    anywidget, traitlets = import_extra("anywidget", missing), import_extra("traitlets", missing)

    class GraphWidget(anywidget.AnyWidget):  # type: ignore[name-defined, misc]
        """A graph whose leaves have their numbers in Python and on the page."""

        _esm = f"{script()}\n{read_asset(__package__, 'live.js')}"
        graph = traitlets.Unicode().tag(sync=True)
        style = traitlets.Unicode().tag(sync=True)
        template = traitlets.Unicode().tag(sync=True)
        numbers = traitlets.Dict().tag(sync=True)

        def __init__(self, graph: str, leaves: dict[str, Value]) -> None:
            self._leaves = leaves
            scoped = style().replace(":root", ":host").replace("\nbody {", "\n:host {")
            super().__init__(graph=graph, style=scoped, template=read_asset(__package__, "neuron.html"))
            self.refresh()
            self.observe(lambda _change: self._assign(), "numbers")

        def refresh(self) -> None:
            """Show the numbers that the leaves have now."""
            self.numbers = {name: leaf.data for name, leaf in self._leaves.items()}

        def _assign(self) -> None:
            given = {name: float(number) for name, number in self.numbers.items() if name in self._leaves}
            for name, number in given.items():
                self._leaves[name].data = number
            if given != {name: leaf.data for name, leaf in self._leaves.items()} or len(given) < len(self.numbers):
                self.refresh()  # what was left out stays as it is

    return GraphWidget
