"""The methods of a Value that are functions elsewhere: those of the table, and what the rooms above do with it.

Their types are in `methods.pyi`, which docs/stubs/make.py writes from the functions.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from . import ops as ops  # noqa: PLC0414 (the table is filled)
from .node import Node
from .primitives import FUNCTIONS, PRIMITIVES
from .registry import METHODS, find_in

OF_THE_TABLE = (
    *("abs", "clip", "cos", "elu", "erf", "exp", "gelu", "leaky_relu", "log", "relu"),
    *("sigmoid", "silu", "sin", "softplus", "sqrt", "squared", "tan", "tanh"),
)
OF_NUMPY = (
    *("arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "cbrt", "conjugate", "cosh"),
    *("exp2", "expm1", "fabs", "hypot", "log10", "log1p", "log2", "sinh"),
)


class Methods(Node):
    """Functions as methods."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        """NumPy's function of an array of objects is the method of its elements: np.arctan asks for arctan."""
        if name not in OF_NUMPY:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return functools.partial(find_in(__package__, "arrays", "find_function")(name), self)


def _of_the_table(name: str) -> Callable[..., Any]:
    """A function of the table as a method: one lookup less than through the function."""
    primitive = PRIMITIVES[name]

    def unary(self: Any) -> Any:
        return self._apply(primitive)

    def several(self: Any, *arguments: Any, **named: Any) -> Any:
        return self.read_primitive(primitive, primitive.bind((self, *arguments), named))

    method = unary if len(primitive.parameters) == 1 else several
    method.__doc__ = f"{FUNCTIONS[name].__doc__}".split("\n", 1)[0] + f" The function `{name}` as a method."
    return method


def _from_above(name: str) -> Callable[..., Any]:
    """A function of a room above as a method, imported when it is first used."""

    def method(self: Any, *arguments: Any, **named: Any) -> Any:
        return find_in(__package__, *METHODS[name])(self, *arguments, **named)

    method.__doc__ = f"The function `{METHODS[name][1]}` as a method."
    return method


for _names, _make in ((OF_THE_TABLE, _of_the_table), (METHODS, _from_above)):
    for _name in _names:
        _method = _make(_name)
        _method.__name__, _method.__qualname__ = _name, f"Value.{_name}"
        setattr(Methods, _name, _method)
