"""Test format.md §2.1 to 2.5, byte by byte."""

from difflib import unified_diff
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies.texts import LOOKALIKES

from flowsync.document.reader import parse
from flowsync.document.writer import dump
from flowsync.errors import CanonicalError
from flowsync.flow.values import Record


def _dump_value(value: Any) -> str:
    text = dump({"x": value})
    assert parse("format: 1\n" + text)["x"] == value
    return text.removeprefix("x:").removesuffix("\n").removeprefix(" ")


def test_mappings_are_indented_by_two_and_lists_are_not() -> None:
    document: Record = {
        "a": {"b": {"c": 1}, "d": []},
        "e": [{"f": 1, "g": {"h": 2}}, {}, [1, [2, 3]], [{"i": 4}]],
    }
    assert dump(document) == (
        "a:\n  b:\n    c: 1\n  d: []\ne:\n- f: 1\n  g:\n    h: 2\n- {}\n- - 1\n  - - 2\n    - 3\n- - i: 4\n"
    )


def test_only_empty_collections_are_in_flow_style() -> None:
    assert dump({"a": [], "b": {}}) == "a: []\nb: {}\n"
    assert dump({}) == "{}\n"


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "null"), (True, "true"), (False, "false"), (0, "0"), (-5, "-5"), (10**20, "1" + "0" * 20)],
)
def test_values_other_than_text(value: Any, text: str) -> None:
    assert _dump_value(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *[(0.5, "0.5"), (5e-05, "5.0e-05"), (1.5e-07, "1.5e-07"), (1e16, "1.0e+16"), (-1e300, "-1.0e+300")],
        *[(1.7976931348623157e308, "1.7976931348623157e+308"), (5e-324, "5.0e-324"), (0.0001, "0.0001")],
    ],
)
def test_floats_have_dot_and_signed_exponent(value: float, text: str) -> None:
    assert _dump_value(value) == text


@pytest.mark.parametrize(
    "text",
    [
        *(
            "a",
            "_",
            "/",
            "/usr/bin/env",
            "nFlow",
            "a b c",
            "li.wei",
            "set -e; ./load.sh ${cal_dt}",
            "a@b.c",
            "x=1,y=2",
        ),
        *(
            "f(x) * 2 + 100%",
            "what?",
            "{a}"[1:],
            "a{b}",
            "yourSubmitter",
            "NaN",
            "Infinity",
            "none",
            "tRue1",
            "e5",
            "a -b",
        ),
    ],
)
def test_allowed_text_is_plain(text: str) -> None:
    assert _dump_value(text) == text


@pytest.mark.parametrize(
    "text", ["0 0 0 * * ? *", "59 59 23 * * ? *", "0 0 12 ? * 2#1 2027", "0 1/1 * * * ?", "0 0 0 L * ? *"]
)
def test_cron_is_plain(text: str) -> None:
    assert _dump_value(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "0 1 * * *",
        "0 0 0 * * ? * *",
        "* * * * * ? *",
        "0 0 0 * * ? #",
        "0  0 0 * * ? *",
        "1 of the six words here",
        "0 0 0 - - ? *",
        "0 0 0 * * ? *\n",
    ],
)
def test_text_similar_to_cron_is_quoted(text: str) -> None:
    assert _dump_value(text)[0] in "'|"


@pytest.mark.parametrize(
    "word",
    ["y", "Y", "n", "N", "yes", "No", "oN", "OFF", "true", "TrUe", "FALSE", "null", "NULL", "nUlL", "~"],
)
def test_words_of_any_yaml_version_are_quoted(word: str) -> None:
    assert _dump_value(word) == f"'{word}'"
    assert dump({word: 1}) == f"'{word}': 1\n"


def test_ambiguous_text_is_never_plain() -> None:
    assert {text for text in LOOKALIKES if dump({"x": text}) == f"x: {text}\n"} == {
        *("NaN", "Infinity", "None", "nil"),
        *("0 0 0 * * ? *", "0 1/1 * * * ? *"),
    }


