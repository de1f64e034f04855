"""Neurons, layers and small networks of Values; losses, optimisers, training, and plots of it."""

from .checkpoint import CheckpointError
from .data import DataError, Rows, rows
from .fit import fit
from .formula import Formula
from .history import History
from .initialisation import he, uniform, xavier
from .losses import (
    absolute_error,
    binary_cross_entropy,
    cross_entropy,
    half_squared_error,
    hinge,
    huber,
    mean_squared_error,
)
from .model_file import ModelFileError, load_model, save_model
from .module import MLP, Layer, Module, Neuron
from .optimisers import (
    SGD,
    Adam,
    AdamW,
    Optimiser,
    RMSProp,
    clip_gradients,
    cosine_decay,
    exponential_decay,
    step_decay,
)
from .plots import (
    PlotsMissingError,
    activation_curve,
    animate,
    decision_boundary,
    error_curve,
    gradient_curves,
    loss_curve,
    loss_surface,
    parameter_curves,
    prediction_line,
    save_figure,
)
from .samples import circles, moons, wave, xor

__all__ = [
    "MLP",
    "SGD",
    "Adam",
    "AdamW",
    "CheckpointError",
    "DataError",
    "Formula",
    "History",
    "Layer",
    "ModelFileError",
    "Module",
    "Neuron",
    "Optimiser",
    "PlotsMissingError",
    "RMSProp",
    "Rows",
    "absolute_error",
    "activation_curve",
    "animate",
    "binary_cross_entropy",
    "circles",
    "clip_gradients",
    "cosine_decay",
    "cross_entropy",
    "decision_boundary",
    "error_curve",
    "exponential_decay",
    "fit",
    "gradient_curves",
    "half_squared_error",
    "he",
    "hinge",
    "huber",
    "load_model",
    "loss_curve",
    "loss_surface",
    "mean_squared_error",
    "moons",
    "parameter_curves",
    "prediction_line",
    "rows",
    "save_figure",
    "save_model",
    "step_decay",
    "uniform",
    "wave",
    "xavier",
    "xor",
]
