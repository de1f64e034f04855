"""What the playground's safety rests on, each measured: workers and policies, WebAssembly, versions of the files."""

from __future__ import annotations

import json
import re
import runpy
import shutil
import time
from pathlib import Path

import pytest
from paging.conftest import browser  # noqa: F401  (a fixture)

from playground.serving import Site
from playground.test_playground import PLAYGROUND, Visit, elsewhere, pytestmark, site  # noqa: F401  (fixtures, marks)

POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; worker-src 'self' blob:"
META = '<meta http-equiv="Content-Security-Policy" content="{policy}">'
PAGE = f'<!DOCTYPE html>{META}<script type="module" src="page.js"></script>'
MAKES = {
    "address": "new Worker('worker.js', { type: 'module' })",
    "blob": "new Worker(URL.createObjectURL(new Blob([`import '${new URL('worker.js', location.href)}'`],"
    " { type: 'text/javascript' })), { type: 'module' })",
}
WORKER = "fetch('ELSEWHERE', { mode: 'no-cors' }).then(() => postMessage('reached'), () => postMessage('refused'))"


@pytest.mark.parametrize(("kind", "said"), [("address", "reached"), ("blob", "refused")])
def test_the_policy_of_a_page_covers_a_worker_from_a_blob_alone(kind, said, browser, elsewhere, tmp_path):  # noqa: F811
    (tmp_path / "index.html").write_text(PAGE.format(policy=POLICY), encoding="utf-8")
    (tmp_path / "worker.js").write_text(WORKER.replace("ELSEWHERE", f"{elsewhere.address}a"), encoding="utf-8")
    listen = "onmessage = ({ data }) => { document.title = data; };"
    (tmp_path / "page.js").write_text(f"const worker = {MAKES[kind]};\nworker.{listen}", encoding="utf-8")
    served = Site(tmp_path)
    elsewhere.asked.clear()
    tab = browser.new_page()
    tab.goto(served.address)
    end = time.monotonic() + 10
    while not tab.title() and time.monotonic() < end:
        time.sleep(0.02)
    assert tab.title() == said
    assert bool(elsewhere.asked) == (said == "reached")
    tab.close()
    served.close()


def policy_of(folder):
    return re.search(r'Content-Security-Policy" content="([^"]*)"', (folder / "index.html").read_text("utf-8"))[1]


def test_the_policy_allows_nothing_unsafe_but_webassembly(site):  # noqa: F811
    folder = Path(site.folder)
    policy = policy_of(folder)
    assert re.findall(r"'(?:wasm-)?unsafe-[\w-]+'", policy) == ["'wasm-unsafe-eval'"]
    assert "*" not in policy
    assert "http" not in policy
    text = (folder / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=", text)
    inline = re.findall(r"<script([^>]*)>(?=[^<])", text)
    assert inline == [' type="application/json"']  # data, that isn't run


def test_without_that_word_webassembly_is_refused_and_that_is_said(site, browser, elsewhere, tmp_path):  # noqa: F811
    folder = tmp_path / "strict"
    shutil.copytree(site.folder, folder)
    index = folder / "index.html"
    index.write_text(index.read_text(encoding="utf-8").replace("'wasm-unsafe-eval' ", ""), encoding="utf-8")
    served = Site(folder)
    visit = Visit(browser, served)
    tab = visit.go()
    visit.until("document.querySelector('#state').textContent.includes('refuse WebAssembly')")
    field = tab.locator('[aria-label^="the derivative ∂loss/∂y:"]')
    field.fill("y - t")
    field.press("Enter")
    assert "✓ your y is right" in tab.locator(".answers").inner_text()
    visit.context.close()
    served.close()


def test_what_is_put_in_inline_doesn_t_run(site, browser):  # noqa: F811
    visit = Visit(browser, site)
    tab = visit.go()
    for kind, text in (("script", "document.title = 1"), ("style", "body { display: none }")):
        made = f"Object.assign(document.createElement('{kind}'), {{ textContent: '{text}' }})"
        tab.evaluate(f"document.head.append({made})")
    tab.evaluate("document.body.setAttribute('style', 'display: none')")
    assert tab.title().startswith("Playground")
    assert tab.locator("#place .picture").is_visible()
    assert sum("Content Security Policy" in each for each in visit.complaints) == 3
    visit.context.close()


def test_the_version_is_that_of_the_content(tmp_path):
    version = runpy.run_path(str(PLAYGROUND / "build.py"))["_version"]
    found = []
    for text in ("a", "a", "b"):
        folder = tmp_path / str(len(found))
        folder.mkdir()
        for name in ("sw.js", "worker.js"):
            shutil.copy(PLAYGROUND / "web" / name, folder / name)
        (folder / "app.js").write_text(text, encoding="utf-8")
        version(folder)
        found.append(re.search(r'"playground " \+ "(\w+)"', (folder / "sw.js").read_text(encoding="utf-8"))[1])
        assert f'"{found[-1]}"' in (folder / "worker.js").read_text(encoding="utf-8")
    assert found[0] == found[1] != found[2]


def test_a_new_version_replaces_the_old_one(site, browser, tmp_path):  # noqa: F811
    folder = tmp_path / "site"
    shutil.copytree(site.folder, folder)
    served = Site(folder)
    visit = Visit(browser, served)
    visit.go()
    visit.ready()
    visit.until("document.body.dataset.kept")
    (first,) = visit.tab.evaluate("caches.keys()")
    for name in ("sw.js", "worker.js", "index.html"):
        text = (folder / name).read_text(encoding="utf-8").replace(first.removeprefix("playground "), "newer")
        (folder / name).write_text(text.replace("Derive</button>", "Derive!</button>"), encoding="utf-8")
    visit.go()  # still the old one, and meanwhile the new one comes
    end = time.monotonic() + 20
    while visit.tab.evaluate("caches.keys()") != ["playground newer"] and time.monotonic() < end:
        time.sleep(0.1)
    visit.go()
    visit.ready()
    assert visit.tab.locator("#to-derive").inner_text() == "Derive!"
    assert visit.tab.evaluate("caches.keys()") == ["playground newer"]
    visit.context.close()
    served.close()


def test_the_files_are_listed(site):  # noqa: F811
    folder = Path(site.folder)
    text = (folder / "sw.js").read_text(encoding="utf-8")
    listed = json.loads(re.search(r"const FILES = (\[.*\]);", text)[1])
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert set(listed) == there - {"sw.js"} | {"./"}
