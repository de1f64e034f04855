"""What the checker is tried on: random programs, identities, and errors that are planted on purpose.

What is right is decided without the package: in mpmath, with hundreds of digits, from the functions alone.
"""

from __future__ import annotations

import math
import os
import random
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

import mpmath
from cases import CASES, mpmath_function

from tinygrad_neuron import Value, no_grad, ops, primitive
from tinygrad_neuron.checking.checker import check
from tinygrad_neuron.checking.function import check_function
from tinygrad_neuron.checking.verdicts import Check
from tinygrad_neuron.primitives import FUNCTIONS, PRIMITIVES, plain
from tinygrad_neuron.value import topological_order

Function = Callable[..., Any]
SEED = os.environ.get("TINYGRAD_NEURON_SEED", "") or str(random.SystemRandom().randrange(10**9))
COUNT = int(os.environ.get("TINYGRAD_NEURON_CHECKS", "500"))  # of smooth programs; 50000 is the full set
DIGITS, NUDGES, NOTHING = 400, ("1e-30", "1e-36"), mpmath.mpf("1e-300")
BEYOND = mpmath.mpf("1e400")  # of any float; an exponential of it has more digits than there is memory
ROUNDINGS = 1e3  # units in the last place of the largest product along the paths: what rounding may cost
FRIENDLY = (0.0, 0.25, 0.5, 1.0, -1.0, 2.0, -0.5, 3.0)

BENDING = {"sign", "less", "less_equal", "step", "floor", "equal", "masked", "nonnegative", "where"}
BENDING |= {"abs", "clip", "maximum", "minimum", "relu", "leaky_relu", "elu"}
ARITIES = {name: len(case.domains) for name, case in CASES.items() if name not in ("stop_gradient", "refined")}
SMOOTH = {name: arity for name, arity in ARITIES.items() if name not in BENDING}
RATIONAL = {"add", "sub", "mul", "neg", "squared", "identity", "mean", "sum", "dot"}
BESIDE = RATIONAL | {"tanh", "exp", "sin", "div", "softplus", "sqrt", "log", "sigmoid"}  # what bends
PIECEWISE = {name: arity for name, arity in ARITIES.items() if name in BENDING | BESIDE} | {"choose": 4}


def ours(name: str) -> Function:
    """A function of the package, of as many numbers as its case has."""
    return _OURS.get(name) or FUNCTIONS[name]


_OURS: dict[str, Function] = {
    "dot": lambda a, b, c, d: ops.dot([a, b], [c, d]),
    "choose": lambda a, b, c, d: ops.where(ops.less(a, b), c, d),
}


def _snap(x: Any) -> Any:
    """Nothing for what is a rounding of nothing: x - mean([x, x, x]) has a last digit."""
    return mpmath.mpf(0) if abs(x) < NOTHING else x


def _below(a: Any, b: Any) -> bool:
    return bool(_snap(b - a) > 0)


_EXACT: dict[str, Function] = {
    "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)),
    "choose": lambda a, b, c, d: c if _below(a, b) else d,
    "where": lambda condition, a, b: a if condition else b,
    "masked": lambda mask, x: x if mask else mpmath.mpf(0),
    "nonnegative": lambda x: x if x >= 0 else mpmath.nan,
    "less": lambda a, b: mpmath.mpf(_below(a, b)),
    "less_equal": lambda a, b: mpmath.mpf(not _below(b, a)),
    "equal": lambda a, b: mpmath.mpf(_snap(a - b) == 0),
    "floor": lambda x: mpmath.floor(x + NOTHING),
}


def exact(name: str) -> Function:
    """A function in mpmath; nan where it isn't a real number, or is asked for what no float reaches."""
    function = _EXACT.get(name) or mpmath_function(name)

    def read(*xs: Any) -> Any:
        if any(abs(x) > BEYOND for x in xs):
            return mpmath.nan
        try:
            found = function(*xs)
        except ArithmeticError:
            return mpmath.nan
        return mpmath.nan if isinstance(found, mpmath.mpc) else _snap(found)

    return read


