"""Listings as source text of C, Rust and JavaScript, for export."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .dialects import JAVASCRIPT, RUST, C
from .listing import Dialect, Listing, Printed, asset, printed


class Language(NamedTuple):
    """How a function is written around the statements of a listing."""

    dialect: Dialect
    helpers: str
    function: Callable[[str, Printed], list[str]]


def _c(name: str, text: Printed) -> list[str]:
    lines = [f"/* takes {', '.join(text.inputs) or 'nothing'}; false if another branch has to be taken */"]
    lines.append(f"int {name}(const double *inputs, double *outputs) {{")
    lines += [f"    const double {each} = inputs[{k}];" for k, each in enumerate(text.inputs)]
    lines += [f"    const double {n} = {e};" if n else f"    if (!({e})) return 0;" for n, e in text.statements]
    lines += [f"    outputs[{k}] = {each};" for k, each in enumerate(text.outputs)]
    return [*lines, "    return 1;", "}"]


def _rust(name: str, text: Printed) -> list[str]:
    lines = [f"/// Takes {', '.join(text.inputs) or 'nothing'}; None if another branch has to be taken."]
    lines.append(f"pub fn {name}(inputs: &[f64; {len(text.inputs)}]) -> Option<[f64; {len(text.outputs)}]> {{")
    lines.append(f"    let [{', '.join(text.inputs)}] = *inputs;")
    lines += [f"    let {n} = {e};" if n else f"    if !({e}) {{ return None; }}" for n, e in text.statements]
    return [*lines, f"    Some([{', '.join(text.outputs)}])", "}"]


def _javascript(name: str, text: Printed) -> list[str]:
    lines = [f"/** Takes [{', '.join(text.inputs)}]; null if another branch has to be taken. */"]
    lines.append(f"function {name}([{', '.join(text.inputs)}]) {{")
    lines += [f"  const {n} = {e};" if n else f"  if (!({e})) return null;" for n, e in text.statements]
    return [*lines, f"  return [{', '.join(text.outputs)}];", "}"]


LANGUAGES: dict[str, Language] = {
    "c": Language(C, "#include <math.h>\n", _c),
    "rust": Language(RUST, asset("helpers.rs"), _rust),
    "javascript": Language(JAVASCRIPT, asset("helpers.js"), _javascript),
}


def source_of(listing: Listing, language: str, name: str) -> str:
    """A function that computes a listing, with the helpers that it needs.

    Args:
        listing: recorded with the primitives that the language spells.
        language: "c", "rust" or "javascript".
        name: of the function.
    """
    dialect, helpers, function = LANGUAGES[language]
    return helpers + "\n" + "\n".join(function(name, printed(listing, dialect))) + "\n"
