"""What `grad` and `value_and_grad` return, for type checkers alone: there is no such module.

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
