"""The documents: nothing in them is stale or linked to nowhere."""

from __future__ import annotations

import re
import runpy
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def module(path):
    """The names of a program among the documents."""
    return runpy.run_path(str(DOCS / path))


def test_the_reference_is_not_stale():
    stored = (DOCS / "reference" / "functions.md").read_text(encoding="utf-8")
    assert stored == module("reference/make.py")["PAGES"]["functions.md"](), "python docs/reference/make.py"


def test_every_public_name_is_in_the_reference():
    import tinygrad_neuron
    from tinygrad_neuron import nn

    pages = "\n".join(page.read_text(encoding="utf-8") for page in (DOCS / "reference").glob("*.md"))
    for package in (tinygrad_neuron, nn):
        for name in " ".join(package._NAMES.values()).split():
            assert re.search(rf"::: tinygrad_neuron(\.[a-z]+)*\.{name}\n|\n## {name}\n", pages), name


# ---------------------------------------------------------------- pictures
def skeleton(path):
    """What a picture says and how it looks; where things lie is another Graphviz's or matplotlib's business."""
    picture, found = ET.parse(path).getroot(), []  # noqa: S314 (our own)
    for element in picture.iter():
        looks = [element.get(key) for key in ("class", "fill", "stroke", "stroke-width", "stroke-dasharray")]
        looks = ["none" if look == "transparent" else look for look in looks]
        if element.text is None or element.text != picture.get(
            "aria-label"
        ):  # which one Graphviz writes as a title too
            found.append((element.tag, (element.text or "").strip(), *looks))
    return found


def test_no_picture_is_stale(tmp_path):
    module("pictures/make.py")["main"](tmp_path)
    drawn = sorted(path.name for path in tmp_path.iterdir())
    assert drawn == sorted(path.name for path in (DOCS / "pictures").glob("*.svg"))
    for name in drawn:
        assert skeleton(DOCS / "pictures" / name) == skeleton(tmp_path / name), f"python docs/pictures/make.py: {name}"


def test_the_links_of_the_readme_lead_somewhere():
    for link in re.findall(r"\]\(([^)]+)\)", (ROOT / "README.md").read_text(encoding="utf-8")):
        assert re.match(r"https://", link) or (ROOT / link.partition("#")[0]).exists(), link
