"""What is noted down beside the numbers while a graph is recorded: labels, scopes, source lines, decisions."""

from __future__ import annotations

import itertools
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import Any, Final, NamedTuple


class Tag(NamedTuple):
    """What a node is called, the scopes it was made in, outermost first, and the source line, if that is kept.

    The end of an expression in text keeps the stages that were assigned beside it, for formulas that name them.
    """

    label: str = ""
    scope: tuple[str, ...] = ()
    source: str = ""
    beside: tuple[Any, ...] = ()


NO_TAG: Final = Tag()
KEEP: Final = "?"  # the source of a tag that asks for the line of each node
# the tag of new nodes; None where nothing is recorded: one look-up answers both
_tag: ContextVar[Tag | None] = ContextVar("tag", default=NO_TAG)
current_tag: Final = _tag.get
_PACKAGE: Final = __name__.rpartition(".")[0]


class Switch:
    """Whether a scope was ever entered, or the like: before that, new nodes needn't ask for their tag."""

    __slots__ = ("on",)

    def __init__(self) -> None:
        self.on: bool = False

    def enter(self, tag: Tag | None) -> Token[Tag | None]:
        """Nodes get this tag until the token is handed back; None records nothing."""
        self.on = True
        return _tag.set(tag)


switch: Final = Switch()


@contextmanager
def no_grad() -> Iterator[None]:
    """Compute without recording: what is computed inside is a constant.

    Examples:
        >>> w = Value(3.0)
        >>> with no_grad():
        ...     (w * w).is_constant
        True
    """
    if (decisions := current_decisions()) is not None:
        decisions.stop_recording()
    token = switch.enter(None)
    try:
        yield
    finally:
        _tag.reset(token)


class scope:  # noqa: N801 (it is used as a function)
    """Group what is computed inside: a picture draws a box around it, or folds it into one.

    Scopes nest. The same name at the same place is the same scope.

    Args:
        name: what the box is called.

    Raises:
        TypeError: the name is not a string.

    Examples:
        >>> w = Value(3.0)
        >>> with scope("neuron 1"):
        ...     y = w * w
        >>> y.scope
        ('neuron 1',)
    """

    __slots__ = ("_name", "_token")

    def __init__(self, name: str) -> None:
        self._name = require_text(name, "a scope's name")
        self._token: Token[Tag | None] | None = None

    def __enter__(self) -> None:
        outer = current_tag()
        self._token = switch.enter(outer and Tag("", (*outer.scope, self._name), outer.source))

    def __exit__(self, *_error: object) -> None:
        if self._token:
            _tag.reset(self._token)


@contextmanager
def keep_sources() -> Iterator[None]:
    """Keep for each value computed inside the line of the program that made it, for reports; it takes time.

    Examples:
        >>> x = Value(-1.0)
        >>> with keep_sources():
        ...     y = x.log()
        >>> y.source.rpartition(":")[2].isdigit()
        True
    """
    outer = current_tag()
    token = switch.enter(outer and outer._replace(source=KEEP))
    try:
        yield
    finally:
        _tag.reset(token)


def locate(tag: Tag) -> Tag:
    """The tag with the line outside of this package that is being run."""
    frame = user_frame()
    return tag._replace(source=f"{frame.f_code.co_filename}:{frame.f_lineno}")


def user_frame() -> Any:
    """The frame outside of this package that is being run."""
    frame: Any = sys._getframe()
    while frame.f_back and frame.f_globals.get("__name__", "").startswith(_PACKAGE):
        frame = frame.f_back
    return frame


# ---------------------------------------------------------------- names
def spelled_alike(name: str) -> str:
    """What names that look alike have in common: θ₁ is θ1, as identifiers are for Python, and spaces don't count."""
    return "".join(unicodedata.normalize("NFKC", name).split())


def scoped(scope: Sequence[str], name: str) -> str:
    """A name in its scopes: layer1.neuron2.w1."""
    return ".".join(["".join(each.split()) for each in scope] + [name])


