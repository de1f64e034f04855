"""From scalars to matrices: the array program that a recorded scalar graph is."""

from __future__ import annotations

import functools
import itertools
import math
import random
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from importlib import import_module
from typing import Any, NamedTuple

from ..arguments import require_known
from ..formulas.dialects import ARRAY
from ..formulas.listing import LanguageError, printed
from ..graph import flatten
from ..program import Program
from ..registry import read_asset
from ..results import Formats, Result
from ..value import Value
from . import trace as tracing
from .array import Namespace, functions_of, library_of
from .blocks import Blocks
from .chains import read_chains
from .matrix_latex import write_latex

SIZES = 11, 13  # numbers of samples that are no usual number of inputs or neurons
PRIVATE = 0xF0000  # characters that no text has
CLOSE = 1e-10  # relative: how near the recovered numbers must be
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.])")


class Input(NamedTuple):
    """An array that the program takes.

    Attributes:
        name: in the text.
        places: where its entries stand in the recorded program.
        carries: whether the program gives its gradient.
    """

    name: str
    places: Any
    carries: bool


class ArrayProgram(NamedTuple):
    """A recovered program.

    Attributes:
        inputs: what it takes.
        body: its statements.
        outputs: the value, then a gradient for each input that carries one.
        tables: arrays of indices by their names.
        rows: for each recorded place the array and the entry that it became.
        plain: whether it is made of vectors only.
    """

    inputs: list[Input]
    body: list[str]
    outputs: list[str]
    tables: dict[str, Any]
    rows: dict[int, str]
    plain: bool

    @property
    def source(self) -> str:
        """The program as a function."""
        gradients = ", ".join(
            f'"{each.name}": {x}' for each, x in zip(self.differentiated, self.outputs[1:], strict=True)
        )
        lines = [*self.body, f"return {self.outputs[0]}, {{{gradients}}}"]
        head = f"def program({', '.join(each.name for each in self.inputs)}):"
        return "\n    ".join([head, *lines]) + "\n"

    @property
    def differentiated(self) -> list[Input]:
        """The inputs that the gradient is taken of."""
        return [each for each in self.inputs if each.carries]


# ---------------------------------------------------------------- recovery
def recover(program: Program, data: Collection[int] = ()) -> ArrayProgram:
    """The array program of a recorded graph, tested before it is given.

    Args:
        program: with one root.
        data: the places of the leaves that are not differentiated by.

    Raises:
        LanguageError: what was found doesn't compute the same.
    """
    read, sources = read_chains(program)
    reason = "no array operation fits"
    for plain in (False, True):
        try:
            found = _write(Blocks(read, plain, lambda k: sources[k] in data), sources, set(data))
            if not (reason := _compare(found, program)):
                return found
        except (LookupError, TypeError, ValueError, NotImplementedError) as error:
            reason = f"{type(error).__name__}: {error}"
    raise LanguageError(f"this graph isn't recovered as arrays ({reason}): compile(…, target='python') has its scalars")


def _write(blocks: Blocks, sources: Sequence[int], data: set[int]) -> ArrayProgram:
    """The text of both passes."""
    np, listing = blocks.np, blocks.listing
    recorded = [
        (line, np.array([sources[int(k)] for k in places.reshape(-1)]).reshape(places.shape))
        for line, places in blocks.inputs
    ]
    carries = [
        not all(blocks.program.is_constant(int(k)) or sources[int(k)] in data for k in places.reshape(-1))
        for _, places in blocks.inputs
    ]
    if not blocks.out.label and blocks.out not in listing.inputs:
        blocks.out.label = "loss"
    wanted = [line for (line, _), wants in zip(recorded, carries, strict=True) if wants]
    flowing = listing.differentiate(blocks.out, wanted)
    slopes = [listing.solid(listing.sized(flowing.get(line.place, 0.0), listing.shape(line))) for line in wanted]
    listing.outputs = [blocks.out, *slopes]
    numbers: list[str] = []

    def write_number(number: float) -> str:
        """One character, for now: how long a number is must not tell where a line is broken."""
        numbers.append(ARRAY.number(number))
        return chr(PRIVATE + len(numbers) - 1)

    def tidy(expression: str) -> str:
        """Without needless brackets, and with the numbers."""
        return "".join(numbers[ord(c) - PRIVATE] if ord(c) >= PRIVATE else c for c in _strip(expression))

    taken = {"np", "n", "program", *HELPERS, *listing.tables}
    text = printed(listing, ARRAY._replace(forms=listing.forms, reserved=ARRAY.reserved | taken, number=write_number))
    body = [f"{name} = {tidy(expression)}" for name, expression in text.statements]
    inputs = [
        Input(name, places, wants) for name, (_, places), wants in zip(text.inputs, recorded, carries, strict=True)
    ]
    rows = _name_rows(blocks, sources)
    return ArrayProgram(inputs, body, [*map(tidy, text.outputs)], dict(listing.tables), rows, blocks.plain)


