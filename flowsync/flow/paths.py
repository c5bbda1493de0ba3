"""Paths inside a document: like JSON Pointer, but a step into an identified list names the entry."""

from collections.abc import Iterable, Sequence

from flowsync.flow.values import Record, json_text


def key_step(key: str) -> str:
    """Return one step into a mapping."""
    return key.replace("~", "~0").replace("/", "~1")


def entry_step(entry: Record, identity: Sequence[str], number: int | None = None) -> str:
    """Return one step into an identified list; `number` (from 1) distinguishes equal identities."""
    named = ",".join([_identity_part(entry, key) for key in identity])
    return named if number is None else f"{named}~#{number}"


def path(steps: Iterable[str]) -> str:
    """Join steps to a path; the empty path is the document itself."""
    return "".join(f"/{step}" for step in steps)


def _identity_part(entry: Record, key: str) -> str:
    """Return text after `=`, any other value as JSON after `~`: 1 and "1" are two identities."""
    if key not in entry:
        return f"{key}~missing"
    value = entry[key]
    return f"{key}={_escape(value)}" if isinstance(value, str) else f"{key}~{_escape(json_text(value))}"


def _escape(text: str) -> str:
    return text.replace("~", "~0").replace("/", "~1").replace("=", "~2").replace(",", "~3")
