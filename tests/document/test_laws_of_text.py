from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import given
from strategies.exports import documents, values
from strategies.meaning import exact
from strategies.readers import READERS
from strategies.texts import BIG, keys, texts

from flowsync.document.writer import dump
from flowsync.flow.values import Record, plain

every_reader = pytest.mark.parametrize("load", READERS.values(), ids=READERS)


@every_reader
@given(document=documents())
def test_every_reader_reads_dumped_documents(load: Callable[[str], Any], document: Record) -> None:
    assert exact(load(dump(document))) == exact(document)


@every_reader
@given(text=texts())
def test_every_reader_reads_any_text_in_any_position(load: Callable[[str], Any], text: str) -> None:
    document: Record = {
        "format": 1,
        "cmd": text,
        "list": [text, [text, [text]], {"key": text}, {text: text}],
        "mapping": {text: {text: [text, {text: 1, "a" + text: text}]}},
    }
    assert exact(load(dump(document))) == exact(document)


@every_reader
@given(key=keys(), value=values().map(plain), other=values().map(plain))
def test_every_reader_reads_any_value_under_any_key(
    load: Callable[[str], Any], key: str, value: Any, other: Any
) -> None:
    document: Record = {
        "format": 1,
        "list": [{key: value}, [{key: value, "z": other}], [[value], other]],
        "mapping": {key: {key: other, "a": value}},
    }
    assert exact(load(dump(document))) == exact(document)


@every_reader
@pytest.mark.parametrize("script", BIG, ids=["one line", "trailing blanks", "CRLF", "Chinese"])
def test_every_reader_reads_large_scripts(load: Callable[[str], Any], script: str) -> None:
    document: Record = {"format": 1, "tasks": [{"cmd": script}]}
    assert load(dump(document)) == document


def _all_kinds_of_characters() -> list[str]:
    places = (*range(0x300), *range(0x2000, 0x2070), *range(0xFDD0, 0xFDF0), *range(0xFE00, 0xFE10))
    edges = (0xD7FF, 0xE000, 0xFEFF, *range(0xFFF0, 0x10010), 0x1FFFE, 0x1FFFF, 0xE0001, 0x10FFFE, 0x10FFFF)
    return [chr(code) for code in (*places, *edges)]


@every_reader
def test_every_reader_reads_all_kinds_of_characters(load: Callable[[str], Any]) -> None:
    document: Record = {
        "format": 1,
        "list": [
            text
            for one in _all_kinds_of_characters()
            for text in (one, f"a{one}", f"{one}a", f"a{one}b\nc", f"a\n{one}b\n", f"a\n{one}")
        ],
        "mapping": {f"a{one}": one for one in _all_kinds_of_characters()},
    }
    assert exact(load(dump(document))) == exact(document)


@given(document=documents())
def test_text_is_utf_8_with_one_final_line_feed(document: Record) -> None:
    text = dump(document)
    assert text.encode().decode() == text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert not set("\r\x85\u2028\u2029\ufeff\0\x7f") & set(text)


@given(document=documents())
def test_tabs_and_trailing_blanks_occur_only_in_blocks(document: Record) -> None:
    text = dump(document)
    tokens = [
        token for token in yaml.scan(text) if isinstance(token, yaml.ScalarToken) and token.style == "|"
    ]
    block_lines = {line for token in tokens for line in range(token.start_mark.line + 1, token.end_mark.line)}
    for number, line in enumerate(text.split("\n")):
        if number not in block_lines:
            assert "\t" not in line
            assert line == line.rstrip(" ")
