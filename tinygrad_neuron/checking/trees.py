"""A formula as a tree of symbols, computed at many points, and changed in one place at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..formulas.symbol import NUMBERS, Symbol, simplified, unicode
from ..primitives import PRIMITIVES

Environment = Mapping[str, float]  # the numbers of names
Path = tuple[int, ...]  # which operand of which operand …


def compute(tree: Any, environment: Environment) -> float:
    """The number of a tree; nan where it has none."""
    if isinstance(tree, NUMBERS):
        return float(tree)
    if tree.operands is None:
        return environment[tree.head]
    return apply(tree.head, [compute(each, environment) for each in tree.operands])


def apply(head: str, numbers: Sequence[float]) -> float:
    """A function of the table at numbers; nan where it has no value."""
    try:
        return PRIMITIVES[head].evaluate(*numbers)
    except (ArithmeticError, ValueError, TypeError):
        return math.nan


def list_parts(tree: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """All parts of a tree, each with the way to it."""
    yield path, tree
    for k, each in enumerate(operands_of(tree)):
        yield from list_parts(each, (*path, k))


def operands_of(tree: Any) -> Sequence[Any]:
    """What a tree is made of; () for a name or a number."""
    return getattr(tree, "operands", None) or ()


def head_of(tree: Any) -> str:
    """The function at the top of a tree, "" for a name or a number."""
    return tree.head if operands_of(tree) else ""


def list_names(tree: Any) -> set[str]:
    """The names in a tree."""
    return {part.head for _, part in list_parts(tree) if isinstance(part, Symbol) and part.operands is None}


def replace(tree: Any, path: Path, part: Any) -> Any:
    """The tree with another part in one place."""
    if not path:
        return part
    operands = [replace(each, path[1:], part) if k == path[0] else each for k, each in enumerate(operands_of(tree))]
    return Symbol(tree.head, operands)


def rename(tree: Any, names: Mapping[str, Any]) -> Any:
    """The tree with other names, or numbers, in the place of some; what is of numbers alone is computed."""
    if isinstance(tree, NUMBERS):
        return tree
    if tree.operands is None:
        new = names.get(tree.head, tree.head)
        return Symbol(new) if isinstance(new, str) else new
    operands = [rename(each, names) for each in tree.operands]
    if all(isinstance(each, NUMBERS) for each in operands):
        return apply(tree.head, list(map(float, operands)))
    return simplified(tree.head, operands)


class Computed:
    """A tree with the numbers of all of its parts: another part costs its own number and the way up.

    Args:
        tree: the formula.
        environment: the numbers of its names.
    """

    def __init__(self, tree: Any, environment: Environment) -> None:
        self.tree, self.environment = tree, environment
        self._known: dict[int, float] = {}
        self._learn(tree)

    def _learn(self, tree: Any) -> float:
        operands = [self._learn(each) for each in operands_of(tree)]
        found = apply(tree.head, operands) if operands else compute(tree, self.environment)
        self._known[id(tree)] = found
        return found

    def _compute(self, tree: Any) -> float:
        """The number of a tree that may have parts of the formula."""
        if id(tree) in self._known and not isinstance(tree, NUMBERS):
            return self._known[id(tree)]
        operands = [self._compute(each) for each in operands_of(tree)]
        return apply(tree.head, operands) if operands else compute(tree, self.environment)

    def with_part(self, path: Path, part: Any) -> float:
        """The number of the formula with another part in one place."""
        spine = [self.tree]
        for step in path[:-1]:
            spine.append(spine[-1].operands[step])
        number = self._compute(part)
        for tree, step in zip(reversed(spine), reversed(path), strict=True) if path else ():
            numbers = [number if k == step else self._known_of(each) for k, each in enumerate(operands_of(tree))]
            number = apply(tree.head, numbers)
        return number

    def _known_of(self, tree: Any) -> float:
        return float(tree) if isinstance(tree, NUMBERS) else self._known[id(tree)]


def write(tree: Any) -> str:
    """A tree as it is read."""
    return unicode(tree).text
