"""Like rows of a scalar program as arrays: rows times columns of dot products are `W @ X`, the others are elementwise.

A block is an array of a program's places together with the line that computes
it. Groups of like rows are read one after the other; what they take from
earlier blocks is a *view*: the block itself, its transpose, a slice, a row
spread over others, or else picked by a table of indices.
"""

from __future__ import annotations

import functools
import math
import operator
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import Any

from ..formulas.dialects import ARRAY
from ..formulas.listing import Line, Listing, reads
from ..primitives import PRIMITIVES, Gated, Primitive
from ..program import Program

Shape = tuple[int, ...]
Pull = Callable[[Any], Any]  # from what reaches a line to what reaches its operand
FORMS = {name: form.replace("xp.", "np.") for name, form in ARRAY.forms.items()} | {
    "squared": "({0})**2",
    "relu": "np.maximum({0}, 0.0)",
    "sigmoid": "(1.0/(1.0 + np.exp(-({0}))))",
    "step": "step({0})",
    "softplus": "softplus({0})",
}
SLOPES: dict[str, Callable[[Any, Any], Any]] = {  # as people write them, where the table's are exact in the tails too
    "tanh": lambda y, x: 1.0 - _square(y),
    "sigmoid": lambda y, x: y * (1.0 - y),
    "relu": lambda y, x: x.read_primitive(PRIMITIVES["step"], (x,)),
}
MATMUL = "({0} @ {1})"


def _square(x: Line) -> Any:
    return x.read_primitive(PRIMITIVES["squared"], (x,))


