"""Code steps: a listing for each shape of arguments and each branch, run without recording."""

from __future__ import annotations

import builtins
import functools
import keyword
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any, Generic, NamedTuple, Self, TypeVar

from ..arguments import require_known
from ..arrays import as_arrays, as_rows, begins_with_array
from ..formulas.dialects import ARRAY, JAVASCRIPT, PYTHON, RUST, C, dialect_of
from ..formulas.listing import LanguageError
from ..graph import flatten
from ..primitives import as_float, plain
from ..results import Formats, Result
from ..value import Value
from . import trace as tracing
from .python import OTHER_BRANCH, function_of, list_primitives, run_carefully
from .trace import Code, Trace

MOST_VARIANTS = 64
SUFFIXES = {
    "python": ".py",
    "array": ".py",
    "matrix": ".py",
    "native": ".ll",
    "c": ".c",
    "rust": ".rs",
    "javascript": ".js",
}
R_co = TypeVar("R_co", covariant=True)  # what a call gives
TAKEN = set[str]().union(*(dialect.taken for dialect in (PYTHON, ARRAY, C, RUST, JAVASCRIPT)))


class Variant(NamedTuple):
    """One recorded branch, ready to run.

    Attributes:
        code: its listing.
        source: the listing in the language of the target.
        run: takes all numbers in a row, captured ones last, and gives the outputs in a row; None for another branch.
            The target "python" takes the captured numbers, if there are any, and the arguments as they are; it gives
            value and gradient, or OTHER_BRANCH.
    """

    code: Code
    source: str
    run: Callable[..., Any]


