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
from tinygrad_neuron import tutoring as tutoring
from tinygrad_neuron.checking import assert_gradients as assert_gradients
from tinygrad_neuron.checking import check as check
from tinygrad_neuron.checking import check_function as check_function
from tinygrad_neuron.checking import check_grad as check_grad
from tinygrad_neuron.checking import check_hessian as check_hessian
from tinygrad_neuron.checking import check_jacobian as check_jacobian
from tinygrad_neuron.checking import explain as explain
from tinygrad_neuron.checking import numerical_gradient as numerical_gradient
from tinygrad_neuron.compiling import NativeMissingError as NativeMissingError
from tinygrad_neuron.compiling import compile as compile
from tinygrad_neuron.compiling import matrices as matrices
from tinygrad_neuron.drawing import GraphTooLargeError as GraphTooLargeError
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
from tinygrad_neuron.formulas import LayersError as LayersError
from tinygrad_neuron.formulas import derive as derive
from tinygrad_neuron.formulas import export as export
from tinygrad_neuron.formulas import parse as parse
from tinygrad_neuron.graph import StaleGraphError as StaleGraphError
from tinygrad_neuron.graph import first_non_finite as first_non_finite
from tinygrad_neuron.graph import gradient as gradient
from tinygrad_neuron.graph import hessian as hessian
from tinygrad_neuron.graph import hvp as hvp
from tinygrad_neuron.graph import is_stale as is_stale
from tinygrad_neuron.graph import jacobian as jacobian
from tinygrad_neuron.graph import jvp as jvp
from tinygrad_neuron.graph import kinks as kinks
from tinygrad_neuron.graph import replay as replay
from tinygrad_neuron.graph import taylor as taylor
from tinygrad_neuron.graph import vjp as vjp
from tinygrad_neuron.nn import CheckpointError as CheckpointError
from tinygrad_neuron.nn import DataError as DataError
from tinygrad_neuron.nn import ModelFileError as ModelFileError
from tinygrad_neuron.nn import PlotsMissingError as PlotsMissingError
from tinygrad_neuron.paging import LessonError as LessonError
from tinygrad_neuron.paging import lesson as lesson
from tinygrad_neuron.paging import page as page
from tinygrad_neuron.paging import widget as widget
from tinygrad_neuron.primitives import MissingRuleError as MissingRuleError
from tinygrad_neuron.primitives import primitive as primitive
from tinygrad_neuron.tutoring import backpropagation as backpropagation
from tinygrad_neuron.tutoring import grade as grade
from tinygrad_neuron.tutoring import training_sheet as training_sheet
from tinygrad_neuron.tutoring import worksheet as worksheet
from tinygrad_neuron.recording import keep_sources as keep_sources
from tinygrad_neuron.recording import no_grad as no_grad
from tinygrad_neuron.recording import scope as scope
from tinygrad_neuron.value import Value as Value
from tinygrad_neuron.value import engine as engine
from tinygrad_neuron.value import topological_order as topological_order
from tinygrad_neuron.value import variables as variables

from collections.abc import Callable, Iterable, Sequence
from typing import Any, overload

from tinygrad_neuron._results import Gradient, ValueAndGradient
from tinygrad_neuron.conditions import Condition
from tinygrad_neuron.primitives import RealNumber

__all__ = [
    "assert_gradients",
    "check",
    "check_function",
    "check_grad",
    "check_hessian",
    "check_jacobian",
    "explain",
    "numerical_gradient",
    "NativeMissingError",
    "matrices",
    "GraphTooLargeError",
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
    "LayersError",
    "derive",
    "export",
    "parse",
    "StaleGraphError",
    "first_non_finite",
    "grad",
    "gradient",
    "hessian",
    "hvp",
    "is_stale",
    "jacobian",
    "jvp",
    "kinks",
    "replay",
    "taylor",
    "value_and_grad",
    "vjp",
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
    "entropy",
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
    "log_sigmoid",
    "log_softmax",
    "logaddexp",
    "logsumexp",
    "masked",
    "maximum",
    "mean",
    "minimum",
    "mul",
    "neg",
    "nonnegative",
    "norm",
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
    "xlogy",
    "LessonError",
    "lesson",
    "page",
    "widget",
    "MissingRuleError",
    "primitive",
    "backpropagation",
    "grade",
    "training_sheet",
    "worksheet",
    "keep_sources",
    "no_grad",
    "scope",
    "Value",
    "engine",
    "topological_order",
    "variables",
]

