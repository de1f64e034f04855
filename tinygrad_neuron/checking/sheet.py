"""The worksheet: the neuron's maths, local, global and faux gradients in cells, as formulas of the input cells."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..files import write_whole
from ..formulas.formula import names
from ..formulas.spreadsheet import formula
from ..formulas.symbol import Symbol, simplified
from ..primitives import Gated, divide, plain
from ..program import Edge, Program
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


class Worksheet:
    """Rows of cells.

    Attributes:
        rows: the cells.
        headings: which row names the columns; those above it hold settings.
    """

    def __init__(self, rows: list[list[Cell]], headings: int = 0) -> None:
        self.rows, self.headings = rows, headings

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the sheet, whole or not at all.

        Args:
            path: the file: .xlsx with live formulas, .csv or .md with numbers.

        Raises:
            ValueError: the suffix is another.
            RuntimeError: an .xlsx is wanted and XlsxWriter isn't installed.
            OSError: the file can't be written.
        """
        writers: Mapping[str, Callable[[], bytes]] = {
            ".xlsx": self._xlsx,
            ".csv": lambda: self.csv().encode(),
            ".md": lambda: self.markdown().encode(),
        }
        suffix = Path(path).suffix.lower()
        if suffix not in writers:
            raise ValueError(f"{path}: a worksheet's suffix is one of {', '.join(writers)}")
        write_whole(path, writers[suffix]())

    def csv(self) -> str:
        """The numbers as CSV."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([cell.value for cell in row] for row in self.rows)
        return text.getvalue()

    def markdown(self) -> str:
        """The numbers as a Markdown table."""
        rows = [[_shown(cell).replace("|", "\\|") for cell in row] for row in self.rows[self.headings :]]
        lines = [f"| {' | '.join(row)} |" for row in rows]
        return "\n".join([*self._settings(), lines[0], "|" + "---|" * len(rows[0]), *lines[1:]]) + "\n"

    def _settings(self) -> list[str]:
        """The rows above the headings, as lines of text."""
        return [f"{' '.join(filter(None, map(_shown, row)))}\n" for row in self.rows[: self.headings]]

    def table(self) -> Table:
        """The numbers as a table of `rich`."""
        from rich import box
        from rich.table import Table
        from rich.text import Text

        title = "".join(self._settings()).strip() or None
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left")
        for cell in self.rows[self.headings]:
            table.add_column(Text(_shown(cell)), overflow="fold")
        for row in self.rows[self.headings + 1 :]:
            table.add_row(*(Text(_shown(cell)) for cell in row))
        return table

    def _xlsx(self) -> bytes:
        try:
            import xlsxwriter
        except ImportError:
            raise RuntimeError(
                "an .xlsx needs XlsxWriter: pip install 'tinygrad_neuron[sheet]', or save as .csv"
            ) from None
        file = io.BytesIO()
        with xlsxwriter.Workbook(file, {"in_memory": True, "nan_inf_to_errors": True}) as book:
            bold, given = book.add_format({"bold": True}), book.add_format({"bg_color": "#FFF6D6"})
            heading = book.add_format({"bold": True, "align": "right", "text_wrap": True})
            sheet = book.add_worksheet("neuron")
            sheet.freeze_panes(1, 1)
            sheet.set_landscape()
            sheet.fit_to_pages(1, 0)
            for row, cells in enumerate(self.rows):
                for column, cell in enumerate(cells):
                    if cell.formula:
                        sheet.write_formula(row, column, f"={cell.formula}", None, cell.value)
                    elif isinstance(cell.value, str):
                        sheet.write_string(row, column, cell.value, heading if column else bold)
                    elif cell.value is not None:
                        sheet.write_number(row, column, cell.value, given)
            sheet.set_column(0, 0, max(len(_shown(cells[0])) for cells in self.rows))
            sheet.set_column(1, len(self.rows[0]), 13)  # numbers show as many digits as fit
        return file.getvalue()


def _shown(cell: Cell) -> str:
    return "" if cell.value is None else cell.value if isinstance(cell.value, str) else f"{cell.value:.7g}"


def cell_name(row: int, column: int) -> str:
    """The name of a cell, both counted from 0: B1 for 0, 1."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


