"""Random graphs against PyTorch."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from strategies import Program, examples, programs
from test_backward import ours

from tinygrad_neuron import Value, topological_order
from tinygrad_neuron.examples import normalization


def binary(program):
    rows = zip(program.primitives, program.operands, strict=True)
    return [(primitive.name, row) for primitive, row in rows if len(row) == 2]


def magnitude(root):
    """The gradient with absolute local derivatives: what rounding errors are relative to."""
    flowing = {root: 1.0}
    for node in reversed(topological_order(root)):
        for operand, slope in zip(node.operands, node.partials, strict=True):
            flowing[operand] = flowing.get(operand, 0.0) + flowing.get(node, 0.0) * abs(slope or 0.0)
    return flowing


@given(program=programs())
@examples(300)
def test_random_graphs_against_pytorch(program: Program):
    torch = pytest.importorskip("torch")
    leaves = [Value(x) for x in program.inputs]
    places = program.run(leaves, ours)
    root = places[-1]
    # next to (0, 0) the squares in PyTorch's atan2 underflow and subnormal sides round; on it there is no derivative
    nearest = {"atan2": 1e-100, "hypot": 1e-300}
    assume(
        all(math.hypot(places[a].data, places[b].data) > nearest.get(name, -1.0) for name, (a, b) in binary(program))
    )
    root.backward()
    special = {"add": torch.add, "sub": torch.sub, "mul": torch.mul, "squared": torch.square}
    fancy = {
        "silu": torch.nn.functional.silu,
        "gelu": torch.nn.functional.gelu,
        "softplus": lambda x: torch.nn.functional.softplus(x, threshold=1000.0),  # 20 is its own, where it is 1e-9 off
    }
    table = special | fancy
    tensors = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in program.inputs]
    result = program.run(tensors, lambda name: table.get(name) or getattr(torch, name))[-1]
    expected = torch.autograd.grad(result, tensors, allow_unused=True) if result.requires_grad else [None]
    scale = magnitude(root)
    assert root.data == pytest.approx(result.item(), rel=1e-11, abs=1e-11)
    for leaf, tensor in zip(leaves, expected, strict=False):
        exact = 0.0 if tensor is None else tensor.item()
        assert (
            leaf.grad == exact
            or abs(leaf.grad - exact) <= 1e-10 * max(1.0, scale.get(leaf, 0.0))
            or (leaf.grad != leaf.grad and exact != exact)
        )


def test_batch_normalization_by_hand():
    torch = pytest.importorskip("torch")
    loss = normalization.make_batch()
    loss.backward()
    numbers = {k: torch.tensor(v, dtype=torch.float64, requires_grad=True) for k, v in normalization.NUMBERS.items()}
    x, t = (torch.stack([numbers[f"{name}{k}"] for k in normalization.BATCH]) for name in "xt")
    h = (x - x.mean()) * (x.var() + 1e-5) ** -0.5
    (((numbers["gamma"] * h + numbers["beta"] - t) ** 2).sum() / 2).backward()
    found = {node.label: node.grad for node in topological_order(loss) if node.is_leaf and node.label}
    assert found == pytest.approx({name: each.grad.item() for name, each in numbers.items()}, rel=1e-9)