class Step(Result, Generic[R_co]):
    """A function compiled with its gradient.

    Calling it gives what the function gives, and the gradient. A call whose
    arguments have another shape, or that takes another branch, is recorded
    once more, and all are kept. A step shows what it computes, and its
    source; `save` writes the source, with the suffix of its language.

    Attributes:
        target: what it runs on.
    """

    def __init__(self, function: Callable[..., Any] | Value, wrt: Any, target: str) -> None:
        self.target: str = target
        self._function, self._wrt = function, wrt
        name = getattr(function, "__name__", "")
        name = name if name.isidentifier() and not keyword.iskeyword(name) else "compiled"
        self._name = f"{name}_" if name in TAKEN else name
        self._variants: dict[tracing.Shape, list[Variant]] = {}
        self._fast: tuple[Callable[..., Any], list[Value]] | None = None  # what runs, with its captured leaves
        if isinstance(function, Value):
            self._variants[()] = [self._compile(tracing.trace_graph(function))]

    @property
    def source(self) -> str:
        """The straight-line code, of all shapes and branches so far."""
        return "\n".join(variant.source for variants in self._variants.values() for variant in variants)

    def to_dict(self) -> dict[str, Any]:
        """What it computes: its name, target and inputs, by what it is differentiated, its variants and its source."""
        codes = [variant.code for variants in self._variants.values() for variant in variants]
        inputs = [line.label for line in codes[-1].listing.inputs] if codes else []
        by = [leaf.label for leaf in flatten(codes[-1].by)[0]] if codes and codes[-1].by is not None else []
        about = {"name": self._name, "target": self.target, "inputs": inputs, "gradient": by}
        return {**about, "variants": len(codes), "source": self.source}

    def __str__(self) -> str:
        about = self.to_dict()
        if not about["variants"]:
            return f"{self._name}: nothing is recorded yet; call the step, or its record(…), for its source"
        gives = f"value and gradient by {', '.join(about['gradient'])}" if about["gradient"] else "value"
        head = f"{self._name}({', '.join(about['inputs'])}) gives {gives}; target {self.target}"
        return f"{head}, {self.variants} variant{'s' * (self.variants > 1)}\n\n{self.source}".rstrip("\n")

    def _formats(self) -> Formats:
        return {SUFFIXES[self.target]: lambda: self.source, **super()._formats()}

    @property
    def variants(self) -> int:
        """How many shapes and branches were recorded so far."""
        return sum(map(len, self._variants.values()))

    def __call__(self, *arguments: Any, **named: Any) -> R_co:
        """The value, and the gradient if one is asked for.

        Args:
            arguments: numbers, or lists, tuples, dicts and arrays of them; for the target "array" an array is the
                numbers of many samples.
            named: the same by name; for a graph, other numbers for its labelled leaves.

        Returns:
            The value alone, or the pair of value and gradient, which has the structure of what was differentiated by.

        Raises:
            TypeError: the arguments don't fit.
            RuntimeError: the function takes too many different branches.
        """
        if self._fast is not None and not named and not any(map(begins_with_array, arguments)):
            run, captured = self._fast
            try:
                result = run([leaf.data for leaf in captured], *arguments) if captured else run(*arguments)
            except (ArithmeticError, LookupError, TypeError, ValueError):
                pass  # the careful way below has an answer, or a clear error
            else:
                if type(result) is float or (type(result) is tuple and type(result[0]) is float):
                    return result  # type: ignore[return-value]
        careful = self._call_graph if isinstance(self._function, Value) else self._call_function
        return careful(arguments, named)  # type: ignore[no-any-return]

    def record(self, *arguments: Any, **named: Any) -> Self:
        """Record a call without running it, for its source.

        Args:
            arguments: as in a call.
            named: as in a call.

        Returns:
            The step itself.
        """
        if not isinstance(self._function, Value):
            call = self._bind(arguments, named)
            shape = tracing.shape_of(call.arguments)
            if shape not in self._variants:
                self._record(call, shape)
        return self

    def _bind(self, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> tracing.Call:
        """The arguments by their names; an array is many numbers, but for the target "array"."""
        call = tracing.bind_arguments(self._function, arguments, named)  # type: ignore[arg-type]
        return call if self.target == "array" else call._replace(arguments=as_rows(call.arguments))

    def _record(self, call: tracing.Call, shape: tracing.Shape) -> Variant:
        """Compile the branch that a call takes; of arrays the first numbers decide."""
        if self.target == "array":
            first = tracing.map_numbers(call.arguments, "", lambda array, _: _read_first(array))
            call = call._replace(arguments=first)
        function: Any = self._function
        variant = self._compile(tracing.trace(function, call))
        self._variants.setdefault(shape, []).append(variant)
        return variant

    def _call_function(self, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        call = self._bind(arguments, named)
        shape = tracing.shape_of(call.arguments)
        variants = self._variants.get(shape, [])
        for variant in reversed(variants):
            result = self._run(variant, call.arguments)
            if result is not OTHER_BRANCH:
                return result
        if len(variants) >= MOST_VARIANTS:
            raise RuntimeError(
                f"{self._name} took {MOST_VARIANTS + 1} different branches: each is compiled for itself. Let fewer "
                "comparisons decide, or use where(), maximum() or relu(), which have all branches in one"
            )
        variant = self._record(call, shape)
        if self.target == "python" and not variant.code.has_arrays and all(_unpacks(each) for _, each in shape[1:]):
            self._fast = variant.run, variant.code.traced.captured
        return self._run(variant, call.arguments)

    def _call_graph(self, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        (variant,) = self._variants[()]
        if arguments:
            raise TypeError("a compiled graph takes its leaves by their labels: step(x=1.0)")
        leaves = variant.code.traced.captured
        labels = [leaf.label for leaf in leaves]
        require_known("label", named, labels, TypeError)
        return self._run_with(variant, [], [_read_number(named.get(leaf.label, leaf)) for leaf in leaves])

    def _run(self, variant: Variant, arguments: Mapping[str, Any]) -> Any:
        read = _read_number if self.target == "array" else plain
        numbers = tracing.map_numbers([*arguments.values()], "", lambda number, _: read(number))
        result = self._run_with(variant, numbers, [leaf.data for leaf in variant.code.traced.captured])
        if not variant.code.has_arrays or result is OTHER_BRANCH:
            return result
        return as_arrays(tracing.rebuild(variant.code, flatten(result)[0]))

    def _run_with(self, variant: Variant, arguments: list[Any], captured: list[Any]) -> Any:
        run = variant.run
        if self.target == "python":
            try:
                return run(captured, *arguments) if captured else run(*arguments)
            except (ArithmeticError, ValueError):
                run = functools.partial(run_carefully, variant.code.listing)
        outputs = run([*tracing.list_numbers(arguments), *captured])
        return OTHER_BRANCH if outputs is None else tracing.rebuild(variant.code, outputs)

    def _compile(self, traced: Trace) -> Variant:
        by = choose_inputs(self._wrt, traced)
        return VARIANTS[self.target](traced, by, self._name)


def compile(function: Callable[..., Any] | Value, wrt: Any = None, target: str = "python") -> Step[Any]:
    """Compile a function or a graph, with its gradient, to straight-line code.

    The function is run once on Values for each shape of its arguments; what
    is recorded becomes statements in which equal ones are one, constants are
    computed, and gradients that nobody asks for are left out. Comparisons of
    Values become guards: arguments that take another branch are recorded once
    more. Functions such as `where` and `maximum` have all their branches in one.

    Args:
        function: takes numbers, or lists, tuples, dicts and arrays of them, and
            returns a scalar; or a graph, whose leaves' numbers can be changed
            by their labels. Values from outside, as the parameters of a
            neuron, are read anew in each call.
        wrt: by which argument it is differentiated, by place or name, or
            several; or Values, leaves of the graph or from outside; None for
            the value alone.
        target: "python" needs nothing; "array" runs on arrays of NumPy, JAX,
            PyTorch or Dask; "matrix" is NumPy code in which sums of products are products of matrices, see `matrices`;
            "native" is machine code (the extra `native`);
            "c", "rust" and "javascript" are source text.

    Returns:
        A step: calling it gives the value, or the pair of value and gradient.
        `step.source` is its code.

    Raises:
        ValueError: there is no such target, or a primitive of one's own can't be written in its language.
        TypeError: there is no such argument to differentiate by, or no scalar comes out.

    Examples:
        >>> step = compile(lambda w, x, b: tanh(w * x + b), wrt=("w", "b"))
        >>> step(0.0, 2.0, 0.0)
        (0.0, (2.0, 1.0))
        >>> w, x = variables(w=3.0, x=2.0)
        >>> step = compile(w * x, wrt=w)
        >>> step(), step(x=5.0)
        ((6.0, 2.0), (15.0, 5.0))
        >>> print(step.source, end="")
        def compiled(captured):
            w, x, = captured
            return w*x, x
    """
    if not (callable(function) or isinstance(function, Value)):
        raise TypeError(f"expected a function or a Value, got {type(function).__name__}: there is nothing to record")
    require_known("target", [target], VARIANTS)
    if frozen := tracing.find_frozen_numbers(function):
        fixed = f"{', '.join(frozen)} of the closure: make it an argument or a Value if it is to change"
        warnings.warn(f"compile takes as fixed {fixed}", stacklevel=2)
    return Step(function, wrt, target)


def _unpacks(shape: Any) -> bool:
    """Whether unpacking an argument tells its shape from others: of keys and of what isn't a number it doesn't."""
    return shape == "number" or (shape[0] not in ("constant", "dict") and all(map(_unpacks, shape[1:])))


def _read_first(array: Any) -> float:
    while getattr(array, "ndim", 0):
        array = array[0]
    return as_float(array.item() if hasattr(array, "item") else array)


def _read_number(number: Any) -> Any:
    return number.data if isinstance(number, Value) else number


def choose_inputs(wrt: Any, traced: Trace) -> Any:
    """The Values to differentiate by, in the structure that the gradient gets.

    Args:
        wrt: an argument by place or name, several, Values, or None.
        traced: the recorded call.

    Raises:
        TypeError: there is no such argument.
    """
    if wrt is None or isinstance(wrt, Value):
        return wrt
    if isinstance(wrt, (list, tuple)) and all(isinstance(each, Value) for each in wrt):
        return wrt or None
    names = list(traced.arguments)

    def argument(key: Any) -> Any:
        place = names.index(key) if key in names else key
        if not isinstance(place, int) or not 0 <= place < len(names):
            raise TypeError(f"there is no argument {key!r} to differentiate by; there are {', '.join(names) or 'none'}")
        return traced.arguments[names[place]]

    return argument(wrt) if isinstance(wrt, (int, str)) else tuple(argument(key) for key in wrt)


# ---------------------------------------------------------------- the targets
def _python(traced: Trace, by: Any, name: str) -> Variant:
    code = tracing.make_code(traced, by, list_primitives())
    return Variant(code, *function_of(code, name))


def _array(traced: Trace, by: Any, name: str) -> Variant:
    from .array import functions_of, library_of, lift, run_in_blocks, source_of

    code = tracing.make_code(traced, by, ARRAY.spelled)
    source = source_of(code, name)
    parts = builtins.compile(source, f"<compiled {name}>", "exec")

    @functools.cache
    def define(library: Any) -> Callable[..., Any]:
        names = functions_of(library)
        exec(parts, names)  # noqa: S102 (its own source, of names made here)
        return names[name]  # type: ignore[no-any-return]

    def run(numbers: list[Any]) -> Any:
        library = library_of(numbers)
        numbers = lift(library, numbers)
        # NumPy warns where IEEE 754 has an answer
        with library.errstate(all="ignore") if library.__name__ == "numpy" else nullcontext():
            outputs, guards = run_in_blocks(define(library), numbers, library)
        _require_same_branch(guards, library)
        return outputs

    return Variant(code, source, run)


def _require_same_branch(guards: Sequence[Any], library: Any) -> None:
    """Under jit the guards have no numbers: the branch of the sample is taken, as JAX does with its own."""
    for guard in guards:
        if "Tracer" in type(guard).__name__ or library.__name__.startswith("dask"):
            raise TypeError("a comparison decides on a branch here, and its numbers aren't known: use where()")
        if not bool(library.all(guard) if hasattr(guard, "shape") else guard):
            raise ValueError("the rows take different branches, or another one than the first row: use where()")


def _native(traced: Trace, by: Any, name: str) -> Variant:  # noqa: ARG001
    from ..formulas.llvm import SPELLED
    from .native import NativeStep

    code = tracing.make_code(traced, by, SPELLED)
    run = NativeStep(code.listing)
    return Variant(code, run.source, run)


def _matrix(traced: Trace, by: Any, name: str) -> Variant:
    from .recovered import compile_matrices

    code = tracing.make_code(traced, by, ARRAY.spelled)
    if code.listing.guards:
        raise LanguageError("a comparison chooses a branch here, which arrays can't: use where()")
    return Variant(code, *compile_matrices(traced, [] if by is None else flatten(by)[0], name))


def _text(target: str, traced: Trace, by: Any, name: str) -> Variant:
    from ..formulas.source import source_of

    code = tracing.make_code(traced, by, dialect_of(target).spelled)

    def run(_: Any) -> Any:
        raise TypeError(f"the target {target} gives source text: see .source; to run it here, take native or python")

    return Variant(code, source_of(code.listing, target, name), run)


VARIANTS: dict[str, Callable[[Trace, Any, str], Variant]] = {
    "python": _python,
    "array": _array,
    "matrix": _matrix,
    "native": _native,
}
VARIANTS |= {target: functools.partial(_text, target) for target in ("c", "rust", "javascript")}
