"""The same program gives the same bits in every process, whatever the hash seed."""

from __future__ import annotations

import os
import subprocess
import sys

PROGRAM = """
import random
from tinygrad_neuron import Value, draw, dumps, maximum
chance = random.Random(5)
leaves = [Value(chance.uniform(-1, 1), label=f"x{k}") for k in range(6)]
nodes = list(leaves)
for _ in range(300):
    a, b = chance.choices(nodes, k=2)
    nodes.append(chance.choice([a * b, a + b, (a - b).tanh(), a.sigmoid(), maximum(a, b), a / (b * b + 1)]))
root = sum(nodes)
root.backward()
print([leaf.grad.hex() for leaf in leaves])
print(draw(root).dot.source, draw(root).mermaid(), draw(root, path=leaves[0]).text())
print(dumps(root))
"""


def test_3_processes_with_different_hash_seeds():
    outputs = set()
    for seed in range(3):
        environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
        )
        assert "digraph" in done.stdout
        outputs.add(done.stdout)
    assert len(outputs) == 1
