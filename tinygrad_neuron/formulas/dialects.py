"""The languages that listings are written in: what each spells unusually, as languages.toml has it."""

from __future__ import annotations

import keyword
import math
import re
import tomllib
from functools import partial

from ..registry import read_asset
from .listing import Dialect

LANGUAGES = tomllib.loads(read_asset(__package__, "languages.toml"))


def forms_of(language: str) -> dict[str, str]:
    """The forms of a language by the names of primitives: templates of the operands {0}, {1} and so on.

    Args:
        language: a table of languages.toml.
    """
    forms = LANGUAGES[language]["forms"]
    return {name: form.replace("NAME", name) for names, form in forms.items() for name in names.split()}


def _number(language: str, number: float) -> str:
    """A number as Python writes it, but for what is none or has no end."""
    table = LANGUAGES[language]
    if not math.isfinite(number):
        return str(table["numbers"][0 if number != number else 1 if number > 0 else 2])
    digits = repr(float(number)).removesuffix(".0" if table.get("integers") else "")
    return f"{digits}{table.get('suffix', '')}"


def dialect_of(language: str) -> Dialect:
    """A language as listings are written in it.

    Args:
        language: a table of languages.toml.
    """
    table = LANGUAGES[language]
    return Dialect(
        language,
        forms_of(language),
        partial(_number, language),
        table.get("negation", "!({})"),
        frozenset([*table.get("reserved", " ".join(keyword.kwlist)).split(), *table.get("names", "").split()]),
        re.ASCII if table.get("letters") == "ascii" else re.NOFLAG,
    )


PYTHON, C, RUST, JAVASCRIPT, ARRAY = map(dialect_of, ("python", "c", "rust", "javascript", "array"))
