"""Backpropagation by layers: a table of each layer with δ, the derivation in δ's, and the sheet of one sample."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from ..arguments import require
from ..console import make_table, render_text
from ..formulas.formula import names
from ..formulas.neurons import Layers, Neuron, between, find_neurons, read_symbols, symbolic_gradient
from ..formulas.spreadsheet import formula
from ..formulas.symbol import Symbol, latex_name, latex_number, unicode_number
from ..program import Program
from ..recording import scoped
from ..results import Formats, Result
from ..value import Value
from .sheet import EMPTY, Cell, Worksheet, cell_name


@dataclass(frozen=True)
class WeightRow:
    """A weight of a neuron at one sample.

    Attributes:
        name: what it is called.
        input: what it is multiplied by.
        gradient: δ·input, of this sample.
        total: the engine's gradient, of all samples and all other uses.
    """

    name: str
    input: float
    gradient: float
    total: float


@dataclass(frozen=True)
class NeuronRow:
    """A neuron at one sample.

    Attributes:
        name: what it is called.
        net: the sum of weight·input and the biases.
        output: f(net).
        slope: f′(net).
        upstream: ∂loss/∂output; Σ w·δ where later neurons use it.
        delta: ∂loss/∂net.
        weights: its weights.
        biases: its biases.
        sources: weight and δ of each use by later neurons; none in the last layer.
        share: p and t where the loss is the cross-entropy of a softmax, else None.
    """

    name: str
    net: float
    output: float
    slope: float
    upstream: float
    delta: float
    weights: tuple[WeightRow, ...]
    biases: tuple[WeightRow, ...]
    sources: tuple[tuple[float, float], ...]
    share: tuple[float, float] | None


class Backpropagation(Result):
    """The backward pass of a network, layer by layer. It is saved as .txt, .md, .tex, .xlsx (live formulas) or .json.

    Attributes:
        layers: for each layer the rows of its neurons, the first layer first.
        sample: which sample the rows are of, from 1.
        n_samples: how many there are.
        program: the graph.
        neurons: for each layer its neurons at this sample, as places of the graph.
    """

    def __init__(self, program: Program, found: Layers, sample: int) -> None:
        self.sample: int = sample
        self.n_samples: int = len(found[0][0])
        self.program, self._names = program, names(program)
        self.neurons: list[list[Neuron]] = [[neuron[sample - 1] for neuron in layer] for layer in found]
        self._uses: dict[int, list[tuple[int, int]]] = {}
        for each in (neuron for layer in self.neurons for neuron in layer):
            for weight, given in each.terms:
                self._uses.setdefault(given, []).append((weight, each.net))
        shares = _softmax_shares(program, [each.output for each in self.neurons[-1]])
        self.layers: list[list[NeuronRow]] = [
            [self._row(each, f"neuron {k}", shares) for k, each in enumerate(layer, 1)] for layer in self.neurons
        ]

    def _row(self, neuron: Neuron, otherwise: str, shares: dict[int, tuple[float, float]]) -> NeuronRow:
        program, delta = self.program, self.program.gradient(neuron.net)
        numbers, scope = program.numbers, program.tags[neuron.net].scope
        label = program.tags[neuron.output].label or program.tags[neuron.net].label

        def parameter(k: int, given: float) -> WeightRow:
            return WeightRow(self._names[k], given, delta * given, program.gradient(k))

        return NeuronRow(
            scoped(scope[:-1], "".join(scope[-1].split())) if scope else label or otherwise,
            numbers[neuron.net],
            numbers[neuron.output],
            between(program, neuron.output, neuron.net),
            program.gradient(neuron.output),
            delta,
            tuple(parameter(k, numbers[given]) for k, given in neuron.terms),
            tuple(parameter(k, 1.0) for k in neuron.biases),
            tuple((numbers[w], program.gradient(net)) for w, net in self.uses_of(neuron)),
            shares.get(neuron.output),
        )

    def uses_of(self, neuron: Neuron) -> list[tuple[int, int]]:
        """Weight and net of all uses of a neuron's output, if all are by later neurons.

        Args:
            neuron: the neuron.
        """
        uses = self._uses.get(neuron.output, [])
        return uses if len(uses) == len(self.program.uses[neuron.output]) else []

    # ------------------------------------------------------------ the derivation
    @property
    def derivation(self) -> str:
        """What each δ is computed from, the last layer first, with the numbers put in."""
        lines = ["δ = ∂loss/∂net,  ∂loss/∂w = δ·input,  ∂loss/∂b = δ"]
        for number, layer in reversed(list(enumerate(self.layers, 1))):
            lines += ["", f"layer {number}: δ = {_TEXT.rule(layer[0])}"]
            lines += [f"  δ({row.name}) = {_TEXT.put_in(row)}" for row in layer]
        return "\n".join(lines)

    @property
    def latex(self) -> str:
        """The derivation as lines of LaTeX's `aligned`."""
        lines = []
        for layer in reversed(self.layers):
            lines.append(rf"\delta &= {_LATEX.rule(layer[0])}")
            lines += [rf"\delta_{{{latex_name(row.name)}}} &= {_LATEX.put_in(row)}" for row in layer]
        return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"

    # ------------------------------------------------------------ tables
    def headings(self, layer: Sequence[NeuronRow]) -> list[str]:
        """The columns of a layer's table.

        Args:
            layer: its rows.
        """
        upstream = "Σwδ" if any(row.sources for row in layer) else "∂/∂output"
        return ["neuron", "net", "output", "f′", upstream, "δ", "∂w", "∂b"]

    def _cells(self, row: NeuronRow, digits: int = 6) -> list[str]:
        def show(*figures: float) -> str:
            return "\n".join(f"{each:.{digits}g}" for each in figures)

        figures = map(show, (row.net, row.output, row.slope, row.upstream, row.delta))
        gradients = (show(*(each.gradient for each in rows)) for rows in (row.weights, row.biases))
        return [row.name.rpartition(".")[2], *figures, *gradients]

    def _tables(self, digits: int) -> str:
        return render_text(
            make_table(
                heads := self.headings(layer),
                (self._cells(row, digits) for row in layer),
                self._title(number),
                flush_right=heads[1:],
            )
            for number, layer in enumerate(self.layers, 1)
        )

    def _totals(self) -> Iterator[str]:
        """The sums over the batch, a line for each parameter; none for one sample."""
        if self.n_samples > 1:
            yield f"gradients, summed over all {self.n_samples} samples:"
            rows = (each for layer in self.layers for row in layer for each in (*row.weights, *row.biases))
            yield from dict.fromkeys(f"  {each.name}: {each.total:.7g}" for each in rows)
            yield ""

    def _title(self, number: int) -> str:
        return f"layer {number}" + (f", sample {self.sample} of {self.n_samples}" if self.n_samples > 1 else "")

    def __str__(self) -> str:
        return self.to_text()

    def to_text(self, width: int = 80) -> str:
        """The tables, the sums over the batch, and the derivation.

        Args:
            width: how many columns the tables may take; figures have as many digits as fit.
        """
        fitting = (
            text for digits in (7, 6, 5, 4, 3) if max(map(len, (text := self._tables(digits)).split("\n"))) <= width
        )
        return "\n".join((next(fitting, None) or self._tables(2), "", *self._totals(), self.derivation))

    def to_markdown(self) -> str:
        """The tables in Markdown, and the derivation in LaTeX between dollars."""
        parts = []
        for number, layer in enumerate(self.layers, 1):
            headings = self.headings(layer)
            rows = [headings, ["---"] * len(headings), *map(self._cells, layer)]
            lines = [f"| {' | '.join(row)} |".replace("\n", "<br>") for row in rows]
            parts.append("\n".join((f"**{self._title(number)}**\n", *lines)))
        return "\n\n".join((*parts, *self._totals(), f"$$\n{self.latex}\n$$")) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """The rows of each layer."""
        layers = [[asdict(row) for row in layer] for layer in self.layers]
        return {"sample": self.sample, "samples": self.n_samples, "layers": layers}

    def _formats(self) -> Formats:
        more: Formats = {
            ".md": self.to_markdown,
            ".tex": lambda: self.latex + "\n",
            ".xlsx": self._xlsx,
        }
        return {**super()._formats(), **more}

    # ------------------------------------------------------------ the sheet
    def _xlsx(self) -> bytes:
        return self.sheet.to_xlsx()

    @property
    def sheet(self) -> Worksheet:
        """The sample as a sheet with live formulas: all follows from inputs, weights and biases."""
        return _Sheet(self).made


