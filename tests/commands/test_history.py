"""Versions that share equal parts have the same changes as versions that are loaded one by one."""

from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.exports import documents, exports
from strategies.lookalikes import lookalikes

from flowsync.analysis.analyze import DiffContext, analyze
from flowsync.diff.document_diff import compare_documents
from flowsync.diff.shared_values import strip_shared
from flowsync.document.load import load_flow_document
from flowsync.document.version_reader import VersionReader
from flowsync.document.writer import dump
from flowsync.errors import CanonicalError
from flowsync.flow.canonical import canonicalize
from flowsync.flow.values import Record, Value

_CONTEXT = DiffContext("prod", 7, datetime.fromisoformat("2026-11-02T03:04"))


@st.composite
def _edited(draw: st.DrawFn) -> tuple[Record, Record]:
    """Draw a flow and the same flow with some fields of another one."""
    before, other = draw(exports()), draw(exports())
    taken = [key for key in other if draw(st.booleans())]
    after = {**before, **{key: other[key] for key in taken}}
    if isinstance(before.get("tasks"), list):
        match draw(st.integers(0, 3)):
            case 0:
                after["tasks"] = [*before["tasks"][1:], {"name": "new", "cmd": "x"}]
            case 1 if before["tasks"]:
                after = {**before, "tasks": [{**before["tasks"][0], "timeout": 4711}, *before["tasks"][1:]]}
    try:
        return canonicalize(before, 7), canonicalize(after, 7)
    except CanonicalError:
        return draw(st.tuples(documents(), documents()))


@pytest.mark.parametrize(
    "seeds", [range(100), pytest.param(range(100, 10_000), marks=pytest.mark.slow)], ids=["some", "many"]
)
def test_shared_versions_with_exchanged_names_have_the_same_changes(seeds: range) -> None:
    """One relation object may be removed from one task and added to another."""
    for seed in seeds:
        pair = [canonicalize(side, 7) for side in lookalikes(Random(seed))]
        versions = VersionReader()
        before, after = (versions.load_flow_document(7, dump(side).encode()) for side in pair)
        assert compare_documents(before, after) == compare_documents(*pair), seed
        assert compare_documents(after, before) == compare_documents(pair[1], pair[0]), seed


@given(pair=_edited())
def test_shared_versions_have_the_same_changes(pair: tuple[Any, Any]) -> None:
    texts = [dump({**document, "flowId": 7}).encode() for document in pair]
    versions = VersionReader()
    before, after = (versions.load_flow_document(7, text) for text in texts)
    separate_before, separate_after = (load_flow_document(7, text) for text in texts)
    assert compare_documents(before, after) == compare_documents(separate_before, separate_after)
    assert analyze(before, after, _CONTEXT) == analyze(separate_before, separate_after, _CONTEXT)
    assert compare_documents(after, after) == []
    brief = replace(_CONTEXT, downstream=False)
    assert analyze(*strip_shared(before, after), brief) == analyze(separate_before, separate_after, brief)


def test_only_the_task_that_differs_is_compared() -> None:
    tasks: list[Value] = [{"name": name, "cmd": name} for name in "abc"]
    relations: list[Value] = [{"sourceTaskName": "a", "targetTaskName": "b"}]
    edited: list[Value] = [tasks[0], {"name": "b", "cmd": "other"}, tasks[2]]
    texts = [
        dump(canonicalize({"name": "f", "tasks": listed, "relations": relations}, 7)).encode()
        for listed in (tasks, edited)
    ]
    versions = VersionReader()
    before, after = (versions.load_flow_document(7, text) for text in texts)
    assert strip_shared(before, before)[0]["tasks"] == []
    old, new = strip_shared(before, after)
    assert (old["tasks"], new["tasks"]) == ([tasks[1]], [{"name": "b", "cmd": "other"}])
    assert "relations" not in old


def test_exchanged_names_keep_shared_relations() -> None:
    bodies = {name: "\n".join(f"./{name} {number}" for number in range(20)) for name in "abc"}
    relations: list[Value] = [{"sourceTaskName": "a", "targetTaskName": "c"}]
    texts = [
        dump(
            canonicalize(
                {
                    "name": "f",
                    "tasks": [{"name": name, "cmd": bodies[body]} for name, body in map(tuple, pairs)],
                    "relations": relations,
                },
                7,
            )
        ).encode()
        for pairs in (("aa", "bb", "cc"), ("ab", "ba", "cc"))
    ]
    versions = VersionReader()
    shared = [versions.load_flow_document(7, text) for text in texts]
    assert shared[0]["relations"] is shared[1]["relations"]
    assert compare_documents(*shared) == compare_documents(*(load_flow_document(7, text) for text in texts))
