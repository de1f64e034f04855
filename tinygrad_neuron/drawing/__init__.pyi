"""Pictures of a graph: values, gradients and the partials between them.

Written by docs/stubs/make.py; a test compares it with what that writes.
"""

from tinygrad_neuron.drawing.animation import Frames as Frames
from tinygrad_neuron.drawing.animation import frames as frames
from tinygrad_neuron.drawing.picture import Picture as Picture
from tinygrad_neuron.drawing.picture import draw as draw
from tinygrad_neuron.drawing.render import RendererMissingError as RendererMissingError
from tinygrad_neuron.drawing.views import GraphTooLargeError as GraphTooLargeError

__all__ = [
    "Frames",
    "frames",
    "Picture",
    "draw",
    "RendererMissingError",
    "GraphTooLargeError",
]
