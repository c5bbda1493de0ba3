"""Starting a repository."""

from collections.abc import Mapping
from pathlib import Path

from flowsync.errors import RepositoryError
from flowsync.repository.git import Git
from flowsync.repository.identity import Identity, identity_environment
from flowsync.repository.repository import Repository, open_repository


def open_or_create(path: Path, *, environ: Mapping[str, str]) -> Repository:
    """The repository that holds the folder `path`; a new one with a branch `main` where there is none."""
    try:
        return open_repository(path, environ=environ)
    except RepositoryError:
        return _new(path, environ)


def create_separate(path: Path, *, environ: Mapping[str, str]) -> Repository:
    """A new repository in `path` itself, whatever holds that folder; it signs nothing."""
    repository = _new(path, environ)
    repository.git.output("config", "commit.gpgSign", "false")
    return repository


def _new(path: Path, environ: Mapping[str, str]) -> Repository:
    Git(path, environ).output("init", "--quiet", "--initial-branch=main")
    return open_repository(path, environ=environ)


def commit_everything(repository: Repository, message: str, author: Identity) -> None:
    """Commit all files of the work tree: the first commit of a new repository."""
    repository.git.output("add", "--all")
    repository.git.output(
        "commit", "--quiet", "--no-gpg-sign", "-m", message, environment=identity_environment(author)
    )


def history(repository: Repository) -> str:
    """The log of the checked-out branch with the files of each commit, newest first."""
    output = repository.git.output("log", "--stat=80", "--format=%h %an%n%n    %s%n")
    return output.decode("utf-8", "replace")
