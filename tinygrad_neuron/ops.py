"""The primitives: all mathematics of the package, written once.

An entry of the table is a name, a forward function and one *partial* (local derivative)
for each argument, without the upstream gradient. Rules take the output `y`
first, then the arguments, and are written with ordinary operators and with
the functions of this table. What they are applied to selects the reading:
floats give numbers, `Value`s record a graph, and any other type that has a
method `read_primitive(primitive, arguments)` gives a reading of its own.

Rules never branch on data, so that they can be printed as source. A condition
is a primitive itself, `less`, and `where` chooses by it. A rule says by `when`
that something flows only where a condition holds.

Sources of the derivatives: Abramowitz & Stegun, Handbook of Mathematical
Functions, chapters 4 and 7; Griewank & Walther, Evaluating Derivatives,
chapter 3. Values at kinks and poles: the table in docs/conventions.md.
"""

# Rules refer to functions further down in the table:
# mypy: disable-error-code="has-type"

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Callable, Iterable, Mapping

from .primitives import FUNCTIONS, PRIMITIVES, Fold, Gated, Number, Rule, apply, divide, flat, primitive, when
from .registry import without_builtins

inf, nan = math.inf, math.nan
LARGEST = sys.float_info.max
LN2, LN10 = math.log(2.0), math.log(10.0)
SQRT_HALF, SQRT_HALF_REST = math.sqrt(0.5), -4.833646656726457e-17  # √½ is their sum
SPLIT = 2.0**27 + 1.0  # Veltkamp's: half of a float's digits are above it
TWO_OVER_SQRT_PI, ONE_OVER_SQRT_TWO_PI = 2.0 / math.sqrt(math.pi), 1.0 / math.sqrt(2.0 * math.pi)


# ---------------------------------------------------------------- forward functions that Python's library lacks
def _total(function: Rule, poles: Mapping[float, float] | None = None) -> Rule:
    """A function of the maths library that never raises: its poles' limits, inf on overflow, else nan."""
    limits = poles or {}

    def forward(x: float) -> float:
        try:
            return float(function(x))
        except OverflowError:
            return inf
        except ValueError:
            return limits.get(x, nan)

    return forward


def _pow(a: float, b: float) -> float:
    """a to the power of b as IEEE 754 has it, where the maths library raises."""
    try:
        return math.pow(a, b)
    except (OverflowError, ValueError):
        if a < 0 and b % 1:
            return nan
        return math.copysign(inf, a) if b % 2 == 1 else inf


def _sinh(x: float) -> float:
    """sinh(x), infinite where the maths library raises."""
    try:
        return math.sinh(x)
    except OverflowError:
        return math.copysign(inf, x)


def _sech_squared(x: float) -> float:
    """1 - tanh(x)² without the cancellation in its tails."""
    y = math.tanh(x)
    if -0.7 < y < 0.7:  # 1 - y² is what people derive by hand; in the tails it cancels
        return 1.0 - y * y
    inverse = 1.0 / cosh(x)
    return inverse * inverse  # type: ignore[no-any-return]


def _clip(x: float, low: float = 0.0, high: float = 1.0) -> float:
    """x between low and high; nan where one of them is."""
    return nan if x != x or low != low or high != high else min(max(x, low), high)


def _two_forms(y: Number, inverse: Number) -> Number:
    """The two forms of `_sech_squared` for readings that can't branch."""
    return where(less(abs(y), 0.7), 1.0 - y * y, inverse * inverse)


def _xlogy(a: Number, b: Number) -> Number:
    """a · log(b), with its slope at a = 0 too; nothing times a logarithm that isn't a finite number is nothing."""
    matters = where(a, 1.0, masked(less(0.0, b), less(b, inf)))
    return where(matters, a * log(where(matters, b, 1.0)), where(_is_number(b), 0.0, nan))


def _sum(*xs: float) -> float:
    """A sum from left to right, with the first number itself: 0.0 + -0.0 would be 0.0."""
    if not xs:
        return 0.0
    total = xs[0]
    for x in xs[1:]:  # Python's own sum rounds otherwise from 3.12 on
        total += x
    return total


