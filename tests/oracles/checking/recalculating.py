"""Sheets as a real spreadsheet program computes them."""

from __future__ import annotations

import shutil
import subprocess

import pytest

needs_libreoffice = pytest.mark.skipif(not shutil.which("soffice"), reason="needs LibreOffice (soffice)")


def recalculated(sheets, changes, folder):
    """The numbers of each sheet after LibreOffice has computed it with some cells changed: one file with all sheets."""
    openpyxl = pytest.importorskip("openpyxl")
    everything = openpyxl.Workbook(write_only=True)
    for sheet, cells in zip(sheets, changes, strict=True):
        sheet.save(folder / "one.xlsx")
        active = openpyxl.load_workbook(folder / "one.xlsx").active
        for name, value in cells.items():
            assert not str(active[name].value).startswith("=")
            active[name] = value
        copy = everything.create_sheet()  # without the numbers that formulas had: LibreOffice computes them all
        for row in active.iter_rows(values_only=True):
            copy.append(row)
    everything.save(folder / "all.xlsx")
    command = ["soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", "xlsx"]
    subprocess.run([*command, "--outdir", folder / "out", folder / "all.xlsx"], check=True, capture_output=True)
    for sheet in openpyxl.load_workbook(folder / "out" / "all.xlsx", data_only=True).worksheets:
        yield list(map(list, sheet.iter_rows(values_only=True)))
