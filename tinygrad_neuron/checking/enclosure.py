"""Enclosures of derivatives: a graph replayed in FLINT's balls, with doubled precision until all is decided."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property, partial, reduce
from typing import Any

from flint import arb, ctx

from ..ops import NAMES
from ..primitives import Primitive, flat
from ..program import Program
from .balls import TERMS, Balls, NoNumberError, TiedError, UndecidedError, coefficient, precision, series
from .derivative import Derivative, NotExactError, unknown

PRECISIONS = (128, 256, 512, 1024, 2048, 4096)  # bits that are tried, one after the other
ENOUGH = 64  # correct bits of a figure: more than a float has
NOTHING_BITS = 1100  # what is below 2 to the power of -1100 is 0 in floats
UNDECIDED = Derivative(math.nan, math.nan, math.nan, "undecided")
SIDES: Any = object()  # in place of a partial where only those from either side can be said


# ---------------------------------------------------------------- one operation
def _shares(name: str) -> Callable[..., tuple[Any, list[Any]]]:
    """Number and partials of functions of exponentials: FLINT differentiates each term, and what is made of the sum."""

    def apply(_balls: Balls, xs: Sequence[arb]) -> tuple[Any, list[Any]]:
        top = max((x.mid() for x in xs), key=float)
        terms = [series(x - top, 1).exp() for x in xs]
        total = reduce(operator.add, [term[0] for term in terms])
        if name == "share":
            parts = [series(terms[0][0], each[1] * (k == 0)) / series(total, each[1]) for k, each in enumerate(terms)]
            return parts[0][0], [part[1] for part in parts]
        own = name == "surprise"
        slopes = [series(total, each[1]).log()[1] - int(own and k == 0) for k, each in enumerate(terms)]
        return top + total.log() - (xs[0] if own else 0), slopes

    return apply


def _extreme(sign: int) -> Callable[..., tuple[Any, list[Any]] | None]:
    """The same of a maximum or minimum without ties: one operand has all of it."""

    def apply(balls: Balls, xs: Sequence[arb]) -> tuple[Any, list[Any]] | None:
        best = max(range(len(xs)), key=lambda k: sign * float(xs[k]))
        lower = (balls.compare(series(xs[best]), series(x)) * sign > 0 for k, x in enumerate(xs) if k != best)
        return (xs[best], [arb(int(k == best)) for k in range(len(xs))]) if all(lower) else None

    return apply


def _linear(balls: Balls, entry: Primitive, xs: Sequence[arb]) -> tuple[Any, list[Any]] | None:
    half = len(xs) // 2
    slopes: dict[str, Sequence[Any]] = {
        "add": (1, 1),
        "sub": (1, -1),
        "sum": (1,) * len(xs),
        "dot": (*xs[half:], *xs[:half]),
        "mul": xs[::-1],
    }
    return balls.read(entry, xs), [arb(slope) for slope in slopes[entry.name]]


# where the partials needn't be found one by one: a test holds them to the series
AT_ONCE: dict[str, Callable[..., tuple[Any, list[Any]] | None]] = {
    **{name: _shares(name) for name in ("logsumexp", "share", "surprise")},
    "maximum": _extreme(1),
    "minimum": _extreme(-1),
}
LINEAR = frozenset({"add", "sub", "sum", "dot", "mul"})


def apply(
    balls: Balls, entry: Primitive, xs: Sequence[Any], wanted: Sequence[bool], *, stays: bool = True
) -> tuple[Any, list[Any]]:
    """The number that an operation gives, and its partials, SIDES where there is none.

    Operands that are the same object are one variable, whose partial stands at the first of them.
    An operand that isn't a number is None. `stays` says that a condition is the outcome of a comparison, and not a
    number that moves away from 0. Raises NoNumberError where the operation gives none.
    """
    if any(x is None for x in xs):
        return _chosen(balls, entry, xs)
    if entry.name in LINEAR:
        return _linear(balls, entry, xs)  # type: ignore[return-value]
    if entry.name in AT_ONCE and (found := _at_once(balls, entry, xs)):
        return found
    if entry.name in NAMES and entry.name not in ("hypot", "norm"):
        return _one_by_one(balls, entry, xs, wanted, stays=stays)
    with precision(ctx.prec, TERMS):  # it is composed: what begins with t² must not look like 0
        return _one_by_one(balls, entry, xs, wanted)


def _at_once(balls: Balls, entry: Primitive, xs: Sequence[arb]) -> tuple[Any, list[Any]] | None:
    try:
        return AT_ONCE[entry.name](balls, xs)
    except (ValueError, ZeroDivisionError):  # FLINT's, of balls that are too wide or infinite
        raise UndecidedError from None


def _chosen(balls: Balls, entry: Primitive, xs: Sequence[Any]) -> tuple[Any, list[Any]]:
    """A choice of which the other branch isn't a number."""
    branches = [None if x is None else series(x) for x in xs]
    y = balls.read(entry, branches)
    taken = next((k for k, branch in enumerate(branches) if branch is y), None)
    slopes = [None if x is None else arb(int(k == taken)) for k, x in enumerate(xs)]
    return (y[0] if taken is None else xs[taken]), slopes


