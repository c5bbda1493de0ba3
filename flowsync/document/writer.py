"""The YAML text of a document: one sequence of bytes for one value, whatever library reads it."""

import re
from collections.abc import Mapping
from typing import Final

from flowsync.flow.field_types import Field
from flowsync.flow.schema import DOCUMENT
from flowsync.flow.values import Value, check_size

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
_SHORT_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_UNKNOWN: Final[Mapping[str, Field]] = {}


def dump(document: Mapping[str, Value]) -> str:
    """Return the text of a document (format.md §2): LF only, one final LF, encodable as UTF-8.

    Raises CanonicalError for a text that is larger than a reader accepts.
    """
    lines: list[str] = [] if document else ["{}"]
    _write_mapping(lines, document, DOCUMENT.by_name, "", "")
    lines.append("")
    text = "\n".join(lines)
    check_size(text)
    return text


def _write_mapping(
    lines: list[str], mapping: Mapping[str, Value], rows: Mapping[str, Field], lead: str, indent: str
) -> None:
    """Write a mapping; `lead` starts the first line (it contains a list's dash), `indent` the others."""
    for key, value in mapping.items():
        row = rows.get(key)
        name = key if row else _text(key, None)
        if len(name) > _LONG_KEY:
            lines.append(f"{lead}? {name}")
            _write_item(lines, value, _rows_below(row), f"{indent}: ", indent)
        elif type(value) is str or not value or not isinstance(value, (dict, list)):
            text = _text(value, indent) if type(value) is str else _number_or_word(value)
            comment = _comment(row.words, value) if row and row.words else ""
            lines.append(f"{lead}{name}: {text}{comment}")
        else:
            lines.append(f"{lead}{name}:")
            if isinstance(value, dict):
                _write_mapping(lines, value, _rows_below(row), f"{indent}  ", f"{indent}  ")
            else:
                _write_list(lines, value, _rows_below(row), indent, indent)
        lead = indent


def _rows_below(row: Field | None) -> Mapping[str, Field]:
    return row.entries.by_name if row and row.entries else _UNKNOWN


def _write_list(
    lines: list[str], items: list[Value], rows: Mapping[str, Field], lead: str, indent: str
) -> None:
    for item in items:
        _write_item(lines, item, rows, f"{lead}- ", indent)
        lead = indent


def _write_item(lines: list[str], item: Value, rows: Mapping[str, Field], lead: str, indent: str) -> None:
    """Write a value that starts on the line of its `- ` or `: `; further lines are indented by two."""
    if isinstance(item, dict) and item:
        _write_mapping(lines, item, rows, lead, f"{indent}  ")
    elif isinstance(item, list) and item:
        _write_list(lines, item, rows, lead, f"{indent}  ")
    else:
        text = _text(item, indent) if isinstance(item, str) else _number_or_word(item)
        lines.append(f"{lead}{text}")


def _comment(words: Mapping[int | str, str], value: Value) -> str:
    word = words.get(value) if type(value) is int or type(value) is str else None
    return f"  # {word}" if word else ""


def _number_or_word(value: Value) -> str:
    """Return the text of a value that is not text: a number, a word, or an empty list or mapping."""
    if type(value) is int:
        return str(value)
    if not isinstance(value, float):
        return "null" if value is None else str(value).lower()  # also "true", "[]" and "{}"
    mantissa, sign, exponent = repr(value).partition("e")
    return mantissa + ("" if "." in mantissa else ".0") + sign + exponent


def _text(text: str, indent: str | None) -> str:
    """Return a text as a scalar: a block is indented by two more; a key (`indent` is None) is on one line."""
    if _PLAIN.fullmatch(text):
        return text if text.lower() not in _NO_TEXT else f"'{text}'"
    if indent is not None and ("\n" in text or "\r" in text):
        return _multi_line(text, f"{indent}  ")
    if _CRON.fullmatch(text):
        return text
    return _double_quote(text) if _SPECIAL.search(text) else "'" + text.replace("'", "''") + "'"


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
    code = f"\\x{ord(character):02X}" if character <= "\xff" else f"\\u{ord(character):04X}"
    return _SHORT_ESCAPES.get(character, code)
