"""The way up: the same step over devices and worker processes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import parallel
import pytest

PROGRAM = Path(parallel.__file__)


def test_jax_over_8_devices_and_dask_over_2_processes_find_what_the_engine_finds():
    np = pytest.importorskip("numpy")
    pytest.importorskip("jax")
    pytest.importorskip("distributed")
    environment = {**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=8", "JAX_PLATFORMS": "cpu"}
    done = subprocess.run([sys.executable, str(PROGRAM)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = re.findall(r"(JAX, 8 devices|Dask, 2 processes, 16 chunks): weight (\S+), bias (\S+)", done.stdout)
    inputs, targets = parallel.data()

    def exact(weight, bias):
        output = np.tanh(inputs * weight + bias)
        upstream = 2 * (output - targets) * (1 - output * output)
        return (upstream * inputs).mean(), upstream.mean()

    expected = parallel.descend(exact)
    assert len(found) == 2
    for _, weight, bias in found:
        assert (float(weight), float(bias)) == pytest.approx(expected, rel=1e-10)
