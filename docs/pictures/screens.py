"""Screenshots of pictures, pages, a lesson and the playground: `python docs/pictures/screens.py`; needs the oracles."""

from __future__ import annotations

import functools
import io
import itertools
import runpy
import shutil
import sys
import tempfile
import threading
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from make import gradients, network, softmax
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tinygrad_neuron import draw, lesson, page

FOLDER = Path(__file__).parent / "screens"
PLAYGROUND = Path(__file__).parents[1] / "playground"
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
        shoot_playground(browser, folder)
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
        keep(tab, folder / f"{name}-{width}-{theme}.png")
        context.close()


def shoot_playground(browser: Browser, folder: Path) -> None:
    """Both ways in: a derivation that was judged, and a program that was run."""
    site = Path(tempfile.mkdtemp()) / "playground"
    runpy.run_path(str(PLAYGROUND / "build.py"))["main"](site)
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for (width, height), theme in itertools.product(SIZES, ("light", "dark")):
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
        tab = context.new_page()
        tab.goto(f"http://localhost:{server.server_address[1]}/")
        wait(tab, "document.body.dataset.ready")
        for name, text in (("y", "y - t"), ("net", "(y - t)(1 - y)"), ("w", "(y - t)(1 - y)x")):
            field = tab.locator(f'[aria-label^="the derivative ∂loss/∂{name}:"]')
            field.fill(text)
            field.press("Enter")
            time.sleep(1)
        tab.locator("#place .by-hand").scroll_into_view_if_needed()
        tab.evaluate("scrollTo(0, 0)")
        keep(tab, folder / f"playground-derive-{width}-{theme}.png", full=True)
        tab.locator("#to-python").click()
        tab.locator("#examples").select_option("A network")
        time.sleep(1)
        tab.locator("#run").click()
        wait(tab, "document.body.dataset.done")
        keep(tab, folder / f"playground-python-{width}-{theme}.png", full=True)
        context.close()
    server.shutdown()


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, and says nothing of it."""

    def log_message(self, *_words: object) -> None:
        """Nothing."""


def wait(tab: Page, expression: str) -> None:
    """Until something is so; Playwright's own way is refused by the playground's policy."""
    while not tab.evaluate(expression):
        time.sleep(0.05)


def keep(tab: Page, path: Path, *, full: bool = False) -> None:
    """A screenshot with few colors."""
    shot = Image.open(io.BytesIO(tab.screenshot(full_page=full))).convert("RGB")
    shot.quantize(64).save(path, optimize=True)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
