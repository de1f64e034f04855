"""A page in the browser, and what its primitives are asked."""

from __future__ import annotations

import json
import math
import random
import struct

from cases import CASES

from tinygrad_neuron.paging import kernels
from tinygrad_neuron.primitives import PRIMITIVES, settle


class Opened:
    """A page in the browser, and all that it complains of or asks the network for."""

    def __init__(self, browser, **settings):
        self.complaints = []
        self.context = browser.new_context(viewport={"width": 1280, "height": 800}, **settings)
        self.context.set_default_timeout(60_000)
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
        self.tab.wait_for_function(READY)
        return self.tab

    def numbers(self):
        """Each node's value and gradient as known at this step, in full precision; None for what isn't known."""
        rows = self.tab.evaluate(NUMBERS)
        return [tuple(None if each is None else float(each) for each in row) for row in rows]


READY = "() => [...document.querySelectorAll('.graph')].every((each) => each.app)"  # the script is unpacked first
NUMBERS = """() => {
  const { session } = document.querySelector(".graph").app;
  const { figures, known, sums } = session;
  return figures.values.map((value, k) => [known[k] ? String(value) : null, sums[k] === null ? null : String(sums[k])]);
}"""
SHOW = """
const view = new DataView(new ArrayBuffer(8));
const bits = (x) => { view.setFloat64(0, x); return view.getBigUint64(0).toString(16).padStart(16, "0"); };
const lines = [];
const show = (numbers) => lines.push(numbers.map(bits).join(" "));
"""


def floats(line):
    return [struct.unpack(">d", bytes.fromhex(word))[0] for word in line.split()]


def script(number):
    return str(number).replace("inf", "Infinity").replace("nan", "NaN")


def ulps(found, expected):
    if found == expected or (math.isnan(found) and math.isnan(expected)):
        return 0.0
    if not (math.isfinite(found) and math.isfinite(expected)):
        return math.inf
    return abs(found - expected) / math.ulp(expected)


# roundings of V8's functions, and of those that are composed of several; the local derivatives of compositions cancel
# gelu_slope has a root, and so have entropy and its slope, near which nothing but the last digits is left
FORWARD = {
    "gelu": 64,
    "gelu_slope": 2000,
    "entropy": 2000,
    "cbrt_slope": 8,
    "erfc": 64,
    "logsumexp": 32,
    "elu": 8,
    "silu": 8,
    "softplus": 8,
    "sigmoid": 8,
    "erf": 8,
}
PARTIALS = {"gelu": 2000, "entropy": 2000, "cbrt": 8, "erfc": 64, "erf": 64}
N_POINTS = 200


def drawn_points():
    """Points of each primitive's domain, clear of its kinks."""
    found = []
    for name, case in CASES.items():
        chance, drawn = random.Random(name), 0
        while drawn < N_POINTS:
            point = tuple(chance.uniform(*domain) for domain in case.domains)
            if case.clear(*point):
                found.append((PRIMITIVES[name], point))
                drawn += 1
    return found


def program_of(points, imported=""):
    """A script that leaves in `lines` what each primitive and its local derivatives are at the points.

    Without what it imports it can run where the page's own script has run.
    """
    asked = [imported, kernels.constants(), SHOW]
    for entry, point in points:
        y, xs = script(entry.evaluate(*point)), ", ".join(map(script, point))
        made = json.dumps(kernels.kernel_of(entry, len(point)))
        asked.append(f"{{ const made = {made}, kernel = kernelOf(made.partials, operations);")
        asked.append(f"const ends = kernel([{y}, {xs}]);")
        asked.append("const slopes = ends.flatMap((_, k) => (k % 2 ? [] : [ends[k] !== 0 ? ends[k + 1] + 0 : -0]));")
        asked.append(f"show([...kernelOf(made.forward, operations)([{xs}]), ...slopes]); }}")
    return "\n".join(asked)


def too_far(points, lines):
    """The primitives that are off by more than their bounds, and how many times as far."""
    worst = {}
    for (entry, point), line in zip(points, lines, strict=True):
        y, *slopes = floats(line)
        expected = entry.evaluate(*point)
        wanted = [entry.variadic or rule is not None for rule in entry.rules] * (len(point) if entry.variadic else 1)
        pairs = [(expected, y, FORWARD)]
        partials = entry.partials(expected, point, wanted)
        pairs += [(settle(a) or 0.0, b, PARTIALS) for a, b in zip(partials, slopes, strict=True) if a is not None]
        for one, other, bounds in pairs:
            key = entry.name, "forward" if bounds is FORWARD else "partials"
            worst[key] = max(worst.get(key, 0.0), ulps(other, one) / bounds.get(entry.name, 4))
    return {key: ratio for key, ratio in worst.items() if ratio > 1}
