"""The widget in a real browser, with a model such as notebooks have: numbers go to Python and come back."""

from __future__ import annotations

import json

import pytest
from paging.browsing import Opened

from tinygrad_neuron import Value, parse, widget

pytest.importorskip("anywidget")
MODEL = """
const kept = %s, heard = {};
window.model = {
  get: (key) => kept[key],
  set: (key, value) => { kept[key] = value; },
  save_changes: () => { window.saved = (window.saved ?? 0) + 1; },
  on: (name, listener) => { heard[name] = listener; },
  arrive: (numbers) => { kept.numbers = numbers; heard["change:numbers"](); },
};
"""


def test_numbers_go_both_ways(browser, tmp_path):
    values = {name: Value(number, label=name) for name, number in {"x": 0.4, "w": 0.5}.items()}
    shown = widget(parse("y = tanh(w*x)", values))
    kept = {name: getattr(shown, name) for name in ("graph", "style", "template", "numbers")}
    (tmp_path / "widget.js").write_text(shown._esm, encoding="utf-8")
    model = MODEL % json.dumps(kept).replace("<", r"\u003c")
    page = f"""<!DOCTYPE html><title>a notebook</title><div id="cell"></div><script type="module">
import widget from "./widget.js";
{model}
widget.render({{ model: window.model, el: document.querySelector("#cell") }});
window.ready = true;
</script>"""
    (tmp_path / "a.html").write_text(page, encoding="utf-8")
    opened = Opened(browser, bypass_csp=True)
    opened.context.route("**/*", lambda route: route.continue_())
    opened.tab.goto(f"file://{tmp_path / 'a.html'}")
    tab = opened.tab
    tab.wait_for_function("() => window.ready")
    tab.get_by_label("w, its number").fill("1,5")
    assert tab.evaluate("model.get('numbers')") == {"x": 0.4, "w": 1.5}
    assert tab.evaluate("window.saved") == 1
    assert tab.get_by_label("w, its number").input_value() == "1,5"  # what is being typed stays
    tab.evaluate("model.arrive({ x: 0.4, w: -2 })")
    assert tab.get_by_label("w, drag its number").input_value() == "-2"
    assert "after 1 steps" in tab.locator(".loss figcaption").inner_text()
    assert tab.evaluate("window.saved") == 1  # what came from Python doesn't go back
    before = tab.evaluate("location.href")
    tab.locator("button.next").click()
    assert tab.evaluate("location.href") == before
    assert tab.evaluate("getComputedStyle(document.body).margin") == "8px"  # the page's style stays inside
    assert opened.complaints == []
    opened.context.close()
