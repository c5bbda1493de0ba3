"""Every state of a repository: unsuitable ones are refused before the export, with a hint."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from acceptance.world import Git, Live, Program, configuration, contents

_State = Callable[[Path, Git], None]


def _detached(repo: Path, git: Git) -> None:
    git("checkout", "-q", "--detach")


def _merging(repo: Path, git: Git) -> None:
    _conflicting_branches(git)
    _fails(git, "merge", "theirs")


def _rebasing(repo: Path, git: Git) -> None:
    _conflicting_branches(git)
    _fails(git, "rebase", "theirs")


def _cherry_picking(repo: Path, git: Git) -> None:
    _conflicting_branches(git)
    _fails(git, "cherry-pick", "theirs")


def _bisecting(repo: Path, git: Git) -> None:
    git("bisect", "start", "HEAD", "HEAD~1")


def _edited(repo: Path, git: Git) -> None:
    (repo / "flows/prod/ingest.1.yaml").write_text("edited\n")


def _staged(repo: Path, git: Git) -> None:
    _edited(repo, git)
    git("add", ".")


def _unstaged(repo: Path, git: Git) -> None:
    git("rm", "-q", "--cached", "flows/prod/ingest.1.yaml")


def _added(repo: Path, git: Git) -> None:
    (repo / "flows/prod/mine.9.yaml").write_text("mine\n")


def _deleted(repo: Path, git: Git) -> None:
    (repo / "flows/prod/ingest.1.yaml").unlink()


def _index_locked(repo: Path, git: Git) -> None:
    (repo / ".git/index.lock").touch()


def _elsewhere(repo: Path, git: Git) -> None:
    git("checkout", "-q", "-b", "side")
    git("worktree", "add", "-q", str(repo.parent / "other"), "main")


def _conflicting_branches(git: Git) -> None:
    for branch, text in (("theirs", "one"), ("ours", "two")):
        git("checkout", "-q", "-b", branch, "main")
        Path("README.md").write_text(text)
        git("commit", "-q", "-am", branch)


def _fails(git: Git, *arguments: str) -> None:
    with pytest.raises(AssertionError):
        git(*arguments)


# name: the state, the refusal, its hint, options of sync
_REFUSED: Final[dict[str, tuple[_State, str, str, list[str]]]] = {
    "detached": (_detached, "detached HEAD", "--branch NAME", []),
    "merge": (_merging, "git merge is in progress", "git merge --abort", []),
    "rebase": (_rebasing, "git rebase is in progress", "git rebase --abort", []),
    "cherry-pick": (_cherry_picking, "git cherry-pick is in progress", "git cherry-pick --abort", []),
    "bisect": (_bisecting, "git bisect is in progress", "git bisect reset", []),
    "edited": (_edited, "flows/prod/ingest.1.yaml", "commit, stash or move", []),
    "staged": (_staged, "flows/prod/ingest.1.yaml", "commit, stash or move", []),
    "unstaged": (
        _unstaged,
        "1 file under flows/ not committed: flows/prod/ingest.1.yaml",
        "commit, stash or move",
        [],
    ),
    "added": (_added, "flows/prod/mine.9.yaml", "commit, stash or move", []),
    "deleted": (_deleted, "flows/prod/ingest.1.yaml", "commit, stash or move", []),
    "locked": (_index_locked, "index.lock", "", []),
    "elsewhere": (_elsewhere, "checked out in another work tree", "run flowsync there", ["--branch", "main"]),
}


@pytest.mark.parametrize("name", _REFUSED)
def test_a_repository_with_an_unfinished_operation_is_refused_before_the_export(
    name: str, synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    enter, message, hint, options = _REFUSED[name]
    enter(synced, git)
    prod.edit(2, "/desc", "edited")
    before = contents(synced)
    refused = flowsync("sync", "--format", "json", *options)
    assert (refused.status, refused.document["exit_status"]) == (4, 4)
    assert refused.document["error"]["type"] == "GuardError"
    assert message in refused.document["error"]["message"]
    assert hint in refused.document["error"]["hint"]
    assert f"refused: {refused.document['error']['message']}\nhint: " in refused.err
    assert prod.actions() == []
    after = contents(synced)
    after.pop(".git/flowsync/lock", None)
    before.pop(".git/flowsync/lock", None)
    assert after == before


@pytest.mark.parametrize("name", [*_REFUSED])
def test_drift_works_in_every_state(name: str, synced: Path, prod: Live, flowsync: Program, git: Git) -> None:
    _REFUSED[name][0](synced, git)
    before = contents(synced)
    assert flowsync("drift").counts == {"flows": 3}
    prod.edit(2, "/desc", "edited")
    assert flowsync("drift").status == 2
    assert contents(synced) == before


@pytest.mark.parametrize("name", _REFUSED)
def test_a_dry_run_reports_why_the_sync_would_be_refused(
    name: str, synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    enter, message, _hint, options = _REFUSED[name]
    enter(synced, git)
    prod.edit(2, "/desc", "edited")
    before = contents(synced)
    done = flowsync("sync", "--dry-run", "--exit-code", *options)
    assert done.status == 2
    assert done.counts == {"flows": 3, "changed": 1}
    (note,) = done.err.splitlines()
    assert note.startswith("a sync would be refused: ")
    assert message in note
    assert flowsync("sync", "--dry-run", *options).status == 0
    assert contents(synced) == before


def test_a_missing_identity_is_found_before_the_export(
    synced: Path, prod: Live, home: Path, flowsync: Program, git: Git
) -> None:
    (home / ".gitconfig").write_text("[user]\n    useConfigOnly = true\n")
    refused = flowsync("sync")
    assert refused.status == 4
    assert "git does not know who commits" in refused.err
    assert "commit.author in flowsync.yaml" in refused.err
    assert prod.actions() == []
    assert "a sync would be refused: git does not know who commits" in flowsync("sync", "--dry-run").err


def test_an_author_in_the_configuration_commits(
    synced: Path, prod: Live, home: Path, flowsync: Program, git: Git
) -> None:
    (home / ".gitconfig").write_text("[user]\n    useConfigOnly = true\n")
    with (synced / "flowsync.yaml").open("a") as settings:
        settings.write('commit: {author: "Flow Sync <sync@example.com>"}\n')
    prod.edit(2, "/desc", "edited")
    assert flowsync("sync").status == 0
    assert git("log", "-1", "--format=%an %ae %cn %ce") == " ".join(["Flow Sync sync@example.com"] * 2)


def test_the_first_commit_is_made_on_an_unborn_branch(
    repo: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    shutil.rmtree(repo / ".git")
    git("init", "-q", "-b", "trunk")
    assert flowsync("sync").status == 0
    assert git("rev-list", "--count", "trunk") == "1"
    assert git("ls-tree", "-r", "--name-only", "HEAD").splitlines() == [
        "flows/prod/forecast.2.yaml",
        "flows/prod/ingest.1.yaml",
        "flows/prod/report.3.yaml",
    ]
    assert git("status", "--porcelain", "--", "flows") == ""
    assert flowsync("sync").counts == {"flows": 3}


def test_drift_on_an_unborn_branch_finds_everything_new(
    repo: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    shutil.rmtree(repo / ".git")
    git("init", "-q")
    drift = flowsync("drift")
    assert drift.status == 2
    assert drift.counts == {"flows": 3, "new": 3}


@pytest.fixture
def bare(synced: Path, git: Git, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Create a bare clone and make it the current folder."""
    place = synced.parent / "bare.git"
    git("clone", "-q", "--bare", str(synced), str(place))
    monkeypatch.chdir(place)
    return place


