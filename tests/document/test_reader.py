"""Test format.md §2.6 and §6: refused texts with their lines, and hand-edited files."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from strategies.readers import loader_of_flowsync
from strategies.texts import texts

from flowsync.document.reader import parse, parse_source, parse_yaml, parse_yaml_lines
from flowsync.document.writer import dump
from flowsync.errors import CanonicalError
from flowsync.flow.export import normalize
from flowsync.flow.values import MAX_NODES, decode_utf8

CANONICAL = """\
format: 1
flowId: 2924
name: nFlow
type: 1  # periodic
startTime: '2019-07-24'
tasks:
- name: tass
  cmd: |-
    set -e
    ./load.sh ${cal_dt}
relations: []
flowLinks: []
taskLinks: []
"""


@pytest.fixture(params=[yaml.CSafeLoader, yaml.SafeLoader], ids=["C", "Python"], autouse=True)
def _each_loader(request: pytest.FixtureRequest) -> Iterator[None]:
    with loader_of_flowsync(request.param):
        yield


def _refusal(text: str, read: Callable[[str], object] = parse) -> tuple[str, int | None]:
    with pytest.raises(CanonicalError) as caught:
        read(text)
    return caught.value.message, caught.value.line


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("format: 1\na: &x 1\nb: 2\n", "anchors and aliases", 2),
        ("format: 1\na: &x 1\nb: *x\n", "anchors and aliases", 2),
        ("format: 1\nb:\n- *x\n", "anchors and aliases", 3),
        ("format: 1\n&x a: 1\n", "anchors and aliases", 2),
        ("format: 1\na: !!str 1\n", "tags are not used", 2),
        ("format: 1\na: !x {}\n", "tags are not used", 2),
        ("format: 1\na: ! b\n", "tags are not used", 2),
        ("format: 1\n!!str a: 1\n", "tags are not used", 2),
        ("format: 1\na: 1\nb: 2\na: 3\n", "the key 'a' occurs twice", 4),
        ("format: 1\na:\n  b: 1\n  'b': 1\n", "the key 'b' occurs twice", 4),
        ("format: 1\n---\nformat: 1\n", "more than one document", 2),
        ("format: 1\n--- \n", "more than one document", 2),
        ("", "empty", 1),
        ("\n\n", "empty", 1),
        ("# nothing\n", "empty", 1),
        ("--- \n", "a document is a mapping", 1),
        ("- format: 1\n", "a document is a mapping", 1),
        ("format\n", "a document is a mapping", 1),
        ("name: a\n", "no `format: 1`", 1),
        ("format: '1'\n", "no `format: 1`", 1),
        ("format: true\n", "no `format: 1`", 1),
        ("format: 0\n", "no `format: 1`", 1),
        ("name: a\nformat: 2\n", "written by a newer flowsync", 2),
        ("format: 1\nflowId: a\n", "flowId is not an integer: 'a'", 2),
        ("format: 1\nflowId: null\n", "flowId is not an integer: None", 2),
        ("format: 1\nflowId: true\n", "flowId is not an integer: True", 2),
        ("format: 1\n1: a\n", "a key is not text", 2),
        ("format: 1\n? [a]\n: b\n", "a key is not text", 2),
        ("format: 1\n? {a: b}\n: c\n", "a key is not text", 2),
        ("format: 1\n~: b\n", "a key is not text", 2),
        ("format: 1\n: b\n", "not YAML", 2),
        ("format: 1\na: [1\nb: 2\n", "not YAML", 3),
        ("format: 1\n a: 1\n", "not YAML", 2),
        ("format: 1\na: 'b\n", "not YAML", None),
        ("format: 1\na: `b`\n", "not YAML", 2),
        ("%YAML 2.0\n---\nformat: 1\n", "not YAML", None),
        ("format: 1\na: \x00\n", "the character U+0000 is not allowed", 2),
        ("format: 1\na: " + "9" * 4_001 + "\n", "an integer of more than 4,000 digits", 2),
        ("format: 1\na: 1" + "0" * 400 + ".0\n", "is not a number", None),
        ('format: 1\na: "\\ud83d"\n', "", None),
        ("format: 1\na: '\ud83d'\n", "lone surrogate", None),
        ("format: 1\n\na: 'b\x85c'\n", "readers of YAML disagree about U+0085", 3),
        ("format: 1\na: |\n  b\u2028c\n", "readers of YAML disagree about U+2028", 3),
        ("format: 1\n# b\u2029c: 1\n", "readers of YAML disagree about U+2029", 2),
    ],
)
def test_text_that_is_not_a_document_is_refused_with_line(text: str, message: str, line: int | None) -> None:
    found, place = _refusal(text)
    assert message in found
    assert place == line or line is None


def test_newer_format_is_refused_with_hint() -> None:
    with pytest.raises(CanonicalError, match="format 2 was written by a newer flowsync") as caught:
        parse("format: 2\n")
    assert caught.value.hint == "upgrade flowsync"


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "[{a: ", "-\t", "!!seq [", "&a ["])
def test_twenty_thousand_brackets_are_refused(opening: str) -> None:
    _refusal("format: 1\na: " + opening * 20_000)
    _refusal("format: 1\na:\n  " + opening * 20_000)
    _refusal(opening * 20_000)


def test_depth_is_limited_while_reading() -> None:
    assert _refusal("format: 1\na: " + "[" * 64 + "1" + "]" * 64) == ("nested deeper than 64 levels", 2)
    assert parse("format: 1\na: " + "[" * 63 + "1" + "]" * 63)["format"] == 1


@pytest.mark.slow
@pytest.mark.parametrize("_each_loader", [yaml.CSafeLoader], ids=["C"], indirect=True)
def test_nodes_are_limited() -> None:
    message, _ = _refusal("format: 1\na: [" + "1," * MAX_NODES + "]\n")
    assert message == "more than 1,000,000 values"


def test_text_over_32_mebibytes_is_refused() -> None:
    assert "more than the limit of 33,554,432" in _refusal("format: 1\na: '" + "中" * 11_200_000 + "'\n")[0]


def test_bytes_that_are_not_utf_8_are_refused() -> None:
    with pytest.raises(CanonicalError, match="not UTF-8: byte 3 cannot be decoded"):
        decode_utf8(b"a: \xff")
    with pytest.raises(CanonicalError, match="not UTF-8"):
        decode_utf8("format: 1".encode("utf-16"))


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_the_line_of_a_byte_that_is_not_utf_8_is_known(start: bytes) -> None:
    with pytest.raises(CanonicalError) as caught:
        decode_utf8(start + b"format: 1\nname: \xb7\xe7\n\n\n")
    assert (caught.value.line, caught.value.hint) == (2, "save the file as UTF-8")


def test_byte_order_mark_is_ignored() -> None:
    assert parse(decode_utf8(b"\xef\xbb\xbfformat: 1\n")) == {"format": 1}


@pytest.mark.parametrize(
    "plain",
    [
        *(
            "y",
            "Y",
            "n",
            "yes",
            "No",
            "ON",
            "off",
            ".inf",
            "-.INF",
            ".NaN",
            "=",
            "<<",
            "017",
            "007",
            "00",
            "0o17",
        ),
        *(
            "0x1F",
            "0b101",
            "1_000",
            "1e3",
            "1E3",
            "1.5e3",
            "5e-05",
            "-.5",
            "+.5",
            "01.5",
            "1:30",
            "190:20:30.15",
        ),
    ],
)
def test_ambiguous_plain_text_is_refused(plain: str) -> None:
    assert _refusal(f"format: 1\na: {plain}\n") == (f"readers of YAML disagree about {plain!r}", 2)
    assert _refusal(f"format: 1\nb:\n- {plain}\n") == (f"readers of YAML disagree about {plain!r}", 3)
    assert parse(f"format: 1\na: '{plain}'\n")["a"] == plain


def test_ambiguous_keys_are_refused() -> None:
    assert _refusal("format: 1\non: 1\n") == ("readers of YAML disagree about 'on'", 2)
    assert _refusal("format: 1\n<<: {a: 1}\n") == ("readers of YAML disagree about '<<'", 2)


@pytest.mark.parametrize(
    ("plain", "value"),
    [
        *[
            ("", None),
            ("~", None),
            ("null", None),
            ("Null", None),
            ("NULL", None),
            ("nULL", "nULL"),
            ("true", True),
        ],
        *[("True", True), ("FALSE", False), ("tRUE", "tRUE"), ("0", 0), ("-0", 0), ("+5", 5), ("-12", -12)],
        *[
            ("1.0", 1),
            ("1.", 1),
            (".5", 0.5),
            ("0.5", 0.5),
            ("5.0e-05", 5e-05),
            ("1.5E+3", 1500),
            ("-1.5", -1.5),
        ],
        *[
            ("2019-07-24", "2019-07-24"),
            ("2001-12-14 21:59:43", "2001-12-14 21:59:43"),
            ("0 0 0 * * ? *", "0 0 0 * * ? *"),
        ],
        *[
            ("a#b", "a#b"),
            ("12:99", "12:99"),
            ("1,5", "1,5"),
            ("v1.0", "v1.0"),
            ("中文", "中文"),
            ("1e", "1e"),
        ],
    ],
)
def test_plain_text_is_read_as_other_readers_do(plain: str, value: Any) -> None:
    read = parse(f"format: 1\na: {plain}\n")["a"]
    assert (type(read), read) == (type(value), value)


HEADER, TASKS = CANONICAL.split("tasks:\n", 1)
HEADER_LINES = HEADER.splitlines()
BY_HAND = {
    "flow style": (
        "{format: 1, flowId: 2924, name: nFlow, type: 1, startTime: 2019-07-24, tasks: [{name: tass, "
        'cmd: "set -e\\n./load.sh ${cal_dt}"}], relations: [], flowLinks: [], taskLinks: []}'
    ),
    "JSON": (
        '{"format": 1, "flowId": 2924, "name": "nFlow", "type": 1, "startTime": "2019-07-24",\n'
        '"tasks": [{"name": "tass", "cmd": "set -e\\n./load.sh ${cal_dt}"}]}'
    ),
    "comments": "# by hand\n" + CANONICAL.replace("name: nFlow", "name: 'nFlow' # quoted\n\n"),
    "indented": HEADER
    + "tasks:\n    -   name: tass\n        cmd: |-\n          set -e\n          ./load.sh ${cal_dt}\n",
    "unquoted": CANONICAL.replace("'2019-07-24'", "2019-07-24").replace("type: 1  # periodic", "type: +1.0"),
    "folded": CANONICAL.replace("|-\n    set -e\n    ./load", ">-\n    set -e\n\n    ./load"),
    "CRLF": CANONICAL.replace("\n", "\r\n"),
    "markers": f"---\n{CANONICAL}...\n",
    "directive": f"%YAML 1.2\n---\n{CANONICAL}",
    "empty lists": CANONICAL.replace("relations: []\n", "relations:\n").replace("taskLinks: []\n", ""),
    "other order": "\n".join([*reversed(HEADER_LINES), f"tasks:\n{TASKS}"]),
}


@pytest.mark.parametrize("text", BY_HAND.values(), ids=BY_HAND)
def test_any_yaml_style_is_read(text: str) -> None:
    assert dump(normalize(parse(text))) == CANONICAL


@given(text=texts())
def test_json_quotes_are_read(text: str) -> None:
    quoted = "".join(f"\\U{ord(character):08x}" for character in text)
    assert parse(f'{{format: 1, "a": "{quoted}"}}')["a"] == text


@given(text=st.text(max_size=50))
def test_any_text_is_read_or_raises_canonical_error(text: str) -> None:
    for read in (parse, parse_source, parse_yaml):
        with suppress(CanonicalError):
            read(f"format: 1\n{text}")


def test_every_value_has_its_line() -> None:
    source = parse_source(CANONICAL)
    assert source.document == parse(CANONICAL)
    assert source.lines == {
        (): 1,
        ("format",): 1,
        ("flowId",): 2,
        ("name",): 3,
        ("type",): 4,
        ("startTime",): 5,
        ("tasks",): 7,
        ("tasks", 0): 7,
        ("tasks", 0, "name"): 7,
        ("tasks", 0, "cmd"): 8,
        ("relations",): 11,
        ("flowLinks",): 12,
        ("taskLinks",): 13,
    }


def test_parse_yaml_follows_the_same_rules() -> None:
    assert parse_yaml("- a\n- {b: 1}\n") == ["a", {"b": 1}]
    assert parse_yaml_lines("a:\n  b: 1\n") == ({"a": {"b": 1}}, {(): 1, ("a",): 2, ("a", "b"): 2})
    assert _refusal("a: 1\na: 2\n", parse_yaml) == ("the key 'a' occurs twice", 2)
    assert _refusal("a: yes\n", parse_yaml) == ("readers of YAML disagree about 'yes'", 1)
