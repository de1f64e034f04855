"""Text to graph, safely: a formula is read by the grammar, with limits, and computed in any reading of the table.

Nothing of the text is ever executed or looked up in Python: names are looked
up among the inputs and the stages before, functions in the table of `ops`.
"""

from __future__ import annotations

import difflib
import functools
import operator
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NoReturn

from .. import ops
from ..conditions import ROWS, Condition
from ..primitives import FUNCTIONS, PRIMITIVES
from ..recording import spelled_alike
from ..value import Value, keep_beside
from .grammar import MAX_CHARACTERS, NO_NUMBER, ExpressionError, Parser, Statement, Tree
from .symbol import Symbol, unicode

MAX_NODES, DEEP = 2000, 60
LONGEST_NAME = 60  # of which it is asked what was meant
BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": ops.div,
    "^": ops.pow,
    "//": lambda a, b: ops.floor(ops.div(a, b)),
    "%": lambda a, b: a - b * ops.floor(ops.div(a, b)),
}
HEADS = {"+": "add", "-": "sub", "*": "mul", "/": "div", "^": "pow"}
COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
SYMBOLIC: dict[str, Callable[[Any, Any], Any]] = {  # of symbols, which have no outcome
    "<": ROWS["<"],
    "<=": ROWS["<="],
    ">": lambda a, b: ROWS["<"](b, a),
    ">=": lambda a, b: ROWS["<="](b, a),
    "==": ROWS["=="],
    "!=": lambda a, b: ROWS["not"](ROWS["=="](a, b)),
}


def parse(text: str, inputs: Mapping[str, Any], *, max_characters: int = MAX_CHARACTERS) -> Value:
    """Compute an expression written in text, as a graph.

    Args:
        text: statements `name = expression`, separated by newlines or `;`. The
            last may do without a name. There are numbers, names, `pi` and `e`,
            `+ - * / ^ // %`, parentheses, the functions of the table, lists
            as arguments of functions, and conditions: comparisons, chains of
            them (`0 < x < 1`), `and`, `or`, `not`. `#` begins a comment. What
            people write is read as well: `2x`, `x²`, `√x`, `|x|`, `·`, simple LaTeX.
            Names are of letters of any script (`θ₁`, `größe`), or those of
            nodes in scopes (`layer1.neuron2.w1`, `output[2]`).
        inputs: a number or a Value for each name that isn't assigned in the
            text. `name = number` in the text gives an input as well.
        max_characters: longer texts are refused.

    Returns:
        The value of the last statement. Stages and inputs carry their names as labels.

    Raises:
        ExpressionError: with the position, a caret and what to do.
        TypeError: an input isn't a real number.

    Examples:
        >>> loss = parse("y = tanh(w x); (y - 1)²", {"w": 0.5, "x": 2.0})
        >>> loss.data == (math.tanh(1.0) - 1) ** 2
        True
    """
    root: Value = Expression(text, inputs, max_characters=max_characters)(inputs)
    return root


class Expression:
    """An expression whose text was read once, to be computed many times: `parse` in two steps.

    Args:
        text: as in `parse`.
        known: the names that it may use; a function or constant that is called so is that name.
        max_characters: longer texts are refused.

    Attributes:
        text: as it was given.
        inputs: the names that it needs, in the order of their first use; derivatives as ∂loss/∂net.
        remarks: what was read in one of several possible ways.
    """

    def __init__(self, text: str, known: Collection[str] = (), *, max_characters: int = MAX_CHARACTERS) -> None:
        if not isinstance(text, str):
            raise TypeError(f"expected an expression in text, got {type(text).__name__}")
        self.text = text
        parser = Parser(text, known, max_characters)
        self.remarks: tuple[str, ...] = tuple(parser.remarks)
        self._statements: Sequence[Statement] = parser.statements
        if not self._statements:
            raise ExpressionError("the expression is empty: write for instance y = w*x + b", text, 0)
        assigned: set[str] = set()
        needed: dict[str, None] = {}
        for statement in self._statements:
            needed |= dict.fromkeys(name for name in _list_names(statement.tree) if spelled_alike(name) not in assigned)
            assigned.add(spelled_alike(statement.name))
        self.inputs: tuple[str, ...] = tuple(needed)

    def __call__(self, inputs: Mapping[str, Any]) -> Any:
        """Compute it, as a graph; of symbols as a tree of them.

        Args:
            inputs: a number, a Value or a symbol for each name.

        Raises:
            ExpressionError: with the position, a caret and what to do.
        """
        names = {
            spelled_alike(name): each if _is_reading(each) else Value(each, label=name) for name, each in inputs.items()
        }
        reader = _Reader(self.text, names, list(inputs))
        for statement in self._statements[:-1]:
            if not statement.name:
                reader.refuse(statement.tree, "only the last statement can do without a name: write name = expression")
        *stages, root = [reader.read_statement(each) for each in self._statements]
        if not _is_reading(root):
            return Value(root, constant=True)
        if stages and isinstance(root, Value) and not root.is_leaf:
            keep_beside(root, tuple(stages))
        return root

    @functools.cached_property
    def symbol(self) -> Any:
        """The expression as a tree of symbols and numbers, with the structure that it was written with."""
        reader = _Reader(
            self.text, {spelled_alike(name): Symbol(name) for name in self.inputs}, self.inputs, symbolic=True
        )
        return [reader.read_statement(each) for each in self._statements][-1]

    @property
    def understood(self) -> str:
        """What was understood, typeset: (y − t)·(1 − y²)·x; the text itself, if it is too deep for that."""
        return self.text if self.is_deep else unicode(self.symbol).text

    @functools.cached_property
    def is_deep(self) -> bool:
        """Whether it is so deep, as long sums are, that nobody walks through it part by part."""
        return any(_is_deeper(statement.tree, DEEP) for statement in self._statements)


