"""What a node of a graph holds: nine fields, and nothing that is done with them."""

from __future__ import annotations

from typing import Any

from .primitives import Primitive, Rest
from .recording import Tag


class Node:
    """The fields of a Value. The first two operands have fields of their own: a binary node takes no tuple."""

    __slots__ = ("_data", "_dleft", "_dright", "_grad", "_left", "_primitive", "_rest", "_right", "_tag")

    _data: float
    _grad: float
    _tag: Tag
    _primitive: Primitive | None  # of a leaf: None, CONSTANT or PARAMETER
    _left: Any  # a Value, or None where there is no such operand
    _right: Any
    _dleft: float  # partials; nothing reads those of constants
    _dright: float
    _rest: Rest
