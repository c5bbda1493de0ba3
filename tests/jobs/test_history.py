"""Histories told from versions that share what is equal say what those read one by one say."""

from datetime import datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from strategies.exports import documents, exports

from flowsync.diff.documents import changes
from flowsync.diff.findings import Setting, findings
from flowsync.errors import CanonicalError
from flowsync.flow.canonical import canonical
from flowsync.flow.export import document_of
from flowsync.flow.values import Record
from flowsync.flow.versions import Versions
from flowsync.flow.writer import render

_SETTING = Setting("prod", 7, datetime.fromisoformat("2026-11-02T03:04"))


@st.composite
def _edited(draw: st.DrawFn) -> tuple[Record, Record]:
    """A flow and the same one with some of its fields taken from another."""
    before, other = draw(exports()), draw(exports())
    taken = [key for key in other if draw(st.booleans())]
    after = {**before, **{key: other[key] for key in taken}}
    if isinstance(after.get("tasks"), list) and draw(st.booleans()):
        after["tasks"] = [*after["tasks"][1:], {"name": "new", "cmd": "x"}]
    try:
        return canonical(before, 7), canonical(after, 7)
    except CanonicalError:
        return draw(st.tuples(documents(), documents()))


@given(pair=_edited())
def test_shared_versions_have_the_changes_of_separate_ones(pair: tuple[Any, Any]) -> None:
    texts = [render({**document, "flowId": 7}).encode() for document in pair]
    versions = Versions()
    before, after = (versions.document_of(7, text) for text in texts)
    lone_before, lone_after = (document_of(7, text) for text in texts)
    assert changes(before, after) == changes(lone_before, lone_after)
    assert findings(before, after, _SETTING) == findings(lone_before, lone_after, _SETTING)
    assert changes(after, after) == []