def _one_by_one(
    balls: Balls, entry: Primitive, xs: Sequence[arb], wanted: Sequence[bool], *, stays: bool = True
) -> tuple[Any, list[Any]]:
    constants = {id(x): series(x) for x in xs}
    slopes: list[Any] = [None] * len(xs)
    number = chosen = None
    for slot, x in enumerate(xs):
        if not wanted[slot] or any(x is before for before in xs[:slot]):
            continue
        if slot == 0 and entry.name in ("where", "masked") and (stays or x != 0) and not any(x is o for o in xs[1:]):
            slopes[slot] = arb(0)
            continue
        moved = constants | {id(x): series(x, 1)}
        try:
            y = balls.read(entry, [moved[id(each)] for each in xs])
            number, slopes[slot] = y[0], _finite(coefficient(y, 1))
            chosen = next((each for each in xs if moved[id(each)] is y), None)
        except (TiedError, NoNumberError):
            slopes[slot] = SIDES
    if number is None:
        number = balls.read(entry, [constants[id(x)] for x in xs])[0]
    return (number if chosen is None or SIDES in slopes else chosen), slopes


def _finite(c: arb) -> arb:
    """FLINT's nan is any number: it asks for more bits."""
    if not c.is_finite():
        raise UndecidedError
    return c


def local_partials(
    entry: Primitive, numbers: Sequence[float], same: Sequence[int], wanted: Sequence[bool]
) -> list[float | None]:
    """The exact partials of one operation at floats: nan where there is none, None along the others.

    Args:
        entry: what is computed.
        numbers: its arguments.
        same: for each argument what stands for the variable that it is.
        wanted: along which arguments.
    """
    for bits in PRECISIONS:
        with precision(bits, 2), suppress(UndecidedError, NoNumberError):
            xs = {variable: arb(number) for variable, number in zip(same, numbers, strict=True)}
            _, slopes = apply(Balls(), entry, [xs[each] for each in same], wanted)
            if all(slope is None or slope is SIDES or _is_known(slope, bits) for slope in slopes):
                return [math.nan if slope is SIDES else slope if slope is None else float(slope) for slope in slopes]
    return [math.nan if want else None for want in wanted]


def local_sides(entry: Primitive, numbers: Sequence[float], slots: Sequence[int]) -> tuple[float, float] | None:
    """The partials from the left and from the right along some slots that are one variable; None where unknown."""
    found = []
    with precision(PRECISIONS[0], TERMS):
        balls = Balls(sided=True)
        for way in (-1, 1):
            xs = [series(arb(x), way) if slot in slots else series(arb(x)) for slot, x in enumerate(numbers)]
            with suppress(NoNumberError, UndecidedError):
                found.append(float(way * coefficient(balls.read(entry, xs), 1)))
    return (found[0], found[-1]) if found else None


def local_curvature(entry: Primitive, numbers: Sequence[float], slot: int) -> float:
    """The second derivative of an operation along one argument; 0 where there is none."""
    with precision(PRECISIONS[0], 3), suppress(NoNumberError, UndecidedError, TiedError):
        xs = [series(arb(x), 1) if k == slot else series(arb(x)) for k, x in enumerate(numbers)]
        return 2.0 * float(coefficient(Balls().read(entry, xs), 2))
    return 0.0


