"""Gradings as pages: one of the class for the teacher, one for each learner to give back. No scripts, no network."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from ..checking.links import RIGHT
from ..registry import read_asset
from .marks import Graded, Mark

SYMBOLS = {RIGHT: "✓", "follows": "→", "contradicts": "≠", "unclear": "?", "blank": "·", "unreadable": "⚠"}
LEGEND = (
    "✓ right, ✗ wrong, → follows rightly from a wrong link above, ≠ contradicts the links above, ? look yourself, "
    "· blank, ⚠ unreadable, * changed by hand"
)


def write_class(grading: Any) -> str:
    """The page of a class."""
    total = sum(each.of for each in grading.learners)
    reached = sum(each.points for each in grading.learners)
    share = f", {reached / total:.0%} of all points" if total else ""
    parts = [
        f"<p>{len(grading.learners)} hand-ins{share}.</p>",
        _write_table(grading),
        f'<p class="soft">{html.escape(LEGEND)}</p>',
        _write_mistakes(grading),
        _write_list("Most missed", (f"{link}: {times}" for link, times in grading.missed)),
        _write_list("Not read", (f"{each.source}: {each.reason}" for each in grading.troubles)),
        _write_list("Remarks", (f"{each.learner}: {remark}" for each in grading.learners for remark in each.remarks)),
    ]
    return read_asset(__package__, "report.html", title="Derivations of the class", body="\n".join(filter(None, parts)))


def _write_table(grading: Any) -> str:
    links = [mark.link for mark in grading.learners[0].marks] if grading.learners else []
    heading = "".join(f"<th>{html.escape(each)}</th>" for each in ("learner", *links, "points"))
    rows = (
        f"<tr><td>{html.escape(each.learner)}</td>{''.join(map(_write_cell, each.marks))}"
        f'<td class="points">{each.points:g} of {each.of:g}</td></tr>'
        for each in grading.learners
    )
    return f'<div class="wide"><table><thead><tr>{heading}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def _write_cell(mark: Mark) -> str:
    kind = "right" if mark.points >= mark.of else "wrong"
    changed = "*" if mark.changed else ""
    said = html.escape(mark.note or mark.words, quote=True)
    return f'<td class="points {kind}" title="{said}">{SYMBOLS.get(mark.verdict, "✗")} {mark.points:g}{changed}</td>'


def _write_mistakes(grading: Any) -> str:
    if not grading.mistakes:
        return ""
    most = grading.mistakes[0][1]
    rows = (
        f'<tr><td class="points">{times}</td><td><span class="bar" style="width:{100 * times / most:.0f}%"></span>'
        f"{html.escape(kind)}</td><td>{html.escape(words)}</td></tr>"
        for kind, times, words in grading.mistakes
    )
    heading = "<tr><th>times</th><th>mistake</th><th>for instance</th></tr>"
    table = f"<table><thead>{heading}</thead><tbody>{''.join(rows)}</tbody></table>"
    return f'<h2>Mistakes</h2><div class="wide">{table}</div>'


def _write_list(title: str, lines: Iterable[str]) -> str:
    items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
    return f"<h2>{title}</h2><ul>{items}</ul>" if items else ""


def write_learner(graded: Graded) -> str:
    """The page of one learner: what was handed in, the marks, and so much of the verdict as was chosen."""
    heading = "<tr><th>link</th><th>handed in</th><th>points</th></tr>"
    table = f"<table><thead>{heading}</thead><tbody>{''.join(map(_write_row, graded.marks))}</tbody></table>"
    parts = [
        f"<p>{graded.points:g} of {graded.of:g} points.</p>",
        f'<div class="wide">{table}</div>',
        "<h2>What is said of it</h2>",
        f"<pre>{html.escape(chr(10).join(graded.hint))}</pre>",
        _write_list("Notes", (f"{mark.link}: {mark.note}" for mark in graded.marks if mark.note)),
    ]
    return read_asset(
        __package__, "report.html", title=html.escape(graded.learner), body="\n".join(filter(None, parts))
    )


def _write_row(mark: Mark) -> str:
    given = html.escape(mark.given) or "·"
    return f'<tr><td>{html.escape(mark.link)}</td><td class="given">{given}</td>{_write_points(mark)}</tr>'


def _write_points(mark: Mark) -> str:
    kind = "right" if mark.points >= mark.of else "wrong"
    return f'<td class="points {kind}">{mark.points:g} of {mark.of:g}{"*" if mark.changed else ""}</td>'


def name_pages(learners: Sequence[str]) -> list[str]:
    """A file name for each learner; no two are the same, whatever they are called."""
    taken, names = set[str](), []
    for learner in learners:
        plain = unicodedata.normalize("NFKD", learner).encode("ascii", "ignore").decode()
        base = re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-").lower()[:60] or "learner"
        name, count = base, 2
        while name in taken:
            name, count = f"{base}-{count}", count + 1
        taken.add(name)
        names.append(f"{name}.html")
    return names
