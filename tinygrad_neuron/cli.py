"""The command line: explain an expression, check and derive its gradients, draw it, train it."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import shutil
import sys
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from . import (
    __version__,
    check,
    derive,
    draw,
    explain,
    export,
    first_non_finite,
    frames,
    grade,
    lesson,
    load,
    page,
    parse,
)
from .arguments import require_known
from .checking import Check
from .checking.figures import read_number
from .checking.points import DERIVATIVE
from .console import UNBOUNDED, find_terminal, guard_output
from .drawing.arrange import SHAPES
from .drawing.picture import SHEETS, THEMES, WIDTH
from .drawing.render import RendererMissingError
from .drawing.views import VIEWS
from .examples import DEMOS
from .files import write_whole
from .formulas.derivation import LEVELS
from .formulas.expression import is_name
from .nn.losses import LOSSES
from .nn.optimizers import OPTIMIZERS
from .recording import spelled_alike
from .registry import read_asset
from .results import Result
from .tutoring.deltas import backpropagation
from .tutoring.exercise import exercise_link
from .tutoring.grading import TRIES
from .tutoring.questions import worksheet
from .tutoring.sheet import Worksheet, training_sheet
from .value import Value

Run = Callable[[argparse.Namespace], int | None]


class BadInputError(Exception):
    """What the user gave can't be used; its text says why and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: the words after the program's name; those of the process unless given.

    Returns:
        The exit code: 0 for success, 1 if a gradient is wrong or a picture couldn't be drawn, 2 for bad input or where
        the output can't be written, 3 if nothing can be said of a gradient, 141 if the reader of the output has gone.
    """
    try:
        with guard_output():
            options = _PARSER.parse_args(arguments)
            return options.command(options) or 0
    except BrokenPipeError:  # as in `… | head`: no word, and the code of those whom a shell sees die of it
        return 128 + 13
    except (BadInputError, OSError, ValueError, RuntimeError) as error:
        trouble = f"{error.filename or 'output'}: {error.strerror or error}" if isinstance(error, OSError) else error
        with contextlib.suppress(OSError):  # where it can't be said, the code says it
            print(f"tinygrad-neuron: {trouble}", file=sys.stderr)
        return 1 if isinstance(error, RuntimeError) else 2  # 1: a program or a package isn't there


# ---------------------------------------------------------------- commands and options
class _Parser(argparse.ArgumentParser):
    """One that doesn't keep to itself that its help couldn't be written."""

    def _print_message(self, message: str, file: Any = None) -> None:
        print(message, end="", file=file or sys.stderr)


_ABOUT = "Build an expression, see its backpropagation graph, and trust its gradients."
_PARSER = _Parser(prog="tinygrad-neuron", description=_ABOUT)
_FORMS = tomllib.loads(read_asset(__package__, "commands.toml"))
_COMMANDS = _PARSER.add_subparsers(title="commands", required=True, metavar="COMMAND")


def commands() -> Mapping[str, argparse.ArgumentParser]:
    """What reads the options of each command."""
    return _COMMANDS.choices


def _command(run: Run) -> Run:
    """Make a function the command of its name, with the options that commands.toml has for it."""
    name = run.__name__.strip("_")
    form = _FORMS[name]
    about = form["description"].replace("DEMOS", "; ".join(f"{each}: {what}" for each, what in DEMOS.items()))
    command = _COMMANDS.add_parser(
        name, help=form["about"], description=about, epilog=f"example: tinygrad-neuron {name} {form['example']}"
    )
    _add_options(command, form["options"])
    command.set_defaults(command=run)
    return run


def _add_options(parser: Any, options: Sequence[Any]) -> None:
    """Add options to a parser; those of "one_of" as a group, of which one is taken."""
    for option in options:
        if isinstance(option, str):
            _add_options(parser, _FORMS["options"][option])
        elif "one_of" in option:
            _add_options(parser.add_mutually_exclusive_group(required="required" in option), option["one_of"])
        else:
            _add_option(parser, **option)


def _add_option(parser: Any, spelled: str, about: str, default: Any = None, **more: Any) -> None:
    """Add an option, spelled as the help shows it: `-o --output PATH`."""
    words, default = spelled.split(), _KNOWN.get(str(default), default)
    names = [word for word in words if word.startswith("-")] or words[:1]
    if len(words) > len(names):
        more["metavar"] = " ".join(words[len(names) :])
    more |= {key: _KNOWN[more[key]] for key in ("type", "choices") if key in more}
    if default is False:
        more["action"] = "store_true"
    elif default == []:
        more |= {"action": "append", "default": []}
    elif default is not None:
        more = {"type": type(default), "default": default, **more}
    parser.add_argument(*names, help=about, **more)


class _Completion(argparse.Action):
    """Print the completion script of a shell, and end."""

    def __call__(self, parser: argparse.ArgumentParser, _options: Any, shell: Any, _name: str | None = None) -> None:
        import shtab

        print(shtab.complete(parser, shell=shell))
        parser.exit()


_SHELLS = "print what a shell completes words by: bash, zsh or tcsh"
_PARSER.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
_PARSER.add_argument("--completion", metavar="SHELL", help=_SHELLS, action=_Completion, choices=("bash", "zsh", "tcsh"))


# ---------------------------------------------------------------- what is given
def _read_hand(word: str) -> tuple[str, str]:
    """A hand figure in text, so that it keeps the digits it is given with."""
    name, sign, text = (part.strip() for part in word.partition("="))
    if not sign or not (is_name(name) or DERIVATIVE.fullmatch(name)) or not text:
        raise BadInputError(f"{word!r} isn't an assignment: write name=number, for instance w=0.5")
    return name, text


def _read_number(word: str) -> tuple[str, float]:
    """An input with its number."""
    name, text = _read_hand(word)
    number = read_number(text)
    try:
        return name, float(text) if number is None else number.value
    except ValueError:
        raise BadInputError(f"{text!r} in {word!r} isn't a number: write for instance {name}=0.5") from None


def _split_names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


# what commands.toml calls by a name
_KNOWN = {
    "names": _split_names,
    "number": _read_number,
    "hand": _read_hand,
    "int": int,
    "float": float,
    "DIGITS": range(1, 18),
    "SHAPES": SHAPES,
    "THEMES": THEMES,
    "VIEWS": VIEWS,
    "WIDTH": f"{WIDTH:g}",
    "LEVELS": LEVELS,
    "LIBRARIES": ("torch", "jax", "numpy", "sympy"),
    "TRIES": TRIES,
    "LOSSES": tuple(LOSSES),
    "OPTIMIZERS": tuple(OPTIMIZERS),
    "DEMOS": list(DEMOS),
}


def _read_source(options: argparse.Namespace) -> tuple[str, dict[str, float]]:
    """The expression's text and its inputs, from wherever they are given."""
    words = [*([] if options.expression is None else [options.expression]), *options.inputs]
    if options.file:
        return _read_text(options.file), dict(map(_read_number, words))
    if words[:1] == ["-"] and sys.stdin is None:
        raise BadInputError("standard input is closed: give the expression itself for -")
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


