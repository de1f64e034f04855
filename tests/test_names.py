"""The public names: each is what it is called, whatever was imported, and nothing else is among them."""

from __future__ import annotations

import builtins
import importlib
import inspect
import pkgutil
import random
import subprocess
import sys
from pathlib import Path

import pytest

import tinygrad_neuron

ROOMS = tinygrad_neuron._ROOMS.split()
TABLES = {
    f"{package.__name__}": [name for names in package._NAMES.values() for name in names.split()]
    for package in (tinygrad_neuron, *(getattr(tinygrad_neuron, room) for room in ROOMS))
    if hasattr(package, "_NAMES")
} | {"tinygrad_neuron.ops": list(tinygrad_neuron.ops.NAMES)}
MODULES = [
    found.name
    for found in pkgutil.walk_packages(tinygrad_neuron.__path__, "tinygrad_neuron.")
    if not found.name.endswith("__main__")
]


def run(program):
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize("order", ["forwards", "backwards", *range(3)])
def test_a_name_is_its_function_whatever_is_imported(order):
    modules = MODULES[::-1] if order == "backwards" else list(MODULES)
    if isinstance(order, int):
        random.Random(order).shuffle(modules)
    program = f"""
import importlib, types
for module in {modules!r}:
    importlib.import_module(module)
for package, names in {TABLES!r}.items():
    for name in names:
        thing = getattr(importlib.import_module(package), name)
        if isinstance(thing, types.ModuleType) or getattr(thing, '__name__', name) != name:
            print(package, name, thing)
"""
    assert run(program) == []


def test_no_module_bears_the_name_of_a_function_beside_it():
    for package, names in TABLES.items():
        assert not {f"{package}.{name}" for name in names} & set(MODULES)


def test_rooms_are_found_without_being_imported():
    for room in ROOMS:
        assert run(f"import tinygrad_neuron as tn; print(tn.{room}.__name__)") == [f"tinygrad_neuron.{room}"]
    assert run("import sys, tinygrad_neuron; print(*(name for name in sys.modules if '_neuron.' in name))") == [
        "tinygrad_neuron.registry"
    ]


@pytest.mark.parametrize("package", TABLES)
def test_importing_all_replaces_nothing_built_in(package):
    names = {}
    exec(f"from {package} import *", names)
    names.pop("__builtins__")
    assert set(names) == set(TABLES[package]) - set(dir(builtins))


def test_what_is_named_as_something_built_in_is_imported_by_its_name():
    from tinygrad_neuron import abs, compile, pow, sum

    assert (sum([1.0, 2.0]), abs(-1.0), pow(2.0, 3.0)) == (3.0, 1.0, 8.0)
    assert compile(lambda x: x * x)(3.0) == 9.0


@pytest.mark.parametrize("package", TABLES)
def test_only_public_names_are_listed(package):
    shown = {name for name in dir(importlib.import_module(package)) if not name.startswith("__")}
    assert shown == set(TABLES[package]) | (set(ROOMS) if package == "tinygrad_neuron" else set())


def test_a_misspelt_name_is_refused():
    with pytest.raises(AttributeError, match="module 'tinygrad_neuron' has no attribute 'tangh'"):
        tinygrad_neuron.tangh  # noqa: B018


# an error that is caught where the package itself raises it
CAUGHT = {
    "BadInputError": "the command line prints it",
    "LeavingError": "a TypeError, which check_function judges",
    **dict.fromkeys(("NotExactError", "NoNumberError", "TiedError", "UndecidedError"), "another way is taken"),
}


def test_every_error_is_importable_from_the_top():
    found = {
        thing
        for module in map(importlib.import_module, MODULES)
        for name, thing in vars(module).items()
        if inspect.isclass(thing) and issubclass(thing, Exception) and thing.__module__.startswith("tinygrad_neuron")
    }
    assert len({thing.__name__ for thing in found}) == len(found), "two errors of one name"
    for thing in found:
        assert thing.__name__.endswith("Error")
        assert thing.__name__ in CAUGHT or getattr(tinygrad_neuron, thing.__name__) is thing


def test_the_stubs_are_what_is_written():
    root = Path(__file__).parents[1]
    maker = importlib.util.spec_from_file_location("stubs", root / "docs" / "stubs" / "make.py")
    stubs = importlib.util.module_from_spec(maker)
    maker.loader.exec_module(stubs)
    for name, written in stubs.STUBS.items():
        stored = (root / "tinygrad_neuron" / name).read_text(encoding="utf-8")
        assert stored == written(), f"{name}: python docs/stubs/make.py"
