from collections.abc import Callable
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies.disguise import disguised
from strategies.exports import Export, documents, exports, values, well_formed_exports
from strategies.meaning import as_sent, exact, meaning
from strategies.mutation import mutated
from strategies.readers import READERS
from strategies.texts import BIG, keys, texts

from flowsync.errors import CanonicalError
from flowsync.flow.canonical import canonical
from flowsync.flow.export import export_of, normalised
from flowsync.flow.reader import parse
from flowsync.flow.values import Record, plain
from flowsync.flow.writer import render

every_reader = pytest.mark.parametrize("load", READERS.values(), ids=READERS)
dice = st.builds(Random, st.integers(0, 2**32))


@every_reader
@given(document=documents())
def test_every_reader_reads_what_was_rendered(load: Callable[[str], Any], document: Record) -> None:
    assert exact(load(render(document))) == exact(document)


@every_reader
@given(text=texts())
def test_every_reader_reads_every_text_in_every_position(load: Callable[[str], Any], text: str) -> None:
    document: Record = {
        "format": 1,
        "cmd": text,
        "list": [text, [text, [text]], {"key": text}, {text: text}],
        "mapping": {text: {text: [text, {text: 1, "a" + text: text}]}},
    }
    assert exact(load(render(document))) == exact(document)


@every_reader
@given(key=keys(), value=values().map(plain), other=values().map(plain))
def test_every_reader_reads_every_value_below_every_key(
    load: Callable[[str], Any], key: str, value: Any, other: Any
) -> None:
    document: Record = {
        "format": 1,
        "list": [{key: value}, [{key: value, "z": other}], [[value], other]],
        "mapping": {key: {key: other, "a": value}},
    }
    assert exact(load(render(document))) == exact(document)


@every_reader
@pytest.mark.parametrize("script", BIG, ids=["one line", "trailing blanks", "CRLF", "Chinese"])
def test_every_reader_reads_scripts_of_100_kilobytes(load: Callable[[str], Any], script: str) -> None:
    document: Record = {"format": 1, "tasks": [{"cmd": script}]}
    assert load(render(document)) == document


def _every_kind_of_character() -> list[str]:
    places = (*range(0x300), *range(0x2000, 0x2070), *range(0xFDD0, 0xFDF0), *range(0xFE00, 0xFE10))
    edges = (0xD7FF, 0xE000, 0xFEFF, *range(0xFFF0, 0x10010), 0x1FFFE, 0x1FFFF, 0xE0001, 0x10FFFE, 0x10FFFF)
    return [chr(code) for code in (*places, *edges)]


@every_reader
def test_every_reader_reads_every_kind_of_character(load: Callable[[str], Any]) -> None:
    document: Record = {
        "format": 1,
        "list": [
            text
            for one in _every_kind_of_character()
            for text in (one, f"a{one}", f"{one}a", f"a{one}b\nc", f"a\n{one}b\n", f"a\n{one}")
        ],
        "mapping": {f"a{one}": one for one in _every_kind_of_character()},
    }
    assert exact(load(render(document))) == exact(document)


@given(document=documents())
def test_the_export_of_a_document_has_that_document(document: Record) -> None:
    assert exact(canonical(export_of(document), _flow_id(document))) == exact(document)


@given(document=documents())
def test_what_is_canonical_stays_as_it_is(document: Record) -> None:
    assert exact(normalised(document)) == exact(document)
    assert render(normalised(parse(render(document)))) == render(document)


@given(export=exports(), dice=dice)
def test_a_disguise_leaves_the_bytes(export: Export, dice: Random) -> None:
    assert render(canonical(disguised(export, dice), 1)) == render(canonical(export, 1))


@given(export=exports(), dice=dice)
def test_a_disguise_leaves_the_meaning(export: Export, dice: Random) -> None:
    assert meaning(disguised(export, dice)) == meaning(export)


@given(export=exports(), dice=dice)
def test_bytes_differ_exactly_where_the_meaning_does(export: Export, dice: Random) -> None:
    mutant = mutated(export, dice)
    same_bytes = render(canonical(mutant, 1)) == render(canonical(export, 1))
    assert same_bytes == (meaning(mutant) == meaning(export))


@given(one=exports(), other=exports())
def test_two_exports_share_their_bytes_only_with_their_meaning(one: Export, other: Export) -> None:
    same_bytes = render(canonical(one, 1)) == render(canonical(other, 1))
    assert same_bytes == (meaning(one) == meaning(other))


def _round_trip(export: Export) -> Record:
    return export_of(parse(render(canonical(export, 2924))))


@given(export=well_formed_exports())
def test_an_export_comes_back_as_it_was_sent(export: Export) -> None:
    assert as_sent(_round_trip(export)) == as_sent(export)


@pytest.mark.slow
@settings(max_examples=1_000)
@given(export=well_formed_exports())
def test_a_thousand_exports_come_back_as_they_were_sent(export: Export) -> None:
    assert as_sent(_round_trip(export)) == as_sent(export)


@given(export=exports())
def test_the_way_back_and_forth_keeps_the_meaning_of_anything(export: Export) -> None:
    assert meaning(_round_trip(export)) == meaning(export)


@given(export=exports())
def test_an_export_is_left_as_it_was(export: Export) -> None:
    before = exact(export)
    render(canonical(export, 1))
    assert exact(export) == before


@given(
    export=st.dictionaries(
        st.sampled_from(("tasks", "relations", "flowLinks", "owners", "parameters")), values()
    )
)
@example({"tasks": [None]})
@example({"flowLinks": {"0": {}}})
def test_junk_is_either_understood_or_refused_with_its_place(export: Export) -> None:
    refusal, document = _refusal_or_document(export)
    if refusal:
        assert refusal.flow_id == 7
        assert refusal.pointer.startswith(("/tasks", "/relations", "/flowLinks"))
    else:
        assert parse(render(document)) == document


def _refusal_or_document(export: Export) -> tuple[CanonicalError | None, Record]:
    try:
        return None, canonical(export, 7)
    except CanonicalError as refusal:
        return refusal, {}


@given(document=documents())
def test_text_is_utf_8_with_one_line_feed_at_its_end(document: Record) -> None:
    text = render(document)
    assert text.encode().decode() == text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert not set("\r\x85\u2028\u2029\ufeff\0\x7f") & set(text)


@given(document=documents())
def test_only_block_text_holds_tabs_and_trailing_blanks(document: Record) -> None:
    text = render(document)
    tokens = [
        token for token in yaml.scan(text) if isinstance(token, yaml.ScalarToken) and token.style == "|"
    ]
    block_lines = {line for token in tokens for line in range(token.start_mark.line + 1, token.end_mark.line)}
    for number, line in enumerate(text.split("\n")):
        if number not in block_lines:
            assert "\t" not in line
            assert line == line.rstrip(" ")


def _flow_id(document: Record) -> int | None:
    flow_id = document.get("flowId")
    assert flow_id is None or isinstance(flow_id, int)
    return flow_id
