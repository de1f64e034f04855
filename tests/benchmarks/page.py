"""How long a page takes to make, and how many frames a second it shows: python tests/benchmarks/page.py.

The graphs are a recurrence of 500 steps, and a network of some 500 nodes. A frame is a step of both passes, or a change
of a number; the browser shows at most 60 of them a second.
"""

from __future__ import annotations

import itertools
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from tinygrad_neuron import Value, page
from tinygrad_neuron.nn import MLP

FRAMES = """async (change) => {
  const { app } = document.querySelector(".graph");
  const times = [];
  for (let k = 0; k < 60; k++) {
    await new Promise(requestAnimationFrame);
    times.push(performance.now());
    if (change === "step") app.go(1000 + k);
    else app.rows[0].assign(0.01 * k, () => app.changed());
  }
  return times;
}"""


def recurrence(n_steps: int) -> Value:
    """A hidden state that goes through so many steps, with three parameters that all of them share."""
    w_x, w_h, b = (Value(x, label=name, parameter=True) for name, x in (("w_x", 0.7), ("w_h", -0.4), ("b", 0.1)))
    h = Value(0.0, label="h_0")
    for k in range(1, n_steps + 1):
        h = (w_h * h + w_x * Value(0.5 * (-1) ** k, label=f"x_{k}") + b).tanh()
        h.label = f"h_{k}"
    return h


def network() -> Value:
    """A network that is shown as products and sums."""
    x = [Value(0.1 * k, label=f"x{k}") for k in range(1, 5)]
    (y,) = MLP([4, 12, 8, 1], "tanh", seed=1)(x)
    return y


def main() -> None:
    folder = Path(tempfile.mkdtemp())
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page()
        for name, root, products in (("recurrence of 500", recurrence(500), False), ("network", network(), True)):
            times = []
            for _ in range(5):
                start = time.perf_counter()
                made = page(root, folder / "page.html", products=products)
                times.append(time.perf_counter() - start)
            print(f"{name}: {made.n_nodes:,} nodes in {statistics.median(times):.2f} s, {len(made.html) / 1e3:,.0f} kB")
            tab.goto((folder / "page.html").as_uri())
            tab.wait_for_function("() => document.querySelector('.graph')?.app")
            for change in ("step", "number"):
                seen = tab.evaluate(FRAMES, change)
                between = [b - a for a, b in itertools.pairwise(seen)]
                print(f"  changing the {change}: {1000 / statistics.median(between):.0f} frames a second")
        browser.close()


if __name__ == "__main__":
    main()
