"""A layered layout: boxes in columns, operands on the left, straight trunks, ports in order. Pure, and the same always.

The steps are those of Sugiyama, Tagawa and Toda (1981): columns by the longest
way to the root, orders by barycentres, positions by least squares. Positions
that are at least so far apart are found exactly, by pooling adjacent violators
(Barlow et al., 1972).
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, NamedTuple

Point = tuple[float, float]
Link = tuple[int, float]  # a neighbour, and how much it pulls
SWEEPS, SETTLING, PINNED = 12, 20, 1e6
EFFORT = 20_000  # boxes times sweeps: larger graphs get fewer sweeps


class Spacing(NamedTuple):
    """Distances: between the boxes of a column, between columns, and the place of a figure on each edge."""

    gap: float = 12.0
    column: float = 26.0
    figure: Point = (0.0, 0.0)


class Placed(NamedTuple):
    """Where everything lies.

    Attributes:
        size: of the whole.
        boxes: the center of each box.
        ways: the points of each edge: its start, its bends, the port before its head, its end.
        figures: where the figure of each edge stands; None where there is no room for one.
        rows: the boxes of each column, the root's first.
    """

    size: Point
    boxes: list[Point]
    ways: list[list[Point]]
    figures: list[Point | None]
    rows: list[list[int]]


def lay(
    sizes: Sequence[Point],
    edges: Sequence[tuple[int, int]],
    spacing: Spacing = Spacing(),  # noqa: B008  (it can't be changed)
    *,
    columns: Sequence[int] = (),
    is_fixed: bool = False,
    siblings: Sequence[Hashable] = (),
) -> Placed:
    """Place boxes from left to right.

    Args:
        sizes: width and height of each box, operands first.
        edges: pairs of an operand's and its consumer's place.
        spacing: the distances.
        columns: the column of each box, the root's is 0; found unless given.
        is_fixed: whether the boxes keep their order in all columns.
        siblings: what boxes have in common that keep their order in a column; None for those that have nothing.
    """
    return _Layout(sizes, edges, spacing, columns, siblings, is_fixed=is_fixed).placed()


def in_order(n: int, edges: Iterable[tuple[int, int]], priority: Sequence[Any]) -> list[int]:
    """Operands before what is computed from them; of those that can come next, the first by its priority.

    Args:
        n: how many there are.
        edges: pairs of an operand's and its consumer's number.
        priority: something to sort by for each.
    """
    waits, consumers = [0] * n, [[] for _ in range(n)]  # type: ignore[var-annotated]
    for tail, head in edges:
        waits[head] += 1
        consumers[tail].append(head)
    ready = [(priority[k], k) for k in range(n) if not waits[k]]
    heapq.heapify(ready)
    found = []
    while ready:
        _, k = heapq.heappop(ready)
        found.append(k)
        for head in consumers[k]:
            waits[head] -= 1
            if not waits[head]:
                heapq.heappush(ready, (priority[head], head))
    return found


class _Layout:
    """The graph with a dummy for each column that a long edge crosses."""

    def __init__(
        self,
        sizes: Sequence[Point],
        edges: Sequence[tuple[int, int]],
        spacing: Spacing,
        columns: Sequence[int],
        siblings: Sequence[Hashable],
        *,
        is_fixed: bool,
    ) -> None:
        self.n = len(sizes)
        self.sizes, self.edges, self.spacing = sizes, edges, spacing
        self.tails: list[list[int]] = [[] for _ in sizes]
        self.heads: list[list[int]] = [[] for _ in sizes]
        for tail, head in edges:
            self.tails[head].append(tail)
            self.heads[tail].append(head)
        self.is_fixed = is_fixed
        self.rank = list(columns) or self._ranks()
        self.siblings = list(siblings) or [None] * self.n
        self.heights = [height for _, height in sizes]
        self.up: list[list[Link]] = [[] for _ in sizes]  # towards the operands
        self.down: list[list[Link]] = [[] for _ in sizes]
        self.chains = [self._chain(tail, head) for tail, head in edges]
        self.sweeps = max(2, min(SWEEPS, EFFORT // len(self.rank)))
        self.settling = max(3, min(SETTLING, EFFORT // len(self.rank)))

    def _ranks(self) -> list[int]:
        """The longest way to the end: an operand stands right before its first use."""
        rank = [0] * self.n
        for k in reversed(range(self.n)):
            rank[k] = max((rank[head] + 1 for head in self.heads[k]), default=0)
        return rank

    def _chain(self, tail: int, head: int) -> list[int]:
        way = [tail]
        for rank in range(self.rank[tail] - 1, self.rank[head], -1):
            way.append(len(self.rank))
            self.rank.append(rank)
            self.heights.append(4.0)
            self.siblings.append(None)
            self.up.append([])
            self.down.append([])
        way.append(head)
        is_leaf = not self.tails[tail] and any(self.tails[other] for other in self.tails[head])
        for a, b in itertools.pairwise(way):
            n_dummies = (a >= self.n) + (b >= self.n)
            weight = (0.15 if is_leaf else 1.0) * (1, 2, 8)[n_dummies]
            self.up[b].append((a, weight))
            self.down[a].append((b, weight))
        return way

    # ------------------------------------------------------------ the order in each column
    def rows(self) -> list[list[int]]:
        """The columns in the order with the fewest crossings that was found, from two beginnings."""
        first = self._first_rows(range(self.n))
        if self.is_fixed:
            return first
        return min((self._ordered(rows) for rows in (first, self._first_rows(self._walked()))), key=self._crossings)

    def _first_rows(self, order: Sequence[int]) -> list[list[int]]:
        spot = [0.0] * len(self.rank)
        for place, k in enumerate(order):
            spot[k] = float(place)
        for way in self.chains:
            for k in way[1:-1]:
                spot[k] = spot[way[0]] + 0.5
        rows: list[list[int]] = [[] for _ in range(max(self.rank) + 1)]
        for k in range(len(self.rank)):
            rows[self.rank[k]].append(k)
        return [self._in_order(sorted(row, key=spot.__getitem__)) for row in rows]

    def _walked(self) -> list[int]:
        """Operands in their order, walking back from the ends: then a tree has no crossing."""
        seen: dict[int, None] = {}
        stack = [k for k in reversed(range(self.n)) if not self.heads[k]]
        while stack:
            k = stack.pop()
            if k not in seen:
                seen[k] = None
                stack += reversed(self.tails[k])
        return list(seen)

    def _in_order(self, row: list[int]) -> list[int]:
        """The row with siblings in their own order, in the places that they take together."""
        families: dict[Hashable, list[int]] = {}
        for spot, k in enumerate(row):
            if self.siblings[k] is not None:
                families.setdefault(self.siblings[k], []).append(spot)
        for spots in families.values():
            for spot, k in zip(spots, sorted(row[spot] for spot in spots), strict=True):
                row[spot] = k
        return row

    def _ordered(self, rows: list[list[int]]) -> list[list[int]]:
        best, least = [list(row) for row in rows], self._crossings(rows)
        for turn in range(self.sweeps):
            if not least:
                break
            forward = turn % 2 == 0
            for r in range(1, len(rows)) if forward else range(len(rows) - 2, -1, -1):
                near, links = (rows[r - 1], self.down) if forward else (rows[r + 1], self.up)
                rows[r] = self._in_order(_by_barycentre(rows[r], near, links))
            self._swap_neighbours(rows)
            if (now := self._crossings(rows)) < least:
                best, least = [list(row) for row in rows], now
        return best

    def _swap_neighbours(self, rows: list[list[int]]) -> None:
        """Neighbours change places where that saves crossings."""
        for r, row in enumerate(rows):
            sides = [
                (links, {k: spot for spot, k in enumerate(rows[other])})
                for links, other in ((self.up, r + 1), (self.down, r - 1))
                if 0 <= other < len(rows)
            ]
            for spot in range(len(row) - 1):
                a, b = row[spot], row[spot + 1]
                if self.siblings[a] is not None and self.siblings[a] == self.siblings[b]:
                    continue
                ends = [([at[k] for k, _ in links[a]], [at[k] for k, _ in links[b]]) for links, at in sides]
                if sum((x > y) - (x < y) for left, right in ends for x in left for y in right) > 0:
                    row[spot], row[spot + 1] = b, a

    def _crossings(self, rows: list[list[int]]) -> int:
        return sum(_count_crossings(rows[r + 1], rows[r], self.down) for r in range(len(rows) - 1))

    # ------------------------------------------------------------ positions along the columns
    def _positions(self, rows: list[list[int]]) -> list[float]:
        apart = [[0.0, *(self._distance(a, b) for a, b in itertools.pairwise(row))] for row in rows]
        place = [0.0] * len(self.rank)
        for row, steps in zip(rows, apart, strict=True):
            half, at = sum(steps) / 2, 0.0
            for k, step in zip(row, steps, strict=True):
                at += step
                place[k] = at - half
        pins: dict[int, float] = {}
        self._settle(rows, apart, place, pins, self.settling)
        for line in sorted(self._trunks(), key=len, reverse=True):
            middle = sorted(place[k] for k in line)[len(line) // 2]
            pins |= dict.fromkeys(line, middle)
        self._settle(rows, apart, place, pins, self.settling // 2)
        return place

    def _distance(self, a: int, b: int) -> float:
        """How far apart two neighbours are at least; the parts of long edges may come closer."""
        close = 0.6 if a >= self.n and b >= self.n else 1.0
        return (self.heights[a] + self.heights[b]) / 2 + self.spacing.gap * close

    def _settle(
        self, rows: list[list[int]], apart: list[list[float]], place: list[float], pins: dict[int, float], times: int
    ) -> None:
        """Move each box to the mean of its neighbours, column by column."""
        near = [up + down for up, down in zip(self.up, self.down, strict=True)]
        pulls = [sum(weight for _, weight in links) for links in near]
        forth = list(zip(rows, apart, strict=True))
        for row, steps in (*forth, *reversed(forth)) * times:
            wanted, weights = [], []
            for k in row:
                if k in pins:
                    wanted.append(pins[k])
                    weights.append(PINNED if k < self.n else 1e3)
                else:
                    pull = pulls[k]
                    wanted.append(sum([place[o] * w for o, w in near[k]]) / pull if pull else place[k])
                    weights.append(pull or 0.05)
            for k, at in zip(row, _apart(wanted, weights, steps), strict=True):
                place[k] = at

    def _trunks(self) -> list[list[int]]:
        """What lies on a straight line: a box and its only computed operand, and the parts of a long edge."""
        following: dict[int, int] = {}
        for k, tails in enumerate(self.tails):
            inner = {tail for tail in tails if self.tails[tail]} or (set(tails) if len(set(tails)) == 1 else set())
            if len(inner) == 1:
                (tail,) = inner
                if set(self.heads[tail]) == {k} and self.rank[tail] == self.rank[k] + 1:
                    following[tail] = k
        for way in self.chains:
            following |= dict(itertools.pairwise(way[1:-1]))
        lines = []
        for start in sorted(following.keys() - set(following.values())):
            lines.append([start])
            while lines[-1][-1] in following:
                lines[-1].append(following[lines[-1][-1]])
        return lines

    # ------------------------------------------------------------ the whole
    def placed(self) -> Placed:
        """Columns beside each other, and edges between them."""
        if not self.n:
            return Placed((0.0, 0.0), [], [], [], [])
        rows = self.rows()
        place, half = self._positions(rows), self.spacing.figure[1] / 2
        spans = [(place[k], self.heights[k] / 2) for row in rows for k in row]
        spans += [(port, half) for n, port in enumerate(self._ports(place)) if self._has_figure(n)]
        low = min(at - half for at, half in spans)
        height = max(at + half for at, half in spans) - low
        place = [at - low for at in place]
        wide = [max((self.sizes[k][0] for k in row if k < self.n), default=0.0) for row in rows]
        at, x = [0.0] * len(rows), 0.0
        for r in reversed(range(len(rows))):
            at[r] = x + wide[r] / 2
            x += wide[r] + self.spacing.column + self.spacing.figure[0]
        boxes = [(at[self.rank[k]], place[k]) for k in range(self.n)]
        ports = self._ports(place)
        ways = [self._way(n, at, wide, place, ports[n]) for n in range(len(self.edges))]
        figures = [self._figure(n, ways[n]) for n in range(len(self.edges))]
        width = x - self.spacing.column - self.spacing.figure[0]
        return Placed((width, height), boxes, ways, figures, [[k for k in row if k < self.n] for row in rows])

    def _step(self, head: int) -> float:
        """How far apart the ports of a box are."""
        wanted = self.spacing.figure[1] + 2 if self.spacing.figure[1] else 9.0
        return min(wanted, (self.heights[head] - 6) / max(1, len(self.tails[head]) - 1))

    def _ports(self, place: list[float]) -> list[float]:
        """Where edges end: side by side, in the order in which they come; the trunk's on a straight line."""
        coming: list[list[int]] = [[] for _ in range(self.n)]
        for n, (_, head) in enumerate(self.edges):
            coming[head].append(n)
        ports = [0.0] * len(self.edges)
        for head, numbers in enumerate(coming):
            numbers.sort(key=lambda n: (place[self.chains[n][-2]], n))
            step = self._step(head)
            spread = [(i - (len(numbers) - 1) / 2) * step for i in range(len(numbers))]
            trunk = [i for i, n in enumerate(numbers) if self.tails[self.edges[n][0]]] or list(range(len(numbers)))
            shift = 0.0
            if len(trunk) == 1:
                shift = place[self.chains[numbers[trunk[0]]][-2]] - place[head] - spread[trunk[0]]
                edge = max(6.0, self.spacing.figure[1]) if self._has_figure(numbers[0]) else 6.0
                slack = max(0.0, (self.heights[head] - edge - step * (len(numbers) - 1)) / 2)
                shift = shift if abs(shift) <= slack else 0.0
            for n, off in zip(numbers, spread, strict=True):
                ports[n] = place[head] + off + shift
        return ports

    def _way(self, n: int, at: list[float], wide: list[float], place: list[float], port: float) -> list[Point]:
        """Straight out of its column, through those between, and on a straight line into its head."""
        tail, head = self.edges[n]
        r, s = self.rank[tail], self.rank[head]
        start = at[r] + self.sizes[tail][0] / 2
        rim = at[r] + wide[r] / 2
        points = [(start, place[tail])] + ([(rim, place[tail])] if rim > start + 4 else [])
        for k in self.chains[n][1:-1]:
            half = wide[self.rank[k]] / 2
            points += [(at[self.rank[k]] - half, place[k]), (at[self.rank[k]] + half, place[k])]
        end = at[s] - self.sizes[head][0] / 2
        run = self.spacing.figure[0] + (10 if self.spacing.figure[0] else 8)
        return [*points, (at[s] - wide[s] / 2 - run, port), (end, port)]

    def _has_figure(self, n: int) -> bool:
        """Whether the figures of all operands of the head stand side by side."""
        head, (length, height) = self.edges[n][1], self.spacing.figure
        return bool(length) and len(self.tails[head]) * height <= self.heights[head] + self.spacing.gap

    def _figure(self, n: int, way: list[Point]) -> Point | None:
        return (way[-2][0] + 5 + self.spacing.figure[0] / 2, way[-1][1]) if self._has_figure(n) else None


