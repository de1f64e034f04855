"""Hand-ins made at random: derivations with no, one or two mistakes, and what is true of each link.

A right link is written with the chain rule from the formulas of local derivatives; a mistake changes one of these or
drops a path. Links below use the learner's own links above them, so that they follow. What is right as it stands is
decided by numbers alone, at the given point and at others.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from tinygrad_neuron import Value, nn, parse, scope
from tinygrad_neuron.checking.samples import Samples
from tinygrad_neuron.formulas.derivation import local_derivatives
from tinygrad_neuron.program import Edge, Program

STEPS = (
    "tanh({a})", "sigmoid({a})", "{a}*{b}", "{a} + {b}", "{a} - {b}", "sin({a})", "exp({a}/4)", "{a}^2", "{a}*{b} + 1",
    "relu({a} + 0.3)", "log(1 + {a}^2)", "{a}/(2 + {b}^2)", "0.5*{a} - 0.3*{b}",
)  # fmt: skip
LONGEST = 700  # characters of a formula that is written out
MOVED = 4  # other points at which a link is compared


class Planted(NamedTuple):
    """A mistake: what it is, and the edges that it changes, with what is written for their partials."""

    kind: str
    where: tuple[str, ...]
    edges: dict[tuple[int, int], str]


class HandIn(NamedTuple):
    """A derivation, what is true of each link, and the mistakes with the links that they are in."""

    root: Value
    links: dict[str, str]
    truth: dict[str, str]
    planted: dict[str, list[Planted]]


def make_graph(chance: random.Random) -> Value:
    """A graph of 4 to 40 nodes from text, whose stages have names; or a network with names in scopes."""
    if chance.random() < 0.2:
        return make_network(chance)
    names, statements = ["x1", "x2", "w"], list[str]()
    for k in range(chance.randint(2, 12)):
        a, b = chance.choice(names[-4:]), chance.choice(names)
        statements.append(f"s{k} = " + chance.choice(STEPS).format(a=a, b=b))
        names.append(f"s{k}")
    statements.append(f"out = s{k}*{chance.uniform(0.5, 2):.2f} + {chance.choice(names)}")
    return parse("; ".join(statements), {name: round(chance.uniform(-1.5, 1.5), 2) for name in names[:3]})


def make_network(chance: random.Random) -> Value:
    """A network 2-3-1 with a squared error."""
    model = nn.MLP([2, 3, 1], seed=chance.randrange(1000))
    x1, x2, t = (Value(round(chance.uniform(-1, 1), 2), label=name) for name in ("x1", "x2", "t"))
    with scope("loss"):
        loss = (model([x1, x2])[0] - t) ** 2
    loss.label = "out"
    return loss


class _Writer:
    """Writes the gradient of each place as somebody does who has handed in some others already."""

    def __init__(self, program: Program, chance: random.Random) -> None:
        self.program, self.chance = program, chance
        self.partials = local_formulas(program)

    def write(self, k: int, own: dict[int, str], mistakes: dict[tuple[int, int], str], depth: int = 0) -> str:
        """The sum over the uses of a place of the gradient above times the partial."""
        terms = []
        for edge in self.program.uses[k]:
            partial = mistakes.get((edge.head, edge.slot), self.partials[edge.head][edge.slot])
            if partial == "0" or not self.program.depending([edge.head])[self.program.roots[0]]:
                continue
            above = own.get(edge.head) or self._above(edge.head, own, mistakes, depth)
            terms.append(_multiply(above, partial))
        return " + ".join(terms) or "0"

    def _above(self, k: int, own: dict[int, str], mistakes: dict[tuple[int, int], str], depth: int) -> str:
        if k == self.program.roots[0]:
            return "1"
        return f"({self.write(k, own, mistakes, depth + 1)})"


def local_formulas(program: Program) -> list[tuple[str, ...]]:
    """The partials in text; those by cases as their numbers."""
    written = local_derivatives(program)
    return [
        tuple(
            f"{program.slopes[k][slot]:.17g}" if " if " in each or " argument" in each or "sign of" in each else each
            for slot, each in enumerate(row)
        )
        for k, row in enumerate(written)
    ]


def _multiply(above: str, partial: str) -> str:
    if partial == "1":
        return above
    return f"({partial})" if above == "1" else f"{above}*({partial})"


def plant(chance: random.Random, program: Program, between: list[Edge], called: list[str]) -> Planted | None:
    """A mistake on one of some edges; None where there is nothing to be done wrong."""
    edge = chance.choice(between)
    partial = local_formulas(program)[edge.head][edge.slot]
    d = f"∂{called[edge.head]}/∂{called[edge.tail]}"
    name = program.primitives[edge.head].name
    key = (edge.head, edge.slot)
    kinds = {"sign": f"-({partial})", "factor": f"2*({partial})"}
    if partial not in ("1", "−1", "1.0", "-1.0"):
        kinds |= {"missing": "1", "twice": f"({partial})^2"}
    y, x = called[edge.head], called[edge.tail]
    if name == "tanh" and program.tags[edge.head].label:
        kinds |= {"rule": f"{y}*(1 - {y})", "square": f"1 - {y}", "plus": f"1 + {y}^2"}
    if name == "sigmoid" and program.tags[edge.head].label:
        kinds |= {"rule": f"1 - {y}^2", "half": f"1 - {y}"}
    if name in ("exp", "sin", "log") and program.tags[edge.tail].label:
        kinds |= {"input": x}
    kind = chance.choice(list(kinds))
    if len(program.uses[edge.tail]) > 1 and chance.random() < 0.3:
        return Planted("path", (called[edge.tail], called[edge.head]), {key: "0"})
    return Planted(kind, (d, called[edge.head], called[edge.tail]), {key: kinds[kind]})


def make(seed: str) -> Iterator[HandIn]:
    """Hand-ins without end."""
    chance = random.Random(seed)
    while True:
        root = make_graph(chance)
        program = Program.of(root)
        if found := _derive(chance, root, program):
            yield found


def _derive(chance: random.Random, root: Value, program: Program) -> HandIn | None:
    called = Samples(program, here=True).called
    flowing = program.backward(program.slopes)
    named = [k for k, tag in enumerate(program.tags) if tag.label and flowing[k] and k != program.roots[0]]
    bends = (
        row[0] for row, each in zip(program.operands, program.primitives, strict=True) if row and each.name == "relu"
    )
    if any(abs(program.numbers[k]) < 1e-9 for k in bends):
        return None  # what is right there is a matter of conventions
    if len(named) < 2:
        return None
    chosen = sorted(chance.sample(named, min(len(named), chance.randint(2, 4))), reverse=True)
    writer, own, right = _Writer(program, chance), dict[int, str](), dict[int, str]()
    count = chance.choice((0, 1, 1, 2))
    guilty = chance.sample(chosen, min(count, len(chosen)))
    links, planted = dict[str, str](), dict[str, list[Planted]]()
    for k in chosen:
        mistakes: dict[tuple[int, int], str] = {}
        if k in guilty:
            if (mistake := _choose(chance, program, k, own, called)) is None:
                return None
            planted[program.names[k]] = [mistake]
            mistakes = mistake.edges
            clean = f"({writer.write(k, own, {})})"
            if not _differ_at(program, clean, f"({writer.write(k, own, mistakes)})"):
                return None  # what is above is 0
        own[k] = f"({writer.write(k, own, mistakes)})"
        right[k] = f"({writer.write(k, right, {})})"
        links[program.names[k]] = own[k]
    if max(map(len, links.values())) > LONGEST or not all(re.search(r"[^\W\d]", each) for each in links.values()):
        return None  # a text of numbers alone is a figure, which is judged at its digits
    truth = _judge(root, program, chosen, links, planted)
    return HandIn(root, links, truth, planted) if truth else None


def _choose(chance: random.Random, program: Program, k: int, own: dict[int, str], called: list[str]) -> Planted | None:
    """A mistake on the way from a place up to the links above it."""
    on_the_way, open_ = list[Edge](), [k]
    seen = set[int]()
    while open_:
        place = open_.pop()
        for edge in program.uses[place]:
            if program.depending([edge.head])[program.roots[0]] and program.slope(edge):
                on_the_way.append(edge)
                if edge.head not in own and edge.head not in seen:
                    seen.add(edge.head)
                    open_.append(edge.head)
    return plant(chance, program, on_the_way, called) if on_the_way else None


def _judge(
    root: Value, program: Program, chosen: list[int], links: dict[str, str], planted: dict[str, Any]
) -> dict[str, str]:
    """What is true of each link, {} where numbers can't tell."""
    truth = {}
    points = _points(program)
    for k in chosen:
        name = program.names[k]
        differs = [_differ(program, k, links[name], point) for point in points]
        if None in differs:
            return {}
        wrong = any(differs)
        if wrong and not differs[0]:
            return {}  # right at the given point alone: other tests are about that
        if name in planted:
            if not wrong:
                return {}
            truth[name] = "wrong"
        else:
            truth[name] = "follows" if wrong else "right"
    wrong_above = [k for k in chosen if truth[program.names[k]] != "right"]
    if any(truth[program.names[k]] == "right" and _reaches(program, k, wrong_above, chosen) for k in chosen):
        return {}  # two mistakes that cancel, or paths that bring nothing
    return truth


