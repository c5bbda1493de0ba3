"""No program that the repository's own configuration names is run; git does not inherit credentials."""

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from flowsync.errors import RepositoryError
from flowsync.repository.preconditions import Target, hand_edited_files
from flowsync.repository.push import PushResult, collect_garbage, push
from flowsync.repository.repository import Repository, open_repository
from flowsync.repository.untrusted_config import GitSetting, override_variables, overrides

Git = Callable[..., str]
Opened = Callable[[Path], Repository]

MAIN = Target("refs/heads/main", None, None, is_checked_out=True)
UNREACHABLE = "https://127.0.0.1:1/x.git"
EXT = "ext::{canary}"

# All settings with which a push runs the canary.
PUSHES: Mapping[str, Mapping[str, str]] = {
    "url": {"remote.origin.url": EXT},
    "pushurl": {"remote.origin.url": UNREACHABLE, "remote.origin.pushurl": EXT},
    "protocol": {"remote.origin.url": EXT, "protocol.ext.allow": "always"},
    "all protocols": {"remote.origin.url": EXT, "protocol.allow": "always"},
    "instead": {"remote.origin.url": "https://x/", "url.ext::{canary} .insteadOf": "https://x/"},
    "push instead": {"remote.origin.url": "https://x/", "url.ext::{canary} .pushInsteadOf": "https://x/"},
    "vcs": {"remote.origin.url": "{canary}", "remote.origin.vcs": "ext"},
    "branch": {"branch.main.remote": EXT},
    "branch to push": {"branch.main.pushRemote": EXT},
    "default": {"remote.pushDefault": EXT},
    "ssh": {"remote.origin.url": "ssh://127.0.0.1:1/x.git", "core.sshCommand": "{canary}"},
    "proxy": {"remote.origin.url": "git://127.0.0.1:1/x.git", "core.gitProxy": "{canary}"},
    "receive": {"remote.origin.url": "{remote}", "remote.origin.receivepack": "{canary}"},
    "itself": {"remote.origin.url": ".", "core.alternateRefsCommand": "{canary}"},
    "hook": {
        "remote.origin.url": "{remote}",
        "hook.evil.event": "pre-push",
        "hook.evil.command": "{canary}",
    },
}


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """Return a program that creates a file in its folder."""
    program = tmp_path / "canary"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n")
    program.chmod(0o755)
    return program


@pytest.fixture
def remote(tmp_path: Path, repo: Path, git: Git) -> Path:
    git(tmp_path, "clone", "-q", "--bare", str(repo), "remote.git")
    return tmp_path / "remote.git"


def _configure(
    repo: Path, git: Git, settings: Mapping[str, str], canary: Path, remote: Path, *scope: str
) -> None:
    for key, value in settings.items():
        names = {"{canary}": str(canary), "{remote}": str(remote)}
        for name, text in names.items():
            key, value = key.replace(name, text), value.replace(name, text)  # noqa: PLW2901
        git(repo, "config", *scope, key, value)


