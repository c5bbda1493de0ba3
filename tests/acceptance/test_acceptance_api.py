"""The public Python API against the emulator and a synced repository."""

from pathlib import Path

import pytest
from acceptance.world import Live, file_of

import flowsync


def test_an_export_becomes_the_document_that_a_sync_commits(synced: Path) -> None:
    with flowsync.Client.from_config(synced / "flowsync.yaml", "prod") as client:
        export = client.export(1)
    document = flowsync.canonicalize(export, flow_id=1)
    assert flowsync.dump(document).encode() == file_of(synced, 1).read_bytes()
    assert flowsync.load(file_of(synced, 1)) == document
    assert flowsync.load(str(file_of(synced, 1))) == document
    assert flowsync.load(flowsync.dump(document)) == document


def test_a_comparison_has_findings_an_impact_and_every_format(synced: Path, prod: Live) -> None:
    before = flowsync.load(file_of(synced, 1))
    prod.edit(1, "/cron", "0 0 3 * * ? *")
    with flowsync.Client.from_config(synced / "flowsync.yaml", "prod") as client:
        after = flowsync.canonicalize(client.export(1), flow_id=1)
    report = flowsync.compare(before, after, environment="prod")
    assert report
    assert [change.path for change in report.changes] == ["/cron"]
    assert report.impact == "behaviour"
    assert "03:00" in report.render("markdown")
    assert not flowsync.compare(before, before)
    assert flowsync.compare(before, before).impact is None


def test_errors_are_those_that_a_user_can_act_on(synced: Path) -> None:
    with pytest.raises(flowsync.FlowsyncError, match="cannot be read"):
        flowsync.load(synced / "missing.yaml")
    with pytest.raises(flowsync.CanonicalError):
        flowsync.load("just text\n")
    with pytest.raises(flowsync.CanonicalError, match="no flow"):
        flowsync.canonicalize(b'{"code": 0, "data": {}}')
    with pytest.raises(flowsync.UsageError, match="no such environment"):
        flowsync.Client.from_config(synced / "flowsync.yaml", "week")
    with pytest.raises(flowsync.ConfigError, match="cannot be read"):
        flowsync.Client.from_config(synced / "missing.yaml", "prod")
    with (
        flowsync.Client.from_config(synced / "flowsync.yaml", "prod") as client,
        pytest.raises(flowsync.GatewayError),
    ):
        client.export(404)


@pytest.mark.parametrize("kind", ["document", "config", "report", "show", "list", "doctor"])
def test_each_schema_is_published(kind: str) -> None:
    assert flowsync.json_schema(kind)["$schema"].endswith("2020-12/schema")


def test_an_unknown_format_or_schema_names_the_known_ones(synced: Path) -> None:
    document = flowsync.load(file_of(synced, 1))
    with pytest.raises(ValueError, match="expected one of text, markdown"):
        flowsync.compare(document, document).render("pdf")
    with pytest.raises(ValueError, match="expected one of document, config"):
        flowsync.json_schema("flow")


def test_nothing_but_the_documented_names_is_public() -> None:
    assert {name for name in flowsync.__all__ if not name.endswith("Error")} == {
        "__version__",
        "Client",
        "Report",
        "canonicalize",
        "compare",
        "dump",
        "json_schema",
        "load",
    }
