"""Apply changes to documents, and mirror them, independently of the comparison."""

import copy
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from flowsync.diff.model import Added, Change, Changed, Oversize, Rekeyed, Removed
from flowsync.flow.links import AMBIGUOUS, TARGETS
from flowsync.flow.paths import entry_step
from flowsync.flow.values import json_text

Document: TypeAlias = dict[str, Any]
_Tree: TypeAlias = "dict[str, _Tree | Change]"

_IDENTITIES: Final[Mapping[str, tuple[str, ...]]] = {
    "tasks": ("name",),
    "relations": ("sourceTaskName", "targetTaskName"),
    "flowLinks": ("sourceFlowName",),
    "taskLinks": ("sourceFlowName", "sourceTaskName"),
}
_LINKS: Final = ("flowLinks", "taskLinks")
_TARGET: Final = ("targetTaskName",)
_PARAMETER: Final = ("key",)
_MEMBERS: Final = ("owners", "visitors")


def apply_changes(document: Document, changes: Iterable[Change]) -> Document:
    """Return the document after the changes; no two entries of a list may have one identity."""
    result = copy.deepcopy(document)
    by_key: dict[str, list[Change]] = defaultdict(list)
    for change in _flat(changes):
        by_key[_steps(change.path)[0]].append(change)
    for key, found in by_key.items():
        if key in _IDENTITIES:
            result[key] = _entries(result.get(key, []), _IDENTITIES[key], found, 1, _link_inside(key))
        elif key == AMBIGUOUS:
            result[key] = _set(result.get(key, []), found)
        elif key == "parameters" and isinstance(result.get(key), list):
            _parameters(result, found)
        elif key in _MEMBERS and _are_members(result.get(key), found):
            result[key] = _members(result[key], found)
        else:
            _apply(result, _tree(found, 0))
    return result


def canonical_text(document: Document) -> str:
    """Return a text that is equal for documents of equal meaning."""
    result = {key: value for key, value in document.items() if key not in ("format", "flowId")}
    for key in _LINKS:
        result[key] = [{**one, TARGETS: sorted(map(_text, one[TARGETS]))} for one in result.get(key) or []]
    for key in (*_IDENTITIES, AMBIGUOUS):
        result[key] = sorted(map(_text, result.get(key) or []))
    if isinstance(result.get("parameters"), list):
        result["parameters"] = [*map(_text, _keyed_first(result["parameters"]))]
    return _text(result)


def without_namesakes(document: Document) -> Document:
    """The document with the first alone of those entries that have one identity."""
    result = dict(document)
    for key, identity in _IDENTITIES.items():
        result[key] = _first_of_each(result.get(key) or [], identity)
    for key in _LINKS:
        result[key] = [{**one, TARGETS: _first_of_each(one[TARGETS], _TARGET)} for one in result[key]]
    if isinstance(result.get("parameters"), list):
        keyed = [one for one in result["parameters"] if _is_keyed(one)]
        others = [one for one in result["parameters"] if not _is_keyed(one)]
        result["parameters"] = [*_first_of_each(keyed, _PARAMETER), *others]
    return result


def _first_of_each(entries: Iterable[Document], identity: Sequence[str]) -> list[Document]:
    first: dict[str, Document] = {}
    for entry in entries:
        first.setdefault(entry_step(entry, identity), entry)
    return [*first.values()]


def _flat(changes: Iterable[Change]) -> Iterator[Change]:
    for change in changes:
        yield change
        yield from getattr(change, "cascaded", ())


_Inside: TypeAlias = Callable[[Document, Sequence[Change], int], None]


