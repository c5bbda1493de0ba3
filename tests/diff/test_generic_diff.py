from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies.changes import change_texts, mirror

from flowsync.diff.generic_diff import structure_changes
from flowsync.diff.list_matching import are_identical
from flowsync.diff.model import Added, Change, Changed, Oversize, Removed
from flowsync.flow.values import Value, plain

KINDS: Final[tuple[type[Any], ...]] = (Added, Removed, Changed)
SCALARS = st.sampled_from([0, 1, 1.5, False, True, None, "", "1", "a", 10**20])


def steps(*found: Change) -> set[str]:
    return {change.path for change in found}


@pytest.mark.parametrize(
    ("before", "after", "paths"),
    [
        ([0, 1, "a"], [False, 1, "b"], {"/x/0", "/x/2"}),
        ([1, "a"], [True, "b"], {"/x/0", "/x/1"}),
        ([[1], 2], [[True], 3], {"/x/0/0", "/x/1"}),
        ({"levels": [1, 2]}, {"levels": [1, True]}, {"/x/levels/1"}),
    ],
)
def test_type_change_next_to_another_change_is_reported(before: Any, after: Any, paths: set[str]) -> None:
    assert steps(*structure_changes(before, after, ("x",))) == paths


@given(st.lists(SCALARS, max_size=6), st.lists(SCALARS, max_size=6))
def test_changes_contain_the_original_values(before: list[Any], after: list[Any]) -> None:
    for change in structure_changes([before], [after], ()) if not are_identical(before, after) else ():
        assert isinstance(change, (Added, Removed, Changed))
        sides = [change.before, change.after] if isinstance(change, Changed) else [change.value]
        assert all(
            any(are_identical(side, original) for original in (*before, *after, before, after))
            for side in sides
        )


@given(
    st.dictionaries(st.text(max_size=3), SCALARS, max_size=5),
    st.dictionaries(st.text(max_size=3), SCALARS, max_size=5),
)
def test_applying_the_changes_of_a_mapping_to_before_gives_after(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    result = dict(before)
    if are_identical(plain(before), plain(after)):
        return
    for change in structure_changes(before, after, ()):
        key = change.path[1:].replace("~1", "/").replace("~0", "~")
        match change:
            case Added(_, value):
                result[key] = value
            case Removed():
                del result[key]
            case Changed(_, _, new):
                result[key] = new
    assert are_identical(plain(result), plain(after))


@pytest.mark.parametrize(
    ("before", "after"),
    [([1, 2, 3], [0, 1, 5, 3]), ([1, 2, 3, 4], [4, 1, 2]), ([[1, 2], [2, 3]], [[0], [1, 2], [2, 4]])],
)
def test_shifted_lists_are_symmetric(before: list[Any], after: list[Any]) -> None:
    forwards, backwards = structure_changes(before, after, ()), structure_changes(after, before, ())
    assert [change.path for change in forwards] == [change.path for change in backwards]


def test_one_edit_of_a_list_of_mappings_is_one_change() -> None:
    before: list[Value] = [{"a": number} for number in range(60)]
    assert structure_changes(before, [{"a": -1}, *before], ()) == [Added("/0", {"a": -1})]
    assert structure_changes(before, before[:-1], ()) == [Removed("/59", {"a": 59})]
    after: Value = [*before[:30], {"a": "x"}, *before[31:]]
    assert structure_changes(before, after, ()) == [Changed("/30/a", 30, "x")]


FEW = st.lists(st.sampled_from([0, 1, 2, "", None]), max_size=9)


@settings(max_examples=1_000)
@given(FEW, FEW)
def test_lists_with_repeated_values_are_symmetric(before: list[Any], after: list[Any]) -> None:
    if not are_identical(plain(before), plain(after)):
        forwards, backwards = structure_changes(before, after, ()), structure_changes(after, before, ())
        assert change_texts(mirror(backwards)) == change_texts(forwards)


@settings(max_examples=1_000)
@given(FEW, FEW)
def test_applying_the_changes_of_a_list_to_before_gives_after(before: list[Any], after: list[Any]) -> None:
    if are_identical(plain(before), plain(after)):
        return
    found = structure_changes(before, after, ())
    result = [*before]
    at = {kind: {int(one.path[1:]): one for one in found if isinstance(one, kind)} for kind in KINDS}
    for index in sorted(at[Removed], reverse=True):
        del result[index]
    for index, added in sorted(at[Added].items()):
        result.insert(index, added.value)
    for index, changed in at[Changed].items():
        result[index] = changed.after
    assert are_identical(plain(result), plain(after))


def test_only_long_lists_of_few_values_are_oversize() -> None:
    few: list[list[Value]] = [[number % 3 for number in range(900)], [number**2 % 3 for number in range(899)]]
    (change,) = structure_changes({"x": few[0]}, {"x": few[1]}, ())
    assert change == Oversize("/x", *few)
    many: list[Value] = [*range(900)]
    assert len(structure_changes(many, [*many[1:450], *many[451:]], ())) == 2
