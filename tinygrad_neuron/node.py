"""What a node of a graph holds: nine fields, and nothing that is done with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .primitives import Primitive, Rest

if TYPE_CHECKING:
    from .recording import Tag
    from .value import Value


class Node:
    """The fields of a Value. The first two operands have fields of their own: a binary node takes no tuple."""

    __slots__ = ("_data", "_dleft", "_dright", "_grad", "_left", "_primitive", "_rest", "_right", "_tag")

    _data: float
    _grad: float
    _tag: Tag
    _primitive: Primitive | None  # of a leaf: None, CONSTANT or PARAMETER
    _left: Value | None
    _right: Value | None
    _dleft: float  # partials; nothing reads those of constants
    _dright: float
    _rest: Rest
