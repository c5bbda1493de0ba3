"""Foreign text made safe to print on one line."""

import re
import sys
from collections.abc import Sequence
from typing import Final

_UNPRINTABLE: Final = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\xa0\xad\u061c\u115f\u1160\u1680\u180e\u2000-\u200b\u200e\u200f\u2028-\u202f"
    "\u205f-\u2064\u2066-\u2069\u3164\uffa0\ud800-\udfff\ufeff\U000e0000-\U000e007f]"
)
"""What has an effect on the text around it, and what looks like a blank or like nothing at all."""

_ESCAPE: Final = re.compile(r"\\u([0-9a-f]{4})|\\U([0-9a-f]{8})")
_SHORT: Final = 0xFFFF


def escape_text(text: str) -> str:
    """Escape control, bidirectional and invisible characters of foreign text, and put it on one line.

    None of them has an effect, and all are visible. Backslashes are doubled if there is such an escape, or
    text that looks like one: different texts never look alike, and ordinary backslashes stay as they are.
    """
    if text.isascii() and text.isprintable() and "\\u" not in text and "\\U" not in text:
        return text
    ambiguous = _UNPRINTABLE.search(text) or any(_is_escape(match) for match in _ESCAPE.finditer(text))
    return escape_controls(text.replace("\\", "\\\\") if ambiguous else text)


def escape_controls(text: str) -> str:
    """Escape the same characters in text whose own backslashes are doubled already, such as JSON."""
    return _UNPRINTABLE.sub(lambda match: _escape(ord(match[0])), text)


def _escape(number: int) -> str:
    return f"\\u{number:04x}" if number <= _SHORT else f"\\U{number:08x}"


def _is_escape(match: re.Match[str]) -> bool:
    number = int(match[1] or match[2], 16)
    return number <= sys.maxunicode and _UNPRINTABLE.fullmatch(chr(number)) is not None


def plural(number: int, noun: str) -> str:
    """Return a number and its noun, with a plural `s` unless the number is 1."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def join_first(words: Sequence[str], limit: int) -> str:
    """Join the first words with commas and count the others: `a, b and 9 more`."""
    more = f" and {len(words) - limit:,} more" if len(words) > limit else ""
    return f"{', '.join(words[:limit])}{more}"


def short_id(commit: str) -> str:
    """Return the abbreviated id of a commit."""
    return commit[:7]
