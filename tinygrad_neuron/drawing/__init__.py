"""Pictures of a graph: values, gradients and the partials between them."""

from ..registry import lazy_names as _lazy_names

# where the public names live
_NAMES = {
    "animation": "Frames frames",
    "picture": "Picture draw",
    "render": "RendererMissingError",
    "views": "GraphTooLargeError",
}
__all__, __getattr__, __dir__ = _lazy_names(__name__, _NAMES)
