"""Data to train on: rows of inputs and targets, from lists, arrays, frames and files."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..primitives import plain

Numbers = tuple[float, ...]
Targets = int | str | Sequence[str] | None


class DataError(ValueError):
    """Data that can't be used; the text names the file, the line or row, and the column."""


class Rows(NamedTuple):
    """Samples, each with its inputs and its targets.

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


def rows(data: Any, targets: int | str | Sequence[str] | None = None) -> Rows:
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
        DataError: something is missing, not finite or no number, rows differ
            in width, or there are none; it says where.
        OSError: the file can't be read.

    Examples:
        >>> rows([(1.0, 3.0), (2.0, 5.0)]).targets
        [(3.0,), (5.0,)]
        >>> rows({"x": [1, 2], "y": [3, 5]}).input_names
        ('x',)
    """
    if isinstance(data, Rows):
        return data
    if isinstance(data, (str, os.PathLike)):
        return _split(*_csv(Path(data)), targets)
    if isinstance(data, Mapping) or hasattr(data, "columns"):  # a frame has items, too
        return _split(*_columns(data), targets)
    if isinstance(data, tuple) and len(data) == 2:
        inputs, wanted = map(_listed, data)
        if len(inputs) != len(wanted):
            raise DataError("there aren't as many inputs as targets")
        return _pairs(list(zip(inputs, wanted, strict=True)))
    samples = _listed(data)
    if samples and len(_listed(samples[0])) == 2 and any(map(_is_sequence, _listed(samples[0]))):
        return _pairs(samples)
    if samples and not _is_sequence(samples[0]):
        raise DataError(f"row 1 is {samples[0]!r}: give (inputs, target) pairs, or rows of numbers")
    numbered = [(f"row {k}", _listed(sample)) for k, sample in enumerate(samples, 1)]
    return _split(None, numbered, targets)


def inputs_of(path: str | os.PathLike[str], names: Sequence[str]) -> list[Numbers]:
    """The columns of a CSV file that a model takes, whatever else is in it.

    Args:
        path: the file; without headings its first columns are taken.
        names: of the columns.

    Raises:
        DataError: a column isn't there, or a number is missing or none; it says where.
        OSError: the file can't be read.
    """
    headings, lines = _csv(Path(path))
    if headings is None:
        places = list(range(len(names)))
    elif missing := [name for name in names if name not in headings]:
        raise DataError(f"{path}: there is no column {missing[0]!r}; the columns are {', '.join(headings)}")
    else:
        places = [headings.index(name) for name in names]
    if short := [where for where, row in lines if len(row) <= max(places)]:
        raise DataError(f"{short[0]}: fewer columns than the model has inputs ({', '.join(names)})")
    return _numbers(list(names), [(where, [row[k] for k in places]) for where, row in lines])


# ---------------------------------------------------------------- shapes of data
def _pairs(samples: list[Any]) -> Rows:
    pairs = [_listed(sample) for sample in samples]
    for k, pair in enumerate(pairs, 1):
        if len(pair) != 2:
            raise DataError(f"row {k}: {len(pair)} parts, a sample is a pair of inputs and target")
    inputs, targets = (
        _numbers(None, [(f"row {k}, {part}", _listed(pair[side])) for k, pair in enumerate(pairs, 1)])
        for side, part in enumerate(("input", "target"))
    )
    return Rows(inputs, targets, _default("x", len(inputs[0])), _default("y", len(targets[0])))


def _columns(data: Any) -> tuple[list[str], list[tuple[str, list[Any]]]]:
    columns = {str(name): _listed(column) for name, column in data.items()}
    if len(set(map(len, columns.values()))) > 1:
        raise DataError(f"the columns have different lengths: { {name: len(c) for name, c in columns.items()} }")
    return list(columns), [(f"row {k}", list(row)) for k, row in enumerate(zip(*columns.values(), strict=True), 1)]


def _csv(path: Path) -> tuple[list[str] | None, list[tuple[str, list[Any]]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise DataError(f"{path} is no UTF-8 text: save it as CSV in UTF-8") from None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=text.partition("\n")[0].count))
    try:
        lines = [(f"{path}, line {reader.line_num}", row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise DataError(f"{path}, line {reader.line_num}: {error}") from None
    if not lines:
        raise DataError(f"{path} has no rows")
    first = [cell.strip() for cell in lines[0][1]]
    if any(map(_reads_as_number, first)):
        return None, lines
    return first, lines[1:]


def _split(names: list[str] | None, lines: list[tuple[str, list[Any]]], targets: Targets) -> Rows:
    """Inputs and targets of flat rows."""
    numbers = _numbers(names, lines)
    width = len(numbers[0])
    wanted = _target_places(names, width, targets)
    others = [k for k in range(width) if k not in wanted]
    if not others:
        raise DataError("there is no column of inputs beside the targets")
    called = names or [*_default("x", len(others)), *_default("y", len(wanted))]
    return Rows(
        [tuple(row[k] for k in others) for row in numbers],
        [tuple(row[k] for k in wanted) for row in numbers],
        tuple(called[k] for k in others),
        tuple(called[k] for k in wanted),
    )


def _target_places(names: list[str] | None, width: int, targets: Targets) -> list[int]:
    if targets is None or isinstance(targets, int):
        count = 1 if targets is None else targets
        if not 0 < count < width:
            raise DataError(f"targets={count}: the rows have {width} columns, at least one of them an input")
        return list(range(width - count, width))
    wanted = [targets] if isinstance(targets, str) else list(targets)
    if missing := [name for name in wanted if name not in (names or [])]:
        raise DataError(f"there is no column {missing[0]!r}: the columns are {', '.join(names or ['without names'])}")
    return [(names or []).index(name) for name in wanted]


def _default(letter: str, count: int) -> tuple[str, ...]:
    return (letter,) if count == 1 else tuple(f"{letter}{k}" for k in range(1, count + 1))


# ---------------------------------------------------------------- numbers
def _numbers(names: list[str] | None, lines: Sequence[tuple[str, list[Any]]]) -> list[Numbers]:
    """All rows as floats; the first of the bad ones is told, with how many more there are."""
    if not lines:
        raise DataError("there are no rows")
    width = len(names) if names else len(lines[0][1])
    if troubles := [trouble for where, row in lines for trouble in _troubles(where, row, names, width)]:
        others = f" (and {len(troubles) - 1} more)" if len(troubles) > 1 else ""
        raise DataError(troubles[0] + others)
    return [tuple(map(_number, row)) for _, row in lines]


def _number(cell: Any) -> float:
    return float(cell) if isinstance(cell, str) else plain(cell)


def _reads_as_number(cell: Any) -> bool:
    try:
        _number(cell)
    except (TypeError, ValueError):
        return False
    return True


def _troubles(where: str, row: list[Any], names: list[str] | None, width: int) -> Iterator[str]:
    if len(row) != width:
        yield f"{where}: {len(row)} columns where {width} are expected"
        return
    for k, cell in enumerate(row):
        column = f"column {names[k]!r}" if names else f"column {k + 1}"
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            yield f"{where}, {column}: the number is missing"
        elif not _reads_as_number(cell):
            yield f"{where}, {column}: {cell!r} is no number"
        elif not math.isfinite(number := _number(cell)):
            yield f"{where}, {column}: the number is missing or not finite ({number})"


def _is_sequence(thing: Any) -> bool:
    return not isinstance(thing, (str, bytes)) and hasattr(thing, "__iter__")


def _listed(thing: Any) -> list[Any]:
    if not _is_sequence(thing):
        return [thing]
    return thing.tolist() if hasattr(thing, "tolist") else list(thing)
