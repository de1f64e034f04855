"""Build the playground, a folder that any web server can serve: `python docs/playground/build.py folder`.

It needs `npm install --prefix docs/playground`, and the package `build` for the wheel.
"""

from __future__ import annotations

import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

from tinygrad_neuron import Value, lesson, page, parse
from tinygrad_neuron.paging.document import block, graph_of, script, style
from tinygrad_neuron.registry import read_asset

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
NEEDED = ("rich", "markdown_it", "mdurl", "graphviz")  # what the package imports there: pure Python
STAMP = (1980, 1, 1, 0, 0, 0)  # so that equal files are equal archives
FIRST = "net = w*x + b\ny = tanh(net)\nloss = (y - t)^2/2"
NUMBERS = {"x": 0.4, "w": 0.5, "b": 0.6, "t": 0.7}


def main(folder: Path) -> None:
    """Write all files that are served."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(HERE / "web", folder, ignore=shutil.ignore_patterns("editor.js"))
    (folder / "pyodide").mkdir()
    for name in CORE:
        shutil.copy(MODULES / "pyodide" / name, folder / "pyodide" / name)
    lock = json.loads((MODULES / "pyodide" / "pyodide-lock.json").read_text(encoding="utf-8"))
    (folder / "pyodide" / "pyodide-lock.json").write_text(json.dumps({"info": lock["info"], "packages": {}}))
    _bundle_editor(folder / "editor.js")
    _bundle_python(folder / "python.zip")
    _exact_library(folder, lock["info"])
    known = "export const language = { operations, functions, tables: { ...tables, arities: functions } };"
    (folder / "page.js").write_text(f"{script()}{known}\nexport {{ start }};\n", encoding="utf-8")
    (folder / "page.css").write_text(style(), encoding="utf-8")
    index = (folder / "index.html").read_text(encoding="utf-8")
    for name, text in (_first_view() | _hashes()).items():
        index = index.replace(f"${name}", text)
    (folder / "index.html").write_text(index, encoding="utf-8")
    _version(folder)


def _first_view() -> dict[str, str]:
    """What is there before Python is: the first example, ready to be derived."""
    values = {name: Value(number, label=name, parameter=name in "wb") for name, number in NUMBERS.items()}
    graph = graph_of(parse(FIRST, values), title="Derive this neuron", quiz=True)
    template = read_asset("tinygrad_neuron.paging", "neuron.html").strip()
    numbers = ", ".join(f"{name} = {number}" for name, number in NUMBERS.items())
    return {"block": block(graph), "template": template, "expression": html.escape(FIRST), "numbers": numbers}


def _hashes() -> dict[str, str]:
    """What pages and lessons hold inline, by hash: a program may show them, and nothing else that is inline runs."""
    text = page(Value(1.0)).html + lesson("A\n").html
    found = {kind: re.findall(rf"{kind}-src ([^;]*)", text) for kind in ("script", "style")}
    return {f"{kind}_hashes": " ".join(sorted(set(" ".join(each).split()))) for kind, each in found.items()}


def _bundle_editor(target: Path) -> None:
    """CodeMirror with what the playground needs of it, as one module."""
    command = [MODULES / ".bin" / "esbuild", HERE / "web" / "editor.js", "--bundle", "--minify", "--format=esm"]
    subprocess.run([*command, f"--outfile={target}", "--log-level=warning"], check=True)  # noqa: S603 (nothing from outside)


def _bundle_python(target: Path) -> None:
    """The package's wheel, what it imports, and the program of the worker, as one archive."""
    with tempfile.TemporaryDirectory() as made:
        command = [sys.executable, "-m", "build", "--wheel", "--outdir", made, str(HERE.parents[1])]
        plain = {**os.environ, "TINYGRAD_NEURON_HEART": "plain"}
        subprocess.run(command, check=True, capture_output=True, env=plain)  # noqa: S603 (nothing from outside)
        (wheel,) = Path(made).glob("*.whl")
        with zipfile.ZipFile(wheel) as whole:
            files = {name: whole.read(name) for name in whole.namelist() if not name.endswith((".pyi", "/"))}
    for name in NEEDED:
        root = Path(str(find_spec(name).origin)).parent  # type: ignore[union-attr]
        files |= {f"{name}/{path.relative_to(root).as_posix()}": path.read_bytes() for path in root.rglob("*.py")}
    files["playground.py"] = (HERE / "playground.py").read_bytes()
    with zipfile.ZipFile(target, "w") as bundle:
        for name in sorted(files):
            bundle.writestr(zipfile.ZipInfo(name, STAMP), files[name], zipfile.ZIP_DEFLATED, 9)


def _exact_library(folder: Path, info: dict[str, str]) -> None:
    """The wheel of the exact checker's library for this Python in WebAssembly: the file that exact.txt pins."""
    python = "".join(info["python"].split(".")[:2])
    wanted = [
        "--platform",
        f"pyemscripten_{info['abi_version']}_wasm32",
        "--python-version",
        python,
        "--abi",
        f"cp{python}",
    ]
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
        "--require-hashes",
    ]
    with tempfile.TemporaryDirectory() as made:
        subprocess.run([*command, *wanted, "--dest", made, "--requirement", HERE / "exact.txt"], check=True)  # noqa: S603 (nothing from outside)
        (wheel,) = Path(made).glob("*.whl")
        size = f"{wheel.stat().st_size / 1e6:.0f} MB"
        shutil.copy(wheel, folder / wheel.name)
    app = (folder / "app.js").read_text(encoding="utf-8").replace("EXACT_WHEEL", wheel.name)
    (folder / "app.js").write_text(app.replace("EXACT_SIZE", size), encoding="utf-8")


def _version(folder: Path) -> None:
    """Tell the workers a name that changes with the content of the files, and which there are."""
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    digest = hashlib.sha256(b"".join((folder / name).read_bytes() for name in files)).hexdigest()[:16]
    files.remove("sw.js")
    for worker in (folder / "sw.js", folder / "worker.js"):
        text = worker.read_text(encoding="utf-8").replace('"VERSION"', json.dumps(digest))
        worker.write_text(text.replace('["FILES"]', json.dumps(["./", *files])), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
