"""Question sheets: what is asked of a derivation, with blanks to be filled in; the key; numbers for a class."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple, overload

from ..arguments import require
from ..checking.points import decisions, find_shares
from ..checking.samples import Samples
from ..checking.search import FACTORS
from ..checking.slips import Slips
from ..formulas.derivation import symbols
from ..formulas.symbol import Symbol, unicode
from ..program import Edge, Program
from ..value import Value
from .handins import VALUE
from .sheet import EMPTY, Cell, Worksheet, lay_out

HEADINGS = ("link", "formula", "answer")
MOST_DIGITS = 15
DRAWS, DECIMALS = 300, 2  # points that are drawn, and the decimals of their numbers
USUAL = 1.5  # mistakes that are no more far-fetched than this must show
FAR = 0.5  # how far numbers move, relative; 0.5 for those near 0
SPECIAL = frozenset({0.0, 1.0, -1.0, 2.0, 0.5})  # numbers at which wrong formulas are right


class Question(NamedTuple):
    """A blank: what is asked for, how it is computed if that is said, and the answer."""

    link: str
    formula: str
    answer: float


class QuestionSheet(Worksheet):
    """A worksheet with blanks. It is saved as a Worksheet is; filled in as .csv or .md it can be graded.

    Attributes:
        key: the same filled in, at the digits that are asked for.
        alike: the likely mistakes that give the right figure at these digits, in words.
        root: the end of the graph with these numbers.
    """

    root: Value
    alike: tuple[str, ...]

    def __init__(
        self, root: Value, questions: Sequence[Question], given: str, digits: int, alike: Sequence[str]
    ) -> None:
        self.root, self.alike = root, tuple(alike)
        super().__init__(_write(questions, given, digits, None), headings=1)
        self.key: Worksheet = Worksheet(_write(questions, given, digits, "key"), headings=1)


def _write(questions: Sequence[Question], given: str, digits: int, key: str | None) -> list[list[Cell]]:
    """The rows: what is given, the headings, and a question in each."""
    asked = Cell(f"{given}; {digits} digits")
    rows = [[asked, EMPTY, EMPTY], [Cell(each) for each in HEADINGS]]
    for link, formula, answer in questions:
        rows.append([Cell(link), Cell(formula), Cell(f"{answer:#.{digits}g}" if key else "")])
    return rows


@overload
def worksheet(
    root: Value, h: float = 1e-4, wrt: Sequence[Value | str] | None = None, *, blank: Literal[False] = False
) -> Worksheet: ...
@overload
def worksheet(root: Value, *, blank: Literal[True], seed: int | None = None, digits: int = 3) -> QuestionSheet: ...
def worksheet(
    root: Value,
    h: float = 1e-4,
    wrt: Sequence[Value | str] | None = None,
    *,
    blank: bool = False,
    seed: int | None = None,
    digits: int = 3,
) -> Worksheet:
    """The sheet of a graph: a column for each node, rows for its maths and for its gradients.

    Every computed cell is a formula: the row of maths of the input cells, the
    local derivatives of the maths, the global gradients of the local ones, and
    each faux row computes everything again with one number nudged.

    Args:
        root: the end of the graph. Gradients it had before are forgotten.
        h: the nudge of the faux rows; a cell of the sheet as well.
        wrt: the nodes, or their labels, that get a faux row; all with a label unless given.
        blank: for a question sheet in its place, to be filled in: stages, local derivatives and gradients.
        seed: draws other numbers for a question sheet, at which every usual mistake gives another figure.
        digits: how many significant digits a question sheet asks for.

    Returns:
        The Worksheet. A question sheet has its answers as `.key`, the graph with these numbers as `.root`, and in
        `.alike` the mistakes that can't be told from what is right at these digits.

    Raises:
        LanguageError: a primitive has no spreadsheet form.
        ValueError: h is 0 or not finite, there are more nodes than a spreadsheet has columns, or a formula is longer
            than it takes.

    Examples:
        >>> x, w = variables(x=3.0, w=2.0)
        >>> sheet = worksheet((x * w).squared())
        >>> [cell.formula for cell in sheet.rows[1]][1:5]
        ['', '', '(B2*C2)', 'POWER(D2,2)']
    """
    return _ask(root, seed, digits) if blank else lay_out(root, h, wrt)


def _ask(root: Value, seed: int | None, digits: int) -> QuestionSheet:
    """The question sheet of a graph: its stages, its local derivatives, its gradients."""
    require(0 < digits <= MOST_DIGITS, f"digits must be from 1 to {MOST_DIGITS}", digits)
    root, alike = (root, find_alike(root, digits)) if seed is None else draw_numbers(root, seed, digits)
    program = Program.of(root)
    leaves = [k for k in program.leaves if program.tags[k].label]
    given = ", ".join(f"{program.names[k]} = {program.numbers[k]:g}" for k in leaves)
    questions = list(_list_questions(program))
    require(bool(questions), "a question sheet needs stages with names: name them, as in net = w*x + b", len(questions))
    return QuestionSheet(root, questions, given, digits, alike)


def _list_questions(program: Program) -> Iterator[Question]:
    """Values of the stages, local derivatives between them from the root down, then gradients."""
    called, top = symbols(program), program.roots[0]
    stages = [k for k in range(len(program)) if program.is_computed(k) and (program.tags[k].label or k == top)]
    gradients = program.differentiate()
    for k in stages:
        yield Question(f"{program.names[k]} {VALUE}", _write_formula(program, k, called), program.numbers[k])
    for edge in _list_links(program, [k for k in stages if k != top]):
        part = Program.of(program.nodes[edge.head])
        slope = part.differentiate()[part.places[program.nodes[edge.tail]]]
        yield Question(f"∂{program.names[edge.head]}/∂{program.names[edge.tail]}", "", slope)
    for k in reversed(range(len(program))):
        if program.tags[k].label and not program.is_constant(k) and k != top:
            yield Question(f"∂{program.names[top]}/∂{program.names[k]}", "", gradients[k])


def _write_formula(program: Program, k: int, called: Sequence[Any]) -> str:
    """How a stage is computed of those before it."""
    operands = [called[o] for o in program.operands[k]]
    whole = Symbol(program.primitives[k].name, operands)  # type: ignore[union-attr]
    return unicode(whole).text


def _list_links(program: Program, stages: Sequence[int]) -> Iterator[Edge]:
    """Each named stage with the names that it is computed of, through operations without a name."""
    for head in reversed(stages):
        part = Program.of(program.nodes[head])
        named = {k for k, tag in enumerate(part.tags) if tag.label and k != part.roots[0]}
        rows = [[None] * len(row) if k in named else row for k, row in enumerate(part.slopes)]
        reached = part.backward(rows)
        for k in sorted(named, reverse=True):
            if reached[k] is not None and not part.is_constant(k):
                yield Edge(program.places[part.nodes[k]], head, 0)


# ---------------------------------------------------------------- numbers that show every mistake
def draw_numbers(root: Value, seed: int, digits: int = 3) -> tuple[Value, list[str]]:
    """The graph at other short numbers, at which every usual mistake gives another figure.

    Conditions decide as at the given numbers; whole numbers above 2 and shares that add up to 1 stay.

    Args:
        root: the end of the graph.
        seed: the same gives the same numbers.
        digits: at how many significant digits the figures must differ.

    Returns:
        The new end of the graph, and the mistakes that don't show, in words.
    """
    chance, program = random.Random(f"{seed} numbers"), Program.of(root)
    best: tuple[int, Program, list[str]] | None = None
    for _ in range(DRAWS):
        moved = program.at(_draw(program, chance))
        if decisions(moved) != decisions(program) or not all(map(math.isfinite, moved.numbers)):
            continue
        alike = _find_alike(moved, digits)
        if best is None or len(alike) < best[0]:
            best = len(alike), moved, alike
        if not alike:
            break
    if best is None:
        return root, find_alike(root, digits)
    _, found, alike = best
    values = found.values()
    return values[found.roots[0]], alike


def _draw(program: Program, chance: random.Random) -> dict[int, float]:
    shares = {program.places[leaf] for group in find_shares(program) for leaf in group}
    counts = {k for k in program.leaves if program.numbers[k].is_integer() and abs(program.numbers[k]) > 2}
    found: dict[int, float] = {}
    for k in program.leaves:
        if k not in shares | counts:
            found[k] = _draw_number(program.numbers[k], chance, {abs(each) for each in found.values()})
    return found


def _draw_number(near: float, chance: random.Random, taken: set[float]) -> float:
    """A short number that is neither special nor another's."""
    reach = FAR * max(abs(near), 1.0)
    for _ in range(DRAWS):
        number = round(near + chance.uniform(-reach, reach), DECIMALS)
        if number not in SPECIAL and abs(number) not in taken:
            return number
    return near


def find_alike(root: Value, digits: int) -> list[str]:
    """The usual mistakes in any gradient of a named node that give the right figure at so many digits, in words."""
    return _find_alike(Program.of(root), digits)


def _find_alike(program: Program, digits: int) -> list[str]:
    samples, found = Samples(program, here=True), list[str]()
    for k, tag in enumerate(program.tags):
        if tag.label and k not in program.roots and not program.is_constant(k):
            slips = Slips(samples, k, [samples.points[0].slopes], [{program.roots[0]: 1.0}])
            found += [f"{program.names[k]}: {words}" for words in _list_alike(slips, digits)]
    return found


def _list_alike(slips: Slips, digits: int) -> Iterator[str]:
    right = f"{slips.exact[0]:.{digits}g}"
    for _, words, _, factor in FACTORS:
        if f"{factor * slips.exact[0]:.{digits}g}" == right:
            yield words
    for slip in slips.list_all():
        made = slips.gradient(slip.change, 0)
        if slip.cost <= USUAL and made != slips.exact[0] and f"{made:.{digits}g}" == right:
            yield slip.say().words
