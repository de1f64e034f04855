"""Screenshots of pictures, pages and a lesson in a browser: `python docs/pictures/screens.py`; needs the oracles."""

from __future__ import annotations

import io
import itertools
import shutil
import sys
import tempfile
from pathlib import Path

from make import gradients, network, softmax
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tinygrad_neuron import draw, lesson, page

FOLDER = Path(__file__).parent / "screens"
LESSONS = Path(__file__).parents[1] / "lessons"
WIDTHS = 390, 750, 1280
SIZES = (390, 844), (1280, 720)  # of a window, for pages


def main(folder: Path = FOLDER) -> None:
    """Write one for each graph, width and theme."""
    folder.mkdir(exist_ok=True)
    roots = {"neuron": gradients(), "softmax": softmax(), "network-2-8-8-1": network([2, 8, 8, 1])}
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, root in roots.items():
            for width in WIDTHS:
                for theme in ("light", "dark"):
                    tab = browser.new_page(viewport={"width": width, "height": 900})
                    paper = {"light": "#FFFFFF", "dark": "#0F1318"}[theme]
                    svg = draw(root, width=width, theme=theme).svg()
                    tab.set_content(f"<body style='margin:0;background:{paper}'>{svg}</body>")
                    shot = Image.open(io.BytesIO(tab.locator("svg").screenshot())).convert("RGB")
                    shot.quantize(64).save(folder / f"{name}-{width}-{theme}.png", optimize=True)
                    tab.close()
        shoot_pages(browser, folder)
        browser.close()


def shoot_pages(browser: Browser, folder: Path) -> None:
    """Pages, a neuron, a quiz and a lesson on a phone and on a screen, light and dark."""
    files = Path(tempfile.mkdtemp())
    page(gradients(), files / "neuron.html")
    page(network([2, 8, 8, 1]), files / "network.html")
    lesson(LESSONS / "1-gradients.md", files / "lesson.html")
    shots = {
        "page-neuron": "neuron.html#step=11",
        "page-network": "network.html",
        "page-opened": "network.html#view=layer+2%2Fneuron+1",
        "page-quiz": "neuron.html",
        "lesson": "lesson.html",
    }
    for (name, address), (width, height), theme in itertools.product(shots.items(), SIZES, ("light", "dark")):
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
        tab = context.new_page()
        tab.goto(f"{files.as_uri()}/{address}")
        tab.wait_for_function("() => [...document.querySelectorAll('.graph')].every((each) => each.app)")
        if name == "page-quiz":
            tab.locator("button.mode").click()
            tab.locator(".answer .field").nth(2).fill("output - target")
            tab.locator(".answer .field").nth(2).press("Enter")
        shot = Image.open(io.BytesIO(tab.screenshot())).convert("RGB")
        shot.quantize(64).save(folder / f"{name}-{width}-{theme}.png", optimize=True)
        context.close()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
