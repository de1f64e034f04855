"""One row a primitive: where its arguments are drawn from, and where they are too near a kink.

The oracles have a primitive's function under its own name unless said here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import mpmath


class Case(NamedTuple):
    domains: tuple[tuple[float, float], ...]
    clear: Callable[..., bool] = lambda *_: True  # is this point clear of kinks and poles?
    order: int = 3  # up to which derivative the oracles are asked


ANY = (-3.0, 3.0)
AWAY = 0.05


def off_zero(x: float, *_: float) -> bool:
    return abs(x) > AWAY


def apart(*xs: float) -> bool:
    return all(abs(a - b) > AWAY for k, a in enumerate(xs) for b in xs[:k])


CASES: dict[str, Case] = {
    "add": Case((ANY, ANY)),
    "sub": Case((ANY, ANY)),
    "mul": Case((ANY, ANY)),
    "div": Case((ANY, (0.3, 3.0))),
    "pow": Case(((0.3, 3.0), ANY)),
    "neg": Case((ANY,)),
    "squared": Case((ANY,)),
    "identity": Case((ANY,)),
    "abs": Case((ANY,), off_zero),
    "sign": Case((ANY,), off_zero),
    "less": Case((ANY, ANY), apart),
    "less_equal": Case((ANY, ANY), apart),
    "step": Case((ANY,), off_zero),
    "floor": Case((ANY,), lambda x: abs(x - round(x)) > AWAY),
    "equal": Case((ANY, ANY), apart),
    "masked": Case(((0.1, 2.0), ANY)),
    "nonnegative": Case(((0.1, 3.0),)),
    "where": Case(((0.1, 2.0), ANY, ANY)),
    "clip": Case((ANY, (-2.0, -1.0), (0.0, 1.0)), lambda x, low, high: apart(x, low) and apart(x, high)),
    "maximum": Case((ANY, ANY, ANY), apart),
    "minimum": Case((ANY, ANY, ANY), apart),
    "exp": Case((ANY,)),
    "expm1": Case((ANY,)),
    "exp2": Case((ANY,)),
    "log": Case(((0.1, 5.0),)),
    "log1p": Case(((-0.9, 4.0),)),
    "log2": Case(((0.1, 5.0),)),
    "log10": Case(((0.1, 5.0),)),
    "sqrt": Case(((0.1, 5.0),)),
    "cbrt": Case(((0.1, 5.0),)),
    "sin": Case((ANY,)),
    "cos": Case((ANY,)),
    "tan": Case(((-1.2, 1.2),)),
    "asin": Case(((-0.9, 0.9),)),
    "acos": Case(((-0.9, 0.9),)),
    "atan": Case((ANY,)),
    "atan2": Case((ANY, (0.2, 3.0))),
    "hypot": Case(((0.2, 3.0), ANY), lambda a, b: abs(a - abs(b)) > AWAY),  # JAX scales by the larger: it bends there
    "xlogy": Case((ANY, (0.1, 5.0))),
    "norm": Case(((0.2, 3.0), ANY, ANY)),
    "sinh": Case((ANY,)),
    "cosh": Case((ANY,)),
    "tanh": Case((ANY,)),
    "sech_squared": Case((ANY,)),
    "asinh": Case((ANY,)),
    "acosh": Case(((1.2, 5.0),)),
    "atanh": Case(((-0.9, 0.9),)),
    "one_minus_squared": Case((ANY,)),
    "cbrt_slope": Case(((0.1, 5.0),)),
    "sigmoid_slope": Case((ANY,)),
    "gelu_slope": Case((ANY,)),
    "gaussian": Case((ANY, (0.3, 2.0))),
    "exp_difference": Case((ANY, ANY)),
    "stop_gradient": Case((ANY,)),
    "refined": Case((ANY, (1.5, 3.0))),
    "share": Case((ANY, ANY, ANY)),
    "surprise": Case((ANY, ANY, ANY)),
    "erf": Case((ANY,)),
    "erfc": Case((ANY,)),
    "relu": Case((ANY,), off_zero),
    "leaky_relu": Case((ANY, (0.01, 0.5)), off_zero),
    "elu": Case((ANY, (0.5, 1.5)), off_zero),
    "sigmoid": Case((ANY,)),
    "softplus": Case((ANY,)),
    "log_sigmoid": Case((ANY,)),
    "silu": Case((ANY,)),
    "gelu": Case((ANY,)),
    "sum": Case((ANY, ANY, ANY)),
    "mean": Case((ANY, ANY, ANY)),
    "logaddexp": Case((ANY, ANY)),
    "entropy": Case(((0.1, 2.0), (0.1, 2.0), (0.1, 2.0))),
    "logsumexp": Case((ANY, ANY, ANY)),
    "dot": Case((ANY, ANY, ANY, ANY)),
}


def over(module: Any, exceptions: dict[str, Callable[..., Any]]) -> Callable[[str], Callable[..., Any]]:
    return lambda name: exceptions.get(name) or getattr(module, name)


def composed(m: Any, zero: Any) -> dict[str, Callable[..., Any]]:
    """What array libraries and mpmath alike lack, in terms of what they have in `m`."""
    positive: Callable[[Any], Any] = lambda x: m.where(x > 0, zero(x) + 1.0, zero(x))
    return {
        "add": lambda a, b: a + b,
        "sub": lambda a, b: a - b,
        "mul": lambda a, b: a * b,
        "div": lambda a, b: a / b,
        "pow": lambda a, b: a**b,
        "neg": lambda x: -x,
        "squared": lambda x: x * x,
        "identity": lambda x: x,
        "stop_gradient": lambda x: x,
        "refined": lambda x, part: x + zero(part),
        "step": positive,
        "equal": lambda a, b: zero(a) + zero(b),
        "less": lambda a, b: m.where(a < b, zero(a) + zero(b) + 1.0, zero(a) + zero(b)),
        "less_equal": lambda a, b: m.where(a <= b, zero(a) + zero(b) + 1.0, zero(a) + zero(b)),
        "one_minus_squared": lambda x: 1 - x * x,
        "exp_difference": lambda a, b: m.exp(a - b),
        "gaussian": lambda x, k: m.exp(-k * x * x),
        "share": lambda a, b, c: 1 / (1 + m.exp(b - a) + m.exp(c - a)),
        "surprise": lambda a, b, c: m.log(1 + m.exp(b - a) + m.exp(c - a)),
        "masked": lambda mask, x: x + zero(mask),
        "nonnegative": lambda x: x,
        "where": lambda condition, a, b: m.where(condition > 0, a, b) + zero(condition),
        "maximum": lambda a, b, c: m.maximum(m.maximum(a, b), c),
        "minimum": lambda a, b, c: m.minimum(m.minimum(a, b), c),
        "sech_squared": lambda x: 1 / m.cosh(x) ** 2,
        "leaky_relu": lambda x, slope: m.where(x > 0, x, slope * x),
        "elu": lambda x, alpha: m.where(x > 0, x, alpha * m.expm1(x)),
        "sum": lambda a, b, c: a + b + c,
        "mean": lambda a, b, c: (a + b + c) / 3,
        "logaddexp": lambda a, b: m.log(m.exp(a) + m.exp(b)),
        "xlogy": lambda a, b: a * m.log(b),
        "entropy": lambda a, b, c: -(a * m.log(a) + b * m.log(b) + c * m.log(c)),
        "norm": lambda a, b, c: (a * a + b * b + c * c) ** 0.5,
        "log_sigmoid": lambda x: -m.log(1 + m.exp(-x)),
        "logsumexp": lambda a, b, c: m.log(m.exp(a) + m.exp(b) + m.exp(c)),
        "dot": lambda a, b, c, d: a * c + b * d,
    }


def torch_functions() -> Callable[[str], Callable[..., Any]]:
    import torch
    import torch.nn.functional as f

    return over(
        torch,
        {
            **composed(torch, lambda x: 0.0 * x),
            "cbrt": lambda x: x ** (1 / 3),
            "cbrt_slope": lambda x: x ** (-2 / 3) / 3,
            "sigmoid_slope": lambda x: torch.sigmoid(x) * torch.sigmoid(-x),
            "gelu_slope": lambda x: torch.erfc(-x * 0.5**0.5) / 2 + x * torch.exp(-x * x / 2) / (2 * math.pi) ** 0.5,
            "silu": f.silu,
            "gelu": f.gelu,
            "softplus": lambda x: f.softplus(x, threshold=1000.0),
            "clip": torch.clamp,
        },
    )


def jax_functions() -> Callable[[str], Callable[..., Any]]:
    import jax

    jax.config.update("jax_enable_x64", val=True)
    np, nn = jax.numpy, jax.nn
    return over(
        np,
        {
            **composed(np, lambda x: 0.0 * x),
            "erf": jax.scipy.special.erf,
            "erfc": jax.scipy.special.erfc,
            "relu": nn.relu,
            "sigmoid": nn.sigmoid,
            "softplus": nn.softplus,
            "silu": nn.silu,
            "cbrt_slope": lambda x: x ** (-2 / 3) / 3,
            "sigmoid_slope": lambda x: nn.sigmoid(x) * nn.sigmoid(-x),
            "gelu_slope": lambda x: jax.scipy.stats.norm.cdf(x) + x * jax.scipy.stats.norm.pdf(x),
            "gelu": lambda x: nn.gelu(x, approximate=False),
        },
    )


class _Mp:
    """mpmath under the names that the array libraries use."""

    exp, expm1, log, cosh = mpmath.exp, mpmath.expm1, mpmath.log, mpmath.cosh
    where = staticmethod(lambda condition, a, b: a if condition else b)
    maximum, minimum = staticmethod(max), staticmethod(min)


mpmath_function = over(
    mpmath,
    {
        **composed(_Mp, lambda x: 0 * x),
        "abs": mpmath.fabs,
        "exp2": lambda x: mpmath.mpf(2) ** x,
        "log1p": lambda x: mpmath.log(1 + x),
        "log2": lambda x: mpmath.log(x, 2),
        "hypot": lambda a, b: mpmath.sqrt(a * a + b * b),
        "relu": lambda x: max(x, mpmath.mpf(0)),
        "clip": lambda x, low, high: min(max(x, low), high),
        "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
        "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
        "silu": lambda x: x / (1 + mpmath.exp(-x)),
        "gelu": lambda x: x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2,
        "cbrt_slope": lambda x: 1 / (3 * mpmath.cbrt(abs(x)) ** 2),
        "sigmoid_slope": lambda x: mpmath.sech(x / 2) ** 2 / 4,
        "gelu_slope": lambda x: mpmath.erfc(-x / mpmath.sqrt(2)) / 2 + x * mpmath.npdf(x),
    },
)