def _name_rows(blocks: Blocks, sources: Sequence[int]) -> dict[int, str]:
    """Which entry of which array each recorded place became, where the array has a name."""
    found = {}
    for k, (block, at) in blocks.home.items():
        line, places = blocks.blocks[block]
        if line.label:
            index = ", ".join(str(int(i)) for i in blocks.np.unravel_index(at, places.shape))
            found[sources[k]] = f"{line.label}[{index}]" if index else line.label
    return found


def _strip(expression: str) -> str:
    """Without the brackets that nothing needs: round a name, and round the whole."""
    plain = re.sub(r"(?<![\w)\]])\((\w+)\)", r"\1", expression)
    plain = re.sub(r"(?<![\w)\]])\((\((?:[^()]|\([^()]*\))*\))\)", r"\1", plain)
    inside = plain[1:-1]
    depths = itertools.accumulate((c == "(") - (c == ")") for c in inside)
    return inside if plain.startswith("(") and plain.endswith(")") and min(depths, default=0) >= 0 else plain


# ---------------------------------------------------------------- running
class _Torch(Namespace):
    """PyTorch, whose functions of shapes and lists stay as they are, and that makes double numbers."""

    def __getattr__(self, name: str) -> Any:
        torch = self._library
        if name == "s_":
            return import_module("numpy").s_
        if name == "full":
            return lambda shape, number: torch.as_tensor(number, dtype=torch.float64).expand(shape)
        return getattr(torch, name) if name in ("concatenate", "broadcast_to", "amax") else super().__getattr__(name)


def _others(library: Any, kind: str) -> dict[str, Any]:
    """What JAX and PyTorch do otherwise than NumPy: they put entries into arrays by functions of their own."""

    def put(entries: Any, shape: Any, where: Any) -> Any:
        zeros = library.zeros(shape, dtype=entries.dtype)
        if kind == "jax":
            return zeros.at[where].set(entries)
        zeros[where] = entries
        return zeros

    def scatter(entries: Any, indices: Any, shape: Any) -> Any:
        zeros = library.zeros(math.prod(shape), dtype=entries.dtype)
        if kind == "jax":
            return zeros.at[indices.reshape(-1)].add(entries.reshape(-1)).reshape(shape)
        return zeros.index_add(0, library.as_tensor(indices).reshape(-1), entries.reshape(-1)).reshape(shape)

    return {"put": put, "scatter": scatter}


ARRAYS = read_asset(__package__, "arrays.txt")
HELPERS = re.findall(r"^def (\w+)", ARRAYS, re.MULTILINE)


def define(program: ArrayProgram, library: Any) -> Callable[..., Any]:
    """The text as a function for one library.

    Args:
        program: the recovered program.
        library: a module such as `numpy`, `jax.numpy` or `torch`.
    """
    functions = functions_of(library)
    kind = functions["xp"].kind
    names: dict[str, Any] = {"np": _Torch(library) if kind == "torch" else library}
    exec(ARRAYS, names)  # noqa: S102 (its own source)
    if kind != "numpy":
        names |= functions | _others(library, kind)
    names |= {name: functions[name] for name in ("erf", "erfc")} | program.tables
    exec(_inlined(program.source) if kind == "numpy" else program.source, names)  # noqa: S102 (its own source, of names made here)
    return names["program"]  # type: ignore[no-any-return]