# ---------------------------------------------------------------- programs
class Recipe(NamedTuple):
    """A program: the numbers of its inputs, its constants, and what is computed of which places."""

    inputs: tuple[float, ...]
    constants: tuple[float, ...]
    steps: tuple[tuple[str, tuple[int, ...]], ...]

    def run(
        self, leaves: Sequence[Any], functions: Callable[[str], Function] = ours, alter: Function | None = None
    ) -> Any:
        """All that is computed; `alter` gets the number of each step and its result, and may replace it."""
        places = [*leaves, *self.constants]
        for k, (name, operands) in enumerate(self.steps):
            found = functions(name)(*(places[o] for o in operands))
            places.append(alter(k, found) if alter else found)
        return places

    def graph(self, functions: Callable[[str], Function] = ours, alter: Function | None = None) -> Value:
        """A graph of it with labelled leaves."""
        return self.run([Value(x, label=f"x{k}") for k, x in enumerate(self.inputs)], functions, alter)[-1]

    def __str__(self) -> str:
        names = [f"x{k}" for k in range(len(self.inputs))] + [repr(number) for number in self.constants]
        for name, operands in self.steps:
            names.append(f"{name}({', '.join(names[o] for o in operands)})")
            if len(names[-1]) > 400:
                return f"inputs {self.inputs}, constants {self.constants}, steps {self.steps}"
        return f"{names[-1]} at {self.inputs}"


def grow(chance: random.Random, arities: dict[str, int], friendly: float, longest: int = 60) -> Recipe:
    """A random program all of whose numbers are finite; some of its inputs are friendly numbers."""
    draw = lambda: chance.choice(FRIENDLY) if chance.random() < friendly else chance.uniform(-2, 2)
    inputs = tuple(draw() for _ in range(chance.randint(1, 3)))
    constants = tuple(draw() for _ in range(chance.randint(0, 2)))
    length, names, steps = chance.choice([3, 8, 20, longest]), list(arities), []
    places = [*inputs, *constants]
    for _ in range(chance.randint(1, length)):
        name = chance.choice(names)
        operands = tuple(_choose(chance, len(places)) for _ in range(arities[name]))
        found = ours(name)(*(places[o] for o in operands))
        if math.isfinite(found) and abs(found) < 1e100:
            steps.append((name, operands))
            places.append(found)
    return Recipe(inputs, constants, tuple(steps))


def _choose(chance: random.Random, places: int) -> int:
    """A place, recent ones more often."""
    return chance.randrange(max(0, places - 4) if chance.random() < 0.6 else 0, places)


def programs(seed: str, arities: dict[str, int], friendly: float, longest: int = 60) -> Iterator[tuple[Recipe, Value]]:
    """Programs without end, with their graphs, whose values and gradients are finite."""
    chance = random.Random(seed)
    while True:
        recipe = grow(chance, arities, friendly, longest)
        root = recipe.graph() if recipe.steps else 0.0
        if has_finite_gradients(root):
            yield recipe, root


def has_finite_gradients(root: Any) -> bool:
    """Whether it is the end of a graph whose value and gradients are finite."""
    if not isinstance(root, Value) or root.is_constant or not math.isfinite(root.data):
        return False
    gradients = gradients_of(root).values()
    return bool(gradients) and all(map(math.isfinite, gradients))


def gradients_of(root: Value) -> dict[str, float]:
    """The engine's gradients by the labels of the leaves."""
    root.zero_grad()
    root.backward()
    return {node.label: node.grad for node in topological_order(root) if node.label}


def rounding_bound(root: Value) -> dict[str, float]:
    """For each leaf what rounding may cost: units in the last place of all that flows to it along any path."""
    sizes = {root: 1.0}
    for node in reversed(topological_order(root)):
        flow = sizes.get(node, 0.0)
        for operand, partial in zip(node.operands, node.partials or (), strict=False):
            if isinstance(operand, Value) and partial:
                sizes[operand] = sizes.get(operand, 0.0) + flow * abs(partial)
    return {node.label: ROUNDINGS * math.ulp(size) for node, size in sizes.items() if node.label}


# ---------------------------------------------------------------- the truth
class Sides(NamedTuple):
    """The derivatives from the left and from the right: numbers, infinite at a jump, nan where there is no function."""

    left: float
    right: float

    @property
    def is_smooth(self) -> bool:
        return _near(self.left, self.right)