def test_a_bare_repository_is_synced_with_the_configuration_of_its_head(
    bare: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    assert flowsync("drift").counts == {"flows": 3}
    prod.edit(2, "/desc", "edited")
    assert flowsync("sync").status == 0
    assert git("show", "--name-only", "--format=", "main") == "flows/prod/forecast.2.yaml"
    assert flowsync("sync").counts == {"flows": 3}
    assert flowsync("diff", "HEAD~1", "HEAD").counts == {"flows": 3, "changed": 1}
    assert git("fsck", "--strict") == ""


def test_a_bare_repository_accepts_a_configuration_from_elsewhere(
    bare: Path, dev: Live, flowsync: Program, git: Git, tmp_path: Path
) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text(configuration(dev.emulator.url, ["dev"]))
    done = flowsync("sync", "--config", str(settings))
    assert done.status == 0
    assert git("show", "--name-only", "--format=", "main") == "flows/dev/ingest.11.yaml"


def test_a_bare_repository_without_a_configuration_gets_a_hint(
    prod: Live, flowsync: Program, git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git("init", "-q", "--bare", str(tmp_path / "bare.git"))
    monkeypatch.chdir(tmp_path / "bare.git")
    failed = flowsync("sync")
    assert failed.status == 1
    assert "name a file with --config FILE" in failed.err


def test_a_detached_ci_clone_commits_to_the_named_branch(
    synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    git("checkout", "-q", "--detach")
    prod.edit(2, "/desc", "edited")
    assert flowsync("sync", "--branch", "main").status == 0
    assert git("log", "-1", "--format=%s", "main") == "sync(prod): 1 changed"
    assert git("rev-parse", "HEAD") == git("rev-parse", "main~1")
    assert git("status", "--porcelain") == ""


def test_a_shallow_clone_commits_to_the_named_branch(
    synced: Path, prod: Live, flowsync: Program, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = synced.parent / "clone"
    git("clone", "-q", "--depth", "1", synced.as_uri(), str(clone))
    monkeypatch.chdir(clone)
    prod.edit(2, "/desc", "edited")
    refused = flowsync("sync")
    assert refused.status == 4
    assert "shallow" in refused.err
    assert "--branch NAME" in refused.err
    assert prod.actions() == []
    assert flowsync("sync", "--branch", "main").status == 0
    assert git("status", "--porcelain") == ""
    assert git("fsck", "--strict", "--no-dangling") == ""


@pytest.mark.parametrize("command", [["sync", "--dry-run"], ["sync"]])
def test_a_new_branch_starts_at_head(
    command: list[str], synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    head = git("rev-parse", "HEAD")
    prod.edit(2, "/desc", "edited")
    done = flowsync(*command, "--branch", "sync/today")
    assert done.status == 0
    assert done.counts == {"flows": 3, "changed": 1}
    assert git("rev-parse", "HEAD") == head
    assert git("status", "--porcelain") == ""
    branches = git("branch", "--format=%(refname:short)").splitlines()
    assert branches == (["main"] if "--dry-run" in command else ["main", "sync/today"])


@pytest.mark.parametrize("name", ["-x", "a..b", "refs/heads/main", "HEAD", "a b", ""])
def test_an_invalid_name_of_a_branch_is_refused(
    name: str, synced: Path, prod: Live, flowsync: Program
) -> None:
    for command in (["sync"], ["sync", "--dry-run"]):
        failed = flowsync(*command, f"--branch={name}")
        assert failed.status == 64
        assert "not the name of a branch" in failed.err


def test_a_sync_of_a_linked_work_tree_does_not_change_the_main_one(
    synced: Path, prod: Live, flowsync: Program, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = synced.parent / "other"
    git("worktree", "add", "-q", "-b", "side", str(other))
    head = git("rev-parse", "HEAD")
    monkeypatch.chdir(other)
    prod.edit(2, "/desc", "edited")
    assert flowsync("sync").status == 0
    assert git("rev-parse", "side~1") == head
    assert git("status", "--porcelain") == ""
    assert git("rev-parse", "HEAD", at=synced) == head
    assert git("status", "--porcelain", at=synced) == ""


def test_users_staged_and_edited_files_elsewhere_survive_a_sync(
    synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    (synced / "staged.txt").write_text("staged\n")
    git("add", "staged.txt")
    (synced / "README.md").write_text("edited\n")
    (synced / "new.txt").write_text("new\n")
    before = git("status", "--porcelain")
    prod.edit(2, "/desc", "edited")
    assert flowsync("sync").status == 0
    assert git("status", "--porcelain") == before
    assert git("show", "--name-only", "--format=", "HEAD") == "flows/prod/forecast.2.yaml"


def test_edits_of_another_environment_do_not_prevent_a_sync(
    synced: Path, prod: Live, dev: Live, flowsync: Program, git: Git
) -> None:
    (synced / "flowsync.yaml").write_text(configuration(prod.emulator.url, ["prod", "dev"]))
    assert flowsync("sync").status == 0
    (synced / "flows/dev/ingest.11.yaml").write_text("edited\n")
    prod.edit(2, "/desc", "edited")
    assert flowsync("sync", "--env", "prod").status == 0
    assert flowsync("sync").status == 4


def test_a_missing_repository_is_a_failure_with_the_hint_init(
    prod: Live, tmp_path: Path, flowsync: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for command in ("sync", "drift", "diff", "list"):
        failed = flowsync(command)
        assert failed.status == 1, command
        assert "no git repository in " in failed.err
        assert "flowsync init ." in failed.err


def test_variables_of_git_do_not_select_another_repository(
    synced: Path, prod: Live, tmp_path: Path, flowsync: Program, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    git("init", "-q", str(tmp_path / "decoy"))
    prod.edit(2, "/desc", "edited")
    with monkeypatch.context() as patch:
        patch.setenv("GIT_DIR", str(tmp_path / "decoy/.git"))
        patch.setenv("GIT_WORK_TREE", str(tmp_path / "decoy"))
        patch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
        assert flowsync("sync").status == 0
    assert git("log", "-1", "--format=%s") == "sync(prod): 1 changed"
    assert git("status", "--porcelain") == ""
    assert not (tmp_path / "index").exists()


def test_the_program_works_from_any_sub_folder(
    synced: Path, prod: Live, flowsync: Program, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(synced / "flows/prod")
    prod.edit(2, "/desc", "edited")
    assert flowsync("drift").status == 2
    assert flowsync("sync").status == 0
    assert git("status", "--porcelain") == ""
    assert flowsync("diff", "HEAD~1", "HEAD", "forecast.2.yaml").counts == {"flows": 1, "changed": 1}
    assert flowsync("diff", "HEAD~1", "HEAD", "../prod").counts == {"flows": 3, "changed": 1}
    assert flowsync("diff", "../prod/forecast.2.yaml").counts == {"flows": 1}
    assert flowsync("validate").out.endswith("(3 documents checked)\n")
    assert flowsync("fmt", "--check").out.endswith("(3 documents checked)\n")
    assert flowsync("doctor").status == 0