def _dot(*ws_and_xs: float) -> float:
    """The products added from left to right, for the same reason."""
    if not ws_and_xs:
        return 0.0
    half = len(ws_and_xs) // 2
    total = ws_and_xs[0] * ws_and_xs[half]
    for w, x in zip(ws_and_xs[1:half], ws_and_xs[half + 1 :], strict=True):
        total += w * x
    return total


def _rounding(a: Number, b: Number) -> Number:
    """What a + b loses to rounding; Knuth, The Art of Computer Programming 2, 4.2.2."""
    total = a + b
    there = total - a
    return (a - (total - there)) + (b - there)


def _summed(*parts: Number) -> tuple[Number, Number]:
    """A sum from left to right, and by which part of itself it lacks what its roundings lost."""
    total, lost = parts[0] if parts else 0.0, 0.0
    for part in parts[1:]:
        total, lost = total + part, lost + _rounding(total, part)
    return total, lost / total if len(parts) > 1 else 0.0


def _below(x: Number, largest: Number) -> Number:
    """A term of a softmax beside the largest one, which may be infinite; by how much they are shifted doesn't matter."""
    return exp_difference(x, _finite(largest))


def _finite(largest: Number) -> Number:
    """The largest logit as a number that can be subtracted from an infinite one."""
    return stop_gradient(clip(largest, -LARGEST, LARGEST))


# the passes over the other numbers of a softmax: the largest, and the sum of their exponentials with what it lacks
_REST: tuple[tuple[Rule, Rule], ...] = (
    (lambda x: x, lambda *xs: maximum(xs) if xs else -inf),
    (lambda x, n, first, largest: _below(x, maximum(first, largest)), _summed),
)


def _own(first: Number, largest: Number) -> Number:
    """The first term of a softmax, shifted."""
    return _below(first, maximum(first, largest))


def _whole(first: Number, largest: Number, rest: Number) -> Number:
    """The sum of all shifted terms."""
    return _own(first, largest) + rest


def _lacks(first: Number, largest: Number, rest: Number, lost: Number) -> Number:
    """By which part of itself the whole sum of a softmax is too small."""
    return (_rounding(_own(first, largest), rest) + lost * rest) / _whole(first, largest, rest)


def _product(x: Number, first: Number, largest: Number) -> Number:
    """Two terms of a softmax multiplied, by one exponential."""
    shift = _finite(maximum(first, largest))
    lost = _rounding(first, -shift) + _rounding(x, -shift)
    return refined(exp_difference(first - shift, shift - x), lost)


def _added(a: Number, b: Number) -> Number:
    """The step of a sum."""
    return a + b


def _extreme(choose: Callable[[tuple[float, ...]], float], of_two: Rule) -> Fold:
    """A maximum or minimum: equal parts of the gradient go to all that attain it."""
    return Fold(
        ((lambda x: x, of_two), (lambda x, n, best: equal(x, best), lambda *ties: sum(ties))),
        lambda y, x, n, best, ties: when(equal(x, best), equal(x, best) / ties),
        forward=lambda *xs: nan if any(x != x for x in xs) else choose(xs),
    )


def _pairwise(of_two: Rule) -> Rule:
    """A function of any number of arguments that is composed for two of them."""
    return lambda *xs: functools.reduce(of_two, xs)


def _is_number(x: Number) -> Number:
    """1 unless x is nan."""
    return where(less(-inf, x), 1.0, less(x, inf))


def _along(y: Number, condition: Number) -> Gated:
    """1 where the condition holds; nan in, nan out."""
    return _through(where(less_equal(y, y), condition, nan))


def _gaussian(x: Number, k: Number) -> Number:
    """exp(-k·x²) without the rounding of x² being magnified: the square of a short number is exact."""
    short = floor(clip(x, -64.0, 64.0) * 16.0) * 0.0625
    return exp(-k * short * short) * exp(-k * (x - short) * (x + short))


def _upper_tail(x: Number) -> Number:
    """2·Φ(x) = erfc(-x·√½), where a rounded argument alone would cost digits: they are put back by the slope of erfc."""
    z, short = -x * SQRT_HALF, clip(x, -64.0, 64.0)
    (x1, x2), (s1, s2) = _halves(short), _halves(SQRT_HALF)
    product = short * SQRT_HALF
    lost = ((x1 * s1 - product) + x1 * s2 + x2 * s1) + x2 * s2 + short * SQRT_HALF_REST  # Dekker's exact product
    return erfc(z) + TWO_OVER_SQRT_PI * gaussian(z, 1.0) * lost