def _near(a: float, b: float) -> bool:
    return math.isfinite(a - b) and abs(a - b) <= 1e-9 * max(abs(a), abs(b)) + 1e-14


def sides(recipe: Recipe, k: int, functions: Callable[[str], Function] = exact) -> Sides:
    """The derivatives along an input from both sides, by differences with hundreds of digits."""
    with mpmath.workdps(DIGITS):
        return Sides(*(_side(recipe, k, sign, functions) for sign in (-1, 1)))


def _side(recipe: Recipe, k: int, sign: int, functions: Callable[[str], Function]) -> float:
    """The slope to one side with two nudges: infinite if it grows as they shrink."""
    here = _at(recipe, k, mpmath.mpf(0), functions)
    rough, fine = ((_at(recipe, k, sign * mpmath.mpf(h), functions) - here) / (sign * mpmath.mpf(h)) for h in NUDGES)
    return float(fine) if fine != fine or _near(float(rough), float(fine)) else math.copysign(math.inf, fine)


def _at(recipe: Recipe, k: int, nudge: Any, functions: Callable[[str], Function]) -> Any:
    leaves = [mpmath.mpf(x) + (nudge if j == k else 0) for j, x in enumerate(recipe.inputs)]
    exactly, folded = recipe._replace(constants=tuple(map(mpmath.mpf, recipe.constants))), _folded(recipe)
    return exactly.run(leaves, functions, lambda step, found: folded.get(step, found))[-1]


def _folded(recipe: Recipe) -> dict[int, Any]:
    """The results of steps of constants alone: floats, which no graph holds as functions."""
    found = recipe.run([Value(x) for x in recipe.inputs])[len(recipe.inputs) + len(recipe.constants) :]
    return {k: mpmath.mpf(number) for k, number in enumerate(found) if not isinstance(number, Value)}


