"""The command line: explain an expression, check and derive its gradients, draw it, train it."""

from __future__ import annotations

import argparse
import importlib
import shutil
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from . import __version__, check, derive, draw, explain, export, first_non_finite, frames, load, page, parse
from .arguments import require_known
from .checking.sheet import training_sheet, worksheet
from .console import find_terminal
from .drawing.fold import MAX_NODES
from .drawing.picture import DETAILS, STYLES
from .drawing.render import RendererMissingError
from .examples import DEMOS
from .files import write_whole
from .formulas.expression import is_name
from .nn.losses import LOSSES
from .nn.optimizers import OPTIMIZERS
from .recording import spelled_alike
from .value import Value

Run = Callable[[argparse.Namespace], int | None]
AddOption = Callable[[Any], object]  # to a parser, or to a group of one


class BadInputError(Exception):
    """What the user gave can't be used; its text says why and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: the words after the program's name; those of the process unless given.

    Returns:
        The exit code: 0 for success, 1 if a gradient is wrong or a picture couldn't be drawn, 2 for bad input.
    """
    try:
        options = _PARSER.parse_args(arguments)
        return options.command(options) or 0
    except BrokenPipeError:  # the reader of the output has gone, as in `… | head`
        sys.stderr.close()
        return 0
    except (BadInputError, OSError, ValueError, RuntimeError) as error:
        trouble = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else error
        print(f"tinygrad-neuron: {trouble}", file=sys.stderr)
        return 1 if isinstance(error, RuntimeError) else 2  # 1: a program or a package isn't there


# ---------------------------------------------------------------- commands and options
_ABOUT = "Build an expression, see its backpropagation graph, and trust its gradients."
_PARSER = argparse.ArgumentParser(prog="tinygrad-neuron", description=_ABOUT)
_COMMANDS = _PARSER.add_subparsers(title="commands", required=True, metavar="COMMAND")


def commands() -> dict[str, argparse.ArgumentParser]:
    """What reads the options of each command."""
    return _COMMANDS.choices


def _command(about: str, description: str, example: str, *options: AddOption) -> Callable[[Run], Run]:
    """What makes a function the command of its name."""

    def add(run: Run) -> Run:
        name = run.__name__.strip("_")
        epilog = f"example: tinygrad-neuron {name} {example}"
        command = _COMMANDS.add_parser(name, help=about, description=description, epilog=epilog)
        for add_option in options:
            add_option(command)
        command.set_defaults(command=run)
        return run

    return add


def _option(spelled: str, about: str, default: Any = None, **more: Any) -> AddOption:
    """What adds an option, spelled as the help shows it: `-o --output PATH`.

    It is a flag where the default is False, may be repeated where it is [],
    and else has the default's type.
    """
    words = spelled.split()
    names = [word for word in words if word.startswith("-")] or words[:1]
    if len(words) > len(names):
        more["metavar"] = " ".join(words[len(names) :])
    if default is False:
        more["action"] = "store_true"
    elif default == []:
        more |= {"action": "append", "default": []}
    elif default is not None:
        more = {"type": type(default), "default": default, **more}
    return lambda parser: parser.add_argument(*names, help=about, **more)


def _one_of(*options: AddOption, required: bool = False) -> AddOption:
    """What adds options that exclude each other."""

    def add(parser: argparse.ArgumentParser) -> None:
        group = parser.add_mutually_exclusive_group(required=required)
        for add_option in options:
            add_option(group)

    return add


class _Completion(argparse.Action):
    """Print the completion script of a shell, and end."""

    def __call__(self, parser: argparse.ArgumentParser, _options: Any, shell: Any, _name: str | None = None) -> None:
        import shtab

        print(shtab.complete(parser, shell=shell))
        parser.exit()


_SHELLS = "print what a shell completes words by: bash, zsh or tcsh"
_PARSER.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
_option("--completion SHELL", _SHELLS, action=_Completion, choices=("bash", "zsh", "tcsh"))(_PARSER)


# ---------------------------------------------------------------- what is given
def _read_hand(word: str) -> tuple[str, float | str]:
    """A hand figure; one that is a number keeps the digits it is given with."""
    name, sign, text = (part.strip() for part in word.partition("="))
    if not sign or not is_name(name) or not text:
        raise BadInputError(f"{word!r} isn't an assignment: write name=number, for instance w=0.5")
    try:
        return name, float(text)
    except ValueError:
        return name, text


