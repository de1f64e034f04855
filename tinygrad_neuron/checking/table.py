"""The table that explains a graph: a row for each node, with all that flows through it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from ..console import UNBOUNDED, csv_text, make_table, terminal
from ..files import json_text
from ..formulas.formula import namings
from ..program import Program
from ..value import Value
from .faux import forward_difference

if TYPE_CHECKING:
    from rich.table import Table

FULL, LEAST = 17, 4  # significant digits: those that every float needs to read back, and the fewest that are shown
MANY = 200  # nodes: in larger graphs the inputs alone are nudged, since each nudge is a replay


class Row(NamedTuple):
    """One node of a graph.

    Attributes:
        name: its label, else its formula.
        label: its label, "" for none.
        formula: how it is computed; "" for inputs and constants.
        value: its number.
        partials: the local derivatives ∂consumer/∂node, with the consumers' names.
        gradient: ∂root/∂node; None where it wasn't asked for, and for constants.
        faux: the forward difference with respect to it; None likewise. In graphs of more than 200 nodes the
            inputs alone have one, at most 200 of them: each takes a replay of the graph.
    """

    name: str
    label: str
    formula: str
    value: float
    partials: tuple[tuple[str, float], ...]
    gradient: float | None
    faux: float | None


def explain(root: Value, h: float = 1e-4, wrt: Iterable[Value] | None = None) -> list[Row]:
    """Run the backward pass and tabulate values, local derivatives, gradients and faux gradients.

    Args:
        root: the end of the graph. Gradients it had before are forgotten.
        h: the nudge of the faux gradients.
        wrt: the inputs whose gradients, and those on the way to them, are of
            interest; all of them unless given.

    Returns:
        A row for each node, inputs first.

    Raises:
        ValueError: h is 0 or not finite.

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
        faux = forward_difference(program, k, h) if wanted and k in nudged else None
        rows.append(Row(naming.name.text, program.tags[k].label, formula, program.numbers[k], uses, gradient, faux))
    return rows


# ---------------------------------------------------------------- as JSON, as CSV, for a terminal
def as_json(rows: list[Row], h: float) -> str:
    """The rows as JSON.

    Args:
        rows: from `explain`; the last one is the root's.
        h: the nudge of the faux gradients.
    """
    nodes = [
        {
            "name": row.name,
            "label": row.label,
            "formula": row.formula,
            "value": row.value,
            "local_derivatives": [{"of": consumer, "value": slope} for consumer, slope in row.partials],
            "gradient": row.gradient,
            "faux_gradient": row.faux,
        }
        for row in rows
    ]
    return json_text({"root": rows[-1].name, "value": rows[-1].value, "h": h, "nodes": nodes}, indent=2)


def as_csv(rows: list[Row]) -> str:
    """The rows as CSV, with a heading.

    Args:
        rows: from `explain`.
    """
    headings = ("name", "label", "formula", "value", "local derivatives", "gradient", "faux gradient")
    slopes = ["; ".join(f"{slope!r} of {consumer}" for consumer, slope in row.partials) for row in rows]
    lines = ((*row[:4], each, row.gradient, row.faux) for row, each in zip(rows, slopes, strict=True))
    return csv_text([headings, *lines])


def print_table(rows: list[Row], digits: int | None = None) -> None:
    """Print the rows with as many digits as the terminal has room for; all of them where there is none.

    Args:
        rows: from `explain`.
        digits: significant digits, whatever the room.
    """
    console = terminal()
    unbounded = console.options.update(max_width=UNBOUNDED)
    for shown in [digits] if digits else range(FULL, LEAST - 1, -1):
        table = _table(rows, shown)
        if console.measure(table, options=unbounded).maximum <= console.width:
            break
    console.print(table)


def _table(rows: list[Row], digits: int) -> Table:
    cells = []
    for row in rows:
        slopes = "\n".join(f"{_figure(slope, digits)} → {consumer}" for consumer, slope in row.partials)
        figures = [_figure(row.value, digits), slopes, _figure(row.gradient, digits), _figure(row.faux, digits)]
        cells.append([row.label or ("" if row.formula else row.name), row.formula, *figures])
    headings = ("label", "formula", "value", "local derivative", "gradient", "faux gradient")
    return make_table(headings, cells, styles={"value": "blue", "gradient": "dark_orange3"})


def _figure(number: float | None, digits: int) -> str:
    if number is None:
        return ""
    text = repr(number) if digits >= FULL else f"{number:.{digits}g}"
    return text if text.startswith("-") else f" {text}"
