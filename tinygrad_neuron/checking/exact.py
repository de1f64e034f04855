"""What the function's own derivative is, found without the table's rules: from the forward functions alone.

With python-flint it is enclosed: the graph is replayed in balls, with doubled precision until all is decided. With
mpmath alone it is found by differences of each operation in high precision, which isn't rigorous.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from ..program import Program
from .derivative import Derivative, unknown


def exact_derivatives(program: Program, places: Sequence[int]) -> list[Derivative]:
    """The derivatives of the function that a graph computes from its leaves, with all digits of a float.

    Args:
        program: the graph.
        places: those of leaves or of computed values.

    Returns:
        A derivative for each; of unknown kind where no library for it is installed, or a forward function is for
        floats alone.

    Examples:
        >>> x = Value(1e-5)
        >>> exact_derivatives(Program.of(1 / x), [1])[0].value
        -9999999999.999998
    """
    if has_flint():
        from .enclosure import enclose

        return enclose(program, places)
    if has_mpmath():
        from .precise import replay_twice

        return replay_twice(program, places)
    return [unknown() for _ in places]


def exact_values(program: Program) -> list[float]:
    """What a graph's roots are, from the numbers of its leaves without any rounding on the way.

    Args:
        program: the graph.

    Returns:
        A number for each root, correctly rounded; the recorded one where it can't be found.

    Examples:
        >>> x = Value(18.0)
        >>> [f"{number:.3g}" for number in exact_values(Program.of(1 - x.tanh() ** 2))]
        ['9.28e-16']
    """
    if has_flint():
        from .enclosure import enclose_values

        return enclose_values(program)
    if has_mpmath():
        from .precise import precise_values

        return precise_values(program)
    return [program.numbers[root] for root in program.roots]


def exact_hessian(program: Program, places: Sequence[int]) -> list[list[Derivative]]:
    """The second derivatives with respect to some places of a graph, from power series of the forward functions.

    Args:
        program: the graph.
        places: those of leaves.

    Returns:
        A row for each place; "undefined" where the function bends, unknown without python-flint.

    Examples:
        >>> x, w = variables(x=3.0, w=2.0)
        >>> [[each.value for each in row] for row in exact_hessian(Program.of(x * x * w), [0, 2])]
        [[4.0, 6.0], [6.0, 0.0]]
    """
    if has_flint():
        from .enclosure import enclose_hessian

        return enclose_hessian(program, places)
    return [[unknown() for _ in places] for _ in places]


def has_flint() -> bool:
    """Whether python-flint is installed."""
    return find_spec("flint") is not None


def has_mpmath() -> bool:
    """Whether mpmath is installed."""
    return find_spec("mpmath") is not None
