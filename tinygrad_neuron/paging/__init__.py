"""Interactive pages: a graph to step through, to change and to differentiate by hand, in one file."""

from ..registry import lazy_names as _lazy_names

_NAMES = {
    "document": "Page page",
    "lessons": "Lesson LessonError lesson",
    "live": "widget",
}  # where the public names live
__all__, __getattr__, __dir__ = _lazy_names(__name__, _NAMES)
