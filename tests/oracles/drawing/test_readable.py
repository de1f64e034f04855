"""Every picture can be read: letters, overlaps, edges and frames, measured in a real browser at three widths."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from drawing.gallery import TEN, drawn_graph
from paging.conftest import browser  # noqa: F401  (a fixture)

from tinygrad_neuron import draw

MEASURE = (Path(__file__).parent / "measure.js").read_text(encoding="utf-8").split("\n", 1)[1]
WIDTHS = 390, 750, 1280
N_DRAWN = int(os.environ.get("TINYGRAD_NEURON_PICTURES", "50"))
FOUND = [837191]  # seeds at which something once could not be read
SEED = int(os.environ.get("TINYGRAD_NEURON_SEED", "0")) or random.SystemRandom().randrange(10**6)


@pytest.fixture(scope="module")
def sheet(browser):  # noqa: F811
    page = browser.new_page(device_scale_factor=1)
    yield page
    page.close()


def faults(sheet, picture, width):
    """What can't be read of a picture in a window of this width."""
    sheet.set_viewport_size({"width": width, "height": 900})
    sheet.set_content(f"<body style='margin:0'>{picture.svg()}</body>")
    found = sheet.evaluate(MEASURE)
    tallest = 1800 if picture.view.name == "operations" else 1000
    said = [
        f"{kind}: {found[kind][:4]}"
        for kind in ("overlaps", "outside", "spilled", "through", "hit", "strangers")
        if found[kind]
    ]
    said += [f"letters of {found['plain']:.1f} px"] * (found["plain"] < 11)
    said += [f"letters of {found['formula']:.1f} px in a formula"] * (found["formula"] < 9)
    said += [f"{found['width']:.0f} px wide"] * (found["width"] > width)
    said += [f"{found['height']:.0f} px high"] * (found["height"] > tallest + 90)
    return said


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", TEN)
def test_the_ten_graphs(name, width, sheet):
    make, views = TEN[name]
    root = make()
    for view, at in views:
        assert (view, faults(sheet, draw(root, view=view, at=at, width=width), width)) == (view, [])


@pytest.mark.parametrize("width", WIDTHS)
def test_drawn_graphs(width, sheet):
    print(f"TINYGRAD_NEURON_SEED={SEED}")
    for seed in (*FOUND, *range(SEED, SEED + N_DRAWN)):
        picture = draw(drawn_graph(seed), width=width, title=f"Graph {seed}")
        assert (seed, picture.view.name, faults(sheet, picture, width)) == (seed, picture.view.name, [])
