"""Signed commits, and settings of a repository's own configuration that are ignored."""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from flowsync.errors import RepositoryError
from flowsync.repository.repository import Repository
from flowsync.repository.untrusted_config import GitSetting, overrides, parse_git_settings

Git = Callable[..., str]
Sync = Callable[..., str | None]
Opened = Callable[[Path], Repository]

CHANGED = {"flows/prod/load.1.yaml": "name: load\ncron: new\n"}
SSH = "ssh"
ASKPASS = "window"


@pytest.fixture
def signer(tmp_path: Path, scrubbed: Path) -> Path:
    """Return a program that writes a fake signature and records its arguments."""
    return _program(
        tmp_path / "signer",
        f'echo "$@" > {tmp_path}/signer.arguments\n'
        'echo "[GNUPG:] SIG_CREATED " >&2\necho "-----BEGIN PGP SIGNATURE-----"\n',
    )


def _program(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\ncat > /dev/null\n{script}")
    path.chmod(0o755)
    return path


def _configure(configuration: Path, text: str) -> None:
    configuration.write_text(configuration.read_text() + text)


@pytest.mark.parametrize("scope", ["--global", "--local"])
def test_commits_are_signed_if_any_scope_sets_gpgsign(
    repo: Path, git: Git, sync: Sync, signer: Path, scope: str
) -> None:
    git(repo, "config", "--global", "gpg.program", str(signer))
    git(repo, "config", scope, "commit.gpgsign", "yes")
    sync(repo, CHANGED)
    assert "BEGIN PGP SIGNATURE" in git(repo, "cat-file", "commit", "HEAD")


def test_commits_are_not_signed_otherwise(repo: Path, git: Git, sync: Sync) -> None:
    sync(repo, CHANGED)
    assert "gpgsig" not in git(repo, "cat-file", "commit", "HEAD")


def test_an_ssh_signature_verifies(repo: Path, git: Git, sync: Sync, tmp_path: Path) -> None:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed")
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    (tmp_path / "allowed").write_text(f"wind@example.com {key.with_suffix('.pub').read_text()}")
    for name, value in {
        "gpg.format": "ssh",
        "user.signingKey": str(key),
        "commit.gpgsign": "true",
        "gpg.ssh.allowedSignersFile": str(tmp_path / "allowed"),
    }.items():
        git(repo, "config", "--global", name, value)
    sync(repo, CHANGED)
    assert git(repo, "log", "-1", "--format=%G?") == "G"


def test_a_signature_that_fails_leaves_nothing_visible(
    repo: Path, git: Git, sync: Sync, tmp_path: Path
) -> None:
    failing = _program(tmp_path / "failing", "echo no key >&2\nexit 1\n")
    git(repo, "config", "--global", "gpg.program", str(failing))
    git(repo, "config", "--global", "commit.gpgsign", "true")
    old = git(repo, "rev-parse", "HEAD")
    with pytest.raises(RepositoryError, match="git commit-tree failed") as caught:
        sync(repo, CHANGED)
    assert caught.value.exit_status == 1
    assert "commit.gpgsign" in caught.value.hint
    assert git(repo, "rev-parse", "HEAD") == old
    assert git(repo, "status", "--porcelain") == ""
    assert not (repo / ".git/flowsync/journal").exists()


@pytest.mark.parametrize("name", ["gpg.program", "gpg.openpgp.program"])
def test_a_program_named_by_the_repository_never_signs(
    repo: Path, git: Git, sync: Sync, signer: Path, tmp_path: Path, name: str
) -> None:
    evil = _program(tmp_path / "evil", f"touch {tmp_path}/evil-ran\n")
    git(repo, "config", "--global", "gpg.program", str(signer))
    git(repo, "config", "--global", "commit.gpgsign", "true")
    git(repo, "config", "--local", name, str(evil))
    sync(repo, CHANGED)
    assert not (tmp_path / "evil-ran").exists()
    assert (tmp_path / "signer.arguments").exists()


def test_the_repositorys_key_is_replaced_by_the_committers(
    repo: Path, git: Git, sync: Sync, signer: Path, tmp_path: Path
) -> None:
    git(repo, "config", "--global", "gpg.program", str(signer))
    git(repo, "config", "--global", "commit.gpgsign", "true")
    git(repo, "config", "--local", "user.signingKey", "EVIL")
    sync(repo, CHANGED)
    assert "EVIL" not in (tmp_path / "signer.arguments").read_text()
    assert "Wind Power <wind@example.com>" in (tmp_path / "signer.arguments").read_text()


def test_a_global_key_overrides_the_repositorys(
    repo: Path, git: Git, sync: Sync, signer: Path, tmp_path: Path
) -> None:
    git(repo, "config", "--global", "gpg.program", str(signer))
    git(repo, "config", "--global", "commit.gpgsign", "true")
    git(repo, "config", "--global", "user.signingKey", "GOOD")
    git(repo, "config", "--local", "user.signingKey", "EVIL")
    sync(repo, CHANGED)
    assert "GOOD" in (tmp_path / "signer.arguments").read_text()


def test_settings_of_the_environment_count(
    repo: Path, git: Git, sync: Sync, signer: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    git(repo, "config", "--local", "user.signingKey", "EVIL")
    for number, (name, value) in enumerate(
        {"gpg.program": str(signer), "user.signingKey": "GOOD", "commit.gpgsign": "true"}.items()
    ):
        monkeypatch.setenv(f"GIT_CONFIG_KEY_{number}", name)
        monkeypatch.setenv(f"GIT_CONFIG_VALUE_{number}", value)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "3")
    sync(repo, CHANGED)
    assert "GOOD" in (tmp_path / "signer.arguments").read_text()


def test_an_empty_git_config_count_is_zero(
    repo: Path, git: Git, sync: Sync, signer: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    git(repo, "config", "--global", "gpg.program", str(signer))
    git(repo, "config", "--global", "commit.gpgsign", "true")
    git(repo, "config", "--local", "gpg.program", str(_program(tmp_path / "evil", f"touch {tmp_path}/ran\n")))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "")
    sync(repo, CHANGED)
    assert (tmp_path / "signer.arguments").exists()
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("count", ["two", "-1", " ", "\u0663"])
def test_an_invalid_git_config_count_is_an_error(
    repo: Path, git: Git, opened: Opened, monkeypatch: pytest.MonkeyPatch, count: str
) -> None:
    git(repo, "config", "--local", "gpg.program", "evil")
    repository = opened(repo)
    broken = replace(repository.git, environ={**os.environ, "GIT_CONFIG_COUNT": count})
    with pytest.raises(RepositoryError, match="GIT_CONFIG_COUNT"):
        broken.output("rev-parse", "HEAD")
    monkeypatch.setenv("GIT_CONFIG_COUNT", count)
    with pytest.raises(RepositoryError):
        opened(repo)


def test_credential_helpers_of_the_repository_never_run(
    repo: Path, git: Git, opened: Opened, tmp_path: Path, scrubbed: Path
) -> None:
    good = _program(tmp_path / "good", "echo username=good\necho password=p\n")
    evil = _program(tmp_path / "evil", "echo username=evil\necho password=p\n")
    _configure(scrubbed, f'[credential "https://example.com"]\n    helper = {good}\n')
    git(repo, "config", "credential.helper", str(evil))
    git(repo, "config", "credential.https://example.com.helper", str(evil))
    filled = opened(repo).git.output("credential", "fill", stdin=b"url=https://example.com/\n\n")
    assert b"username=good" in filled


@pytest.mark.parametrize("trusted", [False, True])
def test_an_askpass_program_of_the_repository_never_runs(
    repo: Path,
    git: Git,
    opened: Opened,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    trusted: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    good = _program(tmp_path / "good", "echo good\n")
    evil = _program(tmp_path / "evil", f"touch {tmp_path}/ran\necho evil\n")
    git(repo, "config", "--local", "core.askPass", str(evil))
    if trusted:
        git(repo, "config", "--global", "core.askPass", str(good))
    else:
        monkeypatch.setenv("SSH_ASKPASS", str(good))
    filled = opened(repo).git.output("credential", "fill", stdin=b"url=https://example.com/\n\n")
    assert b"username=good" in filled
    assert not (tmp_path / "ran").exists()


def test_a_filter_of_the_repository_never_runs(repo: Path, git: Git, sync: Sync, tmp_path: Path) -> None:
    evil = _program(tmp_path / "evil", f"touch {tmp_path}/ran\n")
    git(repo, "config", "--local", "filter.evil.clean", str(evil))
    git(repo, "config", "--local", "filter.evil.required", "true")
    (repo / ".git/info").mkdir(exist_ok=True)
    (repo / ".git/info/attributes").write_text("* filter=evil\n")
    for path in repo.rglob("*.*"):
        if path.is_file() and ".git" not in path.parts:
            os.utime(path, ns=(1, 1))  # so that git compares it by content
    sync(repo, CHANGED)
    assert not (tmp_path / "ran").exists()


def test_a_repository_without_own_settings_needs_no_overrides() -> None:
    settings = [GitSetting("global", "gpg.program", "a"), GitSetting("command", "credential.helper", "b")]
    assert overrides(settings, ssh=SSH, askpass=ASKPASS) == []


@pytest.mark.parametrize(
    ("key", "built_in"),
    [
        ("gpg.format", "openpgp"),
        ("gpg.program", "gpg"),
        ("gpg.x509.program", "gpgsm"),
        ("gpg.ssh.program", "ssh-keygen"),
        ("core.sshcommand", SSH),
        ("core.askpass", ASKPASS),
        ("user.signingkey", ""),
        ("filter.a.b.clean", ""),
        ("filter.a.b.process", ""),
        ("filter.a.b.required", "false"),
    ],
)
@pytest.mark.parametrize("scope", ["local", "worktree"])
def test_a_setting_of_the_repository_is_overridden_by_the_last_trusted_value_or_the_default(
    scope: str, key: str, built_in: str
) -> None:
    evil = GitSetting(scope, key, "evil")
    assert overrides([evil], ssh=SSH, askpass=ASKPASS) == [(key, built_in)]
    trusted = [GitSetting("system", key, "system"), GitSetting("global", key, "global")]
    assert overrides([*trusted, evil], ssh=SSH, askpass=ASKPASS) == [(key, "global")]


def test_helpers_are_cleared_and_the_trusted_ones_set_again_in_order() -> None:
    settings = [
        GitSetting("system", "credential.helper", "cache"),
        GitSetting("global", "credential.https://a=b.example.helper", "store"),
        GitSetting("local", "credential.helper", "evil"),
    ]
    assert overrides(settings, ssh=SSH, askpass=ASKPASS) == [
        ("credential.helper", ""),
        ("credential.helper", "cache"),
        ("credential.https://a=b.example.helper", "store"),
    ]


def test_settings_with_line_breaks_and_missing_values_are_parsed() -> None:
    listing = b"global\0gpg.program\na\nb\0local\0core.sshcommand\0"
    assert parse_git_settings(listing) == [
        GitSetting("global", "gpg.program", "a\nb"),
        GitSetting("local", "core.sshcommand", ""),
    ]