def _push(repository: Repository) -> None:
    try:
        push(repository, MAIN)
    except RepositoryError as error:
        assert error.message  # noqa: PT017  # it may fail or not, it runs nothing


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [("--local", "ext:https:git:ssh:file"), ("--local", None), ("--worktree", None), ("include", None)],
)
@pytest.mark.parametrize("way", PUSHES)
def test_a_push_runs_no_program_of_the_repositorys_configuration(
    way: str,
    scope: str,
    allowed: str | None,
    repo: Path,
    remote: Path,
    canary: Path,
    git: Git,
    opened: Opened,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if allowed:
        monkeypatch.setenv("GIT_ALLOW_PROTOCOL", allowed)
    git(repo, "config", "extensions.worktreeConfig", "true")
    git(repo, "config", "include.path", "included")
    (repo / ".git/objects/info").mkdir(exist_ok=True)
    (repo / ".git/objects/info/alternates").write_text(f"{remote}/objects\n")
    place = ("--file", str(repo / ".git/included")) if scope == "include" else (scope,)
    _configure(repo, git, PUSHES[way], canary, remote, *place)
    _push(opened(repo))
    assert not (canary.parent / "ran").exists()


@pytest.mark.parametrize("way", ["protocol", "ssh", "proxy", "receive"])
def test_plain_git_push_runs_the_canary(
    way: str, repo: Path, remote: Path, canary: Path, git: Git, opened: Opened
) -> None:
    _configure(repo, git, PUSHES[way], canary, remote)
    with pytest.raises(AssertionError):
        git(repo, "push", "origin", "main:new")
    assert (canary.parent / "ran").exists()


def test_an_address_that_is_a_program_is_refused_with_a_hint(
    repo: Path, remote: Path, canary: Path, git: Git, opened: Opened
) -> None:
    _configure(repo, git, PUSHES["protocol"], canary, remote)
    with pytest.raises(RepositoryError, match="transport 'ext' not allowed") as caught:
        push(opened(repo), MAIN)
    assert "git remote set-url" in caught.value.hint


@pytest.mark.parametrize("inner", [".", ".git", "inner.git"])
def test_a_remote_inside_the_repository_is_refused(
    inner: str, repo: Path, git: Git, opened: Opened, remote: Path
) -> None:
    shutil.copytree(remote, repo / "inner.git")
    for address in (inner, str(repo / inner), f"file://{repo / inner}"):
        git(repo, "config", "remote.origin.url", address)
        with pytest.raises(RepositoryError, match="the remote origin is inside this repository"):
            push(opened(repo), MAIN)


@pytest.mark.parametrize("form", ["{}", "file://{}", "../remote.git"])
def test_the_repositorys_protocol_rules_do_not_affect_a_push_to_a_path(
    form: str, repo: Path, remote: Path, git: Git, opened: Opened
) -> None:
    git(repo, "remote", "add", "origin", form.format(remote))
    git(repo, "config", "protocol.allow", "never")
    git(repo, "config", "protocol.file.allow", "never")
    git(repo, "commit", "-q", "--allow-empty", "-m", "more")
    assert push(opened(repo), MAIN) == PushResult("origin", "refs/heads/main", is_up_to_date=False)


def test_a_push_over_ssh_runs_the_users_own_command(
    repo: Path, remote: Path, git: Git, opened: Opened, tmp_path: Path, canary: Path
) -> None:
    ssh = tmp_path / "ssh"
    ssh.write_text('#!/bin/sh\nfor last; do :; done\nexec sh -c "$last"\n')
    ssh.chmod(0o755)
    git(repo, "config", "--global", "core.sshCommand", str(ssh))
    git(repo, "config", "core.sshCommand", str(canary))
    git(repo, "remote", "add", "origin", f"ssh://example.com{remote}")
    git(repo, "commit", "-q", "--allow-empty", "-m", "more")
    assert push(opened(repo), MAIN).remote == "origin"
    assert git(remote, "rev-parse", "main") == git(repo, "rev-parse", "HEAD")


def test_the_users_protocol_rules_apply(repo: Path, remote: Path, git: Git, opened: Opened) -> None:
    git(repo, "remote", "add", "origin", str(remote))
    git(repo, "config", "--global", "protocol.file.allow", "never")
    git(repo, "config", "protocol.file.allow", "always")
    with pytest.raises(RepositoryError, match="transport 'file' not allowed"):
        push(opened(repo), MAIN)


def test_a_partial_clone_whose_configuration_names_a_program_is_refused(
    repo: Path, remote: Path, git: Git, opened: Opened, canary: Path, tmp_path: Path
) -> None:
    git(remote, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--bare", "--filter=blob:none", f"file://{remote}", "partial.git")
    partial = tmp_path / "partial.git"
    blob = git(repo, "rev-parse", "HEAD:flows/prod/load.1.yaml")
    assert opened(partial).blob(blob) == b"name: load\n"  # fetched on demand
    git(partial, "config", "remote.origin.uploadpack", str(canary))
    with pytest.raises(RepositoryError, match=r"names a program .*: remote\.origin\.uploadpack"):
        opened(partial)
    assert not (tmp_path / "ran").exists()


def test_garbage_is_not_collected_if_the_repository_names_a_program_for_it(
    repo: Path, git: Git, opened: Opened, canary: Path
) -> None:
    git(repo, "config", "gc.recentObjectsHook", str(canary))
    assert "gc.recentObjectsHook" in collect_garbage(opened(repo))
    git(repo, "config", "--unset", "gc.recentObjectsHook")
    git(repo, "config", "--global", "gc.recentObjectsHook", str(canary))
    assert collect_garbage(opened(repo)) == ""


def test_a_submodule_is_not_entered(repo: Path, git: Git, opened: Opened, canary: Path) -> None:
    git(
        repo,
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        f"file://{repo}",
        "flows/prod/sub",
    )
    inner = repo / "flows/prod/sub"
    git(inner, "config", "filter.evil.clean", str(canary))
    (repo / ".git/modules/flows/prod/sub/info").mkdir(exist_ok=True)
    (repo / ".git/modules/flows/prod/sub/info/attributes").write_text("* filter=evil\n")
    os.utime(inner / "README.md", ns=(1, 1))
    hand_edited_files(opened(repo), ["prod"])
    assert not (canary.parent / "ran").exists()


@pytest.mark.parametrize(
    ("key", "built_in"),
    [
        ("protocol.allow", "user"),
        ("protocol.file.allow", "user"),
        ("protocol.https.allow", "always"),
        ("protocol.ssh.allow", "always"),
        ("remote.a.b.vcs", "ext"),
        ("hook.a.b.command", "true"),
        ("core.alternaterefscommand", "true"),
    ],
)
@pytest.mark.parametrize("scope", ["local", "worktree"])
def test_a_setting_is_overridden_by_the_last_trusted_value_or_the_default(
    scope: str, key: str, built_in: str
) -> None:
    evil = GitSetting(scope, key, "evil")
    assert overrides([evil], ssh="ssh", askpass="") == [(key, built_in)]
    trusted = [GitSetting("system", key, "system"), GitSetting("global", key, "global")]
    assert overrides([*trusted, evil], ssh="ssh", askpass="") == [(key, "global")]


def test_a_trusted_rule_for_all_protocols_applies_to_each() -> None:
    settings = [
        GitSetting("global", "protocol.allow", "never"),
        GitSetting("local", "protocol.ssh.allow", "always"),
    ]
    assert overrides(settings, ssh="ssh", askpass="") == [("protocol.ssh.allow", "never")]


def test_the_users_proxy_applies_and_the_repositorys_does_not() -> None:
    ours, theirs = GitSetting("global", "core.gitproxy", "a"), GitSetting("local", "core.gitproxy", "b")
    assert override_variables([ours], {}) == {}
    assert override_variables([ours, theirs], {}) == {"GIT_PROXY_COMMAND": ""}
    assert override_variables([theirs], {"GIT_PROXY_COMMAND": "c"}) == {"GIT_PROXY_COMMAND": "c"}


def test_git_does_not_inherit_credentials(repo: Path, git: Git) -> None:
    secrets = {"ENOS_APP_SECRET": "s1", "FLOWSYNC_KEY": "s2", "NAMED_KEY": "s3"}
    git(repo, "config", "--global", "alias.variables", "!env")
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name, value in {**secrets, "KEPT": "yes"}.items():
            monkeypatch.setenv(name, value)
        with open_repository(repo, environ=os.environ) as repository:
            assert b"NAMED_KEY" in repository.git.output("variables")
            repository.blob(git(repo, "rev-parse", "HEAD:README.md"))
            repository.withhold(["NAMED_KEY"])
            inherited = repository.git.output("variables").decode()
            assert repository.blob(git(repo, "rev-parse", "HEAD:README.md")) == b"flows\n"
    assert "KEPT=yes" in inherited
    assert not any(name in inherited or value in inherited.split("=") for name, value in secrets.items())
