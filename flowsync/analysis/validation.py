"""What is wrong or doubtful in a document as it stands in its file: findings with line and path."""

import difflib
import functools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, count
from typing import Final, NamedTuple, TypeAlias

from flowsync.analysis.value_checks import Problem, Severity, kind_problem, problem_of, shown
from flowsync.document.reader import Source, Steps
from flowsync.flow.canonical import is_keyed
from flowsync.flow.field_types import Field, Shape, Struct
from flowsync.flow.fields import FLOW, PARAMETER
from flowsync.flow.links import AMBIGUOUS, TARGETS
from flowsync.flow.paths import entry_step, key_step, path
from flowsync.flow.schema import DOCUMENT
from flowsync.flow.values import Record, Value
from flowsync.graph.components import cycles
from flowsync.graph.edges import edges

_LINKS: Final = ("flowLinks", "taskLinks")
_ENDS: Final = ("sourceTaskName", "targetTaskName")
_NO_NAME: Final = (None, "")
_LONGEST_GUESSED: Final = 60
_MOST_NAMES_SHOWN: Final = 5

_Guess: TypeAlias = Callable[[tuple[str, ...], str], str | None]


@dataclass(frozen=True)
class Finding:
    """One rule that a document breaks: the 1-based line in its file and the path (format.md §4) of the place.

    `rule` is stable. A field that is not there has the line of what it is missing from.
    """

    line: int
    path: str
    rule: str
    severity: Severity
    message: str


class _Mark(NamedTuple):
    """A problem and where it is, before line and path are looked up."""

    steps: Steps
    problem: Problem


def findings(source: Source) -> list[Finding]:
    """Everything that is wrong (errors) or doubtful (warnings) in one document, by line, then path.

    Whether the file's name and the flow's id agree is not seen from here.
    """
    names: dict[Steps, list[str]] = {}
    found = [
        Finding(_line(source.lines, steps), path(_named_steps(source.document, steps, names)), *problem)
        for steps, problem in _marks(source.document)
    ]
    return sorted(found, key=lambda finding: (finding.line, finding.path, finding.rule, finding.message))


def _marks(document: Record) -> Iterator[_Mark]:
    guess = functools.cache(_closest)  # a new field of the platform occurs in every task
    tasks = {name for _, task in _records(document.get("tasks")) if (name := _name(task, "name"))}
    return chain(
        _header_marks(document),
        _record_marks(DOCUMENT, document, (), guess),
        _task_marks(document),
        _relation_marks(document, tasks),
        _cycle_marks(document),
        *(_link_marks(document, key) for key in _LINKS),
        _ambiguous_marks(document),
        *(_target_marks(document, key, tasks) for key in (*_LINKS, AMBIGUOUS)),
    )


def _header_marks(document: Record) -> Iterator[_Mark]:
    if document.get("flowId") is None:
        yield _Mark(("flowId",), Problem("missing-flow-id", "error", "flowId is missing"))
    if document.get("name") in _NO_NAME:
        yield _Mark(("name",), Problem("missing-name", "warning", "the flow has no name"))


def _record_marks(struct: Struct, record: Record, steps: Steps, guess: _Guess) -> Iterator[_Mark]:
    for key, value in record.items():
        row = struct.by_name.get(key)
        if row is None:
            yield _Mark((*steps, key), _unknown(struct, record, key, guess))
        elif problem := problem_of(row, value):
            yield _Mark((*steps, key), problem)
        elif isinstance(value, dict | list):
            yield from _inner_marks(row, value, (*steps, key), guess)


def _inner_marks(row: Field, value: Record | list[Value], steps: Steps, guess: _Guess) -> Iterator[_Mark]:
    if isinstance(value, dict):
        assert row.entries is not None
        yield from _record_marks(row.entries, value, steps, guess)
        return
    for index, entry in enumerate(value):
        if problem := _entry_problem(row, entry):
            yield _Mark((*steps, index), problem)
        elif row.entries and isinstance(entry, dict):
            yield from _record_marks(row.entries, entry, (*steps, index), guess)


def _entry_problem(row: Field, entry: Value) -> Problem | None:
    if row.shape is Shape.NAMES:
        return None if isinstance(entry, str) else kind_problem(row, entry)
    if row.shape is Shape.PARAMETERS:
        return (
            None
            if is_keyed(entry)
            else Problem("kind", "warning", f"a parameter without key: {shown(entry)}")
        )
    return None if isinstance(entry, dict) else kind_problem(row, entry)


def _unknown(struct: Struct, record: Record, key: str, guess: _Guess) -> Problem:
    if struct is DOCUMENT and key in FLOW.by_name:
        message = f"a field of exports only, in a document each link holds its `{TARGETS}`: {shown(key)}"
        return Problem("unknown-field", "error", message)
    alias = next((row.name for row in struct.fields if key in row.aliases), None)
    meant = alias or guess(tuple(struct.by_name), key)
    question = f" (did you mean {shown(meant)}?)" if meant and meant not in record else ""
    return Problem("unknown-field", "warning", f"unknown field of {struct.name}{question}: {shown(key)}")


def _closest(known: tuple[str, ...], key: str) -> str | None:
    close = difflib.get_close_matches(key, known, 1) if len(key) <= _LONGEST_GUESSED else []
    return close[0] if close else None


def _task_marks(document: Record) -> Iterator[_Mark]:
    seen: set[str] = set()
    for index, task in _records(document.get("tasks")):
        name = task.get("name")
        if name in _NO_NAME:
            yield _Mark(("tasks", index), Problem("missing-name", "error", "a task has no name"))
        elif isinstance(name, str):
            if name in seen:
                message = f"another task has the same name: {shown(name)}"
                yield _Mark(("tasks", index), Problem("duplicate-task", "error", message))
            seen.add(name)