def _compare(found: ArrayProgram, program: Program) -> str:
    """What differs from the scalar program at three draws of distinct random numbers; "" for nothing."""
    np: Any = import_module("numpy")
    chance = random.Random(21)
    function = define(found, np)
    finite = 0
    for low, high, near in ((-0.05, 0.05, 1.0), (0.3, 1.3, 0.0), (-1.5, 1.5, 0.0)):
        drawn = program.at({k: near * program.numbers[k] + chance.uniform(low, high) for k in program.leaves})
        numbers = np.array(drawn.numbers)
        with np.errstate(all="ignore"):
            value, slopes = function(*(numbers[each.places] for each in found.inputs))
        exact = np.array(drawn.differentiate())
        pairs = [(value, numbers[program.roots[0]])]
        pairs += [
            (slopes[each.name], np.where(_constants(program, each.places), slopes[each.name], exact[each.places]))
            for each in found.differentiated
        ]
        scale = max([1.0, *(float(abs(wanted[np.isfinite(wanted)]).max(initial=0.0)) for _, wanted in pairs[1:])])
        for has, wanted in pairs:
            size = (
                scale
                if wanted is not pairs[0][1]
                else max(1.0, abs(float(np.nan_to_num(wanted, posinf=0.0, neginf=0.0))))
            )
            if np.shape(has) != np.shape(wanted) or not np.allclose(
                has, wanted, rtol=CLOSE, atol=CLOSE * size, equal_nan=True
            ):
                return "its numbers differ from the scalar program's"
        finite += bool(np.isfinite(pairs[0][1]))
    return "" if finite else "no random numbers are in its domain, so that it can't be tested"


def _constants(program: Program, places: Any) -> Any:
    np: Any = import_module("numpy")
    return np.array([program.is_constant(int(k)) for k in places.reshape(-1)]).reshape(places.shape)


def _inlined(source: str) -> str:
    """The same function with what is read once written where it is read: its memory is free again sooner."""
    lines = source.splitlines()
    counts = Counter(re.findall(r"[^\W\d]\w*", source))
    for k in range(1, len(lines) - 1):
        name, _, expression = lines[k].strip().partition(" = ")
        if counts[name] == 2:
            use = next(at for at in range(k + 1, len(lines)) if re.search(rf"\b{name}\b", lines[at]))
            lines[use] = re.sub(rf"\b{name}\b", f"({expression})", lines[use])
            lines[k] = ""
    return "\n".join(filter(None, lines)) + "\n"