def _reaches(program: Program, k: int, wrong: list[int], chosen: list[int]) -> bool:
    """Whether a link depends on a wrong one above it, without another link between."""
    for above in wrong:
        if above > k:
            others = [each for each in chosen if each not in (k, above)]
            depends = program.forward(lambda place, xs, others=others: place not in others and True in xs, {k: True})
            if depends[above]:
                return True
    return False


def _points(program: Program) -> list[Any]:
    chance = random.Random(3)
    moves = [{k: program.numbers[k] * chance.uniform(0.97, 1.03) for k in program.leaves} for _ in range(MOVED)]
    return [program, *map(program.at, moves)]


def _differ_at(program: Program, one: str, other: str) -> bool:
    """Whether two formulas are surely different at the given point."""
    names = {name: program.numbers[place] for place, name in enumerate(program.names) if program.tags[place].label}
    a, b = (parse(each, names).data for each in (one, other))
    return abs(a - b) > 1e-5 * max(abs(a), abs(b), 1e-3)


def _differ(program: Program, k: int, formula: str, point: Any) -> bool | None:
    """Whether a formula isn't the gradient at a point; None where digits can't tell."""
    names = {name: point.numbers[place] for place, name in enumerate(program.names) if program.tags[place].label}
    found = parse(f"({formula})", names).data
    exact = point.differentiate()[k]
    error = abs(found - exact) / max(abs(found), abs(exact), 1e-300)
    return None if 1e-10 < error < 1e-5 or not abs(exact) > 1e-6 else error > 1e-5
