"""The methods of a Value that are functions elsewhere: those of the table, and what the rooms above do with it.

Their types are in `methods.pyi`, which docs/stubs/make.py writes from the functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import ops as ops  # noqa: PLC0414 (the table is filled)
from .primitives import FUNCTIONS, PRIMITIVES
from .registry import registered

METHODS = (
    *("abs", "clip", "cos", "elu", "erf", "exp", "gelu", "leaky_relu", "log", "relu"),
    *("sigmoid", "silu", "sin", "softplus", "sqrt", "squared", "tan", "tanh"),
)


class Methods:
    """Functions as methods."""

    __slots__ = ()

    def draw(self, **options: Any) -> Any:
        """Draw the graph behind this value: the function `draw` as a method."""
        return registered("draw")(self, **options)

    def page(self, path: Any = None, **options: Any) -> Any:
        """Make an interactive page of the graph behind this value: the function `page` as a method."""
        return registered("page")(self, path, **options)


def _method(name: str) -> Callable[..., Any]:
    """A function of the table as a method: one lookup less than through the function."""
    primitive = PRIMITIVES[name]

    def unary(self: Any) -> Any:
        return self._apply(primitive)

    def several(self: Any, *arguments: Any, **named: Any) -> Any:
        return self.read_primitive(primitive, primitive.bind((self, *arguments), named))

    method = unary if len(primitive.parameters) == 1 else several
    method.__name__, method.__qualname__ = name, f"Value.{name}"
    method.__doc__ = f"{FUNCTIONS[name].__doc__}".split("\n", 1)[0] + f" The function `{name}` as a method."
    return method


for _name in METHODS:
    setattr(Methods, _name, _method(_name))
