"""Lines of code without docstrings, comments and blanks, for each room of the package; and its longest functions."""

from __future__ import annotations

import ast
import collections
import io
import tokenize
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "tinygrad_neuron"
EMPTY = {getattr(tokenize, name) for name in ("COMMENT", "NL", "NEWLINE", "INDENT", "DEDENT", "ENDMARKER")}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def lines_of_code(text: str) -> int:
    """How many lines hold code."""
    code = {
        row
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type not in EMPTY
        for row in range(token.start[0], token.end[0] + 1)
    }
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Module, ast.ClassDef, *FUNCTIONS)) and ast.get_docstring(node) is not None:
            code -= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    return len(code)


def lengths(path: Path) -> list[tuple[int, str]]:
    """The lines of each function's body."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, FUNCTIONS):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            if body:
                found.append(((body[-1].end_lineno or 0) - body[0].lineno + 1, f"{path.name}:{node.name}"))
    return found


def main() -> None:
    """Print the sizes."""
    rooms: collections.Counter[str] = collections.Counter()
    functions: list[tuple[int, str]] = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).parts
        rooms[parts[0]] += lines_of_code(path.read_text(encoding="utf-8"))
        functions += lengths(path)
    print(f"{rooms.total():,} lines of code: " + ", ".join(f"{room} {count}" for room, count in rooms.most_common()))
    mean = sum(length for length, _ in functions) / len(functions)
    longest = ", ".join(f"{name} {length}" for length, name in sorted(functions, reverse=True)[:5])
    print(f"{len(functions)} functions of {mean:.1f} lines on average; longest: {longest}")


if __name__ == "__main__":
    main()
