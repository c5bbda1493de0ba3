"""A run as workflow commands, which GitHub displays as annotations in the changed files."""

from collections.abc import Iterable, Iterator
from typing import Final

from flowsync.flow.printable import escape_text, plural
from flowsync.report.annotations import Annotation, list_annotations
from flowsync.report.headline import format_headline
from flowsync.report.result import RunResult
from flowsync.report.severity import Severity

MAX_ANNOTATIONS: Final = 10
"""GitHub displays so many of each level for one step, and silently drops the others."""

_LEVELS: Final = {
    Severity.FAILED: "error",
    Severity.UNKNOWN: "error",
    Severity.BREAKING: "error",
    Severity.BEHAVIOUR: "warning",
    Severity.COSMETIC: "notice",
}
_DATA: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def github(run: RunResult) -> str:
    """Return the first line of the report as a notice, then the most severe annotations of each level."""
    status = format_headline(*run.comparisons) if run.comparisons else "nothing was compared"
    first = f"::notice title={f'flowsync {run.command}'.translate(_PROPERTY)}::{status.translate(_DATA)}"
    commands = _commands(list_annotations(run, grouped=True), room=MAX_ANNOTATIONS - 2)
    return "".join(f"{line}\n" for line in (first, *commands))


def _commands(described: Iterable[Annotation], *, room: int) -> Iterator[str]:
    """Yield commands and a count of the others; `room` is the number of notices beside the first and last."""
    free = {"error": MAX_ANNOTATIONS, "warning": MAX_ANNOTATIONS, "notice": room}
    rest: dict[str, int] = dict.fromkeys(free, 0)
    for one in described:
        level = _LEVELS[one.severity]
        if free[level]:
            free[level] -= 1
            yield _command(level, one)
        else:
            rest[level] += 1
    if any(rest.values()):
        more = ", ".join(plural(count, level) for level, count in rest.items() if count)
        yield f"::notice title=flowsync::not shown here: {more} more"


def _command(level: str, annotation: Annotation) -> str:
    place = {"file": escape_text(annotation.file), "line": str(annotation.line)} if annotation.file else {}
    properties = {**place, "title": f"{annotation.title} ({annotation.rule})"}
    described = ",".join(f"{key}={value.translate(_PROPERTY)}" for key, value in properties.items())
    return f"::{level} {described}::{annotation.message.translate(_DATA)}"
