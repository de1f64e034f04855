"""The methods of a Value that are functions elsewhere: those of the table, and what the rooms above do with it.

Written by docs/stubs/make.py; a test compares it with what that writes.
"""

from typing import TYPE_CHECKING, TypeVar

from .node import Node
from .primitives import RealNumber

if TYPE_CHECKING:  # rooms above, which type checkers read after the heart
    from .checking.verdicts import Check
    from .drawing.picture import Picture
    from .paging.document import Page
    from .program import ByNode
    from .value import Value
    from collections.abc import Collection
    from collections.abc import Sequence
    import os

_V = TypeVar("_V", bound="Methods")  # a Value, or a subclass; editors know no Self

class Methods(Node):
    """Functions as methods."""

    def draw(self, *, view: str | None = None, at: Value | str | None = None, sample: int | None = None, width: float | str = 900.0, shape: str | None = None, title: str = '', hand: ByNode[float] | Check | None = None, path: Value | str | None = None, before: Value | None = None, gradients_of: Value | str | None = None, backward: bool = False, theme: str = 'light', legend: bool = True, products: bool = False) -> Picture:
        """Draw the graph behind a value: boxes with values and gradients, and edges with the partials between them. The function `draw` as a method."""

    def page(self, path: str | os.PathLike[str] | None = None, *, title: str = '', parameters: Collection[Value | str] | None = None, step: int | None = None, quiz: bool = False, products: bool = False, gradients_of: Value | str | None = None) -> Page:
        """Make a page to play with the graph behind a value: one HTML file that needs no network. The function `page` as a method."""

    def abs(self: _V) -> _V:
        """|x|, with derivative 0 at 0. The function `abs` as a method."""

    def clip(self: _V, low: Value | RealNumber = 0.0, high: Value | RealNumber = 1.0) -> _V:
        """x kept between low and high, with derivative 1 on both; high where they are crossed. The function `clip` as a method."""

    def cos(self: _V) -> _V:
        """cosine. The function `cos` as a method."""

    def elu(self: _V, alpha: Value | RealNumber = 1.0) -> _V:
        """x for x > 0, else alpha · (exp(x) - 1); Clevert and others 2015. The function `elu` as a method."""

    def erf(self: _V) -> _V:
        """2/√π · ∫ exp(-t²) dt from 0 to x. The function `erf` as a method."""

    def exp(self: _V) -> _V:
        """e to the power of x. The function `exp` as a method."""

    def gelu(self: _V) -> _V:
        """x · Φ(x) with the normal distribution's Φ; Hendrycks and Gimpel 2016. The function `gelu` as a method."""

    def leaky_relu(self: _V, slope: Value | RealNumber = 0.01) -> _V:
        """x for x > 0, else slope · x. The function `leaky_relu` as a method."""

    def log(self: _V) -> _V:
        """the natural logarithm. The function `log` as a method."""

    def relu(self: _V) -> _V:
        """x for x > 0, else 0, with derivative 0 at 0. The function `relu` as a method."""

    def sigmoid(self: _V) -> _V:
        """1 / (1 + exp(-x)), exact in both tails. The function `sigmoid` as a method."""

    def silu(self: _V) -> _V:
        """x · sigmoid(x), also called swish; Elfwing and others 2017. The function `silu` as a method."""

    def sin(self: _V) -> _V:
        """sine. The function `sin` as a method."""

    def softplus(self: _V) -> _V:
        """log(1 + exp(x)), without overflow. The function `softplus` as a method."""

    def sqrt(self: _V) -> _V:
        """the square root. The function `sqrt` as a method."""

    def squared(self: _V) -> _V:
        """x². The function `squared` as a method."""

    def tan(self: _V) -> _V:
        """tangent. The function `tan` as a method."""

    def tanh(self: _V) -> _V:
        """sinh(x) / cosh(x), with derivative 1 - tanh(x)². The function `tanh` as a method."""
