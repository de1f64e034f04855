"""Derivations: the chain rule of a graph, in symbols and then with numbers put in."""

from __future__ import annotations

import functools
import itertools
import math
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..arguments import require_known
from ..graph import chains
from ..primitives import Ieee
from ..program import Edge, Program
from ..registry import read_asset
from ..results import Formats, Result
from ..value import Value
from .expression import Expression
from .formula import ATOM, LONGEST, Term, bound, names
from .simplify import add, multiply, simplify
from .symbol import Symbol, escape, gated, latex, latex_number, simplified, unicode, wrapped

MOST_PATHS, LONGEST_PATH = 6, 10  # paths that are written out, and links of one before scopes are folded
LEVELS = ("stages", "operations")
MOST_LINKS = 1000  # of a path: a derivation of more lines than this is of use to nobody


class Factor(NamedTuple):
    """One factor of a chain: the partial of a stage by another, or those of a folded scope together.

    Attributes:
        above, below: what is differentiated, and by what, as symbols.
        formula: the partial in symbols; a number where it is one, None where it is folded.
        value: the number.
        cases: the partial by cases, where it is said so: "1 if net > 0, else 0".
    """

    above: Any
    below: Any
    formula: Any
    value: float
    cases: str = ""

    def to_dict(self) -> dict[str, Any]:
        """What is differentiated by what, as texts, with the formula and the number."""
        above, below, formula = (None if each is None else unicode(each).text for each in self[:3])
        return {"of": above, "by": below, "formula": formula, "value": self.value, "cases": self.cases}


class _Writing(NamedTuple):
    """How chains are written: in text or in LaTeX."""

    term: Callable[[Any], Term]
    enclose: Callable[[Term, int], str]
    number: Callable[[float], str]
    quotient: str
    times: str
    parentheses: str
    cases: Callable[[str], str]

    def name(self, derivative: Factor | Derivation) -> str:
        """What is differentiated, and by what."""
        ends = derivative.above, derivative.below
        return self.quotient.format(*(self.enclose(self.term(each), ATOM) for each in ends))

    def figure(self, factor: Factor) -> str:
        """A factor as a number."""
        number = self.number(factor.value)
        return number if factor.value >= 0 else self.parentheses.format(number)

    def equation(self, factor: Factor) -> str:
        """A factor's formula and its number."""
        if factor.cases:
            return f"{self.number(factor.value)} {self.cases(factor.cases)}"
        formula = f"{self.term(factor.formula).text} = " if isinstance(factor.formula, Symbol) else ""
        return formula + self.number(factor.value)

    def sum(self, paths: Sequence[Sequence[Factor]], write: Callable[[Factor], str], left_out: str) -> str:
        """The sum over paths of the products along them."""
        products = [self.times.join(map(write, path)) or "1" for path in paths]
        return " + ".join([*products, left_out] if left_out else products)


