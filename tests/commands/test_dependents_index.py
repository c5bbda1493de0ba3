"""Dependents of a flow are found in the bytes of documents, in every notation."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from flowsync.analysis.dependents import Dependent
from flowsync.commands.dependents_index import DependentsIndex, linked_names
from flowsync.document.load import load_document
from flowsync.document.writer import dump
from flowsync.errors import CanonicalError
from flowsync.flow.canonical import canonicalize
from flowsync.graph.edges import all_links
from flowsync.repository.repository import FlowFile

NAMES = st.one_of(
    st.text(max_size=8).filter(lambda text: not any(0xD800 <= ord(character) < 0xE000 for character in text)),
    st.sampled_from(
        ["dw", "null", "it's", "a, b", "x: y", "数据", "two\nlines", "a\\x62", "- dash", " blank ", "#1"]
    ),
)


def link_relation(name: str, link: int = 1) -> dict[str, Any]:
    return {"linkId": link, "targetTaskName": name, "rerun": True}


def flow(name: str, **lists: Any) -> dict[str, Any]:
    return {"name": name, "tasks": [{"name": "t", "cmd": "run\\x41 'all'"}], **lists}


def flow_with_flow_link(name: str, source: str) -> dict[str, Any]:
    return flow(name, flowLinks=[{"linkId": 1, "sourceFlowName": source}], linkRelations=[link_relation("t")])


def flow_with_task_link(name: str, source: str, task: str) -> dict[str, Any]:
    return flow(
        name,
        taskLinks=[{"linkId": 1, "sourceFlowName": source, "sourceTaskName": task}],
        linkRelations=[link_relation("t"), link_relation("u")],
    )


class CountingFiles:
    """Documents by flow id, with a record of each read."""

    def __init__(self, *texts: str) -> None:
        self.data = {number: text.encode() for number, text in enumerate(texts, 1)}
        self.files = {number: FlowFile(f"flows/prod/x.{number}.yaml", str(number)) for number in self.data}
        self.reads: list[int] = []

    def read(self, file: FlowFile) -> bytes:
        self.reads.append(int(file.blob))
        return self.data[int(file.blob)]

    def index(self) -> DependentsIndex:
        return DependentsIndex("prod", self.files, self.read)


def render(number: int, export: dict[str, Any]) -> str:
    return dump(canonicalize(export, number))


def test_links_to_flows_and_tasks_are_found() -> None:
    files = CountingFiles(
        render(1, flow_with_task_link("report", "dw", "load")),
        render(2, flow("dw")),
        render(3, flow_with_flow_link("alarm", "dw")),
        render(4, flow_with_flow_link("other", "dwh")),
    )
    assert files.index().dependents_of(["dw"]) == [
        Dependent("prod", 3, "alarm", "dw", "", ("t",)),
        Dependent("prod", 1, "report", "dw", "load", ("t", "u")),
    ]


def test_files_are_read_on_demand_and_once() -> None:
    files = CountingFiles(
        render(1, flow_with_flow_link("a", "dw")),
        render(2, flow("b")),
        render(3, flow_with_flow_link("c", "other")),
    )
    index = files.index()
    assert files.reads == []
    index.dependents_of(["dw"])
    assert files.reads == [1, 2, 3, 1]
    index.dependents_of(["dw", "unused"])
    index.dependents_of([])
    assert files.reads == [1, 2, 3, 1]


def test_ambiguous_link_counts_for_each_of_its_sources() -> None:
    links = [{"linkId": 1, "sourceFlowName": "a"}, {"linkId": 1, "sourceFlowName": "b"}]
    files = CountingFiles(render(1, flow("x", flowLinks=links, linkRelations=[link_relation("t")])))
    index = files.index()
    assert index.dependents_of(["a"]) == [Dependent("prod", 1, "x", "a", "", ("t",))]
    assert index.dependents_of(["b"]) == [Dependent("prod", 1, "x", "b", "", ("t",))]


def test_unparseable_document_has_no_links() -> None:
    files = CountingFiles("sourceFlowName: dw", render(2, flow_with_flow_link("x", "dw")))
    assert [one.flow_id for one in files.index().dependents_of(["dw"])] == [2]


def test_command_that_looks_like_a_link_is_not_a_link() -> None:
    files = CountingFiles(
        render(1, {"name": "x", "tasks": [{"name": "t", "cmd": "a:\n  sourceFlowName: dw\n  b: c\n"}]})
    )
    assert linked_names(files.data[1]) == frozenset({"dw"})
    assert files.index().dependents_of(["dw"]) == []


@given(NAMES, NAMES)
def test_link_names_of_canonical_documents_are_found(flow_name: str, task: str) -> None:
    text = render(1, flow_with_task_link(flow_name, flow_name, task))
    names = linked_names(text.encode())
    assert names is None or flow_name in names
    files = CountingFiles(text)
    assert [one.flow_id for one in files.index().dependents_of([flow_name])] == [1]


@pytest.mark.parametrize("name", ["dw", "it's", "数据", "a name", "x: y", "null", "-", "42"])
def test_names_on_one_line_are_found_without_parsing(name: str) -> None:
    text = render(1, flow("x", flowLinks=[{"linkId": 1, "sourceFlowName": name}]))
    assert linked_names(text.encode()) == frozenset({name})


HAND_EDITED = [
    "- sourceFlowName: my\n    flow\n  targets: []",
    "- sourceFlowName: 'my\n    flow'\n  targets: []",
    "- sourceFlowName: my flow # not the other\n  targets: []",
    "- sourceFlowName: my flow\n\n  # a remark\n  targets: []",
    "- sourceFlowName:\n    my flow\n  targets: []",
    "- sourceFlowName: >-\n    my\n    flow\n  targets: []",
    "- sourceFlowName: 'my flow'\n  targets: []",
    "- 'sourceFlowName': my flow\n  targets: []",
    '- "source\\x46lowName": my flow\n  targets: []',
    '- "\\U00000073ourceFlowName"  : my flow\n  targets: []',
    "- ? sourceFlowName\n  : my flow\n  targets: []",
    '- ? "source\\\n    FlowName"\n  : my flow\n  targets: []',
    '- {? "source\\\n    FlowName" : my flow, targets: []}',
    "- {sourceFlowName: my flow, targets: []}",
    "- {\n  sourceFlowName: my flow,\n  targets: []\n  }",
    "- {\n  sourceFlowName: my flow\n  ,\n  targets: []\n  }",
    "- sourceFlowName: my\n    flow:\n  targets: []",
    "- sourceFlowName: my\n    - flow\n  targets: []",
    "-   targets: []\n    sourceFlowName:   my flow",
    "- ~sourceFlowName: my flow\n  targets: []",
    '- sourceFlowName: "my flow"\n  targets: []',
    '- sourceFlowName: "my\\x20flow"\n  targets: []',
]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("links", HAND_EDITED)
def test_links_are_found_in_every_notation(links: str, end: str) -> None:
    text = f"format: 1\nflowId: 1\nname: x\nflowLinks:\n{links}\n".replace("\n", end)
    assert_found(text)


def assert_found(text: str) -> None:
    """Assert that the index finds every link that parsing finds."""
    try:
        names = {link.flow for link in all_links(load_document(text.encode()))}
    except CanonicalError:  # not a document: it has no links
        names = set()
    index = CountingFiles(text).index()
    assert all(index.dependents_of([name]) for name in names)


@given(
    name=NAMES,
    flow_style=st.sampled_from([None, True, False]),
    style=st.sampled_from([None, "'", '"', "|", ">"]),
    width=st.integers(4, 80),
)
def test_links_of_other_yaml_writers_are_found(name: str, flow_style: Any, style: Any, width: int) -> None:
    document = {"format": 1, "flowId": 1, "name": "x", "flowLinks": [{"sourceFlowName": name, "targets": []}]}
    text = yaml.safe_dump(document, default_flow_style=flow_style, default_style=style, width=width)
    assert_found(text)
    assert_found(json.dumps(document, indent=1))


def test_most_hand_edited_notations_are_valid_links() -> None:
    found = 0
    for links in HAND_EDITED:
        try:
            document = load_document(f"format: 1\nflowId: 1\nname: x\nflowLinks:\n{links}\n".encode())
        except CanonicalError:  # some of them are not YAML
            continue
        found += len([*all_links(document)])
    assert found >= 18
