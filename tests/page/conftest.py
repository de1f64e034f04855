"""A real browser that may not reach any network."""

from __future__ import annotations

import shutil

import pytest

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="module")
def browser():
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is in the extra test")
    if not BROWSER:
        pytest.skip("there is no Chromium")
    with api.sync_playwright() as play:
        launched = play.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield launched
        launched.close()


class Opened:
    """A page in the browser, and all that it complains of or asks the network for."""

    def __init__(self, browser, **settings):
        self.complaints = []
        self.context = browser.new_context(viewport={"width": 1280, "height": 800}, **settings)
        self.context.route("**/*", self._let_through)
        self.tab = self.context.new_page()
        self.tab.on("console", lambda message: self.complaints.append(message.text))
        self.tab.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _let_through(self, route):
        if route.request.url.startswith("file:"):
            route.continue_()
        else:
            self.complaints.append(f"asked for {route.request.url}")
            route.abort()

    def go(self, path, address=""):
        self.tab.goto("about:blank")
        self.tab.goto(f"file://{path}{address}")
        return self.tab

    def numbers(self):
        """Each node's value and gradient as they are shown now, in full precision; None for what isn't known yet."""
        titles = self.tab.eval_on_selector_all(".node > title", "all => all.map(each => each.textContent)")
        found = []
        for title in titles:
            start, _, gradient = title.partition("; gradient ")
            _, known, value = start.rpartition(" = ")
            found.append((float(value) if known else None, float(gradient) if gradient else None))
        return found


@pytest.fixture
def opened(browser):
    page = Opened(browser)
    yield page
    page.context.close()
    assert page.complaints == []