@dataclass(frozen=True, repr=False)
class Derivation(Result):
    """The chain rule for one gradient. It is saved as .txt, .md, .tex or .json.

    Attributes:
        above, below: what is differentiated, and by what, as symbols.
        paths: for each path from the one to the other its factors, the root's first.
        total: how many paths there are; more than are written out, perhaps.
        gradient: their sum.
    """

    above: Any
    below: Any
    paths: tuple[tuple[Factor, ...], ...]
    total: int
    gradient: float

    @property
    def text(self) -> str:
        """The derivation in plain text."""
        more = self.total - len(self.paths)
        lines = self._lines(TEXT, f"… ({more:,} more paths)" if more else "")
        head, chain, factors, *rest = lines
        where = ["", "where", *(f"  {name} = {equation}" for name, equation in factors), ""] if factors else []
        aligned = [f"{head if not k and where else ' ' * len(head)} = {line}" for k, line in enumerate(rest)]
        return "\n".join([f"{head} = {chain}", *where, *aligned])

    @property
    def latex(self) -> str:
        """The derivation as lines of LaTeX's `aligned`."""
        head, chain, factors, *rest = self._lines(LATEX, r"\dots" if self.total > len(self.paths) else "")
        names = [head if not k and factors else "" for k in range(len(rest))]
        equations = [(head, chain), *factors, *zip(names, rest, strict=True)]
        body = " \\\\\n".join(f"{left} &= {right}".lstrip() for left, right in equations)
        return "\\begin{aligned}\n" + body + "\n\\end{aligned}"

    @property
    def markdown(self) -> str:
        """The derivation for a Markdown page that typesets LaTeX between dollar signs."""
        return f"**{TEXT.name(self)}**\n\n$$\n{self.latex}\n$$\n"

    @property
    def closed(self) -> Any:
        """The gradient in one formula, as symbols; None where paths are left out or factors are folded."""
        formulas = [[factor.formula for factor in path] for path in self.paths]
        if self.total > len(self.paths) or any(each is None for path in formulas for each in path):
            return None
        return add(multiply(path) for path in formulas)

    def to_dict(self) -> dict[str, Any]:
        """What is differentiated by what, the factors of each path that is written out, and the gradient."""
        above, below, paths = unicode(self.above).text, unicode(self.below).text, self.paths
        factors = [[factor.to_dict() for factor in path] for path in paths]
        closed = None if self.closed is None else unicode(self.closed).text
        parts = {"of": above, "by": below, "paths": factors, "total": self.total}
        return {**parts, "closed": closed, "gradient": self.gradient}

    def __str__(self) -> str:
        """The derivation in plain text."""
        return self.text

    def _formats(self) -> Formats:
        return {**super()._formats(), ".md": lambda: self.markdown, ".tex": lambda: self.latex + "\n"}

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002
        return {"text/latex": f"$\\displaystyle {self.latex}$", "text/plain": self.text}

    def _lines(self, writing: _Writing, left_out: str) -> tuple[Any, ...]:
        """The gradient's name, the chain, each factor with its equation, then closed form, numbers and gradient.

        A chain of one link alone has no chain to be shown.
        """
        factors = {TEXT.name(factor): factor for path in self.paths for factor in path}.values()
        closed = self.closed
        formula = writing.term(closed).text if isinstance(closed, Symbol) else ""
        shown = [[factor for factor in path if factor.formula != 1.0] for path in self.paths]
        numbers = writing.sum(shown, writing.figure, left_out)
        result = writing.number(self.gradient) if writing is LATEX else repr(self.gradient).replace("-", "−", 1)
        if len(self.paths) == len(factors) == 1:
            (factor,) = factors
            said = [writing.equation(factor)] if factor.cases else [formula] if formula else []
            first, *more = [*said, result]
            return writing.name(self), first, [], *more
        equations = [(writing.name(factor), writing.equation(factor)) for factor in factors]
        lines = [
            *filter(None, (formula, numbers if any(len(path) > 1 for path in shown) or len(shown) > 1 else "")),
            result,
        ]
        return writing.name(self), writing.sum(self.paths, writing.name, left_out), equations, *lines


def derive(root: Value, wrt: Value | str, *, level: str = "stages") -> Derivation:
    """Write down the chain rule of a graph for one gradient.

    Args:
        root: what is differentiated.
        wrt: by what: a leaf or a computed value of the graph, or its label.
        level: "stages" goes from one named stage to the next, as on paper; "operations" through every operation.

    Returns:
        A Derivation: `.text`, `.latex` and `.markdown`, first in symbols, then
        with the numbers of the forward pass, ending in the gradient. A notebook
        shows it typeset.

    Raises:
        ValueError: there is no such node or level, the root doesn't depend on it, or the way there is too long to be
            read.

    Examples:
        >>> x, w = variables(x=3.0, w=2.0)
        >>> net = x * w
        >>> net.label = "net"
        >>> print(derive(net.squared(), w))
        ∂(net²)/∂w = ∂(net²)/∂net · ∂net/∂w
        <BLANKLINE>
        where
          ∂(net²)/∂net = 2·net = 12
          ∂net/∂w = x = 3
        <BLANKLINE>
        ∂(net²)/∂w = 2·net·x
                   = 12 · 3
                   = 36.0
    """
    require_known("level", [level], LEVELS)
    program = Program.of(root)
    return derivation(program, program.find(wrt, "wrt"), level)


def derivation(program: Program, wrt: int, level: str = "stages") -> Derivation:
    """The same for a program that is made already, by a place."""
    called = symbols(program)
    longest = program.backward(program.slopes, max, lambda links, _slope: links + 1, {program.roots[0]: 0})[wrt]
    if longest is None:
        raise ValueError(f"{called[program.roots[0]]} doesn't depend on {called[wrt]}, or only as on a constant")
    if longest > MOST_LINKS:
        raise ValueError(
            f"a path from {called[wrt]} has {longest:,} links, and nobody reads more than {MOST_LINKS:,}: "
            "derive by a stage that is nearer, or from one to the next"
        )
    steps = _Stages(program, wrt, called) if level == "stages" else _Operations(program, called)
    found = chains(steps.program, steps.place(wrt), MOST_PATHS)
    paths = tuple(tuple(reversed(list(_list_factors(path, steps)))) for path in found.paths)
    return Derivation(called[program.roots[0]], called[wrt], paths, found.total, found.gradient)


class _Operations:
    """Every operation is a link.

    Args:
        program: the graph.
        called: each place as a symbol.
    """

    def __init__(self, program: Program, called: Sequence[Any]) -> None:
        self.program, self.called = program, called

    def place(self, k: int) -> int:
        """Where a place of the graph stands."""
        return k

    def factor(self, edge: Edge) -> Factor:
        """A link as a factor."""
        formula, cases = _formula(self.program, edge, self.called)
        return Factor(self.called[edge.head], self.called[edge.tail], formula, self.program.slope(edge), cases)


