"""A neuron trained on more than one device: the same compiled step under JAX's sharding and on a Dask cluster.

Run it: `XLA_FLAGS=--xla_force_host_platform_device_count=8 python docs/examples/parallel.py`
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tinygrad_neuron import compile as compiled
from tinygrad_neuron.ops import squared, tanh

ROWS, STEPS, RATE = 80_000, 20, 0.5


def loss(weight: Any, bias: Any, inputs: Any, target: Any) -> Any:
    """Of one sample; the array target runs it on all of them."""
    return squared(tanh(inputs * weight + bias) - target)


STEP = compiled(loss, ("weight", "bias"), "array").record(0.0, 0.0, 0.0, 0.0)


def data() -> tuple[Any, Any]:
    """Inputs and targets of a neuron with weight 1.5 and bias -0.25."""
    import numpy as np

    inputs = np.linspace(-2.0, 2.0, ROWS)
    return inputs, np.tanh(1.5 * inputs - 0.25)


def mean_gradients(weight: float, bias: float, inputs: Any, targets: Any) -> list[Any]:
    """Of the loss of all samples, in the arrays of any library."""
    _, gradients = STEP(weight, bias, inputs, targets)
    return [gradient.mean() for gradient in gradients]


def descend(gradients: Callable[[float, float], Sequence[Any]]) -> tuple[float, float]:
    """Gradient descent with whatever computes the mean gradients."""
    weight, bias = 0.0, 0.0
    for _ in range(STEPS):
        of_weight, of_bias = map(float, gradients(weight, bias))
        weight, bias = weight - RATE * of_weight, bias - RATE * of_bias
    return weight, bias


def with_jax() -> tuple[tuple[float, float], int]:
    """Rows split over all of JAX's devices; the weight and bias that were found, and how many devices there are."""
    import jax
    from jax.sharding import Mesh, NamedSharding, PartitionSpec

    jax.config.update("jax_enable_x64", True)
    devices = jax.devices()
    rows = NamedSharding(Mesh(devices, ("rows",)), PartitionSpec("rows"))
    inputs, targets = (jax.device_put(column, rows) for column in data())
    gradients = jax.jit(mean_gradients)
    return descend(lambda weight, bias: gradients(weight, bias, inputs, targets)), len(devices)


def with_dask(workers: int = 2) -> tuple[tuple[float, float], int]:
    """Rows in chunks on worker processes; the weight and bias that were found, and how many chunks there are."""
    import dask.array
    from dask.base import compute
    from dask.distributed import Client, LocalCluster

    settings: dict[str, Any] = {"n_workers": workers, "threads_per_worker": 1, "processes": True}
    with LocalCluster(dashboard_address=None, **settings) as cluster, Client(cluster):
        inputs, targets = (dask.array.from_array(column, chunks=ROWS // 16) for column in data())
        found = descend(lambda weight, bias: compute(*mean_gradients(weight, bias, inputs, targets)))
        return found, inputs.numblocks[0]


def main() -> None:
    """Train both ways, and print what was found."""
    (weight, bias), devices = with_jax()
    print(f"JAX, {devices} devices: weight {weight!r}, bias {bias!r}")
    (weight, bias), chunks = with_dask()
    print(f"Dask, 2 processes, {chunks} chunks: weight {weight!r}, bias {bias!r}")


if __name__ == "__main__":
    main()
