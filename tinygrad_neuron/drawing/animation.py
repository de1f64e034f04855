"""The forward and the backward pass step by step, as pictures of one layout."""

from __future__ import annotations

import io
import itertools
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..files import write_whole
from ..program import Edge, Program
from ..registry import import_extra
from ..results import Formats, Result
from ..value import Value
from . import look
from .dot import Layout, digraph, layout_of
from .model import Model, picture_model
from .render import render
from .svg import accessible, animated

MOST = 400  # frames: more than this nobody watches
SECONDS = 1.2  # for each frame of an animation


class Frames(Result):
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
        model = self.models[number]
        return accessible(self._render(model, "svg").decode(), model)

    def to_dict(self) -> dict[str, Any]:
        """The sentence of each frame."""
        return {"frames": str(self).splitlines()}

    def __str__(self) -> str:
        """The sentence of each frame, one a line."""
        return "\n".join(model.captions[-1] for model in self.models)

    def __repr__(self) -> str:
        return f"<Frames: {len(self)}>"

    def _html(self) -> str:
        return animated(self._pages(), SECONDS)

    def _formats(self) -> Formats:
        return {".gif": self._gif, ".svg": self._html, **super()._formats()}

    def _pages(self) -> list[str]:
        return [self.svg(number) for number in range(len(self))]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all frames.

        Args:
            path: a .gif or .svg file for an animation, a .txt or .json file for the sentences, or a folder (no
                suffix) for numbered SVG files.

        Raises:
            ValueError: the suffix is another.
            RuntimeError: a .gif is wanted and Pillow isn't installed.
            OSError: the file can't be written.
        """
        if Path(path).suffix:
            super().save(path)
            return
        pages = self._pages()
        Path(path).mkdir(parents=True, exist_ok=True)
        for number, page in enumerate(pages, 1):
            write_whole(Path(path) / f"frame-{number:03}.svg", page)

    def _render(self, model: Model, file_format: str) -> bytes:
        dot = digraph(model, layout=self._layout)
        dot.node_attr["fixedsize"] = "true"
        return render(dot.source, file_format, placed=True)

    def _gif(self) -> bytes:
        remedy = "pip install 'tinygrad_neuron[gif]', or save as .svg"
        Image = import_extra("PIL.Image", RuntimeError(f"a .gif needs Pillow: {remedy}"))  # noqa: N806  (a module)
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
    program = Program.of(root)
    count = 2 + sum(1 + len(row) for row in program.operands if row)
    if count > MOST:
        raise ValueError(f"{count:,} frames are too many to watch, at most {MOST}: show a smaller part of the graph")
    return Frames(list(_steps(picture_model(program, title=title), program)))


def _steps(whole: Model, program: Program) -> Iterator[Model]:
    numbers, boxes = program.numbers, [box._replace(gradient=None, marks=()) for box in whole.boxes]

    def put(k: int, **figures: Any) -> None:
        boxes[k] = boxes[k]._replace(**figures)

    def shown(sentence: str, about: int | None = None, edges: Any = ()) -> Model:
        drawn = tuple(box._replace(active=k == about) for k, box in enumerate(boxes))
        lit = tuple(edge._replace(active=number in edges) for number, edge in enumerate(whole.edges))
        return Model(drawn, lit, whole.title, (*whole.captions, sentence))

    for k in range(len(program)):
        put(k, awaits=not program.is_constant(k), value=None if program.is_computed(k) else numbers[k])
    yield shown("given: " + ", ".join(f"{boxes[k].name} = {numbers[k]:.4g}" for k in program.leaves))
    edges = list(enumerate(program.edges()))
    for k, incoming in itertools.groupby(edges, key=lambda each: each[1].head):
        put(k, value=numbers[k])
        formula = f"{boxes[k].name} = {boxes[k].formula}" if program.tags[k].label else boxes[k].name
        yield shown(f"forward: {formula} = {numbers[k]:.4g}", k, [number for number, _ in incoming])
    root, gradients = program.roots[0], {program.roots[0]: 1.0}
    put(root, gradient=1.0)
    yield shown(f"backward: the gradient of {boxes[root].name} is 1", root)
    for number, edge in sorted(edges, key=lambda each: -each[1].head):
        slope = program.slope(edge)
        if slope is not None:
            gradients[edge.tail] = gradients.get(edge.tail, 0.0) + gradients[edge.head] * slope
            put(edge.tail, gradient=gradients[edge.tail])
            yield shown(_added(whole, edge, gradients[edge.head], slope), edge.tail, [number])


def _added(whole: Model, edge: Edge, upstream: float, slope: float) -> str:
    names = [whole.boxes[k].name for k in (edge.tail, edge.head)]
    tail, head = (name if name.isidentifier() else f"({name})" for name in names)
    figures = "{} × {} = {}".format(*(look.figure(x, signed=True) for x in (upstream, slope, upstream * slope)))
    return f"{tail}.grad += {head}.grad × ∂({names[1]})/∂({names[0]}) = {figures}"
