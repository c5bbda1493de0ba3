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
def test_canonical_form_of_exported_document_is_the_document(document: Record) -> None:
    assert exact(canonicalize(to_export(document), _flow_id(document))) == exact(document)


@given(document=documents())
def test_canonicalizing_twice_equals_once(document: Record) -> None:
    assert exact(normalize(document)) == exact(document)
    assert dump(normalize(parse(dump(document)))) == dump(document)


@given(export=exports(), dice=dice)
def test_disguised_export_has_same_bytes(export: Export, dice: Random) -> None:
    assert dump(canonicalize(disguise(export, dice), 1)) == dump(canonicalize(export, 1))


@given(export=exports(), dice=dice)
def test_disguised_export_has_same_meaning(export: Export, dice: Random) -> None:
    assert meaning(disguise(export, dice)) == meaning(export)


@given(export=exports(), dice=dice)
def test_bytes_differ_exactly_if_meaning_differs(export: Export, dice: Random) -> None:
    mutant = mutate(export, dice)
    same_bytes = dump(canonicalize(mutant, 1)) == dump(canonicalize(export, 1))
    assert same_bytes == (meaning(mutant) == meaning(export))


@given(one=exports(), other=exports())
def test_exports_with_equal_bytes_have_equal_meaning(one: Export, other: Export) -> None:
    same_bytes = dump(canonicalize(one, 1)) == dump(canonicalize(other, 1))
    assert same_bytes == (meaning(one) == meaning(other))


def _round_trip(export: Export) -> Record:
    return to_export(parse(dump(canonicalize(export, 2924))))


@given(export=well_formed_exports())
def test_export_survives_round_trip(export: Export) -> None:
    assert as_sent(_round_trip(export)) == as_sent(export)


@pytest.mark.slow
@settings(max_examples=1_000)
@given(export=well_formed_exports())
def test_thousand_exports_survive_round_trip(export: Export) -> None:
    assert as_sent(_round_trip(export)) == as_sent(export)


@given(export=exports())
def test_round_trip_preserves_meaning(export: Export) -> None:
    assert meaning(_round_trip(export)) == meaning(export)


@given(export=exports())
def test_export_is_not_modified(export: Export) -> None:
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
def test_junk_is_canonicalized_or_refused_with_pointer(export: Export) -> None:
    refusal, document = _canonicalize_or_refuse(export)
    if refusal:
        assert refusal.flow_id == 7
        assert refusal.pointer.startswith(("/tasks", "/relations", "/flowLinks"))
    else:
        assert parse(dump(document)) == document


def _canonicalize_or_refuse(export: Export) -> tuple[CanonicalError | None, Record]:
    try:
        return None, canonicalize(export, 7)
    except CanonicalError as refusal:
        return refusal, {}


def _flow_id(document: Record) -> int | None:
    flow_id = document.get("flowId")
    assert flow_id is None or isinstance(flow_id, int)
    return flow_id
