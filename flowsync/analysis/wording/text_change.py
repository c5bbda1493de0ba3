"""Describe the change of a text with several lines, without comparing line by line."""

from collections import Counter
from typing import Final

from flowsync.flow.printable import plural


def describe_text_change(label: str, before: str, after: str) -> str:
    """Count added and removed lines, or describe changed line ends; "" for texts of one line.

    Lines are counted, not aligned: the cost is linear, and a line that only moved is neither added nor
    removed.
    """
    if _normalize(before) == _normalize(after):
        return _describe_line_ends(label, before, after)
    ends = tuple(map(_kinds, (before, after)))
    converted = ends[0] != ends[1] and _ONE_KIND.issuperset(ends)
    sides = map(_normalize, (before, after)) if converted else (before, after)
    old, new = map(_lines_of, sides)
    if max(len(old), len(new)) == 1:
        return ""
    added = (Counter(new) - Counter(old)).total()
    removed = added + len(old) - len(new)
    described = (
        f"{_count_lines(added, removed)}{f' (had {len(old)})' if old else ''}"
        if added or removed
        else _REORDERED
    )
    described = f"{label} changed: {described}"
    return f"{described}, and all line ends: {ends[0]} → {ends[1]}" if converted else described


_ONE_KIND: Final = frozenset({"CRLF", "CR", "LF"})
_REORDERED: Final = "lines reordered"


def _lines_of(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n") if text else []


def _count_lines(added: int, removed: int) -> str:
    if added and removed:
        return f"{plural(added, 'line')} added, {removed:,} removed"
    return f"{plural(added, 'line')} added" if added else f"{plural(removed, 'line')} removed"


def _normalize(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")


def _describe_line_ends(label: str, before: str, after: str) -> str:
    if "\r" not in before + after:
        breaks = "line break" if abs(len(before) - len(after)) == 1 else "line breaks"
        return f"only the final {breaks} of the {label} changed"
    old, new = (_kinds(side) for side in (before, after))
    return f"{label} changed: only its line ends{'' if old == new else f': {old} → {new}'}"


def _kinds(text: str) -> str:
    crlf = text.count("\r\n")
    kinds = {"CRLF": crlf, "CR": text.count("\r") - crlf, "LF": text.count("\n") - crlf}
    return " and ".join(kind for kind, count in kinds.items() if count) or "none"
