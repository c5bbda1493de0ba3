"""Columns that fit into a terminal."""

from hypothesis import given
from hypothesis import strategies as st

from flowsync.report.columns import Column, format_columns
from flowsync.report.wrapping import columns

_HEADS = (
    Column("ID", essential=True),
    Column("NAME", essential=True),
    Column("WORDS", narrowest=8),
    Column("FILE"),
)
_ROWS = [
    ["1", "风场接入", "every day at 01:00", "flows/a.1.yaml"],
    ["12", "a", "by hand", "flows/bb.12.yaml"],
    ["3", "", "", "flows/c.3.yaml"],
]
_cells = st.text(st.sampled_from("ab 风e\u0301"), max_size=30).map(str.strip)
_rows = st.lists(st.lists(_cells, min_size=4, max_size=4), min_size=1, max_size=5)


def test_without_a_width_each_row_is_one_line() -> None:
    assert [*format_columns(_HEADS, _ROWS, None)] == [
        "ID  NAME      WORDS               FILE",
        "1   风场接入  every day at 01:00  flows/a.1.yaml",
        "12  a         by hand             flows/bb.12.yaml",
        "3                                 flows/c.3.yaml",
    ]


def test_a_column_with_words_is_folded_first() -> None:
    assert [*format_columns(_HEADS, _ROWS, 44)] == [
        "ID  NAME      WORDS         FILE",
        "1   风场接入  every day at  flows/a.1.yaml",
        "              01:00",
        "12  a         by hand       flows/bb.12.yaml",
        "3                           flows/c.3.yaml",
    ]


def test_columns_that_do_not_fit_are_put_below() -> None:
    assert [*format_columns(_HEADS, _ROWS, 26)] == [
        "ID  NAME      WORDS",
        "1   风场接入  every day at",
        "              01:00",
        "    flows/a.1.yaml",
        "12  a         by hand",
        "    flows/bb.12.yaml",
        "3",
        "    flows/c.3.yaml",
    ]
    assert [*format_columns(_HEADS, _ROWS[1:2], 20)] == [
        "ID  NAME  WORDS",
        "12  a     by hand",
        "    flows/bb.12.yaml",
    ]


@given(_rows)
def test_without_a_width_nothing_is_lost(rows: list[list[str]]) -> None:
    lines = [*format_columns(_HEADS, rows, None)]
    assert len(lines) == len(rows) + 1
    for row, line in zip(rows, lines[1:], strict=True):
        assert [part for cell in row for part in cell.split()] == line.split()


@given(_rows, st.integers(10, 90))
def test_with_a_width_no_word_is_lost_and_only_long_words_exceed_it(
    rows: list[list[str]], width: int
) -> None:
    lines = [*format_columns(_HEADS, rows, width)]
    words = sorted(word for row in rows for cell in row for word in cell.split())
    assert sorted(word for line in lines[1:] for word in line.split()) == words
    needed = max(columns(f"{row[0]}  {row[1]}") for row in rows)
    longest = max(map(columns, words), default=0)
    assert max(map(columns, lines)) <= max(width, needed + longest + 2, columns(lines[0]))