def _halves(x: Number) -> tuple[Number, Number]:
    """A number as the sum of two with half of the digits, whose products are exact."""
    scaled = x * SPLIT
    first = scaled - (scaled - x)
    return first, x - first


def _through(gate: Number) -> Gated:
    """The gate's own number, 1 or nan, as the derivative."""
    return when(gate, gate)


def _at_zero(_y: float, x: float, *_more: float) -> bool:
    """The kink of what bends at 0."""
    return x == 0


def _tie(y: float, *xs: float) -> bool:
    """The kink of a maximum or minimum: more than one number attains it."""
    return xs.count(y) > 1


# ---------------------------------------------------------------- the table
# A table is read in columns: it is formatted by hand.
# fmt: off

# arithmetic
add = primitive("add", lambda a, b: a + b, lambda y, a, b: 1.0, lambda y, a, b: 1.0,
                doc="a + b", example="add(1.0, 2.0) = 3.0")
sub = primitive("sub", lambda a, b: a - b, lambda y, a, b: 1.0, lambda y, a, b: -1.0,
                doc="a - b", example="sub(1.0, 2.0) = -1.0")
mul = primitive("mul", lambda a, b: a * b, lambda y, a, b: b, lambda y, a, b: a,
                doc="a · b", example="mul(3.0, 2.0) = 6.0")
div = primitive("div", divide, lambda y, a, b: 1.0 / b, lambda y, a, b: -y / b,
                domain="a and b not both 0", doc="a / b", example="div(1.0, 0.0) = inf")
pow = primitive("pow", _pow, lambda y, a, b: when(b, b * pow(a, b - 1.0)),
                lambda y, a, b: when(abs(a) + step(-b), y * log(a)), kinks=(None, lambda y, a, b: a == b == 0),
                domain="a ≥ 0, or a whole b (cbrt gives the real cube root)",
                doc="a to the power of b", example="pow(2.0, 10.0) = 1024.0")
neg = primitive("neg", lambda x: -x, lambda y, x: -1.0, doc="-x", example="neg(2.0) = -2.0")
squared = primitive("squared", lambda x: x * x, lambda y, x: 2.0 * x, doc="x²", example="squared(3.0) = 9.0")
identity = primitive("identity", lambda x: x * 1.0, lambda y, x: 1.0,
                     doc="x itself, as another node of the graph", example="identity(2.0) = 2.0")

# conditions: two of them are enough for every language, the others are composed of them
less = primitive("less", lambda a, b: float(a < b), flat, flat, kinks=lambda y, a, b: a == b,
                 doc="1 where a < b, else 0", example="less(1.0, 2.0) = 1.0")
where = primitive("where", lambda condition, a, b: a if condition else b, flat,
                  lambda y, condition, a, b: when(condition, 1.0),
                  lambda y, condition, a, b: when(where(condition, 0.0, 1.0), 1.0),
                  doc="a if the condition holds, else b; nothing flows back along the other one",
                  example="where(2.0 > 1.0, 5.0, 7.0) = 5.0")
less_equal = primitive("less_equal", lambda a, b: float(a <= b), flat, flat, kinks=lambda y, a, b: a == b,
                       composed=lambda a, b: where(less(a, b), 1.0, where(less(b, a), 0.0, where(_is_number(a), _is_number(b), 0.0))),
                       doc="1 where a ≤ b, else 0", example="less_equal(2.0, 2.0) = 1.0")
equal = primitive("equal", lambda a, b: nan if a != a or b != b else float(a == b), flat, flat, kinks=lambda y, a, b: a == b,
                  composed=lambda a, b: where(less_equal(a, b), less_equal(b, a), where(less(b, a), 0.0, nan)),
                  doc="1 where a = b, else 0", example="equal(1.0, 2.0) = 0.0")