__version__: str

@overload
def grad(function: Callable[..., Any]) -> Gradient: ...

@overload
def grad(function: Callable[..., Any], wrt: int | str | Sequence[int | str]) -> Callable[..., Any]:
    """A function that returns the gradient of `function`: the second half of `value_and_grad`.

    Args:
        function: takes numbers, or lists, tuples, dicts and arrays of them; returns a scalar.
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
def value_and_grad(function: Callable[..., Any]) -> ValueAndGradient: ...

@overload
def value_and_grad(function: Callable[..., Any], wrt: int | str | Sequence[int | str]) -> Callable[..., tuple[Any, Any]]:
    """A function that returns what `function` does, and its gradient.

    Args:
        function: takes numbers, or lists, tuples, dicts and arrays of them; returns a scalar.
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
def abs(x: Value) -> Value: ...

@overload
def abs(x: RealNumber) -> float:
    """|x|, with derivative 0 at 0.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> abs(-2.0)
        2.0
    """

@overload
def acos(x: Value) -> Value: ...

@overload
def acos(x: RealNumber) -> float:
    """the angle whose cosine is x.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.
        Its value is nan outside of: -1 ≤ x ≤ 1.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> acos(1.0)
        0.0
    """

@overload
def acosh(x: Value) -> Value: ...

@overload
def acosh(x: RealNumber) -> float:
    """the inverse of cosh, not negative.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.
        Its value is nan outside of: x ≥ 1.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> acosh(1.0)
        0.0
    """

@overload
def add(a: Value, b: Value | RealNumber) -> Value: ...

@overload
def add(a: Value | RealNumber, b: Value) -> Value: ...

@overload
def add(a: RealNumber, b: RealNumber) -> float:
    """a + b.

    Args:
        a: a number or a Value.
        b: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> add(1.0, 2.0)
        3.0
    """

@overload
def asin(x: Value) -> Value: ...

@overload
def asin(x: RealNumber) -> float:
    """the angle whose sine is x.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.
        Its value is nan outside of: -1 ≤ x ≤ 1.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> asin(0.0)
        0.0
    """

@overload
def asinh(x: Value) -> Value: ...

@overload
def asinh(x: RealNumber) -> float:
    """the inverse of sinh.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> asinh(0.0)
        0.0
    """

@overload
def atan(x: Value) -> Value: ...

@overload
def atan(x: RealNumber) -> float:
    """the angle whose tangent is x.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> atan(0.0)
        0.0
    """

@overload
def atan2(a: Value, b: Value | RealNumber) -> Value: ...

@overload
def atan2(a: Value | RealNumber, b: Value) -> Value: ...

@overload
def atan2(a: RealNumber, b: RealNumber) -> float:
    """the angle of the point a up and b to the right.

    Args:
        a: a number or a Value.
        b: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> atan2(0.0, 1.0)
        0.0
    """

@overload
def atanh(x: Value) -> Value: ...

@overload
def atanh(x: RealNumber) -> float:
    """the inverse of tanh.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.
        Its value is nan outside of: -1 ≤ x ≤ 1.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> atanh(0.0)
        0.0
    """

@overload
def cbrt(x: Value) -> Value: ...

@overload
def cbrt(x: RealNumber) -> float:
    """the real cube root, of negative numbers too.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> cbrt(-8.0)
        -2.0
    """

@overload
def cbrt_slope(x: Value) -> Value: ...

@overload
def cbrt_slope(x: RealNumber) -> float:
    """1 / (3 · cbrt(x)²).

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> cbrt_slope(1.0)
        0.3333333333333333
    """

@overload
def clip(x: Value, low: Value | RealNumber = 0.0, high: Value | RealNumber = 1.0) -> Value: ...

@overload
def clip(x: Value | RealNumber, low: Value, high: Value | RealNumber = 1.0) -> Value: ...

@overload
def clip(x: Value | RealNumber, low: Value | RealNumber, high: Value) -> Value: ...

@overload
def clip(x: Value | RealNumber, low: Value | RealNumber = 0.0, *, high: Value) -> Value: ...

