"""Build an expression, see its backpropagation graph, and trust its gradients.

Written by docs/stubs/make.py; a test compares it with what that writes.
"""

from . import checking as checking
from . import compiling as compiling
from . import drawing as drawing
from . import formulas as formulas
from . import micrograd as micrograd
from . import nn as nn
from . import ops as ops
from . import paging as paging
from . import testing as testing
from .checking import assert_gradients as assert_gradients
from .checking import check as check
from .checking import check_function as check_function
from .checking import explain as explain
from .checking import numerical_gradient as numerical_gradient
from .checking import training_sheet as training_sheet
from .checking import worksheet as worksheet
from .compiling import LoopError as LoopError
from .compiling import NativeMissingError as NativeMissingError
from .compiling import compile as compile
from .drawing import RendererMissingError as RendererMissingError
from .drawing import draw as draw
from .drawing import frames as frames
from .files import GraphFileError as GraphFileError
from .files import dumps as dumps
from .files import load as load
from .files import loads as loads
from .files import save as save
from .formulas import ExpressionError as ExpressionError
from .formulas import SpellingError as SpellingError
from .formulas import derive as derive
from .formulas import export as export
from .formulas import parse as parse
from .graph import StaleGraphError as StaleGraphError
from .graph import first_non_finite as first_non_finite
from .graph import grad as grad
from .graph import gradient as gradient
from .graph import hessian as hessian
from .graph import is_stale as is_stale
from .graph import jacobian as jacobian
from .graph import jvp as jvp
from .graph import kinks as kinks
from .graph import replay as replay
from .graph import value_and_grad as value_and_grad
from .nn import CheckpointError as CheckpointError
from .nn import DataError as DataError
from .nn import ModelFileError as ModelFileError
from .nn import PlotsMissingError as PlotsMissingError
from .ops import abs as abs
from .ops import acos as acos
from .ops import acosh as acosh
from .ops import add as add
from .ops import asin as asin
from .ops import asinh as asinh
from .ops import atan as atan
from .ops import atan2 as atan2
from .ops import atanh as atanh
from .ops import cbrt as cbrt
from .ops import cbrt_slope as cbrt_slope
from .ops import clip as clip
from .ops import cos as cos
from .ops import cosh as cosh
from .ops import div as div
from .ops import dot as dot
from .ops import elu as elu
from .ops import equal as equal
from .ops import erf as erf
from .ops import erfc as erfc
from .ops import exp as exp
from .ops import exp2 as exp2
from .ops import exp_difference as exp_difference
from .ops import expm1 as expm1
from .ops import floor as floor
from .ops import gaussian as gaussian
from .ops import gelu as gelu
from .ops import gelu_slope as gelu_slope
from .ops import hypot as hypot
from .ops import identity as identity
from .ops import leaky_relu as leaky_relu
from .ops import less as less
from .ops import less_equal as less_equal
from .ops import log as log
from .ops import log10 as log10
from .ops import log1p as log1p
from .ops import log2 as log2
from .ops import logsumexp as logsumexp
from .ops import masked as masked
from .ops import maximum as maximum
from .ops import mean as mean
from .ops import minimum as minimum
from .ops import mul as mul
from .ops import neg as neg
from .ops import nonnegative as nonnegative
from .ops import one_minus_squared as one_minus_squared
from .ops import pow as pow
from .ops import refined as refined
from .ops import relu as relu
from .ops import sech_squared as sech_squared
from .ops import share as share
from .ops import sigmoid as sigmoid
from .ops import sigmoid_slope as sigmoid_slope
from .ops import sign as sign
from .ops import silu as silu
from .ops import sin as sin
from .ops import sinh as sinh
from .ops import softmax as softmax
from .ops import softplus as softplus
from .ops import sqrt as sqrt
from .ops import squared as squared
from .ops import step as step
from .ops import stop_gradient as stop_gradient
from .ops import sub as sub
from .ops import sum as sum
from .ops import surprise as surprise
from .ops import tan as tan
from .ops import tanh as tanh
from .ops import where as where
from .paging import page as page
from .primitives import MissingRuleError as MissingRuleError
from .primitives import primitive as primitive
from .recording import keep_sources as keep_sources
from .recording import no_grad as no_grad
from .recording import scope as scope
from .value import Value as Value
from .value import topological_order as topological_order
from .value import variables as variables

__all__ = [
    "assert_gradients",
    "check",
    "check_function",
    "explain",
    "numerical_gradient",
    "training_sheet",
    "worksheet",
    "LoopError",
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
    "SpellingError",
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
