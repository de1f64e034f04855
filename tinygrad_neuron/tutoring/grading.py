"""grade(): the derivations of a whole class, judged link by link, with marks, mistakes and how frequent they are."""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

from ..arguments import require, require_known
from ..checking.checker import check
from ..checking.hand import read_key
from ..checking.hints import LEVELS
from ..checking.links import CONTRADICTS, FOLLOWS, RIGHT, UNCLEAR
from ..checking.verdicts import Check
from ..console import format_csv, make_table
from ..files import write_whole
from ..formulas.grammar import ExpressionError
from ..program import Program
from ..results import Formats, TableResult
from ..value import Value
from .handins import HandIn, Trouble, decode, read_handins
from .marks import BLANK, UNREADABLE, Graded, Mark
from .report import name_pages, write_class, write_learner

if TYPE_CHECKING:
    from rich.table import Table

TRIES = ("last", "first", "best")
COLUMNS = ("learner", "link", "given", "verdict", "points", "of", "changed points", "note", "words")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what makes a spreadsheet compute a cell


@dataclass(frozen=True, repr=False)
class Grading(TableResult):
    """The marks of a class. It is saved as .csv, .json, .xml (JUnit), .html or .txt.

    Attributes:
        learners: each with marks, in the order of the hand-ins.
        troubles: what could not be read.
        earlier: other tries, which don't count.
    """

    learners: tuple[Graded, ...]
    troubles: tuple[Trouble, ...] = ()
    earlier: tuple[Graded, ...] = field(default=())

    @property
    def mistakes(self) -> list[tuple[str, int, str]]:
        """The kinds of mistakes, the most frequent first: the kind, how often, and one in words."""
        count: Counter[str] = Counter()
        words: dict[str, str] = {}
        for mark in self._marks():
            for kind in mark.kinds[:1]:
                count[kind] += 1
                words.setdefault(kind, mark.words)
        return [(kind, times, words[kind]) for kind, times in count.most_common()]

    @property
    def missed(self) -> list[tuple[str, int]]:
        """How many missed each link, the most missed first."""
        count = Counter(mark.link for mark in self._marks() if mark.points < mark.of)
        return count.most_common()

    def _marks(self) -> Iterable[Mark]:
        return (mark for graded in self.learners for mark in graded.marks)

    def table(self) -> Table:
        """A row for each learner with the points of each link."""
        links = [mark.link for mark in self.learners[0].marks] if self.learners else []
        rows = (
            [each.learner, *(_show(mark) for mark in each.marks), f"{each.points:g} of {each.of:g}"]
            for each in self.learners
        )
        return make_table(["learner", *links, "points"], rows)

    def _caption(self) -> str:
        lines = [f"{times} times: {kind}, as in: {words}" for kind, times, words in self.mistakes[:8]]
        lines += [f"not read: {each.source}: {each.reason}" for each in self.troubles]
        lines += [f"{each.learner}: {remark}" for each in self.learners for remark in each.remarks]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """The learners with their marks, the mistakes with how frequent they are, and what could not be read."""
        learners = [
            {"learner": each.learner, "points": each.points, "of": each.of, "source": each.source,
             "remarks": list(each.remarks), "marks": [mark._asdict() for mark in each.marks]}
            for each in self.learners
        ]  # fmt: skip
        mistakes = [{"kind": kind, "times": times, "words": words} for kind, times, words in self.mistakes]
        return {"learners": learners, "mistakes": mistakes, "troubles": [each._asdict() for each in self.troubles]}

    def to_csv(self) -> str:
        """A row for each link of each learner; what is written into "changed points" counts when it is graded again."""
        rows = [
            (each.learner, mark.link, mark.given, mark.verdict, f"{mark.points:g}", f"{mark.of:g}",
             f"{mark.points:g}" if mark.changed else "", mark.note, mark.words)
            for each in self.learners for mark in each.marks
        ]  # fmt: skip
        return format_csv([COLUMNS, *([_defuse(cell) for cell in row] for row in rows)])

    def to_junit(self) -> str:
        """The marks as JUnit has test results: a suite for each learner, a case for each link."""
        suites = "\n".join(map(_write_suite, self.learners))
        return f'<?xml version="1.0" encoding="utf-8"?>\n<testsuites>\n{suites}\n</testsuites>\n'

    def to_html(self) -> str:
        """One page for the teacher: the class, its mistakes, and what could not be read."""
        return write_class(self)

    def save_pages(self, folder: str | os.PathLike[str]) -> list[Path]:
        """Write one page for each learner, to give back.

        Args:
            folder: where to; it is made if it isn't there.

        Returns:
            The files.
        """
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        names = name_pages([each.learner for each in self.learners])
        paths = [target / name for name in names]
        for path, each in zip(paths, self.learners, strict=True):
            write_whole(path, write_learner(each))
        return paths

    def _formats(self) -> Formats:
        return {**super()._formats(), ".csv": self.to_csv, ".xml": self.to_junit, ".html": self.to_html}


