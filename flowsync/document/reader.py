"""Parse the YAML text of a document within limits: any notation, but no ambiguous meaning."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import yaml

from flowsync.errors import CanonicalError
from flowsync.flow.canonical import FORMAT
from flowsync.flow.printable import quote_name
from flowsync.flow.values import (
    MAX_DEPTH,
    MAX_DIGITS,
    MAX_NODES,
    Record,
    Value,
    check_limits,
    check_size,
    number,
)

Steps: TypeAlias = tuple[str | int, ...]
"""The keys and indexes that lead from a document's root to a value."""

_Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_WORDS: Final[Mapping[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)", re.ASCII)
_FLOAT: Final = re.compile(r"(?:[-+]?(?:0|[1-9][0-9]*)\.[0-9]*|\.[0-9]+)(?:[eE][-+][0-9]+)?", re.ASCII)
_AMBIGUOUS: Final = re.compile(
    r"""[-+]?\.(?:inf|nan)|=|<<|y|n|yes|no|on|off
    |[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?
    |[-+]?0[box][0-9a-f_]+
    |[-+]?\.[0-9][0-9_]*(?:e[-+]?[0-9]+)?
    |[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?(?:e[-+]?[0-9]+)?""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
"""Plain text that YAML 1.1 and 1.2 may read as different values; a reader that guesses is wrong for one."""
_LINE_ENDS_OF_YAML_1_1: Final = re.compile("[\x85\u2028\u2029]")
_NOT_YAML: Final = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_CONFLICT: Final = re.compile(r"^<{7} ", re.MULTILINE)
_ESCAPE: Final = "write it as an escape in double quotes"
_RESOLVE: Final = "resolve the conflict in this file, then run git add on it"
_START: Final = "start a document with the lines `format: 1` and `flowId: ID`"
_CONVERT: Final = "to convert an export: flowsync fmt - --flow-id ID < FILE"


@dataclass(frozen=True)
class Source:
    """A document as written in its file; `lines` contains the 1-based line of every value, by its steps."""

    document: Record
    lines: Mapping[Steps, int] = field(repr=False)


def parse(text: str) -> Record:
    """Parse a canonical or hand-edited text, in the text's own order (see `normalize`).

    Raises CanonicalError, with the line, for anything that is not a document: other formats, aliases, tags,
    duplicate keys, several documents, and everything that exceeds a limit.
    """
    return _document(parse_yaml(text), text)


def parse_source(text: str) -> Source:
    """Parse as `parse` does, with the line of every value, for messages that point into the file."""
    value, lines = parse_yaml_lines(text)
    return Source(_document(value, text), lines)


def parse_yaml(text: str) -> Value:
    """Parse any single YAML document, under the same limits and rules as a flow's."""
    return _value(text, None)


def parse_yaml_lines(text: str) -> tuple[Value, Mapping[Steps, int]]:
    """Parse as `parse_yaml` does, with the 1-based line of every value by its steps."""
    lines: dict[Steps, int] = {}
    return _value(text, lines), lines


def _document(document: Value, text: str) -> Record:
    """Return the value of a text; raise CanonicalError if it does not have the header of a document."""
    if not isinstance(document, dict):
        raise CanonicalError("a document is a mapping", line=1, hint=_START)
    written = document.get("format")
    if type(written) is not int or written < FORMAT:
        is_json = text.lstrip().startswith("{")
        raise CanonicalError(
            "JSON, as an export is; expected a document with `format: 1` at the top"
            if is_json
            else "no `format: 1` at the top: not a flowsync document",
            line=1,
            hint=_CONVERT if is_json else _START,
        )
    if written > FORMAT:
        raise CanonicalError(
            f"format {written} was written by a newer flowsync; this one knows {FORMAT}",
            line=parse_yaml_lines(text)[1].get(("format",)),
            hint="upgrade flowsync",
        )
    flow_id = document.get("flowId")
    if "flowId" in document and type(flow_id) is not int:
        raise CanonicalError(
            f"flowId is not an integer: {flow_id!r}", line=parse_yaml_lines(text)[1].get(("flowId",))
        )
    return document


def _value(text: str, lines: dict[Steps, int] | None) -> Value:
    _check_text(text)
    try:
        value = _EventReader(yaml.parse(text, Loader=_Loader), lines).document()
    except yaml.YAMLError as exc:
        raise _yaml_error(text, exc) from exc
    check_limits(value)
    return value


def _yaml_error(text: str, error: yaml.YAMLError) -> CanonicalError:
    conflict = _CONFLICT.search(text)
    if conflict:
        return CanonicalError("git's conflict markers", line=_line_at(text, conflict), hint=_RESOLVE)
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        return CanonicalError(f"not YAML: {error.problem}", line=mark.line + 1 if mark else None)
    character = _NOT_YAML.search(text)
    if character:
        what = f"not YAML: the character U+{ord(character[0]):04X} is not allowed"
        return CanonicalError(what, line=_line_at(text, character), hint=_ESCAPE)
    return CanonicalError(f"not YAML: {str(error).splitlines()[0]}")


def _line_at(text: str, place: re.Match[str]) -> int:
    return text.count("\n", 0, place.start()) + 1


def _check_text(text: str) -> None:
    check_size(text)
    if text.isascii():
        return
    check_limits(text)
    end = _LINE_ENDS_OF_YAML_1_1.search(text)
    if end:
        raise CanonicalError(
            f"readers of YAML disagree about U+{ord(end[0]):04X}",
            line=_line_at(text, end),
            hint=_ESCAPE,
        )


class _EventReader:
    """One pass over a parser's events: each is checked before anything is built from it."""

    def __init__(self, events: Iterator[yaml.Event], lines: dict[Steps, int] | None) -> None:
        self._events = events
        self._lines = lines
        self._nodes = 0

    def document(self) -> Value:
        next(self._events)  # the start of the stream
        start = next(self._events)
        if not isinstance(start, yaml.DocumentStartEvent):
            raise CanonicalError("the text is empty", line=1)
        value = self._node(next(self._events), ())
        next(self._events)  # the end of the document
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise CanonicalError("more than one document in one text", line=_line(after))
        return value

    def _node(self, event: yaml.Event, steps: Steps) -> Value:
        self._check(event, steps)
        if self._lines is not None:
            self._lines[steps] = _line(event)
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(steps)
        return self._sequence(steps)

    def _check(self, event: yaml.Event, steps: Steps) -> None:
        self._nodes += 1
        if self._nodes > 2 * MAX_NODES:  # keys are nodes too
            raise CanonicalError(f"more than {MAX_NODES:,} values", line=_line(event))
        if len(steps) > MAX_DEPTH:
            raise CanonicalError(f"nested deeper than {MAX_DEPTH} levels", line=_line(event))
        if getattr(event, "anchor", None):  # an alias names one too
            raise CanonicalError("anchors and aliases are not used in documents", line=_line(event))
        tag = getattr(event, "tag", None)
        if tag:
            raise CanonicalError(f"tags are not used in documents: {tag}", line=_line(event))

    def _mapping(self, steps: Steps) -> Record:
        mapping: Record = {}
        for event in self._until(yaml.MappingEndEvent):
            key = self._key(event, steps)
            if key in mapping:
                raise CanonicalError(
                    f"the key {quote_name(key)} occurs twice", line=_line(event), hint="remove one of the two"
                )
            mapping[key] = self._node(next(self._events), (*steps, key))
        return mapping

    def _key(self, event: yaml.Event, steps: Steps) -> str:
        self._check(event, steps)
        key = _scalar(event) if isinstance(event, yaml.ScalarEvent) else None
        if not isinstance(key, str):
            raise CanonicalError("a key is not text; write it in quotes", line=_line(event))
        return key

    def _sequence(self, steps: Steps) -> list[Value]:
        items: list[Value] = []
        for event in self._until(yaml.SequenceEndEvent):
            items.append(self._node(event, (*steps, len(items))))
        return items

    def _until(self, end: type[yaml.Event]) -> Iterator[yaml.Event]:
        for event in self._events:
            if isinstance(event, end):
                return
            yield event


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _scalar(event: yaml.ScalarEvent) -> Value:
    text: str = event.value
    if not event.implicit[0]:  # quoted or a block
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        if len(text.lstrip("+-")) > MAX_DIGITS:
            raise CanonicalError(f"an integer of more than {MAX_DIGITS:,} digits", line=_line(event))
        return int(text)
    if _FLOAT.fullmatch(text):
        return number(float(text))
    if _AMBIGUOUS.fullmatch(text):
        raise CanonicalError(
            f"readers of YAML disagree about {text!r}", line=_line(event), hint="write it in quotes"
        )
    return text
