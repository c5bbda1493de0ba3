"""Escape text for terminals, and commands to CI runners in text, markup and JSON."""

import re
from typing import Final

from flowsync.flow.printable import escape_controls


def escape_line(text: str) -> str:
    """Escape text that is a line by itself; text that is escaped already stays as it is."""
    return inert(escape_controls(text))


def escape_lines(text: str, *, is_coloured: bool = False) -> str:
    """Escape rendered text, but not its line ends and, if it is coloured, not its colours."""
    parts = (_LINE_END_OR_COLOUR if is_coloured else _LINE_END).split(text)
    parts[::2] = map(escape_controls, parts[::2])
    return inert("".join(parts))


def inert(text: str) -> str:
    """Escape lines of a log that a CI runner would obey as commands.

    GitHub's runner obeys `::name` after blanks, and like Azure's `##[name]` and `##vso[name` anywhere, in
    letters of either case.
    """
    return _without_commands(text, "\\u003a", "\\u0023")


def inert_markup(text: str) -> str:
    """Escape the same in HTML and XML, by character references."""
    return _without_commands(text, "&#58;", "&#35;")


def inert_json(text: str) -> str:
    """Escape the same in JSON, whose lines never start with colons."""
    return _HASHES.sub(r"#\\u0023", text)


def _without_commands(text: str, colon: str, hashes: str) -> str:
    if "::" not in text and "##" not in text:
        return text
    return _HASHES.sub(lambda _: f"#{hashes}", _COLONS.sub(lambda blanks: f"{blanks[1]}{colon}:", text))


_COLONS: Final = re.compile(r"^((?:[^\S\n]|\x1b\[[0-9;]*m)*)::", re.MULTILINE)


_HASHES: Final = re.compile(r"##(?=(?:vso)?\[[a-z][a-z.-]{3,}[\] ])", re.IGNORECASE)
_LINE_END: Final = re.compile(r"(\n)")
_LINE_END_OR_COLOUR: Final = re.compile(r"(\n|\x1b\[[0-9;]*m)")
