"""Escape commands to CI runners in text, markup and JSON."""

import re
from typing import Final

from flowsync.flow.printable import escape_controls as escape_controls  # noqa: PLC0414  # formats take it from here
from flowsync.flow.printable import escape_text as escape_text  # noqa: PLC0414


def inert(text: str) -> str:
    """Text for a log that CI runs read: no line of it is a command to them, whatever a task's command holds.

    GitHub's runner obeys `::name` behind blanks, and like Azure's `##[name]` and `##vso[name` in any place,
    in letters of either case.
    """
    return _without_commands(text, "\\u003a", "\\u0023")


def inert_markup(text: str) -> str:
    """The same for HTML and XML, which mean what they meant."""
    return _without_commands(text, "&#58;", "&#35;")


def inert_json(text: str) -> str:
    """The same for a JSON text, whose lines begin with no colons."""
    return _HASHES.sub(r"#\\u0023", text)


def _without_commands(text: str, colon: str, hashes: str) -> str:
    if "::" not in text and "##" not in text:
        return text
    return _HASHES.sub(lambda _: f"#{hashes}", _COLONS.sub(lambda blanks: f"{blanks[1]}{colon}:", text))


_COLONS: Final = re.compile(r"^((?:[^\S\n]|\x1b\[[0-9;]*m)*)::", re.MULTILINE)


_HASHES: Final = re.compile(r"##(?=(?:vso)?\[[a-z][a-z.-]{3,}[\] ])", re.IGNORECASE)
