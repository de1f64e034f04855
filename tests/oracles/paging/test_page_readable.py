"""Every page can be read and used: letters, overlaps, what is cut or covered, in a real browser at three widths."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from drawing.gallery import TEN, drawn_graph
from paging.browsing import Opened

from tinygrad_neuron import page

HERE = Path(__file__).parent
PICTURE, WHOLE = (
    (folder / "measure.js").read_text(encoding="utf-8").split("\n", 1)[1].rstrip().rstrip(";")
    for folder in (HERE.parent / "drawing", HERE)
)
WIDTHS = (390, 844), (750, 1000), (1280, 720)
N_DRAWN = int(os.environ.get("TINYGRAD_NEURON_PICTURES", "50"))
FOUND = [231942]  # seeds at which something once could not be read
SEED = int(os.environ.get("TINYGRAD_NEURON_SEED", "0")) or random.SystemRandom().randrange(10**6)
KINDS = ("overlaps", "outside", "spilled", "through", "hit")


@pytest.fixture(scope="module")
def window(browser):
    opened = Opened(browser)
    yield opened
    opened.context.close()
    assert opened.complaints == []


def faults(tab):
    """What can't be read or used of the page in its present view."""
    found = tab.evaluate(PICTURE, ".stage svg")
    said = [f"{kind}: {found[kind][:4]}" for kind in KINDS if found[kind]]
    said += [f"letters of {found['plain']:.1f} px"] * (found["plain"] < 11)
    said += [f"letters of {found['formula']:.1f} px in a formula"] * (found["formula"] < 9)
    return said + tab.evaluate(WHOLE)


def faults_of_all_views(tab, graph):
    """The faults of each view, opened and closed by the keyboard or by the buttons above."""
    for view in graph["views"][:5]:
        if view["key"]:
            tab.evaluate("key => document.querySelector('.graph').app.turnTo(key)", view["key"])
        found = faults(tab)
        if found:
            yield view["key"], found
    tab.locator(".views").focus()
    tab.evaluate("document.querySelector('.node').focus()")
    tab.keyboard.press("Escape")
    if tab.evaluate("document.querySelector('.graph').app.view.key"):
        yield "Escape", ["doesn't go back"]


@pytest.mark.parametrize("size", WIDTHS, ids=str)
@pytest.mark.parametrize("name", TEN)
def test_the_ten_graphs(name, size, window, tmp_path):
    root = TEN[name][0]()
    made = page(root, tmp_path / "a.html")
    window.tab.set_viewport_size({"width": size[0], "height": size[1]})
    tab = window.go(tmp_path / "a.html")
    assert dict(faults_of_all_views(tab, made.graph)) == {}
    tab.locator("button.mode").click()
    assert faults(tab) == []


@pytest.mark.parametrize("size", WIDTHS, ids=str)
def test_drawn_graphs(size, window, tmp_path):
    print(f"TINYGRAD_NEURON_SEED={SEED}")
    window.tab.set_viewport_size({"width": size[0], "height": size[1]})
    for seed in (*FOUND, *range(SEED, SEED + N_DRAWN)):
        made = page(drawn_graph(seed), tmp_path / "a.html", title=f"Graph {seed}")
        tab = window.go(tmp_path / "a.html")
        assert (seed, dict(faults_of_all_views(tab, made.graph))) == (seed, {})
