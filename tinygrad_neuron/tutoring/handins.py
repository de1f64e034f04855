"""Hand-ins read from files: CSV, JSON, text and notebooks, as text alone. Nothing of them is ever executed."""

from __future__ import annotations

import ast
import codecs
import csv
import difflib
import io
import json
import math
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

MOST_BYTES = 1 << 20
LEARNER = ("learner", "name", "student", "id")  # what the column is called that says whose a row is
BESIDE = ("time", "timestamp", "date", "try", "attempt", "email", "question", "note")  # columns that hold no link
RESULT, VERSION = "tinygrad_neuron", 1  # the key that a page's result has, and the version that it says
VALUE = "(value)"  # behind what a question sheet asks for on the way, which isn't a link
SHEET = ("link,formula,answer", "link;formula;answer", "link\tformula\tanswer")  # the heading of a question sheet
SEPARATORS = ";\t,"
LINE = re.compile(r"^[\s>*\-•`$]*([^=<>!]+?)\s*=(?!=)\s*(.+?)[\s`$;]*$")  # name = formula
DICT = re.compile(r"\{[^{}]*\}")


class HandIn(NamedTuple):
    """What one learner handed in.

    Attributes:
        learner: who.
        links: what was given for each link; "" for nothing.
        source: the file and the row.
        remarks: what was odd about it.
        numbers: those of the leaves that it was derived at, by their names, if they are its own.
    """

    learner: str
    links: Mapping[str, str]
    source: str
    remarks: tuple[str, ...] = ()
    numbers: Mapping[str, float] = {}


class Trouble(NamedTuple):
    """What could not be read.

    Attributes:
        source: the file, and the row if it is one.
        reason: why.
    """

    source: str
    reason: str


def read_handins(
    given: str | os.PathLike[str] | Iterable[Mapping[str, Any]], is_link: Callable[[str], bool], names: Iterable[str]
) -> Iterator[HandIn | Trouble]:
    """All hand-ins of a file, a folder, or a list of dicts; and what can't be read of them.

    Args:
        given: a CSV with a row for each learner, a folder with a file for each, or a dict for each.
        is_link: whether a text names a link.
        names: the names of links, for what was meant.

    Raises:
        FileNotFoundError: there is no such file or folder.
    """
    reader = _Reader(is_link, list(names))
    if not isinstance(given, (str, os.PathLike)):
        for k, each in enumerate(given, 1):
            yield reader.read_dict(dict(each), f"hand-in {k}", f"hand-in {k}")
        return
    path = Path(given)
    files = sorted(each for each in path.iterdir() if each.is_file()) if path.is_dir() else [path]
    for file in files:
        if not file.name.startswith("."):
            yield from reader.read_file(file)


