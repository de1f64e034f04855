"""Lessons: Markdown with neuron blocks as one page, whose figures are computed, and wrong ones refused."""

from __future__ import annotations

import html
import itertools
import math
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
BELONGS = {"view": ("picture",), "step": ("page", "exercise"), "title": ("page", "exercise")}  # to what is shown
SPAN = re.compile(
    r"\{\{(?P<figure>.*?)\}\}|\$\$(?P<wide>(?:\\.|[^$\\])+)\$\$|\$(?P<maths>(?!\s)(?:\\.|[^$\\])+(?<!\s))\$",
    re.DOTALL,
)
FORMAT = re.compile(r"(?P<text>[^:]*?)(?:\s*:\s*(?P<format>,?(?:\.\d{1,2})?[efg%]))?")
WORD = re.compile(r"(\w+)=(\"[^\"]*\"|\S+)")
SIZE, ROOM, MOST_DOWN = 17.0, 700.0, 30  # pixels: of letters and of a formula; and how far one reaches below its line
DEPTHS = "".join(f".d{n} {{ vertical-align: -{n}px; }}\n" for n in range(MOST_DOWN + 1))  # of formulas in a line
MOST_STEPS, LONGEST = 10_000_000, 60  # steps of a descent, characters of a text that is quoted in an error
SAFE_LINK = re.compile(r"https?://|mailto:|#|(?!//)[\w./%-]+(?:[?#]|$)", re.IGNORECASE)  # relative without a scheme


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
        ValueError: `path` doesn't end in .html.
        OSError: a file can't be read or written.

    Examples:
        >>> text = "```neuron show=nothing\nx = 3.0; y = x^2\n```\nThe slope is {{ x.grad:.1f = 6.0 }}."
        >>> lesson(text).figures
        ['6.0']
    """
    is_text = isinstance(source, str) and "\n" in source
    writer = _Writer("the lesson" if is_text else Path(source).name, dict(numbers or {}))
    try:
        text = str(source) if is_text else Path(source).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise LessonError(f"{writer.name}: it isn't text in UTF-8 ({error.reason} at byte {error.start})") from None
    body = writer.write(text)
    made = Lesson(
        write_page(writer.title or "A lesson", body, read_asset(__package__, "lessons.css") + DEPTHS), writer.figures
    )
    if path is not None:
        made.save(path)
    return made


class _Writer:
    """Reads the tokens of a lesson: its blocks, figures and formulas are computed in their order."""

    def __init__(self, name: str, numbers: dict[str, float]) -> None:
        self.name, self.numbers = name, numbers
        self.program: Program | None = None
        self.line, self.start = 0, 0  # of what is read, and where its paragraph begins
        self.title = ""
        self.figures: list[str] = []

    def refuse(self, reason: str) -> LessonError:
        """What is wrong in the present line."""
        return LessonError(f"{self.name}, line {self.line}: {reason}")

    def write(self, text: str) -> str:
        """The body of the page."""
        reader = _reader()
        reader.core.ruler.at("inline", self._read)
        reader.inline.ruler.before("escape", "span", self._read_span)
        tokens = reader.parse(f"{text}\n")
        headings = (b.children for a, b in itertools.pairwise(tokens) if a.type == "heading_open")
        self.title = "".join(each.info or each.content for each in next(headings, None) or ())
        rendered = str(reader.renderer.render(tokens, reader.options, {}))
        return f'<article class="lesson">\n{rendered}</article>'

    def _read(self, state: Any) -> None:
        """Make blocks, and read what is within lines, in the order in which they stand."""
        for k, token in enumerate(state.tokens):
            self.line = token.map[0] + 1 if token.map else self.line
            if token.type == "fence" and token.info.split()[:1] == ["neuron"]:
                if token.map[1] - token.map[0] != token.content.count("\n") + 2:
                    raise self.refuse(f"the block that begins here isn't closed: {token.markup} is missing")
                token.content = self._make_block(token.info.strip()[len("neuron") :], token.content)
                token.type = "html_block"
            elif token.type == "inline":
                self.start = self.line
                state.md.inline.parse(token.content, state.md, state.env, token.children)
                around = state.tokens[k - 1], state.tokens[k + 1]
                if [each.meta for each in token.children] == [{"wide": True}] and around[0].type == "paragraph_open":
                    token.children[0].content = f"<figure>{token.children[0].content}</figure>"
                    for each in around:  # a formula that stands alone isn't within a paragraph
                        each.hidden = True

    def _read_span(self, state: Any, silent: bool) -> bool:
        """A rule of Markdown: a figure or a formula, where one begins."""
        found = SPAN.match(state.src, state.pos)
        self.line = self.start + state.src.count("\n", 0, state.pos)
        if found is None:
            if state.src.startswith("{{", state.pos) and not silent:
                raise self.refuse("the figure that begins here isn't closed: }} is missing; as mere text it is \\{{")
            return False
        if not silent:
            token, text = state.push("html_inline", "", 0), " ".join(found[found.lastgroup or 0].split())
            is_figure = found.lastgroup == "figure"
            token.content, token.info = self._figure(text) if is_figure else (self._typeset(text), text)
            token.meta = {"wide": True} if found.lastgroup == "wide" else {}
        state.pos = found.end()
        return True

    # ------------------------------------------------------------ blocks
    def _make_block(self, info: str, text: str) -> str:
        pairs = WORD.findall(info)
        options, rest = {key: each.strip('"') for key, each in pairs}, WORD.sub("", info).split()
        if unknown := [*rest, *(key for key in options if key not in OPTIONS)]:
            raise self.refuse(f"{unknown[0]!r} isn't an option of a neuron block: there are {', '.join(OPTIONS)}")
        if len(pairs) > len(options):
            raise self.refuse("an option is given twice")
        show = options.get("show", "page")
        if show not in SHOWN:
            raise self.refuse(f"show={show}: it is one of {', '.join(SHOWN)}")
        if wrong := [key for key, kinds in BELONGS.items() if key in options and show not in kinds]:
            raise self.refuse(f"{wrong[0]}= belongs to {' and '.join(f'show={each}' for each in BELONGS[wrong[0]])}")
        names = [each for each in options.get("parameters", "").split(",") if each]
        root: Value = self._refusing(lambda: _mark(self._descend(self._compute(text), names, options), names))
        root.backward()
        self.program = Program.of(root)
        if show == "formula":
            stages = (each for each in re.split(r"[;\n]", text) if re.search(r"=.*[^\W\d]", each))
            return "".join(f"<figure>{self._typeset(each)}</figure>\n" for each in stages)
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
        if not names or not 0 <= steps <= MOST_STEPS or not math.isfinite(rate):
            raise self.refuse(
                f"steps= needs parameters= that are trained, and is at most {MOST_STEPS:,}; rate= is finite"
            )
        program = Program.of(root)
        places = [program.find(name, "parameters") for name in names]
        leaves = [program.nodes[k] for k in places]
        step = compile_step(root, wrt=leaves)
        for _ in range(steps):
            for leaf, slope in zip(leaves, step()[1], strict=True):
                leaf.data -= rate * slope
        if not all(math.isfinite(leaf.data) for leaf in leaves):
            raise self.refuse(f"gradient descent diverges within {steps} steps: rate={rate:g} is too large")
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
        step = options.get("step")
        if step is not None and not step.isdecimal():
            raise self.refuse(f"step={step}: it is a whole number")
        where = None if step is None else int(step)
        return block(graph_of(root, title=options.get("title", ""), quiz=show == "exercise", step=where))

    def _refusing(self, make: Callable[[], Any]) -> Any:
        """What is made, or why it can't be in this line."""
        try:
            return make()
        except LessonError:
            raise
        except ValueError as error:
            raise self.refuse(str(error).split("\n", 1)[0]) from None

    # ------------------------------------------------------------ figures and formulas
    def _figure(self, text: str) -> tuple[str, str]:
        """A figure of the prose, as markup and as text; what is claimed behind a = must come out."""
        said, *claims = re.split(r"\s=(?:\s|$)", text, maxsplit=1)
        parts = FORMAT.fullmatch(said)
        if parts is None or not parts["text"]:
            quoted = text[:LONGEST]
            raise self.refuse(f"{{{{ {quoted} }}}}: a figure is a formula, and a format such as :.4f behind it")
        written = format(self._number(parts["text"]), parts["format"] or ".6g")
        if claims and written != claims[0].replace("−", "-"):
            raise self.refuse(f"{parts['text']} is {written}, and the text says {claims[0] or 'nothing behind ='}")
        self.figures.append(written)
        shown = written.replace("-", "−")
        return html.escape(shown), shown

    def _number(self, text: str) -> float:
        names = dict(self.numbers)
        known = [*names, *(self.program.labels if self.program else ())]
        try:
            expression = Expression(text, known)
            for name in expression.inputs:
                if name in names and self.program and name in self.program.names:
                    raise self.refuse(f"{name} is a name of the graph and of the numbers that were given: rename one")
                if name not in names:
                    names[name] = self._find(name)
            return plain(expression({name: names[name] for name in expression.inputs}))
        except ExpressionError as error:
            raise self.refuse(f"{text[:LONGEST]}: {error.reason}") from None

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

    def _typeset(self, text: str) -> str:
        """A formula, or an equation of two, as a picture in the line."""
        try:
            sides = [formula(Expression(side).symbol, SIZE, ROOM) for side in re.split(r"(?<![<>=!])=(?!=)", text)]
        except ExpressionError as error:
            quoted = text[:LONGEST]
            raise self.refuse(f"the formula {quoted} can't be read: {error.reason}; a dollar is \\$") from None
        shown = row(*(each for side in sides for each in (word(" = ", SIZE), side)[side is sides[0] :]))
        return _picture_of(shown, text)


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


def _reader() -> MarkdownIt:
    """Markdown without raw markup, without styles in attributes, with links that lead nowhere dangerous."""
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")
    markdown.validateLink = lambda url: bool(SAFE_LINK.match(url))  # type: ignore[method-assign]
    markdown.core.ruler.push("classes", _replace_styles)
    return markdown


def _replace_styles(state: Any) -> None:
    """Classes in the place of styles, and an image as its words: the page loads nothing."""
    for token in state.tokens:
        if style := str(token.attrs.pop("style", "")):
            token.attrs["class"] = style.replace("text-align:", "")
        if token.children:
            inside = ((each.children or []) if each.type == "image" else [each] for each in token.children)
            token.children = list(itertools.chain.from_iterable(inside))
