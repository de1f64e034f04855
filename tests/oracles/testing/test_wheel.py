"""The wheel in an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest


def test_the_plugin_needs_pytest_alone(tmp_path):
    """The wheel in a bare environment: pytest runs in an empty project, and in one that uses the fixture."""
    root = Path(__file__).parents[3]
    subprocess.run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", tmp_path, root], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    venv.create(tmp_path / "bare", with_pip=True)
    python = tmp_path / "bare" / ("Scripts" if os.name == "nt" else "bin") / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", "pytest"], check=True)
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", wheel], check=True)
    project = tmp_path / "project"
    project.mkdir()

    def pytest_run():
        command = [python, "-m", "pytest", "-p", "no:cacheprovider"]
        environment = {name: text for name, text in os.environ.items() if not name.startswith(("PYTEST", "PYTHON"))}
        return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)

    empty = pytest_run()
    assert empty.returncode == pytest.ExitCode.NO_TESTS_COLLECTED, empty.stdout + empty.stderr
    assert "plugins: tinygrad_neuron" in empty.stdout
    (project / "test_fixture.py").write_text(
        "import sys\n"
        "def test_nothing_is_loaded_before():\n"
        "    assert not {'hypothesis', 'rich', 'mpmath', 'tinygrad_neuron.testing.strategies'} & set(sys.modules)\n"
        "def test_fixture(check_gradients):\n"
        "    check_gradients(lambda x: x.sin(), {'x': 0.5}, {'x': 'cos(x)'})\n"
    )
    used = pytest_run()
    assert used.returncode == 0, used.stdout + used.stderr
