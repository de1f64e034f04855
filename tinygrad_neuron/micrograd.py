"""For programs written for micrograd: `from tinygrad_neuron.micrograd import Value` in place of its own."""

from __future__ import annotations

from . import value

SYMBOLS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "neg": "-", "pow": "**", "relu": "ReLU"}


class Value(value.Value):
    """A Value with the names that micrograd has for a node's operands and for its operation.

    Examples:
        >>> from tinygrad_neuron import micrograd
        >>> a, b = micrograd.Value(2.0), micrograd.Value(-3.0)
        >>> (a * b)._op, len((a * b)._prev)
        ('*', 2)
    """

    __slots__ = ()

    @property
    def _prev(self) -> tuple[value.Value, ...]:
        """What it was computed from."""
        return self.operands

    @property
    def _op(self) -> str:
        """The operation as micrograd writes it."""
        if self.primitive is None:
            return ""
        if self.primitive.name == "pow" and self.operands[1].is_constant:
            return f"**{self.operands[1].data:g}"
        return SYMBOLS.get(self.primitive.name, self.primitive.name)
