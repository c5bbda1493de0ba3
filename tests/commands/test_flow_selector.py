"""Resolve FLOW of the command line."""

import pytest

from flowsync.commands.flow_selector import FlowSelector, ambiguity_notes
from flowsync.commands.flows_version import FlowKey
from flowsync.document.file_layout import document_path
from flowsync.document.writer import dump
from flowsync.errors import UsageError
from flowsync.repository.repository import FlowFile

_NAMES: dict[FlowKey, str] = {
    ("prod", 1): "ETL_Load",
    ("prod", 2): "etl_report",
    ("prod", 3): "forecast",
    ("prod", 4): "Forecast!",
    ("prod", 5): "a/b",
    ("prod", 6): "[x] y: z",
    ("prod", 7): "77",
    ("dev", 1): "ETL_Load",
    ("dev", 77): "ingest",
}


class _Flows:
    """A selector for flows of these names, with the number of reads."""

    def __init__(self, names: dict[FlowKey, str]) -> None:
        self.texts = {
            document_path(key[0], name, key[1]): dump({"format": 1, "flowId": key[1], "name": name, "z": 1})
            for key, name in names.items()
        }
        files = [(key, FlowFile(document_path(key[0], name, key[1]), "")) for key, name in names.items()]
        self.reads = 0
        self.selector = FlowSelector(files, self._read)

    def _read(self, file: FlowFile) -> bytes:
        self.reads += 1
        return self.texts[file.path].encode()


@pytest.fixture
def flows() -> _Flows:
    return _Flows(_NAMES)


def _keys(*words: str) -> set[FlowKey]:
    return {
        (environment, int(flow_id)) for environment, _, flow_id in (word.partition("/") for word in words)
    }


@pytest.mark.parametrize(
    ("word", "keys"),
    [
        ("1", ("prod/1", "dev/1")),
        ("prod/1", ("prod/1",)),
        ("etl-load", ("prod/1", "dev/1")),
        ("prod/etl-load", ("prod/1",)),
        ("flows/prod/etl-load.1.yaml", ("prod/1",)),
        ("etl-load.1.yaml", ("prod/1", "dev/1")),
        ("dev", ("dev/1", "dev/77")),
        ("flows/dev/", ("dev/1", "dev/77")),
        ("77", ("dev/77",)),
        ("8", ()),
        ("nothing", ()),
    ],
)
def test_file_names_are_matched_without_reading_documents(
    flows: _Flows, word: str, keys: tuple[str, ...]
) -> None:
    found = flows.selector.matches(word)
    assert found == _keys(*keys)
    assert not flows.reads or not keys


@pytest.mark.parametrize(
    ("word", "keys"),
    [
        ("ETL_Load", ("prod/1", "dev/1")),
        ("prod/ETL_Load", ("prod/1",)),
        ("etl_report", ("prod/2",)),
        ("a/b", ("prod/5",)),
        ("[x] y: z", ("prod/6",)),
        ("prod/77", ("prod/7",)),
        ("etl_*", ("prod/2",)),
        ("*TL_*", ("prod/1", "dev/1")),
        ("prod/[eE][tT][lL]_*", ("prod/1", "prod/2")),
        ("etl-*", ("prod/1", "prod/2", "dev/1")),
        ("dev/*", ("dev/1", "dev/77")),
        ("*", tuple(f"{environment}/{flow_id}" for environment, flow_id in _NAMES)),
        ("q*", ()),
    ],
)
def test_names_and_patterns_are_matched_in_documents(flows: _Flows, word: str, keys: tuple[str, ...]) -> None:
    assert flows.selector.matches(word) == _keys(*keys)


@pytest.mark.parametrize("word", ["etl_report", "prod/ETL_Load", "77", "a/b", "etl-load"])
def test_revision_that_is_also_a_flow_is_noted(flows: _Flows, word: str) -> None:
    (note,) = ambiguity_notes([word], flows.selector)
    assert note.startswith(f"{word!r} is a revision and also a flow or folder; the revision is used")


def test_ordinary_revision_reads_no_document(flows: _Flows) -> None:
    revisions = ["HEAD~1", "main", "HEAD", "0f5c2ab", "origin/main", "v1.2^"]
    assert not [*ambiguity_notes(revisions, flows.selector)]
    assert not flows.reads


def test_ambiguous_word_lists_the_candidates(flows: _Flows) -> None:
    with pytest.raises(
        UsageError, match=r"flow '1': expected one flow, got 2: dev/1 \(.*\), prod/1 \(.*\)"
    ) as caught:
        flows.selector.resolve_one("1")
    assert "dev/1" in caught.value.hint
    with pytest.raises(UsageError, match="expected one flow, got 2"):
        flows.selector.resolve("ETL_Load")