def distinct(scopes: Sequence[Sequence[str]], names: Sequence[str], numbered: Sequence[bool]) -> list[str]:
    """The names, with their scopes where several are the same, and with a number where that is not enough.

    Some have a number in any case: tanh[1] is a node without a label, tanh the function.
    """
    short = Counter(names)
    found = [name if short[name] == 1 else scoped(scope, name) for scope, name in zip(scopes, names, strict=True)]
    times, counts = Counter(found), {name: itertools.count(1) for name in found}

    def number(name: str) -> str:
        return next(each for n in counts[name] if (each := f"{name}[{n}]") not in times)

    return [number(name) if times[name] > 1 or always else name for name, always in zip(found, numbered, strict=True)]


_NAME = re.compile(r"(?:layer(\d+)\.)?(?:[^\W\d]+(\d+)\.)?([^.\[\]]*?)_?(\d*)(\[\d+\])?")
_RAISED, _LOWERED = str.maketrans("()0123456789", "⁽⁾⁰¹²³⁴⁵⁶⁷⁸⁹"), str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class Indexed(NamedTuple):
    """A name with scopes as mathematics has it: w₂₁⁽¹⁾ for layer1.neuron2.w1.

    Attributes:
        base: the letter or word.
        indices: of the neuron, and its own.
        layer: that of the layer, in parentheses.
        number: which of several with the same name, in brackets.
    """

    base: str
    indices: str
    layer: str
    number: str


def indexed(name: str) -> Indexed | None:
    """The parts of a name with scopes; None if it has none, or others than a layer and something with a number."""
    found = _NAME.fullmatch(name) if "." in name else None
    if not (found and found[3]):
        return None
    layer, outer, base, own, number = (each or "" for each in found.groups())
    indices = (outer + own) if len(outer + own) <= 2 else ",".join(filter(None, (outer, own)))
    return Indexed(base, indices, layer and f"({layer})", number)


def symbols(names: Iterable[str]) -> dict[str, str]:
    """The names as pictures show them, as long as no two look the same."""
    found = {name: symbol(name) for name in names}
    count = Counter(found.values())
    return {name: each if count[each] == 1 else name for name, each in found.items()}


def symbol(name: str) -> str:
    """A name as pictures show it."""
    parts = indexed(unicodedata.normalize("NFKC", name))
    if not parts:
        return name
    return parts.base + parts.indices.translate(_LOWERED) + parts.layer.translate(_RAISED) + parts.number


def require_text(text: Any, what: str) -> str:
    """The text itself; an error that says what should have been one."""
    if not isinstance(text, str):
        raise TypeError(f"{what} is a string, got {type(text).__name__}")
    return text


# ---------------------------------------------------------------- decisions
# what decided which branch of a function is recorded, while it is traced to be compiled: relation, sides, outcome
Decision = tuple[str, Any, Any, bool]


class Decisions(list[Decision]):
    """All comparisons of Values made inside of `keep_decisions`, and the numbers that are read from them."""

    def read(self, node: Any, _way: str) -> float:
        """The plain number of a node: a branch of its own, for what follows is right for this number alone."""
        number: float = node._data
        known = number == number  # where it is none, only that is decided by it
        self.append(("==", node, number if known else node, known))
        return number

    def stop_recording(self) -> None:
        """Refuse what would be computed without a trace, and stay as it is in all later calls."""
        raise TypeError("under no_grad() nothing is traced: use detach() or stop_gradient() in a compiled function")


_decisions: ContextVar[Decisions | None] = ContextVar("decisions", default=None)
current_decisions: Final = _decisions.get


@contextmanager
def keep_decisions(decisions: Decisions | None = None) -> Iterator[Decisions]:
    """Note down all comparisons of Values made inside, and the numbers that are read from them."""
    decisions = Decisions() if decisions is None else decisions
    token = _decisions.set(decisions)
    try:
        yield decisions
    finally:
        _decisions.reset(token)


def note_decision(relation: str, left: Any, right: Any, outcome: bool) -> bool:
    """Note down how a comparison came out, if somebody keeps them."""
    if (decisions := current_decisions()) is not None:
        decisions.append((relation, left, right, outcome))
    return outcome
