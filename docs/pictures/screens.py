"""Screenshots of pictures in a real browser: `python docs/pictures/screens.py [folder]`; needs the extra oracles."""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

from make import gradients, network, softmax
from PIL import Image
from playwright.sync_api import sync_playwright

from tinygrad_neuron import draw

FOLDER = Path(__file__).parent / "screens"
WIDTHS = 390, 750, 1280


def main(folder: Path = FOLDER) -> None:
    """Write one for each graph, width and theme."""
    folder.mkdir(exist_ok=True)
    roots = {"neuron": gradients(), "softmax": softmax(), "network-2-8-8-1": network([2, 8, 8, 1])}
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, root in roots.items():
            for width in WIDTHS:
                for theme in ("light", "dark"):
                    page = browser.new_page(viewport={"width": width, "height": 900})
                    paper = {"light": "#FFFFFF", "dark": "#0F1318"}[theme]
                    svg = draw(root, width=width, theme=theme).svg()
                    page.set_content(f"<body style='margin:0;background:{paper}'>{svg}</body>")
                    shot = Image.open(io.BytesIO(page.locator("svg").screenshot())).convert("RGB")
                    shot.quantize(64).save(folder / f"{name}-{width}-{theme}.png", optimize=True)
                    page.close()
        browser.close()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
