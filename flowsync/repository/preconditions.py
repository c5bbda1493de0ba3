"""Check the state of the repository before the export, and locate the branch to write."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from flowsync.document.file_layout import FLOWS
from flowsync.errors import GuardError, UsageError
from flowsync.flow.printable import join_first, plural, quote_name
from flowsync.repository.encoding import for_system
from flowsync.repository.identity import Identity, identity_environment
from flowsync.repository.index import index_locked_error
from flowsync.repository.repository import Repository
from flowsync.repository.worktree import filesystem_errors, open_folder

_BRANCHES = "refs/heads/"
_MAX_LISTED = 5

# Files in a git directory during an operation that waits for the user; the first match counts.
_OPERATIONS = {
    "rebase-merge": "rebase",
    "rebase-apply/applying": "am",
    "rebase-apply": "rebase",
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "sequencer": "cherry-pick",
    "BISECT_LOG": "bisect",
}


@dataclass(frozen=True)
class Target:
    """The branch that a sync will write.

    `ref` is the full name of the branch and `old` its commit, None if the branch is new. `parent` is the
    parent of the next commit: `old`, or HEAD for a new branch; None on an unborn one. If `is_checked_out`,
    files and index follow the ref.
    """

    ref: str
    old: str | None
    parent: str | None
    is_checked_out: bool

    @property
    def branch(self) -> str:
        """The short name of the branch."""
        return short_branch(self.ref)


def short_branch(ref: str) -> str:
    """Return the short name of a branch."""
    return ref.removeprefix(_BRANCHES)


def writing_target(
    repository: Repository,
    *,
    branch: str | None,
    environments: Collection[str],
    author: Identity | None = None,
) -> Target:
    """Return the branch that a sync of these environments will write; raises GuardError if it must not.

    `branch` is the one that the user named, None for the checked-out one.
    """
    target = locate_target(repository, branch)
    if target.is_checked_out and (repository.git_dir / "index.lock").exists():
        raise index_locked_error(repository)
    require_identity(repository, author)
    if target.is_checked_out:
        _require_untouched(repository, environments)
    return target


def locate_target(repository: Repository, branch: str | None) -> Target:
    """Locate a branch; raises GuardError if flowsync must not move it."""
    checked_out = checked_out_ref(repository)
    ref = checked_out if branch is None else _branch_ref(repository, branch)
    is_checked_out = ref == checked_out and not repository.is_bare
    operation = next((name for mark, name in _OPERATIONS.items() if (repository.git_dir / mark).exists()), "")
    if operation and (is_checked_out or ref is None):
        raise _in_progress(operation)
    if ref is None:
        raise GuardError("no branch is checked out (detached HEAD)", hint="name one: --branch NAME")
    if branch is None and repository.is_shallow:
        raise GuardError("this clone is shallow", hint="name the branch to write: --branch NAME")
    _require_unused(repository, ref)
    old = repository.ref(ref)
    return Target(ref, old, old or repository.head(), is_checked_out)


def starting_point(repository: Repository, branch: str | None) -> str | None:
    """Return the parent of the next commit on this branch, None on an unborn one."""
    old = None if branch is None else repository.ref(_branch_ref(repository, branch))
    return old or repository.head()


def checked_out_ref(repository: Repository) -> str | None:
    """Return the full name of HEAD's branch, born or not; None if HEAD is detached."""
    return repository.git.query("symbolic-ref", "--quiet", "HEAD") or None


def hand_edited_files(repository: Repository, environments: Collection[str]) -> list[str]:
    """Return the files of these environments that differ from the commit: staged, edited, added or ignored.

    Ignores untracked files that start with a dot, which editors and file managers create.
    """
    folders = [f"{FLOWS}/{environment}" for environment in sorted(environments)]
    if not folders:
        return []
    listing = repository.git.output(
        "status", "--porcelain", "-z", "--ignored", "--untracked-files=all", "--no-renames",
        "--ignore-submodules=dirty", "--", *folders,
    )  # fmt: skip
    entries = [(line[:2], line[3:]) for line in listing.decode("utf-8", "backslashreplace").split("\0")[:-1]]
    paths = [
        path
        for state, path in entries
        if state not in ("!!", "??") or not path.rpartition("/")[2].startswith(".")
    ]
    return list(dict.fromkeys(paths))  # a file that is only removed from the index is listed twice


