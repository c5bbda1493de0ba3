"""Convert between text in git and documents, which is always UTF-8, and strings of the system's locale.

Bytes that are not UTF-8 become surrogates, and surrogates become these bytes again. Paths of flows, revisions
and arguments for git are text; a `Path` contains a string of the system.
"""

import os


def utf8(text: str) -> bytes:
    """Return the bytes of a text on disk and in git."""
    return text.encode("utf-8", "surrogateescape")


def from_utf8(data: bytes) -> str:
    """Return the text of bytes on disk or from git."""
    return data.decode("utf-8", "surrogateescape")


def for_system(text: str) -> str:
    """Return the string that the system turns into the UTF-8 of a text."""
    return os.fsdecode(utf8(text))


def from_system(string: str | bytes | os.PathLike[str]) -> str:
    """Return the text of a string from the system: a command-line argument or a file name."""
    return from_utf8(os.fsencode(string))
