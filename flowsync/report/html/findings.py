"""What explains a finding beside its sentence, as values for the templates."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, assert_never

from flowsync.analysis.comparison import FlowComparison
from flowsync.analysis.model import Finding
from flowsync.diff.model import Added, Change, Changed, Oversize, Rekeyed, Removed
from flowsync.flow.printable import escape_text, printable_name
from flowsync.flow.values import Value, json_text
from flowsync.graph.view import UNNAMED

_SHORT: Final = 60
_LONGEST: Final = 2_000


@dataclass(frozen=True, slots=True)
class OneValue:
    """The value that was added or removed; entries and lists are folded away below `summary`."""

    summary: str
    value: Value
    kind: Literal["entry", "value"]


@dataclass(frozen=True, slots=True)
class TwoValues:
    """A value before and after: as lines of a text, in one line, or side by side."""

    before: Value
    after: Value
    kind: Literal["lines", "inline", "pair"]


@dataclass(frozen=True, slots=True)
class Cascade:
    """Relations and links that changed only because their task did."""

    changes: tuple[Change, ...]
    kind: Literal["cascade"] = "cascade"


@dataclass(frozen=True, slots=True)
class TooLarge:
    """Two values that are too large to be compared in detail."""

    kind: Literal["too-large"] = "too-large"


Part: TypeAlias = OneValue | TwoValues | Cascade | TooLarge


def parts(finding: Finding) -> Iterator[Part]:
    """Return what the sentence of a finding leaves out of its change."""
    change = finding.change
    match change:
        case Added(_, value, follows):
            yield from _one_value("What was added", value, finding.sentence)
            yield from _cascade(follows)
        case Removed(_, value, follows):
            yield from _one_value("What was removed", value, finding.sentence)
            yield from _cascade(follows)
        case Changed(_, before, after):
            yield from _two_values(before, after, finding.sentence)
        case Rekeyed():
            yield from _cascade(change.cascaded)
        case Oversize():
            yield TooLarge()
        case _:
            assert_never(change)


def name_of(flow: FlowComparison) -> str:
    """Return the name of a flow, or that it has none."""
    return printable_name(flow.name) if flow.name else UNNAMED


def change_path(change: Change) -> str:
    """Return the path of a change, on both sides if they differ."""
    if isinstance(change, Rekeyed) and change.path != change.to:
        return f"{printable_name(change.path)} → {printable_name(change.to)}"
    return printable_name(change.path)


def cut(text: str) -> str:
    """Cut a long text and name its length."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"


def printable_lines(text: str) -> str:
    """Make each line of a text printable."""
    return "\n".join(map(escape_text, text.split("\n")))


def _one_value(summary: str, value: Value, sentence: str) -> Iterator[Part]:
    if isinstance(value, dict | list):
        if value:
            yield OneValue(summary, value, "entry")
    elif not _is_in(value, sentence):
        yield OneValue(summary, value, "value")


def _two_values(before: Value, after: Value, sentence: str) -> Iterator[Part]:
    if isinstance(before, str) and isinstance(after, str) and _are_lines(before, after, sentence):
        yield TwoValues(before, after, "lines")
    elif not (_is_in(before, sentence) and _is_in(after, sentence)):
        yield TwoValues(before, after, "inline" if _is_short(before) and _is_short(after) else "pair")


def _are_lines(before: str, after: str, sentence: str) -> bool:
    """Return whether two texts have several lines, or are too long for one line and not in the sentence."""
    if re.search(r"[\n\r]", before + after):
        return True
    is_described = _is_in(before, sentence) and _is_in(after, sentence)
    return not is_described and not (_is_short(before) and _is_short(after))


def _is_short(value: Value) -> bool:
    """Return whether the value and another one fit on one line."""
    return not isinstance(value, dict | list) and len(json_text(value)) <= _SHORT


def _is_in(value: Value, sentence: str) -> bool:
    """Return whether the sentence contains the whole value as a word of its own."""
    text = value if isinstance(value, str) else json_text(value)
    return bool(text) and re.search(rf"(?<![\w.-]){re.escape(text)}(?![\w.-])", sentence) is not None


def _cascade(changes: tuple[Change, ...]) -> Iterator[Part]:
    if changes:
        yield Cascade(changes)