# ---------------------------------------------------------------- identities whose derivative is 0
REAL, POSITIVE, UNIT, LARGE = (-3.0, 3.0), (0.05, 3.0), (-0.95, 0.95), (1.05, 4.0)
S = ops.sigmoid
IDENTITIES: dict[str, tuple[tuple[float, float], Function]] = {
    "3*x/x": (POSITIVE, lambda x: 3 * x / x),
    "x/(3*x)": (POSITIVE, lambda x: x / (3 * x)),
    "x*(1/x)": (POSITIVE, lambda x: x * (1 / x)),
    "x*x/x - x": (POSITIVE, lambda x: x * x / x - x),
    "x - x": (REAL, lambda x: x - x),
    "x - mean([x, x, x])": (REAL, lambda x: x - ops.mean([x, x, x])),
    "x - mean of 7": (REAL, lambda x: x - ops.mean([x] * 7)),
    "sum - 3*x": (REAL, lambda x: ops.sum([x, x, x]) - 3 * x),
    "sum of 8 - x": (REAL, lambda x: ops.sum([0.125 * x] * 8) - x),
    "(x+1)*(x-1) - x*x": (REAL, lambda x: (x + 1) * (x - 1) - x * x),
    "(x+1)**2 - x*x - 2*x": (REAL, lambda x: (x + 1) ** 2 - x * x - 2 * x),
    "(x+0.5)**3 expanded": (REAL, lambda x: (x + 0.5) ** 3 - x**3 - 1.5 * x * x - 0.75 * x),
    "(x-1)**3 expanded": (REAL, lambda x: (x - 1) ** 3 - x**3 + 3 * x * x - 3 * x),
    "x**4 - (x*x)**2": (REAL, lambda x: x**4 - (x * x) ** 2),
    "x**2 - x*x": (REAL, lambda x: x**2 - x * x),
    "x**3/x - x*x": (POSITIVE, lambda x: x**3 / x - x * x),
    "x**-1 - 1/x": (POSITIVE, lambda x: x**-1 - 1 / x),
    "x**0.5 - sqrt": (POSITIVE, lambda x: x**0.5 - ops.sqrt(x)),
    "x**0.25 - sqrt(sqrt)": (POSITIVE, lambda x: x**0.25 - ops.sqrt(ops.sqrt(x))),
    "x**1.5 - x*sqrt": (POSITIVE, lambda x: x**1.5 - x * ops.sqrt(x)),
    "x**x - exp(x*log(x))": (POSITIVE, lambda x: x**x - ops.exp(x * ops.log(x))),
    "2**x - exp2": (REAL, lambda x: 2**x - ops.exp2(x)),
    "x**0": (POSITIVE, lambda x: x**0),
    "1**x": (REAL, lambda x: 1.0**x),
    "sqrt**2 - x": (POSITIVE, lambda x: ops.sqrt(x) ** 2 - x),
    "sqrt(x*x) - abs": (POSITIVE, lambda x: ops.sqrt(x * x) - abs(x)),
    "sqrt(x*x) + x below 0": (POSITIVE, lambda x: ops.sqrt((-x) * (-x)) + (-x)),
    "abs(x) - x": (POSITIVE, lambda x: abs(x) - x),
    "cbrt**3 - x": (POSITIVE, lambda x: ops.cbrt(x) ** 3 - x),
    "cbrt(x**3) - x": (POSITIVE, lambda x: ops.cbrt(x**3) - x),
    "cbrt(-x) + cbrt": (POSITIVE, lambda x: ops.cbrt(-x) + ops.cbrt(x)),
    "cbrt(8*x) - 2*cbrt": (POSITIVE, lambda x: ops.cbrt(8 * x) - 2 * ops.cbrt(x)),
    "exp(log(x)) - x": (POSITIVE, lambda x: ops.exp(ops.log(x)) - x),
    "log(exp(x)) - x": (REAL, lambda x: ops.log(ops.exp(x)) - x),
    "exp(x)*exp(-x)": (REAL, lambda x: ops.exp(x) * ops.exp(-x)),
    "exp(2*x) - exp(x)**2": (REAL, lambda x: ops.exp(2 * x) - ops.exp(x) ** 2),
    "exp(x+1)/exp(x)": (REAL, lambda x: ops.exp(x + 1) / ops.exp(x)),
    "expm1 - exp": (REAL, lambda x: ops.expm1(x) - ops.exp(x)),
    "log1p(x) - log(1+x)": (POSITIVE, lambda x: ops.log1p(x) - ops.log(1 + x)),
    "log1p(expm1(x)) - x": (REAL, lambda x: ops.log1p(ops.expm1(x)) - x),
    "log(3*x) - log(x)": (POSITIVE, lambda x: ops.log(3 * x) - ops.log(x)),
    "log(x*x) - 2*log(x)": (POSITIVE, lambda x: ops.log(x * x) - 2 * ops.log(x)),
    "log(1/x) + log(x)": (POSITIVE, lambda x: ops.log(1 / x) + ops.log(x)),
    "log2(exp2(x)) - x": (REAL, lambda x: ops.log2(ops.exp2(x)) - x),
    "log2(8*x) - log2(x)": (POSITIVE, lambda x: ops.log2(8 * x) - ops.log2(x)),
    "10**log10 - x": (POSITIVE, lambda x: 10 ** ops.log10(x) - x),
    "log(sqrt) - log/2": (POSITIVE, lambda x: ops.log(ops.sqrt(x)) - ops.log(x) / 2),
    "sin**2 + cos**2": (REAL, lambda x: ops.sin(x) ** 2 + ops.cos(x) ** 2),
    "sin(2*x) - 2*sin*cos": (REAL, lambda x: ops.sin(2 * x) - 2 * ops.sin(x) * ops.cos(x)),
    "cos(2*x) - 1 + 2*sin**2": (REAL, lambda x: ops.cos(2 * x) - 1 + 2 * ops.sin(x) ** 2),
    "sin(-x) + sin(x)": (REAL, lambda x: ops.sin(-x) + ops.sin(x)),
    "cos(-x) - cos(x)": (REAL, lambda x: ops.cos(-x) - ops.cos(x)),
    "sin(3*x) - 3*sin + 4*sin**3": (REAL, lambda x: ops.sin(3 * x) - 3 * ops.sin(x) + 4 * ops.sin(x) ** 3),
    "tan - sin/cos": (UNIT, lambda x: ops.tan(x) - ops.sin(x) / ops.cos(x)),
    "1/cos**2 - tan**2": (UNIT, lambda x: 1 / ops.cos(x) ** 2 - ops.tan(x) ** 2),
    "asin(sin(x)) - x": (UNIT, lambda x: ops.asin(ops.sin(x)) - x),
    "sin(asin(x)) - x": (UNIT, lambda x: ops.sin(ops.asin(x)) - x),
    "cos(acos(x)) - x": (UNIT, lambda x: ops.cos(ops.acos(x)) - x),
    "asin + acos": (UNIT, lambda x: ops.asin(x) + ops.acos(x)),
    "asin(-x) + asin": (UNIT, lambda x: ops.asin(-x) + ops.asin(x)),
    "tan(atan(x)) - x": (REAL, lambda x: ops.tan(ops.atan(x)) - x),
    "atan(x) + atan(1/x)": (POSITIVE, lambda x: ops.atan(x) + ops.atan(1 / x)),
    "atan - asin(x/hypot)": (REAL, lambda x: ops.atan(x) - ops.asin(x / ops.hypot(x, 1.0))),
    "atan2(x, x)": (POSITIVE, lambda x: ops.atan2(x, x)),
    "atan2(3*x, 4*x)": (POSITIVE, lambda x: ops.atan2(3 * x, 4 * x)),
    "atan2(x, 1) - atan": (REAL, lambda x: ops.atan2(x, 1.0) - ops.atan(x)),
    "atan2(sin, cos) - x": (REAL, lambda x: ops.atan2(ops.sin(x), ops.cos(x)) - x),
    "hypot(3*x, 4*x) - 5*x": (POSITIVE, lambda x: ops.hypot(3 * x, 4 * x) - 5 * x),
    "hypot(sin, cos)": (REAL, lambda x: ops.hypot(ops.sin(x), ops.cos(x))),
    "hypot(x, 1)**2 - x*x": (REAL, lambda x: ops.hypot(x, 1.0) ** 2 - x * x),
    "cosh**2 - sinh**2": (REAL, lambda x: ops.cosh(x) ** 2 - ops.sinh(x) ** 2),
    "cosh + sinh - exp": (REAL, lambda x: ops.cosh(x) + ops.sinh(x) - ops.exp(x)),
    "sinh(2*x) - 2*sinh*cosh": (REAL, lambda x: ops.sinh(2 * x) - 2 * ops.sinh(x) * ops.cosh(x)),
    "sinh(asinh(x)) - x": (REAL, lambda x: ops.sinh(ops.asinh(x)) - x),
    "asinh - log": (POSITIVE, lambda x: ops.asinh(x) - ops.log(x + ops.sqrt(x * x + 1))),
    "cosh(acosh(x)) - x": (LARGE, lambda x: ops.cosh(ops.acosh(x)) - x),
    "acosh(cosh(x)) - x": (POSITIVE, lambda x: ops.acosh(ops.cosh(x)) - x),
    "tanh(atanh(x)) - x": (UNIT, lambda x: ops.tanh(ops.atanh(x)) - x),
    "atanh - log/2": (UNIT, lambda x: ops.atanh(x) - ops.log((1 + x) / (1 - x)) / 2),
    "tanh - (2*sigmoid(2*x) - 1)": (REAL, lambda x: ops.tanh(x) - (2 * S(2 * x) - 1)),
    "tanh - sinh/cosh": (REAL, lambda x: ops.tanh(x) - ops.sinh(x) / ops.cosh(x)),
    "sech_squared + tanh**2": (REAL, lambda x: ops.sech_squared(x) + ops.tanh(x) ** 2),
    "sigmoid(x) + sigmoid(-x)": (REAL, lambda x: S(x) + S(-x)),
    "sigmoid - 1/(1 + exp(-x))": (REAL, lambda x: S(x) - 1 / (1 + ops.exp(-x))),
    "sigmoid_slope - s*(1 - s)": (REAL, lambda x: ops.sigmoid_slope(x) - S(x) * (1 - S(x))),
    "log(s) - log(1 - s) - x": (REAL, lambda x: ops.log(S(x)) - ops.log(1 - S(x)) - x),
    "softplus(x) - softplus(-x) - x": (REAL, lambda x: ops.softplus(x) - ops.softplus(-x) - x),
    "softplus - log(1 + exp)": (REAL, lambda x: ops.softplus(x) - ops.log(1 + ops.exp(x))),
    "softplus + log(sigmoid(-x))": (REAL, lambda x: ops.softplus(x) + ops.log(S(-x))),
    "silu - x*sigmoid": (REAL, lambda x: ops.silu(x) - x * S(x)),
    "silu(x) - silu(-x) - x": (REAL, lambda x: ops.silu(x) - ops.silu(-x) - x),
    "gelu(x) - gelu(-x) - x": (REAL, lambda x: ops.gelu(x) - ops.gelu(-x) - x),
    "gelu_slope(x) + gelu_slope(-x)": (REAL, lambda x: ops.gelu_slope(x) + ops.gelu_slope(-x)),
    "erf + erfc": (REAL, lambda x: ops.erf(x) + ops.erfc(x)),
    "erf(-x) + erf": (REAL, lambda x: ops.erf(-x) + ops.erf(x)),
    "logsumexp shifted": (REAL, lambda x: ops.logsumexp([x, x + 1, x - 2]) - x),
    "logsumexp([x, x]) - x": (REAL, lambda x: ops.logsumexp([x, x]) - x),
    "softmax([x, x, x])[0]": (REAL, lambda x: ops.softmax([x, x, x])[0]),
    "softmax shifted": (REAL, lambda x: ops.softmax([x, x + 1, x - 1])[1]),
    "the sum of a softmax": (REAL, lambda x: ops.sum(ops.softmax([x, 2 * x, x * x]))),
    "surprise([x, x])": (REAL, lambda x: ops.surprise(x, x, x + 1)),
    "surprise + log(share)": (REAL, lambda x: ops.surprise(x, 1.0, 2 * x) + ops.log(ops.share(x, 1.0, 2 * x))),
    "dot - products": (REAL, lambda x: ops.dot([x, 3.0], [x, x]) - x * x - 3 * x),
    "dot([x, x], [1, -1])": (REAL, lambda x: ops.dot([x, x], [1.0, -1.0])),
    "dot([sin, cos], [sin, cos])": (REAL, lambda x: ops.dot([x.sin(), x.cos()], [x.sin(), x.cos()])),
}


