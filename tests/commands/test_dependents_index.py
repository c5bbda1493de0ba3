"""Who waits for a flow: found by the bytes of documents, whatever way they are written."""

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


def target(name: str, link: int = 1) -> dict[str, Any]:
    return {"linkId": link, "targetTaskName": name, "rerun": True}


def flow(name: str, **lists: Any) -> dict[str, Any]:
    return {"name": name, "tasks": [{"name": "t", "cmd": "run\\x41 'all'"}], **lists}


def waits_for_flow(name: str, source: str) -> dict[str, Any]:
    return flow(name, flowLinks=[{"linkId": 1, "sourceFlowName": source}], linkRelations=[target("t")])


def waits_for_task(name: str, source: str, task: str) -> dict[str, Any]:
    return flow(
        name,
        taskLinks=[{"linkId": 1, "sourceFlowName": source, "sourceTaskName": task}],
        linkRelations=[target("t"), target("u")],
    )


class Files:
    """Documents by flow id, counting how often each is read."""

    def __init__(self, *texts: str) -> None:
        self.data = {number: text.encode() for number, text in enumerate(texts, 1)}
        self.files = {number: FlowFile(f"flows/prod/x.{number}.yaml", str(number)) for number in self.data}
        self.reads: list[int] = []

    def read(self, file: FlowFile) -> bytes:
        self.reads.append(int(file.blob))
        return self.data[int(file.blob)]

    def waiting_flows(self) -> DependentsIndex:
        return DependentsIndex("prod", self.files, self.read)


def written(number: int, export: dict[str, Any]) -> str:
    return dump(canonicalize(export, number))


def test_flows_that_wait_for_a_flow_or_its_task_are_found() -> None:
    files = Files(
        written(1, waits_for_task("report", "dw", "load")),
        written(2, flow("dw")),
        written(3, waits_for_flow("alarm", "dw")),
        written(4, waits_for_flow("other", "dwh")),
    )
    assert files.waiting_flows().dependents_of(["dw"]) == [
        Dependent("prod", 3, "alarm", "dw", "", ("t",)),
        Dependent("prod", 1, "report", "dw", "load", ("t", "u")),
    ]


def test_nothing_is_read_before_it_is_asked_for_and_little_afterwards() -> None:
    files = Files(
        written(1, waits_for_flow("a", "dw")), written(2, flow("b")), written(3, waits_for_flow("c", "other"))
    )
    waiting = files.waiting_flows()
    assert files.reads == []
    waiting.dependents_of(["dw"])
    assert files.reads == [1, 2, 3, 1]
    waiting.dependents_of(["dw", "nobody"])
    waiting.dependents_of([])
    assert files.reads == [1, 2, 3, 1]


def test_an_ambiguous_link_is_a_link_to_each_of_its_sources() -> None:
    links = [{"linkId": 1, "sourceFlowName": "a"}, {"linkId": 1, "sourceFlowName": "b"}]
    files = Files(written(1, flow("x", flowLinks=links, linkRelations=[target("t")])))
    waiting = files.waiting_flows()
    assert waiting.dependents_of(["a"]) == [Dependent("prod", 1, "x", "a", "", ("t",))]
    assert waiting.dependents_of(["b"]) == [Dependent("prod", 1, "x", "b", "", ("t",))]


def test_a_document_that_cannot_be_read_is_nobodys() -> None:
    files = Files("sourceFlowName: dw", written(2, waits_for_flow("x", "dw")))
    assert [one.flow_id for one in files.waiting_flows().dependents_of(["dw"])] == [2]


def test_a_command_that_looks_like_a_link_is_none() -> None:
    files = Files(
        written(1, {"name": "x", "tasks": [{"name": "t", "cmd": "a:\n  sourceFlowName: dw\n  b: c\n"}]})
    )
    assert linked_names(files.data[1]) == frozenset({"dw"})
    assert files.waiting_flows().dependents_of(["dw"]) == []


@given(NAMES, NAMES)
def test_canonical_documents_show_the_names_they_link_to(flow_name: str, task: str) -> None:
    text = written(1, waits_for_task(flow_name, flow_name, task))
    names = linked_names(text.encode())
    assert names is None or flow_name in names
    files = Files(text)
    assert [one.flow_id for one in files.waiting_flows().dependents_of([flow_name])] == [1]


@pytest.mark.parametrize("name", ["dw", "it's", "数据", "a name", "x: y", "null", "-", "42"])
def test_names_on_one_line_are_known_without_parsing(name: str) -> None:
    text = written(1, flow("x", flowLinks=[{"linkId": 1, "sourceFlowName": name}]))
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
def test_no_spelling_of_a_link_is_missed(links: str, end: str) -> None:
    text = f"format: 1\nflowId: 1\nname: x\nflowLinks:\n{links}\n".replace("\n", end)
    assert_found(text)


def assert_found(text: str) -> None:
    """Every link that a reader of the whole document sees is found by its name."""
    try:
        held = {link.flow for link in all_links(load_document(text.encode()))}
    except CanonicalError:  # not a document: nothing to be found
        held = set()
    waiting = Files(text).waiting_flows()
    assert all(waiting.dependents_of([name]) for name in held)


@given(
    name=NAMES,
    flow_style=st.sampled_from([None, True, False]),
    style=st.sampled_from([None, "'", '"', "|", ">"]),
    width=st.integers(4, 80),
)
def test_what_another_writer_wrote_is_found(name: str, flow_style: Any, style: Any, width: int) -> None:
    document = {"format": 1, "flowId": 1, "name": "x", "flowLinks": [{"sourceFlowName": name, "targets": []}]}
    text = yaml.safe_dump(document, default_flow_style=flow_style, default_style=style, width=width)
    assert_found(text)
    assert_found(json.dumps(document, indent=1))


def test_the_spellings_that_are_tried_are_links_to_a_reader() -> None:
    found = 0
    for links in HAND_EDITED:
        try:
            document = load_document(f"format: 1\nflowId: 1\nname: x\nflowLinks:\n{links}\n".encode())
        except CanonicalError:  # some stand here because they are no YAML
            continue
        found += len([*all_links(document)])
    assert found >= 18
