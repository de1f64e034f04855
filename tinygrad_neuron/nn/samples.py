"""Small data sets that are made, not downloaded."""

from __future__ import annotations

import math
import random

Sample = tuple[list[float], float]


def make_moons(n: int = 100, noise: float = 0.1, seed: int = 0) -> list[Sample]:
    """Two half circles that reach into each other, as in scikit-learn's `make_moons`.

    Args:
        n: how many points, half of them in each moon.
        noise: the deviation of a normal shift of each point.
        seed: for the same points again.

    Returns:
        Pairs of a point and its label, 1 or -1.

    Examples:
        >>> len(make_moons(10)), make_moons(2, noise=0.0)
        (10, [([1.0, 0.0], 1.0), ([0.0, 0.5], -1.0)])
    """
    chance = random.Random(seed)
    points = []
    for k in range(n):
        half = (n + 1 - k % 2) // 2
        angle = math.pi * (k // 2) / max(1, half - 1)
        x, y = math.cos(angle), math.sin(angle)
        points.append(([x, y], 1.0) if k % 2 == 0 else ([1.0 - x, 0.5 - y], -1.0))
    return [([chance.gauss(x, noise), chance.gauss(y, noise)], label) for (x, y), label in points]


def make_circles(n: int = 100, noise: float = 0.05, factor: float = 0.5, seed: int = 0) -> list[Sample]:
    """A circle inside another one.

    Args:
        n: how many points, half of them on each circle.
        noise: the deviation of a normal shift of each point.
        factor: the radius of the inner circle; the outer one's is 1.
        seed: for the same points again.

    Returns:
        Pairs of a point and its label, 1 inside and -1 outside.

    Examples:
        >>> make_circles(2, noise=0.0)
        [([0.5, 0.0], 1.0), ([1.0, 0.0], -1.0)]
    """
    chance = random.Random(seed)
    points = []
    for k in range(n):
        angle = 2 * math.pi * (k // 2) / ((n + 1) // 2)
        radius, label = (factor, 1.0) if k % 2 == 0 else (1.0, -1.0)
        point = [chance.gauss(radius * math.cos(angle), noise), chance.gauss(radius * math.sin(angle), noise)]
        points.append((point, label))
    return points


def make_xor() -> list[Sample]:
    """Exclusive or, which no single neuron can do; labels 1 and -1.

    Returns:
        Four pairs of a point and its label.

    Examples:
        >>> make_xor()[1]
        ([0.0, 1.0], 1.0)
    """
    return [([a, b], 1.0 if a != b else -1.0) for a in (0.0, 1.0) for b in (0.0, 1.0)]


def make_wave(n: int = 40, noise: float = 0.05, seed: int = 0) -> list[Sample]:
    """A period of a sine with noise, for a regression.

    Args:
        n: how many points, from -π to π.
        noise: the deviation of a normal shift of each target.
        seed: for the same points again.

    Returns:
        Pairs of x and sin(x).

    Examples:
        >>> [round(x[0], 2) for x, _ in make_wave(3)]
        [-3.14, 0.0, 3.14]
    """
    chance = random.Random(seed)
    places = [-math.pi + 2 * math.pi * k / max(1, n - 1) for k in range(n)]
    return [([x], chance.gauss(math.sin(x), noise)) for x in places]
