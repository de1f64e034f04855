"""What mypyc is to know of a class, where the engine is compiled ahead of time; nothing to anybody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_extensions import mypyc_attr as mypyc_attr  # noqa: PLC0414 (it is passed on)
else:

    def mypyc_attr(**_settings: Any) -> Callable[[type], type]:
        """The class as it is."""
        return lambda kind: kind
