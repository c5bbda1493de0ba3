"""Links and their targets: two lists tied by linkId in an export, one tree in a document, and back."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Final

from flowsync.flow.fields import FLOW_LINK, LINK_RELATION, TASK_LINK
from flowsync.flow.order import sorted_entries
from flowsync.flow.values import Record, Value, json_text

LINK_ID: Final = "linkId"
TARGETS: Final = "targets"
AMBIGUOUS: Final = "ambiguousLinks"


def joined(
    flow_links: list[Record], task_links: list[Record], relations: list[Record]
) -> dict[str, list[Record]]:
    """The three lists of an export as `flowLinks`, `taskLinks` and `ambiguousLinks` of a document.

    A link holds its relations as `targets`, sorted. What no id ties together for certain is ambiguous:
    one entry per id, one for each relation without an id (format.md §1.8).
    """
    targets: dict[str | None, list[Record]] = {}
    for relation in relations:
        targets.setdefault(_join_text(relation), []).append(_without_id(relation))
    holders = Counter(_join_text(link) for link in (*flow_links, *task_links))
    return {
        "flowLinks": _links_with_targets(flow_links, FLOW_LINK.identity, holders, targets),
        "taskLinks": _links_with_targets(task_links, TASK_LINK.identity, holders, targets),
        AMBIGUOUS: _ambiguous(flow_links, task_links, holders, targets),
    }


def separated(document: Record) -> dict[str, list[Record]]:
    """`flowLinks`, `taskLinks` and `linkRelations` of an export; ids "0", "1", … in document order."""
    export: dict[str, list[Record]] = {"flowLinks": [], "taskLinks": [], "linkRelations": []}
    for number, entry in zip(count(), _entries(document), strict=False):
        for key, records in zip(export, entry, strict=True):
            export[key] += [{LINK_ID: str(number), **_without_id(record)} for record in records]
    return export


def _links_with_targets(
    links: Iterable[Record],
    identity: tuple[str, ...],
    holders: Counter[str | None],
    targets: dict[str | None, list[Record]],
) -> list[Record]:
    entries = []
    for link in links:
        join = _join_text(link)
        if join is None:
            entries.append({**_without_id(link), TARGETS: []})
        elif holders[join] == 1:
            entries.append({**_without_id(link), TARGETS: _sorted_targets(targets.get(join, []))})
    return sorted_entries(entries, identity)


def _ambiguous(
    flow_links: list[Record],
    task_links: list[Record],
    holders: Counter[str | None],
    targets: dict[str | None, list[Record]],
) -> list[Record]:
    ids = {join for join, number in holders.items() if number > 1} | (targets.keys() - holders.keys())
    entries = [_ambiguous_entry([], [], [relation]) for relation in targets.get(None, [])]
    entries += (
        _ambiguous_entry(_held(flow_links, join), _held(task_links, join), targets.get(join, []))
        for join in ids - {None}
    )
    return sorted(entries, key=json_text)


def _ambiguous_entry(flow_links: list[Record], task_links: list[Record], targets: list[Record]) -> Record:
    return {
        "flowLinks": [*sorted_entries(flow_links, FLOW_LINK.identity)],
        "taskLinks": [*sorted_entries(task_links, TASK_LINK.identity)],
        TARGETS: [*_sorted_targets(targets)],
    }


def _held(links: list[Record], join: str | None) -> list[Record]:
    return [_without_id(link) for link in links if _join_text(link) == join]


def _entries(document: Record) -> Iterator[tuple[list[Record], list[Record], list[Record]]]:
    for link in _records(document, "flowLinks"):
        yield [_without_targets(link)], [], _records(link, TARGETS)
    for link in _records(document, "taskLinks"):
        yield [], [_without_targets(link)], _records(link, TARGETS)
    for entry in _records(document, AMBIGUOUS):
        yield _records(entry, "flowLinks"), _records(entry, "taskLinks"), _records(entry, TARGETS)


def _records(record: Record, key: str) -> list[Record]:
    return record.get(key) or []  # type: ignore[return-value]  # the caller has checked the document's lists


def _sorted_targets(targets: list[Record]) -> list[Value]:
    return [*sorted_entries(targets, LINK_RELATION.identity)]


def _join_text(record: Record) -> str | None:
    value = record.get(LINK_ID)
    if value is None or isinstance(value, str):
        return value
    return json_text(value)


def _without_id(record: Record) -> Record:
    return {key: value for key, value in record.items() if key != LINK_ID}


def _without_targets(record: Record) -> Record:
    return {key: value for key, value in record.items() if key != TARGETS}
