"""Small changes of a formula by hand: the one that makes it right often names the mistake best."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from ..formulas.symbol import NUMBERS, Symbol, simplified
from .slips import Mistake, always, read_tree, stem
from .trees import Path, head_of, list_names, list_parts, operands_of, rename, replace, write

FUNCTIONS = ("tanh", "sigmoid", "exp", "log", "sin", "cos", "sinh", "cosh")
SHAPES = (("1 - s", 1.9), ("1/s", 2.1), ("1 - s^2", 2.3), ("s*(1 - s)", 2.3))  # and how far-fetched they are
HINT = "your formula is nearly right: read it once more, from the left to the right"


class Edit(NamedTuple):
    """A change of one part of a formula.

    Attributes:
        cost: how far-fetched it is.
        path: where.
        part: what stands there then.
        say: makes the words.
        kind: what the mistake is called.
    """

    cost: float
    path: Path
    part: Any
    say: Callable[[], str]
    kind: str = "formula"

    def mistake(self) -> Mistake:
        """The mistake that it mends."""
        return Mistake(self.say(), HINT, self.kind)


def _make(head: str, *operands: Any) -> Any:
    return simplified(head, operands)


class Edits:
    """All small changes of a formula.

    Args:
        tree: the formula.
        symbols: names that may belong in it.
        counts: numbers that may: how many samples there are, factors of the graph.
        calls: functions of one name, as the graph has them.
        tiny: small numbers that are easily left out.
    """

    tree: Any
    symbols: Sequence[str]
    counts: Sequence[float]
    calls: Sequence[Any]
    tiny: Sequence[float]
    used: list[str]

    def __init__(
        self, tree: Any, symbols: Sequence[str], counts: Sequence[float], calls: Sequence[Any], tiny: Sequence[float]
    ) -> None:
        self.tree, self.symbols, self.counts, self.calls, self.tiny = tree, symbols, counts, calls, tiny
        self.used = sorted(list_names(tree))

    def __iter__(self) -> Iterator[Edit]:
        yield from self._rename()
        for path, part in list_parts(self.tree):
            parent = self._find(path[:-1]) if path else None
            within = f" in {write(parent)}" if path else ""
            for edit in self._change(part, parent, path, within):
                yield edit._replace(cost=edit.cost + 0.01 * len(path))

    def apply(self, edit: Edit) -> Any:
        """The changed formula."""
        return replace(self.tree, edit.path, edit.part)

    def _find(self, path: Path) -> Any:
        part = self.tree
        for step in path:
            part = part.operands[step]
        return part

    # ------------------------------------------------------------ names everywhere
    def _rename(self) -> Iterator[Edit]:
        names = [part.head for _, part in list_parts(self.tree) if isinstance(part, Symbol) and not operands_of(part)]
        for a in self.used:
            for b in self.symbols:
                apart = 0.2 * (stem(a) != stem(b))
                if a != b and names.count(a) > 1:
                    said = f"{b} belongs wherever you wrote {a}"
                    yield Edit(1.55 + apart, (), rename(self.tree, {a: b}), always(said), "wrong variable")
                if a < b and b in self.used:
                    said = f"{a} and {b} are swapped"
                    yield Edit(1.6 + apart / 2, (), rename(self.tree, {a: b, b: a}), always(said), "wrong variable")
        for a in {stem(name) for name in self.used}:
            yield from self._rename_alike([name for name in self.used if stem(name) == a])

    def _rename_alike(self, mine: Sequence[str]) -> Iterator[Edit]:
        """a1, a2 and a3 for x1, x2 and x3."""
        for other in {stem(name) for name in self.symbols} - {stem(mine[0])} if len(mine) > 1 else ():
            likes = {(re.sub(r"\D", "", name)): name for name in self.symbols if stem(name) == other}
            pairs = {name: likes[index] for name in mine if (index := re.sub(r"\D", "", name)) in likes}
            if len(pairs) == len(mine):
                said = f"{', '.join(pairs.values())} belong where you wrote {', '.join(pairs)}"
                yield Edit(1.6, (), rename(self.tree, pairs), always(said), "wrong variable")

    # ------------------------------------------------------------ one part
    def _change(self, part: Any, parent: Any, path: Path, within: str) -> Iterator[Edit]:
        head, is_number = head_of(part), isinstance(part, NUMBERS)

        def instead(cost: float, new: Any, words: str = "", kind: str = "formula") -> Edit:
            said = words and (lambda: words.format(write(part)))
            return Edit(
                cost, path, new, said or (lambda: f"write {write(new)} where you wrote {write(part)}{within}"), kind
            )

        if is_number:
            yield from self._change_number(part, head_of(parent) == "pow" and path[-1] == 1, instead)
            return
        said = f"the sign of {{}} is wrong{within}" if path else "the sign is wrong"
        yield instead(1.6, _make("neg", part), said, "sign")
        yield from self._change_operation(part, head, parent, instead)
        yield from _reshape(part, head, instead)
        yield from self._change_name(part, head, within, instead)
        if parent is None or head_of(parent) in ("add", "sub", "neg"):
            yield from self._multiply(part, " in the term {}" if path else "", instead)
        yield from self._add_terms(part, head, parent is None, instead)

    def _change_number(self, part: float, is_exponent: bool, instead: Callable[..., Edit]) -> Iterator[Edit]:
        """Another number: one more or less, twice, half, of the other sign, or one of the graph."""
        numbers = {part + 1, part - 1}
        numbers |= set() if is_exponent else {part * 2, part / 2, -part, *self.counts}
        yield from (instead(1.5 if is_exponent else 2.0, float(each), kind="number") for each in numbers - {part})

    def _add_terms(self, part: Any, head: str, whole: bool, instead: Callable[..., Edit]) -> Iterator[Edit]:
        """A term more: of the whole formula one that is missing."""
        missing = "the term {} {} is missing".format
        for cost, number, sign, written in ((1.3, 1.0, "sub", "−"), (1.74, 1.0, "add", "+")):
            words = missing(written, "1") if whole else ""
            yield instead(cost if whole else cost + 0.7, _make(sign, part, number), words, "term")
        for name in self.symbols:
            if head or part.head != name:
                for sign, written in (("sub", "−"), ("add", "+")):
                    words = missing(written, name) if whole else ""
                    yield instead(1.74 if whole else 2.2, _make(sign, part, Symbol(name)), words, "term")
                yield instead(2.2, _make("sub", Symbol(name), part))

    def _change_operation(self, part: Any, head: str, parent: Any, instead: Callable[..., Edit]) -> Iterator[Edit]:
        if head in ("add", "sub"):
            yield from self._change_sum(part, head, instead)
        elif head == "mul":
            yield from self._change_product(part, parent, instead)
        elif head == "div":
            yield from self._change_quotient(part, instead)
        elif head in FUNCTIONS:
            others = [each for each in FUNCTIONS if each != head]
            yield from (instead(1.9, _make(other, *part.operands)) for other in others)

    def _change_sum(self, part: Any, head: str, instead: Callable[..., Edit]) -> Iterator[Edit]:
        a, b = part.operands
        yield instead(1.04, _make("sub" if head == "add" else "add", a, b), kind="sign")
        yield instead(1.7, a, f"the term {write(b)} doesn't belong in {{}}", "term")
        yield instead(
            1.7, b if head == "add" else _make("neg", b), f"the term {write(a)} doesn't belong in {{}}", "term"
        )
        yield instead(2.2, _make("mul", a, b))
        for new in _list_parentheses(head, a, b):  # a + b·c for (a + b)·c
            yield instead(1.36, new, f"parentheses are missing: write {write(new)} where you wrote {{}}", "parentheses")

    def _change_product(self, part: Any, parent: Any, instead: Callable[..., Edit]) -> Iterator[Edit]:
        a, b = part.operands
        for one, other in ((a, b), (b, a)):
            yield instead(1.6, one, f"the factor {write(other)} doesn't belong in {{}}", "factor")
            if head_of(one) in ("add", "sub"):  # (a + b)·c for a + b·c
                c, d = one.operands
                for new in (_make(one.head, c, _make("mul", d, other)), _make(one.head, _make("mul", c, other), d)):
                    yield instead(
                        1.37, new, f"the parentheses are wrong: write {write(new)} where you wrote {{}}", "parentheses"
                    )
        yield instead(
            1.9,
            _make("div", a, b),
            f"divide by {write(b)}, and don't multiply with it, in {{}}",
            "divided or multiplied",
        )
        if head_of(a) == "div":  # a/b·c for a/(b·c)
            new = _make("div", a.operands[0], _make("mul", a.operands[1], b))
            yield instead(1.36, new, f"parentheses are missing: write {write(new)} where you wrote {{}}", "parentheses")
        if head_of(parent) != "mul":
            factors = list_factors(part)
            for i in range(len(factors)):
                for k in range(i + 1, len(factors)):
                    rest = [each for m, each in enumerate(factors) if m not in (i, k)]
                    words = f"the factors {write(factors[i])} and {write(factors[k])} are too much in {{}}"
                    yield instead(1.74, _multiply(rest), words, "factor")

    def _change_quotient(self, part: Any, instead: Callable[..., Edit]) -> Iterator[Edit]:
        a, b = part.operands
        yield instead(1.6, a, f"the division by {write(b)} doesn't belong in {{}}", "factor")
        yield instead(
            1.9,
            _make("mul", a, b),
            f"multiply with {write(b)}, and don't divide by it, in {{}}",
            "divided or multiplied",
        )
        yield instead(1.7, _make("div", a, _make("pow", b, 2.0)), f"{write(b)} must be squared in {{}}")
        yield instead(2.4, _make("div", b, a))
        if head_of(b) == "mul":  # a/(b·c) for a/b·c
            for c, d in (b.operands, b.operands[::-1]):
                new = _make("mul", _make("div", a, c), d)
                yield instead(
                    1.5, new, f"the parentheses are wrong: write {write(new)} where you wrote {{}}", "parentheses"
                )

    def _change_name(self, part: Any, head: str, within: str, instead: Callable[..., Edit]) -> Iterator[Edit]:
        if not head:
            for name in self.symbols:
                if name != part.head:
                    cost = 1.5 + 0.2 * (stem(name) != stem(part.head)) + 0.1 * (name not in self.used)
                    yield instead(cost, Symbol(name), f"{name} belongs where you wrote {{}}{within}", "wrong variable")
            for number in self.tiny:
                words = f"{number:g} is left out: {{}} + {number:g} belongs where you wrote {{}}{within}".replace(
                    "{}", write(part)
                )
                yield instead(1.2, _make("add", part, number), words, "term")
        if not head or head in FUNCTIONS:
            yield from (instead(1.8, call) for call in self.calls)

    def _multiply(self, part: Any, where: str, instead: Callable[..., Edit]) -> Iterator[Edit]:
        for name in map(Symbol, self.symbols):
            yield instead(1.7, _make("mul", part, name), f"the factor {write(name)} is missing{where}", "factor")
            yield instead(2.0, _make("div", part, name), f"the divisor {write(name)} is missing{where}", "factor")
            for new in (_make("sub", 1.0, name), _make("sub", 1.0, _make("pow", name, 2.0))):
                yield instead(
                    2.55, _make("mul", part, new), f"the factor {write(new)} is missing{where}", "missing link"
                )
        for number in self.counts:
            yield instead(1.8, _make("mul", part, number), f"the factor {number:g} is missing{where}", "factor")
            yield instead(1.8, _make("div", part, number), f"the factor 1/{number:g} is missing{where}", "factor")


def _reshape(part: Any, head: str, instead: Callable[..., Edit]) -> Iterator[Edit]:
    """The part as it stands in other formulas: 1 − s, s², 1/s."""
    for formula, cost in SHAPES:
        yield instead(cost, rename(_read(formula), {"s": part}))
    if head == "pow":
        yield instead(1.6, part.operands[0], f"{write(part.operands[0])} must not be raised to the power in {{}}")
    else:
        yield instead(1.6, _make("pow", part, 2.0))
        yield instead(2.4, _make("sqrt", part))


@functools.cache
def _read(formula: str) -> Any:
    return read_tree(formula, ("s",))


def list_factors(tree: Any) -> list[Any]:
    """The factors of a product."""
    return [each for part in tree.operands for each in list_factors(part)] if head_of(tree) == "mul" else [tree]


def _multiply(factors: Sequence[Any]) -> Any:
    product: Any = 1.0
    for each in factors:
        product = _make("mul", product, each)
    return product


def _list_parentheses(head: str, a: Any, b: Any) -> Iterator[Any]:
    """What was meant by a sum whose parentheses were dropped."""
    if head_of(b) in ("mul", "div"):
        yield _make(b.head, _make(head, a, b.operands[0]), b.operands[1])
    if head_of(a) in ("mul", "div"):
        yield _make(a.head, a.operands[0], _make(head, a.operands[1], b))