def _read_number(word: str) -> tuple[str, float]:
    """An input with its number."""
    name, number = _read_hand(word)
    if isinstance(number, str):
        raise BadInputError(f"{number!r} in {word!r} isn't a number: write for instance {name}=0.5")
    return name, number


def _split_names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


_SOURCE = (
    _option("expression", "statements name = expression, separated by ; (- for standard input)", nargs="?"),
    _option("inputs name=number", "a number for each input", nargs="*"),
    _option("-f --file", "read the expression from this file"),
)
_TITLE = _option("--title TEXT", "a heading", "")
_PARAMETERS = _option("--parameters NAMES", "the inputs that are to be trained, as w,b", "", type=_split_names)


def _read_source(options: argparse.Namespace) -> tuple[str, dict[str, float]]:
    """The expression's text and its inputs, from wherever they are given."""
    words = [*([] if options.expression is None else [options.expression]), *options.inputs]
    if options.file:
        return _read_text(options.file), dict(map(_read_number, words))
    text = sys.stdin.read() if words[:1] == ["-"] else "".join(words[:1])
    return text, dict(map(_read_number, words[1:]))


def _read_text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise BadInputError(f"{path} isn't a text in UTF-8") from None


def _read_graphs(options: argparse.Namespace, before: Sequence[tuple[str, float]] = ()) -> tuple[Value, Value | None]:
    """The graph that is saved in a file or that of an expression, and the one before a change of some inputs."""
    if options.load:
        roots = load(options.load)
        if not roots:
            raise BadInputError(f"{options.load} holds no value that could be drawn")
        return roots[0], None
    text, numbers = _read_source(options)
    trained, changed = _match(options.parameters, numbers, "--parameters: "), dict(before)
    earlier = dict(zip(_match(changed, numbers, "--before: "), changed.values(), strict=True))
    root = parse(text, {name: Value(number, label=name, parameter=name in trained) for name, number in numbers.items()})
    return root, parse(text, numbers | earlier) if earlier else None


def _match(names: Iterable[str], inputs: Collection[str], option: str) -> list[str]:
    """The names of inputs as they were given to these."""
    spelled = {spelled_alike(name): name for name in inputs}
    found = [spelled.get(spelled_alike(name), name) for name in names]
    require_known("input", found, inputs, BadInputError, option)
    return found


def _print_or_write(text: str, path: str | None) -> None:
    if path:
        write_whole(path, text.encode())
    else:
        print(text, end="")


# ---------------------------------------------------------------- what is done
@_command(
    "values, partials and gradients of an expression",
    "Compute an expression, run the backward pass, and print a row for each node of the graph.",
    '"y = tanh(w*x + b); loss = (y - 1)**2" x=0.4 w=0.5 b=0.6 --draw y.svg',
    *_SOURCE,
    _option("--wrt --grad NAMES", "show the gradients of these alone, as w,b", action="extend", type=_split_names),
    _option("--h", "the nudge of the numerical gradients (default: %(default)s)", 1e-4),
    _option("--draw PATH", "write a picture of the graph: .svg, .png, .pdf or .dot"),
    _one_of(_option("--json", "print the table as JSON", False), _option("--csv", "print the table as CSV", False)),
    _option(
        "--digits 1-17", "significant digits of the table (default: as many as fit)", type=int, choices=range(1, 18)
    ),
)
def _explain(options: argparse.Namespace) -> None:
    root = parse(*_read_source(options))
    rows = explain(root, options.h, options.wrt)
    if options.json:
        print(rows.to_json())
    elif options.csv:
        print(rows.to_csv(), end="")
    else:
        rows.print(options.digits)
    if trouble := first_non_finite(root):
        print(f"not finite: {trouble.message}", file=sys.stderr)
    if options.draw:
        _save_or_fall_back(root, Path(options.draw))


def _save_or_fall_back(root: Value, path: Path) -> None:
    try:
        draw(root).save(path)
    except RendererMissingError:
        draw(root).save(path.with_suffix(".dot"))
        print(f"wrote the graph as text instead of a picture: {path.with_suffix('.dot')}", file=sys.stderr)
        raise


@_command(
    "compare the engine's gradient with one derived by hand, a numerical and an exact one",
    "Check the gradients of an expression. The exit code is 1 if something is wrong.",
    '"y = tanh(w*x + b)" x=0.4 w=0.5 b=0.6 --hand w="(1 - y**2)*x"',
    *_SOURCE,
    _option(
        "--hand name=formula",
        "a gradient derived by hand: a number, or a formula of the expression's names",
        [],
        type=_read_hand,
    ),
    _option("--json", "print the result as JSON", False),
)
def _check(options: argparse.Namespace) -> int:
    result = check(parse(*_read_source(options)), dict(options.hand))
    print(result.to_json() if options.json else result)
    return result.exit_code