@overload
def clip(x: RealNumber, low: RealNumber = 0.0, high: RealNumber = 1.0) -> float:
    """x kept between low and high, with derivative 1 on both; high where they are crossed.

    Args:
        x: a number or a Value.
        low: a number or a Value; 0.0 unless given.
        high: a number or a Value; 1.0 unless given.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> clip(3.0)
        1.0
    """

@overload
def cos(x: Value) -> Value: ...

@overload
def cos(x: RealNumber) -> float:
    """cosine.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.
        Its value is nan outside of: finite x.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> cos(0.0)
        1.0
    """

@overload
def cosh(x: Value) -> Value: ...

@overload
def cosh(x: RealNumber) -> float:
    """(exp(x) + exp(-x)) / 2.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> cosh(0.0)
        1.0
    """

@overload
def div(a: Value, b: Value | RealNumber) -> Value: ...

@overload
def div(a: Value | RealNumber, b: Value) -> Value: ...

@overload
def div(a: RealNumber, b: RealNumber) -> float:
    """a / b.

    Args:
        a: a number or a Value.
        b: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.
        Its value is nan outside of: a and b not both 0.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> div(1.0, 0.0)
        inf
    """

@overload
def dot(ws: Iterable[Value], xs: Iterable[Value | RealNumber]) -> Value: ...

@overload
def dot(ws: Iterable[Value | RealNumber], xs: Iterable[Value]) -> Value: ...

@overload
def dot(ws: Iterable[RealNumber], xs: Iterable[RealNumber]) -> float: ...

@overload
def dot(ws: Iterable[Value | RealNumber], xs: Iterable[Value | RealNumber]) -> Value | float:
    """The inner product w₁·x₁ + w₂·x₂ + …, as one node.

    Args:
        ws: numbers or Values.
        xs: as many numbers or Values.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        ValueError: their lengths differ.

    Examples:
        >>> dot([1.0, 2.0], [3.0, 4.0])
        11.0
    """

@overload
def elu(x: Value, alpha: Value | RealNumber = 1.0) -> Value: ...

@overload
def elu(x: Value | RealNumber, alpha: Value) -> Value: ...

@overload
def elu(x: RealNumber, alpha: RealNumber = 1.0) -> float:
    """x for x > 0, else alpha · (exp(x) - 1); Clevert and others 2015.

    Args:
        x: a number or a Value.
        alpha: a number or a Value; 1.0 unless given.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> elu(2.0)
        2.0
    """

@overload
def entropy(xs: Iterable[Value], /) -> Value: ...

@overload
def entropy(xs: Iterable[RealNumber], /) -> float: ...

@overload
def entropy(xs: Iterable[Value | RealNumber], /) -> Value | float: ...

@overload
def entropy(first: Value, /, *xs: Value | RealNumber) -> Value: ...

@overload
def entropy(first: Value | RealNumber, second: Value, /, *xs: Value | RealNumber) -> Value: ...

@overload
def entropy(*xs: RealNumber) -> float: ...

@overload
def entropy(*xs: Value | RealNumber) -> Value | float:
    """-(p₁ · log(p₁) + p₂ · log(p₂) + …), to which p = 0 adds nothing; Shannon 1948.

    Args:
        xs: numbers or Values, one by one or as one iterable.

    Returns:
        A float for numbers; a Value if one of them is a Value.
        Its value is nan outside of: p ≥ 0.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> entropy(1.0, 0.0)
        0.0
    """

@overload
def equal(a: Value, b: Value | RealNumber) -> Value: ...

@overload
def equal(a: Value | RealNumber, b: Value) -> Value: ...

@overload
def equal(a: RealNumber, b: RealNumber) -> float:
    """1 where a = b, else 0.

    Args:
        a: a number or a Value.
        b: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> equal(1.0, 2.0)
        0.0
    """

@overload
def erf(x: Value) -> Value: ...

@overload
def erf(x: RealNumber) -> float:
    """2/√π · ∫ exp(-t²) dt from 0 to x.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> erf(0.0)
        0.0
    """

@overload
def erfc(x: Value) -> Value: ...

@overload
def erfc(x: RealNumber) -> float:
    """1 - erf(x), exact in the tail.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> erfc(0.0)
        1.0
    """

