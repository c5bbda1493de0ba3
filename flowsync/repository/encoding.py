"""Text as git and documents have it, UTF-8 always, and as this system has it, which follows the locale.

Bytes that are no UTF-8 pass through as surrogates, both ways. Paths of flows, revisions and what is told to
git are text; a `Path` is the system's.
"""

import os


def utf8(text: str) -> bytes:
    """The bytes that stand for a text on disk and in git."""
    return text.encode("utf-8", "surrogateescape")


def from_utf8(data: bytes) -> str:
    """The text that bytes on disk or of git stand for."""
    return data.decode("utf-8", "surrogateescape")


def for_system(text: str) -> str:
    """The string that reaches the system as the UTF-8 of a text."""
    return os.fsdecode(utf8(text))


def from_system(string: str | bytes | os.PathLike[str]) -> str:
    """The text behind a string that the system gave: a word of the command line, a name in a folder."""
    return from_utf8(os.fsencode(string))
