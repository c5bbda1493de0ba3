"""Laws of changes, by edits of a known number and mutations at a known path."""

import copy
from collections.abc import Iterator
from datetime import datetime
from random import Random
from typing import Any, Final

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies.changes import apply_changes, canonical_text, change_texts, mirror, without_namesakes
from strategies.disguise import disguise
from strategies.edits import EDITS, SWAP, Edited, edit_flow, edit_flow_once
from strategies.exports import documents
from strategies.lookalikes import lookalikes
from strategies.places import other_value, places

from flowsync.analysis.analyze import DiffContext, analyze
from flowsync.diff.document_diff import compare_documents, resolve_versions
from flowsync.diff.model import Added, Change, Changed, Removed
from flowsync.flow.canonical import canonicalize
from flowsync.flow.export import normalize

MOST_EDITS: Final = 8
CONTEXT: Final = DiffContext("prod", 1, datetime(2026, 11, 23))  # noqa: DTZ001  # the server's wall clock
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
        case = edit_flow(dice, dice.randint(1, MOST_EDITS))
        yield case, *sides(case)


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("kind", EDITS)
def test_one_edit_is_one_change(kind: str, seeds: range) -> None:
    expected = 2 if kind == SWAP else 1
    for seed in seeds[:: len(EDITS)]:
        case = edit_flow_once(Random(f"{kind} {seed}"), kind)
        assert len(compare_documents(*sides(case))) == expected, case.edits


@pytest.mark.parametrize("seeds", SEEDS)
def test_there_are_at_most_as_many_changes_as_edits(seeds: range) -> None:
    for case, before, after in cases(seeds):
        assert len(compare_documents(before, after)) <= case.cost, case.edits


@pytest.mark.parametrize("seeds", SEEDS)
def test_applying_the_changes_of_edits_gives_the_edited_flow(seeds: range) -> None:
    for case, before, after in cases(seeds):
        assert canonical_text(apply_changes(before, compare_documents(before, after))) == canonical_text(
            after
        ), case.edits


@pytest.mark.parametrize("seeds", SEEDS)
def test_changes_of_edits_mirror_those_that_undo_them(seeds: range) -> None:
    for case, before, after in cases(seeds):
        forwards, backwards = compare_documents(before, after), compare_documents(after, before)
        assert change_texts(mirror(backwards)) == change_texts(forwards), case.edits


@pytest.mark.parametrize("seeds", SEEDS)
def test_changes_between_lookalikes_apply_in_both_directions(seeds: range) -> None:
    for seed in seeds:
        before, after = (canonicalize(side, 1) for side in lookalikes(Random(seed)))
        forwards, backwards = compare_documents(before, after), compare_documents(after, before)
        assert change_texts(mirror(backwards)) == change_texts(forwards), seed
        assert canonical_text(apply_changes(before, forwards)) == canonical_text(after), seed
        found = analyze(before, after, CONTEXT)
        assert len({finding.fingerprint for finding in found}) == len(found), seed


@pytest.mark.parametrize("seeds", SEEDS)
def test_changes_of_edits_do_not_depend_on_order(seeds: range) -> None:
    for case, before, after in cases(seeds):
        dice = Random(0)
        others = [canonicalize(disguise(side, dice), 1) for side in (case.before, case.after)]
        assert compare_documents(*others) == compare_documents(before, after), case.edits


@pytest.mark.parametrize("seeds", SEEDS)
def test_every_change_of_edits_is_a_finding_with_its_own_fingerprint(
    seeds: range,
) -> None:
    for case, before, after in cases(seeds):
        found = analyze(before, after, CONTEXT)
        assert [one.change for one in found] == compare_documents(before, after)
        assert len({one.fingerprint for one in found}) == len(found), case.edits
        assert all(one.sentence.isprintable() and one.sentence for one in found), case.edits


def assert_applying_gives_the_other(one: dict[str, Any], other: dict[str, Any]) -> None:
    before, after = map(without_namesakes, resolve_versions(without_namesakes(one), without_namesakes(other)))
    assert canonical_text(apply_changes(before, compare_documents(before, after))) == canonical_text(after)


@given(documents(), documents())
def test_applying_the_changes_between_any_two_documents_gives_the_other(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert_applying_gives_the_other(one, other)


@pytest.mark.slow
@settings(max_examples=10_000)
@given(documents(), documents())
def test_applying_the_changes_between_ten_thousand_documents_gives_the_other(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert_applying_gives_the_other(one, other)


def mutate_once(document: dict[str, Any], dice: Random) -> tuple[dict[str, Any], Change]:
    """Return a copy of the document with one value changed, added or removed, and that change."""
    mutant = copy.deepcopy(document)
    place = dice.choice([*places(mutant)])
    if place.is_new:
        place.holder[place.key] = other_value({}, dice)
        return mutant, Added(place.path, place.holder[place.key])
    before = place.holder[place.key]
    if place.is_removable and dice.random() < 0.2:
        del place.holder[place.key]
        return mutant, Removed(place.path, before)
    place.holder[place.key] = other_value(before, dice)
    return mutant, Changed(place.path, before, place.holder[place.key])


def assert_one_mutation_is_one_change(document: dict[str, Any], dice: Random) -> None:
    before = without_namesakes(document)
    mutant, change = mutate_once(before, dice)
    after = normalize(mutant)
    assume(
        canonical_text(after) == canonical_text(mutant)
    )  # else the platform reads the value as another type
    assert change_texts(compare_documents(before, after)) == change_texts([change])


@given(documents(), st.randoms(use_true_random=False))
def test_one_mutation_of_any_document_is_one_change_at_its_path(
    document: dict[str, Any], dice: Random
) -> None:
    assert_one_mutation_is_one_change(document, dice)


@pytest.mark.slow
@settings(max_examples=10_000)
@given(documents(), st.randoms(use_true_random=False))
def test_one_mutation_of_ten_thousand_documents_is_one_change_at_its_path(
    document: dict[str, Any], dice: Random
) -> None:
    assert_one_mutation_is_one_change(document, dice)