step = primitive("step", lambda x: x if x != x else float(x > 0), flat, kinks=_at_zero,
                 composed=lambda x: where(less(0.0, x), 1.0, where(less_equal(x, 0.0), 0.0, nan)),
                 doc="1 for x > 0, else 0: Heaviside's step", example="step(0.0) = 0.0")
masked = primitive("masked", lambda mask, x: x if mask else 0.0, flat, lambda y, mask, x: when(mask, 1.0),
                   composed=lambda mask, x: where(mask, x, 0.0),
                   doc="x where the mask is not 0, else 0, even of nan", example="masked(0.0, nan) = 0.0")
nonnegative = primitive("nonnegative", lambda x: x if x >= 0 else nan, lambda y, x: 1.0, domain="x ≥ 0",
                        composed=lambda x: where(less_equal(0.0, x), x, nan),
                        doc="x itself: the domain in a logarithm's derivative", example="nonnegative(-2.0) = nan")

# what bends and jumps
abs = primitive("abs", math.fabs, lambda y, x: sign(x), kinks=_at_zero,
                doc="|x|, with derivative 0 at 0", example="abs(-2.0) = 2.0")
sign = primitive("sign", lambda x: x if x != x else float((x > 0) - (x < 0)), flat, kinks=_at_zero,
                 composed=lambda x: step(x) - step(-x), doc="-1, 0 or 1", example="sign(-2.0) = -1.0")
floor = primitive("floor", lambda x: x // 1.0 if math.isfinite(x) else x, flat,
                  kinks=lambda y, x: x == y, doc="the largest whole number up to x", example="floor(-1.5) = -2.0")
clip = primitive("clip", _clip,
                 lambda y, x, low, high: _along(y, masked(less(low, high), masked(less_equal(low, x), less_equal(x, high)))),
                 lambda y, x, low, high: _along(y, masked(less(low, high), less(x, low))),
                 lambda y, x, low, high: _along(y, where(less(low, high), less(high, x), 1.0)),
                 kinks=lambda y, x, low, high: x in (low, high), composed=lambda x, low, high: minimum(maximum(x, low), high),
                 doc="x kept between low and high, with derivative 1 on both; high where they are crossed", example="clip(3.0) = 1.0")
maximum = primitive("maximum", _extreme(max, lambda a, b: maximum(a, b)), kinks=_tie,
                    composed=_pairwise(lambda a, b: where(less(a, b), b, where(less_equal(b, a), a, a + b))),
                    doc="the largest; a tie shares the gradient", example="maximum(1.0, 3.0, 2.0) = 3.0")
minimum = primitive("minimum", _extreme(min, lambda a, b: minimum(a, b)), kinks=_tie,
                    composed=_pairwise(lambda a, b: where(less(b, a), b, where(less_equal(a, b), a, a + b))),
                    doc="the smallest; a tie shares the gradient", example="minimum(1.0, 3.0, 2.0) = 1.0")

# exponentials, logarithms, roots
exp = primitive("exp", _total(math.exp), lambda y, x: y, doc="e to the power of x", example="exp(0.0) = 1.0")
expm1 = primitive("expm1", _total(math.expm1), lambda y, x: exp(x),
                  doc="exp(x) - 1, exact near 0", example="expm1(0.0) = 0.0")
exp2 = primitive("exp2", _total(math.exp2), lambda y, x: y * LN2, doc="2 to the power of x", example="exp2(3.0) = 8.0")
log = primitive("log", _total(math.log, {0.0: -inf}), lambda y, x: 1.0 / nonnegative(x), domain="x ≥ 0",
                doc="the natural logarithm", example="log(1.0) = 0.0")
log1p = primitive("log1p", _total(math.log1p, {-1.0: -inf}), lambda y, x: 1.0 / nonnegative(1.0 + x), domain="x ≥ -1",
                  doc="log(1 + x), exact near 0", example="log1p(0.0) = 0.0")
log2 = primitive("log2", _total(math.log2, {0.0: -inf}), lambda y, x: 1.0 / (nonnegative(x) * LN2), domain="x ≥ 0",
                 doc="the logarithm to base 2", example="log2(8.0) = 3.0")
log10 = primitive("log10", _total(math.log10, {0.0: -inf}), lambda y, x: 1.0 / (nonnegative(x) * LN10), domain="x ≥ 0",
                  doc="the logarithm to base 10", example="log10(1000.0) = 3.0")