def _is_reading(number: Any) -> bool:
    """Whether it is a Value, a symbol or the like, and no plain number."""
    return hasattr(number, "read_primitive") and not isinstance(number, Condition)


def _is_deeper(tree: Tree, limit: int) -> bool:
    """Whether a tree is deeper than a limit."""
    level = [tree]
    for _ in range(limit):
        level = [part for each in level for part in (*each.parts, *(named for _, named in each.named))]
    return bool(level)


def _list_names(tree: Tree) -> Iterator[str]:
    """The names that a tree needs, from the left to the right."""
    open_ = [tree]
    while open_:
        part = open_.pop()
        if part.kind in ("name", "derivative"):
            yield part.value
        open_ += reversed([*part.parts, *(each for _, each in part.named)])


def is_name(text: str) -> bool:
    """Whether a text is a name: of letters of any script, or that of a node in scopes, written out or as a symbol."""
    plain = re.sub(r"(,\d+)?(\(\d+\))?(\[\d+\])?$", "", spelled_alike(text))
    return all(part.isidentifier() for part in plain.split("."))


class _Reader:
    """Walks one syntax tree and builds the graph."""

    def __init__(self, text: str, names: dict[str, Any], spelled: Sequence[str], *, symbolic: bool = False) -> None:
        self._text, self._names, self._spelled, self._nodes = text, names, list(spelled), 0
        self._symbolic = symbolic

    def refuse(self, where: Tree, reason: str) -> NoReturn:
        raise ExpressionError(reason, self._text, where.at)

    def read_statement(self, statement: Statement) -> Any:
        name, tree = statement.name, statement.tree
        where = tree._replace(at=statement.at)
        if not name:
            return self._operand(tree)
        if spelled_alike(name) in self._names:
            self.refuse(where, f"{name} is defined already: give each stage a name of its own")
        if name in FUNCTIONS:
            self.refuse(where, f"{name} is a function: name the stage otherwise")
        value = self._operand(tree)
        if not self._symbolic:
            value = self._make_stage(value, tree, name)
        self._names[spelled_alike(name)] = value
        self._spelled.append(name)
        return value

    def _make_stage(self, value: Any, tree: Tree, name: str) -> Value:
        """A node of its own for a stage."""
        is_number = (tree.parts[0] if tree.kind == "neg" else tree).kind == "number"
        if is_number:
            value = Value(value)  # name = number gives an input, not a constant
        elif not _is_reading(value):
            value = Value(value, constant=True)
        elif value.label or value.is_leaf:
            value = ops.identity(value)  # beside what it repeats
        value.label = name
        return value  # type: ignore[no-any-return]

    def _operand(self, tree: Tree) -> Any:
        """What goes into arithmetic, where a condition is 1 or 0."""
        found = self._read(tree)
        return found.recorded() if isinstance(found, Condition) else float(found) if isinstance(found, bool) else found

    def _read(self, tree: Tree) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self.refuse(tree, f"the expression has more than {MAX_NODES} parts")
        if tree.kind in BINARY:
            return self._chain(tree)
        return getattr(self, f"_read_{tree.kind}")(tree)

    def _read_number(self, tree: Tree) -> float:
        return float(tree.value)

    def _read_neg(self, tree: Tree) -> Any:
        return -self._operand(tree.parts[0])

    def _read_list(self, tree: Tree) -> NoReturn:
        self.refuse(tree, "a list can only be an argument of a function")

    def _read_name(self, tree: Tree) -> Any:
        found = self._names.get(spelled_alike(tree.value))
        if found is None:
            self.refuse(tree, self._suggest(tree.value))
        return found

    def _read_derivative(self, tree: Tree) -> Any:
        found = self._names.get(spelled_alike(tree.value))
        if found is None:
            self.refuse(
                tree, f"the derivative {tree.value} has no value here: derivatives can stand in what is derived by hand"
            )
        return found

    def _suggest(self, name: str) -> str:
        """What may have been meant by a name that is unknown."""
        if len(name) > LONGEST_NAME:
            return f"{name[:LONGEST_NAME]}… is unknown"
        if parts := _split(spelled_alike(name), self._names):
            return f"{name} is unknown: did you mean {'*'.join(parts)}?"
        functions = [each for each in FUNCTIONS if each not in NO_NUMBER]
        near = difflib.get_close_matches(name, [*self._spelled, *(functions if len(name) > 2 else ())], 1, 0.7)
        if near:
            return f"{name} is unknown: did you mean {near[0]}?"
        names = ", ".join(self._spelled[:12]) or "none yet"
        return f"{name} has no value: give one ({name}=1.0), or assign it in a statement before; the names are {names}"

    def _chain(self, tree: Tree) -> Any:
        """a + b + c + … is as deep as it is long: read its left spine in a loop."""
        spine = [tree]
        while spine[-1].parts[0].kind in BINARY:
            spine.append(spine[-1].parts[0])
        self._nodes += len(spine) - 1
        result = self._operand(spine[-1].parts[0])
        for part in reversed(spine):
            result = self._combine(part.kind, result, self._operand(part.parts[1]))
        return result

    def _combine(self, sign: str, a: Any, b: Any) -> Any:
        """An operation; of numbers a symbol where the structure must stay."""
        if self._symbolic and sign in HEADS and not (_is_reading(a) or _is_reading(b)):
            return Symbol(HEADS[sign], (a, b))
        return BINARY[sign](a, b)

    def _read_call(self, tree: Tree) -> Any:
        arguments = [self._argument(each) for each in tree.parts]
        named = {name: self._read(each) for name, each in tree.named}
        entry = PRIMITIVES.get(tree.value)
        if entry and len(entry.parameters) == 1 != len(arguments) and not entry.variadic and not named:
            many = f"takes 1 positional argument but {len(arguments)} were given"
            none = f"missing 1 required positional argument: {entry.parameters[0]!r}"
            self.refuse(tree, f"{tree.value}() {many if arguments else none}")
        try:
            return FUNCTIONS[tree.value](*arguments, **named)
        except (TypeError, ValueError) as error:
            self.refuse(tree, str(error).split("\n", 1)[0])

    def _argument(self, tree: Tree) -> Any:
        return [self._read(each) for each in tree.parts] if tree.kind == "list" else self._read(tree)

    def _read_compare(self, tree: Tree) -> Any:
        sides = [self._operand(each) for each in tree.parts]
        table = SYMBOLIC if any(isinstance(side, Symbol) for side in sides) else COMPARISONS
        found = [table[sign](a, b) for sign, a, b in zip(tree.value, sides, sides[1:], strict=False)]
        return functools.reduce(_both, found)

    def _condition(self, tree: Tree) -> Any:
        """A side of `and`, `or` or `not`: a number is true if it isn't 0."""
        found = self._read(tree)
        return found if isinstance(found, (bool, Condition, Symbol)) else found != 0

    def _read_and(self, tree: Tree) -> Any:
        return functools.reduce(_both, map(self._condition, _flatten(tree)))

    def _read_or(self, tree: Tree) -> Any:
        return functools.reduce(_either, map(self._condition, _flatten(tree)))

    def _read_not(self, tree: Tree) -> Any:
        found = self._condition(tree.parts[0])
        return (
            ~found if isinstance(found, Condition) else ROWS["not"](found) if isinstance(found, Symbol) else not found
        )


def _flatten(tree: Tree) -> list[Tree]:
    """The parts of `a and b and c …`, which is as deep as it is long."""
    found = list(reversed(tree.parts))
    while found[-1].kind == tree.kind:
        found += reversed(found.pop().parts)
    return found[::-1]


def _both(a: Any, b: Any) -> Any:
    return ROWS["and"](a, b) if isinstance(a, Symbol) or isinstance(b, Symbol) else a & b


def _either(a: Any, b: Any) -> Any:
    return ROWS["or"](a, b) if isinstance(a, Symbol) or isinstance(b, Symbol) else a | b


def _split(name: str, known: Collection[str]) -> list[str]:
    """A name as known ones written one after the other, [] if it isn't."""
    found: list[list[str] | None] = [[]] + [None] * len(name)
    for end in range(1, len(name) + 1):
        for begin in range(end):
            parts = found[begin]
            if parts is not None and found[end] is None and name[begin:end] in known:
                found[end] = [*parts, name[begin:end]]
    return found[-1] or []
