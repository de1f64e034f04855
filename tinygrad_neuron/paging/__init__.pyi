"""Interactive pages: a graph to step through, to change and to differentiate by hand, in one file.

Written by docs/stubs/make.py; a test compares it with what that writes.
"""

from tinygrad_neuron.paging.document import Page as Page
from tinygrad_neuron.paging.document import page as page

__all__ = [
    "Page",
    "page",
]
