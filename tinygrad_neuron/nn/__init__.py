"""Neurons, layers and small networks of Values, losses, and optimisers."""

from .losses import (
    absolute_error,
    binary_cross_entropy,
    cross_entropy,
    half_squared_error,
    hinge,
    huber,
    mean_squared_error,
)
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

__all__ = [
    "MLP",
    "SGD",
    "Adam",
    "AdamW",
    "Layer",
    "Module",
    "Neuron",
    "Optimiser",
    "RMSProp",
    "absolute_error",
    "binary_cross_entropy",
    "clip_gradients",
    "cosine_decay",
    "cross_entropy",
    "exponential_decay",
    "half_squared_error",
    "hinge",
    "huber",
    "mean_squared_error",
    "step_decay",
]
