"""Frames a second of a page of some 500 nodes while a number is dragged: python tests/benchmarks/page.py."""

from __future__ import annotations

import itertools
import shutil
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tinygrad_neuron import Value, page
from tinygrad_neuron.nn import MLP

DRAG = """async () => {
  const slider = document.querySelector(".range");
  const times = [];
  for (let k = 0; k < 60; k++) {
    await new Promise(requestAnimationFrame);
    times.push(performance.now());
    slider.value = String(0.01 * k);
    slider.dispatchEvent(new Event("input"));
  }
  return times;
}"""


def main() -> None:
    root = MLP([4, 12, 8, 1], "tanh", seed=1)([Value(0.1 * k, label=f"x{k}") for k in range(1, 5)])[0]
    path = Path(tempfile.mkdtemp()) / "page.html"
    made = page(root, path, products=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page()
        tab.goto(path.as_uri())
        for _ in range(3):
            tab.locator(".scope.closed .fold").first.click()
        times = tab.evaluate(DRAG)
        browser.close()
    between = [b - a for a, b in itertools.pairwise(times)]
    print(
        f"{made.n_nodes} nodes: {1000 / statistics.median(between):.0f} frames a second (the median of {len(between)})"
    )


if __name__ == "__main__":
    main()
