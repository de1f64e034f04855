"""The primitives: all mathematics of the package, written once.

An entry of the table is a name, a forward function and one *local derivative*
for each argument, without the upstream gradient. Rules take the output `y`
first, then the arguments, and are written with ordinary operators and with
the functions of this table. What they are applied to selects the reading:
floats give numbers, `Value`s record a graph, and any other type that has a
method `read_primitive(primitive, arguments)` gives a reading of its own.

Rules never branch on data, so that they can be printed as source. A condition
is a primitive itself: `step`, `equal`, `masked`, `nonnegative`.

Sources of the derivatives: Abramowitz & Stegun, Handbook of Mathematical
Functions, chapters 4 and 7; Griewank & Walther, Evaluating Derivatives,
chapter 3. Values at kinks and poles: the table in docs/conventions.md.
"""

# Rules refer to functions further down in the table:
# mypy: disable-error-code="has-type"

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Mapping

from .primitives import FUNCTIONS, PRIMITIVES, Fold, Number, Rule, apply, divide, primitive

inf, nan = math.inf, math.nan
LARGEST = sys.float_info.max
LN2, LN10, SQRT_HALF = math.log(2.0), math.log(10.0), math.sqrt(0.5)
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
    try:
        return math.pow(a, b)
    except (OverflowError, ValueError):
        if a < 0 and b % 1:
            return nan
        return math.copysign(inf, a) if b % 2 == 1 else inf


def _sinh(x: float) -> float:
    try:
        return math.sinh(x)
    except OverflowError:
        return math.copysign(inf, x)


def _sech_squared(x: float) -> float:
    y = math.tanh(x)  # 1 - y² is what people derive by hand; in the tails it cancels
    return 1.0 - y * y if -0.7 < y < 0.7 else (1.0 / cosh(x)) ** 2


def _sum(*xs: float) -> float:
    if not xs:
        return 0.0
    total = xs[0]
    for x in xs[1:]:  # Python's own sum rounds otherwise from 3.12 on
        total += x
    return total


def _dot(*ws_and_xs: float) -> float:
    if not ws_and_xs:
        return 0.0
    half = len(ws_and_xs) // 2
    total = ws_and_xs[0] * ws_and_xs[half]
    for w, x in zip(ws_and_xs[1:half], ws_and_xs[half + 1 :], strict=True):
        total += w * x
    return total


def _bounded(largest: Number) -> Number:
    return clip(largest, -LARGEST, LARGEST)  # infinite ones stay infinite by their own exponentials


def _added(a: Number, b: Number) -> Number:
    return a + b


def _extreme(choose: Callable[[tuple[float, ...]], float], of_two: Rule) -> Fold:
    """A maximum or minimum: equal parts of the gradient go to all that attain it."""
    return Fold(
        ((lambda x: x, of_two), (lambda x, n, best: equal(x, best), lambda *ties: sum(ties))),
        lambda y, x, n, best, ties: equal(x, best) / ties,
        forward=lambda *xs: nan if any(x != x for x in xs) else choose(xs),
    )


def _at_zero(_y: float, x: float, *_more: float) -> bool:
    return x == 0


def _tie(y: float, *xs: float) -> bool:
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
pow = primitive("pow", _pow, lambda y, a, b: masked(b, b * pow(a, b - 1.0)),
                lambda y, a, b: masked(abs(a) + step(-b), y * log(a)), kinks=(None, lambda y, a, b: a == b == 0),
                domain="a ≥ 0, or a whole b (cbrt gives the real cube root)",
                doc="a to the power of b", example="pow(2.0, 10.0) = 1024.0")
neg = primitive("neg", lambda x: -x, lambda y, x: -1.0, doc="-x", example="neg(2.0) = -2.0")
squared = primitive("squared", lambda x: x * x, lambda y, x: 2.0 * x, doc="x²", example="squared(3.0) = 9.0")
identity = primitive("identity", lambda x: x * 1.0, lambda y, x: 1.0,
                     doc="x itself, as another node of the graph", example="identity(2.0) = 2.0")

# what bends and jumps, and the conditions that rules are written with
abs = primitive("abs", math.fabs, lambda y, x: sign(x), kinks=_at_zero,
                doc="|x|, with derivative 0 at 0", example="abs(-2.0) = 2.0")
sign = primitive("sign", lambda x: x if x != x else float((x > 0) - (x < 0)), lambda y, x: 0.0, kinks=_at_zero,
                 composed=lambda x: step(x) - step(-x),
                 doc="-1, 0 or 1", example="sign(-2.0) = -1.0")
step = primitive("step", lambda x: x if x != x else float(x > 0), lambda y, x: 0.0, kinks=_at_zero,
                 doc="1 for x > 0, else 0: Heaviside's step", example="step(0.0) = 0.0")
floor = primitive("floor", lambda x: x // 1.0 if math.isfinite(x) else x, lambda y, x: 0.0,
                  kinks=lambda y, x: x == y, doc="the largest whole number up to x", example="floor(-1.5) = -2.0")
