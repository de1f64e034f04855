"""The picture of a graph, in Graphviz' terms."""

from __future__ import annotations

import html
import os
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

from ..store import write_whole
from ..value import Value, topological_order
from ..write import formulas
from ..write.formula import number
from .render import render

if TYPE_CHECKING:
    import graphviz

FORMATS = ("svg", "png", "pdf", "dot")
# a palette that colour-blind people tell apart: Okabe and Ito 2008
VALUE_COLOUR, GRADIENT_COLOUR, LINE_COLOUR = "#0072B2", "#B34A00", "#666666"
FILLS = {"leaf": "#FFF6D6", "constant": "#F2F2F2", "computed": "#FFFFFF", "root": "#E3F1FA"}


class Picture:
    """A drawn graph.

    Attributes:
        dot: the `graphviz.Digraph` that describes it.
    """

    def __init__(self, dot: graphviz.Digraph) -> None:
        self.dot = dot

    def svg(self) -> str:
        """The picture as SVG text.

        Raises:
            RendererMissingError: there is no Graphviz on this machine.
        """
        return render(self.dot.source, "svg").decode()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a file, whole or not at all.

        Args:
            path: the file; its suffix is the format: .svg, .png, .pdf or .dot.

        Raises:
            ValueError: the suffix is another.
            RendererMissingError: there is no Graphviz on this machine (.dot needs none).
            OSError: the file can't be written.
        """
        file_format = Path(path).suffix.lower().removeprefix(".")
        if file_format not in FORMATS:
            raise ValueError(f"{path}: a picture's suffix is one of {', '.join('.' + each for each in FORMATS)}")
        content = self.dot.source.encode() if file_format == "dot" else render(self.dot.source, file_format)
        write_whole(path, content)


def draw(root: Value) -> Picture:
    """Draw the graph behind a value: a box for each node, an edge with its local derivative for each operand.

    Args:
        root: the end of the graph. Gradients are shown where backward() has computed them.

    Returns:
        A Picture; its text is the same in every process.

    Example:
        >>> x, w = variables(x=3.0, w=2.0)
        >>> print(draw(x * w).dot.source.splitlines()[0])
        digraph {
    """
    import graphviz

    dot = graphviz.Digraph(
        graph_attr={"rankdir": "LR", "ordering": "in", "bgcolor": "transparent", "nodesep": "0.25", "ranksep": "0.6"},
        node_attr={
            "shape": "box",
            "style": "rounded,filled",
            "fontname": "Helvetica",
            "fontsize": "12",
            "margin": "0.12,0.06",
        },
        edge_attr={"fontname": "Courier", "fontsize": "11", "color": LINE_COLOUR, "fontcolor": LINE_COLOUR},
    )
    order = topological_order(root)
    names = {node: f"n{k}" for k, node in enumerate(order)}
    for node, formula in formulas(root).items():
        kind = "root" if node is root else "constant" if node.is_constant else "leaf" if node.is_leaf else "computed"
        outline = {"constant": {"style": "filled,dashed"}, "root": {"penwidth": "2.5"}}.get(kind, {})
        dot.node(names[node], _box(node, formula), fillcolor=FILLS[kind], color=LINE_COLOUR, **outline)
    for node in order:
        for operand, slope in zip(node.operands, node.partials, strict=True):
            label = "" if slope is None else f" {_figure(slope)} "
            dot.edge(names[operand], names[node], label=label, **({"style": "dashed"} if slope is None else {}))
    return Picture(dot)


def _box(node: Value, formula: str) -> str:
    if node.is_constant and not node.label:
        return f'<<font face="Courier" color="{VALUE_COLOUR}">{_escaped(number(node.data))}</font>>'
    title = " = ".join(filter(None, [f"<b>{_escaped(node.label)}</b>" if node.label else "", _escaped(formula)]))
    rows = [title] if title else []
    rows.append(f'<font face="Courier" color="{VALUE_COLOUR}">value {_figure(node.data)}</font>')
    if node.has_grad:
        rows.append(f'<font face="Courier" color="{GRADIENT_COLOUR}">grad  {_figure(node.grad)}</font>')
    cells = "".join(f'<tr><td align="left">{row}</td></tr>' for row in rows)
    return f'<<table border="0" cellborder="0" cellspacing="0" cellpadding="1">{cells}</table>>'


def _escaped(text: str) -> str:
    """For Graphviz' HTML-like labels, which are XML: control characters have no place in them."""
    kept = (
        each if unicodedata.category(each) not in ("Cc", "Cs", "Cn") else "\N{REPLACEMENT CHARACTER}" for each in text
    )
    return html.escape("".join(kept))


def _figure(figure: float) -> str:
    return f"{figure:.4g}"