def _entries(
    entries: Iterable[Document],
    identity: Sequence[str],
    changes: Iterable[Change],
    depth: int,
    inside: _Inside,
) -> list[Document]:
    """Return a list of entries after the changes of whole entries, then of their fields."""
    by_step = {entry_step(entry, identity): entry for entry in entries}
    whole = [change for change in changes if len(_steps(change.path)) == depth + 1]
    rekeyed = [
        (change, by_step.pop(_steps(change.path)[depth])) for change in whole if isinstance(change, Rekeyed)
    ]
    for change in whole:
        if isinstance(change, Removed):
            removed = by_step.pop(_steps(change.path)[depth])
            assert _text(removed) == _text(change.value)
    for change, entry in rekeyed:
        assert change.before == {key: entry[key] for key in identity if key in entry}
        rest = {key: value for key, value in entry.items() if key not in identity}
        _put(by_step, _steps(change.to)[depth], {**change.after, **rest})
    for change in whole:
        if isinstance(change, Added):
            _put(by_step, _steps(change.path)[depth], copy.deepcopy(change.value))
    deeper: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        if len(_steps(change.path)) > depth + 1:
            deeper[_steps(change.path)[depth]].append(change)
    for step, found in deeper.items():
        inside(by_step[step], found, depth + 1)
    return [*by_step.values()]


def _put(by_step: dict[str, Document], step: str, entry: Any) -> None:
    assert step not in by_step
    by_step[step] = entry


def _fields(entry: Document, changes: Sequence[Change], depth: int) -> None:
    _apply(entry, _tree(changes, depth))


def _link_inside(key: str) -> _Inside:
    return _link if key in _LINKS else _fields


def _link(entry: Document, changes: Sequence[Change], depth: int) -> None:
    targets = [change for change in changes if _steps(change.path)[depth] == TARGETS]
    entry[TARGETS] = _entries(entry[TARGETS], _TARGET, targets, depth + 1, _fields)
    _fields(entry, [change for change in changes if change not in targets], depth)


def _set(entries: Iterable[Document], changes: Iterable[Change]) -> list[Document]:
    by_step = [*entries]
    for change in changes:
        if isinstance(change, Removed):
            del by_step[[*map(_text, by_step)].index(_text(change.value))]
    added: list[Any] = [change.value for change in changes if isinstance(change, Added)]
    return by_step + added


def _parameters(result: Document, changes: Sequence[Change]) -> None:
    keyed = [one for one in result["parameters"] if _is_keyed(one)]
    others = [one for one in result["parameters"] if not _is_keyed(one)]
    of_keyed = [
        one for one in changes if len(_steps(one.path)) > 1 and _steps(one.path)[1].startswith("key=")
    ]
    of_others = [one for one in changes if one not in of_keyed]
    keyed = _entries(keyed, _PARAMETER, of_keyed, 1, _fields)
    for change in of_others:
        if isinstance(change, Changed | Oversize) and change.path == "/parameters":
            if _text(change.before) != _text(others) or not isinstance(change.after, list):
                result["parameters"] = change.after
                return
            others = change.after
    holder = {"parameters": others}
    _apply(holder, _tree([one for one in of_others if one.path != "/parameters"], 0))
    if any(isinstance(one, Removed) and one.path == "/parameters" for one in of_others):
        del result["parameters"]
    else:
        result["parameters"] = [*keyed, *holder["parameters"]]


def _keyed_first(entries: Sequence[Any]) -> list[Any]:
    keyed = sorted((one for one in entries if _is_keyed(one)), key=lambda one: str(one["key"]))
    return [*keyed, *(one for one in entries if not _is_keyed(one))]


def _is_keyed(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("key"), str)


def _are_members(value: Any, changes: Iterable[Change]) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, Added | Removed)
        and len(_steps(one.path)) == 2
        and _plain(_steps(one.path)[1]) == one.value
        for one in changes
    )


def _members(names: Iterable[Any], changes: Iterable[Change]) -> list[Any]:
    removed = [one.value for one in changes if isinstance(one, Removed)]
    added = [one.value for one in changes if isinstance(one, Added)]
    assert {*removed} <= {*names}
    return sorted([name for name in names if name not in removed] + added)


def _tree(changes: Iterable[Change], depth: int) -> _Tree:
    """Return the changes by their steps from `depth` on."""
    tree: _Tree = {}
    for change in changes:
        *ancestors, last = (*_steps(change.path)[depth:], type(change).__name__)
        node = tree
        for step in ancestors:
            node = node.setdefault(step, {})  # type: ignore[assignment]
        node[f"~{last}"] = change
    return tree