@overload
def exp(x: Value) -> Value: ...

@overload
def exp(x: RealNumber) -> float:
    """e to the power of x.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> exp(0.0)
        1.0
    """

@overload
def exp2(x: Value) -> Value: ...

@overload
def exp2(x: RealNumber) -> float:
    """2 to the power of x.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> exp2(3.0)
        8.0
    """

@overload
def exp_difference(a: Value, b: Value | RealNumber) -> Value: ...

@overload
def exp_difference(a: Value | RealNumber, b: Value) -> Value: ...

@overload
def exp_difference(a: RealNumber, b: RealNumber) -> float:
    """exp(a - b), without the rounding of the difference.

    Args:
        a: a number or a Value.
        b: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> exp_difference(2.0, 2.0)
        1.0
    """

@overload
def expm1(x: Value) -> Value: ...

@overload
def expm1(x: RealNumber) -> float:
    """exp(x) - 1, exact near 0.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> expm1(0.0)
        0.0
    """

@overload
def floor(x: Value) -> Value: ...

@overload
def floor(x: RealNumber) -> float:
    """the largest whole number up to x.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> floor(-1.5)
        -2.0
    """

@overload
def gaussian(x: Value, k: Value | RealNumber = 0.5) -> Value: ...

@overload
def gaussian(x: Value | RealNumber, k: Value) -> Value: ...

@overload
def gaussian(x: RealNumber, k: RealNumber = 0.5) -> float:
    """exp(-k·x²), exact in the tails.

    Args:
        x: a number or a Value.
        k: a number or a Value; 0.5 unless given.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> gaussian(0.0)
        1.0
    """

@overload
def gelu(x: Value) -> Value: ...

@overload
def gelu(x: RealNumber) -> float:
    """x · Φ(x) with the normal distribution's Φ; Hendrycks and Gimpel 2016.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> gelu(0.0)
        0.0
    """

@overload
def gelu_slope(x: Value) -> Value: ...

@overload
def gelu_slope(x: RealNumber) -> float:
    """Φ(x) + x · Φ'(x), the derivative of gelu.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> gelu_slope(0.0)
        0.5
    """

@overload
def hypot(sides: Iterable[Value], /) -> Value: ...

@overload
def hypot(sides: Iterable[RealNumber], /) -> float: ...

@overload
def hypot(sides: Iterable[Value | RealNumber], /) -> Value | float: ...

@overload
def hypot(first: Value, /, *sides: Value | RealNumber) -> Value: ...

@overload
def hypot(first: Value | RealNumber, second: Value, /, *sides: Value | RealNumber) -> Value: ...

@overload
def hypot(*sides: RealNumber) -> float: ...

@overload
def hypot(*sides: Value | RealNumber) -> Value | float:
    """√(a² + b² + …), without overflow: the length of a vector of two sides, or of any number of them.

    Of two sides it has no derivative where both are 0, as elsewhere; of more it is `norm`.

    Args:
        sides: numbers or Values, one by one.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Examples:
        >>> hypot(3.0, 4.0), hypot(2.0, 3.0, 6.0)
        (5.0, 7.0)
    """

@overload
def identity(x: Value) -> Value: ...

@overload
def identity(x: RealNumber) -> float:
    """x itself, as another node of the graph.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> identity(2.0)
        2.0
    """

@overload
def leaky_relu(x: Value, slope: Value | RealNumber = 0.01) -> Value: ...

@overload
def leaky_relu(x: Value | RealNumber, slope: Value) -> Value: ...

@overload
def leaky_relu(x: RealNumber, slope: RealNumber = 0.01) -> float:
    """x for x > 0, else slope · x.

    Args:
        x: a number or a Value.
        slope: a number or a Value; 0.01 unless given.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> leaky_relu(-2.0)
        -0.02
    """

@overload
def less(a: Value, b: Value | RealNumber) -> Value: ...

@overload
def less(a: Value | RealNumber, b: Value) -> Value: ...

@overload
def less(a: RealNumber, b: RealNumber) -> float:
    """1 where a < b, else 0.

    Args:
        a: a number or a Value.
        b: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> less(1.0, 2.0)
        1.0
    """

@overload
def less_equal(a: Value, b: Value | RealNumber) -> Value: ...

