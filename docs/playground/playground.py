"""What the worker runs: derivations that are judged, and programs whose results are shown."""

from __future__ import annotations

import ast
import base64
import builtins
import contextlib
import io
import json
import linecache
import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tinygrad_neuron import Value, check, draw, page, parse
from tinygrad_neuron.checking.exact import has_flint
from tinygrad_neuron.paging.document import as_text, graph_of

NAME = "your program"
MOST = 100_000  # characters that one run prints
Show = Callable[[str, str], None]


def warm() -> None:
    """Import what the first derivation needs: it stays in the memory that is kept."""
    request = {"text": "y = tanh(w*x)", "numbers": {"w": 0.5, "x": 0.4}, "answers": {"w": "1 - y"}}
    make(json.dumps(request))
    judge(json.dumps(request))
    run("y = 1", 366, "light", lambda _kind, _text: None)


# ---------------------------------------------------------------- a derivation
def _root(text: str, numbers: Mapping[str, float]) -> Any:
    return parse(text, dict(numbers))


def make(request: str) -> str:
    """The graph of an expression, as the page's script reads it: {"text", "numbers", "title"}, in JSON both ways."""
    given = json.loads(request)
    try:
        graph = graph_of(_root(given["text"], given["numbers"]), title=given.get("title", ""), quiz=True)
        return f'{{"graph": {as_text(graph)}}}'
    except (ValueError, TypeError) as error:
        return json.dumps({"error": str(error)})


def judge(request: str) -> str:
    """The links of a derivation, each with its verdict: {"text", "numbers", "answers", "digits"}, in JSON both ways."""
    given = json.loads(request)
    try:
        root = _root(given["text"], given["numbers"])
        wrt = [name for name in given["answers"] if not name.startswith("∂")]
        result = check(root, given["answers"], wrt=wrt, digits=given.get("digits"))
        links = [{"name": link.name, "verdict": link.verdict, "words": link.words} for link in result.links]
        hints = {f"{k}": list(result.hint(k).lines) for k in range(5)}
        return json.dumps({"links": links, "hints": hints})
    except (ValueError, TypeError) as error:
        return json.dumps({"error": str(error)})


def show_page(request: str) -> str:
    """The page of an expression, to be saved: {"text", "numbers"}."""
    given = json.loads(request)
    return page(_root(given["text"], given["numbers"])).html


def exact(_wheel: str) -> str:
    """Whether the library of the exact checker is there."""
    return "yes" if has_flint() else ""


# ---------------------------------------------------------------- a program
def run(source: str, width: int, theme: str, show: Show) -> None:
    """Run a program, and show each expression that stands alone as a notebook does.

    Args:
        source: the program.
        width: pixels that a picture has.
        theme: "light" or "dark", for pictures.
        show: gets the kind ("html", "png", "text" or "error") and the text of each output, as they come.
    """
    linecache.cache[NAME] = (len(source), None, source.splitlines(keepends=True), NAME)
    space: dict[str, Any] = {"__name__": "__main__"}
    printed = _Printed(show)
    try:
        tree = ast.parse(source, NAME)
        with _restored_names(), contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            for statement in tree.body:
                if isinstance(statement, ast.Expr):
                    thing = eval(compile(ast.Expression(statement.value), NAME, "eval"), space)  # noqa: S307 (the reader's own)
                    printed.flush()
                    if thing is not None:
                        _display(thing, width, theme, show)
                else:
                    exec(compile(ast.Module([statement], []), NAME, "exec"), space)  # noqa: S102 (the reader's own)
    except SystemExit:
        printed.flush()
    except BaseException as error:  # noqa: BLE001 (whatever a program raises is shown)
        printed.flush()
        show("error", _explain(error, source))
    printed.flush()


@contextlib.contextmanager
def _restored_names() -> Iterator[None]:
    """Python's own names are afterwards what they were, whatever a program did to them."""
    names = dict(vars(builtins))
    try:
        yield
    finally:
        vars(builtins).update(names)


class _Printed(io.TextIOBase):
    """What is printed; a flood is cut off, and that is said."""

    def __init__(self, show: Show) -> None:
        self.show, self.kept, self.left = show, "", MOST

    def write(self, text: str) -> int:
        if self.left > 0:
            self.kept += text[: self.left]
            self.left -= len(text)
            if self.left <= 0:
                self.kept += f"\n… more than {MOST:,} characters: the rest isn't shown"
            if len(self.kept) > 4000:
                self.flush()
        return len(text)

    def flush(self) -> None:
        if self.kept:
            self.show("text", self.kept.removesuffix("\n"))
        self.kept = ""


def _display(thing: Any, width: int, theme: str, show: Show) -> None:
    """Show a thing in the richest form that it has."""
    if isinstance(thing, Value) and not thing.is_leaf:
        show("html", draw(thing, width=width, theme=theme).svg())
        return
    whole = getattr(thing, "html", "")
    if isinstance(whole, str) and whole.startswith("<!DOCTYPE html>"):  # a page or a lesson
        show("page", whole)
        return
    forms = thing._repr_mimebundle_() if hasattr(thing, "_repr_mimebundle_") else {}
    for kind, method in (("text/html", "_repr_html_"), ("image/svg+xml", "_repr_svg_"), ("image/png", "_repr_png_")):
        found = forms.get(kind) or (getattr(thing, method)() if hasattr(thing, method) else None)
        if found:
            is_image = kind == "image/png"
            show("png" if is_image else "html", base64.b64encode(found).decode() if isinstance(found, bytes) else found)
            return
    show("text", str(thing) if type(thing).__str__ is not object.__str__ else repr(thing))


HINTS = (
    (NameError, "is not defined", "Is it spelled as where it was made, and was that line run before?"),
    (TypeError, "for ^", "A power is written ** in Python: w**2."),
    (TypeError, "'list' and", "A network gives a list of its outputs: take one out of it, (y,) = net(...)."),
    (TypeError, "object is not callable", "A product needs its sign: 2*(x + 1), not 2(x + 1)."),
    (SyntaxError, "invalid decimal literal", "A product needs its sign: 2*x, not 2x."),
    (IndentationError, "", "Lines of one block begin at the same column."),
    (SyntaxError, "", "Look at the marked place, and at the end of the line above it."),
    (OSError, "", "The playground can't ask questions and has no files of yours: write the number into the program."),
    (ModuleNotFoundError, "", "The playground has this package and Python's standard library; nothing else is loaded."),
    (RecursionError, "", "A function calls itself without an end: does it stop somewhere?"),
)


def _explain(error: BaseException, source: str) -> str:
    """What went wrong, where, and what to try: the lines of the program alone."""
    if isinstance(error, SyntaxError) and error.filename == NAME:
        at, column, until, said = error.lineno or 1, error.offset or 1, error.end_offset or 0, error.msg
    else:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == NAME]
        last = frames[-1] if frames else None
        at, column, until = (last.lineno or 0, (last.colno or 0) + 1, (last.end_colno or 0) + 1) if last else (0, 0, 0)
        said = str(error) or type(error).__name__
    lines = source.splitlines()
    text = f"{type(error).__name__}{f' in line {at}' if at else ''}: {said}"
    if 0 < at <= len(lines):
        text += f"\n\n{at:4} | {lines[at - 1]}\n     | {' ' * (column - 1)}{'^' * max(1, until - column)}"
    hint = next((words for kind, part, words in HINTS if isinstance(error, kind) and part in said), "")
    return f"{text}\n\n{hint}" if hint else text
