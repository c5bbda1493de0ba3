"""Read the commits of a branch that changed flow files, from the output of one git process."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from subprocess import Popen
from typing import Final

from flowsync.document.file_layout import ENVIRONMENT, FLOWS
from flowsync.errors import UsageError
from flowsync.flow.printable import quote_name
from flowsync.repository.git import Git, GitResult
from flowsync.repository.repository import Repository

_NAMES: Final = "expected at most 32 of a-z, 0-9 and -, the first not -"
_FILE: Final = "100"
_CHUNK: Final = 1 << 16
_MARK: Final = "\x01"
_FORMAT: Final = "tformat:%x01%H%x00%P%x00%aI%x00%an%x00%s"
_FIELDS: Final = 4
# Options for everything that a user's configuration could change. Only here, paths are patterns.
_LOG: Final = (
    "log", "--first-parent", "--diff-merges=first-parent", "--root", "--raw", "-z", "--no-abbrev",
    "--no-renames", "--no-ext-diff", "--no-textconv", "--no-relative", "--no-color", "--no-notes",
    "--no-show-signature", "--no-mailmap", "--no-follow", "--encoding=UTF-8", f"--format={_FORMAT}",
)  # fmt: skip
_PATTERNS: Final = {"GIT_LITERAL_PATHSPECS": "0"}
_MAX_PATTERNS: Final = 50


@dataclass(frozen=True, slots=True)
class PathChange:
    """A file that a commit changed: its blob on each side, None if it does not exist there.

    `is_plain` is false if a side is a symbolic link or a submodule.
    """

    path: str
    before: str | None
    after: str | None
    is_plain: bool


@dataclass(frozen=True, slots=True)
class PastCommit:
    """A commit and the files below flows/ that differ from its first parent, None for the first commit.

    `is_cut_off` is true if this clone does not contain the parent: the files are then not changes.
    """

    id: str
    parent: str | None
    when: str
    author: str
    subject: str
    files: tuple[PathChange, ...] = ()
    is_cut_off: bool = False


def past_commits(
    repository: Repository,
    commit: str,
    *,
    environments: Collection[str] = (),
    flow_ids: Collection[int] = (),
    without: str | None = None,
) -> Iterator[PastCommit]:
    """Yield the commits from `commit` backwards that changed files of these flows (all by default).

    Follows first parents only: a merge is compared with its first parent, so every change of the branch
    appears once, and each commit's `before` is the `after` of the next one. Excludes the ancestors of
    `without`. The files of a commit may include those of other flows.
    """
    cut_off = _cut_off(repository)
    excluded = (f"^{without}",) if without else ()
    patterns = _patterns(environments, flow_ids)
    arguments = (*_LOG, "--end-of-options", commit, *excluded, "--", *patterns)
    with _running(repository.git, arguments) as process:
        for past in _commits(_tokens(process)):
            yield replace(past, is_cut_off=True) if past.id in cut_off else past
        _require_success(repository.git, process)


def _cut_off(repository: Repository) -> frozenset[str]:
    """Return the commits whose parents a shallow clone lacks."""
    try:
        return frozenset((repository.common_dir / "shallow").read_text("ascii").split())
    except FileNotFoundError:
        return frozenset()


def _patterns(environments: Collection[str], flow_ids: Collection[int]) -> list[str]:
    """Return the pathspecs; the id is part of a file's name, so they follow a renamed flow."""
    for name in environments:
        if not ENVIRONMENT.fullmatch(name):
            raise UsageError(f"not an environment name: {quote_name(name)}", word=name, hint=_NAMES)
    folders = [f"{FLOWS}/{name}" for name in sorted(environments)]
    if not flow_ids or len(flow_ids) * max(len(folders), 1) > _MAX_PATTERNS:
        return [f":(top,glob){folder}/**" for folder in folders or [FLOWS]]
    return [
        f":(top,glob){folder}/*.{flow_id}.yaml"
        for folder in folders or [f"{FLOWS}/*"]
        for flow_id in sorted(flow_ids)
    ]


@contextmanager
def _running(git: Git, arguments: tuple[str, ...]) -> Iterator[Popen[bytes]]:
    """Run a process and end it with the context, even if its output is not read completely."""
    process = git.start(*arguments, environment=_PATTERNS)
    try:
        yield process
    finally:
        process.terminate()
        with suppress(BrokenPipeError):
            process.communicate()


def _tokens(process: Popen[bytes]) -> Iterator[str]:
    """Yield what git prints, split at NUL, while it prints."""
    assert process.stdout is not None
    rest = b""
    while chunk := process.stdout.read1(_CHUNK):  # type: ignore[attr-defined]  # a BufferedReader
        *complete, rest = (rest + chunk).split(b"\0")
        for token in complete:
            yield token.decode("utf-8", "surrogateescape")


def _commits(tokens: Iterator[str]) -> Iterator[PastCommit]:
    fields: list[str] = []
    files: list[PathChange] = []
    for token in tokens:
        if token.startswith(_MARK):
            if fields:
                yield _commit(fields, files)
            fields, files = [token[1:], *(_decode(next(tokens)) for _ in range(_FIELDS))], []
        else:
            files.append(_path_change(token, next(tokens)))
    if fields:
        yield _commit(fields, files)


def _commit(fields: list[str], files: list[PathChange]) -> PastCommit:
    own, parents, when, author, subject = fields
    return PastCommit(own, parents.partition(" ")[0] or None, when, author, subject, tuple(files))


def _decode(text: str) -> str:
    """Decode text for people; bytes that are not UTF-8 are replaced."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _path_change(header: str, path: str) -> PathChange:
    """Parse `:<mode> <mode> <blob> <blob> <status>`; a missing side has zeros."""
    old_mode, new_mode, old, new, _ = header.strip("\n").removeprefix(":").split(" ")
    before, after = (blob if blob.strip("0") else None for blob in (old, new))
    modes = [mode for mode in (old_mode, new_mode) if mode.strip("0")]
    return PathChange(path, before, after, all(mode.startswith(_FILE) for mode in modes))


def _require_success(git: Git, process: Popen[bytes]) -> None:
    assert process.stderr is not None
    output = process.stderr.read().decode("utf-8", "replace")
    status = process.wait()
    if status:
        raise git.failure("log", GitResult(status, b"", output))
