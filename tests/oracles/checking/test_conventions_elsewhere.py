"""What the checker says that PyTorch and JAX choose at a kink, they choose."""

from __future__ import annotations

import math

import pytest

from tinygrad_neuron.checking.nonsmooth import ELSEWHERE


def test_a_nonsmooth_point_says_what_pytorch_and_jax_choose():
    torch, jax = pytest.importorskip("torch"), pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", val=True)

    at = {"floor": 2.0, "maximum": (2.0, 2.0), "minimum": (2.0, 2.0), "hypot": (0.0, 0.0), "pow": (0.0, 0.0)}
    at["norm"] = (0.0, 0.0)
    torch_forms = {
        "norm": lambda *xs: torch.linalg.vector_norm(torch.stack(xs)),
        "leaky_relu": torch.nn.functional.leaky_relu,
        "clip": lambda x: torch.clamp(x, 0.0, 1.0),
    }
    jax_forms = {
        "leaky_relu": jax.nn.leaky_relu,
        "relu": jax.nn.relu,
        "norm": lambda *xs: jax.numpy.linalg.norm(jax.numpy.stack(xs)),
        "clip": lambda x: jax.numpy.clip(x, 0.0, 1.0),
    }
    words = {"the slope": (0.01,), "equal parts": (0.5, 0.5), "½": (0.5,), "½, ½": (0.5, 0.5), "0, 0": (0.0, 0.0)}
    words["nan, 0"] = (math.nan, 0.0)
    for name, (said_torch, said_jax) in ELSEWHERE.items():
        if name == "step":
            continue
        point = at.get(name, 0.0)
        point = point if isinstance(point, tuple) else (point,)
        tensors = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in point]
        (torch_forms.get(name) or getattr(torch, name))(*tensors).backward()
        function = jax_forms.get(name) or getattr(jax.numpy, {"pow": "power"}.get(name, name))
        slopes = jax.grad(function, argnums=tuple(range(len(point))))(*point)
        for said, found in ((said_torch, [t.grad.item() for t in tensors]), (said_jax, list(map(float, slopes)))):
            expected = words.get(said) or (float(said),) * len(point)
            for a, b in zip(found, expected, strict=True):
                assert a == b or (math.isnan(a) and math.isnan(b)), (name, said, found)
