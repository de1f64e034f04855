"""The worksheet: the neuron's maths, local, global and faux gradients in cells, as formulas of the input cells."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

from ..arguments import require
from ..checking.numerical import require_nudge
from ..console import format_csv, make_table
from ..formulas.formula import names
from ..formulas.spreadsheet import formula
from ..formulas.symbol import Symbol, simplified
from ..primitives import Gated, divide, plain
from ..program import Edge, Program
from ..registry import import_extra
from ..results import Formats, TableResult
from ..value import Value

if TYPE_CHECKING:
    from rich.table import Table


class Cell(NamedTuple):
    """What stands in a cell.

    Attributes:
        value: a number, a text, or None for an empty cell.
        formula: how a spreadsheet computes it; "" for what is given.
    """

    value: float | str | None = None
    formula: str = ""


EMPTY = Cell()
MOST_COLUMNS = 16_384  # of Excel and of LibreOffice
MOST_CHARACTERS = 8_192  # of a formula in Excel


class Worksheet(TableResult):
    """Rows of cells. It is saved as .xlsx with live formulas, or with numbers as .csv, .md, .txt or .json.

    Attributes:
        rows: the cells.
        headings: which row names the columns; those above it hold settings.
    """

    def __init__(self, rows: list[list[Cell]], headings: int = 0) -> None:
        self.rows: list[list[Cell]] = rows
        self.headings: int = headings

    def to_dict(self) -> dict[str, Any]:
        """The cells, each with its value and its formula, and which row names the columns."""
        return {"headings": self.headings, "rows": [[cell._asdict() for cell in row] for row in self.rows]}

    def to_csv(self) -> str:
        """The numbers as CSV."""
        return format_csv([cell.value for cell in row] for row in self.rows)

    def to_markdown(self) -> str:
        """The numbers as a Markdown table."""
        rows = [[each.replace("|", "\\|") for each in row] for row in self._texts[self.headings :]]
        headings, *lines = (f"| {' | '.join(row)} |" for row in rows)
        return "\n".join([*self._settings, headings, "|" + "---|" * len(rows[0]), *lines]) + "\n"

    @property
    def _texts(self) -> list[list[str]]:
        """What the cells show."""
        return [[_show(cell) for cell in row] for row in self.rows]

    @property
    def _settings(self) -> list[str]:
        """The rows above the headings, as lines of text."""
        return [f"{' '.join(filter(None, row))}\n" for row in self._texts[: self.headings]]

    def table(self) -> Table:
        """The numbers as a table of `rich`."""
        headings, *rows = self._texts[self.headings :]
        return make_table(headings, rows, title="".join(self._settings).strip() or None)

    def _formats(self) -> Formats:
        return {".xlsx": self.to_xlsx, ".csv": self.to_csv, ".md": self.to_markdown, **super()._formats()}

    def to_xlsx(self) -> bytes:
        """The file with live formulas.

        Raises:
            RuntimeError: XlsxWriter isn't installed.
        """
        remedy = "pip install 'tinygrad_neuron[sheet]', or save as .csv"
        xlsxwriter = import_extra("xlsxwriter", RuntimeError(f"an .xlsx needs XlsxWriter: {remedy}"))
        file = io.BytesIO()
        with xlsxwriter.Workbook(file, {"in_memory": True, "nan_inf_to_errors": True}) as book:
            bold, given = book.add_format({"bold": True}), book.add_format({"bg_color": "#FFF6D6"})
            box = book.add_format({"border": 1, "bg_color": "#FFF6D6"})  # to be filled in
            heading = book.add_format({"bold": True, "align": "right", "text_wrap": True})
            sheet = book.add_worksheet("neuron")
            sheet.freeze_panes(1, 1)
            sheet.set_landscape()
            sheet.fit_to_pages(1, 0)
            for row, cells in enumerate(self.rows):
                for column, cell in enumerate(cells):
                    if cell.formula:
                        sheet.write_formula(row, column, f"={cell.formula}", None, cell.value)
                    elif cell.value == "" and column:
                        sheet.write_blank(row, column, None, box)
                    elif isinstance(cell.value, str):
                        sheet.write_string(row, column, cell.value, heading if column else bold)
                    elif cell.value is not None:
                        sheet.write_number(row, column, cell.value, given)
            sheet.set_column(0, 0, max(len(row[0]) for row in self._texts))
            sheet.set_column(1, len(self.rows[0]), 13)  # numbers show as many digits as fit
        return file.getvalue()


def _show(cell: Cell) -> str:
    return "" if cell.value is None else cell.value if isinstance(cell.value, str) else f"{cell.value:.7g}"


def cell_name(row: int, column: int) -> str:
    """The name of a cell, both counted from 0: B1 for 0, 1."""
    return f"{_spell_column(column)}{row + 1}"


def _spell_column(column: int) -> str:
    higher, rest = divmod(column, 26)
    return (_spell_column(higher - 1) if higher else "") + chr(65 + rest)


# ---------------------------------------------------------------- the sheet of one neuron
def lay_out(root: Value, h: float, wrt: Sequence[Value | str] | None) -> Worksheet:
    """The sheet of a graph, see `worksheet`."""
    program, h = Program.of(root), plain(h)
    require_nudge(h)
    layout = _Layout(program)
    if program.is_constant(program.roots[0]):
        root.backward()  # which says why there is no gradient
    program.write_gradients()
    places, slopes = layout.places, layout.read_partials(1)
    chosen = [k for k in places if program.tags[k].label and not program.is_constant(k) and k != layout.root]
    chosen = chosen if wrt is None else [program.find(each, "wrt") for each in wrt]
    rows = [[Cell(""), *(Cell(layout.called[k]) for k in places), Cell("faux gradient")]]
    rows.append([Cell("maths"), *(layout.write_maths(k, 1, program.numbers[k]) for k in places), EMPTY])
    locals_of = [
        [Cell(program.slope(edge), layout.write_partial(edge, slopes)) for edge in program.uses[k]] for k in places
    ]
    uses = max(map(len, locals_of), default=0)
    for use, cells in enumerate(zip_longest(*locals_of, fillvalue=EMPTY), 1):
        rows.append([Cell("local gradient" + (f" {use}" if uses > 1 else "")), *cells, EMPTY])
    upstream = {k: layout.name_cell(k, 2 + uses) for k in places}
    flowing = []
    for k in reversed(places):
        local = [layout.name_cell(k, 2 + use) for use in range(len(program.uses[k]))]
        flowing.append(layout.write_gradient(k, program.gradient(k), local, upstream))
    rows.append([Cell("global gradient"), *reversed(flowing), EMPTY])
    tiny = cell_name(len(rows) + len(chosen), 1)
    for k in chosen:
        rows.append(_faux_row(layout, k, len(rows), h, tiny))
    rows.append([Cell("tiny"), Cell(h), *[EMPTY] * len(places)])
    return Worksheet(rows)


def _faux_row(layout: _Layout, nudged: int, row: int, h: float, tiny: str) -> list[Cell]:
    program, root = layout.program, layout.root
    numbers = program.evaluate({nudged: program.numbers[nudged] + h})
    moved = set(program.dependents((nudged,)))

    def cell(k: int) -> Cell:
        if k == nudged:
            return Cell(numbers[k], f"{layout.name_cell(k, 1)}+{tiny}")
        return layout.write_maths(k, row, numbers[k]) if k in moved else Cell(numbers[k], layout.name_cell(k, 1))

    slope = f"({layout.name_cell(root, row)}-{layout.name_cell(root, 1)})/{tiny}"
    difference = Cell(divide(numbers[root] - program.numbers[root], h), slope)
    return [Cell(f"faux gradient of {layout.called[nudged]}"), *map(cell, layout.places), difference]


class _Layout:
    """Which place of a program stands in which column, and how its cells are computed."""

    def __init__(self, program: Program, columns_each: int = 1) -> None:
        self.program, self.root, self.called = program, program.roots[0], names(program)
        self.places = [k for k in range(len(program)) if program.tags[k].label or not program.is_constant(k)]
        self.column = {k: column for column, k in enumerate(self.places, 1)}
        self.gated: set[int] = set()  # the places that a condition can cut off
        if (columns := columns_each * len(self.places) + 2) > MOST_COLUMNS:
            raise ValueError(
                f"a sheet of {len(self.places):,} nodes has {columns:,} columns, and spreadsheets have at most "
                f"{MOST_COLUMNS:,}: make the sheet of a smaller part of the graph"
            )
        for k in self.places:  # with the shortest formulas that it could have
            self._require_fit(k, max("A1+" * len(program.operands[k]), "A1*A1+" * len(program.uses[k]), key=len))

    def name_cell(self, k: int, row: int) -> str:
        """The cell of a place in a row."""
        return cell_name(row, self.column[k])

    def make_symbol(self, k: int, row: int) -> Any:
        """A place as a symbol for its cell; a constant as its number."""
        return Symbol(self.name_cell(k, row)) if k in self.column else self.program.numbers[k]

    def write_maths(self, k: int, row: int, number: float) -> Cell:
        """How a place is computed from cells of a row."""
        if not self.program.is_computed(k):
            return Cell(number)
        name, operands = self.program.primitives[k].name, self.program.operands[k]  # type: ignore[union-attr]
        return Cell(
            number, self._require_fit(k, formula(Symbol(name, [self.make_symbol(each, row) for each in operands])))
        )

    def read_partials(self, row: int) -> list[Sequence[Any]]:
        """The rules of the table, read at the cells of a row."""
        return self.program.read_partials([self.make_symbol(k, row) for k in range(len(self.program))])

    def write_partial(self, edge: Edge, slopes: Sequence[Sequence[Any]]) -> str:
        """The rule for one operand, as a formula; 0 where nothing flows."""
        slope = slopes[edge.head][edge.slot]
        if isinstance(slope, Gated):
            self.gated.add(edge.tail)
            slope = simplified("where", (slope.condition, slope.slope, 0.0))
        return self._require_fit(edge.head, formula(slope))

    def write_product(self, edge: Edge, local: str, upstream: str) -> str:
        """Local times upstream; 0 where a condition further up let nothing through, even if local is infinite."""
        if edge.head not in self.gated:
            return f"{local}*{upstream}"
        self.gated.add(edge.tail)
        return f"IF({upstream}=0,0,{local}*{upstream})"

    def write_gradient(self, k: int, number: float, local: Sequence[str], upstream: Mapping[int, str]) -> Cell:
        """The sum over the place's uses of local times global, which stand in these cells."""
        if k == self.root:
            return Cell(1.0, "1")
        if self.program.is_constant(k):
            return EMPTY
        uses = zip(self.program.uses[k], local, strict=True)
        terms = (self.write_product(edge, slope, upstream[edge.head]) for edge, slope in uses)
        return Cell(number, self._require_fit(k, "+".join(terms) or "0"))

    def _require_fit(self, k: int, text: str) -> str:
        """A formula that belongs to a place, if a spreadsheet takes it."""
        if len(text) > MOST_CHARACTERS:
            operands, uses = len(self.program.operands[k]), len(self.program.uses[k])
            raise ValueError(
                f"{self.called[k]} has {operands:,} operands and {uses:,} uses: a formula of {len(text):,} characters "
                f"or more, and spreadsheets take at most {MOST_CHARACTERS:,}: make the sheet of a smaller part of it"
            )
        return text