def _write_json(result: Result) -> str:
    """With JSON's own codes for all that the output's encoding may lack."""
    return json.dumps(json.loads(result.to_json()), indent=2)


# ---------------------------------------------------------------- what is done
@_command
def _explain(options: argparse.Namespace) -> None:
    root = parse(*_read_source(options))
    rows = explain(root, options.h, options.wrt)
    if options.json:
        print(_write_json(rows))
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
        draw(root).save(path.with_suffix(".svg"))
        print(f"wrote the picture as {path.with_suffix('.svg')} instead", file=sys.stderr)
        raise


@_command
def _check(options: argparse.Namespace) -> int:
    asked = {name: getattr(options, name) for name in ("digits", "decimals")}
    result: Check = check(parse(*_read_source(options)), dict(options.hand), **asked)
    columns = max(shutil.get_terminal_size((UNBOUNDED, 1)).columns, 80)  # else numbers would be cut
    said = result if options.hint is None else result.hint(options.hint)
    print(_write_json(said) if options.json else said.to_text(columns) if isinstance(said, Check) else said)
    return result.exit_code


@_command
def _derive(options: argparse.Namespace) -> None:
    written = derive(parse(*_read_source(options)), options.wrt, level=options.level)
    print(written.latex if options.latex else written.markdown if options.markdown else written)