def _softmax_shares(program: Program, logits: Sequence[int]) -> dict[int, tuple[float, float]]:
    """p and t of the logits whose only use is one softmax with cross-entropy; t is 1 for the right class."""
    heads = {edge.head for k in logits for edge in program.uses[k]}
    if len(heads) != 1 or program.primitives[head := heads.pop()].name != "surprise":  # type: ignore[union-attr]
        return {}
    right, *others = row = program.operands[head]
    slopes = dict(zip(row, program.slopes[head], strict=True))
    return {right: (1.0 + slopes[right], 1.0), **{k: (slopes[k], 0.0) for k in others}}


class _Writing(NamedTuple):
    """How δ's are written: in text or in LaTeX."""

    number: Callable[[float], str]
    times: str
    minus: str
    slope: str
    upstream: str
    total: str

    def rule(self, row: NeuronRow) -> str:
        """How the δ's of a layer are computed, in symbols."""
        upstream = self.total if row.sources else self.upstream
        return f"p {self.minus} t" if row.share else f"{self.slope}{self.times}{upstream}"

    def figure(self, number: float) -> str:
        """A factor as a number."""
        text = self.number(float(f"{number:.6g}"))
        return f"({text})" if number < 0 else text

    def put_in(self, row: NeuronRow) -> str:
        """How one δ is computed, with numbers."""
        return f"{self._product(row)} = {self.number(float(f'{row.delta:.6g}'))}"

    def _product(self, row: NeuronRow) -> str:
        if row.share:
            p, t = row.share
            factor = "" if row.delta == p - t else f"{self.figure(row.delta / (p - t))}{self.times}"
            return f"{factor}({self.figure(p)} {self.minus} {self.figure(t)})"
        terms = [f"{self.figure(w)}{self.times}{self.figure(d)}" for w, d in row.sources]
        upstream = f"({' + '.join(terms)})" if len(terms) > 1 else "".join(terms) or self.figure(row.upstream)
        return f"{self.figure(row.slope)}{self.times}{upstream}"


