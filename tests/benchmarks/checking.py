"""How long a check takes, and what other checkers say of the same gradients: python tests/benchmarks/checking.py

First the milliseconds for a graph of 30 nodes and three inputs, for graphs that grow, and for a neuron of 80 inputs
and 80 weights. Then each checker is given right gradients and wrong ones, at points where fixed steps can't tell and
in programs drawn at random: false alarms and misses are counted. Ours is asked as it is, with the figure by hand;
the others with their defaults, SciPy's with a tolerance of 1e-6 relative to the gradient.

    --number N  programs of each random set, 200 unless given
    --seed S    that they are drawn by; a fresh one unless given, and printed
"""

from __future__ import annotations

import argparse
import itertools
import random
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from tinygrad_neuron import Value, check, ops, parse, topological_order

sys.path[0] = str(Path(__file__).parents[1])  # for this folder has a checking.py, which would hide that of the tests
THIRTY = (
    "a = x*w + b; c = tanh(a)*sin(x) + exp(-w*w); d = sigmoid(c*b) + log(1 + a*a); y = (c - d)**2/2 + sqrt(1 + d*d)"
)
ERRORS: dict[str, Callable[[float], float]] = {
    "right": lambda slope: slope,
    "sign": lambda slope: -slope,
    "times 2": lambda slope: 2 * slope,
    "1 + 1e-9": lambda slope: slope * (1 + 1e-9),
}
LEAST = 1e-300  # gradients nearer to 0 aren't made wrong
Function = Callable[[Any], Any]
Checker = Callable[[Function, float, float], bool]


class Case(NamedTuple):
    """A function of one Value or float, a point, and the right gradient there."""

    function: Function
    x: float
    gradient: float


# ---------------------------------------------------------------- time
def least(function: Callable[[], Any], times: int = 5) -> float:
    """The least milliseconds of some calls."""
    function()
    found = []
    for _ in range(times):
        start = time.perf_counter()
        function()
        found.append(1000 * (time.perf_counter() - start))
    return min(found)


def print_times() -> None:
    """The time of a check, and how it grows."""
    root = parse(THIRTY, {"x": 0.4, "w": 0.5, "b": 0.6})
    print(f"{len(topological_order(root))} nodes and three inputs: {least(lambda: check(root, {'w': 1.0})):.1f} ms")
    for name, wrap in {"": lambda y: y, ", inside of a maximum": lambda y: ops.maximum(y, -1e300)}.items():
        ws, xs = ([Value(0.01 * k, label=f"{kind}{k}") for k in range(80)] for kind in "wx")
        dotted, added = wrap(ops.dot(ws, xs).tanh()), wrap(sum(w * x for w, x in zip(ws, xs, strict=True)).tanh())
        figures = [least(lambda root=root: check(root), 3) for root in (dotted, added)]
        print(f"80 weights and 80 inputs{name}: {figures[0]:.0f} ms by dot, {figures[1]:.0f} ms by operators")
    for inputs, length in itertools.product((1, 4, 16), (250, 500, 1000)):
        leaves = [Value(0.1 + 0.01 * k, label=f"x{k}") for k in range(inputs)]
        y = leaves[0]
        for k in range(length // 2):
            y = (y + leaves[k % inputs]).sin()
        each = 1000 * least(lambda y=y: check(y), 2) / length / inputs
        print(f"{length} nodes, {inputs} inputs: {each:.1f} µs for each node and input")


# ---------------------------------------------------------------- the checkers
def ours(function: Function, x: float, figure: float) -> bool:
    """Whether our checker accepts a figure by hand."""
    return check(function(Value(x, label="x")), {"x": figure}).passed


def scipys(function: Function, x: float, figure: float) -> bool:
    """SciPy's check_grad with a tolerance of 1e-6 relative to the gradient."""
    from scipy.optimize import check_grad

    error = check_grad(lambda point: function(Value(float(point[0]))).data, lambda _: [figure], [x])
    return bool(error <= 1e-6 * max(1.0, abs(figure)))


def torchs(function: Function, x: float, figure: float) -> bool:
    """PyTorch's gradcheck with its defaults, of a function whose backward is the figure."""
    import torch

    class Given(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, point: Any) -> Any:
            ctx.figure = figure
            return point.new_tensor(function(Value(point.item())).data)

        @staticmethod
        def backward(ctx: Any, *upstream: Any) -> Any:
            return upstream[0] * ctx.figure

    point = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    return bool(torch.autograd.gradcheck(Given.apply, (point,), raise_exception=False))


def jaxs(function: Function, x: float, figure: float) -> bool:
    """JAX's check_grads in reverse mode with its defaults, in double precision."""
    import jax
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)
    shape = jax.ShapeDtypeStruct((), "float64")

    @jax.custom_vjp
    def given(point: Any) -> Any:
        return jax.pure_callback(lambda number: jax.numpy.float64(function(Value(float(number))).data), shape, point)

    given.defvjp(lambda point: (given(point), None), lambda _, upstream: (upstream * figure,))
    try:
        check_grads(given, (jax.numpy.float64(x),), order=1, modes=["rev"])
    except AssertionError:
        return False
    return True


