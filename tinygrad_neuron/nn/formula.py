"""A model written as a formula: the names in it are inputs, or parameters to be trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..arguments import list_names, require_known
from ..formulas.expression import Expression
from ..value import Value
from .initialization import make_chance
from .module import Module, Seed, take_inputs


class Formula(Module):
    """A model such as `tanh(w*x + b)`, read by the rules of `parse`.

    Args:
        text: an expression, or several stages `name = expression`.
        inputs: the names that each sample gives, in the order of its columns.
        start: the numbers that parameters begin at; those that aren't given
            are drawn uniformly in ±1. Every name that isn't an input and no
            stage is a parameter.
        seed: where drawn numbers come from: a number or a `random.Random`.

    Raises:
        ExpressionError: the text isn't an expression.
        ValueError: an input or a start isn't in the text, or nothing is left to train.

    Examples:
        >>> neuron = Formula("tanh(w*x + b)", ["x"], {"w": 0.5, "b": 0.0})
        >>> neuron.state_dict(), neuron([0.0]).data
        ({'w': 0.5, 'b': 0.0}, 0.0)
    """

    def __init__(
        self, text: str, inputs: Sequence[str], start: Mapping[str, float] | None = None, *, seed: Seed = None
    ) -> None:
        self._expression = Expression(text, (*inputs, *(start or {})))
        self.text: str = text
        self.inputs: tuple[str, ...] = tuple(inputs)
        self.shape: str = f"{len(inputs)} → 1"
        needed, begin = self._expression.inputs, dict(start or {})
        trained = [name for name in needed if name not in self.inputs]
        if unused := [name for name in self.inputs if name not in needed]:
            raise ValueError(f"the input {unused[0]!r} isn't in {text!r}; the names in it are {list_names(needed)}")
        require_known("parameter", begin, trained, where=f"{text!r}: ")
        if not trained:
            raise ValueError(f"{text!r} has no parameter: each name in it is an input")
        chance = make_chance(seed)
        begin = {name: begin[name] if name in begin else chance.uniform(-1.0, 1.0) for name in trained}
        self.trained: dict[str, Value] = {name: Value(x, label=name, parameter=True) for name, x in begin.items()}
        # what is wrong with the text shows here, not in training
        self._expression({**dict.fromkeys(self.inputs, 1.0), **self.trained})

    recipe: tuple[str, ...] = ("text", "inputs")

    def named_parameters(self) -> dict[str, Value]:
        """The parameters by the names they have in the text."""
        return dict(self.trained)

    def __call__(self, inputs: Any) -> Value:
        """Compute it.

        Args:
            inputs: a number or Value for each input; one may come alone.

        Raises:
            ValueError: there are more or fewer.
        """
        given = zip(self.inputs, take_inputs(repr(self.text), inputs, len(self.inputs)), strict=True)
        values = {name: x if isinstance(x, Value) else Value(x, label=name, constant=True) for name, x in given}
        end: Value = self._expression({**values, **self.trained})
        return end

    def __repr__(self) -> str:
        return f"Formula({self.text!r}, {list(self.inputs)})"
