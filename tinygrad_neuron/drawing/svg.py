"""Graphviz' SVG made fit for a page: scalable, and named for those who can't see it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence

from ..registry import read_asset
from . import look
from .model import Model

SVG = "http://www.w3.org/2000/svg"
ET.register_namespace("", SVG)
ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")


def accessible(source: str, model: Model) -> str:
    """The same picture with a size that scales to the page, a description, and titles that say what is what.

    Args:
        source: Graphviz' SVG.
        model: what it shows.
    """
    root = parsed(source)
    width = root.attrib.pop("width", "")
    root.attrib.pop("height", None)
    end = next((box.name for box in model.boxes if box.kind == "root"), "")
    size = f"{len(model.boxes)} boxes and {len(model.edges)} edges"
    described = look.clean(model.title) or f"The graph of {look.clean(end)}: {size}"
    root.attrib.update({"role": "img", "aria-label": described, "style": f"width:100%;max-width:{width};height:auto"})
    details = {box.key: look.clean(box.detail) for box in model.boxes}
    names = {box.key: look.clean(box.name) for box in model.boxes}
    for title in root.iterfind(".//{*}g[@class]/{*}title"):  # of the graph, of scopes, boxes and edges
        tail, arrow, head = (title.text or "").partition("->")
        ends = (names.get(each, each) for each in (tail, head.removesuffix("_op")))
        title.text = " → ".join(ends) if arrow else details.get(tail, described)
    return written(root)


def parsed(source: str) -> ET.Element:
    """The elements of an SVG that Graphviz wrote."""
    return ET.fromstring(source)  # noqa: S314  (written by Graphviz, with labels escaped)


def written(root: ET.Element) -> str:
    """An SVG as text."""
    return ET.tostring(root, encoding="unicode") + "\n"


def animated(pages: Sequence[str], seconds: float) -> str:
    """Pictures of one size above each other, each visible in its time; the last one for those who want no motion.

    Args:
        pages: SVG texts.
        seconds: how long each is shown.
    """
    *before, root = [parsed(page) for page in pages]
    steps = [*map(list, before), list(root)]
    root[:] = []
    style = ET.SubElement(root, f"{{{SVG}}}style")
    times = {"part": f"{100 / len(pages):.4f}", "duration": f"{len(pages) * seconds:g}"}
    style.text = read_asset(__package__, "animation.css", **times).replace("\n", "")
    for number, content in enumerate(steps):
        kind = "step last" if content is steps[-1] else "step"
        step = ET.SubElement(root, f"{{{SVG}}}g", {"class": kind, "style": f"animation-delay:{number * seconds:g}s"})
        step.extend(content)
        for element in step.iter():
            element.attrib.pop("id", None)  # they would be there once a page
    return written(root)