def test_exact_name_wins_over_equal_slugs(flows: _Flows) -> None:
    assert flows.selector.resolve_one("forecast") == ("prod", 3)
    assert flows.selector.resolve_one("Forecast!") == ("prod", 4)


def test_patterns_folders_and_environments_select_several_flows(flows: _Flows) -> None:
    assert flows.selector.resolve("prod/etl*") == _keys("prod/1", "prod/2")
    assert flows.selector.resolve("dev") == _keys("dev/1", "dev/77")
    assert flows.selector.resolve("word", "flows/dev") == _keys("dev/1", "dev/77")


def test_unknown_word_suggests_similar_names(flows: _Flows) -> None:
    with pytest.raises(UsageError, match="flow 'forcast': not found") as caught:
        flows.selector.resolve_one("forcast")
    assert "did you mean forecast?" in caught.value.hint


@pytest.mark.parametrize("word", ["12345", "12346"])
def test_flow_named_with_digits_is_suggested_by_its_id(word: str) -> None:
    flows = _Flows({("prod", 10): "12345"})
    with pytest.raises(UsageError, match=f"flow '{word}': not found") as caught:
        flows.selector.resolve_one(word)
    assert caught.value.hint == "did you mean prod/10 (flows/prod/12345.10.yaml)?"
    assert flows.selector.resolve_one("prod/10") == flows.selector.resolve_one("prod/12345") == ("prod", 10)


@pytest.mark.parametrize("word", ["l\u043ead", "load\u200b"])
def test_word_that_looks_like_a_name_is_quoted_with_escapes(word: str) -> None:
    error = _Flows({("prod", 1): "load"}).selector.unknown(word)
    assert error.message == f"""flow "{word.encode("ascii", "backslashreplace").decode()}": not found"""
    assert error.hint == "did you mean load?"


def test_flow_whose_name_looks_like_the_word_is_suggested_by_its_id() -> None:
    error = _Flows({("prod", 1): "l\u043ead"}).selector.unknown("load")
    assert error.message == "flow 'load': not found"
    assert error.hint == r'did you mean prod/1 ("flows/prod/l\u043ead.1.yaml")?'


def test_renamed_file_is_found_by_the_name_in_its_document() -> None:
    text = dump({"format": 1, "flowId": 1, "name": "load"}).encode()
    selector = FlowSelector([(("prod", 1), FlowFile("flows/prod/odd.1.yaml", ""))], lambda _: text)
    assert selector.resolve_one("load") == ("prod", 1)
    assert selector.resolve_one("odd") == ("prod", 1)


def test_unreadable_document_is_found_by_its_file_only() -> None:
    selector = FlowSelector([(("prod", 1), FlowFile("flows/prod/odd.1.yaml", ""))], lambda _: b"\xff: [")
    assert selector.matches("load") == frozenset()
    assert selector.matches("o*") == {("prod", 1)}


def test_many_candidates_are_truncated() -> None:
    flows = _Flows({(f"e{number}", 1): "load" for number in range(30)})
    with pytest.raises(UsageError, match=r"expected one flow, got 30: .* and 20 more"):
        flows.selector.resolve_one("load")


def test_renamed_flow_matches_patterns_for_both_names() -> None:
    flows = _Flows({("prod", 1): "alpha"})
    renamed = FlowFile(document_path("prod", "gamma", 1), "")
    flows.texts[renamed.path] = dump({"format": 1, "flowId": 1, "name": "gamma", "z": 1})
    files = [(("prod", 1), FlowFile(path, "")) for path in flows.texts]
    selector = FlowSelector(files, lambda file: flows.texts[file.path].encode())
    assert selector.matches("al*") == selector.matches("gam*") == _keys("prod/1")


@pytest.mark.parametrize(
    ("word", "path", "keys"),
    [
        (".", ".", tuple(f"{environment}/{flow_id}" for environment, flow_id in _NAMES)),
        (".", "flows/dev", ("dev/1", "dev/77")),
        ("..", "flows/dev", ("dev/1", "dev/77")),
        ("./etl-load.1.yaml", "flows/dev/etl-load.1.yaml", ("dev/1",)),
        (".", "docs", ()),
    ],
)
def test_word_with_a_leading_dot_is_a_path(
    flows: _Flows, word: str, path: str, keys: tuple[str, ...]
) -> None:
    assert flows.selector.matches(word, path) == _keys(*keys)
