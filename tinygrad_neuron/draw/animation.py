"""The forward and the backward pass step by step, as pictures of one layout."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..store import write_whole
from ..value import Value, topological_order
from . import look
from .dot import Layout, digraph, layout_of
from .model import Model, picture_model
from .render import render

MOST = 400  # frames: more than this nobody watches
SECONDS = 1.2  # for each frame of an animation


class Frames:
    """The steps of a forward and a backward pass, as pictures of equal layout.

    Attributes:
        models: what each frame shows; its last caption is a sentence.
    """

    def __init__(self, models: list[Model]) -> None:
        self.models = models
        widest = max((model.captions[-1] for model in models), key=len)
        complete = models[-1]._replace(captions=(*models[-1].captions[:-1], widest))
        self._layout: Layout = layout_of(json.loads(render(digraph(complete).source, "json0")))

    def __len__(self) -> int:
        return len(self.models)

    def svg(self, number: int) -> str:
        """One frame as SVG text; the first has the number 0."""
        from .svg import accessible

        model = self.models[number]
        return accessible(self._render(model, "svg").decode(), model)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all frames.

        Args:
            path: a .gif or .svg file for an animation, or a folder for numbered SVG files.

        Raises:
            ValueError: the suffix is another.
            RuntimeError: a .gif is wanted and Pillow isn't installed.
            OSError: the file can't be written.
        """
        suffix = Path(path).suffix.lower()
        if suffix == ".gif":
            write_whole(path, self._gif())
        elif suffix == ".svg":
            from .svg import animated

            write_whole(path, animated([self.svg(number) for number in range(len(self))], SECONDS).encode())
        elif suffix:
            raise ValueError(f"{path}: frames are saved as .gif, as .svg, or in a folder without a suffix")
        else:
            pages = [self.svg(number) for number in range(len(self))]
            Path(path).mkdir(parents=True, exist_ok=True)
            for number, page in enumerate(pages, 1):
                write_whole(Path(path) / f"frame-{number:03}.svg", page.encode())

    def _render(self, model: Model, file_format: str) -> bytes:
        dot = digraph(model, layout=self._layout)
        dot.node_attr["fixedsize"] = "true"
        return render(dot.source, file_format, placed=True)

    def _gif(self) -> bytes:
        try:
            from PIL import Image
        except ImportError:
            raise RuntimeError("a .gif needs Pillow: pip install 'tinygrad_neuron[gif]', or save as .svg") from None
        pages = [Image.open(io.BytesIO(self._render(model, "png"))).convert("RGBA") for model in self.models]
        size = (max(page.width for page in pages), max(page.height for page in pages))
        flat = []
        for page in pages:
            sheet = Image.new("RGBA", size, "white")
            sheet.alpha_composite(page)
            flat.append(sheet.convert("P", palette=Image.Palette.ADAPTIVE, colors=64))
        file = io.BytesIO()
        flat[0].save(file, "GIF", save_all=True, append_images=flat[1:], duration=round(1000 * SECONDS), loop=0)
        return file.getvalue()


def frames(root: Value, *, title: str = "") -> Frames:
    """Show the forward pass node by node and the backward pass edge by edge.

    Args:
        root: the end of the graph; its gradients aren't touched, nor needed.
        title: a heading.

    Returns:
        The frames; `.save(path)` writes an animation or numbered SVG files.

    Raises:
        ValueError: there would be too many frames to watch.
        RendererMissingError: there is no Graphviz on this machine.

    Examples:
        >>> x, w = variables(x=3.0, w=2.0)
        >>> for model in frames(x * w).models:
        ...     print(model.captions[-1])
        given: x = 3, w = 2
        forward: x*w = 6
        backward: the gradient of x*w is 1
        x.grad += (x*w).grad × ∂(x*w)/∂(x) = +1.000 × +2.000 = +2.000
        w.grad += (x*w).grad × ∂(x*w)/∂(w) = +1.000 × +3.000 = +3.000
    """
    order = topological_order(root)
    count = 2 + sum(1 + len(node.operands) for node in order if not node.is_leaf)
    if count > MOST:
        raise ValueError(f"{count:,} frames are too many to watch, at most {MOST}: show a smaller part of the graph")
    return Frames(list(_steps(picture_model(root, title=title), order)))


def _steps(whole: Model, order: list[Value]) -> Iterator[Model]:
    boxes = {
        node: box._replace(
            gradient=None, awaits=not node.is_constant, marks=(), value=node.data if node.is_leaf else None
        )
        for node, box in zip(order, whole.boxes, strict=True)
    }
    names = {node: box.name for node, box in boxes.items()}

    def shown(sentence: str, about: Value | None = None, edges: Any = ()) -> Model:
        drawn = tuple(box._replace(active=node is about) for node, box in boxes.items())
        lit = tuple(edge._replace(active=number in edges) for number, edge in enumerate(whole.edges))
        return Model(drawn, lit, whole.title, (*whole.captions, sentence))

    given = ", ".join(f"{names[node]} = {node.data:.4g}" for node in order if node.is_leaf and not node.is_constant)
    yield shown(f"given: {given}")
    numbers, incoming = iter(range(len(whole.edges))), {}
    for node in order:
        incoming[node] = [next(numbers) for _ in node.operands]
        if not node.is_leaf:
            boxes[node] = boxes[node]._replace(value=node.data)
            formula = f"{names[node]} = {boxes[node].formula}" if node.label else names[node]
            yield shown(f"forward: {formula} = {node.data:.4g}", node, incoming[node])
    root, gradients = order[-1], {order[-1]: 1.0}
    boxes[root] = boxes[root]._replace(gradient=1.0)
    yield shown(f"backward: the gradient of {names[root]} is 1", root)
    for node in reversed(order):
        for operand, slope, number in zip(node.operands, node.partials, incoming[node], strict=True):
            if slope is not None:
                gradients[operand] = gradients.get(operand, 0.0) + gradients[node] * slope
                boxes[operand] = boxes[operand]._replace(gradient=gradients[operand])
                yield shown(_added(names, node, operand, gradients, slope), operand, [number])


def _added(names: dict[Value, str], node: Value, operand: Value, gradients: dict[Value, float], slope: float) -> str:
    upstream, figure = gradients[node], look.figure
    named = [name if name.isidentifier() else f"({name})" for name in (names[operand], names[node])]
    product = (
        f"{figure(upstream, signed=True)} × {figure(slope, signed=True)} = {figure(upstream * slope, signed=True)}"
    )
    return f"{named[0]}.grad += {named[1]}.grad × ∂({names[node]})/∂({names[operand]}) = {product}"
