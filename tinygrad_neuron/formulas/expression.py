"""Text to graph, safely: an allow-list over Python's syntax tree, with limits, and a caret at every refusal.

Nothing of the text is ever executed or looked up in Python: names are looked
up among the inputs and the stages before, functions in the table of `ops`.
"""

from __future__ import annotations

import ast
import difflib
import functools
import math
import operator
import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from .. import ops
from ..conditions import Condition
from ..primitives import FUNCTIONS
from ..recording import spelled_alike
from ..value import Value, keep_beside
from .symbol import Symbol

MAX_CHARACTERS, MAX_NODES, MAX_DEPTH, MAX_INTEGER_BITS, MAX_SCOPES = 4096, 2000, 100, 1024, 10
NO_NUMBER = {"softmax"}  # it gives a list
# signs that people write, and what is read here; the dot between factors would pass for a letter
INSTEAD = {"·": "*", "×": "*", "÷": "/", "−": "-", "²": "**2", "³": "**3", "≤": "<=", "≥": ">=", "≠": "!=", "π": "pi"}
LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
COMMON = ["exp", "log", "tanh", "relu", "where"]
BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: ops.div,
    ast.Pow: ops.pow,
    ast.FloorDiv: lambda a, b: ops.floor(ops.div(a, b)),
    ast.Mod: lambda a, b: a - b * ops.floor(ops.div(a, b)),
}
COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = dict(zip(
    (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq),
    (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne), strict=True,
))  # fmt: skip


class ExpressionError(ValueError):
    """A text that is no expression, or more than is allowed.

    Attributes:
        reason: what is wrong and what to do, in one line.
        line, column: where, from 1.
    """

    def __init__(self, reason: str, text: str, line: int, column: int) -> None:
        from rich.cells import cell_len

        self.reason: str = reason
        self.line: int = line
        self.column: int = column
        lines = text.split("\n")
        source = lines[line - 1] if line <= len(lines) else ""
        start = max(0, column - 1 - 60)
        excerpt = "".join(c if c.isprintable() else "?" for c in source[start : start + 100])
        caret = " " * cell_len(excerpt[: column - 1 - start]) + "^"
        super().__init__(f"{reason} (line {line}, column {column})\n  {excerpt}\n  {caret}")


def parse(text: str, inputs: Mapping[str, Any], *, max_characters: int = MAX_CHARACTERS) -> Value:
    """Compute an expression written in text, as a graph.

    Args:
        text: statements `name = expression`, separated by newlines or `;`. The
            last may do without a name. There are numbers, names, `pi`,
            `+ - * / ** // %`, parentheses, the functions of the table, lists
            as arguments of functions, and conditions: comparisons, chains of
            them (`0 < x < 1`), `and`, `or`, `not`. `#` begins a comment.
            Names are of letters of any script (`θ₁`, `größe`), or those of
            nodes in scopes (`layer1.neuron2.w1`, `output[2]`).
        inputs: a number or a Value for each name that isn't assigned in the
            text. `name = number` in the text gives an input as well.
        max_characters: longer texts are refused.

    Returns:
        The value of the last statement. Stages and inputs carry their names as labels.

    Raises:
        ExpressionError: with the position, a caret and what to do.
        TypeError: an input is no real number.

    Examples:
        >>> loss = parse("y = tanh(w*x); (y - 1)**2", {"w": 0.5, "x": 2.0})
        >>> loss.data == (math.tanh(1.0) - 1) ** 2
        True
    """
    return Expression(text, max_characters=max_characters)(inputs)


