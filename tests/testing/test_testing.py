"""What is offered for the tests of others, used as they would."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from hypothesis import given, settings

from tinygrad_neuron import Value, check, primitive
from tinygrad_neuron.primitives import FUNCTIONS, PRIMITIVES
from tinygrad_neuron.testing import ARITIES, graphs, points

pytest_plugins = ["pytester"]


@given(root=graphs())
@settings(max_examples=50)
def test_graphs_are_graphs_that_check(root):
    assert isinstance(root, Value)
    if not root.is_constant:
        assert check(root).verdict not in ("FAIL", "INCONCLUSIVE")


def test_graphs_with_a_primitive_of_ones_own():
    cube = primitive("cube_for_testing", lambda x: x * x * x, lambda y, x: 3 * x * x)
    assert cube(2.0) == 8.0
    try:

        @given(root=graphs({"cube_for_testing": 1, "add": 2}, longest=3))
        @settings(max_examples=30)
        def run(root):
            assert check(root).passed

        run()
    finally:
        del FUNCTIONS["cube_for_testing"], PRIMITIVES["cube_for_testing"]


@given(point=points((0.5, 1.0), (-1.0, 1.0), clear=lambda a, b: b != 0))
def test_points_lie_in_their_box(point):
    assert 0.5 <= point[0] <= 1.0
    assert point[1] != 0


def test_the_fixture(check_gradients):
    check_gradients(lambda x: x.sin(), {"x": 0.5}, {"x": "cos(x)"})
    with pytest.raises(AssertionError, match="verdict: FAIL"):
        check_gradients(lambda x: x.sin(), {"x": 0.5}, {"x": "sin(x)"})


def test_a_failure_is_readable(pytester):
    pytester.makepyfile("""
        from tinygrad_neuron import Value
        def test_slip(check_gradients):
            check_gradients(lambda x, w: (x * w).tanh(), {"x": 0.5, "w": 2.0}, {"w": "-(1 - tanh(x*w)**2)*x"})
        def test_values():
            assert Value(2.0, label="x") * 3 == Value(7.0)
    """)
    result = pytester.runpytest_subprocess("-p", "no:xdist", "-p", "no:cacheprovider")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*w: FAIL. by hand *the sign is wrong*", "*they differ by -1*"])


def test_every_function_offered_is_in_the_table():
    assert set(ARITIES) <= set(PRIMITIVES)


def test_the_plugin_needs_pytest_alone(tmp_path):
    """The wheel in a bare environment: pytest runs in an empty project, and in one that uses the fixture."""
    root = Path(__file__).parents[2]
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
