"""Compare writer, reader and canonical form with common libraries, for each flow."""

import statistics
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import ruamel.yaml
import yaml

from flowsync.diff.document_diff import compare_documents
from flowsync.document.reader import parse
from flowsync.document.writer import dump
from flowsync.flow.canonical import canonicalize
from flowsync.flow.values import Record

from .exports import edited, export, flow_ids
from .figures import Figure
from .measuring import Cost, cost, median

Item = TypeVar("Item")
_BIG = 5_000


def text_figures(flows: int, rounds: int) -> Iterator[Figure]:
    """Measure flows of 20 tasks; every library gets the same documents in the same round.

    One thread that only computes: the ratios are of processor time, which other work does not disturb.
    """
    documents = [canonicalize(export(flow_id), flow_id) for flow_id in flow_ids(flows)]
    texts = [dump(document) for document in documents]
    if [parse(text) for text in texts] != documents:
        raise RuntimeError("what was written is not what is read")
    size = statistics.mean(len(text.encode()) for text in texts)
    yield Figure("canonical text of a flow of 20 tasks", size / 1000, "kB")
    yield from _writer_figures(documents, rounds)
    yield from _reader_figures(texts, rounds)
    exports = [export(flow_id) for flow_id in flow_ids(flows)]
    ours = [_each(lambda flow: canonicalize(flow, 1), exports) for _ in range(rounds)]
    yield _milliseconds("canonical form, per flow", ours)


def big_flow_figures(rounds: int, tasks: int = _BIG) -> Iterator[Figure]:
    """Measure one flow of 5,000 tasks; 1 % of them differ in the comparison."""
    flow = export(1, tasks)
    before, after = canonicalize(flow, 1), canonicalize(edited(flow, 0.01), 1)
    text = dump(before)
    work: dict[str, Callable[[], object]] = {
        "canonical form": lambda: canonicalize(flow, 1),
        "rendering": lambda: dump(before),
        "reading": lambda: parse(text),
        "comparing, 1 % changed": lambda: [*compare_documents(before, after)],
    }
    for name, step in work.items():
        yield _milliseconds(f"flow of {tasks:,} tasks: {name}", [cost(step) for _ in range(rounds)])


def _writer_figures(documents: Sequence[Record], rounds: int) -> Iterator[Figure]:
    ours, pure, fast = _interleaved(documents, rounds, dump, _pure_dump, _c_dump)
    yield _milliseconds("writer, per flow", ours)
    yield _speed_up("writer: PyYAML pure takes", ours, pure, 30)
    yield _speed_up("writer: PyYAML C takes", ours, fast, 5)


def _reader_figures(texts: Sequence[str], rounds: int) -> Iterator[Figure]:
    ours, pure, fast, ruamel_safe = _interleaved(texts, rounds, parse, _pure_load, _c_load, _ruamel_load)
    yield _milliseconds("reader, per flow", ours)
    yield _speed_up("reader: PyYAML pure takes", ours, pure)
    yield _speed_up("reader: PyYAML C takes", ours, fast)
    yield _speed_up("reader: ruamel.yaml takes", ours, ruamel_safe)


def _interleaved(items: Sequence[Item], rounds: int, *works: Callable[[Item], object]) -> list[list[Cost]]:
    """Measure all kinds of work in each round, so that load on the machine affects all of them."""
    costs = [[_each(work, items) for work in works] for _ in range(rounds)]
    return [[*column] for column in zip(*costs, strict=True)]


def _each(work: Callable[[Item], object], items: Sequence[Item]) -> Cost:
    spent = cost(lambda: [work(item) for item in items])
    return Cost(spent.wall / len(items), spent.cpu / len(items))


def _milliseconds(name: str, costs: Sequence[Cost]) -> Figure:
    ours = median(costs)
    return Figure(name, ours.wall * 1000, "ms", ours=ours)


def _speed_up(name: str, ours: Sequence[Cost], theirs: Sequence[Cost], bound: float | None = None) -> Figure:
    times = statistics.median(their.cpu / our.cpu for our, their in zip(ours, theirs, strict=True))
    return Figure(name, times, bound=bound, at_least=True, ours=median(ours), theirs=median(theirs))


def _pure_dump(document: Record) -> str:
    return yaml.dump(document, Dumper=yaml.SafeDumper, sort_keys=False, allow_unicode=True)


def _c_dump(document: Record) -> str:
    return yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)


def _pure_load(text: str) -> object:
    return yaml.load(text, Loader=yaml.SafeLoader)


def _c_load(text: str) -> object:
    return yaml.load(text, Loader=yaml.CSafeLoader)


def _ruamel_load(text: str) -> object:
    return ruamel.yaml.YAML(typ="safe", pure=True).load(text)
