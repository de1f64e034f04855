"""DOT to picture: by the `dot` program if there is one, else by the Graphviz inside the pygraphviz wheels."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

REMEDY = (
    "install Graphviz (apt install graphviz, brew install graphviz, winget install graphviz) or pip install pygraphviz"
)
Renderer = Callable[[str, str, bool], bytes]


class RendererMissingError(RuntimeError):
    """There is no Graphviz on this machine."""


def render(source: str, file_format: str, *, placed: bool = False) -> bytes:
    """Lay out and draw a graph.

    Args:
        source: DOT text.
        file_format: "svg", "png", "pdf", or "json0" for the layout itself.
        placed: whether the text has the places already.

    Returns:
        The file's content.

    Raises:
        RendererMissingError: there is neither `dot` nor pygraphviz.
        RuntimeError: Graphviz failed.
    """
    renderers: list[Renderer] = [_installed] if shutil.which("dot") else []
    renderers += [_bundled] if find_spec("pygraphviz") else []
    failure: RuntimeError = RendererMissingError(f"no Graphviz to draw with: {REMEDY}")
    for renderer in renderers:  # an old `dot` fails on some graphs that a newer Graphviz draws
        try:
            return renderer(source, file_format, placed)
        except subprocess.CalledProcessError as error:
            reason = (error.stderr or b"").decode(errors="replace").strip().split("\n")
            failure = RuntimeError(f"Graphviz failed to draw the graph: {reason[-1][:200]}")
    raise failure


def _installed(source: str, file_format: str, placed: bool) -> bytes:
    import graphviz

    options: dict[str, Any] = {"engine": "neato", "neato_no_op": 2} if placed else {"engine": "dot"}
    return bytes(graphviz.Source(source).pipe(format=file_format, quiet=True, **options))


def _bundled(source: str, file_format: str, placed: bool) -> bytes:
    """Draw in a process of its own: the library writes its font warnings past Python to standard error."""
    program = (
        "import sys, pygraphviz; graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode());"
        "sys.stdout.buffer.write(graph.draw(format=sys.argv[1], prog=sys.argv[2]))"
    )
    command = [sys.executable, "-c", program, file_format, "nop2" if placed else "dot"]
    done = subprocess.run(command, input=source.encode(), capture_output=True, check=True)  # noqa: S603
    return done.stdout
