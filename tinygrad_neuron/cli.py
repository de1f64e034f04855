"""The command line: explain an expression."""

from __future__ import annotations

import argparse
import csv
import io
import json
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import __version__
from .check import Row, explain
from .expression import ExpressionError, parse
from .graph import first_non_finite
from .value import Value, topological_order

if TYPE_CHECKING:
    from rich.table import Table

DEMO = "net = input*weight + bias; output = tanh(net); error = output - target; loss = error**2/2"
DEMO_INPUTS = {"input": 0.4, "weight": 0.5, "bias": 0.6, "target": 0.7}


class BadInputError(Exception):
    """What the user gave can't be used; its text says why and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: the words after the program's name; those of the process unless given.

    Returns:
        The exit code: 0 for success, 1 if a picture couldn't be drawn, 2 for bad input.
    """
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)  # type: ignore[no-any-return]
    except (BadInputError, ExpressionError) as error:
        print(f"tinygrad-neuron: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of the output has gone, as in `… | head`
        sys.stderr.close()
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tinygrad-neuron",
        description="Build an expression, see its backpropagation graph, and trust its gradients.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    explaining = commands.add_parser(
        "explain",
        help="values, local derivatives and gradients of an expression",
        description="Compute an expression, run the backward pass, and print a row for each node of the graph.",
        epilog='example: tinygrad-neuron explain "y = tanh(w*x + b); loss = (y - 1)**2" x=0.4 w=0.5 b=0.6 --draw y.svg',
    )
    explaining.add_argument(
        "expression", nargs="?", help="statements name = expression, separated by ; — or - for standard input"
    )
    explaining.add_argument("inputs", nargs="*", metavar="name=number", help="a number for each input")
    explaining.add_argument("-f", "--file", help="read the expression from this file")
    explaining.add_argument(
        "--wrt", "--grad", action="append", metavar="NAMES", help="show the gradients of these alone, as w,b"
    )
    _add_outputs(explaining)
    explaining.set_defaults(command=_explain)
    demo = commands.add_parser(
        "demo",
        help="explain one neuron with its loss",
        description=f"Explain one neuron: {DEMO}",
        epilog="example: tinygrad-neuron demo --draw neuron.svg",
    )
    _add_outputs(demo)
    demo.set_defaults(command=_demo)
    return parser


def _add_outputs(command: argparse.ArgumentParser) -> None:
    command.add_argument("--h", type=float, default=1e-4, help="the nudge of the faux gradients (default: 0.0001)")
    command.add_argument("--draw", metavar="PATH", help="write a picture of the graph: .svg, .png, .pdf or .dot")
    form = command.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the table as JSON")
    form.add_argument("--csv", action="store_true", help="print the table as CSV")
    command.add_argument(
        "--digits",
        type=int,
        choices=range(1, 18),
        metavar="1-17",
        help="significant digits of the table (default: as many as fit)",
    )


# ---------------------------------------------------------------- commands
def _demo(options: argparse.Namespace) -> int:
    if not (options.json or options.csv):
        print(f"{DEMO}\nwith {', '.join(f'{name} = {number}' for name, number in DEMO_INPUTS.items())}\n")
    return _report(parse(DEMO, DEMO_INPUTS), options)


def _explain(options: argparse.Namespace) -> int:
    words = [*([options.expression] if options.expression is not None else []), *options.inputs]
    text = (
        _file(options.file) if options.file else sys.stdin.read() if words[:1] == ["-"] else words[0] if words else ""
    )
    root = parse(text, dict(_assignment(word) for word in words[0 if options.file else 1 :]))
    return _report(root, options, _chosen(root, options.wrt))


def _chosen(root: Value, wanted: list[str] | None) -> list[Value] | None:
    """The inputs and stages that --wrt names; None for all."""
    if wanted is None:
        return None
    labelled = {node.label: node for node in topological_order(root) if node.label}
    names = [name.strip() for names in wanted for name in names.split(",")]
    if missing := [name for name in names if name not in labelled]:
        raise BadInputError(f"--wrt {', '.join(missing)}: the expression's names are {', '.join(labelled)}")
    return [labelled[name] for name in names]


