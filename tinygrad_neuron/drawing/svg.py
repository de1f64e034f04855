"""A view as SVG: shapes and letters with presentation attributes alone, the same in every program that shows it."""

from __future__ import annotations

import html
import json
import math
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..registry import read_asset
from . import look
from .arrange import MARGIN, NARROWEST, Arranged, refaced, scale_of, slope_text
from .faces import SMALL, Bar, Face, Formula, Piece, Text
from .head import SAID, Line, head_lines, height_of
from .layered import Point
from .model import Box, Edge, View
from .nested import Scope
from .typeset import Set, cut, width_of

SVG = "http://www.w3.org/2000/svg"
ET.register_namespace("", SVG)
SANS, SERIF = look.STYLES["fonts"]["sans"], look.STYLES["fonts"]["serif"]
MANY_EDGES = 24  # of a network: above that thin ones are faint, and have no heads
DIM = "0.28"
SHORTEST = 8.0  # pixels of a bar


class Canvas(NamedTuple):
    """How a picture is drawn, whatever it shows.

    Attributes:
        theme: the name of the colors: "light" or "dark".
        legend: whether the signs are explained.
        backward: whether arrows point to where gradients flow.
        n_lines: how many lines there is room for above, at least.
        sheet: width and height of the sheet that it stands on, (0, 0) for as large as needed.
    """

    theme: str = "light"
    legend: bool = True
    backward: bool = False
    n_lines: int = 0
    sheet: Point = (0.0, 0.0)

    @property
    def colors(self) -> dict[str, str]:
        """The colors by what they are for."""
        return look.COLORS[self.theme]


def draw_svg(view: View, laid: Arranged, canvas: Canvas = Canvas()) -> str:  # noqa: B008
    """Draw a view.

    Args:
        view: what is shown: that which was arranged, or a frame with less in it.
        laid: where everything lies.
        canvas: how it is drawn.
    """
    width = max(laid.size[0] + 2 * MARGIN, NARROWEST, canvas.sheet[0])
    lines = head_lines(view, width - 2 * MARGIN)
    lines += [Line("", SAID)] * (canvas.n_lines - len(lines))
    top = height_of(lines, legend=canvas.legend) + (18 if laid.headings else 0)
    height = top + laid.size[1] + MARGIN
    wanted = canvas.sheet[0] / canvas.sheet[1] if canvas.sheet[1] else width / height
    full = max(width, height * wanted), max(height, width / wanted)
    at = (full[0] - laid.size[0]) / 2, top + (full[1] - height) / 2
    wide, high = (math.ceil(each - 0.01) for each in full)
    paper = tag("rect", width="100%", height="100%", fill=canvas.colors["paper"])
    body = [paper, *_head(view, lines, canvas, width), *_headings(laid, canvas, at), *_body(view, laid, canvas, at)]
    said = {"role": "img", "aria-label": look.clean(view.title) or described(view), "font-family": SANS}
    size = {"viewBox": f"0 0 {wide} {high}", "width": wide, "height": high}
    return tag("svg", *body, xmlns=SVG, **size, **said) + "\n"


def described(view: View) -> str:
    """What a picture is of, for those who can't see it."""
    end = next((box.name for box in view.boxes if box.kind == "root"), "")
    return f"The graph of {look.clean(end)}, {view.name}: {len(view.boxes)} boxes and {len(view.edges)} edges"


def tag(name: str, *inside: str, **attributes: Any) -> str:
    """An element; attributes that are None are left out, and numbers are short.

    Args:
        name: of the element.
        inside: the markup in it.
        attributes: by their names, with _ for -.
    """
    found = [name]
    for key, given in attributes.items():
        if given is not None:
            text = f"{given:.1f}".removesuffix(".0") if isinstance(given, float) else html.escape(str(given))
            found.append(f'{key.replace("_", "-")}="{text}"')
    return f"<{' '.join(found)}>{''.join(inside)}</{name}>" if inside else f"<{' '.join(found)}/>"


def _title(text: str) -> str:
    return tag("title", html.escape(look.clean(text)))


# ---------------------------------------------------------------- above the picture
def _headings(laid: Arranged, canvas: Canvas, at: Point) -> list[str]:
    said = ((x, Text(0, 0, text, SMALL, "soft", "middle")) for x, text in laid.headings)
    return [_text(at[0] + x, at[1] - 10, text, canvas) for x, text in said]


