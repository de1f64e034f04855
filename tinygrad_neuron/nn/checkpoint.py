"""The whole state of a training in a file, to go on from."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

from ..files import write_whole
from .steps import Training

FORMAT, VERSION = "tinygrad_neuron checkpoint", 1


class CheckpointError(ValueError):
    """A checkpoint that is damaged, or of another training."""


class Checkpoint:
    """The file that the state of a training is written to now and then, and read from at the start."""

    def __init__(self, path: str | os.PathLike[str], seconds: float, training: Training) -> None:
        self._path, self._seconds, self._training = Path(path), seconds, training
        self._settings = self._find_settings()
        if self._path.exists():
            self._read()
        self._written = time.monotonic()

    def write(self, *, only_if_due: bool = False) -> None:
        """Write it, whole or not at all; or only if the seconds between two writes have passed."""
        if not only_if_due or time.monotonic() - self._written >= self._seconds:
            head = {"format": FORMAT, "version": VERSION, "settings": self._settings}
            write_whole(self._path, json.dumps({**head, **self._training.state_dict()}))
            self._written = time.monotonic()

    def _find_settings(self) -> dict[str, Any]:
        """What has to be the same for going on."""
        training, batches = self._training, self._training.batches
        digest = hashlib.sha256(repr((training.samples.inputs, training.samples.targets)).encode()).hexdigest()
        settings = {
            "model": repr(training.model),
            "loss": getattr(training.loss, "__qualname__", type(training.loss).__name__),
            **training.optimizer.settings(),
            "batch_size": batches.size,
            "order": batches.order,
            "seed": batches.seed,
            "clip": training.clip,
            "watch": list(training.watched),
            "data": digest[:16],
        }
        return json.loads(json.dumps(settings))  # type: ignore[no-any-return]

    def _read(self) -> None:
        try:
            state = json.loads(self._path.read_bytes())
            if state["format"] != FORMAT or state["version"] != VERSION:
                raise CheckpointError(f"{self._path} isn't a checkpoint of version {VERSION}")
            for name, now in self._settings.items():
                if (then := state["settings"].get(name)) != now:
                    raise CheckpointError(
                        f"{self._path} is the checkpoint of another training: {name} was {then!r}, it is {now!r}; "
                        "delete it, or give another path"
                    )
            self._training.load_state_dict(state)
        except CheckpointError:
            raise
        except (ValueError, KeyError, TypeError) as error:
            raise CheckpointError(f"{self._path} is damaged ({error}): delete it, or give another path") from None