def _by_barycentre(row: list[int], near: list[int], links: list[list[Link]]) -> list[int]:
    spot = {k: i for i, k in enumerate(near)}
    scale = len(near) / max(1, len(row))
    middles = {}
    for old, k in enumerate(row):
        found = [spot[other] for other, _ in links[k]]
        middles[k] = sum(found) / len(found) if found else old * scale
    return sorted(row, key=middles.__getitem__)


def _count_crossings(left: list[int], right: list[int], down: list[list[Link]]) -> int:
    """How many pairs of edges between two columns cross, by Barth, Jünger and Mutzel (2002)."""
    spot = {k: i for i, k in enumerate(right)}
    tree, count = [0] * (len(right) + 1), 0
    ends = [j for k in left for j in sorted(spot[head] for head, _ in down[k])]
    for seen, j in enumerate(ends):
        i, below = j + 1, 0
        while i:
            below += tree[i]
            i &= i - 1
        count += seen - below
        i = j + 1
        while i <= len(right):
            tree[i] += 1
            i += i & -i
    return count


def _apart(wanted: list[float], weights: list[float], steps: list[float]) -> list[float]:
    """The nearest positions in this order that are at least so far from their predecessors (pooled violators)."""
    blocks: list[list[float]] = []  # weighted sum, weight, count
    shift, shifts = 0.0, []
    for want, weight, step in zip(wanted, weights, steps, strict=True):
        shift += step
        shifts.append(shift)
        block = [(want - shift) * weight, weight, 1]
        while blocks and blocks[-1][0] * block[1] > block[0] * blocks[-1][1]:
            total, more, count = blocks.pop()
            block = [block[0] + total, block[1] + more, block[2] + count]
        blocks.append(block)
    flat = [total / weight for total, weight, count in blocks for _ in range(int(count))]
    return [at + shift for at, shift in zip(flat, shifts, strict=True)]
