"""Lessons in a real browser: several graphs on one page, each by itself, at every width, without a network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from paging.browsing import Opened

from tinygrad_neuron import lesson

DOCS = Path(__file__).parents[3] / "docs" / "lessons"
LESSON = DOCS / "1-gradients.md"


def test_each_graph_has_steps_of_its_own(opened, tmp_path):
    lesson(LESSON, tmp_path / "a.html")
    tab = opened.go(tmp_path / "a.html")
    first, second = tab.locator(".graph").all()
    assert first.locator(".counter").inner_text() == "17 / 17"
    before = second.locator(".sentence").inner_text()
    first.locator("button.first").click()
    first.locator("button.next").click()
    assert first.locator(".sentence").inner_text().startswith("Forward: input × weight = ")
    assert (
        second.locator(".sentence").inner_text()
        == before
        == ("Derive each gradient by hand, beginning at the result, and type it.")
    )
    tab.wait_for_function("() => /1\\.step=1(?!\\d)/.test(location.hash)")  # 17 was the step before
    field = second.locator('[aria-label^="the derivative ∂loss/∂output:"]')
    field.fill("output - target")
    field.press("Enter")
    assert "✓ your output is right" in second.inner_text()
    tab.keyboard.press("Escape")
    address = tab.evaluate("location.hash")
    tab = opened.go(tmp_path / "a.html", address)
    assert tab.locator(".graph").first.locator(".counter").inner_text() == "1 / 17"


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The lessons of the docs."""
    folder = tmp_path_factory.mktemp("lessons")
    subprocess.run([sys.executable, DOCS / "make.py", folder], check=True, timeout=300)
    return sorted(folder.glob("*.html"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_window(browser, pages, width, scheme):
    opened = Opened(browser, color_scheme=scheme)
    opened.tab.set_viewport_size({"width": width, "height": 844})
    assert len(pages) == 8
    for path in pages:
        tab = opened.go(path)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        shown = tab.locator("article > figure:visible").evaluate_all("all => all.map((each) => each.className)")
        assert ("narrow" in shown) == (width == 390)
        assert ("wide" in shown) == (width == 1280)
        colors = "[...document.querySelectorAll('article > figure text')].map((each) => getComputedStyle(each).fill)"
        paper = tab.evaluate("getComputedStyle(document.body).backgroundColor")
        assert paper not in tab.evaluate(colors)
        small = "[...document.querySelectorAll('.picture text')].filter((each) => each.checkVisibility())"
        scale = f"Math.min(...{small}.map((each) => each.getScreenCTM().a))"
        assert tab.evaluate(scale) > 0.97
    assert opened.complaints == []
    opened.context.close()