@overload
def less_equal(a: Value | RealNumber, b: Value) -> Value: ...

@overload
def less_equal(a: RealNumber, b: RealNumber) -> float:
    """1 where a ≤ b, else 0.

    Args:
        a: a number or a Value.
        b: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> less_equal(2.0, 2.0)
        1.0
    """

@overload
def log(x: Value) -> Value: ...

@overload
def log(x: RealNumber) -> float:
    """the natural logarithm.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.
        Its value is nan outside of: x ≥ 0.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> log(1.0)
        0.0
    """

@overload
def log10(x: Value) -> Value: ...

@overload
def log10(x: RealNumber) -> float:
    """the logarithm to base 10.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.
        Its value is nan outside of: x ≥ 0.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> log10(1000.0)
        3.0
    """

@overload
def log1p(x: Value) -> Value: ...

@overload
def log1p(x: RealNumber) -> float:
    """log(1 + x), exact near 0.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.
        Its value is nan outside of: x ≥ -1.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> log1p(0.0)
        0.0
    """

@overload
def log2(x: Value) -> Value: ...

@overload
def log2(x: RealNumber) -> float:
    """the logarithm to base 2.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.
        Its value is nan outside of: x ≥ 0.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> log2(8.0)
        3.0
    """

@overload
def log_sigmoid(x: Value) -> Value: ...

@overload
def log_sigmoid(x: RealNumber) -> float:
    """log(sigmoid(x)), exact in both tails.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> log_sigmoid(-1000.0)
        -1000.0
    """

@overload
def log_softmax(values: Iterable[Value]) -> list[Value]: ...

@overload
def log_softmax(values: Iterable[RealNumber]) -> list[float]: ...

@overload
def log_softmax(values: Iterable[Value | RealNumber]) -> list[Value] | list[float]:
    """log(softmax(values)), finite where a number of the softmax is 0 in floats.

    Args:
        values: numbers or Values.

    Returns:
        As many floats or Values: xᵢ - log(exp(x₁) + exp(x₂) + …).

    Examples:
        >>> log_softmax([0.0, 1000.0])
        [-1000.0, 0.0]
    """

@overload
def logaddexp(a: Value, b: Value | RealNumber) -> Value: ...

@overload
def logaddexp(a: Value | RealNumber, b: Value) -> Value: ...

@overload
def logaddexp(a: RealNumber, b: RealNumber) -> float:
    """log(exp(a) + exp(b)), without overflow.

    Args:
        a: a number or a Value.
        b: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> logaddexp(1000.0, -inf)
        1000.0
    """

@overload
def logsumexp(xs: Iterable[Value], /) -> Value: ...

@overload
def logsumexp(xs: Iterable[RealNumber], /) -> float: ...

@overload
def logsumexp(xs: Iterable[Value | RealNumber], /) -> Value | float: ...

@overload
def logsumexp(first: Value, /, *xs: Value | RealNumber) -> Value: ...

@overload
def logsumexp(first: Value | RealNumber, second: Value, /, *xs: Value | RealNumber) -> Value: ...

@overload
def logsumexp(*xs: RealNumber) -> float: ...

@overload
def logsumexp(*xs: Value | RealNumber) -> Value | float:
    """log(exp(x₁) + exp(x₂) + …), without overflow.

    Args:
        xs: numbers or Values, one by one or as one iterable.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> logsumexp(1000.0, -inf)
        1000.0
    """

@overload
def masked(mask: Value, x: Value | RealNumber) -> Value: ...

@overload
def masked(mask: Value | RealNumber, x: Value) -> Value: ...

@overload
def masked(mask: Condition, x: RealNumber) -> Value | float: ...  # type: ignore[overload-overlap]

@overload
def masked(mask: RealNumber, x: RealNumber) -> float:
    """x where the mask is not 0, else 0, even of nan.

    Args:
        mask: a number or a Value.
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> masked(0.0, nan)
        0.0
    """

@overload
def maximum(xs: Iterable[Value], /) -> Value: ...

@overload
def maximum(xs: Iterable[RealNumber], /) -> float: ...

@overload
def maximum(xs: Iterable[Value | RealNumber], /) -> Value | float: ...

@overload
def maximum(first: Value, /, *xs: Value | RealNumber) -> Value: ...