def hand_edit_error(paths: Collection[str], *, hint: str) -> GuardError:
    """Return the refusal to overwrite a user's work."""
    listed = join_first(sorted(paths), _MAX_LISTED)
    return GuardError(f"{plural(len(paths), 'file')} under {FLOWS}/ not committed: {listed}", hint=hint)


def _branch_ref(repository: Repository, branch: str) -> str:
    ref = f"{_BRANCHES}{branch}"
    valid = "\0" not in ref and repository.git.run("check-ref-format", ref).status == 0
    if not valid or branch == "HEAD" or branch.startswith(("-", "refs/")):
        raise UsageError(
            f"not the name of a branch: {quote_name(branch)}",
            word=branch,
            hint="give its short name, like main",
        )
    return ref


def _in_progress(operation: str) -> GuardError:
    command = "git bisect reset" if operation == "bisect" else f"git {operation} --abort"
    return GuardError(
        f"git {operation} is in progress", hint=f"finish it or stop it ({command}), then run again"
    )


def _require_unused(repository: Repository, ref: str) -> None:
    for place, branch in _other_work_trees(repository):
        if branch == ref:
            raise GuardError(
                f"{ref.removeprefix(_BRANCHES)} is checked out in another work tree: {place}",
                hint="run flowsync there, or name another branch: --branch NAME",
            )
    for operation, used in _used_branches(repository.common_dir):
        if used in (ref, ref.removeprefix(_BRANCHES)):
            raise _in_progress(operation)


def _other_work_trees(repository: Repository) -> Iterator[tuple[str, str]]:
    """Return path and branch (full name, "" for none) of each work tree except this one."""
    listing = repository.git.output("worktree", "list", "--porcelain").decode("utf-8", "surrogateescape")
    for number, block in enumerate(listing.strip("\n").split("\n\n")):
        fields = dict(line.partition(" ")[::2] for line in block.split("\n"))
        place = fields.get("worktree", "")
        # The first is the main work tree; git prints the path of its .git if that is elsewhere.
        is_main_and_ours = number == 0 and repository.git_dir == repository.common_dir
        if not is_main_and_ours and (repository.root is None or Path(for_system(place)) != repository.root):
            yield place, fields.get("branch", "")


def _used_branches(common_dir: Path) -> Iterator[tuple[str, str]]:
    """Return each unfinished operation with the branch that it will move."""
    marks = {"rebase-merge/head-name": "rebase", "rebase-apply/head-name": "rebase", "BISECT_START": "bisect"}
    for git_dir in (common_dir, *sorted(common_dir.glob("worktrees/*"))):
        for mark, operation in marks.items():
            if (git_dir / mark).is_file():
                yield operation, (git_dir / mark).read_text("utf-8", "surrogateescape").strip()


def require_identity(repository: Repository, author: Identity | None) -> None:
    """Raise GuardError if a commit would have no author: neither `author` nor git's own identity."""
    for who in ("GIT_COMMITTER_IDENT", "GIT_AUTHOR_IDENT"):
        result = repository.git.run("var", who, environment=identity_environment(author))
        if result.status != 0:
            raise GuardError(
                "git does not know who commits",
                hint="set commit.author in flowsync.yaml, or git config --global user.name and user.email",
            ) from repository.git.failure("var", result)


def _require_untouched(repository: Repository, environments: Collection[str]) -> None:
    if repository.root is None:
        return
    with filesystem_errors(repository.location):
        for environment in sorted(environments):
            with open_folder(repository.root, f"{FLOWS}/{environment}"):
                pass  # opening refuses links on the way
    _require_on_disk(repository, environments)
    changed = hand_edited_files(repository, environments)
    if changed:
        raise hand_edit_error(changed, hint="commit, stash or move them away, then run again")


def _require_on_disk(repository: Repository, environments: Collection[str]) -> None:
    """Refuse files that git does not check: their state on disk is unknown."""
    folders = [f"{FLOWS}/{environment}" for environment in sorted(environments)]
    listing = repository.git.output("ls-files", "-v", "-z", "--", *folders) if folders else b""
    entries = [(line[:1], line[2:]) for line in listing.decode("utf-8", "backslashreplace").split("\0")[:-1]]
    for tag, path in entries:
        if tag == "S":
            raise GuardError(
                f"not checked out (sparse checkout): {path}",
                hint="run git sparse-checkout add flows, or name a branch that is not checked out: --branch",
            )
        if tag.islower():
            raise GuardError(
                f"marked as assume-unchanged in git: {path}",
                hint="run git update-index --no-assume-unchanged FILE, then run again",
            )
