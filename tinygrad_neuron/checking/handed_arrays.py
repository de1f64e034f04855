"""Whole arrays of gradients by hand: dW1, db1, dZ1, as people derive them with NumPy."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..compiling.recovered import Matrices, matrices
from ..console import make_table
from ..program import Program
from ..results import TableResult
from ..value import Value
from .exact import exact_derivatives

if TYPE_CHECKING:
    from rich.table import Table

CLOSE = 1e-9  # relative to the largest entry: what an array that was computed may have lost


@dataclass(frozen=True, repr=False)
class ArrayCheck(TableResult):
    """Arrays of gradients by hand, each judged as a whole.

    Attributes:
        verdicts: PASS or FAIL for each array.
        first_wrong: for each wrong array its first wrong entry in words; "" where the shape is another.
        structures: for each wrong array what all its mistakes are together; "" if they have nothing in common.
    """

    verdicts: dict[str, str]
    first_wrong: dict[str, str]
    structures: dict[str, str]

    @property
    def verdict(self) -> str:
        """FAIL if an array is wrong."""
        return "FAIL" if "FAIL" in self.verdicts.values() else "PASS"

    @property
    def passed(self) -> bool:
        """Whether no array is wrong."""
        return self.verdict == "PASS"

    @property
    def exit_code(self) -> int:
        """For scripts: 0 if it passed, 1 if something is wrong."""
        return 0 if self.passed else 1

    def to_dict(self) -> dict[str, Any]:
        """The verdicts, the first wrong entries and the structures."""
        parts = {"arrays": self.verdicts, "first_wrong": self.first_wrong, "structures": self.structures}
        return {"verdict": self.verdict, **parts}

    def table(self) -> Table:
        """A row for each array."""
        rows = [
            (name, verdict, self.first_wrong.get(name, ""), self.structures.get(name, ""))
            for name, verdict in self.verdicts.items()
        ]
        return make_table(("array", "verdict", "first wrong entry", "all together"), rows)

    def _caption(self) -> str:
        return f"verdict: {self.verdict}"


def check_arrays(root: Value, hand: Mapping[Any, Any]) -> ArrayCheck:
    """Check arrays of gradients that somebody derived.

    The arrays are those of `matrices(root)`. The reference is exact, see `exact_derivatives`.

    Args:
        root: the end of the graph.
        hand: for the name of an array or its gradient, W1 or dW1, the gradient as an array or nested lists.

    Raises:
        ValueError: there is no such array.
        LanguageError: no arrays are found in the graph.
    """
    np: Any = import_module("numpy")
    program, found = Program.of(root), matrices(root)
    arrays = _arrays_of(found)
    verdicts, first, structures = {}, {}, {}
    for key, given in hand.items():
        name = _name_of(str(key), arrays)
        exact = _differentiate(program, arrays[name])
        figures = np.asarray(given, dtype=float)
        if figures.ndim != exact.ndim and figures.squeeze().shape == exact.squeeze().shape:
            figures = figures.reshape(exact.shape)  # a column, or a row, of what is one axis here
        right = _is_near(figures, exact)
        verdicts[name] = "PASS" if right else "FAIL"
        if not right:
            first[name] = _first_wrong(name, figures, exact)
            structures[name] = next(_name_structures(figures, exact, found.samples), "")
    return ArrayCheck(verdicts, first, structures)


def _arrays_of(found: Matrices) -> dict[str, Any]:
    """The nodes of each array that a graph became."""
    np: Any = import_module("numpy")
    entries: dict[str, dict[tuple[int, ...], Value]] = defaultdict(dict)
    for node, entry in found.entries.items():
        name, _, index = entry.partition("[")
        entries[name][tuple(map(int, re.findall(r"\d+", index)))] = node
    arrays = {}
    for label, nodes in entries.items():
        arrays[label] = np.full([1 + max(each) for each in zip(*nodes, strict=True)], None, dtype=object)
        for at, node in nodes.items():
            arrays[label][at] = node
    return arrays


def _name_of(key: str, arrays: Mapping[str, Any]) -> str:
    """The array that is meant: W1, dW1, ∂loss/∂W1, dL/dW1 or W1.grad."""
    stem = re.sub(r"^(.*/)?\s*[d∂](?=\w)|\.grad$", "", key)
    for name in (key, stem):
        if name in arrays:
            return name
    known = ", ".join(f"d{name} {'×'.join(map(str, array.shape)) or 'number'}" for name, array in arrays.items())
    raise ValueError(f"hand: the graph has no array {key!r}; there are {known}")


def _differentiate(program: Program, nodes: Any) -> Any:
    """The exact gradient by each node of an array; 0 for one that has none."""
    np: Any = import_module("numpy")
    places = [program.places[node] for node in nodes.reshape(-1) if node is not None]
    exact = dict(zip(places, exact_derivatives(program, places), strict=True))
    numbers = [0.0 if node is None else exact[program.places[node]].value for node in nodes.reshape(-1)]
    return np.array(numbers).reshape(nodes.shape)


def _is_near(figures: Any, exact: Any) -> bool:
    """Whether figures are the exact ones, at the digits that arrays of floats keep."""
    np: Any = import_module("numpy")
    if figures.shape != exact.shape:
        return False
    size = float(abs(exact).max(initial=0.0))
    return bool(np.allclose(figures, exact, rtol=CLOSE, atol=CLOSE * size))


def _first_wrong(name: str, figures: Any, exact: Any) -> str:
    """The first wrong entry, with both figures."""
    np: Any = import_module("numpy")
    if figures.shape != exact.shape:
        return f"its shape is {figures.shape}, that of {name} is {exact.shape}"
    size = float(abs(exact).max(initial=0.0))
    wrong = np.argwhere(~np.isclose(figures, exact, rtol=CLOSE, atol=CLOSE * size))
    index = tuple(map(int, wrong[0]))
    place = f"[{', '.join(map(str, index))}]" if index else ""
    return f"d{name}{place}: {figures[index]:.6g} by hand, {exact[index]:.6g} exact; {len(wrong)} of {exact.size} wrong"


def _name_structures(figures: Any, exact: Any, samples: str) -> Iterator[str]:
    """What all mistakes together can be called, the most telling first."""
    if figures.ndim == exact.ndim + 1:
        for axis in range(figures.ndim):
            summed = figures.sum(axis=axis)
            if summed.size == exact.size and _is_near(summed.reshape(exact.shape), exact):
                yield f"the sum over the batch is missing: sum along axis {axis}"
    if figures.shape == exact.T.shape and exact.ndim == 2 and _is_near(figures.T, exact):
        yield "transposed"
    if figures.shape == exact.T.shape and exact.ndim == 2:
        yield from (f"transposed, and {each}" for each in _name_factor(figures.T, exact, samples))
    if figures.shape == exact.shape:
        yield from _name_factor(figures, exact, samples)
        rows = [k for k in range(len(exact)) if not _is_near(figures[k], exact[k])] if exact.ndim else []
        if len(rows) == 1 and len(exact) > 1:
            yield f"only {'row' if exact.ndim == 2 else 'entry'} {rows[0]} is wrong"
        columns = (
            [k for k in range(exact.shape[1]) if not _is_near(figures[:, k], exact[:, k])] if exact.ndim == 2 else []
        )
        if len(columns) == 1 and exact.shape[1] > 1:
            yield f"only column {columns[0]} is wrong"


def _name_factor(figures: Any, exact: Any, samples: str) -> Iterator[str]:
    """Whether all figures are the right ones times the same number."""
    largest = abs(exact).argmax()
    if not exact.reshape(-1)[largest]:
        return
    factor = figures.reshape(-1)[largest] / exact.reshape(-1)[largest]
    if not factor or not _is_near(figures / factor, exact):
        return
    count = int(samples) if samples.isdigit() else 0
    sign = "the sign is wrong, and " if factor < 0 else ""
    factor = abs(factor)
    if count > 1 and abs(factor - count) < CLOSE * count:
        yield f"{sign}{count} times too large, the number of samples: is 1/m missing?"
    elif count > 1 and abs(factor * count - 1.0) < CLOSE:
        yield f"{sign}{count} times too small, the number of samples: is it divided by m twice, or a mean for a sum?"
    elif abs(factor - 1.0) < CLOSE:
        yield "the sign is wrong everywhere"
    else:
        yield f"{sign}all are scaled by {factor:.4g}"
