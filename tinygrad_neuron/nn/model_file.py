"""Trained models as versioned JSON files."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ..files import write_whole
from .formula import Formula
from .module import MLP, Layer, Module, Neuron

FORMAT, VERSION = "tinygrad_neuron model", 1


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
    content = {"format": FORMAT, "version": VERSION, "model": _recipe(model), "about": about}
    content["parameters"] = model.state_dict()
    write_whole(path, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())


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
    return _read(path)[0]


def load_about(path: str | os.PathLike[str]) -> dict[str, Any]:
    """What was kept beside the model, see `save_model`."""
    return _read(path)[1]


def _read(path: str | os.PathLike[str]) -> tuple[Module, dict[str, Any]]:
    try:
        content = json.loads(Path(path).read_bytes())
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise ModelFileError(f'{path} is no model: there is no "format": "{FORMAT}" in it')
        if content.get("version") != VERSION:
            raise ModelFileError(f"{path} has version {content.get('version')!r}; this package reads {VERSION}")
        model = _built(**content["model"])
        model.load_state_dict(content["parameters"])
        return model, dict(content.get("about", {}))
    except ModelFileError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else str(error).split("\n", 1)[0]
        raise ModelFileError(f"{path} is damaged: {what}") from None


def _recipe(model: Module) -> dict[str, Any]:
    """How to build a model of this shape."""
    match model:
        case Formula():
            return {"kind": "Formula", "text": model.text, "inputs": list(model.inputs)}
        case MLP():
            return {"kind": "MLP", "sizes": model.sizes, "activation": _named(model.activation)}
        case Layer(neurons=[first, *_]):
            sizes = {"n_inputs": len(first.weights), "n_outputs": len(model.neurons)}
            return {"kind": "Layer", **sizes, "activation": _named(first.activation)}
        case Neuron():
            return {"kind": "Neuron", "n_inputs": len(model.weights), "activation": _named(model.activation)}
    raise TypeError(f"{type(model).__name__} can't be saved as a model: keep its state_dict() instead")


def _named(activation: Any) -> str:
    if not isinstance(activation, str):
        raise TypeError(f"the activation {activation!r} has no name in the table: keep the state_dict() instead")
    return activation


def _built(kind: str, **recipe: Any) -> Module:
    kinds: dict[str, type[Module]] = {each.__name__: each for each in (Formula, MLP, Layer, Neuron)}
    if kind not in kinds:
        raise ModelFileError(f"there is no model of the kind {kind!r}: it is one of {', '.join(kinds)}")
    return kinds[kind](**recipe)