@_command(
    "the chain rule of an expression, written down",
    "Write down the chain rule for one gradient, in symbols and then with numbers put in.",
    '"y = tanh(w*x + b); loss = (y - 1)**2" x=0.4 w=0.5 b=0.6 --wrt w',
    *_SOURCE,
    _option("--wrt NAME", "the input or stage to differentiate by", required=True),
    _one_of(_option("--latex", "as LaTeX", False), _option("--markdown", "as Markdown with LaTeX in it", False)),
)
def _derive(options: argparse.Namespace) -> None:
    written = derive(parse(*_read_source(options)), options.wrt)
    print(written.latex if options.latex else written.markdown if options.markdown else written)


@_command(
    "the worksheet of an expression, with live formulas",
    "A column for each node, rows for its maths and its local, global and faux gradients.",
    '"y = tanh(w*x); loss = (y - 1)**2" x=0.4 w=0.5 -o sheet.xlsx',
    *_SOURCE,
    _option("-o --output PATH", ".xlsx with formulas, .csv or .md; else a table"),
    _option("--h", "the nudge of the faux gradients (default: %(default)s)", 1e-4),
    _option("--train NAMES", "train these inputs instead, a row for each attempt", "", type=_split_names),
    _option("--lr", "the learning rate (default: %(default)s)", 0.1),
    _option("--attempts", "how many rows (default: %(default)s)", 20),
)
def _sheet(options: argparse.Namespace) -> None:
    root = parse(*_read_source(options))
    trained = options.train
    made = training_sheet(root, trained, options.lr, options.attempts) if trained else worksheet(root, options.h)
    if options.output:
        made.save(options.output)
    else:
        find_terminal().print(made.table())


@_command(
    "a picture of an expression's graph",
    "Compute an expression, run the backward pass, and draw the graph; a listing without -o.",
    '"y = tanh(w*x + b)" x=0.4 w=0.5 b=0.6 --parameters w,b --path w -o y.svg',
    *_SOURCE,
    _option("-o --output PATH", "write to .svg, .png, .pdf, .dot, .mmd (Mermaid) or .txt"),
    _option("--frames PATH", "write both passes step by step: .gif, .svg, or a folder of SVG files"),
    _option("--load PATH", "draw a graph saved as JSON instead of an expression"),
    _option("--detail", "forward: values; backward: gradients flowing back; or full", "full", choices=DETAILS),
    _option("--style", "box, or circuit with a circle for each operation", "box", choices=STYLES),
    _TITLE,
    _option("--legend", "explain the signs", False),
    _PARAMETERS,
    _option("--hand name=number", "a gradient derived by hand, to compare with", [], type=_read_number),
    _option("--path NAME", "light the paths from this input to the result"),
    _option("--before name=number", "an input before a change; what changed is marked", [], type=_read_number),
    _option("--max-nodes N", "fold larger graphs by scope (%(default)s)", MAX_NODES),
    _option("--depth N", "fold all scopes deeper than this", type=int),
    _option("--products", "draw each dot as the products and sums it stands for", False),
    _option("--expand NAMES", "scopes that stay open, as 'layer 1,layer 2'", "", type=_split_names),
)
def _draw(options: argparse.Namespace) -> None:
    root, before = _read_graphs(options, options.before)
    if options.detail != "forward" and not (root.is_constant or root.has_grad):
        root.backward()
    if options.frames:
        frames(root, title=options.title).save(options.frames)
    look = ("detail", "style", "title", "legend", "path", "max_nodes", "depth", "expand", "products")
    picture = draw(root, before=before, hand=dict(options.hand), **{name: getattr(options, name) for name in look})
    if options.output:
        picture.save(options.output)
    elif not options.frames:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        print(picture.text(color=width is not None, width=width), end="")


@_command(
    "an interactive page of an expression's graph",
    "Write a page to step through both passes, change numbers and derive gradients by hand, without a network.",
    '"y = tanh(w*x + b)" x=0.4 w=0.5 b=0.6 --parameters w,b -o neuron.html',
    *_SOURCE,
    _option("-o --output PATH", "the file to write", required=True),
    _option("--load PATH", "show a graph saved as JSON instead of an expression"),
    _TITLE,
    _PARAMETERS,
    _option("--step N", "begin at this step of both passes (default: the last)", type=int),
    _option("--quiz", "begin with the gradients hidden, to be derived by hand", False),
    _option("--products", "show each dot as the products and sums it stands for", False),
)
def _page(options: argparse.Namespace) -> None:
    root, _ = _read_graphs(options)
    page(root, options.output, title=options.title, step=options.step, quiz=options.quiz, products=options.products)


