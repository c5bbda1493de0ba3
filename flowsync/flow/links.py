"""Links and their targets: lists tied by linkId in an export, one tree in a document, and back."""

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from typing import Final, TypeAlias

from flowsync.flow.fields import FLOW_LINK, LINK_RELATION, TASK_LINK
from flowsync.flow.sorting import sort_entries
from flowsync.flow.values import Record, Value, json_text

LINK_ID: Final = "linkId"
TARGETS: Final = "targets"
AMBIGUOUS: Final = "ambiguousLinks"

_LINKS: Final = {"flowLinks": FLOW_LINK.identity, "taskLinks": TASK_LINK.identity}
_LISTS: Final = {**_LINKS, TARGETS: LINK_RELATION.identity}

_ById: TypeAlias = Mapping[str | None, list[Record]]
"""Records without their linkId, by its text; None contains those without one."""


def join_links(
    flow_links: list[Record], task_links: list[Record], relations: list[Record]
) -> dict[str, list[Record]]:
    """Join the three lists of an export to `flowLinks`, `taskLinks` and `ambiguousLinks` of a document.

    A link contains its relations as `targets`, sorted. Links and relations that no id joins unambiguously are
    one ambiguous entry per id, and one for each relation without an id (format.md §1.8).
    """
    lists = dict(zip(_LISTS, map(_by_id, (flow_links, task_links, relations)), strict=True))
    joined = Counter(join for key in _LINKS for join, links in lists[key].items() for _ in links)
    clear = {join for join, number in joined.items() if number == 1}
    ids = joined.keys() | lists[TARGETS].keys()
    ambiguous: list[Record] = [
        {key: _sort(records.get(join, []), _LISTS[key]) for key, records in lists.items()}
        for join in ids - clear - {None}
    ]
    ambiguous += (
        {"flowLinks": [], "taskLinks": [], TARGETS: [relation]} for relation in lists[TARGETS].get(None, [])
    )
    return {
        **{key: _links_with_targets(lists[key], _LINKS[key], clear, lists[TARGETS]) for key in _LINKS},
        AMBIGUOUS: sorted(ambiguous, key=json_text),
    }


def split_links(document: Record) -> dict[str, list[Record]]:
    """Return the three lists of an export; ids are "0", "1", … in document order."""
    entries: list[Record] = [
        {key: [_without(link, TARGETS)], TARGETS: link.get(TARGETS)}
        for key in _LINKS
        for link in _records(document, key)
    ]
    export: dict[str, list[Record]] = {"flowLinks": [], "taskLinks": [], "linkRelations": []}
    for number, entry in enumerate([*entries, *_records(document, AMBIGUOUS)]):
        for key, exported in zip(_LISTS, export.values(), strict=True):
            records = _records(entry, key)
            exported.extend({LINK_ID: str(number), **_without(record, LINK_ID)} for record in records)
    return export


def _by_id(records: Iterable[Record]) -> _ById:
    by_id: dict[str | None, list[Record]] = {}
    for record in records:
        join = record.get(LINK_ID)
        text = join if join is None or isinstance(join, str) else json_text(join)
        by_id.setdefault(text, []).append(_without(record, LINK_ID))
    return by_id


def _links_with_targets(
    links: _ById, identity: tuple[str, ...], clear: Container[str | None], targets: _ById
) -> list[Record]:
    """Return the links that are not ambiguous; nothing can join targets to a link without an id."""
    entries = [
        _with_targets(link, identity, [] if join is None else targets.get(join, []))
        for join, known in links.items()
        if join is None or join in clear
        for link in known
    ]
    return sort_entries(entries, identity)


def _with_targets(link: Record, identity: tuple[str, ...], targets: list[Record]) -> Record:
    """Return the link with its targets after the fields of the table, before unknown ones."""
    known: Record = {key: link[key] for key in identity if key in link}
    return {**known, TARGETS: _sort(targets, _LISTS[TARGETS]), **link}


def _sort(records: list[Record], identity: tuple[str, ...]) -> list[Value]:
    return [*sort_entries(records, identity)]


def _records(record: Record, key: str) -> list[Record]:
    return record.get(key) or []  # type: ignore[return-value]  # the caller has checked the document's lists


def _without(record: Record, key: str) -> Record:
    return {name: value for name, value in record.items() if name != key}
