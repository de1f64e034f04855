"""Neurons, layers and small networks of Values; losses, optimizers, training, and plots of it.

Written by docs/stubs/make.py; a test compares it with what that writes.
"""

from tinygrad_neuron.nn.checkpoint import CheckpointError as CheckpointError
from tinygrad_neuron.nn.data import DataError as DataError
from tinygrad_neuron.nn.data import Rows as Rows
from tinygrad_neuron.nn.data import rows as rows
from tinygrad_neuron.nn.fitting import fit as fit
from tinygrad_neuron.nn.formula import Formula as Formula
from tinygrad_neuron.nn.history import History as History
from tinygrad_neuron.nn.initialization import he as he
from tinygrad_neuron.nn.initialization import uniform as uniform
from tinygrad_neuron.nn.initialization import xavier as xavier
from tinygrad_neuron.nn.losses import absolute_error as absolute_error
from tinygrad_neuron.nn.losses import binary_cross_entropy as binary_cross_entropy
from tinygrad_neuron.nn.losses import cross_entropy as cross_entropy
from tinygrad_neuron.nn.losses import half_squared_error as half_squared_error
from tinygrad_neuron.nn.losses import hinge as hinge
from tinygrad_neuron.nn.losses import huber as huber
from tinygrad_neuron.nn.losses import mean_squared_error as mean_squared_error
from tinygrad_neuron.nn.model_file import ModelFileError as ModelFileError
from tinygrad_neuron.nn.model_file import load_model as load_model
from tinygrad_neuron.nn.model_file import save_model as save_model
from tinygrad_neuron.nn.module import MLP as MLP
from tinygrad_neuron.nn.module import Layer as Layer
from tinygrad_neuron.nn.module import Module as Module
from tinygrad_neuron.nn.module import Neuron as Neuron
from tinygrad_neuron.nn.optimizers import SGD as SGD
from tinygrad_neuron.nn.optimizers import Adam as Adam
from tinygrad_neuron.nn.optimizers import AdamW as AdamW
from tinygrad_neuron.nn.optimizers import Optimizer as Optimizer
from tinygrad_neuron.nn.optimizers import RMSProp as RMSProp
from tinygrad_neuron.nn.optimizers import clip_gradients as clip_gradients
from tinygrad_neuron.nn.optimizers import cosine_decay as cosine_decay
from tinygrad_neuron.nn.optimizers import exponential_decay as exponential_decay
from tinygrad_neuron.nn.optimizers import step_decay as step_decay
from tinygrad_neuron.nn.plots import PlotsMissingError as PlotsMissingError
from tinygrad_neuron.nn.plots import activation_curve as activation_curve
from tinygrad_neuron.nn.plots import animate as animate
from tinygrad_neuron.nn.plots import decision_boundary as decision_boundary
from tinygrad_neuron.nn.plots import error_curve as error_curve
from tinygrad_neuron.nn.plots import gradient_curves as gradient_curves
from tinygrad_neuron.nn.plots import loss_curve as loss_curve
from tinygrad_neuron.nn.plots import loss_surface as loss_surface
from tinygrad_neuron.nn.plots import parameter_curves as parameter_curves
from tinygrad_neuron.nn.plots import prediction_line as prediction_line
from tinygrad_neuron.nn.plots import save_figure as save_figure
from tinygrad_neuron.nn.samples import circles as circles
from tinygrad_neuron.nn.samples import moons as moons
from tinygrad_neuron.nn.samples import wave as wave
from tinygrad_neuron.nn.samples import xor as xor

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