class ArrayListing(Listing):
    """A listing over arrays: each line has a shape, and operations of arrays carry how a gradient flows back."""

    def __init__(self) -> None:
        super().__init__([*ARRAY.spelled, *FORMS])
        self.forms: dict[str, str] = dict(FORMS)
        self.shapes: dict[int, Shape] = {}
        self.pulls: dict[int, list[Pull]] = {}
        self.tables: dict[str, Any] = {}
        self._thin: set[int] = set()  # lines that are spread over their shape only where they meet a full one

    def add(self, entry: Primitive, arguments: Sequence[Any]) -> Any:
        """A line that is computed elementwise has the shape of its operands."""
        line = super().add(entry, arguments)
        if isinstance(line, Line) and line.place not in self.shapes:
            shapes = [self.shapes[each.place] for each in arguments if isinstance(each, Line)]
            self.shapes[line.place] = max(shapes, key=len)
            if all(
                each.place in self._thin or not self.shapes[each.place] for each in arguments if isinstance(each, Line)
            ):
                self._thin.add(line.place)
        return line

    def given(self, label: str, shape: Shape) -> Line:
        """An array that is given."""
        line = self.input(label)
        self.shapes[line.place] = shape
        return line

    def apply(self, form: str, operands: Sequence[Line], shape: Shape, *pulls: Pull) -> Line:
        """An operation of arrays: a template of its operands, and for each how a gradient flows back."""
        name = f"{form} {shape}"
        self.forms[name] = form
        self._spelled |= {name}
        line = super().add(Primitive(name, _never, (), ()), [self.solid(each) for each in operands])
        self.shapes[line.place] = shape
        self.pulls.setdefault(line.place, list(pulls))
        return line  # type: ignore[no-any-return]

    def solid(self, line: Line) -> Line:
        """A line with all entries of its shape."""
        if line.place not in self._thin or not self.shape(line):
            return line
        self._thin.discard(line.place)
        whole = self.apply(f"np.broadcast_to({{0}}, {self.shape(line)})", [line], self.shape(line), lambda u: u)
        self._thin.add(line.place)
        return whole

    def _spread_out(self, form: str, a: Line, shape: Shape, pull: Pull) -> Line:
        line = self.apply(form, [a], shape, pull)
        self._thin.add(line.place)
        return line

    def shape(self, line: Line) -> Shape:
        """The shape of a line."""
        return self.shapes[line.place]

    def number(self, number: float) -> Line:
        """A plain number as a line."""
        line = Line(self, self.place(number))
        self.shapes[line.place] = ()
        return line

    # ------------------------------------------------------------ operations of arrays
    def matmul(self, a: Line, b: Line) -> Line:
        """The matrix product, and dA = dC @ B.T, dB = A.T @ dC."""
        shape = self.shape(a)[0], self.shape(b)[1]
        flows = (
            (lambda u: self.matmul(self.sized(u, shape), self.transpose(b))),
            (lambda u: self.matmul(self.transpose(a), self.sized(u, shape))),
        )
        return self.apply(MATMUL, [a, b], shape, *flows)

    def transpose(self, a: Any) -> Any:
        """Rows as columns; twice is nothing."""
        if not isinstance(a, Line):
            return a
        if self._form(a) == "({0}).T":
            return Line(self, self._rows[a.place][1][0])
        if self._form(a) == MATMUL:
            first, second = (Line(self, place) for place in self._rows[a.place][1])
            return self.matmul(self.transpose(second), self.transpose(first))
        return self.apply("({0}).T", [a], self.shape(a)[::-1], self.transpose)

    def _form(self, line: Line) -> str:
        primitive = self._rows[line.place][0]
        return self.forms.get(primitive.name, "") if primitive else ""

    def sized(self, u: Any, shape: Shape) -> Line:
        """A gradient that is one number for all entries, as an array of them."""
        if isinstance(u, Line) and self.shape(u) == shape:
            return u
        if isinstance(u, Line):
            return self.apply(f"np.broadcast_to({{0}}, {shape})", [u], shape)
        return self.apply(f"np.full({shape}, {{0}})", [self.number(u)], shape)

    def total(self, a: Line) -> Line:
        """The sum of all entries."""
        return self.apply("({0}).sum()", [a], (), lambda u: u)

    def sum_rows(self, a: Line) -> Line:
        """The sum along each row."""
        shape = self.shape(a)
        return self.apply("({0}).sum(axis=1)", [a], shape[:1], lambda u: self._spread(u, shape))

    def _spread(self, u: Any, shape: Shape) -> Any:
        return self.column(u, shape) if isinstance(u, Line) and self.shape(u) else u

    def sum_columns(self, a: Line) -> Line:
        """The sum along each column."""
        shape = self.shape(a)
        return self.apply(
            "({0}).sum(axis=0)", [a], shape[1:], lambda u: self.row(u, shape) if isinstance(u, Line) else u
        )

    def column(self, a: Line, shape: Shape) -> Line:
        """A column spread over the columns of a matrix."""
        return self._spread_out("({0})[:, None]", a, shape, lambda u: self.sum_rows(self.sized(u, shape)))

    def row(self, a: Line, shape: Shape) -> Line:
        """A row spread over the rows of a matrix."""
        return self._spread_out("({0})[None, :]", a, shape, lambda u: self.sum_columns(self.sized(u, shape)))

    def everywhere(self, a: Line, shape: Shape) -> Line:
        """One number spread over an array."""
        if not shape:
            return a
        return self._spread_out("({0})", a, shape, lambda u: self.total(self.sized(u, shape)))

    def reshape(self, a: Line, shape: Shape) -> Line:
        """The same entries in the same order."""
        before = self.shape(a)
        return self.apply(f"({{0}}).reshape({shape})", [a], shape, lambda u: self.reshape(self.sized(u, shape), before))

    def cut(self, a: Line, where: str, shape: Shape) -> Line:
        """A slice; its gradient is put among zeros."""
        before = self.shape(a)
        put = f"put({{0}}, {before}, np.s_[{where}])"
        return self.apply(f"({{0}})[{where}]", [a], shape, lambda u: self.apply(put, [self.sized(u, shape)], before))

    def take(self, a: Line, indices: Any) -> Line:
        """Entries by their numbers; their gradients are added up where they come from."""
        before, table = self.shape(a), self._table(indices)
        put = f"scatter({{0}}, {table}, {before})"
        return self.apply(
            f"({{0}}).reshape(-1)[{table}]",
            [a],
            indices.shape,
            lambda u: self.apply(put, [self.sized(u, indices.shape)], before),
        )

    def _table(self, indices: Any) -> str:
        for name, known in self.tables.items():
            if known.shape == indices.shape and (known == indices).all():
                return name
        name = f"I{len(self.tables) + 1}"
        self.tables[name] = indices
        return name

    def join(self, parts: Sequence[Line]) -> Line:
        """Several arrays as one long one."""
        sizes = [math.prod(self.shape(part)) for part in parts]
        starts = [sum(sizes[:k]) for k in range(len(parts))]
        inside = ", ".join(f"({{{k}}}).reshape(-1)" for k in range(len(parts)))

        def part(k: int) -> Pull:
            shape = self.shape(parts[k])
            form = f"({{0}})[{starts[k]}:{starts[k] + sizes[k]}].reshape({shape})"
            return lambda u: self.apply(form, [self.sized(u, (sum(sizes),))], shape)

        return self.apply(f"np.concatenate([{inside}])", parts, (sum(sizes),), *map(part, range(len(parts))))

    def softmax(self, a: Line) -> Line:
        """Softmax of each row."""
        shape = self.shape(a)

        def flow(u: Any) -> Any:
            shared: Any = self.column(self.sum_rows(self.sized(u * line, shape)), shape)
            return line * (u - shared)

        line = self.apply("softmax({0})", [a], shape, flow)
        return line

    def logsumexp(self, a: Line) -> Line:
        """The logarithm of the sum of exponentials of each row."""
        shape = self.shape(a)
        return self.apply("logsumexp({0})", [a], shape[:1], lambda u: self._spread(u, shape) * self.softmax(a))

    # ------------------------------------------------------------ backward
    def differentiate(self, out: Line, wanted: Iterable[Line]) -> dict[int, Any]:
        """The gradients of the sum of a line's entries: what reaches each place from there.

        Args:
            out: the loss.
            wanted: the arrays it is differentiated by.
        """
        self.outputs = [out]
        program = self.program
        found: list[Any] = [Line(self, k) for k in range(len(program))]
        for k, primitive in enumerate(program.primitives):
            if not program.operands[k] and primitive is not None:
                found[k] = program.numbers[k]
        carrying = program.depending([line.place for line in wanted])
        wants = [[carrying[o] for o in row] for row in program.operands]
        partials = [
            self._partials(k, row, want, program, found)
            for k, (row, want) in enumerate(zip(program.operands, wants, strict=True))
        ]
        labels = self.labels

        def plus(a: Any, b: Any) -> Any:
            return a + b

        def times(u: Any, slope: Any) -> Any:
            return slope(u) if callable(slope) else _gate(self, u, slope) if isinstance(slope, Gated) else u * slope

        flowing = program.backward(partials, plus, times, {out.place: 1.0})
        for k, each in enumerate(flowing):
            if isinstance(each, Line) and labels[k] and not each.label and carrying[k]:
                each.label = f"d{labels[k]}"
        return {k: each for k, each in enumerate(flowing) if each is not None}

    def _partials(
        self, k: int, row: Sequence[int], wants: Sequence[bool], program: Program, found: Sequence[Any]
    ) -> list[Any]:
        if not any(wants):
            return [None] * len(row)
        entry: Any = program.primitives[k]
        if k in self.pulls:
            return [pull if want else None for pull, want in zip(self.pulls[k], wants, strict=True)]
        if entry.name in SLOPES:
            return [SLOPES[entry.name](found[k], found[row[0]])]
        return entry.partials(found[k], [found[o] for o in row], wants)  # type: ignore[no-any-return]


