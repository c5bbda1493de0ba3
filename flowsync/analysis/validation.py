"""Validate a document: problems with line and path in its file."""

import difflib
import functools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, count
from typing import Final, NamedTuple, TypeAlias

from flowsync.analysis.value_checks import Problem, Severity, check_value, kind_problem, quote_value
from flowsync.document.reader import Source, Steps
from flowsync.flow.canonical import is_keyed
from flowsync.flow.field_types import Field, Shape, Struct
from flowsync.flow.fields import FLOW, FLOW_LINK, LINK_RELATION, PARAMETER, RELATION, TASK
from flowsync.flow.links import AMBIGUOUS, TARGETS
from flowsync.flow.paths import entry_step, key_step, path
from flowsync.flow.printable import join_first, plural
from flowsync.flow.schema import DOCUMENT
from flowsync.flow.values import Record, Value
from flowsync.graph.components import find_cycles
from flowsync.graph.edges import LINKS, RELATIONS, TASKS, relation_edges, task_names

_NO_NAME: Final = (None, "")
_MAX_GUESSED_LENGTH: Final = 60
_MAX_NAMES: Final = 5

_Guess: TypeAlias = Callable[[tuple[str, ...], str], str | None]


@dataclass(frozen=True)
class DocumentProblem:
    """A rule that a document violates, with the 1-based line in its file and the path (format.md §4).

    `rule` is stable. A missing field has the line of what it is missing from.
    """

    line: int
    path: str
    rule: str
    severity: Severity
    message: str


class _LocatedProblem(NamedTuple):
    """A problem and its location, before line and path are known."""

    steps: Steps
    rule: str
    severity: Severity
    message: str


_Problems: TypeAlias = Iterator[_LocatedProblem]


def find_problems(source: Source) -> list[DocumentProblem]:
    """Return the errors and warnings of one document, by line, then path.

    Whether the id in the file's name agrees with the document is checked elsewhere.
    """
    document, names = source.document, dict[Steps, list[str]]()
    found = [
        DocumentProblem(
            _line(source.lines, one.steps),
            path(_named_steps(document, one.steps, names)),
            one.rule,
            one.severity,
            one.message,
        )
        for one in _find_all(document)
    ]
    return sorted(found, key=lambda problem: (problem.line, problem.path, problem.rule, problem.message))


def _find_all(document: Record) -> _Problems:
    guess = functools.cache(_closest)  # a new field of the platform occurs in every task
    tasks = {*task_names(document)} - {""}
    return chain(
        _header_problems(document),
        _record_problems(DOCUMENT, document, (), guess),
        _task_problems(document),
        _relation_problems(document, tasks),
        _cycle_problems(document),
        *(_link_problems(document, key, struct) for key, struct in LINKS.items()),
        _ambiguous_problems(document),
        *(_target_problems(document, key, tasks) for key in (*LINKS, AMBIGUOUS)),
    )


def _header_problems(document: Record) -> _Problems:
    if document.get("flowId") is None:
        yield _LocatedProblem(("flowId",), "missing-flow-id", "error", "flowId is missing")
    if document.get("name") in _NO_NAME:
        yield _LocatedProblem(("name",), "missing-name", "warning", "the flow has no name")


def _record_problems(struct: Struct, record: Record, steps: Steps, guess: _Guess) -> _Problems:
    for key, value in record.items():
        row = struct.by_name.get(key)
        if row is None:
            yield _LocatedProblem((*steps, key), *_unknown(struct, record, key, guess))
        elif problem := check_value(row, value):
            yield _LocatedProblem((*steps, key), *problem)
        elif isinstance(value, dict):
            assert row.entries is not None
            yield from _record_problems(row.entries, value, (*steps, key), guess)
        elif isinstance(value, list):
            yield from _list_problems(row, value, (*steps, key), guess)


def _list_problems(row: Field, entries: list[Value], steps: Steps, guess: _Guess) -> _Problems:
    for index, entry in enumerate(entries):
        if problem := _entry_problem(row, entry):
            yield _LocatedProblem((*steps, index), *problem)
        elif row.entries and isinstance(entry, dict):
            yield from _record_problems(row.entries, entry, (*steps, index), guess)


def _entry_problem(row: Field, entry: Value) -> Problem | None:
    if row.shape is Shape.PARAMETERS:
        message = f"a parameter without key: {quote_value(entry)}"
        return None if is_keyed(entry) else Problem("kind", "note", message)
    expected = str if row.shape is Shape.NAMES else dict
    return None if isinstance(entry, expected) else kind_problem(row, entry)


def _unknown(struct: Struct, record: Record, key: str, guess: _Guess) -> Problem:
    quoted = quote_value(key)
    if struct is DOCUMENT and key in FLOW.by_name:
        message = f"a field of exports only, in a document each link holds its `{TARGETS}`: {quoted}"
        return Problem("unknown-field", "error", message)
    alias = next((row.name for row in struct.fields if key in row.aliases), None)
    suggestion = alias or guess(tuple(struct.by_name), key)
    is_useful = suggestion and suggestion not in record
    question = f" (did you mean {quote_value(suggestion)}?)" if is_useful else ""
    owner = "the flow" if struct is DOCUMENT else struct.name
    severity: Severity = "warning" if question else "note"
    return Problem("unknown-field", severity, f"unknown field of {owner}{question}: {quoted}")


def _closest(known: tuple[str, ...], key: str) -> str | None:
    close = difflib.get_close_matches(key, known, 1) if len(key) <= _MAX_GUESSED_LENGTH else []
    return close[0] if close else None


