"""What is found by its name and imported when it is first used: the public names, and the rooms behind a Value.

The heart imports nothing of the rooms above it. What they do with a Value
(draw it, show it in a notebook, copy and pickle it) is written down here, and
`methods` looks it up.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any

# what the rooms above do with a Value: the method's name, and where the function lives that it is
METHODS = {
    "draw": ("drawing.picture", "draw"),
    "page": ("paging.document", "page"),
    "_repr_mimebundle_": ("drawing.picture", "notebook_bundle"),
    "__copy__": ("files", "copy_node"),
    "__deepcopy__": ("files", "deepcopy_graph"),
    "__reduce_ex__": ("files", "reduce_node"),
    "__array_ufunc__": ("arrays", "apply_ufunc"),
}


def find_in(package: str, home: str, name: str) -> Any:
    """A thing by the module it lives in.

    Args:
        package: the package's name.
        home: the module, relative to the package.
        name: what it is called there.
    """
    return getattr(import_module(f".{home}", package), name)


def import_extra(module: str, missing: Exception) -> Any:
    """A module that is installed with one of the extras, or the error that says so.

    Args:
        module: its name.
        missing: what is raised where it isn't there.
    """
    try:
        return import_module(module)
    except ImportError:
        raise missing from None


def lazy_names(
    package: str, public: Mapping[str, str], rooms: str = ""
) -> tuple[list[str], Callable[[str], Any], Callable[[], list[str]]]:
    """A package's `__all__`, `__getattr__` and `__dir__` (PEP 562).

    `__all__` leaves out what is called as something built in: `import *` replaces nothing.

    Args:
        package: its name.
        public: for each module inside it the names that it has, with blanks between.
        rooms: the modules inside it that are public themselves.
    """
    homes = {name: home for home, names in public.items() for name in names.split()}

    def find(name: str) -> Any:
        """A public name, kept where it was asked for, so that the next look finds it at once."""
        if name in rooms.split():
            return import_module(f".{name}", package)
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        thing = find_in(package, homes[name], name)
        setattr(sys.modules[package], name, thing)
        return thing

    def names() -> list[str]:
        """What completion shows: without this the modules and imports that lie in the package too."""
        own = [name for name in vars(sys.modules[package]) if name.startswith("__")]
        return sorted({*own, *homes, *rooms.split()})

    return without_builtins(homes), find, names


def without_builtins(names: Iterable[str]) -> list[str]:
    """The names that replace nothing built in where all are imported at once."""
    return [name for name in names if not hasattr(builtins, name)]


def read_asset(package: str, name: str, /, **settings: Any) -> str:
    """A text that lies beside the modules of a package; with settings it is a template, in which each `$name` is one.

    Args:
        package: the package's name.
        name: of the file.
        settings: what stands for the names.
    """
    from importlib.resources import files
    from string import Template

    text = files(package).joinpath(name).read_text(encoding="utf-8")
    return Template(text).substitute(settings) if settings else text
