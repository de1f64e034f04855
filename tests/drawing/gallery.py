"""Graphs to draw: ten that every picture must manage, and as many drawn ones as wanted."""

from __future__ import annotations

import random
from collections.abc import Callable

from tinygrad_neuron import Value, exp, log, mean, scope, sin, tanh
from tinygrad_neuron.nn import MLP


def labelled(value: Value, label: str) -> Value:
    value.label = label
    return value


def given(**numbers: float) -> list[Value]:
    return [Value(number, label=name) for name, number in numbers.items()]


def parameter(number: float, label: str) -> Value:
    return Value(number, label=label, parameter=True)


def finished(root: Value, label: str = "loss") -> Value:
    root.label = label
    root.backward()
    return root


def tanh_neuron() -> Value:
    x, t = given(x=0.4, t=0.7)
    net = labelled(x * parameter(0.5, "w") + parameter(0.6, "b"), "net")
    error = labelled(labelled(net.tanh(), "y") - t, "error")
    return finished(error**2 / 2)


def softmax(n: int = 3) -> Value:
    chance = random.Random(n)
    x1, x2 = given(x1=0.5, x2=-1.2)
    sums = []
    for k in range(1, n + 1):
        w1, w2, b = (
            parameter(chance.uniform(-1, 1), f"{name}{k}{end}") for name, end in (("w_", 1), ("w_", 2), ("b_", ""))
        )
        sums.append(labelled(w1 * x1 + w2 * x2 + b, f"z_{k}"))
    powers = [exp(z) for z in sums]
    total = labelled(sum(powers[1:], powers[0]), "S")
    probabilities = [labelled(power / total, f"p_{k}") for k, power in enumerate(powers, 1)]
    return finished(-log(probabilities[1]))


def network(*sizes: int) -> Value:
    inputs = [Value(number, label=f"x{k}") for k, number in enumerate((0.9, -0.4, 0.3, 0.8)[: sizes[0]], 1)]
    (y,) = MLP(list(sizes), seed=1)(inputs)
    return finished((y - Value(1.0, label="t")) ** 2 / 2)


def recurrence(n_steps: int = 3) -> Value:
    w_x, w_h, b = parameter(0.7, "w_x"), parameter(-0.4, "w_h"), parameter(0.1, "b")
    (h,) = given(h0=0.0)
    for k in range(1, n_steps + 1):
        with scope(f"step {k}"):
            h = labelled((w_x * Value(0.5 - k % 3 / 3, label=f"x{k}") + w_h * h + b).tanh(), f"h{k}")
    return finished((h - Value(0.5, label="t")) ** 2 / 2)


def shared() -> Value:
    a, b = given(a=2.0, b=3.0)
    return finished(a * b + a * sin(b), "f")


STEPS: tuple[Callable[[Value, Value], Value], ...] = (
    lambda a, b: a * b,
    lambda a, b: a + b,
    lambda a, _: tanh(a),
    lambda a, b: a - b,
    lambda a, _: a / 3.0,
    lambda a, b: (a * 0.5 + b) ** 2,
)


def ended(pool: list[Value], label: str) -> Value:
    """The sum of what nothing is computed from."""
    used = {id(o) for value in pool for o in value.operands}
    ends = [value for value in pool if id(value) not in used]
    return finished(sum(ends[1:], ends[0]), label)


def random_graph(n: int = 60, seed: int = 3) -> Value:
    chance = random.Random(seed)
    pool = given(**{f"x{k}": chance.uniform(0.2, 1) for k in range(1, 9)})
    while len(pool) < n:
        step = chance.choice(STEPS[:4])
        pool.append(labelled(step(chance.choice(pool[-14:]), chance.choice(pool)), f"v{len(pool)}"))
    return ended(pool, "f")


def batch(n_samples: int = 15) -> Value:
    model, chance = MLP([2, 4, 1], seed=1), random.Random(1)
    errors = [(model([chance.uniform(-1, 1), chance.uniform(-1, 1)])[0] - 1.0) ** 2 for _ in range(n_samples)]
    return finished(mean(errors))


# the graphs, and the views of each: a name, or a name and where
TEN: dict[str, tuple[Callable[[], Value], tuple[tuple[str | None, str | None], ...]]] = {
    "neuron": (tanh_neuron, (("stages", None), ("operations", None))),
    "softmax of 3": (softmax, (("stages", None), ("operations", None))),
    "2-4-1": (lambda: network(2, 4, 1), (("network", None), ("neuron", "layer 2/neuron 1"))),
    "3-4-4-1": (lambda: network(3, 4, 4, 1), (("network", None), ("neuron", "layer 2/neuron 4"))),
    "2-8-8-1": (lambda: network(2, 8, 8, 1), (("network", None), ("neuron", "layer 2/neuron 8"))),
    "2-16-16-1": (lambda: network(2, 16, 16, 1), (("network", None), ("neuron", "layer 2/neuron 16"))),
    "recurrence": (recurrence, (("stages", None), ("operations", None))),
    "shared": (shared, (("operations", None), ("stages", None))),
    "random 60": (random_graph, (("nearest", None), ("nearest", "v40"))),
    "batch of 15": (batch, (("network", None), ("neuron", "layer 1/neuron 3"))),
}

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_ 0123456789αβγθλσ"
IDEOGRAPHS = "重み入力出力損失誤差活性化層神経学習率勾配偏差"


def drawn_label(chance: random.Random) -> str:
    alphabet = chance.choice((LETTERS, LETTERS, LETTERS, IDEOGRAPHS))
    return "".join(chance.choice(alphabet) for _ in range(chance.choice((1, 2, 3, 5, 8, 13, 21, 30))))


def drawn_number(chance: random.Random) -> float:
    return (
        chance.choice((1, -1))
        * chance.uniform(1, 10)
        * 10.0 ** chance.choice((-12, -6, -3, -1, -1, 0, 0, 0, 1, 3, 6, 11))
    )


def drawn_graph(seed: int) -> Value:
    """A graph of any shape: a network, a recurrence, a softmax, or steps of any kind with any labels and numbers."""
    chance = random.Random(seed)
    kind = chance.randrange(6)
    if kind == 0:
        return network(
            *(chance.randint(1, 4) if not k else chance.randint(1, 20) for k in range(chance.randint(2, 4))), 1
        )
    if kind == 1:
        return recurrence(chance.randint(1, 40))
    if kind == 2:
        return softmax(chance.randint(2, 9))
    pool = [
        Value(drawn_number(chance), label=drawn_label(chance), parameter=chance.random() < 0.5)
        for _ in range(chance.randint(1, 6))
    ]
    scoped = chance.random() < 0.4
    for k in range(chance.randint(1, 60)):
        with scope(drawn_label(chance) if scoped else "all"):
            made = chance.choice(STEPS)(chance.choice(pool[-6:]), chance.choice(pool))
        if chance.random() < 0.5:
            made.label = drawn_label(chance) if chance.random() < 0.7 else f"v_{k}"
        pool.append(made)
    return ended(pool, drawn_label(chance))
