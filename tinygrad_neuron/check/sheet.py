"""The worksheet: the neuron's maths, local, global and faux gradients in cells, as formulas of the input cells."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..graph import depending_on, node_of, replay
from ..store import write_whole
from ..value import Value, as_value, topological_order
from ..write import names
from ..write.spreadsheet import formula
from ..write.symbol import Symbol
from .faux import faux_gradient

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

    Examples:
        >>> x, w = variables(x=3.0, w=2.0)
        >>> sheet = worksheet((x * w).squared())
        >>> [cell.formula for cell in sheet.rows[1]][1:5]
        ['', '', '(B2*C2)', 'POWER(D2,2)']
    """
    as_value(root).zero_grad()
    root.backward()
    layout = _Layout(root)
    uses = max((len(layout.uses[node]) for node in layout.nodes), default=0)
    chosen = [node for node in layout.nodes if node.label and not node.is_constant and node is not root]
    chosen = chosen if wrt is None else list(wrt)
    gradient_row, faux_row = 2 + uses, 3 + uses
    tiny = cell_name(faux_row + len(chosen), 1)
    rows = [[Cell(""), *(Cell(layout.called[node]) for node in layout.nodes), Cell("faux gradient")]]
    rows.append([Cell("maths"), *(layout.maths(node, 1, 1) for node in layout.nodes), EMPTY])
    for k in range(uses):
        title = "local gradient" + (f" {k + 1}" if uses > 1 else "")
        rows.append([Cell(title), *(layout.local(node, k) for node in layout.nodes), EMPTY])
    rows.append([Cell("global gradient"), *(layout.gradient(node, gradient_row) for node in layout.nodes), EMPTY])
    for number, node in enumerate(chosen):
        rows.append(_faux_row(layout, node, faux_row + number, h, tiny))
    rows.append([Cell("tiny"), Cell(h), *[EMPTY] * len(layout.nodes)])
    return Worksheet(rows)


def _faux_row(layout: _Layout, nudged: Value, row: int, h: float, tiny: str) -> list[Cell]:
    numbers = replay(layout.root, {nudged: nudged.data + h})
    moved = depending_on([nudged], layout.order)
    cells = [Cell(f"faux gradient of {layout.called[nudged]}")]
    for node in layout.nodes:
        if node is nudged:
            cells.append(Cell(numbers[node], f"{layout.cell(node, 1)}+{tiny}"))
        elif node in moved:
            cells.append(layout.maths(node, row, row, numbers[node]))
        else:
            cells.append(Cell(numbers[node], layout.cell(node, 1)))
    slope = f"({layout.cell(layout.root, row)}-{layout.cell(layout.root, 1)})/{tiny}"
    return [*cells, Cell(faux_gradient(layout.root, nudged, h), slope)]


