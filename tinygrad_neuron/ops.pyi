"""The primitives: all mathematics of the package, written once.

Written by docs/stubs/make.py; a test compares it with what that writes.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .primitives import Primitive

if TYPE_CHECKING:  # read after the heart
    from tinygrad_neuron import add as add
    from tinygrad_neuron import sub as sub
    from tinygrad_neuron import mul as mul
    from tinygrad_neuron import div as div
    from tinygrad_neuron import pow as pow
    from tinygrad_neuron import neg as neg
    from tinygrad_neuron import squared as squared
    from tinygrad_neuron import identity as identity
    from tinygrad_neuron import less as less
    from tinygrad_neuron import where as where
    from tinygrad_neuron import less_equal as less_equal
    from tinygrad_neuron import equal as equal
    from tinygrad_neuron import step as step
    from tinygrad_neuron import masked as masked
    from tinygrad_neuron import nonnegative as nonnegative
    from tinygrad_neuron import abs as abs
    from tinygrad_neuron import sign as sign
    from tinygrad_neuron import floor as floor
    from tinygrad_neuron import clip as clip
    from tinygrad_neuron import maximum as maximum
    from tinygrad_neuron import minimum as minimum
    from tinygrad_neuron import exp as exp
    from tinygrad_neuron import expm1 as expm1
    from tinygrad_neuron import exp2 as exp2
    from tinygrad_neuron import log as log
    from tinygrad_neuron import log1p as log1p
    from tinygrad_neuron import log2 as log2
    from tinygrad_neuron import log10 as log10
    from tinygrad_neuron import xlogy as xlogy
    from tinygrad_neuron import sqrt as sqrt
    from tinygrad_neuron import cbrt as cbrt
    from tinygrad_neuron import sin as sin
    from tinygrad_neuron import cos as cos
    from tinygrad_neuron import tan as tan
    from tinygrad_neuron import asin as asin
    from tinygrad_neuron import acos as acos
    from tinygrad_neuron import atan as atan
    from tinygrad_neuron import atan2 as atan2
    from tinygrad_neuron import hypot as hypot
    from tinygrad_neuron import sinh as sinh
    from tinygrad_neuron import cosh as cosh
    from tinygrad_neuron import tanh as tanh
    from tinygrad_neuron import sech_squared as sech_squared
    from tinygrad_neuron import asinh as asinh
    from tinygrad_neuron import acosh as acosh
    from tinygrad_neuron import atanh as atanh
    from tinygrad_neuron import erf as erf
    from tinygrad_neuron import erfc as erfc
    from tinygrad_neuron import one_minus_squared as one_minus_squared
    from tinygrad_neuron import cbrt_slope as cbrt_slope
    from tinygrad_neuron import sigmoid_slope as sigmoid_slope
    from tinygrad_neuron import gaussian as gaussian
    from tinygrad_neuron import stop_gradient as stop_gradient
    from tinygrad_neuron import refined as refined
    from tinygrad_neuron import exp_difference as exp_difference
    from tinygrad_neuron import relu as relu
    from tinygrad_neuron import leaky_relu as leaky_relu
    from tinygrad_neuron import elu as elu
    from tinygrad_neuron import sigmoid as sigmoid
    from tinygrad_neuron import softplus as softplus
    from tinygrad_neuron import log_sigmoid as log_sigmoid
    from tinygrad_neuron import silu as silu
    from tinygrad_neuron import gelu as gelu
    from tinygrad_neuron import gelu_slope as gelu_slope
    from tinygrad_neuron import sum as sum
    from tinygrad_neuron import mean as mean
    from tinygrad_neuron import logsumexp as logsumexp
    from tinygrad_neuron import share as share
    from tinygrad_neuron import surprise as surprise
    from tinygrad_neuron import logaddexp as logaddexp
    from tinygrad_neuron import entropy as entropy
    from tinygrad_neuron import norm as norm
    from tinygrad_neuron import dot as dot
    from tinygrad_neuron import softmax as softmax
    from tinygrad_neuron import log_softmax as log_softmax

FUNCTIONS: dict[str, Callable[..., Any]]
LARGEST: float
NAMES: tuple[str, ...]
PRIMITIVES: dict[str, Primitive]
__all__ = [
    "add",
    "sub",
    "mul",
    "div",
    "neg",
    "squared",
    "identity",
    "less",
    "where",
    "less_equal",
    "equal",
    "step",
    "masked",
    "nonnegative",
    "sign",
    "floor",
    "clip",
    "maximum",
    "minimum",
    "exp",
    "expm1",
    "exp2",
    "log",
    "log1p",
    "log2",
    "log10",
    "xlogy",
    "sqrt",
    "cbrt",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "atan2",
    "hypot",
    "sinh",
    "cosh",
    "tanh",
    "sech_squared",
    "asinh",
    "acosh",
    "atanh",
    "erf",
    "erfc",
    "one_minus_squared",
    "cbrt_slope",
    "sigmoid_slope",
    "gaussian",
    "stop_gradient",
    "refined",
    "exp_difference",
    "relu",
    "leaky_relu",
    "elu",
    "sigmoid",
    "softplus",
    "log_sigmoid",
    "silu",
    "gelu",
    "gelu_slope",
    "mean",
    "logsumexp",
    "share",
    "surprise",
    "logaddexp",
    "entropy",
    "norm",
    "dot",
    "softmax",
    "log_softmax",
]