@overload
def maximum(first: Value | RealNumber, second: Value, /, *xs: Value | RealNumber) -> Value: ...

@overload
def maximum(*xs: RealNumber) -> float: ...

@overload
def maximum(*xs: Value | RealNumber) -> Value | float:
    """the largest; a tie shares the gradient.

    Args:
        xs: numbers or Values, one by one or as one iterable.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> maximum(1.0, 3.0, 2.0)
        3.0
    """

@overload
def mean(xs: Iterable[Value], /) -> Value: ...

@overload
def mean(xs: Iterable[RealNumber], /) -> float: ...

@overload
def mean(xs: Iterable[Value | RealNumber], /) -> Value | float: ...

@overload
def mean(first: Value, /, *xs: Value | RealNumber) -> Value: ...

@overload
def mean(first: Value | RealNumber, second: Value, /, *xs: Value | RealNumber) -> Value: ...

@overload
def mean(*xs: RealNumber) -> float: ...

@overload
def mean(*xs: Value | RealNumber) -> Value | float:
    """their sum divided by their number.

    Args:
        xs: numbers or Values, one by one or as one iterable.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> mean([1.0, 2.0, 3.0])
        2.0
    """

@overload
def minimum(xs: Iterable[Value], /) -> Value: ...

@overload
def minimum(xs: Iterable[RealNumber], /) -> float: ...

@overload
def minimum(xs: Iterable[Value | RealNumber], /) -> Value | float: ...

@overload
def minimum(first: Value, /, *xs: Value | RealNumber) -> Value: ...

@overload
def minimum(first: Value | RealNumber, second: Value, /, *xs: Value | RealNumber) -> Value: ...

@overload
def minimum(*xs: RealNumber) -> float: ...

@overload
def minimum(*xs: Value | RealNumber) -> Value | float:
    """the smallest; a tie shares the gradient.

    Args:
        xs: numbers or Values, one by one or as one iterable.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> minimum(1.0, 3.0, 2.0)
        1.0
    """

@overload
def mul(a: Value, b: Value | RealNumber) -> Value: ...

@overload
def mul(a: Value | RealNumber, b: Value) -> Value: ...

@overload
def mul(a: RealNumber, b: RealNumber) -> float:
    """a · b.

    Args:
        a: a number or a Value.
        b: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> mul(3.0, 2.0)
        6.0
    """

@overload
def neg(x: Value) -> Value: ...

@overload
def neg(x: RealNumber) -> float:
    """-x.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> neg(2.0)
        -2.0
    """

@overload
def nonnegative(x: Value) -> Value: ...

@overload
def nonnegative(x: RealNumber) -> float:
    """x itself: the domain in a logarithm's derivative.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.
        Its value is nan outside of: x ≥ 0.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> nonnegative(-2.0)
        nan
    """

@overload
def norm(xs: Iterable[Value], /) -> Value: ...

@overload
def norm(xs: Iterable[RealNumber], /) -> float: ...

@overload
def norm(xs: Iterable[Value | RealNumber], /) -> Value | float: ...

@overload
def norm(first: Value, /, *xs: Value | RealNumber) -> Value: ...

@overload
def norm(first: Value | RealNumber, second: Value, /, *xs: Value | RealNumber) -> Value: ...

@overload
def norm(*xs: RealNumber) -> float: ...

@overload
def norm(*xs: Value | RealNumber) -> Value | float:
    """√(x₁² + x₂² + …), with derivative 0 where all are 0.

    Args:
        xs: numbers or Values, one by one or as one iterable.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> norm(2.0, 3.0, 6.0)
        7.0
    """

@overload
def one_minus_squared(x: Value) -> Value: ...

@overload
def one_minus_squared(x: RealNumber) -> float:
    """1 - x², exact near ±1.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> one_minus_squared(0.5)
        0.75
    """

@overload
def pow(a: Value, b: Value | RealNumber) -> Value: ...

@overload
def pow(a: Value | RealNumber, b: Value) -> Value: ...

@overload
def pow(a: RealNumber, b: RealNumber) -> float:
    """a to the power of b.

    Args:
        a: a number or a Value.
        b: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.
        Its value is nan outside of: a ≥ 0, or a whole b (cbrt gives the real cube root).

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> pow(2.0, 10.0)
        1024.0
    """