@pytest.mark.parametrize(
    ("text", "written"),
    [
        *[
            ("", "''"),
            (" ", "' '"),
            ("it's", "'it''s'"),
            ('"a"', "'\"a\"'"),
            ("a: b", "'a: b'"),
            ("中文 😀", "'中文 😀'"),
        ],
        *[
            (" a", "' a'"),
            ("a ", "'a '"),
            ("a  b", "'a  b'"),
            ("\\n", "'\\n'"),
            ("2019-07-24", "'2019-07-24'"),
            ("é", "'é'"),
        ],
        *[
            ("\xa0", "'\xa0'"),
            ("\u202e", "'\u202e'"),
            ("\u200b", "'\u200b'"),
            ("\U0010ffff", "'\U0010ffff'"),
            ("-", "'-'"),
        ],
    ],
)
def test_other_printable_line_is_single_quoted(text: str, written: str) -> None:
    assert _dump_value(text) == written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        *[
            ("a\tb", '"a\\tb"'),
            ("\0", '"\\x00"'),
            ("\x1b[0m", '"\\x1B[0m"'),
            ("\x7f", '"\\x7F"'),
            ("\x80", '"\\x80"'),
        ],
        *[("\x85", '"\\x85"'), ("\x9f", '"\\x9F"'), ("\u2028", '"\\u2028"'), ("\u2029", '"\\u2029"')],
        *[
            ("\ufeffa", '"\\uFEFFa"'),
            ("\ufffe", '"\\uFFFE"'),
            ("\uffff", '"\\uFFFF"'),
            ('"\\\t', '"\\"\\\\\\t"'),
        ],
        *[("\r", '"\\r"'), ("\n", '"\\n"'), ("\t", '"\\t"'), ("中\t", '"中\\t"')],
    ],
)
def test_special_characters_are_escaped_in_double_quotes(text: str, written: str) -> None:
    assert _dump_value(text) == written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a\nb\n", "|\n  a\n  b"),
        ("a\nb", "|-\n  a\n  b"),
        ("a\n\n\nb", "|-\n  a\n\n\n  b"),
        ("\n\na", "|-\n\n\n  a"),
        ("a \t\nb\t \n", "|\n  a \t\n  b\t "),
        ("a\n \n", "|\n  a\n   "),
        ("a\n\t", "|-\n  a\n  \t"),
        (" a\nb", "|2-\n   a\n  b"),
        ("\ta\nb\n", "|2\n  \ta\n  b"),
        ("\n a\nb", "|2-\n\n   a\n  b"),
        (" \na", "|2-\n   \n  a"),
        ("# a\n---\n...\n", "|\n  # a\n  ---\n  ..."),
        ("中文\n😀\n", "|\n  中文\n  😀"),
    ],
)
def test_lines_are_a_literal_block_if_yaml_permits(text: str, written: str) -> None:
    assert _dump_value(text) == written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("set -e\r\nrun --all\r\nexit 0", '"set -e\\r\\n\\\n  run --all\\r\\n\\\n  exit 0"'),
        ("a\n\n", '"a\\n\\\n  \\n"'),
        ("\n\n", '"\\n\\\n  \\n"'),
        ("a\rb\n\rc", '"a\\r\\\n  b\\n\\\n  \\r\\\n  c"'),
        ("a\r\n b\r\n\tc\r\n", '"a\\r\\n\\\n  \\ b\\r\\n\\\n  \\tc\\r\\n"'),
        (" a \r\n  b \r\n", '" a \\r\\n\\\n  \\  b \\r\\n"'),
        ("a\r\n \r\n", '"a\\r\\n\\\n  \\ \\r\\n"'),
        ("a\x1b\nb", '"a\\x1B\\n\\\n  b"'),
        ('a\\\r\n"b"', '"a\\\\\\r\\n\\\n  \\"b\\""'),
        ("a\u2028b\nc\x85d\n", '"a\\u2028b\\n\\\n  c\\x85d\\n"'),
    ],
)
def test_other_lines_are_double_quoted_line_by_line(text: str, written: str) -> None:
    assert _dump_value(text) == written


@pytest.mark.parametrize("text", ["a\n\n", "\n", "a\n\n\n", "\n\n\n"])
def test_keep_indicator_is_never_written(text: str) -> None:
    assert "|" not in _dump_value(text)


def test_blocks_are_indented_by_two() -> None:
    assert dump({"a": {"b": " x\ny"}, "c": [" x\ny", [" x\ny"], {"d": " x\ny"}]}) == (
        "a:\n  b: |2-\n     x\n    y\nc:\n- |2-\n   x\n  y\n- - |2-\n     x\n    y\n- d: |2-\n     x\n    y\n"
    )


@pytest.mark.parametrize("key", ["k" * 1_000, "k " * 499 + "k"])
def test_keys_up_to_1000_characters_are_simple(key: str) -> None:
    assert dump({key: 1}) == f"{key}: 1\n"


