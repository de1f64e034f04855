"""LLVM's language: a listing as functions of its intermediate representation, in text."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from ..program import Program
from .dialects import LIBRARY
from .listing import Listing, statements

CHUNK = 500  # lines in a function: what takes LLVM longer than linear time stays small
INSTRUCTIONS = {"add": "fadd", "sub": "fsub", "mul": "fmul", "div": "fdiv"}
BINARY = ("pow", "atan2", "hypot")  # of C's library
NAMES = {"abs": "llvm.fabs.f64", "floor": "llvm.floor.f64", "sqrt": "llvm.sqrt.f64"}
CONDITIONS = {"<": "olt", "<=": "ole", "==": "oeq", "!=": "une"}
CHOICES = {"less": "fcmp olt", "less_equal": "fcmp ole"}
SPELLED = frozenset({*INSTRUCTIONS, "neg", *LIBRARY, *BINARY, *NAMES, *CHOICES, "where"})


def llvm_number(number: float) -> str:
    """A number as LLVM reads it back, bit by bit."""
    return f"0x{struct.unpack('>Q', struct.pack('>d', number))[0]:016X}"


def module_of(listings: dict[str, Listing]) -> str:
    """Functions `i1 name(ptr in, ptr out)` that are true if all guards hold.

    Args:
        listings: by the functions' names.
    """
    programs = {name: listing.program for name, listing in listings.items()}
    heads = {each.primitives[k].name for each in programs.values() for k in statements(each)}  # type: ignore[union-attr]
    declared = [f"declare double @{name}(double)" for name in LIBRARY if name not in NAMES and name in heads]
    declared += [f"declare double @{name}(double, double)" for name in BINARY if name in heads]
    declared += [f"declare double @{name}(double)" for name in NAMES.values()]
    functions = [text for name, listing in listings.items() for text in _functions(name, listing, programs[name])]
    return "\n".join([*declared, *functions])


def _functions(name: str, listing: Listing, program: Program) -> list[str]:
    """The listing in parts; what a later part needs goes through memory."""
    lines = statements(program)
    chunks = [lines[start : start + CHUNK] for start in range(0, len(lines), CHUNK)] or [[]]
    part_of = {line: k for k, chunk in enumerate(chunks) for line in chunk}
    last = len(chunks) - 1
    stored: dict[int, int] = {}
    for line in lines:
        for operand in program.operands[line]:
            if part_of.get(operand, part_of[line]) != part_of[line]:
                stored.setdefault(operand, len(stored))
    for root in program.roots:
        if part_of.get(root, last) != last:
            stored.setdefault(root, len(stored))
    writers = [_Part(listing, program, chunk, stored) for chunk in chunks]
    ending = writers[-1].ending()
    if not stored:
        return [writers[-1].function(f"define i1 @{name}(ptr noalias %in, ptr noalias %out)", ending)]
    head = "define internal {} @{}_{}({}) noinline"
    texts = [
        writer.function(head.format("void", name, k, "ptr %in, ptr %m"), ["ret void"])
        for k, writer in enumerate(writers[:-1])
    ]
    given = "ptr noalias %in, ptr noalias %m, ptr noalias %out"
    texts.append(writers[-1].function(head.format("i1", name, last, given), ending))
    calls = [f"call void @{name}_{k}(ptr %in, ptr %m)" for k in range(last)]
    body = [
        f"define i1 @{name}(ptr noalias %in, ptr noalias %out) {{",
        f"%m = alloca double, i64 {len(stored)}",
        *calls,
        f"%r = call i1 @{name}_{last}(ptr %in, ptr %m, ptr %out)",
        "ret i1 %r",
    ]
    return [*texts, "\n  ".join(body) + "\n}"]


class _Part:
    """Some lines of a listing as the body of a function."""

    def __init__(self, listing: Listing, program: Program, lines: Sequence[int], stored: dict[int, int]) -> None:
        self._listing, self._program, self._stored = listing, program, stored
        self._inputs = {line.place: k for k, line in enumerate(listing.inputs)}
        self._names: dict[int, str] = {}
        self._body: list[str] = []
        for line in lines:
            self._write(line)

    def function(self, head: str, ending: Sequence[str]) -> str:
        """The whole text."""
        return "\n  ".join([f"{head} {{", *self._body, *ending]) + "\n}"

    def _write(self, line: int) -> None:
        operands = [self._operand(each) for each in self._program.operands[line]]
        head, name = self._program.primitives[line].name, f"%v{len(self._body)}"  # type: ignore[union-attr]
        if head in INSTRUCTIONS:
            self._body.append(f"{name} = {INSTRUCTIONS[head]} double {', '.join(operands)}")
        elif head == "neg":
            self._body.append(f"{name} = fneg double {operands[0]}")
        elif head in CHOICES:
            bit = f"%c{len(self._body)}"
            self._body.append(f"{bit} = {CHOICES[head]} double {operands[0]}, {operands[1]}")
            self._body.append(f"{name} = uitofp i1 {bit} to double")
        elif head == "where":
            bit = f"%c{len(self._body)}"
            self._body.append(f"{bit} = fcmp une double {operands[0]}, 0.0")
            self._body.append(f"{name} = select i1 {bit}, double {operands[1]}, double {operands[2]}")
        else:
            arguments = ", ".join(f"double {each}" for each in operands)
            self._body.append(f"{name} = call double @{NAMES.get(head, head)}({arguments})")
        self._names[line] = name
        if line in self._stored:
            self._store("%m", self._stored[line], name)

    def _operand(self, place: int) -> str:
        if self._program.is_constant(place):
            return llvm_number(self._program.numbers[place])
        if place not in self._names:
            given = place in self._inputs
            at = ("%in", self._inputs[place]) if given else ("%m", self._stored[place])
            self._names[place] = self._load(*at)
        return self._names[place]

    def _load(self, base: str, place: int) -> str:
        address, name = f"%p{len(self._body)}", f"%v{len(self._body) + 1}"
        self._body.append(f"{address} = getelementptr double, ptr {base}, i64 {place}")
        self._body.append(f"{name} = load double, ptr {address}")
        return name

    def _store(self, base: str, place: int, name: str) -> None:
        address = f"%p{len(self._body)}"
        self._body.append(f"{address} = getelementptr double, ptr {base}, i64 {place}")
        self._body.append(f"store double {name}, ptr {address}")

    def ending(self) -> list[str]:
        """Store the outputs, and return whether the guards hold."""
        for place, output in enumerate(self._listing.outputs):
            self._store("%out", place, self._operand(self._listing.place(output)))
        holds = "true"
        for guard in self._listing.guards:
            left, right = (self._operand(self._listing.place(side)) for side in (guard.left, guard.right))
            k = len(self._body)
            self._body.append(f"%c{k} = fcmp {CONDITIONS[guard.relation]} double {left}, {right}")
            self._body.append(f"%d{k} = icmp eq i1 %c{k}, {'true' if guard.outcome else 'false'}")
            self._body.append(f"%e{k} = and i1 {holds}, %d{k}")
            holds = f"%e{k}"
        return [f"ret i1 {holds}"]
