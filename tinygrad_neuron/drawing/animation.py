"""The forward and the backward pass step by step, as pictures of one layout."""

from __future__ import annotations

import io
import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ..files import write_whole
from ..program import Edge, Program
from ..registry import import_extra
from ..results import Formats, Result
from ..value import Value
from . import look
from .arrange import MARGIN, Arranged, fitted
from .head import head_lines
from .model import View
from .picture import SHEETS, roots_of, seen_from
from .render import png_of
from .sight import Sight
from .svg import Canvas, animated, draw_svg
from .views import VIEWS, GraphTooLargeError, choose

MOST = 400  # frames: more than this nobody watches
MOST_SHOWN = 1000  # boxes of a view that has all of them
SECONDS, PAUSE = 1.2, 2.4  # for each frame of an animation, and more for the last one


class Frames(Result):
    """The steps of a forward and a backward pass, as pictures of equal layout, 16:9 for slides.

    Attributes:
        views: what each frame shows; its last caption is a sentence.
    """

    def __init__(self, views: list[View]) -> None:
        self.views = views
        width, height = SHEETS["slide"]
        longest = max((view.captions[-1] for view in views), key=len)
        complete = views[-1]._replace(captions=(*views[-1].captions[:-1], longest))
        lines = len(head_lines(complete, width - 2 * MARGIN))
        self._laid: Arranged = fitted(lambda _: complete, width, height=height, frames=views)
        self._canvas = Canvas(n_lines=lines, sheet=(width, height))

    def __len__(self) -> int:
        return len(self.views)

    def svg(self, number: int) -> str:
        """One frame as SVG text; the first has the number 0."""
        return draw_svg(self.views[number], self._laid, self._canvas)

    def to_dict(self) -> dict[str, Any]:
        """The sentence of each frame."""
        return {"frames": str(self).splitlines()}

    def __str__(self) -> str:
        """The sentence of each frame, one a line."""
        return "\n".join(view.captions[-1] for view in self.views)

    def __repr__(self) -> str:
        return f"<Frames: {len(self)}>"

    def _html(self) -> str:
        return animated(self._pages(), SECONDS, PAUSE)

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
            RuntimeError: a .gif is wanted and Pillow or resvg isn't installed.
            OSError: the file can't be written.
        """
        if Path(path).suffix:
            super().save(path)
            return
        pages = self._pages()
        Path(path).mkdir(parents=True, exist_ok=True)
        for number, page in enumerate(pages, 1):
            write_whole(Path(path) / f"frame-{number:03}.svg", page)

    def _gif(self) -> bytes:
        remedy = "pip install 'tinygrad_neuron[gif]', or save as .svg"
        Image = import_extra("PIL.Image", RuntimeError(f"a .gif needs Pillow: {remedy}"))  # noqa: N806  (a module)
        pages = [Image.open(io.BytesIO(png_of(page, 1.0))).convert("RGB") for page in self._pages()]
        flat = [page.convert("P", palette=Image.Palette.ADAPTIVE, colors=64) for page in pages]
        file, shown = io.BytesIO(), [round(1000 * SECONDS)] * len(flat)
        shown[-1] += round(1000 * PAUSE)
        flat[0].save(file, "GIF", save_all=True, append_images=flat[1:], duration=shown, loop=0)
        return file.getvalue()


def frames(
    root: Value | Sequence[Value], *, view: str | None = None, at: Value | str | None = None, title: str = ""
) -> Frames:
    """Show the forward pass box by box and the backward pass edge by edge.

    Args:
        root: the end of the graph; its gradients aren't touched, nor needed.
        view: "network", "stages", "operations" or "neuron"; as for `draw` unless given.
        at: for "neuron" which one: "layer 2/neuron 1".
        title: a heading.

    Returns:
        The frames; `.save(path)` writes an animation or numbered SVG files.

    Raises:
        ValueError: there would be too many frames to watch, or `draw` would refuse the view.

    Examples:
        >>> x, w = variables(x=3.0, w=2.0)
        >>> for view in frames(x * w).views:
        ...     print(view.captions[-1])
        given: x = 3, w = 2
        forward: x*w = 6
        backward: the gradient of x*w is 1
        x.grad += (x*w).grad × ∂(x*w)/∂(x) = +1.000 × +2.000 = +2.000
        w.grad += (x*w).grad × ∂(x*w)/∂(w) = +1.000 × +3.000 = +3.000
    """
    if view is not None and view not in VIEWS[:-1]:
        raise ValueError(f"view={view!r}: frames show one of {', '.join(VIEWS[:-1])}")
    program = seen_from(roots_of(root))
    where: int | str | None = program.find(at, "at") if isinstance(at, Value) else at
    choice = choose(program, view, at=where, sample=1 if view == "network" else None)
    if choice.groups:
        choice = choose(program, "network", sample=1)
    if choice.name == "nearest":
        choice = choose(program, "operations")
    sight = Sight(choice, title=title, has_tables=False)
    count = 2 + sum(1 + len(row) for row in sight.graph.operands if row)
    if count > MOST:
        raise GraphTooLargeError(
            f"{count:,} frames are too many to watch, at most {MOST}: show a smaller part of the graph"
        )
    return Frames(list(steps(sight.view(MOST_SHOWN), sight.graph)))


def steps(whole: View, graph: Program) -> Iterator[View]:
    """What each frame shows.

    Args:
        whole: the view with all boxes and edges.
        graph: the graph that it shows.
    """
    numbers = graph.numbers
    boxes = {box.key: box._replace(gradient=None, marks=(), awaits=False) for box in whole.boxes}
    flows = [edge._replace(contribution=0.0) for edge in whole.edges]

    def put(k: int, **figures: Any) -> None:
        boxes[f"n{k}"] = boxes[f"n{k}"]._replace(**figures)

    def shown(sentence: str, about: int | None = None, lit: Any = ()) -> View:
        drawn = tuple(box._replace(active=key == f"n{about}") for key, box in boxes.items())
        edges = tuple(edge._replace(active=number in lit) for number, edge in enumerate(flows))
        return whole._replace(boxes=drawn, edges=edges, captions=(*whole.captions, sentence))

    called = {int(key[1:]): box.name for key, box in boxes.items()}
    for k in range(len(graph)):
        put(k, awaits=not graph.is_constant(k), value=None if graph.is_computed(k) else numbers[k])
    yield shown("given: " + ", ".join(f"{called[k]} = {numbers[k]:.4g}" for k in graph.leaves))
    edges = list(enumerate(graph.edges()))
    for k, incoming in itertools.groupby(edges, key=lambda each: each[1].head):
        put(k, value=numbers[k])
        box = boxes[f"n{k}"]
        formula = f"{box.name} = {box.formula}" if box.title and box.formula else box.name
        yield shown(f"forward: {formula} = {numbers[k]:.4g}", k, [number for number, _ in incoming])
    root, gradients = graph.roots[0], {graph.roots[0]: 1.0}
    put(root, gradient=1.0)
    yield shown(f"backward: the gradient of {called[root]} is 1", root)
    for number, edge in sorted(edges, key=lambda each: -each[1].head):
        slope = graph.slope(edge)
        if slope is not None:
            passed = gradients.get(edge.head, 0.0) * slope
            gradients[edge.tail] = gradients.get(edge.tail, 0.0) + passed
            put(edge.tail, gradient=gradients[edge.tail])
            flows[number] = flows[number]._replace(contribution=passed)
            yield shown(_added(called.__getitem__, edge, gradients.get(edge.head, 0.0), slope), edge.tail, [number])


def _added(called: Callable[[int], str], edge: Edge, upstream: float, slope: float) -> str:
    names = [called(edge.tail), called(edge.head)]
    tail, head = (name if name.isidentifier() else f"({name})" for name in names)
    figures = "{} × {} = {}".format(*(look.figure(x, signed=True) for x in (upstream, slope, upstream * slope)))
    return f"{tail}.grad += {head}.grad × ∂({names[1]})/∂({names[0]}) = {figures}"
