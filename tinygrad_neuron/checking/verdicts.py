"""What a check finds: a row for each input, a verdict, and how both are shown."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ..console import make_table
from ..results import TableResult
from ..value import Value
from .derivative import Derivative
from .figures import HandFigure
from .hints import Hint, make_hint
from .links import Link
from .nonsmooth import NonsmoothPoint
from .numerical import NumericalGradient

if TYPE_CHECKING:
    from rich.table import Table

_HEADINGS = ("input", "verdict", "by hand", "engine", "exact", "numerical", "digits")


class Meaning(NamedTuple):
    """What a verdict says, and the exit code that goes with it."""

    exit_code: int
    meaning: str


# the worst first
VERDICTS: dict[str, Meaning] = {
    "NONDETERMINISTIC": Meaning(3, "two evaluations at the same numbers differ"),
    "LEFT THE GRAPH": Meaning(1, "the function takes a Value out of the graph, so that its gradient is lost"),
    "FAIL": Meaning(1, "a rule, a sum or the hand figure is wrong, or a kink's value lies outside of its sides"),
    "BRANCH": Meaning(
        1, "a Python comparison decides otherwise at the smallest nudge, where the function jumps or bends"
    ),
    "HELD FIXED": Meaning(1, "a number read by .data is a constant for the graph, but not for the function"),
    "INCONCLUSIVE": Meaning(3, "even the highest precision can't decide it"),
    "OUT OF DOMAIN": Meaning(3, "the function has no derivative here, or the engine's isn't finite"),
    "ILL-CONDITIONED": Meaning(0, "the rules are right, but roundings of the forward pass cost most digits"),
    "CONVENTIONS": Meaning(0, "several ties: each was broken by its convention, but together they aren't a derivative"),
    "TIE": Meaning(0, "two sides can't be told apart, and the value lies between their derivatives"),
    "KINK": Meaning(0, "the function bends or jumps here, and the value lies between the sides"),
    "PASS": Meaning(0, "it is right"),
}
DELIBERATE = Meaning(0, "what detach() made a constant is one for the graph, but not for the function")  # HELD FIXED

RECORDING = "a recording was judged; check_function calls the function itself too"


class InputCheck(NamedTuple):
    """What was found for one input.

    Attributes:
        name: the input's label.
        engine: the engine's gradient.
        hand: the hand figure, None if none was given.
        numerical: the numerical gradient with its error and nudge; its `judge` says what it can tell.
        exact: the derivative without the engine's rules, with the ones from either side.
        ulps: the engine's distance from it in units in the last place.
        relative_error: the same, relative.
        digits: significant digits that agree.
        rule: PASS or FAIL: is the derivative right? "" if it can't be said.
        rounding: PASS or FAIL: is it as accurate as floats allow here?
        verdict: of all together.
        reason: why, in a sentence.
        likely_mistakes: what would make the hand figure of the right one, most likely first.
        note: for a gradient that is nan, infinite or next to nothing, where that came from.
        derivation: where the hand figure is wrong, the chain rule written down.
        hand_agrees: whether what was derived by hand is right, None if nothing was, or it wasn't judged.
        deliberate: whether what is held fixed was made a constant by `detach()`.
    """

    name: str
    engine: float
    hand: float | None
    numerical: NumericalGradient
    exact: Derivative
    ulps: float
    relative_error: float
    digits: int
    rule: str
    rounding: str
    verdict: str
    reason: str
    likely_mistakes: tuple[str, ...] = ()
    note: str = ""
    derivation: str = ""
    deliberate: bool = False
    hand_agrees: bool | None = None

    @property
    def exit_code(self) -> int:
        """0 for what passes, 1 for what is wrong, 3 for what can't be said."""
        return DELIBERATE.exit_code if self.deliberate else VERDICTS[self.verdict].exit_code

    @property
    def judgement(self) -> str:
        """What the numerical gradient says of the engine's: AGREES, DISAGREES or CANNOT TELL."""
        return self.numerical.judge(self.engine)

    def to_dict(self) -> dict[str, Any]:
        """All of it as dictionaries, lists, numbers and texts."""
        numerical = self.numerical._asdict() | {"judgement": self.judgement}
        return self._asdict() | {"numerical": numerical, "exact": self.exact._asdict()}


class Finding(NamedTuple):
    """What calls of a function showed beside its recording.

    Attributes:
        calls: how often the function was called.
        replays: how many of these results were compared with a replay of the recording.
        agreeing: how many were the same within rounding.
        remarks: what was seen that changes no verdict.
    """

    calls: int
    replays: int
    agreeing: int
    remarks: tuple[str, ...]

    def __str__(self) -> str:
        calls = f"the function was called {'once' if self.calls == 1 else f'{self.calls} times'}"
        replays = f", {self.agreeing} of {self.replays} replays of the recording agree" if self.replays else ""
        return "\n".join((calls + replays, *self.remarks))


