"""Laws of changes, by edits whose number is known and by mutations whose place is known."""

import copy
from collections.abc import Iterator
from datetime import datetime
from random import Random
from typing import Any, Final

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies.changes import applied, as_texts, mirrored, told, without_namesakes
from strategies.disguise import disguised
from strategies.edits import EDITS, SWAP, Edited, edited, edited_once
from strategies.exports import documents
from strategies.lookalikes import lookalikes
from strategies.places import other_value, places

from flowsync.analysis.analyze import DiffContext, analyze
from flowsync.diff.document_diff import compare_documents, resolve_versions
from flowsync.diff.model import Added, Change, Changed, Removed
from flowsync.flow.canonical import canonicalize
from flowsync.flow.export import normalize

MOST_EDITS: Final = 8
SETTING: Final = DiffContext("prod", 1, datetime(2026, 11, 23))  # noqa: DTZ001  # the server's wall clock
SEEDS: Final = [
    pytest.param(range(100), id="few"),
    pytest.param(range(100, 10_000), id="many", marks=pytest.mark.slow),
]
"""Cases of each law in the fast and in the slow suite."""

Sides = tuple[dict[str, Any], dict[str, Any]]


def sides(case: Edited) -> Sides:
    return canonicalize(case.before, 1), canonicalize(case.after, 1)


def cases(seeds: range) -> Iterator[tuple[Edited, dict[str, Any], dict[str, Any]]]:
    for seed in seeds:
        dice = Random(seed)
        case = edited(dice, dice.randint(1, MOST_EDITS))
        yield case, *sides(case)


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("kind", EDITS)
def test_one_edit_is_one_change(kind: str, seeds: range) -> None:
    expected = 2 if kind == SWAP else 1
    for seed in seeds[:: len(EDITS)]:
        case = edited_once(Random(f"{kind} {seed}"), kind)
        assert len(compare_documents(*sides(case))) == expected, case.edits


@pytest.mark.parametrize("seeds", SEEDS)
def test_there_are_never_more_changes_than_edits(seeds: range) -> None:
    for case, before, after in cases(seeds):
        assert len(compare_documents(before, after)) <= case.cost, case.edits


@pytest.mark.parametrize("seeds", SEEDS)
def test_carrying_out_the_changes_of_some_edits_gives_the_flow_after_them(seeds: range) -> None:
    for case, before, after in cases(seeds):
        assert told(applied(before, compare_documents(before, after))) == told(after), case.edits


@pytest.mark.parametrize("seeds", SEEDS)
def test_the_changes_of_some_edits_are_the_mirror_of_those_that_undo_them(seeds: range) -> None:
    for case, before, after in cases(seeds):
        forwards, backwards = compare_documents(before, after), compare_documents(after, before)
        assert as_texts(mirrored(backwards)) == as_texts(forwards), case.edits


@pytest.mark.parametrize("seeds", SEEDS)
def test_where_much_may_be_a_rename_changes_still_lead_there_and_back(seeds: range) -> None:
    for seed in seeds:
        before, after = (canonicalize(side, 1) for side in lookalikes(Random(seed)))
        forwards, backwards = compare_documents(before, after), compare_documents(after, before)
        assert as_texts(mirrored(backwards)) == as_texts(forwards), seed
        assert told(applied(before, forwards)) == told(after), seed
        found = analyze(before, after, SETTING)
        assert len({finding.fingerprint for finding in found}) == len(found), seed


@pytest.mark.parametrize("seeds", SEEDS)
def test_another_order_of_either_side_leaves_the_changes_of_some_edits(seeds: range) -> None:
    for case, before, after in cases(seeds):
        dice = Random(0)
        others = [canonicalize(disguised(side, dice), 1) for side in (case.before, case.after)]
        assert compare_documents(*others) == compare_documents(before, after), case.edits


@pytest.mark.parametrize("seeds", SEEDS)
def test_every_change_of_some_edits_is_one_finding_with_a_line_and_a_fingerprint_of_its_own(
    seeds: range,
) -> None:
    for case, before, after in cases(seeds):
        found = analyze(before, after, SETTING)
        assert [one.change for one in found] == compare_documents(before, after)
        assert len({one.fingerprint for one in found}) == len(found), case.edits
        assert all(one.sentence.isprintable() and one.sentence for one in found), case.edits


def carrying_out_leads_to_the_other(one: dict[str, Any], other: dict[str, Any]) -> None:
    before, after = map(without_namesakes, resolve_versions(without_namesakes(one), without_namesakes(other)))
    assert told(applied(before, compare_documents(before, after))) == told(after)


@given(documents(), documents())
def test_carrying_out_the_changes_between_any_two_documents_gives_the_other(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    carrying_out_leads_to_the_other(one, other)


@pytest.mark.slow
@settings(max_examples=10_000)
@given(documents(), documents())
def test_carrying_out_the_changes_between_ten_thousand_documents_gives_the_other(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    carrying_out_leads_to_the_other(one, other)


def mutated_once(document: dict[str, Any], dice: Random) -> tuple[dict[str, Any], Change]:
    """A copy of the document with one value changed, added or taken away, and the change that this is."""
    mutant = copy.deepcopy(document)
    place = dice.choice([*places(mutant)])
    if place.is_new:
        place.holder[place.key] = other_value({}, dice)
        return mutant, Added(place.path, place.holder[place.key])
    before = place.holder[place.key]
    if place.may_go and dice.random() < 0.2:
        del place.holder[place.key]
        return mutant, Removed(place.path, before)
    place.holder[place.key] = other_value(before, dice)
    return mutant, Changed(place.path, before, place.holder[place.key])


def one_mutation_is_one_change(document: dict[str, Any], dice: Random) -> None:
    before = without_namesakes(document)
    mutant, change = mutated_once(before, dice)
    after = normalize(mutant)
    assume(told(after) == told(mutant))  # else the value means another to the platform than its kind says
    assert as_texts(compare_documents(before, after)) == as_texts([change])


@given(documents(), st.randoms(use_true_random=False))
def test_one_mutation_of_any_document_is_one_change_at_its_path(
    document: dict[str, Any], dice: Random
) -> None:
    one_mutation_is_one_change(document, dice)


@pytest.mark.slow
@settings(max_examples=10_000)
@given(documents(), st.randoms(use_true_random=False))
def test_one_mutation_of_ten_thousand_documents_is_one_change_at_its_path(
    document: dict[str, Any], dice: Random
) -> None:
    one_mutation_is_one_change(document, dice)
