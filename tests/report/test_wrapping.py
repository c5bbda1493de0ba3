"""Lines of a terminal."""

from hypothesis import given
from hypothesis import strategies as st

from flowsync.report.wrapping import columns, fold, truncate, wrap

WORDS = st.text(st.sampled_from("ab风场é\u0301"), min_size=1, max_size=9)


def test_a_line_that_fits_stays_as_it_is() -> None:
    assert fold("a  b", 4) == ["a  b"]
    assert fold("", 4) == [""]


def test_words_stay_whole_however_long() -> None:
    assert fold("aaa bbbbbbbb cc d", 4) == ["aaa", "bbbbbbbb", "cc d"]


def test_an_ideograph_takes_two_columns_and_a_combining_accent_none() -> None:
    assert columns("风场ab") == 6
    assert columns("e\u0301") == 1
    assert fold("风场 风场 风场", 9) == ["风场 风场", "风场"]


@given(WORDS, st.integers(1, 12))
def test_a_line_is_cut_by_columns(text: str, most: int) -> None:
    shown = truncate(text, most)
    assert columns(shown) <= most
    assert shown == text or (shown[-1] == "…" and columns(shown) >= most - 1 and text.startswith(shown[:-1]))


def test_lines_after_the_first_are_indented_otherwise() -> None:
    line = " ".join(["word"] * 30)
    first, second = wrap(line, "  ", "      ")
    assert (first[:6], second[:10]) == ("  word", "      word")
    assert len(first) <= 80 < len(f"{first} word")


@given(words=st.lists(WORDS, min_size=1), width=st.integers(1, 40))
def test_nothing_is_lost_and_no_part_is_wider_than_it_must_be(words: list[str], width: int) -> None:
    parts = fold(" ".join(words), width)
    assert " ".join(parts) == " ".join(words)
    assert all(columns(part) <= width or " " not in part for part in parts)
