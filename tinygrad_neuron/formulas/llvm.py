"""LLVM's language: a listing as functions of its intermediate representation, in text."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence

from ..program import Program
from .dialects import forms_of
from .listing import Listing, statements

CHUNK = 500  # lines in a function: what takes LLVM longer than linear time stays small
CONDITIONS = {"<": "olt", "<=": "ole", "==": "oeq", "!=": "une"}
BITS = {"less": "olt double {0}, {1}", "less_equal": "ole double {0}, {1}", "where": "une double {0}, 0.0"}
FORMS = forms_of("llvm")
SPELLED = frozenset(FORMS)


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
    called = [form for name, form in FORMS.items() if "@llvm." in form or (name in heads and form.startswith("call"))]
    declared = [re.sub(r" \{\d\}", "", form.replace("call", "declare", 1)) for form in called]
    functions = [text for name, listing in listings.items() for text in _functions(name, listing, programs[name])]
    return "\n".join([*declared, *functions])


def _functions(name: str, listing: Listing, program: Program) -> list[str]:
    """The listing in parts; what a later part needs goes through memory."""
    lines = statements(program)
    chunks = [lines[start : start + CHUNK] for start in range(0, len(lines), CHUNK)] or [[]]
    part_of = {line: k for k, chunk in enumerate(chunks) for line in chunk}
    last = len(chunks) - 1
    needs = [(operand, part_of[line]) for line in lines for operand in program.operands[line]]
    needs += [(root, last) for root in program.roots]
    elsewhere = dict.fromkeys(place for place, part in needs if part_of.get(place, part) != part)
    stored = {place: k for k, place in enumerate(elsewhere)}
    *parts, end = [_Part(listing, program, chunk, stored) for chunk in chunks]
    whole, body = f"i1 @{name}(ptr noalias %in, ptr noalias %out)", end.finish()
    if not stored:
        return [_define(whole, body)]
    heads = [f"internal void @{name}_{k}(ptr %in, ptr %m) noinline" for k in range(last)]
    texts = [_define(head, [*part.body, "ret void"]) for head, part in zip(heads, parts, strict=True)]
    texts.append(
        _define(f"internal i1 @{name}_{last}(ptr noalias %in, ptr noalias %m, ptr noalias %out) noinline", body)
    )
    calls = [f"call void @{name}_{k}(ptr %in, ptr %m)" for k in range(last)]
    calls.append(f"%r = call i1 @{name}_{last}(ptr %in, ptr %m, ptr %out)")
    return [*texts, _define(whole, [f"%m = alloca double, i64 {len(stored)}", *calls, "ret i1 %r"])]


def _define(head: str, body: Sequence[str]) -> str:
    return "\n  ".join([f"define {head} {{", *body]) + "\n}"


class _Part:
    """Some lines of a listing as the body of a function."""

    def __init__(self, listing: Listing, program: Program, lines: Sequence[int], stored: dict[int, int]) -> None:
        self._listing, self._program, self._stored = listing, program, stored
        self._inputs = {line.place: k for k, line in enumerate(listing.inputs)}
        self._names: dict[int, str] = {}
        self.body: list[str] = []
        for line in lines:
            self._write(line)

    def _put(self, name: str, instruction: str) -> str:
        self.body.append(f"{name} = {instruction}")
        return name

    def _write(self, line: int) -> None:
        operands = [self._operand(each) for each in self._program.operands[line]]
        head, k = self._program.primitives[line].name, len(self.body)  # type: ignore[union-attr]
        bit = self._put(f"%c{k}", f"fcmp {BITS[head].format(*operands)}") if head in BITS else ""
        self._names[line] = self._put(f"%v{k}", FORMS[head].format(*operands, bit=bit))
        if line in self._stored:
            self._store("%m", self._stored[line], self._names[line])

    def _operand(self, place: int) -> str:
        if self._program.is_constant(place):
            return llvm_number(self._program.numbers[place])
        if place not in self._names:
            given = place in self._inputs
            address = self._address("%in", self._inputs[place]) if given else self._address("%m", self._stored[place])
            self._names[place] = self._put(f"%v{len(self.body)}", f"load double, ptr {address}")
        return self._names[place]

    def _address(self, base: str, place: int) -> str:
        return self._put(f"%p{len(self.body)}", f"getelementptr double, ptr {base}, i64 {place}")

    def _store(self, base: str, place: int, name: str) -> None:
        self.body.append(f"store double {name}, ptr {self._address(base, place)}")

    def finish(self) -> list[str]:
        """The body that stores the outputs, and returns whether the guards hold."""
        for place, output in enumerate(self._listing.outputs):
            self._store("%out", place, self._operand(self._listing.place(output)))
        holds = "true"
        for guard in self._listing.guards:
            left, right = (self._operand(self._listing.place(side)) for side in (guard.left, guard.right))
            k = len(self.body)
            bit = self._put(f"%c{k}", f"fcmp {CONDITIONS[guard.relation]} double {left}, {right}")
            same = self._put(f"%d{k}", f"icmp eq i1 {bit}, {'true' if guard.outcome else 'false'}")
            holds = self._put(f"%e{k}", f"and i1 {holds}, {same}")
        return [*self.body, f"ret i1 {holds}"]
