"""Training loops as machine code: forward, backward and the optimizer's update, without returning to Python."""

from __future__ import annotations

import ctypes
import itertools
import re
from array import array
from collections.abc import Callable, Sequence
from typing import Any

from ..formulas.listing import LanguageError, Listing
from ..formulas.llvm import SPELLED, llvm_number
from ..graph import temporary_numbers
from ..registry import read_asset
from ..results import Formats, Result
from ..value import Value
from .native import Library
from .trace import Call, make_code, trace

MOST_BRANCHES = 16
MANY = 500_000  # samples: from there on thorough compilation pays for itself
COUNTERS = "szjadqckbe"  # of the loops in training.ll


class TrainingLoop(Result):
    """A model's training as machine code. It shows its source, which `save` writes as .ll.

    Args:
        sample_loss: the loss of one sample, a function of its inputs and targets.
        inputs, targets: of all samples.
        optimizer: what moves the parameters, see `nn.Optimizer`: its parameters, `update`, `rates` and memory.
        mean: whether the loss of a batch is the mean of its samples', or else their sum.
        clip: the largest norm of the gradients, or None.

    Raises:
        LanguageError: the samples take too many different branches.
    """

    def __init__(
        self,
        sample_loss: Callable[[list[Any], list[Any]], Value],
        inputs: Sequence[Sequence[float]],
        targets: Sequence[Sequence[float]],
        optimizer: Any,
        *,
        mean: bool,
        clip: float | None,
    ) -> None:
        self._sample_loss, self._optimizer, self._mean, self._clip = sample_loss, optimizer, mean, clip
        self._samples = [([*x], [*y]) for x, y in zip(inputs, targets, strict=True)]
        self._rows = array("d", [number for x, y in self._samples for number in (*x, *y)])
        self._width, self._n_memory = len(inputs[0]) + len(targets[0]), len(optimizer.memory)
        self._update = self._update_listing()
        self._branches: list[Listing] = []
        self._unknown: tuple[int, list[float]] | None = None
        self._n_run = 0  # samples so far
        self._is_thorough = False
        self._record(0)

    def run(
        self, batches: Sequence[Sequence[int]], steps: int, *, watch: bool
    ) -> tuple[int, array[float], list[array[float]]]:
        """Make some steps: the optimizer, its parameters and its memory go on.

        Args:
            batches: which samples are in each step; a single one is that of all.
            steps: how many.
            watch: whether parameters and gradients of every step are wanted.

        Returns:
            How many steps were made: fewer where a loss wasn't finite, or where a
            sample takes a branch that isn't compiled, see `learn_branch`. Then their losses, and for each step
            the parameters before it and their gradients, if they are wanted.
        """
        self._n_run += steps * len(batches[0])
        if self._n_run > MANY and not self._is_thorough:
            self._is_thorough = True
            self._build()
        optimizer, rates = self._optimizer, self._optimizer.rates(self._optimizer.steps, steps)
        numbers = array("d", optimizer.numbers)
        count, memory = len(numbers), array("d", itertools.chain.from_iterable(optimizer.memory.values()))
        sizes = array("q", map(len, batches))
        ends, order = array("q", itertools.accumulate(sizes)), array("q", itertools.chain.from_iterable(batches))
        pace = array("d", [rates] if isinstance(rates, float) else rates)
        strides = int(len(batches) > 1), int(len(pace) > 1)
        losses = array("d", [0.0]) * steps
        watched = array("d", [0.0]) * (2 * count * steps) if watch else None
        broken = ctypes.c_int64(-1)
        done = self._train(
            *map(_address, (numbers, memory, self._rows, order, ends, sizes)), steps, _address(pace), *strides,
            optimizer.steps + 1.0, _address(losses), watched and _address(watched), ctypes.byref(broken),
        )  # fmt: skip
        optimizer.numbers, optimizer.steps = numbers, optimizer.steps + done
        optimizer.memory = {name: memory[k * count :][:count].tolist() for k, name in enumerate(optimizer.memory)}
        self._unknown = (broken.value, optimizer.numbers) if broken.value >= 0 else None
        rows = [watched[2 * count * k : 2 * count * (k + 1)] for k in range(done)] if watched else []
        return done, losses if done == steps else losses[:done], rows

    @property
    def is_missing_a_branch(self) -> bool:
        """Whether the last run ended at a sample whose branch isn't compiled."""
        return self._unknown is not None

    def learn_branch(self) -> None:
        """Compile the branch that the last run ended at; the parameters keep their numbers.

        Raises:
            LanguageError: the samples take too many different branches.
        """
        if self._unknown:
            sample, numbers = self._unknown
            with temporary_numbers(self._optimizer.parameters, numbers):
                self._record(sample)

    def to_dict(self) -> dict[str, Any]:
        """What is trained, how many branches the samples take, and the source."""
        names = [parameter.label for parameter in self._optimizer.parameters]
        return {"parameters": names, "branches": len(self._branches), "source": str(self)}

    def __str__(self) -> str:
        return self._library.source.rstrip("\n")

    def _formats(self) -> Formats:
        return {".ll": lambda: f"{self}\n", **super()._formats()}

    def _record(self, sample: int) -> None:
        """Record the branch that a sample takes, and build the loop anew."""
        if len(self._branches) == MOST_BRANCHES:
            raise LanguageError(f"the samples take more than {MOST_BRANCHES} different branches: use where() or relu()")
        inputs, targets = self._samples[sample]
        traced = trace(self._sample_loss, Call({"inputs": inputs, "targets": targets}, []))
        parameters = self._optimizer.parameters
        if fixed := {leaf.label or repr(leaf) for leaf in traced.captured if leaf not in set(parameters)}:
            raise LanguageError(f"the loss depends on {min(fixed)}, which the optimizer doesn't train")
        # every parameter is an input, in the optimizer's order
        full = traced._replace(captured=[], inputs=[*parameters, *traced.inputs])
        self._branches.append(make_code(full, parameters, SPELLED).listing)
        self._build()

    def _build(self) -> None:
        """Compile the loop over all branches known."""
        names = {f"branch{k}": listing for k, listing in enumerate(self._branches)}
        self._library = Library({**names, "update": self._update}, self._loop(), quick=not self._is_thorough)
        self._train = self._library.function(
            "train", ctypes.c_int64, *[ctypes.c_void_p] * 6, ctypes.c_int64, ctypes.c_void_p, *[ctypes.c_int64] * 2,
            ctypes.c_double, *[ctypes.c_void_p] * 2, ctypes.POINTER(ctypes.c_int64),
        )  # fmt: skip

    def _update_listing(self) -> Listing:
        listing = Listing(SPELLED)
        names = ["number", "gradient", "rate", "steps", *(f"kept_{k}" for k in range(self._n_memory))]
        listing.outputs = list(self._optimizer.update(*map(listing.input, names)))
        return listing

    def _loop(self) -> str:
        """The function `train` in LLVM's language."""
        count, known = len(self._optimizer.parameters), range(len(self._branches))
        branches = (
            f"  %held{k} = call i1 @branch{k}(ptr %in, ptr %out)\n"
            f"  br i1 %held{k}, label %summed, label %other{k + 1}\nother{k + 1}:"
            for k in known
        )
        kept = self._n_memory
        settings = {
            "count": count, "inputs": count + self._width, "outputs": count + 1, "twice": 2 * count, "bytes": 8 * count,
            "width": self._width, "row_bytes": 8 * self._width, "given": 4 + kept, "moved": 1 + kept,
            "n_kept": kept, "mean": str(self._mean).lower(), "clips": str(self._clip is not None).lower(),
            "tiny": llvm_number(1e-6), "limit": llvm_number(self._clip or 0.0), "branches": "\n".join(branches),
            "counters": "\n".join(f"  %{name}.slot = alloca i64" for name in COUNTERS),
        }  # fmt: skip
        text = read_asset(__package__, "training.ll", **settings)
        return re.sub(r"^@(for|end) (\w)(?: (.*))?$", _counting, text, flags=re.MULTILINE)


def _counting(match: re.Match[str]) -> str:
    """The beginning or the end of a loop over a counter from 0."""
    part, name, count = match.groups()
    return read_asset(__package__, f"{part}.ll", counter=name, count=count).rstrip()


def _address(numbers: Any) -> int:
    return int(numbers.buffer_info()[0])
