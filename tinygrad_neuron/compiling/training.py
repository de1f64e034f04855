"""Training loops as machine code: forward, backward and the optimiser's update, without returning to Python."""

from __future__ import annotations

import ctypes
import itertools
from array import array
from collections.abc import Callable, Sequence
from typing import Any

from ..formulas.listing import Line, Listing
from ..formulas.llvm import SPELLED, llvm_number
from ..value import Value
from .native import Library
from .trace import Call, compiled, trace

MOST_BRANCHES = 16
MANY = 500_000  # samples: from there on thorough compilation pays for itself
COUNTERS = "\n".join(f"  %{name}.slot = alloca i64" for name in "szjadqck")


class LoopError(ValueError):
    """A training that can't be compiled as a loop; the text says why."""


class TrainingLoop:
    """A model's training as machine code.

    Args:
        sample_loss: the loss of one sample, a function of its inputs and targets.
        inputs, targets: of all samples.
        parameters: those that are trained.
        update: one parameter's step as a formula, see `Optimiser.update`.
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
            kept: what the optimiser keeps, a list for each of its names; replaced as well.
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
            raise LoopError(f"the loss depends on {min(fixed)}, which the optimiser doesn't train")
        # every parameter is an input, in the optimiser's order
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

    # ------------------------------------------------------------ the loop in LLVM's language
    def _loop(self) -> str:
        """The function `train`: for each step the samples' sum, its mean, what is watched, the update."""
        count, width, kept = len(self._parameters), self._width, self._n_kept
        return f"""
declare double @llvm.minnum.f64(double, double)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
define i64 @train(ptr noalias %params, ptr noalias %kept, ptr noalias %rows, ptr noalias %order,
    ptr noalias %ends, ptr noalias %sizes, i64 %steps, ptr noalias %rates, i64 %every, i64 %paced,
    double %first, ptr noalias %losses, ptr %trace,
    ptr noalias %broken) {{
entry:
  %in = alloca double, i64 {count + width}
  %out = alloca double, i64 {count + 1}
  %sum = alloca double, i64 {count + 1}
  %given = alloca double, i64 {4 + kept}
  %moved = alloca double, i64 {1 + kept}
  %rowin = getelementptr double, ptr %in, i64 {count}
  %gradients = getelementptr double, ptr %sum, i64 1
  %traced = icmp ne ptr %trace, null
  %norm.slot = alloca double
{COUNTERS}
{_for("s", "%steps")}
{self._summed()}
{self._averaged()}
{self._watched()}
{self._clipped(count)}
{self._updated()}
{_end("s")}
  ret i64 %steps
}}
"""

    def _summed(self) -> str:
        """Losses and gradients of the batch's samples, added up; it ends where no known branch holds."""
        count, width = len(self._parameters), self._width
        branches = "".join(
            f"""
  %held{k} = call i1 @branch{k}(ptr %in, ptr %out)
  br i1 %held{k}, label %summed, label %other{k + 1}
other{k + 1}:"""
            for k in range(len(self._branches))
        )
        return f"""\
  call void @llvm.memcpy.p0.p0.i64(ptr %in, ptr %params, i64 {8 * count}, i1 false)
{_for("z", str(count + 1))}
  %za = getelementptr double, ptr %sum, i64 %z
  store double 0.0, ptr %za
{_end("z")}
  %which = mul i64 %s, %every
  %fa = getelementptr i64, ptr %ends, i64 %which
  %to = load i64, ptr %fa
  %ta = getelementptr i64, ptr %sizes, i64 %which
  %size = load i64, ptr %ta
  %from = sub i64 %to, %size
{_for("j", "%size")}
  %at = add i64 %from, %j
  %oa = getelementptr i64, ptr %order, i64 %at
  %sample = load i64, ptr %oa
  %ro = mul i64 %sample, {width}
  %row = getelementptr double, ptr %rows, i64 %ro
  call void @llvm.memcpy.p0.p0.i64(ptr %rowin, ptr %row, i64 {8 * width}, i1 false){branches}
  store i64 %sample, ptr %broken
  ret i64 %s
summed:
{_for("a", str(count + 1))}
  %aa = getelementptr double, ptr %sum, i64 %a
  %ab = getelementptr double, ptr %out, i64 %a
  %av = load double, ptr %aa
  %aw = load double, ptr %ab
  %ax = fadd double %av, %aw
  store double %ax, ptr %aa
{_end("a")}
{_end("j")}"""

    def _averaged(self) -> str:
        """The mean, if it is one, and the loss; it ends where that isn't finite."""
        count = len(self._parameters)
        return f"""\
  %n = sitofp i64 %size to double
  %by = select i1 {"true" if self._mean else "false"}, double %n, double 1.0
{_for("d", str(count + 1))}
  %da = getelementptr double, ptr %sum, i64 %d
  %dv = load double, ptr %da
  %dw = fdiv double %dv, %by
  store double %dw, ptr %da
{_end("d")}
  %loss = load double, ptr %sum
  %rest = fsub double %loss, %loss
  %finite = fcmp oeq double %rest, 0.0
  br i1 %finite, label %good, label %bad
bad:
  ret i64 %s
good:
  %la = getelementptr double, ptr %losses, i64 %s
  store double %loss, ptr %la"""

    def _watched(self) -> str:
        """Parameters and gradients written down, if somebody watches."""
        count = len(self._parameters)
        return f"""\
  br i1 %traced, label %watched, label %unwatched
watched:
  %to2 = mul i64 %s, {2 * count}
  %t1 = getelementptr double, ptr %trace, i64 %to2
  call void @llvm.memcpy.p0.p0.i64(ptr %t1, ptr %params, i64 {8 * count}, i1 false)
  %t2 = getelementptr double, ptr %t1, i64 {count}
  call void @llvm.memcpy.p0.p0.i64(ptr %t2, ptr %gradients, i64 {8 * count}, i1 false)
  br label %unwatched
unwatched:"""

    def _updated(self) -> str:
        """Each parameter's step, with what the optimiser keeps for it."""
        count, kept = len(self._parameters), range(self._n_kept)
        moves = "".join(
            f"""
  %kp{b} = getelementptr double, ptr %kept, i64 {b * count}
  %ka{b} = getelementptr double, ptr %kp{b}, i64 %k
  %kv{b} = load double, ptr %ka{b}
  %ui{b} = getelementptr double, ptr %given, i64 {4 + b}
  store double %kv{b}, ptr %ui{b}"""
            for b in kept
        )
        stores = "".join(
            f"""
  %uo{b} = getelementptr double, ptr %moved, i64 {1 + b}
  %uv{b} = load double, ptr %uo{b}
  store double %uv{b}, ptr %ka{b}"""
            for b in kept
        )
        return f"""\
  %pace = mul i64 %s, %paced
  %ra = getelementptr double, ptr %rates, i64 %pace
  %rate = load double, ptr %ra
  %sd = sitofp i64 %s to double
  %step = fadd double %sd, %first
  %g1 = getelementptr double, ptr %given, i64 1
  %g2 = getelementptr double, ptr %given, i64 2
  %g3 = getelementptr double, ptr %given, i64 3
{_for("k", str(count))}
  %pa = getelementptr double, ptr %params, i64 %k
  %p = load double, ptr %pa
  store double %p, ptr %given
  %ga = getelementptr double, ptr %gradients, i64 %k
  %g = load double, ptr %ga
  store double %g, ptr %g1
  store double %rate, ptr %g2
  store double %step, ptr %g3{moves}
  %u = call i1 @update(ptr %given, ptr %moved)
  %pm = load double, ptr %moved
  store double %pm, ptr %pa{stores}
{_end("k")}"""

    def _clipped(self, count: int) -> str:
        """Scale the gradients so that their norm is at most the limit, as `clip_gradients` does."""
        if self._clip is None:
            return ""
        return f"""
  store double 0.0, ptr %norm.slot
{_for("q", str(count))}
  %qa = getelementptr double, ptr %gradients, i64 %q
  %qv = load double, ptr %qa
  %qq = fmul double %qv, %qv
  %qn = load double, ptr %norm.slot
  %qs = fadd double %qn, %qq
  store double %qs, ptr %norm.slot
{_end("q")}
  %squares = load double, ptr %norm.slot
  %norm = call double @llvm.sqrt.f64(double %squares)
  %safe = fadd double %norm, {llvm_number(1e-6)}
  %ratio = fdiv double {llvm_number(self._clip)}, %safe
  %factor = call double @llvm.minnum.f64(double 1.0, double %ratio)
{_for("c", str(count))}
  %ca = getelementptr double, ptr %gradients, i64 %c
  %cv = load double, ptr %ca
  %cw = fmul double %cv, %factor
  store double %cw, ptr %ca
{_end("c")}"""


def _for(name: str, count: str) -> str:
    """The beginning of a loop over a counter from 0."""
    return f"""  store i64 0, ptr %{name}.slot
  br label %{name}.head
{name}.head:
  %{name} = load i64, ptr %{name}.slot
  %{name}.more = icmp slt i64 %{name}, {count}
  br i1 %{name}.more, label %{name}.body, label %{name}.end
{name}.body:"""


def _end(name: str) -> str:
    """The end of a loop."""
    return f"""  %{name}.now = load i64, ptr %{name}.slot
  %{name}.next = add i64 %{name}.now, 1
  store i64 %{name}.next, ptr %{name}.slot
  br label %{name}.head
{name}.end:"""


def _address(numbers: Any) -> int:
    return int(numbers.buffer_info()[0])
