from __future__ import annotations

import pytest
from hypothesis import settings

from tinygrad_neuron.ops import FUNCTIONS, PRIMITIVES  # the table is filled

settings.register_profile("project", deadline=None, print_blob=True, derandomize=True)
settings.register_profile("nightly", settings.get_profile("project"), derandomize=False, max_examples=3000)
settings.load_profile("project")


@pytest.fixture(autouse=True)
def primitives_end_with_their_test():
    """What a test adds to the table is gone after it: pages and references show the table."""
    before = [(table, set(table)) for table in (PRIMITIVES, FUNCTIONS)]
    yield
    for table, names in before:
        for name in table.keys() - names:
            del table[name]
