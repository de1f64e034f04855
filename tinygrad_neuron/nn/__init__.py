"""Neurons, layers and small networks of Values, each in a scope of its own."""

from .module import MLP, Layer, Module, Neuron

__all__ = ["MLP", "Layer", "Module", "Neuron"]
