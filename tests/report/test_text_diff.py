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


def marked_lines(before: str, after: str) -> list[list[str]]:
    """Return the lines of both texts; a missing last line end is marked if the other text has one."""
    has_end_marks = before.endswith("\n") != after.endswith("\n")
    return [mark_line_ends(side, show_end=has_end_marks) for side in (before, after)]


@given(TEXTS, TEXTS)
def test_hunks_contain_both_texts(before: str, after: str) -> None:
    found = hunks(before, after, EVERYTHING)
    assert found is not None
    lines = [line for hunk in found for line in hunk.lines]
    if before == after:
        assert not lines
        return
    was, becomes = marked_lines(before, after)
    assert [line.text for line in lines if line.mark != "+"] == was
    assert [line.text for line in lines if line.mark != "-"] == becomes
    assert {"+", "-"} & {line.mark for line in lines}


@given(TEXTS, TEXTS, st.integers(0, 3))
def test_hunks_have_requested_context_and_correct_numbers(before: str, after: str, context: int) -> None:
    was, becomes = marked_lines(before, after)
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
def test_positions_of_hunks_are_valid_for_patch(before: str, after: str, context: int) -> None:
    """As difflib has them for hunks of the same lines: of no lines, the number of the line before."""
    was, becomes = marked_lines(before, after)
    for hunk in hunks(before, after, context) or ():
        match = re.fullmatch(r"@@ -(\d+),(\d+) \+(\d+),(\d+) @@", position(hunk))
        assert match
        first, count, later, many = map(int, match.groups())
        assert was[first - bool(count) :][:count] == [line.text for line in hunk.lines if line.mark != "+"]
        assert becomes[later - bool(many) :][:many] == [line.text for line in hunk.lines if line.mark != "-"]
        assert first - bool(count) - hunk.before == later - bool(many) - hunk.after == 0


def test_added_lines_are_positioned_after_the_line_before() -> None:
    (hunk,) = hunks("a\nb\nc\n", "a\nb\nx\ny\nc\n", 0) or ()
    assert position(hunk) == "@@ -2,0 +3,2 @@"


@given(st.lists(st.sampled_from("abc"), max_size=14), st.lists(st.sampled_from("abcd"), max_size=14))
def test_longest_common_subsequence_is_unchanged(before: list[str], after: list[str]) -> None:
    found = unchanged_lines(before, after)
    assert found is not None
    assert [before[x] for x, _ in found] == [after[y] for _, y in found]
    assert all(x1 < x2 and y1 < y2 for (x1, y1), (x2, y2) in pairwise(found))
    assert len(found) == longest(before, after)
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    assert len(found) >= sum(block.size for block in matcher.get_matching_blocks())


def test_missing_last_line_end_is_marked_only_if_it_differs() -> None:
    texts = [
        [line.text for hunk in hunks(*sides, 3) or () for line in hunk.lines]
        for sides in (("a\nb", "x\nb"), ("a\nb", "a\nb\n"), ("a\nb", "a\nb\nc"))
    ]
    assert texts == [["a", "x", "b"], ["a", "b  (no line end)", "b"], ["a", "b", "c"]]


def test_edits_at_both_ends_of_a_long_text_are_two_hunks() -> None:
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
def test_long_text_can_be_replaced_completely(between: str) -> None:
    before, after = ("".join(f"{side} {number}\n{between}" for number in range(5_000)) for side in "xy")
    found = hunks(before, after, 3)
    assert found is not None
    assert sum(line.mark != " " for hunk in found for line in hunk.lines) == 10_000


def test_texts_with_too_many_edits_are_not_aligned() -> None:
    lines = [str(number) for number in range(MAX_EDITS)]
    assert hunks("\n".join(lines), "\n".join(lines[::-1]), 3) is None
    assert hunks("\n".join(lines), "\n".join([*lines[1:], "0"]), 3) is not None


def test_side_rows_pair_removed_and_added_lines() -> None:
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
