"""What pytest finds by the package's entry point."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def check_gradients() -> Callable[..., None]:
    """`assert_gradients(function, point, hand)`: fails with the table of the check."""
    from ..checking.function import assert_gradients

    return assert_gradients


def pytest_assertrepr_compare(op: str, left: Any, right: Any) -> list[str] | None:
    """Two Values that aren't equal are shown with what they are computed from."""
    heart = sys.modules.get("tinygrad_neuron.value")  # where it isn't loaded, there are no Values
    if op != "==" or heart is None or not (isinstance(left, heart.Value) and isinstance(right, heart.Value)):
        return None
    from ..formulas.formula import formulas
    from ..program import Program

    written = [f"{each!r} = {formulas(Program.of(each))[-1]}".removesuffix(" = ") for each in (left, right)]
    return [f"{written[0]} == {written[1]}", f"they differ by {left.data - right.data:.3g}"]
