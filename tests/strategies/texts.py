"""Texts that are easily misread."""

from typing import Final

from hypothesis import strategies as st

FRAGMENTS: Final = (
    "\n", "\n\n", "\r", "\r\n", "\t", " ", "  ", " \n", "\t\n", "\x85", "\u2028", "\u2029", "\v", "\f",
    "---", "...", "#", " #", "# ", ":", ": ", "- ", "? ", "|", ">", "|-", "&a", "*a", "!t", "%YAML", "@",
    "`", "'", '"', "\\", "\\n", "[", "]", "{", "}", ",", "<<", "=", "~", "/", "$", "${cal_dt}", ";", "\0",
    "\x07", "\x1b", "\x7f", "\x80", "\x9f", "\xa0", "\xad", "\ufeff", "\ufffe", "\uffff", "\ufdd0",
    "\u200b", "\u202e", "\u2066", "\u3000", "e\u0301", "\u0301", "é", "中文", "ß", "İ", "😀", "👩‍👧",
    "\U0001fffe", "a", "b", "Z", "0", "set -e", "echo", "null", "true",
)  # fmt: skip

LOOKALIKES: Final = (
    "", "-", "?", ":", "---", "...", "~", "=", "<<", "!", "&", "*", "|", ">", "%", "@", "`", "#", ",", "[]",
    "{}", "y", "Y", "n", "N", "yes", "Yes", "NO", "on", "On", "OFF", "true", "True", "TRUE", "tRUE",
    "False", "null", "Null", "NULL", "nULL", "NaN", "Infinity", ".nan", ".NaN", ".inf", "-.inf", "+.INF",
    "None", "nil", "0", "-0", "+0", "00", "1", "-1", "+1", "007", "0o17", "0x1F", "0b101", "1_000", "1,000",
    "12345678901234567890", "1.0", "1.", ".5", "-.5", "+.5", "0.", "01.5", "1e3", "1E3", "1.5e3", "1.5e+3",
    "5e-05", "5.0e-05", "1e400", "1:30", "190:20:30", "190:20:30.15", "12:30:45", "2019-07-24", "2019-7-4",
    "2001-12-14 21:59:43", "2001-12-14T21:59:43.10-05:00", "2001-12-14t21:59:43.10Z", "0 0 0 * * ? *",
    "0 1/1 * * * ? *", "0 0 0 - - ? *", "a: b", "a:", ":a", "a #b", "a#b", "- a", "? a", "key: |", "a  b",
    " a", "a ", "\ta", "a\t", "a\tb", "'", "''", '"', '""', "'a'", '"a"', "a'b", "it's", "\\", "a\\nb",
    '{"a": 1}', "[1, 2]", '"[]"', "!!str a",
)  # fmt: skip

SHAPES: Final = (
    "\n", "\n\n", "\n\n\n", " ", "  ", "\t", " \n", "\n ", "\n\t", "\t\n", " \n \n", "\r", "\r\n",
    "\r\n\r\n", "\n\r", "a\n", "a\n\n", "\na", "\n\na", " a\nb", "\ta\nb", "\n a\nb", "\n\ta\nb", "a\n b",
    "a\n\tb", "a\n ", "a\n\t", "a\n \n", "a\n\t\n", "a \nb", "a\t\nb", "a\n\n\nb", "a\n   \nb\n", "   \na",
    "\n   \n a", "a\r\nb", "a\r\nb\r\n", "a\rb", "a\r\n b\r\n\tc", "a\nb\r\nc\rd", "# a\nb",
    "---\na\n...\n", "- a\n- b", "a: b\nc: d\n", "a\\\nb", 'a"\nb', "a\x85b\nc", "a\u2028b\nc",
    "a\ufeffb\nc", "\ufeffa\nb", "a\0b\nc", "a\x7fb\nc", "%TAG\nb", "'a\nb'", '"a\nb"',
)  # fmt: skip
"""Lines and blanks in every position that YAML readers treat specially."""

BIG: Final = (
    "x" * 100_000,
    "./load.sh --part 1 \t\n" * 5_000,
    "echo a\r\n\techo b\r\n" * 5_000,
    "中文😀 \n" * 10_000,
)

_characters = st.characters(exclude_categories=["Cs"])


def texts() -> st.SearchStrategy[str]:
    """Any text that a document can contain, often one that is hard to write."""
    return st.one_of(
        st.sampled_from(LOOKALIKES),
        st.sampled_from(SHAPES),
        st.lists(st.sampled_from(FRAGMENTS), max_size=8).map("".join),
        st.text(_characters, max_size=8),
    )


def names() -> st.SearchStrategy[str]:
    """Few names, so that entries share them; some differ only slightly."""
    return st.sampled_from(("load", "report", "a", "A", "a ", "", "加载", "e\u0301", "é", "null", "10", "9"))


def keys() -> st.SearchStrategy[str]:
    """Keys that are not in the field table: reserved names, tildes, very long ones, any text."""
    return st.one_of(
        st.sampled_from(
            ("format", "flowId", "targets", "ambiguousLinks", "~", "~~", "~name", "~format", "queue", "appId")
        ),
        st.sampled_from(
            ("k" * 1_000, "k" * 1_001, "k " * 700, "中" * 1_025, "\x07" * 300, "\n" * 501, "<<", "=")
        ),
        texts(),
    )
