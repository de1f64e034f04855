"""Data to train on: samples of inputs and targets, from lists, arrays, frames and files."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..arguments import require_known
from ..primitives import plain
from ..results import ColumnsResult

Numbers = tuple[float, ...]
Targets = int | str | Sequence[str] | None
Line = tuple[str, list[Any]]  # where it stands, and its cells


class DataError(ValueError):
    """Data that can't be used; the text names the file, the line or row, and the column."""


@dataclass(frozen=True)
class Samples(ColumnsResult):
    """Samples, each with its inputs and its targets. They show themselves as a table, which `save` writes as .csv too.

    Attributes:
        inputs: the numbers that go into the model, for each sample.
        targets: the numbers that should come out.
        input_names: what the inputs are called.
        target_names: what the targets are called.
    """

    inputs: list[Numbers]
    targets: list[Numbers]
    input_names: tuple[str, ...]
    target_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.inputs)

    def columns(self) -> dict[str, Sequence[float]]:
        """The inputs and the targets, each by its name."""
        columns = [*zip(*self.inputs, strict=True), *zip(*self.targets, strict=True)]
        return dict(zip([*self.input_names, *self.target_names], columns, strict=True))

    def _caption(self) -> str:
        return f"{len(self):,} samples; inputs: {', '.join(self.input_names)}; targets: {', '.join(self.target_names)}"


def read_samples(data: Any, targets: int | str | Sequence[str] | None = None) -> Samples:
    """Read samples from whatever holds them.

    Args:
        data: a list of `(inputs, target)` pairs or of flat rows; a tuple
            `(all inputs, all targets)`; a NumPy array; a mapping of columns
            or a pandas frame; the path of a CSV file. Inputs and targets
            are numbers or sequences of numbers.
        targets: which columns of flat rows are targets: how many of the last
            ones, or their names; the last one unless given.

    Returns:
        The samples as floats.

    Raises:
        DataError: a number is missing, not finite or not a number, rows differ
            in width, or there are none; the message says where.
        OSError: the file can't be read.

    Examples:
        >>> read_samples([(1.0, 3.0), (2.0, 5.0)]).targets
        [(3.0,), (5.0,)]
        >>> read_samples({"x": [1, 2], "y": [3, 5]}).input_names
        ('x',)
    """
    if isinstance(data, Samples):
        return data
    if isinstance(data, (str, os.PathLike)):
        return _split(*_read_csv(Path(data)), targets)
    if isinstance(data, Mapping) or hasattr(data, "columns"):  # a frame has items, too
        return _split(*_read_columns(data), targets)
    if isinstance(data, tuple) and len(data) == 2:
        inputs, wanted = map(_to_list, data)
        if len(inputs) != len(wanted):
            raise DataError(f"there are {len(inputs)} inputs and {len(wanted)} targets: give one target for each input")
        return _split(*_join_pairs(list(zip(inputs, wanted, strict=True))))
    rows = _to_list(data)
    if rows and not _is_sequence(rows[0]):
        raise DataError(f"row 1 is {rows[0]!r}: give (inputs, target) pairs, or rows of numbers")
    if rows and len(_to_list(rows[0])) == 2 and any(map(_is_sequence, _to_list(rows[0]))):
        return _split(*_join_pairs(rows))
    return _split(None, [(f"row {k}", _to_list(row)) for k, row in enumerate(rows, 1)], targets)


def read_inputs(path: str | os.PathLike[str], names: Sequence[str]) -> list[Numbers]:
    """The columns of a CSV file that a model takes, whatever else is in it.

    Args:
        path: the file; without headings its first columns are taken.
        names: of the columns.

    Raises:
        DataError: a column isn't there, or a number is missing or not a number; the message says where.
        OSError: the file can't be read.
    """
    headings, lines = _read_csv(Path(path))
    require_known("column", names if headings else (), headings or (), DataError, f"{path}: ")
    places = [headings.index(name) for name in names] if headings else range(len(names))
    if short := [where for where, row in lines if len(row) <= max(places)]:
        raise DataError(f"{short[0]} has fewer columns than the model has inputs ({', '.join(names)})")
    return _read_numbers(list(names), [(where, [row[k] for k in places]) for where, row in lines])


