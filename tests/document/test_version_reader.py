"""Test that versions of documents are read like single documents."""

from typing import Any, Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies.exports import documents
from strategies.meaning import exact

from flowsync.document.load import load_flow_document
from flowsync.document.version_reader import VersionReader
from flowsync.document.writer import dump
from flowsync.errors import CanonicalError
from flowsync.flow.canonical import canonicalize
from flowsync.flow.values import Record

_PIECES: Final = (
    "", " ", "  ", "- ", "\n", "\n\n", "\r\n", "# note\n", "'", '"', "|", ": ", "~", "null", "1e3", "\t",
    "\ufeff", "\x85", "freq: x\n", "linkRelations: []\n", "format: 1\n", "---\n", "- name: a\n", "no", "..",
)  # fmt: skip

_SAMPLE: Final = """\
format: 1
flowId: 7
name: ingest
desc: |-
  two

  lines
type: 1  # periodic
cron: 0 0 1 * * ? *
owners:
- a
- b
parameters:
- key: site
  value: jiuquan
tasks:
- name: load
  type: 3  # shell
  cmd: |
    set -e
      ./load.sh

    exit
  runMode:
    taskMode: 1  # single task
    cpu: 0.5
  timeout: 5
  note: null
- name: report
  cmd: './report.sh it''s'
relations:
- sourceTaskName: load
  targetTaskName: report
  rerun: true
flowLinks: []
taskLinks:
- sourceFlowName: dw
  sourceTaskName: load
  targets:
  - targetTaskName: load
extra:
- 1
- two
"""


def _result(read: Any, text: str, flow_id: int = 7) -> object:
    try:
        return exact(read(flow_id, text.encode()))
    except CanonicalError as error:
        return (error.message, error.pointer, error.line)


@given(document=documents(), other=documents())
def test_canonical_text_is_read_as_without_cache(document: Record, other: Record) -> None:
    versions = VersionReader()
    for one in (document, other, document):
        text = dump({**one, "flowId": 7})
        assert _result(versions.load_flow_document, text) == _result(load_flow_document, text)


@given(data=st.data(), document=documents() | st.none())
@example(data=None, document=None)
def test_hand_edited_text_is_read_or_refused_as_without_cache(
    data: st.DataObject | None, document: Record | None
) -> None:
    text = _SAMPLE if document is None else dump({**document, "flowId": 7})
    versions = VersionReader()
    assert _result(versions.load_flow_document, text) == _result(load_flow_document, text)
    if data is not None:
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 40)))
        edited = text[:start] + data.draw(st.sampled_from(_PIECES)) + text[end:]
        assert _result(versions.load_flow_document, edited) == _result(load_flow_document, edited)


@given(
    lists=st.lists(
        st.lists(st.sampled_from([1, "a", " b", "- c", [], [2], {"k": "x\n- y"}, None])), max_size=4
    )
)
def test_unknown_lists_are_read_as_without_cache(lists: list[Any]) -> None:
    versions = VersionReader()
    for one in lists:
        text = dump(canonicalize({"name": "ingest", "lineage": one}, 7))
        assert _result(versions.load_flow_document, text) == _result(load_flow_document, text)


@given(data=st.data(), document=documents() | st.none())
def test_text_with_moved_lines_is_read_or_refused_as_without_cache(
    data: st.DataObject, document: Record | None
) -> None:
    text = _SAMPLE if document is None else dump({**document, "flowId": 7})
    lines = text.splitlines(keepends=True)
    one, other = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    lines.insert(other, lines[one] if data.draw(st.booleans()) else lines.pop(one))
    versions = VersionReader()
    versions.load_flow_document(7, text.encode())
    edited = "".join(lines)
    assert _result(versions.load_flow_document, edited) == _result(load_flow_document, edited)


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("  timeout: 5\n", "  timeout: 6\n"),
        ("  timeout: 5\n", "  timeout: 05\n"),
        ("  timeout: 5\n", "  timeout: '5'\n"),
        ("  timeout: 5\n", "  timeout: 5.0\n"),
        ("  timeout: 5\n", "  timeout: true\n"),
        ("  timeout: 5\n", "  timeout: 5  # seconds\n"),
        ("type: 1  # periodic\n", "type: 0  # periodic\n"),
        ("- name: report\n", "- name: load\n"),
        ("- name: report\n", "- name: a\n"),
        ("- b\n", "- a\n"),
        ("- b\n", "- ' b'\n"),
        ("cron: 0 0 1 * * ? *\n", "freq: 0 0 1 * * ? *\n"),
        ("cron: 0 0 1 * * ? *\n", "freq: null\n"),
        ("flowId: 7\n", "flowId: 8\n"),
        ("flowId: 7\n", "flowId: null\n"),
        ("flowId: 7\n", ""),
        ("format: 1\n", "format: 2\n"),
        ("flowLinks: []\n", "flowLinks:\n"),
        ("flowLinks: []\n", ""),
        ("flowLinks: []\n", "flowLinks: []\nambiguousLinks: []\n"),
        ("- two\n", "- - two\n"),
        ("- two\n", "- no\n"),
        ("- two\n", "-\n"),
    ],
)
def test_text_with_one_edited_line_is_read_or_refused_as_without_cache(line: str, instead: str) -> None:
    assert _SAMPLE.count(line) == 1
    versions = VersionReader()
    versions.load_flow_document(7, _SAMPLE.encode())
    edited = _SAMPLE.replace(line, instead)
    assert _result(versions.load_flow_document, edited) == _result(load_flow_document, edited)


def test_versions_share_unchanged_values() -> None:
    versions = VersionReader()
    before = versions.load_flow_document(7, _SAMPLE.encode())
    after = versions.load_flow_document(7, _SAMPLE.replace("timeout: 5", "timeout: 6").encode())
    assert after["relations"] is before["relations"]
    assert after["tasks"][1] is before["tasks"][1]  # type: ignore[index]
    assert after["tasks"][0] != before["tasks"][0]  # type: ignore[index]


def test_cache_is_bounded() -> None:
    versions = VersionReader(max_characters=2_000)
    for number in range(200):
        text = _SAMPLE.replace("timeout: 5", f"timeout: {number}")
        assert _result(versions.load_flow_document, text) == _result(load_flow_document, text)
    assert sum(len(text) for _, text in versions._parts) < 4_000


def test_file_of_other_flow_is_refused() -> None:
    with pytest.raises(CanonicalError, match="file name has flow 8, the document has flow 7"):
        VersionReader().load_flow_document(8, _SAMPLE.encode())
