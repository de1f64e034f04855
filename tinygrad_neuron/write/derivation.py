"""Derivations: the chain rule of a graph, in symbols and then with numbers put in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ..graph import Link, chains, node_of
from ..primitive import Ieee
from ..value import Value
from .formula import ATOM, bound, names
from .symbol import Symbol, latex, latex_number, simplified, text, wrapped

MOST_PATHS, LONGEST_PATH = 6, 10  # paths that are written out, and links of one before scopes are folded


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
        ValueError: there is no such node, or the root doesn't depend on it.

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
    wrt, called = node_of(root, wrt, "wrt"), _symbols(root)
    found = chains(root, wrt, MOST_PATHS)
    if not found.total:
        raise ValueError(f"{called[root]} doesn't depend on {called[wrt]}, or only as on a constant")
    paths = tuple(tuple(reversed(list(_factors(path, called)))) for path in found.paths)
    return Derivation(called[root], called[wrt], paths, found.total, found.gradient)


def local_derivatives(root: Value) -> dict[Value, tuple[str, ...]]:
    """The local derivatives of each computed node in names; "" along constants.

    Args:
        root: the end of the graph.

    Examples:
        >>> x, w = variables(x=3.0, w=2.0)
        >>> y = x * w
        >>> local_derivatives(y)[y]
        ('w', 'x')
    """
    called = _symbols(root)
    found = {}
    for node in called:
        if node.primitive:
            slopes = _slopes(node, called, [not each.is_constant for each in node.operands])
            found[node] = tuple("" if slope is None else _written(slope) for slope in slopes)
    return found


def _written(slope: Any) -> str:
    return text(slope).text if isinstance(slope, Symbol) else _figure(float(slope))


def _factors(path: list[Link], called: dict[Value, Any]) -> Iterator[Factor]:
    """A factor for each link; for those of one scope together where the path is long."""
    links = list(path)
    while links:
        link = links.pop(0)
        factor = Factor(called[link.node], called[link.operand], _formula(link, called), link.slope)
        scope = link.node.scope[:1]
        while len(path) > LONGEST_PATH and scope and links and links[0].node.scope[:1] == scope:
            link = links.pop(0)
            factor = Factor(called[link.node], factor.below, None, factor.value * link.slope)
        yield factor


def _formula(link: Link, called: dict[Value, Any]) -> Any:
    formula = _slopes(link.node, called, [k == link.place for k in range(len(link.node.operands))])[link.place]
    return formula if isinstance(formula, Symbol) else float(formula)


def _slopes(node: Value, called: dict[Value, Any], wanted: list[bool]) -> Any:
    """The rules of the table, read in names; the recorded numbers, where a user's own rule takes numbers alone."""
    arguments = [Ieee(each.data) if each.is_constant else called[each] for each in node.operands]
    try:
        return node.primitive.partials(called[node], arguments, wanted)  # type: ignore[union-attr]
    except (TypeError, AttributeError):
        return node.partials


def _symbols(root: Value) -> dict[Value, Any]:
    """Each node as a symbol: its label, or the expression it is, or its place where that is long."""
    found: dict[Value, Any] = {}
    for node, name in names(root).items():
        if node.label or node.primitive is None or (name.startswith("v") and name[1:].isdigit()):
            found[node] = Ieee(node.data) if node.is_constant and not node.label else Symbol(name)
        else:
            whole = simplified(node.primitive.name, [found[each] for each in node.operands])
            found[node] = whole if isinstance(whole, Symbol) else Symbol(name)
    return found


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
