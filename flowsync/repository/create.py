"""Create a repository."""

from collections.abc import Mapping
from pathlib import Path

from flowsync.errors import RepositoryError
from flowsync.repository.git import Git
from flowsync.repository.identity import Identity, identity_environment
from flowsync.repository.repository import Repository, open_repository


def open_or_create(path: Path, *, environ: Mapping[str, str]) -> Repository:
    """Open the repository of the folder `path`; if there is none, create one with a branch `main`."""
    try:
        return open_repository(path, environ=environ)
    except RepositoryError:
        return _create(path, environ)


def create_separate(path: Path, *, environ: Mapping[str, str]) -> Repository:
    """Create a repository in `path`, even inside another one; it does not sign commits."""
    repository = _create(path, environ)
    repository.git.output("config", "commit.gpgSign", "false")
    return repository


def _create(path: Path, environ: Mapping[str, str]) -> Repository:
    Git(path, environ).output("init", "--quiet", "--initial-branch=main")
    return open_repository(path, environ=environ)


def commit_everything(repository: Repository, message: str, author: Identity) -> None:
    """Commit all files of the work tree as the first commit of a new repository."""
    repository.git.output("add", "--all")
    repository.git.output(
        "commit", "--quiet", "--no-gpg-sign", "-m", message, environment=identity_environment(author)
    )


def history(repository: Repository) -> str:
    """Return the log of the checked-out branch with the files of each commit, newest first."""
    output = repository.git.output("log", "--stat=80", "--format=%h %an%n%n    %s%n")
    return output.decode("utf-8", "replace")