def test_longer_keys_start_with_question_mark() -> None:
    key = "k" * 1_001
    assert dump(
        {key: "a", "b": {key: [1, {"c": 2}]}, "d": [{key: {"e": 3, "f": 4}}], "g": [{key: "a\nb"}]}
    ) == (
        f"? {key}\n: a\nb:\n  ? {key}\n  : - 1\n    - c: 2\n"
        f"d:\n- ? {key}\n  : e: 3\n    f: 4\ng:\n- ? {key}\n  : |-\n    a\n    b\n"
    )


def test_length_of_key_includes_its_quotes() -> None:
    assert dump({"\x07" * 300: 1}).startswith('? "\\x07')


@pytest.mark.parametrize(
    ("document", "line"),
    [
        *[({"type": 1}, "type: 1  # periodic"), ({"type": 9}, "type: 9"), ({"type": "1"}, "type: '1'")],
        *[({"type": True}, "type: true"), ({"type": 1.5}, "type: 1.5"), ({"type": None}, "type: null")],
        *[
            ({"cycle": "M"}, "cycle: M  # month"),
            ({"cycle": "mi"}, "cycle: mi  # minute"),
            ({"cycle": "m"}, "cycle: m"),
        ],
        *[
            ({"cycle": "D\n"}, "cycle: |\n  D"),
            ({"alertMode": 3}, "alertMode: 3  # email and SMS"),
            ({"cpu": 1}, "cpu: 1"),
        ],
        *[
            ({"syncType": 0}, "syncType: 0  # file synchronisation"),
            ({"extra": {"type": 1}}, "extra:\n  type: 1"),
        ],
    ],
)
def test_enum_words_follow_known_values_of_flow(document: Record, line: str) -> None:
    assert dump(document) == f"{line}\n"


def test_enum_words_follow_known_values_of_tasks_and_run_modes() -> None:
    document: Record = {"tasks": [{"type": 3, "runMode": {"taskMode": 2, "keyType": 0}}, {"type": "Shell"}]}
    assert dump(document) == (
        "tasks:\n- type: 3  # shell\n  runMode:\n    taskMode: 2  # multiple tasks\n    keyType: 0\n"
        "- type: Shell\n"
    )


def test_too_large_document_is_refused() -> None:
    with pytest.raises(CanonicalError, match="more than the limit of 33,554,432"):
        dump({"tasks": [{"cmd": "-" * (32 * 1024 * 1024)}]})


LINES = (
    "set -e",
    "./load.sh ${cal_dt}",
    "",
    "  if [ -f x ]; then",
    "\techo 'a: b' # c",
    "fi ",
    '"',
    "中文",
    "a\\",
    "---",
    "\x1b[0m",
)
ENDINGS = ("\n", "\r\n", "\r")


@given(
    lines=st.lists(st.sampled_from(LINES), min_size=2, max_size=12),
    ending=st.sampled_from(ENDINGS),
    last=st.sampled_from(("", "\n", "\r\n")),
)
def test_script_line_is_one_file_line(lines: list[str], ending: str, last: str) -> None:
    script = ending.join(lines) + last
    assume("\n" in script or "\r" in script)
    head, *body = dump({"cmd": script}).removesuffix("\n").split("\n")
    written = body if head.startswith("cmd: |") else [head, *body]
    assert len(written) == len(script.splitlines())
    assert parse("format: 1\n" + dump({"cmd": script}))["cmd"] == script


@given(
    lines=st.lists(st.sampled_from(LINES), min_size=3, max_size=12),
    ending=st.sampled_from(ENDINGS),
    seed=st.integers(0, 2**32),
)
def test_edited_script_line_changes_one_file_line(lines: list[str], ending: str, seed: int) -> None:
    dice = Random(seed)
    edited = [*lines]
    edited[dice.randrange(len(lines))] = dice.choice(LINES)
    before, after = (
        dump({"name": "n", "cmd": ending.join(some) + ending, "z": 1}) for some in (lines, edited)
    )
    assume(_style(before) == _style(after))
    changes = [
        line
        for line in unified_diff(before.split("\n"), after.split("\n"), lineterm="", n=0)
        if line[0] in "+-" and not line.startswith(("---", "+++"))
    ]
    assert [change[0] for change in changes] == (["-", "+"] if lines != edited else [])


def _style(text: str) -> str:
    scalar = text.split("\n")[1].removeprefix("cmd: ")
    return '"' if scalar.startswith('"') else scalar
