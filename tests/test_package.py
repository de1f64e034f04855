"""The package as a whole: light to import, documented, its examples run."""

from __future__ import annotations

import doctest
import importlib
import inspect
import json
import math
import pkgutil
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import tinygrad_neuron
from tinygrad_neuron import nn
from tinygrad_neuron.cli import main
from tinygrad_neuron.primitives import FUNCTIONS, PRIMITIVES

ROOT = Path(__file__).parents[1]
MODULES = [
    importlib.import_module(found.name)
    for found in pkgutil.walk_packages(tinygrad_neuron.__path__, "tinygrad_neuron.")
    if not found.name.endswith("__main__")
]
NAMES = [name for names in tinygrad_neuron._NAMES.values() for name in names.split()]
PUBLIC = {name: getattr(tinygrad_neuron, name) for name in NAMES}


def test_bare_import_loads_no_third_party_module():
    program = "import sys; before = set(sys.modules); import tinygrad_neuron; print(*sorted(set(sys.modules) - before))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    foreign = {name.split(".")[0] for name in loaded} - set(sys.stdlib_module_names) - {"tinygrad_neuron"}
    assert not foreign


def test_a_start_imports_nothing_that_is_not_used():
    """What takes time is imported where it is used, the engine too."""
    program = "import sys, tinygrad_neuron; assert 'tinygrad_neuron.value' not in sys.modules; tinygrad_neuron.Value"
    program += "; print(*sys.modules)"
    loaded = set(
        subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=True).stdout.split()
    )
    assert not loaded & {"ast", "inspect", "json", "pathlib", "subprocess", "tempfile", "tinygrad_neuron.graph"}
    assert "tinygrad_neuron.value" in loaded


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_documented(name):
    thing = PUBLIC[name]
    text = inspect.getdoc(thing) or ""
    assert len(text) > 20, "no docstring"
    if inspect.isfunction(thing) or (inspect.isclass(thing) and not issubclass(thing, Exception)):
        for section in (
            ("Returns:", "Examples:")
            if inspect.isfunction(thing)
            and name not in {"save", "load", "dumps", "loads", "no_grad", "scope", "keep_sources", "assert_gradients"}
            else ()
        ):
            assert section in text, section
        parameters = [p for p in inspect.signature(thing).parameters if p not in ("arguments", "named")]
        assert not parameters or "Args:" in text
        for parameter in parameters:
            if name not in PRIMITIVES:
                assert f"{parameter}:" in text, f"{parameter} is not explained"


@pytest.fixture
def table():
    """What the examples add to the tables is taken out again."""
    before = [dict(each) for each in (PRIMITIVES, FUNCTIONS)]
    yield
    for each, entries in zip((PRIMITIVES, FUNCTIONS), before, strict=True):
        each.clear()
        each.update(entries)


def finder():
    return doctest.DocTestFinder(exclude_empty=True)


def examples():
    seen = set()
    for module in MODULES:
        for found in finder().find(module):
            if found.examples and found.docstring not in seen:
                seen.add(found.docstring)
                yield pytest.param(found, id=found.name)
    for name, function in tinygrad_neuron.ops.FUNCTIONS.items():
        for found in finder().find(function, name):
            if found.examples and found.docstring not in seen:
                seen.add(found.docstring)
                yield pytest.param(found, id=name)


@pytest.mark.parametrize("example", list(examples()))
@pytest.mark.usefixtures("table")
def test_examples_in_docstrings(example):
    example.globs = {
        **vars(tinygrad_neuron),
        **{name: getattr(nn, name) for name in nn.__all__},
        **example.globs,
        "inf": math.inf,
        "nan": math.nan,
        "math": math,
    }
    output = []
    result = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(example, out=output.append)
    assert result.failed == 0, "".join(output)


def test_every_function_of_the_table_has_an_example():
    for name in tinygrad_neuron.ops.NAMES:
        assert ">>>" in getattr(tinygrad_neuron, name).__doc__, name


def python_blocks():
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        found = r"```python\n(.*?)```(?:\s*```text\n(.*?)```)?"
        blocks = re.findall(found, path.read_text(encoding="utf-8"), re.DOTALL)
        if blocks:
            yield pytest.param(blocks, id=path.name)


@pytest.mark.parametrize("blocks", list(python_blocks()))
@pytest.mark.usefixtures("table")
def test_python_in_the_documents_runs_and_prints_what_it_says(blocks, tmp_path, monkeypatch, capsys):
    """A comment behind print(…) is what it prints, or the text below it; the blocks of a page share their names."""
    monkeypatch.chdir(tmp_path)
    names = {}
    for block, printed in blocks:
        exec(compile(block, "block", "exec"), names)
        said = re.findall(r"^ *print\(.*\) *# (.*)$", block, re.MULTILINE) + printed.splitlines()
        assert capsys.readouterr().out.splitlines() == said


def command_lines():
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        for line in re.findall(r"^tinygrad-neuron .*$", path.read_text(encoding="utf-8"), re.MULTILINE):
            yield pytest.param(line, id=line[:50])


@pytest.mark.parametrize("line", list(command_lines()))
def test_command_lines_in_the_documents_run(line, tmp_path, monkeypatch, capsys):
    (tmp_path / "data.csv").write_text("x,y\n0,0.1\n1,0.7\n2,0.9\n", encoding="utf-8")
    (tmp_path / "hand-ins.csv").write_text("name,net,w\nAda,1-y²,(1-y²)x\nBob,1-y,(1-y)x\n", encoding="utf-8")
    (tmp_path / "chapter.md").write_text("# A slope\n\n```neuron\nx = 3.0; y = x^2\n```\n", encoding="utf-8")
    model = {"format": "tinygrad_neuron model", "version": 1, "about": {}, "parameters": {"w": 1.0}}
    model["model"] = {"kind": "Formula", "text": "w*x", "inputs": ["x"]}
    (tmp_path / "model.json").write_text(json.dumps(model), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert (main(shlex.split(line)[1:]), capsys.readouterr().err) == (0, "")
