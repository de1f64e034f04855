"""Lessons: Markdown with neuron blocks as one page, whose figures are computed, and wrong ones refused."""

from __future__ import annotations

import html
import itertools
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..checking.points import read_name
from ..compiling import compile as compile_step
from ..drawing import look
from ..drawing.picture import WIDTH, draw
from ..drawing.svg import draw_set, tag
from ..drawing.typeset import Set, formula, row, word
from ..files import write_whole
from ..formulas.expression import Expression, parse
from ..formulas.grammar import ExpressionError
from ..primitives import PARAMETER, plain
from ..program import Program
from ..registry import read_asset
from ..results import Formats, Result
from ..value import Value
from .document import block, frame, graph_of, write_page
from .scenes import WIDTHS

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

SHOWN = ("page", "exercise", "picture", "formula", "nothing")
OPTIONS = ("show", "parameters", "view", "step", "title", "steps", "rate")
SPAN = re.compile(
    r"(?P<code>`+)(?!`).*?(?<!`)(?P=code)(?!`)|\{\{(?P<figure>.*?)\}\}|\$\$(?P<wide>.+?)\$\$|\$(?P<maths>[^$\s](?:[^$]*[^$\s])?)\$"
)
FORMAT = re.compile(r"(?P<text>[^:]*?)(?:\s*:\s*(?P<format>,?(?:\.\d{1,2})?[efg%]))?")
WORD = re.compile(r"(\w+)=(\"[^\"]*\"|\S+)")
SIZE, ROOM, MOST_DOWN = 17.0, 700.0, 30  # pixels: of letters and of a formula; and how far one reaches below its line
DEPTHS = "".join(f".d{n} {{ vertical-align: -{n}px; }}\n" for n in range(MOST_DOWN + 1))  # of formulas in a line
BEGIN, END = "\ue000", "\ue001"  # around the number of what is put in later
SAFE_LINK = re.compile(r"https?://|mailto:|#|[\w./-]+(?:[?#]|$)", re.IGNORECASE)  # one without a scheme is relative


class LessonError(ValueError):
    """A lesson that can't be made, or that claims a wrong figure: which line, what is wrong, what to do."""


class Lesson(Result):
    """A lesson as a page, saved as .html.

    Attributes:
        html: the whole file.
        figures: the figures of its prose, in their order.
    """

    def __init__(self, text: str, figures: list[str]) -> None:
        self.html: str = text
        self.figures: list[str] = figures

    def to_dict(self) -> dict[str, Any]:
        """The figures of the prose."""
        return {"figures": self.figures}

    def __repr__(self) -> str:
        return f"<Lesson of {len(self.figures)} figures>"

    __str__ = __repr__

    def _formats(self) -> Formats:
        return {".html": lambda: self.html}

    def _html(self) -> str:
        """The page within a page, for a notebook."""
        return frame(self.html)


def lesson(
    source: str | os.PathLike[str],
    path: str | os.PathLike[str] | None = None,
    *,
    numbers: Mapping[str, float] | None = None,
) -> Lesson:
    r"""Make a page of a lesson: Markdown with neurons that can be played with, and figures that are computed.

    A fenced block `neuron` holds an expression with its numbers. `{{ w.grad:.4f }}` is a figure of the block
    before, read by the grammar of formulas; `{{ w.grad:.4f = -0.0080 }}` must come out so. `$w x + b$` is typeset.

    Args:
        source: a Markdown file, or its text, which has more than one line.
        path: a file to write, whole or not at all.
        numbers: names that figures may use beside those of the graphs.

    Returns:
        A Lesson: `.html` is its text, `.save(path)` writes it, and a notebook shows it.

    Raises:
        LessonError: with the line: a figure comes out otherwise, a formula or an option can't be read.
        OSError: a file can't be read or written.

    Examples:
        >>> text = "```neuron show=nothing\nx = 3.0; y = x^2\n```\nThe slope is {{ x.grad:.1f = 6.0 }}."
        >>> lesson(text).figures
        ['6.0']
    """
    is_text = isinstance(source, str) and "\n" in source
    text = str(source) if is_text else Path(source).read_text(encoding="utf-8")
    writer = _Writer("the lesson" if is_text else Path(source).name, dict(numbers or {}))
    body = writer.write(text)
    made = Lesson(
        write_page(writer.title or "A lesson", body, read_asset(__package__, "lessons.css") + DEPTHS), writer.figures
    )
    if path is not None:
        write_whole(path, made.html)
    return made