class _Layout:
    """Which node stands in which column, and how its cells are computed."""

    def __init__(self, root: Value) -> None:
        self.root, self.order = root, topological_order(root)
        self.called = names(root)
        self.nodes = [node for node in self.order if node.label or not node.is_constant]
        self.column = {node: k for k, node in enumerate(self.nodes, 1)}
        self.uses: dict[Value, list[tuple[Value, int]]] = {node: [] for node in self.order}
        for node in self.order:
            for place, slope in enumerate(node.partials):
                if slope is not None:
                    self.uses[node.operands[place]].append((node, place))

    def cell(self, node: Value, row: int) -> str:
        """The cell of a node in a row."""
        return cell_name(row, self.column[node])

    def symbol(self, node: Value, row: int) -> Any:
        """A node as a symbol for its cell; a constant as its number."""
        return Symbol(self.cell(node, row)) if node in self.column else node.data

    def maths(self, node: Value, row: int, operands: int, value: float | None = None) -> Cell:
        """How a node is computed from cells of a row."""
        data = node.data if value is None else value
        if node.primitive is None:
            return Cell(data, "" if row == 1 else self.cell(node, 1))
        applied = Symbol(node.primitive.name, [self.symbol(each, operands) for each in node.operands])
        return Cell(data, formula(applied))

    def local(self, node: Value, k: int) -> Cell:
        """The local derivative of the node's k-th use, of the maths row."""
        if k >= len(self.uses[node]):
            return EMPTY
        consumer, place = self.uses[node][k]
        return Cell(consumer.partials[place], self.slope(consumer, place, 1))

    def slope(self, consumer: Value, place: int, row: int) -> str:
        """The rule of the table for one operand, as a formula of the cells of a row."""
        arguments = [self.symbol(each, row) for each in consumer.operands]
        wanted = [k == place for k in range(len(arguments))]
        return formula(consumer.primitive.partials(self.symbol(consumer, row), arguments, wanted)[place])  # type: ignore[union-attr]

    def gradient(self, node: Value, row: int) -> Cell:
        """The sum over the node's uses of local times global."""
        if node is self.root:
            return Cell(1.0, "1")
        if node.is_constant:
            return EMPTY
        terms = (
            f"{cell_name(2 + k, self.column[node])}*{self.cell(consumer, row)}"
            for k, (consumer, _) in enumerate(self.uses[node])
        )
        return Cell(node.grad, "+".join(terms) or "0")


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

    Examples:
        >>> (w,) = variables(w=2.0)
        >>> sheet = training_sheet(w * w, [w], 0.25, 3)
        >>> [row[1].value for row in sheet.rows[2:]]
        [2.0, 1.0, 0.5]
    """
    trained = [node_of(root, each, "parameters") for each in parameters]
    layout = _Layout(root)
    flowing = [node for node in reversed(layout.nodes) if not node.is_constant]
    beside = {node: 1 + len(layout.nodes) + k for k, node in enumerate(flowing)}
    rate = "$B$1"
    rows = [[Cell("learning rate"), Cell(learning_rate), *[EMPTY] * (len(layout.nodes) + len(flowing) - 1)]]
    headings = [
        *(layout.called[node] for node in layout.nodes),
        *(f"gradient of {layout.called[node]}" for node in flowing),
    ]
    rows.append([Cell("attempt"), *map(Cell, headings)])
    numbers = {node: node.data for node in layout.order}
    for attempt in range(attempts):
        row = 2 + attempt
        numbers = replay(root, {node: numbers[node] for node in trained}) if attempt else numbers
        gradients = _gradients(layout, numbers)
        cells = [Cell(float(attempt + 1))]
        for node in layout.nodes:
            if node.primitive:
                cells.append(layout.maths(node, row, row, numbers[node]))
            elif node in trained and attempt:
                step = f"{layout.cell(node, row - 1)}-{cell_name(row - 1, beside[node])}*{rate}"
                cells.append(Cell(numbers[node], step))
            else:
                cells.append(Cell(numbers[node], layout.cell(node, row - 1) if attempt else ""))
        cells += [_gradient_cell(layout, node, row, beside, gradients) for node in flowing]
        rows.append(cells)
        numbers |= {node: numbers[node] - gradients[node] * learning_rate for node in trained}
    return Worksheet(rows, headings=1)


def _gradients(layout: _Layout, numbers: Mapping[Value, float]) -> dict[Value, float]:
    """The gradients of a graph at other numbers."""
    gradients = dict.fromkeys(layout.order, 0.0) | {layout.root: 1.0}
    for node in reversed(layout.order):
        if node.primitive is None:
            continue
        wanted = [slope is not None for slope in node.partials]
        slopes = node.primitive.partials(numbers[node], [numbers[each] for each in node.operands], wanted)
        for operand, slope in zip(node.operands, slopes, strict=True):
            if slope is not None:
                gradients[operand] += gradients[node] * float(slope)
    return gradients


def _gradient_cell(
    layout: _Layout,
    node: Value,
    row: int,
    beside: Mapping[Value, int],
    gradients: Mapping[Value, float],
) -> Cell:
    if node is layout.root:
        return Cell(1.0, "1")
    terms = (
        f"{layout.slope(consumer, place, row)}*{cell_name(row, beside[consumer])}"
        for consumer, place in layout.uses[node]
    )
    return Cell(gradients[node], "+".join(terms) or "0")
