"""Listings as source text of C, Rust and JavaScript, for export."""

from __future__ import annotations

from string import Template

from ..registry import read_asset
from .dialects import LANGUAGES, dialect_of
from .listing import Listing, printed


def helpers_of(language: str) -> str:
    """The functions that a language lacks."""
    return read_asset(__package__, f"helpers.{LANGUAGES[language]['extension']}")


def source_of(listing: Listing, language: str, name: str) -> str:
    """A function that computes a listing, with the helpers that it needs.

    Args:
        listing: recorded with the primitives that the language spells.
        language: "c", "rust" or "javascript".
        name: of the function.
    """
    form, text = LANGUAGES[language]["function"], printed(listing, dialect_of(language))
    inputs, outputs = ", ".join(text.inputs), ", ".join(text.outputs)
    lines = [form["input"].format(each, k) for k, each in enumerate(text.inputs) if "input" in form]
    lines += [form["statement"].format(n, e) if n else form["guard"].format(e) for n, e in text.statements]
    lines += [form["output"].format(each, k) for k, each in enumerate(text.outputs) if "output" in form]
    sizes = {"n_inputs": len(text.inputs), "n_outputs": len(text.outputs), "lines": "".join(f"{x}\n" for x in lines)}
    whole = Template(form["whole"]).substitute(
        sizes, name=name, given=inputs or "nothing", inputs=inputs, outputs=outputs
    )
    return f"{helpers_of(language)}\n{whole}"