CHECKERS: dict[str, Checker] = {
    "tinygrad_neuron": ours,
    "PyTorch's gradcheck": torchs,
    "SciPy's check_grad": scipys,
    "JAX's check_grads": jaxs,
}


# ---------------------------------------------------------------- what they are given
def along(recipe: Any, k: int) -> Function:
    """A program as a function of one of its inputs."""
    return lambda x: recipe.run([x if j == k else number for j, number in enumerate(recipe.inputs)])[-1]


def draw(seed: str, arities: dict[str, int], friendly: float) -> Iterator[Case]:
    """Programs drawn at random, along one of their inputs, where the function has a derivative."""
    from checking.reliability import programs, sides

    chance = random.Random(seed)
    for recipe, _ in programs(seed, arities, friendly, 30):
        k = chance.randrange(len(recipe.inputs))
        found = sides(recipe, k)
        size = abs(found.right)  # differences don't know a smaller one to all digits
        is_known = found.is_smooth and (size == 0 or 1e-12 < size < 1e100)
        if is_known and isinstance(along(recipe, k)(Value(1.0)), Value):
            yield Case(along(recipe, k), recipe.inputs[k], found.right)


def list_sets(number: int, seed: str) -> dict[str, list[Case]]:
    """The sets of right gradients."""
    from checking.reliability import IDENTITIES, PIECEWISE, SMOOTH
    from checking.test_checker import POINTS

    hard = []
    for function, x, verdict in POINTS.values():
        leaf = Value(x)
        root = function(leaf)
        root.backward()
        hard += [Case(function, x, leaf.grad)] if verdict == "PASS" else []
    chance = random.Random(seed)
    zeros = [Case(function, chance.uniform(*domain), 0.0) for domain, function in IDENTITIES.values()]
    return {
        "hard points": hard,
        "inside of a maximum": [case._replace(function=_inside(case.function)) for case in hard],
        "identities, gradient 0": zeros,
        "smooth programs": list(itertools.islice(draw(f"{seed} smooth", SMOOTH, 0.3), number)),
        "piecewise programs": list(itertools.islice(draw(f"{seed} piecewise", PIECEWISE, 0.5), number)),
    }


def _inside(function: Function) -> Function:
    return lambda x: ops.maximum(function(x), -1e300)


def count(checker: Checker, cases: list[Case], error: str) -> int:
    """How many right gradients a checker refuses, or how many wrong ones it accepts."""
    return sum(_accepts(checker, case, ERRORS[error](case.gradient)) != (error == "right") for case in cases)


def _accepts(checker: Checker, case: Case, figure: float) -> bool:
    try:
        return checker(case.function, case.x, figure)
    except ImportError:
        raise
    except Exception:  # noqa: BLE001 (a checker that raises doesn't accept)
        return False


def print_counts(number: int, seed: str) -> None:
    """The table of false alarms and misses."""
    title = f"false alarms at right gradients, misses of wrong ones; seed {seed}"
    table = Table("of", "given", "number", *CHECKERS, title=title)
    for name, cases in list_sets(number, seed).items():
        for error in ERRORS:
            given = [case for case in cases if error == "right" or abs(case.gradient) > LEAST]
            cells = [str(count(checker, given, error)) for checker in CHECKERS.values()] if given else []
            if cells:
                table.add_row(name, error, str(len(given)), *cells)
    Console(width=130).print(table)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=200)
    parser.add_argument("--seed", default=str(random.SystemRandom().randrange(10**6)))
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # the others' differences overflow at some points
    print_times()
    print_counts(given.number, given.seed)


if __name__ == "__main__":
    main()