@overload
def refined(x: Value, part: Value | RealNumber) -> Value: ...

@overload
def refined(x: Value | RealNumber, part: Value) -> Value: ...

@overload
def refined(x: RealNumber, part: RealNumber) -> float:
    """x + x · part, for a part that is but a rounding of x.

    Args:
        x: a number or a Value.
        part: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> refined(2.0, 0.0)
        2.0
    """

@overload
def relu(x: Value) -> Value: ...

@overload
def relu(x: RealNumber) -> float:
    """x for x > 0, else 0, with derivative 0 at 0.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> relu(-2.0)
        0.0
    """

@overload
def sech_squared(x: Value) -> Value: ...

@overload
def sech_squared(x: RealNumber) -> float:
    """1 / cosh(x)² = 1 - tanh(x)², exact in the tails.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> sech_squared(0.0)
        1.0
    """

@overload
def share(xs: Iterable[Value], /) -> Value: ...

@overload
def share(xs: Iterable[RealNumber], /) -> float: ...

@overload
def share(xs: Iterable[Value | RealNumber], /) -> Value | float: ...

@overload
def share(first: Value, /, *xs: Value | RealNumber) -> Value: ...

@overload
def share(first: Value | RealNumber, second: Value, /, *xs: Value | RealNumber) -> Value: ...

@overload
def share(*xs: RealNumber) -> float: ...

@overload
def share(*xs: Value | RealNumber) -> Value | float:
    """exp(x₁) / (exp(x₁) + exp(x₂) + …), one number of a softmax.

    Args:
        xs: numbers or Values, one by one or as one iterable.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> share(0.0, 0.0)
        0.5
    """

@overload
def sigmoid(x: Value) -> Value: ...

@overload
def sigmoid(x: RealNumber) -> float:
    """1 / (1 + exp(-x)), exact in both tails.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> sigmoid(0.0)
        0.5
    """

@overload
def sigmoid_slope(x: Value) -> Value: ...

@overload
def sigmoid_slope(x: RealNumber) -> float:
    """sigmoid(x) · (1 - sigmoid(x)), exact in both tails.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> sigmoid_slope(0.0)
        0.25
    """

@overload
def sign(x: Value) -> Value: ...

@overload
def sign(x: RealNumber) -> float:
    """-1, 0 or 1.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> sign(-2.0)
        -1.0
    """

@overload
def silu(x: Value) -> Value: ...

@overload
def silu(x: RealNumber) -> float:
    """x · sigmoid(x), also called swish; Elfwing and others 2017.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> silu(0.0)
        0.0
    """

@overload
def sin(x: Value) -> Value: ...

@overload
def sin(x: RealNumber) -> float:
    """sine.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.
        Its value is nan outside of: finite x.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> sin(0.0)
        0.0
    """

@overload
def sinh(x: Value) -> Value: ...

@overload
def sinh(x: RealNumber) -> float:
    """(exp(x) - exp(-x)) / 2.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> sinh(0.0)
        0.0
    """

@overload
def softmax(values: Iterable[Value]) -> list[Value]: ...

@overload
def softmax(values: Iterable[RealNumber]) -> list[float]: ...

@overload
def softmax(values: Iterable[Value | RealNumber]) -> list[Value] | list[float]:
    """exp(xᵢ) / (exp(x₁) + exp(x₂) + …) for each value, without overflow.

    Args:
        values: numbers or Values.

    Returns:
        As many floats or Values; they sum up to 1.

    Raises:
        ValueError: there are no values.

    Examples:
        >>> [round(p, 3) for p in softmax([0.0, 1.0, 2.0])]
        [0.09, 0.245, 0.665]
    """

@overload
def softplus(x: Value) -> Value: ...

@overload
def softplus(x: RealNumber) -> float:
    """log(1 + exp(x)), without overflow.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> softplus(1000.0)
        1000.0
    """

@overload
def sqrt(x: Value) -> Value: ...

@overload
def sqrt(x: RealNumber) -> float:
    """the square root.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.
        Its value is nan outside of: x ≥ 0.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> sqrt(9.0)
        3.0
    """

@overload
def squared(x: Value) -> Value: ...

@overload
def squared(x: RealNumber) -> float:
    """x².

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> squared(3.0)
        9.0
    """