equal = primitive("equal", lambda a, b: nan if a != a or b != b else float(a == b), lambda y, a, b: 0.0,
                  lambda y, a, b: 0.0, kinks=lambda y, a, b: a == b,
                  doc="1 where a = b, else 0", example="equal(1.0, 2.0) = 0.0")
masked = primitive("masked", lambda mask, x: x if mask else 0.0, lambda y, mask, x: 0.0,
                   lambda y, mask, x: masked(mask, 1.0),
                   doc="x where the mask is not 0, else 0, even of nan", example="masked(0.0, nan) = 0.0")
nonnegative = primitive("nonnegative", lambda x: x if x >= 0 else nan, lambda y, x: 1.0, domain="x ≥ 0",
                        doc="x itself: the domain in a logarithm's derivative", example="nonnegative(-2.0) = nan")
where = primitive("where", lambda condition, a, b: a if condition else b, lambda y, condition, a, b: 0.0,
                  lambda y, condition, a, b: masked(condition, 1.0),
                  lambda y, condition, a, b: 1.0 - masked(condition, 1.0),
                  doc="a if the condition holds, else b; a graph records the chosen branch alone",
                  example="where(2.0 > 1.0, 5.0, 7.0) = 5.0")
clip = primitive("clip", lambda x, low=0.0, high=1.0: x if x != x else min(max(x, low), high),
                 lambda y, x, low, high: equal(x, y), lambda y, x, low, high: step(low - x),
                 lambda y, x, low, high: step(x - high), kinks=lambda y, x, low, high: x in (low, high),
                 composed=lambda x, low, high: minimum(maximum(x, low), high),
                 doc="x kept between low and high, with derivative 1 on both", example="clip(3.0) = 1.0")
maximum = primitive("maximum", _extreme(max, lambda a, b: maximum(a, b)), kinks=_tie,
                    doc="the largest; a tie shares the gradient", example="maximum(1.0, 3.0, 2.0) = 3.0")