# ---------------------------------------------------------------- a whole graph
class BallReplay:
    """The numbers of all places as balls, and the partials between them.

    Places that compute the same, and decided choices with what they chose, share one ball: no precision could show
    that two are equal.

    Args:
        program: the graph.
        inputs: the places that are differentiated by, which are variables of their own.
        presumed: as in Balls.
    """

    program: Program
    inputs: frozenset[int]
    presumed: bool

    def __init__(self, program: Program, inputs: Sequence[int], *, presumed: bool = False) -> None:
        self.program, self.inputs, self.presumed = program, frozenset(inputs), presumed
        self.balls: Balls = Balls(presumed=presumed)
        self.slopes: list[Sequence[Any]] = [()] * len(program)
        self._known: dict[Any, int] = {}
        self.numbers: list[Any] = []
        self._found: dict[int, Any] = {}
        self._tied: dict[int, bool] = {}
        self.numbers = program.forward(self._read)

    def _read(self, k: int, operands: list[Any]) -> Any:
        if not operands:
            number = self.program.numbers[k]
            return None if number != number else arb(number)
        entry: Any = self.program.primitives[k]
        before = self._known.setdefault((entry.name, *map(id, operands)), k)
        if before == k or k in self.inputs:
            try:
                condition: Any = self.program.primitives[self.program.operands[k][0]]
                stays = bool(condition) and bool(condition.rules) and {*condition.rules} == {flat}
                self._found[k], self.slopes[k] = apply(self.balls, entry, operands, self.program.wanted[k], stays=stays)
            except NoNumberError:
                self._found[k], self.slopes[k] = None, [None] * len(operands)
            row = self.program.operands[k]
            self._tied[k] = SIDES in self.slopes[k] or any(self._tied.get(o) for o in row)
            others = [o for o, number in zip(row, operands, strict=True) if number is not self._found[k]]
            chosen_at_tie = any(self._tied.get(o) for o in others)  # beside it another may be chosen
            if (k in self.inputs or chosen_at_tie) and self._found[k] is not None:
                self._found[k] = self._found[k] + 0
        else:
            self._found[k], self.slopes[k] = self._found[before], self.slopes[before]
            self._tied[k] = self._tied[before]
        return self._found[k]

    @cached_property
    def gradients(self) -> list[Any]:
        """For each place the derivative as a ball, SIDES where only those from either side can be said."""

        def times(upstream: Any, slope: Any) -> Any:
            return SIDES if upstream is SIDES or slope is SIDES else upstream * slope

        def plus(known: Any, part: Any) -> Any:
            return SIDES if known is SIDES or part is SIDES else known + part

        return self.program.backward(self.slopes, plus, times, {self.program.roots[0]: arb(1)})

    @cached_property
    def _constants(self) -> list[Any]:
        made = {id(x): series(x) for x in self.numbers if x is not None}
        return [None if x is None else made[id(x)] for x in self.numbers]

    def run(self, directions: dict[int, int], terms: int, *, sided: bool) -> Any:
        """The root's series where some places move; None where it isn't a number.

        Args:
            directions: by how many t each place moves.
            terms: of the series.
            sided: whether t > 0.
        """
        balls, known = Balls(sided=sided, presumed=self.presumed), dict[Any, Any]()

        def read(k: int, operands: list[Any]) -> Any:
            entry: Any = self.program.primitives[k]
            key = (entry.name, *map(id, operands))
            if key not in known:
                try:
                    known[key] = operands, balls.read(entry, operands)
                except NoNumberError:
                    known[key] = operands, None
            return known[key][1]

        with precision(ctx.prec, terms):
            moved = {k: series(self.numbers[k], way) for k, way in directions.items()}
            found = self.program.forward(read, moved, self._constants)[self.program.roots[0]]
        self.balls.guessed |= balls.guessed
        return found

    def side(self, k: int, way: int) -> tuple[Any, bool]:
        """The derivative from one side, None where there is none; and whether the function jumps there."""
        y, here = self.run({k: way}, TERMS, sided=True), self.numbers[self.program.roots[0]]
        if y is None:
            return None, False
        if not y[0].overlaps(here):
            return math.inf * way * (1 if y[0] > here else -1), True
        return way * coefficient(y, 1), False


def _is_known(ball: Any, bits: int) -> bool:
    """Whether a figure has all digits of a float, or is as good as 0."""
    if not isinstance(ball, float) and ball.is_nan():
        return False
    if isinstance(ball, float) or not ball.is_finite() or ball == 0:
        return True
    if ball.rel_accuracy_bits() >= ENOUGH:
        return True
    return ball.contains(0) and (bits == PRECISIONS[-1] or ball.abs_upper() < arb(2) ** -NOTHING_BITS)


def _float(ball: Any) -> float:
    """The number nearest to a ball; 0 for what can't be told from it."""
    return 0.0 if not isinstance(ball, float) and ball.is_finite() and ball.contains(0) else float(ball)


def enclose(program: Program, places: Sequence[int]) -> list[Derivative]:
    """The derivatives of a graph with respect to some of its places, see `exact_derivatives`."""
    found: dict[int, Derivative] = {}
    try:
        for bits in PRECISIONS:
            with precision(bits, 2), suppress(UndecidedError):
                replay = BallReplay(program, places, presumed=bits == PRECISIONS[-1])
                for k in set(places) - found.keys():
                    with suppress(UndecidedError):
                        found |= {k: derivative} if (derivative := _settle(replay, k, bits)) else {}
            if len(found) == len(set(places)):
                break
    except NotExactError as error:
        return [unknown(str(error)) for _ in places]
    return [found.get(k, UNDECIDED) for k in places]


