from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from strategies.changes import as_texts, mirrored
from strategies.disguise import disguised
from strategies.exports import documents, exports

from flowsync.diff.document_diff import compare_documents
from flowsync.flow.canonical import canonicalize
from flowsync.flow.links import AMBIGUOUS
from flowsync.flow.values import json_text


@given(documents())
def test_a_document_does_not_differ_from_itself(document: dict[str, Any]) -> None:
    assert compare_documents(document, document) == []


@given(exports(), st.randoms(use_true_random=False))
def test_a_disguise_is_no_change(export: dict[str, Any], dice: Random) -> None:
    assert compare_documents(canonicalize(export, 1), canonicalize(disguised(export, dice), 1)) == []


@settings(max_examples=10)
@given(documents(), documents())
def test_backwards_is_the_mirror_of_forwards(one: dict[str, Any], other: dict[str, Any]) -> None:
    backwards = mirrored(compare_documents(other, one))
    assert as_texts(backwards) == as_texts(compare_documents(one, other))


@settings(max_examples=10)
@given(documents(), documents())
def test_documents_that_differ_outside_their_links_are_never_called_equal(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    links = {"flowLinks", "taskLinks", AMBIGUOUS, "flowId", "format"}
    told = [{key: value for key, value in side.items() if key not in links} for side in (one, other)]
    if json_text(told[0]) != json_text(told[1]):
        assert compare_documents(one, other)


@settings(max_examples=10)
@given(documents(), documents())
def test_no_two_changes_of_one_kind_share_a_path(one: dict[str, Any], other: dict[str, Any]) -> None:
    places = [(type(change), change.path) for change in compare_documents(one, other)]
    assert len(places) == len(set(places))
