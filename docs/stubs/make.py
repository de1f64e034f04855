"""Write the stubs, which tell type checkers and editors what is made of tables: `python docs/stubs/make.py`."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import tinygrad_neuron
from tinygrad_neuron import ops
from tinygrad_neuron.methods import OF_THE_TABLE
from tinygrad_neuron.primitives import FUNCTIONS, PRIMITIVES, Primitive

PACKAGE = Path(tinygrad_neuron.__file__).parent
REAL, EITHER = "RealNumber", "Value | RealNumber"
Signature = tuple[str, str]  # what stands between the parentheses, and what is returned


def heading(module: str) -> str:
    """The docstring of a stub: the module's idea, and where the stub comes from."""
    idea = inspect.getdoc(import_module(module)).splitlines()[0]
    return f'"""{idea}\n\nWritten by docs/stubs/make.py; a test compares it with what that writes.\n"""\n'


# ---------------------------------------------------------------- what a function returns depends on what it takes
FUNCTION = "function: Callable[..., Any]"
SOURCE = "function: Callable[..., Any] | Value"
RUN = 'target: Literal["python", "native"] = "python"'
SIGNATURES: dict[str, list[Signature]] = {
    "grad": [
        (FUNCTION, "Gradient"),
        (f"{FUNCTION}, wrt: int | str | Sequence[int | str]", "Callable[..., Any]"),
    ],
    "value_and_grad": [
        (FUNCTION, "ValueAndGradient"),
        (f"{FUNCTION}, wrt: int | str | Sequence[int | str]", "Callable[..., tuple[Any, Any]]"),
    ],
    "compile": [
        (f"function: Callable[..., Value | float] | Value, wrt: None = None, {RUN}", "Step[float]"),
        (f"{SOURCE}, wrt: Value, {RUN}", "Step[tuple[float, float]]"),
        (f"{SOURCE}, wrt: int | str, {RUN}", "Step[tuple[float, Any]]"),
        (f"{SOURCE}, wrt: Sequence[Value], {RUN}", "Step[tuple[float, Sequence[float]]]"),
        (f"{SOURCE}, wrt: Sequence[int | str], {RUN}", "Step[tuple[float, tuple[Any, ...]]]"),
        (f'{SOURCE}, wrt: Any = None, target: str = "python"', "Step[Any]"),
    ],
}
PREAMBLES = {
    "tinygrad_neuron": """
from collections.abc import Callable, Iterable, Sequence
from typing import Any, overload

from tinygrad_neuron._results import Gradient, ValueAndGradient
from tinygrad_neuron.conditions import Condition
from tinygrad_neuron.primitives import RealNumber
""",
    "tinygrad_neuron.compiling": """
from collections.abc import Callable, Sequence
from typing import Any, Literal, overload

from tinygrad_neuron.value import Value
""",
}
RESULTS = '''"""What `grad` and `value_and_grad` return, for type checkers alone: there is no such module.

Written by docs/stubs/make.py; a test compares it with what that writes.
"""

from typing import Any, Protocol, TypeVar, overload

from .primitives import RealNumber

_T = TypeVar("_T")

class Gradient(Protocol):
    """The gradient by the first argument: of a number a number, of anything else the same structure."""

    @overload
    def __call__(self, x: RealNumber, /, *arguments: Any, **named: Any) -> float: ...
    @overload
    def __call__(self, x: _T, /, *arguments: Any, **named: Any) -> _T: ...

class ValueAndGradient(Protocol):
    """The value, and the gradient by the first argument."""

    @overload
    def __call__(self, x: RealNumber, /, *arguments: Any, **named: Any) -> tuple[float, float]: ...
    @overload
    def __call__(self, x: _T, /, *arguments: Any, **named: Any) -> tuple[Any, _T]: ...
'''


