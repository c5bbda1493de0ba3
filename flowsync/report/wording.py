"""Words and safe text that all formats share."""

import re
from collections.abc import Sequence
from typing import Final

from flowsync.diff.verdicts import Comparison, Verdict

_UNPRINTABLE: Final = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
)


_ESCAPE: Final = re.compile(r"\\u([0-9a-f]{4})")


def printable(text: str) -> str:
    """Foreign text on one line: control and bidirectional characters as escapes, so none has an effect.

    Backslashes are doubled where there is such an escape, or text that looks like one: different texts
    never look alike, and ordinary backslashes stay as they are.
    """
    if text.isprintable() and "\\u" not in text:
        return text
    ambiguous = _UNPRINTABLE.search(text) or any(_is_escape(match) for match in _ESCAPE.finditer(text))
    return escaped(text.replace("\\", "\\\\") if ambiguous else text)


def escaped(text: str) -> str:
    """The same for text whose own backslashes are doubled already, like JSON."""
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _is_escape(match: re.Match[str]) -> bool:
    return _UNPRINTABLE.fullmatch(chr(int(match[1], 16))) is not None


def headline(*comparisons: Comparison) -> str:
    """The verdict line, with all counts; only a complete run without differences says "No changes"."""
    if len(comparisons) != 1:
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


_SHOWN: Final = (Verdict.CHANGED, Verdict.NEW, Verdict.MISSING, Verdict.UNKNOWN)
