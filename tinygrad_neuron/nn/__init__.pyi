"""Neurons, layers and small networks of Values; losses, optimizers, training, and plots of it.

Written by docs/stubs/make.py; a test compares it with what that writes.
"""

from .checkpoint import CheckpointError as CheckpointError
from .data import DataError as DataError
from .data import Rows as Rows
from .data import rows as rows
from .fitting import fit as fit
from .formula import Formula as Formula
from .history import History as History
from .initialization import he as he
from .initialization import uniform as uniform
from .initialization import xavier as xavier
from .losses import absolute_error as absolute_error
from .losses import binary_cross_entropy as binary_cross_entropy
from .losses import cross_entropy as cross_entropy
from .losses import half_squared_error as half_squared_error
from .losses import hinge as hinge
from .losses import huber as huber
from .losses import mean_squared_error as mean_squared_error
from .model_file import ModelFileError as ModelFileError
from .model_file import load_model as load_model
from .model_file import save_model as save_model
from .module import MLP as MLP
from .module import Layer as Layer
from .module import Module as Module
from .module import Neuron as Neuron
from .optimizers import SGD as SGD
from .optimizers import Adam as Adam
from .optimizers import AdamW as AdamW
from .optimizers import Optimizer as Optimizer
from .optimizers import RMSProp as RMSProp
from .optimizers import clip_gradients as clip_gradients
from .optimizers import cosine_decay as cosine_decay
from .optimizers import exponential_decay as exponential_decay
from .optimizers import step_decay as step_decay
from .plots import PlotsMissingError as PlotsMissingError
from .plots import activation_curve as activation_curve
from .plots import animate as animate
from .plots import decision_boundary as decision_boundary
from .plots import error_curve as error_curve
from .plots import gradient_curves as gradient_curves
from .plots import loss_curve as loss_curve
from .plots import loss_surface as loss_surface
from .plots import parameter_curves as parameter_curves
from .plots import prediction_line as prediction_line
from .plots import save_figure as save_figure
from .samples import circles as circles
from .samples import moons as moons
from .samples import wave as wave
from .samples import xor as xor

__all__ = [
    "CheckpointError",
    "DataError",
    "Rows",
    "rows",
    "fit",
    "Formula",
    "History",
    "he",
    "uniform",
    "xavier",
    "absolute_error",
    "binary_cross_entropy",
    "cross_entropy",
    "half_squared_error",
    "hinge",
    "huber",
    "mean_squared_error",
    "ModelFileError",
    "load_model",
    "save_model",
    "MLP",
    "Layer",
    "Module",
    "Neuron",
    "SGD",
    "Adam",
    "AdamW",
    "Optimizer",
    "RMSProp",
    "clip_gradients",
    "cosine_decay",
    "exponential_decay",
    "step_decay",
    "PlotsMissingError",
    "activation_curve",
    "animate",
    "decision_boundary",
    "error_curve",
    "gradient_curves",
    "loss_curve",
    "loss_surface",
    "parameter_curves",
    "prediction_line",
    "save_figure",
    "circles",
    "moons",
    "wave",
    "xor",
]
