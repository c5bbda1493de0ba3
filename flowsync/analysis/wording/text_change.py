"""What is said of a changed text of several lines, without comparing line by line."""

from collections import Counter
from typing import Final


def body_change(before: str, after: str) -> str:
    """How many lines came and went, or that only line ends did; empty for texts of one line.

    Lines are counted, not aligned: linear, and right for what it says, as a line that only moved has neither
    come nor gone.
    """
    if _normalised(before) == _normalised(after):
        return _line_ends(before, after)
    ends = tuple(map(_kinds, (before, after)))
    converted = ends[0] != ends[1] and _ONE_KIND.issuperset(ends)
    sides = map(_normalised, (before, after)) if converted else (before, after)
    was, becomes = map(_lines_of, sides)
    if max(len(was), len(becomes)) == 1:
        return ""
    came = (Counter(becomes) - Counter(was)).total()
    went = came + len(was) - len(becomes)
    told = f"{_counted(came, went)}{f' (had {len(was)})' if was else ''}" if came or went else _REORDERED
    return f"{told}, and all line ends: {ends[0]} → {ends[1]}" if converted else told


_ONE_KIND: Final = frozenset({"CRLF", "CR", "LF"})
_REORDERED: Final = "lines in another order"


def _lines_of(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n") if text else []


def _counted(came: int, went: int) -> str:
    if came and went:
        return f"{came} {_lines(came)} added, {went} removed"
    return f"{came} {_lines(came)} added" if came else f"{went} {_lines(went)} removed"


def _lines(count: int) -> str:
    return "line" if count == 1 else "lines"


def _normalised(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")


def _line_ends(before: str, after: str) -> str:
    was, becomes = (_kinds(side) for side in (before, after))
    if was != becomes:
        return f"only its line ends: {was} → {becomes}"
    return "only its line ends" if "\r" in before + after else "only the line ends at its end"


def _kinds(text: str) -> str:
    crlf = text.count("\r\n")
    kinds = {"CRLF": crlf, "CR": text.count("\r") - crlf, "LF": text.count("\n") - crlf}
    return " and ".join(kind for kind, count in kinds.items() if count) or "none"
