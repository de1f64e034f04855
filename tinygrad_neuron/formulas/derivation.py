"""Derivations: the chain rule of a graph, in symbols and then with numbers put in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ..graph import chains
from ..primitives import Ieee
from ..program import Edge, Program
from ..value import Value
from .formula import ATOM, bound, names
from .symbol import Symbol, gated, latex, latex_number, simplified, text, wrapped

MOST_PATHS, LONGEST_PATH = 6, 10  # paths that are written out, and links of one before scopes are folded
MOST_LINKS = 1000  # of a path: a derivation of more lines than this is of use to nobody


class Factor(NamedTuple):
    """One factor of a chain: a local derivative, or those of a folded scope together.

    Attributes:
        above, below: what is differentiated, and by what, as symbols.
        formula: the local derivative in symbols; a number where it is one, None where it is folded.
        value: the number.
    """

    above: Any
    below: Any
    formula: Any
    value: float


class Derivation(NamedTuple):
    """The chain rule for one gradient.

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
        head = _quotient(self.above, self.below)
        sums = [" · ".join(_quotient(f.above, f.below) for f in path) or "1" for path in self.paths]
        lines = [f"{head} = {_summed(sums, self._left_out)}", "", "where"]
        lines += [f"  {_quotient(f.above, f.below)} = {_said(f)}" for f in self._factors()]
        products = [" · ".join(_enclosed(f.value) for f in path) or "1" for path in self.paths]
        lines += ["", f"{head} = {_summed(products, self._left_out)}"]
        return "\n".join([*lines, f"{' ' * len(head)} = {self.gradient!r}"]) + "\n"

    @property
    def latex(self) -> str:
        """The derivation as lines of LaTeX's `aligned`."""
        head = _fraction(self.above, self.below)
        dots = r"\dots" if self._left_out else ""
        sums = [r" \cdot ".join(_fraction(f.above, f.below) for f in path) or "1" for path in self.paths]
        lines = [rf"{head} &= {_summed(sums, dots)}"]
        for factor in self._factors():
            formula = "" if factor.formula is None else f"{latex(factor.formula).text} = "
            formula = "" if isinstance(factor.formula, float) else formula
            lines.append(rf"{_fraction(factor.above, factor.below)} &= {formula}{latex_number(factor.value)}")
        products = [r" \cdot ".join(_bracketed(f.value) for f in path) or "1" for path in self.paths]
        lines += [rf"{head} &= {_summed(products, dots)}", rf"&= {latex_number(self.gradient)}"]
        body = " \\\\\n".join(lines)
        return "\\begin{aligned}\n" + body + "\n\\end{aligned}"

    @property
    def markdown(self) -> str:
        """The derivation for a Markdown page that typesets LaTeX between dollar signs."""
        return f"**{_quotient(self.above, self.below)}**\n\n$$\n{self.latex}\n$$\n"

    def __repr__(self) -> str:
        return self.text.rstrip("\n")

    def __str__(self) -> str:
        """The derivation in plain text."""
        return self.text

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex}$"

    def _factors(self) -> list[Factor]:
        """All factors once, in the order of the paths."""
        return list({_quotient(f.above, f.below): f for path in self.paths for f in path}.values())

    @property
    def _left_out(self) -> str:
        more = self.total - len(self.paths)
        return f"… ({more:,} more paths)" if more else ""


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
        >>> print(derive(net.squared(), w), end="")
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
    longest = program.backward(
        program.slopes, plus=max, times=lambda links, _slope: links + 1, seeds={program.roots[0]: 0}
    )[wrt]
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
    """The local derivatives of each computed place in names; "" along constants.

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
    edges, scopes = list(path), [program.tags[edge.head].scope[:1] for edge in path]
    k = 0
    while k < len(edges):
        edge, scope = edges[k], scopes[k]
        factor = Factor(called[edge.head], called[edge.tail], _formula(program, edge, called), program.slope(edge))
        while len(path) > LONGEST_PATH and scope and k + 1 < len(edges) and scopes[k + 1] == scope:
            k += 1
            factor = Factor(called[edges[k].head], factor.below, None, factor.value * program.slope(edges[k]))
        yield factor
        k += 1


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
        if label or not operands or name == f"v{k}":
            return Ieee(program.numbers[k]) if program.is_constant(k) and not label else Symbol(name)
        whole = simplified(program.primitives[k].name, operands)  # type: ignore[union-attr]
        return whole if isinstance(whole, Symbol) else Symbol(name)

    return program.forward(read)


def _quotient(above: Any, below: Any) -> str:
    return f"∂{bound(text(above), ATOM)}/∂{bound(text(below), ATOM)}"


def _summed(products: list[str], left_out: str) -> str:
    return " + ".join([*products, left_out] if left_out else products)


def _said(factor: Factor) -> str:
    figure = _figure(factor.value)
    return (
        figure
        if factor.formula is None or isinstance(factor.formula, float)
        else f"{text(factor.formula).text} = {figure}"
    )


def _figure(figure: float) -> str:
    return f"{figure:.10g}"


def _enclosed(figure: float) -> str:
    return _figure(figure) if figure >= 0 else f"({_figure(figure)})"


def _fraction(above: Any, below: Any) -> str:
    return rf"\frac{{\partial {wrapped(latex(above), ATOM)}}}{{\partial {wrapped(latex(below), ATOM)}}}"


def _bracketed(figure: float) -> str:
    return latex_number(figure) if figure >= 0 else rf"\left({latex_number(figure)}\right)"
