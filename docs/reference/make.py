"""Write the pages of the reference that come from tables: `python docs/reference/make.py`."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from pathlib import Path

from tinygrad_neuron import ops
from tinygrad_neuron.cli import commands as known

FOLDER = Path(__file__).parent


def functions() -> str:
    """The functions of the table, from their docstrings."""
    parts = [
        "# Functions",
        "",
        "Each takes numbers or Values, and gives a float or a Value. They are primitives: entries of one table, with a",
        "rule for each argument. Those of one argument are methods of `Value` as well, if they are frequent.",
    ]
    for name in sorted(ops.NAMES):
        first, _, rest = inspect.getdoc(getattr(ops, name)).partition("\n")
        example = rest.partition("Examples:\n")[2]
        if first.split(" ")[0].isalpha() and len(first.split(" ")[0]) > 1:
            first = first[0].upper() + first[1:]
        lines = inspect.cleandoc("\n" + example).splitlines()
        parts += ["", f"## {name}", "", first, "", "```pycon", *lines, "```"]
    return "\n".join(parts) + "\n"


def commands() -> str:
    """The help of the command line."""
    parts = ["# Command line", ""]
    for words in ([], *([name] for name in known())):
        command = [sys.executable, "-m", "tinygrad_neuron", *words, "--help"]
        environment = os.environ | {"COLUMNS": "100"}
        text = subprocess.run(  # noqa: S603 (this package's own help)
            command, capture_output=True, text=True, check=True, env=environment
        ).stdout
        parts += [f"## tinygrad-neuron {' '.join(words)}".rstrip(), "", "```text", text.rstrip(), "```", ""]
    return "\n".join(parts)


PAGES = {"functions.md": functions, "commands.md": commands}


def main() -> None:
    """Write them all."""
    for name, written in PAGES.items():
        (FOLDER / name).write_text(written(), encoding="utf-8")


if __name__ == "__main__":
    main()
