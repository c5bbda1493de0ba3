"""Compare written documents with golden files byte by byte; one folder for each case."""

from pathlib import Path

import pytest

from flowsync.document.load import load_document
from flowsync.document.writer import dump
from flowsync.flow.canonical import canonicalize
from flowsync.flow.values import parse_json_bytes

CASES = sorted((Path(__file__).parent / "golden").iterdir())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_export_is_written_as_golden_document(case: Path) -> None:
    export = parse_json_bytes((case / "export.json").read_bytes())
    assert isinstance(export, dict)
    assert dump(canonicalize(export, 2924)).encode() == (case / "document.yaml").read_bytes()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_golden_document_is_canonical(case: Path) -> None:
    data = (case / "document.yaml").read_bytes()
    assert dump(load_document(data)).encode() == data


def test_golden_cases_exist() -> None:
    assert len(CASES) >= 5