xlogy = primitive("xlogy", _xlogy, lambda y, a, b: when(abs(a) + step(b), log(b)), lambda y, a, b: when(abs(a) + step(b), a / b),
                  kinks=(lambda y, a, b: a == 0 and b <= 0, None), domain="b ≥ 0, or a = 0",
                  doc="a · log(b), and 0 for a = 0", example="xlogy(0.0, 0.0) = 0.0")
sqrt = primitive("sqrt", _total(math.sqrt), lambda y, x: 0.5 / y, domain="x ≥ 0",
                 doc="the square root", example="sqrt(9.0) = 3.0")
cbrt = primitive("cbrt", math.cbrt, lambda y, x: cbrt_slope(x),
                 doc="the real cube root, of negative numbers too", example="cbrt(-8.0) = -2.0")

# angles, in radians
sin = primitive("sin", _total(math.sin), lambda y, x: cos(x), domain="finite x", doc="sine", example="sin(0.0) = 0.0")
cos = primitive("cos", _total(math.cos), lambda y, x: -sin(x), domain="finite x", doc="cosine", example="cos(0.0) = 1.0")
tan = primitive("tan", _total(math.tan), lambda y, x: 1.0 + y * y, domain="finite x",
                doc="tangent", example="tan(0.0) = 0.0")
asin = primitive("asin", _total(math.asin), lambda y, x: 1.0 / sqrt(one_minus_squared(x)), domain="-1 ≤ x ≤ 1",
                 doc="the angle whose sine is x", example="asin(0.0) = 0.0")
acos = primitive("acos", _total(math.acos), lambda y, x: -1.0 / sqrt(one_minus_squared(x)), domain="-1 ≤ x ≤ 1",
                 doc="the angle whose cosine is x", example="acos(1.0) = 0.0")
atan = primitive("atan", math.atan, lambda y, x: 1.0 / (1.0 + x * x),
                 doc="the angle whose tangent is x", example="atan(0.0) = 0.0")
atan2 = primitive("atan2", lambda a, b: math.atan2(a, b), lambda y, a, b: b / hypot(a, b) / hypot(a, b),
                  lambda y, a, b: -a / hypot(a, b) / hypot(a, b),
                  doc="the angle of the point a up and b to the right", example="atan2(0.0, 1.0) = 0.0")
primitive("hypot", lambda a, b: math.hypot(a, b), lambda y, a, b: a / y, lambda y, a, b: b / y, kinks=lambda y, a, b: y == 0)

# hyperbolic
sinh = primitive("sinh", _sinh, lambda y, x: cosh(x), doc="(exp(x) - exp(-x)) / 2", example="sinh(0.0) = 0.0")
cosh = primitive("cosh", _total(math.cosh), lambda y, x: sinh(x),
                 doc="(exp(x) + exp(-x)) / 2", example="cosh(0.0) = 1.0")
tanh = primitive("tanh", math.tanh, lambda y, x: sech_squared(x),
                 doc="sinh(x) / cosh(x), with derivative 1 - tanh(x)²", example="tanh(0.0) = 0.0")
sech_squared = primitive("sech_squared", _sech_squared, lambda y, x: -2.0 * y * tanh(x),
                         composed=lambda x: _two_forms(tanh(x), 1.0 / cosh(x)),
                         doc="1 / cosh(x)² = 1 - tanh(x)², exact in the tails", example="sech_squared(0.0) = 1.0")
asinh = primitive("asinh", math.asinh, lambda y, x: 1.0 / hypot(1.0, x),
                  doc="the inverse of sinh", example="asinh(0.0) = 0.0")
acosh = primitive("acosh", _total(math.acosh), lambda y, x: 1.0 / (sqrt(x - 1.0) * sqrt(x + 1.0)), domain="x ≥ 1",
                  doc="the inverse of cosh, not negative", example="acosh(1.0) = 0.0")
atanh = primitive("atanh", _total(math.atanh, {1.0: inf, -1.0: -inf}),
                  lambda y, x: 1.0 / nonnegative(one_minus_squared(x)), domain="-1 ≤ x ≤ 1",
                  doc="the inverse of tanh", example="atanh(0.0) = 0.0")

