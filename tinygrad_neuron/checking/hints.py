"""Hints before answers: what is said of a derivation by hand, a little more at each level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..arguments import require
from ..results import Result
from .links import CONTRADICTS, FOLLOWS, RIGHT, UNCLEAR, Link

LEVELS = ("right or wrong", "how many links are right", "which link", "which rule", "the derivation")
OTHERS = {
    FOLLOWS: "follows rightly from what is wrong above it",
    CONTRADICTS: "is right, but doesn't follow from what stands above it",
    UNCLEAR: "can't be judged here",
}


@dataclass(frozen=True, repr=False)
class Hint(Result):
    """So much of the verdict on a derivation as a learner should see. Nothing of the answer shows below level 4.

    Attributes:
        level: 0 says whether all is right, 1 how many links are, 2 which, 3 which rule to look at, 4 the derivation.
        right: whether all of it is right.
        lines: what is said.
    """

    level: int
    right: bool
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.lines)

    def to_dict(self) -> dict[str, Any]:
        """The level, whether all is right, and the lines."""
        return {"level": self.level, "right": self.right, "lines": list(self.lines)}


def make_hint(links: Sequence[Link], derivations: Mapping[str, str], level: int) -> Hint:
    """What is said of some links at a level.

    Args:
        links: with their verdicts.
        derivations: how those are derived that aren't right, by their names.
        level: 0 to 4, see Hint.

    Raises:
        ValueError: there is no such level, or nothing was handed in.
    """
    require(level in range(len(LEVELS)), "hint must be 0, 1, 2, 3 or 4", level)
    require(bool(links), "a hint needs a derivation by hand: give hand=", len(links))
    others = [link for link in links if link.verdict != RIGHT]
    lines = ["something isn't right yet" if others else "all of it is right"]
    if level >= 1:
        lines.append(f"{len(links) - len(others)} of {len(links)} links {'is' if len(links) == 1 else 'are'} right")
    if level >= 2:
        lines += [_say(link, derivations, level) for link in others]
    return Hint(level, not others, tuple(lines))


def _say(link: Link, derivations: Mapping[str, str], level: int) -> str:
    """One line of a link that isn't right, or several."""
    if link.verdict in OTHERS:
        return f"{link.name} {OTHERS[link.verdict]}"
    if level == LEVELS.index("which link"):
        return f"{link.name} isn't right"
    if level == LEVELS.index("which rule"):
        return f"{link.name} isn't right: {link.mistakes[0].hint if link.mistakes else 'derive it once more'}"
    written = derivations.get(link.name, "")
    return "\n".join([link.words, *(f"    {line}" for line in written.splitlines())])
