"""Neurons, layers and small networks of Values; losses, optimizers, training, and plots of it.

Written by docs/stubs/make.py; a test compares it with what that writes.
"""

from tinygrad_neuron.nn.checkpoint import CheckpointError as CheckpointError
from tinygrad_neuron.nn.data import DataError as DataError
from tinygrad_neuron.nn.data import Samples as Samples
from tinygrad_neuron.nn.data import read_samples as read_samples
from tinygrad_neuron.nn.divergence import Divergence as Divergence
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
from tinygrad_neuron.nn.plots import plot_activation as plot_activation
from tinygrad_neuron.nn.plots import animate as animate
from tinygrad_neuron.nn.plots import plot_decision_boundary as plot_decision_boundary
from tinygrad_neuron.nn.plots import plot_error as plot_error
from tinygrad_neuron.nn.plots import plot_gradients as plot_gradients
from tinygrad_neuron.nn.plots import plot_loss as plot_loss
from tinygrad_neuron.nn.plots import plot_loss_surface as plot_loss_surface
from tinygrad_neuron.nn.plots import plot_parameters as plot_parameters
from tinygrad_neuron.nn.plots import plot_predictions as plot_predictions
from tinygrad_neuron.nn.plots import save_figure as save_figure
from tinygrad_neuron.nn.diagnosis import Diagnosis as Diagnosis
from tinygrad_neuron.nn.samples import make_circles as make_circles
from tinygrad_neuron.nn.samples import make_moons as make_moons
from tinygrad_neuron.nn.samples import make_wave as make_wave
from tinygrad_neuron.nn.samples import make_xor as make_xor

__all__ = [
    "CheckpointError",
    "DataError",
    "Samples",
    "read_samples",
    "Divergence",
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
    "plot_activation",
    "animate",
    "plot_decision_boundary",
    "plot_error",
    "plot_gradients",
    "plot_loss",
    "plot_loss_surface",
    "plot_parameters",
    "plot_predictions",
    "save_figure",
    "Diagnosis",
    "make_circles",
    "make_moons",
    "make_wave",
    "make_xor",
]