@_command(
    "an expression as a program for PyTorch, JAX, NumPy or SymPy",
    "Write an expression as a program for another library, that computes the same numbers and asserts them.",
    '"y = tanh(w*x + b)" x=0.4 w=0.5 b=0.6 --to torch -o neuron.py',
    *_SOURCE,
    _option("--to", "the library (default: %(default)s)", "torch", choices=("torch", "jax", "numpy", "sympy")),
    _option("-o --output PATH", "write it to this file"),
)
def _export(options: argparse.Namespace) -> None:
    _print_or_write(export(parse(*_read_source(options)), options.to) + "\n", options.output)


@_command(
    "train a neuron or a small network on a CSV file",
    "Train on the rows of a CSV file. The exit code is 1 if the training diverges.",
    'data.csv --neuron "tanh(w*x + b)" --loss mse --lr 0.1 --steps 1000 --plot out.png --save model.json',
    _option("data CSV", "rows of numbers, with or without headings"),
    _option("--target NAMES", "the columns to predict, as y (default: the last one)", "", type=_split_names),
    _one_of(
        _option(
            "--neuron FORMULA",
            "a formula of the other columns' headings (x, or x1, x2, … without headings); other names are trained",
        ),
        _option("--hidden SIZES", "a network with hidden layers of these sizes, as 16,16"),
        required=True,
    ),
    _option("--activation", "of the hidden layers (default: %(default)s)", "tanh"),
    _option(
        "--start name=number", "what a parameter of the formula begins at (default: drawn in ±1)", [], type=_read_number
    ),
    _option("--loss", "what is made small (default: %(default)s)", "mse", choices=tuple(LOSSES)),
    _option("--optimizer", "what makes the steps (default: %(default)s)", "sgd", choices=tuple(OPTIMIZERS)),
    _option("--lr", "the learning rate (default: %(default)s)", 0.01),
    _option("--momentum", "how much of the last step is kept, for sgd and rmsprop", type=float),
    _one_of(
        _option("--steps", "how many steps (default: 1000)", type=int),
        _option("--epochs", "how many times through the data", type=int),
    ),
    _option("--batch-size N", "rows in a step (default: all)", type=int),
    _option("--seed", "of the start and of the order (default: %(default)s)", 0),
    _option("--until LOSS", "stop when the loss is below this", type=float),
    _option("--patience N", "stop after so many epochs without a lower loss", type=int),
    _option("--clip NORM", "the largest norm of the gradients", type=float),
    _option("--checkpoint PATH", "keep the state in this file, and go on from it"),
    _option("--save PATH", "write the trained model as JSON"),
    _option("--history PATH", "write every step, with parameters and gradients, to .csv or .json"),
    _option("--plot PATH", "plot the loss to .png, .svg or .pdf"),
    _option("--quiet", "show no progress bar", False),
)
def _train(options: argparse.Namespace) -> int:
    from .nn.commands import train

    return train(options)


@_command(
    "what a trained model says of new inputs",
    "Apply a model that train --save wrote, to given inputs or to the rows of a CSV file.",
    "model.json x=3",
    _option("model MODEL", "the file that train --save wrote"),
    _option("inputs CSV or name=number", "a file, or a number for each input", nargs="+"),
    _option("-o --output PATH", "write the rows with predictions to this .csv file"),
)
def _predict(options: argparse.Namespace) -> None:
    from .nn.commands import predict, predict_file

    if len(options.inputs) == 1 and "=" not in options.inputs[0]:
        _print_or_write(predict_file(options.model, options.inputs[0]), options.output)
    else:
        for name, number in predict(options.model, dict(map(_read_number, options.inputs))).items():
            print(f"{name} = {number!r}")


@_command(
    "one of the neurons and networks that come along",
    "Run a program that comes along: " + "; ".join(f"{name}: {about}" for name, about in DEMOS.items()) + ".",
    "gradients --draw neuron.svg",
    _option("name", "which (default: %(default)s)", "gradients", nargs="?", choices=list(DEMOS)),
    _option("--draw PATH", "write its picture to .svg, .png or .pdf"),
)
def _demo(options: argparse.Namespace) -> None:
    importlib.import_module(f".examples.{options.name}", __package__).main(options.draw or "")