# ---------------------------------------------------------------- shapes of data
def _join_pairs(samples: list[Any]) -> tuple[list[str], list[Line], int]:
    """Pairs of inputs and targets as flat rows with names for their columns; how many of the last ones are targets."""
    pairs = [[_to_list(part) for part in _to_list(sample)] for sample in samples]
    sizes = [len(part) for part in pairs[0]] if pairs else [1, 1]
    for k, pair in enumerate(pairs, 1):
        if len(pair) != 2:
            raise DataError(f"row {k} has {len(pair)} parts: a sample is a pair of inputs and targets")
        for what, part, size in zip(("inputs", "targets"), pair, sizes, strict=True):
            if len(part) != size:
                raise DataError(f"row {k} has {len(part)} {what}, and row 1 has {size}")
    lines = [(f"row {k}", [*inputs, *targets]) for k, (inputs, targets) in enumerate(pairs, 1)]
    return [*_default_names("x", sizes[0]), *_default_names("y", sizes[1])], lines, sizes[1]


def _read_columns(data: Any) -> tuple[list[str], list[Line]]:
    columns = {str(name): _to_list(column) for name, column in data.items()}
    if len(set(map(len, columns.values()))) > 1:
        raise DataError(f"the columns have different lengths: { {name: len(c) for name, c in columns.items()} }")
    return list(columns), [(f"row {k}", list(row)) for k, row in enumerate(zip(*columns.values(), strict=True), 1)]


def _read_csv(path: Path) -> tuple[list[str] | None, list[Line]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise DataError(f"{path} is not UTF-8 text: save it as CSV in UTF-8") from None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=text.partition("\n")[0].count))
    try:
        lines = [(f"{path}, line {reader.line_num}", row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise DataError(f"{path}, line {reader.line_num}: {error}") from None
    if not lines:
        raise DataError(f"{path} has no rows")
    first = [cell.strip() for cell in lines[0][1]]
    return (None, lines) if any(map(_is_number, first)) else (first, lines[1:])


def _split(names: list[str] | None, lines: list[Line], targets: Targets) -> Samples:
    """Inputs and targets of flat rows."""
    numbers = _read_numbers(names, lines)
    width = len(numbers[0])
    wanted = _target_places(names, width, targets)
    others = [k for k in range(width) if k not in wanted]
    if not others:
        raise DataError("all columns are targets: leave at least one of them for the inputs")
    called = names or [*_default_names("x", len(others)), *_default_names("y", len(wanted))]
    inputs, outputs = ([tuple(row[k] for k in places) for row in numbers] for places in (others, wanted))
    return Samples(inputs, outputs, tuple(called[k] for k in others), tuple(called[k] for k in wanted))


def _target_places(names: list[str] | None, width: int, targets: Targets) -> list[int]:
    if targets is None or isinstance(targets, int):
        count = 1 if targets is None else targets
        if not 0 < count < width:
            columns = f"the rows have {width} {'column' if width == 1 else 'columns'}, at least one of them an input"
            raise DataError(f"targets={count} can't be: {columns}")
        return list(range(width - count, width))
    wanted = [targets] if isinstance(targets, str) else list(targets)
    require_known("column", wanted, names or (), DataError)
    return [(names or []).index(name) for name in wanted]


def _default_names(letter: str, count: int) -> list[str]:
    return [letter] if count == 1 else [f"{letter}{k}" for k in range(1, count + 1)]


# ---------------------------------------------------------------- numbers
def _read_numbers(names: list[str] | None, lines: Sequence[Line]) -> list[Numbers]:
    """All rows as floats; an error shows the first of the bad ones, and says how many more there are."""
    if not lines:
        raise DataError("there are no rows")
    width = len(names or lines[0][1])
    if mistakes := [mistake for where, row in lines for mistake in _find_mistakes(where, row, names, width)]:
        raise DataError(mistakes[0] + (f" (and {len(mistakes) - 1} more)" if len(mistakes) > 1 else ""))
    return [tuple(map(_to_float, row)) for _, row in lines]


def _find_mistakes(where: str, row: list[Any], names: list[str] | None, width: int) -> Iterator[str]:
    if len(row) != width:
        yield f"{where} has {len(row)} {'column' if len(row) == 1 else 'columns'} instead of {width}"
        return
    for cell, name in zip(row, map(repr, names or range(1, width + 1)), strict=True):
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            yield f"{where}, column {name}: the number is missing"
        elif not _is_number(cell):
            yield f"{where}, column {name}: {cell!r} is not a number"
        elif not math.isfinite(number := _to_float(cell)):
            yield f"{where}, column {name}: the number is missing or not finite ({number})"


def _to_float(cell: Any) -> float:
    return float(cell) if isinstance(cell, str) else plain(cell)


def _is_number(cell: Any) -> bool:
    try:
        _to_float(cell)
    except (TypeError, ValueError):
        return False
    return True


def _is_sequence(thing: Any) -> bool:
    return not isinstance(thing, (str, bytes)) and hasattr(thing, "__iter__")


def _to_list(thing: Any) -> list[Any]:
    if not _is_sequence(thing):
        return [thing]
    return thing.tolist() if hasattr(thing, "tolist") else list(thing)