_TEXT = _Writing(unicode_number, "·", "−", "f′(net)", "∂loss/∂output", "Σ w·δ")
_LATEX = _Writing(
    latex_number,
    r" \cdot ",
    "-",
    r"f^{\prime}(\mathrm{net})",
    r"\frac{\partial \mathrm{loss}}{\partial \mathrm{output}}",
    r"\sum w \cdot \delta",
)


class _Sheet:
    """The cells of one sample: blocks of each layer, its weights below it."""

    def __init__(self, found: Backpropagation) -> None:
        self.found, self.program = found, found.program
        self.rows: list[list[Cell]] = []
        self.cells: dict[int, str] = {}  # of each output, parameter and input
        self.deltas: dict[int, str] = {}
        self._place()
        outputs = [each.output for layer in found.neurons for each in layer if not found.uses_of(each)]
        self.upstream = symbolic_gradient(self.program, {k: Symbol(self.cells[k]) for k in outputs})
        for layer, rows in zip(found.neurons, found.layers, strict=True):
            self._write(layer, rows)
        self.made = Worksheet(self.rows)

    def _place(self) -> None:
        """Where each figure will stand."""
        row = 0
        for layer in self.found.neurons:
            for k, each in enumerate(layer, row + 1):
                self.cells[each.output], self.deltas[each.net] = cell_name(k, 2), cell_name(k, 5)
            row += len(layer) + 2
            for each in layer:
                for weight, given in each.terms:
                    self.cells.setdefault(weight, cell_name(row, 1))
                    self.cells.setdefault(given, cell_name(row, 2))
                    row += 1
                for bias in each.biases:
                    self.cells.setdefault(bias, cell_name(row, 1))
                    row += 1

    def _given(self, k: int, row: int, column: int) -> Cell:
        """A leaf where it stands first, and elsewhere what stands there."""
        number, cell = self.program.numbers[k], self.cells[k]
        return Cell(number) if cell == cell_name(row, column) else Cell(number, cell)

    def _write(self, layer: Sequence[Neuron], rows: Sequence[NeuronRow]) -> None:
        heads = (f"layer {self.found.layers.index(rows) + 1}", *self.found.headings(rows)[1:6])  # type: ignore[arg-type]
        self.rows.append([Cell(each) for each in heads])
        for each, row in zip(layer, rows, strict=True):
            self.rows.append(self._neuron(each, row))
        self.rows.append([*map(Cell, ("parameter", "number", "input", "gradient")), EMPTY, EMPTY])
        for each, row in zip(layer, rows, strict=True):
            for (k, given), shown in zip(
                [*each.terms, *((b, None) for b in each.biases)], (*row.weights, *row.biases), strict=True
            ):
                at = len(self.rows)
                beside = Cell(1.0) if given is None else self._given(given, at, 2)
                product = f"{self.deltas[each.net]}*{cell_name(at, 2)}"
                self.rows.append(
                    [Cell(shown.name), self._given(k, at, 1), beside, Cell(shown.gradient, product), EMPTY, EMPTY]
                )

    def _neuron(self, each: Neuron, row: NeuronRow) -> list[Cell]:
        at, net = len(self.rows), Symbol(cell_name(len(self.rows), 1))
        terms = [f"{self.cells[w]}*{self.cells[x]}" for w, x in each.terms] + [self.cells[b] for b in each.biases]
        outer = Program(  # the activation alone
            self.program.primitives,
            self.program.operands,
            [each.output],
            numbers=self.program.numbers,
            partials=self.program.partials,
            tags=self.program.tags,
        )
        symbols = read_symbols(outer, {each.net: net})
        slope = symbolic_gradient(outer, {each.net: net})[each.net]
        uses = self.found.uses_of(each)
        summed = "+".join(f"{self.cells[w]}*{self.deltas[n]}" for w, n in uses) or formula(
            self.upstream[each.output] or 0.0
        )
        return [
            Cell(row.name),
            Cell(row.net, "+".join(terms)),
            Cell(row.output, formula(symbols[each.output])),
            Cell(row.slope, formula(slope or 0.0)),
            Cell(row.upstream, summed),
            Cell(row.delta, f"{cell_name(at, 3)}*{cell_name(at, 4)}"),
        ]