def grade(
    handins: str | os.PathLike[str] | Iterable[Mapping[str, Any]],
    root: Value,
    *,
    points: Mapping[str, float] | None = None,
    follows: float = 1.0,
    contradicts: float = 0.0,
    digits: int | None = None,
    decimals: int | None = None,
    tries: str = "last",
    changed: str | os.PathLike[str] | None = None,
    hint: int = 4,
) -> Grading:
    """Grade the derivations of a class.

    Each link is judged as `check` does, as it stands and given the learner's
    own links above it, so that one mistake costs one link.

    Args:
        handins: a CSV with a row for each learner and a column for each link, a folder with a JSON, text, Markdown or
            notebook file for each, or a dict for each. They are read as text; no code of a learner is run.
        root: the end of the graph that was to be derived.
        points: what each link that is asked for is worth; 1 for each that anybody handed in unless given.
        follows: the share for a link that is wrong, but follows rightly from those above it.
        contradicts: the share for one that is right, but doesn't follow from those above it.
        digits: how many significant digits figures must have, as in `check`.
        decimals: the same of decimal places.
        tries: which counts of several by one learner: "last", "first" or "best".
        changed: a CSV that `Grading.save` wrote, in which points were changed by hand: these stay.
        hint: how much the pages for learners say, 0 to 4 as in `check`.

    Returns:
        A Grading.

    Raises:
        ValueError: an argument makes no sense, or a link in `points` isn't there.
        FileNotFoundError: there is no such file.

    Examples:
        >>> x, w = variables(x=3.0, w=2.0)
        >>> graded = grade([{"learner": "Ada", "w": "x"}, {"learner": "Bob", "w": "w"}], x * w)
        >>> [(each.learner, each.points, each.of) for each in graded.learners]
        [('Ada', 1.0, 1.0), ('Bob', 0.0, 1.0)]
    """
    require_known("tries", [tries], TRIES)
    require(hint in range(len(LEVELS)), "hint must be 0, 1, 2, 3 or 4", hint)
    for name, share in (("follows", follows), ("contradicts", contradicts)):
        require(0 <= share <= 1, f"{name} must be from 0 to 1", share)
    grader = _Grader(root, {FOLLOWS: follows, CONTRADICTS: contradicts}, {"digits": digits, "decimals": decimals}, hint)
    found = list(read_handins(handins, grader.is_link, grader.program.labels))
    given = [each for each in found if isinstance(each, HandIn)]
    worth = {name: 1.0 for each in given for name in each.links} if points is None else dict(points)
    if unknown := [name for name in worth if not grader.is_link(name)]:
        raise ValueError(f"points: {unknown[0]!r} names no link; the names are {', '.join(grader.program.labels[:12])}")
    graded = [grader.grade(each, worth) for each in given]
    counting, earlier = _choose_tries(graded, tries)
    troubles = [each for each in found if isinstance(each, Trouble)]
    if changed is not None:
        counting, more = _apply_changes(counting, changed)
        troubles += more
    return Grading(tuple(counting), tuple(troubles), tuple(earlier))