minimum = primitive("minimum", _extreme(min, lambda a, b: minimum(a, b)), kinks=_tie,
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
sqrt = primitive("sqrt", _total(math.sqrt), lambda y, x: 0.5 / y, domain="x ≥ 0",
                 doc="the square root", example="sqrt(9.0) = 3.0")
cbrt = primitive("cbrt", math.cbrt, lambda y, x: 1.0 / (3.0 * y * y),
                 doc="the real cube root, of negative numbers too", example="cbrt(-8.0) = -2.0")

# angles, in radians
sin = primitive("sin", _total(math.sin), lambda y, x: cos(x), domain="finite x", doc="sine", example="sin(0.0) = 0.0")
cos = primitive("cos", _total(math.cos), lambda y, x: -sin(x), domain="finite x", doc="cosine", example="cos(0.0) = 1.0")
tan = primitive("tan", _total(math.tan), lambda y, x: 1.0 + y * y, domain="finite x",
                doc="tangent", example="tan(0.0) = 0.0")
asin = primitive("asin", _total(math.asin), lambda y, x: 1.0 / sqrt((1.0 - x) * (1.0 + x)), domain="-1 ≤ x ≤ 1",
                 doc="the angle whose sine is x", example="asin(0.0) = 0.0")
acos = primitive("acos", _total(math.acos), lambda y, x: -1.0 / sqrt((1.0 - x) * (1.0 + x)), domain="-1 ≤ x ≤ 1",
                 doc="the angle whose cosine is x", example="acos(1.0) = 0.0")
atan = primitive("atan", math.atan, lambda y, x: 1.0 / (1.0 + x * x),
                 doc="the angle whose tangent is x", example="atan(0.0) = 0.0")
atan2 = primitive("atan2", lambda a, b: math.atan2(a, b), lambda y, a, b: b / hypot(a, b) / hypot(a, b),
                  lambda y, a, b: -a / hypot(a, b) / hypot(a, b),
                  doc="the angle of the point a up and b to the right", example="atan2(0.0, 1.0) = 0.0")
hypot = primitive("hypot", lambda a, b: math.hypot(a, b), lambda y, a, b: a / y, lambda y, a, b: b / y,
                  kinks=lambda y, a, b: y == 0, doc="√(a² + b²)", example="hypot(3.0, 4.0) = 5.0")

# hyperbolic
sinh = primitive("sinh", _sinh, lambda y, x: cosh(x), doc="(exp(x) - exp(-x)) / 2", example="sinh(0.0) = 0.0")
cosh = primitive("cosh", _total(math.cosh), lambda y, x: sinh(x),
                 doc="(exp(x) + exp(-x)) / 2", example="cosh(0.0) = 1.0")
tanh = primitive("tanh", math.tanh, lambda y, x: sech_squared(x),
                 doc="sinh(x) / cosh(x), with derivative 1 - tanh(x)²", example="tanh(0.0) = 0.0")
sech_squared = primitive("sech_squared", _sech_squared, lambda y, x: -2.0 * y * tanh(x),
                         doc="1 / cosh(x)² = 1 - tanh(x)², exact in the tails", example="sech_squared(0.0) = 1.0")
asinh = primitive("asinh", math.asinh, lambda y, x: 1.0 / hypot(1.0, x),
                  doc="the inverse of sinh", example="asinh(0.0) = 0.0")
acosh = primitive("acosh", _total(math.acosh), lambda y, x: 1.0 / (sqrt(x - 1.0) * sqrt(x + 1.0)), domain="x ≥ 1",
                  doc="the inverse of cosh, not negative", example="acosh(1.0) = 0.0")
atanh = primitive("atanh", _total(math.atanh, {1.0: inf, -1.0: -inf}),
                  lambda y, x: 1.0 / nonnegative((1.0 - x) * (1.0 + x)), domain="-1 ≤ x ≤ 1",
                  doc="the inverse of tanh", example="atanh(0.0) = 0.0")

# the normal distribution's
erf = primitive("erf", math.erf, lambda y, x: TWO_OVER_SQRT_PI * exp(-x * x),
                doc="2/√π · ∫ exp(-t²) dt from 0 to x", example="erf(0.0) = 0.0")
erfc = primitive("erfc", math.erfc, lambda y, x: -TWO_OVER_SQRT_PI * exp(-x * x),
                 doc="1 - erf(x), exact in the tail", example="erfc(0.0) = 1.0")

# activations
relu = primitive("relu", lambda x: x if x > 0 or x != x else 0.0, lambda y, x: step(x), kinks=_at_zero,
                 composed=lambda x: masked(step(x), x),
                 doc="x for x > 0, else 0, with derivative 0 at 0", example="relu(-2.0) = 0.0")
leaky_relu = primitive("leaky_relu", lambda x, slope=0.01: relu(x) + slope * minimum(x, 0.0),
                       lambda y, x, slope: step(x) + slope * (1.0 - step(x)), lambda y, x, slope: minimum(x, 0.0),
                       kinks=(_at_zero, None), doc="x for x > 0, else slope · x", example="leaky_relu(-2.0) = -0.02")
elu = primitive("elu", lambda x, alpha=1.0: relu(x) + alpha * expm1(minimum(x, 0.0)),
                lambda y, x, alpha: step(x) + (1.0 - step(x)) * alpha * exp(minimum(x, 0.0)),
                lambda y, x, alpha: expm1(minimum(x, 0.0)), kinks=(lambda y, x, alpha: x == 0 and alpha != 1, None),
                doc="x for x > 0, else alpha · (exp(x) - 1); Clevert and others 2015", example="elu(2.0) = 2.0")
sigmoid = primitive("sigmoid", lambda x: exp(minimum(x, 0.0)) / (1.0 + exp(-abs(x))), lambda y, x: y * sigmoid(-x),
                    doc="1 / (1 + exp(-x)), exact in both tails", example="sigmoid(0.0) = 0.5")
softplus = primitive("softplus", lambda x: relu(x) + log1p(exp(-abs(x))), lambda y, x: sigmoid(x),
                     doc="log(1 + exp(x)), without overflow", example="softplus(1000.0) = 1000.0")
silu = primitive("silu", lambda x: x * sigmoid(x), lambda y, x: sigmoid(x) * (1.0 + x * sigmoid(-x)),
                 doc="x · sigmoid(x), also called swish; Elfwing and others 2017", example="silu(0.0) = 0.0")
gelu = primitive("gelu", lambda x: 0.5 * x * erfc(-x * SQRT_HALF),
                 lambda y, x: 0.5 * erfc(-x * SQRT_HALF) + x * ONE_OVER_SQRT_TWO_PI * exp(-0.5 * x * x),
                 doc="x · Φ(x) with the normal distribution's Φ; Hendrycks and Gimpel 2016", example="gelu(0.0) = 0.0")

# of many values: what is taken of a term and how it is combined, pass by pass; the derivative of a term; the result
sum = primitive("sum", Fold(((lambda x: x, _added),), lambda y, x: 1.0,
                            forward=_sum, partials=lambda y, *xs: [1.0] * len(xs)),
                doc="x₁ + x₂ + …, from left to right; 0 of none", example="sum(1.0, 2.0, 3.0) = 6.0")
mean = primitive("mean", Fold(((lambda x: x, _added),), lambda y, x, n: 1.0 / n, lambda n, total: total / n,
                              forward=lambda *xs: _sum(*xs) / len(xs), partials=lambda y, *xs: [1.0 / len(xs)] * len(xs)),
                 doc="their sum divided by their number", example="mean([1.0, 2.0, 3.0]) = 2.0")
logsumexp = primitive("logsumexp", Fold(((lambda x: x, lambda a, b: maximum(a, b)),
                                         (lambda x, n, largest: exp(x - _bounded(largest)), lambda *parts: sum(parts))),
                                        lambda y, x: exp(x - y),
                                        lambda n, largest, total: _bounded(largest) + log(total)),
                      doc="log(exp(x₁) + exp(x₂) + …), without overflow", example="logsumexp(1000.0, -inf) = 1000.0")
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
    log_total = logsumexp(values)
    return [exp(value - log_total) for value in values]


FUNCTIONS |= {"dot": dot, "softmax": softmax}
__all__ = list(FUNCTIONS)