# ---------------------------------------------------------------- the result
class Matrices(Result):
    """A scalar graph as an array program, for the value and the gradients.

    Calling it runs it: `program(X=array)` with other arrays for its inputs,
    or, of a function, with the function's arguments. It prints its text.

    Attributes:
        inputs: the arrays it was recorded with, by their names.
        samples: "any number", or for how many it was recorded; "" where nothing is known of samples.
        note: what is not as wished, and why; "" for nothing.
        entries: for each node of the recorded graph the entry of an array that it became, such as "Z1[0, 2]".
    """

    def __init__(self, found: ArrayProgram, program: Program, samples: str = "", note: str = "") -> None:
        np: Any = import_module("numpy")
        self._found, self._program = found, program
        numbers = np.array(program.numbers)
        self.inputs: dict[str, Any] = {each.name: numbers[each.places] for each in found.inputs}
        self.samples: str = samples
        vectors = "no matrices were found: it is made of vectors of like operations" if found.plain else ""
        self.note: str = "; ".join(filter(None, (vectors, note)))
        self.entries: dict[Value, str] = {program.nodes[k]: name for k, name in found.rows.items()}
        self.arrange: Callable[[Sequence[Any]], dict[str, Any]] | None = None
        self._functions: dict[Any, Callable[..., Any]] = {}

    @property
    def source(self) -> str:
        """The text as a Python function; `np` is NumPy, jax.numpy or torch."""
        return self._found.source

    def function(self, library: Any = None) -> Callable[..., Any]:
        """The text as a function of arrays, which gives the value and a dict of gradients.

        Args:
            library: `numpy` unless given; or `jax.numpy`, `torch`.
        """
        library = library or import_module("numpy")
        if library not in self._functions:
            self._functions[library] = define(self._found, library)
        return self._functions[library]

    def __call__(self, *arguments: Any, **arrays: Any) -> tuple[Any, dict[str, Any]]:
        """The value and the gradients.

        Args:
            arguments: of the function it was made from.
            arrays: other arrays for its inputs, by their names.

        Returns:
            The value, and for each input that carries a gradient the gradient in its shape.

        Raises:
            TypeError: there is no such input, or another number of arguments.
        """
        if unknown := set(arrays) - set(self.inputs):
            raise TypeError(f"there is no array {unknown.pop()!r}; there are {', '.join(self.inputs)}")
        given = {**self.inputs, **self._read_captured(), **self._read(arguments), **arrays}
        library = library_of(given.values())
        numbers = [library.asarray(each) if type(each).__module__ == "numpy" else each for each in given.values()]
        return self.function(library)(*numbers)  # type: ignore[no-any-return]

    def _read_captured(self) -> dict[str, Any]:
        """The parameters as they are now."""
        np: Any = import_module("numpy")
        nodes = self._program.nodes
        return {
            each.name: np.array([nodes[int(k)].data for k in each.places.reshape(-1)]).reshape(each.places.shape)
            for each in self._found.differentiated
        }

    def _read(self, arguments: Sequence[Any]) -> dict[str, Any]:
        if not arguments:
            return {}
        if self.arrange is None:
            raise TypeError(f"it takes arrays by their names: {', '.join(self.inputs)}")
        return self.arrange(arguments)

    def gradients_by_node(self, gradients: Mapping[str, Any]) -> dict[Value, float]:
        """The gradients of a call for each Value that they are of.

        Args:
            gradients: what a call gave.
        """
        nodes = self._program.nodes
        found: dict[Value, float] = {}
        for each in self._found.differentiated:
            entries = gradients[each.name].reshape(-1)
            found |= {nodes[int(k)]: float(entry) for k, entry in zip(each.places.reshape(-1), entries, strict=True)}
        return found

    def text(self) -> str:
        """The statements of both passes, below what is to be said about them."""
        sizes = ", ".join(
            f"{name} {'×'.join(map(str, array.shape)) or 'number'}" for name, array in self.inputs.items()
        )
        lines = self.source.splitlines()[1:]
        said = [f"# {each}" for each in (f"for {self.samples} samples" if self.samples else "", self.note) if each]
        return "\n".join([*said, f"# given: {sizes}", *(line.strip() for line in lines[:-1])])

    def __str__(self) -> str:
        return self.text()

    def to_dict(self) -> dict[str, Any]:
        """Its source, its inputs' shapes, for how many samples it is, and what is to be said about it."""
        shapes = {name: list(array.shape) for name, array in self.inputs.items()}
        return {"source": self.source, "inputs": shapes, "samples": self.samples, "note": self.note}

    def export(self, library: str = "numpy") -> str:
        """A program that needs NumPy alone: the function with the numbers it was recorded with, and what it gives.

        Args:
            library: "numpy".

        Raises:
            ValueError: another library, for which there is `function`.
        """
        if library != "numpy":
            raise ValueError(f"library={library!r}: an array program is written for numpy; function({library}) runs it")
        given = {**self.inputs, **self._read_captured()}
        arrays = [f"{name} = np.array({array.tolist()!r})" for name, array in {**self._found.tables, **given}.items()]
        helpers = [each for each in ARRAYS.split("\n\n\n") if re.search(rf"\b{_name_of(each)}\(", self.source)]
        special = "from scipy.special import erf, erfc\n" if re.search(r"\berfc?\(", self.source) else ""
        parts = [*(each.strip() + "\n" for each in helpers), self.source]
        head = f"import numpy as np\n{special}\n\n" + "\n\n".join(parts)
        return "\n".join(
            [head, "", *arrays, f"value, gradients = program({', '.join(given)})", "print(value, gradients)", ""]
        )

    def to_latex(self) -> str:
        """Both passes typeset: a line of LaTeX for each statement."""
        return write_latex([line.strip() for line in self.source.splitlines()[1:-1]])

    def _formats(self) -> Formats:
        return {".py": self.export, ".tex": self.to_latex, **super()._formats()}


