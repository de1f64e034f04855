"""How long a check takes, and what other checkers say at the same points: python tests/benchmarks/checking.py

First the seconds for a graph of 30 nodes and three inputs. Then, at points
where fixed steps can't tell, each checker is given the right gradient and one
with a flipped sign: false alarms and misses are counted.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tinygrad_neuron import Value, parse
from tinygrad_neuron.checking.checker import check

sys.path.insert(0, str(Path(__file__).parents[1]))
THIRTY = (
    "a = x*w + b; c = tanh(a)*sin(x) + exp(-w*w); d = sigmoid(c*b) + log(1 + a*a); y = (c - d)**2/2 + sqrt(1 + d*d)"
)


def seconds() -> tuple[int, float]:
    """The nodes of the graph and the least seconds of five checks."""
    from tinygrad_neuron import topological_order

    root = parse(THIRTY, {"x": 0.4, "w": 0.5, "b": 0.6})
    check(root)
    found = []
    for _ in range(5):
        start = time.perf_counter()
        check(root, {"w": 1.0})
        found.append(time.perf_counter() - start)
    return len(topological_order(root)), min(found)


def ours(function: Callable[[Any], Any], x: float, sign: float) -> bool:
    """Whether our checker accepts the engine's gradient with this sign."""
    leaf = Value(x, label="x")
    root = function(leaf)
    root.backward()
    return check(root, {"x": sign * leaf.grad}).passed


def scipys(function: Callable[[Any], Any], x: float, sign: float) -> bool:
    """SciPy's check_grad with a tolerance of 1e-6 relative to the gradient."""
    from scipy.optimize import check_grad

    def slope(point: Any) -> list[float]:
        leaf = Value(float(point[0]))
        function(leaf).backward()
        return [sign * leaf.grad]

    error = check_grad(lambda point: function(Value(float(point[0]))).data, slope, [x])
    return bool(error <= 1e-6 * max(1.0, abs(slope([x])[0])))


def torchs(function: Callable[[Any], Any], x: float, sign: float) -> bool:
    """PyTorch's gradcheck with its defaults, of a function whose backward is ours."""
    import torch

    class Ours(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, point: Any) -> Any:
            leaf = Value(point.item())
            root = function(leaf)
            root.backward()
            ctx.slope = sign * leaf.grad
            return point.new_tensor(root.data)

        @staticmethod
        def backward(ctx: Any, *upstream: Any) -> Any:
            return upstream[0] * ctx.slope

    point = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    return bool(torch.autograd.gradcheck(Ours.apply, (point,), raise_exception=False))


def main() -> None:
    """Measure and print the tables."""
    from checking.test_checker import POINTS

    nodes, least = seconds()
    print(f"a check of {nodes} nodes and three inputs: {1000 * least:.1f} ms")
    table = Table("checker", "false alarms", "missed signs", "points")
    smooth = [(function, x) for function, x, verdict in POINTS.values() if verdict == "PASS"]
    for name, checker in {"tinygrad_neuron": ours, "PyTorch's gradcheck": torchs, "SciPy's check_grad": scipys}.items():
        try:
            alarms = sum(not checker(function, x, 1.0) for function, x in smooth)
            missed = sum(checker(function, x, -1.0) for function, x in smooth)
        except ImportError as error:
            table.add_row(name, "", "", f"not installed: {error.name}")
            continue
        table.add_row(name, str(alarms), str(missed), str(len(smooth)))
    Console().print(table)


if __name__ == "__main__":
    main()
