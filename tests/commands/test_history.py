"""Histories told from versions that share what is equal say what those read one by one say."""

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

_SETTING = DiffContext("prod", 7, datetime.fromisoformat("2026-11-02T03:04"))


@st.composite
def _edited(draw: st.DrawFn) -> tuple[Record, Record]:
    """A flow and the same one with some of its fields taken from another."""
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
def test_shared_versions_of_exchanged_names_have_the_changes_of_separate_ones(seeds: range) -> None:
    """One relation may be what is gone of one task and what has come of another, as one object."""
    for seed in seeds:
        pair = [canonicalize(side, 7) for side in lookalikes(Random(seed))]
        versions = VersionReader()
        before, after = (versions.load_flow_document(7, dump(side).encode()) for side in pair)
        assert compare_documents(before, after) == compare_documents(*pair), seed
        assert compare_documents(after, before) == compare_documents(pair[1], pair[0]), seed


@given(pair=_edited())
def test_shared_versions_have_the_changes_of_separate_ones(pair: tuple[Any, Any]) -> None:
    texts = [dump({**document, "flowId": 7}).encode() for document in pair]
    versions = VersionReader()
    before, after = (versions.load_flow_document(7, text) for text in texts)
    lone_before, lone_after = (load_flow_document(7, text) for text in texts)
    assert compare_documents(before, after) == compare_documents(lone_before, lone_after)
    assert analyze(before, after, _SETTING) == analyze(lone_before, lone_after, _SETTING)
    assert compare_documents(after, after) == []
    brief = replace(_SETTING, downstream=False)
    assert analyze(*strip_shared(before, after), brief) == analyze(lone_before, lone_after, brief)


def test_of_versions_that_differ_in_one_task_only_that_task_is_compared() -> None:
    tasks: list[Value] = [{"name": name, "cmd": name} for name in "abc"]
    relations: list[Value] = [{"sourceTaskName": "a", "targetTaskName": "b"}]
    edited: list[Value] = [tasks[0], {"name": "b", "cmd": "other"}, tasks[2]]
    texts = [
        dump(canonicalize({"name": "f", "tasks": held, "relations": relations}, 7)).encode()
        for held in (tasks, edited)
    ]
    versions = VersionReader()
    before, after = (versions.load_flow_document(7, text) for text in texts)
    assert strip_shared(before, before)[0]["tasks"] == []
    was, becomes = strip_shared(before, after)
    assert (was["tasks"], becomes["tasks"]) == ([tasks[1]], [{"name": "b", "cmd": "other"}])
    assert "relations" not in was


def test_names_that_are_exchanged_take_shared_relations_with_them() -> None:
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
