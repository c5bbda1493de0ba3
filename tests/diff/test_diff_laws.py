from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from strategies.changes import change_texts, mirror
from strategies.disguise import disguise
from strategies.exports import documents, exports

from flowsync.diff.document_diff import compare_documents
from flowsync.flow.canonical import canonicalize
from flowsync.flow.links import AMBIGUOUS
from flowsync.flow.values import json_text


@given(documents())
def test_document_does_not_differ_from_itself(document: dict[str, Any]) -> None:
    assert compare_documents(document, document) == []


@given(exports(), st.randoms(use_true_random=False))
def test_equivalent_exports_do_not_differ(export: dict[str, Any], dice: Random) -> None:
    assert compare_documents(canonicalize(export, 1), canonicalize(disguise(export, dice), 1)) == []


@settings(max_examples=10)
@given(documents(), documents())
def test_reverse_comparison_is_the_mirror(one: dict[str, Any], other: dict[str, Any]) -> None:
    backwards = mirror(compare_documents(other, one))
    assert change_texts(backwards) == change_texts(compare_documents(one, other))


@settings(max_examples=10)
@given(documents(), documents())
def test_documents_that_differ_outside_links_have_changes(one: dict[str, Any], other: dict[str, Any]) -> None:
    links = {"flowLinks", "taskLinks", AMBIGUOUS, "flowId", "format"}
    without_links = [{key: value for key, value in side.items() if key not in links} for side in (one, other)]
    if json_text(without_links[0]) != json_text(without_links[1]):
        assert compare_documents(one, other)


@settings(max_examples=10)
@given(documents(), documents())
def test_changes_of_one_kind_have_different_paths(one: dict[str, Any], other: dict[str, Any]) -> None:
    places = [(type(change), change.path) for change in compare_documents(one, other)]
    assert len(places) == len(set(places))