def _never(_: Any) -> float:
    raise TypeError("an operation of arrays has no float")


def _gate(listing: ArrayListing, u: Any, gated: Gated) -> Any:
    """What flows through a condition: nothing, not even nan, where it doesn't hold."""
    if not isinstance(gated.condition, Line):
        return u * gated.slope if gated.condition else None
    return listing.add(PRIMITIVES["where"], [gated.condition, u * gated.slope, 0.0])


class Blocks:
    """A program read as arrays.

    Args:
        program: with its chains read as dots and sums.
        plain: whether groups stay vectors, where matrices can't be found.
        is_data: for each place of a leaf whether it belongs to the data, and is not differentiated by.
    """

    def __init__(self, program: Program, plain: bool = False, is_data: Callable[[int], bool] = lambda _: False) -> None:
        self.np: Any = import_module("numpy")
        self.program, self.plain, self.is_data = program, plain, is_data
        self.listing = ArrayListing()
        self.home: dict[int, tuple[int, int]] = {}  # of a place: its block, and where it stands there
        self.blocks: list[tuple[Line, Any]] = []
        self.inputs: list[tuple[Line, Any]] = []
        self._constants: dict[Any, Line] = {}
        for name, rows in self._groups():
            if name == "dot":
                self._dots(rows)
            elif name in ("share", "surprise") and not plain:
                self._softmax(name, rows)
            elif name in ("sum", "mean", "logsumexp"):
                self._folds(name, rows)
            else:
                self._elementwise(name, rows)
        root = self.view(self.np.array(program.roots[0]))
        self.out: Line = root if isinstance(root, Line) else self.listing.number(root)

    def _groups(self) -> list[tuple[str, list[int]]]:
        """Like rows of one level; what is computed of leaves alone comes as late as it can, after what claims them."""
        program = self.program
        needed = reads(program)
        level: list[int] = program.forward(lambda _, below: 1 + max(below) if below else 0)
        lowered: set[int] = set()
        claims_late = program.forward(
            lambda k, below: bool(below) and all(below) and not self._claims(k), self._leaves_light()
        )
        late = dict(enumerate(level))
        for k in range(len(program) - 1, -1, -1):
            for o in program.operands[k]:
                if claims_late[o] and program.operands[o] and needed[k] is not None:
                    late[o] = late[k] - 1 if o not in lowered else min(late[o], late[k] - 1)
                    lowered.add(o)
        groups: dict[tuple[Any, ...], list[int]] = defaultdict(list)
        for k, primitive in enumerate(program.primitives):
            if needed[k] is not None and program.operands[k] and primitive:
                groups[late[k], primitive.name, len(program.operands[k])].append(k)
        order = sorted(groups, key=lambda key: (key[0], key[1] != "dot", key[1], key[2]))
        return [(key[1], groups[key]) for key in order]

    def _leaves_light(self) -> dict[int, bool]:
        return {k: True for k, row in enumerate(self.program.operands) if not row}

    def _claims(self, k: int) -> bool:
        """Whether a row tells the shape of its leaves: a dot of two rows does, one of weights by themselves not."""
        row = self.program.operands[k]
        return self.program.primitives[k] is PRIMITIVES["dot"] and row[: len(row) // 2] != row[len(row) // 2 :]

    # ------------------------------------------------------------ views
    def _is_constant(self, k: int) -> bool:
        return self.program.is_constant(k)

    def view(self, places: Any) -> Any:
        """The line for an array of places; a plain number where all are that."""
        np = self.np
        flat = places.reshape(-1)
        if all(self._is_constant(int(k)) for k in flat):
            return self._constant(places)
        if flat.size > 1 and (flat == flat[0]).all():
            return self.listing.everywhere(self._entry(int(flat[0])), places.shape)
        if places.ndim == 2 and places.shape[1] > 1 and (places == places[:, :1]).all():
            return self._spread(places[:, 0], self.listing.column, places.shape)
        if places.ndim == 2 and places.shape[0] > 1 and (places == places[:1]).all():
            return self._spread(places[0], self.listing.row, places.shape)
        homes = {self.home[k][0] if k in self.home else -1 for k in map(int, flat)}
        if homes == {-1}:
            return self._leaf(places)
        if len(homes) > 1 or -1 in homes:
            return self._join(places)
        line, block = self.blocks[homes.pop()]
        at = np.array([self.home[int(k)][1] for k in flat]).reshape(places.shape)
        return self._part(line, block.shape, at)

    def _spread(self, places: Any, spread: Callable[[Line, Shape], Line], shape: Shape) -> Any:
        line = self.view(places)
        return spread(line, shape) if isinstance(line, Line) else line

    def _entry(self, k: int) -> Line:
        return self.view(self.np.array(k))  # type: ignore[no-any-return]

    def _constant(self, places: Any) -> Any:
        numbers = self.np.array([self.program.numbers[int(k)] for k in places.reshape(-1)])
        if not numbers.size or len({repr(float(each)) for each in numbers}) == 1:
            return float(numbers[0])
        key = places.shape, places.tobytes()
        if key not in self._constants:
            flipped = self._constants.get((places.T.shape, places.T.tobytes()))
            if flipped is not None:
                return self.listing.transpose(flipped)
            self._constants[key] = self._input(places)
        return self._constants[key]

    def _input(self, places: Any) -> Line:
        line = self.listing.given(self._name(places), places.shape)
        self.inputs.append((line, places))
        return line

    def _leaf(self, places: Any) -> Any:
        """An array of leaves that nothing claimed before."""
        flat = [int(k) for k in places.reshape(-1)]
        distinct = list(dict.fromkeys(flat))
        if len(distinct) < len(flat):
            self._leaf(self.np.array(distinct))
            return self.view(places)
        line = self._input(places)
        self.place(line, places)
        return line

    def place(self, line: Line, places: Any) -> None:
        """Remember where places are; -1 for an entry that is none."""
        self.blocks.append((line, places))
        for at, k in enumerate(map(int, places.reshape(-1))):
            if k >= 0:
                self.home.setdefault(k, (len(self.blocks) - 1, at))

    def _part(self, line: Line, shape: Shape, at: Any) -> Line:
        """A part of a block: where its entries stand there."""
        np, listing = self.np, self.listing
        whole = np.arange(math.prod(shape)).reshape(shape)
        if at.shape == shape and (at == whole).all():
            return line
        if at.ndim == 2 and at.shape == whole.T.shape and (at == whole.T).all():
            return listing.transpose(line)  # type: ignore[no-any-return]
        if at.size == whole.size and (at.reshape(-1) == whole.reshape(-1)).all():
            return listing.reshape(line, at.shape)
        if at.ndim == 2 and at.size == whole.size and (at.T.reshape(-1) == whole.reshape(-1)).all():
            return listing.transpose(listing.reshape(line, at.T.shape))  # type: ignore[no-any-return]
        if at.ndim == 0:
            index = np.unravel_index(int(at), shape)
            return listing.cut(line, ", ".join(map(str, map(int, index))), ()) if shape else line
        for turned in (False, True):
            cut = _slice(at.T if turned else at, shape)
            if cut:
                part = listing.cut(line, cut, (at.T if turned else at).shape)
                return listing.transpose(part) if turned and at.ndim == 2 else part
        return listing.take(line, at)

    def _join(self, places: Any) -> Line:
        """Places of several blocks: these one after the other, and the entries picked from there."""
        np = self.np
        ids = list(dict.fromkeys(map(int, places.reshape(-1))))
        loose = [k for k in ids if k not in self.home]
        if loose:
            self.place(self._input(np.array(loose)), np.array(loose))
        homes = sorted({self.home[k][0] for k in ids})
        starts, size = {}, 0
        for home in homes:
            starts[home], size = size, size + self.blocks[home][1].size
        line = self.listing.join([self.blocks[home][0] for home in homes])
        at = np.array([starts[self.home[int(k)][0]] + self.home[int(k)][1] for k in places.reshape(-1)])
        return self._part(line, (size,), at.reshape(places.shape))

    def _name(self, places: Any) -> str:
        """What an array of leaves is called: by the label that its leaves share, and the layer's number."""
        tags = [self.program.tags[int(k)] for k in places.reshape(-1)]
        label = _shared_label([tag.label for tag in tags])
        shared = [parts[0] for parts in zip(*(tag.scope for tag in tags), strict=False) if len(set(parts)) == 1]
        digits = re.findall(r"\d+", " ".join(shared))
        if not label:
            data = all(self._is_constant(int(k)) or self.is_data(int(k)) for k in places.reshape(-1))
            label = "xX"[places.ndim == 2] if data else "bW"[places.ndim == 2]
        matrix = places.ndim == 2 and re.fullmatch(r"[a-z]\d*", label)
        return (label.upper() if matrix else label) + "".join(digits[:1])

    # ------------------------------------------------------------ groups
    def _dots(self, rows: Sequence[int]) -> None:
        """Dot products: a matrix product where each of some rows meets each of some others."""
        pairs = [(k, *self._factors(k)) for k in rows]
        lonely = []
        for part in [] if self.plain else _components(pairs):
            if not self._matmul(part):
                lonely += part
        if self.plain or lonely:
            self._lonely_dots(pairs if self.plain else lonely)

    def _factors(self, k: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The two rows of a dot product; the one of parameters comes first."""
        row = self.program.operands[k]
        first, second = row[: len(row) // 2], row[len(row) // 2 :]
        return (second, first) if self._weight(second) > self._weight(first) else (first, second)

    def _weight(self, row: Iterable[int]) -> int:
        """How many places of a row are parameters."""
        return sum(not self.program.operands[k] and not self._is_constant(k) and not self.is_data(k) for k in row)

    def _matmul(self, pairs: Sequence[tuple[int, tuple[int, ...], tuple[int, ...]]]) -> bool:
        """One matrix product, if enough of its entries are needed."""
        np = self.np
        left = {row: i for i, row in enumerate(dict.fromkeys(a for _, a, _ in pairs))}
        right = {row: i for i, row in enumerate(dict.fromkeys(b for *_, b in pairs))}
        if len(left) * len(right) == 1 or len(pairs) < 0.4 * len(left) * len(right):
            return False
        grid, twins = np.full((len(left), len(right)), -1), {}
        for k, a, b in pairs:
            at = left[a], right[b]
            if grid[at] >= 0:
                twins[k] = int(grid[at])
            else:
                grid[at] = k
        first, second = self.view(np.array([*left])), self.view(np.array([*right]).T)
        if not (isinstance(first, Line) and isinstance(second, Line)):
            return False
        line = self.listing.matmul(first, second)
        self._label(line, "Z")
        self.place(line, grid)
        self.home |= {k: self.home[twin] for k, twin in twins.items()}
        return True

    def _label(self, line: Line, letter: str) -> None:
        if not line.label:
            line.label = (
                f"{letter}{1 + sum(bool(re.fullmatch(letter + r'[0-9]+', each)) for each in self.listing.labels)}"
            )

    def _lonely_dots(self, pairs: Sequence[tuple[int, tuple[int, ...], tuple[int, ...]]]) -> None:
        rows = [k for k, *_ in pairs]
        if len(rows) == 1:
            pieces = self._pieces([*zip(*pairs[0][1:], strict=True)])
            self._place_total([(count, _product(*views)) for count, views in pieces], rows[0])
        else:
            first, second = (self.view(self.np.array([pair[side] for pair in pairs])) for side in (1, 2))
            self._summed(_product(first, second), rows, len(pairs[0][1]))

    def _pieces(self, terms: Sequence[tuple[int, ...]]) -> list[tuple[int, list[Any]]]:
        """How many terms of a sum, and their operands, block by block: a part that is a whole block has its shape."""
        parts: dict[tuple[Any, ...], list[tuple[int, ...]]] = defaultdict(list)
        for term in terms:
            parts[tuple(map(self._whereabouts, term))].append(term)
        found = []
        for whereabouts, part in parts.items():
            columns = [[*column] for column in zip(*part, strict=True)]
            home = next((at for at in whereabouts if isinstance(at, int) and not self.plain), None)
            block = None if home is None else self.blocks[home][1]
            lead = whereabouts.index(home) if home is not None else 0
            by = dict(zip(columns[lead], part, strict=True))
            if (
                block is not None
                and len(by) == len(part) == block.size
                and all(int(k) in by for k in block.reshape(-1))
            ):
                order = [by[int(k)] for k in block.reshape(-1)]
                columns, shape = [[*column] for column in zip(*order, strict=True)], block.shape
            else:
                shape = (len(part),)
            found.append((len(part), [self.view(self.np.array(column).reshape(shape)) for column in columns]))
        return found

    def _place_total(self, pieces: Sequence[tuple[int, Any]], row: int) -> None:
        """Place the sum of all entries of some arrays; of a plain number as often as it is there."""
        totals = [self.listing.total(each) if isinstance(each, Line) else each * count for count, each in pieces]
        whole = functools.reduce(operator.add, totals)
        self.place(whole if isinstance(whole, Line) else self.listing.number(whole), self.np.array(row))

    def _summed(self, terms: Any, rows: Sequence[int], count: int) -> None:
        """Place the sums of rows of terms."""
        shape = len(rows), count
        line = self.listing.sum_rows(terms if isinstance(terms, Line) else self.listing.sized(terms, shape))
        self.place(line, self.np.array(rows))

    def _folds(self, name: str, rows: Sequence[int]) -> None:
        """Sums, means and logarithms of sums of exponentials, along the rows of a matrix."""
        operands = [self.program.operands[k] for k in rows]
        count = len(operands[0])
        if name == "sum" and len(rows) > 1 and all(len(set(each)) > 1 for each in self._by_whereabouts(rows)):
            self._elementwise(name, rows)  # terms of several blocks: they are added up entry by entry
            return
        if name == "logsumexp":
            terms = self.view(self.np.array(operands))
            terms = terms if isinstance(terms, Line) else self.listing.sized(terms, (len(rows), count))
            self.place(self.listing.logsumexp(terms), self.np.array(rows))
            return
        factor = 1.0 if name == "sum" else 1.0 / count
        if len(rows) == 1:
            pieces = self._pieces([(k,) for k in operands[0]])
            self._place_total([(count, piece * factor) for count, (piece,) in pieces], rows[0])
        else:
            self._summed(self.view(self.np.array(operands)) * factor, rows, count)

    def _softmax(self, name: str, rows: Sequence[int]) -> None:
        """Numbers of a softmax, or the logarithms of these: those of equal logits are one row."""
        np = self.np
        order: dict[frozenset[int], tuple[int, ...]] = {}
        for k in rows:
            order.setdefault(frozenset(self.program.operands[k]), self.program.operands[k])
        if any(len(key) < len(row) for key, row in order.items()):
            self._elementwise(name, rows)
            return
        logits = np.array([sorted(key) for key in order])
        at = {key: {k: j for j, k in enumerate(row)} for key, row in zip(order, map(list, logits), strict=True)}
        where = {key: i for i, key in enumerate(order)}
        grid, twins = np.full(logits.shape, -1), {}
        for k in rows:
            key = frozenset(self.program.operands[k])
            entry = where[key], at[key][self.program.operands[k][0]]
            if grid[entry] >= 0:
                twins[k] = int(grid[entry])
            else:
                grid[entry] = k
        terms = self.view(logits)
        listing = self.listing
        if name == "share":
            line = listing.softmax(terms)
            self._label(line, "P")
        else:
            line = operator.sub(listing.column(listing.logsumexp(terms), grid.shape), terms)
        self.place(line, grid)
        self.home |= {k: self.home[twin] for k, twin in twins.items()}

    def _elementwise(self, name: str, rows: Sequence[int]) -> None:
        """One operation on arrays of operands, for all rows whose operands lie in the same blocks."""
        for part in self._by_whereabouts(rows).values():
            grid = self._grid(part)
            arity = len(self.program.operands[part[0]])
            columns = [[self.program.operands[int(k)][j] for k in grid.reshape(-1)] for j in range(arity)]
            arguments = [self.view(self.np.array(column).reshape(grid.shape)) for column in columns]
            if not any(isinstance(each, Line) for each in arguments):
                arguments[0] = self.listing.sized(arguments[0], grid.shape)
            add = functools.partial(functools.reduce, operator.add)
            line = add(arguments) if name == "sum" else self.listing.add(PRIMITIVES[name], arguments)
            if not isinstance(line, Line):
                line = self.listing.sized(line, grid.shape)
            if name in ("tanh", "sigmoid", "relu") and grid.ndim == 2:
                self._label(line, "H")
            self.place(line, grid)

    def _by_whereabouts(self, rows: Sequence[int]) -> dict[tuple[Any, ...], list[int]]:
        parts: dict[tuple[Any, ...], list[int]] = defaultdict(list)
        for k in rows:
            parts[tuple(map(self._whereabouts, self.program.operands[k]))].append(k)
        return parts

    def _whereabouts(self, k: int) -> Any:
        if k in self.home:
            return self.home[k][0]
        return "constant" if self._is_constant(k) else "leaf"

    def _grid(self, rows: Sequence[int]) -> Any:
        """Rows in the order and shape of a block that they take whole, or in rows and columns."""
        np = self.np
        best: tuple[Any, Any] = ((False, 0), np.array(rows))
        for j in range(0 if self.plain else len(self.program.operands[rows[0]])):
            by = {self.program.operands[k][j]: k for k in rows}
            homes = {self.home[k][0] for k in by if k in self.home}
            if len(by) < len(rows) or len(homes) != 1 or any(k not in self.home for k in by):
                continue
            block = self.blocks[homes.pop()][1]
            here = [by[int(k)] for k in block.reshape(-1) if int(k) in by]
            if len(here) == len(rows):
                score = len(here) == block.size, block.ndim
                if score > best[0]:
                    best = score, np.array(here).reshape(_rectangle(block, by))
        return best[1]


def _product(first: Any, second: Any) -> Any:
    """Two factors, or the square of one."""
    same = isinstance(first, Line) and isinstance(second, Line) and first.place == second.place
    return _square(first) if same else first * second


def _shared_label(labels: Sequence[str]) -> str:
    """What labels have in common before their indices: w of w1, w2; W1 of W1_0_0, W1_0_1; "" for nothing."""
    shared = set(labels)
    while len(shared) > 1:
        shorter = {re.sub(r"(_?\d+|\[[^\[]*\])$", "", label) for label in shared}
        if shorter == shared:
            return ""
        shared = shorter
    return re.sub(r"(_\d+)+$", "", shared.pop())


def _rectangle(block: Any, chosen: Any) -> Shape:
    """The shape of the chosen entries of a block: whole rows or columns stay a matrix."""
    if len(chosen) == block.size or block.ndim != 2:
        return block.shape if len(chosen) == block.size else (len(chosen),)
    rows = [i for i, row in enumerate(block) if any(int(k) in chosen for k in row)]
    columns = [j for j, column in enumerate(block.T) if any(int(k) in chosen for k in column)]
    return (len(rows), len(columns)) if len(rows) * len(columns) == len(chosen) else (len(chosen),)


def _slice(at: Any, shape: Shape) -> str:
    """The slice of a block that has its entries at these places; "" for none."""
    if not at.size or at.ndim > 2 or len(shape) > 2 or len(shape) == 0:
        return ""
    flat = at.reshape(-1)
    width = shape[1] if len(shape) == 2 else shape[0]
    rows, columns = sorted({int(k) // width for k in flat}), sorted({int(k) % width for k in flat})
    spans = [f"{each[0]}:{each[-1] + 1}" for each in (rows, columns)]
    whole = [f"0:{size}" for size in shape]
    spans = [
        ":" if span == all_ else span for span, all_ in zip(spans if len(shape) == 2 else spans[1:], whole, strict=True)
    ]
    expected = [r * width + c for r in range(rows[0], rows[-1] + 1) for c in range(columns[0], columns[-1] + 1)]
    if [int(k) for k in flat] != expected:
        return ""
    if at.ndim == 1 and len(shape) == 1:
        return spans[0]
    if at.ndim == 2 and len(shape) == 2 and at.shape == (len(rows), len(columns)):
        return ", ".join(spans)
    if at.ndim == 1 and len(shape) == 2 and 1 in (len(rows), len(columns)):
        return f"{rows[0]}, {spans[1]}" if len(rows) == 1 else f"{spans[0]}, {columns[0]}"
    return ""


def _components(pairs: Sequence[tuple[int, Any, Any]]) -> list[list[tuple[int, Any, Any]]]:
    """Dot products that share rows, directly or by way of others."""
    parent: dict[Any, Any] = {}

    def find(x: Any) -> Any:
        while parent.setdefault(x, x) != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    for _, a, b in pairs:
        parent[find(("left", a))] = find(("right", b))
    found: dict[Any, list[tuple[int, Any, Any]]] = defaultdict(list)
    for pair in pairs:
        found[find(("left", pair[1]))].append(pair)
    return list(found.values())
