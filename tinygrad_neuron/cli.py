"""The command line: explain an expression, check and derive its gradients, draw it, train it."""

from __future__ import annotations

import argparse
import importlib
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from . import __version__
from .checking.checker import Hand, check
from .checking.sheet import training_sheet, worksheet
from .checking.table import as_csv, as_json, explain, print_table
from .console import print_whole
from .drawing.animation import frames
from .drawing.fold import MAX_NODES
from .drawing.picture import DETAILS, STYLES, draw
from .drawing.render import RendererMissingError
from .examples import DEMOS
from .files import GraphFileError, load, write_whole
from .formulas.derivation import derive
from .formulas.expression import ExpressionError, parse
from .graph import first_non_finite
from .paging.document import page
from .value import Value, topological_order

LOSS_NAMES = ("mse", "abs", "half", "huber", "hinge", "bce", "ce")
OPTIMISER_NAMES = ("sgd", "rmsprop", "adam", "adamw")


class BadInputError(Exception):
    """What the user gave can't be used; its text says why and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: the words after the program's name; those of the process unless given.

    Returns:
        The exit code: 0 for success, 1 if a gradient is wrong or a picture couldn't be drawn, 2 for bad input.
    """
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)  # type: ignore[no-any-return]
    except (BadInputError, ExpressionError, GraphFileError) as error:
        print(f"tinygrad-neuron: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of the output has gone, as in `… | head`
        sys.stderr.close()
        return 0


# ---------------------------------------------------------------- options
class _Completion(argparse.Action):
    """Print the completion script of a shell, and end."""

    def __call__(self, parser: argparse.ArgumentParser, _options: Any, shell: Any, _name: str | None = None) -> None:
        import shtab

        print(shtab.complete(parser, shell=shell))
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    about = "Build an expression, see its backpropagation graph, and trust its gradients."
    parser = argparse.ArgumentParser(prog="tinygrad-neuron", description=about)
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    shells = "print what a shell completes words by: bash, zsh or tcsh"
    parser.add_argument(
        "--completion", action=_Completion, metavar="SHELL", choices=("bash", "zsh", "tcsh"), help=shells
    )
    chosen = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name, (run, about, description, example, *option_groups) in commands().items():
        epilog = f"example: tinygrad-neuron {name} {example}"
        command = chosen.add_parser(name, help=about, description=description, epilog=epilog)
        for add_options in option_groups:
            add_options(command)
        command.set_defaults(command=run)
    return parser


def commands() -> dict[str, tuple[Any, ...]]:
    """For each command the function, two lines about it, an example, and what adds its options."""
    return {
        "explain": (
            _explain,
            "values, local derivatives and gradients of an expression",
            "Compute an expression, run the backward pass, and print a row for each node of the graph.",
            '"y = tanh(w*x + b); loss = (y - 1)**2" x=0.4 w=0.5 b=0.6 --draw y.svg',
            *(_add_source, _add_wrt, _add_report),
        ),
        "check": (
            _check,
            "compare the engine's gradient with one derived by hand, a faux and an exact one",
            "Check the gradients of an expression. The exit code is 1 if something is wrong.",
            '"y = tanh(w*x + b)" x=0.4 w=0.5 b=0.6 --hand w="(1 - y**2)*x"',
            *(_add_source, _add_hand),
        ),
        "derive": (
            _derive,
            "the chain rule of an expression, written down",
            "Write down the chain rule for one gradient, in symbols and then with numbers put in.",
            '"y = tanh(w*x + b); loss = (y - 1)**2" x=0.4 w=0.5 b=0.6 --wrt w',
            *(_add_source, _add_derivation),
        ),
        "sheet": (
            _sheet,
            "the worksheet of an expression, with live formulas",
            "A column for each node, rows for its maths and its local, global and faux gradients.",
            '"y = tanh(w*x); loss = (y - 1)**2" x=0.4 w=0.5 -o sheet.xlsx',
            *(_add_source, _add_sheet),
        ),
        "draw": (
            _draw,
            "a picture of an expression's graph",
            "Compute an expression, run the backward pass, and draw the graph; a listing without -o.",
            '"y = tanh(w*x + b)" x=0.4 w=0.5 b=0.6 --parameters w,b --path w -o y.svg',
            *(_add_source, _add_picture),
        ),
        "page": (
            _page,
            "an interactive page of an expression's graph",
            "Write a page to step through both passes, change numbers and derive gradients by hand, without a network.",
            '"y = tanh(w*x + b)" x=0.4 w=0.5 b=0.6 --parameters w,b -o neuron.html',
            *(_add_source, _add_page),
        ),
        "export": (
            _export,
            "an expression as a program for PyTorch, JAX, NumPy or SymPy",
            "Write an expression as a program for another library, that computes the same numbers and asserts them.",
            '"y = tanh(w*x + b)" x=0.4 w=0.5 b=0.6 --to torch -o neuron.py',
            *(_add_source, _add_export),
        ),
        "train": (
            _train,
            "train a neuron or a small network on a CSV file",
            "Train on the rows of a CSV file. The exit code is 1 if the training diverges.",
            'data.csv --neuron "tanh(w*x + b)" --loss mse --lr 0.1 --steps 1000 --plot out.png --save model.json',
            *(_add_model, _add_training),
        ),
        "predict": (
            _predict,
            "what a trained model says of new inputs",
            "Apply a model that train --save wrote, to given inputs or to the rows of a CSV file.",
            "model.json x=3",
            _add_prediction,
        ),
        "demo": (
            _demo,
            "one of the neurons and networks that come along",
            "Run a program that comes along: " + "; ".join(f"{name}: {about}" for name, about in DEMOS.items()) + ".",
            "gradients --draw neuron.svg",
            _add_demo,
        ),
    }


def _add_wrt(command: argparse.ArgumentParser) -> None:
    wrt = "show the gradients of these alone, as w,b"
    command.add_argument("--wrt", "--grad", action="append", metavar="NAMES", help=wrt)


def _add_hand(command: argparse.ArgumentParser) -> None:
    formula = "a gradient derived by hand: a number, or a formula of the expression's names"
    command.add_argument("--hand", action="append", metavar="name=formula", help=formula)
    command.add_argument("--json", action="store_true", help="print the result as JSON")


def _add_derivation(command: argparse.ArgumentParser) -> None:
    command.add_argument("--wrt", required=True, metavar="NAME", help="the input or stage to differentiate by")
    form = command.add_mutually_exclusive_group()
    form.add_argument("--latex", action="store_true", help="as LaTeX")
    form.add_argument("--markdown", action="store_true", help="as Markdown with LaTeX in it")


def _add_sheet(command: argparse.ArgumentParser) -> None:
    command.add_argument("-o", "--output", metavar="PATH", help=".xlsx with formulas, .csv or .md; else a table")
    command.add_argument("--h", type=float, default=1e-4, help="the nudge of the faux rows (default: 0.0001)")
    trained = "train these inputs instead, a row for each attempt"
    command.add_argument("--train", default="", metavar="NAMES", help=trained)
    command.add_argument("--lr", type=float, default=0.1, help="the learning rate (default: 0.1)")
    command.add_argument("--attempts", type=int, default=20, help="how many rows (default: 20)")


def _add_export(command: argparse.ArgumentParser) -> None:
    libraries = ("torch", "jax", "numpy", "sympy")
    command.add_argument("--to", choices=libraries, default="torch", help="the library (default: torch)")
    command.add_argument("-o", "--output", metavar="PATH", help="write it to this file")


def _add_model(command: argparse.ArgumentParser) -> None:
    command.add_argument("data", metavar="CSV", help="rows of numbers, with or without headings")
    command.add_argument("--target", metavar="NAMES", help="the columns to predict, as y (default: the last one)")
    kind = command.add_mutually_exclusive_group(required=True)
    formula = "a formula of the other columns' headings (x, or x1, x2, … without headings); other names are trained"
    kind.add_argument("--neuron", metavar="FORMULA", help=formula)
    kind.add_argument("--hidden", metavar="SIZES", help="a network with hidden layers of these sizes, as 16,16")
    command.add_argument("--activation", default="tanh", help="of the hidden layers (default: tanh)")
    start = "what a parameter of the formula begins at (default: drawn in ±1)"
    command.add_argument("--start", action="append", metavar="name=number", help=start)


def _add_training(command: argparse.ArgumentParser) -> None:
    def option(*names: str, **more: Any) -> None:
        command.add_argument(*names, **more)

    option("--loss", choices=LOSS_NAMES, default="mse", help="what is made small (default: mse)")
    option("--optimiser", choices=OPTIMISER_NAMES, default="sgd", help="what makes the steps (default: sgd)")
    option("--lr", type=float, default=0.01, help="the learning rate (default: 0.01)")
    option("--momentum", type=float, help="how much of the last step is kept, for sgd and rmsprop")
    length = command.add_mutually_exclusive_group()
    length.add_argument("--steps", type=int, help="how many steps (default: 1000)")
    length.add_argument("--epochs", type=int, help="how many times through the data")
    option("--batch-size", type=int, metavar="N", help="rows in a step (default: all)")
    option("--seed", type=int, default=0, help="of the start and of the order (default: 0)")
    option("--until", type=float, metavar="LOSS", help="stop when the loss is below this")
    option("--patience", type=int, metavar="N", help="stop after so many epochs without a lower loss")
    option("--clip", type=float, metavar="NORM", help="the largest norm of the gradients")
    option("--checkpoint", metavar="PATH", help="keep the state in this file, and go on from it")
    option("--save", metavar="PATH", help="write the trained model as JSON")
    option("--history", metavar="PATH", help="write every step, with parameters and gradients, to .csv or .json")
    option("--plot", metavar="PATH", help="plot the loss to .png, .svg or .pdf")
    option("--quiet", action="store_true", help="show no progress bar")


def _add_prediction(command: argparse.ArgumentParser) -> None:
    command.add_argument("model", metavar="MODEL", help="the file that train --save wrote")
    command.add_argument("inputs", nargs="+", metavar="CSV or name=number", help="a file, or a number for each input")
    command.add_argument("-o", "--output", metavar="PATH", help="write the rows with predictions to this .csv file")


def _add_demo(command: argparse.ArgumentParser) -> None:
    command.add_argument("name", nargs="?", choices=list(DEMOS), default="gradients", help="which (default: gradients)")
    command.add_argument("--draw", metavar="PATH", help="write its picture to .svg, .png or .pdf")


def _add_source(command: argparse.ArgumentParser) -> None:
    statements = "statements name = expression, separated by ; (- for standard input)"
    command.add_argument("expression", nargs="?", help=statements)
    command.add_argument("inputs", nargs="*", metavar="name=number", help="a number for each input")
    command.add_argument("-f", "--file", help="read the expression from this file")


def _add_report(command: argparse.ArgumentParser) -> None:
    command.add_argument("--h", type=float, default=1e-4, help="the nudge of the faux gradients (default: 0.0001)")
    command.add_argument("--draw", metavar="PATH", help="write a picture of the graph: .svg, .png, .pdf or .dot")
    form = command.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the table as JSON")
    form.add_argument("--csv", action="store_true", help="print the table as CSV")
    digits = "significant digits of the table (default: as many as fit)"
    command.add_argument("--digits", type=int, choices=range(1, 18), metavar="1-17", help=digits)


def _add_picture(command: argparse.ArgumentParser) -> None:
    def option(*names: str, help: str, metavar: str | None = None, **more: object) -> None:
        command.add_argument(*names, help=help, metavar=metavar, **more)  # type: ignore[arg-type]

    option("-o", "--output", metavar="PATH", help="write to .svg, .png, .pdf, .dot, .mmd (Mermaid) or .txt")
    option("--frames", metavar="PATH", help="write both passes step by step: .gif, .svg, or a folder of SVG files")
    option("--load", metavar="PATH", help="draw a graph saved as JSON instead of an expression")
    option(
        "--detail", choices=DETAILS, default="full", help="forward: values; backward: gradients flowing back; or full"
    )
    option("--style", choices=STYLES, default="box", help="box, or circuit with a circle for each operation")
    option("--title", default="", help="a heading", metavar="TEXT")
    command.add_argument("--legend", action="store_true", help="explain the signs")
    option("--parameters", default="", metavar="NAMES", help="the inputs that are to be trained, as w,b")
    option("--hand", action="append", metavar="name=number", help="a gradient derived by hand, to compare with")
    option("--path", metavar="NAME", help="light the paths from this input to the result")
    option("--before", action="append", metavar="name=number", help="an input before a change; what changed is marked")
    option("--max-nodes", type=int, default=MAX_NODES, metavar="N", help=f"fold larger graphs by scope ({MAX_NODES})")
    option("--depth", type=int, metavar="N", help="fold all scopes deeper than this")
    products = "draw each dot as the products and sums it stands for"
    command.add_argument("--products", action="store_true", help=products)
    option("--expand", default="", metavar="NAMES", help="scopes that stay open, as 'layer 1,layer 2'")


def _add_page(command: argparse.ArgumentParser) -> None:
    command.add_argument("-o", "--output", metavar="PATH", required=True, help="the file to write")
    command.add_argument("--load", metavar="PATH", help="show a graph saved as JSON instead of an expression")
    command.add_argument("--title", default="", metavar="TEXT", help="a heading")
    command.add_argument("--parameters", default="", metavar="NAMES", help="the inputs that are to be trained, as w,b")
    command.add_argument("--step", type=int, metavar="N", help="begin at this step of both passes (default: the last)")
    command.add_argument("--quiz", action="store_true", help="begin with the gradients hidden, to be derived by hand")
    products = "show each dot as the products and sums it stands for"
    command.add_argument("--products", action="store_true", help=products)


# ---------------------------------------------------------------- what is given
def _source(options: argparse.Namespace) -> tuple[str, dict[str, float]]:
    """The expression's text and its inputs, from wherever they are given."""
    words = [*([] if options.expression is None else [options.expression]), *options.inputs]
    if options.file:
        return _file(options.file), dict(map(_assignment, words))
    text = sys.stdin.read() if words[:1] == ["-"] else "".join(words[:1])
    return text, dict(map(_assignment, words[1:]))


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


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _known(names: list[str], known: Sequence[str], option: str) -> list[str]:
    if missing := [name for name in names if name not in known]:
        raise BadInputError(f"{option} {', '.join(missing)}: the names are {', '.join(known) or 'none'}")
    return names


# ---------------------------------------------------------------- commands
def _demo(options: argparse.Namespace) -> int:
    program = importlib.import_module(f".examples.{options.name}", __package__)
    return _written(lambda: program.main(options.draw or ""))


def _train(options: argparse.Namespace) -> int:
    from .training import Order, train

    order = Order(
        **{name: value for name, value in vars(options).items() if name in Order._fields and name != "start"},
        start=dict(map(_assignment, options.start or [])),
    )
    return _read_and_written(lambda: train(order))


def _predict(options: argparse.Namespace) -> int:
    from .training import predict, predict_file

    def run() -> int:
        if len(options.inputs) == 1 and "=" not in options.inputs[0]:
            text = predict_file(options.model, options.inputs[0])
            if not options.output:
                print(text, end="")
            else:
                write_whole(options.output, text.encode())
        else:
            for name, number in predict(options.model, dict(map(_assignment, options.inputs))).items():
                print(f"{name} = {number!r}")
        return 0

    return _read_and_written(run)


def _explain(options: argparse.Namespace) -> int:
    root = parse(*_source(options))
    if not options.wrt:
        return _report(root, options)
    return _report(root, options, _labelled(root, _names(",".join(options.wrt))))


def _labelled(root: Value, names: list[str]) -> list[Value]:
    """The nodes that --wrt names."""
    labelled = {node.label: node for node in topological_order(root) if node.label}
    return [labelled[name] for name in _known(names, list(labelled), "--wrt")]


def _check(options: argparse.Namespace) -> int:
    root = parse(*_source(options))
    hand: dict[Value | str, Hand] = dict(map(_formula, options.hand or []))
    try:
        result = check(root, hand)
    except ValueError as error:
        raise BadInputError(str(error)) from None
    print(result.to_json() if options.json else result, end="\n" if options.json else "")
    return result.exit_code


def _derive(options: argparse.Namespace) -> int:
    root = parse(*_source(options))
    (node,) = _labelled(root, [options.wrt])
    try:
        written = derive(root, node)
    except ValueError as error:
        raise BadInputError(f"--wrt {options.wrt}: {error}") from None
    print(written.latex if options.latex else written.markdown if options.markdown else written.text.rstrip("\n"))
    return 0


def _export(options: argparse.Namespace) -> int:
    from .formulas.script import export

    text = export(parse(*_source(options)), options.to) + "\n"
    if not options.output:
        print(text, end="")
        return 0
    return _written(lambda: write_whole(options.output, text.encode()))


def _sheet(options: argparse.Namespace) -> int:
    root = parse(*_source(options))
    trained = _labelled(root, _names(options.train))

    def write() -> None:
        made = training_sheet(root, trained, options.lr, options.attempts) if trained else worksheet(root, options.h)
        if options.output:
            made.save(options.output)
        else:
            print_whole(made.table())

    return _written(write)


def _formula(word: str) -> tuple[str, float | str]:
    """A hand-derived figure; one that is a number keeps the digits it is given with."""
    name, sign, text = (part.strip() for part in word.partition("="))
    if not sign or not name.isidentifier() or not text:
        raise BadInputError(f"--hand {word!r}: write name=number or name=formula, for instance w=-0.0201")
    try:
        return name, float(text)
    except ValueError:
        return name, text


def _report(root: Value, options: argparse.Namespace, wrt: list[Value] | None = None) -> int:
    try:
        rows = explain(root, options.h, wrt)
    except ValueError as error:
        raise BadInputError(f"--h: {error}") from None
    if options.json:
        print(as_json(rows, options.h))
    elif options.csv:
        print(as_csv(rows), end="")
    else:
        print_table(rows, options.digits)
    if trouble := first_non_finite(root):
        print(f"not finite: {trouble.message}", file=sys.stderr)
    return _written(lambda: _save_or_fall_back(root, Path(options.draw))) if options.draw else 0


def _save_or_fall_back(root: Value, path: Path) -> None:
    try:
        draw(root).save(path)
    except RendererMissingError:
        draw(root).save(path.with_suffix(".dot"))
        print(f"wrote the graph as text instead of a picture: {path.with_suffix('.dot')}", file=sys.stderr)
        raise


def _draw(options: argparse.Namespace) -> int:
    root, before = _graphs(options)
    if options.detail != "forward" and not (root.is_constant or root.has_grad):
        root.backward()
    return _written(lambda: _picture(root, before, options))


def _page(options: argparse.Namespace) -> int:
    look = {"title": options.title, "step": options.step, "quiz": options.quiz, "products": options.products}
    return _written(lambda: page(_graph(options), options.output, **look))


def _graph(options: argparse.Namespace) -> Value:
    """The graph that is saved in a file, or that of an expression."""
    if options.load:
        return _loaded(options.load)
    text, numbers = _source(options)
    trained = _known(_names(options.parameters), list(numbers), "--parameters")
    return parse(text, {name: Value(number, label=name, parameter=name in trained) for name, number in numbers.items()})


def _graphs(options: argparse.Namespace) -> tuple[Value, Value | None]:
    """The graph to draw, and the one before the change."""
    root = _graph(options)
    if options.load or not options.before:
        return root, None
    text, numbers = _source(options)
    earlier = dict(map(_assignment, options.before))
    _known(list(earlier), list(numbers), "--before")
    return root, parse(text, numbers | earlier)


def _loaded(path: str) -> Value:
    try:
        roots = load(path)
    except OSError as error:
        raise BadInputError(f"{path} can't be read: {error.strerror}") from None
    if not roots:
        raise BadInputError(f"{path}: there is no value in it to draw")
    return roots[0]


def _picture(root: Value, before: Value | None, options: argparse.Namespace) -> None:
    if options.frames:
        frames(root, title=options.title).save(options.frames)
    picture = draw(
        root,
        detail=options.detail,
        style=options.style,
        title=options.title,
        legend=options.legend,
        hand=dict(map(_assignment, options.hand or [])),
        path=options.path,
        before=before,
        max_nodes=options.max_nodes,
        depth=options.depth,
        expand=_names(options.expand),
        products=options.products,
    )
    if options.output:
        picture.save(options.output)
    elif not options.frames:
        terminal = sys.stdout.isatty()
        print(picture.text(colour=terminal, width=shutil.get_terminal_size().columns if terminal else None), end="")


def _read_and_written(run: Callable[[], int]) -> int:
    """Run what reads files and writes files, and gives the exit code."""
    codes: list[int] = []
    return _written(lambda: codes.append(run())) or codes[0]


def _written(write: Callable[[], Any]) -> int:
    """Write a picture; what goes wrong is due to the input, or to a program that isn't there."""
    try:
        write()
    except BrokenPipeError:
        raise
    except RuntimeError as error:
        print(f"tinygrad-neuron: {error}", file=sys.stderr)
        return 1
    except ValueError as error:
        raise BadInputError(str(error)) from None
    except OSError as error:
        raise BadInputError(f"{error.filename}: {error.strerror}") from None
    return 0
