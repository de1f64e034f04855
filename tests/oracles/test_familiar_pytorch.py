"""The programs of micrograd's own tests, against PyTorch as there."""

from __future__ import annotations

import pytest

from tinygrad_neuron import Value


def relu(x):
    return x.relu()


class TestItsTestPrograms:
    @staticmethod
    def first(value):
        x = value(-4.0)
        z = 2 * x + 2 + x
        q = relu(z) + z * x
        h = relu(z * z)
        y = h + q + q * x
        y.backward()
        return [y, x]

    @staticmethod
    def second(value):
        a, b = value(-4.0), value(2.0)
        c = a + b
        d = a * b + b**3
        c += c + 1
        c += 1 + c + (-a)
        d += d * 2 + relu(b + a)
        d += 3 * d + relu(b - a)
        e = c - d
        f = e**2
        g = f / 2.0
        g += 10.0 / f
        g.backward()
        return [g, a, b]

    @pytest.mark.parametrize("program", ["first", "second"])
    def test_against_pytorch(self, program):
        torch = pytest.importorskip("torch")
        run = getattr(self, program)
        theirs = run(lambda x: torch.tensor(x, dtype=torch.float64, requires_grad=True))
        ours = run(Value)
        assert ours[0].data == pytest.approx(theirs[0].item(), rel=1e-15)
        for mine, tensor in zip(ours[1:], theirs[1:], strict=True):
            assert mine.grad == pytest.approx(tensor.grad.item(), rel=1e-15)
