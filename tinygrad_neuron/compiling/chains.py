"""Sums of products seen as dots, and chains of sums as sums: a scalar program in the words of arrays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..primitives import PRIMITIVES, Primitive
from ..program import Program

Add = Callable[[Primitive | None, Sequence[int], int], int]


class Chain(NamedTuple):
    """What a row adds up.

    Attributes:
        products: the places of its products that nothing else reads.
        rest: the places of its other terms.
    """

    products: list[int]
    rest: list[int]

    @property
    def is_dot(self) -> bool:
        """Whether it is a sum of products, with one term beside them at most, such as a bias."""
        return len(self.products) > 1 and len(self.rest) < 2


def read_chains(program: Program) -> tuple[Program, list[int]]:
    """The same function in fewer rows: chains of sums and of products are one row each, equal constants are one.

    Args:
        program: as it was recorded.

    Returns:
        The program, and for each of its rows the place of the recorded one that it stands for.
    """
    program, unified = _unify(program)
    chains, absorbed = _find_chains(program)
    rows: list[tuple[Primitive | None, tuple[int, ...]]] = []
    sources: list[int] = []
    moved: dict[int, int] = {}

    def add(primitive: Primitive | None, operands: Sequence[int], source: int) -> int:
        rows.append((primitive, tuple(operands)))
        sources.append(source)
        return len(rows) - 1

    for k, primitive in enumerate(program.primitives):
        if k in absorbed:
            continue
        if k in chains:
            moved[k] = _add_chain(chains[k], k, program, moved, add)
            continue
        operands = [moved[o] for o in program.operands[k]]
        is_square = primitive is PRIMITIVES["pow"] and _is_two(program, program.operands[k][1])
        moved[k] = add(PRIMITIVES["squared"], operands[:1], k) if is_square else add(primitive, operands, k)
    primitives, operands_of = zip(*rows, strict=True)
    numbers, tags = [program.numbers[k] for k in sources], [program.tags[k] for k in sources]
    return Program(primitives, operands_of, [moved[program.roots[0]]], numbers=numbers, tags=tags), [
        unified[k] for k in sources
    ]


def _is_two(program: Program, k: int) -> bool:
    return program.is_constant(k) and program.numbers[k] == 2.0


def _unify(program: Program) -> tuple[Program, list[int]]:
    """Equal rows as one, and equal plain numbers, of which each use is a node of its own; inputs stay as they are."""
    known: dict[Any, int] = {}
    kept: list[int] = []
    moved: list[int] = []
    for k, primitive in enumerate(program.primitives):
        operands = tuple(moved[o] for o in program.operands[k])
        order = tuple(sorted(operands)) if primitive and primitive.name in ("add", "mul") else operands
        key = repr(program.numbers[k]) if program.is_constant(k) else (primitive, order) if operands else k
        if key not in known:
            known[key] = len(kept)
            kept.append(k)
        moved.append(known[key])
    primitives = [program.primitives[k] for k in kept]
    rows = [tuple(moved[o] for o in program.operands[k]) for k in kept]
    numbers, tags = [program.numbers[k] for k in kept], [program.tags[k] for k in kept]
    return Program(primitives, rows, [moved[program.roots[0]]], numbers=numbers, tags=tags), kept


def _add_chain(chain: Chain, k: int, program: Program, moved: dict[int, int], add: Add) -> int:
    """The rows of a chain: a dot and what is added to it, or a sum."""
    factors = [[moved[program.operands[p][side]] for p in chain.products] for side in (0, 1)]
    rest = [moved[t] for t in chain.rest]
    if chain.is_dot:
        product = add(PRIMITIVES["dot"], [*factors[0], *factors[1]], k)
        return add(PRIMITIVES["add"], [product, *rest], k) if rest else product
    return rest[0] if len(rest) == 1 else add(PRIMITIVES["add" if len(rest) == 2 else "sum"], rest, k)


def _find_chains(program: Program) -> tuple[dict[int, Chain], set[int]]:
    """The rows that end a chain, with its terms; and the rows that are parts of one."""
    uses = Counter(o for row in program.operands for o in row)
    uses[program.roots[0]] += 1
    found: dict[int, Chain] = {}
    inner: set[int] = set()
    for k in range(len(program) - 1, -1, -1):
        if k in inner or program.primitives[k] not in (PRIMITIVES["add"], PRIMITIVES["sum"]):
            continue
        terms, parts = _terms(program, k, uses)
        products = [t for t in terms if program.primitives[t] is PRIMITIVES["mul"] and uses[t] == 1]
        chain = Chain(products, [t for t in terms if t not in set(products)])
        if not chain.is_dot:
            chain = Chain([], terms)
        if terms and (chain.is_dot or tuple(terms) != program.operands[k]):
            found[k] = chain
            inner |= parts
    _leave_lonely(program, found)
    absorbed = inner.union(*(chain.products for chain in found.values()))
    return found, absorbed


def _terms(program: Program, k: int, uses: Counter[int]) -> tuple[list[int], set[int]]:
    """What is added up, from left to right, zeros left out; and the sums taken apart, as nothing else reads them."""
    terms: list[int] = []
    parts: set[int] = set()
    pending = [k]
    while pending:
        at = pending.pop()
        taken_apart = program.primitives[at] in (PRIMITIVES["add"], PRIMITIVES["sum"]) and (at == k or uses[at] == 1)
        if taken_apart:
            parts.add(at)
            pending += reversed(program.operands[at])
        elif not (program.is_constant(at) and program.numbers[at] == 0):
            terms.append(at)
    return terms, parts - {k}


def _leave_lonely(program: Program, found: dict[int, Chain]) -> None:
    """0.5·a + 0.1·b is a dot only where several chains look alike: else it is a sum of two numbers."""
    alike = Counter(len(chain.products) for chain in found.values())
    for k, chain in found.items():
        factors = (o for p in chain.products for o in program.operands[p])
        if chain.is_dot and alike[len(chain.products)] == 1 and any(map(program.is_constant, factors)):
            terms = sorted([*chain.products, *chain.rest])
            found[k] = Chain([], terms)
