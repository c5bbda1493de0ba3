"""Words and safe text that all formats share."""

import re
from collections.abc import Sequence
from typing import Final

from flowsync.diff.verdicts import Comparison, Verdict
from flowsync.flow.printable import escaped as escaped  # noqa: PLC0414  # formats take it from here
from flowsync.flow.printable import printable as printable  # noqa: PLC0414


def headline(*comparisons: Comparison) -> str:
    """The verdict line, with all counts; only a complete run without differences says "No changes"."""
    if len(comparisons) != 1 or comparisons[0].commit:
        return _history(comparisons)
    (comparison,) = comparisons
    checked = f"({counted(comparison.checked, 'flow')} checked)"
    if not comparison.differs and comparison.is_complete:
        return f"No changes {checked}"
    counts = comparison.counts
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in _SHOWN) + f" {checked}"


def _history(comparisons: Sequence[Comparison]) -> str:
    flows = {flow.key for comparison in comparisons for flow in comparison.flows}
    unknown = sum(comparison.counts[Verdict.UNKNOWN] for comparison in comparisons)
    missed = f", {unknown} unknown" if unknown else ""
    return f"{counted(len(comparisons), 'commit')} changed {counted(len(flows), 'flow')}{missed}"


def impact_counts(comparison: Comparison) -> str:
    """How many findings there are of each impact, the gravest first."""
    return ", ".join(f"{count} {impact}" for impact, count in comparison.impacts.items())


def counted(number: int, what: str) -> str:
    """A number of things, with its plural."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


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

_SHOWN: Final = (Verdict.CHANGED, Verdict.NEW, Verdict.MISSING, Verdict.UNKNOWN)