class Expression:
    """An expression whose text was read once, to be computed many times: `parse` in two steps.

    Attributes:
        text: as it was given.
        inputs: the names that it needs, in the order of their first use.
    """

    def __init__(self, text: str, *, max_characters: int = MAX_CHARACTERS) -> None:
        if not isinstance(text, str):
            raise TypeError(f"expected an expression in text, got {type(text).__name__}")
        self.text = text
        self._statements = _statements(text, max_characters)
        self._spelled = {spelled_alike(name): name for name in reversed(re.findall(r"[^\W\d]\w*", text))}
        assigned: set[str] = set()
        needed: dict[str, None] = {}
        for statement in self._statements:
            names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
            loaded = [node for node in names if isinstance(node.ctx, ast.Load) and node.id not in assigned]
            called = {id(node.func) for node in ast.walk(statement) if isinstance(node, ast.Call)}
            found = sorted((node for node in loaded if id(node) not in called), key=lambda node: node.col_offset)
            needed |= dict.fromkeys(node.id for node in found if node.id != "pi")
            assigned |= {node.id for node in names if isinstance(node.ctx, ast.Store)}
        self.inputs: tuple[str, ...] = tuple(self._spelled.get(name, name) for name in needed)

    def __call__(self, inputs: Mapping[str, Any]) -> Value:
        """Compute it, as a graph.

        Args:
            inputs: a number or a Value for each name.

        Raises:
            ExpressionError: with the position, a caret and what to do.
        """
        names: dict[str, Any] = {
            spelled_alike(name): each if isinstance(each, (Value, Symbol)) else Value(each, label=name)
            for name, each in inputs.items()
        }
        reader = _Reader(self.text, names, self._spelled)
        for statement in self._statements[:-1]:
            if not isinstance(statement, ast.Assign):
                reader.refuse(statement, "only the last statement can do without a name: write name = expression")
        *stages, root = [reader.statement(each) for each in self._statements]
        if stages and not isinstance(root, Symbol) and not root.is_leaf:
            keep_beside(root, tuple(stages))
        return root


