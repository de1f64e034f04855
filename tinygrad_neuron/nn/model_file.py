"""Trained models as versioned JSON files."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ..arguments import require_known
from ..files import format_json, write_whole
from .formula import Formula
from .module import FORMAT, MLP, VERSION, Layer, Module, Neuron

KINDS: dict[str, type[Module]] = {kind.__name__: kind for kind in (Formula, MLP, Layer, Neuron)}


class ModelFileError(ValueError):
    """A file that holds no model, or a damaged one."""


def save_model(path: str | os.PathLike[str], model: Module, **about: Any) -> None:
    """Write a model with its parameters to a JSON file, whole or not at all.

    Args:
        path: the file; one that is there is replaced.
        model: a Formula, Neuron, Layer or MLP, with activations of the table.
        about: what else is to be kept, as the names of the columns.

    Raises:
        TypeError: a model of another kind; keep its `state_dict` instead.
        OSError: the file can't be written.

    Examples:
        >>> import tempfile, pathlib
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "model.json"
        >>> save_model(path, Neuron(1, "linear", weights=[2.0]))
        >>> load_model(path)([3.0]).data
        6.0
    """
    if type(model) not in KINDS.values() or not isinstance(model.activation, str):
        raise TypeError(f"{model!r} can't be built from a file: keep its state_dict() instead")
    write_whole(path, format_json({**model.to_dict(), "about": about}, indent=1) + "\n")


def load_model(path: str | os.PathLike[str]) -> Module:
    """Read the model that `save_model` wrote.

    Args:
        path: the file.

    Returns:
        The model, with its parameters.

    Raises:
        ModelFileError: the file holds no model, or a damaged one.
        OSError: the file can't be read.
    """
    return read_model(path)[0]


def read_model(path: str | os.PathLike[str]) -> tuple[Module, dict[str, Any]]:
    """The model, and what was kept beside it, see `save_model`."""
    try:
        content = json.loads(Path(path).read_bytes())
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise ModelFileError(f'{path} isn\'t a model: there is no "format": "{FORMAT}" in it')
        if content.get("version") != VERSION:
            raise ModelFileError(f"{path} has version {content.get('version')!r}; this package reads {VERSION}")
        kind, recipe = content["model"].pop("kind"), content["model"]
        require_known("model kind", [kind], KINDS, ModelFileError, f"{path}: ")
        model = KINDS[kind](**recipe)
        model.load_state_dict({name: float(number) for name, number in content["parameters"].items()})
        return model, dict(content.get("about", {}))
    except ModelFileError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else str(error).split("\n", 1)[0]
        raise ModelFileError(f"{path} is damaged: {what}") from None
