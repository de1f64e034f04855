"""Build the site, gallery included: `python docs/make.py [folder]`; it is in `build/site` unless a folder is given."""

from __future__ import annotations

import runpy
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main(folder: Path = ROOT / "build") -> None:
    """Gather the documents, the examples and the gallery's pages in a folder, and build the site there."""
    shutil.rmtree(folder, ignore_errors=True)
    package = ROOT / "tinygrad_neuron"
    left_out = shutil.ignore_patterns("*.html", "__pycache__", "node_modules")
    shutil.copytree(ROOT / "docs", folder / "docs", ignore=left_out)
    shutil.copytree(package, folder / package.name)  # the reference is read from it
    shutil.copy(ROOT / ".zensical.toml", folder)
    runpy.run_path(str(ROOT / "docs" / "gallery" / "make.py"))["main"](folder / "docs" / "gallery")
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--config-file", ".zensical.toml"]
    subprocess.run(command, cwd=folder, check=True)  # noqa: S603 (nothing from outside)
    playground = ROOT / "docs" / "playground"
    if (playground / "node_modules").is_dir():
        runpy.run_path(str(playground / "build.py"))["main"](folder / "site" / "playground")
    else:
        print("without the playground: npm install --prefix docs/playground")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
