"""The site builds without a warning; nothing is stale, misspelt or linked to nowhere; notebooks say what they say."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def module(path):
    """The names of a program among the documents."""
    return runpy.run_path(str(DOCS / path))


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the page has the help texts as Python 3.11 lays them out")
def test_the_commands_in_the_reference_are_not_stale():
    stored = (DOCS / "reference" / "commands.md").read_text(encoding="utf-8")
    assert stored == module("reference/make.py")["PAGES"]["commands.md"](), "python docs/reference/make.py"


class Links(HTMLParser):
    """The links and the anchors of a page."""

    def __init__(self, text):
        super().__init__()
        self.targets, self.anchors = set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.anchors |= {given["id"]} if "id" in given else set()
        self.targets |= {given[key] for key in ("href", "src") if given.get(key)}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    if not find_spec("zensical"):
        pytest.skip("Zensical is in the extra docs")
    folder = tmp_path_factory.mktemp("site") / "build"
    done = subprocess.run([sys.executable, DOCS / "make.py", folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No issues found" in done.stdout + done.stderr
    return folder / "site"


def test_no_link_of_the_site_is_broken(site):
    pages = {path: Links(path.read_text(encoding="utf-8")) for path in site.rglob("*.html") if path.name != "404.html"}
    assert len(pages) > 30
    broken = []
    for path, page in pages.items():
        for link in page.targets:
            if re.match(r"[a-z]+:|//", link):
                continue
            name, _, anchor = link.partition("#")
            target = (path.parent / name.partition("?")[0]).resolve() if name else path
            known = pages.get(target)
            if not target.exists() or (anchor and known and anchor not in known.anchors):
                broken.append((path.name, link))
    assert broken == []


def test_the_site_has_all_that_was_asked_for(site):
    for path in (
        "tutorial/value",
        "gallery",
        "page",
        "reference/values",
        "conventions",
        "design",
        "comparison",
        "changelog",
    ):
        assert (site / f"{path}.html").exists(), path
    text = (site / "reference" / "values.html").read_text(encoding="utf-8")
    assert "whether it is to be trained" in text


def test_spelling():
    if not find_spec("codespell_lib"):
        pytest.skip("codespell is in the extra docs")
    places = [place for place in ("README.md", "docs", "tinygrad_neuron", "tests", ".ci") if (ROOT / place).exists()]
    skipped = "--skip=*.svg,*.ipynb,*.html,node_modules,*.json,__pycache__,text.txt"
    command = [sys.executable, "-m", "codespell_lib", skipped, "--ignore-words-list=nd,olt,nin", *places]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == ""


def said(book):
    """What the cells print and answer, as text, and of what kinds their outputs are."""
    for cell in book.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            yield output.output_type, output.get("text", data.get("text/plain")), sorted(data)


@pytest.mark.parametrize("name", ["tutorial", "worksheet"])
def test_notebooks_run_and_say_what_they_say(name):
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    names = module("notebooks/make.py")
    stored = nbformat.read(DOCS / "notebooks" / f"{name}.ipynb", as_version=4)
    fresh = names["executed"](names["notebook"](names["NOTEBOOKS"][name]))
    assert [cell.source for cell in stored.cells] == [cell.source for cell in fresh.cells]
    assert list(said(stored)) == list(said(fresh)), "python docs/notebooks/make.py"
    assert not any(kind == "error" for kind, *_ in said(fresh))
    assert not any(kind == "display_data" for kind, *_ in said(fresh)), "something shows itself unasked"


@pytest.mark.parametrize("answer", ["2*(y - t)*(1 - y)", "2*(y - t)*y*(1 - y)", "2(y − t)·y·(1 − y)", "", "y*(", "0.1"])
def test_the_worksheet_works_for_right_and_wrong_answers(answer):
    """A learner corrects the mistake, makes another, or leaves a half-written formula: only that is an error."""
    cells = module("notebooks/make.py")["WORKSHEET"][1::2]
    names = {}
    wrong = '"2*(y - t)*(1 - y)"  # there is a mistake in it'
    assert sum(wrong in cell for cell in cells) == 1
    for cell in cells[:-1]:
        try:
            exec(cell.replace(wrong, repr(answer)), names)
        except ValueError:
            assert answer in ("", "y*(")
