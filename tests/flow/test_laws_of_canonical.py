from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies.disguise import disguise
from strategies.exports import Export, documents, exports, values, well_formed_exports
from strategies.meaning import as_sent, exact, meaning
from strategies.mutation import mutate

from flowsync.document.reader import parse
from flowsync.document.writer import dump
from flowsync.errors import CanonicalError
from flowsync.flow.canonical import canonicalize
from flowsync.flow.export import normalize, to_export
from flowsync.flow.values import Record

dice = st.builds(Random, st.integers(0, 2**32))


@given(document=documents())
def test_the_export_of_a_document_has_that_document(document: Record) -> None:
    assert exact(canonicalize(to_export(document), _flow_id(document))) == exact(document)


@given(document=documents())
def test_what_is_canonical_stays_as_it_is(document: Record) -> None:
    assert exact(normalize(document)) == exact(document)
    assert dump(normalize(parse(dump(document)))) == dump(document)


@given(export=exports(), dice=dice)
def test_a_disguise_leaves_the_bytes(export: Export, dice: Random) -> None:
    assert dump(canonicalize(disguise(export, dice), 1)) == dump(canonicalize(export, 1))


@given(export=exports(), dice=dice)
def test_a_disguise_leaves_the_meaning(export: Export, dice: Random) -> None:
    assert meaning(disguise(export, dice)) == meaning(export)


@given(export=exports(), dice=dice)
def test_bytes_differ_exactly_where_the_meaning_does(export: Export, dice: Random) -> None:
    mutant = mutate(export, dice)
    same_bytes = dump(canonicalize(mutant, 1)) == dump(canonicalize(export, 1))
    assert same_bytes == (meaning(mutant) == meaning(export))


@given(one=exports(), other=exports())
def test_two_exports_share_their_bytes_only_with_their_meaning(one: Export, other: Export) -> None:
    same_bytes = dump(canonicalize(one, 1)) == dump(canonicalize(other, 1))
    assert same_bytes == (meaning(one) == meaning(other))


def _round_trip(export: Export) -> Record:
    return to_export(parse(dump(canonicalize(export, 2924))))


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
    dump(canonicalize(export, 1))
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
        assert parse(dump(document)) == document


def _refusal_or_document(export: Export) -> tuple[CanonicalError | None, Record]:
    try:
        return None, canonicalize(export, 7)
    except CanonicalError as refusal:
        return refusal, {}


def _flow_id(document: Record) -> int | None:
    flow_id = document.get("flowId")
    assert flow_id is None or isinstance(flow_id, int)
    return flow_id
