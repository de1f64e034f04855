"""Derivations: the chain rule of a graph, in symbols and then with numbers put in."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..graph import chains
from ..primitives import Ieee
from ..program import Edge, Program
from ..results import Formats, Result
from ..value import Value
from .formula import ATOM, Term, bound, names
from .symbol import Symbol, gated, latex, latex_number, simplified, text, wrapped

MOST_PATHS, LONGEST_PATH = 6, 10  # paths that are written out, and links of one before scopes are folded
MOST_LINKS = 1000  # of a path: a derivation of more lines than this is of use to nobody


class Factor(NamedTuple):
    """One factor of a chain: a partial, or those of a folded scope together.

    Attributes:
        above, below: what is differentiated, and by what, as symbols.
        formula: the partial in symbols; a number where it is one, None where it is folded.
        value: the number.
    """

    above: Any
    below: Any
    formula: Any
    value: float

    def to_dict(self) -> dict[str, Any]:
        """What is differentiated by what, as texts, with the formula and the number."""
        above, below, formula = (None if each is None else text(each).text for each in self[:3])
        return {"of": above, "by": below, "formula": formula, "value": self.value}


class _Writing(NamedTuple):
    """How chains are written: in text or in LaTeX."""

    term: Callable[[Any], Term]
    enclose: Callable[[Term, int], str]
    number: Callable[[float], str]
    quotient: str
    times: str
    parentheses: str

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
        head, symbols, factors, numbers = self._parts(TEXT, f"… ({more:,} more paths)" if more else "")
        lines = [f"{head} = {symbols}", "", "where", *(f"  {name} = {equation}" for name, equation in factors)]
        return "\n".join([*lines, "", f"{head} = {numbers}", f"{' ' * len(head)} = {self.gradient!r}"])

    @property
    def latex(self) -> str:
        """The derivation as lines of LaTeX's `aligned`."""
        dots = r"\dots" if self.total > len(self.paths) else ""
        head, symbols, factors, numbers = self._parts(LATEX, dots)
        equations = [(head, symbols), *factors, (head, numbers), ("", latex_number(self.gradient))]
        body = " \\\\\n".join(f"{left} &= {right}".lstrip() for left, right in equations)
        return "\\begin{aligned}\n" + body + "\n\\end{aligned}"

    @property
    def markdown(self) -> str:
        """The derivation for a Markdown page that typesets LaTeX between dollar signs."""
        return f"**{TEXT.name(self)}**\n\n$$\n{self.latex}\n$$\n"

    def to_dict(self) -> dict[str, Any]:
        """What is differentiated by what, the factors of each path that is written out, and the gradient."""
        above, below, paths = text(self.above).text, text(self.below).text, self.paths
        factors = [[factor.to_dict() for factor in path] for path in paths]
        return {"of": above, "by": below, "paths": factors, "total": self.total, "gradient": self.gradient}

    def __str__(self) -> str:
        """The derivation in plain text."""
        return self.text

    def _formats(self) -> Formats:
        return {**super()._formats(), ".md": lambda: self.markdown, ".tex": lambda: self.latex + "\n"}

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002
        return {"text/latex": f"$\\displaystyle {self.latex}$", "text/plain": self.text}

    def _parts(self, writing: _Writing, left_out: str) -> tuple[str, str, list[tuple[str, str]], str]:
        """The gradient's name, the sum in symbols, each factor once with its equation, and the sum in numbers."""
        factors = {TEXT.name(factor): factor for path in self.paths for factor in path}.values()
        return (
            writing.name(self),
            writing.sum(self.paths, writing.name, left_out),
            [(writing.name(factor), writing.equation(factor)) for factor in factors],
            writing.sum(self.paths, writing.figure, left_out),
        )


def derive(root: Value, wrt: Value | str) -> Derivation:
    """Write down the chain rule of a graph for one gradient.

    Args:
        root: what is differentiated.
        wrt: by what: a leaf or a computed value of the graph, or its label.

    Returns:
        A Derivation: `.text`, `.latex` and `.markdown`, first in symbols, then
        with the numbers of the forward pass, ending in the gradient. A notebook
        shows it typeset.

    Raises:
        ValueError: there is no such node, the root doesn't depend on it, or the way there is too long to be read.

    Examples:
        >>> x, w = variables(x=3.0, w=2.0)
        >>> net = x * w
        >>> net.label = "net"
        >>> print(derive(net.squared(), w))
        ∂squared(net)/∂w = ∂squared(net)/∂net · ∂net/∂w
        <BLANKLINE>
        where
          ∂squared(net)/∂net = 2*net = 12
          ∂net/∂w = x = 3
        <BLANKLINE>
        ∂squared(net)/∂w = 12 · 3
                         = 36.0
    """
    program = Program.of(root)
    return derivation(program, program.find(wrt, "wrt"))


