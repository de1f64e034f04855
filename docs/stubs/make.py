"""Write the stubs, which tell type checkers and editors what is made of tables: `python docs/stubs/make.py`."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import tinygrad_neuron

PACKAGE = Path(tinygrad_neuron.__file__).parent
HEADING = '"""{idea}\n\nWritten by docs/stubs/make.py; a test compares it with what that writes.\n"""\n'


# ---------------------------------------------------------------- the public names of a room
def names_of(package: str) -> str:
    """The public names of a package, each passed on from where it lives, and its public rooms."""
    room = import_module(package)
    lines = [f"from . import {name} as {name}" for name in getattr(room, "_ROOMS", "").split()]
    for home, names in room._NAMES.items():  # noqa: SLF001 (the table of the package itself)
        lines += [f"from .{home} import {name} as {name}" for name in names.split()]
    exported = ["__all__ = [", *(f'    "{name}",' for name in room.__all__), "]"]
    version = ["", "__version__: str"] if hasattr(room, "__version__") else []
    return "\n".join([HEADING.format(idea=room.__doc__), *lines, "", *exported, *version, ""])


STUBS = {
    "__init__.pyi": lambda: names_of("tinygrad_neuron"),
    **{
        f"{room}/__init__.pyi": lambda room=room: names_of(f"tinygrad_neuron.{room}")
        for room in ("checking", "compiling", "drawing", "formulas", "nn", "paging")
    },
}


def main() -> None:
    """Write them all."""
    for name, written in STUBS.items():
        (PACKAGE / name).write_text(written(), encoding="utf-8")


if __name__ == "__main__":
    main()