def _head(view: View, lines: Sequence[Line], canvas: Canvas, width: float) -> list[str]:
    found, y = [], 6.0
    for line in lines:
        y += line.height
        if line.formula:
            found.append(draw_set(line.formula, MARGIN, y - line.formula.down, canvas.colors["ink"]))
        elif line.text:
            found.append(_text(MARGIN, y - 4, Text(0, 0, line.text, line.size, line.color, bold=line.bold), canvas))
    return [*found, _legend(view, y + 18, canvas, width - 2 * MARGIN)] if canvas.legend else found


def _legend(view: View, y: float, canvas: Canvas, width: float) -> str:
    """One line that says what colors, widths and figures mean."""
    has_figures = any(edge.slope is not None for edge in view.edges) and view.name != "network"
    figures = ["figures: local derivatives"] * has_figures
    if not any(box.gradient is not None for box in view.boxes):
        said = cut("; ".join(["no gradients yet", *figures]), width, SMALL)
        return _text(MARGIN, y, Text(0, 0, said, SMALL, "soft"), canvas)
    found = []
    for x, color, sign in ((MARGIN, "plus", "+"), (MARGIN + 38, "minus", "−")):
        found.append(tag("path", stroke=canvas.colors[color], stroke_width=4, d=f"M{x:g},{y - 4:g}h18"))
        found.append(_text(x + 22, y, Text(0, 0, sign, SMALL, "soft"), canvas))
    words = ["gradient", "thick: much flows back", *figures]
    said = next((text for n in (3, 2, 1) if width_of(text := "; ".join(words[:n]), SMALL) <= width - 78), words[0])
    return "".join(found) + _text(MARGIN + 78, y, Text(0, 0, said, SMALL, "soft"), canvas)


# ---------------------------------------------------------------- the picture
def _body(view: View, laid: Arranged, canvas: Canvas, at: Point) -> list[str]:
    parts = [_frame(number, path, laid, canvas, at) for number, path in enumerate(laid.frames)]
    biggest = max((abs(edge.contribution) for edge in laid.view.edges if math.isfinite(edge.contribution)), default=0.0)
    names = {box.key: box.name for box in view.boxes}
    order = sorted(range(len(view.edges)), key=lambda n: (not view.edges[n].dim, abs(view.edges[n].contribution)))
    lines, figures = [], []
    for n in order:
        edge = view.edges[n]
        title = _title(f"{names[edge.tail]} → {names[edge.head]}: {edge.detail}")
        dim = {"opacity": DIM if edge.dim else None}
        drawn = _edge(edge, laid, n, canvas, at, biggest, len(view.edges))
        ends = f"{edge.tail} {edge.head}"
        lines.append(tag("g", title, drawn, **{"class": "edge"}, id=f"e{n}", data_ends=ends, **dim))
        if figure := _figure(edge, laid.figures[n], canvas, at):  # above all lines, so that none runs through it
            figures.append(tag("g", title, figure, **{"class": "figure"}, **dim))
    parts += [*lines, *figures]
    scale = scale_of(laid.view.boxes)
    for box in view.boxes:
        shown = laid.faces[box.key] if view is laid.view else refaced(box, laid, scale)
        parts.append(_box(box, shown, laid, canvas, at))
    return parts


def _frame(number: int, path: Scope, laid: Arranged, canvas: Canvas, at: Point) -> str:
    x, y, width, height = laid.frames[path]
    x, y, name = x + at[0], y + at[1], look.clean(path[-1])
    color = {"fill": canvas.colors["frame"], "stroke": canvas.colors["hair"]}
    rect = tag("rect", x=x, y=y, width=width, height=height, rx=8, **color)
    label = _text(x + 9, y + 15, Text(0, 0, cut(name, width - 16, SMALL), SMALL, "soft"), canvas)
    return tag("g", _title(name), rect, label, **{"class": "cluster"}, id=f"s{number}", data_scope=_path(path))


def _path(scope: Scope) -> str:
    """The names of a scope, for a script."""
    return json.dumps([look.clean(name) for name in scope], ensure_ascii=False)


