"""Pictures as pixels and as PDF: by programs that others maintain, where they are installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.util import find_spec

from ..registry import import_extra

GRAPHVIZ = (
    "install Graphviz (apt install graphviz, brew install graphviz, winget install graphviz) "
    "or pip install 'tinygrad_neuron[graphviz]'"
)
PNG = "a .png needs resvg: pip install 'tinygrad_neuron[png]', or save as .svg"
SECONDS = 30  # that Graphviz may take


class RendererMissingError(RuntimeError):
    """What draws this format isn't installed."""


def png_of(svg: str, zoom: float = 2.0) -> bytes:
    """A picture as pixels.

    Args:
        svg: its text.
        zoom: pixels for each of its units.

    Raises:
        RendererMissingError: resvg isn't installed.
    """
    resvg = import_extra("resvg_py", RendererMissingError(PNG))
    return bytes(resvg.svg_to_bytes(svg_string=svg, zoom=zoom))


def render(source: str, file_format: str) -> bytes:
    """Lay out and draw a graph by Graphviz: by its program, else by what pygraphviz brings.

    Args:
        source: DOT text.
        file_format: "pdf", or another of its formats.

    Raises:
        RendererMissingError: there is neither.
        RuntimeError: it failed, or took too long.
    """
    commands = [["dot", f"-T{file_format}"]] if shutil.which("dot") else []
    if find_spec("pygraphviz") and not getattr(sys, "frozen", False):  # an app that is one file would start itself
        commands.append([sys.executable, "-c", _BUNDLED, file_format])
    failure: RuntimeError = RendererMissingError(f"no Graphviz to draw with: {GRAPHVIZ}")
    for command in commands:  # an old `dot` fails on some graphs that a newer Graphviz draws
        try:
            return subprocess.run(  # noqa: S603  (a fixed command)
                command, input=source.encode(), capture_output=True, check=True, timeout=SECONDS
            ).stdout
        except subprocess.CalledProcessError as error:
            reason = (error.stderr or b"").decode(errors="replace").strip().split("\n")
            failure = RuntimeError(f"Graphviz failed to draw the graph: {reason[-1][:200]}")
        except subprocess.TimeoutExpired:
            failure = RuntimeError(f"Graphviz took more than {SECONDS} s to draw the graph")
    raise failure


# in a process of its own: the library writes its font warnings past Python to standard error
_BUNDLED = (
    "import sys, pygraphviz; graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode());"
    "sys.stdout.buffer.write(graph.draw(format=sys.argv[1], prog='dot'))"
)