# ---------------------------------------------------------------- planted errors
WRAPS: dict[str, Function] = {
    "bare": lambda v: v,
    "maximum": lambda v: ops.maximum(v, -1e300),
    "minimum": lambda v: ops.minimum(v, 1e308),
    "clip": lambda v: ops.clip(v, -1e308, 1e308),
    "where": lambda v: ops.where(ops.less(-1e308, v), v, 0.0),
}
ERRORS: dict[str, Callable[[float], float]] = {
    "sign": lambda slope: -slope,
    "times 2": lambda slope: 2 * slope,
    "1 + 1e-9": lambda slope: slope * (1 + 1e-9),
    "zero": lambda slope: 0.0,
}
WAYS_OUT: dict[str, Function] = {
    "exp": math.exp,
    "sin": math.sin,
    "tanh": math.tanh,
    "atan": math.atan,
    "erf": math.erf,
}
RULED = ("tanh", "sin", "cos", "sigmoid", "atan", "asinh", "softplus", "squared", "gelu", "silu", "erf")
OF_FLOATS: dict[str, Function] = {name: getattr(math, name) for name in ("tanh", "sin", "cos", "atan", "asinh", "erf")}


class Planted(NamedTuple):
    """An error: its kind, the program that it is in, and what the checker is given."""

    kind: str
    recipe: Recipe
    verdict: str
    reason: str