def _settle(replay: BallReplay, k: int, bits: int) -> Derivative | None:
    """What a replay says of one place; None if more bits are needed."""
    if replay.numbers[replay.program.roots[0]] is None or replay.numbers[k] is None:
        return Derivative(math.nan, math.nan, math.nan, "undefined")
    ball = replay.gradients[k]
    if ball is not SIDES:
        ball = arb(0) if ball is None else ball
        value = _float(ball)
        return Derivative(value, value, value, "smooth", replay.balls.guessed) if _is_known(ball, bits) else None
    left, right = (replay.side(k, way) for way in (-1, 1))
    if not all(side is None or _is_known(side, bits) for side, _ in (left, right)):
        return None
    return _join(left, right, guessed=replay.balls.guessed)


def _join(left: tuple[Any, bool], right: tuple[Any, bool], *, guessed: bool) -> Derivative:
    """What the derivatives from both sides are together."""
    balls = [side for side, _ in (left, right) if side is not None]
    low, high = (math.nan if side is None else _float(side) for side, _ in (left, right))
    if not balls:
        return Derivative(math.nan, low, high, "undefined")
    if left[1] or right[1]:
        return Derivative(low if low == high else math.nan, low, high, "jump", guessed)
    if len(balls) == 1:
        return Derivative(_float(balls[0]), low, high, "edge", guessed)
    if math.isinf(low) or math.isinf(high):
        return Derivative(low if low == high else math.nan, low, high, "infinite", guessed)
    if low == high or balls[0].overlaps(balls[1]):
        return Derivative(low, low, low, "smooth", guessed)
    return Derivative(math.nan, low, high, "kink", guessed)


def enclose_values(program: Program) -> list[float]:
    """The numbers of the roots, correctly rounded, see `exact_values`."""
    for bits in PRECISIONS:
        with precision(bits, 1), suppress(UndecidedError, NotExactError):
            numbers = program.forward(partial(_read_number, program, Balls(presumed=bits == PRECISIONS[-1])))
            roots = [numbers[root] for root in program.roots]
            if all(ball is None or _is_known(ball, bits) for ball in roots):
                return [math.nan if ball is None else _float(ball) for ball in roots]
    return [program.numbers[root] for root in program.roots]


def _read_number(program: Program, balls: Balls, k: int, operands: list[Any]) -> Any:
    if not operands:
        number = program.numbers[k]
        return None if number != number else arb(number)
    try:
        return balls.read(program.primitives[k], [None if x is None else series(x) for x in operands])[0]  # type: ignore[arg-type]
    except NoNumberError:
        return None


def enclose_hessian(program: Program, places: Sequence[int]) -> list[list[Derivative]]:
    """The second derivatives, from series along each input and along each pair of them, see `exact_hessian`."""
    pairs, found = [(i, j) for i in places for j in places if i <= j], dict[tuple[int, int], Derivative]()
    try:
        for bits in PRECISIONS:
            with precision(bits, 2), suppress(UndecidedError):
                replay = BallReplay(program, places, presumed=bits == PRECISIONS[-1])
                along = {k: _curvature(replay, [k]) for k in places}
                for pair in set(pairs) - found.keys():
                    found |= _settle_second(replay, pair, along, bits)
            if len(found) == len(set(pairs)):
                break
    except NotExactError as error:
        return [[unknown(str(error)) for _ in places] for _ in places]
    return [[found.get((min(i, j), max(i, j)), UNDECIDED) for j in places] for i in places]


def _settle_second(
    replay: BallReplay, pair: tuple[int, int], along: dict[int, Any], bits: int
) -> dict[tuple[int, int], Derivative]:
    """What a replay says of a second derivative; nothing if more bits are needed."""
    i, j = pair
    both = along[i] if i == j else _curvature(replay, pair)
    if None in (both, along[i], along[j]):
        return {pair: Derivative(math.nan, math.nan, math.nan, "undefined")}
    ball = both if i == j else (both - along[i] - along[j]) / 2  # (x + y)'s has the mixed one twice
    value = _float(ball)
    return {pair: Derivative(value, value, value, "smooth", replay.balls.guessed)} if _is_known(ball, bits) else {}


def _curvature(replay: BallReplay, moving: Sequence[int]) -> Any:
    """The second derivative along some places that move together; None where there is none."""
    with suppress(TiedError):
        y = replay.run(dict.fromkeys(moving, 1), 3, sided=False)
        return None if y is None else 2 * coefficient(y, 2)
    return None