def _task_problems(document: Record) -> _Problems:
    known: set[str] = set()
    for index, task in _records(document.get(TASKS)):
        name = task.get(TASK.identity[0])
        if name in _NO_NAME:
            yield _LocatedProblem((TASKS, index), "missing-name", "error", "a task has no name")
        elif isinstance(name, str):
            if name in known:
                message = f"another task has the same name: {quote_value(name)}"
                yield _LocatedProblem((TASKS, index), "duplicate-task", "error", message)
            known.add(name)


def _relation_problems(document: Record, tasks: set[str]) -> _Problems:
    known: set[tuple[str, ...]] = set()
    for index, relation in _records(document.get(RELATIONS)):
        steps = (RELATIONS, index)
        for end in RELATION.identity:
            yield from _dangling_problems(relation, end, tasks, steps, "dangling-relation")
        ends = _ends(relation)
        if ends in known:
            message = f"another relation joins the same tasks: {' -> '.join(map(quote_value, ends))}"
            yield _LocatedProblem(steps, "duplicate-relation", "warning", message)
        if ends:
            known.add(ends)


def _dangling_problems(record: Record, key: str, tasks: set[str], steps: Steps, rule: str) -> _Problems:
    value = record.get(key)
    if value is None or (isinstance(value, str) and value not in tasks):
        message = f"{key} is not a task of the flow: {quote_value(value)}"
        yield _LocatedProblem((*steps, key), rule, "error", message)


def _cycle_problems(document: Record) -> _Problems:
    """Yield one problem for each cycle, at its first relation."""
    cycles = dict(enumerate(find_cycles(relation_edges(document))))
    cycle_of = {name: number for number, names in cycles.items() for name in names}
    for index, relation in _records(document.get(RELATIONS)):
        numbers = {cycle_of.get(name, -1) for name in _ends(relation)}
        if len(numbers) == 1 and (names := cycles.pop(numbers.pop(), None)):
            yield _LocatedProblem((RELATIONS, index), "cycle", "error", _cycle_message(names))


def _cycle_message(names: list[str]) -> str:
    if len(names) == 1:
        return f"a task waits for itself: {quote_value(names[0])}"
    return f"tasks wait for one another: {join_first([*map(quote_value, names)], _MAX_NAMES)}"


def _link_problems(document: Record, key: str, struct: Struct) -> _Problems:
    for index, link in _records(document.get(key)):
        for name in struct.identity:
            if link.get(name) in _NO_NAME:
                message = f"a link has no {name}: {quote_value(link.get(name))}"
                yield _LocatedProblem((key, index, name), "missing-name", "warning", message)
        if not link.get(TARGETS):
            names = ", ".join(quote_value(link.get(name)) for name in struct.identity)
            message = f"no task waits for the link: {names}"
            yield _LocatedProblem((key, index), "bare-link", "warning", message)


def _ambiguous_problems(document: Record) -> _Problems:
    for index, entry in _records(document.get(AMBIGUOUS)):
        message = _ambiguous_message(
            [link.get(FLOW_LINK.identity[0]) for key in LINKS for _, link in _records(entry.get(key))],
            [target.get(LINK_RELATION.identity[0]) for _, target in _records(entry.get(TARGETS))],
        )
        yield _LocatedProblem((AMBIGUOUS, index), "ambiguous-link", "warning", message)


def _ambiguous_message(sources: list[Value], tasks: list[Value]) -> str:
    """Describe links of one id by the names of their flows, and the tasks that wait for some of them."""
    waiting = [*dict.fromkeys(map(quote_value, tasks))]
    names = join_first([*map(quote_value, sources)], _MAX_NAMES)
    links = f"{plural(len(sources), 'link')} of one id ({names})"
    if not sources and not waiting:
        return "the entry has neither links nor targets"
    if len(sources) == 1:
        return f"one link is not ambiguous; move it to {' or '.join(LINKS)}: {names}"
    if not waiting:
        return f"no task waits for {links}"
    named = f"{plural(len(waiting), 'task')} ({join_first(waiting, _MAX_NAMES)})"
    wait = f"{named} {'waits' if len(waiting) == 1 else 'wait'}"
    if not sources:
        return f"{wait} for a flow that the export does not name; set the dependency again in the console"
    return f"{wait} for some of {links}: which task waits for which flow is not known"


def _target_problems(document: Record, key: str, tasks: set[str]) -> _Problems:
    for index, link in _records(document.get(key)):
        for number, target in _records(link.get(TARGETS)):
            steps = (key, index, TARGETS, number)
            yield from _dangling_problems(target, LINK_RELATION.identity[0], tasks, steps, "dangling-link")


def _records(value: Value) -> Iterable[tuple[int, Record]]:
    """Return the mappings of a list with their indexes; none if it is not a list."""
    entries = value if isinstance(value, list) else []
    return ((index, entry) for index, entry in enumerate(entries) if isinstance(entry, dict))


def _ends(relation: Record) -> tuple[str, ...]:
    """Return the names at both ends of a relation; none if one of them is missing."""
    names = [name for end in RELATION.identity if isinstance(name := relation.get(end), str)]
    return tuple(names) if len(names) == len(RELATION.identity) else ()


def _line(lines: Mapping[Steps, int], steps: Steps) -> int:
    """Return the line of a value, or of its nearest ancestor."""
    ancestors = (steps[:length] for length in range(len(steps), -1, -1))
    return next((lines[place] for place in ancestors if place in lines), 1)


def _named_steps(document: Record, steps: Steps, names: dict[Steps, list[str]]) -> Iterator[str]:
    """Yield the steps of a path; `names` caches those of every list on the way."""
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
    totals = Counter(named)
    numbers: dict[str, Iterator[int]] = defaultdict(lambda: count(1))
    return [
        entry_step(entry, identity, next(numbers[name]))
        if isinstance(entry, dict) and totals[name] > 1
        else name
        for entry, name in zip(entries, named, strict=True)
    ]