def plant(seed: str) -> Iterator[Planted]:
    """Planted errors without end, each of which changes a gradient by more than ten times its rounding bound."""
    chance = random.Random(seed)
    for recipe, _ in programs(f"{seed} programs", SMOOTH, 0.4, 30):
        kind, wrap = chance.choice(list(KINDS)), chance.choice(list(WRAPS))
        found = KINDS[kind](_Site(chance, recipe, WRAPS[wrap]))
        if found:
            yield Planted(f"{kind}, {wrap}", recipe, *found)


class _Site:
    """Where an error is planted: a program, with one of its results and its end wrapped in what changes nothing."""

    def __init__(self, chance: random.Random, recipe: Recipe, wrap: Function) -> None:
        self.chance, self.recipe, self.wrap = chance, recipe, wrap
        self.wrapped, self.step = (chance.randrange(len(recipe.steps)) for _ in range(2))
        self.k = chance.randrange(len(recipe.inputs))
        self.label = f"x{self.k}"

    def build(self, alter: Function | None = None, functions: Callable[[str], Function] = ours) -> Function:
        """The program as a function of its inputs; the result of one step may be altered."""

        def at(k: int, found: Any) -> Any:
            found = alter(found) if alter and k == self.step else found
            return self.wrap(found) if k == self.wrapped else found

        return lambda **inputs: self.wrap(self.recipe.run(list(inputs.values()), functions, at)[-1])

    @property
    def point(self) -> dict[str, float]:
        return {f"x{k}": x for k, x in enumerate(self.recipe.inputs)}

    def graph(self, alter: Function | None = None, functions: Callable[[str], Function] = ours) -> Value:
        return self.build(alter, functions)(**{name: Value(x, label=name) for name, x in self.point.items()})

    @cached_property
    def truth(self) -> float:
        """The derivative along the input; nan where it isn't smooth."""
        found = sides(self.recipe, self.k)
        return found.right if found.is_smooth else math.nan

    @cached_property
    def bound(self) -> float:
        """What rounding may cost here, with what it has cost."""
        root = self.graph()
        return rounding_bound(root).get(self.label, 0.0) + abs(gradients_of(root).get(self.label, 0.0) - self.truth)

    def is_wrong(self, slope: float) -> bool:
        """Whether it is off by more than ten times the rounding bound; what isn't finite doesn't count."""
        return abs(slope - self.truth) > 10 * self.bound


