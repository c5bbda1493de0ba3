"""Renames between two sides of an environment are found without reading unchanged flows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from flowsync.commands.snapshots import Files, cascades_between
from flowsync.document.file_layout import document_path
from flowsync.document.writer import dump
from flowsync.flow.canonical import canonicalize
from flowsync.repository.repository import FlowFile

MANY: Final = range(100, 600)


def link_to(source: str) -> dict[str, Any]:
    return {
        "tasks": [{"name": "t"}],
        "flowLinks": [{"linkId": "0", "sourceFlowName": source}],
        "linkRelations": [{"linkId": "0", "targetTaskName": "t"}],
    }


@dataclass
class Side:
    """The exports of one side, and the flows that were read."""

    exports: Mapping[int, dict[str, Any]]
    reads: list[int] = field(default_factory=list)

    def text(self, flow_id: int) -> str:
        return dump(canonicalize(self.exports[flow_id], flow_id))

    def files(self, listed: Mapping[int, str] | None = None) -> Files:
        files = {
            flow_id: FlowFile(document_path("prod", export["name"], flow_id), self.text(flow_id))
            for flow_id, export in self.exports.items()
        }
        return Files(files, self.read, listed or {})

    def read(self, file: FlowFile) -> bytes:
        self.reads.append(int(file.path.rsplit(".", 2)[1]))
        return file.blob.encode()


def sides(*, others: Sequence[str] = ()) -> tuple[Side, Side]:
    """Return two sides: flow 1 is renamed, flow 2 follows, all `others` are unchanged."""
    rest = {flow_id: {"name": name} for flow_id, name in enumerate(others, MANY.start)}
    before = {1: {"name": "dw"}, 2: {"name": "report", **link_to("dw")}, **rest}
    after = {1: {"name": "warehouse"}, 2: {"name": "report", **link_to("warehouse")}, **rest}
    return Side(before), Side(after)


def reason(before: Side, after: Side, listed: Mapping[int, str] | None = None) -> str:
    """Return why flow 2 changed."""
    documents = (canonicalize(side.exports[2], 2) for side in (before, after))
    return cascades_between(before.files(), after.files(listed)).of(*documents).reason


def test_only_flows_whose_files_differ_are_read() -> None:
    before, after = sides(others=[f"other {number}" for number in MANY])
    assert reason(before, after) == "only follows the rename of flow dw to warehouse"
    assert {*before.reads, *after.reads} <= {1, 2}


def test_flow_without_changed_links_reads_nothing() -> None:
    before, after = sides()
    after.exports = {**after.exports, 2: {**before.exports[2], "desc": "edited"}}
    assert not reason(before, after)
    assert not before.reads
    assert not after.reads


def test_shared_name_prevents_a_cascade() -> None:
    assert not reason(*sides(others=["dw"]))
    assert not reason(*sides(others=["warehouse"]))
    assert reason(*sides(others=["DW", "Warehouse"]))


def test_discovered_name_is_used_for_a_flow_that_was_not_exported() -> None:
    before, after = sides()
    after.exports = {**after.exports, 1: before.exports[1]}
    assert not reason(before, after, {1: ""})
    assert reason(before, after, {1: "warehouse"}) == "only follows the rename of flow dw to warehouse"
    assert not reason(before, after, {1: "warehouse", 7: "warehouse"})


def test_unreadable_documents_are_not_followed() -> None:
    before, after = sides()
    files = after.files()
    broken = {**files.files, 1: FlowFile("flows/prod/warehouse.1.yaml", "name: [")}
    documents = (canonicalize(side.exports[2], 2) for side in (before, after))
    cascades = cascades_between(before.files(), Files(broken, after.read))
    assert not cascades.of(*documents).reason
