"""Formulas in text: the infix dialect of the primitives' table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..value import Value, topological_order

LONGEST = 40  # characters of a formula that stands for an unlabelled node in another formula


class Term(NamedTuple):
    """A formula and how tightly its outermost operation binds."""

    text: str
    binding: int


ATOM, POWER, PRODUCT, SIGN, SUM = 5, 4, 3, 2, 1
# how each operator is written: symbol, binding, what the left and the right operand must bind at least
OPERATORS = {
    "add": (" + ", SUM, SUM, PRODUCT),
    "sub": (" - ", SUM, SUM, PRODUCT),
    "mul": ("*", PRODUCT, PRODUCT, POWER),
    "div": ("/", PRODUCT, PRODUCT, POWER),
    "pow": ("**", POWER, ATOM, ATOM),
}


def formulas(root: Value) -> dict[Value, str]:
    """How each node is computed from its operands: `x*w + b`, `tanh(net)`; "" for leaves.

    Args:
        root: the end of the graph.

    Returns:
        A formula for each node, in topological order. Operands with a label
        stand by it, others by their own formula, or by `v7`, their place in
        the order, where that would be long.

    Examples:
        >>> x, w, b = variables(x=1.0, w=2.0, b=3.0)
        >>> list(formulas(x * w + b).values())
        ['', '', 'x*w', '', 'x*w + b']
    """
    return {node: term.text if node.primitive else "" for node, term in _terms(root).items()}


def names(root: Value) -> dict[Value, str]:
    """What each node is called where it is referred to: its label, else its formula, its number, or `v7`.

    Args:
        root: the end of the graph.

    Returns:
        A name for each node, in topological order.

    Examples:
        >>> x, w = variables(x=1.0, w=2.0)
        >>> list(names(x * w + 1).values())
        ['x', 'w', 'x*w', '1', 'x*w + 1']
    """
    return {node: _short(node, term, k).text for k, (node, term) in enumerate(_terms(root).items())}


def _terms(root: Value) -> dict[Value, Term]:
    terms: dict[Value, Term] = {}
    short: dict[Value, Term] = {}
    for k, node in enumerate(topological_order(root)):
        terms[node] = _formula(node, [short[each] for each in node.operands])
        short[node] = _short(node, terms[node], k)
    return terms


def _short(node: Value, term: Term, k: int) -> Term:
    if node.label:
        return Term(node.label, ATOM)
    return term if len(term.text) <= LONGEST else Term(f"v{k}", ATOM)


def _formula(node: Value, operands: Sequence[Term]) -> Term:
    if node.primitive is None:
        return Term(number(node.data), SIGN if node.data < 0 else ATOM)
    name = node.primitive.name
    if name in OPERATORS:
        symbol, binding, left, right = OPERATORS[name]
        return Term(bound(operands[0], left) + symbol + bound(operands[1], right), binding)
    if name == "neg":
        return Term("-" + bound(operands[0], POWER), SIGN)
    if name == "identity":
        return operands[0]
    if name == "dot":
        return _products(operands)
    return Term(f"{name}({', '.join(each.text for each in operands)})", ATOM)


def _products(operands: Sequence[Term]) -> Term:
    half = len(operands) // 2
    pairs = zip(operands[:half], operands[half:], strict=True)
    products = [f"{bound(w, PRODUCT)}*{bound(x, POWER)}" for w, x in pairs]
    return Term(" + ".join(products) or "0", SUM if half > 1 else PRODUCT)


def bound(term: Term, least: int) -> str:
    """A term in parentheses unless it binds at least so tightly."""
    return term.text if term.binding >= least else f"({term.text})"


def number(data: float) -> str:
    """A number as short as it reads back: 2 for 2.0."""
    return repr(data).removesuffix(".0")
