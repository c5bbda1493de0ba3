"""Pushing to real remotes, and keeping the object store small."""

from collections.abc import Callable
from pathlib import Path

import pytest

from flowsync.errors import RepositoryError
from flowsync.repository.preconditions import Target
from flowsync.repository.push import PushResult, collect_garbage, push
from flowsync.repository.repository import Repository

Git = Callable[..., str]
Sync = Callable[..., str | None]
Opened = Callable[[Path], Repository]

MAIN = Target("refs/heads/main", None, None, is_checked_out=True)


@pytest.fixture
def remote(tmp_path: Path, repo: Path, git: Git) -> Path:
    """Return a bare repository that is the origin of `repo`."""
    bare = tmp_path / "remote.git"
    git(tmp_path, "clone", "-q", "--bare", str(repo), str(bare))
    git(repo, "remote", "add", "origin", str(bare))
    return bare


def test_a_commit_reaches_the_remote(repo: Path, remote: Path, git: Git, sync: Sync, opened: Opened) -> None:
    new = sync(repo, {"flows/prod/load.1.yaml": "a: 1\n"})
    assert push(opened(repo), MAIN) == PushResult("origin", "refs/heads/main", is_up_to_date=False)
    assert git(remote, "rev-parse", "main") == new
    assert push(opened(repo), MAIN) == PushResult("origin", "refs/heads/main", is_up_to_date=True)


def test_a_new_branch_is_created_on_the_remote(
    repo: Path, remote: Path, git: Git, sync: Sync, opened: Opened
) -> None:
    new = sync(repo, {"flows/prod/load.1.yaml": "a: 1\n"}, branch="flowsync/update")
    push(opened(repo), Target("refs/heads/flowsync/update", None, None, is_checked_out=False))
    assert git(remote, "rev-parse", "flowsync/update") == new


def test_the_default_remote_is_that_of_git_push(
    tmp_path: Path, repo: Path, remote: Path, git: Git, opened: Opened
) -> None:
    git(repo, "remote", "rename", "origin", "upstream")
    git(repo, "config", "branch.main.remote", "upstream")
    assert push(opened(repo), MAIN).remote == "upstream"
    git(tmp_path, "clone", "-q", "--bare", str(repo), "other.git")
    git(repo, "remote", "add", "other", str(tmp_path / "other.git"))
    git(repo, "config", "remote.pushDefault", "other")
    assert push(opened(repo), MAIN).remote == "other"
    assert push(opened(repo), MAIN, remote="upstream").remote == "upstream"


def test_a_remote_that_is_ahead_refuses_with_a_hint(
    tmp_path: Path, repo: Path, remote: Path, git: Git, sync: Sync, opened: Opened
) -> None:
    git(tmp_path, "clone", "-q", str(remote), "colleague")
    git(tmp_path / "colleague", "commit", "-q", "--allow-empty", "-m", "ahead")
    git(tmp_path / "colleague", "push", "-q")
    ahead = git(remote, "rev-parse", "main")
    sync(repo, {"flows/prod/load.1.yaml": "a: 1\n"})
    with pytest.raises(RepositoryError, match="git push was refused") as caught:
        push(opened(repo), MAIN)
    assert "git pull --rebase" in caught.value.hint
    assert git(remote, "rev-parse", "main") == ahead


def test_the_message_of_a_refusing_remote_is_quoted(
    repo: Path, remote: Path, git: Git, sync: Sync, opened: Opened
) -> None:
    hook = remote / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    sync(repo, {"flows/prod/load.1.yaml": "a: 1\n"})
    with pytest.raises(RepositoryError, match="pre-receive hook declined") as caught:
        push(opened(repo), MAIN)
    assert "rules" in caught.value.hint


def test_a_missing_remote_is_named(repo: Path, opened: Opened) -> None:
    with pytest.raises(RepositoryError, match="git push failed: 'origin'") as caught:
        push(opened(repo), MAIN)
    assert "git remote" in caught.value.hint


@pytest.mark.parametrize("password", ["hunter2", "hunt@hunter2", "@hunter2@@"])
def test_the_error_does_not_contain_the_password_of_an_address(
    repo: Path, git: Git, opened: Opened, password: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    caplog.set_level("DEBUG", logger="flowsync")  # an earlier test may have set it
    address = f"https://user:{password}@127.0.0.1:1/x.git"
    git(repo, "remote", "add", "origin", address)
    for remote in (None, address):
        with pytest.raises(RepositoryError) as caught:
            push(opened(repo), MAIN, remote=remote)
        assert "hunt" not in str(caught.value) + caught.value.hint
        assert "127.0.0.1" in caught.value.message
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("flowsync")]
    assert "https://127.0.0.1:1/x.git" in "".join(ours)
    assert "hunt" not in "".join(ours)


def test_a_remote_given_as_an_address_is_reported_without_its_password(
    repo: Path, remote: Path, git: Git, opened: Opened
) -> None:
    git(repo, "config", f"url.{remote}.insteadOf", "https://user:hunt@er2@example.com/x.git")
    pushed = push(opened(repo), MAIN, remote="https://user:hunt@er2@example.com/x.git")
    assert pushed.remote == "https://example.com/x.git"


def test_the_pre_push_hook_of_the_repository_does_not_run(
    repo: Path, remote: Path, git: Git, opened: Opened, tmp_path: Path
) -> None:
    hook = repo / ".git/hooks/pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    push(opened(repo), MAIN)
    assert not (tmp_path / "ran").exists()


def test_a_program_that_the_repository_names_for_its_remote_never_runs(
    repo: Path, remote: Path, git: Git, opened: Opened, tmp_path: Path
) -> None:
    evil = tmp_path / "evil"
    evil.write_text(f'#!/bin/sh\ntouch {tmp_path}/ran\nexec git-receive-pack "$@"\n')
    evil.chmod(0o755)
    git(repo, "config", "remote.origin.receivepack", str(evil))
    push(opened(repo), MAIN)
    assert not (tmp_path / "ran").exists()


def test_garbage_is_collected_before_returning_if_git_considers_it_useful(
    repo: Path, git: Git, sync: Sync, opened: Opened, scrubbed: Path
) -> None:
    scrubbed.write_text(scrubbed.read_text().replace("auto = 0", "auto = 100\n    autoPackLimit = 2"))
    for text in "abc":
        sync(repo, {f"flows/prod/flow.{number}.yaml": f"{text}: {number}\n" for number in range(10, 60)})
    collect_garbage(opened(repo))
    assert "packs: 1" in git(repo, "count-objects", "-v")
    assert not (repo / ".git/gc.pid").exists()
    assert git(repo, "fsck", "--strict") == ""


def test_a_small_object_store_is_not_packed(repo: Path, git: Git, opened: Opened) -> None:
    before = git(repo, "count-objects", "-v")
    collect_garbage(opened(repo))
    assert git(repo, "count-objects", "-v") == before
