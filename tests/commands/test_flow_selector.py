"""Which flows a word means."""

import pytest

from flowsync.commands.flow_selector import FlowKey, FlowSelector, ambiguity_notes
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


class _World:
    """Files by their names, and how often one of them was read."""

    def __init__(self, names: dict[FlowKey, str]) -> None:
        self.texts = {
            document_path(key[0], name, key[1]): dump({"format": 1, "flowId": key[1], "name": name, "z": 1})
            for key, name in names.items()
        }
        files = [(key, FlowFile(document_path(key[0], name, key[1]), "")) for key, name in names.items()]
        self.reads = 0
        self.choice = FlowSelector(files, self._read)

    def _read(self, file: FlowFile) -> bytes:
        self.reads += 1
        return self.texts[file.path].encode()


@pytest.fixture
def world() -> _World:
    return _World(_NAMES)


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
def test_what_stands_in_names_of_files_needs_no_document(
    world: _World, word: str, keys: tuple[str, ...]
) -> None:
    found = world.choice.matches(word)
    assert found == _keys(*keys)
    assert not world.reads or not keys


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
def test_names_and_patterns_are_looked_for_in_documents(
    world: _World, word: str, keys: tuple[str, ...]
) -> None:
    assert world.choice.matches(word) == _keys(*keys)


@pytest.mark.parametrize("word", ["etl_report", "prod/ETL_Load", "77", "a/b", "etl-load"])
def test_a_revision_that_is_also_the_name_of_a_flow_is_noted(world: _World, word: str) -> None:
    (note,) = ambiguity_notes([word], world.choice)
    assert note.startswith(f"{word!r} is a revision and also a flow or folder; the revision is used")


def test_an_ordinary_revision_reads_no_document(world: _World) -> None:
    revisions = ["HEAD~1", "main", "HEAD", "0f5c2ab", "origin/main", "v1.2^"]
    assert not [*ambiguity_notes(revisions, world.choice)]
    assert not world.reads


def test_one_word_for_several_flows_lists_them(world: _World) -> None:
    with pytest.raises(UsageError, match=r"'1' selects 2 flows: dev/1 \(.*\), prod/1 \(.*\)") as caught:
        world.choice.resolve_one("1")
    assert "dev/1" in caught.value.hint
    with pytest.raises(UsageError, match="selects 2 flows"):
        world.choice.resolve("ETL_Load")


def test_of_flows_filed_under_one_word_the_one_of_that_very_name_is_meant(world: _World) -> None:
    assert world.choice.resolve_one("forecast") == ("prod", 3)
    assert world.choice.resolve_one("Forecast!") == ("prod", 4)


def test_patterns_folders_and_environments_mean_all_that_answer(world: _World) -> None:
    assert world.choice.resolve("prod/etl*") == _keys("prod/1", "prod/2")
    assert world.choice.resolve("dev") == _keys("dev/1", "dev/77")
    assert world.choice.resolve("word", "flows/dev") == _keys("dev/1", "dev/77")


def test_a_word_for_no_flow_is_an_error_that_knows_what_is_nearly_spelled_so(world: _World) -> None:
    with pytest.raises(UsageError, match="no such flow: 'forcast'") as caught:
        world.choice.resolve_one("forcast")
    assert "did you mean forecast?" in caught.value.hint


@pytest.mark.parametrize("word", ["12345", "12346"])
def test_a_flow_whose_name_is_digits_is_suggested_by_its_id(word: str) -> None:
    world = _World({("prod", 10): "12345"})
    with pytest.raises(UsageError, match=f"no such flow: '{word}'") as caught:
        world.choice.resolve_one(word)
    assert caught.value.hint == "did you mean prod/10 (flows/prod/12345.10.yaml)?"
    assert world.choice.resolve_one("prod/10") == world.choice.resolve_one("prod/12345") == ("prod", 10)


def test_a_file_that_was_renamed_by_hand_is_found_by_the_name_in_it() -> None:
    text = dump({"format": 1, "flowId": 1, "name": "load"}).encode()
    choice = FlowSelector([(("prod", 1), FlowFile("flows/prod/odd.1.yaml", ""))], lambda _: text)
    assert choice.resolve_one("load") == ("prod", 1)
    assert choice.resolve_one("odd") == ("prod", 1)


def test_an_unreadable_document_has_no_name_and_hinders_nobody() -> None:
    choice = FlowSelector([(("prod", 1), FlowFile("flows/prod/odd.1.yaml", ""))], lambda _: b"\xff: [")
    assert choice.matches("load") == frozenset()
    assert choice.matches("o*") == {("prod", 1)}


def test_many_candidates_are_cut() -> None:
    world = _World({(f"e{number}", 1): "load" for number in range(30)})
    with pytest.raises(UsageError, match=r"selects 30 flows: .* and 20 more"):
        world.choice.resolve_one("load")


def test_a_flow_that_was_renamed_answers_to_patterns_for_either_name() -> None:
    world = _World({("prod", 1): "alpha"})
    renamed = FlowFile(document_path("prod", "gamma", 1), "")
    world.texts[renamed.path] = dump({"format": 1, "flowId": 1, "name": "gamma", "z": 1})
    files = [(("prod", 1), FlowFile(path, "")) for path in world.texts]
    choice = FlowSelector(files, lambda file: world.texts[file.path].encode())
    assert choice.matches("al*") == choice.matches("gam*") == _keys("prod/1")


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
def test_a_word_that_begins_with_a_dot_is_the_path_it_stands_for(
    world: _World, word: str, path: str, keys: tuple[str, ...]
) -> None:
    assert world.choice.matches(word, path) == _keys(*keys)
