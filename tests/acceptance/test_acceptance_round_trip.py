"""Every flow of the sample organisations survives the round trip from export to file and back."""

import json
from pathlib import Path
from typing import Any

import pytest
from acceptance.world import Live, Program
from strategies.meaning import as_sent

from flowsync.document.load import load_document
from flowsync.document.writer import dump
from flowsync.emulator.organisation import Organisation
from flowsync.emulator.sample import sample_organisations
from flowsync.flow.canonical import canonicalize
from flowsync.flow.export import to_export

_ORGANISATIONS = sample_organisations()
_FLOWS = [
    pytest.param(flow_id, export, id=f"{one.name}-{flow_id}")
    for one in _ORGANISATIONS
    for flow_id, export in one.flows.items()
]


def _with_parameters_listed(export: dict[str, Any]) -> dict[str, Any]:
    """Return the export with its parameters in the documented shape; the format keeps their values only."""
    value = export.get("parameters")
    while isinstance(value, str) and value.startswith(("[", "{", '"')):
        value = json.loads(value)
    entries = [{"key": key, "value": value[key]} for key in value] if isinstance(value, dict) else value
    return {**export, "parameters": json.dumps(entries)} if isinstance(entries, list) else export


@pytest.mark.parametrize(("flow_id", "export"), _FLOWS)
def test_an_export_survives_a_round_trip(flow_id: int, export: dict[str, Any]) -> None:
    text = dump(canonicalize(export, flow_id))
    document = load_document(text.encode())
    assert document == canonicalize(export, flow_id)
    assert as_sent(to_export(document)) == as_sent(_with_parameters_listed(export))


@pytest.mark.parametrize("sample", _ORGANISATIONS, ids=lambda one: one.name)
def test_writing_the_stored_documents_to_the_platform_is_not_a_change(
    sample: Organisation, repo: Path, prod: Live, flowsync: Program
) -> None:
    prod.put(dict(sample.flows))
    assert flowsync("sync", "-q").status == 0
    files = sorted((repo / "flows/prod").iterdir())
    documents = [load_document(file.read_bytes()) for file in files]
    assert len(documents) == len(sample.flows)
    for document in documents:
        flow_id = document["flowId"]
        assert isinstance(flow_id, int)
        prod.emulator.put_flow(prod.org_id, flow_id, to_export(document))
    again = flowsync("sync")
    assert (again.status, again.counts) == (0, {"flows": len(documents)})


def test_the_files_of_a_sync_are_canonical_and_valid(repo: Path, prod: Live, flowsync: Program) -> None:
    sample = _ORGANISATIONS[1]
    prod.put(dict(sample.flows))
    assert flowsync("sync", "-q").status == 0
    assert flowsync("fmt", "--check").status == 0
    validated = flowsync("validate")
    assert f"({len(sample.flows)} documents checked)" in validated.out