def _statements(text: str, max_characters: int) -> list[ast.stmt]:
    """The syntax tree, if the text is short, printable and not too deep for Python's own parser."""
    text = text.replace("\r\n", "\n").replace("\t", " ")
    if len(text) > max_characters:
        raise ExpressionError(f"the text has {len(text)} characters, at most {max_characters} are allowed", text, 1, 1)
    code = re.sub("#[^\n]*", lambda comment: " " * len(comment[0]), text)
    _require_signs(code, text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of literals such as 1if; the tree is judged below
            module = ast.parse("\n".join(line.strip() for line in code.translate(LOWERED).split("\n")))
    except SyntaxError as error:
        line, reason = error.lineno or 1, f"{error.msg}: this is no expression"
        raise ExpressionError(reason, text, line, max(1, (error.offset or 1) + _indent(text, line))) from None
    except (ValueError, MemoryError, RecursionError):
        raise ExpressionError("the expression is too deep or too large to be read", text, 1, 1) from None
    if not module.body:
        raise ExpressionError("the expression is empty: write for instance y = w*x + b", text, 1, 1)
    for parent in ast.walk(module):
        for field, child in ast.iter_fields(parent):
            setattr(parent, field, list(map(_joined, child)) if isinstance(child, list) else _joined(child))
    return module.body


def _require_signs(code: str, text: str) -> None:
    """Refuse signs that an expression doesn't have, and brackets that nest too deeply."""
    depth = 0
    numbers = {found.start() for found in re.finditer(r"(?<!\w)\d\w*", code) if found[0] != found[0].translate(LOWERED)}
    for k, character in enumerate(code):
        depth += (character in "([{") - (character in ")]}")
        reason = f"brackets nest deeper than {MAX_DEPTH}" if depth > MAX_DEPTH else ""
        if character in INSTEAD:
            reason = f"{character} is not read here: write {INSTEAD[character]}"
        elif not (" " <= character <= "~" or character == "\n" or f"a{character}".translate(LOWERED).isidentifier()):
            reason = reason or f"{character!a} is no letter, digit or sign of an expression"
        elif k in numbers:
            reason = "a number has no index: write a sign between, or begin the name with a letter"
        if reason:
            raise ExpressionError(reason, text, text.count("\n", 0, k) + 1, k - text.rfind("\n", 0, k))


def _joined(tree: Any) -> Any:
    """The name of a node in scopes as one name: layer1.neuron2.output[2]; everything else as it is."""
    end, parts = tree, list[str]()
    if isinstance(end, ast.Subscript) and isinstance(end.slice, ast.Constant) and type(end.slice.value) is int:
        parts.append(f"[{end.slice.value}]")
        end = end.value
    while isinstance(end, ast.Attribute) and len(parts) <= MAX_SCOPES:
        parts.append(f".{end.attr}")
        end = end.value
    if not (parts and isinstance(end, ast.Name) and isinstance(tree.ctx, ast.Load)):
        return tree
    return ast.copy_location(ast.Name("".join([end.id, *reversed(parts)]), ast.Load()), tree)


def _indent(text: str, line: int) -> int:
    """By how much Python's parser is told less of a line."""
    found = (text.split("\n")[line - 1 :] or [""])[0]
    return len(found) - len(found.lstrip())


def is_name(text: str) -> bool:
    """Whether a text is a name: of letters of any script, or that of a node in scopes, written out or as a symbol."""
    plain = re.sub(r"(,\d+)?(\(\d+\))?(\[\d+\])?$", "", spelled_alike(text))
    return all(part.isidentifier() for part in plain.split("."))


def _is_number(tree: ast.expr) -> bool:
    return isinstance(tree.operand if isinstance(tree, ast.UnaryOp) else tree, ast.Constant)


class _Reader:
    """Walks one syntax tree and builds the graph."""

    def __init__(self, text: str, names: dict[str, Value], spelled: Mapping[str, str]) -> None:
        self._text, self._names, self._spelled, self._nodes = text, names, spelled, 0

    def refuse(self, where: ast.stmt | ast.expr, reason: str) -> NoReturn:
        line = self._text.translate(LOWERED).split("\n")[where.lineno - 1].strip()
        column = len(line.encode()[: where.col_offset].decode()) + 1 + _indent(self._text, where.lineno)
        raise ExpressionError(reason, self._text, where.lineno, column)

    def statement(self, statement: ast.stmt) -> Value:
        match statement:
            case ast.Expr(value=tree):
                return self._value(tree)
            case ast.Assign(targets=[ast.Name(id=name)], value=tree):
                pass
            case _:
                self.refuse(statement, "a statement is name = expression, or an expression at the end")
        if name in self._names:
            self.refuse(statement, f"{name} is defined already: give each stage a name of its own")
        if name in FUNCTIONS:
            self.refuse(statement, f"{name} is a function: name the stage otherwise")
        value = self._value(tree)
        if _is_number(tree):
            value = Value(value.data)  # name = number gives an input, not a constant
        elif value.label or value.is_leaf:
            value = ops.identity(value)  # the stage is a node of its own, beside what it repeats
        value.label = self._spelled.get(name, name)
        self._names[name] = value
        return value

    def _value(self, tree: ast.expr) -> Value:
        result = self._operand(tree, 1)
        if any(isinstance(each, Symbol) for each in self._names.values()):
            return result  # type: ignore[no-any-return]
        return result if isinstance(result, Value) else Value(result, constant=True)

    def _operand(self, tree: ast.expr, depth: int) -> Any:
        """What goes into arithmetic, where a condition is 1 or 0."""
        found = self._read(tree, depth)
        return found.recorded() if isinstance(found, Condition) else found

    def _read(self, tree: ast.expr, depth: int) -> Any:
        self._nodes += 1
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            self.refuse(tree, f"the expression has more than {MAX_NODES} parts or is nested deeper than {MAX_DEPTH}")
        match tree:
            case ast.Constant():
                return self._number(tree)
            case ast.Name():
                return self._name(tree)
            case ast.BinOp():
                return self._chain(tree, depth)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self._operand(operand, depth + 1)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self._operand(operand, depth + 1)
            case ast.Call():
                return self._call(tree, depth)
            case ast.Compare():
                return self._comparison(tree, depth)
            case ast.BoolOp(op=op, values=values):
                combine = operator.and_ if isinstance(op, ast.And) else operator.or_
                return functools.reduce(combine, [self._condition(each, depth) for each in values])
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                condition = self._condition(operand, depth)
                return ~condition if isinstance(condition, Condition) else not condition
            case _:
                what = type(tree.op if isinstance(tree, ast.UnaryOp) else tree).__name__
                self.refuse(tree, f"{what} is not allowed: there are numbers, names, + - * / ** // % and functions")

    def _number(self, tree: ast.Constant) -> float:
        number = tree.value
        if type(number) is int and number.bit_length() > MAX_INTEGER_BITS:
            limit = f"at most {MAX_INTEGER_BITS} are allowed: write it as 1e300"
            self.refuse(tree, f"an integer of {number.bit_length()} bits, {limit}")
        if type(number) not in (int, float):
            self.refuse(tree, f"{type(number).__name__} is not allowed: only real numbers are")
        try:
            return float(number)  # type: ignore[arg-type]
        except OverflowError:
            return math.inf

    def _name(self, tree: ast.Name) -> Any:
        if tree.id in self._names:
            return self._names[tree.id]
        if tree.id == "pi":
            return math.pi
        if tree.id in FUNCTIONS:
            self.refuse(tree, f"{tree.id} is a function: write {tree.id}(…)")
        self.refuse(tree, f"{tree.id} has no value: give one ({tree.id}=1.0), or assign it in a statement before")

    def _chain(self, tree: ast.BinOp, depth: int) -> Any:
        """a + b + c + … is as deep as it is long in Python's tree: read its left spine in a loop."""
        spine = [tree]
        while isinstance(spine[-1].left, ast.BinOp):
            spine.append(spine[-1].left)
        self._nodes += len(spine) - 1
        result = self._operand(spine[-1].left, depth + 1)
        for part in reversed(spine):
            operator = BINARY.get(type(part.op))
            if operator is None:
                self.refuse(part, f"the operator {type(part.op).__name__} is not allowed: there are + - * / ** // %")
            result = operator(result, self._operand(part.right, depth + 1))
        return result

    def _call(self, tree: ast.Call, depth: int) -> Any:
        name = tree.func.id if isinstance(tree.func, ast.Name) else ""
        if name not in FUNCTIONS or name in NO_NUMBER:
            near = difflib.get_close_matches(name, FUNCTIONS.keys() - NO_NUMBER) or COMMON
            self.refuse(tree, f"there is no function {name or 'of that kind'}: there are {', '.join(near)} and others")
        if any(keyword.arg is None for keyword in tree.keywords):
            self.refuse(tree, "** is not allowed in a call: name the arguments")
        arguments = [self._argument(each, depth) for each in tree.args]
        named = {str(keyword.arg): self._read(keyword.value, depth + 1) for keyword in tree.keywords}
        try:
            return FUNCTIONS[name](*arguments, **named)
        except (TypeError, ValueError) as error:
            self.refuse(tree, str(error).split("\n", 1)[0])

    def _argument(self, tree: ast.expr, depth: int) -> Any:
        if isinstance(tree, ast.List):
            return [self._read(each, depth + 1) for each in tree.elts]
        return self._read(tree, depth + 1)

    def _comparison(self, tree: ast.Compare, depth: int) -> Any:
        sides = [self._operand(each, depth + 1) for each in (tree.left, *tree.comparators)]
        tests = [COMPARISONS.get(type(op)) for op in tree.ops]
        if None in tests:
            self.refuse(tree, "a comparison is one of < <= > >= == !=")
        found = [test(a, b) for test, a, b in zip(tests, sides, sides[1:], strict=False)]  # type: ignore[misc]
        return functools.reduce(operator.and_, found)

    def _condition(self, tree: ast.expr, depth: int) -> Any:
        """A side of `and`, `or` or `not`: a number is true if it isn't 0."""
        found = self._read(tree, depth + 1)
        return found if isinstance(found, (bool, Condition)) else found != 0