@_command
def _layers(options: argparse.Namespace) -> None:
    found = backpropagation(parse(*_read_source(options)), parameters=options.parameters, sample=options.sample)
    if options.output:
        found.save(options.output)
    elif options.json:
        print(_write_json(found))
    else:
        print(found.latex if options.latex else found.to_markdown() if options.markdown else found)


@_command
def _grade(options: argparse.Namespace) -> int:
    asked = {
        name: getattr(options, name)
        for name in ("follows", "contradicts", "digits", "decimals", "tries", "changed", "hint")
    }
    grading = grade(options.handins, parse(*_read_source(options)), points=dict(options.points) or None, **asked)
    if options.pages:
        grading.save_pages(options.pages)
    if options.output:
        grading.save(options.output)
    else:
        columns = max(shutil.get_terminal_size((UNBOUNDED, 1)).columns, 80)
        print(_write_json(grading) if options.json else grading.to_text(columns))
    return int(bool(grading.troubles))


@_command
def _link(options: argparse.Namespace) -> None:
    print(exercise_link(*_read_source(options), options.site, title=options.title, digits=options.digits))


@_command
def _sheet(options: argparse.Namespace) -> None:
    root = parse(*_read_source(options))
    trained = options.train
    if options.blank:
        questions = worksheet(root, blank=True, seed=options.seed, digits=options.digits)
        print(*(f"can't be told apart: {each}" for each in questions.alike), sep="\n", end="", file=sys.stderr)
        if options.key:
            questions.key.save(options.key)
        made: Worksheet = questions
    else:
        made = training_sheet(root, trained, options.lr, options.attempts) if trained else worksheet(root, options.h)
    if options.output:
        made.save(options.output)
    else:
        find_terminal().print(made.table())


@_command
def _draw(options: argparse.Namespace) -> None:
    root, before = _read_graphs(options, options.before)
    if not (root.is_constant or root.has_grad):
        root.backward()
    if options.frames:
        frames(root, view=options.view, at=options.at, title=options.title).save(options.frames)
    names = ("view", "at", "sample", "shape", "title", "path", "backward", "theme", "products")
    look = {name: getattr(options, name) for name in names} | {"legend": not options.no_legend}
    picture = draw(root, before=before, hand=dict(options.hand), width=_width_of(options.width), **look)
    if options.output:
        picture.save(options.output)
    elif not options.frames:
        columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        print(picture.text(color=columns is not None, width=columns), end="")


def _width_of(text: str) -> float | str:
    """Pixels, or the name of a sheet."""
    if text in SHEETS:
        return text
    try:
        return float(text)
    except ValueError:
        raise BadInputError(f"--width: {text!r} is neither a number of pixels nor {' nor '.join(SHEETS)}") from None


@_command
def _page(options: argparse.Namespace) -> None:
    root, _ = _read_graphs(options)
    page(root, options.output, title=options.title, step=options.step, quiz=options.quiz, products=options.products)


@_command
def _lesson(options: argparse.Namespace) -> None:
    lesson(options.source, options.output, numbers=dict(options.numbers))


@_command
def _export(options: argparse.Namespace) -> None:
    _print_or_write(export(parse(*_read_source(options)), options.to) + "\n", options.output)


@_command
def _train(options: argparse.Namespace) -> int:
    from .nn.commands import train

    return train(options)


@_command
def _predict(options: argparse.Namespace) -> None:
    from .nn.commands import predict, predict_file

    if len(options.inputs) == 1 and "=" not in options.inputs[0]:
        _print_or_write(predict_file(options.model, options.inputs[0]), options.output)
    else:
        for name, number in predict(options.model, dict(map(_read_number, options.inputs))).items():
            print(f"{name} = {number!r}")


@_command
def _demo(options: argparse.Namespace) -> None:
    importlib.import_module(f".examples.{options.name}", __package__).main(options.draw or "")
