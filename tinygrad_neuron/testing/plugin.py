"""What pytest finds by the package's entry point."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def check_gradients() -> Callable[..., None]:
    """`assert_gradients(function, point, hand)`: fails with the table of the check."""
    from ..check import assert_gradients

    return assert_gradients


def pytest_assertrepr_compare(op: str, left: Any, right: Any) -> list[str] | None:
    """Two Values that aren't equal are shown with what they are computed from."""
    from ..value import Value
    from ..write import formulas

    if op != "==" or not (isinstance(left, Value) and isinstance(right, Value)):
        return None
    written = [f"{each!r}" + (f" = {formulas(each)[each]}" if each.primitive else "") for each in (left, right)]
    return [f"{written[0]} == {written[1]}", f"they differ by {left.data - right.data:.3g}"]