class _Writer:
    """Reads a lesson line by line: blocks and figures in their order, and Markdown around them."""

    def __init__(self, name: str, numbers: dict[str, float]) -> None:
        self.name, self.numbers = name, numbers
        self.program: Program | None = None
        self.line = 0
        self.title = ""
        self.figures: list[str] = []
        self.parts: list[str] = []  # what is put in where its number stands

    def refuse(self, reason: str) -> LessonError:
        """What is wrong in the present line."""
        return LessonError(f"{self.name}, line {self.line}: {reason}")

    def write(self, text: str) -> str:
        """The body of the page."""
        reader = _reader(self._fill)
        tokens = reader.parse(re.sub(f"[{BEGIN}{END}]", "\ufffd", text))
        self.title = next((b.content for a, b in itertools.pairwise(tokens) if a.type == "heading_open"), "")
        self.title = self._put_in(self.title, lambda part: html.unescape(re.sub("<[^>]*>", "", part)))
        rendered = str(reader.renderer.render(tokens, reader.options, {}))
        whole = f"<p>({BEGIN}(\\d+){END})</p>"  # a figure that stands alone isn't within a paragraph
        rendered = re.sub(whole, lambda found: found[1 if "<figure" in self.parts[int(found[2])] else 0], rendered)
        return f'<article class="lesson">\n{self._put_in(rendered)}</article>'

    def _fill(self, state: Any) -> None:
        """Compute blocks and figures in their order, before Markdown reads what is within lines."""
        for token in state.tokens:
            start, end = token.map or (self.line - 1, self.line)
            self.line = start + 1
            if token.type == "fence" and token.info.split()[:1] == ["neuron"]:
                if end - start != token.content.count("\n") + 2:
                    raise self.refuse(f"the block that begins here isn't closed: {token.markup} is missing")
                token.type, token.content = (
                    "html_block",
                    self._make_block(token.info.strip()[len("neuron") :], token.content),
                )
            elif token.type == "inline":
                lines = []
                for self.line, line in enumerate(token.content.split("\n"), start + 1):
                    lines.append(SPAN.sub(self._read_span, line))
                token.content = "\n".join(lines)

    def _keep(self, markup: str) -> str:
        self.parts.append(markup)
        return f"{BEGIN}{len(self.parts) - 1}{END}"

    def _put_in(self, text: str, change: Callable[[str], str] = str) -> str:
        """A text with what was put aside in its place."""
        return re.sub(f"{BEGIN}(\\d+){END}", lambda found: change(self.parts[int(found[1])]), text)

    # ------------------------------------------------------------ blocks
    def _make_block(self, info: str, text: str) -> str:
        options = {key: each.strip('"') for key, each in WORD.findall(info)}
        rest = WORD.sub("", info).split()
        if unknown := [*rest, *(key for key in options if key not in OPTIONS)]:
            raise self.refuse(f"{unknown[0]!r} is no option of a neuron block: there are {', '.join(OPTIONS)}")
        show = options.get("show", "page")
        if show not in SHOWN:
            raise self.refuse(f"show={show}: it is one of {', '.join(SHOWN)}")
        if "view" in options and show != "picture":
            raise self.refuse("view= belongs to show=picture: a page has all views")
        names = [each for each in options.get("parameters", "").split(",") if each]
        root: Value = self._refusing(lambda: _mark(self._descend(self._compute(text), names, options), names))
        root.backward()
        self.program = Program.of(root)
        if show == "formula":
            stages = (each for each in re.split(r"[;\n]", text) if re.search(r"=.*[^\W\d]", each))
            return "".join(self._typeset(each, is_wide=True) for each in stages)
        return str(self._refusing(lambda: self._show(show, root, options)))

    def _compute(self, text: str) -> Value:
        try:
            root = parse(text, {})
        except ExpressionError as error:
            self.line += error.line
            raise self.refuse(f"{error.reason} (column {error.column})") from None
        program = Program.of(root)
        if program.is_constant(program.roots[0]):
            raise self.refuse("nothing in the block has a gradient: give its inputs as in w = 0.5")
        return root

    def _descend(self, root: Value, names: list[str], options: Mapping[str, str]) -> Value:
        """The graph after some steps of gradient descent."""
        if "steps" not in options and "rate" not in options:
            return root
        try:
            steps, rate = int(options.get("steps", "")), float(options.get("rate", ""))
        except ValueError:
            raise self.refuse("steps= and rate= belong together: a whole number and a number") from None
        if not names or steps < 0:
            raise self.refuse("steps= needs parameters= that are trained, and can't be negative")
        program = Program.of(root)
        places = [program.find(name, "parameters") for name in names]
        leaves = [program.nodes[k] for k in places]
        step = compile_step(root, wrt=leaves)
        for _ in range(steps):
            for leaf, slope in zip(leaves, step()[1], strict=True):
                leaf.data -= rate * slope
        moved = program.at({k: leaf.data for k, leaf in zip(places, leaves, strict=True)})
        return moved.values()[moved.roots[0]]

    def _show(self, show: str, root: Value, options: Mapping[str, str]) -> str:
        if show == "nothing":
            return ""
        if show == "picture":
            rooms = {"narrow": WIDTHS[0], "wide": WIDTH}
            drawn = {
                room: draw(root, view=options.get("view"), theme="dark", width=width) for room, width in rooms.items()
            }
            return "".join(f'<figure class="{room}">{_colored(each.svg())}</figure>' for room, each in drawn.items())
        title, step = options.get("title", ""), options.get("step")
        where = None if step is None else int(step)
        return block(graph_of(root, title=title, quiz=show == "exercise", step=where))

    def _refusing(self, make: Callable[[], Any]) -> Any:
        """What is made, or why it can't be in this line."""
        try:
            return make()
        except LessonError:
            raise
        except ValueError as error:
            raise self.refuse(str(error).split("\n", 1)[0]) from None

    # ------------------------------------------------------------ figures and formulas
    def _read_span(self, found: re.Match[str]) -> str:
        if found["code"]:
            return found[0]
        if found["figure"] is not None:
            return self._keep(self._figure(found["figure"]))
        return self._keep(self._typeset(found["wide"] or found["maths"], is_wide=found["wide"] is not None))

    def _figure(self, text: str) -> str:
        """A figure of the prose; what is claimed behind a = must come out."""
        said, _, claim = text.partition(" = ")
        parts = FORMAT.fullmatch(said.strip())
        if parts is None or not parts["text"]:
            raise self.refuse(f"{{{{{text}}}}}: a figure is a formula, and a format such as :.4f behind it")
        number = self._number(parts["text"])
        written = format(number, parts["format"] or ".6g")
        if claim and written != claim.strip().replace("−", "-"):
            raise self.refuse(f"{parts['text'].strip()} is {written}, and the text says {claim.strip()}")
        self.figures.append(written)
        return html.escape(written.replace("-", "−"))

    def _number(self, text: str) -> float:
        names = dict(self.numbers)
        known = [*names, *(self.program.labels if self.program else ())]
        try:
            expression = Expression(text, known)
            for name in expression.inputs:
                if name not in names:
                    names[name] = self._find(name)
            return plain(expression({name: names[name] for name in expression.inputs}))
        except ExpressionError as error:
            raise self.refuse(f"{text.strip()}: {error.reason}") from None

    def _find(self, name: str) -> float:
        """A value or a derivative of the last block."""
        if self.program is None:
            raise self.refuse(f"{name}: there is no neuron block before")
        program = self.program
        try:
            above, below, is_derivative = read_name(name, program)
        except ValueError as error:
            raise self.refuse(str(error).removeprefix("hand: ")) from None
        if not is_derivative:
            return program.numbers[below]
        return float(program.differentiate(root=above)[below] or 0.0)

    def _typeset(self, text: str, *, is_wide: bool = False) -> str:
        """A formula, or an equation of two, as a picture in the line."""
        try:
            sides = [formula(Expression(side).symbol, SIZE, ROOM) for side in re.split(r"(?<![<>=!])=(?!=)", text)]
        except ExpressionError as error:
            raise self.refuse(f"the formula {text} can't be read: {error.reason}") from None
        shown = row(*(each for side in sides for each in (word(" = ", SIZE), side)[side is sides[0] :]))
        picture = _picture_of(shown, text)
        return f"<figure>{picture}</figure>" if is_wide else picture