# the normal distribution's
erf = primitive("erf", math.erf, lambda y, x: TWO_OVER_SQRT_PI * gaussian(x, 1.0),
                doc="2/√π · ∫ exp(-t²) dt from 0 to x", example="erf(0.0) = 0.0")
erfc = primitive("erfc", math.erfc, lambda y, x: -TWO_OVER_SQRT_PI * gaussian(x, 1.0),
                 doc="1 - erf(x), exact in the tail", example="erfc(0.0) = 1.0")

# derivatives of others, in a form whose own derivative is exact where theirs would cancel
one_minus_squared = primitive("one_minus_squared", lambda x: (1.0 - x) * (1.0 + x), lambda y, x: -2.0 * x,
                              doc="1 - x², exact near ±1", example="one_minus_squared(0.5) = 0.75")
cbrt_slope = primitive("cbrt_slope", lambda x: 1.0 / (3.0 * cbrt(x) * cbrt(x)), lambda y, x: -2.0 * y / (3.0 * x),
                       doc="1 / (3 · cbrt(x)²)", example="cbrt_slope(1.0) = 0.3333333333333333")
sigmoid_slope = primitive("sigmoid_slope", lambda x: sigmoid(x) * sigmoid(-x), lambda y, x: -y * tanh(0.5 * x),
                          doc="sigmoid(x) · (1 - sigmoid(x)), exact in both tails", example="sigmoid_slope(0.0) = 0.25")
gaussian = primitive("gaussian", lambda x, k=0.5: _gaussian(x, k), lambda y, x, k: -2.0 * k * x * y, lambda y, x, k: -x * x * y,
                     composed=_gaussian, doc="exp(-k·x²), exact in the tails", example="gaussian(0.0) = 1.0")
stop_gradient = primitive("stop_gradient", lambda x: x * 1.0, flat,
                          doc="x itself, as if it were a constant", example="stop_gradient(2.0) = 2.0")
refined = primitive("refined", lambda x, part: x + x * where(less(abs(part), 1.0), part, 0.0), lambda y, x, part: refined(1.0, part), flat,
                    doc="x + x · part, for a part that is but a rounding of x", example="refined(2.0, 0.0) = 2.0")
exp_difference = primitive("exp_difference", lambda a, b: refined(exp(a - b), _rounding(a, -b)), lambda y, a, b: y, lambda y, a, b: -y,
                           doc="exp(a - b), without the rounding of the difference", example="exp_difference(2.0, 2.0) = 1.0")

# activations
relu = primitive("relu", lambda x: x if x > 0 or x != x else 0.0, lambda y, x: _through(step(x)), kinks=_at_zero,
                 composed=lambda x: where(less_equal(x, 0.0), 0.0, x),
                 doc="x for x > 0, else 0, with derivative 0 at 0", example="relu(-2.0) = 0.0")
leaky_relu = primitive("leaky_relu", lambda x, slope=0.01: relu(x) + slope * minimum(x, 0.0),
                       lambda y, x, slope: step(x) + slope * (1.0 - step(x)), lambda y, x, slope: minimum(x, 0.0),
                       kinks=(_at_zero, None), doc="x for x > 0, else slope · x", example="leaky_relu(-2.0) = -0.02")
elu = primitive("elu", lambda x, alpha=1.0: relu(x) + alpha * expm1(minimum(x, 0.0)),
                lambda y, x, alpha: step(x) + (1.0 - step(x)) * alpha * exp(minimum(x, 0.0)),
                lambda y, x, alpha: expm1(minimum(x, 0.0)), kinks=(lambda y, x, alpha: x == 0 and alpha != 1, None),
                doc="x for x > 0, else alpha · (exp(x) - 1); Clevert and others 2015", example="elu(2.0) = 2.0")
sigmoid = primitive("sigmoid", lambda x: exp(minimum(x, 0.0)) / (1.0 + exp(-abs(x))), lambda y, x: sigmoid_slope(x),
                    doc="1 / (1 + exp(-x)), exact in both tails", example="sigmoid(0.0) = 0.5")
