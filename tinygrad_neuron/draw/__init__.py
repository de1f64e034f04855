"""Pictures of a graph: values, gradients and the local derivatives between them."""

from .picture import Picture, draw
from .render import RendererMissingError

__all__ = ["Picture", "RendererMissingError", "draw"]
