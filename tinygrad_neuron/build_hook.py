"""Compile the heart, where a C compiler is there: the same sources by Cython, with the .pxd beside them.

`pip install` runs it. TINYGRAD_NEURON_HEART=plain leaves all in Python, =compiled insists; without it, a machine
that can't compile gets plain Python, and a line that says so.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = Path(__file__).parent
MODULES = ("node", "methods", "scalar", "recording", "primitives", "value")
QUICKLY = [] if sys.platform == "win32" else ["-O1", "-g0"]  # more takes longer to compile, and runs no faster
DIRECTIVES = {
    "language_level": 3,
    "boundscheck": False,
    "initializedcheck": False,
    "auto_pickle": False,
}
# What the copies say that Python can't; each text stands in its module exactly once. No line moves, for tracebacks.
REPLACED = {
    "node": {"class Node:": "@cython.trashcan(True)\n@cython.freelist(1024)\n@cython.cclass\nclass Node:"},
    "methods": {"setattr(Methods, _name, _method)": "add_method(Methods, _name, _method)"},
    "scalar": {
        "data: float\n        label: Any\n        is_constant: Any\n        is_parameter: Any\n": "pass\n",
        "return object.__hash__(self)": "return pointer_hash(self)",
    },
    "value": {
        "node = object.__new__(kind)": "node: Value = new_node(kind)",
        "node = object.__new__(type(left))": "node: Value = new_node(type(left))",
        "walk((self,), set())": "marked_walk((self,))",
        "    return walk(roots, set())": "    return marked_walk(roots)",
    },
}
FOLLOWED = {  # what more is done in a line
    "        self._left = self._right = None": "leave_alone(self, Value)",
    "        node._primitive, node._left = primitive, self": "watch(node, self)",
    "    node._left, node._right, node._dleft, node._dright = left, right, dleft, dright": (
        "watch(node, left); watch(node, right)"
    ),
    "    node._left, node._dleft = operands[0], slopes[0]": "watch_all(node, operands)",
    '_V = TypeVar("_V", bound="Value")': "_walks = 0",
    "ALONE: Final = _references_of_one_name()": "make_and_free_as(Value, Node)",
}
MARKS = (  # of the walk over a graph: in C a number in each node is quicker than a set of nodes
    (r"def walk\(.*\) -> .*:", "def marked_walk(roots: tuple) -> list:"),
    (r"    order: ", "    global _walks\n    _walks += 1\n    mark: cython.longlong = _walks\n    order: "),
    (r"(\w+) not in seen", r"\1._mark != mark"),
    (r"seen\.add\((\w+)\)", r"\1._mark = mark"),
    (r"return order", "return order if mark == _walks else walk(roots, set())  # another one began meanwhile"),
)


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Puts the compiled modules into the wheel, beside their sources."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, unless the wheel is for a checkout that is edited, or for an interpreter that has no C side."""
        wanted = os.environ.get("TINYGRAD_NEURON_HEART", "auto")
        if wanted not in ("auto", "plain", "compiled"):
            raise ValueError(f"TINYGRAD_NEURON_HEART={wanted}: it is auto, plain or compiled")
        if wanted == "plain" or (wanted == "auto" and (version == "editable" or not _has_c_side())):
            return
        folder = Path(tempfile.mkdtemp())
        try:
            made = compile_into(folder)
        except Exception as error:
            if wanted == "compiled":
                raise
            self.app.display_warning(
                f"tinygrad_neuron runs as plain Python: its heart wasn't compiled ({_line(error)})"
            )
            return
        build_data["pure_python"], build_data["infer_tag"] = False, True
        build_data["force_include"] |= {str(path): f"tinygrad_neuron/{path.name}" for path in made}


def _has_c_side() -> bool:
    """Free-threaded Python has no lock that guards the marks of a walk."""
    return sys.implementation.name == "cpython" and not sysconfig.get_config_var("Py_GIL_DISABLED")


def _line(error: BaseException) -> str:
    return str(error).strip().split("\n", 1)[0] or type(error).__name__


def compile_into(folder: Path) -> list[Path]:
    """Compile copies of the modules.

    Args:
        folder: an empty one, for the copies and what becomes of them.

    Returns:
        The compiled modules.
    """
    from Cython.Build import cythonize
    from setuptools import Distribution, Extension

    copies = folder / "tinygrad_neuron"
    copies.mkdir()
    for path in (PACKAGE / "__init__.py", *PACKAGE.glob("*.pxd")):
        shutil.copy(path, copies)
    for module in MODULES:
        text = change(module, (PACKAGE / f"{module}.py").read_text(encoding="utf-8"))
        (copies / f"{module}.py").write_text(text, encoding="utf-8")
    before = Path.cwd()
    os.chdir(folder)  # so that tracebacks name the sources as tinygrad_neuron/value.py
    try:
        sources = [
            Extension(f"tinygrad_neuron.{name}", [f"tinygrad_neuron/{name}.py"], extra_compile_args=QUICKLY)
            for name in MODULES
        ]
        made = Distribution({"ext_modules": cythonize(sources, quiet=True, compiler_directives=DIRECTIVES)})
        build: Any = made.get_command_obj("build_ext")
        build.inplace, build.parallel = True, os.cpu_count()
        build.ensure_finalized()
        build.run()
    finally:
        os.chdir(before)
    return sorted(copies.glob(f"*{sysconfig.get_config_var('EXT_SUFFIX')}"))


def change(module: str, text: str) -> str:
    """The source as Cython is to read it.

    Raises:
        ValueError: a text that is to be changed isn't there once; the source has moved on.
    """
    if module == "value":
        walk = text[text.index("def walk(") :]
        walk = walk[: walk.index("\n\n\n")]
        for pattern, instead in MARKS:
            walk, times = re.subn(pattern, instead, walk)
            if not times:
                raise ValueError(f"walk() has no {pattern!r} any more")
        text += f"\n\n{walk}\n"
        replaced = {line: f"{line}; {more}" for line, more in FOLLOWED.items()} | REPLACED[module]
    else:
        replaced = REPLACED.get(module, {})
    for old, new in replaced.items():
        if text.count(old) != 1:
            raise ValueError(f"{module}.py has {old!r} {text.count(old)} times, not once")
        text = text.replace(old, new)
    # texts of users are refused in our words, and not in Cython's
    text = re.sub(r"(?m)^ *def .*$", lambda line: line[0].replace(": str", ""), text)
    future = "from __future__ import annotations"
    return text.replace(future, f"{future}; import cython", 1)
