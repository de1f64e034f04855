"""The documents: the site builds without a warning, nothing in it is stale, misspelt or linked to nowhere."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def module(path):
    """The names of a program among the documents."""
    return runpy.run_path(str(DOCS / path))


@pytest.mark.parametrize("name", ["functions.md", "commands.md"])
def test_the_reference_is_not_stale(name):
    if name == "commands.md" and sys.version_info[:2] != (3, 11):
        pytest.skip("each Python lays out help texts in its own way; the page has those of 3.11")
    stored = (DOCS / "reference" / name).read_text(encoding="utf-8")
    assert stored == module("reference/make.py")["PAGES"][name](), "python docs/reference/make.py"


def test_every_public_name_is_in_the_reference():
    import tinygrad_neuron
    from tinygrad_neuron import nn

    pages = "\n".join(page.read_text(encoding="utf-8") for page in (DOCS / "reference").glob("*.md"))
    for package in (tinygrad_neuron, nn):
        for name in " ".join(package._NAMES.values()).split():
            assert re.search(rf"::: tinygrad_neuron(\.nn)?\.{name}\n|\n## {name}\n", pages), name


# ---------------------------------------------------------------- pictures
def skeleton(path):
    """What a picture says and how it looks; where things lie is another Graphviz's or matplotlib's business."""
    found = []
    for element in ET.parse(path).iter():  # noqa: S314 (our own)
        looks = [element.get(key) for key in ("class", "fill", "stroke", "stroke-width", "stroke-dasharray")]
        found.append((element.tag, (element.text or "").strip(), *looks))
    return found


def test_no_picture_is_stale(tmp_path):
    pytest.importorskip("matplotlib")
    module("pictures/make.py")["main"](tmp_path)
    drawn = sorted(path.name for path in tmp_path.iterdir())
    assert drawn == sorted(path.name for path in (DOCS / "pictures").glob("*.svg"))
    for name in drawn:
        assert skeleton(DOCS / "pictures" / name) == skeleton(tmp_path / name), f"python docs/pictures/make.py: {name}"


# ---------------------------------------------------------------- the site
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


def test_the_links_of_the_readme_lead_somewhere():
    for link in re.findall(r"\]\(([^)]+)\)", (ROOT / "README.md").read_text(encoding="utf-8")):
        assert re.match(r"https://", link) or (ROOT / link.partition("#")[0]).exists(), link


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


# ---------------------------------------------------------------- words
def test_spelling():
    if not find_spec("codespell_lib"):
        pytest.skip("codespell is in the extra docs")
    places = [place for place in ("README.md", "docs", "tinygrad_neuron", "tests", ".ci") if (ROOT / place).exists()]
    skipped = "--skip=*.svg,*.ipynb,*.html,node_modules,*.json,__pycache__,text.txt"
    command = [sys.executable, "-m", "codespell_lib", skipped, "--ignore-words-list=nd,olt", *places]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == ""


# ---------------------------------------------------------------- notebooks
def said(book):
    """What the cells print and answer, as text, and of what kinds their outputs are."""
    for cell in book.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            yield output.output_type, output.get("text", data.get("text/plain")), sorted(set(data) - {"image/png"})


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
