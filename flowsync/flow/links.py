"""Links and their targets: two lists tied by linkId in an export, one tree in a document, and back."""

from collections.abc import Container, Iterable, Iterator
from itertools import count
from typing import Final, TypeAlias

from flowsync.flow.fields import FLOW_LINK, LINK_RELATION, TASK_LINK
from flowsync.flow.sorting import sort_entries
from flowsync.flow.values import Record, Value, json_text

LINK_ID: Final = "linkId"
TARGETS: Final = "targets"
AMBIGUOUS: Final = "ambiguousLinks"

_ById: TypeAlias = dict[str | None, list[Record]]
"""Records less their linkId, by its text; None holds those without one."""


def join_links(
    flow_links: list[Record], task_links: list[Record], relations: list[Record]
) -> dict[str, list[Record]]:
    """Join the three lists of an export to `flowLinks`, `taskLinks` and `ambiguousLinks` of a document.

    A link contains its relations as `targets`, sorted. Links and relations that no id joins unambiguously are
    one ambiguous entry per id, and one for each relation without an id (format.md §1.8).
    """
    flows, tasks, targets = (_by_id(records) for records in (flow_links, task_links, relations))
    clear = _unambiguous_ids(flows, tasks)
    ids = flows.keys() | tasks.keys() | targets.keys()
    entries = [
        _ambiguous_entry(flows.get(join, []), tasks.get(join, []), targets.get(join, []))
        for join in ids - clear - {None}
    ]
    entries += (_ambiguous_entry([], [], [relation]) for relation in targets.pop(None, []))
    return {
        "flowLinks": _links_with_targets(flows, FLOW_LINK.identity, clear, targets),
        "taskLinks": _links_with_targets(tasks, TASK_LINK.identity, clear, targets),
        AMBIGUOUS: sorted(entries, key=json_text),
    }


def split_links(document: Record) -> dict[str, list[Record]]:
    """`flowLinks`, `taskLinks` and `linkRelations` of an export; ids "0", "1", … in document order."""
    export: dict[str, list[Record]] = {"flowLinks": [], "taskLinks": [], "linkRelations": []}
    for number, entry in zip(count(), _entries(document), strict=False):
        for key, records in zip(export, entry, strict=True):
            export[key] += [{LINK_ID: str(number), **_without_id(record)} for record in records]
    return export


def _by_id(records: Iterable[Record]) -> _ById:
    by_id: _ById = {}
    for record in records:
        by_id.setdefault(_join_text(record), []).append(_without_id(record))
    return by_id


def _unambiguous_ids(flows: _ById, tasks: _ById) -> set[str | None]:
    """Return the ids that exactly one link has."""
    return {join for join in flows.keys() ^ tasks.keys() if len(flows.get(join) or tasks[join]) == 1}


def _links_with_targets(
    links: _ById, identity: tuple[str, ...], clear: Container[str | None], targets: _ById
) -> list[Record]:
    """Links without an id have no targets: nothing can join them."""
    entries = [
        _with_targets(link, identity, _sort_targets(targets.get(join, [])))
        for join, known in links.items()
        if join is None or join in clear
        for link in known
    ]
    return sort_entries(entries, identity)


def _with_targets(link: Record, identity: tuple[str, ...], targets: list[Value]) -> Record:
    """Return the link with its targets after the fields of the table, before unknown ones."""
    known = {key: link[key] for key in identity if key in link}
    return {**known, TARGETS: targets, **{key: value for key, value in link.items() if key not in known}}


def _ambiguous_entry(flow_links: list[Record], task_links: list[Record], targets: list[Record]) -> Record:
    return {
        "flowLinks": [*sort_entries(flow_links, FLOW_LINK.identity)],
        "taskLinks": [*sort_entries(task_links, TASK_LINK.identity)],
        TARGETS: [*_sort_targets(targets)],
    }


def _entries(document: Record) -> Iterator[tuple[list[Record], list[Record], list[Record]]]:
    for link in _records(document, "flowLinks"):
        yield [_without_targets(link)], [], _records(link, TARGETS)
    for link in _records(document, "taskLinks"):
        yield [], [_without_targets(link)], _records(link, TARGETS)
    for entry in _records(document, AMBIGUOUS):
        yield _records(entry, "flowLinks"), _records(entry, "taskLinks"), _records(entry, TARGETS)


def _records(record: Record, key: str) -> list[Record]:
    return record.get(key) or []  # type: ignore[return-value]  # the caller has checked the document's lists


def _sort_targets(targets: list[Record]) -> list[Value]:
    return [*sort_entries(targets, LINK_RELATION.identity)]


def _join_text(record: Record) -> str | None:
    value = record.get(LINK_ID)
    if value is None or isinstance(value, str):
        return value
    return json_text(value)


def _without_id(record: Record) -> Record:
    return {key: value for key, value in record.items() if key != LINK_ID}


def _without_targets(record: Record) -> Record:
    return {key: value for key, value in record.items() if key != TARGETS}
