"""Foreign text made safe to print on one line."""

import re
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final
from unicodedata import category, is_normalized, normalize
from unicodedata import name as character_name

_UNPRINTABLE: Final = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\xa0\xad\u061c\u115f\u1160\u1680\u180e\u2000-\u200b\u200e\u200f\u2028-\u202f"
    "\u205f-\u2064\u2066-\u2069\u3164\uffa0\ud800-\udfff\ufeff\U000e0000-\U000e007f]"
)
"""What has an effect on the text around it, and what looks like a blank or like nothing at all."""

_ESCAPE: Final = re.compile(r"\\u([0-9a-f]{4})|\\U([0-9a-f]{8})")
_SHORT: Final = 0xFFFF

_PLAIN_NAME: Final = re.compile(r"[!#-\[\]-~][!-\[\]-~]*(?: [!-\[\]-~]+)*")
"""ASCII names that are printed as they are, without a further look."""

_LOOKS_EMPTY: Final = frozenset(
    "\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u2d7f\u3164\uffa0\U0001107f\U00016fe4\U0001d159"
)
"""Letters, marks and symbols without a visible form."""

_LETTERS: Final = re.compile(r"[^\W\d_]+")
_LIKE_LATIN: Final = frozenset({"CYRILLIC", "GREEK", "COPTIC", "ARMENIAN", "CHEROKEE"})
_LATIN_SHAPES: Final = frozenset(
    # a e o p c y x s i j h d q w, A B E K M H O P C T Y X S I J, o v A B E Z H I K M N O P T Y X
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0455\u0456\u0458\u04bb\u0501\u051b\u051d"
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0405\u0406\u0408"
    "\u03bf\u03bd\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
)
"""Cyrillic and Greek letters that look like Latin ones."""

_NOT_ASCII: Final = re.compile("[^\x00-\x7f]")
_DASHES: Final = frozenset("\u2010\u2011\u2012\u2013\u2014\u2015\u2212")
_ASCII: Final = re.compile("[!-~]")

_CJK: Final = re.compile("[\u3041-\u30ff\u3105-\u312f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]")
_USED_IN_CJK: Final = re.compile(
    "[\xb2\xb3\xbc-\xbe\u2014\u2015\u2026\u2103\u2460-\u2473\u3380-\u33dd"
    "\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff5e]"
)
"""Full-width punctuation, long dashes, circled numbers and units, ordinary in a name with CJK letters."""


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


def printable_name(name: str) -> str:
    """Return an ordinary name as it is, any other one in quotes and with escapes: no two names look alike.

    A name is not ordinary if it is empty, starts or ends with a blank, starts with a quote, contains text
    that looks like an escape, is not in NFC, or contains a deceptive character: a second blank in a row, any
    other kind of blank, an invisible or control character, a mark that is not directly after a letter or
    another mark of its own script, a Cyrillic, Greek or similar letter that could be taken for a Latin
    one (in a word with Latin letters, or in a name where all such letters look like Latin ones), a dash other
    than `-`, or a form of ASCII characters such as full-width letters and Roman numerals.
    """
    if _PLAIN_NAME.fullmatch(name):
        return name
    pairs = enumerate(pairwise(f"\0{name}"))
    deceptive = {place for place, pair in pairs if _is_deceptive(*pair)}
    deceptive.update(_mixed_letters(name), _ascii_forms(name))
    has_plain_ends = name.strip(" ") == name != "" and not name.startswith('"')
    if has_plain_ends and not deceptive and not _ESCAPE.search(name) and is_normalized("NFC", name):
        return name
    quoted = "".join(
        _escape(ord(character)) if place in deceptive else _IN_QUOTES.get(character, character)
        for place, character in enumerate(name)
    )
    if not is_normalized("NFC", quoted):
        quoted = _NOT_ASCII.sub(lambda match: _escape(ord(match[0])), quoted)
    return f'"{quoted}"'


def quote_name(name: str) -> str:
    """Return a name in quotes, for a message: no two names look alike."""
    printed = printable_name(name)
    return repr(name) if printed == name or not name else printed


_IN_QUOTES: Final = {'"': '\\"', "\\": "\\\\"}


def _is_deceptive(before: str, character: str) -> bool:
    """Return whether a character could be overlooked, or taken for another one, after the one before it."""
    if not character.isprintable() or character in _LOOKS_EMPTY:
        return True
    if category(character).startswith("M"):
        return before == character or _script(before) != _script(character)
    return before == character == " "


def _mixed_letters(name: str) -> Iterator[int]:
    letters = [place for place, character in enumerate(name) if _script(character) in _LIKE_LATIN]
    if all(name[place] in _LATIN_SHAPES for place in letters):
        yield from letters
    for word in _LETTERS.finditer(name):
        scripts = [*map(_script, word[0])]
        if "LATIN" in scripts:
            yield from (word.start() + at for at, script in enumerate(scripts) if script in _LIKE_LATIN)


def _ascii_forms(name: str) -> Iterator[int]:
    """Yield the places of dashes, and of characters whose NFKC form has ASCII characters."""
    is_cjk = _CJK.search(name) is not None
    for place, character in enumerate(name):
        if character.isascii() or (is_cjk and _USED_IN_CJK.fullmatch(character)):
            continue
        if character in _DASHES or _ASCII.search(normalize("NFKC", character)):
            yield place


def _script(character: str) -> str:
    """Return the script of a letter or mark, which is the first word of its Unicode name."""
    return character_name(character, "").partition(" ")[0]


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


def shorten(text: str, longest: int) -> str:
    """Cut a text to so many characters, with an ellipsis at its end."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def short_id(commit: str) -> str:
    """Return the abbreviated id of a commit."""
    return commit[:7]
