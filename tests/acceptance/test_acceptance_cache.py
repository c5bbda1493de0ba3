"""The digest cache saves work; a lost, forged or foreign cache changes no verdict."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from acceptance.world import Git, Live, Program, configuration

import flowsync.commands.render_pool


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Collect the ids of the flows that are rendered."""
    ids: list[int] = []
    real = flowsync.commands.render_pool.render_response

    def counted(flow_id: int, *arguments: object) -> object:
        ids.append(flow_id)
        return real(flow_id, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(flowsync.commands.render_pool, "render_response", counted)
    return ids


def test_a_second_sync_of_the_same_bytes_converts_nothing(
    synced: Path, prod: Live, rendered: list[int], flowsync: Program
) -> None:
    assert flowsync("sync").counts == {"flows": 3}
    assert sorted(rendered) == [1, 2, 3]
    rendered.clear()
    assert flowsync("sync").counts == {"flows": 3}
    assert rendered == []
    prod.edit(2, "/desc", "edited")
    assert flowsync("sync").counts == {"flows": 3, "changed": 1}
    assert rendered == [2]


def test_without_the_cache_everything_is_converted_and_nothing_stored(
    synced: Path, cache: Path, rendered: list[int], flowsync: Program
) -> None:
    for command in ("sync", "drift"):
        assert flowsync(command, "--no-cache").counts == {"flows": 3}
    assert len(rendered) == 6
    assert not cache.exists()


def test_cached_digests_are_compared_with_the_repository(
    synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    prod.edit(2, "/desc", "edited")
    assert flowsync("sync").status == 0
    git("reset", "-q", "--hard", "HEAD~1")
    again = flowsync("drift")
    assert (again.status, again.counts) == (2, {"flows": 3, "changed": 1})
    assert flowsync("sync").status == 0
    assert git("status", "--porcelain") == ""


def _lost(lines: list[str]) -> list[str]:
    return []


def _garbage(lines: list[str]) -> list[str]:
    return ["\x00\ud800garbage\t\t\t\t", "1\t2", *lines[:1], ""]


def _cut(lines: list[str]) -> list[str]:
    return [line[: len(line) // 2] for line in lines]


def _other_blob(lines: list[str]) -> list[str]:
    return [line.replace(line.split("\t")[2], "0" * 40) for line in lines]


def _other_path(lines: list[str]) -> list[str]:
    return [line.replace("flows/prod", "../../outside") for line in lines]


def _swapped_checksums(lines: list[str]) -> list[str]:
    rows = [line.rpartition("\t") for line in lines]
    return [
        f"{row}\t{checksum}" for (row, _, _), (_, _, checksum) in zip(rows, rows[1:] + rows[:1], strict=True)
    ]


def _swapped_flows(lines: list[str]) -> list[str]:
    return [line.replace(line[0], {"1": "2", "2": "1"}.get(line[0], "3"), 1) for line in lines]


@pytest.mark.parametrize(
    "forge", [_lost, _garbage, _cut, _other_blob, _other_path, _swapped_checksums, _swapped_flows]
)
def test_a_forged_cache_changes_no_verdict(
    forge: Callable[[list[str]], list[str]],
    synced: Path,
    prod: Live,
    cache: Path,
    flowsync: Program,
    git: Git,
) -> None:
    assert flowsync("sync").status == 0
    (file,) = cache.iterdir()
    lines = file.read_text().splitlines()
    assert len(lines) == 3
    file.write_text("\n".join(forge(lines)) + "\n", errors="surrogatepass")
    assert flowsync("drift").counts == {"flows": 3}
    assert flowsync("sync").counts == {"flows": 3}
    prod.edit(2, "/desc", "edited")
    file.write_text("\n".join(forge(lines)) + "\n", errors="surrogatepass")
    assert flowsync("sync").status == 0
    assert git("show", "--name-only", "--format=", "HEAD") == "flows/prod/forecast.2.yaml"


def test_a_cache_of_another_secret_or_organisation_is_ignored(
    synced: Path, prod: Live, dev: Live, cache: Path, flowsync: Program
) -> None:
    assert flowsync("sync").status == 0
    dev.put(dict(prod.flows))
    dev.edit(2, "/desc", "edited")
    (synced / "flowsync.yaml").write_text(configuration(prod.emulator.url, ["dev"]))
    assert flowsync("sync", "--env", "dev").status == 0
    ours, theirs = sorted(cache.iterdir())
    shutil.copy(ours, theirs)
    (synced / "flowsync.yaml").write_text(configuration(prod.emulator.url, ["dev", "prod"]))
    assert flowsync("drift").counts == {"flows": 6}


def test_a_cache_that_cannot_be_written_costs_only_time(
    synced: Path, prod: Live, cache: Path, flowsync: Program
) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_text("a file where a folder should be")
    assert flowsync("sync").counts == {"flows": 3}
    prod.edit(2, "/desc", "edited")
    assert flowsync("sync").status == 0


def test_two_repositories_can_share_a_cache(
    synced: Path, prod: Live, flowsync: Program, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert flowsync("sync").status == 0
    other = synced.parent / "other"
    git("clone", "-q", str(synced), str(other))
    monkeypatch.chdir(other)
    prod.edit(2, "/desc", "edited")
    assert flowsync("sync").status == 0
    monkeypatch.chdir(synced)
    assert flowsync("drift").status == 2
    assert flowsync("sync").status == 0
    assert git("diff", "--stat", "HEAD", git("rev-parse", "HEAD", at=other), at=other) == ""