def _apply(holder: Any, tree: _Tree) -> None:
    """Apply the changes below a mapping or a list; removals and additions in a list set the indexes first."""
    ends = {step: node for step, node in tree.items() if isinstance(node, dict)}
    for step in sorted(
        (step for step, node in ends.items() if "~Removed" in node), key=_number, reverse=True
    ):
        removed = ends[step]["~Removed"]
        key = _key(holder, step)
        assert isinstance(removed, Removed)
        assert _text(holder[key]) == _text(removed.value)
        del holder[key]
    for step in sorted((step for step, node in ends.items() if "~Added" in node), key=_number):
        added = ends[step]["~Added"]
        assert isinstance(added, Added)
        _add(holder, _key(holder, step), copy.deepcopy(added.value))
    for step, node in ends.items():
        _change(holder, _key(holder, step), node)


def _add(holder: Any, key: Any, value: Any) -> None:
    if isinstance(holder, list):
        holder.insert(key, value)
    else:
        assert key not in holder
        holder[key] = value


def _change(holder: Any, key: Any, node: _Tree) -> None:
    for end in ("~Changed", "~Oversize"):
        change = node.get(end)
        if isinstance(change, Changed | Oversize):
            assert _text(holder[key]) == _text(change.before)
            holder[key] = copy.deepcopy(change.after)
    below = {step: inner for step, inner in node.items() if isinstance(inner, dict)}
    if below:
        _apply(holder[key], below)  # type: ignore[arg-type]


def _number(step: str) -> tuple[int, str]:
    return (int(step), step) if step.isdecimal() else (-1, step)


def _key(holder: Any, step: str) -> Any:
    return int(step) if isinstance(holder, list) else _plain(step)


def _steps(path: str) -> list[str]:
    return path.split("/")[1:]


def _plain(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def mirror(changes: Sequence[Change]) -> list[Change]:
    """Return the changes of the reverse comparison.

    Changes in an entry are below the name of the entry on the after side, which is the other side then.
    """
    names = {one.to: one.path for one in _flat(changes) if isinstance(one, Rekeyed)}
    return [_mirror(change, names) for change in changes]


def _mirror(change: Change, names: Mapping[str, str]) -> Change:
    match change:
        case Added(path, value, follows):
            return Removed(_back(path, names), value, tuple(_mirror(one, names) for one in follows))
        case Removed(path, value, follows):
            return Added(_back(path, names), value, tuple(_mirror(one, names) for one in follows))
        case Changed(path, before, after):
            return Changed(_back(path, names), after, before)
        case Oversize(path, before, after):
            return Oversize(_back(path, names), after, before)
        case Rekeyed(path, to, before, after, follows):
            ends = (_back(to, names), _back(path, names))
            back = (
                Rekeyed(_back(one.to, names), _back(one.path, names), one.after, one.before)
                for one in follows
            )
            return Rekeyed(*ends, after, before, tuple(back))


def _back(path: str, names: Mapping[str, str]) -> str:
    """Return a path with the old names of the entries on the ancestors, except the one at its end."""
    steps = path.split("/")
    ways = ["/".join(steps[:length]) for length in range(1, len(steps))]
    old = [
        names[ancestors].rpartition("/")[2] if ancestors in names else ancestors.rpartition("/")[2]
        for ancestors in ways
    ]
    return "/".join([*old, steps[-1]])


def change_texts(found: list[Change]) -> list[str]:
    """Return comparable, type-exact texts, in an order that does not depend on the side."""
    return sorted(map(change_text, found))


def change_text(change: Change) -> str:
    match change:
        case Added(path, value, follows) | Removed(path, value, follows):
            return f"{type(change).__name__} {path} {json_text(value)} {change_texts([*follows])}"
        case Changed(path, before, after) | Oversize(path, before, after):
            return f"{type(change).__name__} {path} {json_text([before, after])}"
        case Rekeyed(path, to, before, after, follows):
            return f"Moved {path} {to} {json_text([before, after])} {change_texts([*follows])}"
