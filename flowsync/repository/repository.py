"""Read a repository: flow files at a revision and in the work tree, and their bytes."""

import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Self

from flowsync.document.file_layout import CONFIGURATION, FLOWS
from flowsync.errors import FlowsyncError, RepositoryError, UsageError
from flowsync.flow.printable import quote_name, short_id
from flowsync.repository.blobs import BlobReader
from flowsync.repository.encoding import for_system, from_system, from_utf8
from flowsync.repository.flow_paths import environment_of, flow_id_of, is_flow_path, is_hidden
from flowsync.repository.git import Git, parse_listing
from flowsync.repository.object_id import blob_id
from flowsync.repository.untrusted_config import (
    SENSITIVE,
    override_variables,
    overrides,
    parse_git_settings,
    require_harmless,
)
from flowsync.repository.walk import flow_entries
from flowsync.repository.worktree import filesystem_errors, read_each, read_file

UNSHALLOW = "this clone is shallow; git fetch --unshallow brings the rest"

_LINES = 4
_NO_REPOSITORY = "not a git repository"
_FOLDER = "040000"
_SKIPPED = "S"
_KINDS = {"120000": "a symbolic link", "160000": "a submodule"}


@dataclass(frozen=True)
class FlowFile:
    """A flow's file: its path relative to the repository's root, with `/`, and the id of its bytes."""

    path: str
    blob: str


