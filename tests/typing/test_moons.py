"""The program beside this test runs; `tests/oracles/typing` asks type checkers what they think of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_a_program_of_a_user(tmp_path):
    program = Path(__file__).with_name("moons.py")
    done = subprocess.run([sys.executable, program, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "dy/dw = 1.5729, as on paper: True",
        "the loss went down: True, right: 18 of 20",
        "its gradients are right: True",
        "compiled: 0.3699, 1.4389; as recorded: 0.3699, 1.4389",
    ]
    assert "One sample" in (tmp_path / "sample.svg").read_text(encoding="utf-8")
    assert "One sample" in (tmp_path / "sample.html").read_text(encoding="utf-8")
