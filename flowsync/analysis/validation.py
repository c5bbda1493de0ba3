"""Validate a document: problems with line and path in its file."""

import difflib
import functools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, count
from typing import Final, NamedTuple, TypeAlias

from flowsync.analysis.value_checks import Problem, Severity, check_value, kind_problem, quote_value
from flowsync.document.reader import Source, Steps
from flowsync.flow.canonical import is_keyed
from flowsync.flow.field_types import Field, Shape, Struct
from flowsync.flow.fields import FLOW, PARAMETER
from flowsync.flow.links import AMBIGUOUS, TARGETS
from flowsync.flow.paths import entry_step, key_step, path
from flowsync.flow.printable import join_first, plural
from flowsync.flow.schema import DOCUMENT
from flowsync.flow.values import Record, Value
from flowsync.graph.components import find_cycles
from flowsync.graph.edges import relation_edges

_LINKS: Final = ("flowLinks", "taskLinks")
_ENDS: Final = ("sourceTaskName", "targetTaskName")
_NO_NAME: Final = (None, "")
_MAX_GUESSED_LENGTH: Final = 60
_MAX_NAMES: Final = 5

_Guess: TypeAlias = Callable[[tuple[str, ...], str], str | None]


@dataclass(frozen=True)
class DocumentProblem:
    """One rule that a document breaks: the 1-based line in its file and the path (format.md §4) of the place.

    `rule` is stable. A field that is not there has the line of what it is missing from.
    """

    line: int
    path: str
    rule: str
    severity: Severity
    message: str


class _LocatedProblem(NamedTuple):
    """A problem and its location, before line and path are looked up."""

    steps: Steps
    problem: Problem


def find_problems(source: Source) -> list[DocumentProblem]:
    """Return the errors and warnings of one document, by line, then path.

    Whether the id in the file's name agrees with the document is checked elsewhere.
    """
    names: dict[Steps, list[str]] = {}
    found = [
        DocumentProblem(
            _line(source.lines, steps), path(_named_steps(source.document, steps, names)), *problem
        )
        for steps, problem in _find_all(source.document)
    ]
    return sorted(found, key=lambda finding: (finding.line, finding.path, finding.rule, finding.message))


def _find_all(document: Record) -> Iterator[_LocatedProblem]:
    guess = functools.cache(_closest)  # a new field of the platform occurs in every task
    tasks = {name for _, task in _records(document.get("tasks")) if (name := _name(task, "name"))}
    return chain(
        _header_problems(document),
        _record_problems(DOCUMENT, document, (), guess),
        _task_problems(document),
        _relation_problems(document, tasks),
        _cycle_problems(document),
        *(_link_problems(document, key) for key in _LINKS),
        _ambiguous_problems(document),
        *(_target_problems(document, key, tasks) for key in (*_LINKS, AMBIGUOUS)),
    )


def _header_problems(document: Record) -> Iterator[_LocatedProblem]:
    if document.get("flowId") is None:
        yield _LocatedProblem(("flowId",), Problem("missing-flow-id", "error", "flowId is missing"))
    if document.get("name") in _NO_NAME:
        yield _LocatedProblem(("name",), Problem("missing-name", "warning", "the flow has no name"))


def _record_problems(
    struct: Struct, record: Record, steps: Steps, guess: _Guess
) -> Iterator[_LocatedProblem]:
    for key, value in record.items():
        row = struct.by_name.get(key)
        if row is None:
            yield _LocatedProblem((*steps, key), _unknown(struct, record, key, guess))
        elif problem := check_value(row, value):
            yield _LocatedProblem((*steps, key), problem)
        elif isinstance(value, dict | list):
            yield from _inner_problems(row, value, (*steps, key), guess)


def _inner_problems(
    row: Field, value: Record | list[Value], steps: Steps, guess: _Guess
) -> Iterator[_LocatedProblem]:
    if isinstance(value, dict):
        assert row.entries is not None
        yield from _record_problems(row.entries, value, steps, guess)
        return
    for index, entry in enumerate(value):
        if problem := _entry_problem(row, entry):
            yield _LocatedProblem((*steps, index), problem)
        elif row.entries and isinstance(entry, dict):
            yield from _record_problems(row.entries, entry, (*steps, index), guess)


def _entry_problem(row: Field, entry: Value) -> Problem | None:
    if row.shape is Shape.NAMES:
        return None if isinstance(entry, str) else kind_problem(row, entry)
    if row.shape is Shape.PARAMETERS:
        return (
            None
            if is_keyed(entry)
            else Problem("kind", "note", f"a parameter without key: {quote_value(entry)}")
        )
    return None if isinstance(entry, dict) else kind_problem(row, entry)


def _unknown(struct: Struct, record: Record, key: str, guess: _Guess) -> Problem:
    if struct is DOCUMENT and key in FLOW.by_name:
        message = (
            f"a field of exports only, in a document each link holds its `{TARGETS}`: {quote_value(key)}"
        )
        return Problem("unknown-field", "error", message)
    alias = next((row.name for row in struct.fields if key in row.aliases), None)
    suggestion = alias or guess(tuple(struct.by_name), key)
    question = (
        f" (did you mean {quote_value(suggestion)}?)" if suggestion and suggestion not in record else ""
    )
    owner = "the flow" if struct is DOCUMENT else struct.name
    return Problem(
        "unknown-field",
        "warning" if question else "note",
        f"unknown field of {owner}{question}: {quote_value(key)}",
    )


def _closest(known: tuple[str, ...], key: str) -> str | None:
    close = difflib.get_close_matches(key, known, 1) if len(key) <= _MAX_GUESSED_LENGTH else []
    return close[0] if close else None


