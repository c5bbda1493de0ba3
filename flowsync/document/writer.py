"""The YAML text of a document: one sequence of bytes for one value, whatever library reads it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from flowsync.flow.field_types import Struct
from flowsync.flow.fields import FLOW, LINK_RELATION
from flowsync.flow.links import AMBIGUOUS, TARGETS
from flowsync.flow.values import Record, Value, check_size

WRITER_VERSION: Final = 2
"""Changes with the bytes that equal documents get, never otherwise."""

_LONG_KEY: Final = 1_000

_PLAIN: Final = re.compile(
    r"[A-Za-z_/][A-Za-z0-9_./\-();=+*?,${}@%]*(?: [A-Za-z0-9_./\-();=+*?,${}@%]+)*", re.ASCII
)
_NO_TEXT: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""What some version of YAML reads as a boolean or null, in any case."""
_CRON: Final = re.compile(r"[0-9][0-9,\-*/]*(?: [0-9A-Z*?][0-9A-Z*?,\-/#]*){5,6}", re.ASCII)
_SPECIAL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_SPECIAL_IN_BLOCK: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_ESCAPED: Final = re.compile('["\\\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]')
_SOURCE_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
_SHORT_ESCAPES: Final = MappingProxyType({'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


@dataclass(frozen=True)
class _Layout:
    """What the field table knows about the keys of a mapping: plain ones, enum words, mappings below."""

    keys: frozenset[str] = frozenset()
    words: Mapping[str, Mapping[int | str, str]] = field(default_factory=dict)
    below: Mapping[str, "_Layout"] = field(default_factory=dict)


def _layout(struct: Struct) -> _Layout:
    return _Layout(
        keys=frozenset(struct.by_name),
        words={row.name: row.words for row in struct.fields if row.words},
        below={row.name: _layout(row.entries) for row in struct.fields if row.entries},
    )


def _document_layout() -> _Layout:
    flow = _layout(FLOW)
    target = _layout(LINK_RELATION)
    links = {key: _Layout(below={TARGETS: target}) for key in ("flowLinks", "taskLinks")}
    ambiguous = _Layout(below={**links, TARGETS: target})
    return _Layout(flow.keys, flow.words, {**flow.below, **links, AMBIGUOUS: ambiguous})


_UNKNOWN: Final = _Layout()
_DOCUMENT: Final = _document_layout()


def dump(document: Mapping[str, Value]) -> str:
    """Return the text of a document (format.md §2): LF only, one final LF, encodable as UTF-8.

    Raises CanonicalError for a text that is larger than a reader accepts.
    """
    lines: list[str] = []
    if document:
        _write_mapping(lines, document, _DOCUMENT, "", "")
    else:
        lines.append("{}")
    lines.append("")
    text = "\n".join(lines)
    check_size(text)
    return text


def _write_mapping(
    lines: list[str], mapping: Mapping[str, Value], layout: _Layout, lead: str, indent: str
) -> None:
    """`lead` opens the first line (a list's dash is in it), `indent` the others."""
    for key, value in mapping.items():
        name = key if key in layout.keys else _one_line(key)
        if len(name) > _LONG_KEY:
            lines.append(f"{lead}? {name}")
            _write_item(lines, value, layout.below.get(key, _UNKNOWN), f"{indent}: ", indent)
        elif type(value) is str:
            comment = _comment(layout.words[key], value) if key in layout.words else ""
            lines.append(f"{lead}{name}: {_scalar_text(value, indent)}{comment}")
        elif value and isinstance(value, (dict, list)):
            lines.append(f"{lead}{name}:")
            _write_block(lines, value, layout.below.get(key, _UNKNOWN), indent)
        else:
            comment = _comment(layout.words[key], value) if key in layout.words else ""
            lines.append(f"{lead}{name}: {_atom(value)}{comment}")
        lead = indent


def _write_block(lines: list[str], value: Record | list[Value], layout: _Layout, indent: str) -> None:
    if isinstance(value, dict):
        deeper = f"{indent}  "
        _write_mapping(lines, value, layout, deeper, deeper)
    else:
        _write_list(lines, value, layout, indent, indent)


def _write_list(lines: list[str], items: list[Value], layout: _Layout, lead: str, indent: str) -> None:
    for item in items:
        _write_item(lines, item, layout, f"{lead}- ", indent)
        lead = indent


def _write_item(lines: list[str], item: Value, layout: _Layout, lead: str, indent: str) -> None:
    """Write a value that starts on the line of its `- ` or `: `; further lines are indented by two."""
    if isinstance(item, str):
        lines.append(f"{lead}{_scalar_text(item, indent)}")
    elif isinstance(item, dict) and item:
        _write_mapping(lines, item, layout, lead, f"{indent}  ")
    elif isinstance(item, list) and item:
        _write_list(lines, item, layout, lead, f"{indent}  ")
    else:
        lines.append(f"{lead}{_atom(item)}")


def _comment(words: Mapping[int | str, str], value: Value) -> str:
    word = words.get(value) if type(value) is int or type(value) is str else None
    return f"  # {word}" if word else ""


def _atom(value: Value) -> str:
    """Return the text of a value that is not text and needs no line of its own."""
    if type(value) is int:
        return str(value)
    if isinstance(value, float):
        return _float_text(value)
    if value is None:
        return "null"
    if isinstance(value, (dict, list)):
        return "[]" if isinstance(value, list) else "{}"
    return "true" if value else "false"


def _float_text(value: float) -> str:
    mantissa, sign, exponent = repr(value).partition("e")
    return mantissa + ("" if "." in mantissa else ".0") + sign + exponent


def _scalar_text(text: str, indent: str) -> str:
    """Return the text of a scalar; a text block is indented by two more than `indent`."""
    if _PLAIN.fullmatch(text):
        return text if text.lower() not in _NO_TEXT else f"'{text}'"
    if "\n" in text or "\r" in text:
        return _multi_line(text, f"{indent}  ")
    return _one_line(text)


def _one_line(text: str) -> str:
    if _CRON.fullmatch(text) or (_PLAIN.fullmatch(text) and text.lower() not in _NO_TEXT):
        return text
    if _SPECIAL.search(text):
        return _double_quote(text)
    return "'" + text.replace("'", "''") + "'"


def _multi_line(text: str, indent: str) -> str:
    if text.endswith("\n\n") or not text.strip("\n") or _SPECIAL_IN_BLOCK.search(text):
        return _quote_lines(text, indent)
    if _needs_indicator(text) and not text.removesuffix("\n").rpartition("\n")[2].strip(" \t"):
        return _quote_lines(text, indent)  # a widespread reader loses a last line of blanks in such a block
    return _literal_block(text, indent)


def _needs_indicator(text: str) -> bool:
    """Return whether the first line that is not empty starts with a blank."""
    return text.lstrip("\n")[0] in " \t"


def _literal_block(text: str, indent: str) -> str:
    clipped = text.endswith("\n")
    body = text[:-1] if clipped else text
    indicator = "2" if _needs_indicator(text) else ""
    head = f"|{indicator}" if clipped else f"|{indicator}-"
    return "\n".join([head, *(f"{indent}{line}" if line else "" for line in body.split("\n"))])


def _quote_lines(text: str, indent: str) -> str:
    """Return a double-quoted scalar with an escaped line break after every source line but the last."""
    first, *others = (_ESCAPED.sub(_escape, line) for line in _SOURCE_LINE.findall(text))
    return '"' + f"\\\n{indent}".join([first, *(_preserve_blank(line) for line in others)]) + '"'


def _preserve_blank(line: str) -> str:
    return f"\\{line}" if line.startswith(" ") else line


def _double_quote(text: str) -> str:
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    short = _SHORT_ESCAPES.get(character)
    if short:
        return short
    code = ord(character)
    return f"\\x{code:02X}" if code <= 0xFF else f"\\u{code:04X}"  # noqa: PLR2004  # the last of Latin-1
