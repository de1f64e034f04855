"""Build an expression, see its backpropagation graph, and trust its gradients.

Written by docs/stubs/make.py; a test compares it with what that writes.
"""

from tinygrad_neuron import checking as checking
from tinygrad_neuron import compiling as compiling
from tinygrad_neuron import drawing as drawing
from tinygrad_neuron import formulas as formulas
from tinygrad_neuron import micrograd as micrograd
from tinygrad_neuron import nn as nn
from tinygrad_neuron import ops as ops
from tinygrad_neuron import paging as paging
from tinygrad_neuron import testing as testing
from tinygrad_neuron.checking import assert_gradients as assert_gradients
from tinygrad_neuron.checking import check as check
from tinygrad_neuron.checking import check_function as check_function
from tinygrad_neuron.checking import explain as explain
from tinygrad_neuron.checking import numerical_gradient as numerical_gradient
from tinygrad_neuron.checking import training_sheet as training_sheet
from tinygrad_neuron.checking import worksheet as worksheet
from tinygrad_neuron.compiling import NativeMissingError as NativeMissingError
from tinygrad_neuron.compiling import compile as compile
from tinygrad_neuron.drawing import RendererMissingError as RendererMissingError
from tinygrad_neuron.drawing import draw as draw
from tinygrad_neuron.drawing import frames as frames
from tinygrad_neuron.files import GraphFileError as GraphFileError
from tinygrad_neuron.files import dumps as dumps
from tinygrad_neuron.files import load as load
from tinygrad_neuron.files import loads as loads
from tinygrad_neuron.files import save as save
from tinygrad_neuron.formulas import ExpressionError as ExpressionError
from tinygrad_neuron.formulas import LanguageError as LanguageError
from tinygrad_neuron.formulas import derive as derive
from tinygrad_neuron.formulas import export as export
from tinygrad_neuron.formulas import parse as parse
from tinygrad_neuron.graph import StaleGraphError as StaleGraphError
from tinygrad_neuron.graph import first_non_finite as first_non_finite
from tinygrad_neuron.graph import gradient as gradient
from tinygrad_neuron.graph import hessian as hessian
from tinygrad_neuron.graph import is_stale as is_stale
from tinygrad_neuron.graph import jacobian as jacobian
from tinygrad_neuron.graph import jvp as jvp
from tinygrad_neuron.graph import kinks as kinks
from tinygrad_neuron.graph import replay as replay
from tinygrad_neuron.nn import CheckpointError as CheckpointError
from tinygrad_neuron.nn import DataError as DataError
from tinygrad_neuron.nn import ModelFileError as ModelFileError
from tinygrad_neuron.nn import PlotsMissingError as PlotsMissingError
from tinygrad_neuron.ops import abs as abs
from tinygrad_neuron.ops import acos as acos
from tinygrad_neuron.ops import acosh as acosh
from tinygrad_neuron.ops import add as add
from tinygrad_neuron.ops import asin as asin
from tinygrad_neuron.ops import asinh as asinh
from tinygrad_neuron.ops import atan as atan
from tinygrad_neuron.ops import atan2 as atan2
from tinygrad_neuron.ops import atanh as atanh
from tinygrad_neuron.ops import cbrt as cbrt
from tinygrad_neuron.ops import cbrt_slope as cbrt_slope
from tinygrad_neuron.ops import clip as clip
from tinygrad_neuron.ops import cos as cos
from tinygrad_neuron.ops import cosh as cosh
from tinygrad_neuron.ops import div as div
from tinygrad_neuron.ops import dot as dot
from tinygrad_neuron.ops import elu as elu
from tinygrad_neuron.ops import equal as equal
from tinygrad_neuron.ops import erf as erf
from tinygrad_neuron.ops import erfc as erfc
from tinygrad_neuron.ops import exp as exp
from tinygrad_neuron.ops import exp2 as exp2
from tinygrad_neuron.ops import exp_difference as exp_difference
from tinygrad_neuron.ops import expm1 as expm1
from tinygrad_neuron.ops import floor as floor
from tinygrad_neuron.ops import gaussian as gaussian
from tinygrad_neuron.ops import gelu as gelu
from tinygrad_neuron.ops import gelu_slope as gelu_slope
from tinygrad_neuron.ops import hypot as hypot
from tinygrad_neuron.ops import identity as identity
from tinygrad_neuron.ops import leaky_relu as leaky_relu
from tinygrad_neuron.ops import less as less
from tinygrad_neuron.ops import less_equal as less_equal
from tinygrad_neuron.ops import log as log
from tinygrad_neuron.ops import log10 as log10
from tinygrad_neuron.ops import log1p as log1p
from tinygrad_neuron.ops import log2 as log2
from tinygrad_neuron.ops import logsumexp as logsumexp
from tinygrad_neuron.ops import masked as masked
from tinygrad_neuron.ops import maximum as maximum
from tinygrad_neuron.ops import mean as mean
from tinygrad_neuron.ops import minimum as minimum
from tinygrad_neuron.ops import mul as mul
from tinygrad_neuron.ops import neg as neg
from tinygrad_neuron.ops import nonnegative as nonnegative
from tinygrad_neuron.ops import one_minus_squared as one_minus_squared
from tinygrad_neuron.ops import pow as pow
from tinygrad_neuron.ops import refined as refined
from tinygrad_neuron.ops import relu as relu
from tinygrad_neuron.ops import sech_squared as sech_squared
from tinygrad_neuron.ops import share as share
from tinygrad_neuron.ops import sigmoid as sigmoid
from tinygrad_neuron.ops import sigmoid_slope as sigmoid_slope
from tinygrad_neuron.ops import sign as sign
from tinygrad_neuron.ops import silu as silu
from tinygrad_neuron.ops import sin as sin
from tinygrad_neuron.ops import sinh as sinh
from tinygrad_neuron.ops import softmax as softmax
from tinygrad_neuron.ops import softplus as softplus
from tinygrad_neuron.ops import sqrt as sqrt
from tinygrad_neuron.ops import squared as squared
from tinygrad_neuron.ops import step as step
from tinygrad_neuron.ops import stop_gradient as stop_gradient
from tinygrad_neuron.ops import sub as sub
from tinygrad_neuron.ops import sum as sum
from tinygrad_neuron.ops import surprise as surprise
from tinygrad_neuron.ops import tan as tan
from tinygrad_neuron.ops import tanh as tanh
from tinygrad_neuron.ops import where as where
from tinygrad_neuron.paging import page as page
from tinygrad_neuron.primitives import MissingRuleError as MissingRuleError
from tinygrad_neuron.primitives import primitive as primitive
from tinygrad_neuron.recording import keep_sources as keep_sources
from tinygrad_neuron.recording import no_grad as no_grad
from tinygrad_neuron.recording import scope as scope
from tinygrad_neuron.value import Value as Value
from tinygrad_neuron.value import topological_order as topological_order
from tinygrad_neuron.value import variables as variables

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar, overload

