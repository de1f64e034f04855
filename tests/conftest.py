from __future__ import annotations

import os

import pytest
from hypothesis import settings

os.environ.setdefault("JAX_PLATFORMS", "cpu")
settings.register_profile("project", deadline=None, print_blob=True, derandomize=True)
settings.load_profile("project")


def pytest_configure(config):
    config.addinivalue_line("markers", "interpreted: of plain Python alone, not of the engine compiled by mypyc")


def pytest_collection_modifyitems(items):
    from tinygrad_neuron.value import COMPILED

    if COMPILED:
        for item in items:
            if item.get_closest_marker("interpreted"):
                item.add_marker(
                    pytest.mark.skip(reason="mypyc checks types itself, keeps no docstrings and has no frames")
                )
