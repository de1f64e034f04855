"""A real browser that may not reach any network."""

from __future__ import annotations

import shutil

import pytest
from paging.browsing import Opened

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="module")
def browser():
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is in the extra oracles")
    if not BROWSER:
        pytest.skip("there is no Chromium")
    with api.sync_playwright() as play:
        launched = play.chromium.launch(
            executable_path=BROWSER, args=["--no-sandbox", "--allow-file-access-from-files"]
        )
        yield launched
        launched.close()


@pytest.fixture
def opened(browser):
    page = Opened(browser)
    yield page
    page.context.close()
    assert page.complaints == []