from tinygrad_neuron.primitives import RealNumber

_T = TypeVar("_T")

class _Gradient(Protocol):
    """The gradient by the first argument: of a number a number, of anything else the same structure."""

    @overload
    def __call__(self, x: RealNumber, /, *arguments: Any, **named: Any) -> float: ...
    @overload
    def __call__(self, x: _T, /, *arguments: Any, **named: Any) -> _T: ...

class _ValueAndGradient(Protocol):
    """The value, and the gradient by the first argument."""

    @overload
    def __call__(self, x: RealNumber, /, *arguments: Any, **named: Any) -> tuple[float, float]: ...
    @overload
    def __call__(self, x: _T, /, *arguments: Any, **named: Any) -> tuple[Any, _T]: ...

__all__ = [
    "assert_gradients",
    "check",
    "check_function",
    "explain",
    "numerical_gradient",
    "training_sheet",
    "worksheet",
    "NativeMissingError",
    "RendererMissingError",
    "draw",
    "frames",
    "GraphFileError",
    "dumps",
    "load",
    "loads",
    "save",
    "ExpressionError",
    "LanguageError",
    "derive",
    "export",
    "parse",
    "StaleGraphError",
    "first_non_finite",
    "grad",
    "gradient",
    "hessian",
    "is_stale",
    "jacobian",
    "jvp",
    "kinks",
    "replay",
    "value_and_grad",
    "CheckpointError",
    "DataError",
    "ModelFileError",
    "PlotsMissingError",
    "acos",
    "acosh",
    "add",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "cbrt_slope",
    "clip",
    "cos",
    "cosh",
    "div",
    "dot",
    "elu",
    "equal",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "exp_difference",
    "expm1",
    "floor",
    "gaussian",
    "gelu",
    "gelu_slope",
    "hypot",
    "identity",
    "leaky_relu",
    "less",
    "less_equal",
    "log",
    "log10",
    "log1p",
    "log2",
    "logsumexp",
    "masked",
    "maximum",
    "mean",
    "minimum",
    "mul",
    "neg",
    "nonnegative",
    "one_minus_squared",
    "refined",
    "relu",
    "sech_squared",
    "share",
    "sigmoid",
    "sigmoid_slope",
    "sign",
    "silu",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "sqrt",
    "squared",
    "step",
    "stop_gradient",
    "sub",
    "surprise",
    "tan",
    "tanh",
    "where",
    "page",
    "MissingRuleError",
    "primitive",
    "keep_sources",
    "no_grad",
    "scope",
    "Value",
    "topological_order",
    "variables",
]

__version__: str

@overload
def grad(function: Callable[..., Any]) -> _Gradient:
    """A function that returns the gradient of `function`: the second half of `value_and_grad`.

    Args:
        function: takes numbers, or lists, tuples and dicts of them; returns a scalar.
        wrt: with respect to which argument, by position or name; or several.

    Returns:
        A function of the same arguments. It can be differentiated again.

    Raises:
        TypeError: when called, if there is no such argument or no scalar comes out.

    Examples:
        >>> cube = lambda x: x**3
        >>> grad(cube)(2.0), grad(grad(cube))(2.0), grad(grad(grad(cube)))(2.0)
        (12.0, 12.0, 6.0)
    """

@overload
def grad(function: Callable[..., Any], wrt: int | str | Sequence[int | str]) -> Callable[..., Any]: ...

@overload
def value_and_grad(function: Callable[..., Any]) -> _ValueAndGradient:
    """A function that returns what `function` does, and its gradient.

    Args:
        function: takes numbers, or lists, tuples and dicts of them; returns a scalar.
        wrt: with respect to which argument, by position or name; or several.

    Returns:
        A function of the same arguments that returns the pair of value and
        gradient. The gradient has the structure of the argument; for several
        arguments it is a tuple. They are floats, or Values that can be
        differentiated again where Values were passed in or used inside.

    Raises:
        TypeError: when called, if there is no such argument or no scalar comes out.

    Examples:
        >>> value_and_grad(lambda x, w: (w * x) ** 2, wrt="w")(3.0, w=2.0)
        (36.0, 36.0)
    """

@overload
def value_and_grad(function: Callable[..., Any], wrt: int | str | Sequence[int | str]) -> Callable[..., tuple[Any, Any]]: ...
