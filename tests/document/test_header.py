"""The header of a document: the same fields as the whole document, without its tasks."""

from typing import Any, Final

import pytest
from hypothesis import given
from strategies.exports import exports

from flowsync.document.header import load_flow_header
from flowsync.document.load import load_document
from flowsync.document.writer import dump
from flowsync.errors import CanonicalError
from flowsync.flow.canonical import canonicalize

_FIELDS = ("flowId", "name", "type", "cron", "startTime")
_FLOW: Final[dict[str, Any]] = {
    "name": "etl",
    "type": 1,
    "cron": "0 0 1 * * ? *",
    "tasks": [{"name": "load", "cmd": "a\ntasks:\n"}],
}


@given(exports())
def test_the_header_has_the_values_of_the_document(export: dict[str, Any]) -> None:
    data = dump(canonicalize(export, 7)).encode()
    header, document = load_flow_header(7, data), load_document(data)
    assert [header.get(field) for field in _FIELDS] == [document.get(field) for field in _FIELDS]


@pytest.mark.parametrize("desc", ["tasks:", "a\ntasks:\nb", "a\r\ntasks:\r\n", "owners: x\n\n"])
def test_a_description_does_not_end_the_header(desc: str) -> None:
    data = dump(canonicalize({**_FLOW, "desc": desc}, 7)).encode()
    assert load_flow_header(7, data)["cron"] == "0 0 1 * * ? *"


def test_the_tasks_are_not_parsed() -> None:
    data = dump(canonicalize(_FLOW, 7)).encode() + b"\t: ]\n"
    header = load_flow_header(7, data)
    assert header["name"] == "etl"
    assert "tasks" not in header


@pytest.mark.parametrize(
    "text",
    [
        "format: 1\nflowId: 7\ntasks: []\nname: etl\ntype: 1\ncron: 0 0 1 * * ? *\n",
        "# by hand\nformat: 1\nflowId: 7\nname: etl\ntype: 1\ncron: 0 0 1 * * ? *\n",
        '{"format": 1, "flowId": 7, "name": "etl", "type": 1, "cron": "0 0 1 * * ? *"}',
        'format: 1\nflowId: 7\ndesc: "a\ntasks: b"\nname: etl\ntype: 1\ncron: 0 0 1 * * ? *\n',
    ],
    ids=["other order", "comment", "JSON", "quoted text in the first column"],
)
def test_a_document_that_is_edited_by_hand_is_loaded_as_a_whole(text: str) -> None:
    header = load_flow_header(7, text.encode())
    assert [header.get(field) for field in _FIELDS[:4]] == [7, "etl", 1, "0 0 1 * * ? *"]


@pytest.mark.parametrize(
    "text", ["format: 1\nflowId: 8\nname: etl\n", "flow", "format: 9\nflowId: 7\n", "\xff"]
)
def test_anything_else_is_an_error(text: str) -> None:
    with pytest.raises(CanonicalError):
        load_flow_header(7, text.encode("latin-1"))