def _edge(edge: Edge, laid: Arranged, n: int, canvas: Canvas, at: Point, biggest: float, n_edges: int) -> str:
    """A line as wide as what flows back along it, with a head unless there are many."""
    is_network, known = laid.view.name == "network", biggest and edge.contribution == edge.contribution
    part = math.sqrt(min(1.0, abs(edge.contribution) / biggest)) if known else 0.0
    thick = 0.9 + (5.0 if is_network else 2.6 if laid.shape == "list" else 3.4) * part
    is_many = is_network and n_edges > MANY_EDGES
    is_still = edge.slope is None and not edge.contribution
    color = canvas.colors["hair" if is_still else look.sign_color(edge.contribution)]
    way = [(x + at[0], y + at[1]) for x, y in laid.ways[n]]
    faint = f"{0.25 + 0.75 * part:.2f}" if is_many else None
    d = curve(way, laid.shape, 0 if is_many else 6)
    line = tag("path", fill="none", stroke=color, stroke_width=f"{thick:.2f}", stroke_opacity=faint, d=d)
    return line if is_many else line + _arrow(way, laid.shape, color, thick, backward=canvas.backward)


def _figure(edge: Edge, spot: Point | None, canvas: Canvas, at: Point) -> str:
    said = slope_text(edge)
    if spot is None or not said:
        return ""
    x, y, width = spot[0] + at[0], spot[1] + at[1], width_of(said, SMALL)
    halo = tag("rect", x=x - width / 2 - 1, y=y - 7, width=width + 2, height=14, fill=canvas.colors["paper"])
    text = Text(0, 0, said, SMALL, "ink" if edge.active else "soft", "middle", bold=edge.active)
    return halo + _text(x, y + 4, text, canvas)


def curve(way: Sequence[Point], shape: str, head: float) -> str:
    """A path along the points: straight into its head, bent before.

    Args:
        way: the points.
        shape: of the picture: lying, standing or list.
        head: the room that is left for the head of an arrow.
    """
    (x, y), *rest = way
    if shape == "list":
        (_, _), (rail, _), (_, end), (left, _) = way
        r = min(4.0, abs(end - y) / 2)
        down = f"q{-r:g},0 {-r:g},{r:g}V{end - r:.1f}q0,{r:g} {r:g},{r:g}"
        return f"M{x:.1f},{y:.1f}H{rail + r:.1f}{down}H{left - 6:.1f}"
    found = [f"M{x:.1f},{y:.1f}"]
    for a, b in rest[:-1]:
        one, two = ((x, (y + b) / 2), (a, (y + b) / 2)) if shape == "standing" else (((x + a) / 2, y), ((x + a) / 2, b))
        found.append(f"C{one[0]:.1f},{one[1]:.1f} {two[0]:.1f},{two[1]:.1f} {a:.1f},{b:.1f}")
        x, y = a, b
    a, b = rest[-1]
    found.append(f"L{a:.1f},{b - head:.1f}" if shape == "standing" else f"L{a - head:.1f},{b:.1f}")
    return "".join(found)


def _arrow(way: Sequence[Point], shape: str, color: str, thick: float, *, backward: bool) -> str:
    """The head of an arrow at the end, or at the start where gradients flow back to it."""
    half = min(5.0, 3.2 + thick * 0.5)
    (x, y), along = (way[0] if backward else way[-1]), (-1 if backward and shape != "list" else 1)
    back = (
        f"l{-half:.1f},{-8 * along}h{2 * half:.1f}z"
        if shape == "standing"
        else f"l{-8 * along},{-half:.1f}v{2 * half:.1f}z"
    )
    return tag("path", fill=color, d=f"M{x:.1f},{y:.1f}{back}")


def _box(box: Box, shown: Face, laid: Arranged, canvas: Canvas, at: Point) -> str:
    x, y = laid.boxes[box.key][0] + at[0], laid.boxes[box.key][1] + at[1]
    colors, style = canvas.colors, look.STYLES["outline"]
    outline = {**style["any"], **style.get(box.kind, {}), **(style["active"] if box.active else {})}
    painted = {key: colors.get(value, value) for key, value in outline.items()}
    rect = tag("rect", x=x, y=y, width=shown.width, height=shown.height, rx=shown.radius, **painted)
    faded, kept = [rect], list[str]()
    for piece in shown.pieces:
        (kept if isinstance(piece, Text) and piece.stays else faded).append(_piece(piece, x, y, shown.width, canvas))
    body = [tag("g", *faded, opacity=DIM) if box.dim else "".join(faded), *kept]
    said = {"role": "img", "aria_label": look.clean(box.detail), "data_kind": box.kind}
    place = {"data_opens": look.clean(box.opens) or None, "data_scope": _path(box.scope) if box.scope else None}
    return tag("g", _title(box.detail), *body, **{"class": "node"}, id=box.key, **said, **place)


