"""What is said of arguments that can't be used: the rule and what was given, or the names that are known."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

MOST_NAMES = 8  # that a message lists


def require(holds: bool, rule: str, given: Any) -> None:
    """Refuse an argument that breaks a rule.

    Args:
        holds: whether the rule holds.
        rule: the rule, as the first half of a sentence: "steps must be 1 or above".
        given: the argument.

    Raises:
        ValueError: the rule doesn't hold.
    """
    if not holds:
        raise ValueError(f"{rule}, got {given!r}")


def require_known(
    kind: str, names: Iterable[Any], known: Collection[str], error: type[Exception] = ValueError, where: str = ""
) -> None:
    """Refuse names that aren't known, and list those that are.

    Args:
        kind: what the names are of: "column".
        names: those that are asked for.
        known: those that there are.
        error: what is raised.
        where: what stands before the message, as a file's name.

    Raises:
        ValueError: a name isn't known; or the given error.
    """
    for name in names:
        if name not in known:
            those = f"the {kind}s are {list_names(known)}" if known else "there are none"
            raise error(f"{where}there is no {kind} {name!r}; {those}")


def list_names(names: Collection[str]) -> str:
    """The names with commas between, and how many more there are."""
    more = len(names) - MOST_NAMES
    return ", ".join(list(names)[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