class _Grader:
    """Judges hand-ins; equal ones once."""

    def __init__(self, root: Value, shares: Mapping[str, float], demand: Mapping[str, Any], hint: int) -> None:
        self.root, self.shares, self.demand, self.hint = root, {RIGHT: 1.0, **shares}, demand, hint
        self.program = Program.of(root)
        self._judged: dict[Any, Check | None] = {}
        self._roots: dict[Any, Value] = {(): root}
        self._readable: dict[tuple[str, str], str] = {}

    def is_link(self, name: str) -> bool:
        """Whether a text names a link."""
        try:
            read_key(name, self.program)
        except ValueError:
            return False
        return bool(name.strip())

    def grade(self, handin: HandIn, worth: Mapping[str, float]) -> Graded:
        """The marks of a hand-in."""
        names = {self._find(name): name for name in worth}
        given = {self._find(name): text for name, text in handin.links.items() if text}
        reasons = {key: self._read(key, text) for key, text in given.items()}
        links = tuple(sorted((key, text) for key, text in given.items() if not reasons[key]))
        result = self._judge(links, self._root_at(handin.numbers))
        found = {link.name: link for link in result.links} if result else {}
        marks = tuple(self._mark(key, names[key], worth[names[key]], given, reasons, found) for key in names)
        hint = result.hint(self.hint).lines if result else ("nothing could be read",)
        return Graded(handin.learner, marks, handin.source, handin.remarks, tuple(hint))

    def _find(self, name: str) -> str:
        """What a link is called in results."""
        above, below = read_key(name, self.program)
        called = self.program.names[below]
        return called if above == self.program.roots[0] else f"∂{self.program.names[above]}/∂{called}"

    def _read(self, key: str, text: str) -> str:
        """Why a link can't be read; "" if it can."""
        if (key, text) not in self._readable:
            try:
                check(self.root, {key: text}, wrt=[])
                self._readable[key, text] = ""
            except (ExpressionError, ValueError, TypeError) as error:
                self._readable[key, text] = str(error)
        return self._readable[key, text]

    def _root_at(self, numbers: Mapping[str, float]) -> Value:
        """The graph at the numbers of a hand-in, or as it is given."""
        own = {name: x for name, x in numbers.items() if name in self.program.names}
        moved = {self.program.find(name, "numbers"): x for name, x in own.items()}
        key = tuple(sorted((k, x) for k, x in moved.items() if x != self.program.numbers[k]))
        if key not in self._roots:
            found = self.program.at(dict(key))
            self._roots[key] = found.values()[found.roots[0]]
        return self._roots[key]

    def _judge(self, links: tuple[tuple[str, str], ...], root: Value) -> Check | None:
        key = links, id(root)  # which the grader keeps
        if key not in self._judged:
            wrt = [name for name, _ in links if not name.startswith("∂")]
            self._judged[key] = check(root, dict(links), wrt=wrt, **self.demand) if links else None
        return self._judged[key]

    def _mark(
        self,
        key: str,
        name: str,
        of: float,
        given: Mapping[str, str],
        reasons: Mapping[str, str],
        found: Mapping[str, Any],
    ) -> Mark:
        if key not in given:
            return Mark(name, "", BLANK, 0.0, of, f"nothing was handed in for {name}")
        if reasons[key]:
            return Mark(name, given[key], UNREADABLE, 0.0, of, reasons[key].split("\n", 1)[0])
        link = found[key]
        kinds = tuple(mistake.kind for mistake in link.mistakes)
        words = f"{link.words}: look at it yourself" if link.verdict == UNCLEAR else link.words
        return Mark(name, given[key], link.verdict, of * self.shares.get(link.verdict, 0.0), of, words, kinds)