# ---------------------------------------------------------------- the public names of a room
def names_of(package: str) -> str:
    """The public names of a package, each passed on from where it lives, and its public rooms.

    Places are written out: editors take `from .files import …` for a public name `files`.
    """
    room = import_module(package)
    lines = [f"from {package} import {name} as {name}" for name in getattr(room, "_ROOMS", "").split()]
    here: list[str] = []
    for home, names in room._NAMES.items():  # noqa: SLF001 (the table of the package itself)
        has_stub = f"{home}/__init__.pyi" in STUBS
        for name in names.split():
            written = SIGNATURES.get(name) or (list(signatures(name)) if home == "ops" else [])
            if written and not has_stub:
                here += overloads(name, written, inspect.getdoc(getattr(room, name)))
            else:
                lines.append(f"from {package}.{home} import {name} as {name}")
    exported = ["__all__ = [", *(f'    "{name}",' for name in room.__all__), "]"]
    version = ["", "__version__: str"] if hasattr(room, "__version__") else []
    preamble = PREAMBLES.get(package, "").splitlines()
    return "\n".join([heading(package), *lines, *preamble, "", *exported, *version, *here, ""])


# ---------------------------------------------------------------- the functions of the table
def functions() -> str:
    """The functions of the table, passed on from the package, where editors look for their help."""
    lines = [
        heading("tinygrad_neuron.ops"),
        "from collections.abc import Callable",
        "from typing import TYPE_CHECKING, Any",
        "",
        "from .primitives import Primitive",
        "",
        "if TYPE_CHECKING:  # read after the heart",
        *(f"    from tinygrad_neuron import {name} as {name}" for name in ops.NAMES),
        "",
        "FUNCTIONS: dict[str, Callable[..., Any]]",
        "LARGEST: float",
        "NAMES: tuple[str, ...]",
        "PRIMITIVES: dict[str, Primitive]",
        "__all__ = [",
        *(f'    "{name}",' for name in ops.__all__),
        "]",
    ]
    return "\n".join(lines) + "\n"


def overloads(name: str, written: Iterable[Signature], text: str) -> list[str]:
    """The overloads of a function, the last one with its docstring, which editors show for all."""
    *others, last = written
    lines = [line for each in others for line in ("", "@overload", *defined(name, *each, ""))]
    return [*lines, "", "@overload", *defined(name, *last, text)]


def signatures(name: str) -> Iterator[Signature]:
    """The overloads of a function of the table, with Values first: an editor that can't tell takes the first one."""
    entry = PRIMITIVES.get(name)
    if name == "dot":
        yield f"ws: Iterable[Value], xs: Iterable[{EITHER}]", "Value"
        yield f"ws: Iterable[{EITHER}], xs: Iterable[Value]", "Value"
        yield f"ws: Iterable[{REAL}], xs: Iterable[{REAL}]", "float"
        yield f"ws: Iterable[{EITHER}], xs: Iterable[{EITHER}]", "Value | float"
    elif name in ("softmax", "log_softmax"):
        yield "values: Iterable[Value]", "list[Value]"
        yield f"values: Iterable[{REAL}]", "list[float]"
        yield f"values: Iterable[{EITHER}]", "list[Value] | list[float]"
    elif entry.variadic or name == "hypot":
        xs = "sides" if name == "hypot" else "xs"
        yield f"{xs}: Iterable[Value], /", "Value"
        yield f"{xs}: Iterable[{REAL}], /", "float"
        yield f"{xs}: Iterable[{EITHER}], /", "Value | float"
        yield f"first: Value, /, *{xs}: {EITHER}", "Value"
        yield f"first: {EITHER}, second: Value, /, *{xs}: {EITHER}", "Value"
        yield f"*{xs}: {REAL}", "float"
        yield f"*{xs}: {EITHER}", "Value | float"
    else:
        yield from of_several(entry)


def of_several(entry: Primitive) -> Iterator[Signature]:
    """A Value in one of the places gives a Value, a comparison of Values may do so, and numbers give a float."""
    defaults = defaults_of(entry)
    for k, name in enumerate(entry.parameters):
        before, after = entry.parameters[:k], entry.parameters[k + 1 :]
        rest = [parameter(each, EITHER, defaults) for each in after]
        yield ", ".join([*(f"{each}: {EITHER}" for each in before), f"{name}: Value", *rest]), "Value"
        if any(each in defaults for each in before):
            left_out = [parameter(each, EITHER, defaults) for each in before]
            yield ", ".join([*left_out, "*", f"{name}: Value", *rest]), "Value"
    if entry.name in ("masked", "where"):
        condition, *others = entry.parameters
        yield ", ".join([f"{condition}: Condition", *(f"{name}: {REAL}" for name in others)]), "Value | float"
    yield ", ".join(parameter(name, REAL, defaults) for name in entry.parameters), "float"


