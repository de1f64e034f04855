"""NumPy beside Values: arrays of them, and NumPy's functions, of which np.tanh(x) is tanh(x).

An array that a function is given comes to it as an array of Values, and what it returns for
numbers is an array of floats. NumPy is imported where there is an array, and not before.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from .primitives import FUNCTIONS, is_number

# what NumPy calls otherwise than the table does, and what are operators of Python's
OTHERS = "power float_power absolute fabs square fmax fmin"
OURS = "pow pow abs abs squared maximum minimum"
SAME = dict(zip(OTHERS.split(), OURS.split(), strict=True))
SIGNS = "add subtract multiply divide true_divide negative positive floor_divide remainder mod"
SIGNS += " conjugate less less_equal greater greater_equal equal not_equal"
NAMES = "add sub mul truediv truediv neg pos floordiv mod mod pos lt le gt ge eq ne"
OPERATORS: dict[str, Callable[..., Any]] = {
    name: getattr(operator, own) for name, own in zip(SIGNS.split(), NAMES.split(), strict=True)
}


def find_function(name: str) -> Callable[..., Any] | None:
    """Our function for one of NumPy's, None if there is none."""
    return OPERATORS.get(name) or FUNCTIONS.get(SAME.get(name, name.replace("arc", "a")))


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
    function: Any = find_function(name)
    if function is None or method != "__call__" or options:
        remedy = "use a function of tinygrad_neuron, or .item() for plain numbers"
        raise TypeError(f"np.{name} has no counterpart for Values: {remedy}")
    if not any(isinstance(each, np.ndarray) for each in inputs):
        return function(*(each.item() if isinstance(each, np.generic) else each for each in inputs))
    arrays = [np.asarray(each, dtype=object) for each in inputs]
    with np.errstate(all="ignore"):  # it warns where IEEE 754 has an answer
        return np.frompyfunc(function, len(arrays), 1)(*arrays)


# ---------------------------------------------------------------- arrays of Values
def is_array(thing: Any) -> bool:
    """Whether it takes a Value to each of its elements: NumPy's arrays, and pandas' columns."""
    return getattr(thing, "__array_ufunc__", None) is not None and not (hasattr(thing, "has_grad") or is_number(thing))


@functools.cache
def value_array() -> type[Any]:
    """The class of arrays of Values: NumPy's own, whose functions are those of the table."""
    np: Any = import_module("numpy")

    class ValueArray(np.ndarray):  # type: ignore[misc]
        """An array of Values: by itself NumPy would let np.maximum decide, and has no np.logaddexp of objects."""

        def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
            given = [np.asarray(each) if isinstance(each, np.ndarray) else each for each in inputs]
            own = method == "__call__" and not options and ufunc.__name__ not in OPERATORS
            if own and find_function(ufunc.__name__):
                return as_values(apply_ufunc(self, ufunc, method, *given))
            if "out" in options:
                options["out"] = tuple(each if each is None else np.asarray(each) for each in options["out"])
            return as_values(getattr(ufunc, method)(*given, **options))

    def as_values(found: Any) -> Any:
        return found.view(ValueArray) if isinstance(found, np.ndarray) and found.dtype == object else found

    return ValueArray


def as_array(parts: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """An array of floats or of Values; of lists, tuples and dicts, one of what stands in each place of them.

    Args:
        parts: what stands in the array, row by row; arrays add their axes behind its own.
        shape: of the array.
    """
    np: Any = import_module("numpy")

    if parts and isinstance(parts[0], Mapping):
        return {key: as_array([each[key] for each in parts], shape) for key in parts[0]}
    if parts and isinstance(parts[0], (list, tuple)):
        return type(parts[0])([as_array(column, shape) for column in zip(*parts, strict=True)])
    array = np.array(parts)
    array = array.reshape(shape + array.shape[1:])
    return array.view(value_array()) if array.dtype == object else array


class Rows(list[Any]):
    """An array as nested lists that know that they were one."""


def as_rows(structure: Any) -> Any:
    """Nested lists, tuples and dicts with rows in place of their arrays."""
    if is_array(structure):
        listed = import_module("numpy").asarray(structure).tolist()
        return Rows(listed) if isinstance(listed, list) else listed
    return _map_parts(as_rows, structure)


def as_arrays(structure: Any) -> Any:
    """The way back."""
    if isinstance(structure, Rows):
        array = import_module("numpy").array(structure)
        return array.view(value_array()) if array.dtype == object else array
    return _map_parts(as_arrays, structure)


def _map_parts(change: Callable[[Any], Any], structure: Any) -> Any:
    if isinstance(structure, Mapping):
        return {key: change(each) for key, each in structure.items()}
    return type(structure)(map(change, structure)) if type(structure) in (list, tuple) else structure


def holds_rows(structure: Any) -> bool:
    """Whether there are rows in it."""
    if isinstance(structure, Mapping):
        return any(map(holds_rows, structure.values()))
    return isinstance(structure, Rows) or (isinstance(structure, (list, tuple)) and any(map(holds_rows, structure)))


def begins_with_array(thing: Any) -> bool:
    """Whether it is an array, or a list of arrays."""
    while type(thing) in (list, tuple) and thing:
        thing = thing[0]
    return is_array(thing)


def flatten_array(array: Any) -> tuple[list[Any], Callable[[Sequence[Any]], Any]]:
    """The elements of an array, and how to build one of its shape of others."""
    elements: Any = import_module("numpy").asarray(array)
    return elements.ravel().tolist(), lambda new: as_array(new, elements.shape)