def _relation_marks(document: Record, tasks: set[str]) -> Iterator[_Mark]:
    seen: set[tuple[str | None, ...]] = set()
    for index, relation in _records(document.get("relations")):
        steps = ("relations", index)
        for end in _ENDS:
            yield from _dangling_marks(relation, end, tasks, steps, "dangling-relation")
        ends = tuple(_name(relation, end) for end in _ENDS)
        if None not in ends and ends in seen:
            message = f"another relation joins the same tasks: {' -> '.join(map(shown, ends))}"
            yield _Mark(steps, Problem("duplicate-relation", "warning", message))
        seen.add(ends)


def _dangling_marks(record: Record, key: str, tasks: set[str], steps: Steps, rule: str) -> Iterator[_Mark]:
    value = record.get(key)
    if value is None or (isinstance(value, str) and value not in tasks):
        yield _Mark((*steps, key), Problem(rule, "error", f"{key} is no task of the flow: {shown(value)}"))


def _cycle_marks(document: Record) -> Iterator[_Mark]:
    """One mark for each cycle, at the first relation that is part of it."""
    found = dict(enumerate(cycles(edges(document))))
    cycle_of = {name: number for number, names in found.items() for name in names}
    for index, relation in _records(document.get("relations")):
        source, target = (cycle_of.get(_name(relation, end) or "") for end in _ENDS)
        if source is not None and source == target and source in found:
            yield _Mark(("relations", index), Problem("cycle", "error", _cycle_message(found.pop(source))))


def _cycle_message(names: list[str]) -> str:
    if len(names) == 1:
        return f"a task waits for itself: {shown(names[0])}"
    more = len(names) - _MOST_NAMES_SHOWN
    listed = ", ".join(map(shown, names[:_MOST_NAMES_SHOWN]))
    return f"tasks wait for one another: {listed}" + (f" and {more} more" if more > 0 else "")


def _link_marks(document: Record, key: str) -> Iterator[_Mark]:
    struct = DOCUMENT.by_name[key].entries
    assert struct is not None
    for index, link in _records(document.get(key)):
        for name in struct.identity:
            if link.get(name) in _NO_NAME:
                message = f"a link has no {name}: {shown(link.get(name))}"
                yield _Mark((key, index, name), Problem("missing-name", "warning", message))
        if not link.get(TARGETS):
            names = ", ".join(shown(link.get(name)) for name in struct.identity)
            message = f"no task waits for the link: {names}"
            yield _Mark((key, index), Problem("bare-link", "warning", message))


def _ambiguous_marks(document: Record) -> Iterator[_Mark]:
    for index, entry in _records(document.get(AMBIGUOUS)):
        links = sum(1 for key in _LINKS for _ in _records(entry.get(key)))
        targets = sum(1 for _ in _records(entry.get(TARGETS)))
        message = f"the export does not tell which link is meant: {links} links, {targets} targets"
        yield _Mark((AMBIGUOUS, index), Problem("ambiguous-link", "warning", message))


def _target_marks(document: Record, key: str, tasks: set[str]) -> Iterator[_Mark]:
    for index, link in _records(document.get(key)):
        for number, target in _records(link.get(TARGETS)):
            steps = (key, index, TARGETS, number)
            yield from _dangling_marks(target, "targetTaskName", tasks, steps, "dangling-link")


def _records(value: Value) -> Iterable[tuple[int, Record]]:
    """The mappings of a list with their indexes; nothing where it is no list."""
    entries = value if isinstance(value, list) else []
    return ((index, entry) for index, entry in enumerate(entries) if isinstance(entry, dict))


def _name(record: Record, key: str) -> str | None:
    value = record.get(key)
    return value if isinstance(value, str) else None


def _line(lines: Mapping[Steps, int], steps: Steps) -> int:
    """The line of a value, or of the nearest one around it."""
    around = (steps[:length] for length in range(len(steps), -1, -1))
    return next((lines[place] for place in around if place in lines), 1)


def _named_steps(document: Record, steps: Steps, names: dict[Steps, list[str]]) -> Iterator[str]:
    """The steps of a path; `names` keeps those of every list that was passed."""
    value: Value = document
    struct: Struct | None = DOCUMENT
    for depth, step in enumerate(steps):
        if isinstance(value, list) and isinstance(step, int):
            if steps[:depth] not in names:
                names[steps[:depth]] = _entry_steps(value, struct)
            yield names[steps[:depth]][step]
            value = value[step]
        else:
            yield key_step(str(step))
            row = struct.by_name.get(str(step)) if struct else None
            struct = row.entries if row else None
            value = value.get(str(step)) if isinstance(value, dict) else None


def _entry_steps(entries: list[Value], struct: Struct | None) -> list[str]:
    """One step for each entry: its identity, numbered where several share it, else its index."""
    identity = struct.identity if struct else ()
    named = [
        entry_step(entry, identity)
        if identity and isinstance(entry, dict) and (struct is not PARAMETER or is_keyed(entry))
        else str(index)
        for index, entry in enumerate(entries)
    ]
    often = Counter(named)
    numbers: dict[str, Iterator[int]] = {name: count(1) for name, times in often.items() if times > 1}
    return [
        entry_step(entry, identity, next(numbers[name]))
        if isinstance(entry, dict) and name in numbers
        else name
        for entry, name in zip(entries, named, strict=True)
    ]
