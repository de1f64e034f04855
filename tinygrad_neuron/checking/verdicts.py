"""What a check finds: a row for each input, a verdict, and how both are shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from ..console import make_table, paper, text_of
from ..files import json_text
from ..value import Value
from .exact import Derivative
from .faux import Faux
from .ledger import Entry

if TYPE_CHECKING:
    from rich.table import Table

PASS, FAIL, KINK, OUT_OF_DOMAIN = "PASS", "FAIL", "KINK", "OUT OF DOMAIN"
ILL_CONDITIONED, NONDETERMINISTIC, INCONCLUSIVE = "ILL-CONDITIONED", "NONDETERMINISTIC", "INCONCLUSIVE"
WORST_FIRST = (NONDETERMINISTIC, FAIL, INCONCLUSIVE, OUT_OF_DOMAIN, ILL_CONDITIONED, KINK, PASS)


class Figure(NamedTuple):
    """A gradient derived by hand, and how far it may be off by the way it was given."""

    value: float
    unit: float


class InputCheck(NamedTuple):
    """What was found for one input.

    Attributes:
        name: the input's label.
        engine: the engine's gradient.
        hand: the figure derived by hand, None if none was given.
        faux: a numerical derivative with its error and nudge; `faux.judge` says what it can tell.
        exact: the derivative without the engine's rules, with the ones from either side.
        ulps: the engine's distance from it in units in the last place.
        relative_error: the same, relative.
        digits: significant digits that agree.
        rule: PASS or FAIL: is the derivative right? "" if it can't be said.
        rounding: PASS or FAIL: is it as accurate as floats allow here?
        verdict: of all together.
        reason: why, in a sentence.
        causes: likely mistakes in the figure derived by hand, most likely first.
        note: for a gradient that is nan, infinite or next to nothing, where that came from.
        derivation: where a figure derived by hand is wrong, the chain rule written down.
    """

    name: str
    engine: float
    hand: float | None
    faux: Faux
    exact: Derivative
    ulps: float
    relative_error: float
    digits: int
    rule: str
    rounding: str
    verdict: str
    reason: str
    causes: tuple[str, ...] = ()
    note: str = ""
    derivation: str = ""


class Check(NamedTuple):
    """The result of a check.

    Attributes:
        rows: what was found for each input.
        ledger: the kinks and edges of domains that the graph touched.
        hand: the figures derived by hand; `draw(root, hand=result)` shows them.
    """

    rows: tuple[InputCheck, ...]
    ledger: tuple[Entry, ...]
    hand: dict[Value, Figure]

    @property
    def verdict(self) -> str:
        """The worst verdict of all inputs."""
        return next((worst for worst in WORST_FIRST if any(row.verdict == worst for row in self.rows)), PASS)

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong: each input passes, or sits at a kink where a convention chose well."""
        return self.verdict in (PASS, KINK, ILL_CONDITIONED)

    @property
    def exit_code(self) -> int:
        """0 if it passed, else 1: for scripts."""
        return 0 if self.passed else 1

    def to_json(self) -> str:
        """The result as JSON; numbers that aren't finite are text."""
        rows = []
        for row in self.rows:
            entry = {key: value for key, value in row._asdict().items() if key not in ("faux", "exact", "causes")}
            entry |= {"exact": row.exact.value, "left": row.exact.left, "right": row.exact.right}
            entry |= {"exact_method": row.exact.method, "faux": row.faux.value, "faux_error": row.faux.error}
            rows.append(entry | {"h": row.faux.h, "faux_says": row.faux.judge(row.engine), "causes": row.causes})
        kinks = [{"node": at.name, "what": at.what, "chosen": at.chosen, "sides": at.sides} for at in self.ledger]
        return json_text({"verdict": self.verdict, "inputs": rows, "ledger": kinks}, indent=2)

    def table(self) -> Table:
        """The result as a table of `rich`, a row for each input."""
        headings = ("input", "engine", "hand", "faux (h)", "exact", "ulps", "relative error", "digits", "verdict")
        return make_table(headings, map(_cells, self.rows))

    def __str__(self) -> str:
        """The result as text: the table, the reasons, and what the graph touched."""
        console = paper()
        console.print(self.table())
        for line in self._lines():
            console.print(line, markup=False, highlight=False)
        return text_of(console) + "\n"

    def _lines(self) -> Iterator[str]:
        for row in self.rows:
            yield f"{row.name}: {row.verdict}. {row.reason} (the faux gradient {row.faux.judge(row.engine).lower()})"
            yield from (f"    {line}" for line in (row.note, *(f"or: {cause}" for cause in row.causes[1:4])) if line)
            yield from (f"    {line}" for line in row.derivation.splitlines())
        for entry in self.ledger:
            chosen = ", ".join("no gradient" if slope is None else f"{slope:.6g}" for slope in entry.chosen)
            others = f"; PyTorch {entry.pytorch}, JAX {entry.jax}" if entry.pytorch else ""
            yield f"{entry.what}: {entry.name}, {', '.join(entry.sides) or f'local derivative {chosen}{others}'}"
        yield f"verdict: {self.verdict}"


def _cells(row: InputCheck) -> tuple[str, ...]:
    sides = f"{row.exact.left:.6g} | {row.exact.right:.6g}"
    exact = sides if row.exact.value != row.exact.value else f"{row.exact.value:.12g}"
    return (
        row.name,
        f"{row.engine:.12g}",
        "" if row.hand is None else f"{row.hand!r}",
        f"{row.faux.value:.6g} ±{row.faux.error:.0e} ({row.faux.h:.0e})",
        exact,
        f"{row.ulps:.3g}",
        f"{row.relative_error:.1e}",
        str(row.digits),
        row.verdict,
    )
