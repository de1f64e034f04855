"""The target "array": the listing over whole arrays, of any library that follows the array API standard.

NumPy, JAX (under jit, vmap and sharding), PyTorch (on its GPU tensors too), Dask: what the arguments are decides.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from ..formulas.dialects import ARRAY
from ..formulas.listing import printed
from .trace import Code

OLDER = {name: f"arc{name[1:]}" for name in ("asin", "acos", "atan", "atan2", "asinh", "acosh", "atanh")}
_module = functools.cache(import_module)
BLOCK = 16_384  # rows; a few columns of them fit into the second level of a processor's cache


class Namespace:
    """An array library under the standard's names, with the functions that listings need beside them.

    Args:
        library: a module such as `numpy`, `jax.numpy`, `torch` or `dask.array`.
    """

    def __init__(self, library: Any) -> None:
        self._library = library
        self.kind: str = library.__name__.split(".")[0]

    def __getattr__(self, name: str) -> Any:
        """A function of the library; those of PyTorch take plain numbers too."""
        found = getattr(self._library, name, None) or getattr(self._library, OLDER.get(name, name), None)
        return self.lift(found) if found and self.kind == "torch" else found

    def lift(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function of arrays that takes plain numbers too."""
        return lambda *operands: function(*lift(self._library, operands))

    def to_number(self, condition: Any, *sides: Any) -> Any:
        """A comparison as 1 or 0, in the type of what was compared."""
        kind = next(each.dtype for each in sides if hasattr(each, "dtype"))
        return condition.to(kind) if self.kind == "torch" else condition.astype(kind)

    def match_type(self, number: Any, array: Any) -> Any:
        """A plain number in the type of the array beside it."""
        plain = isinstance(number, (int, float)) and hasattr(array, "dtype") and self.kind in ("numpy", "jax")
        return self._library.asarray(number, dtype=array.dtype) if plain else number


def lift(library: Any, operands: Sequence[Any]) -> list[Any]:
    """Plain numbers as arrays, in the type of the arrays beside them, else as double ones.

    Args:
        library: the module of the arrays.
        operands: numbers and arrays.
    """
    like = next((each for each in operands if hasattr(each, "dtype")), None)
    kind = library.float64 if like is None else like.dtype
    if library.__name__.startswith("dask"):
        return list(operands)

    device = {"device": like.device} if library.__name__ == "torch" and like is not None else {}
    return [each if hasattr(each, "dtype") else library.asarray(each, dtype=kind, **device)[()] for each in operands]


def functions_of(library: Any) -> dict[str, Any]:
    """The names that an array listing uses, for one library.

    Args:
        library: a module of arrays.
    """
    xp = Namespace(library)
    functions: dict[str, Callable[..., Any]] = {
        "less": lambda a, b: xp.to_number(a < b, a, b),
        "less_equal": lambda a, b: xp.to_number(a <= b, a, b),
        "where": lambda condition, a, b: xp.where(condition != 0.0, xp.match_type(a, b), xp.match_type(b, a)),
        "power": lambda a, b: a**b,
        "erf": _special("erf", xp),
        "erfc": _special("erfc", xp),
        "cbrt": xp.cbrt or (lambda x: _cbrt(xp, x)),
    }
    if xp.kind == "torch":
        functions = {name: xp.lift(function) for name, function in functions.items()}
    return {**functions, "xp": xp}


def _special(name: str, xp: Namespace) -> Callable[..., Any]:
    """erf and erfc, wherever the library has them."""
    if xp.kind == "torch":
        return getattr(xp, name)  # type: ignore[no-any-return]
    try:
        return getattr(_module("jax.scipy.special" if xp.kind == "jax" else "scipy.special"), name)  # type: ignore[no-any-return]
    except ImportError:
        return _module("numpy").vectorize(getattr(math, name), otypes=[float])  # type: ignore[no-any-return]


def _cbrt(xp: Namespace, x: Any) -> Any:
    """A library's power rounds 1/3: one Newton step mends it."""
    size = abs(x)
    root = size ** (1.0 / 3.0)
    root = xp.where((root > 0.0) & (root < math.inf), root - (root - size / (root * root)) / 3.0, root)
    return xp.where(x < 0.0, -root, root)


def library_of(arrays: Any) -> Any:
    """The module whose arrays these are; NumPy for numbers and lists.

    Args:
        arrays: the arguments' leaves.
    """
    homes = {"jax": "jax.numpy", "jaxlib": "jax.numpy", "torch": "torch", "dask": "dask.array"}
    for each in arrays:
        home = type(each).__module__.split(".")[0]
        if home in homes:
            return _module(homes[home])
        if hasattr(each, "__array_namespace__") and home != "numpy":
            return each.__array_namespace__()
    return _module("numpy")


def run_in_blocks(function: Callable[..., Any], arguments: Sequence[Any], library: Any) -> tuple[Any, Any]:
    """Run over long NumPy columns block by block, so that what is in between stays in the processor's cache.

    Args:
        function: of columns and numbers, gives outputs and guards.
        arguments: for it.
        library: their module.
    """
    columns = [each for each in arguments if getattr(each, "ndim", 0)]
    lengths = {each.shape for each in columns}
    if library.__name__ != "numpy" or len(lengths) != 1 or columns[0].ndim != 1 or len(columns[0]) < 4 * BLOCK:
        return function(*arguments)  # type: ignore[no-any-return]
    count = len(columns[0])
    outputs: list[Any] = []
    holds: list[list[bool]] = []
    for start in range(0, count, BLOCK):
        part = slice(start, start + BLOCK)
        found, guards = function(*(each[part] if getattr(each, "ndim", 0) else each for each in arguments))
        arrays = map(library.asarray, found)
        outputs = outputs or [library.empty(count, each.dtype) if each.ndim else each for each in arrays]
        for whole, each in zip(outputs, found, strict=True):
            if whole.ndim:
                whole[part] = each
        holds.append([library.all(each) for each in guards])
    return [each if each.ndim else each[()] for each in outputs], [all(each) for each in zip(*holds, strict=True)]


def source_of(code: Code, name: str) -> str:
    """The listing as a Python function over flat arrays.

    Args:
        code: the listing.
        name: of the function.
    """
    text = printed(code.listing, ARRAY)
    body = [f"{target} = {expression}" for target, expression in text.statements if target]
    guards = [expression for target, expression in text.statements if not target]
    outputs, holds = ("".join(f"{each}, " for each in part) for part in (text.outputs, guards))
    lines = [f"def {name}({', '.join(text.inputs)}):", *body, f"return ({outputs}), ({holds})"]
    return "\n    ".join(lines) + "\n"