softplus = primitive("softplus", lambda x: relu(x) + log1p(exp(-abs(x))), lambda y, x: sigmoid(x),
                     doc="log(1 + exp(x)), without overflow", example="softplus(1000.0) = 1000.0")
log_sigmoid = primitive("log_sigmoid", lambda x: minimum(x, 0.0) - log1p(exp(-abs(x))), lambda y, x: sigmoid(-x),
                        doc="log(sigmoid(x)), exact in both tails", example="log_sigmoid(-1000.0) = -1000.0")
silu = primitive("silu", lambda x: x * sigmoid(x), lambda y, x: sigmoid(x) * (1.0 + x * sigmoid(-x)),
                 doc="x · sigmoid(x), also called swish; Elfwing and others 2017", example="silu(0.0) = 0.0")
gelu = primitive("gelu", lambda x: 0.5 * x * _upper_tail(x), lambda y, x: gelu_slope(x),
                 doc="x · Φ(x) with the normal distribution's Φ; Hendrycks and Gimpel 2016", example="gelu(0.0) = 0.0")

gelu_slope = primitive("gelu_slope", lambda x: 0.5 * _upper_tail(x) + x * ONE_OVER_SQRT_TWO_PI * gaussian(x, 0.5),
                       lambda y, x: ONE_OVER_SQRT_TWO_PI * gaussian(x, 0.5) * (2.0 - x * x),
                       doc="Φ(x) + x · Φ'(x), the derivative of gelu", example="gelu_slope(0.0) = 0.5")

# of many values: what is taken of a term and how it is combined, pass by pass; the derivative of a term; the result
sum = primitive("sum", Fold(((lambda x: x, _added),), lambda y, x: 1.0,
                            forward=_sum, partials=lambda y, *xs: [1.0] * len(xs)),
                doc="x₁ + x₂ + …, from left to right; 0 of none", example="sum(1.0, 2.0, 3.0) = 6.0")
mean = primitive("mean", Fold(((lambda x: x, _added),), lambda y, x, n: 1.0 / n, lambda n, total: total / n,
                              forward=lambda *xs: _sum(*xs) / len(xs), partials=lambda y, *xs: [1.0 / len(xs)] * len(xs)),
                 doc="their sum divided by their number", example="mean([1.0, 2.0, 3.0]) = 2.0")
logsumexp = primitive("logsumexp", Fold(((lambda x: x, lambda a, b: maximum(a, b)),
                                         (lambda x, n, largest: _below(x, largest), _summed),
                                         (lambda x, n, largest: equal(x, largest), lambda *parts: sum(parts)),
                                         (lambda x, n, largest: where(less(x, largest), _below(x, largest), 0.0), lambda *parts: sum(parts))),
                                        lambda y, x, n, largest, total, lost: refined(_below(x, largest) / total, -lost),
                                        lambda n, largest, total, lost, ties, rest: largest + log1p(ties - 1.0 + rest)),
                      doc="log(exp(x₁) + exp(x₂) + …), without overflow", example="logsumexp(1000.0, -inf) = 1000.0")
share = primitive("share", Fold(_REST, lambda y, x, n, first, largest, rest, lost: -refined(_product(x, first, largest) / squared(_whole(first, largest, rest)), -2.0 * _lacks(first, largest, rest, lost)),
                                lambda n, first, largest, rest, lost: refined(_own(first, largest) / _whole(first, largest, rest), -_lacks(first, largest, rest, lost)),
                                leading=lambda y, n, first, largest, rest, lost: refined((_own(first, largest) / _whole(first, largest, rest)) * (rest / _whole(first, largest, rest)), lost - 2.0 * _lacks(first, largest, rest, lost))),
                  doc="exp(x₁) / (exp(x₁) + exp(x₂) + …), one number of a softmax", example="share(0.0, 0.0) = 0.5")
surprise = primitive("surprise", Fold(_REST, lambda y, x, n, first, largest, rest, lost: refined(_below(x, maximum(first, largest)) / _whole(first, largest, rest), -_lacks(first, largest, rest, lost)),
                                      lambda n, first, largest, rest, lost: maximum(first, largest) - first + log1p(_own(first, largest) - 1.0 + refined(rest, lost)),
                                      leading=lambda y, n, first, largest, rest, lost: -refined(rest / _whole(first, largest, rest), lost - _lacks(first, largest, rest, lost))),
                     doc="-log(share(x₁, x₂, …)), what cross-entropy takes of a class", example="surprise(5.0) = 0.0")