def _name_of(helper: str) -> str:
    return helper.strip().removeprefix("def ").partition("(")[0]


def matrices(function: Callable[..., Any] | Value, *arguments: Any, wrt: Any = None) -> Matrices:
    """The array program of a scalar graph: `Z1 = W1 @ X`, and backward `dW1 = dZ1 @ X.T`.

    Sums of products that share their factors are seen as products of
    matrices, like operations as operations of arrays. What was found is run at
    three draws of random numbers and compared with the scalar program before
    it is given. A function is recorded with two numbers of samples: where both
    give the same text, it runs on any number.

    Args:
        function: the end of a recorded graph; or a function that returns one, such as a loss of samples.
        arguments: for the function. Lists of the same length as the last one are taken as samples, except for
            those that are differentiated by.
        wrt: by which arguments it is differentiated, by name or place; those that hold Values unless given, and
            in any case Values from outside, such as the parameters of a network.

    Returns:
        A Matrices: it prints the text, runs it, and exports it.

    Raises:
        LanguageError: the graph can't be written with arrays, or a comparison chooses between branches.
        TypeError: the function returns no Value.

    Examples:
        >>> W = [[Value(0.1 * (i + j), label=f"w{j}") for j in range(2)] for i in range(3)]
        >>> def loss(X):
        ...     nets = [dot(row, x) for x in X for row in W]
        ...     return sum(net**2 for net in nets) / len(X)
        >>> print(matrices(loss, [[1.0, 2.0], [3.0, 4.0]]))
        # for any number of samples
        # given: W 3×2, X 2×2
        n = X.shape[1]
        Z1 = W @ X
        loss = (Z1**2).sum()/n
        dZ1 = (1.0/n)*(2.0*Z1)
        dW = dZ1 @ X.T
    """
    if isinstance(function, Value):
        program = Program.of(function)
        found = recover(program)
        return Matrices(found, program, _count_of(found))
    if not callable(function):
        raise TypeError(f"expected a function or a Value, got {type(function).__name__}: there is nothing to record")
    call = tracing.bind_arguments(function, arguments, {})
    by = _differentiated(call.arguments, wrt)
    samples = _samples(call.arguments, by)
    if not samples:
        recording = _record(function, call, by)
        return Matrices(recover(recording.program, recording.data), recording.program)
    return _generic(function, call, by, samples)


def _count_of(found: ArrayProgram) -> str:
    """For how many samples a graph was recorded: as many as columns of numbers go into its first product."""
    data = [each.places.shape[1] for each in found.inputs if not each.carries and each.places.ndim == 2]
    return str(data[0]) if data else ""


def _differentiated(arguments: Mapping[str, Any], wrt: Any) -> set[str]:
    """The names of the arguments that are differentiated by."""
    names = list(arguments)
    if wrt is None:
        return {name for name in names if any(isinstance(each, Value) for each in flatten(_listed(arguments[name]))[0])}
    keys = wrt if isinstance(wrt, (list, tuple)) else [wrt]
    found = {names[key] if isinstance(key, int) and key < len(names) else key for key in keys}
    require_known("wrt", found, names, TypeError)
    return found


def _listed(argument: Any) -> Any:
    return argument.tolist() if hasattr(argument, "tolist") else argument


def _samples(arguments: Mapping[str, Any], by: set[str]) -> list[str]:
    """The names of the arguments that are lists of samples."""
    lists = [name for name, each in arguments.items() if name not in by and isinstance(_listed(each), (list, tuple))]
    return [name for name in lists if len(arguments[name]) == len(arguments[lists[-1]])]