class _Stages:
    """A link leads from one named stage to the next: all that lies between is differentiated at once.

    Args:
        program: the graph.
        wrt: what is differentiated by.
        called: each place as a symbol.
    """

    def __init__(self, program: Program, wrt: int, called: Sequence[Any]) -> None:
        on_the_way = program.depending([wrt])
        flowing = program.backward(program.slopes, lambda *_: True, lambda *_: True, {program.roots[0]: True})
        named = [k for k, tag in enumerate(program.tags) if tag.label or k in (wrt, program.roots[0])]
        self.stages = [k for k in named if k >= wrt and on_the_way[k] and flowing[k]]
        self.graph, self.names = program, called
        self.called = [called[k] for k in self.stages]
        self._slopes = _cut(program, program.slopes, self.stages, on_the_way)
        self._written: dict[int, Any] = {}
        numbers = {k: self._differentiate(k, self._slopes[0], self._slopes[1]) for k in self.stages}
        rows = [[p for p in self.stages if p < k and numbers[k][p] is not None] for k in self.stages]
        operands = [tuple(map(self.place, row)) for row in rows]
        partials = [[numbers[k][p] for p in row] for k, row in zip(self.stages, rows, strict=True)]
        tags, entries = [program.tags[k] for k in self.stages], [program.primitives[k] for k in self.stages]
        values = [program.numbers[k] for k in self.stages]
        self.program: Program = Program(
            entries, operands, [self.place(program.roots[0])], numbers=values, partials=partials, tags=tags
        )

    def place(self, k: int) -> int:
        """Where a place of the graph stands among the stages."""
        return self.stages.index(k)

    def factor(self, edge: Edge) -> Factor:
        """A link as a factor."""
        above, below = self.stages[edge.head], self.stages[edge.tail]
        between = [e for e in self.graph.uses[below] if e.head == above]
        alone = between[0] if len(between) == 1 and len(self._found(above)[below]) == 1 else None
        if alone is not None:
            formula, cases = _formula(self.graph, alone, self.names)
        else:
            formula, cases = add(self._found(above)[below]), ""
        return Factor(
            self.called[edge.head], self.called[edge.tail], simplify(formula), self.program.slope(edge), cases
        )

    def _found(self, above: int) -> list[Any]:
        """For each place the derivative of a stage by it, as a list of products, one for each way between."""
        if above not in self._written:
            formulas = _read_formulas(self.graph, self.names)
            opened, closed = _cut(self.graph, formulas, self.stages, self.graph.depending(self.stages[:1]))
            mixed = [row if k == above else closed[k] for k, row in enumerate(opened)]
            ways = self.graph.backward(
                mixed,
                lambda a, b: [*a, *b],
                lambda ways, slope: [multiply((each, slope)) for each in ways],
                {above: [1.0]},
            )
            self._written[above] = ways
        return self._written[above]  # type: ignore[no-any-return]

    def _differentiate(self, k: int, opened: Sequence[Any], closed: Sequence[Any]) -> list[Any]:
        """The derivative of a stage by those just below it, in numbers."""
        mixed = [row if place == k else closed[place] for place, row in enumerate(opened)]
        return self.graph.backward(mixed, seeds={k: 1.0})


def _cut(
    program: Program, slopes: Any, stages: Sequence[int], on_the_way: Sequence[bool]
) -> tuple[list[Any], list[Any]]:
    """The partials along which something depends on the start; and the same without those of named stages."""
    opened = [
        [slope if on_the_way[o] else None for o, slope in zip(row, each, strict=True)]
        for row, each in zip(program.operands, slopes, strict=True)
    ]
    named = set(stages)
    return opened, [[None] * len(row) if k in named else row for k, row in enumerate(opened)]


def local_derivatives(program: Program, called: Sequence[Any] | None = None) -> list[tuple[str, ...]]:
    """The partials of each computed place in names, as people write them; "" along constants.

    Args:
        program: the graph.
        called: each place as a symbol, if not by its own name.

    Examples:
        >>> x, w = variables(x=3.0, w=2.0)
        >>> local_derivatives(Program.of((x * w).tanh()))[2:]
        [('w', 'x'), ('1 − tanh(x·w)²',)]
    """
    rows = _read_formulas(program, symbols(program) if called is None else called)
    return [
        tuple("" if slope is None else cases_of(program, k, slot) or _written(slope) for slot, slope in enumerate(row))
        for k, row in enumerate(rows)
    ]


def _written(slope: Any) -> str:
    return unicode(slope).text if isinstance(slope, Symbol) else _figure(float(slope))


