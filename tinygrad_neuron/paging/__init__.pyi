"""Interactive pages: a graph to step through, to change and to differentiate by hand, in one file.

Written by docs/stubs/make.py; a test compares it with what that writes.
"""

from tinygrad_neuron.paging.document import Page as Page
from tinygrad_neuron.paging.document import page as page
from tinygrad_neuron.paging.lessons import Lesson as Lesson
from tinygrad_neuron.paging.lessons import LessonError as LessonError
from tinygrad_neuron.paging.lessons import lesson as lesson
from tinygrad_neuron.paging.live import widget as widget

__all__ = [
    "Page",
    "page",
    "Lesson",
    "LessonError",
    "lesson",
    "widget",
]
