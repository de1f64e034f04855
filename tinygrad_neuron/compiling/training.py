"""Training loops as machine code: forward, backward and the optimizer's update, without returning to Python."""

from __future__ import annotations

import ctypes
import itertools
import re
from array import array
from collections.abc import Callable, Sequence
from typing import Any

from ..formulas.listing import Line, Listing
from ..formulas.llvm import SPELLED, llvm_number
from ..value import Value
from .native import Library, template
from .trace import Call, compiled, trace

MOST_BRANCHES = 16
MANY = 500_000  # samples: from there on thorough compilation pays for itself
COUNTERS = "szjadqckbe"  # of the loops in training.ll


class LoopError(ValueError):
    """A training that can't be compiled as a loop; the text says why."""


class TrainingLoop:
    """A model's training as machine code.

    Args:
        sample_loss: the loss of one sample, a function of its inputs and targets.
        inputs, targets: of all samples.
        parameters: those that are trained.
        update: one parameter's step as a formula, see `Optimizer.update`.
        n_kept: how many numbers a step keeps for each parameter.
        mean: whether the loss of a batch is the mean of its samples', or else their sum.
        clip: the largest norm of the gradients, or None.

    Raises:
        LoopError: the samples take too many different branches.
    """

    def __init__(
        self,
        sample_loss: Callable[[list[Any], list[Any]], Value],
        inputs: Sequence[Sequence[float]],
        targets: Sequence[Sequence[float]],
        parameters: Sequence[Value],
        update: Callable[..., tuple[Any, ...]],
        n_kept: int,
        *,
        mean: bool,
        clip: float | None,
    ) -> None:
        self._sample_loss, self._parameters = sample_loss, list(parameters)
        self._samples = [([*x], [*y]) for x, y in zip(inputs, targets, strict=True)]
        self._n_kept, self._mean, self._clip = n_kept, mean, clip
        self._width = len(inputs[0]) + len(targets[0])
        self._rows = array("d", [number for x, y in self._samples for number in (*x, *y)])
        self._update = self._update_listing(update)
        self._branches: list[Listing] = []
        self._unknown: tuple[int, list[float]] | None = None
        self._n_run = 0  # samples so far
        self._is_thorough = False
        self._record(0)

    def run(
        self,
        numbers: list[float],
        kept: list[list[float]],
        batches: Sequence[Sequence[int]],
        rates: Sequence[float] | float,
        steps: int,
        first_step: int,
        *,
        watch: bool,
    ) -> tuple[int, array[float], list[array[float]]]:
        """Make some steps.

        Args:
            numbers: of the parameters; they are replaced by those after the steps.
            kept: what the optimizer keeps, a list for each of its names; replaced as well.
            batches: which samples are in each step; a single one is that of all.
            rates: the learning rate, or that of each step.
            steps: how many.
            first_step: the number of the first one, from 1.
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
        count, width = len(numbers), 2 * len(numbers)
        sizes = array("q", map(len, batches))
        ends, order = array("q", itertools.accumulate(sizes)), array("q", itertools.chain.from_iterable(batches))
        pace = array("d", [rates] if isinstance(rates, float) else rates)
        strides = int(len(batches) > 1), int(len(pace) > 1)
        parameters, memory = array("d", numbers), array("d", [each for column in kept for each in column])
        losses = array("d", [0.0]) * steps
        trace_of = array("d", [0.0]) * (width * steps) if watch else None
        broken = ctypes.c_int64(-1)
        done = self._train(
            *map(_address, (parameters, memory, self._rows, order, ends, sizes)), steps, _address(pace), *strides,
            float(first_step), _address(losses), trace_of and _address(trace_of), ctypes.byref(broken),
        )  # fmt: skip
        numbers[:] = parameters
        for k, column in enumerate(kept):
            column[:] = memory[k * count : (k + 1) * count].tolist()
        self._unknown = (broken.value, list(numbers)) if broken.value >= 0 else None
        rows = [trace_of[k * width : (k + 1) * width] for k in range(done)] if trace_of is not None else []
        return done, losses if done == steps else losses[:done], rows

    @property
    def is_missing_a_branch(self) -> bool:
        """Whether the last run ended at a sample whose branch isn't compiled."""
        return self._unknown is not None

    def learn_branch(self) -> None:
        """Compile the branch that the last run ended at; the parameters keep their numbers.

        Raises:
            LoopError: the samples take too many different branches.
        """
        if self._unknown:
            sample, there = self._unknown
            here = [parameter.data for parameter in self._parameters]
            self._assign(there)
            try:
                self._record(sample)
            finally:
                self._assign(here)

    def _assign(self, numbers: Sequence[float]) -> None:
        for parameter, number in zip(self._parameters, numbers, strict=True):
            parameter.data = number

    def _record(self, sample: int) -> None:
        """Record the branch that a sample takes, and build the loop anew."""
        if len(self._branches) == MOST_BRANCHES:
            raise LoopError(f"the samples take more than {MOST_BRANCHES} different branches: use where() or relu()")
        inputs, targets = self._samples[sample]
        traced = trace(self._sample_loss, Call({"inputs": inputs, "targets": targets}, []))
        if strange := [leaf for leaf in traced.captured if leaf not in set(self._parameters)]:
            fixed = {leaf.label or repr(leaf) for leaf in strange}
            raise LoopError(f"the loss depends on {min(fixed)}, which the optimizer doesn't train")
        # every parameter is an input, in the optimizer's order
        full = traced._replace(captured=[], inputs=[*self._parameters, *traced.inputs],
                               names=[*(p.label or "p" for p in self._parameters), *traced.names])  # fmt: skip
        self._branches.append(compiled(full, self._parameters, SPELLED).listing)
        self._build()

    def _build(self) -> None:
        """Compile the loop over all branches known."""
        names = {f"branch{k}": listing for k, listing in enumerate(self._branches)}
        self._library = Library({**names, "update": self._update}, self._loop(), quick=not self._is_thorough)
        self._train = self._library.function(
            "train", ctypes.c_int64, *[ctypes.c_void_p] * 6, ctypes.c_int64, ctypes.c_void_p, *[ctypes.c_int64] * 2,
            ctypes.c_double, *[ctypes.c_void_p] * 2, ctypes.POINTER(ctypes.c_int64),
        )  # fmt: skip

    def _update_listing(self, update: Callable[..., tuple[Any, ...]]) -> Listing:
        listing = Listing(SPELLED)
        given: list[Line] = [listing.input(name) for name in ("number", "gradient", "rate", "steps")]
        given += [listing.input(f"kept_{k}") for k in range(self._n_kept)]
        listing.outputs = list(update(*given))
        return listing

    def _loop(self) -> str:
        """The function `train` in LLVM's language."""
        count, known = len(self._parameters), range(len(self._branches))
        branches = (
            f"  %held{k} = call i1 @branch{k}(ptr %in, ptr %out)\n"
            f"  br i1 %held{k}, label %summed, label %other{k + 1}\nother{k + 1}:"
            for k in known
        )
        settings = {
            "count": count, "inputs": count + self._width, "outputs": count + 1, "twice": 2 * count, "bytes": 8 * count,
            "width": self._width, "row_bytes": 8 * self._width, "given": 4 + self._n_kept, "moved": 1 + self._n_kept,
            "n_kept": self._n_kept, "mean": str(self._mean).lower(), "clips": str(self._clip is not None).lower(),
            "tiny": llvm_number(1e-6), "limit": llvm_number(self._clip or 0.0), "branches": "\n".join(branches),
            "counters": "\n".join(f"  %{name}.slot = alloca i64" for name in COUNTERS),
        }  # fmt: skip
        return re.sub(
            r"^@(for|end) (\w)(?: (.*))?$", _counting, template("training.ll", **settings), flags=re.MULTILINE
        )


def _counting(match: re.Match[str]) -> str:
    """The beginning or the end of a loop over a counter from 0."""
    part, name, count = match.groups()
    if part == "for":
        return f"""  store i64 0, ptr %{name}.slot
  br label %{name}.head
{name}.head:
  %{name} = load i64, ptr %{name}.slot
  %{name}.more = icmp slt i64 %{name}, {count}
  br i1 %{name}.more, label %{name}.body, label %{name}.end
{name}.body:"""
    return f"""  %{name}.now = load i64, ptr %{name}.slot
  %{name}.next = add i64 %{name}.now, 1
  store i64 %{name}.next, ptr %{name}.slot
  br label %{name}.head
{name}.end:"""


def _address(numbers: Any) -> int:
    return int(numbers.buffer_info()[0])