def cases_of(program: Program, k: int, slot: int) -> str:
    """A partial that is said by cases: 1 if net > 0, else 0; "" for others."""
    primitive, cases = program.primitives[k], _table()["cases"]
    name = primitive.name if primitive else ""
    said = cases.get(f"{name}.{slot}", cases.get(name, ""))
    if not said:
        return ""
    called = [symbols(program)[o] for o in (program.operands[k][slot], program.operands[k][0])]
    return str(said).format(**{key: unicode(each).text for key, each in zip("xu", called, strict=True)})


@functools.cache
def _table() -> dict[str, Any]:
    """The derivatives that people write otherwise, read."""
    table = tomllib.loads(read_asset(__package__, "derivatives.toml"))
    variables = ("x", "y", "u", "v")
    table["written"] = {name: Expression(each, variables).symbol for name, each in table["written"].items()}
    return table


def _list_factors(path: Sequence[Edge], steps: _Operations | _Stages) -> Iterator[Factor]:
    """A factor for each link; for those of one scope together where the path is long."""
    program, called = steps.program, steps.called

    def together(edge: Edge) -> Any:
        return (len(path) > LONGEST_PATH and program.tags[edge.head].scope[:1]) or edge

    for links in (list(group) for _, group in itertools.groupby(path, together)):
        if len(links) == 1:
            yield steps.factor(links[0])
        else:
            yield Factor(called[links[-1].head], called[links[0].tail], None, math.prod(map(program.slope, links)))


def _formula(program: Program, edge: Edge, called: Sequence[Any]) -> tuple[Any, str]:
    """A partial in symbols, and by cases where it is said so."""
    if cases := cases_of(program, edge.head, edge.slot):
        return program.slope(edge), cases
    wanted = [k == edge.slot for k in range(len(program.operands[edge.head]))]
    formula = _slopes(program, edge.head, called, wanted)[edge.slot]
    return (formula if isinstance(formula, Symbol) else float(formula)), ""


def _read_formulas(program: Program, called: Sequence[Any]) -> list[Sequence[Any]]:
    """The partials of all places in symbols; numbers where they are said by cases."""
    rows = []
    for k in range(len(program)):
        primitive = program.primitives[k]
        by_cases = primitive is not None and (primitive.name == "where" or primitive.name in _table()["cases"])
        rows.append(program.slopes[k] if by_cases else _slopes(program, k, called, program.wanted[k]))
    return rows


def _slopes(program: Program, k: int, called: Sequence[Any], wanted: Sequence[bool]) -> Sequence[Any]:
    """The rules in names: as people write them, else those of the table; numbers, where a rule takes numbers alone."""
    row = program.operands[k]
    if not row:
        return ()
    name = program.primitives[k].name  # type: ignore[union-attr]
    arguments = [Ieee(program.numbers[o]) if program.is_constant(o) else called[o] for o in row]
    written = [_table()["written"].get(f"{name}.{slot}", _table()["written"].get(name)) for slot in range(len(row))]
    try:
        found = list(map(gated, program.primitives[k].partials(called[k], arguments, wanted)))  # type: ignore[union-attr]
    except (TypeError, AttributeError):
        found = list(program.slopes[k])
    for slot, tree in enumerate(written):
        if tree is not None and wanted[slot]:
            names = {"x": arguments[slot], "y": called[k]} | dict(zip("uv", arguments, strict=False))
            found[slot] = substitute(tree, names)
    return found


def substitute(tree: Any, names: Mapping[str, Any]) -> Any:
    """A formula with others in the place of its names."""
    if not isinstance(tree, Symbol):
        return tree
    if tree.operands is None:
        return names.get(tree.head, tree)
    return simplified(tree.head, [substitute(each, names) for each in tree.operands])


def symbols(program: Program) -> list[Any]:
    """Each place as a symbol: its label, or the expression it is, or its place where that is long.

    Args:
        program: the graph.
    """
    called = names(program)

    def read(k: int, operands: list[Any]) -> Any:
        name, label = called[k], program.tags[k].label
        if label or not operands:
            return Ieee(program.numbers[k]) if program.is_constant(k) and not label else Symbol(name)
        whole = simplified(program.primitives[k].name, operands)  # type: ignore[union-attr]
        return whole if isinstance(whole, Symbol) and len(unicode(whole).text) <= LONGEST else Symbol(name)

    return program.forward(read)


def _figure(figure: float) -> str:
    return f"{figure:.10g}".replace("-", "−")


TEXT = _Writing(unicode, bound, _figure, "∂{}/∂{}", " · ", "({})", "({})".format)
LATEX = _Writing(
    latex,
    wrapped,
    latex_number,
    r"\frac{{\partial {}}}{{\partial {}}}",
    r" \cdot ",
    r"\left({}\right)",
    lambda cases: rf"\quad\text{{({escape(cases)})}}",
)