class _Reader:
    def __init__(self, is_link: Callable[[str], bool], names: list[str]) -> None:
        self.is_link, self.names = is_link, names

    def read_file(self, path: Path) -> Iterator[HandIn | Trouble]:
        """The hand-ins of one file; a bad one stops nothing."""
        readers: dict[str, Callable[[str, Path], Iterator[HandIn | Trouble]]] = {
            ".csv": self._read_csv, ".tsv": self._read_csv, ".json": self._read_json, ".ipynb": self._read_notebook,
            ".txt": self._read_lines, ".md": self._read_lines,
        }  # fmt: skip
        reader = readers.get(path.suffix.lower())
        if reader is None:
            yield Trouble(path.name, f"{path.suffix or 'a file without a suffix'} isn't read: {', '.join(readers)} are")
            return
        try:
            if path.stat().st_size > MOST_BYTES:
                raise ValueError(f"the file has more than {MOST_BYTES:,} bytes")
            yield from reader(decode(path.read_bytes()), path)
        except FileNotFoundError:
            raise
        except (OSError, ValueError, csv.Error, RecursionError) as error:
            yield Trouble(path.name, str(error).split("\n", 1)[0])

    def _read_csv(self, text: str, path: Path) -> Iterator[HandIn | Trouble]:
        rows = csv.reader(io.StringIO(text), delimiter=_find_separator(text))
        columns = [each.strip() for each in next(rows, [])]
        if any(each in text for each in SHEET):
            yield self._read_sheet(rows, path)
            return
        learner = next((k for k, each in enumerate(columns) if each.lower() in LEARNER), 0)
        links = {k: each for k, each in enumerate(columns) if k != learner and self.is_link(each)}
        result = next((k for k, each in enumerate(columns) if each.lower() == "result"), None)
        others = [each for k, each in enumerate(columns) if k not in (*links, learner, result) and each]
        for each in others:
            if each.lower() not in BESIDE:
                yield Trouble(f"{path.name}, column {each}", self._suggest(each))
        for number, row in enumerate(rows, 2):
            if any(cell.strip() for cell in row):
                source = f"{path.name}, row {number}"
                if len(row) <= learner or not row[learner].strip():
                    yield Trouble(source, "nobody's name stands there")
                    continue
                if result is not None:
                    yield self._read_result_of(row, learner, result, source)
                    continue
                given = {name: row[k].strip() if k < len(row) else "" for k, name in links.items()}
                remarks = (f"it has {len(row)} cells and not {len(columns)}",) if len(row) != len(columns) else ()
                yield HandIn(row[learner].strip(), given, source, remarks)

    def _read_result_of(self, row: list[str], learner: int, result: int, source: str) -> HandIn | Trouble:
        """A row with what a page gave to hand in."""
        try:
            given = json.loads(row[result])
            return self.read_dict({"learner": row[learner].strip(), **given}, "", source)
        except (IndexError, TypeError, ValueError) as error:
            return Trouble(source, f"its result can't be read: {error}")

    def _read_sheet(self, rows: Iterable[list[str]], path: Path) -> HandIn:
        """A question sheet that was filled in: one learner's, called as the file is."""
        filled = {row[0].strip(): row[-1].strip() for row in rows if len(row) > 1 and self.is_link(row[0])}
        if not filled:
            raise ValueError("no row of it has the name of a link and an answer")
        return HandIn(path.stem, filled, path.name)

    def _suggest(self, name: str) -> str:
        near = difflib.get_close_matches(name, self.names, 1)
        return (
            f"it names no link: did you mean {near[0]}?" if near else f"it names no link of {', '.join(self.names[:8])}"
        )

    def _read_json(self, text: str, path: Path) -> Iterator[HandIn | Trouble]:
        found = json.loads(text)
        each: Any
        for k, each in enumerate(found if isinstance(found, list) else [found], 1):
            if not isinstance(each, dict):
                raise ValueError('it isn\'t an object with links, as {"w": "(y - t)*x"}')  # noqa: TRY004 (of a file, not of a call)
            source = path.name if not isinstance(found, list) else f"{path.name}, entry {k}"
            yield self.read_dict(each, path.stem, source)

    def read_dict(self, given: dict[str, Any], learner: str, source: str) -> HandIn:
        """A hand-in of a dict: the links, or those under "links"."""
        lowered = {str(key).lower(): key for key in given}
        who = next((str(given[lowered[key]]) for key in LEARNER if key in lowered), learner)
        if RESULT in given:
            return self._read_result(given, who, source)
        links = given.get("links", given)
        if not isinstance(links, dict):
            raise ValueError('its links are no object, as {"w": "(y - t)*x"}')  # noqa: TRY004
        named = {str(key): value for key, value in links.items() if str(key).lower() not in (*LEARNER, *BESIDE)}
        unknown = [key for key in named if not self.is_link(key)]
        remarks = tuple(f"{key}: {self._suggest(key)}" for key in unknown)
        kept = {key: _write(value) for key, value in named.items() if key not in unknown}
        return HandIn(who, kept, source, remarks)

    def _read_result(self, given: dict[str, Any], who: str, source: str) -> HandIn:
        """What a page or the playground gives to hand in: answers, and the numbers that they were derived at."""
        if given[RESULT] != VERSION:
            raise ValueError(f"its result is of version {given[RESULT]!r}, and {VERSION} is read here")
        numbers = {str(key): float(each) for key, each in dict(given.get("numbers") or {}).items()}
        if not all(map(math.isfinite, numbers.values())):
            raise ValueError("a number of its result isn't finite")
        found = self.read_dict({"links": given.get("answers")}, who, source)
        seed = () if given.get("seed") is None else (f"at the numbers of seed {given['seed']}",)
        return found._replace(numbers=numbers, remarks=(*found.remarks, *seed))

    def _read_lines(self, text: str, path: Path) -> Iterator[HandIn | Trouble]:
        if "| link | formula | answer |" in " ".join(text.split(" ")):
            yield self._read_sheet([line.strip().strip("|").split("|") for line in text.splitlines()], path)
            return
        if text.lstrip().startswith(f'{{"{RESULT}"'):
            yield from self._read_json(text, path)
            return
        links = {name: formula for name, formula in _find_lines(text) if self.is_link(name)}
        if not links:
            raise ValueError("no line of it is name = formula, with the name of a link")
        yield HandIn(path.stem, links, path.name)

    def _read_notebook(self, text: str, path: Path) -> Iterator[HandIn | Trouble]:
        notebook = json.loads(text)
        cells = notebook.get("cells") if isinstance(notebook, dict) else None
        if not isinstance(cells, list):
            raise ValueError("it isn't a notebook: it has no cells")  # noqa: TRY004
        source = "\n".join("".join(cell.get("source", "")) for cell in cells if isinstance(cell, dict))
        links = {name: formula for name, formula in _find_lines(source) if self.is_link(name)}
        for found in DICT.findall(source):
            try:
                literal = ast.literal_eval(found)
            except (ValueError, SyntaxError, MemoryError, RecursionError):
                continue
            if isinstance(literal, dict):
                links |= {str(key): _write(value) for key, value in literal.items() if self.is_link(str(key))}
        if not links:
            raise ValueError("no cell of it has name = formula, with the name of a link")
        yield HandIn(path.stem, links, path.name)


def _find_separator(text: str) -> str:
    """What the cells of a CSV are separated by: what its first lines have most of."""
    return max(SEPARATORS, key="\n".join(text.split("\n")[:3]).count)


def _find_lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        if found := LINE.match(line):
            yield found[1].strip().strip("\"'[]").removeprefix('answers["'), found[2].strip().strip("\"'")


def _write(value: Any) -> str:
    """A link as text; a number as it reads back."""
    if isinstance(value, str):
        return value.strip()
    return "" if value is None else repr(value)


def decode(content: bytes) -> str:
    """The text of a file, in whichever of the usual encodings it is."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16")
    if b"\0" in content:
        raise ValueError("it isn't a text")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
