"""Commits that changed flow files."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from flowsync.errors import RepositoryError, UsageError
from flowsync.repository.history import past_commits
from flowsync.repository.repository import Repository

Git = Callable[..., str]
Opened = Callable[[Path], Repository]


def _commit(repo: Path, git: Git, path: str, text: str | None, message: str = "edit") -> str:
    file = repo / path
    if text is None:
        file.unlink()
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", message)
    return git(repo, "rev-parse", "HEAD")


def test_commits_are_listed_newest_first_with_both_blobs_of_every_file(
    repo: Path, git: Git, opened: Opened
) -> None:
    first = git(repo, "rev-parse", "HEAD")
    second = _commit(repo, git, "flows/prod/load.1.yaml", "new\n", "second\n\nbody")
    repository = opened(repo)
    newest, oldest = past_commits(repository, second)
    assert (newest.id, newest.parent, newest.subject) == (second, first, "second")
    assert newest.author == "Wind Power"
    assert newest.when == git(repo, "log", "-1", "--format=%aI")
    (change,) = newest.files
    assert change.path == "flows/prod/load.1.yaml"
    assert change.before == git(repo, "rev-parse", f"{first}:flows/prod/load.1.yaml")
    assert change.after == repository.hash_blob(b"new\n")
    assert (oldest.id, oldest.parent) == (first, None)
    assert {(one.before, one.path) for one in oldest.files} >= {(None, "flows/prod/load.1.yaml")}


def test_commits_without_flow_files_are_not_listed(repo: Path, git: Git, opened: Opened) -> None:
    _commit(repo, git, "README.md", "other\n")
    assert len([*past_commits(opened(repo), "HEAD")]) == 1


def test_a_flow_is_followed_through_renames_by_its_id_within_its_environment(
    repo: Path, git: Git, opened: Opened
) -> None:
    git(repo, "mv", "flows/prod/load.1.yaml", "flows/prod/extract.1.yaml")
    git(repo, "commit", "-q", "-m", "rename")
    _commit(repo, git, "flows/prod/extract.1.yaml", "new\n")
    _commit(repo, git, "flows/prod/other.11.yaml", "another flow\n")
    _commit(repo, git, "flows/dev/load.1.yaml", "another environment\n")
    repository = opened(repo)
    head = repository.resolve("HEAD")
    found = [*past_commits(repository, head, flow_ids=[1], environments=["prod"])]
    assert [sorted(one.path for one in past.files) for past in found] == [
        ["flows/prod/extract.1.yaml"],
        ["flows/prod/extract.1.yaml", "flows/prod/load.1.yaml"],
        ["flows/prod/load.1.yaml"],
    ]


def test_a_merge_is_compared_with_its_first_parent_and_its_commits_are_not_listed(
    repo: Path, git: Git, opened: Opened
) -> None:
    git(repo, "switch", "-q", "-c", "side")
    _commit(repo, git, "flows/prod/load.1.yaml", "side\n")
    git(repo, "switch", "-q", "main")
    _commit(repo, git, "flows/dev/load.1.yaml", "main\n")
    git(repo, "merge", "-q", "--no-ff", "-m", "merge", "side")
    found = [*past_commits(opened(repo), "HEAD")]
    assert [past.subject for past in found[:2]] == ["merge", "edit"]
    assert [[one.path for one in past.files] for past in found[:2]] == [
        ["flows/prod/load.1.yaml"],
        ["flows/dev/load.1.yaml"],
    ]
    assert len(found) == 3


def test_ancestors_of_the_excluded_revision_are_not_listed(repo: Path, git: Git, opened: Opened) -> None:
    first = git(repo, "rev-parse", "HEAD")
    second = _commit(repo, git, "flows/prod/load.1.yaml", "new\n")
    assert [past.id for past in past_commits(opened(repo), second, without=first)] == [second]


def test_the_users_configuration_has_no_effect(repo: Path, git: Git, opened: Opened) -> None:
    second = _commit(repo, git, "flows/prod/load.1.yaml", "new\n")
    expected = [*past_commits(opened(repo), second)]
    for setting in (
        "log.showSignature=true", "diff.renames=copies", "color.ui=always", "core.abbrev=5",
        "log.date=relative", "diff.noprefix=true", "format.pretty=oneline", "diff.relative=true",
        "i18n.logOutputEncoding=latin1", "diff.external=false", "log.follow=true",
    ):  # fmt: skip
        git(repo, "config", *setting.split("="))
    assert [*past_commits(opened(repo), second)] == expected


def test_names_and_messages_with_control_characters_are_read(repo: Path, git: Git, opened: Opened) -> None:
    _commit(repo, git, "flows/prod/a b\t§\n.5.yaml", "x\n", "\x01subject\x1b[31m :1 2 3")
    newest = next(past_commits(opened(repo), "HEAD"))
    assert newest.subject == "\x01subject\x1b[31m :1 2 3"
    assert [one.path for one in newest.files] == ["flows/prod/a b\t§\n.5.yaml"]


def test_a_setting_that_follows_renames_has_no_effect(repo: Path, git: Git, opened: Opened) -> None:
    expected = [*past_commits(opened(repo), "HEAD", environments=["prod"], flow_ids=[1])]
    git(repo, "config", "log.follow", "true")
    assert [*past_commits(opened(repo), "HEAD", environments=["prod"], flow_ids=[1])] == expected != []


def test_symbolic_links_are_distinguished_from_files(repo: Path, git: Git, opened: Opened) -> None:
    (repo / "flows/prod/link.9.yaml").symlink_to("load.1.yaml")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "link")
    newest = next(past_commits(opened(repo), "HEAD"))
    assert [one.is_plain for one in newest.files] == [False]


def test_the_last_commit_of_a_shallow_clone_is_cut_off(
    repo: Path, git: Git, opened: Opened, tmp_path: Path
) -> None:
    for number in range(3):
        _commit(repo, git, "flows/prod/load.1.yaml", f"{number}\n")
    git(tmp_path, "clone", "-q", "--depth", "2", "--bare", f"file://{repo}", "shallow.git")
    found = [*past_commits(opened(tmp_path / "shallow.git"), "HEAD")]
    assert [past.is_cut_off for past in found] == [False, True]


def test_git_ends_when_the_iteration_is_closed(repo: Path, git: Git, opened: Opened) -> None:
    for number in range(5):
        _commit(repo, git, "flows/prod/load.1.yaml", f"{number}\n")
    past = past_commits(opened(repo), "HEAD")
    assert len([*islice(past, 2)]) == 2
    past.close()  # type: ignore[attr-defined]  # a generator; a process left behind would be a warning


def test_a_missing_commit_is_named_in_the_error(repo: Path, opened: Opened) -> None:
    with pytest.raises(RepositoryError, match="git log failed"):
        [*past_commits(opened(repo), "1" * 40)]


def test_a_pattern_is_not_an_environment(repo: Path, opened: Opened) -> None:
    with pytest.raises(UsageError, match="not an environment name"):
        [*past_commits(opened(repo), "HEAD", environments=["*"])]
