"""The text of an array program, typeset: products of matrices side by side, those of entries with ⊙, powers with ∘."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

SUMS = {"0": r"\sum_{i} ", "1": r"\sum_{j} ", "": r"\sum "}
OPERATORS = {ast.Add: " + ", ast.Sub: " - ", ast.Mult: r" \odot ", ast.MatMult: r"\,"}
LOOSE = (ast.Add, ast.Sub)
NAMES = {"np.tanh": r"\tanh", "np.exp": r"\exp", "np.log": r"\log", "np.sin": r"\sin", "np.cos": r"\cos"}


def write_latex(statements: Sequence[str]) -> str:
    r"""The statements, one below the other and aligned at their equals signs.

    Args:
        statements: assignments in Python.

    Examples:
        >>> write_latex(["Z1 = W1 @ X"]).splitlines()[1]
        'Z_{1} &= W_{1}\\,X'
    """
    lines = []
    for statement in statements:
        target, _, expression = statement.partition(" = ")
        if target == "n":
            continue  # the number of samples needs no formula
        lines.append(f"{_name(target)} &= {_write(ast.parse(expression, mode='eval').body)}")
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


def _name(name: str) -> str:
    """A name with its number below it, and the d of a gradient upright."""
    stem, number = re.fullmatch(r"(.*?)_?(\d*)", name).groups()  # type: ignore[union-attr]
    upright = stem[0] == "d" and len(stem) > 1
    stem = stem[1:] if upright else stem
    stem = (stem if len(stem) == 1 else r"\mathrm{" + stem.replace("_", r"\_") + "}") + (
        f"_{{{number}}}" if number else ""
    )
    return r"\mathrm{d}" + stem if upright else stem


def _bracketed(node: ast.expr, *loose: type[ast.operator]) -> str:
    """An operand, in brackets if it binds less than what it stands in."""
    text = _write(node)
    weak = isinstance(node, ast.BinOp) and isinstance(node.op, loose)
    return rf"\left({text}\right)" if weak or isinstance(node, ast.UnaryOp) else text


def _write(node: ast.expr) -> str:
    if isinstance(node, ast.BinOp):
        return _write_operation(node)
    if isinstance(node, ast.UnaryOp):
        return "-" + _bracketed(node.operand, *LOOSE)
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return _base(node.value) + r"^{\top}"
    if isinstance(node, ast.Call):
        return _write_call(node)
    if isinstance(node, ast.Subscript):
        index = ast.unparse(node.slice).strip("()")
        spread = {":, None": r"%s\,\mathbf{1}^{\top}", "None, :": r"\mathbf{1}\,%s^{\top}"}.get(index)
        return spread % _base(node.value) if spread else f"{_base(node.value)}_{{[{index}]}}"
    if isinstance(node, ast.Name):
        return _name(node.id)
    if isinstance(node, ast.Constant):
        return (
            f"{node.value:g}"
            if isinstance(node.value, float) and float(f"{node.value:g}") == node.value
            else repr(node.value)
        )
    return rf"\mathrm{{{ast.unparse(node)}}}"


def _base(node: ast.expr) -> str:
    """What a power or an index stands at."""
    text = _write(node)
    return text if isinstance(node, ast.Name) else rf"\left({text}\right)"


def _write_operation(node: ast.BinOp) -> str:
    if isinstance(node.op, ast.Div):
        return rf"\frac{{{_write(node.left)}}}{{{_write(node.right)}}}"
    if isinstance(node.op, ast.Pow):
        return rf"{_base(node.left)}^{{\circ {_write(node.right)}}}"
    loose = () if isinstance(node.op, ast.Add) else LOOSE
    tight = (*loose, ast.Mult) if isinstance(node.op, ast.MatMult) else loose
    left = _bracketed(node.left, *(() if isinstance(node.op, ast.Sub) else tight))
    sign = OPERATORS[type(node.op)]
    if isinstance(node.op, ast.Mult) and _is_number(node.left):
        sign = r" \cdot "
    return f"{left}{sign}{_bracketed(node.right, *tight)}"


def _is_number(node: ast.expr) -> bool:
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    return names <= {"n"} and not any(isinstance(each, ast.Call) for each in ast.walk(node))


def _write_call(node: ast.Call) -> str:
    name = ast.unparse(node.func)
    if isinstance(node.func, ast.Attribute) and node.func.attr == "sum":
        axis = "".join(ast.unparse(each.value) for each in node.keywords)
        return SUMS[axis] + _bracketed(node.func.value, *LOOSE)
    if isinstance(node.func, ast.Attribute) and node.func.attr == "reshape":
        return _write(node.func.value)
    if name == "np.sqrt":
        return rf"\sqrt{{{_write(node.args[0])}}}"
    if name == "np.broadcast_to":
        return _write(node.args[0])
    function = NAMES.get(name, rf"\operatorname{{{name.removeprefix('np.')}}}".replace("_", r"\_"))
    return rf"{function}\left({', '.join(map(_write, node.args))}\right)"
