"""Pictures of a graph: values, gradients and the partials between them.

Written by docs/stubs/make.py; a test compares it with what that writes.
"""

from .animation import Frames as Frames
from .animation import frames as frames
from .picture import Picture as Picture
from .picture import draw as draw
from .render import RendererMissingError as RendererMissingError

__all__ = [
    "Frames",
    "frames",
    "Picture",
    "draw",
    "RendererMissingError",
]
