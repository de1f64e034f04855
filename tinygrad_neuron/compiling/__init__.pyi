"""Recorded once, run fast: functions and graphs as straight-line code with their gradients.

Written by docs/stubs/make.py; a test compares it with what that writes.
"""

from tinygrad_neuron.compiling.native import NativeMissingError as NativeMissingError
from tinygrad_neuron.compiling.recovered import Matrices as Matrices
from tinygrad_neuron.compiling.recovered import matrices as matrices
from tinygrad_neuron.compiling.step import Step as Step

from collections.abc import Callable, Sequence
from typing import Any, Literal, overload

from tinygrad_neuron.value import Value

__all__ = [
    "NativeMissingError",
    "Matrices",
    "matrices",
    "Step",
]

@overload
def compile(function: Callable[..., Value | float] | Value, wrt: None = None, target: Literal["python", "native"] = "python") -> Step[float]: ...

@overload
def compile(function: Callable[..., Any] | Value, wrt: Value, target: Literal["python", "native"] = "python") -> Step[tuple[float, float]]: ...

@overload
def compile(function: Callable[..., Any] | Value, wrt: int | str, target: Literal["python", "native"] = "python") -> Step[tuple[float, Any]]: ...

@overload
def compile(function: Callable[..., Any] | Value, wrt: Sequence[Value], target: Literal["python", "native"] = "python") -> Step[tuple[float, Sequence[float]]]: ...

@overload
def compile(function: Callable[..., Any] | Value, wrt: Sequence[int | str], target: Literal["python", "native"] = "python") -> Step[tuple[float, tuple[Any, ...]]]: ...

@overload
def compile(function: Callable[..., Any] | Value, wrt: Any = None, target: str = "python") -> Step[Any]:
    """Compile a function or a graph, with its gradient, to straight-line code.

    The function is run once on Values for each shape of its arguments; what
    is recorded becomes statements in which equal ones are one, constants are
    computed, and gradients that nobody asks for are left out. Comparisons of
    Values become guards: arguments that take another branch are recorded once
    more. Functions such as `where` and `maximum` have all their branches in one.

    Args:
        function: takes numbers, or lists, tuples, dicts and arrays of them, and
            returns a scalar; or a graph, whose leaves' numbers can be changed
            by their labels. Values from outside, as the parameters of a
            neuron, are read anew in each call.
        wrt: by which argument it is differentiated, by place or name, or
            several; or Values, leaves of the graph or from outside; None for
            the value alone.
        target: "python" needs nothing; "array" runs on arrays of NumPy, JAX,
            PyTorch or Dask; "matrix" is NumPy code in which sums of products are products of matrices, see `matrices`;
            "native" is machine code (the extra `native`);
            "c", "rust" and "javascript" are source text.

    Returns:
        A step: calling it gives the value, or the pair of value and gradient.
        `step.source` is its code.

    Raises:
        ValueError: there is no such target, or a primitive of one's own can't be written in its language.
        TypeError: there is no such argument to differentiate by, or no scalar comes out.

    Examples:
        >>> step = compile(lambda w, x, b: tanh(w * x + b), wrt=("w", "b"))
        >>> step(0.0, 2.0, 0.0)
        (0.0, (2.0, 1.0))
        >>> w, x = variables(w=3.0, x=2.0)
        >>> step = compile(w * x, wrt=w)
        >>> step(), step(x=5.0)
        ((6.0, 2.0), (15.0, 5.0))
        >>> print(step.source, end="")
        def compiled(captured):
            w, x, = captured
            return w*x, x
    """