# ---------------------------------------------------------------- the sheet of one neuron
def worksheet(root: Value, h: float = 1e-4, wrt: Sequence[Value] | None = None) -> Worksheet:
    """The sheet of a graph: a column for each node, rows for its maths and for its gradients.

    Every computed cell is a formula: the row of maths of the input cells, the
    local derivatives of the maths, the global gradients of the local ones, and
    each faux row computes everything again with one number nudged.

    Args:
        root: the end of the graph. Gradients it had before are forgotten.
        h: the nudge of the faux rows; a cell of the sheet as well.
        wrt: the nodes that get a faux row; all with a label unless given.

    Returns:
        The Worksheet.

    Raises:
        SpellingError: a primitive has no spreadsheet form.
        ValueError: there are more nodes than a spreadsheet has columns, or a formula is longer than it takes.

    Examples:
        >>> x, w = variables(x=3.0, w=2.0)
        >>> sheet = worksheet((x * w).squared())
        >>> [cell.formula for cell in sheet.rows[1]][1:5]
        ['', '', '(B2*C2)', 'POWER(D2,2)']
    """
    program, h = Program.of(root), plain(h)
    layout = _Layout(program)
    if program.is_constant(program.roots[0]):
        root.backward()  # which says why there is no gradient
    program.write_gradients()
    uses = max((len(program.uses[k]) for k in layout.places), default=0)
    chosen = [k for k in layout.places if program.tags[k].label and not program.is_constant(k) and k != layout.root]
    chosen = chosen if wrt is None else [program.find(each, "wrt") for each in wrt]
    gradient_row, faux_row = 2 + uses, 3 + uses
    tiny = cell_name(faux_row + len(chosen), 1)
    rows = [[Cell(""), *(Cell(layout.called[k]) for k in layout.places), Cell("faux gradient")]]
    rows.append([Cell("maths"), *(layout.maths(k, 1, 1) for k in layout.places), EMPTY])
    for use in range(uses):
        title = "local gradient" + (f" {use + 1}" if uses > 1 else "")
        rows.append([Cell(title), *(layout.local(k, use) for k in layout.places), EMPTY])
    flowing = {k: layout.gradient(k, gradient_row) for k in reversed(layout.places)}
    rows.append([Cell("global gradient"), *(flowing[k] for k in layout.places), EMPTY])
    for number, k in enumerate(chosen):
        rows.append(_faux_row(layout, k, faux_row + number, h, tiny))
    rows.append([Cell("tiny"), Cell(h), *[EMPTY] * len(layout.places)])
    return Worksheet(rows)


def _faux_row(layout: _Layout, nudged: int, row: int, h: float, tiny: str) -> list[Cell]:
    program, root = layout.program, layout.root
    numbers = program.evaluate({nudged: program.numbers[nudged] + h})
    moved = set(program.dependents((nudged,)))
    cells = [Cell(f"faux gradient of {layout.called[nudged]}")]
    for k in layout.places:
        if k == nudged:
            cells.append(Cell(numbers[k], f"{layout.cell(k, 1)}+{tiny}"))
        elif k in moved:
            cells.append(layout.maths(k, row, row, numbers[k]))
        else:
            cells.append(Cell(numbers[k], layout.cell(k, 1)))
    slope = f"({layout.cell(root, row)}-{layout.cell(root, 1)})/{tiny}"
    return [*cells, Cell(divide(numbers[root] - program.numbers[root], h), slope)]