Found = tuple[str, str] | None  # the verdict with its reason, None where no error came about


def _row(check: Check, label: str) -> Found:
    return next(((row.verdict, row.reason) for row in check.rows if row.name == label), None)


def _hand(site: _Site, hand: float) -> Found:
    """What is said of a figure by hand, if it claims what is wrong."""
    claimed = 0.5 * 10.0 ** int(Decimal(repr(hand)).as_tuple().exponent)
    if not site.is_wrong(hand) or abs(hand - site.truth) <= claimed:
        return None
    return _row(check(site.graph(), {site.label: hand}), site.label)


def _wrong_figure(site: _Site) -> Found:
    gradient = gradients_of(site.graph()).get(site.label)
    return gradient and _hand(
        site, site.chance.choice([ERRORS[name] for name in ("sign", "times 2", "1 + 1e-9")])(gradient)
    )


def _missing_term(site: _Site) -> Found:
    """A gradient by hand without what flows through one step."""
    severed = site.graph(lambda v: ops.stop_gradient(v))
    return None if severed.is_constant else _hand(site, gradients_of(severed).get(site.label, 0.0))


def _wrong_rule(site: _Site) -> Found:
    name, error = site.chance.choice(RULED), site.chance.choice(list(ERRORS))
    return _judge_rule(site, name, planted_primitive(name, error))


def _wrong_rule_of_floats(site: _Site) -> Found:
    name, error = site.chance.choice(list(OF_FLOATS)), site.chance.choice(["sign", "times 2", "zero"])
    return _judge_rule(site, name, planted_primitive(name, error, of_floats=True))


def _judge_rule(site: _Site, name: str, wrong: Function) -> Found:
    """A function with a wrong rule behind one step of the program."""
    site.recipe = _with_step(site.recipe, site.step, name)
    root = site.graph()
    if not has_finite_gradients(root):  # with another function the values below are others
        return None
    graph = site.graph(functions=lambda each: wrong if each == name else ours(each))
    return _row(check(graph), site.label) if site.is_wrong(gradients_of(graph).get(site.label, 0.0)) else None


def _with_step(recipe: Recipe, step: int, name: str) -> Recipe:
    """The program with a function of one number in place of a step."""
    steps = list(recipe.steps)
    steps[step] = (name, steps[step][1][:1])
    return recipe._replace(steps=tuple(steps))


def planted_primitive(name: str, error: str, *, of_floats: bool = False) -> Function:
    """A primitive with a wrong rule; its forward function reads on floats alone, or on anything."""
    known = f"{name}_with_{list(ERRORS).index(error)}{'_of_floats' * of_floats}"
    rule = PRIMITIVES[name].rules[0]
    forward = OF_FLOATS[name] if of_floats else lambda x: FUNCTIONS[name](x)
    return FUNCTIONS.get(known) or primitive(known, forward, lambda y, x: ERRORS[error](rule(y, x)))


