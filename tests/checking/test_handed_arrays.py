"""Arrays of gradients by hand: right ones pass, and of wrong ones the structure is named."""

from __future__ import annotations

import random

import numpy as np
import pytest

from tinygrad_neuron import Value, check, matrices, tanh
from tinygrad_neuron.nn import MLP


def network(chance):
    """A loss of some samples, with what is right for its arrays, and the number of samples."""
    inputs, hidden, m = chance.randint(2, 3), chance.randint(4, 5), chance.randint(6, 8)
    model = MLP([inputs, hidden, 2], "tanh", seed=chance.randrange(1000))
    total = 0
    for _ in range(m):
        outputs = model([chance.uniform(-1, 1) for _ in range(inputs)])
        total = total + sum((output - chance.uniform(-1, 1)) ** 2 for output in outputs)
    loss = total / m
    program = matrices(loss)
    return loss, program()[1], program, m


def stages(program):
    """δ of each layer, from the text itself."""
    names = {}
    source = program.source.replace("return ", "return locals(), ")
    exec(source, {"np": np}, names)
    return names["program"](*program.inputs.values())[0]


MISTAKES = {
    "right": (lambda g, m, d: g, ""),
    "transposed": (lambda g, m, d: g.T, "transposed"),
    "no sum": (lambda g, m, d: d, "the sum over the batch is missing"),
    "no 1/m": (lambda g, m, d: g * m, "is 1/m missing?"),
    "mean for sum": (lambda g, m, d: g / m, "divided by m twice"),
    "sign": (lambda g, m, d: -g, "the sign is wrong everywhere"),
    "no 2": (lambda g, m, d: g / 2, "all are scaled by 0.5"),
    "one row": (lambda g, m, d: np.vstack([g[:1] * 1.25 + 0.1, g[1:]]), "only row 0 is wrong"),
    "one column": (lambda g, m, d: np.hstack([g[:, :1] * 1.25 + 0.1, g[:, 1:]]), "only column 0 is wrong"),
    "transposed, sign": (lambda g, m, d: -g.T, "transposed, and the sign is wrong everywhere"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_ten_hand_ins_of_each_kind(mistake):
    alter, said = MISTAKES[mistake]
    for seed in range(10):
        loss, right, program, m = network(random.Random(f"{mistake} {seed}"))
        layer = 1 + seed % 2
        name = f"b{layer}" if mistake == "no sum" else f"W{layer}"
        figures = alter(right[name], m, stages(program)[f"dZ{layer}"])
        others = {f"d{each}": right[each] for each in right if each != name}
        result = check(loss, {f"d{name}": figures, **others})
        assert all(verdict == "PASS" for each, verdict in result.verdicts.items() if each != name)
        assert result.verdict == ("FAIL" if said else "PASS")
        assert result.exit_code == (1 if said else 0)
        assert said in result.structures.get(name, ""), result


def test_the_first_wrong_entry_is_named():
    loss, right, *_ = network(random.Random(1))
    figures = right["W1"].copy()
    figures[2, 1] += 1.0
    figures[3, 0] -= 1.0
    result = check(loss, {"∂loss/∂W1": figures.tolist()})
    assert result.first_wrong["W1"].startswith("dW1[2, 1]: ")
    assert "2 of " in result.first_wrong["W1"]
    assert "dW1[2, 1]" in str(result)


def test_stages_and_a_row_for_a_vector():
    loss, right, program, _ = network(random.Random(2))
    assert check(loss, {"dZ1": stages(program)["dZ1"], "db1": right["b1"][:, None]}).passed


def test_errors():
    loss, *_ = network(random.Random(3))
    with pytest.raises(ValueError, match="no array 'dQ'; there are dW1"):
        check(loss, {"dQ": [[1.0]]})
    result = check(loss, {"dW1": [[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]]})
    assert "its shape is (1, 7)" in result.first_wrong["W1"]


def test_numbers_are_judged_as_before():
    w = Value(0.5, label="w")
    assert type(check(tanh(w), {"w": 0.786})).__name__ == "Check"