class Recording(NamedTuple):
    """A function that was recorded once.

    Attributes:
        program: what it recorded.
        data: the places of the numbers of arguments that aren't differentiated by.
        origin: for each place of an argument's number the argument, and which of its numbers it is.
    """

    program: Program
    data: set[int]
    origin: dict[int, tuple[str, int]]


def _record(
    function: Callable[..., Any], call: tracing.Call, by: set[str], samples: Sequence[str] = (), n: int = 0
) -> Recording:
    """Record a function, with another number of samples if there are some."""
    arguments = {name: _listed(each) for name, each in call.arguments.items()}
    for name in samples:
        arguments[name] = [each for each, _ in zip(itertools.cycle(arguments[name]), range(n))]
    traced = tracing.trace(function, call._replace(arguments=arguments))
    if not isinstance(traced.output, Value):
        raise TypeError(f"expected a function that returns a Value, got {type(traced.output).__name__}")
    if any(isinstance(side, Value) for _, *sides, _ in traced.decisions for side in sides):
        raise LanguageError("a comparison chooses a branch here, which other numbers may not take: use where()")
    program = Program.of(traced.output)
    origin, data = {}, set()
    for name, replaced in traced.arguments.items():
        for at, node in enumerate(flatten(replaced)[0]):
            if isinstance(node, Value) and node in program.places:
                origin[program.places[node]] = name, at
                data |= set() if name in by else {program.places[node]}
    return Recording(program, data, origin)


class Layout(NamedTuple):
    """How an input is read from an argument.

    Attributes:
        argument: its name.
        columns: which numbers of a sample, or of the whole argument.
        axis: which axis counts the samples; None for none.
    """

    argument: str
    columns: Any
    axis: int | None


def _layout(
    each: Input, recording: Recording, samples: Sequence[str], n: int, sizes: Mapping[str, int]
) -> Layout | None:
    """How an input is made from an argument with n samples; None if it can't be said."""
    np: Any = import_module("numpy")
    origins = [recording.origin.get(int(k)) for k in each.places.reshape(-1)]
    names = {origin[0] if origin else "" for origin in origins}
    if len(names) != 1 or (name := names.pop()) == "":
        return None
    at = np.array([origin[1] for origin in origins if origin]).reshape(each.places.shape)
    if name not in samples:
        return Layout(name, at, None)
    width = sizes[name] // n
    sample, column = np.divmod(at, width)
    for axis in range(at.ndim):
        counts = np.arange(n).reshape([-1 if k == axis else 1 for k in range(at.ndim)])
        if at.shape[axis] == n and (sample == counts).all() and (column == np.take(column, [0], axis)).all():
            return Layout(name, np.take(column, 0, axis), axis)
    return None


def _generic(function: Callable[..., Any], call: tracing.Call, by: set[str], samples: list[str]) -> Matrices:
    """The program for any number of samples; or for those that were given, and why."""
    given = _record(function, call, by)
    try:
        result = _merge_recordings(function, call, by, samples)
        _require_same(result, given)
    except (LanguageError, ValueError, LookupError) as error:
        count = str(len(call.arguments[samples[0]]))
        note = f"another number of samples would need another text: {error}"
        return Matrices(recover(given.program, given.data), given.program, count, note)
    return result


def _merge_recordings(function: Callable[..., Any], call: tracing.Call, by: set[str], samples: list[str]) -> Matrices:
    """The one text of two numbers of samples.

    Raises:
        LanguageError: there are two.
    """
    recordings = [_record(function, call, by, samples, n) for n in SIZES]
    programs = [recover(each.program, each.data) for each in recordings]
    layouts = [
        [_layout(each, recording, samples, n, _sizes(call, samples, n)) for each in program.inputs]
        for recording, program, n in zip(recordings, programs, SIZES, strict=True)
    ]
    lines = _merge(*programs)
    _require_alike(layouts, recordings, programs)
    body, outputs = lines[: len(programs[0].body)], lines[len(programs[0].body) :]
    found = programs[0]._replace(body=[*_count_samples(programs[0], layouts[0]), *body], outputs=outputs)
    result = Matrices(found, recordings[0].program, "any number of")
    result.arrange = functools.partial(_arrange, layouts[0], found, list(call.arguments), samples)
    result.inputs |= result.arrange(list(call.arguments.values()))
    return result


