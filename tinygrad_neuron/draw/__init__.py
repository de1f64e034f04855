"""Pictures of a graph: values, gradients and the local derivatives between them."""

from .animation import Frames, frames
from .fold import MAX_NODES
from .picture import DETAILS, STYLES, Picture, draw, notebook_bundle
from .render import RendererMissingError

__all__ = [
    "DETAILS",
    "MAX_NODES",
    "STYLES",
    "Frames",
    "Picture",
    "RendererMissingError",
    "draw",
    "frames",
    "notebook_bundle",
]