@dataclass(frozen=True, repr=False)
class Check(TableResult):
    """The result of a check.

    Attributes:
        rows: what was found for each input.
        nonsmooth: the kinks, jumps and edges of domains that the graph touched.
        hand: the hand figures; `draw(root, hand=result)` shows them.
        function: what calls of the function showed; None where a recording was judged.
        links: the derivation by hand, link by link, that nearest to the result first.
    """

    rows: tuple[InputCheck, ...]
    nonsmooth: tuple[NonsmoothPoint, ...]
    hand: dict[Value, HandFigure]
    function: Finding | None = None
    links: tuple[Link, ...] = ()

    @property
    def verdict(self) -> str:
        """The worst verdict of all inputs."""
        return next((worst for worst in VERDICTS if any(row.verdict == worst for row in self.rows)), "PASS")

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong: the exit code is 0."""
        return self.exit_code == 0

    @property
    def exit_code(self) -> int:
        """For scripts: 0 if it passed, 1 if something is wrong, 3 if something can't be said."""
        codes = {row.exit_code for row in self.rows}
        return next((code for code in (1, 3) if code in codes), 0)

    def hint(self, level: int) -> Hint:
        """So much of what is said of a derivation by hand as a learner should see.

        Args:
            level: 0 says whether all is right, 1 how many links are, 2 which, 3 which rule to look at, and 4 has the
                derivation. Nothing of the answer shows below that.

        Raises:
            ValueError: there is no such level, or nothing was handed in.
        """
        return make_hint(self.links, {row.name: row.derivation for row in self.rows}, level)

    def to_dict(self) -> dict[str, Any]:
        """The verdict, the rows, and the points where the graph isn't smooth."""
        rows, points = [row.to_dict() for row in self.rows], [point._asdict() for point in self.nonsmooth]
        function = self.function._asdict() if self.function else None
        links = [link._asdict() | {"mistakes": [each._asdict() for each in link.mistakes]} for link in self.links]
        return {"verdict": self.verdict, "inputs": rows, "nonsmooth": points, "function": function, "links": links}

    def table(self) -> Table:
        """The result as a table of `rich`, a row for each input: its verdict, then what led to it.

        A column that would be empty isn't shown, and the numerical gradient only where there is no exact one.
        """
        rows = [_write_cells(row) for row in self.rows]
        headings = [heading for heading in _HEADINGS if any(row[heading] for row in rows)] if rows else _HEADINGS
        table = make_table(headings, ([row[heading] for heading in headings] for row in rows))
        table.collapse_padding = True
        for column in table.columns[1:]:  # a label may be folded, a number never
            column.no_wrap = True
        return table

    def _caption(self) -> str:
        return "\n".join(self._sentences())

    def _sentences(self) -> Iterator[str]:
        """The reasons, each once; where the graph isn't smooth; and the chain rule for what is wrong by hand."""
        said: dict[tuple[str, ...], list[str]] = {}
        for row in self.rows:
            said.setdefault((row.verdict, row.reason, *_write_details(row)), []).append(row.name)
        for (verdict, reason, *details), inputs in said.items():
            yield f"{', '.join(inputs)}: {verdict}. {reason[:1].upper()}{reason[1:]}"
            yield from (f"    {line}" for line in details)
        for link in self.links:
            if link.understood:
                yield "; ".join((f"understood: {link.name} = {link.understood}", *link.remarks))
        yield from map(str, self.nonsmooth)
        for row in self.rows:
            yield from ("", *row.derivation.splitlines(), "") if row.derivation else ()
        yield str(self.function or RECORDING)
        yield f"verdict: {self.verdict}"


def _write_details(row: InputCheck) -> list[str]:
    """The lines below a reason."""
    others = [f"or: {mistake}" for mistake in row.likely_mistakes[1:4]]
    return [row.note, *others] if row.note else others


def _write_cells(row: InputCheck) -> dict[str, str]:
    """What a row of the table shows, by the headings."""
    exact, numerical = row.exact, row.numerical
    sides = textwrap.fill(f"{exact.left:.6g} | {exact.right:.6g}", 16, break_on_hyphens=False)
    unknown = exact.kind in ("unknown", "undecided", "undefined", "tied")
    cells = (
        row.name,
        row.verdict,
        "" if row.hand is None else _write_number(row.hand),
        _write_number(row.engine),
        "" if unknown else sides if exact.value != exact.value else _write_number(exact.value),
        f"{numerical.value:.6g}\n±{numerical.error:.0e}" if unknown and math.isfinite(numerical.error) else "",
        "" if exact.value != exact.value else str(row.digits),
    )
    return dict(zip(_HEADINGS, cells, strict=True))


def _write_number(number: float) -> str:
    """A number as it was given if that is short, else its first digits."""
    return min(f"{number:.8g}", repr(number), key=len)