@overload
def step(x: Value) -> Value: ...

@overload
def step(x: RealNumber) -> float:
    """1 for x > 0, else 0: Heaviside's step.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> step(0.0)
        0.0
    """

@overload
def stop_gradient(x: Value) -> Value: ...

@overload
def stop_gradient(x: RealNumber) -> float:
    """x itself, as if it were a constant.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> stop_gradient(2.0)
        2.0
    """

@overload
def sub(a: Value, b: Value | RealNumber) -> Value: ...

@overload
def sub(a: Value | RealNumber, b: Value) -> Value: ...

@overload
def sub(a: RealNumber, b: RealNumber) -> float:
    """a - b.

    Args:
        a: a number or a Value.
        b: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> sub(1.0, 2.0)
        -1.0
    """

@overload
def sum(xs: Iterable[Value], /) -> Value: ...

@overload
def sum(xs: Iterable[RealNumber], /) -> float: ...

@overload
def sum(xs: Iterable[Value | RealNumber], /) -> Value | float: ...

@overload
def sum(first: Value, /, *xs: Value | RealNumber) -> Value: ...

@overload
def sum(first: Value | RealNumber, second: Value, /, *xs: Value | RealNumber) -> Value: ...

@overload
def sum(*xs: RealNumber) -> float: ...

@overload
def sum(*xs: Value | RealNumber) -> Value | float:
    """x₁ + x₂ + …, from left to right; 0 of none.

    Args:
        xs: numbers or Values, one by one or as one iterable.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> sum(1.0, 2.0, 3.0)
        6.0
    """

@overload
def surprise(xs: Iterable[Value], /) -> Value: ...

@overload
def surprise(xs: Iterable[RealNumber], /) -> float: ...

@overload
def surprise(xs: Iterable[Value | RealNumber], /) -> Value | float: ...

@overload
def surprise(first: Value, /, *xs: Value | RealNumber) -> Value: ...

@overload
def surprise(first: Value | RealNumber, second: Value, /, *xs: Value | RealNumber) -> Value: ...

@overload
def surprise(*xs: RealNumber) -> float: ...

@overload
def surprise(*xs: Value | RealNumber) -> Value | float:
    """-log(share(x₁, x₂, …)), what cross-entropy takes of a class.

    Args:
        xs: numbers or Values, one by one or as one iterable.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> surprise(5.0)
        0.0
    """

@overload
def tan(x: Value) -> Value: ...

@overload
def tan(x: RealNumber) -> float:
    """tangent.

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.
        Its value is nan outside of: finite x.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> tan(0.0)
        0.0
    """

@overload
def tanh(x: Value) -> Value: ...

@overload
def tanh(x: RealNumber) -> float:
    """sinh(x) / cosh(x), with derivative 1 - tanh(x)².

    Args:
        x: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> tanh(0.0)
        0.0
    """

@overload
def where(condition: Value, a: Value | RealNumber, b: Value | RealNumber) -> Value: ...

@overload
def where(condition: Value | RealNumber, a: Value, b: Value | RealNumber) -> Value: ...

@overload
def where(condition: Value | RealNumber, a: Value | RealNumber, b: Value) -> Value: ...

@overload
def where(condition: Condition, a: RealNumber, b: RealNumber) -> Value | float: ...  # type: ignore[overload-overlap]

@overload
def where(condition: RealNumber, a: RealNumber, b: RealNumber) -> float:
    """a if the condition holds, else b; nothing flows back along the other one.

    Args:
        condition: a number or a Value.
        a: a number or a Value.
        b: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> where(2.0 > 1.0, 5.0, 7.0)
        5.0
    """

@overload
def xlogy(a: Value, b: Value | RealNumber) -> Value: ...

@overload
def xlogy(a: Value | RealNumber, b: Value) -> Value: ...

@overload
def xlogy(a: RealNumber, b: RealNumber) -> float:
    """a · log(b), and 0 for a = 0.

    Args:
        a: a number or a Value.
        b: a number or a Value.

    Returns:
        A float for numbers; a Value if one of them is a Value.
        Its value is nan outside of: b ≥ 0, or a = 0.

    Raises:
        TypeError: an argument isn't a real number.

    Examples:
        >>> xlogy(0.0, 0.0)
        0.0
    """