logaddexp = primitive("logaddexp", lambda a, b: logsumexp(a, b), lambda y, a, b: share(a, b), lambda y, a, b: share(b, a),
                      doc="log(exp(a) + exp(b)), without overflow", example="logaddexp(1000.0, -inf) = 1000.0")
entropy = primitive("entropy", Fold(((lambda p: 0.0 - xlogy(p, p), _added),), lambda y, p: -1.0 - log(p)), domain="p ≥ 0",
                    doc="-(p₁ · log(p₁) + p₂ · log(p₂) + …), to which p = 0 adds nothing; Shannon 1948", example="entropy(1.0, 0.0) = 0.0")
norm = primitive("norm", Fold(((lambda x: abs(x), lambda a, b: hypot(a, b)),), lambda y, x: when(y, x / y)), kinks=lambda y, *xs: y == 0,
                 doc="√(x₁² + x₂² + …), with derivative 0 where all are 0", example="norm(2.0, 3.0, 6.0) = 7.0")
primitive("dot", Fold(((lambda w, x: w * x, _added),), lambda y, w, x: (x, w), width=2,
                      forward=_dot, partials=lambda y, *wx: wx[len(wx) // 2:] + wx[:len(wx) // 2]))
# fmt: on


def dot(ws: Iterable[Number], xs: Iterable[Number]) -> Number:
    """The inner product w₁·x₁ + w₂·x₂ + …, as one node.

    Args:
        ws: numbers or Values.
        xs: as many numbers or Values.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Raises:
        ValueError: their lengths differ.

    Examples:
        >>> dot([1.0, 2.0], [3.0, 4.0])
        11.0
    """
    left, right = tuple(ws), tuple(xs)
    if len(left) != len(right):
        raise ValueError(f"dot of {len(left)} and {len(right)} values: give as many of the one as of the other")
    return apply(PRIMITIVES["dot"], left + right)


def hypot(*sides: Number) -> Number:
    """√(a² + b² + …), without overflow: the length of a vector of two sides, or of any number of them.

    Of two sides it has no derivative where both are 0, as elsewhere; of more it is `norm`.

    Args:
        sides: numbers or Values, one by one.

    Returns:
        A float for numbers; a Value if one of them is a Value.

    Examples:
        >>> hypot(3.0, 4.0), hypot(2.0, 3.0, 6.0)
        (5.0, 7.0)
    """
    return apply(PRIMITIVES["hypot"], sides) if len(sides) == 2 else norm(*sides)


def softmax(values: Iterable[Number]) -> list[Number]:
    """exp(xᵢ) / (exp(x₁) + exp(x₂) + …) for each value, without overflow.

    Args:
        values: numbers or Values.

    Returns:
        As many floats or Values; they sum up to 1.

    Raises:
        ValueError: there are no values.

    Examples:
        >>> [round(p, 3) for p in softmax([0.0, 1.0, 2.0])]
        [0.09, 0.245, 0.665]
    """
    values = list(values)
    return [share(value, *values[:k], *values[k + 1 :]) for k, value in enumerate(values)]


def log_softmax(values: Iterable[Number]) -> list[Number]:
    """log(softmax(values)), finite where a number of the softmax is 0 in floats.

    Args:
        values: numbers or Values.

    Returns:
        As many floats or Values: xᵢ - log(exp(x₁) + exp(x₂) + …).

    Examples:
        >>> log_softmax([0.0, 1000.0])
        [-1000.0, 0.0]
    """
    values = list(values)
    return [0.0 - surprise(value, *values[:k], *values[k + 1 :]) for k, value in enumerate(values)]


FUNCTIONS |= {"dot": dot, "hypot": hypot, "softmax": softmax, "log_softmax": log_softmax}
NAMES = tuple(FUNCTIONS)  # the table's own, whatever is added to it later
__all__ = without_builtins(NAMES)  # noqa: PLE0605 (a list of names)


def __dir__() -> list[str]:
    return sorted({*NAMES, *(name for name in globals() if name.startswith("__"))})
