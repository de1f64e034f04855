"""The reading of the table in power series, whose coefficients are found one after the other.

Sums, products and quotients of series are written out; of every other primitive the rule says how
y = f(x) goes on: y' = f'(x)·x', so that each coefficient follows from earlier ones. The rule is read on
series too, and may be made of y itself, as that of exp, or of a function whose rule leads back, as those of
sin and cos: a coefficient is computed when it is asked for, and equal operations are one series.

Source: Griewank & Walther, Evaluating Derivatives, chapter 13; McIlroy, Power series, power serious (1999).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .primitives import Gated, Ieee, Number, Operators, Primitive, apply, is_number

FEW = 8  # whole powers up to it are read as products are, so that what is exactly 0 stays so


class Series(Operators):
    """A power series in t.

    Args:
        known: its first coefficients: numbers, or Values.
        find: `find(k)` gives coefficient k from earlier ones; further ones are 0 unless given.
        made: all operations on series so far.
    """

    __slots__ = ("_find", "_known", "_made")

    def __init__(
        self, known: Sequence[Number], find: Callable[[int], Number] | None = None, made: dict[Any, Any] | None = None
    ) -> None:
        self._known = [Ieee(each) if is_number(each) else each for each in known]
        self._find = find
        self._made: dict[Any, Any] = {} if made is None else made

    def __getitem__(self, k: int) -> Number:
        self.extend(k)
        return self._known[k]

    def extend(self, n: int) -> None:
        """Find the coefficients up to one of them."""
        while len(self._known) <= n:
            self._known.append(self._find(len(self._known)) if self._find else 0.0)

    @property
    def moves(self) -> bool:
        """Whether it is more than a constant."""
        return self._find is not None or len(self._known) > 1

    def read_primitive(self, entry: Primitive, arguments: tuple[Any, ...]) -> Series:
        """Apply a primitive to series and numbers."""
        key = (entry.name, *(id(each) if isinstance(each, Series) else str(each) for each in arguments))
        if key not in self._made:
            xs = [each if isinstance(each, Series) else Series([each], None, self._made) for each in arguments]
            y = Series([apply(entry, tuple(x[0] for x in xs))], None, self._made)
            y._find = _written_out(entry, y, xs) or _by_rule(entry, y, xs)
            self._made[key] = y, arguments  # these are kept as long as their ids stand for them
        return self._made[key][0]  # type: ignore[no-any-return]


def _written_out(entry: Primitive, y: Series, xs: Sequence[Series]) -> Callable[[int], Number] | None:
    """What gives a coefficient of a sum, product or quotient."""
    a, b = xs[0], xs[-1]
    ways: dict[str, Callable[[int], Number]] = {
        "add": lambda k: a[k] + b[k],
        "sub": lambda k: a[k] - b[k],
        "neg": lambda k: -a[k],
        "mul": lambda k: _product(a, b, k, range(k + 1)),
        "div": lambda k: (a[k] - _product(b, y, k, range(1, k + 1))) / b[0],
    }
    return ways.get(entry.name)


def _by_rule(entry: Primitive, y: Series, xs: Sequence[Series]) -> Callable[[int], Number]:
    """What gives a coefficient by the chain rule: k·yₖ is that of the sum of partials times x'."""
    slopes: list[tuple[Series, Series]] = []

    def find(k: int) -> Number:
        if k == 1:  # before that the rule isn't needed
            slopes.extend(_moving(xs, _partials(entry, y, xs)))
        return sum((_product(x, slope, k, range(1, k + 1), weighted=True) for x, slope in slopes), 0.0) / k

    return find


def _partials(entry: Primitive, y: Series, xs: Sequence[Any]) -> list[Any]:
    """The rules read on series; of a power y = aᵇ by y itself, where aᵇ⁻¹, aᵇ⁻² and so on would never end."""
    wanted = [x.moves for x in xs]
    if entry.name == "pow" and wanted[0] and xs[0][0] and not _is_small_power(xs[1]):
        return [xs[1] * y / xs[0], *entry.partials(y, xs, [False, wanted[1]])[1:]]
    return entry.partials(y, xs, wanted)


def _is_small_power(b: Series) -> bool:
    return not b.moves and b[0] in range(FEW + 1)


def _moving(xs: Sequence[Series], slopes: Sequence[Any]) -> list[tuple[Series, Series]]:
    """The arguments along which something flows, with their partials."""
    found = []
    for x, slope in zip(xs, slopes, strict=True):
        gate, inner = (slope.condition, slope.slope) if isinstance(slope, Gated) else (1.0, slope)
        if inner is not None and (gate[0] if isinstance(gate, Series) else gate):
            found.append((x, inner if isinstance(inner, Series) else Series([inner])))
    return found


def _product(a: Series, b: Series, k: int, places: range, *, weighted: bool = False) -> Number:
    """Coefficient k of a product, or of that of t·a' and b; a coefficient that is plainly 0 takes no part."""
    total: Number = 0.0
    for j in places:
        if not _is_zero(left := a[j]) and not _is_zero(right := b[k - j]):
            total = total + (j * left if weighted else left) * right
    return total


def _is_zero(coefficient: Number) -> bool:
    return is_number(coefficient) and coefficient == 0.0
