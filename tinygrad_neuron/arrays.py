"""NumPy's functions on Values: np.tanh(x) is tanh(x), and an array of numbers times a Value an array of Values."""

from __future__ import annotations

import operator
from collections.abc import Callable
from importlib import import_module
from typing import Any

from .primitives import FUNCTIONS

# what NumPy calls otherwise than the table does, and what are operators of Python's
OTHERS = "subtract multiply divide true_divide power float_power negative absolute fabs square fmax fmin"
OURS = "sub mul div div pow pow neg abs abs squared maximum minimum"
SAME = dict(zip(OTHERS.split(), OURS.split(), strict=True))
SIGNS = "less less_equal greater greater_equal equal not_equal remainder mod floor_divide positive"
OPERATORS: dict[str, Callable[..., Any]] = {
    name: getattr(operator, own)
    for name, own in zip(SIGNS.split(), "lt le gt ge eq ne mod mod floordiv pos".split(), strict=True)  # noqa: SIM905
}


def apply_ufunc(_value: Any, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
    """What NumPy's universal function gives for Values: our function, applied to each element.

    Args:
        ufunc: the function.
        method: how it is called; only a plain call has a meaning here.
        inputs: Values, numbers and arrays of them.
        options: further ones aren't known.

    Raises:
        TypeError: there is no such function here.
    """
    np: Any = import_module("numpy")

    name = ufunc.__name__
    function: Any = OPERATORS.get(name) or FUNCTIONS.get(SAME.get(name, name.replace("arc", "a")))
    if function is None or method != "__call__" or options:
        remedy = "use a function of tinygrad_neuron, or .item() for plain numbers"
        raise TypeError(f"np.{name} has no counterpart for Values: {remedy}")
    if not any(isinstance(each, np.ndarray) for each in inputs):
        return function(*(each.item() if isinstance(each, np.generic) else each for each in inputs))
    arrays = [np.asarray(each, dtype=object) for each in inputs]
    return np.frompyfunc(function, len(arrays), 1)(*arrays)
