"""Programs for PyTorch, JAX and SymPy: they are run, and assert the same numbers."""

from __future__ import annotations

import pytest
from formulas.scripts import ran_all_functions, ran_articles_neuron, ran_network

LIBRARIES = ("torch", "jax", "sympy")


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_articles_neuron(library, tmp_path):
    pytest.importorskip(library)
    ran_articles_neuron(library, tmp_path)


@pytest.mark.parametrize("library", LIBRARIES)
def test_all_functions(library, tmp_path):
    pytest.importorskip(library)
    ran_all_functions(library, tmp_path)


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_a_network(library, tmp_path):
    pytest.importorskip(library)
    ran_network(library, tmp_path)
