"""Lines of a terminal."""

from hypothesis import given
from hypothesis import strategies as st

from flowsync.report.wrapping import columns, fold, truncate, wrap

WORDS = st.text(st.sampled_from("ab风场é\u0301"), min_size=1, max_size=9)


def test_line_that_fits_is_unchanged() -> None:
    assert fold("a  b", 4) == ["a  b"]
    assert fold("", 4) == [""]


def test_words_are_never_split() -> None:
    assert fold("aaa bbbbbbbb cc d", 4) == ["aaa", "bbbbbbbb", "cc d"]


def test_ideograph_has_two_columns_and_combining_accent_none() -> None:
    assert columns("风场ab") == 6
    assert columns("e\u0301") == 1
    assert fold("风场 风场 风场", 9) == ["风场 风场", "风场"]


@given(WORDS, st.integers(1, 12))
def test_a_line_is_cut_by_columns(text: str, most: int) -> None:
    cut = truncate(text, most)
    assert columns(cut) <= most
    assert cut == text or (cut[-1] == "…" and columns(cut) >= most - 1 and text.startswith(cut[:-1]))


def test_further_lines_have_their_own_indent() -> None:
    line = " ".join(["word"] * 30)
    first, second = wrap(line, "  ", "      ")
    assert (first[:6], second[:10]) == ("  word", "      word")
    assert len(first) <= 80 < len(f"{first} word")


@given(words=st.lists(WORDS, min_size=1), width=st.integers(1, 40))
def test_parts_contain_all_words_and_are_not_too_wide(words: list[str], width: int) -> None:
    parts = fold(" ".join(words), width)
    assert " ".join(parts) == " ".join(words)
    assert all(columns(part) <= width or " " not in part for part in parts)
