import json
from pathlib import Path

import pytest

from flowsync.emulator.organisation import organisation_from_folder
from flowsync.errors import FlowsyncError

EXPORT = {"name": "描述", "tasks": []}


@pytest.mark.parametrize(
    "saved",
    [EXPORT, {"code": 0, "msg": "OK", "data": EXPORT}, {"status": 0, "msg": "Success", "data": EXPORT}],
    ids=["bare", "code", "status"],
)
def test_a_saved_export_is_read_with_or_without_its_envelope(tmp_path: Path, saved: object) -> None:
    (tmp_path / "2924.json").write_text(json.dumps(saved), encoding="utf-8")
    assert organisation_from_folder(tmp_path).flows == {2924: EXPORT}


def test_a_byte_order_mark_is_tolerated(tmp_path: Path) -> None:
    (tmp_path / "1.json").write_text(json.dumps(EXPORT, ensure_ascii=False), encoding="utf-8-sig")
    assert organisation_from_folder(tmp_path).flows == {1: EXPORT}


def test_files_that_are_not_named_by_a_flow_id_are_ignored(tmp_path: Path) -> None:
    for name in ("7.json", "notes.json", "8.txt"):
        (tmp_path / name).write_text(json.dumps(EXPORT), encoding="utf-8")
    assert list(organisation_from_folder(tmp_path).flows) == [7]


def test_a_data_field_of_a_flow_is_not_an_envelope(tmp_path: Path) -> None:
    (tmp_path / "7.json").write_text('{"name": "a", "data": {}}', encoding="utf-8")
    assert organisation_from_folder(tmp_path).flows[7] == {"name": "a", "data": {}}


def test_a_folder_without_exports_is_refused_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(FlowsyncError, match="no exports in the folder") as caught:
        organisation_from_folder(tmp_path)
    assert "<flowId>.json" in caught.value.hint


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"code": 0, "data": null}', b"\xff\xfe", b"[" * 100_000])
def test_a_file_that_is_not_an_export_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "7.json").write_bytes(content)
    with pytest.raises(FlowsyncError) as caught:
        organisation_from_folder(tmp_path)
    assert "7.json" in caught.value.message