def derivation(program: Program, wrt: int) -> Derivation:
    """The same for a program that is made already, by a place."""
    called = _symbols(program)
    longest = program.backward(program.slopes, max, lambda links, _slope: links + 1, {program.roots[0]: 0})[wrt]
    if longest is None:
        raise ValueError(f"{called[program.roots[0]]} doesn't depend on {called[wrt]}, or only as on a constant")
    if longest > MOST_LINKS:
        raise ValueError(
            f"a path from {called[wrt]} has {longest:,} links, and nobody reads more than {MOST_LINKS:,}: "
            "derive by a stage that is nearer, or from one to the next"
        )
    found = chains(program, wrt, MOST_PATHS)
    paths = tuple(tuple(reversed(list(_factors(program, path, called)))) for path in found.paths)
    return Derivation(called[program.roots[0]], called[wrt], paths, found.total, found.gradient)


def local_derivatives(program: Program) -> list[tuple[str, ...]]:
    """The partials of each computed place in names; "" along constants.

    Args:
        program: the graph.

    Examples:
        >>> x, w = variables(x=3.0, w=2.0)
        >>> local_derivatives(Program.of(x * w))[-1]
        ('w', 'x')
    """
    called = _symbols(program)
    return [
        tuple("" if slope is None else _written(slope) for slope in _slopes(program, k, called, program.wanted[k]))
        for k in range(len(program))
    ]


def _written(slope: Any) -> str:
    return text(slope).text if isinstance(slope, Symbol) else _figure(float(slope))


def _factors(program: Program, path: Sequence[Edge], called: Sequence[Any]) -> Iterator[Factor]:
    """A factor for each edge; for those of one scope together where the path is long."""

    def together(edge: Edge) -> Any:
        return (len(path) > LONGEST_PATH and program.tags[edge.head].scope[:1]) or edge

    for links in (list(group) for _, group in itertools.groupby(path, together)):
        formula = _formula(program, links[0], called) if len(links) == 1 else None
        value = math.prod(map(program.slope, links))
        yield Factor(called[links[-1].head], called[links[0].tail], formula, value)


def _formula(program: Program, edge: Edge, called: Sequence[Any]) -> Any:
    wanted = [k == edge.slot for k in range(len(program.operands[edge.head]))]
    formula = _slopes(program, edge.head, called, wanted)[edge.slot]
    return formula if isinstance(formula, Symbol) else float(formula)


def _slopes(program: Program, k: int, called: Sequence[Any], wanted: Sequence[bool]) -> Sequence[Any]:
    """The rules of the table, read in names; the recorded numbers, where a user's own rule takes numbers alone."""
    row = program.operands[k]
    if not row:
        return ()
    arguments = [Ieee(program.numbers[o]) if program.is_constant(o) else called[o] for o in row]
    try:
        return list(map(gated, program.primitives[k].partials(called[k], arguments, wanted)))  # type: ignore[union-attr]
    except (TypeError, AttributeError):
        return program.slopes[k]


def _symbols(program: Program) -> list[Any]:
    """Each place as a symbol: its label, or the expression it is, or its place where that is long."""
    called = names(program)

    def read(k: int, operands: list[Any]) -> Any:
        name, label = called[k], program.tags[k].label
        if label or not operands or name == program.names[k]:
            return Ieee(program.numbers[k]) if program.is_constant(k) and not label else Symbol(name)
        whole = simplified(program.primitives[k].name, operands)  # type: ignore[union-attr]
        return whole if isinstance(whole, Symbol) else Symbol(name)

    return program.forward(read)


def _figure(figure: float) -> str:
    return f"{figure:.10g}"


TEXT = _Writing(text, bound, _figure, "∂{}/∂{}", " · ", "({})")
LATEX = _Writing(latex, wrapped, latex_number, r"\frac{{\partial {}}}{{\partial {}}}", r" \cdot ", r"\left({}\right)")