def _mark(root: Value, names: list[str]) -> Value:
    """The graph with some leaves as parameters."""
    program = Program.of(root)
    trained = {program.find(name, "parameters") for name in names}
    kinds = [PARAMETER if k in trained else each for k, each in enumerate(program.primitives)]
    rows = Program(
        kinds, program.operands, program.roots,
        numbers=program.numbers, partials=program.partials, tags=program.tags,
    )  # fmt: skip
    return rows.values()[program.roots[0]]


def _colored(svg: str) -> str:
    """A picture in the page's own colors, light or dark; all colors of the dark theme differ."""
    for name, color in look.COLORS["dark"].items():
        svg = svg.replace(f'"{color}"', f'"var(--{name})"')
    return svg


def _picture_of(shown: Set, text: str) -> str:
    """Mathematics on the line that the text stands on."""
    down, wide, high = round(shown.down), round(shown.width + 1), round(shown.up + shown.down + 1)
    said = {"role": "img", "aria_label": look.clean(text), "class": f"maths d{min(MOST_DOWN, down)}"}
    return tag(
        "svg",
        draw_set(shown, 0, shown.up, "currentColor"),
        viewBox=f"0 0 {wide} {high}",
        width=wide,
        height=high,
        **said,
    )


def _reader(fill: Callable[[Any], None]) -> MarkdownIt:
    """Markdown without raw markup, without styles in attributes, with links that lead nowhere dangerous."""
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")
    markdown.validateLink = lambda url: bool(SAFE_LINK.match(url))  # type: ignore[method-assign]
    markdown.core.ruler.after("block", "fill", fill)
    markdown.core.ruler.push("classes", _replace_styles)
    return markdown


def _replace_styles(state: Any) -> None:
    """Classes in the place of styles, and an image as its words: the page loads nothing."""
    for token in state.tokens:
        if style := str(token.attrs.pop("style", "")):
            token.attrs["class"] = style.replace("text-align:", "")
        for child in token.children or []:
            if child.type == "image":
                child.type = "text"
