"""Exercise links: an expression and its numbers in the address of the playground."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping

from ..arguments import require
from ..formulas.expression import parse

MOST_DIGITS = 15
RAW = -15  # the window of a deflated text without a heading, as browsers unpack it


def exercise_link(
    text: str, numbers: Mapping[str, float], site: str, *, title: str = "", digits: int | None = None
) -> str:
    """The address at which the playground asks to derive an expression.

    The link holds the text and the numbers, compressed. Nothing of it runs before somebody taps.

    Args:
        text: the expression, as `parse` reads it.
        numbers: a number for each input.
        site: where the playground is, such as https://example.org/playground/.
        title: what the exercise is called.
        digits: how many significant digits of a figure count; all of them unless given.

    Returns:
        The address.

    Raises:
        ExpressionError: the expression can't be read.
        ValueError: `site` isn't an address, or `digits` isn't from 1 to 15.

    Examples:
        >>> exercise_link("y = w*x", {"w": 2.0, "x": 3.0}, "https://example.org/")[:28]
        'https://example.org/#derive='
    """
    require(
        site.startswith(("https://", "http://")), "site must be an address that begins with https:// or http://", site
    )
    require(digits is None or 1 <= digits <= MOST_DIGITS, f"digits must be from 1 to {MOST_DIGITS}", digits)
    parse(text, dict(numbers))
    exercise = {"text": text, "numbers": dict(numbers), "title": title, "digits": digits}
    given = json.dumps({key: each for key, each in exercise.items() if each}, ensure_ascii=False, separators=(",", ":"))
    packer = zlib.compressobj(9, zlib.DEFLATED, RAW)
    packed = packer.compress(given.encode()) + packer.flush()
    return f"{site.partition('#')[0]}#derive={base64.urlsafe_b64encode(packed).decode().rstrip('=')}"