def _task_problems(document: Record) -> Iterator[_LocatedProblem]:
    known: set[str] = set()
    for index, task in _records(document.get("tasks")):
        name = task.get("name")
        if name in _NO_NAME:
            yield _LocatedProblem(("tasks", index), Problem("missing-name", "error", "a task has no name"))
        elif isinstance(name, str):
            if name in known:
                message = f"another task has the same name: {quote_value(name)}"
                yield _LocatedProblem(("tasks", index), Problem("duplicate-task", "error", message))
            known.add(name)


def _relation_problems(document: Record, tasks: set[str]) -> Iterator[_LocatedProblem]:
    known: set[tuple[str | None, ...]] = set()
    for index, relation in _records(document.get("relations")):
        steps = ("relations", index)
        for end in _ENDS:
            yield from _dangling_problems(relation, end, tasks, steps, "dangling-relation")
        ends = tuple(_name(relation, end) for end in _ENDS)
        if None not in ends and ends in known:
            message = f"another relation joins the same tasks: {' -> '.join(map(quote_value, ends))}"
            yield _LocatedProblem(steps, Problem("duplicate-relation", "warning", message))
        known.add(ends)


def _dangling_problems(
    record: Record, key: str, tasks: set[str], steps: Steps, rule: str
) -> Iterator[_LocatedProblem]:
    value = record.get(key)
    if value is None or (isinstance(value, str) and value not in tasks):
        yield _LocatedProblem(
            (*steps, key), Problem(rule, "error", f"{key} is not a task of the flow: {quote_value(value)}")
        )


def _cycle_problems(document: Record) -> Iterator[_LocatedProblem]:
    """Yield one problem for each cycle, at its first relation."""
    found = dict(enumerate(find_cycles(relation_edges(document))))
    cycle_of = {name: number for number, names in found.items() for name in names}
    for index, relation in _records(document.get("relations")):
        source, target = (cycle_of.get(_name(relation, end) or "") for end in _ENDS)
        if source is not None and source == target and source in found:
            yield _LocatedProblem(
                ("relations", index), Problem("cycle", "error", _cycle_message(found.pop(source)))
            )


def _cycle_message(names: list[str]) -> str:
    if len(names) == 1:
        return f"a task waits for itself: {quote_value(names[0])}"
    return f"tasks wait for one another: {join_first([*map(quote_value, names)], _MAX_NAMES)}"


def _link_problems(document: Record, key: str) -> Iterator[_LocatedProblem]:
    struct = DOCUMENT.by_name[key].entries
    assert struct is not None
    for index, link in _records(document.get(key)):
        for name in struct.identity:
            if link.get(name) in _NO_NAME:
                message = f"a link has no {name}: {quote_value(link.get(name))}"
                yield _LocatedProblem((key, index, name), Problem("missing-name", "warning", message))
        if not link.get(TARGETS):
            names = ", ".join(quote_value(link.get(name)) for name in struct.identity)
            message = f"no task waits for the link: {names}"
            yield _LocatedProblem((key, index), Problem("bare-link", "warning", message))


def _ambiguous_problems(document: Record) -> Iterator[_LocatedProblem]:
    for index, entry in _records(document.get(AMBIGUOUS)):
        message = _ambiguous_message(
            [link.get("sourceFlowName") for key in _LINKS for _, link in _records(entry.get(key))],
            [target.get("targetTaskName") for _, target in _records(entry.get(TARGETS))],
        )
        yield _LocatedProblem((AMBIGUOUS, index), Problem("ambiguous-link", "warning", message))


def _ambiguous_message(sources: list[Value], tasks: list[Value]) -> str:
    """Describe links of one id by the names of their flows, and the tasks that wait for some of them."""
    waiting = [*dict.fromkeys(map(quote_value, tasks))]
    links = (
        f"{plural(len(sources), 'link')} of one id ({join_first([*map(quote_value, sources)], _MAX_NAMES)})"
    )
    if not waiting:
        return f"no task waits for {links}"
    named = f"{plural(len(waiting), 'task')} ({join_first(waiting, _MAX_NAMES)})"
    wait = f"{named} {'waits' if len(waiting) == 1 else 'wait'}"
    if not sources:
        return f"{wait} for a flow that the export does not name; set the dependency again in the console"
    return f"{wait} for some of {links}: which task waits for which flow is not known"


def _target_problems(document: Record, key: str, tasks: set[str]) -> Iterator[_LocatedProblem]:
    for index, link in _records(document.get(key)):
        for number, target in _records(link.get(TARGETS)):
            steps = (key, index, TARGETS, number)
            yield from _dangling_problems(target, "targetTaskName", tasks, steps, "dangling-link")


def _records(value: Value) -> Iterable[tuple[int, Record]]:
    """Return the mappings of a list with their indexes; none if it is not a list."""
    entries = value if isinstance(value, list) else []
    return ((index, entry) for index, entry in enumerate(entries) if isinstance(entry, dict))


def _name(record: Record, key: str) -> str | None:
    value = record.get(key)
    return value if isinstance(value, str) else None


def _line(lines: Mapping[Steps, int], steps: Steps) -> int:
    """Return the line of a value, or of its nearest ancestor."""
    around = (steps[:length] for length in range(len(steps), -1, -1))
    return next((lines[place] for place in around if place in lines), 1)


def _named_steps(document: Record, steps: Steps, names: dict[Steps, list[str]]) -> Iterator[str]:
    """Return the steps of a path; `names` caches those of every list on the way."""
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
    """Return one step for each entry: its identity, numbered if several share it, else its index."""
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
