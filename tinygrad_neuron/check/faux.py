"""The faux gradient: nudge a number, compute again, and divide."""

from __future__ import annotations

from ..graph import replay
from ..primitive import divide
from ..value import Value


def faux_gradient(root: Value, node: Value, h: float = 1e-4) -> float:
    """The forward difference (f(x + h) - f(x)) / h of a graph with respect to one of its nodes.

    Args:
        root: the end of the graph, f.
        node: a leaf or a computed value, x; what depends on it is computed again.
        h: the nudge, not 0. The smaller, the closer to the derivative, until
            rounding takes over at about 1e-8.

    Returns:
        The difference; nan or infinite where the function is.

    Raises:
        ValueError: h is 0 or not finite.

    Example:
        >>> x = Value(3.0)
        >>> faux_gradient(x * x, x, h=0.5)
        6.5
    """
    if not 0 < abs(h) < float("inf"):
        raise ValueError(f"h = {h}: a nudge is a finite number other than 0")
    nudged = replay(root, {node: node.data + h})[root]
    return divide(nudged - root.data, h)