def defaults_of(entry: Primitive) -> dict[str, float]:
    """What the last arguments are where they are left out."""
    return dict(zip(reversed(entry.parameters), reversed(entry.defaults), strict=False))


def parameter(name: str, kind: str, defaults: dict[str, float]) -> str:
    """A parameter with its type, and its default if it has one."""
    return f"{name}: {kind}" + (f" = {defaults[name]!r}" if name in defaults else "")


def defined(name: str, arguments: str, result: str, text: str) -> list[str]:
    """A definition with its docstring, which an editor shows."""
    remark = "  # type: ignore[overload-overlap]" if ": Condition" in arguments else ""  # which is a float, too
    if not text:
        return [f"def {name}({arguments}) -> {result}: ...{remark}"]
    closed = text if "\n" not in text else f"{text}\n"
    return [f"def {name}({arguments}) -> {result}:{remark}", *textwrap.indent(f'"""{closed}"""', "    ").splitlines()]


# ---------------------------------------------------------------- the methods of a Value
def methods() -> str:
    """The functions of the table that are methods, and what the rooms above do with a Value."""
    above = (tinygrad_neuron.draw, tinygrad_neuron.page)
    lines = [
        heading("tinygrad_neuron.methods"),
        "from typing import TYPE_CHECKING, TypeVar",
        "",
        "from .node import Node",
        "from .primitives import RealNumber",
        "",
        "if TYPE_CHECKING:  # rooms above, which type checkers read after the heart",
        *sorted({f"    {line}" for function in above for line in imports_of(function)}),
        "",
        '_V = TypeVar("_V", bound="Methods")  # a Value, or a subclass; editors know no Self',
        "",
        "class Methods(Node):",
        '    """Functions as methods."""',
    ]
    for function in above:
        lines += method(function.__name__, *as_method(function), inspect.getdoc(function).splitlines()[0])
    for name in OF_THE_TABLE:
        given = [parameter(each, EITHER, defaults_of(PRIMITIVES[name])) for each in PRIMITIVES[name].parameters[1:]]
        lines += method(name, ", ".join(["self: _V", *given]), "_V", inspect.getdoc(FUNCTIONS[name]).splitlines()[0])
    return "\n".join(lines) + "\n"


def method(name: str, arguments: str, result: str, idea: str) -> list[str]:
    """A method with the idea of its function as docstring."""
    written = defined(name, arguments, result, f"{idea} The function `{name}` as a method.")
    return ["", *textwrap.indent("\n".join(written), "    ").splitlines()]


def as_method(function: Callable[..., Any]) -> Signature:
    """The signature of a function of a Value as the Value has it."""
    whole = inspect.signature(function)
    own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    rest = [each for each in whole.parameters.values() if each.name != "root"]
    given = str(whole.replace(parameters=[own, *rest], return_annotation=inspect.Signature.empty))[1:-1]
    return re.sub(r": '([^']*)'", r": \1", given.replace("self, /", "self")), whole.return_annotation


def imports_of(function: Callable[..., Any]) -> Iterator[str]:
    """Where the names in a function's annotations come from."""
    for name in re.findall(r"\w+(?=\b)", " ".join(inspect.get_annotations(function).values())):
        found = inspect.getmodule(function).__dict__.get(name)
        if inspect.ismodule(found):
            yield f"import {name}"
        elif found is not None:
            home = ".program" if name == "ByNode" else found.__module__.replace("tinygrad_neuron", "")  # of an alias
            yield f"from {home} import {name}"


STUBS: dict[str, Callable[[], str]] = {
    "__init__.pyi": lambda: names_of("tinygrad_neuron"),
    "ops.pyi": functions,
    "methods.pyi": methods,
    "_results.pyi": lambda: RESULTS,
    **{
        f"{room}/__init__.pyi": lambda room=room: names_of(f"tinygrad_neuron.{room}")
        for room in ("checking", "compiling", "drawing", "formulas", "nn", "paging", "testing", "tutoring")
    },
}


def main() -> None:
    """Write them all."""
    for name, written in STUBS.items():
        (PACKAGE / name).write_text(written(), encoding="utf-8")


if __name__ == "__main__":
    main()