def _way_out(site: _Site) -> Found:
    """A function of Python's own for one of the package's."""
    name = site.chance.choice(list(WAYS_OUT))
    site.recipe = _with_step(site.recipe, site.step, name)
    lost = lambda each: (lambda x: ops.stop_gradient(ours(name)(x))) if each == name else ours(each)
    leaving = lambda each: WAYS_OUT[name] if each == name else ours(each)
    return _judge_function(site, site.graph(functions=lost), site.build(functions=leaving))


def _held(site: _Site) -> Found:
    """A number that is read from a Value, and stays what it is."""
    way = site.chance.choice([lambda v: v.data, lambda v: v.detach(), _without_recording])
    if not _is_felt(site):
        return None
    return _judge_function(
        site, site.graph(ops.stop_gradient), site.build(lambda v: way(v) if isinstance(v, Value) else v)
    )


def _is_felt(site: _Site) -> bool:
    """Whether floats can show that a step is held fixed: beside the point the end differs without what it moves.

    By more than roundings on the way can explain, that is.
    """
    held: list[float] = []

    def note(v: Any) -> Any:
        held.append(plain(v))
        return v

    site.graph(note)
    nearby = {name: Value(x + 1e-2 * (abs(x) or 1.0)) for name, x in site.point.items()}
    moved, fixed = (site.build(alter)(**nearby) for alter in (None, lambda _: held[0]))
    return abs(plain(moved) - plain(fixed)) > 1e-6 * abs(plain(moved)) + 10 * _value_bound(moved)


def _value_bound(root: Any) -> float:
    """What the roundings of a forward pass may cost its result."""
    if not isinstance(root, Value) or root.is_constant:
        return 0.0
    root.backward()
    parts = (abs(node.data * node.grad) for node in topological_order(root) if not node.is_constant)
    return ROUNDINGS * 2.0**-53 * math.fsum(filter(math.isfinite, parts))


def _without_recording(v: Value) -> Value:
    with no_grad():
        return v * 1.0


def _judge_function(site: _Site, lost: Value, function: Function) -> Found:
    """A function that loses a path, where that makes a difference."""
    slopes = {} if not isinstance(lost, Value) or lost.is_constant else gradients_of(lost)
    if not slopes or not site.is_wrong(slopes.get(site.label, 0.0)):
        return None
    return _row(check_function(function, site.point), site.label)


def _branch(site: _Site) -> Found:
    """A comparison of an input with its own number: the result jumps, by so much that it is seen at the end."""
    x, above = site.recipe.inputs[site.k], site.chance.random() < 0.5
    jump = lambda v: v + 0.25
    here, there = (site.build(alter)(**site.point) for alter in (jump, None))
    if not (abs(here - there) > 1e-6 * max(1.0, abs(here)) and math.isfinite(there)):
        return None

    def function(**inputs: Value) -> Value:
        leaf = inputs[site.label]
        return site.build(None if (leaf > x if above else leaf < x) else jump)(**inputs)

    result = check_function(function, site.point)
    return result.verdict, str(result)


def _branch_inside(site: _Site) -> Found:
    """A comparison of a step with its own number, where nudges move that step in floats, and the end feels the jump."""
    seen: list[float] = []
    site.graph(lambda v: seen.append(plain(v)) or v)
    jump = lambda v: v if v <= seen[0] else v + 1.0
    x = site.point[site.label]
    for number in (x + 1e-8 * (abs(x) or 1.0), x - 1e-8 * (abs(x) or 1.0)):
        point = site.point | {site.label: number}
        there, jumped = (plain(site.build(alter)(**point)) for alter in (None, jump))
        if abs(jumped - there) > 1e-6 * max(1.0, abs(there)):
            return _row(check_function(site.build(jump), site.point), site.label)
    return None


KINDS: dict[str, Callable[[_Site], Found]] = {
    "figure": _wrong_figure,
    "missing term": _missing_term,
    "rule": _wrong_rule,
    "rule of floats": _wrong_rule_of_floats,
    "way out": _way_out,
    "held fixed": _held,
    "branch": _branch,
    "branch inside": _branch_inside,
}