# ---------------------------------------------------------------- the sheet of a training
def training_sheet(root: Value, parameters: Iterable[Value | str], learning_rate: float, attempts: int) -> Worksheet:
    """Gradient descent as a sheet: a row for each attempt, each parameter from the row above.

    Args:
        root: the loss, recorded at the first attempt's numbers.
        parameters: the leaves that are trained, or their labels.
        learning_rate: what each gradient is multiplied with; a cell of the sheet as well.
        attempts: how many rows.

    Returns:
        The Worksheet: the attempt, every node, then every gradient.

    Raises:
        LanguageError: a primitive has no spreadsheet form.
        ValueError: a parameter isn't a leaf, the learning rate isn't finite, there is no attempt, there are more nodes
            than a spreadsheet has columns, or a formula is longer than it takes.

    Examples:
        >>> (w,) = variables(w=2.0)
        >>> sheet = training_sheet(w * w, [w], 0.25, 3)
        >>> [row[1].value for row in sheet.rows[2:]]
        [2.0, 1.0, 0.5]
    """
    program, learning_rate = Program.of(root), plain(learning_rate)
    trained = [program.find(each, "parameters") for each in parameters]
    require(math.isfinite(learning_rate), "learning_rate must be finite", learning_rate)
    require(attempts >= 1, "attempts must be 1 or above", attempts)
    for k in trained:
        require(not program.is_computed(k), "parameters must be leaves, which aren't computed", program.nodes[k])
    layout = _Layout(program, columns_each=2)
    flowing = [k for k in reversed(layout.places) if not program.is_constant(k)]
    beside = {k: 1 + len(layout.places) + column for column, k in enumerate(flowing)}
    rows = [[Cell("learning rate"), Cell(learning_rate), *[EMPTY] * (len(layout.places) + len(flowing) - 1)]]
    gradients_of = (f"gradient of {layout.called[k]}" for k in flowing)
    rows.append([Cell("attempt"), *map(Cell, (*(layout.called[k] for k in layout.places), *gradients_of))])
    numbers = list(program.numbers)
    for attempt in range(attempts):
        row = 2 + attempt
        numbers = program.evaluate({k: numbers[k] for k in trained}) if attempt else numbers
        gradients, slopes = program.differentiate(program.partials_at(numbers)), layout.read_partials(row)
        cells = [Cell(float(attempt + 1))]
        for k in layout.places:
            above = layout.name_cell(k, row - 1) if attempt else ""
            step = f"-{cell_name(row - 1, beside[k])}*$B$1" if attempt and k in trained else ""
            computed = program.is_computed(k)
            cells.append(layout.write_maths(k, row, numbers[k]) if computed else Cell(numbers[k], above + step))
        upstream = {k: cell_name(row, column) for k, column in beside.items()}
        for k in flowing:
            local = [layout.write_partial(edge, slopes) for edge in program.uses[k]]
            cells.append(layout.write_gradient(k, gradients[k], local, upstream))
        rows.append(cells)
        for k in trained:
            numbers[k] -= gradients[k] * learning_rate
    return Worksheet(rows, headings=1)