def _require_same(result: Matrices, given: Recording) -> None:
    """The text for any number of samples must give what the function gives for those that it got."""
    value, gradients = result(**result.inputs)
    pairs = [(value, given.program.numbers[given.program.roots[0]])]
    exact, places = given.program.differentiate(), given.program.places
    pairs += [
        (slope, exact[places[node]]) for node, slope in result.gradients_by_node(gradients).items() if node in places
    ]
    for has, wanted in pairs:
        if wanted == wanted and not math.isclose(has, wanted, rel_tol=1e-9, abs_tol=1e-9):
            raise LanguageError(f"recorded with {SIZES[0]} and {SIZES[1]} samples, it gives {has} for {wanted}")


def _sizes(call: tracing.Call, samples: Sequence[str], n: int) -> dict[str, int]:
    """How many numbers each argument with samples has, of n samples."""
    return {name: n * len(flatten(_listed(call.arguments[name])[0])[0]) for name in samples}


def _merge(first: ArrayProgram, second: ArrayProgram) -> list[str]:
    """The statements and outputs of two programs as one, in which what follows the number of samples is `n`.

    Raises:
        LanguageError: they differ otherwise.
    """
    texts = [[*each.body, *each.outputs] for each in (first, second)]
    tables = [{name: table.tolist() for name, table in each.tables.items()} for each in (first, second)]
    if [NUMBER.sub("", each) for each in texts[0]] != [NUMBER.sub("", each) for each in texts[1]]:
        one, other = next(
            pair for pair in zip(*texts, strict=False) if NUMBER.sub("", pair[0]) != NUMBER.sub("", pair[1])
        )
        raise LanguageError(f"{one} becomes {other}")
    if tables[0] != tables[1]:
        raise LanguageError("it picks entries by indices that differ")
    return [_merge_numbers(one, other) for one, other in zip(*texts, strict=True)]


def _merge_numbers(one: str, other: str) -> str:
    """A line of both texts, with `n` in place of what follows the number of samples."""
    others = iter(NUMBER.findall(other))
    return NUMBER.sub(lambda match: _in_samples(match[0], next(others)), one)


def _in_samples(one: str, other: str) -> str:
    """A number that follows the number of samples: n, c·n, c/n or c/(n - 1) with a constant c, or n and a constant.

    Raises:
        LanguageError: it follows otherwise.
    """
    if one == other:
        return one
    a, b = float(one), float(other)
    if a.is_integer() and b - a == SIZES[1] - SIZES[0]:
        more = int(a) - SIZES[0]
        return f"(n {'-' if more < 0 else '+'} {abs(more)})" if more else "n"
    for size, counts in (("n", SIZES), ("(n - 1)", [each - 1 for each in SIZES])):
        for sign, c, d in (("*", a / counts[0], b / counts[1]), ("/", a * counts[0], b * counts[1])):
            whole = "." not in one
            if math.isclose(c, d, rel_tol=1e-14) and not (whole and (sign == "/" or c % 1)):
                near = float(Fraction(c).limit_denominator(1000))
                exact = near if math.isclose(near, c, rel_tol=1e-14) else c
                return f"({int(c) if whole else exact}{sign}{size})"
    raise LanguageError(f"{one} of {SIZES[0]} samples is {other} of {SIZES[1]}")


def _require_alike(
    layouts: Sequence[Sequence[Layout | None]], recordings: Sequence[Recording], programs: Sequence[ArrayProgram]
) -> None:
    """Both programs must take the same arrays in the same way."""
    for one, other, first, second in zip(*layouts, programs[0].inputs, programs[1].inputs, strict=True):
        if one and other:
            same = one[::2] == other[::2] and one.columns.tolist() == other.columns.tolist()
        else:
            same = one is other and _leaves(recordings[0], first) == _leaves(recordings[1], second)
        if not same:
            raise LanguageError(f"the array {first.name} is made otherwise")


