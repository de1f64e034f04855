"""The table that explains a graph: a row for each node, with all that flows through it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..console import UNBOUNDED, find_terminal, format_csv, format_html, make_table
from ..formulas.formula import namings
from ..program import Program
from ..results import Formats, TableResult
from ..value import Value
from .numerical import forward_difference

if TYPE_CHECKING:
    from rich.table import Table

FULL, LEAST = 17, 4  # significant digits: those that every float needs to read back, and the fewest that are shown
FEW = 7  # significant digits in a notebook
MANY = 200  # nodes: in larger graphs the inputs alone are nudged, since each nudge is a replay


class Row(NamedTuple):
    """One node of a graph.

    Attributes:
        name: what no other node is called: its label, with its scopes where others have that too, else its formula.
        label: its label, "" for none.
        formula: how it is computed; "" for inputs and constants.
        value: its number.
        partials: the partials ∂consumer/∂node, with the consumers' names.
        gradient: ∂root/∂node; None where it wasn't asked for, and for constants.
        numerical_gradient: the forward difference with respect to it; None likewise. In graphs of more than 200
            nodes the inputs alone have one, at most 200 of them: each takes a replay of the graph.
    """

    name: str
    label: str
    formula: str
    value: float
    partials: tuple[tuple[str, float], ...]
    gradient: float | None
    numerical_gradient: float | None


class Explanation(TableResult, Sequence[Row]):
    """A sequence with a row for each node of a graph.

    Args:
        rows: the nodes, inputs first; the last one is the root.
        h: the nudge of the numerical gradients.
    """

    def __init__(self, rows: Sequence[Row], h: float) -> None:
        self.rows: tuple[Row, ...] = tuple(rows)
        self.h: float = h

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: Any) -> Any:
        return self.rows[place]

    def to_dict(self) -> dict[str, Any]:
        """The root with its number, the nudge, and all nodes."""
        root, nodes = self.rows[-1], [row._asdict() for row in self.rows]
        for node in nodes:
            node["partials"] = [{"of": consumer, "value": partial} for consumer, partial in node["partials"]]
        return {"root": root.name, "value": root.value, "h": self.h, "nodes": nodes}

    def to_csv(self) -> str:
        """The rows as CSV, with a heading."""
        headings = ("name", "label", "formula", "value", "partials", "gradient", "numerical gradient")
        texts = ("; ".join(f"{partial!r} of {consumer}" for consumer, partial in row.partials) for row in self.rows)
        lines = ([*row[:4], text, *row[5:]] for row, text in zip(self.rows, texts, strict=True))
        return format_csv([headings, *lines])

    def table(self, digits: int = FULL) -> Table:
        """The rows as a table of `rich`.

        Args:
            digits: how many are significant.
        """
        headings = ("name", "formula", "value", "partial", "gradient", "numerical gradient")
        cells = (_write_cells(row, digits) for row in self.rows)
        return make_table(headings, cells, styles={"value": "blue", "gradient": "dark_orange3"})

    def print(self, digits: int | None = None) -> None:
        """Print the table with as many digits as the terminal has room for; all of them where there is none.

        Args:
            digits: how many are significant, whatever the room.
        """
        console = find_terminal()
        unbounded = console.options.update(max_width=UNBOUNDED)
        for count in [digits] if digits else range(FULL, LEAST - 1, -1):
            table = self.table(count)
            if console.measure(table, options=unbounded).maximum <= console.width:
                break
        console.print(table)

    def _html(self) -> str:
        return format_html(self.table(FEW))

    def _formats(self) -> Formats:
        return {**super()._formats(), ".csv": self.to_csv}


def _write_cells(row: Row, digits: int) -> list[str]:
    partials = "\n".join(f"{_write_figure(partial, digits)} → {consumer}" for consumer, partial in row.partials)
    value, *gradients = (_write_figure(each, digits) for each in (row.value, row.gradient, row.numerical_gradient))
    return ["" if row.name == row.formula else row.name, row.formula, value, partials, *gradients]


def _write_figure(number: float | None, digits: int) -> str:
    if number is None:
        return ""
    text = repr(number) if digits >= FULL else f"{number:.{digits}g}"
    return text if text.startswith("-") else f" {text}"


def explain(root: Value, h: float = 1e-4, wrt: Iterable[Value | str] | None = None) -> Explanation:
    """Run the backward pass and tabulate values, partials, gradients and numerical gradients.

    Args:
        root: the end of the graph. Gradients it had before are forgotten.
        h: the nudge of the numerical gradients.
        wrt: the inputs, or their labels, whose gradients, and those on the
            way to them, are of interest; all of them unless given.

    Returns:
        An Explanation: a sequence with a row for each node, inputs first.

    Raises:
        ValueError: h is 0 or not finite, or `wrt` names no node.

    Examples:
        >>> x, w = variables(x=3.0, w=2.0)
        >>> [(row.name, row.gradient) for row in explain((x * w).squared())]
        [('x', 24.0), ('w', 36.0), ('x*w', 12.0), ('squared(x*w)', 1.0)]
    """
    program = Program.of(root)
    program.write_gradients()
    inputs = None if wrt is None else [program.find(each, "wrt") for each in wrt]
    asked = program.depending(range(len(program)) if inputs is None else inputs)
    nudged = set(range(len(program)) if len(program) <= MANY else (inputs or program.leaves)[:MANY])
    written = namings(program)
    rows = []
    for k, naming in enumerate(written):
        wanted = asked[k] and not program.is_constant(k)
        uses = tuple((written[edge.head].name.text, program.slope(edge)) for edge in program.uses[k])
        formula = naming.term.text if program.is_computed(k) else ""
        gradient = program.gradient(k) if wanted else None
        numerical = forward_difference(program, k, h) if wanted and k in nudged else None
        rows.append(
            Row(naming.name.text, program.tags[k].label, formula, program.numbers[k], uses, gradient, numerical)
        )
    return Explanation(rows, h)