def backpropagation(
    root: Value, *, parameters: Iterable[Value | str] | None = None, sample: int = 1
) -> Backpropagation:
    """Backpropagation by layers, as courses do it by hand: a table of each layer, and how each δ is found.

    δ is the derivative of the loss by a neuron's net. In the last layer it is f′(net)·∂loss/∂output, in the layers
    before it f′(net)·Σ w·δ over the neurons that use the output; softmax with cross-entropy is one step, p - t.
    From it follow ∂loss/∂w = δ·input and ∂loss/∂b = δ. (Rumelhart, Hinton, Williams: Learning representations by
    back-propagating errors, 1986.)

    Neurons are found by the structure of the graph: sums of weight·input and biases. How they were written doesn't
    matter: with `nn`, with scopes, or with operators alone.

    Args:
        root: the loss.
        parameters: the weights and biases, or their names. Unless given they are the leaves that are parameters,
            and where there are none, those that are called w1, weight, b and so on.
        sample: which sample the tables show, from 1, where the loss is of several.

    Returns:
        The Backpropagation. The graph's nodes get their gradients by the way.

    Raises:
        ValueError: the graph has no layers, as a LayersError that says what to do; or there is no such sample.

    Examples:
        >>> x, w, b, v = variables(x=1.0, w=0.5, b=0.0, v=2.0)
        >>> h = (w * x + b).tanh()
        >>> found = backpropagation((v * h - 1) ** 2 / 2)
        >>> [round(row.delta, 4) for (row,) in found.layers]
        [-0.1192, -0.0758]
        >>> w.grad == found.layers[0][0].weights[0].gradient
        True
    """
    program = Program.of(root)
    if program.is_constant(program.roots[0]):
        root.backward()  # which says why there is no gradient
    program.write_gradients()
    found = find_neurons(program, parameters)
    count = len(found[0][0])
    require(sample in range(1, count + 1), f"sample must be from 1 to {count}", sample)
    return Backpropagation(program, found, sample)