def _leaves(recording: Recording, each: Input) -> list[Any]:
    """What an input is made of that isn't an argument: nodes from outside, and plain numbers."""
    nodes = [recording.program.nodes[int(k)] for k in each.places.reshape(-1)]
    if any(int(k) in recording.origin for k in each.places.reshape(-1)):
        raise LanguageError(f"the array {each.name} mixes samples with others")
    return [each.places.shape, *(node.data if node.is_constant else node for node in nodes)]


def _count_samples(program: ArrayProgram, layouts: Sequence[Layout | None]) -> list[str]:
    """The statement that counts the samples."""
    for each, layout in zip(program.inputs, layouts, strict=True):
        if layout and layout.axis is not None:
            return [f"n = {each.name}.shape[{layout.axis}]"]
    raise LanguageError("no array counts the samples")


def _arrange(
    layouts: Sequence[Layout | None],
    found: ArrayProgram,
    names: list[str],
    samples: Sequence[str],
    arguments: Sequence[Any],
) -> dict[str, Any]:
    """The function's arguments as the arrays that the text takes."""
    np: Any = import_module("numpy")
    read = dict.fromkeys(layout.argument for layout in layouts if layout)
    given = dict(zip(names, arguments, strict=False))
    if len(arguments) > len(names) or read.keys() - given:
        raise TypeError(f"it takes {len(read)} arguments: {', '.join(read)}; it got {len(arguments)}")
    arrays = {name: _as_array(np, given[name]) for name in read}
    counts = {name: len(arrays[name]) for name in samples if name in arrays}
    if len(set(counts.values())) > 1:
        raise ValueError(f"the numbers of samples differ: {', '.join(f'{k} has {n}' for k, n in counts.items())}")
    return {
        each.name: _read_layout(arrays[layout.argument], layout)
        for each, layout in zip(found.inputs, layouts, strict=True)
        if layout
    }


def _as_array(np: Any, argument: Any) -> Any:
    """Nested lists of numbers and Values as an array of floats."""
    if hasattr(argument, "dtype") and argument.dtype != object:
        return argument
    numbers, _ = flatten(_listed(argument))
    shape = () if isinstance(argument, Mapping) else np.shape(np.array(_listed(argument), dtype=object))
    found = np.array([each.data if isinstance(each, Value) else each for each in numbers], dtype=float)
    return found.reshape(shape) if shape else found


def _read_layout(array: Any, layout: Layout) -> Any:
    """An input from its argument."""
    if layout.axis is None:
        return array.reshape(-1)[layout.columns]
    found = array.reshape(len(array), -1)[:, layout.columns]
    return found if layout.axis == 0 else found.T


def compile_matrices(traced: tracing.Trace, by: Sequence[Value], name: str) -> tuple[str, Callable[..., Any]]:
    """A recorded call for the target "matrix": its text, and what runs on all its numbers in a row.

    Args:
        traced: the call.
        by: the leaves that it is differentiated by.
        name: of the function.
    """
    np: Any = import_module("numpy")
    leaves = [*traced.inputs, *traced.captured]
    program = Program.of(traced.output)
    at = {program.places[node]: k for k, node in enumerate(leaves) if node in program.places}
    wanted = set(by)
    found = recover(program, {k for k in at if program.nodes[k] not in wanted})
    function = define(found, np)
    numbers = np.array(program.numbers)

    def run(given: Sequence[float]) -> list[Any]:
        for k, place in at.items():
            numbers[k] = given[place]
        with np.errstate(all="ignore"):
            value, slopes = function(*(numbers[each.places] for each in found.inputs))
        flat = np.zeros(len(numbers))
        for each in found.differentiated:
            flat[each.places] = slopes[each.name]
        return [float(value), *(float(flat[program.places[node]]) if node in program.places else 0.0 for node in by)]

    return found.source.replace("def program(", f"def {name}(", 1), run
