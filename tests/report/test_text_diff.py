"""Two texts line by line."""

import difflib
import re
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsync.report.change_details import position
from flowsync.report.myers import MAX_EDITS, unchanged_lines
from flowsync.report.text_diff import hunks, mark_line_ends, side_rows

EVERYTHING: Final = 10**6
TEXTS: Final = st.lists(st.sampled_from(["a", "b", "", "c\r", "d "]), max_size=12).map("\n".join)


def longest(before: list[str], after: list[str]) -> int:
    """The length of the longest common subsequence, by its definition."""
    row = [0] * (len(after) + 1)
    for line in before:
        new = [0]
        for place, other in enumerate(after):
            new.append(row[place] + 1 if line == other else max(row[place + 1], new[-1]))
        row = new
    return row[-1]


def shown(before: str, after: str) -> list[list[str]]:
    """The lines of both; that the last one has no end is said where only one of the texts ends a line."""
    said = before.endswith("\n") != after.endswith("\n")
    return [mark_line_ends(side, show_end=said) for side in (before, after)]


@given(TEXTS, TEXTS)
def test_both_texts_stand_in_their_lines(before: str, after: str) -> None:
    found = hunks(before, after, EVERYTHING)
    assert found is not None
    lines = [line for hunk in found for line in hunk.lines]
    if before == after:
        assert not lines
        return
    was, becomes = shown(before, after)
    assert [line.text for line in lines if line.mark != "+"] == was
    assert [line.text for line in lines if line.mark != "-"] == becomes
    assert {"+", "-"} & {line.mark for line in lines}


@given(TEXTS, TEXTS, st.integers(0, 3))
def test_hunks_have_as_many_lines_around_as_asked_for_and_true_numbers(
    before: str, after: str, context: int
) -> None:
    was, becomes = shown(before, after)
    for hunk in hunks(before, after, context) or ():
        marks = "".join(line.mark for line in hunk.lines)
        assert marks.strip()
        assert max(map(len, marks.replace("-", "+").split("+"))) <= 2 * context
        assert len(marks) - len(marks.lstrip()) <= context
        assert len(marks) - len(marks.rstrip()) <= context
        for line in hunk.lines:
            assert line.before is None or was[line.before - 1] == line.text
            assert line.after is None or becomes[line.after - 1] == line.text


@given(TEXTS, TEXTS, st.integers(0, 3))
def test_the_places_of_hunks_are_those_that_patch_understands(before: str, after: str, context: int) -> None:
    """As difflib has them for hunks of the same lines: of no lines, the number of the line before."""
    was, becomes = shown(before, after)
    for hunk in hunks(before, after, context) or ():
        match = re.fullmatch(r"@@ -(\d+),(\d+) \+(\d+),(\d+) @@", position(hunk))
        assert match
        first, count, later, many = map(int, match.groups())
        assert was[first - bool(count) :][:count] == [line.text for line in hunk.lines if line.mark != "+"]
        assert becomes[later - bool(many) :][:many] == [line.text for line in hunk.lines if line.mark != "-"]
        assert first - bool(count) - hunk.before == later - bool(many) - hunk.after == 0


def test_lines_that_came_alone_stand_behind_the_line_before() -> None:
    (hunk,) = hunks("a\nb\nc\n", "a\nb\nx\ny\nc\n", 0) or ()
    assert position(hunk) == "@@ -2,0 +3,2 @@"


@given(st.lists(st.sampled_from("abc"), max_size=14), st.lists(st.sampled_from("abcd"), max_size=14))
def test_as_many_lines_stay_as_can(before: list[str], after: list[str]) -> None:
    found = unchanged_lines(before, after)
    assert found is not None
    assert [before[x] for x, _ in found] == [after[y] for _, y in found]
    assert all(x1 < x2 and y1 < y2 for (x1, y1), (x2, y2) in pairwise(found))
    assert len(found) == longest(before, after)
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    assert len(found) >= sum(block.size for block in matcher.get_matching_blocks())


def test_a_missing_last_line_end_is_said_only_where_it_differs() -> None:
    texts = [
        [line.text for hunk in hunks(*sides, 3) or () for line in hunk.lines]
        for sides in (("a\nb", "x\nb"), ("a\nb", "a\nb\n"), ("a\nb", "a\nb\nc"))
    ]
    assert texts == [["a", "x", "b"], ["a", "b  (no line end)", "b"], ["a", "b", "c"]]


def test_edits_at_both_ends_of_a_very_long_text_are_two_small_hunks() -> None:
    lines = [f"line {number % 5000}" for number in range(100_000)]
    edited = [*lines]
    edited[100], edited[99_900] = "first", "second"
    found = hunks("\n".join(lines), "\n".join(edited), 1)
    assert found is not None
    assert [[(line.mark, line.before, line.after) for line in hunk.lines] for hunk in found] == [
        [(" ", at, at), ("-", at + 1, None), ("+", None, at + 1), (" ", at + 2, at + 2)]
        for at in (100, 99_900)
    ]


@pytest.mark.parametrize("between", ["", "\n", "}\n"])
def test_a_long_text_may_be_written_anew(between: str) -> None:
    before, after = ("".join(f"{side} {number}\n{between}" for number in range(5_000)) for side in "xy")
    found = hunks(before, after, 3)
    assert found is not None
    assert sum(line.mark != " " for hunk in found for line in hunk.lines) == 10_000


def test_where_too_much_moved_nothing_is_aligned() -> None:
    lines = [str(number) for number in range(MAX_EDITS)]
    assert hunks("\n".join(lines), "\n".join(lines[::-1]), 3) is None
    assert hunks("\n".join(lines), "\n".join([*lines[1:], "0"]), 3) is not None


def test_sides_put_what_went_beside_what_came() -> None:
    (hunk,) = hunks("a\nb\nc\nd\n", "a\nB\nd\n", 1) or ()
    rows = [(left and left.text, right and right.text) for left, right in side_rows(hunk)]
    assert rows == [("a", "a"), ("b", "B"), ("c", None), ("d", "d")]


@pytest.mark.parametrize(
    ("before", "after"),
    [("a\r\n", "a\n"), ("a", "a\n"), ("a\n", "a\n\n"), ("a  (no line end)\n", "a"), ("", "\n")],
)
def test_no_change_is_invisible(before: str, after: str) -> None:
    (hunk,) = hunks(before, after, 0) or ()
    assert len({line.text for line in hunk.lines}) == len(hunk.lines) > 0
