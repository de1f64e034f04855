"""Random graphs against PyTorch."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from strategies import Program, examples, programs
from test_backward import ours

from tinygrad_neuron import Value


def binary(program):
    rows = zip(program.primitives, program.operands, strict=True)
    return [(primitive.name, row) for primitive, row in rows if len(row) == 2]


def magnitude(root):
    """The gradient with absolute local derivatives: what rounding errors are relative to."""
    from tinygrad_neuron import topological_order

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