class _Layout:
    """Which place of a program stands in which column, and how its cells are computed."""

    def __init__(self, program: Program, columns_each: int = 1) -> None:
        self.program, self.root, self.called = program, program.roots[0], names(program)
        self.places = [k for k in range(len(program)) if program.tags[k].label or not program.is_constant(k)]
        self.column = {k: column for column, k in enumerate(self.places, 1)}
        self.gated: set[int] = set()  # the places that a condition can cut off
        if columns_each * len(self.places) + 2 > MOST_COLUMNS:
            raise ValueError(
                f"a sheet of {len(self.places):,} nodes has {columns_each * len(self.places) + 2:,} columns, and "
                f"spreadsheets have at most {MOST_COLUMNS:,}: make the sheet of a smaller part of the graph"
            )
        for k in self.places:
            self._refuse_long(k, max(len("A1+") * len(program.operands[k]), len("A1*A1+") * len(program.uses[k])))
        self._row, self._slopes = -1, dict[int, Sequence[Any]]()  # the rules read at the cells of a row, by their head

    def cell(self, k: int, row: int) -> str:
        """The cell of a place in a row."""
        return cell_name(row, self.column[k])

    def symbol(self, k: int, row: int) -> Any:
        """A place as a symbol for its cell; a constant as its number."""
        return Symbol(self.cell(k, row)) if k in self.column else self.program.numbers[k]

    def maths(self, k: int, row: int, operands: int, value: float | None = None) -> Cell:
        """How a place is computed from cells of a row."""
        number = self.program.numbers[k] if value is None else value
        if not self.program.is_computed(k):
            return Cell(number, "" if row == 1 else self.cell(k, 1))
        name, places = self.program.primitives[k].name, self.program.operands[k]  # type: ignore[union-attr]
        return Cell(number, self._fitting(k, formula(Symbol(name, [self.symbol(each, operands) for each in places]))))

    def local(self, k: int, use: int) -> Cell:
        """The local derivative of one of its uses, of the maths row."""
        if use >= len(self.program.uses[k]):
            return EMPTY
        edge = self.program.uses[k][use]
        return Cell(self.program.slope(edge), self.slope(edge, 1))

    def slope(self, edge: Edge, row: int) -> str:
        """The rule of the table for one operand, as a formula of the cells of a row; 0 where nothing flows."""
        if row != self._row:
            self._row, self._slopes = row, {}
        k = edge.head
        if k not in self._slopes:
            arguments = [self.symbol(each, row) for each in self.program.operands[k]]
            entry: Any = self.program.primitives[k]
            self._slopes[k] = entry.partials(self.symbol(k, row), arguments, self.program.wanted[k])
        slope = self._slopes[k][edge.slot]
        if not isinstance(slope, Gated):
            return self._fitting(k, formula(slope))
        self.gated.add(edge.tail)
        return self._fitting(k, formula(simplified("where", (slope.condition, slope.slope, 0.0))))

    def product(self, edge: Edge, local: str, upstream: str) -> str:
        """Local times upstream; 0 where a condition further up let nothing through, even if local is infinite."""
        if edge.head not in self.gated:
            return f"{local}*{upstream}"
        self.gated.add(edge.tail)
        return f"IF({upstream}=0,0,{local}*{upstream})"

    def gradient(self, k: int, row: int) -> Cell:
        """The sum over the place's uses of local times global."""
        if k == self.root:
            return Cell(1.0, "1")
        if self.program.is_constant(k):
            return EMPTY
        terms = (
            self.product(edge, cell_name(2 + use, self.column[k]), self.cell(edge.head, row))
            for use, edge in enumerate(self.program.uses[k])
        )
        return Cell(self.program.gradient(k), self.summed(k, terms))

    def summed(self, k: int, terms: Iterable[str]) -> str:
        """The formula of a place's gradient: the sum of what its uses give."""
        return self._fitting(k, "+".join(terms) or "0")

    def _fitting(self, k: int, text: str) -> str:
        """A formula that belongs to a place, if a spreadsheet takes it."""
        self._refuse_long(k, len(text))
        return text

    def _refuse_long(self, k: int, characters: int) -> None:
        """Refuse a formula of at least so many characters."""
        if characters > MOST_CHARACTERS:
            operands, uses = len(self.program.operands[k]), len(self.program.uses[k])
            raise ValueError(
                f"{self.called[k]} has {operands:,} operands and {uses:,} uses: a formula of {characters:,} characters "
                f"or more, and spreadsheets take at most {MOST_CHARACTERS:,}: make the sheet of a smaller part of it"
            )


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
        SpellingError: a primitive has no spreadsheet form.
        ValueError: there are more nodes than a spreadsheet has columns, or a formula is longer than it takes.

    Examples:
        >>> (w,) = variables(w=2.0)
        >>> sheet = training_sheet(w * w, [w], 0.25, 3)
        >>> [row[1].value for row in sheet.rows[2:]]
        [2.0, 1.0, 0.5]
    """
    program, learning_rate = Program.of(root), plain(learning_rate)
    trained = [program.find(each, "parameters") for each in parameters]
    layout = _Layout(program, columns_each=2)
    flowing = [k for k in reversed(layout.places) if not program.is_constant(k)]
    beside = {k: 1 + len(layout.places) + column for column, k in enumerate(flowing)}
    rate = "$B$1"
    rows = [[Cell("learning rate"), Cell(learning_rate), *[EMPTY] * (len(layout.places) + len(flowing) - 1)]]
    gradients_of = (f"gradient of {layout.called[k]}" for k in flowing)
    rows.append([Cell("attempt"), *map(Cell, (*(layout.called[k] for k in layout.places), *gradients_of))])
    numbers = list(program.numbers)
    for attempt in range(attempts):
        row = 2 + attempt
        numbers = program.evaluate({k: numbers[k] for k in trained}) if attempt else numbers
        gradients = program.differentiate(program.partials_at(numbers))
        cells = [Cell(float(attempt + 1))]
        for k in layout.places:
            if program.is_computed(k):
                cells.append(layout.maths(k, row, row, numbers[k]))
            elif k in trained and attempt:
                step = f"{layout.cell(k, row - 1)}-{cell_name(row - 1, beside[k])}*{rate}"
                cells.append(Cell(numbers[k], step))
            else:
                cells.append(Cell(numbers[k], layout.cell(k, row - 1) if attempt else ""))
        rows.append([*cells, *(_gradient_cell(layout, k, row, beside, gradients) for k in flowing)])
        for k in trained:
            numbers[k] -= gradients[k] * learning_rate
    return Worksheet(rows, headings=1)


def _gradient_cell(layout: _Layout, k: int, row: int, beside: Mapping[int, int], gradients: Sequence[float]) -> Cell:
    if k == layout.root:
        return Cell(1.0, "1")
    terms = [
        layout.product(edge, layout.slope(edge, row), cell_name(row, beside[edge.head]))
        for edge in layout.program.uses[k]
    ]
    return Cell(gradients[k], layout.summed(k, terms))