def _piece(piece: Piece, x: float, y: float, width: float, canvas: Canvas) -> str:
    if isinstance(piece, Formula):
        return draw_set(piece.set, x + piece.x, y + piece.y, canvas.colors["ink"])
    if isinstance(piece, Bar):
        left, right = (x + (width + each if each <= 0 else each) for each in (piece.left, piece.right))
        return _bar(piece, left, right, y + piece.y, canvas.colors)
    return _text(x + (width if piece.x < 0 else 0) + piece.x, y + piece.y, piece, canvas)


def _bar(bar: Bar, left: float, right: float, y: float, colors: dict[str, str]) -> str:
    """A bar from its middle: to the left for a negative number; its length is the square root of its part."""
    if right - left < SHORTEST:
        return ""
    middle = (left + right) / 2
    part = math.sqrt(min(1.0, abs(bar.number) / bar.scale)) if bar.number == bar.number else 0.0
    end = middle + math.copysign(part, bar.number) * (right - left) / 2
    track = tag("path", stroke=colors["track"], stroke_width=4, d=f"M{left:.1f},{y:.1f}H{right:.1f}")
    sign = colors[look.sign_color(bar.number)]
    length = tag("path", stroke=sign, stroke_width=4, d=f"M{middle:.1f},{y:.1f}H{end:.1f}")
    return track + length + tag("path", stroke=colors["soft"], d=f"M{middle:.1f},{y - 4:.1f}v8")


def _text(x: float, y: float, text: Text, canvas: Canvas) -> str:
    anchor = None if text.anchor == "start" else text.anchor
    how = {"font_weight": 600 if text.bold else None, "text_decoration": "line-through" if text.struck else None}
    said = html.escape(look.clean(text.text)).replace("  ", " \u00a0")
    color = canvas.colors[text.color]
    return tag("text", said, x=x, y=y, font_size=text.size, fill=color, text_anchor=anchor, **how)


def draw_set(shown: Set, x: float, y: float, color: str) -> str:
    """Mathematics as SVG: each piece is as wide as it was reckoned with, whatever font there is.

    Args:
        shown: what is set.
        x: where its line begins.
        y: where it stands.
        color: of the letters.
    """
    found = []
    for part in shown.at(x, y):
        if part.style == "rule":
            line = f"M{part.x:.1f},{part.y:.1f}h{part.size:.1f}"
            found.append(tag("path", stroke=color, stroke_width=0.9, d=line))
        elif part.text:
            wide = {"textLength": width_of(part.text, part.size, "serif"), "lengthAdjust": "spacingAndGlyphs"}
            said = html.escape(look.clean(part.text)).replace(" ", "\u00a0")
            how = {"font_style": "italic" if part.style == "italic" else None, **wide}
            found.append(tag("text", said, x=part.x, y=part.y, font_size=part.size, **how))
    return tag("g", *found, **{"class": "formula"}, font_family=SERIF, fill=color)


# ---------------------------------------------------------------- one after the other
def animated(pages: Sequence[str], seconds: float, pause: float) -> str:
    """Pictures of one size above each other, each visible in its time; the last one for those who want no motion.

    Args:
        pages: SVG texts.
        seconds: how long each is shown.
        pause: how much longer the last one is.
    """
    *before, root = [ET.fromstring(page) for page in pages]  # noqa: S314  (our own)
    steps = [*map(list, before), list(root)]
    root[:] = []
    whole = len(pages) * seconds + pause
    style = ET.SubElement(root, f"{{{SVG}}}style")
    shares = {
        "part": f"{100 * seconds / whole:.4f}",
        "last": f"{100 * (seconds + pause) / whole:.4f}",
        "duration": f"{whole:g}",
    }
    style.text = read_asset(__package__, "animation.css", **shares).replace("\n", "")
    for number, content in enumerate(steps):
        kind = "step last" if content is steps[-1] else "step"
        step = ET.SubElement(root, f"{{{SVG}}}g", {"class": kind, "style": f"animation-delay:{number * seconds:g}s"})
        step.extend(content)
        for element in step.iter():
            element.attrib.pop("id", None)  # they would be there once a page
    return ET.tostring(root, encoding="unicode") + "\n"
