"""DOT to picture: by the `dot` program if there is one, else by the Graphviz inside the pygraphviz wheels."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.util import find_spec

REMEDY = (
    "install Graphviz (apt install graphviz, brew install graphviz, winget install graphviz) or pip install pygraphviz"
)


class RendererMissingError(RuntimeError):
    """There is no Graphviz on this machine."""


def render(source: str, file_format: str) -> bytes:
    """Lay out and draw a graph.

    Args:
        source: DOT text.
        file_format: "svg", "png" or "pdf".

    Returns:
        The file's content.

    Raises:
        RendererMissingError: there is neither `dot` nor pygraphviz.
    """
    if shutil.which("dot"):
        import graphviz

        return bytes(graphviz.Source(source).pipe(format=file_format))
    if find_spec("pygraphviz"):
        return _bundled(source, file_format)
    raise RendererMissingError(f"no Graphviz to draw with: {REMEDY}")


def _bundled(source: str, file_format: str) -> bytes:
    """Draw in a process of its own: the library writes its font warnings past Python to standard error."""
    program = (
        "import sys, pygraphviz; graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode());"
        "sys.stdout.buffer.write(graph.draw(format=sys.argv[1], prog='dot'))"
    )
    command = [sys.executable, "-c", program, file_format]
    done = subprocess.run(command, input=source.encode(), capture_output=True, check=False)  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"Graphviz failed to draw the graph: {done.stderr.decode(errors='replace').strip()[-500:]}")
    return done.stdout