def _choose_tries(graded: Sequence[Graded], tries: str) -> tuple[list[Graded], list[Graded]]:
    """Of several tries by one learner the one that counts, with a remark; and the others."""
    by_learner: dict[str, list[Graded]] = {}
    for each in graded:
        by_learner.setdefault(" ".join(each.learner.split()).casefold(), []).append(each)
    counting, others = list[Graded](), list[Graded]()
    for several in by_learner.values():
        best = {"last": several[-1], "first": several[0], "best": max(several, key=lambda each: each.points)}[tries]
        others += [each for each in several if each is not best]
        remark = (f"{len(several)} tries, and the {tries} counts: {best.source}",) if len(several) > 1 else ()
        counting.append(Graded(best.learner, best.marks, best.source, (*best.remarks, *remark), best.hint))
    return counting, others


def _apply_changes(graded: Sequence[Graded], path: str | os.PathLike[str]) -> tuple[list[Graded], list[Trouble]]:
    """Put in the points that a teacher changed; those that fit nowhere are reported."""
    rows = list(csv.DictReader(io.StringIO(decode(Path(path).read_bytes()))))
    if rows and not {"learner", "link", "changed points"} <= rows[0].keys():
        raise ValueError(
            f"{path}: it has no columns learner, link and changed points: save a grading as .csv and change that"
        )
    changes = {
        (_restore(row["learner"]), _restore(row["link"])): row for row in rows if (row["changed points"] or "").strip()
    }
    used, done = set[tuple[str, str]](), list[Graded]()
    for each in graded:
        marks = []
        for mark in each.marks:
            row = changes.get((each.learner, mark.link))
            used |= {(each.learner, mark.link)} if row else set()
            marks.append(_change(mark, row, path) if row else mark)
        done.append(Graded(each.learner, tuple(marks), each.source, each.remarks, each.hint))
    left = [
        Trouble(f"{path}: {learner}, {link}", "there is no such mark to be changed")
        for learner, link in changes
        if (learner, link) not in used
    ]
    return done, left


def _change(mark: Mark, row: Mapping[str, str], path: Any) -> Mark:
    try:
        points = float(row["changed points"].replace(",", "."))
    except ValueError:
        raise ValueError(
            f"{path}: {row['changed points']!r} for {row['learner']}, {mark.link} isn't a number of points"
        ) from None
    return mark._replace(points=points, changed=True, note=_restore(row.get("note") or ""))


def _show(mark: Mark) -> str:
    return f"{mark.points:g}{'*' if mark.changed else ''} {mark.verdict}"


def _defuse(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    try:
        float(cell)
    except ValueError:
        return f"'{cell}" if cell.startswith(FORMULA) else cell
    return cell


def _restore(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def _write_suite(graded: Graded) -> str:
    lost = sum(mark.points < mark.of and mark.verdict != BLANK for mark in graded.marks)
    blank = sum(mark.verdict == BLANK for mark in graded.marks)
    counts = f'tests="{len(graded.marks)}" failures="{lost}" errors="0" skipped="{blank}"'
    cases = "\n".join(_write_case(graded.learner, mark) for mark in graded.marks)
    return f"<testsuite name={quoteattr(_printable(graded.learner))} {counts}>\n{cases}\n</testsuite>"


def _write_case(learner: str, mark: Mark) -> str:
    head = f'<testcase classname={quoteattr(_printable(learner))} name={quoteattr(_printable(mark.link))} time="0"'
    if mark.verdict == BLANK:
        return f"{head}><skipped/></testcase>"
    if mark.points < mark.of:
        return f"{head}><failure message={quoteattr(_printable(mark.words))}/></testcase>"
    return f"{head}/>"


def _printable(text: str) -> str:
    """A text without what XML can't hold."""
    return "".join(c if c.isprintable() else " " for c in text)
