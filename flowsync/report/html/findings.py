"""Explanations of findings beyond their sentences, as values for the templates."""

import re
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias, assert_never

from flowsync.analysis.comparison import FlowComparison
from flowsync.analysis.model import Finding
from flowsync.diff.model import Added, Change, Changed, Oversize, Rekeyed, Removed
from flowsync.flow.printable import escape_text, printable_name
from flowsync.flow.values import Value, json_text
from flowsync.graph.view import UNNAMED

_SHORT: Final = 60
_LONGEST: Final = 2_000


Explanation: TypeAlias = Mapping[str, object]
"""Values that explain a finding; the template prints them according to `kind`."""


def explanations(finding: Finding) -> Iterator[Explanation]:
    """Yield what the sentence of a finding omits of its change."""
    change = finding.change
    match change:
        case Added(_, value):
            yield from _one_value("Added value", value, finding.sentence)
        case Removed(_, value):
            yield from _one_value("Removed value", value, finding.sentence)
        case Changed(_, before, after):
            yield from _two_values(before, after, finding.sentence)
        case Oversize():
            yield {"kind": "too-large"}
        case Rekeyed():
            pass
        case _:
            assert_never(change)
    if isinstance(change, Added | Removed | Rekeyed) and change.cascaded:
        yield {"kind": "cascade", "changes": change.cascaded}


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


def _one_value(summary: str, value: Value, sentence: str) -> Iterator[Explanation]:
    if isinstance(value, dict | list):
        if value:
            yield {"kind": "entry", "summary": summary, "value": value}
    elif not _is_in(value, sentence):
        yield {"kind": "value", "value": value}


def _two_values(before: Value, after: Value, sentence: str) -> Iterator[Explanation]:
    are_texts = isinstance(before, str) and isinstance(after, str)
    if are_texts and re.search(r"[\n\r]", f"{before}{after}"):
        kind = "lines"
    elif _is_in(before, sentence) and _is_in(after, sentence):
        return
    elif _is_short(before) and _is_short(after):
        kind = "inline"
    else:
        kind = "lines" if are_texts else "pair"
    yield {"kind": kind, "before": before, "after": after}


def _is_short(value: Value) -> bool:
    """Return whether the value and another one fit on one line."""
    return not isinstance(value, dict | list) and len(json_text(value)) <= _SHORT


def _is_in(value: Value, sentence: str) -> bool:
    """Return whether the sentence contains the whole value as a word of its own."""
    text = value if isinstance(value, str) else json_text(value)
    return bool(text) and re.search(rf"(?<![\w.-]){re.escape(text)}(?![\w.-])", sentence) is not None