class Repository:
    """An open repository, read through one git process that `close` ends.

    `root` is the work tree, None if bare; `git_dir` belongs to this work tree, `common_dir` to all work
    trees; `hash_name` is sha1 or sha256.
    """

    def __init__(
        self, git: Git, *, root: Path | None, git_dir: Path, common_dir: Path, hash_name: str
    ) -> None:
        self.git = git
        self.root = root
        self.git_dir = git_dir
        self.common_dir = common_dir
        self.hash_name = hash_name
        self._blobs = BlobReader(git)

    def withhold(self, variables: Iterable[str]) -> None:
        """Stop passing variables with credentials to git and its child processes."""
        self.close()
        self.git = replace(self.git, withheld=frozenset(variables))
        self._blobs = BlobReader(self.git)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process that reads blobs."""
        self._blobs.close()

    @property
    def is_bare(self) -> bool:
        """Whether the repository has no work tree."""
        return self.root is None

    @property
    def is_shallow(self) -> bool:
        """Whether the clone lacks a part of the history."""
        return (self.common_dir / "shallow").exists()

    @property
    def location(self) -> Path:
        """The folder, for messages."""
        return self.root or self.git_dir

    @property
    def blobs_read(self) -> int:
        """The number of blobs that were read."""
        return self._blobs.reads

    @property
    def no_object(self) -> str:
        """The id of no object: zeros."""
        return "0" * len(self.hash_blob(b""))

    def find_commit(self, revision: str) -> str | None:
        """Return the full id of the commit that a revision names, None if there is none."""
        if not revision or "\0" in revision:
            return None
        wanted = f"{revision}^{{commit}}"
        result = self.git.run("rev-parse", "--verify", "--quiet", "--end-of-options", wanted)
        return result.text if result.status == 0 else None

    def resolve(self, revision: str) -> str:
        """Return the full id of the commit that a revision names; raises UsageError if there is none.

        A shallow clone may lack the commit, which is a RepositoryError.
        """
        commit = self.find_commit(revision)
        if commit is None:
            raise self._unknown(revision)
        return commit

    def full_name(self, revision: str) -> str:
        """Return an unambiguous spelling of a revision: the full name of its ref, if it is one."""
        output = self.git.output(
            "rev-parse", "--verify", "--symbolic-full-name", "--end-of-options", revision
        )
        return from_utf8(output).strip() or f"{revision}~0"

    def short_ref(self, revision: str) -> str:
        """Return the short name of the branch or tag that a revision names, empty for any other text."""
        options = ("--verify", "--quiet", "--abbrev-ref", "--end-of-options")
        result = self.git.run("rev-parse", *options, revision)
        name = from_utf8(result.out).strip()
        return "" if name == "HEAD" else name

    def merge_base(self, first: str, second: str) -> str:
        """Return the best common ancestor of two commits; raises RepositoryError if there is none."""
        result = self.git.run("merge-base", first, second)
        if result.status == 1:
            raise RepositoryError(
                f"no common ancestor of {short_id(first)} and {short_id(second)}",
                repository=str(self.location),
                hint=UNSHALLOW if self.is_shallow else "name both revisions with two dots between them",
            )
        if result.status != 0:
            raise self.git.failure("merge-base", result)
        return result.text

    def head(self) -> str | None:
        """Return the id of the checked-out commit, None on an unborn branch."""
        return self.ref("HEAD")

    def ref(self, name: str) -> str | None:
        """Return the id of a full ref name, None if the ref does not exist."""
        return self.git.query("rev-parse", "--verify", "--quiet", name) or None

    def hash_blob(self, data: bytes) -> str:
        """Return git's id of these bytes in this repository."""
        return blob_id(data, self.hash_name)

    def flow_files(
        self, commit: str | None, environments: Collection[str] | None = None
    ) -> dict[str, dict[int, FlowFile]]:
        """Return the files of a commit by environment and flowId; None is the commit before the first.

        Every requested environment is a key; if `environments` is None, every existing one.
        """
        return _by_environment({} if commit is None else self.flow_blobs(commit), environments)

    def flow_blobs(self, commit: str) -> dict[str, str]:
        """Return the blob ids of all files below flows/ in a commit, by path, whatever their names."""
        return _plain_files(self.git.output("ls-tree", "-r", "-z", "--full-tree", commit, FLOWS))

    def flow_paths(self, commit: str) -> list[str]:
        """Return the paths of all files below flows/ in a commit, whatever their names."""
        listing = self.git.output("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, FLOWS)
        return from_utf8(listing).split("\0")[:-1]

    def work_tree_flow_files(
        self, environments: Collection[str] | None = None
    ) -> dict[str, dict[int, FlowFile]]:
        """Return the files on disk by environment and flowId, as `flow_files` does for a commit.

        Files that a sparse checkout excludes are read from the index, as git does.
        """
        root = self._work_tree()
        with filesystem_errors(self.location):
            paths = [entry.path for entry in flow_entries(root) if is_flow_path(entry.path)]
            wanted = [path for path in paths if environments is None or environment_of(path) in environments]
            files = {path: self.hash_blob(data) for path, data in read_each(root, wanted) if data is not None}
        return _by_environment({**self._sparse_blobs, **files}, environments)

    def blob(self, blob_id: str) -> bytes:
        """Return the bytes of one blob."""
        return self._blobs.read(blob_id)

    def blobs(self, blob_ids: Sequence[str]) -> list[bytes]:
        """Return the bytes of several blobs with fewer round trips."""
        return self._blobs.read_all(blob_ids)

    def work_tree_bytes(self, path: str) -> bytes:
        """Return the bytes of a file on disk; raises RepositoryError for a link or a missing file."""
        with filesystem_errors(self.location):
            data = read_file(self._work_tree(), path)
        if data is not None:
            return data
        if path not in self._sparse_blobs:
            raise RepositoryError(f"no such file: {path}", repository=str(self.location))
        return self.blob(self._sparse_blobs[path])

    def file_at(self, commit: str, path: str) -> bytes | None:
        """Return the bytes of one file of a commit, None if the commit does not contain it."""
        listing = self.git.output("ls-tree", "-z", "--full-tree", commit, path)
        found = _plain_files(listing).get(path)
        return None if found is None else self.blob(found)

    def _work_tree(self) -> Path:
        if self.root is None:
            raise RepositoryError(
                "a bare repository has no files on disk",
                repository=str(self.location),
                hint="name the revisions to compare",
            )
        return self.root

    @cached_property
    def _sparse_blobs(self) -> dict[str, str]:
        """The blob ids, by path, of the flow files that a sparse checkout excludes."""
        if not (self.git_dir / "info/sparse-checkout").exists():
            return {}
        files: dict[str, str] = {}
        listing = self.git.output("ls-files", "-t", "--stage", "-z", "--", FLOWS)
        for (tag, mode, blob, _), path in parse_listing(listing):
            if tag == _SKIPPED:
                _require_plain(mode, path)
                files[path] = blob
        return files

    def _unknown(self, revision: str) -> FlowsyncError:
        message = f"no such revision: {quote_name(revision)}"
        if self.is_shallow:
            return RepositoryError(message, repository=str(self.location), revision=revision, hint=UNSHALLOW)
        hint = "run git log --all --oneline to list commits" if self.head() else "there is no commit yet"
        return UsageError(message, word=revision, hint=hint)


def open_repository(
    path: Path, *, environ: Mapping[str, str], withheld: frozenset[str] = frozenset()
) -> Repository:
    """Open the repository of `path`, a folder of its work tree or a bare repository.

    `environ` is this process's environment; git does not inherit the variables in `withheld`. Raises
    RepositoryError if there is none or git refuses to use it.
    """
    git = Git(path, environ, withheld=withheld)
    found = git.run(
        "rev-parse", "--path-format=absolute", "--git-dir", "--git-common-dir", "--is-bare-repository",
        "--show-object-format",
    )  # fmt: skip
    if found.status != 0 and _NO_REPOSITORY in found.err:
        create = "git init" if (path / CONFIGURATION).exists() else "flowsync init ."
        hint = f"change to a repository of flows, or run {create} to make one here"
        raise RepositoryError(f"no git repository in {path} or above", repository=str(path), hint=hint)
    if found.status != 0:
        raise git.failure("rev-parse", found, hint="change into a repository; flowsync init DIR creates one")
    lines = from_utf8(found.out).split("\n")
    if len(lines) != _LINES + 1:
        raise RepositoryError("the path of the repository contains a line break", repository=str(path))
    git_dir, common_dir, bare, hash_name = map(for_system, lines[:_LINES])
    root = None if bare == "true" else _root(git)
    return Repository(
        _pin(git, root, git_dir),
        root=root,
        git_dir=Path(git_dir),
        common_dir=Path(common_dir),
        hash_name=hash_name,
    )


def _root(git: Git) -> Path:
    output = git.output("rev-parse", "--path-format=absolute", "--show-toplevel")
    return Path(for_system(from_utf8(output).removesuffix("\n")))


def _pin(git: Git, root: Path | None, git_dir: str) -> Git:
    location = (f"--git-dir={git_dir}", *([f"--work-tree={root}"] if root else []))
    pinned = replace(git, directory=root or Path(git_dir), location=location)
    result = pinned.run("config", "--show-scope", "-z", "--get-regexp", SENSITIVE)
    if result.status not in (0, 1):
        raise pinned.failure("config", result)
    ssh = shlex.quote(from_system(git.environ.get("GIT_SSH") or "ssh"))
    askpass = from_system(git.environ.get("SSH_ASKPASS", ""))
    settings = parse_git_settings(result.out)
    require_harmless(settings)
    return replace(
        pinned,
        settings=tuple(overrides(settings, ssh=ssh, askpass=askpass)),
        variables=override_variables(settings, git.environ),
    )


def _plain_files(listing: bytes) -> dict[str, str]:
    """Parse `git ls-tree -z` into blob ids by path; raises RepositoryError for links and submodules."""
    files: dict[str, str] = {}
    for (mode, _, blob), path in parse_listing(listing):
        _require_plain(mode, path)
        if mode != _FOLDER and mode not in _KINDS:
            files[path] = blob
    return files


def _require_plain(mode: str, path: str) -> None:
    if mode in _KINDS and not is_hidden(path):
        raise RepositoryError(f"{path!r} is {_KINDS[mode]}", hint="put a plain file in its place")


def _by_environment(
    files: Mapping[str, str], environments: Collection[str] | None
) -> dict[str, dict[int, FlowFile]]:
    grouped: dict[str, dict[int, FlowFile]] = {environment: {} for environment in environments or ()}
    for path, blob in files.items():
        if is_flow_path(path) and (environments is None or environment_of(path) in environments):
            _add(grouped.setdefault(environment_of(path), {}), FlowFile(path, blob))
    return grouped


def _add(stored: dict[int, FlowFile], file: FlowFile) -> None:
    flow_id = flow_id_of(file.path)
    if flow_id in stored:
        raise RepositoryError(
            f"flow {flow_id} has two files: {stored[flow_id].path} and {file.path}", hint="remove one of them"
        )
    stored[flow_id] = file
