"""What a check finds: a row for each input, a verdict, and how both are shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from ..console import make_table
from ..results import TableResult
from ..value import Value
from .exact import Derivative
from .hand import HandFigure
from .nonsmooth import NonsmoothPoint
from .numerical import NumericalGradient

if TYPE_CHECKING:
    from rich.table import Table

Verdict = Literal["NONDETERMINISTIC", "FAIL", "INCONCLUSIVE", "OUT OF DOMAIN", "ILL-CONDITIONED", "KINK", "PASS"]
WORST_FIRST: tuple[Verdict, ...] = get_args(Verdict)


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

    @property
    def judgement(self) -> str:
        """What the numerical gradient says of the engine's: AGREES, DISAGREES or CANNOT TELL."""
        return self.numerical.judge(self.engine)

    def to_dict(self) -> dict[str, Any]:
        """All of it as dictionaries, lists, numbers and texts."""
        numerical = self.numerical._asdict() | {"judgement": self.judgement}
        return self._asdict() | {"numerical": numerical, "exact": self.exact._asdict()}


@dataclass(frozen=True, repr=False)
class Check(TableResult):
    """The result of a check.

    Attributes:
        rows: what was found for each input.
        nonsmooth: the kinks, jumps and edges of domains that the graph touched.
        hand: the hand figures; `draw(root, hand=result)` shows them.
    """

    rows: tuple[InputCheck, ...]
    nonsmooth: tuple[NonsmoothPoint, ...]
    hand: dict[Value, HandFigure]

    @property
    def verdict(self) -> str:
        """The worst verdict of all inputs."""
        return next((worst for worst in WORST_FIRST if any(row.verdict == worst for row in self.rows)), "PASS")

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong: each input passes, or sits at a kink where a convention chose well."""
        return self.verdict in ("PASS", "KINK", "ILL-CONDITIONED")

    @property
    def exit_code(self) -> int:
        """0 if it passed, else 1: for scripts."""
        return 0 if self.passed else 1

    def to_dict(self) -> dict[str, Any]:
        """The verdict, the rows, and the points where the graph isn't smooth."""
        rows, points = [row.to_dict() for row in self.rows], [point._asdict() for point in self.nonsmooth]
        return {"verdict": self.verdict, "inputs": rows, "nonsmooth": points}

    def table(self) -> Table:
        """The result as a table of `rich`, a row for each input."""
        headings = ("input", "engine", "hand", "numerical (h)", "exact", "ulps", "relative error", "digits", "verdict")
        return make_table(headings, map(_write_cells, self.rows))

    def _caption(self) -> str:
        return "\n".join(self._sentences())

    def _sentences(self) -> Iterator[str]:
        """The reasons, and where the graph isn't smooth."""
        for row in self.rows:
            reason = row.reason[:1].upper() + row.reason[1:]
            yield f"{row.name}: {row.verdict}. {reason} (the numerical gradient {row.judgement.lower()})"
            notes = [row.note] if row.note else []
            notes += [f"or: {mistake}" for mistake in row.likely_mistakes[1:4]]
            yield from (f"    {line}".rstrip() for line in (*notes, *row.derivation.splitlines()))
        yield from map(str, self.nonsmooth)
        yield f"verdict: {self.verdict}"


def _write_cells(row: InputCheck) -> tuple[str, ...]:
    sides = f"{row.exact.left:.6g} | {row.exact.right:.6g}"
    exact = sides if row.exact.value != row.exact.value else f"{row.exact.value:.12g}"
    return (
        row.name,
        f"{row.engine:.12g}",
        "" if row.hand is None else f"{row.hand!r}",
        f"{row.numerical.value:.6g} ±{row.numerical.error:.0e} ({row.numerical.h:.0e})",
        exact,
        f"{row.ulps:.3g}",
        f"{row.relative_error:.1e}",
        str(row.digits),
        row.verdict,
    )
