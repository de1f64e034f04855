from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

import tinygrad_neuron

TOOLS = Path(__file__).parents[1] / "node_modules" / ".bin"


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """An environment with nothing but the package in it, as type checkers of users find it."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    (packages,) = folder.glob("lib/python*/site-packages")
    package = Path(tinygrad_neuron.__file__).parent
    shutil.copytree(package, packages / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture(scope="session")
def pyright(installed):
    """Runs pyright, or its language server, on what is installed there."""
    if not shutil.which("node") or not (TOOLS / "pyright").exists():
        pytest.skip("needs Node.js and npm install --prefix tests/oracles")
    environment = {key: each for key, each in os.environ.items() if key != "PYTHONPATH"}
    environment["PATH"] = f"{installed / 'bin'}{os.pathsep}{environment['PATH']}"

    def start(program, *words, folder, **options):
        return subprocess.Popen([TOOLS / program, *words], cwd=folder, env=environment, **options)

    return start


@pytest.fixture(scope="session")
def mypy(installed):
    """Runs mypy on what is installed there."""
    pytest.importorskip("mypy")
    environment = {key: each for key, each in os.environ.items() if key not in ("PYTHONPATH", "MYPYPATH")}

    def run(program):
        command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-error-summary"]
        command += ["--python-executable", installed / "bin" / "python", "--cache-dir", program.parent / "cache"]
        return subprocess.run(
            [*command, program.name], cwd=program.parent, env=environment, capture_output=True, text=True, check=False
        ).stdout

    return run
