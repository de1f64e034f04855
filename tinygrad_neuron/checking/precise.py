"""Without python-flint: the table read in mpmath's numbers, and differences of each operation in high precision."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

import mpmath

from ..primitives import Operators, Primitive
from ..program import Program
from .derivative import Derivative, NotExactError, unknown

NAN, INFINITY = mpmath.nan, mpmath.inf
DIGITS = 60  # decimal digits of a replay; steps have a third of them
SAME = 1e-12  # relative: what the sides of a smooth function, or two replays, may differ by
SAME_NAME = (
    *("exp", "expm1", "log", "log10", "log1p", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "atan2"),
    *("hypot", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc", "floor"),
)


def _make_real(name: str) -> Callable[..., Any]:
    """A function of mpmath that is nan where it would be complex, and has its limit at a pole."""
    function = getattr(mpmath, name)

    def forward(*xs: Any) -> Any:
        try:
            result = function(*xs)
        except (ValueError, ZeroDivisionError):
            return -INFINITY if name.startswith("log") and xs[0] == 0 else NAN
        return NAN if isinstance(result, mpmath.mpc) else result

    return forward


def _propagate_nan(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *xs: NAN if any(x != x for x in xs) else function(*xs)


def _divide(a: Any, b: Any) -> Any:
    if b:
        return a / b
    return NAN if not a or a != a or b != b else INFINITY * mpmath.sign(a)


def _logsumexp(*xs: Any) -> Any:
    return max(xs) + mpmath.log(mpmath.fsum(mpmath.exp(x - max(xs)) for x in xs))


PIECES: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "sign": mpmath.sign,
    "less": lambda a, b: mpmath.mpf(a < b),
    "less_equal": lambda a, b: mpmath.mpf(a <= b),
    "step": lambda x: mpmath.mpf(x > 0),
    "nonnegative": lambda x: x if x >= 0 else NAN,
    "maximum": lambda *xs: max(xs),
    "minimum": lambda *xs: min(xs),
    "relu": lambda x: max(x, mpmath.mpf(0)),
    "clip": lambda x, low, high: min(max(x, low), high),
    **dict.fromkeys(("logsumexp", "logaddexp"), _logsumexp),
    "log_sigmoid": lambda x: -_logsumexp(mpmath.mpf(0), -x),
    "norm": lambda *xs: mpmath.sqrt(mpmath.fsum(x * x for x in xs)),
    "xlogy": lambda a, b: a * _make_real("log")(b) if a else mpmath.mpf(0),
    "gelu": lambda x: x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2,
    "gelu_slope": lambda x: mpmath.erfc(-x / mpmath.sqrt(2)) / 2 + x * mpmath.npdf(x),
    "identity": lambda x: x,
    "stop_gradient": lambda x: x,
    "refined": lambda x, part: x + x * part,
    "exp_difference": lambda a, b: mpmath.exp(a - b),
    "gaussian": lambda x, k: mpmath.exp(-k * x * x),
    "share": lambda *xs: mpmath.exp(xs[0] - _logsumexp(*xs)),
    "surprise": lambda *xs: _logsumexp(*xs) - xs[0],
    "cbrt": lambda x: mpmath.cbrt(x) if x >= 0 else -mpmath.cbrt(-x),
}


class HighPrecision(Operators):
    """A number of mpmath, under the operators and functions that rules and forwards are written with."""

    __slots__ = ("number",)
    functions: ClassVar[dict[str, Callable[..., Any]]] = {
        **{name: _propagate_nan(_make_real(name)) for name in SAME_NAME},
        **{name: _propagate_nan(function) for name, function in PIECES.items()},
        **{name: getattr(operator, name) for name in ("add", "sub", "mul", "neg")},
        "div": _divide,
        "pow": lambda a, b: INFINITY if a == 0 and b < 0 else _make_real("power")(a, b),
        "masked": lambda mask, x: x if mask else mpmath.mpf(0),
        "where": lambda condition, a, b: a if condition else b,
        "exp2": lambda x: mpmath.mpf(2) ** x,
        "log2": lambda x: _make_real("log")(x) / mpmath.log(2),
        "sech_squared": lambda x: mpmath.sech(x) ** 2,
    }

    def __init__(self, number: Any) -> None:
        self.number: Any = mpmath.mpf(number)

    @staticmethod
    def read_primitive(entry: Primitive, arguments: tuple[Any, ...]) -> HighPrecision:
        """Apply a primitive: by its function for these numbers, else by its own forward function."""
        function = HighPrecision.functions.get(entry.name)
        if function is not None:
            return HighPrecision(function(*map(_unwrap, arguments)))
        numbers = (each if isinstance(each, HighPrecision) else HighPrecision(each) for each in arguments)
        try:
            result = entry.forward(*numbers)
        except (TypeError, AttributeError):
            raise NotExactError(entry.name) from None
        return result if isinstance(result, HighPrecision) else HighPrecision(result)


def _unwrap(number: Any) -> Any:
    return number.number if isinstance(number, HighPrecision) else number


def local_partials(
    entry: Primitive, numbers: Sequence[float], same: Sequence[int], wanted: Sequence[bool]
) -> list[float | None]:
    """The partials of one operation at floats by differences in high precision: nan where its sides differ.

    Args:
        entry: what is computed.
        numbers: its arguments.
        same: for each argument what stands for the variable that it is; its partial stands at the first of them.
        wanted: along which arguments.
    """
    with mpmath.workdps(_count_digits(DIGITS, numbers)):
        xs = [HighPrecision(number) for number in numbers]
        found = [
            _difference(entry, xs, {each for each, other in enumerate(same) if other == same[slot]})
            if want and same.index(same[slot]) == slot
            else None
            for slot, want in enumerate(wanted)
        ]
        return [None if slope is None else float(slope) for slope in found]


def _count_digits(digits: int, numbers: Iterable[float]) -> int:
    """So many more digits that a step of the smallest number is seen beside the largest."""
    logarithms = [math.log10(abs(each)) for each in numbers if each and math.isfinite(each)]
    return digits + math.ceil(3 * max(map(abs, logarithms), default=0.0))


def _difference(entry: Primitive, xs: Sequence[HighPrecision], slots: set[int]) -> Any:
    """The slope of one operation where the arguments in some slots move together; nan where its sides differ."""
    (x, *_) = (xs[slot].number for slot in slots)
    h = (abs(x) or 1) * mpmath.mpf(10) ** (-DIGITS // 3)

    def measure() -> tuple[Any, Any, Any]:
        below, here, above = (
            HighPrecision.read_primitive(
                entry, tuple(HighPrecision(x + way) if k in slots else each for k, each in enumerate(xs))
            ).number
            for way in (-h, mpmath.mpf(0), h)
        )
        return here, (here - below) / h, (above - here) / h

    here, left, right = measure()
    if abs(left) < mpmath.mpf(10) ** (-DIGITS // 6) * abs(here / h):  # it may be lost behind the number itself
        with mpmath.workdps(8 * mpmath.mp.dps):
            here, left, right = measure()
    return (left + right) / 2 if abs(left - right) <= SAME * max(abs(left), abs(right), h) else NAN


def replay_twice(program: Program, places: Sequence[int]) -> list[Derivative]:
    """The derivatives with respect to some places, known where two precisions agree, see `exact_derivatives`."""
    try:
        first, second = (_chain(program, digits) for digits in (DIGITS, 2 * DIGITS))
    except NotExactError as error:
        return [unknown(str(error)) for _ in places]
    found = []
    for k in places:
        before, now = (mpmath.mpf(0) if gradients[k] is None else gradients[k] for gradients in (first, second))
        value = float(now if abs(now) > mpmath.mpf(10) ** (-DIGITS // 4) * abs(before) else now * 0)
        agree = abs(now - before) <= SAME * abs(now) or (abs(now) < 1e-18 and abs(now) <= SAME * abs(before))
        kind = "tied" if now != now else "smooth" if agree or now == before else "undecided"
        found.append(Derivative(value, value, value, kind))
    return found


def _chain(program: Program, digits: int) -> list[Any]:
    """For each place the partials chained at numbers of so many digits."""
    sizes = [size for k in range(len(program)) for size in (program.numbers[k], *program.partials[k]) if size]
    with mpmath.workdps(_count_digits(digits, sizes)):
        numbers = precise_numbers(program)
        return program.backward(
            [_differences(program, k, numbers) for k in range(len(program))], seeds={program.roots[0]: mpmath.mpf(1)}
        )


def _differences(program: Program, k: int, numbers: Sequence[HighPrecision]) -> list[Any]:
    """The slopes of a place along its operands, nan at a kink of the recorded numbers."""
    entry: Any = program.primitives[k]
    xs, tied = [numbers[o] for o in program.operands[k]], program.at_kink(k)
    return [
        (NAN if tied else _difference(entry, xs, {slot})) if want else None
        for slot, want in enumerate(program.wanted[k])
    ]


def precise_numbers(program: Program) -> list[HighPrecision]:
    """The numbers of all places, with the digits of the context."""

    def read(k: int, operands: list[Any]) -> HighPrecision:
        if not operands:
            return HighPrecision(program.numbers[k])
        return HighPrecision.read_primitive(program.primitives[k], tuple(operands))  # type: ignore[arg-type]

    return program.forward(read)


def precise_values(program: Program) -> list[float]:
    """The numbers of the roots, see `exact_values`."""
    try:
        with mpmath.workdps(_count_digits(DIGITS, program.numbers)):
            numbers = precise_numbers(program)
            return [float(numbers[root].number) for root in program.roots]
    except NotExactError:
        return [program.numbers[root] for root in program.roots]