def _file(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(
            f"{path} can't be read: {getattr(error, 'strerror', None) or 'it is no UTF-8 text'}"
        ) from None


def _assignment(word: str) -> tuple[str, float]:
    name, sign, number = (part.strip() for part in word.partition("="))
    if not sign or not name.isidentifier():
        raise BadInputError(f"{word!r} is no input: write name=number, for instance w=0.5")
    try:
        return name, float(number)
    except ValueError:
        raise BadInputError(f"{word!r}: {number!r} is no number: write for instance {name}=0.5") from None


# ---------------------------------------------------------------- reports
def _report(root: Value, options: argparse.Namespace, wrt: list[Value] | None = None) -> int:
    try:
        rows = explain(root, options.h, wrt)
    except ValueError as error:
        raise BadInputError(f"--h: {error}") from None
    if options.json:
        print(json.dumps(_as_json(root, rows, options.h), indent=2, ensure_ascii=False, allow_nan=False))
    elif options.csv:
        print(_as_csv(rows), end="")
    else:
        _print_table(rows, options.digits)
    if trouble := first_non_finite(root):
        print(f"not finite: {trouble.message}", file=sys.stderr)
    return _draw(root, options.draw) if options.draw else 0


def _as_json(root: Value, rows: list[Row], h: float) -> dict[str, Any]:
    nodes = [
        {
            "name": row.name,
            "label": row.label,
            "formula": row.formula,
            "value": _finite(row.value),
            "local_derivatives": [{"of": consumer, "value": _finite(slope)} for consumer, slope in row.partials],
            "gradient": _finite(row.gradient),
            "faux_gradient": _finite(row.faux),
        }
        for row in rows
    ]
    return {"root": rows[-1].name, "value": _finite(root.data), "h": h, "nodes": nodes}


def _finite(number: float | None) -> float | str | None:
    """JSON has no nan and no infinity: they are written as text."""
    return number if number is None or math.isfinite(number) else str(number)


def _as_csv(rows: list[Row]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["name", "label", "formula", "value", "local derivatives", "gradient", "faux gradient"])
    for row in rows:
        slopes = "; ".join(f"{slope!r} of {consumer}" for consumer, slope in row.partials)
        writer.writerow([row.name, row.label, row.formula, row.value, slopes, row.gradient, row.faux])
    return text.getvalue()


def _print_table(rows: list[Row], digits: int | None) -> None:
    """Print with as many digits as the terminal has room for; all of them where there is none."""
    from rich.console import Console

    console = Console()
    unbounded = console.options.update(max_width=10_000)
    if not console.is_terminal:
        console.width = unbounded.max_width
    table = _table(rows, digits or 17)
    for fewer in range(16, 3, -1):
        if digits or console.measure(table, options=unbounded).maximum <= console.width:
            break
        table = _table(rows, fewer)
    console.print(table)


def _table(rows: list[Row], digits: int) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("label", "formula"):
        table.add_column(heading, overflow="fold")
    for heading, colour in (
        ("value", "blue"),
        ("local derivative", ""),
        ("gradient", "dark_orange3"),
        ("faux gradient", ""),
    ):
        table.add_column(heading, style=colour, overflow="fold")
    figure: Callable[[float | None], str] = lambda number: "" if number is None else _figure(number, digits)
    for row in rows:
        slopes = "\n".join(f"{figure(slope)} → {consumer}" for consumer, slope in row.partials)
        cells = (
            row.label or ("" if row.formula else row.name),
            row.formula,
            figure(row.value),
            slopes,
            figure(row.gradient),
            figure(row.faux),
        )
        table.add_row(*map(Text, cells))
    return table


def _figure(number: float, digits: int) -> str:
    text = repr(number) if digits >= 17 else f"{number:.{digits}g}"
    return text if text.startswith("-") else f" {text}"


def _draw(root: Value, path: str) -> int:
    from .draw import RendererMissingError, draw

    try:
        draw(root).save(path)
        return 0
    except RendererMissingError as error:
        fallback = Path(path).with_suffix(".dot")
        draw(root).save(fallback)
        print(f"tinygrad-neuron: {error}\nwrote the graph as text instead: {fallback}", file=sys.stderr)
        return 1
    except ValueError as error:
        raise BadInputError(f"--draw {error}") from None
    except OSError as error:
        raise BadInputError(f"--draw {path}: it can't be written: {error.strerror}") from None
